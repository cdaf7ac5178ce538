# SPDX-License-Identifier: Apache-2.0
"""Any rate, channel count and format goes in; the same comes out, as long as what went in."""

import os
import struct

from hiss_e2e import FLOAT, PCM, HissTest, Wav, encode, main, noisy_tone, wav_bytes, write, write_wav


def chunk(tag, data):
    return tag + struct.pack("<I", len(data)) + data + (b"\0" if len(data) & 1 else b"")


class RatesAndChannels(HissTest):
    def check(self, rate, channels, samples):
        source = write_wav(self.path("a.wav"), samples=samples, rate=rate, channels=channels)
        for name, strength in (("denoised.wav", "1"), ("input.wav", "0")):
            report = self.denoise_json(source, "-o", self.path(name), "--mix", strength, "--force")
            entry = report["files"][0]
            self.assertEqual(
                (entry["samples"], entry["sample_rate_hz"], entry["channels"]),
                (samples, rate, channels))
            wav = Wav.read(self.path(name))
            self.assertEqual(
                (wav.samples, wav.rate, wav.channels, wav.bits), (samples, rate, channels, 16))
        # A mix of 0 is the input, so this proves that the delay is taken out to the sample.
        self.assertEqual(wav.data, Wav.read(source).data)
        self.assertNotEqual(Wav.read(self.path("denoised.wav")).data, wav.data)

    def test_rates(self):
        for rate in (4000, 8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000, 384000):
            with self.subTest(rate=rate):
                self.check(rate, 1, rate // 2 + 137)

    def test_odd_rates(self):
        for rate in (4001, 15999, 44056, 47999):
            with self.subTest(rate=rate):
                self.check(rate, 1, 6000)

    def test_channels(self):
        for channels in (1, 2, 3, 6, 8, 32):
            with self.subTest(channels=channels):
                self.check(16000, channels, 5000)
        self.check(96000, 8, 20000)

    def denoised(self, values, channels, *option):
        source = write_wav(self.path("a.wav"), channels=channels, bits=32, tag=FLOAT, values=values)
        self.hiss("denoise", source, "-o", self.path("b.wav"), "--force", *option)
        floats = Wav.read(self.path("b.wav")).floats()
        return [list(floats[c::channels]) for c in range(channels)]

    def test_channels_are_linked_or_not(self):
        left, right, third = (noisy_tone(6000, seed=seed) for seed in (1, 2, 3))
        stereo = [v for pair in zip(left, right) for v in pair]
        alone = [self.denoised(x, 1)[0] for x in (left, right)]
        self.assertEqual(self.denoised(stereo, 2, "--channels", "independent"), alone)
        linked = self.denoised(stereo, 2, "--channels", "linked")
        self.assertNotEqual(linked, alone)
        self.assertEqual(self.denoised(stereo, 2), linked)
        self.assertEqual(self.denoised(stereo, 2, "--channels", "auto"), linked)
        # The same sound in both: what it is alone.
        double = [v for x in left for v in (x, x)]
        self.assertEqual(self.denoised(double, 2), [alone[0], alone[0]])
        # More than two are each their own unless told otherwise.
        triple = [v for t in zip(left, right, third) for v in t]
        self.assertEqual(self.denoised(triple, 3)[:2], alone)
        self.assertNotEqual(self.denoised(triple, 3, "--channels", "linked")[:2], alone)

    def test_lengths(self):
        for samples in (1, 2, 255, 256, 257, 511, 512, 513, 4095, 4096, 4097, 8192):
            for rate in (16000, 44100):
                with self.subTest(samples=samples, rate=rate):
                    self.check(rate, 1, samples)


class SampleFormats(HissTest):
    def test_wav_subtypes_come_back_bit_for_bit(self):
        for bits, tag in ((8, PCM), (16, PCM), (24, PCM), (32, FLOAT), (64, FLOAT)):
            with self.subTest(bits=bits, tag=tag):
                source = write_wav(self.path("a.wav"), samples=5000, bits=bits, tag=tag)
                # A double that no float can say would differ.
                if bits == 64:
                    floats = Wav.read(write_wav(self.path("f.wav"), 5000, bits=32, tag=FLOAT)).data
                    values = list(struct.unpack("<5000f", floats))
                    source = write_wav(self.path("a.wav"), values=values, bits=64, tag=FLOAT)
                self.hiss("denoise", source, "-o", self.path("b.wav"), "--mix", "0", "--force")
                before, after = Wav.read(source), Wav.read(self.path("b.wav"))
                self.assertEqual((after.bits, after.tag), (bits, tag))
                self.assertEqual(after.data, before.data)

    def test_32_bit_keeps_24(self):
        source = write_wav(self.path("a.wav"), samples=5000, bits=32)
        self.hiss("denoise", source, "-o", self.path("b.wav"), "--mix", "0")
        before, after = Wav.read(source), Wav.read(self.path("b.wav"))
        self.assertEqual(after.bits, 32)
        pairs = zip(struct.unpack("<5000i", before.data), struct.unpack("<5000i", after.data))
        self.assertLessEqual(max(abs(a - b) for a, b in pairs), 64)

    def test_full_scale_survives(self):
        values = [-1.0, 1.0, 0.5, -0.5] * 1000
        source = write_wav(self.path("a.wav"), values=values)
        report = self.denoise_json(source, "-o", self.path("b.wav"), "--mix", "0")
        self.assertEqual(report["files"][0]["clipped_values"], 0)
        self.assertEqual(Wav.read(self.path("b.wav")).data, Wav.read(source).data)

    def test_clipping_is_counted(self):
        values = [1.5, -1.5, 0.25, -0.25] * 1000
        source = write_wav(self.path("a.wav"), values=values, bits=32, tag=FLOAT)
        report = self.denoise_json(source, "-o", self.path("b.wav"), "--mix", "0",
                                   "--subtype", "pcm16", "--no-dither")
        self.assertEqual(report["files"][0]["clipped_values"], 2000)
        self.assertEqual(Wav.read(self.path("b.wav")).values16()[:4].tolist(),
                         [32767, -32768, 8192, -8192])
        # A float output holds more than full scale.
        report = self.denoise_json(source, "-o", self.path("c.wav"), "--mix", "0")
        self.assertEqual(report["files"][0]["clipped_values"], 0)
        self.assertEqual(Wav.read(self.path("c.wav")).data, Wav.read(source).data)

    def test_silence(self):
        source = write_wav(self.path("a.wav"), values=[0.0] * 20000)
        entry = self.denoise_json(source)["files"][0]
        self.assertIsNone(entry["input_levels"]["peak_dbfs"])
        self.assertIsNone(entry["output_levels"]["rms_dbfs"])
        self.assertEqual(set(Wav.read(self.path("a.denoised.wav")).data), {0})

    def test_attenuation_limit_of_0_is_the_input(self):
        source = write_wav(self.path("a.wav"), samples=5000)
        self.hiss("denoise", source, "-o", self.path("b.wav"), "--atten-limit", "0")
        self.assertEqual(Wav.read(self.path("b.wav")).data, Wav.read(source).data)

    def test_same_bytes_every_time(self):
        source = write_wav(self.path("a.wav"), samples=30000, bits=32, tag=FLOAT)
        for name in ("b.wav", "c.wav"):
            self.hiss("denoise", source, "-o", self.path(name))
        with open(self.path("b.wav"), "rb") as b, open(self.path("c.wav"), "rb") as c:
            self.assertEqual(b.read(), c.read())


class Containers(HissTest):
    LOSSLESS = ("flac", "aiff", "caf", "w64", "rf64", "au")
    LOSSY = {"ogg": "vorbis", "opus": "opus", "mp3": "mp3"}

    def convert(self, source, extension):
        """`source` unchanged in another container."""
        path = self.path("c." + extension)
        entry = self.denoise_json(source, "-o", path, "--mix", "0", "--force")["files"][0]
        return path, entry

    def test_lossless(self):
        for bits, channels in ((16, 1), (24, 2)):
            source = write_wav(self.path("a.wav"), samples=30011, bits=bits, channels=channels)
            for extension in self.LOSSLESS:
                with self.subTest(container=extension, bits=bits):
                    path, entry = self.convert(source, extension)
                    self.assertEqual(entry["output_format"],
                                     {"container": extension, "subtype": f"pcm{bits}"})
                    again = self.denoise_json(path, "--force")["files"][0]
                    self.assertEqual(again["output"], self.path(f"c.denoised.{extension}"))
                    self.assertEqual(again["output_format"], entry["output_format"])
                    self.assertEqual(again["samples"], 30011)
                    back = self.path("back.wav")
                    self.hiss("denoise", path, "-o", back, "--mix", "0", "--force",
                              "--format", "wav")
                    self.assertEqual(Wav.read(back).data, Wav.read(source).data)

    def test_lossy(self):
        for samples in (1, 1000, 48137):
            source = write_wav(self.path("a.wav"), samples=samples, rate=48000, channels=2)
            for extension, subtype in self.LOSSY.items():
                with self.subTest(container=extension, samples=samples):
                    path, entry = self.convert(source, extension)
                    self.assertEqual(entry["output_format"]["subtype"], subtype)
                    again = self.denoise_json(path, "--force")["files"][0]
                    self.assertEqual(again["output_format"], entry["output_format"])
                    self.assertEqual(again["samples"], samples)
                    back = self.path("back.wav")
                    self.hiss("denoise", again["output"], "-o", back, "--force")
                    self.assertEqual(Wav.read(back).samples, samples)

    def test_lossy_keeps_time(self):
        # A click must not move by a codec's own delay.
        values = [0.0] * 20000
        values[12000:12040] = [0.9, -0.9] * 20
        source = write_wav(self.path("a.wav"), values=values)
        for extension in self.LOSSY:
            with self.subTest(container=extension):
                path, _ = self.convert(source, extension)
                back = self.path("back.wav")
                self.hiss("denoise", path, "-o", back, "--mix", "0", "--force")
                loudest = max(enumerate(Wav.read(back).values16()), key=lambda item: abs(item[1]))
                self.assertAlmostEqual(loudest[0], 12020, delta=25)

    def test_subtypes_of_a_wav(self):
        source = write_wav(self.path("a.wav"), samples=8000)
        for subtype in ("pcmu8", "pcm24", "pcm32", "float", "double", "ulaw", "alaw", "ima-adpcm",
                        "ms-adpcm", "gsm610"):
            with self.subTest(subtype=subtype):
                path = self.path("b.wav")
                self.hiss("denoise", source, "-o", path, "--subtype", subtype, "--force")
                entry = self.denoise_json(path, "--force")["files"][0]
                self.assertEqual(entry["input_format"]["subtype"], subtype)
                self.assertEqual(entry["output_format"]["subtype"], subtype)
                again = self.denoise_json(entry["output"], "-o", self.path("c.wav"), "--force")
                self.assertEqual(again["files"][0]["samples"], entry["samples"])

    def test_format_option_names_the_output(self):
        source = write_wav(self.path("a.wav"), samples=8000, bits=32, tag=FLOAT)
        entry = self.denoise_json(source, "--format", "flac")["files"][0]
        self.assertEqual(entry["output"], self.path("a.denoised.flac"))
        self.assertEqual(entry["output_format"], {"container": "flac", "subtype": "pcm24"})

    def test_big_endian_wav(self):
        values = noisy_tone(3000)
        data = struct.pack(">3000h", *(round(v * 32768) for v in values))
        fmt = struct.pack(">HHIIHH", 1, 1, 16000, 32000, 2, 16)
        body = b"WAVEfmt " + struct.pack(">I", 16) + fmt + b"data" + struct.pack(">I", len(data))
        content = b"RIFX" + struct.pack(">I", len(body) + len(data)) + body + data
        source = write(self.path("a.wav"), content)
        self.hiss("denoise", source, "-o", self.path("b.wav"), "--mix", "0")
        with open(self.path("b.wav"), "rb") as file:
            after = file.read()
        self.assertEqual(after[:4], b"RIFX")
        self.assertTrue(after.endswith(data))

    def test_multichannel_layout_is_kept(self):
        # WAVE_FORMAT_EXTENSIBLE, 5.1.
        data = encode(noisy_tone(1000, 6), 16)
        guid = bytes.fromhex("0100000000001000800000aa00389b71")
        fmt = struct.pack("<HHIIHHHHI", 0xFFFE, 6, 48000, 48000 * 12, 12, 16, 22, 16, 0x3F) + guid
        body = b"WAVE" + chunk(b"fmt ", fmt) + chunk(b"data", data)
        source = write(self.path("a.wav"), b"RIFF" + struct.pack("<I", len(body)) + body)
        self.hiss("denoise", source)
        after = Wav.read(self.path("a.denoised.wav"))
        self.assertEqual(after.tag, 0xFFFE)
        self.assertEqual(struct.unpack("<I", after.chunks[b"fmt "][20:24])[0], 0x3F)


class Metadata(HissTest):
    def setUp(self):
        super().setUp()
        info = chunk(b"INAM", b"A title\0") + chunk(b"IART", "Künstlerin\0".encode())
        info += chunk(b"ICMT", b"A comment\0") + chunk(b"ICRD", b"2026-11-21\0")
        bext = b"Field recording".ljust(256, b"\0") + b"Recorder".ljust(32, b"\0")
        bext += b"REF1".ljust(32, b"\0") + b"2026-11-21" + b"12:34:56"
        bext += struct.pack("<IIH", 123456, 0, 1) + b"\0" * 254 + b"A=PCM,F=16000\r\n"
        cue = struct.pack("<I", 2)
        for number, position in ((1, 1000), (2, 2500)):
            cue += struct.pack("<II4sIII", number, position, b"data", 0, 0, position)
        ixml = b"<BWFXML><SCENE>7</SCENE></BWFXML>"
        extra = chunk(b"LIST", b"INFO" + info) + chunk(b"bext", bext) + chunk(b"cue ", cue)
        extra += chunk(b"iXML", ixml)
        self.source = write_wav(self.path("a.wav"), samples=5000, extra=extra)
        self.cue = cue

    def test_wav(self):
        self.hiss("denoise", self.source)
        after = Wav.read(self.path("a.denoised.wav"))
        for text in (b"INAM", b"A title", b"IART", "Künstlerin".encode(), b"A comment", b"2026-11-21"):
            self.assertIn(text, after.chunks[b"LIST"])
        bext = after.chunks[b"bext"]
        self.assertTrue(bext.startswith(b"Field recording\0"))
        self.assertIn(b"REF1", bext)
        self.assertEqual(struct.unpack("<I", bext[338:342])[0], 123456)
        self.assertIn(b"A=PCM,F=16000", bext)
        self.assertEqual(after.chunks[b"cue "], self.cue)
        self.assertIn(b"<SCENE>7</SCENE>", after.chunks[b"iXML"])

    def test_other_containers(self):
        marks = {"flac": b"TITLE=A title", "ogg": b"TITLE=A title", "opus": b"TITLE=A title",
                 "mp3": b"A title", "aiff": b"A title", "caf": b"A title"}
        for extension, mark in marks.items():
            with self.subTest(container=extension):
                first = self.path("b." + extension)
                second = self.path("c." + extension)
                self.hiss("denoise", self.source, "-o", first)
                self.hiss("denoise", first, "-o", second)
                for path in (first, second):
                    with open(path, "rb") as file:
                        self.assertTrue(mark.lower() in file.read().lower(), path)
                self.hiss("denoise", second, "-o", self.path("d.wav"), "--force")
                self.assertIn(b"A title", Wav.read(self.path("d.wav")).chunks[b"LIST"])


class Permissions(HissTest):
    def test_new_file_follows_umask(self):
        source = write_wav(self.path("a.wav"), samples=100)
        os.chmod(source, 0o600)
        self.hiss("denoise", source, preexec_fn=lambda: os.umask(0o027))
        self.assertEqual(os.stat(self.path("a.denoised.wav")).st_mode & 0o777, 0o640)

    def test_replaced_file_keeps_mode_and_link(self):
        source = write_wav(self.path("a.wav"), samples=100)
        target = write(self.path("real", "b.wav"), b"old")
        os.chmod(target, 0o604)
        os.symlink("real/b.wav", self.path("b.wav"))
        self.hiss("denoise", source, "-o", self.path("b.wav"), "--force")
        self.assertTrue(os.path.islink(self.path("b.wav")))
        self.assertEqual(os.stat(target).st_mode & 0o777, 0o604)
        self.assertEqual(Wav.read(target).samples, 100)


if __name__ == "__main__":
    main()
