# SPDX-License-Identifier: Apache-2.0
"""The head for the bands above the network's 8 kHz: the twin of models/high_band.cpp.

It sees, hop by hop, band energies of the noisy spectrum and what the network (the core) made of the
bands it knows, and gives one gain a band above. Parameter names below `high_band.` and shapes are
those of a model file.
"""
from __future__ import annotations

import dataclasses
import json
import math

import torch
import torch.nn as nn

from .network import Mixer, NetConfig, RmsNorm, SubbandMamba, window_pair

PREFIX = "high_band."
LEAST_POWER = 1e-12  # below this mean power of a band its gain says nothing
MOST_GAIN = 2.0


@dataclasses.dataclass(frozen=True)
class HighBandConfig:
    """The object `high_band` in `hiss.config`; a band is core bins / low_bands bins wide (1 kHz)."""
    bands: int = 16
    low_bands: int = 8
    d_model: int = 32
    n_layer: int = 2
    d_state: int = 16
    d_conv: int = 4
    expand: int = 2
    dt_rank: int = 2
    compress: float = 0.3
    norm_eps: float = 1e-5

    @property
    def inputs(self) -> int:
        return self.bands + 2 * self.low_bands


class Block(nn.Module):
    def __init__(self, cfg: HighBandConfig, core: NetConfig):
        super().__init__()
        self.norm = RmsNorm(cfg.d_model, cfg.norm_eps)
        # The mixer's memory starts in milliseconds, so it wants to know the core's hop.
        self.mixer = Mixer(dataclasses.replace(
            core, d_state=cfg.d_state, d_conv=cfg.d_conv, expand=cfg.expand), cfg.d_model,
            cfg.dt_rank)

    def forward(self, z):
        return z + self.mixer(self.norm(z))


class HighBand(nn.Module):
    """Band powers -> gains of the bands above the core's, 0..1."""

    def __init__(self, cfg: HighBandConfig, core: NetConfig):
        super().__init__()
        if core.bins % cfg.low_bands:
            raise ValueError(f"low_bands: expected a divisor of {core.bins}, found {cfg.low_bands}")
        self.cfg = cfg
        self.width = core.bins // cfg.low_bands
        self.pre = nn.Linear(cfg.inputs, cfg.d_model)
        self.blocks = nn.ModuleList(Block(cfg, core) for _ in range(cfg.n_layer))
        self.norm = RmsNorm(cfg.d_model, cfg.norm_eps)
        self.post = nn.Linear(cfg.d_model, cfg.bands)

    def compressed(self, power):
        """Mean power of a band -> its compressed magnitude, 0 for 0."""
        return power.clamp_min(1e-20).sqrt() \
            * power.clamp_min(1e-10).pow(0.5 * (self.cfg.compress - 1)) * (power > 0)

    def features(self, high, low, kept):
        """Mean powers a bin of the noisy bands above [..., bands] (0 where the stream has none) and
        below [..., low_bands], and of the core's output there -> [..., inputs]."""
        gain = (kept / (low + LEAST_POWER)).sqrt().clamp_max(MOST_GAIN)
        return torch.cat([self.compressed(high), self.compressed(low), gain], -1)

    def forward(self, features):
        """[batch, step, inputs] -> gains [batch, step, bands]."""
        z = self.pre(features).unsqueeze(2)
        for block in self.blocks:
            z = block(z)
        return torch.sigmoid(self.post(self.norm(z)).squeeze(2))

    def tensors(self) -> dict[str, torch.Tensor]:
        """The tensors of a model file."""
        return {PREFIX + name: value for name, value in self.state_dict().items()}

    def load_tensors(self, tensors: dict[str, torch.Tensor]) -> None:
        """The way back; other tensors of the file are passed over."""
        self.load_state_dict({name[len(PREFIX):]: value for name, value in tensors.items()
                              if name.startswith(PREFIX)})


def band_powers(power, width: int, bands: int):
    """Mean power of `bands` bands of `width` bins each; bins that are missing count as 0.

    power [..., n] -> [..., bands]."""
    wanted = bands * width
    power = power[..., :wanted]
    power = nn.functional.pad(power, (0, wanted - power.shape[-1]))
    return power.unflatten(-1, (bands, width)).mean(-1)


