# SPDX-License-Identifier: Apache-2.0
"""`hiss bench` measures, and says what it measured. No test here judges how fast anything is."""

import json
import os
import signal
import struct
import subprocess
import time

from hiss_e2e import HISS, INPUT, MODEL, MODEL_ERROR, OUTPUT, USAGE, HissTest, main, write, write_wav

README = os.environ.get("HISS_APP_README", "")


class Bench(HissTest):
    def bench(self, *arguments, **options):
        return self.hiss("bench", "--model", MODEL, *arguments, **options)

    def bench_json(self, *arguments, **options):
        return json.loads(self.bench("--json", *arguments, **options).stdout)

    def test_all_targets(self):
        report = self.bench_json("--seconds", "0.2", "--simd", "all")
        available = json.loads(self.hiss("info", "--json").stdout)["simd"]
        self.assertEqual([row["simd"] for row in report["targets"]], available["available"])
        self.assertEqual(report["parts"]["simd"], available["in_use"])
        self.assertEqual(report["hop"]["us"], 16000.0)
        for row in report["targets"]:
            hop = row["hop_us"]
            self.assertEqual(hop["count"], 13)
            self.assertGreater(row["rtf"], 0.0)
            self.assertAlmostEqual(row["rtf"] * row["times_real_time"], 1.0, places=6)
            self.assertAlmostEqual(row["rtf"], hop["mean"] / 16000.0, places=6)
            self.assertTrue(0 < hop["p50"] <= hop["p99"] <= hop["p99_9"] <= hop["max"], hop)
            limits = row["roofline"]
            for key in ("fma_per_s", "l1_bytes_per_s", "l2_bytes_per_s", "l3_bytes_per_s"):
                self.assertTrue(1e6 < limits[key] < 1e13, limits)
        self.assertEqual(report["stacks"], [])
        self.assertEqual(report["streams"], [])

    def test_parts_make_up_the_hop(self):
        report = self.bench_json("--seconds", "1", "--simd", "scalar")
        rows = report["parts"]["rows"]
        hop = report["targets"][0]["hop_us"]["p50"]
        # The rest fills the sum up; on a busy machine the parts may take longer than the hop did.
        total = sum(row["us"] for row in rows)
        self.assertTrue(0.99 * hop < total < 4 * hop, (total, hop))
        names = [row["name"] for row in rows]
        self.assertEqual(len(set(names)), len(names))
        self.assertEqual(names[-2:], ["stft", "rest"])
        for row in rows:
            self.assertGreaterEqual(row["us"], 0.0)
            self.assertEqual(row["bound_us"] is None, row["macs"] == 0, row)
            self.assertEqual(row["ns_per_state"] is None, row["exps"] == 0, row)

    def test_stacks(self):
        # One SIMD set: the others take long on a busy machine.
        report = self.bench_json("--seconds", "0.1", "--simd", "scalar", "--stacks")
        stacks = [(row["d_model"], row["n_layer"], row["weights"]) for row in report["stacks"]]
        sizes = [(64, 2), (64, 4), (128, 4), (256, 4), (256, 8)]
        self.assertEqual(stacks, [(*size, weights) for size in sizes for weights in ("f32", "bf16")])
        for row in report["stacks"]:
            self.assertGreater(row["step_us"]["p50"], 0.0)
            self.assertAlmostEqual(
                row["ns_per_state"],
                1000 * row["step_us"]["p50"] / (2 * row["d_model"] * row["n_layer"] * 16), places=6)

    def test_streams(self):
        report = self.bench_json("--seconds", "0.2", "--simd", "scalar", "--streams", "3")
        row, = report["streams"]
        self.assertEqual((row["simd"], row["streams"]), ("scalar", 3))
        self.assertEqual(row["tick_us"]["count"], 13)
        self.assertAlmostEqual(row["real_time_share"], row["tick_us"]["p50"] / 16000.0, places=9)

    def test_text(self):
        text = self.bench("--seconds", "0.2", "--simd", "scalar").stdout.decode()
        for part in ("x real time", "scalar", "blocks.0.mamba", "roofline", "one thread on core",
                     "note: p99.9 needs 1000 hops"):
            self.assertIn(part, text)

    def test_sound(self):
        report = self.bench_json("--seconds", "0.2", "--simd", "scalar")
        self.assertEqual(report["sound"]["name"], "cafe_noisy.flac")
        source = write_wav(self.path("a.wav"), samples=1000, rate=48000, channels=2)
        report = self.bench_json("--seconds", "0.2", "--simd", "scalar", "--input", source)
        self.assertEqual(report["sound"], {"name": "a.wav", "generated": False, "channels": 2,
                                           "sample_rate_hz": 48000,
                                           "seconds": report["sound"]["seconds"]})
        self.assertEqual(report["hop"]["samples"], 768)

    def test_picture(self):
        picture = self.path("p.png")
        short = ("--seconds", "0.1", "--simd", "scalar", "--plot", picture)
        self.bench(*short)
        with open(picture, "rb") as file:
            content = file.read()
        self.assertEqual(content[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(struct.unpack(">II", content[16:24]), (1900, 860))
        done = self.bench(*short, code=OUTPUT)
        self.assert_one_line(done.stderr, picture)
        self.bench(*short, "--force")
        done = self.bench("--seconds", "0.1", "--plot", "/dev/full", "--simd", "scalar", code=OUTPUT)
        self.assert_one_line(done.stderr, "/dev/full")
        self.assertEqual(self.files(), ["p.png"])

    def test_core_that_is_not_there(self):
        report = self.bench_json("--seconds", "0.1", "--simd", "scalar", "--core", "1023")
        self.assertFalse(report["machine"]["pinned"])
        self.assertIn("could not stay on core 1023", report["notes"][0])

    def test_bad_names(self):
        cut = write(self.path("cut.wav"), b"RIFF")
        for arguments, code in (
            (["--simd", "avx9"], USAGE), (["--seconds", "0"], USAGE), (["--seconds", "nan"], USAGE),
            (["--core", "-1"], USAGE), (["--streams", "0"], USAGE),
            (["--plot", "-"], USAGE), (["--plot", ""], USAGE), (["--input", self.path("none.wav")], INPUT),
            (["--input", cut], INPUT),
        ):
            with self.subTest(arguments):
                done = self.bench(*arguments, code=code)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertTrue(done.stderr.startswith("hiss: "), done.stderr)
                self.assertEqual(done.stdout, b"")
        done = self.hiss("bench", "--model", "none", code=MODEL_ERROR)
        self.assert_one_line(done.stderr, "none")
        done = self.bench(code=USAGE, env=dict(os.environ, HISS_SIMD="mmx"))
        self.assert_one_line(done.stderr, "HISS_SIMD")

    def test_interrupted(self):
        command = [HISS, "bench", "--model", MODEL, "--seconds", "3600",
                   "--plot", self.path("p.png")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertEqual((out, error), (b"", b""))
        self.assertEqual(self.files(), [])

    def test_every_key_is_documented(self):
        report = self.bench_json("--seconds", "0.1", "--simd", "scalar", "--all")
        with open(README, encoding="utf-8") as file:
            documented = file.read()

        def check(value):
            if isinstance(value, dict):
                for key, inner in value.items():
                    self.assertIn(f"`{key}`", documented)
                    check(inner)
            elif isinstance(value, list):
                for inner in value:
                    check(inner)

        check(report)


if __name__ == "__main__":
    main()
