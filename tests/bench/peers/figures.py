# SPDX-License-Identifier: Apache-2.0
"""From times and sounds to the figures of the table."""
import numpy as np


def summarise(repeats, hop_seconds: float) -> dict[str, float]:
    """Figures of the times in microseconds (one sequence a repeat).

    Each figure is the lowest over the repeats: what another process took from one of them says
    nothing about the denoiser.
    """
    repeats = [np.asarray(times, dtype=np.float64) for times in repeats]
    return {"rtf": min(float(times.mean()) for times in repeats) * 1e-6 / hop_seconds,
            "p50_us": min(quantile(times, 0.5) for times in repeats),
            "p99_us": min(quantile(times, 0.99) for times in repeats),
            "max_us": min(float(times.max()) for times in repeats)}


def quantile(times, share: float) -> float:
    """The least of `times` that at least `share` of them do not exceed."""
    return float(np.quantile(times, share, method="inverted_cdf"))


def add_ratios(results) -> None:
    """Sets `ratio` of each result that ran: its RTF over that of the fastest `reference`.

    Without a reference there is no ratio.
    """
    ran = [r for r in results if "rtf" in r]
    references = [r["rtf"] for r in ran if r["reference"]]
    for result in ran if references else []:
        result["ratio"] = result["rtf"] / min(references)


def delay_samples(source, output, reach: int) -> int:
    """By how many samples, 0 to `reach`, `output` comes after `source` (largest correlation)."""
    size = 1 << (len(source) + len(output)).bit_length()
    spectrum = np.fft.rfft(output, size) * np.conj(np.fft.rfft(source, size))
    return int(np.argmax(np.abs(np.fft.irfft(spectrum, size)[:reach + 1])))
