# SPDX-License-Identifier: Apache-2.0
"""A small set of pairs made as training makes them, to set beside the development figures.

    python3 -m hiss_training.training_like --speech DIR --noise DIR --out PAIRS

`augment.PairMaker` on the CPU with a fixed seed, in dry rooms (an echo that belongs to the target
would make the figures of both sides harder to compare). Of each folder a few files are drawn, for
the packs are large. Clips without speech are left out: no figure is defined for them.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import sys

import numpy as np
import soundfile

from . import data

COUNT = 60
SECONDS = 5.0
SEED = 4
FILES = 8  # of each folder
WINDOW = 320  # 20 ms


def draw(folder: str, rng: np.random.Generator, files: int) -> np.ndarray:
    """Up to `files` recordings below `folder`, int16 at 16 kHz, one after the other."""
    paths = sorted(p for p in pathlib.Path(folder).rglob("*")
                   if p.suffix.lower() in data.EXTENSIONS)
    if not paths:
        raise FileNotFoundError(f"{folder}: expected recordings, found none")
    chosen = rng.permutation(len(paths))[:files]
    return np.concatenate([data.decode(paths[i]) for i in sorted(chosen)])


def has_speech(clean: np.ndarray) -> bool:
    """Whether a clip has a second of sound and pauses between: else it is a rest, or a knock."""
    windows = clean[:len(clean) // WINDOW * WINDOW].reshape(-1, WINDOW)
    levels = 10 * np.log10(np.mean(np.square(windows), axis=1) + 1e-12)
    low, high = np.quantile(levels, (0.1, 0.95))
    return (levels > levels.max() - 30).sum() >= 50 and high - low > 15


def make(speech: str, noise: str, out: pathlib.Path, count: int = COUNT, seconds: float = SECONDS,
         seed: int = SEED, files: int = FILES) -> None:
    """Writes `count` pairs as out/noisy/NNN.flac and out/clean/NNN.flac, and out/meta.json."""
    import torch
    from .augment import SAMPLE_RATE, PairMaker
    rng = np.random.default_rng(seed)
    arrays = [torch.from_numpy(draw(folder, rng, files)) for folder in (speech, noise)]
    torch.manual_seed(seed)
    maker = PairMaker(*arrays, int(seconds * SAMPLE_RATE), rooms=1)
    maker.speech_rooms = torch.ones_like(maker.speech_rooms)
    maker.noise_rooms = torch.ones_like(maker.noise_rooms)
    for name in ("noisy", "clean"):
        (out / name).mkdir(parents=True, exist_ok=True)
    meta = []
    while len(meta) < count:
        for noisy, clean in zip(*(x.numpy() for x in maker.batch(16))):
            if len(meta) == count or not has_speech(clean):
                continue
            ratio = 10 * np.log10((clean ** 2).sum() / max(((noisy - clean) ** 2).sum(), 1e-12))
            identity = f"{len(meta):03}"
            for name, samples in (("noisy", noisy), ("clean", clean)):
                soundfile.write(str(out / name / f"{identity}.flac"), samples, SAMPLE_RATE,
                                subtype="PCM_24")
            meta.append({"id": identity, "snr_db": round(float(ratio), 1)})
    (out / "meta.json").write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--speech", required=True)
    p.add_argument("--noise", required=True)
    p.add_argument("--out", required=True, type=pathlib.Path)
    p.add_argument("--count", type=int, default=COUNT)
    p.add_argument("--seed", type=int, default=SEED)
    args = p.parse_args()
    make(args.speech, args.noise, args.out, args.count, seed=args.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
