# SPDX-License-Identifier: Apache-2.0
"""Tests of the parts of run.py that need neither the peers nor the network."""
import os
import pathlib
import sys
import tempfile
import textwrap
import unittest
from unittest import mock

try:
    import numpy as np
except ImportError:
    print("NumPy is not installed: skipped")
    sys.exit(77)

import driver_call
import figures
import model_file
import peer_list
import python_driver
import sound_pairs
import table
from streaming_stft import StreamingStft


class Figures(unittest.TestCase):
    def test_quantiles_are_times_that_were_measured(self):
        times = np.random.default_rng(1).permutation(np.arange(1, 201))
        self.assertEqual(figures.quantile(times, 0.5), 100)
        self.assertEqual(figures.quantile(times, 0.99), 198)
        self.assertEqual(figures.quantile([7.0], 0.99), 7)

    def test_each_figure_is_that_of_the_quietest_round(self):
        quiet, disturbed = [100.0] * 98 + [200.0] * 2, [100.0] * 50 + [5000.0] * 50
        found = figures.summarise([disturbed, quiet], hop_seconds=0.016)
        self.assertAlmostEqual(found["rtf"], 102e-6 / 0.016)
        self.assertEqual((found["p50_us"], found["p99_us"], found["max_us"]), (100, 200, 200))

    def test_ratios_are_to_the_fastest_way_of_the_model_under_test(self):
        results = [{"key": "hiss-a", "rtf": 0.02, "reference": True},
                   {"key": "hiss-b", "rtf": 0.01, "reference": True},
                   {"key": "hiss-nano", "rtf": 0.001, "reference": False},
                   {"key": "other", "rtf": 0.05, "reference": False},
                   {"key": "absent", "not_run": "no"}]
        figures.add_ratios(results)
        self.assertAlmostEqual(results[0]["ratio"], 2)
        self.assertAlmostEqual(results[1]["ratio"], 1)
        self.assertAlmostEqual(results[3]["ratio"], 5)
        self.assertNotIn("ratio", results[4])
        alone = [{"key": "other", "rtf": 0.05, "reference": False}]
        figures.add_ratios(alone)
        self.assertNotIn("ratio", alone[0])


class Delay(unittest.TestCase):
    def setUp(self):
        self.source = np.random.default_rng(2).standard_normal(16000)

    def test_a_known_delay_is_found_whatever_the_sign_and_gain(self):
        for delay, gain in ((0, 1.0), (1, 0.3), (512, -0.5), (1600, 2.0)):
            output = gain * np.concatenate([np.zeros(delay), self.source])
            self.assertEqual(figures.delay_samples(self.source, output, 1600), delay)

    def test_the_scores_see_no_delay(self):
        output = np.concatenate([np.zeros(480), self.source])
        aligned = sound_pairs.metrics.align(self.source, output)
        self.assertGreater(sound_pairs.metrics.si_sdr(self.source, aligned), 100)
        self.assertLess(sound_pairs.metrics.si_sdr(self.source, output[:16000]), 0)


