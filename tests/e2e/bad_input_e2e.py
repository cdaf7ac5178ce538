# SPDX-License-Identifier: Apache-2.0
"""Every bad input gives one line, its exit code and no output; the other inputs are still done."""

import math
import os
import resource
import signal
import struct
import subprocess
import unittest

from hiss_e2e import (
    FLOAT, HISS, INPUT, MODEL, MODEL_ERROR, OUTPUT, SOME_FAILED, USAGE,
    HissTest, encode, main, noisy_tone, wav_bytes, write, write_wav,
)


class BadInput(HissTest):
    def check(self, bad, *parts):
        """`bad` alone, then between two good files, gives one line and no file of its own."""
        good = [write_wav(self.path("good", name)) for name in ("a.wav", "b.wav")]
        before = self.files()
        alone = self.hiss("denoise", bad, "-o", self.path("alone.wav"), code=INPUT)
        self.assert_one_line(alone.stderr, bad, *parts)
        self.assertEqual(alone.stdout, b"")
        self.assertEqual(self.files(), before)

        mixed = self.hiss("denoise", good[0], bad, good[1], code=SOME_FAILED)
        self.assert_one_line(mixed.stderr, bad, *parts)
        made = ["good/a.denoised.wav", "good/b.denoised.wav"]
        self.assertEqual(self.files(), sorted(before + made))

        report = self.denoise_json(good[0], bad, good[1], "--force", code=SOME_FAILED)
        self.assertEqual([f["status"] for f in report["files"]], ["done", "error", "done"])
        self.assertEqual(report["files"][1]["error"]["exit_code"], INPUT)
        self.assertEqual(report["files"][1]["error"]["kind"], "input")
        self.assertEqual(report["exit_code"], SOME_FAILED)
        self.assertEqual(self.files(), sorted(before + made))

    def test_missing_file(self):
        self.check(self.path("missing.wav"), "No such file")

    def test_directory_without_audio(self):
        write(self.path("folder", "notes.txt"), b"no sound here")
        self.check(self.path("folder"), "sound files")

    def test_not_audio(self):
        self.check(write(self.path("text.wav"), b"This is no sound.\n" * 100), "sound format")

    def test_random_bytes(self):
        content = noisy_tone(5000)
        self.check(write(self.path("random.bin"), encode(content, 16)), "sound format")

    def test_not_audio_called_mp3(self):
        # libmpg123 would print notes of its own.
        self.check(write(self.path("text.mp3"), b"This is no sound.\n" * 9000), "sound format")

    def test_empty_file(self):
        self.check(write(self.path("empty.wav"), b""), "empty")

    def test_zero_samples(self):
        self.check(write_wav(self.path("zero.wav"), values=[]), "at least one sample")

    def test_truncated_header(self):
        content = wav_bytes(encode(noisy_tone(1000), 16))
        self.check(write(self.path("header.wav"), content[:30]))

    def test_truncated_wav(self):
        content = wav_bytes(encode(noisy_tone(16000), 16))
        cut = write(self.path("cut.wav"), content[: len(content) // 2])
        self.check(cut, "32000 bytes", "truncated")

    def test_truncated_by_one_sample(self):
        content = wav_bytes(encode(noisy_tone(16000), 16))
        self.check(write(self.path("cut.wav"), content[:-2]), "32000 bytes", "31998")

    def check_truncated(self, extension, *options):
        source = write_wav(self.path("source.wav"), samples=48000)
        whole = self.path("whole." + extension)
        self.hiss("denoise", source, "-o", whole, *options)
        with open(whole, "rb") as file:
            content = file.read()
        self.check(write(self.path("cut." + extension), content[: len(content) // 2]))

    def test_truncated_flac(self):
        self.check_truncated("flac")

    def test_truncated_aiff(self):
        self.check_truncated("aiff")

    def test_truncated_caf(self):
        self.check_truncated("caf")

    def test_truncated_w64(self):
        self.check_truncated("w64")

    def test_truncated_rf64(self):
        self.check_truncated("rf64")

    def test_truncated_au(self):
        self.check_truncated("au")

    def test_truncated_ogg(self):
        self.check_truncated("ogg")

    def test_truncated_opus(self):
        self.check_truncated("opus")

    def test_truncated_mp3(self):
        self.check_truncated("mp3")

    def test_nan(self):
        values = noisy_tone(20000, 2)
        values[2 * 12345 + 1] = math.nan
        bad = write_wav(self.path("nan.wav"), values=values, channels=2, bits=32, tag=FLOAT)
        self.check(bad, "NaN at sample 12345 of channel 2")

    def test_infinity(self):
        values = noisy_tone(20000)
        values[19999] = -math.inf
        bad = write_wav(self.path("inf.wav"), values=values, bits=64, tag=FLOAT)
        self.check(bad, "Inf at sample 19999")

    def test_rate_0(self):
        self.check(write_wav(self.path("r.wav"), rate=0), "found 0 Hz")

    def test_rate_1_mhz(self):
        self.check(write_wav(self.path("r.wav"), rate=1000000), "384000 Hz", "found 1000000 Hz")

    def test_rate_too_low(self):
        self.check(write_wav(self.path("r.wav"), rate=3999), "4000", "found 3999 Hz")

    def test_64_channels(self):
        bad = write_wav(self.path("c.wav"), samples=100, channels=64)
        self.check(bad, "1 to 32 channels", "found 64")

    def test_no_permission(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        bad = write_wav(self.path("secret.wav"))
        os.chmod(bad, 0)
        self.check(bad, "Permission denied")

    def test_wav_past_4_gib(self):
        # libsndfile would read the first 4 GiB and say nothing.
        bad = write(self.path("huge.wav"), wav_bytes(b"", data_size=0xFFFFFFFF))
        os.truncate(bad, 2**32 + 2**20)
        self.check(bad, "at most 4 GiB")

    def test_name_too_long(self):
        self.check(self.path("n" * 300 + ".wav"), "File name too long")

    def test_allow_truncated(self):
        content = wav_bytes(encode(noisy_tone(16000), 16))
        cut = write(self.path("cut.wav"), content[: 44 + 2 * 5000])
        report = self.denoise_json(cut, "--allow-truncated")
        self.assertEqual(report["files"][0]["samples"], 5000)

    def test_line_break_in_name(self):
        bad = self.path("two\nlines.wav")
        done = self.hiss("denoise", bad, code=INPUT)
        self.assert_one_line(done.stderr, "two\\x0alines.wav")


class BadOutput(HissTest):
    def check(self, source, output, *parts, options=(), code=OUTPUT):
        with open(source, "rb") as file:
            content = file.read()
        before = self.files()
        done = self.hiss("denoise", source, "-o", output, *options, code=code)
        self.assert_one_line(done.stderr, *parts)
        self.assertEqual(self.files(), before)
        with open(source, "rb") as file:
            self.assertEqual(file.read(), content)

    def test_output_is_input(self):
        source = write_wav(self.path("a.wav"))
        self.check(source, source, "apart from the input", options=["--force"])

    def test_output_is_input_by_symbolic_link(self):
        source = write_wav(self.path("a.wav"))
        link = self.path("link.wav")
        os.symlink("a.wav", link)
        self.check(source, link, "apart from the input", options=["--force"])

    def test_output_is_input_by_hard_link(self):
        source = write_wav(self.path("a.wav"))
        link = self.path("link.wav")
        os.link(source, link)
        self.check(source, link, "apart from the input", options=["--force"])

    def test_output_is_input_by_standard_output(self):
        source = write_wav(self.path("a.wav"))
        with open(source, "rb") as file:
            content = file.read()
        with open(source, "ab") as file:
            done = subprocess.run(
                [HISS, "denoise", source, "-o", "-", "--model", MODEL],
                stdout=file, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, OUTPUT)
        with open(source, "rb") as file:
            self.assertEqual(file.read(), content)

    def test_output_is_another_input(self):
        first = write_wav(self.path("x", "a.wav"))
        second = write_wav(self.path("y", "a.wav"))
        with open(second, "rb") as file:
            content = file.read()
        done = self.hiss("denoise", first, second, "-o", self.path("y"), "--force", code=OUTPUT)
        self.assertEqual(done.stderr.count("\n"), 2)
        with open(second, "rb") as file:
            self.assertEqual(file.read(), content)

    def test_two_inputs_one_output(self):
        first = write_wav(self.path("x", "a.wav"))
        second = write_wav(self.path("y", "a.wav"))
        done = self.hiss("denoise", first, second, "-o", self.path("z"), code=SOME_FAILED)
        self.assert_one_line(done.stderr, "one input only")

    def test_output_exists(self):
        source = write_wav(self.path("a.wav"))
        output = write(self.path("b.wav"), b"precious")
        self.check(source, output, output, "no file there yet")
        with open(output, "rb") as file:
            self.assertEqual(file.read(), b"precious")
        self.hiss("denoise", source, "-o", output, "--force")
        self.assertGreater(os.path.getsize(output), 1000)

    def test_folder_cannot_be_made(self):
        source = write_wav(self.path("a.wav"))
        write(self.path("file"), b"")
        output = self.path("file", "b.wav")
        self.check(source, output, output, "Not a directory")

    def test_rate_that_opus_lacks(self):
        source = write_wav(self.path("a.wav"), rate=44100)
        self.check(source, self.path("b.opus"), "48000", "found 44100 Hz")

    def test_channels_that_mp3_lacks(self):
        source = write_wav(self.path("a.wav"), channels=8, samples=100)
        self.check(source, self.path("b.mp3"), "8 channels")

    def test_device_full(self):
        source = write_wav(self.path("a.wav"))
        self.check(source, "/dev/full", "/dev/full", "No space left")

    def test_report_on_full_device(self):
        source = write_wav(self.path("a.wav"))
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [HISS, "denoise", source, "--json", "--model", MODEL],
                stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, OUTPUT)
        self.assert_one_line(done.stderr.decode(), "standard output")


class DiskFull(HissTest):
    # Whatever part of the file an encoder keeps back until the end, it has to notice.
    FORMATS = ["wav", "flac", "ogg", "opus", "mp3", "aiff", "caf", "w64", "rf64", "au"]

    def setUp(self):
        super().setUp()
        self.source = write_wav(self.path("a.wav"), samples=160000)

    def test_file_size_limit(self):
        for extension in self.FORMATS:
            for limit in (0, 100, 12000):
                with self.subTest(format=extension, limit=limit):
                    before = self.files()
                    output = self.path("b." + extension)
                    done = self.hiss(
                        "denoise", self.source, "-o", output, code=OUTPUT,
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
                    self.assert_one_line(done.stderr, output, "File too large")
                    self.assertEqual(self.files(), before)

    def run_on_tmpfs(self, script):
        """Runs a shell script with a 48 KiB tmpfs at $FULL, in a mount namespace of its own."""
        full = self.path("full")
        os.makedirs(full, exist_ok=True)
        flags = ["-m"] if os.geteuid() == 0 else ["-rm"]
        # In a chroot "/" may be no mount point and so cannot be made private: hence the umount.
        flags += ["--propagation", "unchanged"]
        mount = ('mount --make-rprivate / 2>/dev/null\n'
                 'mount -t tmpfs -o size=48k tmpfs "$FULL" || exit 77\n'
                 'trap \'umount "$FULL"\' EXIT\n')
        environment = dict(os.environ, FULL=full, HISS=HISS, MODEL=MODEL, SOURCE=self.source)
        done = subprocess.run(
            ["unshare", *flags, "sh", "-c", mount + script], env=environment,
            capture_output=True, text=True, timeout=300, check=False)
        if done.returncode == 77 or "unshare failed" in done.stderr:
            self.skipTest("mounting is not permitted here: " + done.stderr.strip())
        return done

    def test_tmpfs(self):
        for extension in self.FORMATS:
            if extension in ("ogg", "opus", "mp3"):
                continue  # small enough to fit
            with self.subTest(format=extension):
                done = self.run_on_tmpfs(
                    f'"$HISS" denoise "$SOURCE" -o "$FULL/b.{extension}" --model "$MODEL"\n'
                    'code=$?; ls -A "$FULL"; exit $code')
                self.assertEqual(done.returncode, OUTPUT, done.stderr)
                self.assert_one_line(done.stderr, "b." + extension, "No space left on device")
                self.assertEqual(done.stdout, "")

    def test_others_are_still_done(self):
        write_wav(self.path("in", "1.wav"), samples=160000)
        write_wav(self.path("in", "2.wav"), samples=1000)
        done = self.run_on_tmpfs(
            f'"$HISS" denoise "{self.path("in")}" -o "$FULL/out" --quiet --model "$MODEL"\n'
            'code=$?; ls -A "$FULL/out"; exit $code')
        self.assertEqual(done.returncode, SOME_FAILED, done.stderr)
        self.assert_one_line(done.stderr, "1.wav", "No space left on device")
        self.assertEqual(done.stdout, ".hiss-journal\n2.wav\n")

    def test_picture_and_temporary_copies(self):
        done = self.run_on_tmpfs(
            '"$HISS" plot "$SOURCE" "$FULL/p.png" --model "$MODEL"; echo $?; ls -A "$FULL"\n'
            'TMPDIR="$FULL" "$HISS" denoise - <"$SOURCE" -o - --model "$MODEL" | wc -c\n'
            'cat "$SOURCE" | TMPDIR="$FULL" "$HISS" denoise - --model "$MODEL" | wc -c\n')
        self.assertEqual(done.stdout.split(), ["5", "0", "0"], done.stderr)
        self.assertEqual(done.stderr.count("No space left on device"), 3, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 3, done.stderr)


class BadModel(HissTest):
    def check(self, model, *parts):
        source = write_wav(self.path("a.wav"))
        before = self.files()
        for command in (
            ["denoise", source, source, "--model", model],
            ["plot", source, self.path("p.png"), "--model", model],
            ["info", "--model", model],
        ):
            done = self.hiss(*command, code=MODEL_ERROR, model="")
            self.assert_one_line(done.stderr, *parts)
            self.assertEqual(done.stdout, b"")
        self.assertEqual(self.files(), before)

    def model_bytes(self):
        with open(MODEL, "rb") as file:
            return file.read()

    def test_unknown_name(self):
        self.check("no-such-model", "no-such-model")

    def test_missing_file(self):
        self.check(self.path("m.safetensors"), "m.safetensors")

    def test_not_a_model(self):
        self.check(write(self.path("m.safetensors"), b"not a model" * 1000), "m.safetensors")

    def test_empty(self):
        self.check(write(self.path("m.safetensors"), b""), "m.safetensors")

    def test_truncated(self):
        content = self.model_bytes()
        for cut in (4, 100, len(content) // 2, len(content) - 1):
            self.check(write(self.path("m.safetensors"), content[:cut]), "m.safetensors")

    def test_damaged_header(self):
        content = bytearray(self.model_bytes())
        content[20] ^= 0xFF
        self.check(write(self.path("m.safetensors"), bytes(content)), "m.safetensors")

    def test_nan_weight(self):
        content = bytearray(self.model_bytes())
        content[-4:] = struct.pack("<f", math.nan)
        self.check(write(self.path("m.safetensors"), bytes(content)), "m.safetensors")

    def test_unknown_simd_target(self):
        source = write_wav(self.path("a.wav"))
        done = self.hiss("denoise", source, code=USAGE, env=dict(os.environ, HISS_SIMD="mmx"))
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("HISS_SIMD", done.stderr)
        self.assertEqual(self.files(), ["a.wav"])


class Interruption(HissTest):
    def check(self, number):
        # An hour of silence, sparse on the disk.
        content = wav_bytes(b"", bits=8, data_size=3600 * 16000)
        source = write(self.path("long.wav"), content)
        os.truncate(source, len(content) + 3600 * 16000)
        output = write(self.path("out.wav"), b"precious")
        process = subprocess.Popen(
            [HISS, "denoise", source, "-o", output, "--force", "--model", MODEL],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while process.poll() is None and len(self.files()) < 3:
            pass
        self.assertTrue(any(name.endswith(".tmp") for name in self.files()))
        process.send_signal(number)
        stderr = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, -number)
        self.assertEqual(stderr, b"")
        self.assertEqual(self.files(), ["long.wav", "out.wav"])
        with open(output, "rb") as file:
            self.assertEqual(file.read(), b"precious")

    def test_interrupt(self):
        self.check(signal.SIGINT)

    def test_terminate(self):
        self.check(signal.SIGTERM)


if __name__ == "__main__":
    main()
