# SPDX-License-Identifier: Apache-2.0
"""Quality figures of enhanced speech: SI-SDR, WB-PESQ (ITU-T P.862.2), STOI, DNSMOS P.835.

All take mono float arrays with full scale 1. WB-PESQ comes from the package `pesq`, STOI from
`pystoi`, DNSMOS from a network in `speechmos` (dnsmos.py). `missing()` names what is not installed.
"""
from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util

import numpy as np

from .dnsmos import dnsmos, model_file  # noqa: F401  (a figure like the others)

SAMPLE_RATE = 16000
SI_SDR_LIMIT_DB = 200.0
# WB-PESQ of the worst raw value, -0.5, by the mapping of P.862.2: for an output that is silent or
# in which the reference code finds no speech, as it gives no figure then.
PESQ_FOOT = 0.999 + 4 / (1 + float(np.exp(1.3669 * 0.5 + 3.8224)))
# Package -> the figures that need it.
PACKAGES = {"pesq": ("pesq",), "pystoi": ("stoi",), "onnxruntime": ("sig", "bak", "ovrl"),
            "speechmos": ("sig", "bak", "ovrl")}


def align(reference: np.ndarray, estimate: np.ndarray, reach: int = 4800) -> np.ndarray:
    """`estimate` shifted by the lag (|lag| <= reach samples) of the largest cross-correlation."""
    n = len(reference)
    size = 1 << (len(reference) + len(estimate)).bit_length()
    spectrum = np.fft.rfft(estimate, size) * np.conj(np.fft.rfft(reference, size))
    correlation = np.fft.irfft(spectrum, size)
    lags = np.concatenate([np.arange(0, reach + 1), np.arange(-reach, 0)])
    lag = int(lags[np.argmax(np.abs(correlation[lags]))])
    shifted = np.zeros(n)
    source = estimate[max(lag, 0):max(lag, 0) + n - max(-lag, 0)]
    shifted[max(-lag, 0):max(-lag, 0) + len(source)] = source
    return shifted


def si_sdr(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019), no mean removal.

    Kept within +-SI_SDR_LIMIT_DB; a silent estimate, for which it is not defined, is the lowest.
    """
    reference, estimate = reference.astype(np.float64), estimate.astype(np.float64)
    if not estimate.any():
        return -SI_SDR_LIMIT_DB
    target = (estimate @ reference) / (reference @ reference) * reference
    error = ((estimate - target) ** 2).sum()
    with np.errstate(divide="ignore"):
        ratio = 10 * (np.log10(target @ target) - np.log10(error))
    return float(np.clip(ratio, -SI_SDR_LIMIT_DB, SI_SDR_LIMIT_DB))


def pesq_wb(reference: np.ndarray, estimate: np.ndarray, sample_rate: int = SAMPLE_RATE) -> float:
    import pesq
    if not np.any(estimate):
        return PESQ_FOOT
    try:
        return float(pesq.pesq(sample_rate, reference, estimate, "wb"))
    except pesq.NoUtterancesError:
        pass
    # The reference code looks for utterances in both: which one has none? (Its exceptions cannot
    # be passed on between processes.)
    try:
        pesq.pesq(sample_rate, reference, reference, "wb")
    except pesq.NoUtterancesError:
        raise ValueError("WB-PESQ: expected speech in the clean original, found none") from None
    return PESQ_FOOT


def stoi(reference: np.ndarray, estimate: np.ndarray, sample_rate: int = SAMPLE_RATE) -> float:
    """Short-time objective intelligibility (Taal et al. 2011), package `pystoi`."""
    import pystoi
    return float(pystoi.stoi(reference, estimate, sample_rate))


def missing() -> dict[str, str]:
    """Figure -> the package that is not installed."""
    lacking = {}
    for package, figures in PACKAGES.items():
        if importlib.util.find_spec(package) is None:
            lacking.update({figure: package for figure in figures})
    return lacking


def versions() -> dict[str, str]:
    """What computes the figures: package versions and the SHA-256 of the DNSMOS network."""
    found = {p: importlib.metadata.version(p) for p in PACKAGES
             if importlib.util.find_spec(p) is not None}
    if "speechmos" in found:
        found["sig_bak_ovr.onnx"] = hashlib.sha256(model_file().read_bytes()).hexdigest()
    return found


def mean_and_confidence(values) -> tuple[float, float]:
    """Mean and half-width of its 95 % confidence interval (normal approximation)."""
    values = np.asarray(values, dtype=np.float64)
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return float(values.mean()), float(half)
