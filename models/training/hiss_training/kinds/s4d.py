# SPDX-License-Identifier: Apache-2.0
"""S4D (Gu et al. 2022, arXiv 2206.11893): a diagonal complex state space that does not depend on its
input, so that a whole sequence is one convolution. Layer and names as models/s4/s4d.py of
github.com/state-spaces/s4."""
from __future__ import annotations

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from .common import first_steps, full_precision


@full_precision
def long_convolution(u, kernel):
    """u [b, t, d] with kernel [d, t], causal."""
    size = 1 << (2 * u.shape[1] - 1).bit_length()  # no wrapping around
    product = torch.fft.rfft(u, size, dim=1) * torch.fft.rfft(kernel, size).transpose(0, 1)
    return torch.fft.irfft(product, size, dim=1)[:, :u.shape[1]]


class S4D(nn.Module):
    """`d_state` conjugate pairs a channel count as d_state / 2 complex states, each with twice its real
    part."""

    def __init__(self, sizes):
        super().__init__()
        d, n = sizes.d_model, sizes.d_state // 2
        self.rule = sizes.rule
        self.log_dt = nn.Parameter(first_steps(sizes, d).log())
        self.C = nn.Parameter(torch.randn(d, n, 2) * math.sqrt(0.5))
        self.log_A_real = nn.Parameter(torch.full((d, n), math.log(0.5)))
        self.A_imag = nn.Parameter(math.pi * torch.arange(n, dtype=torch.float32).repeat(d, 1))
        self.D = nn.Parameter(torch.randn(d))
        self.output_linear = nn.Linear(d, 2 * d)

    def discrete(self):
        """dA and dB [d_model, d_state / 2], complex."""
        dt = self.log_dt.exp().unsqueeze(-1)
        A = torch.complex(-self.log_A_real.exp(), self.A_imag)
        if self.rule == "zoh":
            dA = torch.exp(A * dt)
            return dA, (dA - 1) / A
        half = A * dt / 2
        return (1 + half) / (1 - half), dt / (1 - half)

    def kernel(self, steps: int):
        """What one sample becomes over the steps after it, [d_model, steps]."""
        dA, dB = self.discrete()
        powers = torch.exp(dA.log().unsqueeze(-1) * torch.arange(steps, device=dA.device))
        return 2 * torch.einsum("dn,dnt->dt", torch.view_as_complex(self.C) * dB, powers).real

    def out(self, y):
        return F.glu(self.output_linear(F.gelu(y)), -1)

    def forward(self, u):
        return self.out(long_convolution(u, self.kernel(u.shape[1])) + self.D * u)

    def start(self, rows: int):
        return [torch.zeros(rows, *self.log_A_real.shape, dtype=self.discrete()[0].dtype,
                            device=self.D.device)]

    def step(self, u, state):
        dA, dB = self.discrete()
        h = dA * state[0] + dB * u.unsqueeze(-1)
        y = 2 * (torch.view_as_complex(self.C) * h).sum(-1).real + self.D * u
        return self.out(y), [h]
