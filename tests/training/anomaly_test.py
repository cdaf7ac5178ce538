#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the evaluation of anomaly detectors: figures on cases computed by hand, series, the whole
command on a stand-in for the program.

    anomaly_test.py [--nab REPOSITORY] [-v]

With --nab (a copy of numenta/NAB) NAB's score is held to its published results as well. Exits with 77
(skipped) and one line when NumPy is missing.
"""
import argparse
import contextlib
import csv
import io
import json
import math
import pathlib
import stat
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models" / "training"))

try:
    import numpy as np
except ImportError as error:
    print(f"skipped: {error} (Debian: python3-numpy)")
    sys.exit(77)

import eval_anomaly  # noqa: E402
from hiss_training import (anomaly_made, anomaly_nab, anomaly_run, anomaly_scores,  # noqa: E402
                           anomaly_sets, anomaly_sheets)

OPTIONS = argparse.Namespace(nab=None)

# A stand-in for the program: the score is how far a value is from the mean of those before it.
PROGRAM = """#!{python}
import csv, math, sys
arguments = sys.argv[1:]
assert arguments[0] == "detect"
if arguments[arguments.index("--detector") + 1] == "mamba":
    sys.exit("mamba: no model")
rows = list(csv.DictReader(open(arguments[1])))
total = squares = 0.0
with open(arguments[arguments.index("-o") + 1], "w") as out:
    out.write("time,score,alert\\n")
    for i, row in enumerate(rows):
        value = float(row["c1"])
        mean = total / i if i else value
        deviation = math.sqrt(max(squares / i - mean * mean, 1e-9)) if i else 1.0
        out.write(f"{{row['time']}},{{abs(value - mean) / deviation if i > 50 else 0:.17g}},\\n")
        total += value
        squares += value * value
