# SPDX-License-Identifier: Apache-2.0
"""A screen without hardware (Xvfb), its pixels, and real key and mouse events on it (xdotool)."""

import contextlib
import mmap
import os
import shutil
import struct
import subprocess
import tempfile
import time
import zlib

PATIENCE_S = 60.0
SEARCHES = 10  # for windows, while some go away


def missing_tools():
    return [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]


def wait_for(what, condition, patience_s=PATIENCE_S):
    """The first true value of condition(); fails with `what` if none comes."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited {patience_s:.0f} s for {what}")


class Picture:
    """Pixels of the screen at one moment: 4 bytes each, blue first."""

    def __init__(self, width, height, data):
        self.width, self.height, self.data = width, height, data

    def part(self, left, top, right, bottom):
        """Edges as shares of the picture, 0 to 1."""
        x0, x1 = int(left * self.width), int(right * self.width)
        rows = range(int(top * self.height), int(bottom * self.height))
        data = b"".join(self.data[4 * (y * self.width + x0):4 * (y * self.width + x1)]
                        for y in rows)
        return Picture(x1 - x0, len(rows), data)

    def colours(self):
        """How often each colour (red, green, blue) occurs."""
        counts = {}
        for blue, green, red, _ in struct.iter_unpack("4B", self.data):
            key = (red, green, blue)
            counts[key] = counts.get(key, 0) + 1
        return counts

    def changed_share(self, other):
        """Share of pixels that differ from those of another picture of the same size."""
        if self.data == other.data:
            return 0.0
        pixels = zip(struct.iter_unpack("I", self.data), struct.iter_unpack("I", other.data))
        return sum(a != b for a, b in pixels) / (self.width * self.height)

    def save(self, path):
        rgb = bytearray(3 * self.width * self.height)
        for to, of in enumerate((2, 1, 0)):
            rgb[to::3] = self.data[of::4]
        step = 3 * self.width
        rows = b"".join(b"\0" + rgb[y * step:(y + 1) * step] for y in range(self.height))

        def chunk(kind, body):
            return (struct.pack(">I", len(body)) + kind + body
                    + struct.pack(">I", zlib.crc32(kind + body)))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
                       + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b""))


class Screen:
    """With `with`: the screen is there until the block ends."""

    def __init__(self, width=1280, height=800):
        self.width, self.height = width, height

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="hiss-screen-")
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-fbdir", self.folder, "-nolisten", "tcp",
             "-screen", "0", f"{self.width}x{self.height}x24"],
            pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as number:
            self.display = ":" + number.readline().strip()
        if self.display == ":":
            raise RuntimeError("Xvfb did not start")
        with open(os.path.join(self.folder, "Xvfb_screen0"), "rb") as file:
            self.memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        header = struct.unpack(">25I", self.memory[:100])
        self.offset, self.stride = header[0] + 12 * header[19], header[12]
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()
        self.memory.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def picture(self):
        data = self.memory[self.offset:self.offset + self.stride * self.height]
        if self.stride != 4 * self.width:
            data = b"".join(data[y * self.stride:y * self.stride + 4 * self.width]
                            for y in range(self.height))
        return Picture(self.width, self.height, data)

    def wait_until_still(self, still_s=3.0):
        """Nothing on the screen changes for so long."""
        since = [time.monotonic(), self.picture().data]

        def is_still():
            now = self.picture().data
            if now != since[1]:
                since[:] = [time.monotonic(), now]
            return time.monotonic() - since[0] >= still_s
        wait_for("the window to be still", is_still, 300.0)

    def do(self, *arguments):
        """One command of xdotool."""
        return subprocess.run(["xdotool", *map(str, arguments)], check=True, capture_output=True,
                              env=dict(os.environ, DISPLAY=self.display), text=True).stdout

    def key(self, *keys):
        self.do("key", "--clearmodifiers", *keys)

    def click(self, x, y):
        self.do("mousemove", x, y, "click", 1)

    def drag(self, start, end):
        """From a point to another one with the button held, in steps as a hand makes them."""
        self.do("mousemove", *start, "mousedown", 1)
        for step in range(1, 11):
            self.do("mousemove", *(a + (b - a) * step // 10 for a, b in zip(start, end)),
                    "sleep", 0.1)
        self.do("mouseup", 1)

    def answer(self, title, text):
        """Types a text into the dialog of this title and ends it. Keys go to the other window then,
        as one that manages windows would see to."""
        dialog = wait_for(f"the dialog {title}", lambda: self.windows(f"^{title}"))[0]
        self.do("windowfocus", "--sync", dialog, "key", "ctrl+a", "type", text)
        self.key("Return")
        wait_for(f"the end of {title}", lambda: not self.windows(f"^{title}"))
        self.do("windowfocus", "--sync", self.windows()[0])

    def windows(self, name="."):
        """Ids of the windows on the screen whose titles match, as far as they are ASCII. A search
        dies of a window that goes away under it, and then says nothing of the others: it is
        repeated."""
        for _ in range(SEARCHES):
            found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", name],
                                   capture_output=True, text=True,
                                   env=dict(os.environ, DISPLAY=self.display))
            if not found.stderr:
                return found.stdout.split()
        raise RuntimeError(f"xdotool search: {found.stderr.strip()}")


@contextlib.contextmanager
def window_of(program, folder, size=(1280, 800), environment=None):
    """The program (a command) on a screen of its own that its window fills, and its process; both
    end with the block, the process without an error. Settings are those of `folder`."""
    with Screen(*size) as screen:
        process = subprocess.Popen(
            program, env={**os.environ, "DISPLAY": screen.display, "QT_QPA_PLATFORM": "xcb",
                          "HOME": folder, "XDG_CONFIG_HOME": os.path.join(folder, "config"),
                          "XDG_RUNTIME_DIR": folder, **(environment or {})})
        try:
            window = wait_for("the window", lambda: screen.windows())[0]
            screen.do("windowmove", window, 0, 0, "windowsize", window, *size)
            screen.do("windowfocus", window)
            wait_for("a picture", lambda: len(screen.picture().part(0, 0, 1, 0.1).colours()) > 2)
            yield screen, process
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        # So that what a sanitizer sees at the end is told, too.
        if process.returncode != 0:
            raise AssertionError(f"{program[0]} ended with {process.returncode}")
