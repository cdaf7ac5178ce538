#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The second development set: built twice alike, with the SNRs that its list states.

    dev2_test.py [-v]

Synthetic recordings stand in for the sources; the stored clips are checked too where they lie
beside the list. Exits with 77 (skipped) and one line when numpy, scipy or soundfile are missing.
"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TRAINING = pathlib.Path(__file__).resolve().parents[2] / "models" / "training"
LISTED = TRAINING / "dev2"

try:
    import numpy as np
    import scipy  # noqa: F401  (resampling of sources)
    import soundfile
except ImportError as error:
    print(f"skipped: {error} (Debian: python3-numpy python3-scipy python3-soundfile)")
    sys.exit(77)

RATE = 16000


def sentence(seed: int, seconds: float) -> np.ndarray:
    """Bursts of a buzz with pauses between them, at a level of its own."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 120 * k * time + k) / k for k in range(1, 20))
    gate = np.interp(time, np.arange(0, seconds + 1, 0.5),
                     (rng.random(int(seconds * 2) + 3) > 0.4)[:len(np.arange(0, seconds + 1, 0.5))])
    return 0.02 * (1 + seed) * buzz * gate ** 4 + 1e-5 * rng.standard_normal(len(time))


def make_sources(folder: pathlib.Path) -> dict:
    """Writes six recordings and returns what names them, as in `sources.json`."""
    sources = {"speech": [], "noise": []}
    for i in range(3):
        soundfile.write(str(folder / f"s{i}.flac"), sentence(i, 14.0), RATE)
        sources["speech"].append({"path": f"s{i}.flac", "speaker": f"S{i}", "clips": 2})
        rng = np.random.default_rng(100 + i)
        soundfile.write(str(folder / f"n{i}.wav"), 0.1 * rng.standard_normal((44100 * 7, 2)), 44100)
        sources["noise"].append({"name": f"noise{i}", "path": f"n{i}.wav", "author": "test",
                                 "licence": "CC0", "url": ""})
    return sources


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(TRAINING / "make_dev2.py"), *arguments],
                          capture_output=True, text=True)


def measured_snr(clean: np.ndarray, noisy: np.ndarray) -> float:
    """dB: power of the clean speech in its active frames over the power of what was added."""
    frames = clean[:len(clean) // 320 * 320].astype(np.float64).reshape(-1, 320)
    power = (frames ** 2).mean(axis=1)
    active = power[power > power.max() / 1000].mean()
    return 10 * np.log10(active / np.mean((noisy.astype(np.float64) - clean) ** 2))


class Dev2Test(unittest.TestCase):
    def check_set(self, out: pathlib.Path, pairs: list) -> dict:
        """Checks SNR, level and names of a built set; returns its samples by file."""
        meta = json.loads((out / "meta.json").read_text())
        self.assertEqual([m["id"] for m in meta], [p["id"] for p in pairs])
        samples = {}
        for entry in meta:
            both = []
            for name in ("clean", "noisy"):
                path = out / name / f"{entry['id']}.flac"
                audio, rate = soundfile.read(str(path), dtype="int16")
                self.assertEqual(rate, RATE)
                self.assertLessEqual(np.abs(audio.astype(int)).max(), 29492, path)
                samples[f"{name}/{entry['id']}"] = audio.tobytes()
                both.append(audio)
            self.assertEqual(len(both[0]), len(both[1]))
            self.assertTrue(3.5 <= len(both[0]) / RATE <= 5.0, entry)
            self.assertAlmostEqual(measured_snr(*both), entry["snr_db"], delta=0.02, msg=entry)
        return samples

    def test_built_twice_alike_with_the_stated_snrs(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "sources.json").write_text(json.dumps(make_sources(folder)))
            results, lists = [], []
            for turn in ("a", "b"):
                material, out = folder / turn / "material", folder / turn / "set"
                material.mkdir(parents=True)
                done = run("--sources", str(folder / "sources.json"), "--speech", name, "--noise",
                           name, "--material", str(material), "--list",
                           str(folder / turn / "pairs.json"), "--out", str(out))
                self.assertEqual(done.returncode, 0, done.stderr)
                pairs = json.loads((folder / turn / "pairs.json").read_text())
                self.assertEqual(len(pairs), 6)
                self.assertEqual({p["snr_db"] for p in pairs}, {-2.5, 2.5, 7.5, 12.5})
                results.append(self.check_set(out, pairs))
                lists.append(pairs)
            self.assertEqual(lists[0], lists[1])
            self.assertEqual(results[0], results[1])

            # A changed clip must not pass for the listed set.
            clip = folder / "a" / "material" / "noise" / "noise0.flac"
            audio, _ = soundfile.read(str(clip), dtype="int16")
            soundfile.write(str(clip), np.roll(audio, 1), RATE)
            done = run("--material", str(folder / "a" / "material"), "--list",
                       str(folder / "a" / "pairs.json"), "--out", str(folder / "c"))
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("the stored clips were changed", done.stderr)

    def test_the_list_is_balanced_and_names_its_sources(self):
        pairs = json.loads((LISTED / "pairs.json").read_text())
        sources = json.loads((LISTED / "sources.json").read_text())
        self.assertEqual(len(pairs), 48)
        self.assertEqual(set(collections.Counter(p["snr_db"] for p in pairs).values()), {12})
        self.assertEqual(len({p["speech"] for p in pairs}), 48)
        self.assertEqual({p["noise"] for p in pairs},
                         {f"{n['name']}.flac" for n in sources["noise"]})
        self.assertEqual({p["speaker"] for p in pairs}, {s["speaker"] for s in sources["speech"]})
        licences = (LISTED / "LICENCE.md").read_text()
        for noise in sources["noise"]:
            self.assertIn(f"`{noise['name']}`", licences)
        for speech in sources["speech"]:
            self.assertIn(f" {speech['speaker']},", licences)

    def test_the_stored_clips_give_the_listed_set(self):
        if not (LISTED / "speech").is_dir():
            self.skipTest("the stored clips are not beside the list")
        with tempfile.TemporaryDirectory() as name:
            done = run("--out", name)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.check_set(pathlib.Path(name), json.loads((LISTED / "pairs.json").read_text()))


if __name__ == "__main__":
    unittest.main()
