# SPDX-License-Identifier: Apache-2.0
"""`hiss denoise --watch`: files are done when they are complete, until a signal ends it cleanly."""

import json
import os
import signal
import subprocess
import time

from hiss_e2e import HISS, INPUT, MODEL, USAGE, HissTest, Wav, encode, main, noisy_tone, wav_bytes, \
    write, write_wav

PATIENCE = 60.0


class Watch(HissTest):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path("in"))

    def start(self, *options, output="out"):
        command = [HISS, "denoise", "--watch", self.path("in"), "--model", MODEL, *options]
        if output:
            command += ["-o", self.path(output)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        return process

    def stop(self, process, number=signal.SIGTERM, code=0):
        process.send_signal(number)
        out, error = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, code, error)
        self.assertEqual([f for f in self.files() if ".tmp" in f], [])
        return out.decode(), error.decode()

    def wait_for(self, *names):
        end = time.monotonic() + PATIENCE
        while not all(os.path.exists(self.path(name)) for name in names):
            self.assertLess(time.monotonic(), end, (names, self.files()))
            time.sleep(0.01)

    def test_what_is_there_what_comes_and_what_is_moved_in(self):
        write_wav(self.path("in/first.wav"), samples=500)
        process = self.start("--jobs", "2")
        self.wait_for("out/first.wav")
        write_wav(self.path("in/later.wav"), samples=500)
        write(self.path("in/notes.txt"), b"text")
        os.rename(write_wav(self.path("moved.wav"), samples=500), self.path("in/moved.wav"))
        write_wav(self.path("in/new/deep/below.wav"), samples=500)
        write_wav(self.path("in/.hidden.wav"), samples=500)
        os.rename(write_wav(self.path("tree/a/b.wav"), samples=500).rsplit("/", 2)[0],
                  self.path("in/tree"))
        self.wait_for("out/later.wav", "out/moved.wav", "out/new/deep/below.wav", "out/tree/a/b.wav")
        out, error = self.stop(process)
        self.assertEqual(error, "")
        self.assertEqual(len(out.splitlines()), 5)
        self.assertEqual(len([f for f in self.files() if f.startswith("out/")]), 5)

    def test_is_not_taken_before_it_is_complete(self):
        content = wav_bytes(encode(noisy_tone(16000), 16))
        process = self.start()
        with open(self.path("in/slow.wav"), "wb") as file:
            for begin in range(0, len(content), len(content) // 4 + 1):
                file.write(content[begin:begin + len(content) // 4 + 1])
                file.flush()
                time.sleep(0.7)  # longer than a complete file is waited for
                self.assertFalse(os.path.exists(self.path("out/slow.wav")))
        self.wait_for("out/slow.wav")
        _, error = self.stop(process)
        self.assertEqual(error, "")  # never read half
        self.assertEqual(Wav.read(self.path("out/slow.wav")).samples, 16000)

    def test_newer_version_is_done_again(self):
        write_wav(self.path("in/a.wav"), samples=500)
        process = self.start()
        self.wait_for("out/a.wav")
        write_wav(self.path("in/a.wav"), samples=700)
        end = time.monotonic() + PATIENCE
        while Wav.read(self.path("out/a.wav")).samples != 700:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        self.stop(process)
        # Begun again it finds nothing to do.
        write_wav(self.path("in/b.wav"), samples=500)
        before = os.stat(self.path("out/a.wav")).st_mtime_ns
        process = self.start("--json")
        self.wait_for("out/b.wav")
        out, _ = self.stop(process)
        self.assertEqual([f["status"] for f in json.loads(out)["files"]], ["skipped", "done"])
        self.assertEqual(os.stat(self.path("out/a.wav")).st_mtime_ns, before)

    def test_outputs_below_the_folder_are_no_inputs(self):
        write_wav(self.path("in/a.wav"), samples=500)
        for output in ("in/out", None):
            process = self.start(output=output)
            made = "in/out/a.wav" if output else "in/a.denoised.wav"
            self.wait_for(made)
            write_wav(self.path("in/b.wav"), samples=500)
            self.wait_for(made.replace("a.", "b."))
            time.sleep(1.5)
            out, _ = self.stop(process)
            self.assertEqual(len(set(out.splitlines())), len(out.splitlines()))
            self.assertNotIn("in/out/out", "\n".join(self.files()))
            self.assertFalse(any("denoised.denoised" in f for f in self.files()))
            os.remove(self.path("in/b.wav"))

    def test_bad_file_is_reported_and_the_rest_goes_on(self):
        process = self.start("--quiet")
        write(self.path("in/bad.wav"), b"no sound")
        write_wav(self.path("in/good.wav"), samples=500)
        self.wait_for("out/good.wav")
        time.sleep(0.5)
        _, error = self.stop(process, code=6)
        self.assert_one_line(error, "bad.wav", "sound format")

    def test_signals_end_it_cleanly(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            process = self.start("--quiet")
            name = f"in/long{number}.wav"
            write(self.path(name), wav_bytes(bytes(2 * 16000 * 1800)))
            while not any(".tmp" in f for f in self.files()):
                self.assertIsNone(process.poll())
                time.sleep(0.001)
            began = time.monotonic()
            _, error = self.stop(process, number)
            self.assertLess(time.monotonic() - began, 5.0)
            self.assertEqual(error, "")
            self.assertFalse(os.path.exists(self.path(name.replace("in/", "out/"))))
            os.remove(self.path(name))
        self.stop(self.wait_started(self.start()))  # with nothing to do

    def wait_started(self, process):
        write_wav(self.path("in/x.wav"), samples=100)
        self.wait_for("out/x.wav")
        return process

    def test_folder_that_is_not_there_or_goes(self):
        done = self.hiss("denoise", "--watch", self.path("none"), "-o", self.path("out"), code=INPUT)
        self.assert_one_line(done.stderr, "none", "watched")
        process = self.wait_started(self.start("--quiet"))
        os.remove(self.path("in/x.wav"))
        os.rmdir(self.path("in"))
        _, error = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, INPUT)
        self.assert_one_line(error.decode(), "removed")

    def test_command_lines_that_make_no_sense(self):
        for options in ([self.path("in")], ["--dry-run"], ["--shard", "1/2"], ["--flat"]):
            done = self.hiss("denoise", "--watch", self.path("in"), *options, code=USAGE)
            self.assertEqual(done.stderr.count("\n"), 1)
        done = self.hiss("denoise", code=USAGE)
        self.assertIn("input is required", done.stderr)


if __name__ == "__main__":
    main()
