# SPDX-License-Identifier: Apache-2.0
"""Several files at a time: the same bits, messages and report, and no file left by a signal."""

import hashlib
import os
import signal
import subprocess
import time

from hiss_e2e import HISS, INPUT, MODEL, SOME_FAILED, USAGE, HissTest, main, wav_bytes, write, write_wav
from memory_e2e import peak_kib

FILES = 24


class Jobs(HissTest):
    def setUp(self):
        super().setUp()
        for number in range(FILES):
            write_wav(self.path("in", f"{number:02}.wav"), samples=500 + 3777 * (number * 7 % 11),
                      rate=(16000, 44100, 8000)[number % 3], channels=1 + number % 2)

    def digests(self, folder):
        digests = {}
        for name in sorted(n for n in os.listdir(self.path(folder)) if n[0] != "."):
            with open(self.path(folder, name), "rb") as file:
                digests[name] = hashlib.sha256(file.read()).hexdigest()
        return digests

    def test_bits_and_messages_do_not_depend_on_the_number(self):
        write(self.path("in", "05.wav"), b"no sound")
        write(self.path("in", "11.wav"), b"")
        seen = []
        for jobs in ("1", "2", "7", "auto", "0"):
            out = "out" + jobs
            done = self.hiss("denoise", self.path("in"), "-o", self.path(out), "--jobs", jobs,
                             code=SOME_FAILED)
            lines = [line.split(":")[0].replace(out, "out")
                     for line in done.stdout.decode().splitlines()[:-1]]
            seen.append((self.digests(out), lines, done.stderr))
        self.assertEqual(len(seen[0][0]), FILES - 2)
        self.assertEqual([os.path.basename(line) for line in seen[0][1]], list(seen[0][0]))
        self.assertEqual(seen[0][2].count("\n"), 2)
        for other in seen[1:]:
            self.assertEqual(other, seen[0])

    def test_report_is_in_the_order_of_the_inputs(self):
        sources = [self.path("in", f"{n:02}.wav") for n in (9, 3, 21, 0)] + [self.path("missing")]
        report = self.denoise_json(*sources, "-o", self.path("out"), "--jobs", "3",
                                   code=SOME_FAILED)
        self.assertEqual([f["input"] for f in report["files"]], sources)
        self.assertEqual([f["status"] for f in report["files"]], ["done"] * 4 + ["error"])
        self.assertEqual(report["files"][4]["error"]["exit_code"], INPUT)

    def test_notes_of_the_mp3_decoder_hide_no_error(self):
        for number in range(6):
            write(self.path("mp3", f"{number}.mp3"), b"This is no sound.\n" * 9000)
        done = self.hiss("denoise", self.path("mp3"), "-o", self.path("out"), "--jobs", "3",
                         code=INPUT)
        self.assertEqual([line.split(":")[1].strip() for line in done.stderr.splitlines()],
                         [self.path("mp3", f"{number}.mp3") for number in range(6)])

    def test_numbers_that_make_no_sense(self):
        for jobs in ("-1", "two", "1.5", "1000", ""):
            done = self.hiss("denoise", self.path("in"), "--jobs", jobs, code=USAGE)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_signals_leave_no_temporary_file(self):
        for number in range(4):
            write(self.path("long", f"{number}.wav"), wav_bytes(bytes(2 * 16000 * 300)))
        before = self.files()
        for round_, number in enumerate((signal.SIGINT, signal.SIGTERM, signal.SIGHUP) * 3):
            process = subprocess.Popen(
                [HISS, "denoise", self.path("long"), self.path("in"), "-o", self.path("out"),
                 "--jobs", "4", "--force", "--quiet", "--model", MODEL])
            while process.poll() is None and not any(".tmp" in f for f in self.files()):
                time.sleep(0.001)
            time.sleep(0.004 * round_)
            process.send_signal(number)
            self.assertEqual(process.wait(), -number)
            extra = [f for f in set(self.files()) - set(before) if not f.endswith(".wav")]
            self.assertEqual(extra, [])

    def test_memory_grows_with_the_jobs_not_with_the_files(self):
        command = [HISS, "denoise", self.path("in"), "--quiet", "--force", "--model", MODEL,
                   "-o", self.path("out"), "--jobs"]
        one, eight = peak_kib(command + ["1"], 0.0), peak_kib(command + ["8"], 0.0)
        print(f"1 job: {one} KiB, 8 jobs: {eight} KiB", flush=True)
        self.assertLess(eight - one, 7 * 4096)


if __name__ == "__main__":
    main()
