# SPDX-License-Identifier: Apache-2.0
"""Labelled series: NAB, SKAB, the tuning sets (WSD, KPI train halves, TODS-style) and made ones.

Where they come from: `ANOMALY_EVALUATION.md`. None of them is kept with the sources.
"""
from __future__ import annotations

import csv
import dataclasses
import datetime
import json
import pathlib

import numpy as np

from . import anomaly_made, anomaly_scores

WINDOW_ROWS = 20000  # what is taken of a tuning series
EARLIEST_EVENT = 3000  # rows of such a window before its first event counts


@dataclasses.dataclass(frozen=True)
class Series:
    """values [rows, channels], labels [rows] 0 or 1; times are seconds [rows]."""
    name: str
    values: np.ndarray
    labels: np.ndarray
    times: np.ndarray
    windows: tuple[tuple[int, int], ...] = ()  # first and last row of each, for NAB's score


def even_times(rows: int, seconds: float) -> np.ndarray:
    return 1.7e9 + seconds * np.arange(rows)


def _seconds(stamp: str) -> float:
    return datetime.datetime.fromisoformat(stamp).replace(tzinfo=datetime.timezone.utc).timestamp()


def nab(folder) -> list[Series]:
    """NAB's series; `folder` holds `data` and `labels`."""
    folder = pathlib.Path(folder)
    out = []
    spans = json.loads((folder / "labels" / "combined_windows.json").read_text())
    for name, windows in sorted(spans.items()):
        with open(folder / "data" / name, newline="") as file:
            rows = list(csv.reader(file))[1:]
        stamps = [row[0] for row in rows]
        place = {}
        for i, stamp in enumerate(stamps):
            place.setdefault(stamp, i)
        limits = tuple((place[a.split(".")[0]], place[b.split(".")[0]]) for a, b in windows)
        labels = np.zeros(len(rows), np.uint8)
        for a, b in limits:
            labels[a:b + 1] = 1
        out.append(Series(name, np.array([[float(row[1])] for row in rows]), labels,
                          np.array([_seconds(s) for s in stamps]), limits))
    return out


def skab(folder) -> tuple[list[Series], list[Series]]:
    """(runs with anomalies, runs without); `folder` holds valve1, valve2, other, anomaly-free."""
    kinds: tuple[list[Series], list[Series]] = ([], [])
    for path in sorted(pathlib.Path(folder).glob("*/*.csv")):
        with open(path, newline="") as file:
            head, *rows = csv.reader(file, delimiter=";")
        values = np.array([[float(v) for v in row[1:9]] for row in rows])
        labelled = "anomaly" in head
        labels = (np.array([float(row[head.index("anomaly")]) for row in rows]).astype(np.uint8)
                  if labelled else np.zeros(len(rows), np.uint8))
        times = np.array([_seconds(row[0]) for row in rows])
        kinds[0 if labelled else 1].append(
            Series(f"{path.parent.name}/{path.stem}", values, labels, times))
    return kinds


def _packed(path):
    with np.load(path) as pack:
        for key in pack.files:
            if key.endswith(".x"):
                x = pack[key].astype(np.float64)
                yield key[:-2], x, np.unpackbits(pack[key[:-2] + ".y"])[:len(x)]


def tuning(folder, most: int) -> dict[str, list[Series]]:
    """Of `most` evenly spread series of WSD, and of KPI, the first window of WINDOW_ROWS rows that has
    an event late enough to count; and all TODS-style series."""
    folder = pathlib.Path(folder)
    out: dict[str, list[Series]] = {}
    for title, pack in (("WSD", "wsd"), ("KPI", "kpi_train")):
        found = []
        for name, x, labels in _packed(folder / f"{pack}.npz"):
            for first in range(0, len(x) - WINDOW_ROWS + 1, WINDOW_ROWS):
                part = labels[first:first + WINDOW_ROWS]
                if part[EARLIEST_EVENT:].any():
                    found.append(Series(f"{name}/{first}", x[first:first + WINDOW_ROWS, None], part,
                                        even_times(WINDOW_ROWS, 60),
                                        tuple(anomaly_scores.windows_of(part))))
                    break
        keep = np.unique(np.linspace(0, len(found) - 1, min(most, len(found))).astype(int))
        out[title] = [found[i] for i in keep]
    out["TODS"] = [Series(name, x[:, None], labels, even_times(len(x), 60),
                          tuple(anomaly_scores.windows_of(labels)))
                   for name, x, labels in _packed(folder / "tods.npz")]
    return out


def made(family: str, count: int | None = None) -> list[Series]:
    generate, usual, seconds = anomaly_made.FAMILIES[family]
    out = []
    for seed in range(usual if count is None else min(count, usual)):
        values, labels = generate(seed)
        out.append(Series(f"{family}/{seed}", values, labels, even_times(len(values), seconds)))
    return out
