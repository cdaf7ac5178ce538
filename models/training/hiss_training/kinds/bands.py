# SPDX-License-Identifier: Apache-2.0
"""Blocks of another kind in the denoiser (`NetConfig.block`)."""
from __future__ import annotations

import torch.nn as nn

from .sizes import Sizes, equal_sizes, make_mixer


class BandMixer(nn.Module):
    """A mixer of the kind `cfg.block` in place of `network.Mixer`, with as many weights: every band is
    a sequence."""

    def __init__(self, cfg, d_model: int, dt_rank: int):
        super().__init__()
        stretch = cfg.hop / cfg.sample_rate / 0.016  # begins with steps as long as network.Mixer's
        like = Sizes("mamba", d_model, cfg.d_state, cfg.d_conv, cfg.expand, dt_rank,
                     steps=(0.01 * stretch, 0.5 * stretch))
        self.mixer = make_mixer(equal_sizes(cfg.block, like))

    def forward(self, u):
        """u [batch, step, band, d_model]"""
        y = self.mixer(u.transpose(1, 2).flatten(0, 1))
        return y.unflatten(0, (len(u), -1)).transpose(1, 2)
