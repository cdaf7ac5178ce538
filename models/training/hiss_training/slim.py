# SPDX-License-Identifier: Apache-2.0
"""Makes a checkpoint small enough to keep: the optimiser's moments as bfloat16, or none at all.

    python3 -m hiss_training.slim RUN/checkpoint.pt checkpoints/NAME.pt [--weights-only]

Training goes on from either (`--resume`). --weights-only keeps the EMA weights, from which the
optimiser has to find its moments anew.
"""
from __future__ import annotations

import argparse
import os

import torch


def slim(state: dict, weights_only: bool = False) -> dict:
    """The checkpoint `state` of hiss_training.train with less in it."""
    state = {k: v for k, v in state.items() if k != "judges"}
    if weights_only:
        return {k: v for k, v in state.items() if k not in ("net", "optimiser")}
    optimiser = state["optimiser"]
    moments = {i: {k: v.bfloat16() if v.dim() else v for k, v in s.items()}
               for i, s in optimiser["state"].items()}
    return {**state, "optimiser": {**optimiser, "state": moments}}


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("checkpoint")
    p.add_argument("out")
    p.add_argument("--weights-only", action="store_true")
    args = p.parse_args()
    torch.save(slim(torch.load(args.checkpoint, map_location="cpu"), args.weights_only), args.out)
    print(f"{args.out}: {os.stat(args.out).st_size} bytes")


if __name__ == "__main__":
    main()
