# SPDX-License-Identifier: Apache-2.0
"""Series to train the forecaster on: public tuning sets and generators, some with anomalies put in,
on the streaming scale that the detector uses.

    python3 -m hiss_training.series --tuning TUNING_DIR --out PACK.npz [--held-out --seed 2]

TUNING_DIR holds wsd.npz and kpi_train.npz: NAME.x the values, NAME.y the packed labels of each series.
Every fifth series is left out, to measure with (--held-out packs those alone). With numba this takes minutes, without it hours.
"""
from __future__ import annotations

import argparse

import numpy as np

try:
    from numba import njit
except ImportError:
    def njit(f):
        return f

EFFECTIVE = 2000.0  # rows that the running mean and deviation look back on
STEP_ROWS = 200.0   # rows that the usual step looks back on
MOST_Z = 10.0       # the scaled value is clipped to this
BELIEVED_ROWS = 30   # in a row far from the mean, and it follows
MOST_FAR_ROWS = 500
HELD_OUT = 5        # every fifth series of the tuning sets is not trained on
POOLS = (1, 5, 15)  # rows taken together: the same series at other sample rates


@njit
def streaming_scale(x):
    """x [n] -> (z [n], usual [n], mean [n], deviation [n]): the value on the running scale that held
    before it was seen, clipped to MOST_Z; the usual step of z and the running mean and deviation with
    this row. Row t depends on rows up to t. The twin is models/anomaly/forecast_scale.h."""
    n = len(x)
    z = np.zeros(n, np.float32)
    usual = np.zeros(n, np.float32)
    mean = np.zeros(n)
    deviation = np.zeros(n)
    m = x[0]
    v = 0.0
    step = 0.0
    before = 0.0
    far = 0
    for t in range(n):
        c = t + 1.0
        sd = np.sqrt(v) + 1e-30 + 1e-6 * abs(m)
        value = 0.0 if t == 0 else (x[t] - m) / sd
        value = min(max(value, -MOST_Z), MOST_Z)
        z[t] = value
        d = abs(value - before) if t else 0.0
        if c > 50:  # one leap does not make leaps usual
            d = min(d, 8 * step + 1e-3)
        step += max(1 / c, 1 / STEP_ROWS) * (d - step)
        usual[t] = max(step, 1e-3)
        before = value
        d = x[t] - m
        far = min(far + 1, MOST_FAR_ROWS) if abs(d) > 6 * sd else 0
        if c > 50 and far:
            # A wrong reading, however large, is one step of six deviations; what stays is believed
            # after a while. A channel that stood still has none, and is believed the second time.
            most = 6 * sd
            if np.sqrt(v) < 10 * (1e-30 + 1e-6 * abs(m)) and far > 1:
                most = max(most, .02 * abs(d))
            if far > BELIEVED_ROWS:
                most *= 4.0 ** (far - BELIEVED_ROWS)
            d = min(max(d, -most), most)
        k = max(1 / c, 1 / EFFECTIVE)
        m += k * d
        v = (1 - k) * (v + k * d * d)
        mean[t] = m
        deviation[t] = np.sqrt(v) + 1e-30 + 1e-6 * abs(m)
    return z, usual, mean, deviation


def waves(r, n):
    t = np.arange(n)
    x = np.zeros(n)
    for _ in range(r.integers(1, 4)):
        p = np.exp(r.uniform(np.log(8), np.log(1500)))
        phase = r.uniform(0, 6.3)
        a, breathes = r.uniform(.2, 1), r.random() < .3
        a = a * (1 + breathes * .5 * np.sin(2 * np.pi * t / (p * r.uniform(5, 9))))
        w = np.sin(2 * np.pi * t / p + phase)
        q = r.random()
        if q < .2:
            w = np.sign(w)
        elif q < .3:
            w = np.maximum(w, 0) ** 2
        elif q < .4:
            w = (t / p + phase) % 1
        x += a * w
    return x


