# SPDX-License-Identifier: Apache-2.0
"""Makes training pairs on the training device: speeds, rooms, noises, levels, damage.

Everything is batched tensor work with fixed shapes and no host decisions, so that a whole training
step can be captured as one CUDA graph.
"""
from __future__ import annotations

import fractions
import math

import torch
import torch.nn.functional as F

SAMPLE_RATE = 16000


def at_speed(audio: torch.Tensor, speed: float, chunk: int = 1 << 20) -> torch.Tensor:
    """int16 `audio` [n] played `speed` times as fast, pitch included: about n / speed samples.

    Windowed-sinc interpolation at a ratio of small numbers (the nearest with a denominator up to
    20); whatever would lie above half the sample rate is left out.
    """
    ratio = fractions.Fraction(speed).limit_denominator(20)
    down, up = ratio.numerator, ratio.denominator  # `up` samples come out for `down` that go in
    cutoff = 0.95 * min(1.0, up / down)
    half = math.ceil(16 / cutoff)
    tap = torch.arange(-half, half + down + 1, dtype=torch.float64)
    at = tap - (torch.arange(up, dtype=torch.float64) * down / up)[:, None]
    window = torch.cos(at.clamp(-half, half) * (math.pi / 2 / half)) ** 2
    kernel = (torch.sinc(at * cutoff) * cutoff * window).float()[:, None].to(audio.device)
    step = max(chunk // down, 1) * down
    padded = F.pad(audio, (half, half + down))
    out = []
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        for start in range(0, len(audio) - len(audio) % down, step):
            stop = min(start + step, len(audio) - len(audio) % down)
            piece = padded[start:stop + 2 * half + 1].float()[None, None]
            y = F.conv1d(piece, kernel, stride=down)[0, :, :(stop - start) // down]
            out.append(y.t().reshape(-1).round().clamp(-32768, 32767).short())
    return torch.cat(out)


def with_speeds(audio: torch.Tensor, speeds) -> torch.Tensor:
    """`audio` followed by its copies at other speeds: more voices and more noises of one length."""
    return torch.cat([audio] + [at_speed(audio, s) for s in speeds])


def shoebox_rir(size, source, mic, rt60: float, length: int, device) -> torch.Tensor:
    """Room impulse response [length] by the image-source method (Allen & Berkley 1979).

    size, source, mic: metres, 3 values each; one absorption for all walls from Sabine's formula.
    """
    c = 343.0
    size, source, mic = (torch.tensor(v, device=device) for v in (size, source, mic))
    volume = size.prod()
    surface = 2 * (size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    absorption = (24 * math.log(10) * volume / (c * surface * rt60)).clamp(0.02, 0.98)
    beta = (1 - absorption).sqrt()
    reach = length / SAMPLE_RATE * c
    axes, orders = [], []
    for i in range(3):
        n = int(math.ceil(reach / float(size[i]) / 2)) + 1
        k = torch.arange(-n, n + 1, device=device)
        # Images at 2 k L + s (2|k| reflections) and 2 k L - s (|2k - 1| reflections).
        axes.append(torch.cat([2 * k * size[i] + source[i], 2 * k * size[i] - source[i]]) - mic[i])
        orders.append(torch.cat([(2 * k).abs(), (2 * k - 1).abs()]))
    d2 = axes[0][:, None, None] ** 2 + axes[1][None, :, None] ** 2 + axes[2][None, None, :] ** 2
    order = orders[0][:, None, None] + orders[1][None, :, None] + orders[2][None, None, :]
    d = d2.sqrt().clamp_min(0.05)
    delay = d / c * SAMPLE_RATE
    near = delay < length - 2
    delay, gain = delay[near], (beta ** order[near].float()) / d[near]
    base = delay.floor()
    part = delay - base
    rir = torch.zeros(length, device=device)
    rir.scatter_add_(0, base.long(), gain * (1 - part))
    rir.scatter_add_(0, base.long() + 1, gain * part)
    return rir


def make_room_bank(count: int, length: int, device, seed: int = 7):
    """`count` rooms: (speech responses, noise responses) [count, length], direct path at 0, energy 1."""
    g = torch.Generator().manual_seed(seed)
    uniform = lambda lo, hi, n=1: (lo + (hi - lo) * torch.rand(n, generator=g)).tolist()
    banks = ([], [])
    for _ in range(count):
        size = uniform(2.5, 9, 2) + uniform(2.3, 3.5)
        rt60 = uniform(0.15, 0.9)[0]
        mic = [s * f for s, f in zip(size, uniform(0.2, 0.8, 3))]
        distance, angle = uniform(0.3, 2.0)[0], uniform(0, 2 * math.pi)[0]
        talker = [mic[0] + distance * math.cos(angle), mic[1] + distance * math.sin(angle),
                  mic[2] + uniform(-0.3, 0.3)[0]]
        talker = [min(max(v, 0.1), s - 0.1) for v, s in zip(talker, size)]
        other = [s * f for s, f in zip(size, uniform(0.05, 0.95, 3))]
        for bank, source in zip(banks, (talker, other)):
            rir = shoebox_rir(size, source, mic, rt60, length, device)
            start = int(rir.abs().argmax())
            rir = torch.cat([rir[start:], rir.new_zeros(start)])
            bank.append(rir / rir.square().sum().sqrt().clamp_min(1e-6))
    return tuple(torch.stack(b) for b in banks)


class PairMaker:
    """Draws (noisy, clean) batches [n, samples] from int16 arrays on one device.

    The targets are what a listener wants kept: the speech in its room, high-passed at `HIGH_PASS_HZ`.
    """

    HIGH_PASS_HZ = 55.0
    RIR_LENGTH = 6400

    def __init__(self, speech: torch.Tensor, noise: torch.Tensor, samples: int, rooms: int = 256,
                 floor_db: float = 0.0):
        """`floor_db`: how far below its loudest 0.4 s a target fades out (0: never). Recordings of
        speech have a noise floor of their own, which a network would learn to leave in."""
        self.speech, self.noise = speech, noise
        self.floor_db = floor_db
        self.samples = samples
        self.device = speech.device
        self.positions = torch.arange(samples, device=self.device)
        self.padded = samples + self.RIR_LENGTH
        f = torch.fft.rfftfreq(self.padded, 1 / SAMPLE_RATE).to(self.device)
        self.freqs = f
        ratio = (f / self.HIGH_PASS_HZ) ** 4
        self.high_pass = (ratio / (1 + ratio)).sqrt()  # 2nd-order Butterworth magnitude, zero phase
        z = torch.exp(-2j * math.pi * f / SAMPLE_RATE)
        self.z1, self.z2 = z, z * z
        # Hat functions over the logarithm of frequency, 9 points from 60 Hz to 8 kHz.
        place = (f.clamp(60, 8000) / 60).log() / math.log(8000 / 60) * 8
        self.hats = (1 - (place - torch.arange(9, device=self.device)[:, None]).abs()).clamp_min(0)
        speech_rirs, noise_rirs = make_room_bank(rooms, self.RIR_LENGTH, self.device)
        self.speech_rooms = torch.fft.rfft(speech_rirs, n=self.padded)
        self.noise_rooms = torch.fft.rfft(noise_rirs, n=self.padded)

    def _rand(self, *shape):
        return torch.rand(*shape, device=self.device)

    def _chance(self, n: int, p: float):
        return (self._rand(n, 1) < p).float()

    def _crop(self, audio, n):
        start = torch.randint(0, audio.numel() - self.samples, (n, 1), device=self.device)
        return audio[start + self.positions].float() / 32768

    def _equaliser(self, n):
        """Random 2nd-order response (Valin 2018, RNNoise), [n, bins]."""
        r = (self._rand(4, n, 1) - 0.5) * 0.75
        return (1 + r[0] * self.z1 + r[1] * self.z2) / (1 + r[2] * self.z1 + r[3] * self.z2)

    def _colour(self, n):
        """Smooth random response, gains of 5 dB standard deviation a point; for half the clips."""
        gains = torch.randn(n, 9, device=self.device) * 5 * self._chance(n, 0.5)
        return 10 ** ((gains @ self.hats) / 20)

    def _coloured(self, n):
        """Spectrum of noise with amplitude f^-a, a in 0..1.2, [n, bins]."""
        w = torch.fft.rfft(torch.randn(n, self.samples, device=self.device), n=self.padded)
        return w * (self.freqs.clamp_min(20.0) / 1000) ** (-1.2 * self._rand(n, 1))

    def _rumble(self, n):
        """Spectrum of low-frequency noise, amplitude f^-2 below ~120 Hz, slowly moving level."""
        envelope = 1 + 0.9 * torch.sin(2 * math.pi * (self._rand(n, 1) * self.positions
                                                      * (2.0 / SAMPLE_RATE) + self._rand(n, 1)))
        w = torch.fft.rfft(torch.randn(n, self.samples, device=self.device) * envelope,
                           n=self.padded)
        corner = 40 + 120 * self._rand(n, 1)
        return w * (1 / (1 + (self.freqs / corner) ** 2)) * (self.freqs > 8)

    def _hum(self, n):
        """Mains hum, 50 or 60 Hz with 12 harmonics, [n, samples]."""
        base = torch.where(self._rand(n, 1) < 0.5, 50.0, 60.0) * (1 + 0.004 * (self._rand(n, 1) - 0.5))
        k = torch.arange(1, 13, device=self.device).view(1, 12, 1)
        amplitude = self._rand(n, 12, 1) / k
        phase = 2 * math.pi * (base.view(n, 1, 1) * k * self.positions / SAMPLE_RATE
                               + self._rand(n, 12, 1))
        return (amplitude * torch.sin(phase)).sum(1)

    def _clicks(self, n):
        """Key strokes: short decaying bursts at random moments, [n, samples]."""
        gate = (self._rand(n, self.samples) < 4e-4 * self._rand(n, 1)).float()
        gate = gate * (0.3 + self._rand(n, self.samples))
        t = torch.arange(800, device=self.device)
        decay = torch.exp(-t / (20 + 150 * self._rand(n, 1)))
        burst = torch.randn(n, 800, device=self.device) * decay
        size = self.samples + 800
        return torch.fft.irfft(torch.fft.rfft(gate, n=size) * torch.fft.rfft(burst, n=size),
                               n=size)[:, :self.samples]

    FADE_FRAME = 160

    def _fade_out(self, speech):
        """Turns frames down that lie more than `floor_db` under the loudest: by twice as many dB
        as they lie below, at most 40. Level over 40 ms, gain smoothed over 50 ms."""
        F_ = self.FADE_FRAME
        level = F.avg_pool1d(speech.square().unsqueeze(1), 4 * F_, F_, 2 * F_,
                             count_include_pad=False)
        loudest = F.avg_pool1d(level, 40, 1, 20).amax(-1, keepdim=True).clamp_min(1e-12)
        below = 10 * torch.log10(level.clamp_min(1e-14) / loudest) + self.floor_db
        # The highest gain within 30 ms, so that nothing fades before its word is over.
        gain = 10 ** (F.max_pool1d((2 * below).clamp(-40, 0), 7, 1, 3) / 20)
        gain = F.avg_pool1d(gain, 5, 1, 2, count_include_pad=False)
        return speech * F.interpolate(gain, size=speech.shape[-1], mode="linear",
                                      align_corners=False).squeeze(1)

    @staticmethod
    def _rms(x):
        return x.square().mean(1, keepdim=True).sqrt()

    def batch(self, n: int):
        """`n` pairs (noisy, clean), float32 [n, samples]; n a multiple of 8."""
        eighth = n // 8
        # Speech: one talker, now and then silent for the whole clip.
        speech = self._crop(self.speech, n)
        # Noise: 6/8 recordings (a third of them two at once), 1/8 babble, 1/8 coloured.
        recorded = self._crop(self.noise, 6 * eighth)
        second = self._crop(self.noise, 6 * eighth)
        recorded = recorded + second * self._rand(6 * eighth, 1) * self._chance(6 * eighth, 0.33)
        talkers = [self._crop(self.speech, eighth) for _ in range(6)]
        babble = sum(t * (self._rand(eighth, 1) * 1.2 - 0.2).clamp_min(0) if i > 2 else t
                     for i, t in enumerate(talkers))
        N = torch.fft.rfft(torch.cat([recorded, babble]), n=self.padded)
        N = torch.cat([N, self._coloured(n - 7 * eighth)])
        S = torch.fft.rfft(speech, n=self.padded)

        room = torch.randint(0, len(self.speech_rooms), (n,), device=self.device)
        reverb = self._chance(n, 0.3) > 0
        S = S * torch.where(reverb, self.speech_rooms[room], torch.ones_like(S))
        N = N * torch.where(reverb, self.noise_rooms[room], torch.ones_like(N))
        S = S * self._equaliser(n) * self.high_pass
        N = N * self._equaliser(n) * self._colour(n)
        speech = torch.fft.irfft(S, n=self.padded)[:, :self.samples]
        noise = torch.fft.irfft(N, n=self.padded)[:, :self.samples]
        noise = noise / (self._rms(noise) + 1e-5)

        def add(noise, extra, p, lo_db, hi_db):
            level = 10 ** ((lo_db + (hi_db - lo_db) * self._rand(n, 1)) / 20)
            return noise + extra / (self._rms(extra) + 1e-5) * level * self._chance(n, p)

        rumble = torch.fft.irfft(self._rumble(n), n=self.padded)[:, :self.samples]
        noise = add(noise, self._hum(n), 0.08, -25, 0)
        noise = add(noise, self._clicks(n), 0.12, -15, 3)
        noise = noise / (self._rms(noise) + 1e-5)

        # One clip in twenty is all but clean: what is good already must stay as it is.
        snr = (torch.randn(n, 1, device=self.device) * 7 + 6).clamp(-8, 30)
        snr = snr + 30 * self._chance(n, 0.05)
        level = self._rms(speech).clamp_min(0.003)
        noise = noise * level * 10 ** (-snr / 20)
        # Rumble comes on top of the SNR, as much as 20 dB over the speech: it hides nothing.
        noise = noise + rumble / (self._rms(rumble) + 1e-5) * level * self._chance(n, 0.35) \
            * 10 ** ((-20 + 40 * self._rand(n, 1)) / 20)
        speech = speech * (1 - self._chance(n, 0.03))

        noisy = speech + noise
        if self.floor_db:
            speech = self._fade_out(speech)
        # Band-limited recordings: the same low-pass on both, a gentle or a steep one; a stream at
        # 8 kHz ends at exactly 4 kHz.
        limit = torch.where(self._rand(n, 1) < 0.08, 3000 + 4500 * self._rand(n, 1), 1e6)
        limit = torch.where(self._rand(n, 1) < 0.03, torch.full_like(limit, 4000.0), limit)
        order = torch.where(self._rand(n, 1) < 0.5, 16.0, 160.0)
        low_pass = 1 / (1 + (self.freqs / limit).clamp(max=1.6) ** order)
        both = torch.fft.rfft(torch.cat([noisy, speech]), n=self.padded) * low_pass.repeat(2, 1)
        noisy, speech = torch.fft.irfft(both, n=self.padded)[:, :self.samples].chunk(2)

        peak = noisy.abs().amax(1, keepdim=True) + 1e-4
        gain = 10 ** (-50 * self._rand(n, 1) ** 1.5 / 20) / peak
        noisy, speech = noisy * gain, speech * gain
        ceiling = torch.where(self._rand(n, 1) < 0.04, 0.2 + 0.6 * self._rand(n, 1), 1.0) * peak * gain
        noisy = torch.minimum(torch.maximum(noisy, -ceiling), ceiling)
        return noisy, speech
