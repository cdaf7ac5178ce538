# SPDX-License-Identifier: Apache-2.0
"""What several kinds share.

A mixer of any kind has `forward` (u [batch, step, d_model], whole sequences, for training) and the
same computation one row at a time: `start(rows)` gives the state of `rows` sequences as a list of
tensors, `step(u, state)` takes u [rows, d_model] and gives (y [rows, d_model], the next state).
"""
from __future__ import annotations

import math

import torch

from ..network import widen

def first_steps(sizes, count: int) -> torch.Tensor:
    """Steps of a recurrence to begin with, spread evenly over the logarithm of `sizes.steps`."""
    low, high = map(math.log, sizes.steps)
    return torch.exp(low + (high - low) * torch.rand(count))


def before_softplus(dt: torch.Tensor) -> torch.Tensor:
    """The b whose softplus is dt."""
    return dt + torch.log(-torch.expm1(-dt))


def conv_step(conv, x, window):
    """One step of a causal depthwise convolution: x [rows, channel], window [rows, channel, d_conv - 1]
    of earlier values -> (y, the next window)."""
    window = torch.cat([window, x.unsqueeze(-1)], -1)
    return (window * conv.weight[:, 0]).sum(-1) + conv.bias, window[..., 1:]


def full_precision(core):
    """A function of tensors that runs at float32 or above whatever autocast asks for."""
    def run(*tensors, **options):
        with torch.autocast(tensors[0].device.type, enabled=False):
            return core(*(widen(t) for t in tensors), **options)
    return run


def uniform(*shape: int, fan_in: int) -> torch.nn.Parameter:
    """Weights as torch.nn.Linear begins with."""
    return torch.nn.Parameter((2 * torch.rand(*shape) - 1) / math.sqrt(fan_in))
