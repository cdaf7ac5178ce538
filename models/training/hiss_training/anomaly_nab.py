# SPDX-License-Identifier: Apache-2.0
"""The official scorer of the Numenta Anomaly Benchmark, in a temporary copy of its repository."""
from __future__ import annotations

import csv
import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

from . import anomaly_scores
from .anomaly_sets import Series

PROFILES = {"standard": "standard", "reward_low_FP_rate": "low FP",
            "reward_low_FN_rate": "low FN"}  # the scorer's names -> ours


@dataclasses.dataclass(frozen=True)
class Entry:
    """Scores [0, 1] of every series; threshold: None lets the scorer find the best one."""
    scores: dict[str, np.ndarray]
    threshold: float | None = None


def entry(evidence, threshold: float, frozen: bool) -> Entry:
    """Evidences as NAB wants them: one alert in 100 rows at this threshold, brought into [0, 1)."""
    return Entry({name: anomaly_scores.bounded(anomaly_scores.suppressed(e, threshold))
                  for name, e in evidence.items()},
                 float(anomaly_scores.bounded(threshold)) if frozen else None)


def _write(folder: pathlib.Path, name: str, given: Entry, series: list[Series], source) -> None:
    for s in series:
        category, file_name = s.name.split("/")
        target = folder / "results" / name / category / f"{name}_{file_name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(source / "data" / s.name, newline="") as file:
            rows = list(csv.reader(file))[1:]
        with open(target, "w", newline="") as file:
            file.write("timestamp,value,anomaly_score,label\n")
            for row, score, label in zip(rows, given.scores[s.name].tolist(), s.labels.tolist()):
                file.write(f"{row[0]},{row[1]},{score!r},{label}\n")
    path = folder / "config" / "thresholds.json"
    thresholds = json.loads(path.read_text())
    thresholds[name] = {p: {"score": 0.0, "threshold": given.threshold or 0.0} for p in PROFILES}
    path.write_text(json.dumps(thresholds))


def score(repository, entries: dict[str, Entry], series: list[Series],
          python=sys.executable) -> dict[str, dict[str, float]]:
    """Entry -> profile -> NAB score, by `run.py` of the repository."""
    repository = pathlib.Path(repository)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary, "NAB")
        folder.mkdir()
        for part in ("config", "data", "labels", "nab"):
            shutil.copytree(repository / part, folder / part)
        for part in ("run.py", "setup.py"):
            shutil.copy(repository / part, folder / part)
        (folder / "results").mkdir()
        # The scorer takes from `null` what a detector gets that says nothing.
        shutil.copytree(repository / "results" / "null", folder / "results" / "null")
        final = folder / "results" / "final_results.json"
        final.write_text("{}")
        own = {f"entry{i}": given for i, given in enumerate(entries.values())}  # no _ is allowed
        for name, given in own.items():
            _write(folder, name, given, series, repository)
        for optimise in (True, False):
            names = [n for n, given in own.items() if (given.threshold is None) == optimise]
            if not names:
                continue
            command = [python, "run.py", "-d", *names, "--score", "--normalize",
                       "--skipConfirmation", *(["--optimize"] if optimise else [])]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError("NAB's scorer failed: " +
                                   (done.stderr.strip().splitlines() or ["no reason given"])[-1])
        found = json.loads(final.read_text())
    return {n: {PROFILES[p]: float(v) for p, v in found[own_name].items()}
            for n, own_name in zip(entries, own)}
