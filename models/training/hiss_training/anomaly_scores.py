# SPDX-License-Identifier: Apache-2.0
"""Figures of anomaly scores. No point adjustment anywhere: with it a random score looks excellent.

A score is an array [rows], greater is more unusual; labels are 0 or 1, [rows]; an event is a run of
labelled rows. NumPy only.
"""
from __future__ import annotations

import dataclasses
import math

import numpy as np

ALERT_ROWS = 100  # one alert in as many rows, as `hiss detect` has it


def events(labels) -> list[tuple[int, int]]:
    """First and last row of each event."""
    steps = np.diff(np.concatenate([[0], np.asarray(labels) > 0, [0]]).astype(np.int8))
    return list(zip(np.flatnonzero(steps == 1).tolist(),
                    (np.flatnonzero(steps == -1) - 1).tolist()))


def alerts(score, threshold: float, rows: int = ALERT_ROWS) -> np.ndarray:
    """Rows of the alerts: those that reach the threshold `rows` or more after the alert before."""
    found = []
    free = 0
    for row in np.flatnonzero(np.asarray(score) >= threshold):
        if row >= free:
            found.append(row)
            free = row + rows
    return np.array(found, dtype=np.int64)


def suppressed(score, threshold: float, rows: int = ALERT_ROWS) -> np.ndarray:
    """The score for a scorer that counts every row at a threshold: as it is in the rows of alerts, in
    order but under the threshold in all others."""
    score = np.asarray(score, dtype=np.float64)
    under = threshold * (1 - 1e-3) * (1 - 1 / (1 + np.maximum(score, 0)))
    out = np.where(score >= threshold, under, score)
    at = alerts(score, threshold, rows)
    out[at] = score[at]
    return out


def bounded(score) -> np.ndarray:
    """A score >= 0 brought into [0, 1) without changing its order; NAB wants that."""
    return 1 - 1 / (1 + np.maximum(np.asarray(score, dtype=np.float64), 0))


def roc_auc(labels, score) -> float:
    """Share of pairs (labelled row, other row) in the right order; ties count half."""
    labels = np.asarray(labels) > 0
    values, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive = int(labels.sum())
    return float((ranks[labels].sum() - positive * (positive + 1) / 2) /
                 (positive * (len(labels) - positive)))


def auc_pr(labels, score) -> float:
    """Area under precision over recall, as steps (average precision)."""
    labels = np.asarray(labels) > 0
    order = np.argsort(-np.asarray(score), kind="stable")
    ends = np.flatnonzero(np.diff(np.asarray(score)[order], append=np.inf))  # of runs of ties
    hits = np.cumsum(labels[order])[ends]
    return float(np.sum(np.diff(hits, prepend=0) * hits / (ends + 1)) / labels.sum())


