# SPDX-License-Identifier: Apache-2.0
"""Quality figures of enhanced speech: SI-SDR, WB-PESQ (ITU-T P.862.2, package `pesq`), STOI."""
from __future__ import annotations

import numpy as np


def align(reference: np.ndarray, estimate: np.ndarray, reach: int = 4800) -> np.ndarray:
    """`estimate` shifted by the lag (|lag| <= reach samples) of the largest cross-correlation."""
    n = len(reference)
    size = 1 << (2 * n).bit_length()
    spectrum = np.fft.rfft(estimate, size) * np.conj(np.fft.rfft(reference, size))
    correlation = np.fft.irfft(spectrum, size)
    lags = np.concatenate([np.arange(0, reach + 1), np.arange(-reach, 0)])
    lag = int(lags[np.argmax(np.abs(correlation[lags]))])
    shifted = np.zeros(n)
    source = estimate[max(lag, 0):max(lag, 0) + n - max(-lag, 0)]
    shifted[max(-lag, 0):max(-lag, 0) + len(source)] = source
    return shifted


def si_sdr(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019), no mean removal."""
    reference, estimate = reference.astype(np.float64), estimate.astype(np.float64)
    target = (estimate @ reference) / (reference @ reference) * reference
    return float(10 * np.log10((target @ target) / max(((estimate - target) ** 2).sum(), 1e-20)))


def pesq_wb(reference: np.ndarray, estimate: np.ndarray, sample_rate: int = 16000) -> float:
    import pesq
    return float(pesq.pesq(sample_rate, reference, estimate, "wb"))


def stoi(reference: np.ndarray, estimate: np.ndarray, sample_rate: int = 16000) -> float:
    """Short-time objective intelligibility (Taal et al. 2011), package `pystoi`."""
    import pystoi
    return float(pystoi.stoi(reference, estimate, sample_rate))


def mean_and_confidence(values) -> tuple[float, float]:
    """Mean and half-width of its 95 % confidence interval (normal approximation)."""
    values = np.asarray(values, dtype=np.float64)
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return float(values.mean()), float(half)
