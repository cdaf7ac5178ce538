# SPDX-License-Identifier: Apache-2.0
"""The `channel-mamba` forecaster in PyTorch: the twin of models/sensor_forecaster.cpp.

A stack of Mamba blocks watches one channel of a sensor, one row at a time, and gives quantiles of the
value 1, 4 and 16 rows ahead and a logit of "something is wrong now". All channels share its weights.
"""
from __future__ import annotations

import dataclasses
import json

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from . import safetensors_io
from .network import Mixer, RmsNorm

HORIZONS = (1, 4, 16)  # rows ahead
QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
FEATURES = 5  # see `features`
MOST_JUMP = 20.0  # usual steps; a greater step looks like this one


@dataclasses.dataclass(frozen=True)
class ForecastConfig:
    d_model: int = 64
    n_layer: int = 2
    d_state: int = 16
    d_conv: int = 4
    expand: int = 2
    dt_rank: int = 4
    norm_eps: float = 1e-5
    # As for sound in `network.Mixer`: the steps of the recurrence begin at 0.001 to 0.05, so that
    # its memory spans 1 to 1000 rows.
    hop: int = 16
    sample_rate: int = 10000

    @classmethod
    def load(cls, path: str) -> "ForecastConfig":
        with open(path, encoding="utf-8") as f:
            return cls(**json.load(f))

    def to_json(self) -> str:
        """`hiss.config` of the model file."""
        fields = dataclasses.asdict(self)
        del fields["hop"], fields["sample_rate"]  # of the start of training alone
        return json.dumps({"arch": "channel-mamba", **fields, "horizons": HORIZONS,
                           "quantiles": QUANTILES})


def features(held, jump, log_usual, missing, log_step):
    """What the network sees of a row, [..., FEATURES]: the value and its change since the row before
    on the streaming scale (series.streaming_scale), held where it is missing; ln of the usual step on
    that scale; 1 where the value is missing; ln of the time since the row before in usual row
    intervals."""
    change = (jump / log_usual.exp()).clamp(-MOST_JUMP, MOST_JUMP)
    return torch.stack([held / 3, change / 3, (log_usual + 2) / 2, missing, log_step], -1)


class Forecaster(nn.Module):
    def __init__(self, cfg: ForecastConfig):
        super().__init__()
        self.cfg = cfg
        self.embed = nn.Linear(FEATURES, cfg.d_model)
        self.norms = nn.ModuleList(RmsNorm(cfg.d_model, cfg.norm_eps) for _ in range(cfg.n_layer))
        self.mixers = nn.ModuleList(Mixer(cfg, cfg.d_model, cfg.dt_rank) for _ in range(cfg.n_layer))
        self.norm_f = RmsNorm(cfg.d_model, cfg.norm_eps)
        self.head = nn.Linear(cfg.d_model, len(HORIZONS) * len(QUANTILES) + 1)

    def forward(self, u):
        """u [b, rows, FEATURES] -> quantiles [b, rows, horizon, quantile] in usual steps from the
        present value, rising; logits [b, rows]."""
        x = self.embed(u).unsqueeze(2)
        for norm, mixer in zip(self.norms, self.mixers):
            x = x + mixer(norm(x))
        y = self.head(self.norm_f(x.squeeze(2)))
        y = y.float() if y.dtype in (torch.bfloat16, torch.float16) else y
        raw = y[..., :-1].unflatten(-1, (len(HORIZONS), len(QUANTILES)))
        # The middle quantile, and outward from it steps that cannot be negative.
        middle = len(QUANTILES) // 2
        up = F.softplus(raw[..., middle + 1:]).cumsum(-1)
        down = -F.softplus(raw[..., :middle].flip(-1)).cumsum(-1).flip(-1)
        centre = raw[..., middle:middle + 1]
        return torch.cat([centre + down, centre, centre + up], -1), y[..., -1]


def file_names(state: dict) -> dict:
    """Tensors of a Forecaster by their names in a model file: norms.0 and mixers.0 together are
    blocks.0."""
    names = {}
    for name, value in state.items():
        part, _, rest = name.partition(".")
        if part in ("norms", "mixers"):
            layer, _, rest = rest.partition(".")
            name = f"blocks.{layer}.{'norm' if part == 'norms' else 'mixer'}.{rest}"
        names[name] = value
    return names


def load_forecaster(path) -> Forecaster:
    """The network of a model file."""
    tensors, metadata = safetensors_io.load(str(path))
    config = json.loads(metadata["hiss.config"])
    for name in ("arch", "horizons", "quantiles"):
        del config[name]
    net = Forecaster(ForecastConfig(**config))
    own = dict(zip(file_names(net.state_dict()), net.state_dict()))
    net.load_state_dict({own[name]: torch.from_numpy(value.astype(np.float32))
                         for name, value in tensors.items()})
    return net
