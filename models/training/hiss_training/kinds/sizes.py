# SPDX-License-Identifier: Apache-2.0
"""Sizes of a block of any kind, and how kinds get equally many weights.

All blocks have the same d_model; what is inside of each is made as large as the weights of a Mamba
block allow, by one size of its kind (KNOBS).
"""
from __future__ import annotations

import dataclasses

import torch.nn as nn

from .cells import SelectiveGate, SimplifiedMamba
from .rivals import Attention, Lstm
from .s4d import S4D
from .selective import Mamba, Mamba2

RECURRENT = {"mamba": Mamba, "mamba2": Mamba2, "s4d": S4D, "selective_gate": SelectiveGate,
             "simplified_mamba": SimplifiedMamba}  # those that the engine runs
KINDS = RECURRENT | {"lstm": Lstm, "attention": Attention}
# The sizes of each kind, as a model file names them.
NAMES = {"mamba": ("d_state", "d_conv", "expand", "dt_rank"),
         "mamba2": ("d_state", "d_conv", "expand", "headdim", "ngroups"),
         "s4d": ("d_state", "rule"), "selective_gate": ("d_state",),
         "simplified_mamba": ("d_state",), "lstm": ("hidden",), "attention": ("n_head", "head_dim")}
# The size that gives a kind its weights, and its step.
KNOBS = {"mamba": ("d_state", 1), "mamba2": ("d_state", 1), "s4d": ("d_state", 2),
         "selective_gate": ("d_state", 1), "simplified_mamba": ("d_state", 1), "lstm": ("hidden", 1),
         "attention": ("head_dim", 2)}
MOST = 4096  # of a knob
TOLERANCE = 0.03  # share that the weights of two kinds may differ by


@dataclasses.dataclass(frozen=True)
class Sizes:
    kind: str = "mamba"
    d_model: int = 64
    d_state: int = 16
    d_conv: int = 4
    expand: int = 2
    dt_rank: int = 4
    headdim: int = 16
    ngroups: int = 1
    rule: str = "zoh"
    hidden: int = 64
    n_head: int = 2
    head_dim: int = 32
    # Range of the recurrence's steps at the start of training: Mamba's, unless the data say otherwise.
    steps: tuple[float, float] = (0.001, 0.1)
    # As `network.Mixer` wants them: no stretching of the first steps.
    hop: int = 16
    sample_rate: int = 1000

    def own(self) -> dict:
        """The sizes that this kind has."""
        return {name: getattr(self, name) for name in NAMES[self.kind]}


def make_mixer(sizes: Sizes) -> nn.Module:
    return KINDS[sizes.kind](sizes)


def parameters(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def equal_sizes(kind: str, like: Sizes) -> Sizes:
    """Sizes of a block of `kind` with as many weights as the one of `like` has, within TOLERANCE.
    Throws ValueError where no size of the knob gives that."""
    if kind == like.kind:
        return like
    target = parameters(make_mixer(like))
    knob, step = KNOBS[kind]
    sized = lambda k: dataclasses.replace(like, kind=kind, **{knob: k * step})
    count = lambda k: parameters(make_mixer(sized(k)))
    low, high = 1, MOST // step
    while low + 1 < high:  # count(low) <= target < count(high), if there is such a size
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) <= target else (low, middle)
    best = min((low, high), key=lambda k: abs(count(k) - target))
    if abs(count(best) - target) > TOLERANCE * target:
        raise ValueError(f"{kind}: {knob}: expected a size with {target} weights, nearest "
                         f"{best * step} with {count(best)}")
    return sized(best)
