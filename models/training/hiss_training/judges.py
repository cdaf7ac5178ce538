# SPDX-License-Identifier: Apache-2.0
"""Networks that learn to tell denoised from clean spectra while the denoiser learns (LSGAN, Mao et
al. 2017; many resolutions as in EnCodec, Défossez et al. 2022). Used in training only: means of
squares blur what the denoiser is not sure of, and a blurred spectrum is what they learn to see."""
from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F

from .losses import COMPRESS


class NormedConv(nn.Conv2d):
    """Convolution whose filters have a learnt length of their own (weight normalisation, Salimans
    & Kingma 2016)."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding=0, dilation=1):
        super().__init__(inputs, outputs, kernel, stride, padding, dilation)
        self.length = nn.Parameter(self.weight.detach().flatten(1).norm(dim=1).view(-1, 1, 1, 1))

    def forward(self, x):
        lengths = self.weight.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
        return self._conv_forward(x, self.weight * (self.length / lengths), self.bias)


class SpectrumJudge(nn.Module):
    """Judges each place of a spectrum of [b, n] signals: near 1 for clean speech, 0 for denoised."""

    def __init__(self, n_fft: int, hop: int, channels: int = 16):
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        self.register_buffer("window", torch.hann_window(n_fft))
        layer = lambda i, kernel, stride, dilation=1: NormedConv(
            i, channels, kernel, stride, ((kernel[0] // 2) * dilation, kernel[1] // 2),
            (dilation, 1))
        self.layers = nn.ModuleList([
            layer(3, (3, 9), (1, 2)), layer(channels, (3, 9), (1, 2)),
            layer(channels, (3, 9), (1, 2), 2), layer(channels, (3, 9), (1, 2), 4),
            layer(channels, (3, 3), (1, 1))])
        self.last = NormedConv(channels, 1, 3, padding=1)

    def forward(self, x):
        """[b, n] -> (verdicts [b, 1, frame, place], what the layers saw)."""
        X = torch.stft(x.float(), self.n_fft, self.hop, window=self.window, return_complex=True)
        X = torch.view_as_real(X).permute(0, 3, 2, 1)  # [b, real and imaginary, frame, bin]
        magnitude = X.square().sum(1, keepdim=True).clamp_min(1e-10).sqrt()
        compressed = magnitude ** COMPRESS
        h = torch.cat([X * (compressed / magnitude), compressed], 1)
        seen = []
        for layer in self.layers:
            h = F.leaky_relu(layer(h), 0.2)
            seen.append(h)
        return self.last(h), seen


class Judges(nn.Module):
    """A judge for each resolution. Signals [b, n], each clip at the loss's speech level."""

    RESOLUTIONS = ((1024, 256), (512, 128), (256, 64))

    def __init__(self):
        super().__init__()
        self.judges = nn.ModuleList(SpectrumJudge(n, hop) for n, hop in self.RESOLUTIONS)

    def judging(self, estimate, target):
        """What the judges learn from: 0 when every place is told apart. `estimate` is detached."""
        loss = 0.0
        for judge in self.judges:
            loss = loss + (judge(target)[0].float() - 1).square().mean() \
                + judge(estimate.detach())[0].float().square().mean()
        return loss / len(self.judges)

    def deceiving(self, estimate, target):
        """What the denoiser learns from: verdicts on `estimate` should be 1, and each layer should
        see what it sees in `target`, in shares of that."""
        loss = 0.0
        for judge in self.judges:
            verdict, seen = judge(estimate)
            with torch.no_grad():
                wanted = judge(target)[1]
            alike = sum((s.float() - w.float()).abs().mean() / w.float().abs().mean().clamp_min(1e-3)
                        for s, w in zip(seen, wanted)) / len(seen)
            loss = loss + (verdict.float() - 1).square().mean() + alike
        return loss / len(self.judges)
