# SPDX-License-Identifier: Apache-2.0
"""Made series with labelled anomalies, in the manner of public archives that are held out and never
read here: a cycle that is wrong, repeated odd heartbeats, splices in a chaotic series, telemetry,
machines with many channels. A seed gives the same series for ever.

    wrong_cycle_series(seed) -> values [rows, channels], labels [rows]
"""
from __future__ import annotations

import numpy as np


def wave_shape(r, period: int) -> np.ndarray:
    """One cycle [period], mean 0, deviation 1: a few harmonics, at times with pulses."""
    t = np.arange(period) / period
    shape = sum(r.normal() / (k + 1) * np.sin(2 * np.pi * (k + 1) * t + r.uniform(0, 6.3))
                for k in range(r.integers(2, 8)))
    if r.random() < .5:
        for _ in range(r.integers(1, 4)):
            shape = shape + r.normal() * 2 * np.exp(-((t - r.random()) / r.uniform(.01, .06)) ** 2)
    return (shape - shape.mean()) / shape.std()


def wrong_cycle(r, cycle: np.ndarray) -> np.ndarray:
    """The cycle reversed, scaled, held for a while, blurred or noisy, stretched, shifted, with a
    small spike, or upside down."""
    kind = r.integers(0, 8)
    n = len(cycle)
    if kind == 0:
        return cycle[::-1]
    if kind == 1:
        return cycle * r.choice([.5, 1.5])
    if kind == 2:
        first = int(n * r.uniform(.2, .6))
        out = cycle.copy()
        out[first:first + n // 4] = out[first]
        return out
    if kind == 3:
        if r.random() < .5:
            return np.convolve(np.pad(cycle, 10, mode="wrap"), np.ones(9) / 9, "same")[10:-10]
        return cycle + .4 * r.normal(size=n)
    if kind == 4:
        long = int(n * r.choice([.7, 1.35]))
        return np.interp(np.linspace(0, 1, long), np.linspace(0, 1, n), cycle)
    if kind == 5:
        return np.roll(cycle, n // 3)
    if kind == 6:
        first = int(n * r.uniform(.2, .8))
        out = cycle.copy()
        out[first:first + 3] += r.choice([-1, 1]) * r.uniform(1, 2)
        return out
    return -cycle


def wrong_cycle_series(seed: int):
    """6,000 to 20,000 rows of a repeated shape, one cycle of which is wrong, after the first third."""
    r = np.random.default_rng([20261122, 1, seed])
    period, rows = int(r.integers(40, 320)), int(r.integers(6000, 20000))
    shape = wave_shape(r, period)
    jitter, breath = r.choice([0, .01, .03]), r.choice([0, .03, .1])
    cycles, long = [], 0
    while long < rows:
        n = max(12, int(period * (1 + jitter * r.normal())))
        cycles.append(np.interp(np.linspace(0, 1, n, endpoint=False), np.arange(period) / period,
                                shape, period=1) * (1 + breath * r.normal()))
        long += n
    k = int(r.integers(len(cycles) // 3, len(cycles) - 2))
    first = sum(map(len, cycles[:k]))
    cycles[k] = wrong_cycle(r, cycles[k])
    x = np.concatenate(cycles)
    labels = np.zeros(len(x), np.uint8)
    labels[first:first + len(cycles[k])] = 1
    x = x + r.choice([.01, .05, .15]) * r.normal(size=len(x))
    if r.random() < .3:
        x += np.cumsum(r.normal(size=len(x))) * .01
    return x[:, None], labels


def odd_beats_series(seed: int, rows: int = 30000):
    """Beats of a heart, some (0.5 to 12 % by series) early and of another form, with a pause."""
    r = np.random.default_rng([20261122, 2, seed])
    period, rate = int(r.integers(90, 220)), r.choice([.005, .02, .06, .12])
    broad, height = r.random() < .67, r.choice([1.2, -1., .8])
    waves = {"usual": [(.2, .03, .15), (.3, .012, -.12), (.33, .012, 1), (.36, .012, -.25),
                       (.6, .05, .3)],
             "broad": [(.3, .05, 1.1 * height), (.45, .06, -.6)],
             "early": [(.26, .03, .15), (.3, .012, -.1), (.33, .012, .9), (.36, .012, -.2),
                       (.6, .05, .25)]}
    parts, labels, long, breath = [], [], 0, 0.0
    while long < rows:
        odd = bool(r.random() < rate and long > 3000)
        breath += .4
        n = int(period * (1 + .04 * np.sin(breath) + .02 * r.normal()) * (.72 if odd else 1))
        t = np.arange(n) / n
        beat = sum(a * np.exp(-((t - c) / w) ** 2)
                   for c, w, a in waves[("broad" if broad else "early") if odd else "usual"])
        pause = int(period * .2) if odd else 0
        parts += [beat * (1 + .05 * r.normal()), np.zeros(pause)]
        labels += [np.full(n, odd, np.uint8), np.zeros(pause, np.uint8)]
        long += n + pause
    x = np.concatenate(parts)[:rows]
    x = x + .1 * np.sin(2 * np.pi * np.arange(rows) / (period * 4.3))
    return (x + r.choice([.01, .03, .06]) * r.normal(size=rows))[:, None], \
        np.concatenate(labels)[:rows]


def mackey_glass(r, rows: int) -> np.ndarray:
    """x' = 0.25 x(t - 18) / (1 + x(t - 18)^10) - 0.1 x, a row each unit of time, steps of 0.1."""
    delay, settle = 180, 5000
    x = np.zeros(rows * 10 + delay + settle)
    x[:delay + 1] = 1.2 * r.uniform(.6, 1.2)
    for t in range(delay, len(x) - 1):
        past = x[t - delay]
        x[t + 1] = x[t] + .1 * (.25 * past / (1 + past ** 10) - .1 * x[t])
    return x[delay + settle::10][:rows]


def splices_series(seed: int, rows: int = 20000, count: int = 4):
    """A chaotic series with pieces cut out where the ends have about the same value and slope."""
    r = np.random.default_rng([20261122, 3, seed])
    x = mackey_glass(r, rows + 340 * count)
    places = []
    for cut in sorted(r.integers(4000, rows - 500, count)):
        ends = np.arange(cut + 30, cut + 330)
        gap = (x[ends] - x[cut]) ** 2 + 8 * (x[ends] - x[ends - 1] - x[cut] + x[cut - 1]) ** 2
        end = ends[np.argmin(gap)]
        x = np.concatenate([x[:cut], x[end:]])
        places.append(cut)
    x = x[:rows] + r.uniform(-1, 1, rows) * r.choice([0, .005, .01])
    labels = np.zeros(rows, np.uint8)
    for cut in places:
        labels[cut - 5:cut + 15] = 1
    return x[:, None], labels


def wander(r, rows: int, memory: float) -> np.ndarray:
    """An AR(1) series of deviation 1."""
    noise = r.normal(size=rows) * np.sqrt(1 - memory * memory)
    out = np.empty(rows)
    last = 0.0
    for t in range(rows):
        last = out[t] = memory * last + noise[t]
    return out


def telemetry_series(seed: int, rows: int = 8000, commands: int = 0):
    """A channel of telemetry (square waves, tones, wander, modes, ramps; at times quantised) with one
    to three disturbances of 10 to 400 rows, and as many channels of unrelated commands, 0 or 1."""
    r = np.random.default_rng([20261122, 4, seed])
    t = np.arange(rows)
    kind = r.integers(0, 6)
    if kind == 0:
        x = np.sign(np.sin(2 * np.pi * t / r.integers(60, 600))) + .02 * r.normal(size=rows)
    elif kind == 1:
        x = np.sin(2 * np.pi * t / r.integers(40, 400)) + .05 * r.normal(size=rows)
        x += .3 * np.sin(2 * np.pi * t / r.integers(10, 60))
    elif kind == 2:
        x = wander(r, rows, .95) * .3
    elif kind == 3:
        x = np.zeros(rows)
        first = 0
        while first < rows:
            x[first:] = r.choice([-1, 0, .4, 1])
            first += int(r.integers(50, 400))
        x += .03 * r.normal(size=rows)
    elif kind == 4:
        x = np.cumsum(r.normal(size=rows)) * .02
        x -= np.linspace(x[0], x[-1], rows)
    else:
        x = np.clip(np.mod(t / r.integers(80, 300), 1) * 2 - 1 + .02 * r.normal(size=rows), -1, 1)
    steps = r.choice([0, 64, 256])
    labels = np.zeros(rows, np.uint8)
    deviation, mean = x[:2500].std(), x[:2500].mean()
    for _ in range(int(r.integers(1, 4))):
        first, long = int(r.integers(2500, rows - 600)), int(r.choice([10, 50, 150, 400]))
        span = slice(first, first + long)
        labels[span] = 1
        kind = r.integers(0, 5)
        if kind == 0:
            x[span] = x[first] + .005 * r.normal(size=long)
        elif kind == 1:
            x[span] += deviation * r.uniform(.7, 3) * r.choice([-1, 1])
        elif kind == 2:
            x[span] += deviation * r.uniform(.3, 1) * r.normal(size=long)
        elif kind == 3:
            x[span] = np.interp(np.arange(long) * r.choice([.5, 1.7]), np.arange(long), x[span])
        else:
            x[span] = mean + (x[span] - mean) * r.choice([.2, 1.8])
    if steps:
        x = np.round(x * steps) / steps
    out = np.zeros((rows, 1 + commands))
    out[:, 0] = x
    for c in range(1, 1 + commands):
        if r.random() < .4:
            continue  # a command that is never given
        pause, first = r.choice([100, 400, 1500]), int(r.integers(0, 300))
        while first < rows:
            long = int(r.integers(1, 20))
            out[first:first + long, c] = 1
            first += int(r.exponential(pause)) + long
    return out, labels


def machine_series(seed: int, rows: int = 12000, channels: int = 38):
    """A server a minute a row: channels that follow a daily load, wander, count, burst or stay 0, and
    five to eleven incidents of 5 to 250 rows in two to eleven of them."""
    r = np.random.default_rng([20261122, 5, seed])
    t, day = np.arange(rows), 1440
    load = np.maximum(0, 1 + .6 * np.sin(2 * np.pi * t / day + r.uniform(0, 6)) +
                      .3 * np.sin(4 * np.pi * t / day) + .25 * wander(r, rows, .98) +
                      .1 * r.normal(size=rows))
    x = np.zeros((rows, channels))
    for c, kind in enumerate(r.choice(6, channels, p=[.3, .15, .15, .15, .15, .1])):
        if kind == 0:
            x[:, c] = r.uniform(.2, 2) * load + .1 * r.uniform(.3, 2) * r.normal(size=rows)
        elif kind == 1:
            x[:, c] = wander(r, rows, r.choice([.9, .99, .999]))
        elif kind == 2:
            x[:, c] = (r.random(rows) < r.choice([.001, .01, .05])) * r.exponential(1, rows)
        elif kind == 4:
            x[:, c] = np.round(load * r.choice([2, 5, 20]) + .3 * r.normal(size=rows))
        elif kind == 5:
            x[:, c] = wander(r, rows, .5) ** 2 * load
    labels = np.zeros(rows, np.uint8)
    for _ in range(int(r.integers(5, 12))):
        first, long = int(r.integers(3000, rows - 400)), int(r.choice([5, 15, 40, 100, 250]))
        span = slice(first, first + long)
        labels[span] = 1
        for c in r.choice(channels, min(int(r.integers(2, 12)), channels), replace=False):
            deviation, kind = x[:3000, c].std() or .3, r.integers(0, 5)
            if kind == 0:
                x[span, c] += r.uniform(1.5, 6) * deviation * r.choice([-1, 1])
            elif kind == 1:
                x[span, c] += deviation * r.uniform(1, 3) * r.normal(size=long)
            elif kind == 2:
                x[span, c] = x[first, c]
            elif kind == 3:
                x[span, c] += np.linspace(0, r.uniform(2, 6) * deviation, long)
            else:
                x[span, c] *= r.choice([0, 2, 3])
    return x, labels


def clean_series(seed: int, rows: int = 40000):
    """Nothing happens in it: white, autoregressive, heavy-tailed or bursty noise, tones, a load with
    a daily course, a slow drift. For the share of false alarms only."""
    r = np.random.default_rng([20261122, 6, seed])
    t, kind = np.arange(rows), seed % 7
    if kind == 0:
        x = r.normal(size=rows)
    elif kind == 1:
        x = wander(r, rows, .95)
    elif kind == 2:
        x = r.standard_t(3, rows)
    elif kind == 3:
        x = np.sin(2 * np.pi * t / r.integers(30, 300)) + .1 * r.normal(size=rows)
    elif kind == 4:
        x = 1 + .6 * np.sin(2 * np.pi * t / 1440) + .1 * wander(r, rows, .9)
    elif kind == 5:
        x = np.exp(.5 * wander(r, rows, .99)) * r.normal(size=rows)
    else:
        x = wander(r, rows, .5) + t / rows * 5
    return x[:, None], np.zeros(rows, np.uint8)


# name -> (generator, series that the evaluation takes, seconds a row)
FAMILIES = {
    "wrong cycle": (wrong_cycle_series, 100, 0.01),
    "odd beats": (odd_beats_series, 16, 0.004),
    "splices": (splices_series, 12, 1.0),
    "telemetry": (telemetry_series, 60, 60.0),
    "telemetry 25 ch": (lambda seed: telemetry_series(seed, commands=24), 8, 60.0),
    "machine 38 ch": (machine_series, 4, 60.0),
    "clean": (clean_series, 28, 60.0),
}
