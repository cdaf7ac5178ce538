# SPDX-License-Identifier: Apache-2.0
"""Several inputs, folders, names of outputs, and going on after an interruption."""

import array
import os
import subprocess
import time

from hiss_e2e import (FLOAT, HISS, MODEL, OUTPUT, SOME_FAILED, USAGE, HissTest, Wav, main, write,
                      write_wav)


class Names(HissTest):
    def setUp(self):
        super().setUp()
        for name in ("a.wav", "sub/b.wav", "sub/deep/C.WAV", ".hidden.wav", "._a.wav"):
            write_wav(self.path("in", name), samples=500)
        write(self.path("in", "notes.txt"), b"text")

    def added(self, before):
        return sorted(set(self.files()) - set(before))

    def test_beside_the_input(self):
        before = self.files()
        made = ["in/a.denoised.wav", "in/sub/b.denoised.wav", "in/sub/deep/C.denoised.WAV"]
        self.hiss("denoise", self.path("in"))
        self.assertEqual(self.added(before), made)
        # What this program made is not taken for an input of the folder.
        self.hiss("denoise", self.path("in"), "--force")
        self.assertEqual(self.added(before), made)

    def test_removed_sound(self):
        source = write_wav(self.path("x", "a.wav"), channels=2, bits=32, tag=FLOAT)
        for option in ((), ("--removed",)):
            report = self.denoise_json(self.path("x"), *option)
            name = "removed" if option else "denoised"
            self.assertEqual(report["written"], name)
            self.assertEqual([f["output"] for f in report["files"]], [self.path("x", f"a.{name}.wav")])
        floats = [Wav.read(p).floats() for p in (source, self.path("x", "a.denoised.wav"),
                                                 self.path("x", "a.removed.wav"))]
        self.assertEqual(len({len(f) for f in floats}), 1)
        rounded = array.array("f", (x - y for x, y in zip(floats[0], floats[1])))
        self.assertEqual(floats[2], rounded)
        self.assertGreater(max(map(abs, floats[2])), 0.01)

    def test_tree_in_another_folder(self):
        before = self.files()
        self.hiss("denoise", self.path("in"), "-o", self.path("new", "out"))
        self.assertEqual(self.added(before),
                         ["new/out/a.wav", "new/out/sub/b.wav", "new/out/sub/deep/C.WAV"])

    def test_output_folder_inside_the_input(self):
        before = self.files()
        made = ["in/out/a.wav", "in/out/sub/b.wav", "in/out/sub/deep/C.WAV"]
        for _ in range(2):
            self.hiss("denoise", self.path("in"), "-o", self.path("in", "out"), "--force")
            self.assertEqual(self.added(before), made)

    def test_files_into_a_folder(self):
        before = self.files()
        sources = [self.path("in", "a.wav"), self.path("in", "sub", "b.wav")]
        self.hiss("denoise", *sources, "-o", self.path("out"))
        self.assertEqual(self.added(before), ["out/a.wav", "out/b.wav"])

    def test_one_file_into_a_folder(self):
        before = self.files()
        self.hiss("denoise", self.path("in", "a.wav"), "-o", self.path("out") + "/")
        self.hiss("denoise", self.path("in", "sub", "b.wav"), "-o", self.path("out"))
        self.assertEqual(self.added(before), ["out/a.wav", "out/b.wav"])

    def test_explicit_hidden_file(self):
        self.hiss("denoise", self.path("in", ".hidden.wav"))
        self.assertIn("in/.hidden.denoised.wav", self.files())

    def test_format_changes_extensions(self):
        before = self.files()
        self.hiss("denoise", self.path("in"), "-o", self.path("out"), "--format", "flac")
        self.assertEqual(self.added(before),
                         ["out/a.flac", "out/sub/b.flac", "out/sub/deep/C.flac"])

    def test_several_into_one_file_is_refused(self):
        write(self.path("file.wav"), b"x")
        before = self.files()
        for output in (self.path("file.wav"), "-"):
            done = self.hiss("denoise", self.path("in"), "-o", output, code=USAGE)
            self.assert_one_line(done.stderr)
        self.assertEqual(self.files(), before)

    def test_link_loop(self):
        os.symlink("..", self.path("in", "sub", "loop"))
        before = self.files()
        self.hiss("denoise", self.path("in"), "-o", self.path("out"))
        self.assertEqual(len(self.added(before)), 3)

    def test_names_that_are_not_utf8(self):
        folder = self.path("bytes").encode()
        os.makedirs(folder)
        os.rename(self.path("in", "a.wav"), folder + b"/\xff\xfe.wav")
        report = self.denoise_json(self.path("bytes"))
        self.assertEqual(report["files"][0]["status"], "done")
        self.assertIn(b"\xff\xfe.denoised.wav", os.listdir(folder))

    def test_long_name(self):
        source = write_wav(self.path("n" * 240 + ".wav"), samples=100)
        self.hiss("denoise", source, "-o", self.path("m" * 251 + ".wav"))


