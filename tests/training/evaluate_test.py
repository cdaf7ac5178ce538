#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the evaluation: figures, intervals, caches, what is missing, behaviours.

    evaluate_test.py --audio tests/data/audio [--hiss build/dev/bin/hiss] [-v]

Exits with 77 (skipped) and one line when NumPy, SciPy or soundfile are missing; a test that needs
PyTorch or the package of a figure is skipped by name.
"""
import argparse
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models" / "training"))

try:
    import numpy as np
    import scipy  # noqa: F401
    import soundfile
except ImportError as error:
    print(f"skipped: {error} (Debian: python3-scipy python3-soundfile)")
    sys.exit(77)
try:
    import torch
except ImportError:
    torch = None

from hiss_training import (behaviours, bootstrap, dnsmos, evaluate, metrics, peers,  # noqa: E402
                           report, scoring, systems, training_like)

OPTIONS = argparse.Namespace(audio=None, hiss=None)


def needs(*figures):
    lacking = [metrics.missing()[f] for f in figures if f in metrics.missing()]
    return unittest.skipIf(lacking, f"package {', '.join(lacking)} is not installed")


def speech_like(seconds=2.0, seed=1):
    """Noise with syllables and pauses."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(16000 * seconds)) / 16000
    return 0.1 * rng.standard_normal(len(t)) * (np.sin(2 * np.pi * 2 * t) > 0)


