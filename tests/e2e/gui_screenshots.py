#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pictures of all pages of the desktop application at work, in light and dark, on a small and a
large screen and one of fine pixels, written to HISS_SCREENSHOTS. No test: to be looked at.

    HISS_SCREENSHOTS=DIR HISS_GUI_BIN=build/release/bin/hiss-gui tests/e2e/gui_screenshots.py [PAGE]…
"""

import os
import shutil
import sys
import tempfile
import time

from hiss_e2e import write
from screen import wait_for, window_of

GUI = os.environ.get("HISS_GUI_BIN", "hiss-gui")
AUDIO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/audio")
RECORDINGS = ("cafe_noisy.flac", "rain_noisy.flac")
SCREENS = ((1280, 800, 1), (2560, 1440, 1), (3840, 2160, 2))  # the last one: pixels a point
FILLED_S = 14.0  # the live views hold less


def show_live(screen, folder, scale):
    time.sleep(FILLED_S)


def show_state(screen, folder, scale):
    screen.key("ctrl+4")
    time.sleep(FILLED_S)


def show_files(screen, folder, scale):
    screen.wait_until_still()
    screen.key("ctrl+Return")
    results = set(RECORDINGS)
    wait_for("the results", lambda: len(
        [name for _, _, names in os.walk(os.path.join(folder, "recordings"))
         for name in names if name not in results]) == len(RECORDINGS), 300.0)
    screen.wait_until_still()
    screen.click(60 * scale, 133 * scale)  # the first recording
    screen.wait_until_still()


def show_sensors(screen, folder, scale):
    screen.wait_until_still()
    screen.click(int(0.05 * screen.width), int(0.79 * screen.height))  # one of the alerts
    screen.wait_until_still()


PAGES = {"live": show_live, "files": show_files, "sensors": show_sensors, "state": show_state}


def take(page, theme, size, scale, shots):
    with tempfile.TemporaryDirectory(prefix="hiss-shots-") as folder:
        write(os.path.join(folder, "config/hiss/hiss-gui.ini"), b"[sensors]\ndemo_speed=max\n")
        program = [GUI, "--theme", theme, "--language", "en", "--page",
                   "live" if page == "state" else page]
        if page == "files":
            recordings = os.path.join(folder, "recordings")
            os.mkdir(recordings)
            program += [shutil.copy(os.path.join(AUDIO, name), recordings) for name in RECORDINGS]
        else:
            program += ["--demo"]
        with window_of(program, folder, size=size,
                       environment={"QT_SCALE_FACTOR": str(scale)}) as (screen, _):
            PAGES[page](screen, folder, scale)
            screen.do("mousemove", size[0] - 1, size[1] - 1)
            screen.picture().save(os.path.join(shots, f"{page}_{theme}_{size[0]}x{size[1]}.png"))


def main():
    shots = os.environ.get("HISS_SCREENSHOTS")
    pages = sys.argv[1:] or list(PAGES)
    if not shots or not set(pages) <= set(PAGES):
        sys.exit(__doc__)
    os.makedirs(shots, exist_ok=True)
    for page in pages:
        for theme in ("light", "dark"):
            for *size, scale in SCREENS:
                take(page, theme, size, scale, shots)


if __name__ == "__main__":
    main()
