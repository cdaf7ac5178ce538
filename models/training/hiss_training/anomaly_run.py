# SPDX-License-Identifier: Apache-2.0
"""Runs detectors over series by the program, and keeps what they said between runs."""
from __future__ import annotations

import concurrent.futures
import csv
import hashlib
import math
import pathlib
import subprocess
import tempfile

import numpy as np

from .anomaly_sets import Series

DETECTORS = ("mamba", "novelty", "rls-ar-likelihood", "rls-ar", "ewma")
FLOORS = ("random", "time ramp")  # look at nothing
ASKED_P = 1e-3  # the evidence is the score times -log10 of it


class NotRun(Exception):
    """The program refused; the text is its own."""


def write_table(series: Series, path) -> None:
    """A CSV with a column `time` (epoch seconds) and one a channel, doubles that read back exactly."""
    with open(path, "w", newline="") as file:
        file.write(",".join(["time", *(f"c{i + 1}" for i in range(series.values.shape[1]))]) + "\n")
        for time, row in zip(series.times.tolist(), series.values.tolist()):
            file.write(",".join([f"{time:.3f}", *("" if math.isnan(v) else repr(v) for v in row)]) +
                       "\n")


def read_scores(path, rows: int) -> np.ndarray:
    """The column `score` of the program's output [rows]; nothing there: 0."""
    with open(path, newline="") as file:
        reader = csv.reader(file)
        at = next(reader).index("score")
        score = np.array([float(row[at] or 0) for row in reader])
    if len(score) != rows:
        raise NotRun(f"{rows} rows went in, {len(score)} came out")
    if not np.isfinite(score).all():
        raise NotRun("scores that are not finite")
    return score


class HissDetect:
    """Evidence of each row (-log10 p, unsaturated) from `hiss detect`."""

    def __init__(self, program, store=None, jobs: int = 1):
        self.program = pathlib.Path(program).resolve()
        self.jobs = jobs
        self.digest = hashlib.sha256(self.program.read_bytes()).hexdigest()
        self.store = pathlib.Path(store) if store else None

    def _kept(self, detector: str, series: Series) -> pathlib.Path | None:
        if self.store is None:
            return None
        key = hashlib.sha256(f"{self.digest}\n{detector}\n{series.name}\n".encode())
        key.update(np.ascontiguousarray(series.values).tobytes())
        key.update(np.ascontiguousarray(series.times).tobytes())
        return self.store / f"{key.hexdigest()[:40]}.npy"

    def one(self, detector: str, series: Series) -> np.ndarray:
        kept = self._kept(detector, series)
        if kept is not None and kept.exists():
            return np.load(kept)
        with tempfile.TemporaryDirectory() as folder:
            source, target = pathlib.Path(folder, "in.csv"), pathlib.Path(folder, "out.csv")
            write_table(series, source)
            done = subprocess.run(
                [self.program, "detect", source, "-o", target, "--detector", detector, "--time", "time",
                 "--alarm-p", str(ASKED_P)], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise NotRun((done.stderr.strip().splitlines() or ["no reason given"])[-1])
            evidence = read_scores(target, len(series.values)) * -math.log10(ASKED_P)
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            part = kept.with_suffix(".part.npy")
            np.save(part, evidence)
            part.replace(kept)
        return evidence

    def all(self, detector: str, series: list[Series]) -> dict[str, np.ndarray]:
        """Name of the series -> evidence [rows]. Throws NotRun if the program refuses one."""
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            return dict(zip((s.name for s in series),
                            pool.map(lambda s: self.one(detector, s), series)))


def floor(name: str, series: list[Series]) -> dict[str, np.ndarray]:
    """What a detector says that looks at nothing: evidences of a calibrated random one, and such that
    rise with time."""
    out = {}
    for i, s in enumerate(series):
        rows = len(s.values)
        out[s.name] = (-np.log10(1 - np.random.default_rng([7, i]).random(rows))
                       if name == "random" else np.linspace(0, 4, rows))
    return out