def soft_labels(labels, width: int) -> np.ndarray:
    """Labels [rows] that fall off around each event over width // 2 rows as in Paparrizos et al.,
    PVLDB 15(11), 2022: sqrt(1 - distance / width)."""
    out = (np.asarray(labels) > 0).astype(np.float64)
    for first, last in events(labels):
        after = np.arange(last + 1, min(last + width // 2 + 1, len(out)))
        before = np.arange(max(first - width // 2, 0), first)
        out[after] += np.sqrt(1 - (after - last) / width) if width else 0
        out[before] += np.sqrt(1 - (first - before) / width) if width else 0
    return np.minimum(out, 1)


def range_auc_pr(labels, score, width: int, thresholds: int = 250) -> float:
    """Area under range precision over range recall, both with soft labels of one width; recall is
    multiplied by the share of events that a row at the threshold touches."""
    labels, score = np.asarray(labels) > 0, np.asarray(score, dtype=np.float64)
    order = np.argsort(-score, kind="stable")
    levels = score[order][np.linspace(0, len(score) - 1, thresholds).astype(int)]
    predicted = np.searchsorted(-score[order], -levels, side="right")
    soft = soft_labels(labels, width)
    hits = np.cumsum(soft[order])[predicted - 1]
    peaks = np.sort([score[first:last + 1].max() for first, last in events(soft)])
    touched = 1 - np.searchsorted(peaks, levels, side="left") / len(peaks)
    recall = np.minimum(hits / ((labels.sum() + soft.sum()) / 2), 1) * touched
    return float(np.sum(np.diff(recall, prepend=0) * hits / predicted))


def vus_pr(labels, score, width: int = 100, step: int = 10) -> float:
    """Volume under the surface of range precision and recall over label widths 0 to `width`."""
    return float(np.mean([range_auc_pr(labels, score, w) for w in range(0, width + 1, step)]))


def hit(labels, score, rows: int = 100, skip: float = 0.2) -> bool:
    """Whether the greatest score after the first `skip` of the rows is within `rows` of the event."""
    found = events(labels)
    first = int(len(score) * skip)
    peak = first + int(np.argmax(score[first:]))
    return any(a - rows <= peak <= b + rows for a, b in found)


@dataclasses.dataclass(frozen=True)
class Found:
    """What the alerts at a threshold found in one series."""
    events: int
    found: int
    delays: list[int]     # rows from an event's first row to its first alert
    false_alerts: int     # that lie in no event, nor within `late` rows after one
    quiet_rows: int       # rows that can have a false alert


def detection(labels, score, threshold: float, first: int = 0, late: int = 0,
              rows: int = ALERT_ROWS) -> Found:
    """Counts from row `first` on."""
    at = alerts(score, threshold, rows)
    at = at[at >= first]
    spans = [(a, b) for a, b in events(labels) if b >= first]
    delays = []
    taken = np.zeros(len(at), dtype=bool)
    quiet = np.ones(len(score), dtype=bool)
    quiet[:first] = False
    for a, b in spans:
        inside = (at >= a) & (at <= b + late)
        quiet[a:b + late + 1] = False
        taken |= inside
        if inside.any():
            delays.append(int(at[inside][0] - a))
    return Found(len(spans), len(delays), delays, int((~taken).sum()), int(quiet.sum()))


# The profiles of NAB: weights of a found window, a false positive, a missed window.
NAB_PROFILES = {"standard": (1.0, 0.11, 1.0), "low FP": (1.0, 0.22, 1.0),
                "low FN": (1.0, 0.11, 2.0)}
NAB_PROBATION, NAB_PROBATION_ROWS = 0.15, 5000


def nab_sigmoid(x) -> np.ndarray:
    """NAB's worth of an alert at relative place x to the end of a window, that being 0."""
    x = np.asarray(x, dtype=np.float64)
    return np.where(x > 3, -1.0, 2 / (1 + np.exp(np.clip(5 * x, -60, 60))) - 1)


NAB_MOST = float(nab_sigmoid(-1.0))


class NabScorer:
    """The score of the Numenta Anomaly Benchmark over a set of series with windows, by the rules of
    its own scorer (Lavin and Ahmad, 2015), for one threshold over all."""

    def __init__(self, windows: dict[str, tuple[int, list[tuple[int, int]]]]):
        """windows: name -> (rows, first and last row of each window)."""
        self.worth, self.window, self.first = {}, {}, {}
        for name, (rows, spans) in windows.items():
            worth, window = np.full(rows, -1.0), np.full(rows, -1)
            index = np.arange(rows)
            for k, (a, b) in enumerate(spans):
                worth[a:b + 1] = nab_sigmoid((index[a:b + 1] - b - 1) / (b - a + 1)) / NAB_MOST
                window[a:b + 1] = k
                end = spans[k + 1][0] if k + 1 < len(spans) else rows
                worth[b + 1:end] = nab_sigmoid((index[b + 1:end] - b) / max(b - a, 1))
            self.worth[name], self.window[name] = worth, window
            self.first[name] = int(min(math.floor(NAB_PROBATION * rows),
                                       NAB_PROBATION * NAB_PROBATION_ROWS))
        self.count = sum(len(np.unique(w[self.first[n]:][w[self.first[n]:] >= 0]))
                         for n, w in self.window.items())

    def of_rows(self, rows: dict[str, np.ndarray], profile: str = "standard") -> float:
        """Of detections at these rows of each series; 0: none at all, 100: each window at once and
        nothing else."""
        found, false, missed = NAB_PROFILES[profile]
        total = -missed * self.count
        for name, at in rows.items():
            at = np.asarray(at, dtype=np.int64)
            at = at[at >= self.first[name]]
            window, worth = self.window[name][at], self.worth[name][at]
            total += false * worth[window < 0].sum()
            for k in np.unique(window[window >= 0]):
                total += missed + found * worth[window == k].max()
        return float(100 * (total + missed * self.count) / (self.count * (found + missed)))

    def of_alerts(self, scores, threshold: float, profile: str = "standard",
                  rows: int = ALERT_ROWS) -> float:
        return self.of_rows({n: alerts(s, threshold, rows) for n, s in scores.items()}, profile)

    def best(self, scores, profile: str = "standard", rows: int = ALERT_ROWS,
             tries: int = 60) -> tuple[float, float]:
        """(score, threshold) of the threshold that serves best with one alert in `rows` rows."""
        pool = np.concatenate([s[self.first[n]:] for n, s in scores.items()])
        pool = pool[pool > 0]
        if not len(pool):
            return 0.0, math.inf
        levels = np.unique(np.quantile(pool, 1 - np.geomspace(2e-5, 3e-2, tries)))
        return max((self.of_alerts(scores, t, profile, rows), float(t)) for t in levels)

    def optimized(self, scores, profile: str = "standard") -> float:
        """As NAB optimises: every row at the threshold is a detection, every value is tried."""
        found, false, missed = NAB_PROFILES[profile]
        values, worths, windows = [], [], []
        for k, (name, score) in enumerate(scores.items()):
            first = self.first[name]
            window = self.window[name][first:]
            values.append(np.asarray(score, dtype=np.float64)[first:])
            worths.append(self.worth[name][first:] * np.where(window < 0, false, found))
            windows.append(np.where(window < 0, -1, window + 1000 * k))
        values, worths, windows = map(np.concatenate, (values, worths, windows))
        order = np.argsort(-values, kind="stable")
        best_of, total, best = {}, 0.0, 0.0
        for i, row in enumerate(order):
            if i and values[row] != values[order[i - 1]]:
                best = max(best, total)
            k = windows[row]
            if k < 0:
                total += worths[row]
            elif worths[row] > best_of.get(k, -missed):
                total += worths[row] - best_of.get(k, -missed)
                best_of[k] = worths[row]
        return 100 * max(best, total) / (self.count * (found + missed))


def windows_of(labels, least: int = 60, before: int = 5, join: int = 30) -> list[tuple[int, int]]:
    """Windows such as NAB's from labels of single rows: from `before` rows before an event, at least
    `least` rows long, those within `join` rows of each other joined."""
    out: list[tuple[int, int]] = []
    for a, b in events(labels):
        a, b = max(a - before, 0), min(max(b, a + least), len(labels) - 1)
        if out and a <= out[-1][1] + join:
            out[-1] = (out[-1][0], max(b, out[-1][1]))
        else:
            out.append((a, b))
    return out
