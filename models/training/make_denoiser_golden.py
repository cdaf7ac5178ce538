#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the golden vectors of the whole denoiser: the engine must equal its PyTorch twin.

    python3 make_denoiser_golden.py --audio tests/data/audio/...flac --out tests/golden
    python3 make_denoiser_golden.py --model models/weights/NAME.safetensors --audio ... --out ...

Without --model: small random-weight models, one for each kind of window pair, their batch-norm
statistics taken from the audio. Each model M gives `denoiser_M.safetensors` (the model; not
written for a shipped one) and `denoiser_M_vectors.safetensors` with `input` [n] and `output` [n],
16 kHz, output aligned with input (the latency removed), computed in float64.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import sys

import numpy as np
import soundfile
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from hiss_training import safetensors_io  # noqa: E402
from hiss_training.export import file_name, write_model  # noqa: E402
from hiss_training.kinds.sizes import RECURRENT  # noqa: E402
from hiss_training.network import NetConfig, SubbandMamba  # noqa: E402

RANDOM = {
    "symmetric": NetConfig(channels=24, d_model=20, n_layer=2, dt_rank=2),
    "asymmetric": NetConfig(hop=128, synthesis_length=256, channels=16, d_model=16, n_layer=1,
                            n_conv=1, dt_rank=1, d_state=8),
    "hop160": NetConfig(hop=160, synthesis_length=320, channels=16, d_model=16, n_layer=1,
                        n_conv=1, dt_rank=2, d_state=16),
    "hop192": NetConfig(hop=192, synthesis_length=320, channels=16, d_model=16, n_layer=1,
                        n_conv=1, dt_rank=2, d_state=16),
    # With all optional parts; weights of float32, and as small as they are shipped.
    "fullband": NetConfig(hop=200, synthesis_length=320, channels=12, n_band=14, d_model=12,
                          n_layer=2, n_conv=1, dt_rank=1, d_state=8, features=3, band_bias=1,
                          fullband_d_model=40, fullband_rank=3),
    "fullband_f16": NetConfig(hop=240, synthesis_length=320, channels=12, n_band=16, d_model=12,
                              n_layer=3, n_conv=1, dt_rank=1, d_state=16, features=3, band_bias=1,
                              fullband_d_model=32, fullband_rank=5),
}
# Blocks of each other kind that the engine runs, with the block over all bands.
RANDOM |= {kind: NetConfig(hop=192, synthesis_length=320, channels=8, n_band=10, d_model=8, n_layer=2,
                           n_conv=1, dt_rank=1, d_state=8, fullband_d_model=16, fullband_rank=2,
                           block=kind) for kind in RECURRENT if kind != "mamba"}
SMALL_FILES = {"fullband_f16": dict(dtype="f16", coarse_fullband=True)}
CARD = {"name": "golden", "description": "random weights for the tests", "data": "none",
        "licence": "Apache-2.0", "figures": {}}


def random_net(config: NetConfig, audio: torch.Tensor) -> SubbandMamba:
    torch.manual_seed(20261121)
    net = SubbandMamba(config)
    with torch.no_grad():
        for name, p in net.named_parameters():
            if "bn." in name or "norm" in name:
                p.add_(0.2 * torch.randn_like(p))
            elif name == "band_bias" or name.startswith("fullband.chan_up"):  # begin as nothing
                p.add_(0.5 * torch.randn_like(p))
        net.train()
        for _ in range(60):  # fills the running statistics of the batch norms
            net(audio[None])
    return net.eval()


def load_net(path, config: NetConfig | None = None) -> SubbandMamba:
    """The network of a model file, with that file's values: of half precision if it holds such.
    `config` is asked for where its blocks are not of kind mamba."""
    tensors, metadata = safetensors_io.load(str(path))
    members = json.loads(metadata["hiss.config"])
    members.pop("high_band", None)  # has nothing to do at 16 kHz
    net = SubbandMamba(config or NetConfig(**members)).eval()
    names = {file_name(name): name for name in net.state_dict()}
    missing = net.load_state_dict({names.get(k, k): torch.from_numpy(v.copy())
                                   for k, v in tensors.items() if not k.startswith("high_band.")},
                                  strict=False)
    wrong = [k for k in missing.missing_keys if "num_batches" not in k] + missing.unexpected_keys
    if wrong:
        raise SystemExit(f"{path}: tensors that do not fit: {', '.join(wrong)}")
    return net


def write_vectors(path: pathlib.Path, net: SubbandMamba, audio: np.ndarray) -> None:
    # Silence after the end, so that the last samples are whole whatever the hop.
    padded = np.pad(audio, (0, net.cfg.synthesis_length))
    with torch.no_grad():
        output = net.double()(torch.from_numpy(padded).double()[None])[0, :len(audio)]
    safetensors_io.save(str(path), {"input": audio, "output": output.float().numpy()})


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--audio", required=True, help="16 kHz mono recording")
    p.add_argument("--out", required=True)
    p.add_argument("--model", help="a shipped model file instead of the random ones")
    p.add_argument("--only", nargs="*", choices=RANDOM, help="of the random ones")
    p.add_argument("--seconds", type=float, default=2.0)
    args = p.parse_args()
    audio, rate = soundfile.read(args.audio, dtype="float32")
    if rate != 16000:
        raise SystemExit(f"{args.audio}: sample rate: expected 16000, found {rate}")
    audio = np.ascontiguousarray(audio[:int(args.seconds * rate)])
    out = pathlib.Path(args.out)
    if args.model:
        write_vectors(out / f"denoiser_{pathlib.Path(args.model).stem}_vectors.safetensors",
                      load_net(args.model), audio)
        return
    for name in args.only or RANDOM:
        net = random_net(RANDOM[name], torch.from_numpy(audio))
        model = out / f"denoiser_{name}.safetensors"
        write_model(model, net.state_dict(), RANDOM[name], CARD, **SMALL_FILES.get(name, {}))
        write_vectors(out / f"denoiser_{name}_vectors.safetensors", load_net(model, RANDOM[name]), audio)


if __name__ == "__main__":
    main()
