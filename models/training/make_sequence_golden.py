#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/sequence_*: models of the task `sequence` must equal their PyTorch twins.

    python3 make_sequence_golden.py --out ../../tests/golden

`sequence_KIND` is a whole model file with random weights, of tokens for one half of the kinds and of
features for the others, with and without norms; `sequence_KIND_vectors` holds `out` [KEPT, ROWS, n_out],
what its twin gives in float64 over whole sequences, of every STRIDE-th of STEPS steps. The inputs come
from the integer generator of tests/support/golden.h, g(1, t ROWS n + r n + i): feature i of row r at
step t is 2 g, a token (n = 1) is floor((g + 1) vocab / 2).
"""
from __future__ import annotations

import argparse
import pathlib
import sys

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from hiss_training import safetensors_io  # noqa: E402
from hiss_training.kinds import SequenceNet, Sizes, StackConfig  # noqa: E402
from hiss_training.kinds.files import load_sequence, save_sequence  # noqa: E402
from make_mamba_golden import golden_uniform  # noqa: E402

STEPS, ROWS, STRIDE = 150, 2, 5
SMALL = dict(d_model=10, d_conv=3, expand=2, dt_rank=3, headdim=5, ngroups=2)
MODELS = {
    "mamba": StackConfig(Sizes("mamba", d_state=5, **SMALL), n_out=7, vocab=11),
    "mamba2": StackConfig(Sizes("mamba2", d_state=6, **SMALL), n_out=3, n_in=3, norm_f=0),
    "s4d": StackConfig(Sizes("s4d", d_state=6, rule="zoh", **SMALL), n_out=7, vocab=11),
    "s4d_bilinear": StackConfig(Sizes("s4d", d_state=10, rule="bilinear", **SMALL), n_out=2, n_in=4),
    "selective_gate": StackConfig(Sizes("selective_gate", d_state=9, **SMALL), n_out=7, vocab=11,
                                  norm=0, residual=0, norm_f=0),
    "simplified_mamba": StackConfig(Sizes("simplified_mamba", d_state=9, **SMALL), n_out=10, n_in=10,
                                    norm=0, residual=0),
}


def golden_steps(cfg: StackConfig) -> torch.Tensor:
    """Tokens [ROWS, STEPS], or features [ROWS, STEPS, n_in]."""
    n = 1 if cfg.vocab else cfg.n_in
    g = golden_uniform(1, STEPS * ROWS * n).astype(np.float64).reshape(STEPS, ROWS, n)
    steps = torch.from_numpy(g.transpose(1, 0, 2).copy())
    return ((steps[..., 0] + 1) * cfg.vocab / 2).long() if cfg.vocab else 2 * steps


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--out", required=True)
    out = pathlib.Path(p.parse_args().out)
    for name, cfg in MODELS.items():
        torch.manual_seed(20261123)
        net = SequenceNet(cfg)
        with torch.no_grad():
            for parameter, value in net.named_parameters():
                if "norm" in parameter:
                    value.add_(0.2 * torch.randn_like(value))
        path = out / f"sequence_{name}.safetensors"
        save_sequence(path, net, {"name": name, "description": "Random weights.", "data": "",
                                  "licence": "Apache-2.0"})
        twin = load_sequence(path).double().eval()
        with torch.no_grad():
            found = twin(golden_steps(cfg)).transpose(0, 1)[::STRIDE].float().contiguous().numpy()
        vectors = out / f"sequence_{name}_vectors.safetensors"
        safetensors_io.save(str(vectors), {"out": found})
        print(f"{path.name}: {path.stat().st_size} bytes, {vectors.stat().st_size} of vectors, "
              f"largest {np.abs(found).max():.3g}")


if __name__ == "__main__":
    main()
