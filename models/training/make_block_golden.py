# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/block_KIND.safetensors, the reference vectors of the kinds of blocks other
than mamba (whose vectors make_mamba_golden.py makes).

Each kind has a reference in float64 that shares nothing with the engine:
- mamba2: `Mamba2.step` of github.com/state-spaces/mamba (mamba_ssm/modules/mamba2.py, v2.2.4),
  written out below; compared with Mamba2Mixer of `transformers`, which computes whole sequences by
  chunks (state space duality) and so by another way.
- s4d: the convolution of the S4D paper (arXiv 2206.11893): y = K * u with the kernel
  K_l = 2 Re(sum_n C_n dB_n dA_n^l), all steps at once; compared with the recurrence in complex128.
- selective_gate, simplified_mamba: the cells of the two articles as PyTorch modules, corrected as
  ssm/README.md says.

Weights and inputs come from the 32-bit integer generator of tests/support/golden.cpp, so that only
outputs and states are stored. mamba2 and s4d stand behind an RMSNorm, the articles' cells do not;
no output has a residual.

    python models/training/make_block_golden.py [--out tests/golden]

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
from make_mamba_golden import golden_tensor, relative_error

STEPS = 500
INPUT_STREAM = 100
STATE_STEPS = (10, 500)
OUTPUT_STEPS = (1, 2, 3, 4, 5, 10) + tuple(range(50, STEPS + 1, 50))
D_CONV = 4
EXPAND = 2
NORM_EPS = 1e-5
CROSS_CHECK_TOLERANCE = 1e-5

# Name of a case: its sizes, as tests/ssm/block_parity_test.cpp has them.
CASES = {
    "mamba2": {"d16_n8": dict(d_model=16, d_state=8, headdim=8, ngroups=1),
               "d24_n13_g2": dict(d_model=24, d_state=13, headdim=12, ngroups=2),
               "d32_n16_g2": dict(d_model=32, d_state=16, headdim=16, ngroups=2),
               "d36_n5": dict(d_model=36, d_state=5, headdim=9, ngroups=1)},
    "s4d": {"d16_n8_zoh": dict(d_model=16, d_state=8, rule="zoh"),
            "d23_n14_zoh": dict(d_model=23, d_state=14, rule="zoh"),
            "d23_n14_bilinear": dict(d_model=23, d_state=14, rule="bilinear"),
            "d36_n32_zoh": dict(d_model=36, d_state=32, rule="zoh"),
            "d36_n32_bilinear": dict(d_model=36, d_state=32, rule="bilinear")},
    "selective_gate": {"d10_n5": dict(d_model=10, d_state=5),
                       "d24_n37": dict(d_model=24, d_state=37),
                       "d128_n16": dict(d_model=128, d_state=16)},
    "simplified_mamba": {"d10_n10": dict(d_model=10, d_state=10),
                         "d24_n37": dict(d_model=24, d_state=37),
                         "d64_n16": dict(d_model=64, d_state=16)},
}


