# SPDX-License-Identifier: Apache-2.0
"""Training loss: compressed spectra at three resolutions, waveform L1, SDR and loudness."""
from __future__ import annotations

import torch
import torch.nn as nn


def si_sdr(estimate, target, eps: float = 1e-6):
    """Scale-invariant SDR in dB [b] (Le Roux et al. 2019) of [b, n] signals, no mean removal."""
    scale = (estimate * target).sum(1, keepdim=True) / target.square().sum(1, keepdim=True).clamp_min(eps)
    part = scale * target
    return 10 * torch.log10(part.square().sum(1).clamp_min(eps)
                            / (estimate - part).square().sum(1).clamp_min(eps))


def sdr(estimate, target, eps: float = 1e-6):
    """Signal-to-distortion ratio in dB [b] of [b, n] signals; a wrong gain or sign is distortion."""
    return 10 * torch.log10(target.square().sum(1).clamp_min(eps)
                            / (estimate - target).square().sum(1).clamp_min(eps))


class LoudnessDistance(nn.Module):
    """Disturbance as the model of WB-PESQ (ITU-T P.862) hears it, with a gradient; 0 is equal.

    Both signals [b, n] at 16 kHz, each at the same speech level, as loudness in Bark bands; what
    was added weighs more than what is missing. Bands, hearing threshold and level are simpler than
    the standard's, and the signals must be aligned. `opinion` turns a distance into a WB-PESQ
    figure: over clips from noisy to nearly clean the two correlate at 0.96.
    """

    RATE, N_FFT, HOP = 16000, 512, 256
    LEVEL = 7e8  # mean power of a frame from 325 to 3250 Hz, on the scale of the thresholds

    def __init__(self):
        super().__init__()
        bins, bin_hz = self.N_FFT // 2, self.RATE / self.N_FFT
        bark = lambda k: 26.81 * k * bin_hz / (1960 + k * bin_hz) - 0.53  # Traunmüller 1990
        edges = [1]  # bands of at least 0.3 Bark from whole bins, without the first and the last
        while edges[-1] < bins:
            k = edges[-1] + 1
            while k < bins and bark(k - 0.5) - bark(edges[-1] - 0.5) < 0.3:
                k += 1
            edges.append(k)
        low, high = torch.tensor(edges[:-1]), torch.tensor(edges[1:])
        width = bark(high - 0.5) - bark(low - 0.5)
        middle = (low + high - 1) / 2
        k = torch.arange(bins + 1)[:, None]
        khz = middle * bin_hz / 1000  # threshold in quiet: Terhardt 1979
        quiet = 3.64 * khz ** -0.8 - 6.5 * torch.exp(-0.6 * (khz - 3.3) ** 2) + 1e-3 * khz ** 4 - 5
        self.register_buffer("window", torch.hann_window(self.N_FFT))
        self.register_buffer("bands", ((k >= low) & (k < high)).float() / width)
        self.register_buffer("width", width)
        self.register_buffer("threshold", 10 ** (quiet / 10))
        # Zwicker's exponent, larger below 4 Bark.
        self.register_buffer("exponent", 0.23 * (6 / (bark(middle) + 2)).clamp(1, 2) ** 0.15)
        self.telephone = slice(int(325 / bin_hz) + 1, int(3250 / bin_hz) + 1)

    def _density(self, x):
        """Power a Bark [b, frame, band] of x [b, n] brought to LEVEL."""
        X = torch.stft(x, self.N_FFT, self.HOP, window=self.window, return_complex=True)
        power = torch.view_as_real(X).square().sum(-1).transpose(1, 2)
        level = power[..., self.telephone].sum(-1).mean(1, keepdim=True).clamp_min(1e-9)
        return (power * (self.LEVEL / level).unsqueeze(-1)) @ self.bands

    def _audible(self, density, factor):
        return (density * (density > factor * self.threshold)).sum(-1)

    def _loudness(self, density):
        ratio = density / (2 * self.threshold)
        sones = (0.5 + ratio) ** self.exponent - 1
        return 0.1866 * (2 * self.threshold) ** self.exponent * sones.clamp_min(0)

    @staticmethod
    def _pool(frames):
        """L6 over 20 frames (0.32 s), where the worst counts, then L2 over the clip."""
        return frames.unfold(-1, 20, 10).pow(6).mean(-1).pow(1 / 6).square().mean(-1).sqrt()

    def forward(self, estimate, target):
        E, R = self._density(estimate), self._density(target)
        # A steady colour of the whole clip and slow gains are not heard as noise.
        speech = (self._audible(R, 100) >= 1e7).unsqueeze(-1)
        mean = lambda D: (D * (D > 100 * self.threshold) * speech).mean(1, keepdim=True)
        R = R * ((mean(E) + 1e3) / (mean(R) + 1e3)).clamp(0.01, 100)
        gain = (self._audible(R, 1) + 5e3) / (self._audible(E, 1) + 5e3)
        gain = torch.cat([gain[:, :1], 0.8 * gain[:, 1:] + 0.2 * gain[:, :-1]], 1)
        E = E * gain.clamp(3e-4, 5).unsqueeze(-1)

        loud_E, loud_R = self._loudness(E), self._loudness(R)
        d = loud_E - loud_R
        d = d.sign() * (d.abs() - 0.25 * torch.minimum(loud_E, loud_R)).clamp_min(0)  # masking
        added = ((E + 50) / (R + 50)) ** 1.2
        added = torch.where(added < 3, torch.zeros_like(added), added).clamp(max=12)
        quieter = ((self._audible(R, 1) + 1e5) / 1e7) ** 0.04
        symmetric = ((self.width * d).square().sum(-1) + 1e-6).sqrt() * self.width.sum().sqrt()
        asymmetric = (self.width * (d * added).abs()).sum(-1)
        return 0.1 * self._pool((symmetric / quieter).clamp(1e-3, 45)) \
            + 0.0309 * self._pool((asymmetric / quieter).clamp(1e-3, 45))

    @staticmethod
    def opinion(distance):
        """WB-PESQ (P.862.2's mapping) that a distance stands for."""
        return 0.999 + 4 / (1 + torch.exp(-1.3669 * (4.5 - distance) + 3.8224))


