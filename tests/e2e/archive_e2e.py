# SPDX-License-Identifier: Apache-2.0
"""Whole archives: patterns, folders, what becomes of outputs that exist, dry runs, dither."""

import array
import math
import os
import re

from hiss_e2e import (FLOAT, INPUT, OUTPUT, SOME_FAILED, USAGE, HissTest, Wav, main, noisy_tone,
                      write, write_wav)


class Archive(HissTest):
    """A tree in "in"; `made` are files that were not there before."""

    NAMES = ("a.wav", "sub/b.wav", "sub/deep/c.wav", "sub/deep/d.flac", "other/a.wav")

    def setUp(self):
        super().setUp()
        flac = self.path("in", "sub/deep/d.flac")
        for name in self.NAMES:
            if name.endswith(".wav"):
                write_wav(self.path("in", name), samples=400)
        self.hiss("denoise", self.path("in", "a.wav"), "-o", flac)
        write(self.path("in", "notes.txt"), b"text")
        write_wav(self.path("in", ".hidden.wav"), samples=400)
        write_wav(self.path("in", "sub/.trash/e.wav"), samples=400)
        self.before = set(self.files())

    def made(self):
        """Made since the last call."""
        found = set(self.files())
        made = sorted(found - self.before)
        self.before |= found
        return made

    def source(self, *names):
        return self.path("in", *names)


class Patterns(Archive):
    def check(self, pattern, *expected, options=()):
        out = self.path("out")
        self.hiss("denoise", self.path(pattern), "-o", out, "--force", *options)
        self.assertEqual(self.made(), sorted("out/" + name for name in expected), pattern)
        for name in expected:
            os.remove(self.path("out", name))
            self.before.discard("out/" + name)

    def test_what_they_match(self):
        self.check("in/*.wav", "a.wav")
        self.check("in/**/*.wav", "a.wav", "sub/b.wav", "sub/deep/c.wav", "other/a.wav")
        self.check("in/sub/**/*.wav", "b.wav", "deep/c.wav")
        self.check("in/**/deep/*", "sub/deep/c.wav", "sub/deep/d.flac")
        self.check("in/*/?.wav", "sub/b.wav", "other/a.wav")
        self.check("in/**/[bd].*", "sub/b.wav", "sub/deep/d.flac")
        self.check("in/s*", "sub/b.wav", "sub/deep/c.wav", "sub/deep/d.flac")
        self.check("in/s*", "sub/b.wav", options=["--no-recursive"])
        self.check("in/**", *self.NAMES)

    def test_relative_to_the_present_folder(self):
        self.hiss("denoise", "**/b.wav", "*.wav", "-o", "../out", cwd=self.path("in"))
        self.assertEqual(self.made(), ["out/a.wav", "out/sub/b.wav"])

    def test_beside_the_inputs(self):
        for _ in range(2):
            self.hiss("denoise", self.source("**/*.wav"), "--force")
        self.assertEqual(self.made(), ["in/a.denoised.wav", "in/other/a.denoised.wav",
                                       "in/sub/b.denoised.wav", "in/sub/deep/c.denoised.wav"])

    def test_name_with_special_characters(self):
        write_wav(self.source("[x]*.wav"), samples=400)
        self.made()
        self.hiss("denoise", self.source("[x]*.wav"), "-o", self.path("out.wav"))
        self.assertEqual(self.made(), ["out.wav"])

    def test_no_match(self):
        done = self.hiss("denoise", self.source("**/*.mp3"), code=INPUT)
        self.assert_one_line(done.stderr, "*.mp3", "pattern")

    def test_folders_without_those_below(self):
        self.hiss("denoise", self.path("in"), "-o", self.path("out"), "--no-recursive")
        self.assertEqual(self.made(), ["out/a.wav"])
        self.hiss("denoise", self.path("in"), "-o", self.path("all"), "--recursive")
        self.assertEqual(self.made(), sorted("all/" + name for name in self.NAMES))

    def test_flat(self):
        self.hiss("denoise", self.source("sub"), "-o", self.path("mirror"), "--mirror")
        self.assertEqual(self.made(), ["mirror/b.wav", "mirror/deep/c.wav", "mirror/deep/d.flac"])
        self.hiss("denoise", self.source("sub"), "--mirror", "--flat", code=USAGE)
        self.hiss("denoise", self.source("sub"), "-o", self.path("out"), "--flat")
        self.assertEqual(self.made(), ["out/b.wav", "out/c.wav", "out/d.flac"])
        done = self.hiss("denoise", self.path("in"), "-o", self.path("all"), "--flat", "--jobs", "2",
                         code=SOME_FAILED)
        self.assert_one_line(done.stderr, "all/a.wav", "one input only", "other/a.wav")
        self.assertEqual(self.made(), ["all/a.wav", "all/b.wav", "all/c.wav", "all/d.flac"])