def shapes(r, n):
    """One random shape over and over, as a heartbeat is."""
    period = int(np.exp(r.uniform(np.log(20), np.log(500))))
    t = np.arange(period) / period
    shape = sum(r.normal() / (k + 1) * np.sin(2 * np.pi * (k + 1) * t + r.uniform(0, 6.3))
                for k in range(r.integers(2, 8)))
    for _ in range(r.integers(0, 4)):
        shape += r.normal() * 2 * np.exp(-((t - r.random()) / r.uniform(.01, .06)) ** 2)
    shape /= shape.std() + 1e-9
    jitter, amplitude = r.choice([0, .01, .03]), r.choice([0, .03, .1])
    cycles, length = [], 0
    while length < n:
        p = max(8, int(period * (1 + jitter * r.normal())))
        cycle = np.interp(np.linspace(0, 1, p, endpoint=False), t, shape, period=1)
        cycles.append(cycle * (1 + amplitude * r.normal()))
        length += p
    return np.concatenate(cycles)[:n]


def autoregressive(r, n):
    e = r.standard_t(r.choice([3, 5, 30]), n)
    x = np.zeros(n)
    if r.random() < .5:
        a = 1 - np.exp(r.uniform(np.log(1e-3), np.log(.9)))
        for t in range(1, n):
            x[t] = a * x[t - 1] + e[t]
    else:
        radius, w = 1 - np.exp(r.uniform(np.log(1e-3), np.log(.3))), r.uniform(.01, 1.5)
        for t in range(2, n):
            x[t] = 2 * radius * np.cos(w) * x[t - 1] - radius * radius * x[t - 2] + e[t]
    return x / (x.std() + 1e-9)


def smooth_noise(r, n):
    """A draw of a Gaussian process, near enough."""
    x, t = np.zeros(n), np.arange(n)
    length = np.exp(r.uniform(np.log(5), np.log(400)))
    for _ in range(40):
        x += np.cos(t * r.normal() / length + r.uniform(0, 6.3))
    return x / 6


def regimes(r, n):
    x, t = np.zeros(n), 0
    levels = r.normal(size=r.integers(2, 5)) * 2
    while t < n:
        k = int(r.exponential(np.exp(r.uniform(np.log(20), np.log(600))))) + 3
        x[t:t + k] = r.choice(levels)
        t += k
    return x


def counts(r, n):
    rate = np.exp(waves(r, n) * r.uniform(.2, 1.2) + r.uniform(-1, 4))
    return r.poisson(np.minimum(rate, 1e6)).astype(float)


def bursts(r, n):
    x = np.zeros(n)
    p = int(np.exp(r.uniform(np.log(15), np.log(600))))
    jitter = r.choice([0, .02, .2])
    t = r.integers(0, p)
    while t < n:
        k = int(r.uniform(1, max(2, p / 6)))
        x[t:t + k] += r.uniform(.8, 1.2) * 3
        t += max(2, int(p * (1 + jitter * r.normal())))
    return x


KINDS = (waves, shapes, autoregressive, smooth_noise, regimes, counts, bursts)


def synthetic(r, n):
    """A random series [n] without anomalies."""
    x = KINDS[r.integers(len(KINDS))](r, n)
    x = x / (x.std() + 1e-9)
    if r.random() < .5:
        y = KINDS[r.integers(len(KINDS))](r, n)
        x = x + r.uniform(.1, .7) * y / (y.std() + 1e-9)
    if r.random() < .8:
        x = x + np.exp(r.uniform(np.log(.003), np.log(.5))) * r.normal(size=n)
    if r.random() < .2:
        x = x + np.cumsum(r.normal(size=n)) * r.uniform(.001, .03)
    if r.random() < .1:
        x = x + np.arange(n) * r.normal() * .001
    if r.random() < .15:
        x = np.maximum(x, np.quantile(x, r.uniform(0, .5)))
    if r.random() < .15:
        x = np.round(x * r.uniform(2, 20))
    if r.random() < .1:
        x = np.exp(np.minimum(x, 6))
    if r.random() < .05:
        x = np.full(n, x[0]) + (r.random(n) < .003) * x
    return x


