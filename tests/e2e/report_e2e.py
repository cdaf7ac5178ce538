# SPDX-License-Identifier: Apache-2.0
"""The file of --report as JSON, CSV and HTML, and what its figures say of known sounds."""

import base64
import csv
import html.parser
import json
import math
import os
import random
import shutil
import signal
import subprocess
import time

from hiss_e2e import (FLOAT, HISS, MODEL, OUTPUT, SOME_FAILED, USAGE, HissTest, main, noisy_tone,
                      wav_bytes, write, write_wav)


class Table(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.headings, self.rows, self.images, self.attributes = [], [], [], []
        self.cell = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.attributes += [v for k, v in attributes.items() if k in ("src", "href")]
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append(attributes.get("data-value", ""))
        elif tag == "img":
            self.images.append(base64.b64decode(attributes["src"].split("base64,")[1]))
        self.cell = tag

    def handle_data(self, data):
        if self.cell == "th" and data.strip():
            self.headings.append(data)


class Report(HissTest):
    def setUp(self):
        super().setUp()
        for number, name in enumerate(("a.wav", "b.wav", "x/c,\"1\".wav", "x/<d>&.wav")):
            write_wav(self.path("in", name), samples=24000 + number * 1000, channels=1 + number % 2)
        write(self.path("in", "bad.wav"), b"no sound")

    def run_report(self, name, *options, code=SOME_FAILED):
        self.hiss("denoise", self.path("in"), "-o", self.path("out"), "--report", self.path(name),
                  "--force", *options, code=code)
        with open(self.path(name), encoding="utf-8", newline="") as file:
            return file.read()

    def test_json_is_the_document_with_noise(self):
        report = json.loads(self.run_report("r.json", "--jobs", "2"))
        self.assertEqual((report["failed"], report["exit_code"]), (1, SOME_FAILED))
        self.assertEqual([f["status"] for f in report["files"]],
                         ["done", "done", "error", "done", "done"])
        self.assertEqual(set(report["files"][0]["noise"]),
                         {"pause_input_dbfs", "pause_output_dbfs", "removed_in_pauses_db",
                          "removed_overall_db", "removed_in_speech_db", "input_snr_db",
                          "output_snr_db", "full_scale_values"})
        for file in report["files"]:
            if file["status"] != "done":
                continue
            levels = file["input_levels"]["rms_dbfs"], file["output_levels"]["rms_dbfs"]
            self.assertAlmostEqual(file["noise"]["removed_overall_db"], levels[0] - levels[1], 6)

    def test_csv(self):
        rows = list(csv.DictReader(self.run_report("r.csv", "--jobs", "2").splitlines(True)))
        self.assertEqual([os.path.relpath(row["input"], self.path("in")) for row in rows],
                         ["a.wav", "b.wav", "bad.wav", "x/<d>&.wav", "x/c,\"1\".wav"])
        self.assertEqual([row["channels"] for row in rows], ["1", "2", "", "2", "1"])
        self.assertEqual(float(rows[0]["seconds"]), 1.5)
        self.assertIn("sound format", rows[2]["message"])
        self.assertEqual(rows[2]["rtf"], "")

    def test_html_needs_nothing_else(self):
        text = self.run_report("r.html", "--jobs", "2")
        table = Table(text)
        self.assertEqual(len(table.rows), 6)  # one of headings
        self.assertEqual(len(table.headings), len(table.rows[1]))
        self.assertEqual([os.path.relpath(row[0], self.path("in")) for row in table.rows[1:]],
                         ["a.wav", "b.wav", "bad.wav", "x/<d>&.wav", "x/c,\"1\".wav"])
        self.assertEqual(len(table.images), 4)
        for png in table.images:
            self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
            self.assertEqual(png[16:24], (404).to_bytes(4, "big") + (96).to_bytes(4, "big"))
        self.assertTrue(all(a.startswith("data:image/png") for a in table.attributes))
        self.assertIn("<script>", text)
        self.assertNotIn("http", text)
        self.assertNotIn("<d>", text)
        self.assertTrue(text.endswith("</html>\n"))

    def test_rows_are_sorted_by_their_script(self):
        node = shutil.which("node")
        if node is None:
            self.skipTest("no node here to run the script")
        text = self.run_report("r.html")
        script = text.split("<script>")[1].split("</script>")[0]
        # Just what the script asks of a page: one heading, three rows.
        page = """
          const values = ["10", "", "9"];
          const rows = values.map(v => ({cells: [{dataset: {value: v}}]}));
          const body = {rows: rows.slice(), appendChild(r) {
            this.rows = this.rows.filter(x => x !== r).concat([r]); }};
          let click;
          const head = {dataset: {column: "0"}, addEventListener(_, f) { click = () => f(); }};
          const document = {querySelectorAll: () => [head], querySelector: () => body};
        """
        show = "console.log(JSON.stringify(body.rows.map(r => r.cells[0].dataset.value)));"
        done = subprocess.run([node, "-e", f"{page}{script};click();{show}click();{show}"],
                              capture_output=True, check=True, text=True)
        self.assertEqual(done.stdout.split(), ['["9","10",""]', '["10","9",""]'])

    def test_is_refused_or_replaced_like_outputs(self):
        write(self.path("r.csv"), b"precious")
        done = self.hiss("denoise", self.path("in"), "-o", self.path("out"), "--report",
                         self.path("r.csv"), code=OUTPUT)
        self.assert_one_line(done.stderr, "r.csv", "no file there yet")
        self.assertFalse(os.path.exists(self.path("out")))
        self.hiss("denoise", self.path("in"), "-o", self.path("out"), "--report",
                  self.path("r.csv"), "--resume", code=SOME_FAILED)
        with open(self.path("r.csv"), "rb") as file:
            self.assertIn(b"removed_in_pauses_db", file.read())
        for name in ("r.txt", "r", ""):
            done = self.hiss("denoise", self.path("in"), "--report", name, code=USAGE)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_appears_only_when_complete(self):
        write(self.path("in", "long.wav"), wav_bytes(bytes(2 * 16000 * 600)))
        before = set(self.files())
        process = subprocess.Popen([HISS, "denoise", self.path("in"), "-o", self.path("out"),
                                    "--report", self.path("r.html"), "--quiet", "--model", MODEL],
                                   stderr=subprocess.DEVNULL)
        while process.poll() is None and "out/b.wav" not in self.files():
            time.sleep(0.001)
        self.assertNotIn("r.html", self.files())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(), -signal.SIGTERM)
        left = set(self.files()) - before
        self.assertEqual([f for f in left if not f.endswith(".wav")], [])

    def test_outputs_are_the_same_bits(self):
        self.run_report("r.html", "--jobs", "2")
        self.hiss("denoise", self.path("in"), "-o", self.path("plain"), code=SOME_FAILED)
        for name in ("a.wav", "b.wav", "x/<d>&.wav"):
            with open(self.path("out", name), "rb") as one, open(self.path("plain", name), "rb") as two:
                self.assertEqual(one.read(), two.read())


