# SPDX-License-Identifier: Apache-2.0
"""Decodes the packs of speech and noise into two int16 arrays that fit on the GPU.

    python3 -m hiss_training.data --speech DIR --noise DIR --out DIR
"""
from __future__ import annotations

import argparse
import concurrent.futures
import pathlib

import numpy as np
import soundfile

SAMPLE_RATE = 16000
EXTENSIONS = {".opus", ".ogg", ".flac", ".wav"}


def decode(path: pathlib.Path) -> np.ndarray:
    """One mono int16 array at SAMPLE_RATE; raises ValueError for any other rate."""
    audio, rate = soundfile.read(str(path), dtype="int16", always_2d=True)
    if rate == 48000:  # libsndfile decodes Opus at 48 kHz whatever was encoded
        from scipy.signal import resample_poly
        audio = np.clip(np.rint(resample_poly(audio[:, 0].astype(np.float32), 1, 3)),
                        -32768, 32767).astype(np.int16)
        return audio
    if rate != SAMPLE_RATE:
        raise ValueError(f"{path}: sample rate: expected {SAMPLE_RATE}, found {rate}")
    return np.ascontiguousarray(audio[:, 0])


def load_folder(folder: str, workers: int = 16) -> np.ndarray:
    """All recordings below `folder`, in name order, as one int16 array."""
    paths = sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix.lower() in EXTENSIONS)
    if not paths:
        raise FileNotFoundError(f"{folder}: no recordings ({', '.join(sorted(EXTENSIONS))})")
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return np.concatenate(list(pool.map(decode, paths)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", required=True)
    parser.add_argument("--noise", required=True)
    parser.add_argument("--out", required=True, help="folder for speech.npy and noise.npy")
    args = parser.parse_args()
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    for name in ("speech", "noise"):
        audio = load_folder(getattr(args, name))
        np.save(out / f"{name}.npy", audio)
        print(f"{name}: {len(audio) / SAMPLE_RATE / 3600:.2f} h")


if __name__ == "__main__":
    main()
