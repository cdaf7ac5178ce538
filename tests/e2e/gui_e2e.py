# SPDX-License-Identifier: Apache-2.0
"""The desktop application on a screen without hardware, driven by real key and mouse events."""

import contextlib
import os
import subprocess
import unittest

from hiss_e2e import HissTest, main, write
from screen import Screen, missing_tools, wait_for, window_of

GUI = os.environ.get("HISS_GUI_BIN", "hiss-gui")

# Where things are on the screen, as shares of it: the page, and the hidden state beside it.
PAGE = (0.0, 0.12, 0.58, 0.95)
STATE = (0.65, 0.12, 1.0, 0.95)
LANES = (0.2, 0.3, 0.58, 0.6)
ALERT = (0.03, 0.782, 0.4, 0.802)


@unittest.skipIf(missing_tools(), f"missing: {missing_tools()}")
class Gui(HissTest):
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
            self.moves(screen, PAGE)
            self.moves(screen, STATE)
            screen.key("ctrl+4")  # the hidden state by itself
            wait_for("the state", lambda: screen.windows("^State"))
            self.moves(screen, PAGE)
            screen.key("ctrl+1", "F9")  # the page by itself
            wait_for("the page", lambda: screen.windows("^Live"))
            self.moves(screen, PAGE)

    def test_sensors_demo_raises_an_alert(self):
        write(self.path("config/hiss/hiss-gui.ini"), b"[sensors]\ndemo_speed=max\n")
        with self.running("--page", "sensors", "--demo") as (screen, _):
            # The first line of the table of alerts is empty until there is one.
            for part, colours in ((ALERT, 3), (LANES, 3), (STATE, 20)):
                wait_for(f"the demo in {part}",
                         lambda: len(screen.picture().part(*part).colours()) > colours)


if __name__ == "__main__":
    main()
