# SPDX-License-Identifier: Apache-2.0
"""`hiss models`: what it lists, in which order, and what it says of files that cannot be used."""

import json
import os
import re
import shutil
import subprocess

from hiss_e2e import (HISS, MODEL, MODEL_ERROR, OK, OUTPUT, SOME_FAILED, HissTest, main, write,
                      write_wav)

README = os.environ.get("HISS_APP_README", "")
FORECASTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden",
                          "forecaster_small.safetensors")


class Models(HissTest):
    def environment(self):
        """Models of the test's own folder, and after them those that are installed or shipped."""
        return dict(os.environ, HISS_MODEL_DIR=self.path("models"))

    def add(self, name):
        os.makedirs(self.path("models"), exist_ok=True)
        return shutil.copy(MODEL, self.path("models", name + ".safetensors"))

    def models(self, code=OK):
        document = json.loads(
            self.hiss("models", "--json", code=code, env=self.environment()).stdout)
        self.assertEqual(document["model_directories"][0], self.path("models"))
        return {entry["name"]: entry for entry in document["models"]}

    def lines(self, code=OK):
        done = self.hiss("models", code=code, env=self.environment())
        return done.stdout.decode().splitlines(), done.stderr

    def test_one_line_each(self):
        mine = self.add("mine")
        entry = self.models()["mine"]
        self.assertEqual((entry["path"], entry["default"]), (mine, False))
        self.assertEqual((entry["sample_rate_hz"], entry["latency_ms"]), (16000, 32.0))
        self.assertEqual(entry["file_bytes"], os.path.getsize(MODEL))
        self.assertGreater(entry["parameters"], 100)
        self.assertGreater(entry["mmac_per_s"], 0.01)
        self.assertEqual(entry["dev"], {"set": "", "figures": {}})

        lines, _ = self.lines()
        self.assertRegex(lines[0], r"^  model +parameters +MMAC/s +latency +file +WB-PESQ +SI-SDR dB"
                                   r" +STOI( +DNSMOS OVRL)? +where$")
        self.assertEqual([line for line in lines if mine in line],
                         [line for line in lines if re.match(r"  mine +\d+ +\d+ +32 ms +\d+ kB ", line)])
        info = json.loads(self.hiss("info", "--json", env=self.environment()).stdout)
        self.assertEqual(sorted(self.models()), sorted(e["name"] for e in info["models"]))

    def test_default_is_marked_wherever_it_lies(self):
        mine = self.add("base")
        models = self.models()
        self.assertEqual([name for name, entry in models.items() if entry["default"]], ["base"])
        self.assertEqual(models["base"]["path"], mine)
        lines, _ = self.lines()
        self.assertEqual(len([line for line in lines if line.startswith("* base ")]), 1)
        self.assertIn("--model", lines[-1])
        # The default is what denoise takes when nothing is said.
        self.assertIn("=base", self.hiss("denoise", "--help", model="").stdout.decode())

    def test_least_work_first(self):
        self.add("mine")
        work = [entry["mmac_per_s"] for entry in self.models().values() if entry["task"] == "denoise"]
        self.assertEqual(work, sorted(work))

    def test_shipped_models_show_their_cards(self):
        shipped = {name: entry for name, entry in self.models().items()
                   if entry["path"].endswith(f"models/weights/{name}.safetensors")
                   and entry["task"] == "denoise"}
        if not shipped:
            self.skipTest("no model in this source tree")
        lines, _ = self.lines()
        for name, entry in shipped.items():
            card = json.loads(self.hiss("info", "--json", "--model", name).stdout)["models"][0]["card"]
            for figure in ("WB-PESQ", "SI-SDR dB", "STOI"):
                said = card["figures"][f"{entry['dev']['set']}.{name}.{figure}"]
                self.assertEqual(entry["dev"]["figures"][figure], said)
                line = next(line for line in lines if line[2:].startswith(name + " "))
                self.assertIn(f" {said.split()[0]} ", line)

    def test_a_forecaster_is_listed_but_does_not_denoise(self):
        self.add("mine")
        sensors = shutil.copy(FORECASTER, self.path("models", "a-sensors.safetensors"))
        models = self.models()
        entry = models["a-sensors"]
        self.assertEqual((entry["task"], entry["path"]), ("forecaster", sensors))
        self.assertGreater(entry["parameters"], 100)
        self.assertGreater(entry["kmac_per_row"], 0.1)
        tasks = [entry["task"] for entry in models.values()]
        self.assertEqual(tasks, sorted(tasks))
        lines, _ = self.lines()
        self.assertTrue(any(re.match(r"  a-sensors +\d+ +- +sensors ", line) for line in lines), lines)
        info = self.hiss("info", "--model", "a-sensors", env=self.environment()).stdout.decode()
        self.assertIn("kB of memory for a sensor channel", info)
        done = self.hiss("denoise", write_wav(self.path("a.wav"), samples=100), model="a-sensors",
                         code=MODEL_ERROR, env=self.environment())
        self.assert_one_line(done.stderr, 'hiss.task: expected "denoise", found "forecaster"')

    def test_broken_files_are_listed_with_their_fault(self):
        self.add("mine")
        broken = write(self.path("models", "broken.safetensors"), b"broken")
        entry = self.models(code=SOME_FAILED)["broken"]
        self.assertEqual((entry["path"], entry["file_bytes"]), (broken, 6))
        self.assertNotIn("parameters", entry)
        lines, stderr = self.lines(code=SOME_FAILED)
        self.assert_one_line(stderr, broken)
        fault = stderr.removeprefix("hiss: ").strip()
        self.assertEqual(entry["error"], fault)
        row = next(line for line in lines if "broken" in line)
        self.assertIn("unusable", row)
        self.assertTrue(row.endswith(fault), row)
        self.assertTrue(any(line.startswith("  mine ") for line in lines))

    def test_nothing_that_can_be_used(self):
        # Of two files with the same name the first counts, so these hide what lies elsewhere.
        names = {os.path.basename(entry["path"]) for entry in self.models_found()}
        for name in names | {"broken.safetensors"}:
            write(self.path("models", name), b"broken")
        lines, stderr = self.lines(code=MODEL_ERROR)
        self.assertEqual(stderr.count("\n"), len(names) + 1)
        self.assertEqual(sum("unusable" in line for line in lines), len(names) + 1)

    def test_none(self):
        if self.models_found():
            self.skipTest("models are found outside the test's folder")
        done = self.hiss("models", code=MODEL_ERROR, env=self.environment())
        self.assert_one_line(done.stderr, self.path("models"))
        self.assertEqual(done.stdout, b"")
        self.assertEqual(self.models(code=MODEL_ERROR), {})

    def models_found(self):
        return json.loads(self.hiss("info", "--json", env=self.environment()).stdout)["models"]

    def test_full_device(self):
        self.add("mine")
        with open("/dev/full", "wb") as full:
            done = self.run_to(full)
        self.assert_one_line(done.stderr.decode(), "standard output")
        self.assertEqual(done.returncode, OUTPUT)

    def run_to(self, stdout):
        return subprocess.run([HISS, "models"], stdout=stdout, stderr=subprocess.PIPE, check=False,
                              env=self.environment())

    def test_every_key_is_documented(self):
        self.add("mine")
        write(self.path("models", "broken.safetensors"), b"broken")
        shutil.copy(FORECASTER, self.path("models", "sensors.safetensors"))
        with open(README, encoding="utf-8") as file:
            text = file.read().split("## The list of `hiss models --json`")[1].split("\n## ")[0]
        for entry in self.models(code=SOME_FAILED).values():
            for key in entry:
                self.assertIn(f"`{key}`", text)


if __name__ == "__main__":
    main()