"""


class Scores(unittest.TestCase):
    def test_events_are_runs_of_labels(self):
        self.assertEqual(anomaly_scores.events([1, 1, 0, 0, 1, 0, 1]), [(0, 1), (4, 4), (6, 6)])
        self.assertEqual(anomaly_scores.events([0, 0]), [])

    def test_one_alert_in_so_many_rows(self):
        score = np.zeros(300)
        score[[10, 11, 109, 110, 111, 250]] = 5
        self.assertEqual(anomaly_scores.alerts(score, 5).tolist(), [10, 110, 250])
        self.assertEqual(anomaly_scores.alerts(score, 5, 1).tolist(), [10, 11, 109, 110, 111, 250])
        self.assertEqual(len(anomaly_scores.alerts(score, 5.1)), 0)

    def test_suppressed_reaches_the_threshold_only_in_alerts(self):
        score = np.random.default_rng(1).exponential(1, 5000)
        out = anomaly_scores.suppressed(score, 2.0)
        at = anomaly_scores.alerts(score, 2.0)
        self.assertEqual(np.flatnonzero(out >= 2.0).tolist(), at.tolist())
        self.assertGreater(len(at), 20)
        np.testing.assert_array_equal(out[score < 2.0], score[score < 2.0])
        rest = np.setdiff1d(np.flatnonzero(score >= 2.0), at)
        self.assertTrue((np.argsort(out[rest]) == np.argsort(score[rest])).all())

    def test_bounded_keeps_the_order(self):
        out = anomaly_scores.bounded([0, .5, 3, 300, 301, 1e6])
        self.assertTrue((np.diff(out) > 0).all() and out[0] == 0 and out[-1] < 1)

    def test_auc_counts_pairs_and_half_of_ties(self):
        self.assertAlmostEqual(anomaly_scores.roc_auc([0, 0, 1, 1], [1, 2, 2, 3]), 3.5 / 4)

    def test_auc_pr(self):
        # In order: hit, miss, hit: precision 1 at recall 1/2, 2/3 at recall 1.
        self.assertAlmostEqual(anomaly_scores.auc_pr([1, 0, 1, 0], [4, 3, 2, 1]), .5 + .5 * 2 / 3)
        self.assertAlmostEqual(anomaly_scores.auc_pr([1, 0, 0, 1], [1, 1, 1, 1]), .5)

    def test_soft_labels(self):
        out = anomaly_scores.soft_labels([0, 0, 0, 1, 0, 0, 0], 4)
        far, near = math.sqrt(1 - 2 / 4), math.sqrt(1 - 1 / 4)
        np.testing.assert_allclose(out, [0, far, near, 1, near, far, 0])
        np.testing.assert_array_equal(anomaly_scores.soft_labels([0, 1, 0], 0), [0, 1, 0])

    def test_range_auc_pr_by_hand(self):
        labels = np.array([0, 0, 1, 1, 0, 0, 0, 1])
        score = np.array([0, 6, 5, 1, 2, 3, 4, 7.0])
        # Width 0, thresholds at each score: predicted rows 7, 1, 2, 6, 5, 4, 3, 0; three labels, two
        # events. Recall is hits / 3 times the share of events touched.
        hits = np.array([1, 1, 2, 2, 2, 2, 3, 3])
        touched = np.array([.5, .5, 1, 1, 1, 1, 1, 1])
        recall = hits / 3 * touched
        wanted = (np.diff(recall, prepend=0) * hits / np.arange(1, 9)).sum()
        self.assertAlmostEqual(anomaly_scores.range_auc_pr(labels, score, 0, thresholds=8), wanted)
        # Width 2 adds sqrt(1/2) to rows 1, 4 and 6; the sum is 3 + 3 * sqrt(1/2).
        s = math.sqrt(.5)
        hits = np.cumsum([1, s, 1, s, 0, s, 1, 0])
        recall = np.minimum(hits / ((3 + 3 + 3 * s) / 2), 1) * [.5, 1, 1, 1, 1, 1, 1, 1]
        wanted2 = (np.diff(recall, prepend=0) * hits / np.arange(1, 9)).sum()
        self.assertAlmostEqual(anomaly_scores.range_auc_pr(labels, score, 2, thresholds=8), wanted2)
        with mock.patch.object(anomaly_scores, "range_auc_pr", side_effect=lambda a, b, w: w):
            self.assertEqual(anomaly_scores.vus_pr(labels, score, 100, 50), 50)

    def test_vus_pr_knows_good_from_bad(self):
        labels = np.zeros(4000, int)
        labels[2000:2100] = 1
        noise = np.random.default_rng(2).random(4000)
        self.assertLess(anomaly_scores.vus_pr(labels, noise), .06)
        self.assertGreater(anomaly_scores.vus_pr(labels, noise + labels), .8)

    def test_hit_skips_the_first_fifth(self):
        labels, score = np.zeros(1000, int), np.zeros(1000)
        labels[500:510] = 1
        score[100], score[601], score[609] = 9, 1, 2
        self.assertTrue(anomaly_scores.hit(labels, score))
        score[611] = 3
        self.assertFalse(anomaly_scores.hit(labels, score))

    def test_detection(self):
        labels, score = np.zeros(2000, int), np.zeros(2000)
        labels[500:520] = labels[1500:1510] = labels[10] = 1
        score[[50, 300, 505, 1560]] = 1
        found = anomaly_scores.detection(labels, score, 1, first=100, late=60)
        self.assertEqual((found.events, found.found, found.delays, found.false_alerts),
                         (2, 2, [5, 60], 1))
        self.assertEqual(found.quiet_rows, 1900 - 80 - 70)


class Nab(unittest.TestCase):
    def setUp(self):
        self.scorer = anomaly_scores.NabScorer({"a": (1000, [(400, 499), (700, 749)]),
                                                "b": (2000, [])})

    def test_by_hand(self):
        none = np.array([], int)
        self.assertEqual(self.scorer.of_rows({"a": none, "b": none}), 0)
        self.assertAlmostEqual(self.scorer.of_rows({"a": [400, 700], "b": none}), 100, places=9)
        # A false one in a series without windows costs .11 (.22 in low FP) of two windows' worth of 2.
        self.assertAlmostEqual(self.scorer.of_rows({"a": [400, 700], "b": [1500]}), 100 - 11 / 4)
        self.assertAlmostEqual(self.scorer.of_rows({"a": [400, 700], "b": [1500]}, "low FP"),
                               100 - 22 / 4)
        # In the probation (150 of 1000 rows, 300 of 2000) nothing counts.
        self.assertEqual(self.scorer.of_rows({"a": [149], "b": [299]}), 0)
        self.assertLess(self.scorer.of_rows({"a": [150], "b": none}), 0)
        # Halfway through a window of 100 rows; the second detection in it adds nothing.
        worth = (2 / (1 + math.exp(-2.5)) - 1) / (2 / (1 + math.exp(-5)) - 1)
        for rows in ([450], [450, 480]):
            self.assertAlmostEqual(self.scorer.of_rows({"a": rows, "b": none}),
                                   100 * (1 + worth) / 4)
        # Just after a window a false one costs next to nothing.
        self.assertAlmostEqual(self.scorer.of_rows({"a": [500], "b": none}),
                               100 * .11 * (2 / (1 + math.exp(5 / 99)) - 1) / 4)

    def test_best_and_optimized_agree_with_a_search(self):
        r = np.random.default_rng(3)
        given = {"a": np.round(r.random(1000), 2), "b": np.round(r.random(2000), 2)}
        given["a"][[410, 720]] = 1.5
        searched = max(self.scorer.of_alerts(given, t, rows=1)
                       for t in np.unique(np.concatenate(list(given.values()))))
        self.assertAlmostEqual(self.scorer.optimized(given), searched)
        best, threshold = self.scorer.best(given)
        self.assertAlmostEqual(best, self.scorer.of_alerts(given, threshold))
        self.assertGreater(best, 90)

    def test_windows_of_labels(self):
        labels = np.zeros(1000, int)
        labels[100:103] = labels[180] = labels[400:500] = labels[990] = 1
        self.assertEqual(anomaly_scores.windows_of(labels), [(95, 240), (395, 499), (985, 999)])

    def test_published_results(self):
        if OPTIONS.nab is None:
            self.skipTest("no --nab")
        series = anomaly_sets.nab(OPTIONS.nab)
        scorer = anomaly_sheets.scorer(series)
        final = json.loads((OPTIONS.nab / "results" / "final_results.json").read_text())
        for detector in ("numenta", "windowedGaussian"):
            given = {}
            for s in series:
                folder, name = s.name.split("/")
                path = OPTIONS.nab / "results" / detector / folder / f"{detector}_{name}"
                with open(path, newline="") as file:
                    given[s.name] = np.array([float(r["anomaly_score"])
                                              for r in csv.DictReader(file)])
            for name, profile in anomaly_nab.PROFILES.items():
                # The file is rounded by thresholds that were searched in steps.
                self.assertAlmostEqual(scorer.optimized(given, profile), final[detector][name],
                                       delta=.1)


class Made(unittest.TestCase):
    def test_a_seed_gives_the_same_series(self):
        for family, (generate, _, _) in anomaly_made.FAMILIES.items():
            with self.subTest(family):
                values, labels = generate(3)
                again, _ = generate(3)
                other, _ = generate(4)
                np.testing.assert_array_equal(values, again)
                self.assertFalse(values.shape == other.shape and (values == other).all())
                self.assertTrue(np.isfinite(values).all())
                self.assertEqual(values.shape[:1], labels.shape)
                self.assertEqual(bool(labels.any()), family != "clean")

    def test_the_wrong_cycle_is_late_and_single(self):
        for seed in range(20):
            values, labels = anomaly_made.wrong_cycle_series(seed)
            (first, last), = anomaly_scores.events(labels)
            self.assertGreater(first, .2 * len(values))
            self.assertLess(last, len(values))

    def test_the_drawn_numbers_have_not_changed(self):
        values, labels = anomaly_made.wrong_cycle_series(0)
        self.assertEqual((len(values), anomaly_scores.events(labels)), WRONG_CYCLE_0)


WRONG_CYCLE_0 = (19687, [(14237, 14472)])  # rows and events of seed 0


class Sheets(unittest.TestCase):
    def test_calibration_of_a_calibrated_score(self):
        series = [anomaly_sets.Series(str(i), np.zeros((40000, 1)), np.zeros(40000, np.uint8),
                                      anomaly_sets.even_times(40000, 1)) for i in range(10)]
        sheet = anomaly_sheets.calibration_sheet(series, anomaly_run.floor("random", series))
        self.assertEqual(sheet["0.001"]["rows"], 390000)
        share = sheet["0.001"]["share"]
        self.assertLess(share["low"], 1e-3)
        self.assertGreater(share["high"], 1e-3)
        self.assertLess(share["high"], 1.3e-3)
        # A tenth of the rows of this p are hidden behind an alert before.
        self.assertLess(sheet["0.001"]["alerts"]["mean"], share["mean"])

    def test_rows_near_events_do_not_count(self):
        labels = np.zeros(3000, np.uint8)
        labels[2000:2010] = 1
        series = [anomaly_sets.Series("a", np.zeros((3000, 1)), labels,
                                      anomaly_sets.even_times(3000, 1))]
        evidence = {"a": np.where((np.arange(3000) > 1900) & (np.arange(3000) < 2109), 9.0, 0.0)}
        sheet = anomaly_sheets.calibration_sheet(series, evidence)
        self.assertEqual(sheet["0.0001"]["share"]["mean"], 0)
        self.assertEqual(sheet["0.0001"]["rows"], 3000 - 750 - 210)

    def test_far_and_mar(self):
        series = [anomaly_sets.Series("a", np.zeros((4, 1)), np.array([0, 0, 1, 1]), np.arange(4))]
        found = anomaly_sheets.row_alarm_sheet(series, {"a": np.array([0, 2, 2, 0])}, 1)
        self.assertEqual(found, {"FAR": .5, "MAR": .5})


class Command(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.program = self.folder / "hiss"
        self.program.write_text(PROGRAM.format(python=sys.executable))
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)

    def series(self, rows=300):
        values = np.random.default_rng(5).normal(size=(rows, 2)) * 1e-3 + 1e6
        values[7, 1] = np.nan
        return anomaly_sets.Series("x", values, np.zeros(rows, np.uint8),
                                   anomaly_sets.even_times(rows, .5))

    def test_a_table_reads_back_exactly(self):
        series = self.series()
        anomaly_run.write_table(series, self.folder / "t.csv")
        back = np.genfromtxt(self.folder / "t.csv", delimiter=",", names=True)
        np.testing.assert_array_equal(np.stack([back["c1"], back["c2"]], 1), series.values)
        np.testing.assert_array_equal(back["time"], series.times)

    def test_scores_are_kept_between_runs(self):
        run = anomaly_run.HissDetect(self.program, self.folder / "store")
        first = run.one("ewma", self.series())
        with mock.patch.object(anomaly_run.subprocess, "run", side_effect=AssertionError):
            np.testing.assert_array_equal(run.one("ewma", self.series()), first)
            with self.assertRaises(AssertionError):
                run.one("rls-ar", self.series())
        self.assertGreater(first.max(), 3)

    def test_a_refusal_is_said(self):
        with self.assertRaisesRegex(anomaly_run.NotRun, "mamba: no model"):
            anomaly_run.HissDetect(self.program).one("mamba", self.series())

    def test_the_whole_command(self):
        labels = np.zeros((12, 20000), np.uint8)
        labels[:, 10000:10020] = 1
        x = np.random.default_rng(6).normal(size=labels.shape) + 8 * labels
        tuning = self.folder / "data" / "tuning"
        tuning.mkdir(parents=True)
        for pack, rows in (("wsd", range(8)), ("kpi_train", range(8, 11)), ("tods", range(11, 12))):
            np.savez(tuning / f"{pack}.npz",
                     **{f"{i}.x": x[i].astype(np.float32) for i in rows},
                     **{f"{i}.y": np.packbits(labels[i]) for i in rows})
        families = {name: anomaly_made.FAMILIES[name] for name in ("wrong cycle", "clean")}
        with mock.patch.object(anomaly_made, "FAMILIES", families), \
                contextlib.redirect_stdout(io.StringIO()) as out, \
                contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(eval_anomaly.main(
                ["run", "--hiss", str(self.program), "--data", str(self.folder / "data"),
                 "--detectors", "mamba", "ewma", "--tuning-series", "4", "--made-series", "2",
                 "--json", str(self.folder / "r.json"), "--out", str(self.folder / "r.md")]), 0)
        result = json.loads((self.folder / "r.json").read_text())
        self.assertEqual(result["not run"], {"mamba": "mamba: no model"})
        self.assertEqual(result["left out"], ["skab", "nab"])
        self.assertEqual(result["detectors"], ["ewma", "random", "time ramp"])
        wsd = result["sets"]["WSD"]
        self.assertEqual(wsd["series"], 4)
        self.assertEqual(wsd["figures"]["ewma"]["found"], 4)
        self.assertGreater(wsd["figures"]["ewma"]["AUC-PR"]["mean"], .9)
        self.assertLess(wsd["figures"]["random"]["AUC-PR"]["mean"], .1)
        self.assertGreater(wsd["figures"]["ewma"]["NAB-like"], 90)
        text = (self.folder / "r.md").read_text()
        self.assertEqual(text.strip(), out.getvalue().strip())
        for line in ("| ewma |", "`mamba` was not run", "### WSD: 4 series", "### Calibration"):
            self.assertIn(line, text)
        tables = [line for line in text.splitlines() if line.startswith("|")]
        self.assertTrue(all("nan" not in line for line in tables))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--nab", type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
