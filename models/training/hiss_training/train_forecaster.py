# SPDX-License-Identifier: Apache-2.0
"""Trains the forecaster of sensor channels on packed series (hiss_training.series), on a GPU or a CPU.

    python3 -m hiss_training.train_forecaster --data PACK.npz --config configs/forecaster.json \\
        --minutes 20 --out RUN [--resume RUN/checkpoint.pt]

The checkpoint is written every minute and replaced as a whole; --minutes counts from the start.
"""
from __future__ import annotations

import argparse
import contextlib
import copy
import dataclasses
import json
import math
import os
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F

from .forecaster import HORIZONS, QUANTILES, ForecastConfig, Forecaster, features

GAP, MOST_GAP = .002, 60  # share of rows after a gap, in spoiled streams, and its rows
MISSING = .002            # share of rows that begin a run of 9 missing ones
FOUND_WEIGHT = 5.0        # of an anomalous row beside one that is not


class Batches:
    """Pieces of packed series with gaps, missing rows and either sign, made on the device."""

    def __init__(self, path, device, rows):
        d = np.load(path)
        n = int(d["starts"][-1])
        self.z = torch.from_numpy(d["z"]).to(device)
        self.s = torch.from_numpy(d["s"]).to(device)
        self.y = torch.from_numpy(np.unpackbits(d["y"])[:n]).to(device)
        starts = torch.from_numpy(d["starts"]).to(device)
        self.begin, self.length = starts[:-1], starts[1:] - starts[:-1]
        self.rows = rows

    def draw(self, b):
        """(features [b, rows, FEATURES], targets [b, rows, horizon] in usual steps, labels [b, rows])."""
        dev, far, n = self.z.device, max(HORIZONS), self.rows
        need = n + far
        q = torch.randint(len(self.begin), (b,), device=dev)
        room = (self.length[q] - need).clamp_min(0)
        # From the start in three of ten, where the scale is still new.
        offset = (torch.rand(b, device=dev) * (room + 1)).long() * (torch.rand(b, device=dev) < .7)
        gaps = (torch.rand(b, need, device=dev) < GAP) * torch.randint(1, MOST_GAP, (b, need), device=dev)
        step = 1 + gaps * (torch.rand(b, 1, device=dev) < .3)
        step[:, 0] = 0
        at = offset[:, None] + step.cumsum(1)
        at = torch.minimum(at, self.length[q][:, None] - 1) + self.begin[q][:, None]
        z, s, y = self.z[at].float(), self.s[at].float(), self.y[at]
        z = z * ((torch.rand(b, 1, device=dev) < .5).float() * 2 - 1)
        missing = (torch.rand(b, need, device=dev) < MISSING).float()
        missing = F.max_pool1d(missing[:, None], 9, 1, 4)[:, 0] * (torch.rand(b, 1, device=dev) < .2)
        missing[:, 0] = 0
        rows = torch.arange(need, device=dev).expand(b, -1)
        held = z.gather(1, torch.where(missing > 0, torch.zeros_like(at), rows).cummax(1)[0])
        jump = torch.zeros_like(held)
        jump[:, 1:] = held[:, 1:] - held[:, :-1]
        u = features(held, jump, s, missing, step.clamp_min(1).float().log())
        usual = s[:, :n].exp()
        t = torch.stack([(z[:, h:h + n] - held[:, :n]) / usual for h in HORIZONS], -1)
        return u[:, :n], t.clamp(-50, 50), y[:, :n].float()


def pinball(t, quantiles):
    """t [..., horizon], quantiles [..., horizon, quantile] -> mean over the quantiles [..., horizon]."""
    tau = torch.tensor(QUANTILES, device=t.device, dtype=t.dtype)
    e = t.unsqueeze(-1) - quantiles
    return torch.maximum(tau * e, (tau - 1) * e).mean(-1)


