# SPDX-License-Identifier: Apache-2.0
"""Mamba (S6) and Mamba-2 (SSD): state spaces whose steps, inputs and outputs follow the sequence."""
from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F

from ..network import Mixer, causal_conv
from .common import before_softplus, conv_step, first_steps, full_precision

CHUNK = 64  # steps that Mamba-2 computes as one product of matrices


class Mamba(Mixer):
    """`network.Mixer` over plain sequences, beginning with the steps of the article."""

    def __init__(self, sizes):
        super().__init__(sizes, sizes.d_model, sizes.dt_rank)
        with torch.no_grad():
            self.dt_proj.bias.copy_(before_softplus(first_steps(sizes, self.d_inner)))

    def forward(self, u):
        return super().forward(u.unsqueeze(2)).squeeze(2)

    def start(self, rows: int):
        return [self.D.new_zeros(rows, self.d_inner, self.d_conv - 1),
                self.D.new_zeros(rows, self.d_inner, self.d_state)]

    def step(self, u, state):
        x, z = self.in_proj(u).chunk(2, -1)
        x, window = conv_step(self.conv1d, x, state[0])
        x = F.silu(x)
        dt, B, C = self.x_proj(x).split([self.dt_rank, self.d_state, self.d_state], -1)
        dt = F.softplus(self.dt_proj(dt)).unsqueeze(-1)
        h = torch.exp(-dt * self.A_log.exp()) * state[1] + dt * x.unsqueeze(-1) * B.unsqueeze(1)
        y = (h * C.unsqueeze(1)).sum(-1) + self.D * x
        return self.out_proj(y * F.silu(z)), [window, h]


class GatedNorm(nn.Module):
    """RMSNorm of y SiLU(z), each of `groups` parts of the channels on its own."""

    def __init__(self, width: int, groups: int, eps: float = 1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.groups, self.eps = groups, eps

    def forward(self, y, z):
        y = (y * F.silu(z)).unflatten(-1, (self.groups, -1))
        y = y * torch.rsqrt(y.square().mean(-1, keepdim=True) + self.eps)
        return y.flatten(-2) * self.weight


@full_precision
def ssd(x, dt, A, B, C):
    """h[t] = exp(dt[t] A) h[t-1] + dt[t] x[t] B[t]; y[t] = C[t] h[t], with one A a head.

    x [b, t, head, p], dt [b, t, head], A [head], B and C [b, t, group, n] -> y [b, t, head, p]. CHUNK
    steps at a time as products of matrices (Dao & Gu 2024, arXiv 2405.21060, section 6); only the
    states between the chunks are computed one after the other.
    """
    steps, groups = x.shape[1], B.shape[2]
    chunk = min(CHUNK, steps)
    # Steps of length 0 after the end change nothing.
    fill = -steps % chunk
    chunks = lambda v: F.pad(v, (0, 0) * (v.dim() - 2) + (0, fill)).unflatten(1, (-1, chunk))
    by_group = lambda v: v.unflatten(3, (groups, -1)).movedim(2, 4)  # [b, chunk, group, head, l, ..]
    decay = by_group(chunks(dt * A)).cumsum(-1)  # from the chunk's start
    x = by_group(chunks(x * dt.unsqueeze(-1)))
    B, C = (chunks(v).transpose(2, 3).unsqueeze(3) for v in (B, C))  # [b, chunk, group, 1, l, n]
    between = decay.unsqueeze(-1) - decay.unsqueeze(-2)
    later = torch.ones(chunk, chunk, dtype=torch.bool, device=x.device).triu(1)
    y = (C @ B.transpose(-1, -2) * between.masked_fill(later, -torch.inf).exp()) @ x
    added = (x * (decay[..., -1:] - decay).exp().unsqueeze(-1)).transpose(-1, -2) @ B
    h, before = torch.zeros_like(added[:, 0]), []
    for gain, new in zip(decay[..., -1].exp().unbind(1), added.unbind(1)):
        before.append(h)
        h = gain[..., None, None] * h + new
    y = y + C @ torch.stack(before, 1).transpose(-1, -2) * decay.exp().unsqueeze(-1)
    return y.movedim(4, 2).flatten(3, 4).flatten(1, 2)[:, :steps]


class Mamba2(nn.Module):
    """Names as in state-spaces/mamba's `Mamba2` module."""

    def __init__(self, sizes):
        super().__init__()
        self.d_inner = sizes.expand * sizes.d_model
        self.d_state, self.ngroups, self.headdim = sizes.d_state, sizes.ngroups, sizes.headdim
        self.nheads = self.d_inner // sizes.headdim
        width = self.d_inner + 2 * self.ngroups * self.d_state
        self.in_proj = nn.Linear(sizes.d_model, self.d_inner + width + self.nheads, bias=False)
        self.conv1d = nn.Conv1d(width, width, sizes.d_conv, groups=width)
        self.dt_bias = nn.Parameter(before_softplus(first_steps(sizes, self.nheads)))
        self.A_log = nn.Parameter(torch.log(1 + 15 * torch.rand(self.nheads)))
        self.D = nn.Parameter(torch.ones(self.nheads))
        self.norm = GatedNorm(self.d_inner, self.ngroups)
        self.out_proj = nn.Linear(self.d_inner, sizes.d_model, bias=False)

    def parts(self, u):
        """z [.., d_inner], xBC [.., channels of the convolution], dt [.., head]"""
        z, xBC, dt = self.in_proj(u).split([self.d_inner, self.conv1d.in_channels, self.nheads], -1)
        return z, xBC, F.softplus(dt + self.dt_bias)

    def heads(self, xBC):
        """x [.., head, p]; B and C [.., group, n]"""
        n = self.ngroups * self.d_state
        x, B, C = F.silu(xBC).split([self.d_inner, n, n], -1)
        return (x.unflatten(-1, (self.nheads, self.headdim)),
                *(v.unflatten(-1, (self.ngroups, self.d_state)) for v in (B, C)))

    def out(self, y, x, z):
        return self.out_proj(self.norm((y + self.D.unsqueeze(-1) * x).flatten(-2), z))

    def forward(self, u):
        z, xBC, dt = self.parts(u)
        x, B, C = self.heads(causal_conv(self.conv1d, xBC))
        return self.out(ssd(x, dt, -self.A_log.exp(), B, C), x, z)

    def start(self, rows: int):
        return [self.D.new_zeros(rows, self.conv1d.in_channels, self.conv1d.kernel_size[0] - 1),
                self.D.new_zeros(rows, self.nheads, self.headdim, self.d_state)]

    def step(self, u, state):
        z, xBC, dt = self.parts(u)
        xBC, window = conv_step(self.conv1d, xBC, state[0])
        x, B, C = self.heads(xBC)
        B, C = (v.repeat_interleave(self.nheads // self.ngroups, 1) for v in (B, C))
        gain = torch.exp(-dt * self.A_log.exp())
        h = gain[..., None, None] * state[1] + (dt.unsqueeze(-1) * x).unsqueeze(-1) * B.unsqueeze(-2)
        return self.out((h * C.unsqueeze(-2)).sum(-1), x, z), [window, h]
