# SPDX-License-Identifier: Apache-2.0
"""The shipped network as a PyTorch module of one hop, its states as inputs and outputs.

The weights and their layers come from models/training/hiss_training/network.py: those of the 16 kHz
core (model_file.py). What the engine does when it packs the weights is done here too, so that the
comparison is one of run times: batch norms are folded into the convolutions before them, and
A = -exp(A_log) is computed once. Each mixer has its states to itself, so that none is copied.
"""
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F

import model_file

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "models" / "training"))

from hiss_training import safetensors_io  # noqa: E402
from hiss_training.network import NetConfig, SubbandMamba  # noqa: E402


def load_network(path) -> SubbandMamba:
    """The whole-waveform network of a shipped model file, in float32, for inference.

    ValueError where the file asks for what `OneHop` does not compute.
    """
    tensors, metadata = safetensors_io.load(str(path))
    net = SubbandMamba(NetConfig(**model_file.core_config(metadata["hiss.config"])))
    state = {name: torch.from_numpy(value.copy()).float() for name, value in tensors.items()
             if model_file.is_core(name)}
    missing, unexpected = net.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"{path}: expected the tensors of the network, "
                         f"found missing {missing}, unexpected {unexpected}")
    return net.eval()


def fold(layer) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias of the convolution that a ConvBn computes."""
    bn = layer.bn
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    return layer.conv.weight * scale[:, None, None], bn.bias - bn.running_mean * scale


class FoldedConv(nn.Module):
    """ConvBn with its batch norm folded in: [1, c_in, f] -> [1, c_out, f / stride]."""

    def __init__(self, layer):
        super().__init__()
        weight, bias = fold(layer)
        self.weight = nn.Parameter(weight.detach())
        self.bias = nn.Parameter(bias.detach())
        self.stride, self.padding = layer.stride, layer.padding

    def forward(self, x):
        return F.silu(F.conv1d(x, self.weight, self.bias, self.stride, self.padding))


class MixerStep(nn.Module):
    """One step of a Mamba mixer over `rows` rows that share its weights."""

    def __init__(self, mixer, rows: int):
        super().__init__()
        self.in_proj, self.x_proj = mixer.in_proj, mixer.x_proj
        self.dt_proj, self.out_proj = mixer.dt_proj, mixer.out_proj
        self.split = [mixer.dt_rank, mixer.d_state, mixer.d_state]
        # [d_conv, d_inner], the oldest tap first.
        self.taps = nn.Parameter(mixer.conv1d.weight[:, 0].t().contiguous().detach())
        self.conv_bias = nn.Parameter(mixer.conv1d.bias.detach())
        self.A = nn.Parameter(-torch.exp(mixer.A_log).detach())
        self.D = nn.Parameter(mixer.D.detach())
        self.state_shapes = ((mixer.d_conv - 1, rows, mixer.d_inner),
                             (rows, mixer.d_inner, mixer.d_state))

    def forward(self, u, conv_state, ssm_state):
        """u [rows, width], states of `state_shapes` -> y as u, and both states after this step."""
        x, z = self.in_proj(u).chunk(2, -1)
        window = torch.cat([conv_state, x.unsqueeze(0)])
        x = F.silu((window * self.taps.unsqueeze(1)).sum(0) + self.conv_bias)
        dt, B, C = self.x_proj(x).split(self.split, -1)
        dt = F.softplus(self.dt_proj(dt))
        state = torch.exp(dt.unsqueeze(-1) * self.A) * ssm_state
        state = state + (dt * x).unsqueeze(-1) * B.unsqueeze(1)
        y = torch.matmul(state, C.unsqueeze(-1)).squeeze(-1)
        return self.out_proj((y + self.D * x) * F.silu(z)), window[1:], state


class BlockStep(nn.Module):
    """One step of a `Block`: z [n_band, d_model] and its mixer's states -> the same."""

    def __init__(self, block, n_band: int):
        super().__init__()
        self.block, self.mixer = block, MixerStep(block.mixer, n_band)

    def forward(self, z, conv_state, ssm_state):
        block = self.block
        y, conv_state, ssm_state = self.mixer(block.norm(z), conv_state, ssm_state)
        z = z + y
        y = F.silu(block.band_up(block.band_norm(z).t()))
        z = z + block.band_down(y).t()
        y = F.silu(block.chan_up(block.chan_norm(z)))
        return z + block.chan_down(y), conv_state, ssm_state


