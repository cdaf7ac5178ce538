#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/cleanumamba_*: a small CleanUMamba as torch.save writes it, and what it gives.

    python3 make_cleanumamba_golden.py --out tests/golden [--check FILE.pkl ...]

cleanumamba_tiny.pkl holds random weights in half precision under the names and in the form of the
checkpoints of github.com/lab-emi/CleanUMamba, pruned to odd widths. cleanumamba_tiny_vectors
.safetensors holds a sound, its deviation and the network's output, computed in float64 by the
functions below: the whole sound at once, with the convolutions of PyTorch, where the engine goes hop
by hop. Zeros follow the sound for as long as the network looks ahead.

With --check the functions read real checkpoints and write FILE.pkl.safetensors of a noisy recording
beside each, for CleanUMambaReal in tests/models/cleanumamba_test.cpp.
"""
from __future__ import annotations

import argparse
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from hiss_training import safetensors_io  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDING = ROOT / "tests" / "data" / "audio" / "cafe_noisy.flac"
SECONDS = 4
LOOK_AHEAD_HOPS = 2

CONV, CHANNELS, GATES = (6, 9, 7), (5, 8, 6), (7, 5, 9)
D_MODEL, D_CONV = 11, 4
LAYERS = ((8, 4, 3), (13, 5, 2))  # d_inner, d_state, dt_rank


def gated(x, w, name):
    """A convolution of kernel 1, half of it the other half's gate."""
    value, gate = F.conv1d(x, w[f"{name}.weight"], w[f"{name}.bias"]).chunk(2, 1)
    return value * torch.sigmoid(gate)


def mixer(u, w, name):
    """The reference's Mamba in its sequential form; u [steps, d_model]."""
    def p(part):
        return w[f"{name}.{part}"]
    steps = u.shape[0]
    d_inner, d_state = p("A_log").shape
    rank = p("dt_proj.weight").shape[1]
    x, z = (u @ p("in_proj.weight").T).chunk(2, 1)
    kernel = p("conv1d.weight")
    x = F.conv1d(F.pad(x.T[None], (kernel.shape[-1] - 1, 0)), kernel, p("conv1d.bias"),
                 groups=d_inner)[0].T
    x = F.silu(x)
    dt, b, c = (x @ p("x_proj.weight").T).split([rank, d_state, d_state], 1)
    dt = F.softplus(dt @ p("dt_proj.weight").T + p("dt_proj.bias"))
    a = -torch.exp(p("A_log"))
    h = torch.zeros(d_inner, d_state, dtype=u.dtype)
    out = []
    for t in range(steps):
        h = torch.exp(dt[t, :, None] * a) * h + dt[t, :, None] * x[t, :, None] * b[t]
        out.append(h @ c[t] + p("D") * x[t])
    return (torch.stack(out) * F.silu(z)) @ p("out_proj.weight").T


def forward(sound, w):
    """sound [samples], a length that leaves no remainder -> the network's output, as long."""
    levels = sum(name.startswith("encoder.") and name.endswith(".0.weight") for name in w)
    layers = sum(name.endswith(".A_log") for name in w)
    x, skips = sound[None, None], []
    for i in range(levels):
        x = F.relu(F.conv1d(x, w[f"encoder.{i}.0.weight"], w[f"encoder.{i}.0.bias"], stride=2))
        x = gated(x, w, f"encoder.{i}.2")
        skips.append(x)
    x = F.conv1d(x, w["tsfm_conv1.weight"], w["tsfm_conv1.bias"])[0].T
    for i in range(layers):
        name = f"tsfm_Mamba_layers.{i}"
        u = F.layer_norm(x, x.shape[1:], w[f"{name}.norm.weight"], w[f"{name}.norm.bias"])
        x = x + mixer(u, w, f"{name}.mixer")
    x = F.layer_norm(x, x.shape[1:], w["norm_f.weight"], w["norm_f.bias"])
    x = F.conv1d(x.T[None], w["tsfm_conv2.weight"], w["tsfm_conv2.bias"])
    for i in range(levels):
        x = x + skips[-1 - i][:, :, :x.shape[-1]]
        x = F.conv_transpose1d(gated(x, w, f"decoder.{i}.0"), w[f"decoder.{i}.2.weight"],
                               w[f"decoder.{i}.2.bias"], stride=2)
        if i < levels - 1:
            x = F.relu(x)
    return x[0, 0]


def denoise(sound, w):
    """(output, deviation) of a sound of whole hops; deviation as the reference takes it."""
    levels = sum(name.startswith("encoder.") and name.endswith(".0.weight") for name in w)
    hop = 2 ** levels
    deviation = sound.std() + 1e-3
    # So many zeros that there is a step for the last hop, too; the reference pads a hop less.
    padded = F.pad(sound / deviation, (0, LOOK_AHEAD_HOPS * hop - 2))
    with torch.no_grad():
        return forward(padded, w)[:len(sound)] * deviation, deviation


