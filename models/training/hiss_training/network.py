# SPDX-License-Identifier: Apache-2.0
"""The `subband-mamba` denoiser in PyTorch: the twin of models/subband_net.cpp.

Parameter names and shapes are those of the shipped .safetensors file. Activations are
channels-last: [batch, step, band, channel]; one step is one hop of `hop` samples.
"""
from __future__ import annotations

import dataclasses
import json
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from .scan import scan, widen


@dataclasses.dataclass(frozen=True)
class NetConfig:
    """`hiss.config` of a `subband-mamba` model file; lengths in samples at `sample_rate`."""
    arch: str = "subband-mamba"
    sample_rate: int = 16000
    n_fft: int = 512
    hop: int = 256
    synthesis_length: int = 512
    compress: float = 0.3
    channels: int = 48
    kernel: int = 8
    stride: int = 4
    n_conv: int = 2
    conv_kernel: int = 3
    n_band: int = 24
    d_model: int = 36
    n_layer: int = 3
    d_state: int = 16
    d_conv: int = 4
    expand: int = 2
    dt_rank: int = 3
    band_mult: int = 2
    chan_mult: int = 2
    norm_eps: float = 1e-5
    bn_eps: float = 1e-5
    taps: int = 1  # hops that a bin's filter spans: 1 is a mask
    depthwise: int = 0  # convolution within each channel, of this kernel, in front of 1 x 1 ones
    features: int = 2  # of a bin: real, imaginary and, with 3, magnitude, all compressed
    band_bias: int = 0  # 1: each band has a bias of its own in front of the blocks
    fullband_d_model: int = 0  # width of a block that sees all bands at once; 0: there is none
    fullband_rank: int = 0  # channels that each band gives to it and takes from it
    block: str = "mamba"  # kind of the blocks; hiss_training.kinds has the others

    def __post_init__(self):
        if (self.fullband_d_model > 0) != (self.fullband_rank > 0):
            raise ValueError("fullband_rank: expected 0 where fullband_d_model is, and nowhere "
                             f"else, found {self.fullband_rank}")
        if self.fullband_d_model and self.n_layer < 2:
            raise ValueError("n_layer: expected at least 2 around the block over all bands, "
                             f"found {self.n_layer}")

    @property
    def bins(self) -> int:
        """Bins the network sees; the Nyquist bin is not among them."""
        return self.n_fft // 2

    @property
    def positions(self) -> int:
        return self.bins // self.stride

    @property
    def plain(self) -> bool:
        """None of the parts that format 1 of model files does not know."""
        return (self.features == 2 and not self.band_bias and not self.fullband_d_model
                and self.block == "mamba")

    @property
    def fullband_dt_rank(self) -> int:
        return -(-self.fullband_d_model // 16)

    @property
    def fullband_before(self) -> int:
        """Blocks in front of the one that sees all bands."""
        return (self.n_layer + 1) // 2

    @property
    def overlap(self) -> int:
        """Samples that two neighbouring hops share in the output."""
        return self.synthesis_length - self.hop

    @classmethod
    def load(cls, path: str) -> "NetConfig":
        with open(path, encoding="utf-8") as f:
            return cls(**json.load(f))

    def to_json(self) -> str:
        """What a model file holds; a field that asks for nothing (0 or 1 by default) is left out."""
        fields = dataclasses.asdict(self)
        for name, nothing in (("taps", 1), ("depthwise", 0), ("features", 2), ("band_bias", 0),
                              ("fullband_d_model", 0), ("fullband_rank", 0), ("block", "mamba")):
            if fields[name] == nothing:
                del fields[name]
        return json.dumps(fields)


def window_pair(cfg: NetConfig) -> tuple[torch.Tensor, torch.Tensor]:
    """Analysis and synthesis windows [n_fft] with perfect reconstruction at `hop` (float64).

    Their product, over the last synthesis_length = hop + overlap samples, rises by Hann over
    `overlap`, is 1 for hop - overlap and falls by Hann over `overlap`. The analysis window is a long
    sqrt-Hann rise over n_fft - overlap joined to a short sqrt-Hann fall; the synthesis window is
    the product divided by it. overlap = hop = n_fft / 2 is the sqrt-Hann pair.
    """
    n, length, overlap = cfg.n_fft, cfg.synthesis_length, cfg.overlap
    if not 0 < overlap <= cfg.hop <= length <= n:
        raise ValueError(f"hop {cfg.hop}, synthesis_length {length}: expected 0 < overlap <= hop "
                         f"and synthesis_length <= n_fft {n}")
    hann = lambda k: torch.hann_window(k, periodic=True, dtype=torch.float64)
    rise, fall = hann(2 * (n - overlap))[:n - overlap], hann(2 * overlap)[overlap:]
    analysis = torch.cat([rise, fall]).sqrt()
    if length == n:  # rise and fall are each other's half: no division
        return analysis, analysis.clone()
    product = torch.cat([hann(2 * overlap)[:overlap],
                         torch.ones(cfg.hop - overlap, dtype=torch.float64), fall])
    under = analysis[n - length:]
    synthesis = torch.zeros(n, dtype=torch.float64)
    synthesis[n - length:] = torch.where(under > 0, product / under.clamp_min(1e-12),
                                         torch.zeros_like(product))
    return analysis, synthesis


class RmsNorm(nn.Module):
    def __init__(self, width: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        x = widen(x)
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


def causal_conv(conv: nn.Conv1d, x):
    """x [batch, step, .., channel] through a depthwise convolution that sees no later step."""
    steps, taps = x.shape[1], conv.weight.shape[-1]
    padded = F.pad(x, (0, 0) * (x.dim() - 2) + (taps - 1, 0))
    y = conv.bias
    for k in range(taps):
        y = y + padded[:, k:k + steps] * conv.weight[:, 0, k]
    return y


class Mixer(nn.Module):
    """Mamba (S6) mixer over time; names as in state-spaces/mamba's `Mamba` module."""

    def __init__(self, cfg: NetConfig, d_model: int, dt_rank: int):
        super().__init__()
        self.d_inner = cfg.expand * d_model
        self.d_state, self.d_conv, self.dt_rank = cfg.d_state, cfg.d_conv, dt_rank
        self.in_proj = nn.Linear(d_model, 2 * self.d_inner, bias=False)
        self.conv1d = nn.Conv1d(self.d_inner, self.d_inner, cfg.d_conv, groups=self.d_inner)
        self.x_proj = nn.Linear(self.d_inner, dt_rank + 2 * cfg.d_state, bias=False)
        self.dt_proj = nn.Linear(dt_rank, self.d_inner)
        self.A_log = nn.Parameter(
            torch.log(torch.arange(1, cfg.d_state + 1.0)).repeat(self.d_inner, 1))
        self.D = nn.Parameter(torch.ones(self.d_inner))
        self.out_proj = nn.Linear(self.d_inner, d_model, bias=False)
        with torch.no_grad():
            # 2 ms .. 1.6 s of memory (hop / (dt A), A 1 .. 16) at any hop, wider than a language
            # model's.
            dt = torch.exp(torch.rand(self.d_inner) * math.log(50.0) + math.log(0.01))
            dt = dt * (cfg.hop / cfg.sample_rate / 0.016)
            self.dt_proj.bias.copy_(dt + torch.log(-torch.expm1(-dt)))
            self.dt_proj.weight.uniform_(-dt_rank ** -0.5, dt_rank ** -0.5)

    def forward(self, u):
        """u [batch, step, band, d_model]; each (batch, band) is a sequence."""
        x, z = self.in_proj(u).chunk(2, -1)
        x = F.silu(causal_conv(self.conv1d, x))
        dt, B, C = self.x_proj(x).split([self.dt_rank, self.d_state, self.d_state], -1)
        dt = F.softplus(self.dt_proj(dt))
        y = scan(x, dt, -torch.exp(widen(self.A_log)), B, C)
        y = (y + self.D * x) * F.silu(z)
        return self.out_proj(y.to(u.dtype))


def make_mixer(cfg: NetConfig, d_model: int, dt_rank: int) -> nn.Module:
    """A mixer over time: Mamba, or another kind of as many weights."""
    if cfg.block == "mamba":
        return Mixer(cfg, d_model, dt_rank)
    from .kinds.bands import BandMixer  # which stands on this module
    return BandMixer(cfg, d_model, dt_rank)


class Block(nn.Module):
    """Mamba over time, then mixing over bands, then over channels; each residual."""

    def __init__(self, cfg: NetConfig):
        super().__init__()
        n, c, eps = cfg.n_band, cfg.d_model, cfg.norm_eps
        self.norm = RmsNorm(c, eps)
        self.mixer = make_mixer(cfg, c, cfg.dt_rank)
        self.band_norm = nn.LayerNorm(c, eps)
        self.band_up = nn.Linear(n, cfg.band_mult * n)
        self.band_down = nn.Linear(cfg.band_mult * n, n)
        self.chan_norm = nn.LayerNorm(c, eps)
        self.chan_up = nn.Linear(c, cfg.chan_mult * c)
        self.chan_down = nn.Linear(cfg.chan_mult * c, c)

    def forward(self, z):
        z = z + self.mixer(self.norm(z))
        y = self.band_norm(z).transpose(-1, -2)
        z = z + self.band_down(F.silu(self.band_up(y))).transpose(-1, -2)
        return z + self.chan_down(F.silu(self.chan_up(self.chan_norm(z))))


class Fullband(nn.Module):
    """A Mamba block over all bands at once, residual: `rank` channels of each band go in and out.

    Its weights are used once a hop, those of `Block` once a band: much memory for little work.
    """

    def __init__(self, cfg: NetConfig):
        super().__init__()
        self.rank, wide = cfg.fullband_rank, cfg.fullband_d_model
        self.norm = RmsNorm(cfg.d_model, cfg.norm_eps)
        self.chan_down = nn.Linear(cfg.d_model, self.rank)
        self.down = nn.Linear(cfg.n_band * self.rank, wide)
        self.mixer_norm = RmsNorm(wide, cfg.norm_eps)
        self.mixer = make_mixer(cfg, wide, cfg.fullband_dt_rank)
        self.up_norm = RmsNorm(wide, cfg.norm_eps)
        self.up = nn.Linear(wide, cfg.n_band * self.rank)
        self.chan_up = nn.Linear(self.rank, cfg.d_model)
        with torch.no_grad():  # begins as nothing: it can be put into a trained network
            self.chan_up.weight.zero_()
            self.chan_up.bias.zero_()

    def forward(self, z):
        b, steps, bands, _ = z.shape
        g = self.down(self.chan_down(self.norm(z)).reshape(b, steps, 1, bands * self.rank))
        g = g + self.mixer(self.mixer_norm(g))
        y = F.silu(self.up(self.up_norm(g))).reshape(b, steps, bands, self.rank)
        return z + self.chan_up(y)


class DepthwiseBn(nn.Module):
    """Convolution within each channel over frequency, 1 x 1 convolution, batch norm, SiLU."""

    def __init__(self, channels: int, kernel: int, eps: float):
        super().__init__()
        self.depthwise = nn.Conv1d(channels, channels, kernel, groups=channels, bias=False)
        self.point = ConvBn(channels, channels, 1, 1, eps)

    def forward(self, x):
        w = self.depthwise.weight
        reach = w.shape[-1] // 2
        padded = F.pad(x, (reach, reach))
        y = sum(padded[..., k:k + x.shape[-1]] * w[:, 0, k, None, None].to(x.dtype)
                for k in range(w.shape[-1]))
        return self.point(y)


def residual_conv(cfg: "NetConfig"):
    if cfg.depthwise:
        return DepthwiseBn(cfg.channels, cfg.depthwise, cfg.bn_eps)
    return ConvBn(cfg.channels, cfg.channels, cfg.conv_kernel, 1, cfg.bn_eps)


class ConvBn(nn.Module):
    """Convolution over frequency, batch norm, SiLU. x [rows, c, 1, f] in channels-last memory."""

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int, eps: float):
        super().__init__()
        self.conv = nn.Conv1d(c_in, c_out, kernel, stride, bias=False)
        self.bn = nn.BatchNorm1d(c_out, eps=eps)
        self.stride = stride
        self.padding = (kernel - stride) // 2 if stride > 1 else kernel // 2

    def forward(self, x):
        w = self.conv.weight.unsqueeze(2)
        y = F.conv2d(x, w, None, (1, self.stride), (0, self.padding))
        bn = self.bn
        y = F.batch_norm(y, bn.running_mean, bn.running_var, bn.weight, bn.bias, self.training,
                         bn.momentum, bn.eps)
        return F.silu(y)


class Decoder(nn.Module):
    def __init__(self, cfg: NetConfig):
        super().__init__()
        c = cfg.channels
        self.mix = ConvBn(2 * c, c, 1, 1, cfg.bn_eps)
        self.conv = residual_conv(cfg)

    def forward(self, g, skip):
        return g + self.conv(self.mix(torch.cat([g, skip], 1)))


class SubbandMamba(nn.Module):
    """Complex-mask denoiser. `forward` takes and returns whole waveforms [batch, samples]."""

    def __init__(self, cfg: NetConfig):
        super().__init__()
        self.cfg = cfg
        c = cfg.channels
        self.pre = ConvBn(cfg.features, c, cfg.kernel, cfg.stride, cfg.bn_eps)
        self.enc = nn.ModuleList(residual_conv(cfg) for _ in range(cfg.n_conv))
        self.band_down = nn.Linear(cfg.positions, cfg.n_band, bias=False)
        self.chan_down = nn.Linear(c, cfg.d_model)
        if cfg.band_bias:
            self.band_bias = nn.Parameter(torch.zeros(cfg.n_band, cfg.d_model))
        if cfg.fullband_d_model:
            self.fullband = Fullband(cfg)
        self.blocks = nn.ModuleList(Block(cfg) for _ in range(cfg.n_layer))
        self.chan_up = nn.Linear(cfg.d_model, c)
        self.band_up = nn.Linear(cfg.n_band, cfg.positions, bias=False)
        self.dec = nn.ModuleList(Decoder(cfg) for _ in range(cfg.n_conv))
        self.post = nn.Conv1d(2 * c, c, 1)
        self.last = nn.ConvTranspose1d(c, 2 * cfg.taps, cfg.kernel, cfg.stride,
                                       (cfg.kernel - cfg.stride) // 2)
        analysis, synthesis = window_pair(cfg)
        self.register_buffer("analysis", analysis.float(), persistent=False)
        self.register_buffer("synthesis", synthesis.float(), persistent=False)

    def stft(self, x):
        """x [b, n] -> [b, steps, n_fft/2+1]; step t covers the n_fft samples ending at (t+1) hop."""
        cfg = self.cfg
        x = F.pad(x, (cfg.n_fft - cfg.hop, 0))
        return torch.fft.rfft(x.unfold(-1, cfg.n_fft, cfg.hop) * self.analysis)

    def istft(self, X):
        """Inverse of `stft`, aligned with its input: [b, steps, n_fft/2+1] -> [b, steps*hop]."""
        cfg = self.cfg
        # The synthesis window is zero before its last synthesis_length samples; what reaches over
        # a hop is at most another one.
        length, hop = cfg.synthesis_length, cfg.hop
        y = torch.fft.irfft(X, n=cfg.n_fft)[..., cfg.n_fft - length:] * self.synthesis[-length:]
        late = F.pad(y[..., hop:], (0, hop - cfg.overlap))
        out = F.pad(y[..., :hop], (0, 0, 0, 1)) + F.pad(late, (0, 0, 1, 0))
        return out.reshape(y.shape[0], -1)[:, cfg.overlap:y.shape[1] * hop + cfg.overlap]

    def mask(self, X_ri):
        """X_ri [b, steps, bins, 2] (real, imaginary) -> complex filter [b, steps, taps, bins, 2]."""
        cfg = self.cfg
        b, steps = X_ri.shape[:2]
        m = X_ri.square().sum(-1, keepdim=True).clamp_min(1e-10).sqrt()
        f = X_ri * m.pow(cfg.compress - 1.0)
        if cfg.features == 3:
            f = torch.cat([f, m.pow(cfg.compress)], -1)
        # [b*steps, features, 1, bins], channels-last in memory
        f = f.reshape(b * steps, 1, cfg.bins, cfg.features).permute(0, 3, 1, 2)
        h = self.pre(f)
        skips = [h]
        for layer in self.enc:
            h = h + layer(h)
            skips.append(h)
        z = self.chan_down(self.band_down(h.squeeze(2)).transpose(1, 2))
        z = z.reshape(b, steps, cfg.n_band, cfg.d_model)
        if cfg.band_bias:
            z = z + self.band_bias
        for i, block in enumerate(self.blocks):
            if cfg.fullband_d_model and i == cfg.fullband_before:
                z = self.fullband(z)
            z = block(z)
        z = self.chan_up(z).reshape(b * steps, cfg.n_band, cfg.channels)
        g = h + self.band_up(z.transpose(1, 2)).unsqueeze(2)
        for layer in self.dec:
            g = layer(g, skips.pop())
        u = F.conv2d(torch.cat([g, skips.pop()], 1), self.post.weight.unsqueeze(2), self.post.bias)
        o = F.conv_transpose2d(F.silu(u), self.last.weight.unsqueeze(2), self.last.bias,
                               (1, cfg.stride), (0, (cfg.kernel - cfg.stride) // 2))
        return widen(o).squeeze(2).reshape(b, steps, cfg.taps, 2, cfg.bins).transpose(3, 4)

    def enhance(self, X):
        """Noisy spectrum [b, steps, n_fft/2+1] (complex) -> enhanced spectrum, same shape."""
        low = X[..., :self.cfg.bins]
        M = self.mask(torch.view_as_real(low))
        M = torch.complex(M[..., 0], M[..., 1])
        Y = low * M[:, :, 0]
        for j in range(1, self.cfg.taps):  # the same bin, j hops ago
            Y = Y + F.pad(low[:, :-j], (0, 0, j, 0)) * M[:, :, j]
        return F.pad(Y, (0, 1))

    def forward(self, x):
        n = x.shape[-1]
        cfg = self.cfg
        # Enough hops after the end for the last samples to be whole.
        x = F.pad(x, (0, (-n) % cfg.hop + cfg.synthesis_length - cfg.hop))
        return self.istft(self.enhance(self.stft(x)))[..., :n]


def macs_per_second(cfg: NetConfig) -> float:
    """Multiply-accumulates a second of audio, counted by layer from the config, with blocks of mamba."""
    c, p, n, m = cfg.channels, cfg.positions, cfg.n_band, cfg.d_model
    conv = p * c * (cfg.depthwise + c) if cfg.depthwise else p * c * c * cfg.conv_kernel
    total = p * c * cfg.features * cfg.kernel + cfg.n_conv * conv
    total += p * n * c + n * c * m

    def mixer(m, dt_rank):
        d = cfg.expand * m
        return (m * 2 * d + d * cfg.d_conv + d * (dt_rank + 2 * cfg.d_state) + dt_rank * d
                + 3 * d * cfg.d_state + d * m)

    block = n * mixer(m, cfg.dt_rank)
    block += 2 * n * cfg.band_mult * n * m + 2 * n * m * cfg.chan_mult * m
    total += cfg.n_layer * block
    if cfg.fullband_d_model:
        g, r = cfg.fullband_d_model, cfg.fullband_rank
        total += 2 * n * r * (m + g) + mixer(g, cfg.fullband_dt_rank)
    total += n * m * c + p * n * c
    total += cfg.n_conv * (p * 2 * c * c + conv)
    total += p * 2 * c * c + p * c * 2 * cfg.taps * cfg.kernel
    total += 4 * cfg.bins * cfg.taps if cfg.taps > 1 else 0
    return total * cfg.sample_rate / cfg.hop
