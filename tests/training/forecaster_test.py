#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The forecaster of sensor channels: its series, batches and outputs, and a few steps of training with
export.

    forecaster_test.py [-v]

Exits with 77 (skipped) and one line when PyTorch or NumPy are missing.
"""
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRAINING = ROOT / "models" / "training"
sys.path.insert(0, str(TRAINING))

try:
    import numpy as np
    import torch
except ImportError as error:
    print(f"skipped: {error} (Debian: python3-torch python3-numpy)")
    sys.exit(77)

from hiss_training import safetensors_io, series  # noqa: E402
from hiss_training.forecaster import (FEATURES, HORIZONS, QUANTILES, ForecastConfig,  # noqa: E402
                                      Forecaster, features)
from hiss_training import forecast_expert, measure_forecaster  # noqa: E402
from hiss_training.train_forecaster import Batches, pinball  # noqa: E402

SMALL = ForecastConfig(d_model=8, n_layer=2, d_state=4, dt_rank=1)


def packed(folder, n=4, rows=1100):
    path = os.path.join(folder, "pack.npz")
    pack = series.build([], n, rows)
    pack.save(path)
    return path, pack


class SeriesTest(unittest.TestCase):
    def test_the_scale_of_a_row_knows_no_later_row(self):
        r = np.random.default_rng(3)
        x = series.synthetic(r, 1500)
        whole = series.streaming_scale(x)
        other = x.copy()
        other[700:] = 1e6
        for a, b in zip(whole, series.streaming_scale(other)):
            np.testing.assert_array_equal(a[:700], b[:700])
        self.assertLessEqual(np.abs(whole[0]).max(), series.MOST_Z)
        self.assertGreater(whole[1].min(), 0)

    def test_the_scale_follows_level_and_size(self):
        r = np.random.default_rng(4)
        x = 1e4 + 250 * r.normal(size=6000)
        z, usual, mean, deviation = series.streaming_scale(x)
        self.assertAlmostEqual(float(z[1000:].std()), 1, delta=.05)
        self.assertAlmostEqual(float(usual[1000:].mean()), 2 / math.sqrt(math.pi), delta=.05)
        self.assertAlmostEqual(mean[-1], 1e4, delta=25)
        self.assertAlmostEqual(deviation[-1], 250, delta=10)
        # Neither a unit nor an offset changes what the network sees.
        again = series.streaming_scale(-3e-3 * x + 12)
        np.testing.assert_allclose(again[0][2:], -z[2:], atol=1e-3)

    def test_wrong_readings_do_not_spoil_the_scale_and_what_stays_is_believed(self):
        x = np.sin(.1 * np.arange(6000))
        clean = series.streaming_scale(x)
        for wrong in (-999.0, 65535.0, 3.4e38):
            spoilt = x.copy()
            spoilt[1500:1520] = wrong
            z = series.streaming_scale(spoilt)[0]
            np.testing.assert_allclose(z[1700:], clean[0][1700:], atol=.5)
        moved = x.copy()
        moved[1500:] += 40
        self.assertLess(np.abs(series.streaming_scale(moved)[0][-60:]).max(), 3)

    def test_an_anomaly_is_marked_where_it_was_put(self):
        r = np.random.default_rng(5)
        changed = 0
        for _ in range(40):
            x = series.synthetic(r, 1200)
            y, before = np.zeros(1200), x.copy()
            series.spoil(r, x, y)
            self.assertGreater(y.sum(), 0)
            np.testing.assert_array_equal(x[y == 0], before[y == 0])
            changed += not np.array_equal(x, before)
        self.assertGreater(changed, 30)

    def test_every_fifth_series_is_held_out(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.npz")
            arrays = {}
            for i in range(11):
                arrays[f"{i}.x"] = np.full(40, float(i), np.float32)
                arrays[f"{i}.y"] = np.packbits(np.arange(40) == i)
            np.savez(path, **arrays)
            trained = {name for name, _, _ in series.tuning_series(path)}
            held = {name for name, _, _ in series.tuning_series(path, held_out=True)}
        self.assertEqual(held, {"4", "9"})
        self.assertEqual(trained | held, {str(i) for i in range(11)})
        self.assertFalse(trained & held)


class BatchesTest(unittest.TestCase):
    def test_targets_are_later_values_in_usual_steps(self):
        torch.manual_seed(2)
        with tempfile.TemporaryDirectory() as folder:
            u, t, y = Batches(packed(folder)[0], torch.device("cpu"), 256).draw(16)
        self.assertEqual(u.shape, (16, 256, FEATURES))
        self.assertEqual(t.shape, (16, 256, len(HORIZONS)))
        self.assertEqual(y.shape, (16, 256))
        value, usual = 3 * u[..., 0], torch.exp(2 * u[..., 2] - 2)
        seen = 0
        for i, h in enumerate(HORIZONS):
            expected = (value[:, h:] - value[:, :-h]) / usual[:, :-h]
            # Where a row is missing its value is held, but the target is what was really there.
            whole = (u[:, h:, 3] == 0) & (expected.abs() < 49)
            torch.testing.assert_close(t[:, :-h, i][whole], expected[whole], rtol=1e-3, atol=1e-3)
            seen += int(whole.sum())
        self.assertGreater(seen, 8000)
        missing = u[..., 3] > 0
        self.assertTrue(torch.all(u[..., 1][missing] == 0))

    def test_pinball_is_least_at_the_quantile(self):
        t = torch.linspace(-1, 1, 2001).unsqueeze(-1)
        at = lambda shift: pinball(t, torch.tensor(QUANTILES) * 2 - 1 + shift).mean()
        self.assertLess(at(0.0), at(0.05))
        self.assertLess(at(0.0), at(-0.05))


class ForecasterTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(7)
        self.net = Forecaster(SMALL).eval()
        self.u = torch.randn(3, 50, FEATURES)

    def test_quantiles_rise(self):
        with torch.no_grad():
            quantiles, logit = self.net(5 * self.u)
        self.assertEqual(quantiles.shape, (3, 50, len(HORIZONS), len(QUANTILES)))
        self.assertEqual(logit.shape, (3, 50))
        self.assertGreater(float((quantiles[..., 1:] - quantiles[..., :-1]).min()), 0)

    def test_a_row_knows_no_later_row(self):
        other = self.u.clone()
        other[:, 30:] += 1
        with torch.no_grad():
            (q, l), (q2, l2) = self.net(self.u), self.net(other)
        self.assertTrue(torch.equal(q[:, :30], q2[:, :30]) and torch.equal(l[:, :30], l2[:, :30]))
        self.assertFalse(torch.equal(q[:, 30], q2[:, 30]))

    def test_a_great_leap_is_one_of_the_greatest_usual(self):
        one = lambda v: torch.tensor([v])
        u = features(one(0.), one(1e9), one(0.), one(0.), one(0.))
        self.assertAlmostEqual(u[0, 1].item(), 20 / 3, places=5)


class ExpertTest(unittest.TestCase):
    def test_surprise_is_the_logarithm_of_the_share_farther_out(self):
        q = np.tile([-5., -3, -2, -1, 0, 1, 2, 4, 6], (6, 1))
        found = forecast_expert.surprise(q, np.array([0, 1.5, -4, 6, 8, 1e9]))
        expected = [0, -math.log(2 * .175), -math.log(.06), -math.log(.02), -math.log(.004)]
        np.testing.assert_allclose(found[:5], expected, atol=1e-9)
        self.assertTrue(20 < found[5] < 1e3)

    def test_what_is_said_of_a_row_knows_no_later_row(self):
        torch.manual_seed(9)
        net = Forecaster(SMALL).double().eval()
        r = np.random.default_rng(6)
        x = series.synthetic(r, 400)
        missing = r.random(400) < .1
        missing[0] = False
        whole = forecast_expert.watch(net, x, missing)
        cut = forecast_expert.watch(net, x[:300], missing[:300])
        for name, values in cut.items():
            np.testing.assert_allclose(values, whole[name][:300], rtol=1e-9, atol=1e-9)
        self.assertTrue(np.all(np.isnan(whole["surprise"][missing])))
        self.assertTrue(np.all(whole["low"][40:] < whole["high"][40:]))


class MeasureTest(unittest.TestCase):
    def test_rivals_of_an_autoregressive_series(self):
        """The AR model knows such a series, persistence does not, and an untrained network less."""
        r = np.random.default_rng(8)
        x = np.zeros(4000)
        for t in range(2, 4000):
            x[t] = 1.8 * x[t - 1] - .9 * x[t - 2] + r.normal()
        with tempfile.TemporaryDirectory() as folder:
            arrays = {}
            for i in range(5):
                arrays[f"{i}.x"] = x.astype(np.float32)
                arrays[f"{i}.y"] = np.packbits(np.zeros(4000, bool))
            for name in ("wsd", "kpi_train"):
                np.savez(os.path.join(folder, f"{name}.npz"), **arrays)
            torch.manual_seed(1)
            made = measure_forecaster.measure(Forecaster(SMALL).eval(), pathlib.Path(folder), 4000)
        self.assertEqual(made["series"], 2)
        one = {k: float(v) for k, v in made["1 ahead"].items()}
        self.assertLess(one["AR(16)"], .8 * one["persistence"])
        self.assertLess(one["AR(16)"], one["forecaster"])
        self.assertEqual(one["series better than AR(16)"], 0)


class TrainingTest(unittest.TestCase):
    def test_trains_exports_and_goes_on(self):
        with tempfile.TemporaryDirectory() as folder:
            path, _ = packed(folder)
            config = os.path.join(folder, "config.json")
            with open(config, "w", encoding="utf-8") as f:
                json.dump({"d_model": 8, "n_layer": 1, "d_state": 4, "dt_rank": 1}, f)
            run = os.path.join(folder, "run")
            def python(module, *args):
                subprocess.run([sys.executable, "-B", "-m", f"hiss_training.{module}", *args],
                               cwd=TRAINING, check=True, stdout=subprocess.DEVNULL)
            train = ("--data", path, "--config", config, "--batch", "8", "--rows", "64",
                     "--log-every", "20", "--out", run)
            python("train_forecaster", *train, "--steps", "100")
            with open(os.path.join(run, "train.log"), encoding="utf-8") as log:
                lines = [json.loads(line) for line in log]
            self.assertEqual([line["step"] for line in lines], [20, 40, 60, 80, 100])
            self.assertLess(lines[-1]["pin"], lines[0]["pin"])
            checkpoint = os.path.join(run, "checkpoint.pt")
            python("train_forecaster", *train, "--steps", "1", "--resume", checkpoint)
            state = torch.load(checkpoint, map_location="cpu")
            self.assertEqual(state["step"], 101)

            card = os.path.join(folder, "card.json")
            with open(card, "w", encoding="utf-8") as f:
                json.dump({"name": "f", "description": "", "data": "", "licence": ""}, f)
            out = os.path.join(folder, "f.safetensors")
            python("export_forecaster", "--checkpoint", checkpoint, "--card", card, "--out", out)
            tensors, metadata = safetensors_io.load(out)
            self.assertEqual(metadata["hiss.task"], "forecaster")
            self.assertEqual(json.loads(metadata["hiss.config"])["horizons"], list(HORIZONS))
            np.testing.assert_array_equal(tensors["blocks.0.mixer.A_log"],
                                          state["ema"]["mixers.0.A_log"].numpy())
            np.testing.assert_array_equal(tensors["blocks.0.norm.weight"],
                                          state["ema"]["norms.0.weight"].numpy())
            self.assertEqual(len(tensors), len(state["ema"]))


if __name__ == "__main__":
    unittest.main()
