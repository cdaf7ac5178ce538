# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: running the real `hiss`, making and reading WAV files.

Environment: HISS_BIN (the program) and HISS_MODEL (a model file with random weights).
"""

import array
import hashlib
import json
import math
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

HISS = os.environ.get("HISS_BIN", "hiss")
MODEL = os.environ.get("HISS_MODEL", "")

# Exit codes of app/engine/exit_codes.h.
OK, INTERNAL, USAGE, INPUT, MODEL_ERROR, OUTPUT, SOME_FAILED = range(7)

PCM, FLOAT = 1, 3


def noisy_tone(samples, channels=1, seed=1):
    """Interleaved samples in -1 ... 1: a tone a channel, and noise."""
    noise = random.Random(seed)
    return [
        0.25 * math.sin(0.05 * (c + 1) * i) + 0.05 * noise.uniform(-1.0, 1.0)
        for i in range(samples)
        for c in range(channels)
    ]


def encode(values, bits, tag=PCM):
    if tag == FLOAT:
        return struct.pack(f"<{len(values)}{'f' if bits == 32 else 'd'}", *values)
    top = 2 ** (bits - 1)
    integers = [max(-top, min(top - 1, round(v * top))) for v in values]
    if bits == 8:
        return bytes(v + 128 for v in integers)
    if bits == 24:
        return b"".join(v.to_bytes(3, "little", signed=True) for v in integers)
    return struct.pack(f"<{len(integers)}{'h' if bits == 16 else 'i'}", *integers)


def wav_bytes(data, rate=16000, channels=1, bits=16, tag=PCM, data_size=None, extra=b""):
    """A WAV file; `data_size` overrides what the header says, `extra` are chunks before the data."""
    width = channels * bits // 8
    fmt = struct.pack("<HHIIHH", tag, channels, rate, (rate * width) & 0xFFFFFFFF, width & 0xFFFF, bits)
    size = len(data) if data_size is None else data_size
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + extra + b"data" + struct.pack("<I", size)
    riff = min(0xFFFFFFFF, len(body) + size + (size & 1))
    return b"RIFF" + struct.pack("<I", riff) + body + data + (b"\0" if len(data) & 1 else b"")


def write(path, content):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return path


def write_wav(path, samples=16000, rate=16000, channels=1, bits=16, tag=PCM, values=None, **header):
    values = noisy_tone(samples, channels) if values is None else values
    return write(path, wav_bytes(encode(values, bits, tag), rate, channels, bits, tag, **header))


class Wav:
    """A WAV file taken apart without any library."""

    def __init__(self, content):
        if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
            raise ValueError("not a WAV file")
        self.riff_size = struct.unpack("<I", content[4:8])[0]
        self.chunks = {}
        at = 12
        while at + 8 <= len(content):
            tag, size = content[at : at + 4], struct.unpack("<I", content[at + 4 : at + 8])[0]
            self.chunks.setdefault(tag, content[at + 8 : at + 8 + size])
            if len(content) < at + 8 + size:
                raise ValueError(f"chunk {tag} is cut off")
            at += 8 + size + (size & 1)
        self.tag, self.channels, self.rate, _, _, self.bits = struct.unpack(
            "<HHIIHH", self.chunks[b"fmt "][:16]
        )
        self.data = self.chunks[b"data"]
        self.samples = len(self.data) // (self.channels * self.bits // 8)

    @classmethod
    def read(cls, path):
        with open(path, "rb") as file:
            return cls(file.read())

    def values16(self):
        values = array.array("h")
        values.frombytes(self.data)
        return values

    def floats(self):
        values = array.array("f")
        values.frombytes(self.data)
        return values


class HissTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="hiss-e2e-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def files(self):
        """Every file below the test's folder, hidden ones too, but for the journals of batches."""
        return [f for f in self.all_files() if not os.path.basename(f).startswith(".hiss-journal")]

    def all_files(self):
        return sorted(
            os.path.relpath(os.path.join(folder, name), self.dir)
            for folder, _, names in os.walk(self.dir)
            for name in names
        )

    def tree(self, folder="out"):
        """SHA-256 of every file below `folder`, hidden ones too, but journals, by its name there."""
        tree = {}
        for name in self.files():
            if name.startswith(folder + "/"):
                with open(self.path(name), "rb") as file:
                    tree[name[len(folder) + 1:]] = hashlib.sha256(file.read()).hexdigest()
        return tree

    def hiss(self, *arguments, code=OK, model=MODEL, **options):
        """Runs `hiss`; returns the finished process with text output. Checks the exit code."""
        command = [HISS, *arguments]
        if model and arguments and arguments[0] in ("denoise", "plot") and "--after" not in arguments:
            command += ["--model", model]
        options.setdefault("stdin", subprocess.DEVNULL)
        if "input" in options:
            del options["stdin"]
        done = subprocess.run(command, capture_output=True, timeout=300, check=False, **options)
        done.stderr = done.stderr.decode()
        if code is not None:
            self.assertEqual(done.returncode, code, f"{command}\n{done.stderr}")
        if code == OK:
            self.assertEqual(done.stderr, "", command)
        return done

    def denoise_json(self, *arguments, code=OK, **options):
        done = self.hiss("denoise", *arguments, "--json", code=code, **options)
        return json.loads(done.stdout)

    def assert_one_line(self, stderr, *parts):
        """One line "hiss: PATH: expected ..., found ..." that holds each of `parts`."""
        self.assertEqual(stderr.count("\n"), 1, stderr)
        self.assertTrue(stderr.startswith("hiss: "), stderr)
        self.assertRegex(stderr, r": .*expected .*, found .*\n$")
        for part in parts:
            self.assertIn(str(part), stderr)


def main():
    if not MODEL or not os.path.exists(MODEL):
        sys.exit("HISS_MODEL must name a model file")
    unittest.main(verbosity=2)
