# SPDX-License-Identifier: Apache-2.0
"""Batches that are interrupted and go on: the journal, kill -9 at any moment, what dead runs leave.

HISS_KILLS and HISS_KILL_FILES (defaults 12 and 60) size the crash test; `--thorough` as the first
argument makes them 100 and 200.
"""

import json
import os
import random
import subprocess
import sys
import time

from hiss_e2e import HISS, INPUT, MODEL, SOME_FAILED, HissTest, main, write, write_wav

THOROUGH = "--thorough" in sys.argv
if THOROUGH:
    sys.argv.remove("--thorough")
KILLS = int(os.environ.get("HISS_KILLS", "100" if THOROUGH else "12"))
FILES = int(os.environ.get("HISS_KILL_FILES", "200" if THOROUGH else "60"))


class Resumed(HissTest):
    def make(self, count, samples=400):
        for number in range(count):
            folder = ("", "x", "x/y", "z")[number % 4]
            write_wav(self.path("in", folder, f"{number:03}.wav"), samples=samples + 37 * number)

    def named(self):
        return {name: digest for name, digest in self.tree().items()
                if not os.path.basename(name).startswith(".")}

    def run_json(self, *options, out="out", **more):
        return self.denoise_json(self.path("in"), "-o", self.path(out), *options, **more)

    def counts(self, report):
        counts = {}
        for file in report["files"]:
            counts[file["status"]] = counts.get(file["status"], 0) + 1
        return counts


