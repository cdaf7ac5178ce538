# SPDX-License-Identifier: Apache-2.0
"""The shipped network as a PyTorch module of one hop, its states as inputs and outputs.

The weights and their layers come from models/training/hiss_training/network.py. What the engine
does when it packs the weights is done here too, so that the comparison is one of run times: batch
norms are folded into the convolutions before them, and A = -exp(A_log) is computed once.
"""
import json
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "models" / "training"))

from hiss_training import safetensors_io  # noqa: E402
from hiss_training.network import NetConfig, SubbandMamba  # noqa: E402


def load_network(path) -> SubbandMamba:
    """The whole-waveform network of a shipped model file, in float32, for inference."""
    tensors, metadata = safetensors_io.load(str(path))
    net = SubbandMamba(NetConfig(**json.loads(metadata["hiss.config"])))
    state = {name: torch.from_numpy(value.copy()).float() for name, value in tensors.items()}
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
    """One step of a Mamba mixer over `n_band` rows."""

    def __init__(self, mixer):
        super().__init__()
        self.in_proj, self.x_proj = mixer.in_proj, mixer.x_proj
        self.dt_proj, self.out_proj = mixer.dt_proj, mixer.out_proj
        self.split = [mixer.dt_rank, mixer.d_state, mixer.d_state]
        # [d_conv, d_inner], the oldest tap first.
        self.taps = nn.Parameter(mixer.conv1d.weight[:, 0].t().contiguous().detach())
        self.conv_bias = nn.Parameter(mixer.conv1d.bias.detach())
        self.A = nn.Parameter(-torch.exp(mixer.A_log).detach())
        self.D = nn.Parameter(mixer.D.detach())

    def forward(self, u, conv_state, ssm_state):
        """u [n_band, d_model], conv_state [d_conv - 1, n_band, d_inner],
        ssm_state [n_band, d_inner, d_state] -> y as u, and both states after this step."""
        x, z = self.in_proj(u).chunk(2, -1)
        window = torch.cat([conv_state, x.unsqueeze(0)])
        x = F.silu((window * self.taps.unsqueeze(1)).sum(0) + self.conv_bias)
        dt, B, C = self.x_proj(x).split(self.split, -1)
        dt = F.softplus(self.dt_proj(dt))
        state = torch.exp(dt.unsqueeze(-1) * self.A) * ssm_state
        state = state + (dt * x).unsqueeze(-1) * B.unsqueeze(1)
        y = torch.matmul(state, C.unsqueeze(-1)).squeeze(-1)
        return self.out_proj((y + self.D * x) * F.silu(z)), window[1:], state


class OneHop(nn.Module):
    """Noisy bins of one hop -> enhanced bins; the recurrent form of `SubbandMamba`.

    forward(bins, conv_state, ssm_state) takes and gives
      bins        [bins, 2]                                real and imaginary part
      conv_state  [n_layer, d_conv - 1, n_band, d_inner]
      ssm_state   [n_layer, n_band, d_inner, d_state]
    """

    def __init__(self, net: SubbandMamba):
        super().__init__()
        self.cfg = cfg = net.cfg
        self.pre = FoldedConv(net.pre)
        self.enc = nn.ModuleList(map(FoldedConv, net.enc))
        self.dec_mix = nn.ModuleList(FoldedConv(layer.mix) for layer in net.dec)
        self.dec_conv = nn.ModuleList(FoldedConv(layer.conv) for layer in net.dec)
        self.blocks = net.blocks
        self.mixers = nn.ModuleList(MixerStep(block.mixer) for block in net.blocks)
        self.band_down, self.chan_down = net.band_down, net.chan_down
        self.band_up, self.chan_up = net.band_up, net.chan_up
        self.post, self.last = net.post, net.last
        d_inner = cfg.expand * cfg.d_model
        self.conv_shape = (cfg.n_layer, cfg.d_conv - 1, cfg.n_band, d_inner)
        self.ssm_shape = (cfg.n_layer, cfg.n_band, d_inner, cfg.d_state)

    def start(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The states before the first hop."""
        return torch.zeros(self.conv_shape), torch.zeros(self.ssm_shape)

    def block_step(self, i: int, z, conv_state, ssm_state):
        block = self.blocks[i]
        y, conv_state, ssm_state = self.mixers[i](block.norm(z), conv_state, ssm_state)
        z = z + y
        y = F.silu(block.band_up(block.band_norm(z).t()))
        z = z + block.band_down(y).t()
        y = F.silu(block.chan_up(block.chan_norm(z)))
        return z + block.chan_down(y), conv_state, ssm_state

    def forward(self, bins, conv_state, ssm_state):
        magnitude = bins.square().sum(-1, keepdim=True).clamp_min(1e-10).sqrt()
        features = bins * magnitude.pow(self.cfg.compress - 1.0)
        h = self.pre(features.t().unsqueeze(0))
        skips = [h]
        for layer in self.enc:
            h = h + layer(h)
            skips.append(h)
        z = self.chan_down(self.band_down(h[0]).t())
        conv_states, ssm_states = [], []
        for i in range(self.cfg.n_layer):
            z, conv, ssm = self.block_step(i, z, conv_state[i], ssm_state[i])
            conv_states.append(conv)
            ssm_states.append(ssm)
        g = h + self.band_up(self.chan_up(z).t()).unsqueeze(0)
        for mix, conv in zip(self.dec_mix, self.dec_conv):
            g = g + conv(mix(torch.cat([g, skips.pop()], 1)))
        u = F.silu(self.post(torch.cat([g, skips.pop()], 1)))
        mask = self.last(u)[0]
        real = bins[:, 0] * mask[0] - bins[:, 1] * mask[1]
        imaginary = bins[:, 0] * mask[1] + bins[:, 1] * mask[0]
        return (torch.stack([real, imaginary], -1), torch.stack(conv_states),
                torch.stack(ssm_states))
