# SPDX-License-Identifier: Apache-2.0
"""Parts of one batch that run apart from each other: together they are one run, bit for bit."""

import os
import subprocess
import time

from hiss_e2e import HISS, MODEL, USAGE, HissTest, main, write_wav

FILES = 21


class Shards(HissTest):
    def setUp(self):
        super().setUp()
        for number in range(FILES):
            folder = ("", "x", "x/y", "z")[number % 4]
            write_wav(self.path("in", folder, f"{number:02}.wav"), samples=4000 + 997 * number)
        self.hiss("denoise", self.path("in"), "-o", self.path("whole"), "--quiet")

    def shard(self, part, *options):
        return self.denoise_json(self.path("in"), "-o", self.path("out"), "--shard", part, *options)

    def test_together_they_are_one_run(self):
        seen = []
        for part in range(1, 4):
            report = self.shard(f"{part}/3", "--jobs", str(part))
            seen += [f["output"] for f in report["files"]]
            self.assertEqual(len(report["files"]), FILES // 3)
        self.assertEqual(len(set(seen)), FILES)
        self.assertEqual(self.tree("out"), self.tree("whole"))

    def test_parts_do_not_depend_on_what_files_hold(self):
        planned = [f["input"] for f in self.shard("2/4", "--dry-run")["files"]]
        for name in planned[:2]:
            write_wav(name, samples=9)
        self.assertEqual([f["input"] for f in self.shard("2/4", "--dry-run")["files"]], planned)

    def test_more_parts_than_files(self):
        self.assertEqual(self.shard(f"{FILES + 1}/{FILES + 1}")["files"], [])

    def test_one_is_killed_and_run_again(self):
        command = [HISS, "denoise", self.path("in"), "-o", self.path("out"), "--quiet", "--resume",
                   "--model", MODEL, "--shard"]
        for done in (1, 3, 6):  # as a queue would: both at once, the first is killed, then requeued
            first = subprocess.Popen(command + ["1/2"])
            second = subprocess.Popen(command + ["2/2"])
            journal = self.path("out", ".hiss-journal-1-of-2")
            while first.poll() is None and self.lines(journal) < done:
                time.sleep(0.0005)
            first.kill()
            first.wait()
            self.assertEqual(second.wait(), 0)
        self.assertLess(len(self.tree("out")), FILES + 1)
        self.assertEqual(subprocess.run(command + ["1/2"], check=False).returncode, 0)
        self.assertEqual(self.tree("out"), self.tree("whole"))
        self.assertEqual({f["status"] for f in self.shard("1/2", "--resume")["files"]}, {"skipped"})

    @staticmethod
    def lines(path):
        try:
            with open(path, "rb") as file:
                return file.read().count(b"\n")
        except FileNotFoundError:
            return 0

    def test_parts_that_make_no_sense(self):
        for part in ("0/2", "3/2", "1", "1/0", "a/b", "1/2/3", "-1/2", ""):
            done = self.hiss("denoise", self.path("in"), "--shard", part, code=USAGE)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


if __name__ == "__main__":
    main()