class Intelligibility(nn.Module):
    """Short-time objective intelligibility (STOI; Taal et al. 2011) with a gradient, 0 to 1.

    Envelopes in 15 third-octave bands from 150 Hz, correlated over 384 ms. Frames and bands are the
    paper's, but taken at 16 kHz; frames 40 dB under the loudest count less instead of being cut out.
    """

    RATE, N_FFT, WINDOW, HOP, SEGMENT = 16000, 512, 410, 205, 30
    CLIP = 1 + 10 ** (15 / 20)  # lower bound of -15 dB on a band's signal-to-distortion ratio

    def __init__(self):
        super().__init__()
        hz = torch.arange(self.N_FFT // 2 + 1) * (self.RATE / self.N_FFT)
        middle = 150 * 2 ** (torch.arange(15.0) / 3)
        inside = (hz[:, None] >= middle * 2 ** (-1 / 6)) & (hz[:, None] < middle * 2 ** (1 / 6))
        self.register_buffer("bands", inside.float())
        self.register_buffer("window", torch.hann_window(self.WINDOW))

    def _envelopes(self, x):
        """[b, n] -> segments [b, segment, band, frame] of band envelopes."""
        X = torch.stft(x, self.N_FFT, self.HOP, self.WINDOW, self.window, return_complex=True)
        power = torch.view_as_real(X).square().sum(-1).transpose(1, 2) @ self.bands
        return (power + 1e-12).sqrt().transpose(1, 2).unfold(-1, self.SEGMENT, 5).transpose(1, 2)

    def forward(self, estimate, target):
        """[b, n] signals of equal scale -> [b]."""
        E, R = self._envelopes(estimate), self._envelopes(target)
        norm = lambda v: (v.square().sum(-1, keepdim=True) + 1e-10).sqrt()
        E = torch.minimum(E * (norm(R) / norm(E)), R * self.CLIP)
        centre = lambda v: v - v.mean(-1, keepdim=True)
        E, R0 = centre(E), centre(R)
        correlation = ((E / norm(E)) * (R0 / norm(R0))).sum(-1).mean(-1)
        with torch.no_grad():
            loud = R.square().sum(2).mean(-1)  # [b, segment]
            weight = loud / (loud + 1e-3 * loud.amax(1, keepdim=True) + 1e-12)
        return (correlation * weight).sum(1) / weight.sum(1).clamp_min(1e-6)


COMPRESS = 0.3


def _distance(E, R, over: float = 0.0):
    """Compressed magnitude and complex error of two spectra [..., 2] (real, imaginary); `over` is
    how much more a magnitude that is too small weighs."""
    m_est = E.square().sum(-1, keepdim=True).clamp_min(1e-14).sqrt()
    m_ref = R.square().sum(-1, keepdim=True).clamp_min(1e-14).sqrt()
    c_est, c_ref = m_est ** COMPRESS, m_ref ** COMPRESS
    difference = E * (c_est / m_est) - R * (c_ref / m_ref)
    d = c_est - c_ref
    magnitude = d.square() + over * d.clamp(max=0).square()
    return 0.7 * magnitude.mean() + 0.6 * difference.square().mean()


LOG_FLOOR = 1e-4  # some 43 dB under the mean power of a bin of speech at the loss's level, n_fft 512


def _log_distance(E, R):
    """Mean distance of two spectra [..., 2] in Bel of power, above a floor."""
    level = lambda S: torch.log10(S.square().sum(-1) + LOG_FLOOR)
    return (level(E) - level(R)).abs().mean()


class DenoiseLoss(nn.Module):
    """10 x mean over resolutions of (0.7 magnitude + 0.3 complex error, both compressed by 0.3)
    + 2 x L1 of the waveform - `ratio_weight` x SDR + `loudness_weight` x LoudnessDistance
    - `clarity_weight` x Intelligibility + `log_weight` x distance of logarithms, which counts what
    is left in pauses and wants the likelier of speech and nothing instead of their mean; each clip
    scaled to the same speech level first.
    A magnitude that is too small counts 1 + `over_weight` times: a mean of squares alone shrinks
    what it is not sure of, which is the voice above 2 kHz.

    SDR and not SI-SDR: that one and the loudness distance are blind to gain and sign, and together
    they once led a network to -0.12 times the speech, where the spectra could not bring it back."""

    RESOLUTIONS = ((256, 64), (512, 128), (1024, 256))

    def __init__(self, ratio_weight: float = 0.1, loudness_weight: float = 0.3,
                 clarity_weight: float = 0.0, over_weight: float = 0.0, log_weight: float = 0.0):
        super().__init__()
        self.log_weight = log_weight
        self.over_weight = over_weight
        self.ratio_weight, self.loudness_weight = ratio_weight, loudness_weight
        self.clarity_weight = clarity_weight
        for n, _ in self.RESOLUTIONS:
            self.register_buffer(f"window_{n}", torch.hann_window(n))

        self.distance, self.log_distance = _distance, _log_distance
        self.loudness = LoudnessDistance()
        self.clarity = Intelligibility()

    def _spectrum(self, x, n, hop):
        return torch.view_as_real(
            torch.stft(x, n, hop, window=getattr(self, f"window_{n}"), return_complex=True))

    @staticmethod
    def levelled(estimate, target, noisy):
        """(estimate, target) [b, n], each clip scaled to the same speech level."""
        level = torch.maximum(target.square().mean(1, keepdim=True).sqrt(),
                              0.1 * noisy.square().mean(1, keepdim=True).sqrt()).clamp_min(1e-4)
        return estimate * (0.1 / level), target * (0.1 / level)

    def forward(self, estimate, target, noisy):
        """[b, n] signals -> (loss, mean SI-SDR in dB of the clips that hold speech)."""
        estimate, target = self.levelled(estimate, target, noisy)
        spectral = logarithmic = 0.0
        for n, hop in self.RESOLUTIONS:
            E, R = self._spectrum(estimate, n, hop), self._spectrum(target, n, hop)
            spectral = spectral + self.distance(E, R, self.over_weight)
            if self.log_weight:
                logarithmic = logarithmic + self.log_distance(E, R)
        voiced = (target.square().mean(1) > 1e-6).float()
        mean = lambda values: (values * voiced).sum() / voiced.sum().clamp_min(1)
        ratio = mean(sdr(estimate, target).clamp(-10, 40))
        waveform = (estimate - target).abs().mean()
        loss = spectral / len(self.RESOLUTIONS) * 10 + 2 * waveform - self.ratio_weight * ratio
        if self.log_weight:
            loss = loss + self.log_weight * logarithmic / len(self.RESOLUTIONS)
        if self.loudness_weight:
            loss = loss + self.loudness_weight * mean(self.loudness(estimate, target))
        if self.clarity_weight:
            loss = loss - self.clarity_weight * mean(self.clarity(estimate, target))
        with torch.no_grad():
            return loss, mean(si_sdr(estimate, target).clamp(-10, 40))
