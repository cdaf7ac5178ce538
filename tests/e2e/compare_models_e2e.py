# SPDX-License-Identifier: Apache-2.0
"""`hiss compare --model`: models side by side over a sound, a table and tokens, and what is refused."""

import csv
import json
import math
import os
import random
import re
import shutil
import subprocess

from hiss_e2e import (FLOAT, HISS, INPUT, MODEL, MODEL_ERROR, OUTPUT, USAGE, HissTest, main, write,
                      write_wav)

README = os.environ.get("HISS_APP_README", "")
MAKE_MODEL = os.environ.get("HISS_MAKE_MODEL", "make_test_model")
CHECKPOINT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden",
                          "cleanumamba_tiny.pkl")
WEIGHTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models", "weights")
KINDS = ("mamba", "mamba2", "s4d", "selective_gate", "simplified_mamba")
VOCAB, FEATURES = 9, 3  # of the models that MAKE_MODEL makes
RATE = 16000
QUALITY = ("si_sdr_db", "pause_rms_dbfs", "rms_dbfs")


def png_size(path):
    with open(path, "rb") as file:
        head = file.read(24)
    assert head[1:4] == b"PNG", path
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


class CompareModels(HissTest):
    def setUp(self):
        super().setUp()
        noise = random.Random(3)
        clean = [0.4 * math.sin(0.05 * i) * (1.0 if i < 3 * RATE // 2 else 0.0)
                 for i in range(2 * RATE)]
        noisy = [c + 0.05 * noise.uniform(-1.0, 1.0) for c in clean]
        self.clean = self.wav("clean.wav", clean)
        self.noisy = self.wav("noisy.wav", noisy)
        self.noise = noise

    def wav(self, name, values):
        return write_wav(self.path(name), values=values, bits=32, tag=FLOAT)

    def compare(self, models, *arguments, **options):
        named = [part for model in models for part in ("--model", model)]
        return self.hiss("compare", *named, *arguments, **options)

    def document(self, models, *arguments):
        return json.loads(self.compare(models, *arguments, "--json").stdout)

    def traces(self, path):
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def test_denoisers_over_a_sound(self):
        shipped = [os.path.join(WEIGHTS, f"{name}.safetensors") for name in ("nano", "base")]
        models = shipped if all(map(os.path.exists, shipped)) else [MODEL, MODEL]
        document = self.document(models, self.noisy, "--reference", self.clean, "--csv",
                                 self.path("t.csv"), "--plot", self.path("p.png"))
        self.assertEqual((document["task"], document["reference"]), ("denoise", self.clean))
        known = json.loads(self.hiss("compare", self.clean, self.noisy, "--json").stdout)["files"][0]
        baseline = document["baseline"]["quality"]
        for key in QUALITY:
            self.assertAlmostEqual(baseline[key], known[key], places=6)
        traces = self.traces(self.path("t.csv"))
        for path, model in zip(models, document["models"]):
            # What is measured is what `hiss denoise` writes.
            out = self.path("out.wav")
            self.hiss("denoise", self.noisy, "-o", out, "--force", "--model", path, model="")
            found = json.loads(self.hiss("compare", self.clean, out, "--json").stdout)["files"][0]
            for key in QUALITY:
                self.assertAlmostEqual(model["quality"][key], found[key], places=4)
            self.assertEqual(model["path"], path)
            self.assertEqual(model["kind"], "mamba")
            self.assertEqual(model["state_growth_bytes"], 0)
            self.assertGreater(model["state_bytes"], 1000)
            self.assertGreater(model["dt"]["variation"], 0.001)
            self.assertGreaterEqual(model["step_us"]["p99"], model["step_us"]["p50"])
            self.assertAlmostEqual(model["rtf"],
                                   1e-3 * model["step_us"]["mean"] / model["step_ms"], places=9)
            self.assertGreaterEqual(model["steps"] * model["step_ms"], 2000)
            own = [row for row in traces if row["model"] == model["name"]]
            self.assertIn(len(own), (model["steps"], 2 * model["steps"]))
            self.assertTrue(all(row["loss"] == "" for row in own))
        self.assertEqual(png_size(self.path("p.png")), (1600, 1000))
        if models == shipped:
            nano, base = document["models"]
            self.assertLess(nano["macs_per_step"], base["macs_per_step"])
            self.assertLess(nano["state_bytes"], base["state_bytes"])
            self.assertEqual(base["block"], "all bands")
            self.assertLess(base["quality"]["pause_rms_dbfs"], baseline["pause_rms_dbfs"] - 5)

    def test_a_network_of_samples(self):
        imported = self.path("imported.safetensors")
        self.hiss("import", CHECKPOINT, "-o", imported)
        document = self.document([imported, MODEL], self.noisy, "--reference", self.clean)
        first, second = document["models"]
        self.assertLess(first["step_ms"], second["step_ms"])
        self.assertGreater(first["dt"]["mean"], 0)
        self.assertEqual(first["state_growth_bytes"], 0)
        # At another rate it takes longer to let a sample through, and runs as often.
        other = write_wav(self.path("other.wav"), samples=4410, rate=44100)
        (alone,) = self.document([imported], other)["models"]
        self.assertAlmostEqual(alone["step_ms"], first["step_ms"], delta=0.01)
        self.assertGreater(alone["dt"]["mean"], 0)

    def sequence_models(self, what):
        """A model of each kind, of tokens or features."""
        paths = []
        for kind in KINDS:
            paths.append(self.path(f"{kind}.safetensors"))
            subprocess.run([MAKE_MODEL, paths[-1], what, kind], check=True)
        return paths

    def token_file(self, answers=True):
        lines = []
        for _ in range(6):
            line = [str(self.noise.randrange(VOCAB)) for _ in range(30)]
            if answers:
                line[-1] += f":{self.noise.randrange(VOCAB)}"
            lines.append(" ".join(line))
        return write(self.path("tokens.txt"), "\n".join(lines).encode())

    def table(self):
        rows = [",".join(f"{self.noise.uniform(-1, 1):.4f}" for _ in range(FEATURES))
                for _ in range(50)]
        return write(self.path("table.csv"), ("a,b,c\n" + "\n".join(rows) + "\n").encode())

    def check_kinds(self, document, traces, figure):
        self.assertEqual(document["task"], "sequence")
        self.assertEqual([m["kind"] for m in document["models"]], list(KINDS))
        self.assertNotIn("reference", document)
        for model in document["models"]:
            own = [row for row in traces if row["model"] == model["name"]]
            self.assertEqual([int(row["step"]) for row in own], list(range(1, model["steps"] + 1)))
            losses = [float(row["loss"]) for row in own if row["loss"]]
            self.assertAlmostEqual(model["quality"][figure], sum(losses) / len(losses), places=4)
            norms = sorted(float(row["state_rms"]) for row in own)
            self.assertAlmostEqual(model["state_rms"]["p50"], norms[(len(norms) + 1) // 2 - 1],
                                   places=5)
            self.assertEqual(model["state_growth_bytes"], 0)
            self.assertNotIn("rtf", model)
        variation = {m["kind"]: m["dt"]["variation"] for m in document["models"]}
        # What selects lets the input set its steps.
        self.assertIsNone(variation["simplified_mamba"])
        self.assertLess(variation["s4d"], 1e-6)
        for kind in ("mamba", "mamba2", "selective_gate"):
            self.assertGreater(variation[kind], 0.01)
        return losses

    def test_kinds_over_tokens(self):
        models = self.sequence_models("tokens")
        document = self.document(models, self.token_file(), "--csv", self.path("t.csv"), "--plot",
                                 self.path("p.png"))
        losses = self.check_kinds(document, self.traces(self.path("t.csv")), "cross_entropy")
        self.assertEqual(len(losses), 6)
        self.assertEqual(document["models"][0]["steps"], 180)
        self.assertIn(document["models"][0]["quality"]["accuracy"], [i / 6 for i in range(7)])
        self.assertEqual(png_size(self.path("p.png")), (1600, 1000))
        every = self.document(models, self.token_file(answers=False), "--csv", self.path("t.csv"),
                              "--force")
        losses = self.check_kinds(every, self.traces(self.path("t.csv")), "cross_entropy")
        self.assertEqual(len(losses), 6 * 29)

    def test_kinds_over_a_table(self):
        models = self.sequence_models("features")
        table = self.table()
        document = self.document(models, table, "--csv", self.path("t.csv"), "--block", "1")
        losses = self.check_kinds(document, self.traces(self.path("t.csv")), "mse")
        self.assertEqual(len(losses), 49)
        self.assertEqual({m["block"] for m in document["models"]}, {"block 1"})
        with open(table, encoding="utf-8") as file:
            rows = [[float(v) for v in line.split(",")] for line in file.readlines()[1:]]
        still = [sum((x - y) ** 2 for x, y in zip(*pair)) / FEATURES for pair in zip(rows, rows[1:])]
        self.assertAlmostEqual(document["baseline"]["quality"]["mse"], sum(still) / 49, places=5)
        with open(table, "rb") as file:
            again = json.loads(self.compare(models, "-", "--json", input=file.read()).stdout)
        self.assertEqual([m["quality"] for m in again["models"]],
                         [m["quality"] for m in document["models"]])

    def test_table_on_standard_output(self):
        done = self.compare([MODEL], self.noisy).stdout.decode().splitlines()
        self.assertRegex(done[0], r"^model +kind +weights +steps +kMAC/step +µs p50 +µs p99 +RTF ")
        self.assertRegex(done[1], r"^random-tiny +mamba +\d+ +\d+ ")
        self.assertIn("no benchmark", done[2])
        self.assertEqual(len(done), 3)
        row = self.compare(self.sequence_models("tokens")[2:3], self.token_file())
        lines = row.stdout.decode().splitlines()
        self.assertTrue(lines[0].endswith("nats    right"), lines[0])
        self.assertRegex(lines[1], r"^how often each is the answer +\d")
        self.assertRegex(lines[2], r"^s4d +s4d .* 0\.0 % +\d")

    def test_outputs_are_complete_or_absent(self):
        table, models = self.table(), self.sequence_models("features")
        kept = write(self.path("kept.png"), b"kept")
        before = self.files()
        for option in ("--plot", "--csv"):
            done = self.compare(models, table, option, kept, code=OUTPUT)
            self.assert_one_line(done.stderr, kept)
            self.assertEqual(done.stdout, b"")
        # Nothing is left of an output whose run fails.
        self.compare(models, self.path("none.csv"), "--plot", self.path("p.png"), "--csv",
                     self.path("t.csv"), code=INPUT)
        self.compare(models, table, "--plot", kept, "--csv", kept, "--force", code=USAGE)
        self.compare(models, table, "--csv", table, "--force", code=OUTPUT)
        self.compare(models, table, "--csv", models[0], "--force", code=OUTPUT)
        self.assertEqual(self.files(), before)
        self.compare(models, table, "--plot", kept, "--force")
        self.assertEqual(png_size(kept), (1600, 1000))
        self.compare(models, table, "--csv", "/dev/full", "--force", code=OUTPUT)

    def test_models_that_do_not_fit(self):
        tokens = shutil.copy(self.sequence_models("tokens")[0], self.path("tokens.safetensors"))
        features = self.sequence_models("features")[0]
        broken = write(self.path("broken.safetensors"), b"broken")
        for models, part in (
                ([MODEL, tokens], "expected the task"), ([tokens, MODEL], "expected the task"),
                ([tokens, features], "input and output of the form"), ([broken], broken),
                ([tokens, broken], broken), (["no-such-model"], "no-such-model"),
                ([self.path("none.safetensors")], "none.safetensors")):
            done = self.compare(models, self.noisy, code=MODEL_ERROR)
            self.assert_one_line(done.stderr, part)
            self.assertEqual(done.stdout, b"")

    def test_inputs_that_do_not_fit(self):
        tokens = self.sequence_models("tokens")[0]
        text = write(self.path("text.txt"), b"1 2\n3 four\n")
        large = write(self.path("large.txt"), b"1 2 9\n")
        for models, inputs, part in (
                ([MODEL], [text], text), ([MODEL], [self.path("none.wav")], "none.wav"),
                ([tokens], [text], "line 2"), ([tokens], [large], "tokens from 0 to 8"),
                ([tokens], [self.noisy], "whole numbers"),
                ([MODEL], [self.noisy, "--reference", self.path("none.wav")], "none.wav"),
                ([MODEL], [self.noisy, "--reference", self.wav("short.wav", [0.1] * 100)], self.noisy)):
            done = self.compare(models, *inputs, code=INPUT)
            self.assert_one_line(done.stderr, part)
        two = write(self.path("two.csv"), b"a,b\n1,2\n3,4\n")
        for model in self.sequence_models("features"):
            self.assert_one_line(self.compare([model], two, code=INPUT).stderr, "3 columns")

    def test_command_lines_that_make_no_sense(self):
        tokens = self.sequence_models("tokens")[0]
        file = self.token_file()
        for arguments in (
                ["compare", "--model", MODEL], ["compare", "--model", MODEL, self.noisy, self.clean],
                ["compare", self.clean, self.noisy, "--plot", "p.png"],
                ["compare", self.clean, self.noisy, "--csv", "t.csv"],
                ["compare", self.clean, self.noisy, "--reference", self.clean],
                ["compare", self.clean, self.noisy, "--block", "1"],
                ["compare", self.clean, self.noisy, "--force"],
                ["compare", "--model", tokens, file, "--block", "0"],
                ["compare", "--model", tokens, file, "--block", "3"],
                ["compare", "--model", tokens, file, "--plot", "-"],
                ["compare", "--model", tokens, file, "--csv", ""],
                ["compare", "--model", tokens, file, "--reference", self.clean],
                ["compare", file, *["--model", tokens] * 9]):
            with self.subTest(arguments):
                done = self.hiss(*arguments, code=USAGE)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertEqual(done.stdout, b"")
        self.hiss("compare", "--model", MODEL, self.noisy, code=USAGE,
                  env=dict(os.environ, HISS_SIMD="mmx"))

    def test_models_are_listed(self):
        tokens = self.sequence_models("tokens")[2]
        environment = dict(os.environ, HISS_MODEL_DIR=self.dir)
        listed = json.loads(self.hiss("models", "--json", env=environment).stdout)["models"]
        entry = next(e for e in listed if e["path"] == tokens)
        self.assertEqual((entry["task"], entry["block"]), ("sequence", "s4d"))
        self.assertGreater(entry["kmac_per_step"], 0.1)
        lines = self.hiss("models", env=environment).stdout.decode().splitlines()
        self.assertTrue(any(re.match(r"  s4d +\d+ +- +s4d ", line) for line in lines), lines)
        info = self.hiss("info", "--model", tokens).stdout.decode()
        self.assertRegex(info, r"blocks s4d, \d+\.\d kB of memory for a sequence")
        # By name as well.
        named = json.loads(self.hiss("compare", "--model", "s4d", self.token_file(), "--json",
                                     env=environment).stdout)
        self.assertEqual(named["models"][0]["path"], tokens)
        done = self.hiss("denoise", self.noisy, "--model", tokens, model="", code=MODEL_ERROR)
        self.assert_one_line(done.stderr, 'hiss.task: expected "denoise", found "sequence"')
        with open(README, encoding="utf-8") as file:
            text = file.read().split("## The list of `hiss models --json`")[1].split("\n## ")[0]
        for key in entry:
            self.assertIn(f"`{key}`", text)

    def test_every_key_is_documented(self):
        def keys(value):
            if isinstance(value, dict):
                for key, below in value.items():
                    yield key
                    yield from keys(below)
            for below in value if isinstance(value, list) else []:
                yield from keys(below)

        with open(README, encoding="utf-8") as file:
            text = file.read().split("## The figures of `hiss compare`")[1].split("\n## ")[0]
        documents = [self.document([MODEL], self.noisy, "--reference", self.clean),
                     self.document(self.sequence_models("tokens"), self.token_file()),
                     self.document(self.sequence_models("features"), self.table())]
        for key in set(keys(documents)):
            self.assertIn(f"`{key}`", text)
        for column in ("model", "step", "step_us", "state_rms", "dt_mean", "dt_deviation", "loss"):
            self.assertIn(f"`{column}`", text)

    def test_full_device(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([HISS, "compare", "--model", MODEL, self.noisy], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, OUTPUT)
        self.assert_one_line(done.stderr.decode(), "standard output")


if __name__ == "__main__":
    main()