def plan_of(kind: str, c: dict) -> list[tuple[str, tuple[int, ...], float, float]]:
    """Name, shape, scale and offset of each tensor; tests/ssm/random_kind.cpp has the same."""
    d_model, d_state = c["d_model"], c["d_state"]

    def inverse_sqrt(n: int) -> float:
        return 1.0 / math.sqrt(n)

    if kind == "mamba2":
        d_inner = EXPAND * d_model
        heads, convolved = d_inner // c["headdim"], d_inner + 2 * c["ngroups"] * d_state
        return [("norm.weight", (d_model,), 0.25, 1.0),
                ("mixer.in_proj.weight", (d_inner + convolved + heads, d_model),
                 inverse_sqrt(d_model), 0.0),
                ("mixer.conv1d.weight", (convolved, 1, D_CONV), inverse_sqrt(D_CONV), 0.0),
                ("mixer.conv1d.bias", (convolved,), inverse_sqrt(D_CONV), 0.0),
                ("mixer.dt_bias", (heads,), 2.328125, -4.578125),
                ("mixer.A_log", (heads,), 1.375, 1.375),
                ("mixer.D", (heads,), 0.5, 1.0),
                ("mixer.norm.weight", (d_inner,), 0.25, 1.0),
                ("mixer.out_proj.weight", (d_model, d_inner), inverse_sqrt(d_inner), 0.0)]
    if kind == "s4d":
        pairs = d_state // 2
        return [("norm.weight", (d_model,), 0.25, 1.0),
                ("mixer.log_dt", (d_model,), 2.296875, -4.609375),  # dt from 0.001 to 0.1
                ("mixer.C", (d_model, pairs, 2), 1.0, 0.0),
                ("mixer.log_A_real", (d_model, pairs), 0.25, -0.6875),  # A near -1 / 2
                ("mixer.A_imag", (d_model, pairs), 1.5 * pairs, 1.5 * pairs),  # up to 3 pairs
                ("mixer.D", (d_model,), 0.5, 1.0),
                ("mixer.output_linear.weight", (2 * d_model, d_model), inverse_sqrt(d_model), 0.0),
                ("mixer.output_linear.bias", (2 * d_model,), inverse_sqrt(d_model), 0.0)]
    if kind == "selective_gate":
        return [("mixer.W_s.weight", (d_state, d_model), inverse_sqrt(d_model), 0.0),
                ("mixer.W_s.bias", (d_state,), 1.0, 0.0),
                ("mixer.A", (d_state,), 1.0, 0.0),
                ("mixer.B", (d_state, d_model), inverse_sqrt(d_model), 0.0),
                ("mixer.C", (d_model, d_state), inverse_sqrt(d_state), 0.0)]
    return [("mixer.A", (d_state, d_state), inverse_sqrt(d_state), 0.0),
            ("mixer.B", (d_state, d_model), inverse_sqrt(d_model), 0.0),
            ("mixer.C", (d_model, d_state), inverse_sqrt(d_state), 0.0),
            ("mixer.D", (d_model,), 0.5, 1.0)]


def rms_norm(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + NORM_EPS) * weight