def spread(gains, width: int, count: int):
    """One gain a band [..., bands] -> one a bin [..., count]: straight lines between the middles of
    neighbouring bands, constant outside. Of `count` bins the last is that at half the sample rate."""
    present = min(max(-(-(count - 1) // width), 1), gains.shape[-1])
    place = (torch.arange(count, device=gains.device, dtype=torch.float64) + 0.5) / width - 0.5
    place = place.clamp(0, present - 1)
    left = place.floor().clamp(max=max(present - 2, 0)).long()
    share = (place - left).to(gains.dtype)
    right = (left + 1).clamp(max=present - 1)
    return gains[..., left] * (1 - share) + gains[..., right] * share


def stretched(core: NetConfig, times: int) -> NetConfig:
    """The same grid of frequencies and the same times at `times` the sample rate."""
    return dataclasses.replace(core, sample_rate=core.sample_rate * times, n_fft=core.n_fft * times,
                               hop=core.hop * times, synthesis_length=core.synthesis_length * times)


class WideSpectrum:
    """Spectra of a stream at `times` the core's sample rate, on the core's grid and scale."""

    def __init__(self, core: NetConfig, times: int = 3):
        self.core, self.wide, self.times = core, stretched(core, times), times
        self.analysis = window_pair(self.wide)[0].float() / times

    def __call__(self, x):
        """x [b, n] -> [b, steps, n_fft/2 + 1]; step t covers the n_fft samples ending with hop t."""
        x = nn.functional.pad(x, (self.wide.n_fft - self.wide.hop, 0))
        return torch.fft.rfft(x.unfold(-1, self.wide.n_fft, self.wide.hop)
                              * self.analysis.to(x.device))


def core_output(net: SubbandMamba, X):
    """Spectra on the core's grid -> what the core makes of its part of them [b, steps, core bins]."""
    return net.enhance(X[..., :net.cfg.bins + 1])[..., :net.cfg.bins]


def gains_above(head: HighBand, core: NetConfig, X, Y):
    """Noisy spectra X [b, t, n_fft/2 + 1] and the core's output Y [b, t, core bins] -> gains for X
    from bin `core.bins` on."""
    power = lambda V: torch.view_as_real(V).square().sum(-1)
    cfg = head.cfg
    features = head.features(band_powers(power(X[..., core.bins:]), head.width, cfg.bands),
                             band_powers(power(X[..., :core.bins]), head.width, cfg.low_bands),
                             band_powers(power(Y), head.width, cfg.low_bands))
    return spread(head(features), head.width, X.shape[-1] - core.bins)


def denoise_wide(net: SubbandMamba, head: HighBand, x, times: int = 3):
    """Waveforms [b, n] at `times` the core's sample rate, denoised as the engine does it."""
    core, n = net.cfg, x.shape[-1]
    wide = SubbandMamba(stretched(core, times))  # for its transform; the weights are not used
    x = nn.functional.pad(x, (0, 2 * wide.cfg.synthesis_length))
    X = wide.stft(x) / times
    Y = core_output(net, X)
    above = gains_above(head, core, X, Y) * X[..., core.bins:]
    return wide.istft(torch.cat([Y, above], -1) * times)[..., :n]


def fallback_gain(low, kept):
    """Without a head: the gain of the core's top quarter (6..8 kHz) for everything above.

    low, kept: powers of the core's bins [..., bins], noisy and masked -> [..., 1]."""
    top = slice(low.shape[-1] * 3 // 4, None)
    noisy, masked = (p[..., top].sum(-1, keepdim=True) for p in (low, kept))
    return (masked / (noisy + LEAST_POWER)).sqrt().clamp(0, 1)


def macs_per_second(cfg: HighBandConfig, core: NetConfig) -> float:
    """Multiply-accumulates a second of audio."""
    d = cfg.expand * cfg.d_model
    block = cfg.d_model * 2 * d + d * cfg.d_conv + d * (cfg.dt_rank + 2 * cfg.d_state) \
        + cfg.dt_rank * d + 3 * d * cfg.d_state + d * cfg.d_model
    total = cfg.inputs * cfg.d_model + cfg.n_layer * block + cfg.d_model * cfg.bands
    return total * core.sample_rate / core.hop


def config_json(core: NetConfig, head: HighBandConfig) -> str:
    """`hiss.config` of a model with a head."""
    return json.dumps({**json.loads(core.to_json()), "high_band": dataclasses.asdict(head)})


def put_behind(head: HighBand, weights: dict[str, torch.Tensor], old: NetConfig,
               new: NetConfig) -> None:
    """Puts weights trained behind a core `old` into `head`, which is behind `new`.

    The bands must be the same, so the grid of frequencies must. Another hop stretches the
    recurrence, which counts its memory in hops: dt = softplus(b + ..) is close to exp(b + ..) where
    it matters, so ln(new / old hop) is added to its bias. Throws ValueError.
    """
    for field in ("sample_rate", "n_fft"):
        expected, found = getattr(new, field), getattr(old, field)
        if expected != found:
            raise ValueError(f"core's {field}: expected {expected}, found {found}")
    head.load_state_dict(weights)
    if old.hop != new.hop:
        with torch.no_grad():
            for block in head.blocks:
                block.mixer.dt_proj.bias += math.log(new.hop / old.hop)


def load_head(path: str, core: NetConfig) -> HighBand:
    """The head of a checkpoint of train_high_band, behind `core`, which may be another than it was
    trained behind, see `put_behind`; exits with one line if it does not fit."""
    state = torch.load(path, map_location="cpu")
    head = HighBand(HighBandConfig(**state["config"]), core)
    try:
        put_behind(head, state["head"], NetConfig(**state["core"]), core)
    except ValueError as error:
        raise SystemExit(f"{path}: {error}") from None
    return head.eval()
