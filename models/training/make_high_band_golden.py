#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/high_band_*.safetensors: the head above 8 kHz must equal its PyTorch twin.

    python3 make_high_band_golden.py --out tests/golden

Each file holds random weights (`high_band.*`) and `gains_BINS` [STEPS, ceil((BINS - core) / STRIDE)]:
every STRIDE-th gain of a stream with BINS bins, computed in float64. The spectra come from the
integer generator of tests/support/golden.h, so they are not stored:

    x[t, k] = u * 2^e,  e = 3 - (5 t + 3 floor(k / width)) mod 17,  u from stream 1, index 2 (t BINS + k)
    y[t, k] = x[t, k] (0.5 + 0.5 v),  v from stream 2, index t core + k;  x = 0 in steps 20 to 23
"""
from __future__ import annotations

import argparse
import pathlib
import sys

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from hiss_training import high_band, safetensors_io  # noqa: E402
from hiss_training.network import NetConfig  # noqa: E402
from make_mamba_golden import golden_uniform  # noqa: E402

STEPS, STRIDE = 40, 7
# Name, sizes, core, bins of streams: 48, 44.1, 24 and 96 kHz; and bands of an odd width.
CASES = (
    ("shipped_size", high_band.HighBandConfig(), NetConfig(), (769, 701, 385, 1537)),
    ("odd", high_band.HighBandConfig(bands=5, low_bands=4, d_model=6, n_layer=1, d_state=3, d_conv=2,
                                     expand=1, dt_rank=3, compress=0.5), NetConfig(n_fft=72),
     (82, 74, 37)),
)


def spectra(bins: int, core: int, width: int):
    """(x [STEPS, bins], y [STEPS, core]) as complex128 of exact float32 values."""
    step, k = np.arange(STEPS)[:, None], np.arange(bins)[None]
    scale = np.float32(2.0) ** (3 - (5 * step + 3 * (k // width)) % 17).astype(np.float32)
    scale[20:24] = 0
    x = golden_uniform(1, STEPS * bins * 2).reshape(STEPS, bins, 2) * scale[..., None]
    mask = np.float32(0.5) + np.float32(0.5) * golden_uniform(2, STEPS * core).reshape(STEPS, core)
    y = x[:, :core] * mask[..., None]
    return x.astype(np.float64), y.astype(np.float64)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--out", required=True)
    args = p.parse_args()
    for name, config, core, streams in CASES:
        torch.manual_seed(20261122)
        head = high_band.HighBand(config, core)
        with torch.no_grad():
            for parameter, value in head.named_parameters():
                if "norm" in parameter:
                    value.add_(0.2 * torch.randn_like(value))
            head.post.weight.mul_(4)
        tensors = {n: v.float().numpy().copy() for n, v in head.tensors().items()}
        head = head.double()
        for bins in streams:
            x, y = (torch.from_numpy(v).square().sum(-1)[None]
                    for v in spectra(bins, core.bins, head.width))
            features = head.features(
                high_band.band_powers(x[..., core.bins:], head.width, config.bands),
                high_band.band_powers(x[..., :core.bins], head.width, config.low_bands),
                high_band.band_powers(y, head.width, config.low_bands))
            with torch.no_grad():
                gains = high_band.spread(head(features), head.width, bins - core.bins)[0]
            tensors[f"gains_{bins}"] = gains[:, ::STRIDE].float().contiguous().numpy()
        path = pathlib.Path(args.out) / f"high_band_{name}.safetensors"
        safetensors_io.save(str(path), tensors)
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
