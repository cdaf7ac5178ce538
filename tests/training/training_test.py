#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the training pipeline on the CPU for a few steps: data, training, resume, export.

    training_test.py --audio tests/data/audio [--hiss build/dev/bin/hiss] [-v]

Exits with 77 (skipped) and one line when PyTorch, numpy or soundfile are missing.
"""
import argparse
import dataclasses
import json
import math
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRAINING = ROOT / "models" / "training"
sys.path.insert(0, str(TRAINING))

try:
    import numpy as np
    import scipy  # noqa: F401  (resampling in data and peers)
    import soundfile
    import torch
except ImportError as error:
    print(f"skipped: {error} (Debian: python3-torch python3-scipy python3-soundfile)")
    sys.exit(77)

from hiss_training import export, metrics, safetensors_io  # noqa: E402
from hiss_training.augment import PairMaker, at_speed, shoebox_rir, with_speeds  # noqa: E402
from hiss_training.judges import Judges  # noqa: E402
from hiss_training.losses import DenoiseLoss, Intelligibility, LoudnessDistance, si_sdr  # noqa: E402
from hiss_training.network import NetConfig, SubbandMamba, macs_per_second  # noqa: E402
from hiss_training.scan import scan_reference  # noqa: E402
from hiss_training.train import begin_with  # noqa: E402
from make_denoiser_golden import load_net  # noqa: E402

SMALL = NetConfig(channels=8, d_model=8, n_layer=2, n_conv=1, dt_rank=1, d_state=4)
WHOLE = dict(features=3, band_bias=1, fullband_d_model=20, fullband_rank=3)  # the optional parts
OPTIONS = argparse.Namespace(audio=None, hiss=None)


class NetworkTest(unittest.TestCase):
    def test_windows_reconstruct_perfectly(self):
        x = torch.randn(2, 8000)
        for hop, length in ((256, 512), (128, 256), (160, 320), (192, 320), (192, 256)):
            net = SubbandMamba(NetConfig(hop=hop, synthesis_length=length, channels=8, d_model=8,
                                         n_layer=1))
            padded = torch.nn.functional.pad(x, (0, 512 + (-8000) % hop))
            y = net.istft(net.stft(padded))[:, :8000]
            self.assertLess((y - x).abs().max().item(), 3e-6, (hop, length))

    def test_output_is_causal(self):
        """Samples later than the latency after a moment do not change the output before it."""
        for taps, depthwise in ((1, 0), (3, 5)):
            self.check_causal(dataclasses.replace(SMALL, taps=taps, depthwise=depthwise))
        self.check_causal(dataclasses.replace(SMALL, **WHOLE))

    def check_causal(self, config):
        torch.manual_seed(3)
        net = SubbandMamba(config).eval()
        if config.fullband_d_model:
            torch.nn.init.normal_(net.fullband.chan_up.weight)  # else it has no say
        x = torch.randn(1, 6400)
        changed = x.clone()
        changed[:, 4096:] += 1.0
        with torch.no_grad():
            a, b = net(x), net(changed)
        safe = 4096 - SMALL.synthesis_length
        self.assertEqual((a - b)[:, :safe].abs().max().item(), 0.0)
        self.assertGreater((a - b)[:, 4096:].abs().max().item(), 0.0)

    def test_scan_equals_steps_by_hand(self):
        torch.manual_seed(1)
        x, dt = torch.randn(1, 3, 1, 2), torch.rand(1, 3, 1, 2)
        A, B, C = -torch.rand(2, 2), torch.randn(1, 3, 1, 2), torch.randn(1, 3, 1, 2)
        y = scan_reference(x, dt, A, B, C)
        h = np.zeros((2, 2))
        for t in range(3):
            for d in range(2):
                for n in range(2):
                    h[d, n] = math.exp(dt[0, t, 0, d] * A[d, n]) * h[d, n] \
                        + dt[0, t, 0, d] * x[0, t, 0, d] * B[0, t, 0, n]
                expected = sum(h[d, n] * C[0, t, 0, n].item() for n in range(2))
                self.assertAlmostEqual(y[0, t, 0, d].item(), float(expected), places=5)

    def test_optional_parts_are_left_out_of_the_config(self):
        plain = json.loads(SMALL.to_json())
        self.assertFalse(set(plain) & {"taps", "depthwise", *WHOLE})
        whole = dataclasses.replace(SMALL, **WHOLE)
        self.assertEqual(NetConfig(**json.loads(whole.to_json())), whole)
        for wrong in (dict(fullband_rank=0), dict(fullband_d_model=0), dict(n_layer=1)):
            with self.assertRaisesRegex(ValueError, "expected"):
                dataclasses.replace(whole, **wrong)

    def test_optional_parts_begin_as_nothing(self):
        """A network that begins with a smaller one's weights gives its output."""
        torch.manual_seed(6)
        old = SMALL
        x = 0.1 * torch.randn(2, 8192)
        small = SubbandMamba(old)
        small(x)  # sets the running statistics of the batch norms
        more = old.n_layer + 1
        for parts in ({}, WHOLE, dict(band_bias=1), dict(n_layer=more), WHOLE | {"n_layer": more + 1},
                      dict(fullband_d_model=20, fullband_rank=3)):
            net = SubbandMamba(dataclasses.replace(old, **parts))
            begin_with(net, old, small.state_dict())
            with torch.no_grad():
                expected, found = small.eval()(x), net.eval()(x)
            self.assertGreater(expected.abs().max().item(), 1e-3)
            self.assertLess((found - expected).abs().max().item(), 1e-6, parts)
            if net.cfg.fullband_d_model:  # and learns from the first step on
                net.train()(x).square().sum().backward()
                self.assertGreater(net.fullband.chan_up.weight.grad.abs().max().item(), 0)
        grown = dataclasses.replace(net.cfg, n_layer=old.n_layer + 2)
        with torch.no_grad():
            net.fullband.chan_up.weight.normal_()
            whole = SubbandMamba(grown)
            begin_with(whole, net.cfg, net.state_dict())
            self.assertLess((whole.eval()(x) - net.eval()(x)).abs().max().item(), 1e-6)
        with self.assertRaisesRegex(ValueError, "config: expected"):
            begin_with(small, net.cfg, net.state_dict())
        stretched = SubbandMamba(dataclasses.replace(net.cfg, hop=192, synthesis_length=320))
        begin_with(stretched, net.cfg, net.state_dict())
        for mixer in ("fullband.mixer", "blocks.1.mixer"):
            change = stretched.get_parameter(f"{mixer}.dt_proj.bias") \
                - net.get_parameter(f"{mixer}.dt_proj.bias")
            self.assertAlmostEqual(change.max().item(), math.log(192 / 256), places=5)

    def test_multiply_accumulates_are_those_of_the_layers(self):
        """Every product of the optional parts, counted by hand for a hop."""
        old = SMALL
        hops = old.sample_rate / old.hop
        count = lambda **parts: round(
            (macs_per_second(dataclasses.replace(old, **parts)) - macs_per_second(old)) / hops)
        self.assertEqual(count(features=3), old.positions * old.channels * old.kernel)
        self.assertEqual(count(band_bias=1), 0)
        wide, inner, rank, bands, dt_rank = 20, 40, 3, old.n_band, 2
        matrices = wide * 2 * inner + inner * (dt_rank + 2 * old.d_state) + dt_rank * inner \
            + inner * wide
        expected = (2 * bands * old.d_model * rank + 2 * bands * rank * wide + matrices
                    + inner * old.d_conv + 3 * inner * old.d_state)
        self.assertEqual(count(fullband_d_model=wide, fullband_rank=rank), expected)

    def test_configs_keep_to_their_budgets(self):
        budgets = {"nano": (50, 120, 20), "base": (250, 300, 20), "large": (500, 900, 32)}
        # The forecaster is another network; forecaster_test.py has its own.
        found = {p.stem for p in (TRAINING / "configs").glob("*.json")} - {"forecaster"}
        self.assertEqual(found, set(budgets))
        for name, (least, most, milliseconds) in budgets.items():
            config = NetConfig.load(str(TRAINING / "configs" / f"{name}.json"))
            mega = macs_per_second(config) / 1e6
            self.assertTrue(least < mega <= most, f"{name}: {mega:.0f} MMAC/s")
            latency = 1000 * config.synthesis_length / config.sample_rate
            self.assertLessEqual(latency, milliseconds, name)


