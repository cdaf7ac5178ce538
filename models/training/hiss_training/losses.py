# SPDX-License-Identifier: Apache-2.0
"""Training loss: compressed spectra at three resolutions, waveform L1 and SI-SDR."""
from __future__ import annotations

import torch
import torch.nn as nn


def si_sdr(estimate, target, eps: float = 1e-6):
    """Scale-invariant SDR in dB [b] (Le Roux et al. 2019) of [b, n] signals, no mean removal."""
    scale = (estimate * target).sum(1, keepdim=True) / target.square().sum(1, keepdim=True).clamp_min(eps)
    part = scale * target
    return 10 * torch.log10(part.square().sum(1).clamp_min(eps)
                            / (estimate - part).square().sum(1).clamp_min(eps))


COMPRESS = 0.3


def _distance(E, R):
    """Compressed magnitude and complex error of two spectra [..., 2] (real, imaginary)."""
    m_est = E.square().sum(-1, keepdim=True).clamp_min(1e-14).sqrt()
    m_ref = R.square().sum(-1, keepdim=True).clamp_min(1e-14).sqrt()
    c_est, c_ref = m_est ** COMPRESS, m_ref ** COMPRESS
    difference = E * (c_est / m_est) - R * (c_ref / m_ref)
    return 0.7 * (c_est - c_ref).square().mean() + 0.6 * difference.square().mean()


class DenoiseLoss(nn.Module):
    """10 x mean over resolutions of (0.7 magnitude + 0.3 complex error, both compressed by 0.3)
    + 2 x L1 of the waveform - 0.01 x SI-SDR; each clip scaled to the same speech level first."""

    RESOLUTIONS = ((256, 64), (512, 128), (1024, 256))

    def __init__(self):
        super().__init__()
        for n, _ in self.RESOLUTIONS:
            self.register_buffer(f"window_{n}", torch.hann_window(n))

        self.distance = _distance

    def _spectrum(self, x, n, hop):
        return torch.view_as_real(
            torch.stft(x, n, hop, window=getattr(self, f"window_{n}"), return_complex=True))

    def forward(self, estimate, target, noisy):
        """[b, n] signals -> (loss, mean SI-SDR in dB of the clips that hold speech)."""
        level = torch.maximum(target.square().mean(1, keepdim=True).sqrt(),
                              0.1 * noisy.square().mean(1, keepdim=True).sqrt()).clamp_min(1e-4)
        estimate, target = estimate * (0.1 / level), target * (0.1 / level)
        spectral = 0.0
        for n, hop in self.RESOLUTIONS:
            spectral = spectral + self.distance(self._spectrum(estimate, n, hop),
                                                self._spectrum(target, n, hop))
        voiced = (target.square().mean(1) > 1e-6).float()
        ratio = si_sdr(estimate, target).clamp(-10, 40)
        ratio = (ratio * voiced).sum() / voiced.sum().clamp_min(1)
        waveform = (estimate - target).abs().mean()
        return spectral / len(self.RESOLUTIONS) * 10 + 2 * waveform - 0.01 * ratio, ratio
