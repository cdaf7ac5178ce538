# SPDX-License-Identifier: Apache-2.0
"""95 % bootstrap intervals over recordings: means and paired differences.

All draws are of the same seeded resamples, so that a figure's interval does not depend on what else
is in the table, and a difference is of the same recordings on both sides.
"""
from __future__ import annotations

import dataclasses

import numpy as np

RESAMPLES = 2000
SEED = 20261122


@dataclasses.dataclass(frozen=True)
class Interval:
    """A mean and the ends of its interval."""
    mean: float
    low: float
    high: float


def resamples(count: int, number: int = RESAMPLES, seed: int = SEED) -> np.ndarray:
    """Indices [number, count], each row `count` draws with replacement out of `count`."""
    return np.random.default_rng(seed).integers(0, count, (number, count))


def interval(values, number: int = RESAMPLES, seed: int = SEED) -> Interval:
    """Percentile interval of the mean of `values` [recordings]."""
    values = np.asarray(values, dtype=np.float64)
    means = values[resamples(len(values), number, seed)].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(values.mean()), float(low), float(high))


def difference(ours, theirs, number: int = RESAMPLES, seed: int = SEED) -> Interval:
    """Interval of the mean of `ours` - `theirs`, figures of the same recordings in one order."""
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if ours.shape != theirs.shape:
        raise ValueError(f"paired figures: expected {ours.shape}, found {theirs.shape}")
    return interval(ours - theirs, number, seed)


def difference_of_differences(ours, theirs, ours_2, theirs_2, number: int = RESAMPLES,
                              seed: int = SEED) -> Interval:
    """(ours - theirs) of one set less that of a second, other set; both are resampled."""
    first = np.asarray(ours, np.float64) - np.asarray(theirs, np.float64)
    second = np.asarray(ours_2, np.float64) - np.asarray(theirs_2, np.float64)
    means = first[resamples(len(first), number, seed)].mean(axis=1) \
        - second[resamples(len(second), number, seed + 1)].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(first.mean() - second.mean()), float(low), float(high))