def loss_of(net, u, t, y, amp):
    """(loss of the quantiles, of the finder, pinball of each horizon)."""
    with torch.autocast("cuda", torch.bfloat16) if amp else contextlib.nullcontext():
        quantiles, logit = net(u)
    pin = pinball(t, quantiles)
    # Rows far from their usual step count as their logarithm does.
    weight = 1 / (1 + t.abs() / 10)
    found = F.binary_cross_entropy_with_logits(
        logit, y, pos_weight=torch.tensor(FOUND_WEIGHT, device=u.device))
    return (pin * weight).mean() * 2, found, pin.mean((0, 1))


class Run:
    """Network, its average over the steps and the optimiser."""

    def __init__(self, cfg: ForecastConfig, device, lr: float, resume: str | None):
        self.net = Forecaster(cfg).to(device)
        self.ema = copy.deepcopy(self.net)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=lr, betas=(.9, .99),
                                           weight_decay=.01)
        self.cfg, self.lr, self.step, self.first = cfg, lr, 0, 0
        if resume:
            state = torch.load(resume, map_location=device)
            self.ema.load_state_dict(state["ema"])
            self.net.load_state_dict(state.get("net", state["ema"]))
            if "optimiser" in state:
                self.optimiser.load_state_dict(state["optimiser"])
            self.step = self.first = state["step"]

    def update(self, loss, done: float) -> None:
        """One step of AdamW; `done` is the share of the schedule, a cosine after a short rise."""
        rise = min(1, (self.step - self.first + 1) / 300)
        for group in self.optimiser.param_groups:
            group["lr"] = self.lr * rise * (.01 + .99 * .5 * (1 + math.cos(math.pi * done)))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if torch.isfinite(torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)):
            self.optimiser.step()
        self.step += 1
        keep = min(.999, (self.step - self.first) / (self.step - self.first + 9))
        with torch.no_grad():
            for mean, value in zip(self.ema.parameters(), self.net.parameters()):
                mean.lerp_(value, 1 - keep)

    def save(self, path: pathlib.Path) -> None:
        part = path.with_suffix(".part")
        torch.save({"config": dataclasses.asdict(self.cfg), "net": self.net.state_dict(),
                    "ema": self.ema.state_dict(), "optimiser": self.optimiser.state_dict(),
                    "step": self.step}, part)
        os.replace(part, path)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--data", required=True)
    p.add_argument("--config", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--minutes", type=float, default=5)
    p.add_argument("--steps", type=int, default=0, help="in place of --minutes")
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--rows", type=int, default=2048, help="of a piece")
    p.add_argument("--lr", type=float, default=3e-3)
    p.add_argument("--find-weight", type=float, default=0.3)
    p.add_argument("--log-every", type=int, default=200)
    p.add_argument("--resume", metavar="CHECKPOINT")
    a = p.parse_args()
    born = time.time()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    cuda = device.type == "cuda"
    torch.manual_seed(1)
    run = Run(ForecastConfig.load(a.config), device, a.lr, a.resume)
    data = Batches(a.data, device, a.rows)
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    net = torch.compile(run.net) if cuda else run.net
    total, mark, saved = torch.zeros(2 + len(HORIZONS), device=device), time.time(), time.time()
    while True:
        steps = run.step - run.first
        done = steps / a.steps if a.steps else (time.time() - born) / 60 / a.minutes
        if done >= 1:
            break
        pin, found, each = loss_of(net, *data.draw(a.batch), cuda)
        run.update(pin + a.find_weight * found, done)
        total += torch.stack([pin.detach(), found.detach(), *each.detach()])
        if (steps + 1) % a.log_every == 0:
            m = [round(v, 4) for v in (total / a.log_every).tolist()]
            total.zero_()
            line = json.dumps({"step": run.step, "pin": m[0], "found": m[1],
                               **{f"h{h}": v for h, v in zip(HORIZONS, m[2:])},
                               "per_s": round(a.log_every / (time.time() - mark), 2)})
            mark = time.time()
            print(line, flush=True)
            with open(out / "train.log", "a", encoding="utf-8") as log:
                log.write(line + "\n")
        if time.time() - saved > 60:
            run.save(out / "checkpoint.pt")
            saved = time.time()
    run.save(out / "checkpoint.pt")


if __name__ == "__main__":
    main()
