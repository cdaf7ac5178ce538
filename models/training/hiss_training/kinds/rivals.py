# SPDX-License-Identifier: Apache-2.0
"""What the articles compare state spaces with: an LSTM, and attention whose memory grows."""
from __future__ import annotations

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from ..network import widen
from .common import full_precision

ROTARY_BASE = 10000.0
FIRST_ROOM = 64  # rows of the key and value cache; doubled when full


class Lstm(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.lstm = nn.LSTM(sizes.d_model, sizes.hidden, batch_first=True)
        self.out_proj = nn.Linear(sizes.hidden, sizes.d_model, bias=False)

    def forward(self, u):
        return self.out_proj(full_precision(self.lstm)(u)[0])

    def start(self, rows: int):
        zeros = self.out_proj.weight.new_zeros(1, rows, self.lstm.hidden_size)
        return [zeros, zeros.clone()]

    def step(self, u, state):
        y, state = self.lstm(u.unsqueeze(1), tuple(state))
        return self.out_proj(y.squeeze(1)), list(state)


def rotate(x, first: int):
    """Rotary positions (Su et al. 2021) of x [b, head, t, head_dim], whose first row is row `first`."""
    half, wide = x.shape[-1] // 2, widen(x)
    speed = ROTARY_BASE ** (-torch.arange(half, device=x.device, dtype=wide.dtype) / half)
    angle = torch.arange(first, first + x.shape[2], device=x.device).unsqueeze(-1) * speed
    a, b = wide.chunk(2, -1)
    turned = [a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()]
    return torch.cat(turned, -1).to(x.dtype)


def attend(q, k, v, causal: bool):
    """Softmax attention [b, head, t, head_dim]; without PyTorch's own (before 2.0) written out."""
    fused = getattr(F, "scaled_dot_product_attention", None)
    if fused:
        return fused(q, k, v, is_causal=causal)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if causal:
        later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1)
        scores = scores.masked_fill(later, -torch.inf)
    return scores.softmax(-1) @ v


class Attention(nn.Module):
    """Causal, several heads, rotary positions. The state is the cache of keys and values and how many
    rows of it are filled."""

    def __init__(self, sizes):
        super().__init__()
        self.n_head, self.head_dim = sizes.n_head, sizes.head_dim
        self.qkv = nn.Linear(sizes.d_model, 3 * self.n_head * self.head_dim, bias=False)
        self.out_proj = nn.Linear(self.n_head * self.head_dim, sizes.d_model, bias=False)

    def parts(self, u, first: int):
        """Queries, keys and values [b, head, t, head_dim] of u [b, t, d_model] from row `first` on."""
        q, k, v = self.qkv(u).unflatten(-1, (3, self.n_head, self.head_dim)).permute(2, 0, 3, 1, 4)
        return rotate(q, first), rotate(k, first), v

    def forward(self, u):
        y = attend(*self.parts(u, 0), causal=True)
        return self.out_proj(y.transpose(1, 2).flatten(-2))

    def start(self, rows: int, seen: int = 0):
        """The state after `seen` rows of nothing."""
        room = max(FIRST_ROOM, seen)
        empty = self.out_proj.weight.new_zeros(rows, self.n_head, room, self.head_dim)
        return [empty, empty.clone(), seen]

    def step(self, u, state):
        keys, values, seen = state
        if seen == keys.shape[2]:
            keys, values = (F.pad(x, (0, 0, 0, seen)) for x in (keys, values))
        q, k, v = self.parts(u.unsqueeze(1), seen)
        keys[:, :, seen:seen + 1] = k
        values[:, :, seen:seen + 1] = v
        y = attend(q, keys[:, :, :seen + 1], values[:, :, :seen + 1], causal=False)
        return self.out_proj(y.flatten(1)), [keys, values, seen + 1]
