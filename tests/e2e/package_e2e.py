# SPDX-License-Identifier: Apache-2.0
"""The Debian packages: what they hold and need, and that what they install starts."""

import glob
import os
import re
import shutil
import subprocess
import unittest

from hiss_e2e import HissTest, main
from screen import Screen, missing_tools, wait_for

BUILD = os.environ.get("HISS_BUILD_DIR", "")
CPACK = os.environ.get("HISS_CPACK", "cpack")
VERSION = os.environ.get("HISS_VERSION", "")
ID = "io.github.hiss_audio.Hiss"


def output_of(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


@unittest.skipUnless(shutil.which("dpkg-deb") and shutil.which("dpkg-shlibdeps"),
                     "dpkg-deb or dpkg-shlibdeps is missing")
class Package(HissTest):
    def pack(self):
        """Paths of the packages by name, and what they hold laid out in a root of their own."""
        subprocess.run([CPACK, "-G", "DEB", "-B", self.path("packed")], cwd=BUILD, check=True,
                       stdout=subprocess.DEVNULL)
        packages = {}
        for path in glob.glob(self.path("packed", "*.deb")):
            packages[output_of("dpkg-deb", "-f", path, "Package").strip()] = path
        root = self.path("root")
        for path in packages.values():
            subprocess.run(["dpkg-deb", "-x", path, root], check=True)
        return packages, root

    def test_packages(self):
        packages, root = self.pack()
        self.assertEqual(sorted(packages), ["hiss", "hiss-gui"])
        needs = {name: output_of("dpkg-deb", "-f", path, "Depends")
                 for name, path in packages.items()}
        self.assertIn("libsndfile1", needs["hiss"])
        self.assertNotRegex(needs["hiss"], "(?i)libqt")
        self.assertIn(f"hiss (= {VERSION})", needs["hiss-gui"])
        self.assertRegex(needs["hiss-gui"], "libqt6widgets6")
        files = {name: output_of("dpkg-deb", "-c", path) for name, path in packages.items()}
        for name, file in (("hiss", "usr/bin/hiss"),
                           ("hiss", "usr/share/hiss/models/base.safetensors"),
                           ("hiss", "usr/share/man/man1/hiss.1"),
                           ("hiss-gui", "usr/bin/hiss-gui"),
                           ("hiss-gui", "usr/share/man/man1/hiss-gui.1"),
                           ("hiss-gui", "usr/share/hiss/demo/cafe_noisy.flac"),
                           ("hiss-gui", f"usr/share/applications/{ID}.desktop"),
                           ("hiss-gui", f"usr/share/metainfo/{ID}.metainfo.xml"),
                           ("hiss-gui", f"usr/share/icons/hicolor/scalable/apps/{ID}.svg")):
            self.assertRegex(files[name], rf"(?m)\./{re.escape(file)}$")
        self.assertNotIn("hiss-gui", files["hiss"])
        with open(os.path.join(root, "usr/lib/systemd/system/hiss-monitor.service"),
                  encoding="utf-8") as unit:
            self.assertRegex(unit.read(), r"(?m)^ExecStart=/usr/bin/hiss ")

        # No variable of the caller, so that only the program's own place can tell; but what
        # sanitizers are to pass over.
        environment = {"HOME": self.dir, "PATH": os.environ["PATH"],
                       "LSAN_OPTIONS": os.environ.get("LSAN_OPTIONS", "")}
        for program in ("hiss", "hiss-gui"):
            shown = output_of(os.path.join(root, "usr/bin", program), "--version",
                              env=dict(environment, QT_QPA_PLATFORM="offscreen"))
            self.assertIn(VERSION, shown)
        applications = os.path.join(root, "usr/share/applications", f"{ID}.desktop")
        if shutil.which("desktop-file-validate"):
            self.assertEqual(output_of("desktop-file-validate", applications), "")
        if shutil.which("appstreamcli"):
            subprocess.run(["appstreamcli", "validate", "--no-net",
                            os.path.join(root, "usr/share/metainfo", f"{ID}.metainfo.xml")],
                           check=True, stdout=subprocess.DEVNULL)
        if missing_tools():
            self.skipTest(f"{missing_tools()} missing: the installed window was not started")
        with Screen() as screen:
            window = subprocess.Popen(
                [os.path.join(root, "usr/bin/hiss-gui"), "--page", "live", "--demo"],
                env=dict(environment, DISPLAY=screen.display, QT_QPA_PLATFORM="xcb"))
            before = screen.picture()
            wait_for("the window", lambda: screen.picture().changed_share(before) > 0.5)
            self.assertIsNone(window.poll())
            window.terminate()
            self.assertEqual(window.wait(30), 0)


if __name__ == "__main__":
    main()