class Table(unittest.TestCase):
    RAN = {"key": "a", "name": "A", "rtf": 0.02, "ratio": 2.0, "p50_us": 310.4, "p99_us": 420.0,
           "max_us": 999.0, "hop_ms": 16.0, "latency_ms": 32.0, "pesq": 1.5, "si_sdr": 10.0,
           "stoi": 0.9, "timed": "whole hop", "version": "1.0", "licence": "MIT"}

    def test_rows_are_sorted_and_what_did_not_run_says_why(self):
        results = [{"key": "n", "name": "N", "not_run": "a | b\nis missing"},
                   {"key": "i", "name": "input", "pesq": 1.0, "si_sdr": 0.0, "stoi": 0.8},
                   self.RAN, {**self.RAN, "name": "B", "rtf": 0.01, "ratio": 1.0}]
        lines = table.markdown(results).splitlines()
        self.assertEqual([line.split(" | ")[0] for line in lines[2:]],
                         ["| B", "| A", "| input", "| N"])
        self.assertIn("| not run: a \\| b is missing |", lines[-1])
        self.assertEqual(lines[3], "| A | 0.0200 | 2.00 | 310 | 420 | 999 | 16 | 32 | 1.500 | "
                                   "10.00 | 0.900 | whole hop |")
        for line in lines:
            self.assertEqual(line.replace("\\|", "").count("|"), len(table.COLUMNS) + 1)

    def test_a_hop_of_half_a_millisecond_is_not_rounded_away(self):
        for hop_ms, text in ((12.5, "12.5"), (16.0, "16"), (1e3 * 160 / 16000, "10"),
                             (1e3 * 600 / 48000, "12.5"), (100.0, "100")):
            self.assertEqual(table.row({**self.RAN, "hop_ms": hop_ms})[6], text)

    def test_notes_name_version_and_licence_of_those_that_ran(self):
        notes = table.notes([self.RAN, {"key": "n", "name": "N", "not_run": "why"}])
        self.assertEqual(notes, "- A: 1.0, MIT\n")


