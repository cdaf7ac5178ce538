# SPDX-License-Identifier: Apache-2.0
"""`hiss detect` as a user runs it: tables, sound, folders, streams, states, pictures."""

import csv
import io
import json
import math
import os
import random
import resource
import struct
import subprocess
import unittest
import zlib

from hiss_e2e import (
    HISS, INPUT, MODEL_ERROR, OUTPUT, SOME_FAILED, USAGE, HissTest, main, write, write_wav,
)

DETECTOR = ("--detector", "novelty")  # which the spikes of these tests do not escape
DATA = os.environ.get("HISS_SENSOR_DATA", "")


def stamp(row):
    minute = row % 60
    hour = row // 60
    return f"2026-01-{1 + hour // 24:02d} {hour % 24:02d}:{minute:02d}:00"


def values(rows, spike=None, seed=1):
    """A day's rhythm with noise; at row `spike` five rows far outside."""
    noise = random.Random(seed)
    made = [10.0 + math.sin(0.02 * i) + 0.1 * noise.gauss(0.0, 1.0) for i in range(rows)]
    for i in range(spike or 0, (spike or 0) + 5):
        if spike is not None:
            made[i] += 25.0
    return made


def table(rows=1500, spike=1200, begin=0, header=True):
    text = "timestamp,value\n" if header else ""
    made = values(rows, spike)
    text += "".join(f"{stamp(i)},{made[i]:.4f}\n" for i in range(begin, rows))
    return text.encode()