def random_weights():
    """Uniform weights within 1 / sqrt(fan-in), of a network pruned to odd widths, in float16."""
    generator = torch.Generator().manual_seed(20261123)
    w = {}

    def draw(name, *shape, scale, offset=0.0):
        value = offset + scale * (2 * torch.rand(shape, generator=generator) - 1)
        w[name] = value.half()

    def convolution(name, shape, outputs, fan_in):
        draw(f"{name}.weight", *shape, scale=1.5 / math.sqrt(fan_in))
        draw(f"{name}.bias", outputs, scale=0.2)

    before = 1
    for i, (middle, after) in enumerate(zip(CONV, CHANNELS)):
        convolution(f"encoder.{i}.0", (middle, before, 4), middle, 2 * before)
        convolution(f"encoder.{i}.2", (2 * after, middle, 1), 2 * after, middle / 2)
        before = after
    for i, gate in enumerate(GATES):
        from_, to = CHANNELS[-1 - i], (CHANNELS[-2 - i] if i < len(GATES) - 1 else 1)
        convolution(f"decoder.{i}.0", (2 * gate, from_, 1), 2 * gate, from_ / 2)
        convolution(f"decoder.{i}.2", (gate, to, 4), to, gate / 2)
    convolution("tsfm_conv1", (D_MODEL, CHANNELS[-1], 1), D_MODEL, CHANNELS[-1])
    for i, (d_inner, d_state, rank) in enumerate(LAYERS):
        name = f"tsfm_Mamba_layers.{i}"
        w[f"{name}.mixer.A_log"] = torch.log(torch.arange(1, d_state + 1).float()).repeat(
            d_inner, 1).half()
        draw(f"{name}.mixer.D", d_inner, scale=0.5, offset=1.0)
        draw(f"{name}.mixer.in_proj.weight", 2 * d_inner, D_MODEL, scale=1 / math.sqrt(D_MODEL))
        draw(f"{name}.mixer.conv1d.weight", d_inner, 1, D_CONV, scale=0.5)
        draw(f"{name}.mixer.conv1d.bias", d_inner, scale=0.5)
        draw(f"{name}.mixer.x_proj.weight", rank + 2 * d_state, d_inner,
             scale=1 / math.sqrt(d_inner))
        draw(f"{name}.mixer.dt_proj.weight", d_inner, rank, scale=1 / math.sqrt(rank))
        draw(f"{name}.mixer.dt_proj.bias", d_inner, scale=2.0, offset=-3.0)
        draw(f"{name}.mixer.out_proj.weight", D_MODEL, d_inner, scale=2 / math.sqrt(d_inner))
        draw(f"{name}.norm.weight", D_MODEL, scale=0.3, offset=1.0)
        draw(f"{name}.norm.bias", D_MODEL, scale=0.3)
    draw("norm_f.weight", D_MODEL, scale=0.3, offset=1.0)
    draw("norm_f.bias", D_MODEL, scale=0.3)
    convolution("tsfm_conv2", (CHANNELS[-1], D_MODEL, 1), CHANNELS[-1], D_MODEL / 2)
    return w


def doubles(weights):
    return {name: value.double() for name, value in weights.items()}


def save_vectors(path, sound, w):
    output, deviation = denoise(torch.from_numpy(sound).double(), w)
    safetensors_io.save(str(path), {
        "input": sound.astype(np.float32), "output": output.float().numpy(),
        "deviation": np.array([deviation], dtype=np.float32)})
    print(f"{path}: {path.stat().st_size} bytes, output {output.std():.4f} of {sound.std():.4f}")


def check(path):
    import soundfile
    from scipy import signal
    sound, rate = soundfile.read(RECORDING, dtype="float32", always_2d=True)
    sound = signal.resample_poly(sound[:, 0], 16000, rate) if rate != 16000 else sound[:, 0]
    sound = sound[:SECONDS * 16000 // 256 * 256].astype(np.float32)
    w = torch.load(path, map_location="cpu", weights_only=True)["model_state_dict"]
    save_vectors(pathlib.Path(f"{path}.safetensors"), sound, doubles(w))


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--out")
    p.add_argument("--check", nargs="*", default=[])
    args = p.parse_args()
    for path in args.check:
        check(path)
    if not args.out:
        return
    out = pathlib.Path(args.out)
    weights = random_weights()
    network = {"channels_H": 8, "channels_input": 1, "channels_output": 1,
               "encoder_n_layers": len(CONV), "kernel_size": 4, "max_H": 16, "stride": 2,
               "tsfm_d_inner": 32, "tsfm_d_model": 16, "tsfm_n_head": 4, "tsfm_n_layers": len(LAYERS)}
    torch.save({"model_state_dict": weights, "iter": 1, "network_config": network},
               out / "cleanumamba_tiny.pkl")
    print(f"{out / 'cleanumamba_tiny.pkl'}: {(out / 'cleanumamba_tiny.pkl').stat().st_size} bytes")
    t = np.arange(800)
    rng = np.random.default_rng(1)
    sound = (0.3 * np.sin(0.11 * t) * np.sin(0.013 * t) + 0.05 * rng.standard_normal(800))
    save_vectors(out / "cleanumamba_tiny_vectors.safetensors", sound.astype(np.float32),
                 doubles(weights))


if __name__ == "__main__":
    main()