class Folders(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write_pairs(self, count=3, name="set"):
        """`count` pairs at 10 dB with meta.json."""
        root = self.folder / name
        meta = []
        for i in range(count):
            clean = speech_like(seed=i)
            noise = np.random.default_rng(100 + i).standard_normal(len(clean))
            noise *= np.sqrt(0.1 * (clean @ clean) / (noise @ noise))
            for part, samples in (("clean", clean), ("noisy", clean + noise)):
                (root / part).mkdir(parents=True, exist_ok=True)
                soundfile.write(str(root / part / f"{i:03}.flac"), samples, 16000,
                                subtype="PCM_24")
            meta.append({"id": f"{i:03}", "noise": "fan" if i else "rain", "snr_db": 10.0})
        (root / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
        return root

    def evaluate(self, *arguments, figures=("si_sdr",)):
        """Exit status, markdown (or errors) and JSON of the command; most figures take long."""
        out, markdown = self.folder / "out.json", self.folder / "out.md"
        with contextlib.redirect_stderr(io.StringIO()) as errors:
            status = evaluate.main([*map(str, arguments), "--json", str(out), "--markdown",
                                    str(markdown), "--jobs", "1", "--figures", *figures])
        if status:
            return status, errors.getvalue(), None
        return status, markdown.read_text(encoding="utf-8"), json.loads(out.read_text())


class Figures(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(0)
        self.clean, noise = rng.standard_normal(16000), rng.standard_normal(16000)
        noise -= (noise @ self.clean) / (self.clean @ self.clean) * self.clean
        self.noise = noise * np.sqrt((self.clean @ self.clean) / (noise @ noise))

    def test_si_sdr_of_noise_at_right_angles_is_the_ratio_of_energies(self):
        for db in (-20, 0, 7.5, 40):
            for gain in (1, 0.01, -3):
                estimate = gain * (self.clean + 10 ** (-db / 20) * self.noise)
                self.assertAlmostEqual(metrics.si_sdr(self.clean, estimate), db, places=6)

    def test_si_sdr_has_ends(self):
        self.assertEqual(metrics.si_sdr(self.clean, 0 * self.clean), -metrics.SI_SDR_LIMIT_DB)
        self.assertGreater(metrics.si_sdr(self.clean, 0.5 * self.clean), 150)
        self.assertLess(metrics.si_sdr(self.clean, self.noise), -150)

    def test_alignment_takes_out_a_delay_of_any_sign_and_keeps_the_length(self):
        for lag in (0, 1, 512, 4800, -300):
            for extra in (0, 5000):
                moved = np.concatenate([np.zeros(max(lag, 0)), self.clean[max(-lag, 0):],
                                        np.zeros(extra)])
                found = metrics.align(self.clean, -0.3 * moved)
                self.assertEqual(len(found), len(self.clean))
                kept = slice(0, len(self.clean) - max(lag, 0) if not extra else None)
                start = max(-lag, 0)
                np.testing.assert_allclose(found[kept][start:], -0.3 * self.clean[kept][start:])

    @needs("pesq")
    def test_pesq_falls_with_noise_and_a_muted_clip_gets_the_lowest(self):
        clean, _ = soundfile.read(str(next(OPTIONS.audio.glob("*_clean.flac"))))
        noise = np.random.default_rng(1).standard_normal(len(clean)) * np.abs(clean).mean()
        found = [metrics.pesq_wb(clean, clean + g * noise) for g in (0, 0.1, 1)]
        self.assertAlmostEqual(found[0], 4.644, places=2)
        self.assertEqual(found, sorted(found, reverse=True))
        self.assertAlmostEqual(metrics.PESQ_FOOT, 1.0427, places=3)
        self.assertEqual(metrics.pesq_wb(clean, np.zeros(len(clean))), metrics.PESQ_FOOT)
        knock = np.zeros(len(clean))
        knock[8000:8200] = noise[:200]
        with self.assertRaisesRegex(ValueError, "expected speech in the clean original"):
            metrics.pesq_wb(knock, clean)

    @needs("ovrl")
    def test_dnsmos_prefers_clean_speech_and_repeats_short_clips(self):
        clean = next(OPTIONS.audio.glob("*_clean.flac"))
        noisy, _ = soundfile.read(str(clean).replace("_clean", "_noisy"))
        clean, _ = soundfile.read(str(clean))
        self.assertGreater(metrics.dnsmos(clean)[2], metrics.dnsmos(noisy)[2] + 0.5)
        short = clean[:40000]
        self.assertEqual(metrics.dnsmos(short), metrics.dnsmos(np.tile(short, 2)))

    @needs("ovrl")
    def test_dnsmos_shares_frames_without_another_result(self):
        if not dnsmos.importlib.util.find_spec("onnx"):
            self.skipTest("package onnx is not installed")
        noisy, _ = soundfile.read(str(next(OPTIONS.audio.glob("*_noisy.flac"))))
        for samples in (noisy, noisy[:72300], np.tile(noisy, 2)[:190000]):
            np.testing.assert_allclose(metrics.dnsmos(samples, run=dnsmos.SharedFrames()),
                                       metrics.dnsmos(samples, run=dnsmos.WholeWindows()),
                                       atol=1e-5)

    def test_what_is_missing_is_named_and_left_out(self):
        with mock.patch.object(metrics.importlib.util, "find_spec",
                               lambda name: None if name == "pystoi" else object()):
            self.assertEqual(metrics.missing(), {"stoi": "pystoi"})
            self.assertEqual(scoring.available(), ("pesq", "si_sdr", "sig", "bak", "ovrl"))


class Bootstrap(unittest.TestCase):
    def setUp(self):
        self.values = np.random.default_rng(2).standard_normal(60)

    def test_intervals_are_seeded(self):
        first = bootstrap.interval(self.values)
        self.assertEqual(first, bootstrap.interval(self.values))
        self.assertNotEqual(first, bootstrap.interval(self.values, seed=1))

    def test_an_interval_is_as_wide_as_theory_has_it(self):
        found = bootstrap.interval(self.values)
        theory = 2 * 1.96 * self.values.std(ddof=1) / np.sqrt(60)
        self.assertAlmostEqual((found.high - found.low) / theory, 1, delta=0.1)
        self.assertTrue(found.low < found.mean < found.high)
        self.assertEqual(found.mean, self.values.mean())

    def test_a_difference_is_of_the_same_recordings(self):
        ours = 10 * self.values + 0.1
        found = bootstrap.difference(ours, 10 * self.values)
        for value in (found.mean, found.low, found.high):
            self.assertAlmostEqual(value, 0.1)
        with self.assertRaises(ValueError):
            bootstrap.difference(ours, self.values[1:])

    def test_differences_of_two_sets_add_their_widths(self):
        zeros, more = np.zeros(60), np.zeros(40)
        other = np.random.default_rng(3).standard_normal(40)
        found = bootstrap.difference_of_differences(self.values + 1, zeros, other, more)
        a, b = bootstrap.interval(self.values), bootstrap.interval(other)
        self.assertAlmostEqual(found.mean, 1 + self.values.mean() - other.mean())
        self.assertAlmostEqual((found.high - found.low) / np.hypot(a.high - a.low, b.high - b.low),
                               1, delta=0.1)


class Caches(Folders):
    def setUp(self):
        super().setUp()
        self.ran = []
        self.pairs = evaluate.PairSet.load(str(self.write_pairs())).pairs
        self.peer = peers.peer_list.Peer("x", "X", version="1", sources=("ort_hops.py",))

    def run_peer(self, peer, pairs):
        self.ran.append([pair.name for pair in pairs])
        return [0.5 * peers.sound_pairs.read(pair.noisy).astype(np.float32) for pair in pairs]

    def test_outputs_are_computed_once_for_a_version_and_an_input(self):
        cache = peers.OutputCache(self.folder / "cache", self.run_peer)
        first = cache.outputs(self.peer, self.pairs)
        again = cache.outputs(self.peer, self.pairs)
        self.assertEqual(self.ran, [["000", "001", "002"]])
        for a, b in zip(first, again):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(again[0], 0.5 * peers.sound_pairs.read(self.pairs[0].noisy),
                                   atol=1e-7)
        soundfile.write(str(self.pairs[1].noisy), speech_like(seed=50), 16000)
        changed = cache.outputs(self.peer, self.pairs)
        self.assertEqual(self.ran[1:], [["001"]])
        self.assertGreater(np.abs(changed[1] - again[1]).max(), 0.01)
        self.peer.version = "2"
        cache.outputs(self.peer, self.pairs)
        self.assertEqual(self.ran[2:], [["000", "001", "002"]])

    def test_scores_are_computed_once_for_a_sound_and_a_scorer(self):
        clean = [speech_like(seed=i) for i in range(2)]
        estimate = [x + 0.01 for x in clean]

        def score(estimates, names=("si_sdr",)):
            return scoring.Scorer(names, self.folder, 1)(clean, estimates)

        with mock.patch.object(metrics, "si_sdr", side_effect=metrics.si_sdr) as si_sdr, \
                mock.patch.object(metrics, "stoi", side_effect=lambda *_: 0.5) as stoi:
            first = score(estimate)
            np.testing.assert_array_equal(first, score(estimate))
            self.assertEqual(si_sdr.call_count, 2)
            score([estimate[0], clean[1]])
            self.assertEqual(si_sdr.call_count, 3)
            both = score(estimate, ("stoi", "si_sdr"))
            self.assertEqual((si_sdr.call_count, stoi.call_count), (3, 2))
            np.testing.assert_array_equal(both, np.stack([[0.5, 0.5], first[:, 0]], axis=1))
            with mock.patch.object(metrics, "versions", return_value={"pesq": "another"}):
                score(estimate)
            self.assertEqual(si_sdr.call_count, 5)

    def test_several_processes_give_the_same_scores(self):
        clean = [speech_like(seed=i) for i in range(4)]
        estimate = [x + 0.03 * speech_like(seed=9 + i) for i, x in enumerate(clean)]
        np.testing.assert_array_equal(scoring.Scorer(("si_sdr",), None, 2)(clean, estimate),
                                      scoring.Scorer(("si_sdr",), None, 1)(clean, estimate))


class Command(Folders):
    @needs("pesq", "stoi", "ovrl")
    def test_all_figures_agree_that_clean_is_best(self):
        clean = self.folder / "clean"
        clean.mkdir()
        for path in OPTIONS.audio.glob("*_clean.flac"):
            (clean / path.name.replace("_clean", "_noisy")).write_bytes(path.read_bytes())
        _, text, found = self.evaluate("--pairs", OPTIONS.audio, "--folder", f"clean={clean}",
                                       "--differences", "clean", figures=scoring.FIGURES)
        for name, figure in found["sets"]["audio"]["differences"]["clean"]["noisy"].items():
            self.assertGreater(figure["low"], 0, name)
        self.assertIn("DNSMOS SIG", text)

    def test_rivals_and_models_that_are_missing_have_a_row(self):
        with mock.patch.object(peers.peer_list, "package_file", side_effect=peers.NotRun("no")):
            status, text, found = self.evaluate("--pairs", self.write_pairs(), "--peers", "all",
                                                "--peer-build", self.folder, "--hiss",
                                                self.folder / "hiss", "--by", "snr", "noise")
        self.assertEqual(status, 0)
        systems_found = found["sets"]["set"]["systems"]
        self.assertEqual(len(systems_found), 8)  # the input, six rivals and Hiss
        for label, entry in systems_found.items():
            self.assertEqual(label == "noisy", "figures" in entry, label)
        self.assertIn("| DTLN | not installed: ", text)
        self.assertIn("| Hiss | not installed: ", text)
        self.assertAlmostEqual(systems_found["noisy"]["figures"]["si_sdr"]["mean"], 10, delta=0.3)
        self.assertIn("| rain | 1 |", text)
        self.assertIn("| fan | 2 |", text)
        self.assertIn("| 10.0 | 3 |", text)

    def test_a_folder_of_outputs_is_scored_and_compared(self):
        pairs = self.write_pairs()
        status, text, found = self.evaluate("--pairs", f"mine={pairs}", "--folder",
                                            f"better={pairs / 'clean'}", "--differences", "better")
        self.assertEqual(status, 0)
        difference = found["sets"]["mine"]["differences"]["better"]["noisy"]["si_sdr"]
        self.assertGreater(difference["low"], 50)
        self.assertIn("### better less the others", text)

    def test_what_cannot_be_read_is_one_line_and_status_3(self):
        (self.folder / "empty").mkdir()
        status, text, _ = self.evaluate("--pairs", self.folder / "empty")
        self.assertEqual(status, 3)
        self.assertIn("expected pairs of recordings, found none", text)
        status, text, _ = self.evaluate("--pairs", self.write_pairs(), "--peers", "nobody")
        self.assertEqual(status, 3)
        self.assertIn("found nobody", text)

    def test_two_sets_are_ranked_beside_each_other(self):
        first, second = self.write_pairs(name="one"), self.write_pairs(4, name="two")
        _, text, _ = self.evaluate("--pairs", first, "--pairs", second, "--rate", 16000, 48000)
        self.assertIn("## The order in one and two", text)
        self.assertIn("| noisy, 48 kHz and back |", text)

    def test_the_program_runs_at_both_rates(self):
        if not OPTIONS.hiss:
            self.skipTest("the program hiss was not built")
        status, _, found = self.evaluate("--pairs", OPTIONS.audio, "--hiss", OPTIONS.hiss,
                                         "--rate", 16000, 48000)
        self.assertEqual(status, 0)
        means = {label: entry["figures"]["si_sdr"]["mean"]
                 for label, entry in found["sets"]["audio"]["systems"].items()}
        self.assertGreater(means["Hiss"], means["noisy"] + 6)
        self.assertGreater(means["Hiss, 48 kHz"], means["noisy"] + 6)

    def test_a_checkpoint_that_cannot_be_read_is_a_row(self):
        if torch is None:
            self.skipTest("PyTorch is not installed")
        (self.folder / "bad.pt").write_bytes(b"nothing")
        for name in ("bad.pt", "none.pt"):
            with self.assertRaisesRegex(peers.NotRun, name):
                systems.Checkpoint(str(self.folder / name))([speech_like()])

    def test_training_like_pairs_are_seeded_and_hold_speech(self):
        if torch is None:
            self.skipTest("PyTorch is not installed")
        for name, samples in (("speech", speech_like(8)), ("noise", speech_like(8, seed=3))):
            (self.folder / name).mkdir()
            soundfile.write(str(self.folder / name / "a.flac"), samples, 16000)
        made = [self.folder / f"out{i}" for i in (0, 1)]
        for out in made:
            training_like.make(str(self.folder / "speech"), str(self.folder / "noise"), out,
                               count=20, seconds=3)
        sets = [evaluate.PairSet.load(str(out)) for out in made]
        for a, b in zip(sets[0].noisy + sets[0].clean, sets[1].noisy + sets[1].clean):
            np.testing.assert_array_equal(a, b)
        self.assertEqual(len(sets[0].pairs), 20)
        for noisy, clean, pair in zip(sets[0].noisy, sets[0].clean, sets[0].pairs):
            self.assertTrue(training_like.has_speech(clean))
            ratio = 10 * np.log10((clean @ clean) / ((noisy - clean) @ (noisy - clean)))
            self.assertAlmostEqual(sets[0].meta[pair.name]["snr_db"], ratio, delta=0.3)

    def test_a_rest_or_a_knock_is_no_speech(self):
        speech = speech_like(3)
        self.assertTrue(training_like.has_speech(speech))
        noise = np.random.default_rng(1).standard_normal(48000)
        self.assertFalse(training_like.has_speech(noise))
        self.assertFalse(training_like.has_speech(0 * speech))
        noise[:47000] *= 0.001
        self.assertFalse(training_like.has_speech(noise))


class Behaviours(unittest.TestCase):
    def setUp(self):
        self.clean = [speech_like(seed=i) for i in range(2)]
        self.noisy = [x + 0.01 * np.random.default_rng(i).standard_normal(len(x))
                      for i, x in enumerate(self.clean)]

    def test_a_wire_changes_nothing(self):
        found = behaviours.measure(lambda xs: xs, self.clean, self.noisy)
        self.assertGreater(found["clean_si_sdr_db"], 100)
        self.assertEqual(found["clean_gain_db"], 0)
        self.assertAlmostEqual(found["worst_gain_change_db"], 0)
        self.assertAlmostEqual(found["pause_reduction_db"], 0)
        self.assertEqual(found["pause_modulation_in_db"], found["pause_modulation_out_db"])

    def test_a_gain_that_depends_on_the_level_is_seen(self):
        found = behaviours.level_sweep(lambda xs: [np.clip(x, -0.2, 0.2) for x in xs], self.noisy)
        self.assertAlmostEqual(found["gain_change_-50_dbfs_db"], 0)
        self.assertLess(found["gain_change_-3_dbfs_db"], -1)
        self.assertGreaterEqual(found["worst_gain_change_db"], -found["gain_change_-3_dbfs_db"])

    def test_pumping_in_pauses_is_seen(self):
        step = np.repeat(np.tile([0.1, 0.001], 50), 320)

        def pumping(recordings):
            return [np.where(c != 0, c, step[:len(x)] * x)
                    for c, x in zip(self.clean, recordings)]
        found = behaviours.pauses(pumping, self.clean, self.noisy)
        self.assertGreater(found["pause_modulation_out_db"], found["pause_modulation_in_db"] + 10)
        steady = behaviours.pauses(lambda xs: [np.where(c != 0, c, 0.1 * x) for c, x
                                               in zip(self.clean, xs)], self.clean, self.noisy)
        self.assertAlmostEqual(steady["pause_reduction_db"], 20, delta=1)
        self.assertAlmostEqual(steady["pause_modulation_out_db"],
                               steady["pause_modulation_in_db"], delta=0.5)
        with self.assertRaisesRegex(ValueError, "found none"):
            behaviours.pauses(lambda xs: xs, [np.ones(16000)], [np.ones(16000)])


class Tables(unittest.TestCase):
    def test_ranks_and_their_correlation(self):
        self.assertEqual(report.ranks([3, 1, 2, 2]).tolist(), [1, 4, 2.5, 2.5])
        self.assertAlmostEqual(report.rank_correlation([1, 2, 3], [10, 20, 30]), 1)
        self.assertAlmostEqual(report.rank_correlation([1, 2, 3], [3, 2, 1]), -1)

    def test_a_difference_is_bold_where_zero_lies_outside(self):
        def show(*values):
            return report.with_interval(bootstrap.Interval(*values), 2, True)
        self.assertEqual(show(0.1, 0.05, 0.15), "**+0.10 [+0.05, +0.15]**")
        self.assertEqual(show(-0.1, -0.2, 0.15), "−0.10 [−0.20, +0.15]")

    def test_a_file_is_renewed_between_its_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.md"
            report.write(path, "first\n")
            self.assertEqual(path.read_text(), "first\n")
            for text in ("second\n", "third\n"):
                path.write_text(f"head\n{report.BEGIN}\nold\n{report.END}\ntail\n")
                report.write(path, text)
                self.assertEqual(path.read_text(),
                                 f"head\n{report.BEGIN}\n\n{text}\n{report.END}\ntail\n")

    def test_cells_keep_to_their_row(self):
        self.assertEqual(report.line(["a | b\nc", 1]), "| a \\| b c | 1 |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--audio", type=pathlib.Path, required=True)
    parser.add_argument("--hiss", type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    OPTIONS.audio = OPTIONS.audio.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