def two_channels(rows=1500, spike=1200):
    a, b = values(rows), values(rows, spike, seed=2)
    return ("time;flow;heat\n" +
            "".join(f"{stamp(i)};{x:.4f};{y:.4f}\n".replace(".", ",")
                    for i, (x, y) in enumerate(zip(a, b)))).encode()


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def png_pixels(path):
    """Width, height and the rows of an 8-bit RGB picture."""
    with open(path, "rb") as file:
        content = file.read()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, colour = struct.unpack(">IIBB", content[16:26])
    assert (depth, colour) == (8, 2)
    at, packed = 8, b""
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at:at + 8])
        if kind == b"IDAT":
            packed += content[at + 8:at + 8 + size]
        at += 12 + size
    data, stride, lines, last = zlib.decompress(packed), 3 * width, [], bytes(3 * width)
    for y in range(height):
        kind, line = data[y * (stride + 1)], bytearray(data[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for x in range(stride):
            left = line[x - 3] if x >= 3 else 0
            up, corner = last[x], last[x - 3] if x >= 3 else 0
            if kind == 1:
                add = left
            elif kind == 2:
                add = up
            elif kind == 3:
                add = (left + up) // 2
            elif kind == 4:
                best = left + up - corner
                add = min((left, up, corner), key=lambda v: abs(best - v))
            else:
                add = 0
            line[x] = (line[x] + add) & 255
        lines.append(bytes(line))
        last = line
    return width, height, lines


class DetectTest(HissTest):
    def detect(self, *arguments, **options):
        if "--detector" not in arguments:
            arguments += DETECTOR
        return self.hiss("detect", *arguments, **options)

    def report(self, *arguments, **options):
        return json.loads(self.detect(*arguments, "--json", **options).stdout)

    def read(self, *parts):
        with open(self.path(*parts), "rb") as file:
            return file.read()


class Detect(DetectTest):
    def test_finds_the_spike_and_says_so(self):
        source = write(self.path("in.csv"), table())
        done = self.detect(source, "--alarm-p", "1e-3")
        self.assertEqual(self.files(), ["in.csv", "in.scores.csv"])
        out = rows_of(self.read("in.scores.csv"))
        self.assertEqual(list(out[0]), ["time", "value", "low", "high", "p", "score", "alert", "top"])
        self.assertEqual(len(out), 1500)
        self.assertEqual([row["time"] for row in out], [stamp(i) for i in range(1500)])
        self.assertEqual([float(row["value"]) for row in out],
                         [float(f"{v:.4f}") for v in values(1500, 1200)])
        alarmed = [i for i, row in enumerate(out) if float(row["score"]) > 1.0]
        self.assertIn(1200, alarmed)
        self.assertEqual(out[1200]["top"], "value")
        self.assertNotEqual(out[1200]["alert"], "")
        last = out[1199]
        self.assertLess(float(last["low"]), float(last["high"]))
        text = done.stdout.decode()
        self.assertIn("1500 rows of 1 channel every 1 min", text)
        self.assertIn(stamp(1200), text)

    def test_json(self):
        source = write(self.path("in.csv"), two_channels())
        document = self.report(source, "--false-alarms-per-week", "50")
        self.assertEqual((document["failed"], document["exit_code"]), (0, 0))
        self.assertEqual(document["detector"], "novelty")
        (file,) = document["files"]
        self.assertEqual((file["status"], file["rows"], file["channels"]), ("done", 1500, ["flow", "heat"]))
        self.assertEqual(file["time"]["interval_s"], 60.0)
        self.assertEqual(file["missing_values"], 0)
        self.assertAlmostEqual(file["alarm_p"], (50 / 10080) / (1 - 5000 / 10080), 9)
        alerts = [alert for alert in file["alerts"] if alert["begin"]["row"] == 1200]
        self.assertEqual(len(alerts), 1, file["alerts"])
        self.assertEqual(alerts[0]["top_channel"], "heat")
        self.assertEqual(alerts[0]["begin"]["time"], stamp(1200))
        self.assertEqual(alerts[0]["shares"][0]["channel"], "heat")
        self.assertGreater(alerts[0]["shares"][0]["share"], 0.5)
        self.assertGreater(alerts[0]["peak_score"], 1.0)
        self.assertLess(alerts[0]["p"], file["alarm_p"])
        header = self.read("in.scores.csv").split(b"\n")[0]
        self.assertEqual(header, b"time,flow,flow low,flow high,heat,heat low,heat high,p,score,alert,top")

    def test_budget_moves_the_threshold_only(self):
        source = write(self.path("in.csv"), table())
        self.detect(source, "-o", self.path("a.csv"), "--alarm-p", "1e-3")
        self.detect(source, "-o", self.path("b.csv"), "--alarm-p", "1e-6")
        a, b = rows_of(self.read("a.csv")), rows_of(self.read("b.csv"))
        # The alarm itself teaches a detector less, so only up to the first one.
        for one, other in zip(a[:1200], b[:1200]):
            self.assertEqual(one["p"], other["p"])
            self.assertAlmostEqual(float(one["score"]), 2.0 * float(other["score"]), 6)

    def test_no_row_depends_on_later_ones(self):
        source = write(self.path("in.csv"), table())
        self.detect(source)
        whole = self.read("in.scores.csv")
        for rows in (33, 700, 1201, 1499):
            cut = write(self.path("cut.csv"), b"\n".join(table().split(b"\n")[:rows + 1]) + b"\n")
            self.detect(cut, "--force")
            part = self.read("cut.scores.csv")
            self.assertEqual(part, whole[:len(part)], rows)

    def test_state_goes_on_to_the_byte(self):
        whole = write(self.path("whole.csv"), table(spike=700))
        everything = self.report(whole)["files"][0]
        lines = table(spike=700).split(b"\n")
        for split, with_header in ((1, True), (300, False), (702, True), (1499, False)):
            with self.subTest(split):
                first = write(self.path("a.csv"), b"\n".join(lines[:split + 1]) + b"\n")
                second = write(self.path("b.csv"),
                               b"\n".join(([lines[0]] if with_header else []) + lines[split + 1:]))
                state = self.path(f"state{split}")
                self.detect(first, "--state", state, "--force")
                report = self.report(second, "--state", state, "--force")["files"][0]
                self.assertEqual(report["first_row"], split)
                joined = self.read("a.scores.csv") + self.read("b.scores.csv").split(b"\n", 1)[1]
                self.assertEqual(joined, self.read("whole.scores.csv"))
                for key in ("begin", "end", "peak_score", "p", "shares", "id"):
                    self.assertEqual(report["alerts"][-1][key] if report["alerts"] else None,
                                     everything["alerts"][-1][key] if report["alerts"] else None)

    def test_states_that_do_not_fit(self):
        source = write(self.path("in.csv"), table(300, None))
        state = self.path("state")
        self.detect(source, "--state", state)
        cases = [
            (("--detector", "rls-ar"), "expected a state of the detector rls-ar, found one of novelty"),
            (("--time", "none", "--columns", "value"), "rows without times"),
        ]
        for arguments, text in cases:
            done = self.detect(source, "--state", state, "--force", *arguments, code=INPUT)
            self.assert_one_line(done.stderr, state, text)
        other = write(self.path("other.csv"), two_channels(100, None))
        self.assert_one_line(self.detect(other, "--state", state, code=INPUT).stderr,
                             "the channels flow, heat", "one of value")
        content = self.read("state")
        for damaged, text in ((content[:-1], "damaged"), (b"", "something else"),
                              (content.replace(b"state 1", b"state 2", 1), "another version")):
            write(state, damaged)
            done = self.detect(source, "--state", state, "--force", code=INPUT)
            self.assert_one_line(done.stderr, state, text)
            self.assertEqual(self.read("state"), damaged)

    def test_standard_streams(self):
        content = table()
        source = write(self.path("in.csv"), content)
        self.detect(source)
        piped = self.detect("-", input=content)
        self.assertEqual(piped.stdout, self.read("in.scores.csv"))
        self.detect("-", "-o", self.path("out.csv"), input=content)
        self.assertEqual(self.read("out.csv"), piped.stdout)

    def test_rows_come_out_while_others_are_waited_for(self):
        with subprocess.Popen([HISS, "detect", "-", *DETECTOR], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as running:
            content = table(101, None)
            lines = content.split(b"\n")
            running.stdin.write(b"\n".join(lines[:100]) + b"\n")
            running.stdin.flush()
            seen = [running.stdout.readline() for _ in range(100)]
            self.assertTrue(seen[99].startswith(lines[99].split(b",")[0]))
            running.stdin.close()
            self.assertEqual(running.stdout.read(), b"")
            self.assertEqual(running.wait(), 0)

    def test_folder(self):
        write(self.path("in", "a.csv"), table(200, None))
        write(self.path("in", "deep", "b.tsv"), table(200, None).replace(b",", b"\t"))
        write(self.path("in", "deep", "notes.txt"), b"nothing")
        write(self.path("in", "bad.csv"), b"a,b\n1,2\n3\n")
        done = self.detect(self.path("in"), "-o", self.path("out"), code=SOME_FAILED)
        self.assert_one_line(done.stderr, "bad.csv: line 3", "2 cells between commas")
        self.assertEqual(sorted(self.tree()), ["a.csv", "deep/b.csv"])
        self.assertEqual(self.tree()["a.csv"], self.tree()["deep/b.csv"])
        document = self.report(self.path("in"), "-o", self.path("out"), "--force", code=SOME_FAILED)
        self.assertEqual([file["status"] for file in document["files"]], ["done", "error", "done"])
        self.assertEqual(document["files"][1]["error"]["exit_code"], INPUT)
        # Beside the inputs; what was made is no input.
        self.detect(self.path("in"), code=SOME_FAILED)
        self.assertIn("in/deep/b.scores.csv", self.files())
        count = len(self.files())
        self.detect(self.path("in"), "--force", code=SOME_FAILED)
        self.assertEqual(len(self.files()), count)

    def test_picture_shows_the_alert(self):
        source = write(self.path("in.csv"), table())
        self.detect(source, "--plot", self.path("out.png"), "--alarm-p", "1e-3")
        width, height, lines = png_pixels(self.path("out.png"))
        self.assertEqual(width, 1600)
        shade = bytes((252, 208, 196))
        # Columns of pixels that the alert's shade covers lie where row 1200 of 1500 is.
        columns = {x for line in lines[height // 4:] for x in range(width)
                   if line[3 * x:3 * x + 3] == shade}
        self.assertTrue(columns)
        expected = 96 + (1600 - 96 - 32) * 1200 / 1500
        self.assertTrue(any(abs(x - expected) < 12 for x in columns), sorted(columns))

    def test_memory_does_not_grow(self):
        def most_kib(rows):
            made = values(1000)
            text = "".join(f"{v:.3f}\n" for v in made).encode()
            with subprocess.Popen([HISS, "detect", "-", "-o", self.path(f"{rows}.csv"),
                                   "--plot", self.path(f"{rows}.png"), *DETECTOR],
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as running:
                for _ in range(rows // 1000):
                    running.stdin.write(text)
                running.stdin.close()
                _, status, usage = os.wait4(running.pid, 0)
                running.returncode = os.waitstatus_to_exitcode(status)
                self.assertEqual(running.returncode, 0)
                return usage.ru_maxrss
        small = most_kib(20000)
        self.assertLess(most_kib(400000), small + 6000)

    def test_sound(self):
        rate = 16000
        noise = random.Random(3)
        samples = [0.02 * noise.gauss(0.0, 1.0) for _ in range(60 * rate)]
        for i in range(50 * rate, 50 * rate + rate // 2):
            samples[i] += 0.5 * math.sin(2 * math.pi * 3000 * i / rate)
        source = write_wav(self.path("fan.wav"), values=samples, rate=rate)
        report = self.report("--audio", source)["files"][0]
        self.assertAlmostEqual(report["alarm_p"], 1 / 9600, 5)
        self.assertEqual(len(report["channels"]), 16)
        self.assertEqual(report["rows"], 60 * 16)
        self.assertEqual(report["time"]["interval_s"], 0.0625)
        out = rows_of(self.read("fan.scores.csv"))
        self.assertEqual(out[0]["time"], "0.0625")
        later = [float(row["score"]) for row in out[600:]]
        peak = 600 + later.index(max(later))
        self.assertTrue(50 * 16 <= peak <= 50 * 16 + 40, peak)
        low, high = out[50 * 16 + 1]["top"].split(" ")[0].split("-")
        self.assertTrue(float(low) <= 3000 <= float(high), out[50 * 16 + 1]["top"])

    def test_all_detectors(self):
        source = write(self.path("in.csv"), table())
        text = self.hiss("detect", "--help").stdout.decode()
        names = text.split("--detector ")[1].split()[0].split("=")[0].split("|")
        self.assertIn("rls-ar", names)
        for name in names:
            with self.subTest(name):
                report = self.report(source, "--detector", name, "--force", "--alarm-p", "0.02")["files"][0]
                self.assertEqual(report["rows"], 1500)
                out = rows_of(self.read("in.scores.csv"))
                scores = [float(row["score"]) for row in out]
                self.assertLess(abs(scores.index(max(scores)) - 1200), 40)
                whole, lines = self.read("in.scores.csv"), table().split(b"\n")
                parts = []
                for part in (lines[:1203], lines[:1] + lines[1203:]):
                    write(self.path("part.csv"), b"\n".join(part))
                    self.detect(self.path("part.csv"), "--detector", name, "--force", "--alarm-p", "0.02",
                                "--state", self.path(name + ".state"))
                    parts.append(self.read("part.scores.csv"))
                self.assertEqual(parts[0] + parts[1].split(b"\n", 1)[1], whole)

    def test_default_detector_on_the_shipped_series(self):
        document = json.loads(self.hiss(
            "detect", os.path.join(DATA, "nyc_taxi.csv"), "-o", self.path("o.csv"), "--json").stdout)
        report = document["files"][0]
        self.assertEqual((report["rows"], report["time"]["interval_s"]), (10320, 1800.0))
        spans = [(alert["begin"]["time"], alert["end"]["time"]) for alert in report["alerts"]]
        # The five events that its authors know, a day to each side.
        events = [("2014-11-01", "2014-11-04"), ("2014-11-26", "2014-11-29"), ("2014-12-24", "2014-12-27"),
                  ("2014-12-31", "2015-01-03"), ("2015-01-26", "2015-01-29")]
        found = [any(begin < last and end > first for begin, end in spans) for first, last in events]
        self.assertGreaterEqual(sum(found), 3, spans)
        self.assertLess(report["alert_count"], 20)


class BadInput(DetectTest):
    def refuse(self, content, *parts, arguments=(), name="bad.csv", code=INPUT):
        bad = write(self.path(name), content)
        before = self.files()
        done = self.detect(bad, *arguments, code=code)
        self.assert_one_line(done.stderr, *parts)
        self.assertEqual(done.stdout, b"")
        self.assertEqual(self.files(), before)

    def accept(self, content, *arguments, name="in.csv"):
        write(self.path(name), content)
        return self.report(self.path(name), "--force", *arguments)["files"][0]

    def test_refused(self):
        cases = [
            (b"", "expected a table, found an empty file"),
            (b"time,a\n", "at least one row below the header, found none"),
            (b"a,b\nx,y\n", "at least one column with a number"),
            (b"a,b\n1,2\n3,4\n5\n", "line 4: expected 2 cells between commas, found 1"),
            (b"a;b\n1;2\n3,4\n", "line 3: expected 2 cells between semicolons, found 1"),
            (b"a,b\n1,2\n1,2,3\n", "line 3: expected 2 cells between commas, found 3"),
            (b"a,b\n1,2\na,flow\n3,4\n", 'line 3: expected a row, or the first header again with "b"',
             'found "flow"'),
            (b"\xff\xfea\x00", "a table in UTF-8, found UTF-16"),
            (b'a,b\n1,"2\n3,4\n', "quote"),
            (bytes(range(256)) * 40, "expected"),
        ]
        for content, *parts in cases:
            with self.subTest(parts):
                self.refuse(content, "bad.csv", *parts)
        self.assert_one_line(self.detect(self.path("none.csv"), code=INPUT).stderr, "No such file")
        os.makedirs(self.path("empty"))
        self.assert_one_line(self.detect(self.path("empty"), code=INPUT).stderr, "tables")

    def test_columns_that_are_not_there(self):
        content = b"time,a,b\n0,1,2\n1,2,3\n"
        self.refuse(content, "--columns (there are time, a, b)", '"c"', arguments=("--columns", "a,c"))
        self.refuse(content, "--time", '"x"', arguments=("--time", "x"))
        self.refuse(b"t,a\nx,1\ny,2\n", "dates or numbers", arguments=("--time", "t"))
        self.assertEqual(self.accept(content, "--columns", "b,a")["channels"], ["b", "a"])

    def test_events_that_are_said(self):
        content = (b"time,a,b,name\n"
                   b"2026-01-01T00:00:00Z,1,5,x\n"
                   b"2026-01-01T01:01:00+01:00,2,,x\n"      # a minute later in another zone
                   b"2026-01-01T00:01:00Z,3,oops,x\n"       # the same moment again
                   b"2026-01-01T00:00:30Z,4,NaN,x\n"        # back
                   b"2026-01-01T00:01:30Z,1e300,-1e300,x\n"
                   b"time,a,b,name\n"
                   b"2026-01-01T09:00:00Z,1e999,7,x\n")     # a gap
        report = self.accept(content)
        self.assertEqual(report["channels"], ["a", "b"])
        self.assertEqual(report["rows"], 6)
        self.assertEqual(report["missing_values"], 4)
        self.assertEqual(report["text_cells"], 1)
        self.assertEqual(report["repeated_headers"], 1)
        self.assertEqual(report["time"]["duplicates"], 1)
        self.assertEqual(report["time"]["backward"], 1)
        self.assertEqual(report["time"]["gaps"], 1)
        remarks = "\n".join(report["remarks"])
        for part in ('line 4, "b": "oops"', "name", "1 gap", "only teach"):
            self.assertIn(part, remarks)

    def test_decimal_commas_and_no_header(self):
        self.accept(b"1,5;2\r\n-0,25;3\r\n")
        self.assertIn(b"\n1,-0.25,", self.read("in.scores.csv"))
        self.assertEqual(self.accept(b"1,5;2\r\n-0,25;3\r\n")["channels"], ["1", "2"])

    def test_one_row_constant_and_missing(self):
        self.assertEqual(self.accept(b"5\n")["rows"], 1)
        report = self.accept(b"a\n" + b"7\n" * 800)
        self.assertEqual(report["alert_count"], 0)
        gone = "a\n" + "".join(f"{v:.3f}\n" for v in values(400)) + "nan\n" * 50 + "10\n" * 5
        report = self.accept(gone.encode())
        kinds = [alert["kind"] for alert in report["alerts"]]
        self.assertIn("no-data", kinds)
        (alert,) = [alert for alert in report["alerts"] if alert["kind"] == "no-data"]
        self.assertEqual((alert["begin"]["row"], alert["end"]["row"]), (409, 449))

    def test_epochs(self):
        for scale, factor in ((1, 1), (1000, 1), (10**6, 1), (10**9, 1)):
            content = "epoch,v\n" + "".join(f"{(1767225600 + 30 * i) * scale * factor},{i % 3}\n"
                                            for i in range(50))
            self.assertEqual(self.accept(content.encode())["time"]["interval_s"], 30.0)
        rows = "".join(f"{i},{i % 3}.5\n" for i in range(50)).encode()
        report = self.accept(rows)
        self.assertEqual((report["channels"], report["time"]["interval_s"]), (["2"], None))

    def test_usage(self):
        source = write(self.path("in.csv"), table(50, None))
        cases = [
            ("--detector", "best"), ("--false-alarms-per-week", "0"), ("--alarm-p", "nan"),
            ("--alarm-p", "1e-3", "--false-alarms-per-week", "1"), ("--hold", "0"),
            ("--audio", "--time", "t"), ("--model", "x"), ("--plot", "-"), ("--state", "-"),
            ("-o", "-", "--json"), ("-o", ""),
        ]
        for arguments in cases:
            with self.subTest(arguments):
                done = self.detect(source, *arguments, code=USAGE)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertEqual(done.stdout, b"")
        for option in ("--state", "--plot"):
            done = self.detect(source, source, option, self.path("x"), code=USAGE)
            self.assert_one_line(done.stderr, option, "a single input file")
        self.assertEqual(self.files(), ["in.csv"])

    def test_models_of_the_detector(self):
        source = write(self.path("in.csv"), table(50, None))
        mamba = ("--detector", "mamba")
        for model, text in (("nano", "forecaster"), ("nobody", "nobody"), (self.path("in.csv"), "in.csv")):
            done = self.detect(source, *mamba, "--model", model, code=MODEL_ERROR)
            self.assert_one_line(done.stderr, text)
        self.assertEqual(self.files(), ["in.csv"])
        document = json.loads(self.detect(source, *mamba, "--json").stdout)
        self.assertTrue(document["model"]["path"].endswith(".safetensors"))

    def test_outputs_that_exist(self):
        source = write(self.path("in.csv"), table(50, None))
        for name, arguments in (("in.scores.csv", ()), ("p.png", ("--plot", self.path("p.png")))):
            write(self.path(name), b"mine")
            self.assert_one_line(self.detect(source, *arguments, code=OUTPUT).stderr, name)
            self.assertEqual(self.read(name), b"mine")
            os.remove(self.path(name))
        self.assertEqual(self.files(), ["in.csv"])
        self.assert_one_line(self.detect(source, "-o", source, "--force", code=OUTPUT).stderr, "in.csv")
        self.assertEqual(self.read("in.csv"), table(50, None))

    def test_full_disk_leaves_nothing(self):
        source = write(self.path("in.csv"), table(3000, None))
        limit = 20000
        done = self.detect(
            source, code=OUTPUT,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assert_one_line(done.stderr, "in.scores.csv")
        self.assertEqual(self.files(), ["in.csv"])


if __name__ == "__main__":
    main()
