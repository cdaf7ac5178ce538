# SPDX-License-Identifier: Apache-2.0
"""Scores outputs against clean originals on several processes; scores already known are kept."""
from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import pathlib

import numpy as np

from . import dnsmos, metrics

FIGURES = ("pesq", "si_sdr", "stoi", "sig", "bak", "ovrl")


def figures(clean: np.ndarray, estimate: np.ndarray, names=FIGURES) -> dict[str, float]:
    """`names` of `estimate`, both at 16 kHz, after alignment with `clean`."""
    estimate = metrics.align(clean, np.asarray(estimate, dtype=np.float64))
    found = {}
    if "pesq" in names:
        found["pesq"] = metrics.pesq_wb(clean, estimate)
    if "si_sdr" in names:
        found["si_sdr"] = metrics.si_sdr(clean, estimate)
    if "stoi" in names:
        found["stoi"] = metrics.stoi(clean, estimate)
    if {"sig", "bak", "ovrl"} & set(names):
        found.update(zip(("sig", "bak", "ovrl"), metrics.dnsmos(estimate)))
    return {name: found[name] for name in names}


def _job(job) -> dict[str, float]:
    return figures(*job) if job[2] else {}


def available(names=FIGURES) -> tuple[str, ...]:
    """Those of `names` whose packages are installed."""
    lacking = metrics.missing()
    return tuple(name for name in names if name not in lacking)


class ScoreCache:
    """Scores by what was scored, in one JSON file; a folder of None keeps nothing.

    The key holds the scorer too (its source and the versions of its packages), so that a changed
    scorer scores anew.
    """

    def __init__(self, folder: pathlib.Path | None):
        self.path = folder / "scores.json" if folder else None
        self.known: dict[str, dict[str, float]] = {}
        if self.path and self.path.is_file():
            self.known = json.loads(self.path.read_text(encoding="utf-8"))
        scorer = hashlib.sha256()
        for module in (metrics, dnsmos):
            scorer.update(pathlib.Path(module.__file__).read_bytes())
        scorer.update(json.dumps(metrics.versions(), sort_keys=True).encode())
        self.scorer = scorer.digest()

    def key(self, clean: np.ndarray, estimate: np.ndarray) -> str:
        digest = hashlib.sha256(self.scorer)
        for samples in (clean, estimate):
            samples = np.ascontiguousarray(samples, dtype=np.float64)
            digest.update(len(samples).to_bytes(8, "little") + samples.tobytes())
        return digest.hexdigest()

    def save(self) -> None:
        """Writes the scores, with those that another run has written meanwhile."""
        if not self.path:
            return
        if self.path.is_file():
            for key, row in json.loads(self.path.read_text(encoding="utf-8")).items():
                self.known[key] = {**row, **self.known.get(key, {})}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(self.known), encoding="utf-8")
        os.replace(part, self.path)


class Scorer:
    """Scores lists of recordings. Not thread-safe; it runs `jobs` processes."""

    def __init__(self, names=FIGURES, cache: pathlib.Path | None = None, jobs: int = 2):
        self.names, self.jobs = tuple(names), jobs
        self.cache = ScoreCache(cache)

    def __call__(self, cleans, estimates) -> np.ndarray:
        """Figures [recordings, names] of lists of arrays at 16 kHz."""
        known = self.cache.known
        keys = [self.cache.key(c, e) for c, e in zip(cleans, estimates)]
        jobs = [(c, e, tuple(n for n in self.names if n not in known.get(key, ())))
                for c, e, key in zip(cleans, estimates, keys)]
        some = any(names for _, _, names in jobs)
        if some and self.jobs > 1:
            with concurrent.futures.ProcessPoolExecutor(self.jobs) as pool:
                found = list(pool.map(_job, jobs))
        else:
            found = [_job(job) for job in jobs]
        for key, row in zip(keys, found):
            known[key] = {**known.get(key, {}), **row}
        if some:
            self.cache.save()
        return np.array([[known[key][name] for name in self.names] for key in keys])