class Overwrite(Archive):
    def setUp(self):
        super().setUp()
        self.existing = write(self.path("out", "a.wav"), b"precious")
        self.command = [self.path("in"), "-o", self.path("out")]

    def content(self):
        with open(self.existing, "rb") as file:
            return file.read()

    def statuses(self, *options):
        report = self.denoise_json(*self.command, *options)
        return {os.path.relpath(f["output"], self.path("out")): (f["status"], f.get("reason"))
                for f in report["files"]}

    def test_never(self):
        seen = self.statuses("--overwrite", "never")
        self.assertEqual(seen["a.wav"], ("skipped", "output exists"))
        self.assertEqual(sum(status == "done" for status, _ in seen.values()), 4)
        self.assertEqual(self.content(), b"precious")
        # Of a single file it is a fault.
        done = self.hiss("denoise", self.source("a.wav"), "-o", self.existing, "--overwrite", "never",
                         code=OUTPUT)
        self.assert_one_line(done.stderr, "a.wav", "no file there yet")

    def test_older(self):
        now = os.stat(self.source("a.wav")).st_mtime
        os.utime(self.existing, (now + 5, now + 5))
        seen = self.statuses("--overwrite", "older")
        self.assertEqual(seen["a.wav"], ("skipped", "output is not older than the input"))
        self.assertEqual(self.content(), b"precious")
        os.utime(self.existing, (now - 5, now - 5))
        seen = self.statuses("--overwrite", "older")
        self.assertEqual(seen["a.wav"], ("done", None))
        self.assertEqual({status for name, (status, _) in seen.items() if name != "a.wav"},
                         {"skipped"})
        self.assertNotEqual(self.content(), b"precious")

    def test_always(self):
        self.assertEqual(self.statuses("--overwrite", "always")["a.wav"], ("done", None))
        self.assertNotEqual(self.content(), b"precious")

    def test_rules_that_contradict_each_other(self):
        for options in (["--overwrite", "older", "--force"], ["--overwrite", "never", "--resume"],
                        ["--overwrite", "sometimes"]):
            done = self.hiss("denoise", *self.command, *options, code=USAGE)
            self.assertEqual(done.stderr.count("\n"), 1)


class DryRun(Archive):
    def tree(self):
        return {f: (os.stat(self.path(f)).st_mtime_ns, os.stat(self.path(f)).st_atime_ns)
                for f in self.files()}

    def test_says_what_would_be_done_and_touches_nothing(self):
        write(self.path("out", "a.wav"), b"precious")
        write_wav(self.path("more", "b.wav"), samples=400)
        command = [self.source("sub"), self.source("a.wav"), self.path("missing.wav"),
                   self.path("more"), "-o", self.path("out")]
        before = self.tree()
        for options, of_a in (([], "error"), (["--overwrite", "never"], "skipped"),
                              (["--force"], "planned"), (["--resume"], "skipped")):
            planned = self.denoise_json(*command, "--dry-run", *options, code=SOME_FAILED)
            self.assertTrue(planned["dry_run"])
            self.assertEqual(self.tree(), before)
            seen = {os.path.relpath(f["input"], self.dir): f for f in planned["files"]}
            self.assertEqual(seen["in/a.wav"]["status"], of_a)
            self.assertEqual(seen["missing.wav"]["error"]["exit_code"], INPUT)
            self.assertEqual(seen["more/b.wav"]["error"]["kind"], "output")  # as in/sub/b.wav
            self.assertEqual(seen["in/sub/deep/c.wav"]["status"], "planned")
            self.assertEqual(seen["in/sub/deep/c.wav"]["output"], self.path("out/deep/c.wav"))
        # What it says is what happens.
        planned = self.denoise_json(*command, "--dry-run", "--force", code=SOME_FAILED)
        done = self.denoise_json(*command, "--force", code=SOME_FAILED)
        self.assertEqual([f["status"].replace("planned", "done") for f in planned["files"]],
                         [f["status"] for f in done["files"]])
        self.assertEqual([f.get("output") for f in planned["files"]],
                         [f.get("output") for f in done["files"]])

    def test_text(self):
        write(self.path("out", "b.wav"), b"precious")
        lines = self.hiss("denoise", self.source("sub"), "-o", self.path("out"), "--dry-run",
                          "--force").stdout.decode().splitlines()
        self.assertEqual(lines[0], f"{self.source('sub/b.wav')} -> {self.path('out/b.wav')}"
                                   " (replaces the one that exists)")
        self.assertEqual(lines[1], f"{self.source('sub/deep/c.wav')} -> {self.path('out/deep/c.wav')}")
        self.assertEqual(lines[3:], ["3 files: 3 to do"])
        line = self.hiss("denoise", self.source("sub"), "-o", self.path("out"), "--dry-run",
                         "--overwrite", "never").stdout.decode().splitlines()[0]
        self.assertEqual(line, f"{self.path('out/b.wav')}: output exists")


