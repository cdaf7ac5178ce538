# SPDX-License-Identifier: Apache-2.0
"""`hiss plot` draws a picture of any sound file."""

import os
import struct
import zlib

from hiss_e2e import INPUT, OUTPUT, USAGE, HissTest, main, write, write_wav


class Png:
    """A PNG picture of 8-bit RGB, decoded."""

    def __init__(self, content):
        if content[:8] != b"\x89PNG\r\n\x1a\n":
            raise ValueError("not a PNG picture")
        data, at = b"", 8
        while at < len(content):
            size, tag = struct.unpack(">I4s", content[at : at + 8])
            body = content[at + 8 : at + 8 + size]
            if zlib.crc32(tag + body) != struct.unpack(">I", content[at + 8 + size :][:4])[0]:
                raise ValueError("bad checksum")
            if tag == b"IHDR":
                self.width, self.height, depth, colour = struct.unpack(">IIBB", body[:10])
                if (depth, colour) != (8, 2):
                    raise ValueError("not 8-bit RGB")
            if tag == b"IDAT":
                data += body
            at += 12 + size
        self.rows = self._unfilter(zlib.decompress(data), self.width * 3)

    @staticmethod
    def _unfilter(data, stride):
        rows, before = [], bytearray(stride)
        for start in range(0, len(data), stride + 1):
            kind, row = data[start], bytearray(data[start + 1 : start + 1 + stride])
            for i in range(stride):
                a = row[i - 3] if i >= 3 else 0
                b = before[i]
                c = before[i - 3] if i >= 3 else 0
                p = a + b - c
                paeth = min((a, b, c), key=lambda v: abs(p - v))
                row[i] = row[i] + (0, a, b, (a + b) // 2, paeth)[kind] & 0xFF
            rows.append(row)
            before = row
        return rows

    def pixel(self, x, y):
        return tuple(self.rows[y][3 * x : 3 * x + 3])

    def brightness(self, x0, x1, y0, y1):
        """Mean over a rectangle given in parts of the picture."""
        values = [
            sum(self.pixel(x, y))
            for y in range(int(y0 * self.height), int(y1 * self.height), 3)
            for x in range(int(x0 * self.width), int(x1 * self.width), 3)
        ]
        return sum(values) / len(values)


class Plot(HissTest):
    SMALL = ("--width", "500", "--height", "400")

    def plot(self, *arguments, **options):
        self.hiss("plot", *arguments, *self.SMALL, **options)
        with open(arguments[1], "rb") as file:
            return Png(file.read())

    def test_before_and_after(self):
        # The after file lacks the second half's noise: bright above, dark below.
        noisy = write_wav(self.path("a.wav"), samples=32000)
        quiet = write_wav(self.path("b.wav"), values=[0.0] * 32000)
        picture = self.plot(noisy, self.path("p.png"), "--after", quiet)
        self.assertEqual((picture.width, picture.height), (500, 400))
        above = picture.brightness(0.3, 0.7, 0.2, 0.4)
        below = picture.brightness(0.3, 0.7, 0.6, 0.8)
        self.assertGreater(above, below + 60)
        self.assertEqual(picture.pixel(0, 0), (255, 255, 255))

    def test_time_axis_is_shared(self):
        long = write_wav(self.path("a.wav"), samples=32000)
        short = write_wav(self.path("b.wav"), samples=16000)
        picture = self.plot(long, self.path("p.png"), "--after", short)
        first_half = picture.brightness(0.2, 0.4, 0.6, 0.8)
        second_half = picture.brightness(0.6, 0.75, 0.6, 0.8)
        self.assertGreater(first_half, second_half + 60)

    def test_denoised_on_the_fly(self):
        # A mix of 0 draws the same twice.
        source = write_wav(self.path("a.wav"), samples=32000, channels=2)
        picture = self.plot(source, self.path("p.png"), "--mix", "0")
        above = picture.brightness(0.3, 0.7, 0.2, 0.4)
        below = picture.brightness(0.3, 0.7, 0.6, 0.8)
        self.assertAlmostEqual(above, below, delta=8)

    def test_any_input(self):
        cases = {
            "one.wav": {"samples": 1}, "few.wav": {"samples": 100}, "low.wav": {"rate": 4000},
            "high.wav": {"rate": 384000}, "many.wav": {"channels": 32, "samples": 2000},
            "silent.wav": {"values": [0.0] * 20000},
        }
        for name, settings in cases.items():
            with self.subTest(name):
                picture = self.plot(write_wav(self.path(name), **settings), self.path(name + ".png"))
                self.assertEqual(picture.width, 500)

    def test_streams(self):
        source = write_wav(self.path("a.wav"))
        with open(source, "rb") as file:
            done = self.hiss("plot", "-", "-", *self.SMALL, stdin=file)
        self.assertEqual(Png(done.stdout).height, 400)

    def test_name_that_is_not_utf8(self):
        source = self.path("\udcff\udcfe.wav")
        os.rename(write_wav(self.path("a.wav"), samples=2000), source)
        self.plot(source, self.path("p.png"))

    def check_refused(self, *arguments, code):
        before = self.files()
        done = self.hiss("plot", *arguments, code=code)
        self.assert_one_line(done.stderr)
        self.assertEqual(self.files(), before)

    def test_refused(self):
        source = write_wav(self.path("a.wav"))
        cut = write(self.path("cut.wav"), b"RIFF")
        picture = self.path("p.png")
        self.check_refused(self.path("missing.wav"), picture, code=INPUT)
        self.check_refused(cut, picture, code=INPUT)
        self.check_refused(source, picture, "--after", cut, code=INPUT)
        self.check_refused(source, source, "--force", code=OUTPUT)
        self.check_refused(source, "/dev/full", code=OUTPUT)
        write(picture, b"precious")
        self.check_refused(source, picture, code=OUTPUT)
        done = self.hiss("plot", source, picture, "--width", "0", code=USAGE)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.hiss("plot", source, picture, "--force")
        self.assertGreater(os.path.getsize(picture), 1000)


if __name__ == "__main__":
    main()
