# SPDX-License-Identifier: Apache-2.0
"""A sequence model of blocks of one kind, the same around every kind: embedding, blocks, head. Tensor
names are those of model files of the task `sequence`."""
from __future__ import annotations

import dataclasses
import json

import torch.nn as nn

from ..network import RmsNorm
from .sizes import Sizes, make_mixer


@dataclasses.dataclass(frozen=True)
class StackConfig:
    sizes: Sizes
    n_out: int
    vocab: int = 0  # tokens in; or
    n_in: int = 0   # values in
    n_layer: int = 2
    norm: int = 1
    residual: int = 1
    norm_f: int = 1
    norm_eps: float = 1e-5

    def to_json(self) -> str:
        """`hiss.config` of a model file."""
        source = {"input": "tokens", "vocab": self.vocab} if self.vocab else \
            {"input": "features", "n_in": self.n_in}
        rest = {name: getattr(self, name) for name in ("n_layer", "norm", "residual", "norm_f",
                                                       "norm_eps")}
        return json.dumps({"arch": "ssm-sequence", "block": self.sizes.kind, **source,
                           "n_out": self.n_out, "d_model": self.sizes.d_model, **rest,
                           **self.sizes.own()})

    @classmethod
    def from_json(cls, text: str) -> "StackConfig":
        """The inverse of `to_json`."""
        fields = json.loads(text)
        names = {f.name for f in dataclasses.fields(Sizes)} & fields.keys()
        sizes = Sizes(kind=fields["block"], **{name: fields[name] for name in names})
        own = {f.name for f in dataclasses.fields(cls)} & fields.keys()
        return cls(sizes, **{name: fields[name] for name in own})


class Block(nn.Module):
    def __init__(self, cfg: StackConfig):
        super().__init__()
        self.norm = RmsNorm(cfg.sizes.d_model, cfg.norm_eps) if cfg.norm else nn.Identity()
        self.mixer = make_mixer(cfg.sizes)
        self.residual = cfg.residual

    def forward(self, x):
        y = self.mixer(self.norm(x))
        return x + y if self.residual else y

    def step(self, x, state):
        y, state = self.mixer.step(self.norm(x), state)
        return (x + y if self.residual else y), state


class SequenceNet(nn.Module):
    """`forward`: tokens [batch, step] or values [batch, step, n_in] -> [batch, step, n_out];
    `start` and `step` compute the same a row at a time, see `common`."""

    def __init__(self, cfg: StackConfig):
        super().__init__()
        self.cfg = cfg
        d = cfg.sizes.d_model
        if cfg.vocab:
            self.embedding = nn.Embedding(cfg.vocab, d)
        else:
            self.embed = nn.Linear(cfg.n_in, d)
        self.blocks = nn.ModuleList(Block(cfg) for _ in range(cfg.n_layer))
        self.norm_f = RmsNorm(d, cfg.norm_eps) if cfg.norm_f else nn.Identity()
        self.head = nn.Linear(d, cfg.n_out)

    def embedded(self, x):
        return self.embedding(x) if self.cfg.vocab else self.embed(x)

    def forward(self, x):
        x = self.embedded(x)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm_f(x))

    def start(self, rows: int):
        return [block.mixer.start(rows) for block in self.blocks]

    def step(self, x, state):
        x, after = self.embedded(x), []
        for block, s in zip(self.blocks, state):
            x, s = block.step(x, s)
            after.append(s)
        return self.head(self.norm_f(x)), after