class FullbandStep(nn.Module):
    """One step of `Fullband`: z [n_band, d_model], states of a mixer of one row -> the same."""

    def __init__(self, fullband):
        super().__init__()
        self.fullband, self.mixer = fullband, MixerStep(fullband.mixer, 1)

    def forward(self, z, conv_state, ssm_state):
        full = self.fullband
        g = full.down(full.chan_down(full.norm(z)).reshape(1, -1))
        y, conv_state, ssm_state = self.mixer(full.mixer_norm(g), conv_state, ssm_state)
        y = F.silu(full.up(full.up_norm(g + y))).reshape(-1, full.rank)
        return z + full.chan_up(y), conv_state, ssm_state


class OneHop(nn.Module):
    """Noisy bins of one hop -> enhanced bins; the recurrent form of `SubbandMamba`.

    forward(bins, *states) takes and gives
      bins    [bins, 2]   real and imaginary part
      states              of each step in turn, `MixerStep.state_shapes`
    """

    def __init__(self, net: SubbandMamba):
        super().__init__()
        self.cfg = cfg = net.cfg
        self.pre = FoldedConv(net.pre)
        self.enc = nn.ModuleList(map(FoldedConv, net.enc))
        self.dec_mix = nn.ModuleList(FoldedConv(layer.mix) for layer in net.dec)
        self.dec_conv = nn.ModuleList(FoldedConv(layer.conv) for layer in net.dec)
        steps = [BlockStep(block, cfg.n_band) for block in net.blocks]
        if cfg.fullband_d_model:
            steps.insert(cfg.fullband_before, FullbandStep(net.fullband))
        self.steps = nn.ModuleList(steps)
        self.band_down, self.chan_down = net.band_down, net.chan_down
        self.band_bias = net.band_bias if cfg.band_bias else None
        self.band_up, self.chan_up = net.band_up, net.chan_up
        self.post, self.last = net.post, net.last

    def start(self) -> tuple[torch.Tensor, ...]:
        """The states before the first hop."""
        return tuple(torch.zeros(shape) for step in self.steps
                     for shape in step.mixer.state_shapes)

    def state_names(self) -> list[str]:
        return [f"{kind}_state_{i}" for i in range(len(self.steps)) for kind in ("conv", "ssm")]

    def forward(self, bins, *states):
        magnitude = bins.square().sum(-1, keepdim=True).clamp_min(1e-10).sqrt()
        features = bins * magnitude.pow(self.cfg.compress - 1.0)
        if self.cfg.features == 3:
            features = torch.cat([features, magnitude.pow(self.cfg.compress)], -1)
        h = self.pre(features.t().unsqueeze(0))
        skips = [h]
        for layer in self.enc:
            h = h + layer(h)
            skips.append(h)
        z = self.chan_down(self.band_down(h[0]).t())
        if self.band_bias is not None:
            z = z + self.band_bias
        states_after = []
        for i, step in enumerate(self.steps):
            z, conv_state, ssm_state = step(z, states[2 * i], states[2 * i + 1])
            states_after += [conv_state, ssm_state]
        g = h + self.band_up(self.chan_up(z).t()).unsqueeze(0)
        for mix, conv in zip(self.dec_mix, self.dec_conv):
            g = g + conv(mix(torch.cat([g, skips.pop()], 1)))
        u = F.silu(self.post(torch.cat([g, skips.pop()], 1)))
        mask = self.last(u)[0]
        real = bins[:, 0] * mask[0] - bins[:, 1] * mask[1]
        imaginary = bins[:, 0] * mask[1] + bins[:, 1] * mask[0]
        return (torch.stack([real, imaginary], -1), *states_after)
