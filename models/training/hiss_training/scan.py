# SPDX-License-Identifier: Apache-2.0
"""The selective scan of Mamba (S6) over time, for training.

h[t] = exp(dt[t] A) h[t-1] + (dt[t] x[t]) B[t];   y[t] = C[t] h[t]
(Gu & Dao 2023, arXiv 2312.00752, eq. 2; ZOH for A, Euler for B as in the reference code.)

Layout is [batch, time, lane, channel]: every (batch, lane) pair is one sequence. `scan_reference`
is the plain recurrence and the specification; on CUDA a fused Triton kernel with its own backward
pass computes the same. The backward pass reads the states back, which are kept as bfloat16.
"""
from __future__ import annotations

import torch
from torch import library

try:
    import triton
    import triton.language as tl
except ImportError:  # CPU-only machines
    triton = None


def widen(x):
    """Half precision as float32; float32 and float64 as they are."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def scan_reference(x, dt, A, B, C):
    """x, dt [b, t, l, d]; A [d, n]; B, C [b, t, l, n] -> y [b, t, l, d] (at least float32)."""
    x, dt, B, C, A = (widen(v) for v in (x, dt, B, C, A))
    h = x.new_zeros(x.shape[0], x.shape[2], x.shape[3], A.shape[1])
    ys = []
    # unbind, for the gradient of a slice is as long as all steps together.
    for x_t, dt_t, B_t, C_t in zip(*(v.unbind(1) for v in (x, dt, B, C))):
        h = torch.exp(dt_t.unsqueeze(-1) * A) * h
        h = h + (dt_t * x_t).unsqueeze(-1) * B_t.unsqueeze(-2)
        ys.append((h * C_t.unsqueeze(-2)).sum(-1))
    return torch.stack(ys, 1)


if triton is not None:

    # The fastest number of warps differs between machines and sizes: measured at the first call.
    _tuned = triton.autotune([triton.Config({}, num_warps=w) for w in (1, 2, 4)],
                             key=["L", "D", "N"])

    @_tuned
    @triton.jit
    def _forward_kernel(x, dt, A, B, C, y, H, T, L, D, N: tl.constexpr, BD: tl.constexpr,
                        SAVE: tl.constexpr):
        seq = tl.program_id(0)
        b = (seq // L).to(tl.int64)
        lane = seq % L
        d = tl.program_id(1) * BD + tl.arange(0, BD)
        n = tl.arange(0, N)
        m = d < D
        a = tl.load(A + d[:, None] * N + n[None, :], mask=m[:, None], other=0.0)
        h = tl.zeros([BD, N], dtype=tl.float32)
        for t in range(T):
            row = (b * T + t) * L + lane
            xv = tl.load(x + row * D + d, mask=m, other=0.0).to(tl.float32)
            dv = tl.load(dt + row * D + d, mask=m, other=0.0).to(tl.float32)
            bv = tl.load(B + row * N + n).to(tl.float32)
            cv = tl.load(C + row * N + n).to(tl.float32)
            h = tl.exp(dv[:, None] * a) * h + (dv * xv)[:, None] * bv[None, :]
            if SAVE:
                tl.store(H + (row * D + d)[:, None] * N + n[None, :], h.to(tl.bfloat16),
                         mask=m[:, None])
            tl.store(y + row * D + d, tl.sum(h * cv[None, :], axis=1), mask=m)

    @_tuned
    @triton.jit
    def _backward_kernel(x, dt, A, B, C, H, dy, dx, ddt, dA, dB, dC, T, L, D, R,
                         N: tl.constexpr, BD: tl.constexpr):
        seq = tl.program_id(0)
        part = tl.program_id(1)
        b = (seq // L).to(tl.int64)
        lane = seq % L
        d = part * BD + tl.arange(0, BD)
        n = tl.arange(0, N)
        m = d < D
        a = tl.load(A + d[:, None] * N + n[None, :], mask=m[:, None], other=0.0)
        dh = tl.zeros([BD, N], dtype=tl.float32)
        da = tl.zeros([BD, N], dtype=tl.float32)
        last = (b * T + T - 1) * L + lane
        h = tl.load(H + (last * D + d)[:, None] * N + n[None, :], mask=m[:, None],
                    other=0.0).to(tl.float32)
        for i in range(T):
            t = T - 1 - i
            row = (b * T + t) * L + lane
            before = row - L
            hp = tl.load(H + (before * D + d)[:, None] * N + n[None, :],
                         mask=m[:, None] & (t > 0), other=0.0).to(tl.float32)
            xv = tl.load(x + row * D + d, mask=m, other=0.0).to(tl.float32)
            dv = tl.load(dt + row * D + d, mask=m, other=0.0).to(tl.float32)
            bv = tl.load(B + row * N + n).to(tl.float32)
            cv = tl.load(C + row * N + n).to(tl.float32)
            g = tl.load(dy + row * D + d, mask=m, other=0.0).to(tl.float32)
            # B and C are shared by all channels: one partial sum a channel block, added outside.
            tl.store(dC + (part * R + row) * N + n, tl.sum(g[:, None] * h, axis=0))
            dh += g[:, None] * cv[None, :]
            e = tl.exp(dv[:, None] * a)
            de = dh * hp * e
            da += de * dv[:, None]
            du = tl.sum(dh * bv[None, :], axis=1)
            tl.store(dB + (part * R + row) * N + n, tl.sum(dh * (dv * xv)[:, None], axis=0))
            tl.store(ddt + row * D + d, tl.sum(de * a, axis=1) + du * xv, mask=m)
            tl.store(dx + row * D + d, du * dv, mask=m)
            dh = dh * e
            h = hp
        tl.store(dA + (seq * D + d)[:, None] * N + n[None, :], da, mask=m[:, None])

    _BLOCK_D = 32

    @library.custom_op("hiss::scan_forward", mutates_args=())
    def _scan_forward(x: torch.Tensor, dt: torch.Tensor, A: torch.Tensor, B: torch.Tensor,
                      C: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        b, T, L, D = x.shape
        N = A.shape[1]
        y = torch.empty(b, T, L, D, device=x.device, dtype=torch.float32)
        H = torch.empty(b, T, L, D, N, device=x.device, dtype=torch.bfloat16)
        _forward_kernel[(b * L, triton.cdiv(D, _BLOCK_D))](
            x, dt, A, B, C, y, H, T, L, D, N, _BLOCK_D, True)
        return y, H

    @_scan_forward.register_fake
    def _(x, dt, A, B, C):
        return (x.new_empty(x.shape, dtype=torch.float32),
                x.new_empty(*x.shape, A.shape[1], dtype=torch.bfloat16))

    @library.custom_op("hiss::scan_backward", mutates_args=())
    def _scan_backward(x: torch.Tensor, dt: torch.Tensor, A: torch.Tensor, B: torch.Tensor,
                       C: torch.Tensor, H: torch.Tensor, dy: torch.Tensor
                       ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor,
                                  torch.Tensor]:
        b, T, L, D = x.shape
        N = A.shape[1]
        parts = triton.cdiv(D, _BLOCK_D)
        dx = torch.empty(x.shape, device=x.device, dtype=torch.float32)
        ddt = torch.empty_like(dx)
        dB = torch.empty(parts, b, T, L, N, device=x.device, dtype=torch.float32)
        dC = torch.empty_like(dB)
        dA = torch.empty(b * L, D, N, device=x.device, dtype=torch.float32)
        _backward_kernel[(b * L, parts)](
            x, dt, A, B, C, H, dy, dx, ddt, dA, dB, dC, T, L, D, b * T * L, N, _BLOCK_D)
        return dx.to(x.dtype), ddt.to(dt.dtype), dA.sum(0), dB.sum(0).to(B.dtype), \
            dC.sum(0).to(C.dtype)

    @_scan_backward.register_fake
    def _(x, dt, A, B, C, H, dy):
        return (torch.empty_like(x), torch.empty_like(dt), torch.empty_like(A),
                torch.empty_like(B), torch.empty_like(C))

    def _setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs, output[1])

    def _backward(ctx, dy, _):
        x, dt, A, B, C, H = ctx.saved_tensors
        return _scan_backward(x, dt, A, B, C, H, dy.contiguous())

    _scan_forward.register_autograd(_backward, setup_context=_setup_context)


def scan(x, dt, A, B, C):
    """Selective scan; shapes as in `scan_reference`."""
    if triton is not None and x.is_cuda:
        return _scan_forward(x.contiguous(), dt.contiguous(), A.contiguous().float(),
                             B.contiguous(), C.contiguous())[0]
    return scan_reference(x, dt, A, B, C)


def check(device="cuda"):
    """Prints relative errors of the Triton kernels against the plain recurrence."""
    torch.manual_seed(0)
    b, T, L, D, N = 2, 60, 5, 72, 16
    leaves = [torch.randn(b, T, L, D, device=device),
              torch.rand(b, T, L, D, device=device) * 0.2,
              -torch.arange(1, N + 1.0, device=device).repeat(D, 1),
              torch.randn(b, T, L, N, device=device), torch.randn(b, T, L, N, device=device)]
    for v in leaves:
        v.requires_grad_()
    w = torch.randn(b, T, L, D, device=device)
    out_ref, out = scan_reference(*leaves), scan(*leaves)
    print("scan forward error %.2e" % ((out - out_ref).norm() / out_ref.norm()).item())
    ref = torch.autograd.grad((out_ref * w).sum(), leaves)
    got = torch.autograd.grad((out * w).sum(), leaves)
    for name, r, g in zip(("x", "dt", "A", "B", "C"), ref, got):
        print("scan gradient of %-2s error %.2e" % (name, ((r - g).norm() / r.norm()).item()))


if __name__ == "__main__":
    check()