class Mamba2Step:
    """Mamba2.step for one row; the state is [heads, headdim, d_state]."""

    def __init__(self, w: dict[str, torch.Tensor], c: dict):
        self.w, self.c = w, c
        self.heads = len(w["A_log"])
        self.conv_state = torch.zeros(w["conv1d.weight"].shape[0], D_CONV, dtype=torch.float64)
        self.ssm_state = torch.zeros(self.heads, c["headdim"], c["d_state"], dtype=torch.float64)

    def step(self, u: torch.Tensor) -> torch.Tensor:
        w, groups, d_state = self.w, self.c["ngroups"], self.c["d_state"]
        d_inner = self.heads * self.c["headdim"]
        z, xBC, dt = (w["in_proj.weight"] @ u).split([d_inner, self.conv_state.shape[0],
                                                      self.heads])
        self.conv_state = torch.roll(self.conv_state, shifts=-1, dims=-1)
        self.conv_state[:, -1] = xBC
        xBC = F.silu((self.conv_state * w["conv1d.weight"][:, 0]).sum(-1) + w["conv1d.bias"])
        x, B, C = xBC.split([d_inner, groups * d_state, groups * d_state])
        x = x.view(self.heads, -1)
        B, C = (v.view(groups, d_state).repeat_interleave(self.heads // groups, 0) for v in (B, C))
        dt = F.softplus(dt + w["dt_bias"])
        dA = torch.exp(dt * -torch.exp(w["A_log"]))
        self.ssm_state = (self.ssm_state * dA[:, None, None]
                          + torch.einsum("h,hn,hp->hpn", dt, B, x))
        y = torch.einsum("hpn,hn->hp", self.ssm_state, C) + w["D"][:, None] * x
        y = (y.reshape(-1) * F.silu(z)).view(groups, -1)
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + NORM_EPS)
        return w["out_proj.weight"] @ (y.view(-1) * w["norm.weight"])


def run_mamba2(w: dict[str, torch.Tensor], c: dict, x: torch.Tensor) -> dict[str, torch.Tensor]:
    mixer = {name[6:]: value for name, value in w.items() if name.startswith("mixer.")}
    cell = Mamba2Step(mixer, c)
    u = rms_norm(x, w["norm.weight"])
    outputs, conv_states, ssm_states = [], [], []
    for t in range(STEPS):
        outputs.append(cell.step(u[t]))
        if t + 1 in STATE_STEPS:
            conv_states.append(cell.conv_state[:, 1:])
            ssm_states.append(cell.ssm_state.reshape(-1, c["d_state"]))
    return {"output": torch.stack(outputs), "conv_state": torch.stack(conv_states),
            "ssm_state": torch.stack(ssm_states)}


def check_mamba2(w: dict[str, torch.Tensor], c: dict, x: torch.Tensor,
                 reference: dict[str, torch.Tensor]) -> float:
    """Error of transformers' Mamba2Mixer, the sequence at once and its state at the end."""
    from transformers import Mamba2Config
    from transformers.cache_utils import DynamicCache
    from transformers.models.mamba2.modeling_mamba2 import Mamba2Mixer

    d_inner = EXPAND * c["d_model"]
    config = Mamba2Config(hidden_size=c["d_model"], state_size=c["d_state"], expand=EXPAND,
                          conv_kernel=D_CONV, head_dim=c["headdim"],
                          num_heads=d_inner // c["headdim"], n_groups=c["ngroups"],
                          use_bias=False, use_conv_bias=True, chunk_size=64,
                          num_hidden_layers=1, layer_norm_epsilon=NORM_EPS)
    mixer = Mamba2Mixer(config, layer_idx=0).eval()
    mixer.load_state_dict({name[6:]: value.float() for name, value in w.items()
                           if name.startswith("mixer.")})
    cache = DynamicCache(config=config)
    u = rms_norm(x, w["norm.weight"]).float()
    output = mixer(u[None], cache_params=cache)[0]
    state = cache.get_recurrent_state(0, state_idx=0)[0].reshape(-1, c["d_state"])
    return max(relative_error(output, reference["output"]),
               relative_error(state, reference["ssm_state"][-1]))


def discretise_s4d(w: dict[str, torch.Tensor], rule: str) -> tuple[torch.Tensor, ...]:
    """Delta A, dA and dB [d_model, pairs], and C, complex."""
    dt = torch.exp(w["mixer.log_dt"])[:, None]
    A = -torch.exp(w["mixer.log_A_real"]) + 1j * w["mixer.A_imag"]
    C = torch.view_as_complex(w["mixer.C"].contiguous())
    if rule == "zoh":
        dA = torch.exp(dt * A)
        return dA, (dA - 1.0) / A, C
    return (1.0 + dt * A / 2.0) / (1.0 - dt * A / 2.0), dt / (1.0 - dt * A / 2.0), C


def run_s4d(w: dict[str, torch.Tensor], c: dict, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """By convolution: y_t = sum_l K_l u_(t - l), computed as a product with K's Toeplitz matrix."""
    dA, dB, C = discretise_s4d(w, c["rule"])
    u = rms_norm(x, w["norm.weight"])  # [steps, d_model]
    powers = dA[:, :, None] ** torch.arange(STEPS)  # [d_model, pairs, steps]
    kernel = 2.0 * torch.einsum("cn,cnl->cl", C * dB, powers).real
    lag = torch.arange(STEPS)[:, None] - torch.arange(STEPS)[None, :]
    toeplitz = torch.where(lag >= 0, kernel[:, lag.clamp(min=0)], 0.0)  # [d_model, steps, steps]
    y = torch.einsum("cts,sc->tc", toeplitz, u) + w["mixer.D"] * u
    y = F.gelu(y) @ w["mixer.output_linear.weight"].T + w["mixer.output_linear.bias"]
    states = [torch.einsum("cn,cnl,lc->cn", dB, powers[:, :, :t], u[:t].flip(0).to(dA.dtype))
              for t in STATE_STEPS]
    states = [torch.view_as_real(s).reshape(c["d_model"], -1) for s in states]
    return {"output": F.glu(y, dim=-1), "ssm_state": torch.stack(states)}


def check_s4d(w: dict[str, torch.Tensor], c: dict, x: torch.Tensor,
              reference: dict[str, torch.Tensor]) -> float:
    """Error of the recurrence, h = dA h + dB u, against the convolution."""
    dA, dB, C = discretise_s4d(w, c["rule"])
    u = rms_norm(x, w["norm.weight"])
    h, outputs = torch.zeros_like(dA), []
    for t in range(STEPS):
        h = dA * h + dB * u[t][:, None]
        outputs.append(2.0 * (C * h).sum(-1).real + w["mixer.D"] * u[t])
    y = F.gelu(torch.stack(outputs)) @ w["mixer.output_linear.weight"].T
    y = F.glu(y + w["mixer.output_linear.bias"], dim=-1)
    state = torch.view_as_real(h).reshape(c["d_model"], -1)
    return max(relative_error(y, reference["output"]),
               relative_error(state, reference["ssm_state"][-1]))


class SelectiveSSM(torch.nn.Module):
    """The first article's cell. Its listing multiplies the [batch, d_state] state by a
    [d_model, d_state] A, which does not broadcast; here A is [d_state]."""

    def __init__(self, w: dict[str, torch.Tensor]):
        super().__init__()
        self.W_s = torch.nn.Linear(*w["mixer.W_s.weight"].T.shape, dtype=torch.float64)
        self.W_s.weight, self.W_s.bias = (torch.nn.Parameter(w[f"mixer.W_s.{name}"])
                                          for name in ("weight", "bias"))
        self.A, self.B, self.C = (torch.nn.Parameter(w[f"mixer.{name}"]) for name in "ABC")

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """x [batch, steps, d_model] -> outputs likewise, and the state after each step."""
        state = torch.zeros(x.shape[0], self.A.shape[0], dtype=x.dtype)
        outputs, states = [], []
        for t in range(x.shape[1]):
            s = torch.sigmoid(self.W_s(x[:, t]))
            state = state * (1 - s) + torch.tanh(self.A * state + x[:, t] @ self.B.T) * s
            outputs.append(state @ self.C.T)
            states.append(state)
        return torch.stack(outputs, dim=1), states


class SimplifiedMamba(torch.nn.Module):
    """The second article's cell. Its listing has one state for all layers and multiplies it from
    the wrong side; here A is [d_state, d_state] and the state the layer's own."""

    def __init__(self, w: dict[str, torch.Tensor]):
        super().__init__()
        self.A, self.B, self.C, self.D = (torch.nn.Parameter(w[f"mixer.{name}"]) for name in "ABCD")

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        state = torch.zeros(x.shape[0], self.A.shape[0], dtype=x.dtype)
        outputs, states = [], []
        for t in range(x.shape[1]):
            state = torch.sigmoid(state @ self.A.T + x[:, t] @ self.B.T)
            outputs.append(state @ self.C.T + self.D * x[:, t])
            states.append(state)
        return torch.stack(outputs, dim=1), states


def run_cell(kind: str, w: dict[str, torch.Tensor], x: torch.Tensor) -> dict[str, torch.Tensor]:
    cell = SelectiveSSM(w) if kind == "selective_gate" else SimplifiedMamba(w)
    outputs, states = cell(x[None])
    return {"output": outputs[0],
            "ssm_state": torch.stack([states[t - 1][0][:, None] for t in STATE_STEPS])}


def make(kind: str, c: dict) -> tuple[dict[str, torch.Tensor], float]:
    """Reference tensors of one case and the error of its cross-check (0 where there is none)."""
    w = {name: torch.from_numpy(golden_tensor(1 + i, shape, scale, offset)).double()
         for i, (name, shape, scale, offset) in enumerate(plan_of(kind, c))}
    x = torch.from_numpy(golden_tensor(INPUT_STREAM, (STEPS, c["d_model"]), 2.0)).double()
    if kind == "mamba2":
        reference = run_mamba2(w, c, x)
        error = check_mamba2(w, c, x, reference)
    elif kind == "s4d":
        reference = run_s4d(w, c, x)
        error = check_s4d(w, c, x, reference)
    else:
        reference, error = run_cell(kind, w, x), 0.0
    reference["output"] = reference["output"][[t - 1 for t in OUTPUT_STEPS]]
    return reference, error


def main() -> int:
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=root / "tests" / "golden")
    arguments = parser.parse_args()
    import transformers

    torch.set_grad_enabled(False)
    versions = f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}"
    for kind, cases in CASES.items():
        tensors = {"output_steps": np.array(OUTPUT_STEPS, dtype=np.float32),
                   "state_steps": np.array(STATE_STEPS, dtype=np.float32)}
        for name, sizes in cases.items():
            reference, error = make(kind, sizes)
            print(f"{kind:17s} {name:17s} cross-check {error:8.1e}", flush=True)
            if error > CROSS_CHECK_TOLERANCE:
                print("the implementations disagree", file=sys.stderr)
                return 1
            tensors |= {f"{name}.{part}": value.to(torch.float32).numpy()
                        for part, value in reference.items()}
        metadata = {"hiss.format": "1", "hiss.task": "golden", "versions": versions,
                    "made_by": "models/training/make_block_golden.py",
                    "reference": f"{kind} in float64, see the script; no residual"}
        save(str(arguments.out / f"block_{kind}.safetensors"), tensors, metadata)
    return 0


if __name__ == "__main__":
    sys.exit(main())
