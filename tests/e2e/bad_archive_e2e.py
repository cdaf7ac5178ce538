# SPDX-License-Identifier: Apache-2.0
"""Bad input in the middle of an archive: reported, the rest goes on, the exit code says so."""

import os
import subprocess
import unittest

from hiss_e2e import HISS, INPUT, MODEL, OUTPUT, SOME_FAILED, HissTest, main, write, write_wav

NOBODY = 65534


class BadArchive(HissTest):
    def setUp(self):
        super().setUp()
        for number in range(7):
            write_wav(self.path("in", f"{number}.wav"), samples=2000 + 100 * number)

    def outputs(self, folder="out"):
        return [f[len(folder) + 1:] for f in self.files() if f.startswith(folder + "/")]

    def both(self, *arguments, code):
        """With one job and with three: the same; returns the errors."""
        errors = []
        for jobs in ("1", "3"):
            done = self.hiss("denoise", *arguments, "--quiet", "--force", "--jobs", jobs, code=code)
            errors.append(done.stderr)
        self.assertEqual(errors[0], errors[1])
        return errors[0]

    def test_unreadable_in_the_middle(self):
        os.remove(self.path("in/3.wav"))
        os.symlink("nowhere", self.path("in/3.wav"))
        os.remove(self.path("in/5.wav"))
        os.symlink("5.wav", self.path("in/5.wav"))  # a loop
        error = self.both(self.path("in"), "-o", self.path("out"), code=SOME_FAILED)
        lines = error.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertIn("in/3.wav: expected a readable file, found No such file", lines[0])
        self.assertIn("in/5.wav: expected a readable file, found Too many levels", lines[1])
        self.assertEqual(self.outputs(), ["0.wav", "1.wav", "2.wav", "4.wav", "6.wav"])

    def as_nobody(self, *arguments):
        os.chmod(self.dir, 0o777)
        model = self.path("model.safetensors")
        with open(MODEL, "rb") as file:
            write(model, file.read())
        try:
            return subprocess.run([HISS, "denoise", *arguments, "--model", model, "--quiet"],
                                  capture_output=True, text=True, check=False, cwd="/",
                                  user=NOBODY, group=NOBODY, extra_groups=[])
        except PermissionError as error:
            self.skipTest(f"another user may not run it here: {error}")

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_without_permission(self):
        os.chmod(self.path("in/2.wav"), 0)
        os.mkdir(self.path("in/locked"), 0)
        done = self.as_nobody(self.path("in"), "-o", self.path("out"), "--jobs", "2")
        self.assertEqual(done.returncode, SOME_FAILED, done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 2, done.stderr)
        self.assertIn("in/2.wav: expected a readable file, found Permission denied", lines[0])
        self.assertIn("in/locked: expected a readable folder, found Permission denied", lines[1])
        self.assertEqual(len(self.outputs()), 6)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_read_only_output_folder(self):
        os.mkdir(self.path("out"))
        os.chmod(self.path("out"), 0o555)
        for options in ([], ["--resume"], ["--jobs", "3"]):
            done = self.as_nobody(self.path("in"), "-o", self.path("out"), *options)
            self.assertEqual(done.returncode, OUTPUT, done.stderr)
            lines = done.stderr.splitlines()
            self.assertEqual(len(lines), 7)
            for number, line in enumerate(lines):
                self.assertIn(f"out/{number}.wav: expected an output that can be written, "
                              "found Permission denied", line)
            self.assertEqual(os.listdir(self.path("out")), [])
        done = self.as_nobody(self.path("in/1.wav"), "-o", "/", "--report", self.path("out/r.csv"))
        self.assertEqual(done.returncode, OUTPUT)
        self.assert_one_line(done.stderr, "out/r.csv", "Permission denied")

    def test_read_only_file_system(self):
        os.mkdir(self.path("ro"))
        script = ('mount --make-rprivate / 2>/dev/null\n'
                  'mount -t tmpfs -o ro tmpfs "$1" || exit 77\n'
                  'trap \'umount "$1"\' EXIT\n'
                  '"$2" denoise "$3" -o "$1/out" --model "$4" --quiet --jobs 2\n')
        flags = ["-m"] if os.geteuid() == 0 else ["-rm"]
        done = subprocess.run(
            ["unshare", *flags, "--propagation", "unchanged", "sh", "-c", script, "sh",
             self.path("ro"), HISS, self.path("in"), MODEL],
            capture_output=True, text=True, timeout=300, check=False)
        if done.returncode == 77 or "unshare failed" in done.stderr:
            self.skipTest("mounting is not permitted here: " + done.stderr.strip())
        self.assertEqual(done.returncode, OUTPUT, done.stderr)
        self.assertEqual(done.stderr.count("Read-only file system"), 7)

    def test_two_inputs_of_one_output(self):
        self.hiss("denoise", self.path("in/1.wav"), "-o", self.path("in/4.flac"))
        self.hiss("denoise", self.path("in/2.wav"), "-o", self.path("more/2.wav"))
        # By another container, by two folders, by a name given twice.
        cases = [([self.path("in"), "--format", "flac"], "out/4.flac", "in/4.flac and", 7),
                 ([self.path("in"), self.path("more")], "out/2.wav", "more/2.wav", 8),
                 ([self.path("in/0.wav"), self.path("in/../in/0.wav")], "out/0.wav", "in/0.wav", 1)]
        for number, (arguments, output, named, count) in enumerate(cases):
            out = f"out{number}"
            error = self.both(*arguments, "-o", self.path(out), code=SOME_FAILED)
            self.assert_one_line(error, output.replace("out", out), "one input only", named)
            self.assertEqual(len(self.outputs(out)), count)

    def test_output_folder_inside_the_input(self):
        out = self.path("in", "clean")
        self.assertEqual(self.both(self.path("in"), "-o", out, code=0), "")
        expected = [f"clean/{number}.wav" for number in range(7)]
        for options in (["--resume"], ["--overwrite", "older"], ["--force", "--jobs", "3"]):
            self.hiss("denoise", self.path("in"), "-o", out, *options)
            self.hiss("denoise", self.path("in/**/*.wav"), "-o", out, *options)
            self.assertEqual([f for f in self.outputs("in") if "/" in f], expected)

    def test_output_folder_is_the_input_folder(self):
        before = {f: os.stat(self.path(f)).st_mtime_ns for f in self.files()}
        error = self.both(self.path("in"), "-o", self.path("in"), code=OUTPUT)
        self.assertEqual(error.count("an output apart from the inputs"), 7)
        self.assertEqual({f: os.stat(self.path(f)).st_mtime_ns for f in self.files()}, before)

    def test_all_bad(self):
        for number in range(7):
            write(self.path("in", f"{number}.wav"), b"no sound")
        error = self.both(self.path("in"), "-o", self.path("out"), code=INPUT)
        self.assertEqual(error.count("\n"), 7)
        self.assertEqual(self.outputs(), [])


if __name__ == "__main__":
    main()