class ExportTest(unittest.TestCase):
    CARD = {"name": "n", "description": "d", "data": "x", "licence": "l"}

    def written(self, config, **options):
        torch.manual_seed(7)
        net = SubbandMamba(config)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "m.safetensors"
            export.write_model(path, net.state_dict(), config, self.CARD, **options)
            return net.state_dict(), *safetensors_io.load(str(path)), path.stat().st_size

    def test_only_new_parts_ask_for_the_new_format(self):
        for parts, expected in (({}, "1"), (dict(features=3), "2"), (dict(band_bias=1), "2"),
                                (dict(fullband_d_model=20, fullband_rank=3), "2")):
            config = dataclasses.replace(SMALL, **parts)
            _, tensors, metadata, _ = self.written(config)
            self.assertEqual(metadata["hiss.format"], expected, parts)
            self.assertEqual("band_bias" in tensors, "band_bias" in parts)
            self.assertEqual(NetConfig(**json.loads(metadata["hiss.config"])), config)

    def test_halves_keep_what_sets_the_memory(self):
        config = dataclasses.replace(SMALL, **WHOLE)
        state, single, _, size = self.written(config)
        _, half, _, half_size = self.written(config, dtype="f16")
        _, coarse, _, _ = self.written(config, dtype="f16", coarse_fullband=True)
        self.assertLess(half_size, 0.8 * size)
        for name, value in single.items():
            np.testing.assert_array_equal(value, state[name].numpy())
            exact = value.ndim == 1 or "A_log" in name or "dt_proj" in name
            self.assertEqual(half[name].dtype, np.float32 if exact else np.float16, name)
            self.assertEqual(coarse[name].dtype, half[name].dtype, name)
            spacing = np.abs(value) * 2.0 ** -11 + 2.0 ** -25
            self.assertTrue((np.abs(half[name].astype(np.float32) - value)
                             <= (0 if exact else spacing)).all(), name)
            rounded = coarse[name].astype(np.float32)
            if name in export.ONE_ROW:
                self.assertTrue((rounded.view(np.uint32) % 65536 == 0).all(), name)
                wide = half[name].astype(np.float32)
                self.assertTrue((np.abs(rounded - wide) <= 2.0 ** -8 * np.abs(wide)).all(), name)
            else:
                np.testing.assert_array_equal(coarse[name], half[name])
        self.assertEqual(sum(name in single for name in export.ONE_ROW), 5)

    def test_refuses_what_halves_cannot_hold(self):
        tensors = {"last.weight": torch.full((2, 2), 1e5)}
        with self.assertRaisesRegex(ValueError, "last.weight: expected values within 65504"):
            export.model_tensors(tensors, "f16")


class LossTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(2)
        t = torch.arange(32000) / 16000
        tone = sum(torch.sin(2 * np.pi * 150 * k * t) / k for k in range(1, 20))
        self.speech = (0.1 * tone * (torch.sin(9 * t) > 0))[None]
        self.noise = 0.05 * torch.randn(1, 32000)
        self.distance = LoudnessDistance()

    def test_more_noise_is_further_away_at_any_level(self):
        steps = [self.distance(self.speech + g * self.noise, self.speech).item()
                 for g in (0, 0.01, 0.1, 0.3, 1)]
        self.assertEqual(steps, sorted(steps))
        self.assertLess(steps[0], 0.01)
        self.assertGreater(steps[-1], steps[1] + 1)
        louder = self.distance(20 * (self.speech + 0.1 * self.noise), self.speech).item()
        self.assertAlmostEqual(louder, steps[2], places=3)
        opinions = self.distance.opinion(torch.tensor(steps))
        self.assertGreater(opinions[0].item(), 4.6)  # the best that P.862.2 gives is 4.64
        self.assertLess(opinions[-1].item(), 2.5)

    def test_gradient_points_to_the_clean_signal(self):
        noisy = (self.speech + 0.2 * self.noise).requires_grad_()
        before = self.distance(noisy, self.speech)
        before.sum().backward()
        step = 0.02 * noisy.detach().norm() * noisy.grad / noisy.grad.norm()
        after = self.distance(noisy.detach() - step, self.speech)
        self.assertLess(after.item(), before.item())
        self.assertGreater((noisy.grad * self.noise).sum().item(), 0)

    def test_sign_and_gain_are_learnt(self):
        """SI-SDR and loudness are blind to both; the whole loss must lead away from a wrong one."""
        loss = DenoiseLoss(ratio_weight=0.5, loudness_weight=1.5)
        target = self.speech
        value = lambda estimate: loss(estimate, target, target)[0].item()
        self.assertLess(value(target), value(0.7 * target))
        self.assertLess(value(0.7 * target), value(0.2 * target))
        self.assertLess(value(0.2 * target), value(-0.2 * target))
        for gain in (-1.0, -0.12, 0.2):
            estimate = (gain * target + 0.1 * self.noise).requires_grad_()
            loss(estimate, target, target)[0].backward()
            self.assertLess((estimate.grad * target).sum().item(), 0, gain)

    def test_what_is_too_small_can_count_more(self):
        plain, more = DenoiseLoss(0, 0), DenoiseLoss(0, 0, over_weight=2)
        value = lambda loss, gain: loss(gain * self.speech, self.speech, self.speech)[0].item()
        self.assertGreater(value(more, 0.7), 1.3 * value(plain, 0.7))
        self.assertAlmostEqual(value(more, 1.4), value(plain, 1.4), places=4)

    def test_what_is_left_in_pauses_can_count_more(self):
        """Noise 20 dB lower, in pauses alone: hardly seen without the distance of logarithms."""
        pauses = (self.speech.abs() < 1e-4) * self.noise
        plain, more = DenoiseLoss(0, 0), DenoiseLoss(0, 0, log_weight=0.3)
        value = lambda loss, gain: loss(self.speech + gain * pauses, self.speech,
                                        self.speech)[0].item()
        self.assertAlmostEqual(value(more, 0), value(plain, 0), places=6)
        gained = lambda loss: value(loss, 0.1) - value(loss, 0.01)
        self.assertGreater(gained(more), gained(plain) + 0.1)
        self.assertGreater(value(more, 0.01), value(more, 0.001))

    def test_silent_target_gives_a_finite_gradient(self):
        for estimate in (0.1 * self.noise, 0 * self.noise):
            both = torch.cat([estimate, self.speech + 0.1 * self.noise]).requires_grad_()
            target = torch.cat([0 * self.speech, self.speech])
            loss, _ = DenoiseLoss(loudness_weight=0.3, clarity_weight=4,
                                  log_weight=0.3)(both, target, both.detach())
            loss.backward()
            self.assertTrue(torch.isfinite(loss) and torch.isfinite(both.grad).all())


class JudgesTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(3)
        t = torch.arange(3200) / 16000
        rate = 100 + 100 * torch.rand(4, 1)
        tone = sum(torch.sin(2 * np.pi * k * rate * t) / k for k in range(1, 20))
        self.speech = 0.1 * tone * (torch.sin(20 * t + rate) > 0)
        self.noisy = self.speech + 0.03 * torch.randn_like(self.speech)
        self.judges = Judges()
        optimiser = torch.optim.Adam(self.judges.parameters(), 2e-3, betas=(0.5, 0.9))
        self.before = self.judges.judging(self.noisy, self.speech).item()
        for _ in range(10):
            optimiser.zero_grad()
            self.judges.judging(self.noisy, self.speech).backward()
            optimiser.step()

    def test_they_learn_to_tell_and_lead_to_the_clean_signal(self):
        self.assertLess(self.judges.judging(self.noisy, self.speech).item(), 0.9 * self.before)
        noisy = self.noisy.clone().requires_grad_()
        self.judges.deceiving(noisy, self.speech).backward()
        self.assertGreater((noisy.grad * (self.noisy - self.speech)).sum().item(), 0)
        self.assertLess(self.judges.deceiving(self.speech, self.speech).item(),
                        self.judges.deceiving(self.noisy, self.speech).item())

    def test_silence_gives_a_finite_gradient(self):
        silence = (0 * self.speech).requires_grad_()
        self.judges.deceiving(silence, 0 * self.speech).backward()
        self.assertTrue(torch.isfinite(silence.grad).all())


class IntelligibilityTest(unittest.TestCase):
    def test_noise_lowers_it_and_level_does_not(self):
        torch.manual_seed(2)
        t = torch.arange(32000) / 16000
        tone = sum(torch.sin(2 * np.pi * 150 * k * t) / k for k in range(1, 20))
        speech = (0.1 * tone * torch.sin(20 * t).abs() * (torch.sin(3 * t) > 0))[None]
        noise = 0.05 * torch.randn(1, 32000)
        value = lambda e: Intelligibility()(e, speech).item()
        self.assertGreater(value(speech), 0.99)
        self.assertAlmostEqual(value(speech), value(0.3 * speech), places=3)
        values = [value(speech + g * noise) for g in (0, 0.1, 0.5, 2, 8)]
        self.assertEqual(values, sorted(values, reverse=True))
        self.assertLess(values[-1], 0.5)


