#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The head above 8 kHz: its spectra, mixes and loss, and a few steps of training with export.

    high_band_test.py [--hiss build/dev/bin/hiss] [-v]

Exits with 77 (skipped) and one line when PyTorch, scipy or soundfile are missing.
"""
import argparse
import dataclasses
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
    import scipy.signal
    import soundfile
    import torch
except ImportError as error:
    print(f"skipped: {error} (Debian: python3-torch python3-scipy python3-soundfile)")
    sys.exit(77)

from hiss_training import high_band, high_band_data as data, safetensors_io  # noqa: E402
from hiss_training.network import NetConfig, SubbandMamba  # noqa: E402
from hiss_training.train_high_band import HighBandLoss, table  # noqa: E402

CORE = NetConfig(channels=4, d_model=4, n_layer=1, n_conv=1, n_band=4, dt_rank=1, d_state=4)
OPTIONS = argparse.Namespace(hiss=None)


def sound(seconds: float, seed: int, steady: bool = False) -> np.ndarray:
    """Noise at 48 kHz that comes and goes three times a second, or that stays."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * data.SAMPLE_RATE)) / data.SAMPLE_RATE
    gate = 0.5 if steady else np.clip(np.sin(2 * np.pi * 3 * t + seed), 0, 1)
    return (0.2 * gate * rng.standard_normal(len(t))).astype(np.float32)


class SpectrumTest(unittest.TestCase):
    def test_the_core_sees_the_same_at_48_khz(self):
        """Spectra of a 16 kHz recording and of the same at 48 kHz agree below 7 kHz."""
        rng = np.random.default_rng(1)
        low = rng.standard_normal(16000).astype(np.float32)
        low = scipy.signal.sosfilt(scipy.signal.butter(8, 6500, fs=16000, output="sos"), low)
        wide = scipy.signal.resample_poly(low, 3, 1, window=("kaiser", 12.0))
        for core in (CORE, dataclasses.replace(CORE, hop=160, synthesis_length=320),
                     dataclasses.replace(CORE, hop=192, synthesis_length=320)):
            narrow = SubbandMamba(core).stft(torch.from_numpy(low.astype(np.float32))[None])
            spectrum = high_band.WideSpectrum(core)(torch.from_numpy(wide.astype(np.float32))[None])
            steps = min(narrow.shape[1], spectrum.shape[1])
            a, b = narrow[:, 4:steps, :224], spectrum[:, 4:steps, :224]
            self.assertLess(((a - b).abs().square().sum() / a.abs().square().sum()).item(), 1e-4)

    def test_gains_are_lines_between_the_middles_of_bands(self):
        gains = high_band.spread(torch.tensor([0.0, 1.0, 0.5]), 4, 13)
        expected = [0, 0, .125, .375, .625, .875, .9375, .8125, .6875, .5625, .5, .5, .5]
        np.testing.assert_allclose(gains.numpy(), expected, atol=1e-6)
        # A stream that ends within the second band: the third has no say.
        np.testing.assert_allclose(
            high_band.spread(torch.tensor([0.0, 1.0, 9.0]), 4, 8).numpy(),
            [0, 0, .125, .375, .625, .875, 1, 1], atol=1e-6)

    def test_missing_bins_are_silence(self):
        power = torch.ones(1, 6)
        np.testing.assert_allclose(high_band.band_powers(power, 4, 3).numpy(), [[1, 0.5, 0]])


