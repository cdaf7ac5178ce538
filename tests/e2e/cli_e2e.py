# SPDX-License-Identifier: Apache-2.0
"""Help, version, information, and command lines that make no sense."""

import json
import os
import re
import shutil
import subprocess

from hiss_e2e import HISS, MODEL, OUTPUT, USAGE, HissTest, main, write, write_wav

READMES = os.environ.get("HISS_README", ""), os.environ.get("HISS_APP_README", "")
MAN_PAGE = os.environ.get("HISS_MAN_PAGE", "")
VERSION = os.environ.get("HISS_VERSION", "")


class Help(HissTest):
    def exit_codes(self, text, pattern):
        return {int(code): meaning for code, meaning in re.findall(pattern, text, re.M)}

    def test_exit_codes_are_documented_alike(self):
        told = self.exit_codes(self.hiss("--help").stdout.decode(), r"^  (\d)  (.+)$")
        self.assertEqual(sorted(told), list(range(7)))
        for readme in READMES:
            with open(readme, encoding="utf-8") as file:
                self.assertEqual(self.exit_codes(file.read(), r"^\| (\d) \| (.+) \|$"), told)
        with open(MAN_PAGE, encoding="utf-8") as file:
            self.assertEqual(self.exit_codes(file.read(), r"^\.B (\d)\n(.+)$"),
                             {code: text.replace("-", r"\-") for code, text in told.items()})

    def test_commands_have_help(self):
        text = self.hiss("--help").stdout.decode()
        for command in ("denoise", "models", "info", "plot"):
            self.assertIn(command, text)
            own = self.hiss(command, "--help", model="").stdout.decode()
            self.assertIn(f"hiss {command}", own)
            self.assertIn("--json" if command == "models" else "--model", own)
        for option in ("--atten-limit", "--mix", "--channels", "--removed", "--json", "--resume", "--force"):
            self.assertIn(option, self.hiss("denoise", "--help", model="").stdout.decode())

    def test_version(self):
        self.assertEqual(self.hiss("--version").stdout.decode(), f"hiss {VERSION}\n")


class Usage(HissTest):
    def test_one_line_each(self):
        source = write_wav(self.path("a.wav"), samples=10)
        cases = [
            [], ["frobnicate"], ["--frobnicate"], ["denoise"], ["plot", source],
            ["denoise", source, "--mix", "2"], ["denoise", source, "--mix", "nan"],
            ["denoise", source, "--mix", "-0.1"], ["denoise", source, "--channels", "stereo"],
            ["denoise", source, "--channels", ""], ["denoise", source, "--channels"],
            ["denoise", source, "--channels", "0"], ["denoise", source, "--channels", "1"], ["denoise", source, "--mix", "loud"],
            ["denoise", source, "--atten-limit", "-1"], ["denoise", source, "--atten-limit", "nan"],
            ["denoise", source, "--format", "mpc"], ["denoise", source, "--subtype", "pcm12"],
            ["denoise", source, "-o"], ["denoise", source, "-o", ""],
            ["plot", source, self.path("p.png"), "--after", source, "--mix", "0.5"],
            ["plot", source, self.path("p.png"), "--after", source, "--channels", "linked"],
            ["plot", source, self.path("p.png"), "--width", "1000000"],
            ["info", "extra"], ["models", "extra"],
        ]
        for arguments in cases:
            with self.subTest(arguments):
                done = self.hiss(*arguments, code=USAGE, model="")
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertTrue(done.stderr.startswith("hiss: "), done.stderr)
                self.assertEqual(done.stdout, b"")
        self.assertEqual(self.files(), ["a.wav"])

    def test_unlimited_attenuation_may_be_said(self):
        source = write_wav(self.path("a.wav"), samples=10)
        self.hiss("denoise", source, "--atten-limit", "inf")


class Info(HissTest):
    def environment(self, **variables):
        """Models only from the test's own folder."""
        return dict(os.environ, HISS_MODEL_DIR=self.path("models"), **variables)

    def info(self, *arguments, **options):
        return json.loads(self.hiss("info", "--json", *arguments, **options).stdout)

    def test_found_models(self):
        os.makedirs(self.path("models"))
        shutil.copy(MODEL, self.path("models", "mine.safetensors"))
        write(self.path("models", "broken.safetensors"), b"broken")
        environment = self.environment()
        info = self.info(env=environment)
        self.assertEqual(info["version"], VERSION)
        self.assertEqual(info["model_directories"][0], self.path("models"))
        models = {entry["name"]: entry for entry in info["models"]}
        self.assertEqual(models["mine"]["path"], self.path("models", "mine.safetensors"))
        self.assertEqual(models["mine"]["card"]["name"], "random")
        self.assertEqual(models["mine"]["sample_rate_hz"], 16000)
        self.assertEqual(models["mine"]["latency_ms"], 32.0)
        self.assertGreater(models["mine"]["parameters"], 100)
        self.assertIn("broken.safetensors", models["broken"]["error"])

        text = self.hiss("info", env=environment).stdout.decode()
        self.assertTrue(text.startswith(f"hiss {VERSION}\n"))
        for part in ("mine", self.path("models"), "random weights", "unusable"):
            self.assertIn(part, text)

        source = write_wav(self.path("a.wav"), samples=100)
        done = self.hiss("denoise", source, "--json", "--model", "mine", model="", env=environment)
        self.assertEqual(json.loads(done.stdout)["model"]["name"], "mine")

    def test_one_model(self):
        info = self.info("--model", MODEL)
        self.assertEqual([entry["path"] for entry in info["models"]], [MODEL])
        self.assertIn("random weights", self.hiss("info", "--model", MODEL).stdout.decode())

    def test_simd(self):
        simd = self.info()["simd"]
        self.assertIn("scalar", simd["available"])
        for name in simd["available"]:
            chosen = self.info(env=dict(os.environ, HISS_SIMD=name))["simd"]["in_use"]
            self.assertEqual(chosen, name)
        done = self.hiss("info", code=USAGE, env=dict(os.environ, HISS_SIMD="mmx"))
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_full_device(self):
        with open("/dev/full", "wb") as full:
            for arguments in (["info"], ["info", "--json"], ["--help"], ["--version"]):
                done = subprocess.run([HISS, *arguments], stdout=full, stderr=subprocess.PIPE,
                                      check=False)
                self.assertEqual(done.returncode, OUTPUT)
                self.assert_one_line(done.stderr.decode(), "standard output")


if __name__ == "__main__":
    main()
