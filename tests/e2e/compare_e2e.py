# SPDX-License-Identifier: Apache-2.0
"""`hiss compare`: figures known from how the files were made, and files that do not fit."""

import json
import math
import random

from hiss_e2e import FLOAT, INPUT, SOME_FAILED, USAGE, HissTest, main, write, write_wav

RATE = 16000


class Compare(HissTest):
    def setUp(self):
        super().setUp()
        noise = random.Random(5)
        # Half a second of a tone, half a second of pause; the noise is at -40 dBFS everywhere.
        self.clean = [math.sin(0.3 * i) * (0.5 if i < RATE // 2 else 0.0) for i in range(RATE)]
        self.noise = [0.01 * math.copysign(1.0, noise.uniform(-1.0, 1.0)) for _ in range(RATE)]
        self.reference = self.write("clean.wav", self.clean)

    def write(self, name, values, **options):
        return write_wav(self.path(name), values=values, bits=32, tag=FLOAT, **options)

    def compare(self, *files, **options):
        done = self.hiss("compare", self.reference, *files, "--json", **options)
        return json.loads(done.stdout)["files"]

    def test_figures(self):
        noisy = [c + n for c, n in zip(self.clean, self.noise)]
        found = self.compare(self.write("noisy.wav", noisy))[0]
        level = 10 * math.log10(sum(v * v for v in noisy) / RATE)
        self.assertAlmostEqual(found["rms_dbfs"], level, places=4)
        self.assertAlmostEqual(found["pause_rms_dbfs"], -40.0, places=4)
        ss = sum(c * c for c in self.clean)
        scale = sum(x * c for x, c in zip(noisy, self.clean)) / ss
        rest = sum((x - scale * c) ** 2 for x, c in zip(noisy, self.clean))
        self.assertAlmostEqual(found["si_sdr_db"], 10 * math.log10(scale * scale * ss / rest),
                               places=3)

    def test_scale_does_not_matter(self):
        noisy = [c + n for c, n in zip(self.clean, self.noise)]
        loud, quiet = self.compare(self.write("loud.wav", noisy),
                                   self.write("quiet.wav", [0.1 * v for v in noisy]))
        self.assertAlmostEqual(loud["si_sdr_db"], quiet["si_sdr_db"], places=3)
        self.assertAlmostEqual(loud["rms_dbfs"] - quiet["rms_dbfs"], 20.0, places=4)

    def test_equal_and_silent_files_end_the_scale(self):
        same, silent = self.compare(self.reference, self.write("silent.wav", [0.0] * RATE))
        self.assertEqual(same["si_sdr_db"], 120.0)
        self.assertEqual(silent["si_sdr_db"], -120.0)
        self.assertEqual(silent["rms_dbfs"], -144.0)

    def test_no_pause(self):
        self.reference = self.write("steady.wav", [0.5] * RATE)
        self.assertIsNone(self.compare(self.reference)[0]["pause_rms_dbfs"])

    def test_stereo_is_taken_together(self):
        both = [v for c in self.clean for v in (c, 0.0)]
        self.reference = self.write("stereo.wav", both, channels=2)
        self.assertEqual(self.compare(self.reference)[0]["si_sdr_db"], 120.0)

    def test_files_that_do_not_fit(self):
        bad = [
            self.write("rate.wav", self.clean, rate=8000),
            self.write("channels.wav", self.clean, channels=2),
            self.write("short.wav", self.clean[:-1]),
            self.write("long.wav", self.clean + [0.0] * 1000),
            write(self.path("text.wav"), b"no sound"),
            self.path("missing.wav"),
        ]
        for file in bad:
            with self.subTest(file):
                self.assert_one_line(self.hiss("compare", self.reference, file, code=INPUT).stderr,
                                     file)
        done = self.hiss("compare", self.reference, *bad, self.reference, code=SOME_FAILED)
        self.assertEqual(done.stderr.count("\n"), len(bad))
        self.assertIn(self.reference, done.stdout.decode())
        self.hiss("compare", bad[-1], self.reference, code=INPUT)
        self.hiss("compare", self.reference, code=USAGE)


if __name__ == "__main__":
    main()
