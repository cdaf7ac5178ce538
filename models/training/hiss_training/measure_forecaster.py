# SPDX-License-Identifier: Apache-2.0
"""How well a forecaster forecasts series of the tuning sets that it was not trained on.

    python3 -m hiss_training.measure_forecaster --model ../weights/forecaster.safetensors \\
        --tuning TUNING_DIR [--rows 20000]

Pinball loss in usual steps, mean over the nine quantiles and the second half of each series, beside two
that know the first half: persistence with the quantiles of the changes there, and an AR(16) of each
horizon fitted there by least squares, with the quantiles of its residuals. Prints one JSON object.
"""
from __future__ import annotations

import argparse
import json
import pathlib

import numpy as np
import torch

from .forecaster import HORIZONS, QUANTILES, Forecaster, features, load_forecaster
from .series import streaming_scale, tuning_series

TAPS = 16
MOST = 50.0    # usual steps, as in training
SKIPPED = 1000  # first rows, in which the scale is new
TOGETHER = 12   # series, which take a gigabyte


def pinball(t, quantiles) -> float:
    tau, e = np.array(QUANTILES), t[:, None] - quantiles
    return float(np.maximum(tau * e, (tau - 1) * e).mean())


def pieces(tuning: pathlib.Path, rows: int):
    """(z, usual) of the first `rows` of each held-out series."""
    for name in ("wsd", "kpi_train"):
        for _, x, _ in tuning_series(tuning / f"{name}.npz", held_out=True):
            if len(x) >= rows and np.ptp(x[:rows]) > 0:
                yield streaming_scale(np.nan_to_num(x[:rows]))[:2]


def rivals(z, usual, h):
    """Targets of the second half with the quantiles of persistence and of the AR model."""
    m = len(z) - h
    t = np.clip((z[h:] - z[:-h]) / usual[:-h], -MOST, MOST)
    lags = np.stack([z - np.roll(z, j) for j in range(1, TAPS + 1)], 1) / usual[:, None]
    design = np.c_[np.clip(lags, -MOST, MOST), np.ones(len(z))][:m]
    first, second = slice(SKIPPED, m // 2), slice(m // 2, m)
    gram = design[first].T @ design[first] + 1e-3 * np.eye(TAPS + 1)
    mean = design @ np.linalg.solve(gram, design[first].T @ t[first])
    spread = np.quantile(t[first] - mean[first], QUANTILES)
    return second, t[second], np.quantile(t[first], QUANTILES)[None], mean[second, None] + spread


@torch.no_grad()
def measure(net: Forecaster, tuning: pathlib.Path, rows: int) -> dict:
    scaled = list(pieces(tuning, rows))
    forecasts = []
    for first in range(0, len(scaled), TOGETHER):
        z, usual = (torch.from_numpy(np.stack(v)) for v in zip(*scaled[first:first + TOGETHER]))
        none = torch.zeros_like(z)
        u = features(z, torch.diff(z, dim=1, prepend=z[:, :1]), usual.log(), none, none)
        forecasts.append(net(u)[0].numpy())
    forecasts = np.concatenate(forecasts)
    figures = {"series": len(scaled)}
    for i, h in enumerate(HORIZONS):
        losses, inside = [], []
        for (a, b), q in zip(scaled, forecasts[:, :, i]):
            second, t, naive, ar = rivals(a.astype(float), b.astype(float), h)
            losses.append([pinball(t, q[second]), pinball(t, naive), pinball(t, ar)])
            inside.append(np.mean((t >= q[second, 0]) & (t <= q[second, -1])))
        mean = np.mean(losses, 0)
        figures[f"{h} ahead"] = {
            "forecaster": f"{mean[0]:.3f}", "persistence": f"{mean[1]:.3f}",
            f"AR({TAPS})": f"{mean[2]:.3f}", "between 1 % and 99 %": f"{np.mean(inside):.4f}",
            f"series better than AR({TAPS})": f"{sum(a < c for a, _, c in losses)}"}
    return figures


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--model", required=True)
    p.add_argument("--tuning", required=True)
    p.add_argument("--rows", type=int, default=20000)
    args = p.parse_args()
    print(json.dumps(measure(load_forecaster(args.model).eval(), pathlib.Path(args.tuning), args.rows),
                     indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
