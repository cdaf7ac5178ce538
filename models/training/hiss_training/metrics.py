# SPDX-License-Identifier: Apache-2.0
"""Quality figures of enhanced speech: SI-SDR, WB-PESQ (ITU-T P.862.2), STOI, DNSMOS P.835.

All take mono float arrays with full scale 1. WB-PESQ comes from the package `pesq`, STOI from
`pystoi`; DNSMOS (Reddy et al. 2022) runs `dnsmos_models/sig_bak_ovr.onnx` of the package
`speechmos` in onnxruntime. `missing()` names what is not installed.
"""
from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import pathlib

import numpy as np

SAMPLE_RATE = 16000
SI_SDR_LIMIT_DB = 200.0
# WB-PESQ of the worst raw value, -0.5, by the mapping of P.862.2: for an output that is silent or
# in which the reference code finds no speech, as it gives no figure then.
PESQ_FOOT = 0.999 + 4 / (1 + float(np.exp(1.3669 * 0.5 + 3.8224)))
DNSMOS_SECONDS = 9.01
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
        # The reference code looks for utterances in both; without any in the reference this raises.
        pesq.pesq(sample_rate, reference, reference, "wb")
        return PESQ_FOOT


def stoi(reference: np.ndarray, estimate: np.ndarray, sample_rate: int = SAMPLE_RATE) -> float:
    """Short-time objective intelligibility (Taal et al. 2011), package `pystoi`."""
    import pystoi
    return float(pystoi.stoi(reference, estimate, sample_rate))


def dnsmos_file() -> pathlib.Path:
    """The network of DNSMOS P.835 (not the personalised one); FileNotFoundError without it."""
    spec = importlib.util.find_spec("speechmos")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("package speechmos is not installed")
    path = pathlib.Path(spec.submodule_search_locations[0]) / "dnsmos_models" / "sig_bak_ovr.onnx"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: not found")
    return path


@functools.lru_cache(maxsize=1)
def _dnsmos_session():
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(dnsmos_file()), options,
                                        providers=["CPUExecutionProvider"])


def dnsmos(estimate: np.ndarray, sample_rate: int = SAMPLE_RATE) -> tuple[float, float, float]:
    """DNSMOS P.835 (SIG, BAK, OVRL) of `estimate` at 16 kHz, on a scale of 1 to 5.

    As Microsoft's script does it: the clip is doubled until it has 9.01 s, windows of that length
    start every second, and each raw figure goes through the script's polynomial. It needs no
    reference, and unlike the other figures it hears the level.
    """
    if sample_rate != SAMPLE_RATE:
        raise ValueError(f"DNSMOS: sample rate: expected {SAMPLE_RATE}, found {sample_rate}")
    length = int(DNSMOS_SECONDS * SAMPLE_RATE)
    audio = np.clip(estimate, -1, 1).astype(np.float32)
    while len(audio) < length:
        audio = np.append(audio, audio)
    windows = int(len(audio) // SAMPLE_RATE - DNSMOS_SECONDS) + 1
    rows = []
    for start in range(0, windows * SAMPLE_RATE, SAMPLE_RATE):
        raw = _dnsmos_session().run(None, {"input_1": audio[None, start:start + length]})[0][0]
        rows.append([np.polyval(p, value) for p, value in zip(
            ((-0.08397278, 1.22083953, 0.0052439), (-0.13166888, 1.60915514, -0.39604546),
             (-0.06766283, 1.11546468, 0.04602535)), raw.astype(np.float64))])
    sig, bak, ovrl = np.mean(rows, axis=0)
    return float(sig), float(bak), float(ovrl)


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
        found["sig_bak_ovr.onnx"] = hashlib.sha256(dnsmos_file().read_bytes()).hexdigest()
    return found


def mean_and_confidence(values) -> tuple[float, float]:
    """Mean and half-width of its 95 % confidence interval (normal approximation)."""
    values = np.asarray(values, dtype=np.float64)
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return float(values.mean()), float(half)
