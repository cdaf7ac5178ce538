# SPDX-License-Identifier: Apache-2.0
"""Makes a checkpoint small enough to keep: the optimiser's moments as bfloat16, or none at all.

    python3 -m hiss_training.slim RUN/checkpoint.pt checkpoints/NAME.pt [--weights-only]
        [--mean-with OTHER.pt]

Training goes on from either (`--resume`). --weights-only keeps the EMA weights, from which the
optimiser has to find its moments anew. --mean-with puts the mean of both runs' EMA weights in their
place: of a run and the one it went on from, it can have the better of both (Wortsman et al. 2022).
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


def mean_of(state: dict, other: dict) -> dict:
    """The checkpoint `state` with the mean of its EMA weights and those of `other`, a run of the
    same network. Raises ValueError if it is another network."""
    mine, theirs = state["ema"], other["ema"]
    if {k: v.shape for k, v in mine.items()} != {k: v.shape for k, v in theirs.items()}:
        raise ValueError("ema: expected tensors of the same names and shapes, found others")
    ema = {k: (v + theirs[k]) / 2 if v.is_floating_point() else v for k, v in mine.items()}
    # Training goes on from what is shipped, not from where the run left its own weights.
    return {**state, "ema": ema, **({"net": dict(ema)} if "net" in state else {})}


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("checkpoint")
    p.add_argument("out")
    p.add_argument("--weights-only", action="store_true")
    p.add_argument("--mean-with", metavar="OTHER.pt")
    args = p.parse_args()
    state = torch.load(args.checkpoint, map_location="cpu")
    if args.mean_with:
        state = mean_of(state, torch.load(args.mean_with, map_location="cpu"))
    torch.save(slim(state, args.weights_only), args.out)
    print(f"{args.out}: {os.stat(args.out).st_size} bytes")


if __name__ == "__main__":
    main()
