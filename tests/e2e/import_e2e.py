# SPDX-License-Identifier: Apache-2.0
"""`hiss import` makes model files of weights that others published, and refuses the rest."""

import json
import os
import pickle
import zipfile

from hiss_e2e import MODEL_ERROR, OUTPUT, USAGE, HissTest, main, write_wav

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
TINY = os.path.join(GOLDEN, "cleanumamba_tiny.pkl")


class Hostile:
    """Runs a command when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


class ImportTest(HissTest):
    def test_an_imported_denoiser_denoises(self):
        model = self.path("tiny.safetensors")
        done = self.hiss("import", TINY, "-o", model)
        self.assertIn(b"cleanumamba", done.stdout)
        self.hiss("import", TINY, "-o", model, code=OUTPUT)  # it exists
        self.hiss("import", TINY, "-o", model, "--kind", "cleanumamba", "--force")
        sound = write_wav(self.path("in.wav"), 4000)
        out = self.path("out.wav")
        report = self.denoise_json(sound, "-o", out, model=model)
        self.assertEqual(report["files"][0]["samples"], 4000)
        self.assertEqual(report["files"][0]["latency_samples"], 24)
        info = json.loads(self.hiss("info", "--model", model, "--json").stdout)
        self.assertEqual(info["models"][0]["sample_rate_hz"], 16000)

    def test_other_rates_are_denoised_as_well(self):
        model = self.path("tiny.safetensors")
        self.hiss("import", TINY, "-o", model)
        for rate in (48000, 44100, 8000):
            with self.subTest(rate):
                sound = write_wav(self.path("in.wav"), 4000, rate=rate)
                out = self.path(f"{rate}.wav")
                report = self.denoise_json(sound, "-o", out, model=model)
                self.assertEqual(report["files"][0]["samples"], 4000)
                self.assertGreater(report["files"][0]["latency_samples"], 24 * rate // 16000)

    def test_nothing_is_run_that_a_file_holds(self):
        victim = self.path("victim")
        hostile = self.path("hostile.pt")
        with zipfile.ZipFile(hostile, "w") as archive:
            archive.writestr("model/data.pkl", pickle.dumps({"a": Hostile(victim)}, protocol=2))
        out = self.path("out.safetensors")
        done = self.hiss("import", hostile, "-o", out, code=MODEL_ERROR)
        self.assert_one_line(done.stderr, "mkdir")
        self.assertFalse(os.path.exists(victim))
        self.assertFalse(os.path.exists(out))

    def test_what_is_wrong_is_told_in_one_line(self):
        out = self.path("out.safetensors")
        config = self.path("config.json")
        with open(config, "w", encoding="utf-8") as file:
            file.write('{"network_config": {"mamba_v2": true}}')
        for arguments, words in (
            ([self.path("absent.pt")], "no such file"),
            ([config], "another format"),
            ([TINY, "--config", config], "network_config.mamba_v2"),
            ([TINY, "--kind", "mamba"], "backbone.embedding.weight"),
        ):
            with self.subTest(words):
                done = self.hiss("import", *arguments, "-o", out, code=MODEL_ERROR)
                self.assert_one_line(done.stderr, words)
        self.hiss("import", TINY, "-o", self.path("out.bin"), code=USAGE)
        self.hiss("import", TINY, "-o", out, "--kind", "gpt", code=USAGE)
        self.assertFalse(os.path.exists(out))


if __name__ == "__main__":
    main()