class MixTest(unittest.TestCase):
    def test_mixes_are_finite_and_repeatable(self):
        sources = [(sound(3, 1) * 32767).astype(np.int16)], [(sound(3, 2) * 32767).astype(np.int16)]
        draws = []
        for _ in range(2):
            mixer = data.WideMixer(*sources, 24000, np.random.default_rng(7))
            draws.append([mixer.draw() for _ in range(40)])
        ends = 0
        for (noisy, clean), (again, _) in zip(*draws):
            np.testing.assert_array_equal(noisy, again)
            self.assertTrue(np.isfinite(noisy).all() and np.isfinite(clean).all())
            self.assertLessEqual(np.abs(noisy).max(), 1.0 + 1e-5)
            high = np.abs(np.fft.rfft(noisy))[mixer.freqs >= 22060]
            ends += high.max() < 1e-3 * np.abs(np.fft.rfft(noisy)).max()
        self.assertGreater(ends, 5)   # streams of a lower rate
        self.assertLess(ends, 35)

    def test_held_out_recordings_stay_apart(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, rate in (("a_one.wav", 48000), ("b_two.wav", 44100)):
                soundfile.write(f"{folder}/{name}", sound(0.5, 3)[:rate // 2], rate)
            kept, held = data.load_folders([folder], ["two"])
            self.assertEqual([len(kept), len(held)], [1, 1])
            self.assertEqual(len(held[0]), 24000)
            soundfile.write(f"{folder}/c.wav", sound(0.5, 3), 16000)
            with self.assertRaisesRegex(ValueError, "sample rate: expected .* found 16000"):
                data.load_folders([folder], ["two"])


class LossTest(unittest.TestCase):
    def clips(self, noisy, clean):
        cfg, width = high_band.HighBandConfig(), 32
        power = lambda a: torch.full((1, 2, cfg.bands), a)
        grouped = lambda a: torch.full((1, 2, cfg.bands * width // data.GROUP),
                                       a ** (cfg.compress / 2))
        low = torch.ones(1, 2, cfg.low_bands)
        return data.Features(power(noisy), low, low, power(clean), grouped(noisy), grouped(clean),
                             torch.tensor([0.1]))

    def test_is_zero_for_the_right_gain_and_spares_the_speech(self):
        cfg = high_band.HighBandConfig()
        loss = HighBandLoss(cfg, 32, over=2.0, log_weight=0.01)
        at = lambda gain, clips: [v.item() for v in loss(torch.full((1, 2, cfg.bands), gain), clips)]
        for value in at(0.5, self.clips(0.04, 0.01)):
            self.assertAlmostEqual(value, 0.0, places=4)
        for low, high in zip(at(0.5 / 1.5, self.clips(0.04, 0.01)), at(0.5 * 1.5, self.clips(0.04, 0.01))):
            self.assertGreater(low, 1.3 * high)


class OtherCoreTest(unittest.TestCase):
    """A head behind another core than its own."""

    def test_its_memory_stays_as_long_at_another_hop(self):
        """How gains with a memory long against a hop settle, moment by moment, is as behind the
        core before; the same weights without the stretch are further off."""
        torch.manual_seed(2)
        new = dataclasses.replace(CORE, hop=160, synthesis_length=320)
        cfg = high_band.HighBandConfig()
        old_head = high_band.HighBand(cfg, CORE)
        with torch.no_grad():
            old_head.post.weight.mul_(4)
            for block in old_head.blocks:
                block.mixer.x_proj.weight[cfg.dt_rank:].mul_(6)
                block.mixer.dt_proj.bias.fill_(math.log(0.01))
        stretched, plain = high_band.HighBand(cfg, new), high_band.HighBand(cfg, new)
        high_band.put_behind(stretched, old_head.state_dict(), CORE, new)
        plain.load_state_dict(old_head.state_dict())
        for name, value in stretched.named_parameters():
            change = (value - old_head.get_parameter(name)).detach()
            expected = math.log(160 / 256) if name.endswith("dt_proj.bias") else 0.0
            self.assertLess((change - expected).abs().max().item(), 1e-5, name)
        features = torch.randn(1, 1, cfg.inputs)
        times = np.arange(1, 9) * 0.08  # seconds: 5 hops of 256, 8 of 160
        with torch.no_grad():
            curve = lambda head, hop: head(features.expand(1, 80, -1))[0][
                np.rint(times * CORE.sample_rate / hop).astype(int) - 1].numpy()
            expected = curve(old_head, 256)
            errors = [np.abs(curve(h, 160) - expected).mean() for h in (stretched, plain)]
        self.assertGreater(np.abs(expected[-1] - expected[0]).mean(), 0.003)  # there is a memory
        self.assertLess(errors[0], 0.5 * errors[1])

    def test_another_grid_of_frequencies_is_refused(self):
        head = high_band.HighBand(high_band.HighBandConfig(), CORE)
        with self.assertRaisesRegex(ValueError, "core's n_fft: expected 1024, found 512"):
            high_band.put_behind(head, head.state_dict(), CORE,
                                 dataclasses.replace(CORE, n_fft=1024))


class PipelineTest(unittest.TestCase):
    """hiss_training.train_high_band and export, on made-up sound."""

    def call(self, module, *arguments, fails=False):
        run = subprocess.run([sys.executable, "-m", module, *map(str, arguments)], cwd=TRAINING,
                             env={**os.environ, "CUDA_VISIBLE_DEVICES": ""}, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        self.assertEqual(run.returncode != 0, fails, run.stdout)
        return run.stdout

    def test_train_measure_export(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            for kind, seed in (("speech", 1), ("noise", 11)):
                (root / kind).mkdir()
                for i, part in enumerate(("train", "held")):
                    soundfile.write(str(root / kind / f"{part}.wav"), sound(4, seed + i, kind == "noise"),
                                    48000)
            torch.manual_seed(1)
            core = root / "core.pt"
            for path, config in ((core, CORE),
                                 (root / "other.pt",
                                  dataclasses.replace(CORE, hop=160, synthesis_length=320)),
                                 (root / "finer.pt", dataclasses.replace(CORE, n_fft=1024))):
                torch.save({"config": dataclasses.asdict(config),
                            "ema": SubbandMamba(config).state_dict()}, path)
            run = ["--speech", root / "speech", "--noise", root / "noise", "--hold-out", "held",
                   "--core", core, "--out", root / "run", "--hours", 0.002, "--seconds", 0.7,
                   "--batch", 8, "--log-every", 20, "--pairs", 1, "--cpu"]
            lines = self.call("hiss_training.train_high_band", *run, "--steps", 80).splitlines()
            errors = [float(line.split("magnitude ")[1].split(",")[0]) for line in lines
                      if line.startswith("step ")]
            self.assertEqual(len(errors), 4)
            self.assertLess(errors[-1], errors[0])
            rows = json.loads((root / "run" / "measure.json").read_text(encoding="utf-8"))
            self.assertIn("| 5 dB: SNR, dB |", table(rows))
            # The mixes are seen through the core once; a trained head is a better start than none.
            made = (root / "run" / "features.pt").stat().st_mtime_ns
            text = self.call("hiss_training.train_high_band", *run, "--steps", 20, "--start",
                             root / "run" / "high_band.pt")
            self.assertEqual((root / "run" / "features.pt").stat().st_mtime_ns, made)
            self.assertLess(float(text.split("magnitude ")[1].split(",")[0]), errors[0])

            # None of what training moves is the start itself.
            trained = torch.load(root / "run" / "high_band.pt", map_location="cpu")["head"]
            self.call("hiss_training.train_high_band", *run, "--steps", 3, "--share", 0, "--start",
                      root / "run" / "high_band.pt")
            for key, value in torch.load(root / "run" / "high_band.pt", map_location="cpu")[
                    "head"].items():
                np.testing.assert_array_equal(value.numpy(), trained[key].numpy())

            card = {"name": "smoke", "description": "a few steps", "data": "made up",
                    "licence": "Apache-2.0", "figures": {}}
            (root / "card.json").write_text(json.dumps(card), encoding="utf-8")
            (root / "weights").mkdir()
            model, head = root / "weights" / "smoke.safetensors", root / "run" / "high_band.pt"
            export = ["--card", root / "card.json", "--out", model, "--high-band", head]
            self.call("hiss_training.export", "--checkpoint", core, *export)
            tensors, metadata = safetensors_io.load(str(model))
            self.assertEqual(metadata["hiss.format"], "2")
            self.assertEqual(json.loads(metadata["hiss.config"])["high_band"]["bands"], 16)
            trained = torch.load(head, map_location="cpu")["head"]
            for key, value in trained.items():
                np.testing.assert_array_equal(tensors["high_band." + key], value.numpy())
            if OPTIONS.hiss:
                self.engine_equals_pytorch(root, model, core, head)
            # Behind a core of another hop it is measured and shipped with its memory stretched.
            text = self.call("hiss_training.train_high_band", *run[:6], "--core",
                             root / "other.pt", "--out", root / "behind", "--seconds", 0.7,
                             "--pairs", 1, "--cpu", "--measure-only", "--start", head,
                             "--also", f"again={head}")
            self.assertIn("| above 8 kHz | noisy | fallback | head | again |", text)
            self.call("hiss_training.export", "--checkpoint", root / "other.pt", *export)
            tensors, _ = safetensors_io.load(str(model))
            for key, value in trained.items():
                change = math.log(160 / 256) if key.endswith("dt_proj.bias") else 0.0
                np.testing.assert_allclose(tensors["high_band." + key], value.numpy() + change,
                                           atol=1e-6)
            if OPTIONS.hiss:
                self.engine_equals_pytorch(root, model, root / "other.pt", head)
            text = self.call("hiss_training.export", "--checkpoint", root / "finer.pt", *export,
                             fails=True)
            self.assertIn("core's n_fft: expected 1024, found 512", text)

    def engine_equals_pytorch(self, root, model, core, head):
        """The program denoises 48 kHz with the exported model as the PyTorch networks do."""
        noisy = sound(1.5, 5) + 0.1 * sound(1.5, 6, steady=True)
        source, result = root / "in.wav", root / f"out_{core.stem}.wav"
        soundfile.write(str(source), noisy, 48000, subtype="FLOAT")
        subprocess.run([str(OPTIONS.hiss), "denoise", str(source), "-o", str(result), "--model",
                        str(model)], check=True)
        output, rate = soundfile.read(str(result), dtype="float32")
        self.assertEqual([rate, len(output)], [48000, len(noisy)])
        net = data.load_core(core)
        with torch.no_grad():
            expected = high_band.denoise_wide(net, high_band.load_head(head, net.cfg),
                                              torch.from_numpy(noisy)[None])[0].numpy()
        error = 10 * np.log10(np.sum(expected ** 2) / np.sum((output - expected) ** 2))
        self.assertGreater(error, 70)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hiss", type=pathlib.Path, help="the program, to load the exported model")
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
