# SPDX-License-Identifier: Apache-2.0
"""The desktop application on a screen without hardware, driven by real key and mouse events."""

import contextlib
import os
import subprocess
import time
import unittest
from unittest import mock

from hiss_e2e import FLOAT, MODEL, HissTest, Wav, main, write, write_wav
from screen import Screen, missing_tools, wait_for, window_of
from sound_server import SoundServer, why_no_server

GUI = os.environ.get("HISS_GUI_BIN", "hiss-gui")
DRAG_SOURCE = os.environ.get("HISS_DRAG_SOURCE", "")
DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/audio/cafe_noisy.flac")

RATE = 16000  # of the demo

# Where things are on the screen, as shares of it: the page, and the hidden state beside it.
PAGE = (0.0, 0.12, 0.58, 0.95)
STATE = (0.65, 0.12, 1.0, 0.95)
LANES = (0.2, 0.3, 0.58, 0.6)
ALERT = (0.03, 0.782, 0.4, 0.802)
METERS = (0.535, 0.3, 0.59, 0.8)
METER_GREEN = (0x00, 0x7a, 0x58)
HEAT_MAP = (0.68, 0.32, 0.97, 0.48)
NOTICE_ICON = (0.013, 0.155, 0.028, 0.19)
YELLOW, BLUE = (0xff, 0xff, 0x00), (0x00, 0x00, 0xff)  # of warnings and of what is good to know
PICTURES = (0.05, 0.35, 0.5, 0.65)


class Window(HissTest):
    @contextlib.contextmanager
    def running(self, *options, **how):
        """The program with a light window; see window_of."""
        with window_of([GUI, "--theme", "light", *options], self.dir, **how) as (screen, program):
            yield screen, program
            self.assertIsNone(program.poll(), "the program ended by itself")

    def moves(self, screen, part, share=0.02):
        """True once at least this share of a part of the screen changed."""
        before = screen.picture().part(*part)
        return wait_for(f"something to move in {part}",
                        lambda: screen.picture().part(*part).changed_share(before) >= share)

    def settings(self, text):
        write(self.path("config/hiss/hiss-gui.ini"), text.encode())


class ScreenItself(HissTest):
    BAD_WINDOW = "echo 'X Error of failed request:  BadWindow' >&2; exit 1"

    def windows_by(self, *answers):
        """What Screen.windows finds where xdotool does this at its first call, its second one, …"""
        tool = self.path("bin/xdotool")
        calls = self.path("calls")
        cases = "".join(f"{number}) {answer};;\n" for number, answer in enumerate(answers, 1))
        write(tool, f"#!/bin/sh\necho >>{calls}\ncase $(wc -l <{calls}) in\n{cases}esac\n".encode())
        os.chmod(tool, 0o755)
        screen = Screen()
        screen.display = ":0"
        with mock.patch.dict(os.environ, PATH=f"{self.path('bin')}:{os.environ['PATH']}"):
            return screen.windows()

    def test_window_gone_under_a_search_hides_no_other(self):
        self.assertEqual(self.windows_by(self.BAD_WINDOW, self.BAD_WINDOW, "echo 7; echo 8"),
                         ["7", "8"])

    def test_no_window_is_found_at_once(self):
        self.assertEqual(self.windows_by("exit 1", "echo 7"), [])

    def test_search_that_always_fails_is_told(self):
        with self.assertRaisesRegex(RuntimeError, "BadWindow"):
            self.windows_by(*[self.BAD_WINDOW] * 100)