class Resume(HissTest):
    def test_resume_passes_over_what_is_done(self):
        for name in ("a.wav", "b.wav", "c.wav"):
            write_wav(self.path("in", name), samples=500)
        write(self.path("out", "b.wav"), b"done before")
        refused = self.hiss("denoise", self.path("in"), "-o", self.path("out"), code=SOME_FAILED)
        self.assert_one_line(refused.stderr, "b.wav", "no file there yet")
        os.remove(self.path("out", "a.wav"))
        report = self.denoise_json(self.path("in"), "-o", self.path("out"), "--resume")
        self.assertEqual([f["status"] for f in report["files"]], ["done", "skipped", "skipped"])
        with open(self.path("out", "b.wav"), "rb") as file:
            self.assertEqual(file.read(), b"done before")
        both = self.hiss("denoise", self.path("in"), "--resume", "--force", code=USAGE)
        self.assertEqual(both.stderr.count("\n"), 1)

    def named(self):
        return sum(f.startswith("out/") and f.endswith(".wav") for f in self.files())

    def test_killed_batch_goes_on(self):
        count = 40
        for number in range(count):
            write_wav(self.path("in", f"{number:02}.wav"), samples=20000)
        arguments = [self.path("in"), "-o", self.path("out")]
        # Killed without a chance to clean up: what has its name is complete all the same.
        process = subprocess.Popen([HISS, "denoise", *arguments, "--quiet", "--model", MODEL])
        while process.poll() is None and self.named() < 4:
            time.sleep(0.001)
        process.kill()
        process.wait()
        finished = self.named()
        self.assertGreater(finished, 0)
        report = self.denoise_json(*arguments, "--resume")
        self.assertEqual(sum(f["status"] == "skipped" for f in report["files"]), finished)
        self.assertEqual(report["exit_code"], 0)
        again = self.denoise_json(*arguments, "--force")
        self.assertEqual({f["samples"] for f in again["files"]}, {20000})
        wavs = [f for f in self.files() if f.startswith("out/") and f.endswith(".wav")]
        self.assertEqual({os.path.getsize(self.path(f)) for f in wavs}, {40044})
        self.assertEqual(len(wavs), count)


class Report(HissTest):
    def test_document(self):
        source = write_wav(self.path("a.wav"), samples=24000, rate=48000, channels=2)
        report = self.denoise_json(source)
        self.assertEqual(
            set(report), {"hiss", "model", "simd", "written", "files", "failed", "exit_code"})
        self.assertEqual(report["model"]["path"], MODEL)
        entry = report["files"][0]
        self.assertEqual(
            set(entry),
            {"input", "output", "status", "sample_rate_hz", "channels", "samples", "seconds",
             "latency_samples", "process_cpu_seconds", "rtf", "input_format", "output_format",
             "input_levels", "output_levels", "clipped_values"})
        self.assertEqual((entry["input"], entry["seconds"]), (source, 0.5))
        self.assertAlmostEqual(entry["rtf"], entry["process_cpu_seconds"] / 0.5)
        self.assertGreater(entry["rtf"], 0.0)
        self.assertAlmostEqual(entry["input_levels"]["peak_dbfs"], -10.5, delta=0.5)
        self.assertAlmostEqual(entry["input_levels"]["rms_dbfs"], -14.8, delta=0.5)

    def test_latency_of_the_model_rate(self):
        source = write_wav(self.path("a.wav"), samples=1000)
        self.assertEqual(self.denoise_json(source)["files"][0]["latency_samples"], 512)

    def test_simd_target(self):
        source = write_wav(self.path("a.wav"), samples=1000)
        report = self.denoise_json(source, env=dict(os.environ, HISS_SIMD="scalar"))
        self.assertEqual(report["simd"], "scalar")

    def test_text(self):
        sources = [write_wav(self.path(n), samples=16000) for n in ("a.wav", "b.wav")]
        lines = self.hiss("denoise", *sources).stdout.decode().splitlines()
        self.assertEqual(len(lines), 3)
        self.assertRegex(lines[2], r"^2 files: 2 done; 2\.0 s of sound in \d+\.\d s$")
        self.assertRegex(lines[0], r"a\.denoised\.wav: 1\.00 s, RTF 0\.\d+, RMS -\d+\.\d -> .* dBFS$")
        self.assertEqual(self.hiss("denoise", *sources, "--force", "--quiet").stdout, b"")
        again = self.hiss("denoise", *sources, code=OUTPUT).stdout.decode()
        self.assertEqual(again, "2 files: 0 done, 2 failed; 2 exist: see --resume and --overwrite\n")
        again = self.hiss("denoise", *sources, "--resume").stdout.decode().splitlines()
        self.assertEqual(again[-1], "2 files: 0 done, 2 passed over")
        alone = self.hiss("denoise", sources[0], "--force").stdout.decode()
        self.assertEqual(alone.count("\n"), 1)

    def test_all_failed(self):
        done = self.hiss("denoise", write_wav(self.path("a.wav"), samples=10), "-o",
                         write(self.path("b.wav"), b""), "--json", code=OUTPUT)
        self.assert_one_line(done.stderr)


if __name__ == "__main__":
    main()
