# SPDX-License-Identifier: Apache-2.0
"""What models/anomaly/forecast_expert.cpp makes of one channel, in NumPy, up to the tails: to hold the
engine to it and to find out what is worth making evidence of."""
from __future__ import annotations

import numpy as np
import torch

from .forecaster import HORIZONS, QUANTILES, features
from .series import streaming_scale

SETTLING = 64    # rows of the channel before its forecasts count
BAND_ROWS = 16   # before there is a band
LEAST_TAIL = 1e-4
FAR = 20.0       # surprise beyond this grows as its logarithm
SMOOTHING = 10.0  # rows that surprise is smoothed over


def surprise(quantiles, value):
    """-ln of twice the share of outcomes as far or farther out on its side. quantiles [n, quantile],
    value [n] -> [n]. Linear between quantiles, exponential beyond the outer ones; beyond
    FAR it grows as its logarithm, for no tail is known so far out."""
    tau = np.array(QUANTILES)
    n = len(value)
    i = np.clip((value[:, None] > quantiles[:, 1:-1]).sum(1), 0, len(tau) - 2)
    rows = np.arange(n)
    left, width = quantiles[rows, i], quantiles[rows, i + 1] - quantiles[rows, i]
    place = np.where(width > 0, (value - left) / np.where(width > 0, width, 1), .5)
    below = tau[i] + (tau[i + 1] - tau[i]) * np.clip(place, 0, 1)
    inner = -np.log(2 * np.minimum(below, 1 - below))
    fall, outer = np.log(tau[1] / tau[0]), -np.log(2 * tau[0])
    above = value - quantiles[:, -1]
    under = quantiles[:, 0] - value
    high = np.maximum(quantiles[:, -1] - quantiles[:, -2], LEAST_TAIL)
    low = np.maximum(quantiles[:, 1] - quantiles[:, 0], LEAST_TAIL)
    s = np.where(above > 0, outer + fall * above / high,
                 np.where(under > 0, outer + fall * under / low, inner))
    return np.where(s > FAR, FAR * (1 + np.log(np.maximum(s, FAR) / FAR)), s)


def smooth(x, present, rows):
    """Exponential mean over the rows that are present; it stands still at the others."""
    out, y = np.zeros(len(x)), 0.0
    for t in range(len(x)):
        if present[t]:
            y += (x[t] - y) / rows
        out[t] = y
    return out


@torch.no_grad()
def watch(net, x, missing=None, log_step=None):
    """A Forecaster over x [n], the first of which is there -> dict of arrays over the rows: low, high
    (NaN: no band), surprise [n, horizon] (NaN: not judged), smoothed [n] at the next row, logit."""
    n = len(x)
    missing = np.zeros(n, bool) if missing is None else missing
    log_step = np.zeros(n) if log_step is None else log_step
    present = ~missing
    seen = present.cumsum()  # rows of the channel until now
    last = seen - 1          # index among them of the newest
    z, usual, mean, deviation = streaming_scale(np.asarray(x, np.float64)[present])
    held, step = z[last].astype(np.float64), usual[last].astype(np.float64)
    u = features(*(torch.from_numpy(np.asarray(v, np.float32)) for v in (
        held, np.diff(held, prepend=held[0]), np.log(step), missing, log_step)))
    u = u.to(next(net.parameters()).dtype)
    quantiles, logit = (v[0].double().numpy() for v in net(u[None]))
    forecasts = held[:, None, None] + step[:, None, None] * quantiles

    # Row t against the scale that held after row t - 1.
    before = np.maximum(np.concatenate([[0], seen[:-1]]) - 1, 0)
    relative = (np.asarray(x, np.float64) - mean[before]) / deviation[before]
    known = np.concatenate([[0], seen[:-1]])
    out = {"surprise": np.full((n, len(HORIZONS)), np.nan), "logit": logit}
    for i, h in enumerate(HORIZONS):
        rows = np.flatnonzero(present & (known >= SETTLING))
        out["surprise"][rows, i] = surprise(forecasts[rows - h, i], relative[rows])
    judged = ~np.isnan(out["surprise"][:, 0])
    out["smoothed"] = smooth(out["surprise"][:, 0], judged, SMOOTHING)
    band = np.flatnonzero(known >= BAND_ROWS)
    for name, q in (("low", 0), ("high", -1)):
        out[name] = np.full(n, np.nan)
        out[name][band] = mean[before[band]] + forecasts[band - 1, 0, q] * deviation[before[band]]
    return out
