# SPDX-License-Identifier: Apache-2.0
"""What archives cost: ten hours in bounded memory, files at a time, overhead of short files."""

import json
import os
import subprocess
import time

from hiss_e2e import HISS, MODEL, HissTest, encode, main, noisy_tone, wav_bytes, write
from memory_e2e import peak_kib

TEN_HOURS = 10 * 3600 * 16000
LIMIT_KIB = 100 * 1000 * 1000 // 1024
SHORT_FILES = 1000


class Costs(HissTest):
    def test_ten_hours_in_100_megabytes(self):
        # 8-bit zeros are a constant; the file is sparse on the disk, and FLAC keeps it small.
        source = write(self.path("long.wav"), wav_bytes(b"", bits=8, data_size=TEN_HOURS))
        os.truncate(source, os.path.getsize(source) + TEN_HOURS)
        peak = peak_kib([HISS, "denoise", source, "-o", self.path("long.flac"), "--quiet",
                         "--report", self.path("r.html"), "--model", MODEL], 0.05)
        print(f"10 h with a report: {peak} KiB", flush=True)
        self.assertLess(peak, LIMIT_KIB)

    def timed(self, jobs):
        before, began = os.times(), time.monotonic()
        subprocess.run([HISS, "denoise", self.path("in"), "-o", self.path("out"), "--quiet",
                        "--force", "--jobs", str(jobs), "--model", MODEL], check=True)
        wall, after = time.monotonic() - began, os.times()
        return wall, (after.children_user + after.children_system
                      - before.children_user - before.children_system)

    def test_jobs_share_the_work_and_add_none(self):
        if len(os.sched_getaffinity(0)) < 2:
            self.skipTest("one core only")
        content = wav_bytes(encode(noisy_tone(16000 * 10), 16) * 60)
        for number in range(12):
            write(self.path("in", f"{number:02}.wav"), content)
        rounds = [(self.timed(1), self.timed(2)) for _ in range(4)]
        wall = [min(r[k][0] for r in rounds) for k in (0, 1)]
        cpu = [min(r[k][1] for r in rounds) for k in (0, 1)]
        print(f"1 job {wall[0]:.2f} s, 2 jobs {wall[1]:.2f} s: {wall[0] / wall[1] / 2:.0%} of twice;"
              f" CPU {cpu[0]:.2f} s and {cpu[1]:.2f} s", flush=True)
        # Cores that others use make the wall time long, but not the work more.
        self.assertLess(cpu[1], 1.25 * cpu[0])
        self.assertLess(wall[1], wall[0])

    def test_short_files(self):
        content = wav_bytes(encode(noisy_tone(1600), 16))
        for number in range(SHORT_FILES):
            write(self.path("in", str(number % 10), f"{number:04}.wav"), content)
        best = float("inf")
        for _ in range(3):
            began = time.monotonic()
            report = json.loads(self.hiss("denoise", self.path("in"), "-o", self.path("out"),
                                          "--force", "--json").stdout)
            wall = time.monotonic() - began
            best = min(best, wall - sum(f["process_cpu_seconds"] for f in report["files"]))
        began = time.monotonic()
        self.hiss("denoise", self.path("in"), "-o", self.path("out"), "--resume", "--quiet")
        resumed = time.monotonic() - began
        print(f"{best / SHORT_FILES * 1000:.2f} ms a file beyond the model's time; "
              f"{resumed / SHORT_FILES * 1000:.3f} ms a file that is done", flush=True)
        # Half a millisecond on a quiet machine: files are forced to the disk, several at a time.
        self.assertLess(best / SHORT_FILES, 0.008)
        self.assertLess(resumed / SHORT_FILES, 0.005)


if __name__ == "__main__":
    main()
