# SPDX-License-Identifier: Apache-2.0
"""The cells of the two articles, corrected so that they run. Their states are not linear in what was
before: they can only be computed step by step, here with gradients written out to keep a step to two
or three operations."""
from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd.function import once_differentiable

from .common import first_steps, full_precision, uniform


def before(h):
    """h [b, t, n] one step ago."""
    return F.pad(h[:, :-1], (0, 0, 1, 0))


class _GateScan(torch.autograd.Function):
    """h[t] = h[t-1] (1 - s[t]) + tanh(a h[t-1] + v[t]) s[t]; s and v [b, t, n], a [n]."""

    @staticmethod
    def forward(ctx, s, v, a):
        h, states, news = torch.zeros_like(s[:, 0]), [], []
        for s_t, v_t in zip(s.unbind(1), v.unbind(1)):
            new = torch.tanh(torch.addcmul(v_t, a, h))
            h = torch.lerp(h, new, s_t)
            states.append(h)
            news.append(new)
        states = torch.stack(states, 1)
        ctx.save_for_backward(s, a, states, torch.stack(news, 1))
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx, dh):
        s, a, h, new = ctx.saved_tensors
        slope = s * (1 - new * new)
        kept = 1 - s + slope * a  # what a state hands on to the next one
        g, gradients = torch.zeros_like(dh[:, 0]), []
        later = F.pad(kept[:, 1:], (0, 0, 0, 1))
        for dh_t, kept_t in zip(reversed(dh.unbind(1)), reversed(later.unbind(1))):
            g = torch.addcmul(dh_t, kept_t, g)
            gradients.append(g)
        g = torch.stack(gradients[::-1], 1)
        dv = g * slope
        return g * (new - before(h)), dv, (dv * before(h)).sum((0, 1))


class _SigmoidScan(torch.autograd.Function):
    """h[t] = sigmoid(A h[t-1] + v[t]); v [b, t, n], A [n, n]."""

    @staticmethod
    def forward(ctx, v, A):
        h, states, across = torch.zeros_like(v[:, 0]), [], A.t()
        for v_t in v.unbind(1):
            h = torch.sigmoid(torch.addmm(v_t, h, across))
            states.append(h)
        states = torch.stack(states, 1)
        ctx.save_for_backward(A, states)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx, dh):
        A, h = ctx.saved_tensors
        slope = h * (1 - h)
        g, gradients = torch.zeros_like(dh[:, 0]), []
        for dh_t, slope_t in zip(reversed(dh.unbind(1)), reversed(slope.unbind(1))):
            g = slope_t * torch.addmm(dh_t, g, A)
            gradients.append(g)
        g = torch.stack(gradients[::-1], 1)
        return g, torch.einsum("btn,btm->nm", g, before(h))


class SelectiveGate(nn.Module):
    """s = sigmoid(W_s x); h <- h (1 - s) + tanh(A h + B x) s, A diagonal; y = C h."""

    def __init__(self, sizes):
        super().__init__()
        d, n = sizes.d_model, sizes.d_state
        self.W_s = nn.Linear(d, n)
        self.A = uniform(n, fan_in=1)
        self.B = uniform(n, d, fan_in=d)
        self.C = uniform(d, n, fan_in=n)
        with torch.no_grad():  # gates begin as open as the steps of the other kinds are long
            self.W_s.bias.copy_(torch.logit(first_steps(sizes, n)))

    def forward(self, u):
        scan = full_precision(_GateScan.apply)
        return F.linear(scan(torch.sigmoid(self.W_s(u)), F.linear(u, self.B), self.A), self.C)

    def start(self, rows: int):
        return [self.A.new_zeros(rows, len(self.A))]

    def step(self, u, state):
        new = torch.tanh(self.A * state[0] + F.linear(u, self.B))
        h = torch.lerp(state[0], new, torch.sigmoid(self.W_s(u)))
        return F.linear(h, self.C), [h]


class SimplifiedMamba(nn.Module):
    """h <- sigmoid(A h + B x); y = C h + D x, D diagonal."""

    def __init__(self, sizes):
        super().__init__()
        d, n = sizes.d_model, sizes.d_state
        self.A = uniform(n, n, fan_in=n)
        self.B = uniform(n, d, fan_in=d)
        self.C = uniform(d, n, fan_in=n)
        self.D = nn.Parameter(torch.ones(d))

    def forward(self, u):
        h = full_precision(_SigmoidScan.apply)(F.linear(u, self.B), self.A)
        return F.linear(h, self.C) + self.D * u

    def start(self, rows: int):
        return [self.A.new_zeros(rows, len(self.A))]

    def step(self, u, state):
        h = torch.sigmoid(F.linear(state[0], self.A) + F.linear(u, self.B))
        return F.linear(h, self.C) + self.D * u, [h]
