# SPDX-License-Identifier: Apache-2.0
"""Writes the EMA weights of a forecaster's checkpoint as a model file and renews SHA256SUMS beside it.

    python3 -m hiss_training.export_forecaster --checkpoint checkpoint.pt --card card.json \\
        --out NAME.safetensors [--dtype f16]

--dtype f16 rounds matrices to half precision; vectors, and what sets the memory of the recurrence,
stay float32.
"""
from __future__ import annotations

import argparse
import json
import pathlib

import torch

from . import safetensors_io
from .export import model_tensors, renew_sums
from .forecaster import ForecastConfig, file_names


def write_forecaster(path, state, config: ForecastConfig, card: dict, dtype: str = "f32") -> None:
    """Writes one `channel-mamba` model file: models/README.md, format 2."""
    safetensors_io.save(str(path), model_tensors(file_names(state), dtype), {
        "hiss.format": "2", "hiss.task": "forecaster", "hiss.config": config.to_json(),
        "hiss.card": json.dumps(card, ensure_ascii=False)})


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--card", required=True, help="JSON: name, description, data, licence, figures")
    p.add_argument("--out", required=True)
    p.add_argument("--dtype", choices=("f32", "f16"), default="f32")
    args = p.parse_args()
    state = torch.load(args.checkpoint, map_location="cpu")
    with open(args.card, encoding="utf-8") as f:
        card = json.load(f)
    out = pathlib.Path(args.out)
    write_forecaster(out, state["ema"], ForecastConfig(**state["config"]), card, args.dtype)
    renew_sums(out.parent)
    print(f"{out}: {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