class Drivers(unittest.TestCase):
    """driver_call against small programs that act as drivers."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.core = min(os.sched_getaffinity(0))

    def call(self, script: str, jobs=(("in", "out"),), **options):
        program = self.folder / "driver.py"
        program.write_text(textwrap.dedent(script), encoding="utf-8")
        return driver_call.call([sys.executable, program], jobs, self.folder / "t.json", self.core,
                                0, **options)

    WRITE = """
        import json, os, sys
        times = sys.argv[sys.argv.index("--times") + 1]
        json.dump({"times_us": [[1.0, 2.0]], "arguments": sys.argv[1:],
                   "cores": len(os.sched_getaffinity(0)), "threads": os.environ["OMP_NUM_THREADS"],
                   "simd": os.environ.get("HISS_SIMD")}, open(times, "w"))
        """

    def test_the_report_comes_from_one_core_and_one_thread(self):
        report = self.call(self.WRITE, env={"HISS_SIMD": "scalar"})
        self.assertEqual(report["times_us"], [[1.0, 2.0]])
        self.assertEqual((report["cores"], report["threads"], report["simd"]), (1, "1", "scalar"))
        self.assertEqual(report["arguments"][-2:], ["in", "out"])

    def test_a_failure_gives_the_last_line_as_the_reason(self):
        with self.assertRaisesRegex(driver_call.NotRun, "^this processor has no avx512$"):
            self.call("import sys; sys.exit('warning\\nthis processor has no avx512')")

    def test_times_of_another_number_of_files_are_refused(self):
        with self.assertRaisesRegex(driver_call.NotRun, "times of 1 files, expected 2"):
            self.call(self.WRITE, jobs=(("a", "b"), ("c", "d")))

    def test_a_missing_program_is_a_reason(self):
        with self.assertRaisesRegex(driver_call.NotRun, "none: No such file"):
            driver_call.call([self.folder / "none"], [], self.folder / "t.json", self.core, 0)

    def test_a_driver_that_hangs_is_a_reason(self):
        with self.assertRaisesRegex(driver_call.NotRun, "no result after 1 s"):
            self.call("import time; time.sleep(60)", timeout_s=1)

    def test_an_empty_build_leaves_every_peer_in_the_list_with_a_reason(self):
        peers = peer_list.PeerList(self.folder, self.folder, self.folder / "none").all()
        reasons = {peer.key: peer.not_run for peer in peers}
        self.assertGreaterEqual(len(reasons), 16)
        self.assertIn("no program hiss_hops", reasons["hiss-avx2-16000"])
        self.assertIn("libspeexdsp-dev", reasons["speexdsp"])
        self.assertEqual([key for key, reason in reasons.items()
                          if not reason and not key.startswith(("onnx", "torch"))], [])

    def test_one_run_shows_every_shipped_model_and_counts_from_the_one_under_test(self):
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "hiss_hops").touch()
        for model in ("base", "nano"):
            path = model_file.find(model)
            peers = peer_list.PeerList(self.folder, self.folder, path).all(["hiss"])
            self.assertEqual(len({peer.key for peer in peers}), len(peers))
            shown = {str(peer.command[2]) for peer in peers}
            self.assertEqual(shown, {str(path) for path in model_file.shipped()})
            references = [peer for peer in peers if peer.reference]
            self.assertEqual({peer.command[2] for peer in references}, {path})
            self.assertEqual({peer.rate for peer in references}, {16000})

    def test_only_what_was_asked_for_is_prepared(self):
        peers = peer_list.PeerList(self.folder, self.folder, self.folder / "none")
        with mock.patch.object(peers, "onnx_hiss", side_effect=AssertionError):
            self.assertEqual({peer.key for peer in peers.all(["speex", "webrtc"])},
                             {"speexdsp", "webrtc"})

    def test_every_rival_that_can_run_names_the_sources_with_its_settings(self):
        (self.folder / "bin").mkdir()
        for name in ("speex", "webrtc", "rnnoise", "deepfilter"):
            (self.folder / "bin" / f"{name}_hops").touch()
        rivals = peer_list.PeerList(self.folder, self.folder, self.folder).rivals()
        self.assertEqual(len({peer.key for peer in rivals}), 6)
        ready = [peer for peer in rivals if not peer.not_run]
        self.assertGreaterEqual({peer.key for peer in ready}, {"speexdsp", "webrtc"})
        for peer in ready:
            self.assertTrue(peer.sources, peer.key)
            for source in peer.sources:
                self.assertTrue((peer_list.HERE / source).is_file(), source)


class Sounds(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def make(self, *names):
        for name in names:
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.touch()

    def test_pairs_in_folders_and_side_by_side(self):
        self.make("noisy/b.flac", "noisy/a.wav", "noisy/notes.txt", "clean/b.flac", "clean/a.wav")
        self.assertEqual([pair.name for pair in sound_pairs.find_pairs(self.folder)], ["a", "b"])
        shipped = sound_pairs.find_pairs(sound_pairs.ROOT / "tests" / "data" / "audio")
        self.assertEqual([pair.name for pair in shipped], ["cafe", "rain", "wind"])

    def test_a_missing_clean_original_is_named(self):
        self.make("noisy/a.flac")
        with self.assertRaisesRegex(ValueError, "clean/a.flac, found none"):
            sound_pairs.find_pairs(self.folder)

    def test_hops_cover_the_sound_and_its_delay(self):
        padded = python_driver.pad(np.ones(1000, np.float32), 256, 16000)
        self.assertEqual(len(padded) % 256, 0)
        self.assertGreaterEqual(len(padded), 1000 + 1600)
        self.assertEqual(padded.sum(), 1000)

    def test_the_stft_gives_the_input_back_one_window_less_a_hop_later(self):
        window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512))
        stft = StreamingStft(window, window, 256)
        samples = np.random.default_rng(3).standard_normal(256 * 20).astype(np.float32)
        output, times_us = python_driver.time_hops(
            lambda hop, watch: stft.synthesise(stft.analyse(hop)), samples, 256)
        self.assertEqual(len(times_us), 20)
        np.testing.assert_allclose(output[256:], samples[:-256], atol=1e-5)

    def test_a_short_synthesis_window_gives_the_input_back_sooner(self):
        hop, overlap, n_fft = 200, 120, 512
        fade = 0.5 - 0.5 * np.cos(np.pi * np.arange(overlap) / overlap)
        synthesis = np.concatenate([fade, np.ones(hop - overlap), 1 - fade])
        stft = StreamingStft(np.ones(n_fft), synthesis, hop)
        samples = np.random.default_rng(4).standard_normal(hop * 20).astype(np.float32)
        output, _ = python_driver.time_hops(
            lambda part, watch: stft.synthesise(stft.analyse(part)), samples, hop)
        np.testing.assert_allclose(output[overlap:], samples[:-overlap], atol=1e-5)


if __name__ == "__main__":
    unittest.main()