def spoil(r, x, y):
    """Puts one anomaly into x [n] and marks its rows in y [n]; n of at least 1024."""
    n = len(x)
    k = int(np.exp(r.uniform(np.log(1), np.log(200))))
    a = int(r.integers(n // 6, n - k - 20))
    b = a + k
    near = x[max(0, a - 300):a + 1]
    sd = near.std() + .1 * x.std() + 1e-6
    kind = r.integers(10)
    sign = r.choice([-1, 1])
    if kind <= 1:  # spike
        b = a + int(r.integers(1, 4))
        x[a:b] += sign * sd * r.uniform(2, 9)
    elif kind == 2:  # level
        b = min(n, a + max(k, 30))
        x[a:b] += sign * sd * r.uniform(1.5, 5)
    elif kind == 3:  # noise
        b = a + max(k, 15)
        x[a:b] += r.normal(size=len(x[a:b])) * sd * r.uniform(.7, 3)
    elif kind == 4:  # stuck
        b = a + max(k, 20)
        x[a:b] = x[a]
    elif kind == 5:  # backwards
        b = a + max(k, 20)
        x[a:b] = x[a:b][::-1].copy()
    elif kind == 6:  # at another speed
        b = a + max(k, 24)
        q = x[a:b].copy()
        f = r.choice([.5, .7, 1.5, 2.])
        x[a:b] = np.interp(np.arange(len(q)) * f % max(len(q) - 1, 1), np.arange(len(q)), q)
    elif kind == 7:  # amplitude
        b = a + max(k, 20)
        m = x[a:b].mean()
        x[a:b] = m + (x[a:b] - m) * r.choice([.2, .4, 1.8, 2.5])
    elif kind == 8:  # drift
        b = a + max(k, 50)
        x[a:b] += sign * sd * np.linspace(0, r.uniform(2, 6), len(x[a:b]))
    else:  # a piece of another time
        b = a + max(k, 20)
        c = int(r.integers(0, max(1, a - (b - a))))
        x[a:b] = x[c:c + len(x[a:b])]
    y[a:min(b, n)] = 1


def tuning_series(path, held_out=False):
    """(name, x [n], labels [n]) of each series to train on, or of each held out."""
    d = np.load(path)
    for i, key in enumerate(f[:-2] for f in d.files if f.endswith(".x")):
        if (i % HELD_OUT == HELD_OUT - 1) == held_out:
            x = d[key + ".x"].astype(np.float64)
            yield key, x, np.unpackbits(d[key + ".y"])[:len(x)].astype(float)


class Pack:
    """Series one after the other, on the streaming scale."""

    def __init__(self):
        self.z, self.log_usual, self.labels, self.starts = [], [], [], [0]

    def put(self, x, labels):
        z, usual, _, _ = streaming_scale(np.nan_to_num(np.asarray(x, np.float64)))
        self.z.append(z.astype(np.float16))
        self.log_usual.append(np.log(usual).astype(np.float16))
        self.labels.append(labels.astype(np.uint8))
        self.starts.append(self.starts[-1] + len(z))

    def save(self, path):
        """z, s (ln of the usual step), y (packed labels), starts [series + 1]."""
        np.savez(path, z=np.concatenate(self.z), s=np.concatenate(self.log_usual),
                 y=np.packbits(np.concatenate(self.labels)), starts=np.array(self.starts))


def build(tuning_files, n_synthetic=3000, rows=4096, seed=1, held_out=False) -> Pack:
    r = np.random.default_rng(seed)
    pack = Pack()
    for _ in range(n_synthetic):
        x, y = synthetic(r, rows), np.zeros(rows)
        for _ in range(r.integers(0, 3)):
            spoil(r, x, y)
        pack.put(x, y)
    for path in tuning_files:
        for _, x, y in tuning_series(path, held_out):
            for f in POOLS:
                n = len(x) // f
                pooled, marks = x[:n * f].reshape(n, f).mean(1), y[:n * f].reshape(n, f).max(1)
                at = 0
                while at + rows // 2 <= n and at < 12 * rows:
                    piece, marked = pooled[at:at + rows].copy(), marks[at:at + rows].copy()
                    if r.random() < .4 and piece.std() > 0:
                        spoil(r, piece, marked)
                    pack.put(piece, marked)
                    at += rows
    return pack


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--tuning", help="folder of wsd.npz and kpi_train.npz; none: generators alone")
    p.add_argument("--out", required=True)
    p.add_argument("--synthetic", type=int, default=3000, help="series of the generators")
    p.add_argument("--rows", type=int, default=4096, help="of a series, at least 1024")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--held-out", action="store_true", help="the series that are not trained on")
    args = p.parse_args()
    files = [f"{args.tuning}/{name}.npz" for name in ("wsd", "kpi_train")] if args.tuning else []
    pack = build(files, args.synthetic, args.rows, args.seed, args.held_out)
    pack.save(args.out)
    print(f"{args.out}: {len(pack.z)} series, {pack.starts[-1]} rows, "
          f"{np.concatenate(pack.labels).mean():.4f} of them labelled")


if __name__ == "__main__":
    main()
