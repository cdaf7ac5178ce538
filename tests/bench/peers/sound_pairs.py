# SPDX-License-Identifier: Apache-2.0
"""Noisy and clean recordings, resampling for peers at 48 kHz, and scores."""
import concurrent.futures
import dataclasses
import pathlib
import sys

import numpy as np

from figures import delay_samples

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "models" / "training"))

from hiss_training import metrics, scoring  # noqa: E402

RATE = 16000  # of the recordings and of the scores
SUFFIXES = (".flac", ".wav")
LONGEST_DELAY_S = 0.1
SCORES = ("pesq", "si_sdr", "stoi")


@dataclasses.dataclass(frozen=True)
class Pair:
    name: str
    noisy: pathlib.Path
    clean: pathlib.Path


def find_pairs(folder: pathlib.Path) -> list[Pair]:
    """Pairs noisy/NAME, clean/NAME of `folder`, or NAME_noisy, NAME_clean directly in it."""
    pairs = []
    for noisy in sorted([*folder.glob("noisy/*"), *folder.glob("*_noisy.*")]):
        if noisy.parent == folder:
            clean = folder / noisy.name.replace("_noisy.", "_clean.")
        else:
            clean = folder / "clean" / noisy.name
        if noisy.suffix in SUFFIXES:
            if not clean.is_file():
                raise ValueError(f"{noisy}: expected its clean original {clean}, found none")
            pairs.append(Pair(noisy.stem.removesuffix("_noisy"), noisy, clean))
    if not pairs:
        raise ValueError(f"{folder}: expected pairs of recordings, found none")
    return pairs


def read(path) -> np.ndarray:
    import soundfile
    samples, rate = soundfile.read(str(path), dtype="float64")
    if rate % RATE:
        raise ValueError(f"{path}: expected a multiple of {RATE} Hz, found {rate}")
    return lower(samples, rate)


def lower(samples, rate: int) -> np.ndarray:
    """`samples` at 16 kHz."""
    if rate == RATE:
        return samples
    from scipy.signal import resample_poly
    return resample_poly(samples, 1, rate // RATE)


def at_rate(pair: Pair, rate: int, folder: pathlib.Path) -> pathlib.Path:
    """The noisy recording at `rate`, made in `folder` unless it has that rate."""
    if rate == RATE:
        return pair.noisy
    import soundfile
    from scipy.signal import resample_poly
    path = folder / f"{pair.name}-{rate}.wav"
    if not path.exists():
        samples, found = soundfile.read(str(pair.noisy), dtype="float64")
        if found != RATE:
            raise ValueError(f"{pair.noisy}: expected {RATE} Hz, found {found}")
        soundfile.write(path, resample_poly(samples, rate // RATE, 1), rate, subtype="FLOAT")
    return path


def seconds(pair: Pair) -> float:
    import soundfile
    return soundfile.info(str(pair.noisy)).duration


def median_delay_s(pairs, outputs) -> float:
    """Of the outputs against their inputs."""
    import soundfile
    from scipy.signal import resample_poly
    delays = []
    for pair, output in zip(pairs, outputs):
        found, rate = soundfile.read(str(output), dtype="float64")
        source = resample_poly(read(pair.noisy), rate // RATE, 1)
        delays.append(delay_samples(source, found, int(LONGEST_DELAY_S * rate)) / rate)
    return float(np.median(delays))


def score(job) -> list[float]:
    """(clean path, output path) -> WB-PESQ, SI-SDR, STOI after alignment."""
    found = scoring.figures(read(job[0]), read(job[1]), SCORES)
    return [found[name] for name in SCORES]


def scores(pairs, outputs, jobs: int) -> dict[str, float]:
    """Means over all pairs, and the half-widths of their 95 % confidence intervals."""
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        rows = np.array(list(pool.map(score, [(p.clean, o) for p, o in zip(pairs, outputs)])))
    result = {}
    for i, name in enumerate(SCORES):
        result[name], result[name + "_confidence"] = metrics.mean_and_confidence(rows[:, i])
    return result