class Figures(HissTest):
    def figures(self, values, *options, rate=16000):
        source = write_wav(self.path("a.wav"), values=values, rate=rate, bits=32, tag=FLOAT)
        self.hiss("denoise", source, "-o", self.path("b.wav"), "--report", self.path("r.json"),
                  "--force", *options)
        with open(self.path("r.json"), encoding="utf-8") as file:
            return json.load(file)["files"][0]["noise"]

    def test_pauses(self):
        # Loud three quarters of the time, noise of a known level in between.
        noise = random.Random(3)
        values = []
        for part in range(8):
            level = 0.001 if part % 4 == 3 else 0.3
            values += [level * noise.uniform(-1, 1) for _ in range(8000)]
        figures = self.figures(values, "--mix", "0")
        self.assertAlmostEqual(figures["pause_input_dbfs"], 20 * math.log10(0.001 / 3**0.5),
                               delta=0.3)
        self.assertAlmostEqual(figures["removed_in_pauses_db"], 0.0, delta=1e-6)
        self.assertAlmostEqual(figures["removed_overall_db"], 0.0, delta=1e-6)
        self.assertEqual(figures["full_scale_values"], 0)

    def test_limit_is_what_is_removed_of_noise_at_most(self):
        figures = self.figures(noisy_tone(32000), "--atten-limit", "6")
        for key in ("removed_in_pauses_db", "removed_overall_db"):
            self.assertLessEqual(figures[key], 6.1)

    def test_silence_and_full_scale(self):
        figures = self.figures([0.0] * 16000)
        self.assertIsNone(figures["pause_input_dbfs"])
        self.assertIsNone(figures["removed_in_pauses_db"])
        figures = self.figures([1.0, -1.0, 0.5] * 1000)
        self.assertEqual(figures["full_scale_values"], 2000)


if __name__ == "__main__":
    main()
