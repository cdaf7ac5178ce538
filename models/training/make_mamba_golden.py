# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/mamba_d*_n*.safetensors, the reference vectors of the Mamba block.

The reference is `Mamba.step` of github.com/state-spaces/mamba (mamba_ssm/modules/mamba_simple.py,
v2.2.4), written out below in float64 behind an RMSNorm. Weights and inputs come from a 32-bit
integer generator that tests/support/golden.cpp implements as well, so only outputs and states are
stored. Before it is written, each configuration is compared with MambaMixer of
`transformers` (its pure PyTorch path: half of the steps as one sequence, half one by one).

    python models/training/make_mamba_golden.py [--out tests/golden] [--steps 1000]

Needs torch, transformers and numpy; the vectors in the tree were made with the versions that their
metadata states.
"""
from __future__ import annotations

import argparse
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

from hiss_training.safetensors_io import save

D_MODELS = (16, 36, 48, 64, 128)
D_STATES = (8, 16, 64)
D_CONV = 4
EXPAND = 2
NORM_EPS = 1e-5
FIRST_WEIGHT_STREAM = 1
INPUT_STREAM = 100
STATE_STEPS = (10, 100, 500, 1000)
OUTPUT_STEPS = (1, 2, 3, 4, 5, 10) + tuple(range(25, 1001, 25))
CROSS_CHECK_TOLERANCE = 1e-5


def golden_uniform(stream: int, count: int) -> np.ndarray:
    """Values 0 ... count-1 of a stream, uniform in [-1, 1); see tests/support/golden.h."""
    def wrap(v: int) -> np.uint32:
        return np.uint32(v & 0xFFFFFFFF)

    h = np.arange(count, dtype=np.uint32) * wrap(0x9E3779B9) + wrap(stream * 0x85EBCA6B)
    h ^= h >> np.uint32(16)
    h *= wrap(0x7FEB352D)
    h ^= h >> np.uint32(15)
    h *= wrap(0x846CA68B)
    h ^= h >> np.uint32(16)
    return ((h >> np.uint32(8)).astype(np.int32) - (1 << 23)).astype(np.float32) / np.float32(1 << 23)


def golden_tensor(stream: int, shape: tuple[int, ...], scale: float, offset: float = 0.0) -> np.ndarray:
    """offset + scale * uniform, each operation rounded to f32."""
    values = golden_uniform(stream, math.prod(shape))
    return (np.float32(offset) + np.float32(scale) * values).reshape(shape)


def make_weights(d_model: int, d_state: int) -> dict[str, np.ndarray]:
    """The block's tensors, drawn in the order and with the scales of tests/ssm/random_block.cpp."""
    d_inner, dt_rank = EXPAND * d_model, math.ceil(d_model / 16)

    def inverse_sqrt(n: int) -> float:
        return 1.0 / math.sqrt(n)

    plan = [
        ("norm.weight", (d_model,), 0.25, 1.0),
        ("in_proj.weight", (2 * d_inner, d_model), inverse_sqrt(d_model), 0.0),
        ("conv1d.weight", (d_inner, 1, D_CONV), inverse_sqrt(D_CONV), 0.0),
        ("conv1d.bias", (d_inner,), inverse_sqrt(D_CONV), 0.0),
        ("x_proj.weight", (dt_rank + 2 * d_state, d_inner), inverse_sqrt(d_inner), 0.0),
        ("dt_proj.weight", (d_inner, dt_rank), inverse_sqrt(dt_rank), 0.0),
        ("dt_proj.bias", (d_inner,), 2.328125, -4.578125),
        ("A_log", (d_inner, d_state), 0.0, 0.0),
        ("D", (d_inner,), 0.5, 1.0),
        ("out_proj.weight", (d_model, d_inner), inverse_sqrt(d_inner), 0.0),
    ]
    weights = {name: golden_tensor(FIRST_WEIGHT_STREAM + i, shape, scale, offset)
               for i, (name, shape, scale, offset) in enumerate(plan)}
    log_n = np.log(np.arange(1, d_state + 1, dtype=np.float64)).astype(np.float32)
    weights["A_log"] = np.tile(log_n, (d_inner, 1))
    return weights


class ReferenceMixer:
    """RMSNorm and Mamba.step for one row, in the given precision."""

    def __init__(self, weights: dict[str, np.ndarray], dtype: torch.dtype):
        self.w = {name: torch.from_numpy(value).to(dtype) for name, value in weights.items()}
        self.A = -torch.exp(self.w["A_log"])
        d_inner, d_state = self.A.shape
        self.dt_rank = self.w["dt_proj.weight"].shape[1]
        self.conv_state = torch.zeros(d_inner, D_CONV, dtype=dtype)
        self.ssm_state = torch.zeros(d_inner, d_state, dtype=dtype)

    def norm(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + NORM_EPS) * self.w["norm.weight"]

    def step(self, u: torch.Tensor) -> torch.Tensor:
        """One time step of the mixer for the normalised input u [d_model]."""
        w, d_state = self.w, self.A.shape[1]
        x, z = (w["in_proj.weight"] @ u).chunk(2)
        self.conv_state = torch.roll(self.conv_state, shifts=-1, dims=-1)
        self.conv_state[:, -1] = x
        x = F.silu((self.conv_state * w["conv1d.weight"][:, 0]).sum(-1) + w["conv1d.bias"])
        dt, B, C = (w["x_proj.weight"] @ x).split([self.dt_rank, d_state, d_state])
        dt = F.softplus(w["dt_proj.weight"] @ dt + w["dt_proj.bias"])
        dA = torch.exp(dt[:, None] * self.A)
        dB = dt[:, None] * B[None, :]
        self.ssm_state = self.ssm_state * dA + x[:, None] * dB
        y = self.ssm_state @ C + w["D"] * x
        return w["out_proj.weight"] @ (y * F.silu(z))


