# SPDX-License-Identifier: Apache-2.0
"""`hiss monitor` between an MQTT broker and a user: mosquitto, mosquitto_pub, mosquitto_sub."""

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

from hiss_e2e import HISS, USAGE, HissTest, main

PATH = os.environ.get("PATH", "") + ":/usr/sbin"
MOSQUITTO = shutil.which("mosquitto", path=PATH)
PUBLISH = shutil.which("mosquitto_pub", path=PATH)
SUBSCRIBE = shutil.which("mosquitto_sub", path=PATH)
WAIT = 30


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Lines:
    """The lines that a program writes, as they come."""

    def __init__(self, stream):
        self.lines = queue.Queue()
        self.thread = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self.thread.start()

    def read(self, stream):
        for line in stream:
            self.lines.put(line.decode())
        stream.close()
        self.lines.put(None)

    def find(self, wanted):
        """The first line from here on for which `wanted` says so; None at the end."""
        until = time.monotonic() + WAIT
        while True:
            line = self.lines.get(timeout=max(0.1, until - time.monotonic()))
            if line is None or wanted(line):
                return line


@unittest.skipUnless(MOSQUITTO and PUBLISH and SUBSCRIBE, "mosquitto is not installed")
class MonitorMqtt(HissTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.address = f"mqtt://127.0.0.1:{self.port}"
        with open(self.path("mosquitto.conf"), "w", encoding="utf-8") as file:
            file.write(f"user root\nlistener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self.start_broker()

    def start_broker(self):
        broker = self.start([MOSQUITTO, "-c", self.path("mosquitto.conf")])
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return broker
            except OSError:
                self.assertIsNone(broker.poll())
                time.sleep(0.01)
        self.fail("mosquitto does not start")

    def start(self, command, **options):
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)

        def end():
            if process.poll() is None:
                process.kill()
            process.wait()

        self.addCleanup(end)
        return process

    def monitor(self, *arguments):
        process = self.start([HISS, "monitor", *arguments, "--detector", "novelty"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return process, Lines(process.stdout), Lines(process.stderr)

    def publish(self, topic, payloads):
        done = subprocess.run(
            [PUBLISH, "-h", "127.0.0.1", "-p", str(self.port), "-q", "1", "-t", topic, "-l"],
            input="".join(f"{payload}\n" for payload in payloads).encode(), timeout=WAIT,
            check=False)
        self.assertEqual(done.returncode, 0)

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=WAIT), 0)

    def test_rows_come_out_as_scores(self):
        process, output, log = self.monitor(
            f"{self.address}/plant/#?json=/flow", "--sink", "jsonl:-?what=all")
        self.assertIsNotNone(log.find(lambda line: "connected" in line))
        self.publish("plant/pump", ['{"flow": 1.5, "other": 2}', "no json", '{"flow": 2.5}'])
        self.publish("elsewhere", ['{"flow": 9}'])
        score = json.loads(output.find(lambda line: '"row":1,' in line))
        self.assertEqual(score["type"], "score")
        self.assertEqual(score["stream"], "plant/pump")
        self.assertEqual(list(score["values"].values()), [2.5])
        self.end(process)
        self.assertIsNone(output.find(lambda line: "elsewhere" in line))

    def test_the_broker_is_told_and_not_listened_to(self):
        told = self.start([SUBSCRIBE, "-h", "127.0.0.1", "-p", str(self.port), "-t", "hiss/#", "-t",
                           "homeassistant/#", "-v"], stdout=subprocess.PIPE)
        messages = Lines(told.stdout)
        process, _, log = self.monitor(
            f"{self.address}/#", "--sink", f"{self.address}/hiss?discovery=homeassistant&every=0")
        self.assertIsNotNone(log.find(lambda line: f"{self.port}/#: connected" in line))
        self.publish("pump", [str(10 + i % 2) for i in range(5)])
        found = [messages.find(lambda line: " " in line) for _ in range(4 + 5)]
        topics = sorted(line.split(" ", 1)[0] for line in found)
        self.assertEqual(topics.count("hiss/pump/score"), 5)
        self.assertIn("hiss/status", topics)
        self.assertIn("hiss/pump/state", topics)
        self.assertEqual(sum(topic.startswith("homeassistant/") for topic in topics), 2)
        self.end(process)
        # Nothing that it published itself came back as a stream.
        last = messages.find(lambda line: "hiss/hiss" in line or "offline" in line)
        self.assertEqual(last, "hiss/status offline\n")

    def test_waits_for_the_broker(self):
        self.port = free_port()
        process, output, log = self.monitor(
            f"mqtt://localhost:{self.port}/#?retry=200ms", "--sink", "jsonl:-?what=all")
        self.assertIn("trying again", log.find(lambda line: "refused" in line))
        with open(self.path("mosquitto.conf"), "w", encoding="utf-8") as file:
            file.write(f"user root\nlistener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self.start_broker()
        self.assertIsNotNone(log.find(lambda line: "connected" in line))
        self.publish("a", ["1"])
        self.assertIsNotNone(output.find(lambda line: '"row":0,' in line))
        self.end(process)

    def test_what_is_wrong_is_said(self):
        for source in ("mqtt:///topic", "mqtt://host", "mqtt://host/a/#/b", "mqtt://host/a?qos=7",
                       "mqtt://user:verysecret@host/a?nonsense=1"):
            done = self.hiss("monitor", source, code=USAGE)
            self.assertNotIn("verysecret", done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)


if __name__ == "__main__":
    main()