class Dither(HissTest):
    def convert(self, bits, tag, *options, values, to="pcm16"):
        source = write_wav(self.path("source.wav"), bits=bits, tag=tag, values=values)
        self.hiss("denoise", source, "-o", self.path("out.wav"), "--mix", "0", "--subtype", to,
                  "--force", *options)
        return Wav.read(self.path("out.wav"))

    def test_error_is_triangular_noise_that_does_not_follow_the_sound(self):
        count = 40000
        for step in (0.0, 0.3, 0.5):
            value = (100.0 + step) / 32768.0
            wav = self.convert(32, FLOAT, values=[value] * count)
            errors = [v - (100.0 + step) for v in wav.values16()]
            mean = sum(errors) / count
            power = sum((e - mean) ** 2 for e in errors) / count
            # Variance of the triangle 1/6 and of rounding 1/12, in steps squared.
            self.assertAlmostEqual(mean, 0.0, delta=0.02)
            self.assertAlmostEqual(power, 0.25, delta=0.01)
            self.assertLessEqual(max(map(abs, errors)), 1.5)
            # White: neighbours have nothing in common.
            neighbours = sum(a * b for a, b in zip(errors, errors[1:])) / count
            self.assertAlmostEqual(neighbours, 0.0, delta=0.01)

    def test_same_bits_each_time(self):
        values = noisy_tone(5000)
        first = self.convert(24, 1, values=values).data
        self.assertEqual(self.convert(24, 1, values=values).data, first)
        plain = self.convert(24, 1, "--no-dither", values=values)
        self.assertNotEqual(plain.data, first)
        # Without it: plain rounding.
        exact = [round(v * 2**23) / 256.0 for v in values]
        self.assertLessEqual(max(abs(a - b) for a, b in zip(plain.values16(), exact)), 0.5)

    def test_channels_differ(self):
        values = [0.001] * 4000
        source = write_wav(self.path("s.wav"), bits=32, tag=FLOAT, channels=2, values=values)
        self.hiss("denoise", source, "-o", self.path("o.wav"), "--mix", "0", "--subtype", "pcm16")
        both = Wav.read(self.path("o.wav")).values16()
        self.assertNotEqual(both[0::2], both[1::2])

    def test_off_where_no_bits_are_lost(self):
        values = noisy_tone(5000)
        for bits, to in ((16, "pcm16"), (16, "pcm24"), (24, "pcm24"), (24, "pcm32")):
            wav = self.convert(bits, 1, values=values, to=to)
            top = 2 ** (wav.bits - bits)
            width = wav.bits // 8
            got = [int.from_bytes(wav.data[i:i + width], "little", signed=True)
                   for i in range(0, len(wav.data), width)]
            self.assertEqual(got, [round(v * 2 ** (bits - 1)) * top for v in values])
        floats = self.convert(32, FLOAT, values=values, to="float").floats()
        self.assertEqual(floats, array.array("f", values))

    def test_full_scale_is_not_counted_as_clipped(self):
        top = 32767.0 / 32768.0
        source = write_wav(self.path("s.wav"), bits=32, tag=FLOAT, values=[top, -1.0] * 4000)
        report = self.denoise_json(source, "-o", self.path("o.wav"), "--mix", "0", "--subtype",
                                   "pcm16")
        self.assertEqual(report["files"][0]["clipped_values"], 0)
        self.assertLess(report["files"][0]["output_levels"]["peak_dbfs"], 0.001)
        self.assertTrue(math.isfinite(report["files"][0]["output_levels"]["rms_dbfs"]))


class Help(HissTest):
    def test_every_option_is_documented(self):
        text = self.hiss("denoise", "--help", model="").stdout.decode()
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - {"--help", "--help-all"}
        self.assertIn("--jobs", options)
        for document in ("HISS_APP_README", "HISS_MAN_PAGE"):
            with open(os.environ[document], encoding="utf-8") as file:
                told = file.read().replace("\\-", "-")
            missing = [option for option in sorted(options) if option not in told]
            self.assertEqual(missing, [], document)


if __name__ == "__main__":
    main()