def run_transformers(weights: dict[str, np.ndarray], u: torch.Tensor
                     ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Outputs [steps, d_model], last conv window and last state of transformers' MambaMixer."""
    from transformers import MambaConfig
    from transformers.cache_utils import DynamicCache
    from transformers.models.mamba.modeling_mamba import MambaMixer

    d_inner, d_state = weights["A_log"].shape
    config = MambaConfig(hidden_size=u.shape[1], state_size=d_state, conv_kernel=D_CONV,
                         expand=EXPAND, num_hidden_layers=1, use_bias=False, use_conv_bias=True,
                         time_step_rank=weights["dt_proj.weight"].shape[1])
    mixer = MambaMixer(config, layer_idx=0).eval()
    mixer.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()
                           if name != "norm.weight"})
    cache = DynamicCache(config=config)
    half = u.shape[0] // 2
    pieces = [mixer(u[None, :half], cache_params=cache)[0]]
    for t in range(half, u.shape[0]):
        pieces.append(mixer(u[None, t:t + 1], cache_params=cache)[0])
    conv_state = cache.get_conv_state(0, state_idx=0)[0]
    return torch.cat(pieces), conv_state, cache.get_recurrent_state(0, state_idx=0)[0]


def relative_error(actual: torch.Tensor, expected: torch.Tensor) -> float:
    """max |actual - expected| / max |expected|, the measure of the parity test."""
    difference = (actual.double() - expected.double()).abs().max()
    return float(difference / expected.double().abs().max())


def make(d_model: int, d_state: int, steps: int) -> tuple[dict[str, np.ndarray], list[float]]:
    """Reference tensors of one configuration and the errors of the two cross-checks."""
    weights = make_weights(d_model, d_state)
    x = torch.from_numpy(golden_tensor(INPUT_STREAM, (steps, d_model), 2.0))
    exact, single = (ReferenceMixer(weights, t) for t in (torch.float64, torch.float32))
    outputs, single_outputs, conv_states, ssm_states = [], [], [], []
    for t in range(steps):
        outputs.append(exact.step(exact.norm(x[t].double())))
        single_outputs.append(single.step(single.norm(x[t])))
        if t + 1 in STATE_STEPS:
            conv_states.append(exact.conv_state[:, 1:].clone())
            ssm_states.append(exact.ssm_state.clone())
    output = torch.stack(outputs)

    peer_output, peer_conv, peer_ssm = run_transformers(weights, single.norm(x))
    errors = [relative_error(torch.stack(single_outputs), output),
              relative_error(single.ssm_state, exact.ssm_state),
              relative_error(peer_output, output),
              max(relative_error(peer_ssm, exact.ssm_state),
                  relative_error(peer_conv[:, -(D_CONV - 1):], exact.conv_state[:, 1:]))]

    kept = [t for t in OUTPUT_STEPS if t <= steps]
    tensors = {
        "output": output[[t - 1 for t in kept]],                       # [kept, d_model], no residual
        "output_steps": torch.tensor(kept),                            # 1 is the first step
        "conv_state": torch.stack(conv_states),                        # [kept, d_inner, d_conv - 1]
        "ssm_state": torch.stack(ssm_states),                          # [kept, d_inner, d_state]
        "state_steps": torch.tensor([t for t in STATE_STEPS if t <= steps]),
    }
    return {name: value.to(torch.float32).numpy() for name, value in tensors.items()}, errors


def main() -> int:
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=root / "tests" / "golden")
    parser.add_argument("--steps", type=int, default=1000)
    arguments = parser.parse_args()
    import transformers

    torch.set_grad_enabled(False)
    metadata = {
        "hiss.format": "1",
        "hiss.task": "golden",
        "made_by": "models/training/make_mamba_golden.py",
        "reference": "state-spaces/mamba Mamba.step in float64 behind RMSNorm; no residual",
        "versions": f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}",
    }
    print(f"relative errors against float64 ({arguments.steps} steps)")
    print("d_model d_state   step f32: out      state   transformers f32: out      state")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for d_model in D_MODELS:
        for d_state in D_STATES:
            tensors, errors = make(d_model, d_state, arguments.steps)
            print(f"{d_model:7d} {d_state:7d} {errors[0]:15.1e} {errors[1]:10.1e} "
                  f"{errors[2]:21.1e} {errors[3]:10.1e}", flush=True)
            if max(errors) > CROSS_CHECK_TOLERANCE:
                print(f"the implementations disagree by more than {CROSS_CHECK_TOLERANCE:.0e}",
                      file=sys.stderr)
                return 1
            save(str(arguments.out / f"mamba_d{d_model}_n{d_state}.safetensors"), tensors, metadata)
    return 0


if __name__ == "__main__":
    sys.exit(main())
