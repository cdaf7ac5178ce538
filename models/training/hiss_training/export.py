# SPDX-License-Identifier: Apache-2.0
"""Writes the EMA weights of a checkpoint as a model file and renews SHA256SUMS beside it.

    python3 -m hiss_training.export --checkpoint checkpoint.pt --card card.json --out NAME.safetensors \\
        [--high-band high_band.pt] [--dtype f16 [--coarse-fullband]]

--dtype f16 halves the file: matrices are rounded to half precision, 11 bits; vectors, and what sets
the memory of the recurrence, stay float32. --coarse-fullband rounds the matrices of the block over
all bands further, to bfloat16's 8 bits, which the engine then streams in half the memory.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import pathlib

import numpy as np
import torch

from . import high_band, safetensors_io
from .kinds.bands import file_members
from .kinds.sizes import NAMES
from .network import NetConfig


# Matrices that set the length of the memory.
EXACT = ("A_log", "dt_proj.weight", "log_A_real", "A_imag", "mixer.A")
# Matrices of one row a hop, which the engine packs as bfloat16 where that keeps their values.
ONE_ROW = tuple(f"fullband.{name}.weight" for name in
                ("down", "mixer.in_proj", "mixer.x_proj", "mixer.out_proj", "up"))


def file_name(name: str) -> str:
    """What a file calls a tensor of the network; a mixer of another kind stands a level deeper in it."""
    return name.replace("mixer.mixer.", "mixer.")


def model_tensors(state: dict[str, torch.Tensor], dtype: str = "f32",
                  coarse_fullband: bool = False) -> dict[str, np.ndarray]:
    """The tensors of a model file: every weight and batch-norm statistic, as float32 or, where
    `dtype` is "f16", matrices as float16. Throws ValueError for one that is too large for it."""
    tensors = {}
    for name, value in state.items():
        if not value.is_floating_point():
            continue
        value = value.detach().float().cpu()
        if dtype == "f16" and value.dim() > 1 and not name.endswith(EXACT):
            value = value.half()
            if not torch.isfinite(value).all():
                raise ValueError(f"{name}: expected values within 65504 for f16, found larger ones")
        if coarse_fullband and name in ONE_ROW:
            value = value.bfloat16().to(value.dtype)  # float16 holds all of these, small ones too
        tensors[file_name(name)] = value.numpy()
    return tensors


def write_model(path, state, config: NetConfig, card: dict, head: high_band.HighBand | None = None,
                dtype: str = "f32", coarse_fullband: bool = False) -> None:
    """Writes one `subband-mamba` model file: models/README.md, format version 1, or 2 for what 1
    does not know. The head's tensors stay float32. Throws ValueError for blocks of a kind that the
    engine does not run."""
    text = high_band.config_json(config, head.cfg) if head else config.to_json()
    if config.block != "mamba":
        text = json.dumps({name: value for name, value in json.loads(text).items()
                           if name not in NAMES["mamba"]} | file_members(config))
    tensors = model_tensors(state, dtype, coarse_fullband)
    if head:
        tensors |= model_tensors(head.tensors())
    safetensors_io.save(str(path), tensors, {
        "hiss.format": "1" if config.plain and not head else "2", "hiss.task": "denoise",
        "hiss.config": text, "hiss.card": json.dumps(card, ensure_ascii=False)})


def renew_sums(folder: pathlib.Path) -> None:
    """Writes SHA256SUMS over all model files of `folder`, as `sha256sum` prints them."""
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n"
             for p in sorted(folder.glob("*.safetensors"))]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--card", required=True, help="JSON: name, description, data, licence, figures")
    p.add_argument("--out", required=True)
    p.add_argument("--high-band", metavar="FILE", help="of hiss_training.train_high_band")
    p.add_argument("--dtype", choices=("f32", "f16"), default="f32")
    p.add_argument("--coarse-fullband", action="store_true")
    args = p.parse_args()
    state = torch.load(args.checkpoint, map_location="cpu")
    with open(args.card, encoding="utf-8") as f:
        card = json.load(f)
    out = pathlib.Path(args.out)
    config = NetConfig(**state["config"])
    head = high_band.load_head(args.high_band, config) if args.high_band else None
    write_model(out, state["ema"], config, card, head, args.dtype, args.coarse_fullband)
    renew_sums(out.parent)
    print(f"{out}: {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
