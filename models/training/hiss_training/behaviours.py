# SPDX-License-Identifier: Apache-2.0
"""What a denoiser does besides its scores: to clean speech, at other levels, in pauses.

A cross-check of tests/quality in Python, over a few pairs of an evaluation set.
"""
from __future__ import annotations

import numpy as np

from . import metrics

CLIPS = 12
LEVELS_DBFS = (-50, -40, -30, -20, -10, -3)  # peak of the noisy clip
REFERENCE_DBFS = -20
WINDOW = 320  # 20 ms
PAUSE_DB = 40  # a pause: that far under the loudest window of the clean original
FLOOR_DBFS = -120.0


def rms_db(x: np.ndarray) -> float:
    return float(10 * np.log10(max(np.mean(np.square(x)), 1e-20)))


def clean_speech(system, cleans) -> dict[str, float]:
    """Clean speech in: WB-PESQ (where installed), SI-SDR and gain of what comes out, means."""
    outputs = [metrics.align(c, y) for c, y in zip(cleans, system(cleans))]
    found = {"clean_si_sdr_db": np.mean([metrics.si_sdr(c, y) for c, y in zip(cleans, outputs)]),
             "clean_gain_db": np.mean([rms_db(y) - rms_db(c) for c, y in zip(cleans, outputs)])}
    if "pesq" not in metrics.missing():
        found["clean_pesq"] = np.mean([metrics.pesq_wb(c, y) for c, y in zip(cleans, outputs)])
    return {name: float(value) for name, value in found.items()}


def level_sweep(system, noisies) -> dict[str, float]:
    """Gain (output over input RMS) at other levels less that at -20 dBFS peak, mean over clips."""
    gains = {}
    for level in LEVELS_DBFS:
        scaled = [x * (10 ** (level / 20) / np.abs(x).max()) for x in noisies]
        gains[level] = np.array([rms_db(y) - rms_db(x) for x, y in zip(scaled, system(scaled))])
    changes = {level: gains[level] - gains[REFERENCE_DBFS] for level in LEVELS_DBFS}
    found = {f"gain_change_{level}_dbfs_db": float(change.mean())
             for level, change in changes.items()}
    found["worst_gain_change_db"] = float(max(np.abs(c).max() for c in changes.values()))
    return found


def window_levels(x: np.ndarray) -> np.ndarray:
    """Levels in dBFS of whole 20 ms windows."""
    windows = x[:len(x) // WINDOW * WINDOW].reshape(-1, WINDOW)
    return np.maximum(10 * np.log10(np.mean(np.square(windows), axis=1) + 1e-20), FLOOR_DBFS)


def pauses(system, cleans, noisies) -> dict[str, float]:
    """In the speech's pauses: noise taken out, and how much the level moves before and after.

    The level's standard deviation from window to window, in dB, is taken for each clip on its own;
    figures are medians over the clips that have at least 10 windows of pause.
    """
    taken, before, after = [], [], []
    for clean, noisy, output in zip(cleans, noisies, system(noisies)):
        levels = window_levels(clean)
        pause = levels < levels.max() - PAUSE_DB
        if pause.sum() < 10:
            continue
        source = window_levels(noisy)[pause]
        result = window_levels(metrics.align(clean, output))[pause]
        taken.append(np.median(source - result))
        before.append(source.std())
        after.append(result.std())
    if not taken:
        raise ValueError("pauses: expected clips with pauses, found none")
    return {"pause_reduction_db": float(np.median(taken)),
            "pause_modulation_in_db": float(np.median(before)),
            "pause_modulation_out_db": float(np.median(after)), "pause_clips": float(len(taken))}


def measure(system, cleans, noisies, clips: int = CLIPS) -> dict[str, float]:
    """All figures over the first `clips` pairs; `system` maps lists of arrays at 16 kHz."""
    cleans, noisies = cleans[:clips], noisies[:clips]
    return {**clean_speech(system, cleans), **level_sweep(system, noisies),
            **pauses(system, cleans, noisies)}