class MetricsTest(unittest.TestCase):
    def test_si_sdr_ignores_scale_and_measures_noise(self):
        rng = np.random.default_rng(0)
        s, n = rng.standard_normal(16000), rng.standard_normal(16000)
        self.assertAlmostEqual(metrics.si_sdr(s, 3 * (s + 0.1 * n)), 20.0, delta=0.2)
        batch = si_sdr(torch.from_numpy(s + 0.1 * n)[None], torch.from_numpy(s)[None]).item()
        self.assertAlmostEqual(batch, metrics.si_sdr(s, s + 0.1 * n), places=3)

    def test_align_takes_out_a_delay(self):
        s = np.random.default_rng(1).standard_normal(16000)
        for lag in (0, 37, 800, -200):
            moved = np.roll(s, lag)
            self.assertGreater(metrics.si_sdr(s[1000:-1000],
                                              metrics.align(s, moved)[1000:-1000]), 100)


class AugmentTest(unittest.TestCase):
    def test_speed_moves_pitch_and_length_alone(self):
        t = torch.arange(48000, dtype=torch.float64) / 16000
        for speed, tone in ((0.9, 1000.0), (1.15, 2000.0), (0.85, 3000.0)):
            audio = (10000 * torch.sin(2 * np.pi * tone * t)).short()
            got = at_speed(audio, speed, chunk=10000)  # several chunks: no seam may be heard
            self.assertAlmostEqual(len(got) / 48000, 1 / speed, places=3)
            at = torch.arange(len(got), dtype=torch.float64) / 16000
            expected = 10000 * torch.sin(2 * np.pi * tone * speed * at)
            self.assertLess((got - expected)[100:-100].abs().max().item(), 20)
        high = (10000 * torch.sin(2 * np.pi * 7600 * t)).short()
        self.assertLess(at_speed(high, 1.15)[100:-100].abs().max().item(), 100)
        both = with_speeds(audio, [0.9])
        self.assertTrue(torch.equal(both[:48000], audio))
        self.assertTrue(torch.equal(both[48000:], at_speed(audio, 0.9)))

    def test_room_response_starts_with_the_direct_path_and_decays(self):
        rir = shoebox_rir([5.0, 4.0, 2.7], [1.0, 1.5, 1.2], [3.0, 2.0, 1.4], 0.4, 6400, "cpu")
        distance = (2.0 ** 2 + 0.5 ** 2 + 0.2 ** 2) ** 0.5
        arrival = distance / 343 * 16000
        self.assertEqual(int(torch.nonzero(rir)[0]), int(arrival))
        self.assertAlmostEqual(rir[int(arrival):int(arrival) + 2].sum().item(), 1 / distance,
                               places=4)
        self.assertLess(rir[4800:].square().sum(), 0.05 * rir[:1600].square().sum())

    def test_targets_fade_out_below_their_floor_and_nowhere_else(self):
        torch.manual_seed(4)
        pairs = PairMaker(torch.zeros(64000, dtype=torch.int16), torch.zeros(64000,
                          dtype=torch.int16), 32000, rooms=1, floor_db=40)
        level = torch.full((1, 32000), 1e-3)  # 46 dB under the speech that follows
        level[:, 8000:16000] = 0.2
        level[:, 16000:24000] = 0.01  # 26 dB under it: kept
        x = level * torch.randn(1, 32000)
        y = pairs._fade_out(x)
        db = lambda a, b: 20 * math.log10(y[:, a:b].norm() / x[:, a:b].norm())
        self.assertLess(db(800, 7000), -8)
        self.assertLess(db(25000, 31000), -8)
        self.assertAlmostEqual(db(8000, 24000), 0, places=2)

    def test_pairs_hold_what_was_asked(self):
        torch.manual_seed(5)
        t = torch.arange(64000) / 16000
        speech = (8000 * torch.sin(2 * np.pi * 300 * t) * (torch.sin(3 * t) > 0)).short()
        noise = (3000 * torch.randn(64000)).short()
        noisy, clean = PairMaker(speech, noise, 16000, rooms=2).batch(16)
        self.assertEqual(tuple(noisy.shape), (16, 16000))
        self.assertTrue(torch.isfinite(noisy).all() and torch.isfinite(clean).all())
        self.assertLessEqual(noisy.abs().max().item(), 1.001)
        self.assertGreater((noisy - clean).abs().max().item(), 0.01)