@unittest.skipIf(missing_tools(), f"missing: {missing_tools()}")
class Gui(Window):
    def test_pages_change_and_ctrl_q_ends(self):
        with Screen() as screen:
            program = subprocess.Popen(
                [GUI, "--theme", "light"],
                env={**os.environ, "DISPLAY": screen.display, "QT_QPA_PLATFORM": "xcb",
                     "HOME": self.dir, "XDG_CONFIG_HOME": self.path("config")})
            window = wait_for("the window", lambda: screen.windows())[0]
            screen.do("windowfocus", window)
            for number, title in enumerate(("Live", "Files", "Sensors", "State"), 1):
                screen.key(f"ctrl+{number}")
                wait_for(f"the page {title}", lambda: screen.windows(f"^{title}"))
            screen.key("ctrl+q")
            self.assertEqual(program.wait(60), 0)
        # It begins where it ended.
        with self.running() as (screen, _):
            self.assertTrue(screen.windows("^State"))

    def test_live_demo_moves_all_views(self):
        with self.running("--page", "live", "--demo") as (screen, _):
            for part in (PAGE, STATE, METERS, HEAT_MAP):
                self.moves(screen, part)
            screen.key("ctrl+4")  # the hidden state by itself
            wait_for("the state", lambda: screen.windows("^State"))
            self.moves(screen, PAGE)
            screen.key("ctrl+1", "F9")  # the page by itself
            wait_for("the page", lambda: screen.windows("^Live"))
            self.moves(screen, PAGE)

    def test_sensors_demo_raises_an_alert(self):
        self.settings("[sensors]\ndemo_speed=max\n")
        with self.running("--page", "sensors", "--demo") as (screen, _):
            # The first line of the table of alerts is empty until there is one.
            for part, colours in ((ALERT, 3), (LANES, 3), (STATE, 20)):
                wait_for(f"the demo in {part}",
                         lambda: len(screen.picture().part(*part).colours()) > colours)

    def recordings(self):
        return [write_wav(self.path("recordings", name), samples=24000, channels=channels)
                for name, channels in (("one.wav", 1), ("two.wav", 2))]

    @contextlib.contextmanager
    def queue(self, *options):
        """The program on the page of files, whose results go to the folder `out`."""
        self.settings(f"[files]\nmodel={MODEL}\nin_folder=true\nfolder={self.path('out')}\n")
        with self.running("--page", "files", *options) as (screen, _):
            yield screen

    def finish(self, screen, *inputs):
        """Starts the queue; its results must be what `hiss denoise` makes of these inputs."""
        self.hiss("denoise", *inputs, "-o", self.path("expected") + "/", "--quiet")
        expected = self.tree("expected")
        screen.wait_until_still()
        screen.key("ctrl+Return")
        wait_for("the results", lambda: sorted(self.tree("out")) == sorted(expected))
        self.assertEqual(self.tree("out"), expected)
        self.assertEqual(len(expected), 2)

    def test_dropped_files_become_what_hiss_denoise_writes(self):
        recordings = self.recordings()
        with self.queue() as screen:
            source = subprocess.Popen([DRAG_SOURCE, *recordings],
                                      env={**os.environ, "DISPLAY": screen.display,
                                           "QT_QPA_PLATFORM": "xcb"})
            try:
                wait_for("the files to be dragged", lambda: screen.windows("^drag source"))
                screen.wait_until_still()
                before = screen.picture().part(*PAGE)
                screen.drag((10, screen.height - 10), (400, 250))
                wait_for("the files in the queue",
                         lambda: screen.picture().part(*PAGE).changed_share(before) > 0.001)
            finally:
                source.kill()
                source.wait()
            screen.do("windowfocus", screen.windows("^Files")[0])
            self.finish(screen, *recordings)

    def test_opened_folder_becomes_what_hiss_denoise_writes(self):
        self.recordings()
        with self.queue(self.path("recordings")) as screen:
            self.finish(screen, self.path("recordings"))

    def record_output(self, screen, name):
        """Some seconds of what is heard, as floats."""
        path = self.path(name)
        screen.key("ctrl+r")
        screen.answer("Record the output", path)
        time.sleep(3.0)
        screen.key("ctrl+r")
        wait_for("the recording", lambda: os.path.exists(path))
        return Wav.read(path).floats()

    def test_kept_original_is_heard_as_it_is(self):
        self.hiss("denoise", DEMO, "-o", self.path("demo.wav"), "--mix", "0", "--subtype", "float",
                  "--quiet")
        demo = Wav.read(self.path("demo.wav")).floats()
        with self.running("--page", "live", "--demo") as (screen, _):
            self.moves(screen, METERS)
            cleaned = self.record_output(screen, "cleaned.wav")
            screen.key("ctrl+b")
            original = self.record_output(screen, "original.wav")
            screen.key("ctrl+b")
            again = self.record_output(screen, "again.wav")

        def share_of_demo(heard):
            """Of tenths of a second, those that are the demo's to the bit: not where it begins
            anew, where the switch is turned, or where a busy computer leaves a gap."""
            pieces = [heard[at:at + RATE // 10].tobytes()
                      for at in range(0, len(heard) - RATE // 10, RATE // 10)]
            return sum(piece in demo.tobytes() for piece in pieces) / len(pieces)
        self.assertGreater(share_of_demo(original), 0.7)
        self.assertEqual(share_of_demo(cleaned), 0.0)
        self.assertLess(share_of_demo(again), 0.3)


@unittest.skipIf(missing_tools(), f"missing: {missing_tools()}")
@unittest.skipIf(why_no_server(), why_no_server())
class GuiOnSoundServer(SoundServer, Window):
    def setUp(self):
        super().setUp()
        self.make_sound_server()

    @staticmethod
    def shows_icon(screen, colour):
        """Whether the place of a notice's icon has some pixels of about this colour."""
        found = screen.picture().part(*NOTICE_ICON).colours()
        return sum(count for pixel, count in found.items()
                   if all(abs(a - b) < 48 for a, b in zip(pixel, colour))) > 5

    def speak(self):
        """Someone speaks into the microphone for a minute."""
        sound = Wav.read(self.path("demo.wav"))
        played = write_wav(self.path("played.wav"), rate=sound.rate, bits=32, tag=FLOAT,
                           values=sound.floats() * 6)
        self.start(["paplay", "--device=played", "--channel-map=front-left", played])

    def test_lost_device_is_shown_and_comes_back(self):
        self.hiss("denoise", DEMO, "-o", self.path("demo.wav"), "--mix", "0", "--subtype", "float",
                  "--quiet")
        self.settings('[live]\ninput="device:ALSA: hiss_in"\noutput="device:ALSA: hiss_out"\n'
                      f'model="file:{MODEL}"\n')
        runtime = {name: self.environment[name]
                   for name in ("XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH")}
        with self.running("--page", "live", environment=runtime) as (screen, _):
            self.speak()
            screen.key("ctrl+l")
            self.moves(screen, METERS)
            self.assertFalse(self.shows_icon(screen, YELLOW))
            self.server.kill()
            self.server.wait(20)
            wait_for("the notice", lambda: self.shows_icon(screen, YELLOW))
            meters = screen.picture().part(*METERS).colours()
            self.assertNotIn(METER_GREEN, meters)
            self.serve()
            wait_for("the notice that it is back", lambda: self.shows_icon(screen, BLUE))
            self.speak()
            wait_for("the meters", lambda: METER_GREEN in screen.picture().part(*METERS).colours())
            self.moves(screen, PICTURES)


if __name__ == "__main__":
    main()
