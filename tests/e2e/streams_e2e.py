# SPDX-License-Identifier: Apache-2.0
"""Standard streams, pipes, headers of unknown length, and the progress bar."""

import os
import pty
import subprocess
import threading

from hiss_e2e import HISS, INPUT, MODEL, OUTPUT, USAGE, HissTest, Wav, encode, main, noisy_tone, \
    wav_bytes, write, write_wav


class StandardStreams(HissTest):
    def setUp(self):
        super().setUp()
        self.source = write_wav(self.path("a.wav"), samples=30000)
        with open(self.source, "rb") as file:
            self.content = file.read()
        self.hiss("denoise", self.source, "-o", self.path("expected.wav"))
        with open(self.path("expected.wav"), "rb") as file:
            self.expected = file.read()

    def test_pipe_to_pipe(self):
        for arguments in (["-"], ["-", "-o", "-"], [self.source, "-o", "-"]):
            done = self.hiss("denoise", *arguments, input=self.content)
            self.assertEqual(done.stdout, self.expected)

    def test_redirected_file(self):
        with open(self.source, "rb") as file:
            self.assertEqual(self.hiss("denoise", "-", stdin=file).stdout, self.expected)

    def test_file_after_its_start(self):
        write(self.path("late.wav"), b"first line\n" + self.content)
        with open(self.path("late.wav"), "rb", buffering=0) as file:
            file.read(11)
            self.assertEqual(self.hiss("denoise", "-", stdin=file).stdout, self.expected)

    def test_standard_input_to_file(self):
        self.hiss("denoise", "-", "-o", self.path("b.wav"), input=self.content)
        with open(self.path("b.wav"), "rb") as file:
            self.assertEqual(file.read(), self.expected)

    def test_every_container_through_pipes(self):
        for extension in ("flac", "ogg", "opus", "mp3", "aiff", "caf", "w64", "au"):
            with self.subTest(container=extension):
                path = self.path("c." + extension)
                self.hiss("denoise", self.source, "-o", path, "--mix", "0")
                with open(path, "rb") as file:
                    content = file.read()
                piped = self.hiss("denoise", "-", input=content).stdout
                # The input's container goes out; --format chooses another.
                self.assertEqual(piped[:3], content[:3])
                wav = Wav(self.hiss("denoise", "-", "--format", "wav", input=content).stdout)
                self.assertEqual(wav.samples, 30000)

    def test_report_and_sound_on_one_stream_are_refused(self):
        done = self.hiss("denoise", self.source, "-o", "-", "--json", code=USAGE)
        self.assert_one_line(done.stderr, "--json")
        self.assertEqual(done.stdout, b"")

    def test_bad_standard_input(self):
        for content in (b"", b"no sound", self.content[:-100]):
            done = self.hiss("denoise", "-", input=content, code=INPUT)
            self.assert_one_line(done.stderr, "standard input")
            self.assertEqual(done.stdout, b"")

    def test_closed_standard_input(self):
        done = self.hiss("denoise", "-", code=INPUT, preexec_fn=lambda: os.close(0))
        self.assert_one_line(done.stderr, "standard input")

    def test_reader_goes_away(self):
        process = subprocess.Popen([HISS, "denoise", self.source, "-o", "-", "--model", MODEL],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        stderr = process.stderr.read().decode()
        process.stderr.close()
        self.assertEqual(process.wait(), OUTPUT)
        self.assert_one_line(stderr, "Broken pipe")

    def test_named_pipes(self):
        os.mkfifo(self.path("in.fifo"))
        os.mkfifo(self.path("out.fifo"))
        received = []

        def receive():
            with open(self.path("out.fifo"), "rb") as file:
                received.append(file.read())

        writer = threading.Thread(target=write, args=(self.path("in.fifo"), self.content))
        reader = threading.Thread(target=receive)
        writer.start()
        reader.start()
        self.hiss("denoise", self.path("in.fifo"), "-o", self.path("out.fifo"))
        writer.join()
        reader.join()
        self.assertEqual(received, [self.expected])

    def test_null_device(self):
        self.hiss("denoise", self.source, "-o", "/dev/null")
        self.assertTrue(os.path.exists("/dev/null") and not os.path.isfile("/dev/null"))


class UnknownLength(HissTest):
    def test_placeholders(self):
        """What sox, ffmpeg, arecord write as length into a pipe."""
        data = encode(noisy_tone(20000), 16)
        for size in (0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFF00):
            with self.subTest(size=hex(size)):
                content = wav_bytes(data, data_size=size)
                wav = Wav(self.hiss("denoise", "-", "--mix", "0", input=content).stdout)
                self.assertEqual(wav.data, data)

    def test_flac_encoded_to_a_pipe(self):
        source = write_wav(self.path("a.wav"), samples=20000)
        self.hiss("denoise", source, "-o", self.path("a.flac"), "--mix", "0")
        with open(self.path("a.flac"), "rb") as file:
            content = bytearray(file.read())
        content[21] &= 0xF0  # STREAMINFO: total samples unknown
        content[22:26] = b"\0\0\0\0"
        piped = self.hiss("denoise", "-", "--mix", "0", "--format", "wav", input=bytes(content))
        self.assertEqual(Wav(piped.stdout).data, Wav.read(source).data)
        self.assertEqual(piped.stdout[:4], b"RIFF")
        broken = self.hiss("denoise", "-", input=bytes(content[:-5000]), code=INPUT)
        self.assert_one_line(broken.stderr)


class Progress(HissTest):
    def run_on_terminal(self, *options):
        # Long enough that a bar is worth drawing.
        source = write(self.path("a.wav"), wav_bytes(bytes(2 * 3000000)))
        try:
            ours, theirs = pty.openpty()
        except OSError as error:
            self.skipTest(f"no terminals here: {error}")
        process = subprocess.Popen(
            [HISS, "denoise", source, *options, "--force", "--model", MODEL],
            stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:
                part = b""
            if not part:
                break
            shown += part
        os.close(ours)
        self.assertEqual(process.wait(), 0)
        return shown.decode()

    def test_terminal(self):
        shown = self.run_on_terminal()
        self.assertIn("%", shown)
        self.assertTrue(shown.endswith("\r\x1b[K"), repr(shown[-20:]))
        self.assertNotIn("\n", shown)

    def test_quiet(self):
        self.assertEqual(self.run_on_terminal("--quiet"), "")

    def test_pipe(self):
        source = write_wav(self.path("a.wav"), samples=300000)
        self.assertEqual(self.hiss("denoise", source).stderr, "")


if __name__ == "__main__":
    main()
