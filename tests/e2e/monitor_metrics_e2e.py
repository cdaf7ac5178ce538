# SPDX-License-Identifier: Apache-2.0
"""What a running `hiss monitor` tells: /metrics as Prometheus reads it, /healthz, webhooks, logs."""

import glob
import hashlib
import hmac
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

from hiss_e2e import HISS, OK, OUTPUT, HissTest, main, write

# Debian's package, for a Python that is not Debian's own.
sys.path.append("/usr/lib/python3/dist-packages")
try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    text_string_to_metric_families = None

LIMIT_S = 60.0
SECRET = "of the plant"


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_for(condition, what):
    end = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain: " + what)
        time.sleep(0.02)


class Receiver:
    """Takes webhooks and keeps them."""

    def __init__(self, port):
        kept = self.kept = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # the name that http.server asks for
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kept.append((dict(self.headers), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def rows(count, spike, sensor="pump"):
    """JSON lines of a quiet stream with five rows far outside at `spike`."""
    return "".join(
        json.dumps({"sensor": sensor,
                    "flow": 500.0 if spike <= i < spike + 5 else 20.0 + 0.1 * (i * 7919 % 13)}) + "\n"
        for i in range(count))


class Metrics(HissTest):
    def setUp(self):
        super().setUp()
        self.monitor = None
        self.port = free_port()

    def tearDown(self):
        if self.monitor is not None:
            self.monitor.kill()
            self.monitor.communicate()
        super().tearDown()

    def start(self, *sinks):
        arguments = [argument for sink in sinks for argument in ("--sink", sink)]
        self.monitor = subprocess.Popen(
            [HISS, "monitor", "stdin:?stream=/sensor", "--detector", "ewma", "--state", "state",
             "--sink", f"prometheus://127.0.0.1:{self.port}", *arguments],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.dir)

    def feed(self, text):
        self.monitor.stdin.write(text.encode())
        self.monitor.stdin.flush()

    def stop(self):
        self.monitor.send_signal(signal.SIGTERM)
        _, log = self.monitor.communicate(timeout=LIMIT_S)
        self.assertEqual(self.monitor.returncode, OK, log)
        self.monitor = None
        return log.decode()

    def get(self, path):
        """Status, headers and text."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()
        except OSError:
            return 0, {}, ""

    def samples(self):
        """Values by name and labels, as Prometheus' own parser reads them."""
        found = {}
        for family in text_string_to_metric_families(self.get("/metrics")[2]):
            self.assertTrue(family.documentation, family.name)
            self.assertIn(family.type, ("counter", "gauge"), family.name)
            for sample in family.samples:
                key = (sample.name, *sorted(sample.labels.items()))
                self.assertNotIn(key, found)
                found[key] = sample.value
        return found

    @unittest.skipIf(text_string_to_metric_families is None, "no python3-prometheus-client")
    def test_prometheus_reads_the_metrics(self):
        names = ["pump", 'a "quoted" \\ name', "häuser/süd", "x{y=\"z\"}"]
        self.start("jsonl:alerts.jsonl")
        self.feed(rows(2000, 1900) + "".join(rows(10, 100, name) for name in names[1:]))
        self.feed('{"sensor":"pump","flow":"no number"\n')
        scored = ("hiss_rows_total", ("stream", names[-1]))
        wait_for(lambda: self.samples().get(scored) == 10, "the rows are not scored")
        wait_for(lambda: self.samples()[("hiss_malformed_total", ("source", "stdin:"))] == 1,
                 "what is malformed is not counted")
        samples = self.samples()
        for name in names:
            for family in ("hiss_anomaly_score", "hiss_anomaly_p", "hiss_last_seen_age_seconds",
                           "hiss_rows_total", "hiss_alert_active"):
                self.assertIn((family, ("stream", name)), samples)
        self.assertEqual(samples[("hiss_rows_total", ("stream", "pump"))], 2000)
        alerts = samples[("hiss_alerts_total", ("kind", "anomaly"), ("stream", "pump"))]
        self.assertGreaterEqual(alerts, 1)
        self.assertEqual(samples[("hiss_streams",)], 4)
        self.assertEqual(samples[("hiss_source_up", ("source", "stdin:"))], 1)
        self.assertEqual(samples[("hiss_sink_up", ("sink", "jsonl:alerts.jsonl"))], 1)
        self.assertGreater(samples[("hiss_model_seconds_total",)], 0)
        text = self.get("/metrics")
        self.assertEqual(text[1]["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        if shutil.which("promtool"):
            subprocess.run(["promtool", "check", "metrics"], input=text[2].encode(), check=True,
                           capture_output=True)
        status, _, health = self.get("/healthz")
        self.assertEqual((status, json.loads(health)["healthy"]), (200, True))
        self.assertEqual(self.get("/state")[0], 404)
        self.stop()
        with open(self.path("alerts.jsonl"), encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        self.assertEqual(sum(event["phase"] == "began" for event in events), alerts)

    def test_a_webhook_that_is_away_misses_nothing(self):
        write(self.path("secret"), (SECRET + "\n").encode())
        port = free_port()
        hook = f"http://127.0.0.1:{port}/hook?v=1#retry=0.2&secret_file=secret"
        self.start(hook, "jsonl:alerts.jsonl")
        self.feed(rows(2000, 1900))
        wait_for(lambda: '"began"' in self.log(), "no alert")
        self.monitor.kill()  # what waits is on the disk
        self.monitor.communicate()
        receiver = Receiver(port)
        try:
            self.start(hook, "jsonl:alerts.jsonl")
            wait_for(lambda: receiver.kept, "no webhook")
            self.stop()
        finally:
            receiver.close()
        headers, body = receiver.kept[0]
        event = json.loads(body)
        self.assertEqual((event["stream"], event["phase"]), ("pump", "began"))
        self.assertEqual(headers["X-Hiss-Event"], event["id"] + "/began")
        expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        self.assertEqual(headers["X-Hiss-Signature"], "sha256=" + expected)
        self.assertEqual(body.decode() + "\n", self.log().splitlines(True)[0])

    def log(self):
        path = self.path("alerts.jsonl")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    def test_standard_output_and_rotation(self):
        done = self.hiss("monitor", "stdin:?stream=/sensor", "--detector", "ewma", "--quiet",
                         "--sink", "jsonl:-?what=all", "--sink",
                         f"csv:{self.path('scores.csv')}?max_bytes=10k&keep=2",
                         input=rows(500, 450).encode())
        lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
        self.assertEqual([line["row"] for line in lines if line["type"] == "score"], list(range(500)))
        files = sorted(glob.glob(self.path("scores.csv*")))
        self.assertEqual([os.path.basename(name) for name in files],
                         ["scores.csv", "scores.csv.1", "scores.csv.2"])
        for name in files:
            self.assertLessEqual(os.path.getsize(name), 10240)

    def test_a_taken_port_is_said(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", self.port))
            taken.listen()
            done = self.hiss("monitor", "stdin:", "--quiet", "--sink",
                             f"prometheus://127.0.0.1:{self.port}", code=OUTPUT, input=b"")
        self.assertIn("a free port", done.stderr)


if __name__ == "__main__":
    main()