class PipelineTest(unittest.TestCase):
    """The commands of models/README.md, on minutes of shipped audio."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        for name in ("speech", "noise"):
            (cls.root / name).mkdir()
        clean_files = sorted(OPTIONS.audio.glob("*_clean.flac"))
        assert clean_files, f"{OPTIONS.audio}: no *_clean.flac"
        for path in clean_files:
            clean, rate = soundfile.read(str(path), dtype="float32")
            noisy, _ = soundfile.read(str(path).replace("_clean", "_noisy"), dtype="float32")
            soundfile.write(str(cls.root / "speech" / path.name), clean, rate)
            soundfile.write(str(cls.root / "noise" / path.name), noisy - clean, rate)
        (cls.root / "config.json").write_text(SMALL.to_json(), encoding="utf-8")
        cls.call("hiss_training.data", "--speech", cls.root / "speech", "--noise",
                 cls.root / "noise", "--out", cls.root / "data")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def call(cls, module, *arguments, world=1):
        """Runs `python -m module` in models/training, as `world` processes as torchrun would."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        runs = []
        for rank in range(world):
            env = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
            if world > 1:
                env |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world),
                        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
            runs.append(subprocess.Popen([sys.executable, "-m", module, *map(str, arguments)],
                                         cwd=TRAINING, env=env, text=True,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
        for run in runs:
            output, _ = run.communicate(timeout=300)
            if run.returncode:
                raise AssertionError(f"{module} failed:\n{output}")

    def train(self, out, *extra, world=1):
        self.call("hiss_training.train", "--data", self.root / "data", "--config",
                  self.root / "config.json", "--out", out, "--cpu", "--batch", 8, "--seconds",
                  0.5, "--rooms", 2, "--log-every", 1, "--warmup", 2, "--lr", 2e-3, *extra,
                  world=world)
        lines = (out / "train.log").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def test_train_resume_export(self):
        out = self.root / "run"
        log = self.train(out, "--steps", 12)
        losses = [e["loss"] for e in log if e["kind"] == "train"]
        self.assertEqual(len(losses), 12)
        self.assertTrue(all(np.isfinite(losses)))
        self.assertLess(np.mean(losses[-4:]), np.mean(losses[:4]))
        log = self.train(out, "--steps", 2, "--resume", out / "checkpoint.pt",
                         "--judge-weight", 0.1, "--log-weight", 0.1)
        self.assertEqual(log[-1]["step"], 14)
        self.assertIn("judges", torch.load(out / "checkpoint.pt", map_location="cpu"))

        whole_size = (out / "checkpoint.pt").stat().st_size
        for name, extra, share in (("moments", [], 0.9), ("weights", ["--weights-only"], 0.5)):
            small = self.root / f"slim_{name}.pt"
            self.call("hiss_training.slim", out / "checkpoint.pt", small, *extra)
            self.assertLess(small.stat().st_size, share * whole_size)
            log = self.train(self.root / f"slim_{name}", "--steps", 1, "--resume", small, "--lr", 0)
            self.assertEqual(log[-1]["step"], 15)
            kept, begun = (torch.load(p / "checkpoint.pt", map_location="cpu")
                           for p in (out, self.root / f"slim_{name}"))
            weights = kept["ema" if extra else "net"]
            for key in weights:
                if "running" not in key and "num_batches" not in key:
                    torch.testing.assert_close(begun["net"][key], weights[key], rtol=0, atol=0)
            moments = begun["optimiser"]["state"][0]["exp_avg"]
            expected = kept["optimiser"]["state"][0]["exp_avg"]
            similar = torch.nn.functional.cosine_similarity(moments.flatten(), expected.flatten(),
                                                            dim=0)
            # One step at momentum 0.9 is all that was added.
            self.assertEqual(similar.item() > 0.9, not extra, similar)

        other = self.root / "slim_weights" / "checkpoint.pt"
        self.call("hiss_training.slim", out / "checkpoint.pt", self.root / "mean.pt",
                  "--mean-with", other)
        mean, kept, theirs = (torch.load(p, map_location="cpu")["ema"]
                              for p in (self.root / "mean.pt", out / "checkpoint.pt", other))
        for key, value in mean.items():
            if value.is_floating_point():
                torch.testing.assert_close(2 * value, kept[key] + theirs[key])

        other = json.loads((self.root / "config.json").read_text(encoding="utf-8"))
        other.update(hop=192, synthesis_length=320)
        (self.root / "other.json").write_text(json.dumps(other), encoding="utf-8")
        log = self.train(self.root / "other", "--steps", 1, "--config", self.root / "other.json",
                         "--weights-from", out / "checkpoint.pt", "--lr", 0)
        old, new = (torch.load(p / "checkpoint.pt", map_location="cpu")["net" if q else "ema"]
                    for q, p in enumerate((out, self.root / "other")))
        for name in old:
            change = (new[name] - old[name]).abs().max().item()
            if "running" in name or "num_batches" in name:
                continue
            expected = math.log(256 / 192) if name.endswith("dt_proj.bias") else 0
            self.assertAlmostEqual(change, expected, places=5, msg=name)

        card = {"name": "smoke", "description": "twelve steps", "data": "shipped demo audio",
                "licence": "Apache-2.0", "figures": {}}
        (self.root / "card.json").write_text(json.dumps(card), encoding="utf-8")
        model = self.root / "weights" / "smoke.safetensors"
        model.parent.mkdir()
        self.call("hiss_training.export", "--checkpoint", out / "checkpoint.pt", "--card",
                  self.root / "card.json", "--out", model)
        tensors, metadata = safetensors_io.load(str(model))
        self.assertEqual(json.loads(metadata["hiss.config"])["channels"], SMALL.channels)
        ema = torch.load(out / "checkpoint.pt", map_location="cpu")["ema"]
        for name, value in tensors.items():
            np.testing.assert_array_equal(value, ema[name].numpy())
        subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=model.parent,
                       check=True)
        if OPTIONS.hiss:
            self.engine_equals_pytorch(model, out / "checkpoint.pt")

        # The same sizes with all optional parts, begun with these weights and shipped in halves.
        whole = json.loads((self.root / "config.json").read_text(encoding="utf-8"))
        (self.root / "whole.json").write_text(json.dumps(whole | WHOLE), encoding="utf-8")
        self.train(self.root / "whole", "--steps", 6, "--config", self.root / "whole.json",
                   "--weights-from", out / "checkpoint.pt")
        self.call("hiss_training.export", "--checkpoint", self.root / "whole" / "checkpoint.pt",
                  "--card", self.root / "card.json", "--out", model, "--dtype", "f16",
                  "--coarse-fullband")
        if OPTIONS.hiss:
            self.engine_equals_pytorch(model)

    def engine_equals_pytorch(self, model, checkpoint=None):
        """The program denoises a file with the exported model as the PyTorch network does, with
        the weights of the checkpoint or of the model itself."""
        noisy = sorted(OPTIONS.audio.glob("*_noisy.flac"))[0]
        audio, rate = soundfile.read(str(noisy), dtype="float32")
        source, result = self.root / "in.wav", self.root / "out.wav"
        result.unlink(missing_ok=True)
        soundfile.write(str(source), audio[:16000], rate, subtype="FLOAT")
        subprocess.run([str(OPTIONS.hiss), "denoise", str(source), "-o", str(result), "--model",
                        str(model)], check=True)
        if checkpoint:
            state = torch.load(checkpoint, map_location="cpu")
            net = SubbandMamba(NetConfig(**state["config"])).eval()
            net.load_state_dict(state["ema"])
        else:
            net = load_net(model)
        with torch.no_grad():
            expected = net(torch.from_numpy(audio[:16000])[None])[0].numpy()
        got, _ = soundfile.read(str(result), dtype="float32")
        self.assertEqual(len(got), len(expected))
        error = ((got - expected) ** 2).sum() / (expected ** 2).sum()
        self.assertLess(10 * np.log10(error), -90)

    def test_two_processes_train_as_one(self):
        for name, length in (("steps", ("--steps", 3)), ("minutes", ("--minutes", 0.03))):
            log = self.train(self.root / name, *length, world=2)
            self.assertEqual(log[0]["world"], 2)
            self.assertTrue(log[-1]["identical"], f"weights differ between processes ({name})")
            self.assertGreaterEqual(log[-1]["step"], 3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--audio", type=pathlib.Path, required=True)
    parser.add_argument("--hiss", type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    OPTIONS.audio = OPTIONS.audio.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
