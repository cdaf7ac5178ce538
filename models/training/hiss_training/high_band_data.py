# SPDX-License-Identifier: Apache-2.0
"""Material for the head above 8 kHz: 48 kHz pairs, mixed once, and what the core makes of them."""
from __future__ import annotations

import dataclasses
import pathlib

import numpy as np
import scipy.signal
import soundfile
import torch

from .high_band import HighBandConfig, WideSpectrum, band_powers, core_output
from .network import NetConfig, SubbandMamba

SAMPLE_RATE = 48000
EXTENSIONS = {".opus", ".ogg", ".flac", ".wav", ".mp3"}
# Where streams of 48, 44.1, 32 and 24 kHz end, and how often.
STREAM_ENDS_HZ, STREAM_SHARES = (24000, 22050, 16000, 12000), (0.6, 0.2, 0.12, 0.08)
GROUP = 4  # bins above the core's band that are judged together


def decode(path: pathlib.Path) -> np.ndarray:
    """One mono int16 array at SAMPLE_RATE; raises ValueError for less than 44.1 kHz."""
    audio, rate = soundfile.read(str(path), dtype="float32", always_2d=True)
    audio = audio.mean(1)
    if rate == 44100:
        audio = scipy.signal.resample_poly(audio, 160, 147)
    elif rate == 2 * SAMPLE_RATE:
        audio = scipy.signal.resample_poly(audio, 1, 2)
    elif rate != SAMPLE_RATE:
        raise ValueError(f"{path}: sample rate: expected 44100, 48000 or 96000, found {rate}")
    return np.clip(np.rint(audio * 32767), -32768, 32767).astype(np.int16)


