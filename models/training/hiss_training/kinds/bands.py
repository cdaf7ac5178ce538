# SPDX-License-Identifier: Apache-2.0
"""Blocks of another kind in the denoiser (`NetConfig.block`)."""
from __future__ import annotations

import torch.nn as nn

from .sizes import RECURRENT, Sizes, equal_sizes, make_mixer


def band_sizes(cfg, d_model: int, dt_rank: int) -> Sizes:
    """Sizes of the kind `cfg.block` with as many weights as the Mamba block of `cfg`."""
    stretch = cfg.hop / cfg.sample_rate / 0.016  # begins with steps as long as network.Mixer's
    like = Sizes("mamba", d_model, cfg.d_state, cfg.d_conv, cfg.expand, dt_rank,
                 steps=(0.01 * stretch, 0.5 * stretch))
    return equal_sizes(cfg.block, like)


def file_members(cfg) -> dict:
    """What `hiss.config` of a denoiser of another kind has in place of the sizes of `mamba`. Throws
    ValueError for a kind that the engine does not run."""
    if cfg.block not in RECURRENT:
        raise ValueError(f"block: expected one of {', '.join(RECURRENT)}, found {cfg.block}")
    members = {"block": {"kind": cfg.block, **band_sizes(cfg, cfg.d_model, cfg.dt_rank).own()}}
    if cfg.fullband_d_model:
        wide = band_sizes(cfg, cfg.fullband_d_model, cfg.fullband_dt_rank)
        members["fullband_d_state"] = wide.d_state
    return members


class BandMixer(nn.Module):
    """A mixer of the kind `cfg.block` in place of `network.Mixer`, with as many weights: every band is
    a sequence."""

    def __init__(self, cfg, d_model: int, dt_rank: int):
        super().__init__()
        self.mixer = make_mixer(band_sizes(cfg, d_model, dt_rank))

    def forward(self, u):
        """u [batch, step, band, d_model]"""
        y = self.mixer(u.transpose(1, 2).flatten(0, 1))
        return y.unflatten(0, (len(u), -1)).transpose(1, 2)
