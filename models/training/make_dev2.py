#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the second development set: LibriSpeech speakers and noises that no training pack holds.

    python3 make_dev2.py --out DIR [--material MATERIAL]
    python3 make_dev2.py --speech SOURCES --noise SOURCES --material MATERIAL --list LIST

The first form mixes the stored clips MATERIAL/{speech,noise}/*.flac as `dev2/pairs.json` says into
DIR/noisy/NNN.flac, DIR/clean/NNN.flac (16 kHz, mono, 16 bit) and DIR/meta.json. It works with
integers up to one gain, so that it gives the same samples everywhere, and fails if it does not.

The second form makes MATERIAL and LIST (a new `pairs.json`) from folders of the original
recordings, which `dev2/sources.json` names: a stretch of each speech file between two pauses, and
the stretch of each noise file whose quietest half second is loudest.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import math
import pathlib

import numpy as np
import soundfile

HERE = pathlib.Path(__file__).resolve().parent / "dev2"
SAMPLE_RATE = 16000
FRAME = 320                      # 20 ms
SPEECH_SECONDS = (3.5, 3.7, 5.0)  # least, wanted, most
SNRS_DB = (-2.5, 2.5, 7.5, 12.5)
LEVELS_DB = (-23.0, -27.0, -31.0, -25.0, -29.0)  # active level of the clean speech, dBFS
PEAK = 29491                     # 0.9 of full scale
STORED_SPEECH_DB = -49.0         # quiet 16-bit clips take less room as FLAC; what the rounding adds
STORED_NOISE_DB = -61.0          # lies 52 and 40 dB under them, below their own floor


def frame_energies(samples: np.ndarray) -> np.ndarray:
    """Sums of squares [n_frames] (int64, exact) of int16 `samples` over whole frames."""
    count = len(samples) // FRAME
    return (samples[:count * FRAME].astype(np.int64).reshape(count, FRAME) ** 2).sum(axis=1)


def active_power(samples: np.ndarray) -> float:
    """Mean square of int16 `samples` over the frames within 30 dB of the loudest."""
    energies = frame_energies(samples)
    active = energies[energies * 1000 > energies.max()]
    return int(active.sum()) / (len(active) * FRAME)


def mean_power(samples: np.ndarray) -> float:
    return int((samples.astype(np.int64) ** 2).sum()) / len(samples)


def gain(target_db: float, power: float) -> float:
    """Factor that takes `power` to `target_db` (both re 1), rounded: libraries of mathematics
    differ in the last bit, and the samples must not."""
    return float(f"{math.sqrt(10 ** (target_db / 10) / power):.9e}")


def mix(speech: np.ndarray, noise: np.ndarray, level_db: float,
        snr_db: float) -> tuple[np.ndarray, np.ndarray]:
    """(clean, noisy) as int16 from int16 clips of equal length; the SNR counts active speech.
    Where a peak would pass 0.9 of full scale, the pair is made quieter than `level_db`."""
    full_scale_db = 20 * math.log10(32768)
    speech_gain = gain(level_db + full_scale_db, active_power(speech))
    for _ in range(2):
        clean = np.rint(speech * speech_gain).astype(np.int32)
        # Counted on the rounded samples, for rounding takes frames over the limit of activity.
        noise_gain = gain(10 * math.log10(active_power(clean)) - snr_db, mean_power(noise))
        noisy = np.rint(clean + noise * noise_gain).astype(np.int32)
        peak = int(max(np.abs(clean).max(), np.abs(noisy).max()))
        if peak <= PEAK:
            break
        speech_gain = float(f"{speech_gain * (PEAK - 30) / peak:.9e}")
    return clean.astype(np.int16), noisy.astype(np.int16)


def read_clip(path: pathlib.Path) -> np.ndarray:
    samples, rate = soundfile.read(str(path), dtype="int16", always_2d=True)
    if rate != SAMPLE_RATE or samples.shape[1] != 1:
        raise ValueError(f"{path}: expected {SAMPLE_RATE} Hz mono, found {rate} Hz, "
                         f"{samples.shape[1]} channels")
    return samples[:, 0]


def digest(*clips: np.ndarray) -> str:
    """SHA-256 of the samples themselves, for a FLAC file's bytes depend on its encoder."""
    state = hashlib.sha256()
    for clip in clips:
        state.update(clip.astype("<i2").tobytes())
    return state.hexdigest()


def mixed_pair(pair: dict, material: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    """(clean, noisy) of one entry of `pairs.json`."""
    speech = read_clip(material / "speech" / pair["speech"])
    noise = read_clip(material / "noise" / pair["noise"])
    start = pair["noise_start"]
    if start + len(speech) > len(noise):
        raise ValueError(f"pair {pair['id']}: {pair['noise']} is too short")
    return mix(speech, noise[start:start + len(speech)], pair["level_db"], pair["snr_db"])


def build(pairs: list[dict], material: pathlib.Path, out: pathlib.Path) -> None:
    """Writes the set; raises ValueError where a mixture differs from the listed digest."""
    for name in ("noisy", "clean"):
        (out / name).mkdir(parents=True, exist_ok=True)
    meta = []
    for pair in pairs:
        clean, noisy = mixed_pair(pair, material)
        if digest(clean, noisy) != pair["sha256"]:
            raise ValueError(f"pair {pair['id']}: the mixture is not the listed one; "
                             "the stored clips were changed")
        for name, samples in (("clean", clean), ("noisy", noisy)):
            soundfile.write(str(out / name / f"{pair['id']}.flac"), samples, SAMPLE_RATE)
        meta.append({key: pair[key] for key in ("id", "speech", "noise", "speaker", "snr_db")})
    (out / "meta.json").write_text(json.dumps(meta, indent=1) + "\n")


def load_source(path: pathlib.Path) -> np.ndarray:
    """A recording as float64 at SAMPLE_RATE, one channel, without its mean."""
    from scipy.signal import resample_poly
    audio, rate = soundfile.read(str(path), dtype="float64", always_2d=True)
    audio = audio.mean(axis=1)
    if rate != SAMPLE_RATE:
        common = math.gcd(rate, SAMPLE_RATE)
        audio = resample_poly(audio, SAMPLE_RATE // common, rate // common)
    return audio - audio.mean()


def stored(audio: np.ndarray, level_db: float, power: float) -> np.ndarray:
    """int16 at `level_db` dBFS where `audio` has `power`, lower if it would clip."""
    factor = 10 ** (level_db / 20) / math.sqrt(power)
    factor = min(factor, 0.9 / np.abs(audio).max())
    return np.rint(audio * factor * 32768).astype(np.int16)


def pauses(audio: np.ndarray) -> list[int]:
    """Samples in the middle of each stretch of 100 ms or more 30 dB under the loud frames, the
    ends of the recording among them."""
    count = len(audio) // FRAME
    energies = (audio[:count * FRAME].reshape(count, FRAME) ** 2).sum(axis=1)
    quiet = energies < np.percentile(energies, 95) * 1e-3
    cuts, start = [0], None
    for i, is_quiet in enumerate(list(quiet) + [False]):
        if is_quiet and start is None:
            start = i
        elif not is_quiet and start is not None:
            if i - start >= 5:
                cuts.append((start + i) // 2 * FRAME)
            start = None
    return cuts + [len(audio)]


def speech_cuts(audio: np.ndarray, wanted: int) -> list[tuple[int, int]]:
    """Up to `wanted` separate (start, end) between pauses, of SPEECH_SECONDS, first ones first."""
    least, best, most = (int(s * SAMPLE_RATE) for s in SPEECH_SECONDS)
    cuts, found, after = pauses(audio), [], 0
    for start in cuts:
        ends = [end for end in cuts if least <= end - start <= most]
        if len(found) < wanted and start >= after and ends:
            after = min(ends, key=lambda end: abs(end - start - best))
            found.append((start, after))
    return found


def noise_start(audio: np.ndarray, length: int) -> int:
    """Start of the stretch of `length` samples whose quietest half second is loudest."""
    half = SAMPLE_RATE // 2
    sums = np.concatenate([[0.0], np.cumsum(audio ** 2)])
    floors = [(min(sums[at + half] - sums[at] for at in range(start, start + length - half + 1,
                                                             half // 2)), -start)
              for start in range(0, len(audio) - length + 1, half)]
    return -max(floors)[1]


def choose(sources: dict, speech_dir: pathlib.Path, noise_dir: pathlib.Path,
           material: pathlib.Path) -> list[dict]:
    """Writes the stored clips and returns the list of pairs, all decided by `sources`."""
    for name in ("speech", "noise"):
        (material / name).mkdir(parents=True, exist_ok=True)
    clips = []
    for entry in sources["speech"]:
        audio = load_source(speech_dir / entry["path"])
        found = speech_cuts(audio, entry["clips"])
        if len(found) < entry["clips"]:
            raise ValueError(f"{entry['path']}: {len(found)} of {entry['clips']} clips")
        for number, (start, end) in enumerate(found):
            name = f"{pathlib.PurePath(entry['path']).stem}_{number}.flac"
            clip = stored(audio[start:end], STORED_SPEECH_DB, np.mean(audio[start:end] ** 2))
            soundfile.write(str(material / "speech" / name), clip, SAMPLE_RATE)
            clips.append({"speech": name, "speaker": entry["speaker"], "length": len(clip)})
    noises = []
    for which, entry in enumerate(sources["noise"]):
        audio = load_source(noise_dir / entry["path"])
        length = max(clip["length"] for clip in clips[which::len(sources["noise"])])
        if len(audio) < length:
            raise ValueError(f"{entry['path']}: shorter than the speech it goes with")
        start = noise_start(audio, length)
        cut = audio[start:start + length]
        clip = stored(cut, STORED_NOISE_DB, np.mean(cut ** 2))
        soundfile.write(str(material / "noise" / f"{entry['name']}.flac"), clip, SAMPLE_RATE)
        noises.append({"noise": f"{entry['name']}.flac", "length": length})
    pairs = []
    for i, clip in enumerate(clips):
        turn, which = divmod(i, len(noises))
        noise = noises[which]
        spare = noise["length"] - clip["length"]
        pair = {"id": f"{i:03d}", "speech": clip["speech"], "speaker": clip["speaker"],
                "noise": noise["noise"], "noise_start": spare if turn % 2 else 0,
                "level_db": LEVELS_DB[i % len(LEVELS_DB)],
                "snr_db": SNRS_DB[(which + 2 * turn) % len(SNRS_DB)]}
        pair["sha256"] = digest(*mixed_pair(pair, material))
        pairs.append(pair)
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", help="folder for the set")
    parser.add_argument("--material", default=str(HERE), help="folder of the stored clips")
    parser.add_argument("--list", default=str(HERE / "pairs.json"), help="the list of pairs")
    parser.add_argument("--sources", default=str(HERE / "sources.json"))
    parser.add_argument("--speech", help="folder of original speech; makes material and list")
    parser.add_argument("--noise", help="folder of original noise")
    args = parser.parse_args()
    material = pathlib.Path(args.material)
    if bool(args.speech) != bool(args.noise) or not (args.speech or args.out):
        parser.error("give --out, or --speech and --noise")
    if args.speech:
        sources = json.loads(pathlib.Path(args.sources).read_text())
        pairs = choose(sources, pathlib.Path(args.speech), pathlib.Path(args.noise), material)
        lines = ",\n".join(" " + json.dumps(pair) for pair in pairs)
        pathlib.Path(args.list).write_text(f"[\n{lines}\n]\n")
        print(f"{len(pairs)} pairs listed")
    if args.out:
        pairs = json.loads(pathlib.Path(args.list).read_text())
        build(pairs, material, pathlib.Path(args.out))
        print(f"{len(pairs)} pairs written")


if __name__ == "__main__":
    main()