def load_folders(folders, hold_out) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Recordings below `folders`, in name order: (for training, held out because their path below
    the folder contains one of the texts `hold_out`)."""
    kept, held = [], []
    for folder in folders:
        for path in sorted(p for p in pathlib.Path(folder).rglob("*")
                           if p.suffix.lower() in EXTENSIONS):
            name = str(path.relative_to(folder))
            (held if any(text in name for text in hold_out) else kept).append(decode(path))
    return kept, held


def rms(x):
    return np.sqrt(np.mean(np.square(x), dtype=np.float64))


class WideMixer:
    """Draws (noisy, clean) clips of `samples` at 48 kHz, float32. The caller seeds `rng`."""

    SPEEDS = (0.9, 1.0, 1.0, 1.1, 1.2)

    def __init__(self, speech: list[np.ndarray], noise: list[np.ndarray], samples: int,
                 rng: np.random.Generator):
        if not speech or not noise:
            raise ValueError("expected recordings of speech and of noise, found none")
        self.speech, self.noise = np.concatenate(speech), np.concatenate(noise)
        self.samples, self.rng = samples, rng
        self.freqs = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE)

    def crop(self, audio: np.ndarray, vary_speed: bool = True) -> np.ndarray:
        """A random stretch at a random speed, pitch included: what a coder cut at 20 kHz then
        reaches to 24 kHz."""
        speed = self.rng.choice(self.SPEEDS) if vary_speed else 1.0
        length = int(np.ceil(self.samples * speed)) + 64
        start = self.rng.integers(0, max(1, len(audio) - length))
        part = audio[start:start + length].astype(np.float32) / 32768
        if speed != 1.0:
            part = scipy.signal.resample_poly(part, 10, int(round(10 * speed)))
        part = part[:self.samples]
        return np.pad(part, (0, self.samples - len(part))).astype(np.float32)

    def coloured(self) -> np.ndarray:
        """Steady noise with amplitude f^-a, a in 0 ... 1.2."""
        w = np.fft.rfft(self.rng.standard_normal(self.samples).astype(np.float32))
        w *= (np.maximum(self.freqs, 20) / 1000) ** (-1.2 * self.rng.random())
        return np.fft.irfft(w, n=self.samples).astype(np.float32)

    def response(self, x: np.ndarray) -> np.ndarray:
        """x through a smooth random response: 4 dB a point, points from 100 Hz to 24 kHz."""
        points = np.geomspace(100, 24000, 8)
        db = np.interp(np.log(np.maximum(self.freqs, 1)), np.log(points),
                       self.rng.normal(0, 4, len(points)))
        return np.fft.irfft(np.fft.rfft(x) * 10 ** (db / 20), n=self.samples).astype(np.float32)

    def low_pass(self, x: np.ndarray, hz: float) -> np.ndarray:
        return np.fft.irfft(np.fft.rfft(x) / (1 + (self.freqs / hz) ** 32),
                            n=self.samples).astype(np.float32)

    def ended(self, x: np.ndarray, hz: float) -> np.ndarray:
        """x as a stream of the sample rate 2 hz has it: nothing above."""
        return np.fft.irfft(np.fft.rfft(x) * (self.freqs < hz), n=self.samples).astype(np.float32)

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        rng = self.rng
        speech = self.response(self.crop(self.speech))
        kind = rng.random()
        if kind < 0.72:
            noise = self.crop(self.noise)
            if rng.random() < 0.3:
                noise = noise + self.crop(self.noise) * rng.random()
        elif kind < 0.82:
            noise = sum(self.crop(self.speech) for _ in range(rng.integers(3, 7)))
        else:
            noise = self.coloured()
        noise = self.response(noise)
        if rng.random() < 0.1:  # an old recording or a telephone in a modern room
            speech = self.low_pass(speech, rng.uniform(4000, 16000))
        snr = rng.uniform(-5, 30) + (30 if rng.random() < 0.08 else 0)
        level = max(rms(speech), 0.003)
        noise = noise * (level * 10 ** (-snr / 20) / (rms(noise) + 1e-6))
        if rng.random() < 0.05:
            speech = np.zeros_like(speech)
        noisy = speech + noise
        end = rng.choice(STREAM_ENDS_HZ, p=STREAM_SHARES)
        if end < SAMPLE_RATE // 2:
            noisy, speech = self.ended(noisy, end), self.ended(speech, end)
        gain = 10 ** (-50 * rng.random() ** 1.5 / 20) / (np.abs(noisy).max() + 1e-4)
        return (noisy * gain).astype(np.float32), (speech * gain).astype(np.float32)


def load_core(path: str) -> SubbandMamba:
    """The network of a checkpoint, EMA weights."""
    state = torch.load(path, map_location="cpu")
    net = SubbandMamba(NetConfig(**state["config"]))
    net.load_state_dict(state["ema"])
    return net.eval()


@dataclasses.dataclass
class Features:
    """What a head sees of clips, and what it is judged by; [clip, step, ...], mean powers of bands
    float32, means of GROUP compressed magnitudes float16."""
    high: torch.Tensor        # noisy, above the core [.., bands]
    low: torch.Tensor         # noisy, below [.., low_bands]
    kept: torch.Tensor        # after the core [.., low_bands]
    clean_high: torch.Tensor  # clean, above the core [.., bands]
    noisy: torch.Tensor       # [.., groups]
    clean: torch.Tensor       # [.., groups]
    level: torch.Tensor       # [clip], of the speech, or a tenth of the noise's

    def __len__(self) -> int:
        return len(self.low)

    def clips(self, index, device) -> "Features":
        """Some clips, in single precision."""
        return Features(*(getattr(self, f.name)[index].to(device).float()
                          for f in dataclasses.fields(self)))


def power(X):
    return torch.view_as_real(X).square().sum(-1)


@torch.no_grad()
def extract(net: SubbandMamba, head: HighBandConfig, noisy: torch.Tensor, clean: torch.Tensor):
    """Waveforms [b, n] -> Features of these clips, computed where `net` is."""
    device = next(net.parameters()).device
    noisy, clean = noisy.to(device), clean.to(device)
    spectrum = WideSpectrum(net.cfg, SAMPLE_RATE // net.cfg.sample_rate)
    core = net.cfg.bins
    width = core // head.low_bands
    X, S = spectrum(noisy), spectrum(clean)
    above = slice(core, core + width * head.bands)
    high = lambda V: band_powers(power(V[..., core:]), width, head.bands)
    low = lambda V: band_powers(power(V), width, head.low_bands)
    grouped = lambda V: power(V[..., above]).pow(0.5 * head.compress) \
        .unflatten(-1, (-1, GROUP)).mean(-1).half()
    level = torch.maximum(clean.square().mean(1), 0.01 * noisy.square().mean(1)).sqrt()
    parts = (high(X), low(X[..., :core]), low(core_output(net, X)), high(S), grouped(X), grouped(S),
             level.clamp_min(1e-5))
    return Features(*(part.cpu() for part in parts))


def make_features(net: SubbandMamba, head: HighBandConfig, mixer: WideMixer, clips: int,
                  batch: int = 16, progress=lambda done: None) -> Features:
    """`clips` drawn pairs seen through the core."""
    parts = []
    for first in range(0, clips, batch):
        pairs = [mixer.draw() for _ in range(min(batch, clips - first))]
        noisy, clean = (torch.from_numpy(np.stack(v)) for v in zip(*pairs))
        parts.append(extract(net, head, noisy, clean))
        progress(first + len(pairs))
    return Features(*(torch.cat([getattr(p, f.name) for p in parts])
                      for f in dataclasses.fields(Features)))
