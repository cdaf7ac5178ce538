# SPDX-License-Identifier: Apache-2.0
"""`hiss monitor` on a replay: the verdicts of `hiss detect`, cuts and kills that leave no trace, bad
input. `--kills N`: so many kills (default 8)."""

import csv
import io
import json
import math
import os
import random
import re
import signal
import subprocess
import sys
import time
import unittest

from hiss_e2e import HISS, INPUT, OK, OUTPUT, USAGE, HissTest, main, write

KILLS = 8
DETECTOR = ("--detector", "novelty")
DAY = 1_767_225_600  # 2026-01-01
BUDGET = ("--false-alarms-per-week", "20")
LIMIT_S = 120.0


def flow(i, noise, leap=2000):
    """A rhythm with noise; from row `leap` on five rows far outside, one of four times."""
    return 10.0 + math.sin(0.02 * i) + 0.1 * noise.gauss(0.0, 1.0) + (25.0 if leap <= i < leap + 5 else 0.0)


def table(rows=3000):
    noise = random.Random(1)
    return "time,flow\n" + "".join(f"{DAY + 60 * i},{flow(i, noise):.4f}\n" for i in range(rows))


def plant(rows=1500, units=8):
    """Many streams in one table, one of which falls silent for a while, another without values."""
    noise = random.Random(2)
    lines = ["time,unit,flow,heat"]
    for i in range(rows):
        for unit in range(units):
            if unit == 3 and 900 <= i < 960:
                continue
            value = "" if unit == 4 and 900 <= i < 960 else f"{flow(i, noise, 1100 + 7 * unit):.4f}"
            heat = "" if value == "" else f"{50.0 + noise.gauss(0.0, 1.0):.3f}"
            lines.append(f"{DAY + 60 * i},unit{unit},{value},{heat}")
    return "\n".join(lines) + "\n"


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def takes_signals(pid):
    """Not yet while it starts, and no more when it ends: a signal then ends it at once."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        blocked = int(re.search(r"SigBlk:\s*([0-9a-f]+)", file.read()).group(1), 16)
    return bool(blocked >> (signal.SIGTERM - 1) & 1)


def works_after(process, seconds):
    """Whether `process` works that much later, or as soon after as it takes signals, and has not ended."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    while process.poll() is None:
        if takes_signals(process.pid):
            return True
        time.sleep(0.01)
    return False