class Crash(Resumed):
    def test_killed_at_any_moment(self):
        """Some kills, each followed by --resume, then a last run: as if nothing had happened."""
        self.make(FILES, samples=32000)
        began = time.monotonic()
        self.run_json("--jobs", "2", out="undisturbed")
        whole = time.monotonic() - began
        began = time.monotonic()
        self.run_json("--jobs", "2", "--resume", out="undisturbed")
        start = time.monotonic() - began
        expected = self.tree("undisturbed")
        self.assertEqual(len(expected), FILES)
        moments = random.Random(5)
        command = [HISS, "denoise", self.path("in"), "-o", self.path("out"), "--quiet", "--resume",
                   "--jobs", "2", "--model", MODEL]
        killed = 0
        at_work = 0  # kills of runs that had come further and were not done
        part = 0
        # On, if chance let too few fall where outputs appear.
        while killed < KILLS or (at_work <= KILLS // 4 and killed < 10 * KILLS):
            before = len(self.named())
            process = subprocess.Popen(command)
            time.sleep(moments.uniform(0.5 * start, start + 0.25 * whole))
            process.kill()
            if process.wait() == 0:  # done before the kill: begin again
                self.assertEqual(self.tree(), expected)
                os.rename(self.path("out"), self.path(f"done{part}"))
                part += 1
                continue
            killed += 1
            # What has a name is whole, always.
            named = self.named()
            for name, digest in named.items():
                self.assertEqual(digest, expected[name], name)
            at_work += before < len(named) < FILES
        report = self.run_json("--resume", "--jobs", "2")
        self.assertGreater(at_work, KILLS // 4)
        print(f"{killed} kills over {FILES} files, {at_work} of them amid new outputs, in {part + 1} "
              f"trees; at the end "
              f"{self.counts(report)}", flush=True)
        self.assertEqual(self.tree(), expected)
        self.assertEqual(self.counts(self.run_json("--resume")), {"skipped": FILES})

    def test_what_another_live_run_writes_stays(self):
        self.make(6, samples=16000 * 30)
        command = [HISS, "denoise", self.path("in"), "-o", self.path("out"), "--quiet", "--model",
                   MODEL, "--jobs", "2", "--force"]
        process = subprocess.Popen(command)
        while not any(".tmp" in f for f in self.files()):
            time.sleep(0.001)
        write(self.path("out", ".hiss-1-99.tmp"), b"of a dead run")
        held = [f for f in self.files() if ".tmp" in f and not f.endswith("1-99.tmp")]
        self.hiss("denoise", self.path("in", "000.wav"), self.path("in", "z/003.wav"), "-o",
                  self.path("out"), "--resume", "--quiet", code=None)
        self.assertNotIn("out/.hiss-1-99.tmp", self.files())
        self.assertEqual(process.wait(), 0, held)
        self.assertEqual([f for f in self.files() if ".tmp" in f], [])


class Journal(Resumed):
    def test_finished_files_are_not_read(self):
        self.make(8)
        self.run_json()
        for at, _, names in os.walk(self.path("in")):
            for name in names:
                path = os.path.join(at, name)
                status = os.stat(path)
                # Other bytes, same size and time: whoever read them would do them again or fail.
                write(path, b"x" * status.st_size)
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        before = self.tree()
        self.assertEqual(self.counts(self.run_json("--resume")), {"skipped": 8})
        self.assertEqual(self.tree(), before)

    def test_changed_input_is_done_again(self):
        self.make(5)
        self.run_json()
        before = self.tree()
        write_wav(self.path("in", "x", "001.wav"), samples=900)
        report = self.run_json("--resume")
        self.assertEqual(self.counts(report), {"done": 1, "skipped": 4})
        changed = {name for name, digest in self.tree().items() if before[name] != digest}
        self.assertEqual(changed, {"x/001.wav"})
        os.utime(self.path("in", "000.wav"), (1, 1))
        self.assertEqual(self.counts(self.run_json("--resume")), {"done": 1, "skipped": 4})

    def test_changed_settings_do_all_again(self):
        self.make(3)
        self.run_json()
        before = self.tree()
        for options in (["--mix", "0.5"], ["--atten-limit", "6"], ["--removed"],
                        ["--subtype", "pcm24"], ["--channels", "independent"]):
            self.assertEqual(self.counts(self.run_json("--resume", *options)), {"done": 3}, options)
            self.assertEqual(self.counts(self.run_json("--resume", *options)), {"skipped": 3})
            self.assertEqual(self.counts(self.run_json("--resume", "--dry-run")), {"planned": 3})
        self.assertEqual(self.counts(self.run_json("--resume")), {"done": 3})
        self.assertEqual(self.tree(), before)

    def test_changed_model_does_all_again(self):
        self.make(2)
        self.run_json()
        with open(MODEL, "rb") as file:
            content = bytearray(file.read())
        content[-3] ^= 1  # in the lower bits of the last weight
        other = write(self.path("other.safetensors"), bytes(content))
        self.assertEqual(self.counts(self.run_json("--resume", "--model", other, model="")),
                         {"done": 2})

    def test_torn_and_foreign_lines(self):
        self.make(4)
        self.run_json()
        journal = self.path("out", ".hiss-journal")
        with open(journal, "rb") as file:
            lines = file.read().splitlines(True)
        self.assertEqual(len(lines), 4)
        self.assertEqual({json.loads(line)["output"] for line in lines}, set(self.tree()))
        for part in (0.1, 0.5, 0.99):
            torn = lines[3][: int(part * len(lines[3]))]
            write(journal, b"[1]\n{}\nnot json\n" + b"".join(lines[:3]) + torn)
            # Without its line the output is one that exists, as of a run that kept no journal.
            self.assertEqual(self.counts(self.run_json("--resume")), {"skipped": 4})
            os.remove(self.path("out", json.loads(lines[3])["output"]))
            self.assertEqual(self.counts(self.run_json("--resume")), {"done": 1, "skipped": 3})
            with open(journal, "rb") as file:
                last = file.read().splitlines(True)[-1]
            self.assertEqual(json.loads(last)["output"], json.loads(lines[3])["output"])
            lines[3] = last

    def test_two_runs_in_one_folder(self):
        self.make(12, samples=8000)
        halves = [sorted(f for f in self.files() if int(f[-7:-4]) % 2 == odd) for odd in (0, 1)]
        processes = [subprocess.Popen([HISS, "denoise", *[self.path(f) for f in half], "-o",
                                       self.path("out"), "--quiet", "--model", MODEL])
                     for half in halves]
        self.assertEqual([p.wait() for p in processes], [0, 0])
        for half in halves:
            report = self.denoise_json(*[self.path(f) for f in half], "-o", self.path("out"),
                                       "--resume")
            self.assertEqual(self.counts(report), {"skipped": 6})

    def test_stray_files_of_dead_runs_go(self):
        self.make(4)
        for name in (".hiss-1-0.tmp", "x/.hiss-77-3.tmp"):
            write(self.path("out", name), b"half")
        write(self.path("out", ".hiss-notes"), b"not ours")
        self.run_json("--resume")
        self.assertEqual(sorted(self.tree()), [".hiss-notes", "000.wav", "x/001.wav", "x/y/002.wav",
                                               "z/003.wav"])

    def test_names_that_are_not_utf8(self):
        folder = self.path("in").encode()
        os.makedirs(folder)
        os.rename(write_wav(self.path("a.wav"), samples=400), folder + b"/\xff%41.wav")
        self.run_json()
        self.assertEqual(self.counts(self.run_json("--resume")), {"skipped": 1})

    def test_single_files_keep_none(self):
        source = write_wav(self.path("a.wav"), samples=400)
        self.hiss("denoise", source, "-o", self.path("out") + "/")
        self.hiss("denoise", self.path("a.wav"), write_wav(self.path("b.wav"), samples=400))
        self.hiss("denoise", self.path("missing"), self.path("too"), "-o", self.path("none"), code=INPUT)
        self.assertEqual([f for f in self.all_files() if "journal" in f], [])
        self.assertFalse(os.path.exists(self.path("none")))

    def test_failures_are_tried_again(self):
        self.make(3)
        write(self.path("in", "000.wav"), b"no sound")
        report = self.run_json(code=SOME_FAILED)
        self.assertEqual(self.counts(report), {"error": 1, "done": 2})
        report = self.run_json("--resume", code=SOME_FAILED)
        self.assertEqual(self.counts(report), {"error": 1, "skipped": 2})
        write_wav(self.path("in", "000.wav"), samples=400)
        self.assertEqual(self.counts(self.run_json("--resume")), {"done": 1, "skipped": 2})


if __name__ == "__main__":
    main()
