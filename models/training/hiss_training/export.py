# SPDX-License-Identifier: Apache-2.0
"""Writes the EMA weights of a checkpoint as a model file and renews SHA256SUMS beside it.

    python3 -m hiss_training.export --checkpoint checkpoint.pt --card card.json --out NAME.safetensors \\
        [--high-band high_band.pt]
"""
from __future__ import annotations

import argparse
import hashlib
import json
import pathlib

import numpy as np
import torch

from . import high_band, safetensors_io
from .network import NetConfig


def model_tensors(state: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    """The tensors of a model file: every weight and batch-norm statistic, float32."""
    return {name: value.detach().float().cpu().numpy() for name, value in state.items()
            if value.is_floating_point()}


def write_model(path, state, config: NetConfig, card: dict,
                head: high_band.HighBand | None = None) -> None:
    """Writes one `subband-mamba` model file (models/README.md, format version 1, or 2 with a head
    above the network's band)."""
    text = high_band.config_json(config, head.cfg) if head else config.to_json()
    tensors = {**state, **head.tensors()} if head else state
    safetensors_io.save(str(path), model_tensors(tensors), {
        "hiss.format": "2" if head else "1", "hiss.task": "denoise", "hiss.config": text,
        "hiss.card": json.dumps(card, ensure_ascii=False)})


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
    args = p.parse_args()
    state = torch.load(args.checkpoint, map_location="cpu")
    with open(args.card, encoding="utf-8") as f:
        card = json.load(f)
    out = pathlib.Path(args.out)
    config = NetConfig(**state["config"])
    head = high_band.load_head(args.high_band, config) if args.high_band else None
    write_model(out, state["ema"], config, card, head)
    renew_sums(out.parent)
    print(f"{out}: {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
