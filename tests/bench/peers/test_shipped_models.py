# SPDX-License-Identifier: Apache-2.0
"""The shipped models can be run in other runtimes: their networks are those of one_hop.py.

What a model file asks for is checked with the standard library alone; that one_hop.py computes it,
where PyTorch is installed.
"""
import importlib.util
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import model_file  # noqa: E402

HAS_TORCH = all(importlib.util.find_spec(name) for name in ("torch", "numpy"))
HOPS = 40
TOLERANCE = 1e-4  # of the largest value, as in export_onnx.py


class Files(unittest.TestCase):
    def test_the_models_of_all_sizes_are_found_by_name_and_by_path(self):
        self.assertLessEqual({"nano", "base", "large"}, {p.stem for p in model_file.shipped()})
        for path in model_file.shipped():
            self.assertEqual(model_file.find(path.stem), path)
            self.assertEqual(model_file.find(str(path)), path)

    def test_one_hop_knows_every_key_of_every_configuration(self):
        for path in model_file.shipped():
            with self.subTest(path.stem):
                metadata = model_file.read_header(path)["__metadata__"]
                config = model_file.core_config(metadata["hiss.config"])
                self.assertEqual(config["arch"], "subband-mamba")

    def test_a_key_that_one_hop_does_not_follow_is_refused(self):
        with self.assertRaisesRegex(ValueError, "found depthwise, taps$"):
            model_file.core_config('{"hop": 200, "taps": 3, "depthwise": 7}')

    def test_the_head_above_8_khz_is_left_out_and_nothing_else(self):
        self.assertEqual(model_file.core_config('{"hop": 200, "high_band": {"bands": 16}}'),
                         {"hop": 200})
        self.assertFalse(model_file.is_core("high_band.pre.weight"))
        self.assertTrue(model_file.is_core("band_bias"))

    def test_a_head_in_the_configuration_goes_with_tensors_of_that_name(self):
        for path in model_file.shipped():
            header = model_file.read_header(path)
            metadata = header.pop("__metadata__")
            self.assertEqual(model_file.HEAD in json.loads(metadata["hiss.config"]),
                             not all(map(model_file.is_core, header)), path.stem)


@unittest.skipUnless(HAS_TORCH, "PyTorch is not installed")
class OneHop(unittest.TestCase):
    def test_hop_by_hop_is_the_whole_sequence_for_every_model(self):
        import torch
        import one_hop
        torch.set_num_threads(1)
        for path in model_file.shipped():
            with self.subTest(path.stem), torch.inference_mode():
                network = one_hop.load_network(path)
                module = one_hop.OneHop(network).eval()
                noise = torch.randn(1, HOPS, network.cfg.bins + 1, dtype=torch.complex64,
                                    generator=torch.Generator().manual_seed(5))
                wanted = torch.view_as_real(network.enhance(noise))[0, :, :-1]
                states = module.start()
                self.assertEqual(len(module.state_names()), len(states))
                for step, bins in enumerate(torch.view_as_real(noise)[0, :, :-1]):
                    enhanced, *states = module(bins, *states)
                    error = (enhanced - wanted[step]).abs().max() / wanted.abs().max()
                    self.assertLess(float(error), TOLERANCE, f"hop {step}")

    def test_keys_are_those_of_the_network(self):
        import dataclasses
        import one_hop
        fields = {field.name for field in dataclasses.fields(one_hop.NetConfig)}
        self.assertEqual(model_file.KEYS - fields, set())


if __name__ == "__main__":
    unittest.main()
