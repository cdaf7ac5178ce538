# SPDX-License-Identifier: Apache-2.0
"""Files are streamed: an hour needs no more memory than ten seconds."""

import os
import subprocess
import time

from hiss_e2e import HISS, MODEL, HissTest, main, wav_bytes, write, write_wav

HOUR = 3600 * 16000
ALLOWANCE_KIB = 2048


def peak_kib(command, pause):
    """Peak resident memory of a command that succeeds, as the kernel keeps it for the process.

    (ru_maxrss will not do: it starts with the peak of this interpreter, from which the process was
    forked.)
    """
    peak = 0
    with open(os.devnull, "wb") as null:
        process = subprocess.Popen(command, stdout=null)
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as file:
                    text = file.read()
            except (FileNotFoundError, ProcessLookupError):
                break
            if text.startswith("Name:\thiss\n") and "VmHWM:" in text:
                peak = max(peak, int(text.split("VmHWM:")[1].split()[0]))
            time.sleep(pause)
    if process.wait() != 0:
        raise AssertionError(f"{command} gave {process.returncode}")
    if peak == 0:
        raise AssertionError(f"{command} was never seen running")
    return peak


class Memory(HissTest):
    def setUp(self):
        super().setUp()
        if not os.path.exists("/proc/self/status"):
            self.skipTest("no /proc here")
        self.short = write_wav(self.path("short.wav"), samples=160000, bits=8)
        # 8-bit zeros are a constant; the file is sparse on the disk.
        self.long = write(self.path("long.wav"), wav_bytes(b"", bits=8, data_size=HOUR))
        os.truncate(self.long, os.path.getsize(self.long) + HOUR)

    def check(self, short, long):
        short_kib, long_kib = peak_kib([HISS, *short], 0.0), peak_kib([HISS, *long], 0.002)
        print(f"10 s: {short_kib} KiB, 1 h: {long_kib} KiB", flush=True)
        self.assertLess(long_kib, short_kib + ALLOWANCE_KIB)

    def test_denoise(self):
        output = self.path("out.wav")
        self.check(["denoise", self.short, "--quiet", "--model", MODEL],
                   ["denoise", self.long, "-o", output, "--quiet", "--model", MODEL])
        self.assertEqual(os.path.getsize(output), os.path.getsize(self.long))

    def test_flac(self):
        self.check(["denoise", self.short, "-o", self.path("short.flac"), "--quiet", "--model", MODEL],
                   ["denoise", self.long, "-o", self.path("long.flac"), "--quiet", "--model", MODEL])

    def test_resampled(self):
        # A quarter of an hour at 4 kHz.
        os.truncate(self.long, os.path.getsize(self.short) - 160000 + HOUR // 16)
        commands = []
        for name, source, samples in (("s", self.short, 160000), ("l", self.long, HOUR // 16)):
            with open(source, "r+b") as file:
                file.seek(24)
                file.write((4000).to_bytes(4, "little"))
                file.seek(40)
                file.write(samples.to_bytes(4, "little"))
            commands.append(["denoise", source, "-o", self.path(name + ".wav"), "--quiet",
                             "--model", MODEL])
        self.check(*commands)

    def test_plot(self):
        # The picture of the short one is kept as large: 2400 columns are used by 20 s.
        medium = write_wav(self.path("medium.wav"), samples=320000, values=[0.1] * 320000)
        self.check(["plot", medium, self.path("s.png"), "--model", MODEL],
                   ["plot", self.long, self.path("l.png"), "--model", MODEL])


if __name__ == "__main__":
    main()
