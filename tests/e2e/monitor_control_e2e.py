# SPDX-License-Identifier: Apache-2.0
"""A running `hiss monitor` is asked, told and reloaded; systemd's view of it; the unit itself."""

import configparser
import csv
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

from hiss_e2e import HISS, INPUT, OK, USAGE, HissTest, main

BUILD = os.environ.get("HISS_BUILD_DIR", "")
CMAKE = os.environ.get("HISS_CMAKE", "cmake")
LIMIT_S = 60.0

CONFIG = """
[monitor]
detector = "ewma"
state = "state"
control = "control.sock"
[[source]]
uri = "stdin:"
[[sink]]
uri = "jsonl:alerts.jsonl"
"""


class Control(HissTest):
    def setUp(self):
        super().setUp()
        self.monitor = None
        self.control = self.path("control.sock")
        with open(self.path("plant.toml"), "w", encoding="utf-8") as file:
            file.write(CONFIG)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.path("notify.sock"))
        self.notify.settimeout(LIMIT_S)

    def tearDown(self):
        self.notify.close()
        if self.monitor is not None:
            self.monitor.kill()
            self.monitor.communicate()
        super().tearDown()

    def start(self):
        self.monitor = subprocess.Popen(
            [HISS, "monitor", "--config", self.path("plant.toml")], stdin=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=self.dir,
            env={**os.environ, "NOTIFY_SOCKET": self.path("notify.sock")})
        self.assertEqual(self.told(), "READY=1")

    def told(self):
        """The next thing that systemd would be told."""
        return self.notify.recv(1000).decode()

    def ctl(self, *arguments, code=OK):
        run = subprocess.run([HISS, "ctl", "--control", self.control, *arguments],
                             capture_output=True, timeout=LIMIT_S, check=False)
        self.assertEqual(run.returncode, code, run.stderr.decode())
        return (run.stdout if code == OK else run.stderr).decode()

    def ask(self, *arguments):
        return json.loads(self.ctl("--json", *arguments))

    def feed(self, values):
        """Rows of one channel, which are scored when it returns."""
        before = self.ask("status")["rows"]
        self.monitor.stdin.write("".join(f'{{"temp":{v}}}\n' for v in values).encode())
        self.monitor.stdin.flush()
        end = time.monotonic() + LIMIT_S
        while self.ask("status")["rows"] < before + len(values):
            self.assertLess(time.monotonic(), end, "the rows are not scored")
            time.sleep(0.01)

    def stop(self, number=signal.SIGTERM):
        self.monitor.send_signal(number)
        self.assertEqual(self.told(), "STOPPING=1")
        _, log = self.monitor.communicate(timeout=LIMIT_S)
        self.assertEqual(self.monitor.returncode, OK, log)
        self.monitor = None
        return log.decode()

    def events(self):
        with open(self.path("alerts.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_is_asked_and_told(self):
        self.start()
        self.feed([20.0 + 0.1 * (i * 7919 % 13) for i in range(2000)] + [500.0] * 5)
        status = self.ask("status")
        self.assertEqual((status["rows"], status["streams"], status["malformed"]), (2005, 1, 0))
        self.assertIn("1 streams", self.ctl("status"))
        stream = self.ask("streams")["streams"][0]
        self.assertEqual((stream["rows"], stream["channels"]), (2005, 1))
        self.assertEqual(self.ask("streams", "nothing*")["streams"], [])
        alerts = self.ask("alerts")["alerts"]
        self.assertEqual(len(alerts), 1)
        name = alerts[0]["id"]
        self.assertIn(name, self.ctl("alerts"))
        self.ctl("ack", name, "on", "my", "way")
        self.ctl("label", name, "fault", 'bearing, "B"')
        labels = list(csv.DictReader(io.StringIO(self.ctl("labels", "--csv"))))
        self.assertEqual(len(labels), 1)
        self.assertEqual((labels[0]["id"], labels[0]["label"], labels[0]["note"]),
                         (name, "fault", 'bearing, "B"'))
        self.assertIn("expected one of this run", self.ctl("ack", "nobody", code=USAGE))
        self.assertIn("a time such as", self.ctl("mute", "*", "soon", code=USAGE))
        self.ctl("mute", "*", "10m")
        self.ctl("unmute", "*")
        self.ctl("save")
        self.assertTrue(os.path.exists(self.path("state", "main.state")))
        self.stop()
        self.assertFalse(os.path.exists(self.control))
        phases = {event["phase"]: event for event in self.events() if event["id"] == name}
        self.assertLessEqual({"began", "acknowledged", "labelled"}, set(phases))
        self.assertEqual(phases["acknowledged"]["note"], "on my way")
        self.assertEqual(phases["labelled"]["label"], "fault")
        with open(self.path("state", "labels.jsonl"), encoding="utf-8") as file:
            self.assertEqual([json.loads(line)["id"] for line in file], [name])

    def test_reloads_or_goes_on_as_before(self):
        self.start()
        self.feed([1.0] * 100)
        with open(self.path("plant.toml"), "a", encoding="utf-8") as file:
            file.write("[defaults]\nno_data = 0\n")
        self.ctl("reload")
        self.monitor.send_signal(signal.SIGHUP)
        self.assertEqual(self.told().split("\n")[0], "RELOADING=1")
        self.assertEqual(self.told(), "READY=1")
        with open(self.path("plant.toml"), "a", encoding="utf-8") as file:
            file.write("hold_rwos = 3\n")
        self.assertIn('plant.toml:12: defaults.hold_rwos: expected "hold_rows"',
                      self.ctl("reload", code=USAGE))
        self.monitor.send_signal(signal.SIGHUP)
        self.assertEqual(self.told().split("\n")[0], "RELOADING=1")
        self.assertEqual(self.told(), "READY=1")
        self.feed([1.0] * 100)
        self.assertEqual(self.ask("streams")["streams"][0]["rows"], 200)
        self.assertIn("hold_rwos", self.stop())

    def test_one_monitor_listens_at_a_path(self):
        self.start()
        second = subprocess.run([HISS, "monitor", "stdin:", "--control", self.control,
                                 "--detector", "ewma"],
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S,
                                check=False)
        self.assertEqual(second.returncode, USAGE, second.stderr)
        self.assertIn(b"no other monitor that listens there", second.stderr)
        self.ctl("status")
        self.monitor.send_signal(signal.SIGKILL)
        self.monitor.communicate()
        self.assertIn("expected a monitor that listens there", self.ctl("status", code=INPUT))
        self.start()  # takes the dead one's socket over
        self.ctl("status")
        self.stop(signal.SIGINT)

    def test_says_what_is_wrong_with_a_configuration(self):
        check = [HISS, "monitor", "--config", self.path("plant.toml"), "--check-config"]
        subprocess.run(check, check=True, stdout=subprocess.DEVNULL, timeout=LIMIT_S)
        for text, said in ((CONFIG + "[[sink]]\nuri = \"nope:x\"\n", "plant.toml:10: nope:x"),
                           (CONFIG + "[[sink]]\nuri = \"jsonl:-\"\nwhta = \"all\"\n",
                            'expected the option "what", found "whta"'),
                           (CONFIG + "[monitor\n", "plant.toml:10: expected a TOML file")):
            with open(self.path("plant.toml"), "w", encoding="utf-8") as file:
                file.write(text)
            run = subprocess.run(check, capture_output=True, timeout=LIMIT_S, check=False)
            self.assertEqual(run.returncode, USAGE, run.stderr)
            self.assertIn(said, run.stderr.decode())


class Unit(HissTest):
    def setUp(self):
        super().setUp()
        prefix = self.path("prefix")
        subprocess.run([CMAKE, "--install", BUILD, "--prefix", prefix, "--component", "cli"],
                       check=True, stdout=subprocess.DEVNULL)
        folder = os.path.join(prefix, "lib", "systemd", "system")
        self.program = os.path.join(prefix, "bin", "hiss")
        self.example = os.path.join(prefix, "share", "doc", "hiss", "examples", "monitor.toml")
        self.units = {name: os.path.join(folder, name)
                      for name in ("hiss-monitor.service", "hiss-monitor@.service")}

    def read(self, name):
        unit = configparser.RawConfigParser(strict=False)  # keys may come twice
        unit.optionxform = str
        unit.read(self.units[name])
        return unit

    def test_is_sandboxed(self):
        for name, config in (("hiss-monitor.service", "/etc/hiss/monitor.toml"),
                             ("hiss-monitor@.service", "/etc/hiss/%i.toml")):
            with open(self.units[name], encoding="utf-8") as file:
                self.assertIsNone(re.search(r"@[A-Z_]+@", file.read()))
            service = self.read(name)["Service"]
            self.assertEqual(service["ExecStart"],
                             f"{self.program} monitor --config {config} --journal")
            for key, value in (("Type", "notify"), ("DynamicUser", "yes"),
                               ("ProtectSystem", "strict"), ("NoNewPrivileges", "yes"),
                               ("PrivateDevices", "yes"), ("CapabilityBoundingSet", ""),
                               ("Restart", "on-failure"),
                               ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX")):
                self.assertEqual(service[key], value)
            for key in ("StateDirectory", "RuntimeDirectory", "MemoryMax", "SystemCallFilter",
                        "WatchdogSec"):
                self.assertTrue(service[key])
            self.assertIn("-HUP", service["ExecReload"])

    @unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd-analyze")
    def test_systemd_takes_it(self):
        one = self.units["hiss-monitor.service"]
        several = self.units["hiss-monitor@.service"].replace("@.", "@plant.")
        for unit in (one, several):
            run = subprocess.run(["systemd-analyze", "verify", "--man=no", unit],
                                 capture_output=True, timeout=LIMIT_S, check=False)
            self.assertEqual(run.returncode, 0, run.stderr.decode())
            self.assertNotIn("hiss", run.stderr.decode())  # other units may have their faults
        run = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20",
                              one], capture_output=True, timeout=LIMIT_S, check=False)
        self.assertEqual(run.returncode, 0, run.stdout.decode())

    def test_the_example_fits_it(self):
        """What the unit sets is all that the installed example needs."""
        environment = {"PATH": os.environ["PATH"], "HOME": self.dir,
                       "STATE_DIRECTORY": self.path("state"),
                       "RUNTIME_DIRECTORY": self.path("run"), "LOGS_DIRECTORY": self.path("log")}
        with open(self.example, encoding="utf-8") as file:
            text = file.read()
        # Without MQTT in this build the source cannot be made; the rest is read all the same.
        with open(self.path("monitor.toml"), "w", encoding="utf-8") as file:
            file.write('[[sink]]\nuri = "jsonl:-"\n' + text.replace("mqtt://localhost/plant/#",
                                                                    "udp://127.0.0.1:9000"))
        run = subprocess.run([self.program, "monitor", "--config", self.path("monitor.toml"),
                              "--check-config", "--detector", "ewma"],
                             env=environment, capture_output=True, timeout=LIMIT_S, check=False)
        self.assertEqual(run.returncode, OK, run.stderr)


if __name__ == "__main__":
    main()