class Monitor(HissTest):
    def command(self, *arguments):
        detector = () if "--detector" in arguments else DETECTOR
        return [HISS, "monitor", "--quiet", *detector, *BUDGET, *map(str, arguments)]

    def monitor(self, *arguments, code=OK):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, cwd=self.dir,
                              timeout=LIMIT_S, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_says_what_detect_says(self):
        write(self.path("plant.csv"), table().encode())
        self.hiss("detect", "plant.csv", "-o", "plant.scores.csv", *DETECTOR, *BUDGET, cwd=self.dir)
        self.monitor("csv:plant.csv", "--sink", "jsonl:out.jsonl?what=all")
        expected = list(csv.DictReader(io.StringIO(self.content("plant.scores.csv").decode())))
        found = lines_of(self.path("out.jsonl"))
        scores = [line for line in found if line["type"] == "score"]
        self.assertEqual(len(scores), len(expected))
        alert_rows = []
        for row, (score, line) in enumerate(zip(scores, expected)):
            self.assertEqual(score["row"], row)
            self.assertEqual(f"{score['p']:.9g}", f"{float(line['p']):.9g}", row)
            self.assertEqual(f"{score['score']:.9g}", f"{float(line['score']):.9g}", row)
            for side in ("low", "high"):
                text = line[side]
                self.assertEqual(score[side]["flow"], float(text) if text else None, row)
            if line["alert"]:
                alert_rows.append(row)
                self.assertIsNotNone(score["alert"])
        self.assertTrue(alert_rows)
        began = [line for line in found if line["type"] == "alert" and line["phase"] == "began"]
        self.assertEqual(began[0]["begin_row"], alert_rows[0])
        self.assertEqual(len(began), len({line["alert"] for line in expected} - {""}))

    def test_alerts_go_to_standard_output_if_nothing_else_is_said(self):
        write(self.path("plant.csv"), table().encode())
        done = self.monitor("csv:plant.csv")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual({event["type"] for event in events}, {"alert"})
        self.assertEqual(events[0]["stream"], "plant")
        self.assertEqual(events[0]["top"], "flow")

    def test_stops_and_goes_on(self):
        write(self.path("plant.csv"), plant().encode())
        self.monitor("csv:plant.csv?stream=unit", "--sink", "jsonl:whole.jsonl?what=all")
        arguments = ("csv:plant.csv?stream=unit&speed=36000", "--sink", "jsonl:parts.jsonl?what=all",
                     "--state", "state")
        stopped = 0
        for _ in range(40):
            process = subprocess.Popen(self.command(*arguments), cwd=self.dir, stderr=subprocess.PIPE)
            with process.stderr:
                if works_after(process, 0.4):
                    begin = time.monotonic()
                    process.send_signal(signal.SIGTERM if stopped % 2 else signal.SIGINT)
                    self.assertEqual(process.wait(LIMIT_S), OK)
                    self.assertLess(time.monotonic() - begin, 10.0)
                    stopped += 1
                    continue
                error = process.stderr.read()
            self.assertEqual((process.returncode, error), (OK, b""))
            break
        self.assertGreaterEqual(stopped, 1)
        self.assertEqual(self.content("parts.jsonl"), self.content("whole.jsonl"))
        kinds = {line["kind"] for line in lines_of(self.path("whole.jsonl")) if line["type"] == "alert"}
        self.assertEqual(kinds, {"anomaly", "no_data"})

    def test_kills_leave_no_trace(self):
        rows = 1500
        write(self.path("plant.csv"), plant(rows).encode())
        self.monitor("csv:plant.csv?stream=unit", "--sink", "jsonl:whole.jsonl?what=all", "--sink",
                     "jsonl:whole.alerts.jsonl")
        # So slow that all kills fall within the replay: a kill every 0.15 s on average, of which a
        # start takes a part.
        speed = max(60.0, 60.0 * rows / (0.12 * KILLS))
        arguments = (f"csv:plant.csv?stream=unit&speed={speed:.1f}", "--sink", "jsonl:out.jsonl?what=all",
                     "--sink", "jsonl:out.alerts.jsonl", "--state", "state", "--save-every", "0.05")
        moments = random.Random()
        seed = moments.randrange(1 << 30)
        moments.seed(seed)
        killed = 0
        while True:
            process = subprocess.Popen(self.command(*arguments), cwd=self.dir, stderr=subprocess.PIPE)
            try:
                wait = moments.uniform(0.0, 0.3) if killed < KILLS else LIMIT_S
                process.wait(wait)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                killed += 1
                continue
            finally:
                error = process.stderr.read()
                process.stderr.close()
            self.assertEqual((process.returncode, error), (OK, b""), f"seed {seed}")
            break
        print(f"{killed} kills, seed {seed}", file=sys.stderr)
        self.assertGreaterEqual(killed, KILLS // 2)
        for name in ("jsonl", "alerts.jsonl"):
            self.assertEqual(self.content(f"out.{name}"), self.content(f"whole.{name}"), f"seed {seed}")
        events = [(line["id"], line["phase"]) for line in lines_of(self.path("out.alerts.jsonl"))]
        self.assertEqual(len(events), len(set(events)))
        self.assertGreater(len(events), 10)

    def test_bad_arguments(self):
        for arguments, code, parts in (
                ((), USAGE, ["at least one source"]),
                (("nonsense",), USAGE, ["nonsense"]),
                (("foo:bar",), USAGE, ["foo:"]),
                (("csv:absent.csv",), INPUT, ["absent.csv"]),
                (("stdin:", "--sink", "foo:bar"), USAGE, ["foo:"]),
                (("stdin:", "--sink", "jsonl:/dev/null/x"), OUTPUT, ["/dev/null/x"]),
                (("stdin:", "--config", "absent.toml"), INPUT, ["absent.toml"]),
                (("stdin:", "--state", "/dev/null/state"), OUTPUT, ["/dev/null/state"]),
                (("stdin:?speling=1",), USAGE, ["speling"]),
                (("stdin:", "--save-every", "nan"), USAGE, ["nan"])):
            with self.subTest(arguments):
                done = self.monitor(*arguments, code=code)
                self.assertEqual(done.stdout, "")
                self.assert_one_line(done.stderr, *parts)

    def test_a_damaged_state_stays(self):
        write(self.path("plant.csv"), table(300).encode())
        self.monitor("csv:plant.csv", "--state", "state")
        good = self.content("state/main.state")
        bad = good[:len(good) // 2] + b"x" + good[len(good) // 2 + 1:]
        write(self.path("state/main.state"), bad)
        done = self.monitor("csv:plant.csv", "--state", "state", code=INPUT)
        self.assert_one_line(done.stderr, "main.state", "damaged")
        self.assertEqual(self.content("state/main.state"), bad)
        write(self.path("state/main.state"), good)
        done = self.monitor("csv:plant.csv", "--state", "state", "--detector", "ewma", code=INPUT)
        self.assert_one_line(done.stderr, "novelty", "ewma")

    def test_checks_a_configuration(self):
        write(self.path("good.toml"), b'[[source]]\nuri = "stdin:"\n[[sink]]\nuri = "jsonl:-"\n')
        done = subprocess.run([HISS, "monitor", "--config", "good.toml", "--check-config", *DETECTOR],
                              cwd=self.dir, capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual((done.returncode, done.stderr), (OK, ""))
        self.assertIn("1 sources, 1 sinks", done.stdout)
        write(self.path("bad.toml"), b'[[source]]\nuri = "stdin:"\nformt = "json"\n')
        done = self.monitor("--config", "bad.toml", "--check-config", code=USAGE)
        self.assert_one_line(done.stderr, "bad.toml:", "formt")

    def test_reads_its_configuration_again(self):
        write(self.path("plant.toml"), b'[[source]]\nuri = "stdin:"\n[[sink]]\nuri = "jsonl:-?what=all"\n')
        process = subprocess.Popen(self.command("--config", "plant.toml"), cwd=self.dir, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)

        def say(second):
            process.stdin.write(json.dumps({"time": DAY + second, "flow": 9.0}) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        self.assertEqual(say(0)["row"], 0)
        with open(self.path("plant.toml"), "ab") as file:
            file.write(b'[[rule]]\nstream = "*"\nlimits = [{channel = "flow", ceiling = 5.0}]\n')
        process.send_signal(signal.SIGHUP)
        end = time.monotonic() + LIMIT_S
        second = 1
        while (line := say(second))["type"] != "alert":
            self.assertEqual(line["row"], second)
            self.assertLess(time.monotonic(), end)
            second += 1
            time.sleep(0.02)
        self.assertEqual(line["kind"], "limit")
        write(self.path("plant.toml"), b"[[source\n")
        process.send_signal(signal.SIGHUP)
        self.assertIn("the configuration stays as it was", process.stderr.readline())
        process.stdin.close()
        self.assertEqual(process.wait(LIMIT_S), OK)
        process.stdout.close()
        process.stderr.close()


if __name__ == "__main__":
    if "--kills" in sys.argv:
        at = sys.argv.index("--kills")
        KILLS = int(sys.argv[at + 1])
        LIMIT_S = max(LIMIT_S, 2.0 * KILLS)
        del sys.argv[at:at + 2]
    main()
