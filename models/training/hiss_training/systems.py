# SPDX-License-Identifier: Apache-2.0
"""Hiss as the evaluation runs it: the real program, and the PyTorch twin of a checkpoint.

A system takes and gives lists of float arrays at 16 kHz; NotRun says in one line why it cannot.
"""
from __future__ import annotations

import fractions
import json
import pathlib
import pickle
import subprocess
import tempfile

import numpy as np
import soundfile

from .peers import NotRun

RATE = 16000


def resample(samples: np.ndarray, source: int, target: int) -> np.ndarray:
    if source == target:
        return samples
    from scipy.signal import resample_poly
    ratio = fractions.Fraction(target, source)
    return resample_poly(samples, ratio.numerator, ratio.denominator)


class Program:
    """`hiss denoise` over float WAV files at `rate` (one call for all of them)."""

    def __init__(self, program: str, model: str | None, rate: int = RATE):
        self.program, self.model, self.rate = program, model, rate
        name = pathlib.Path(model).stem if model else ""
        self.label = f"Hiss {name}".strip() + ("" if rate == RATE else f", {rate / 1000:g} kHz")
        self.version = ""

    def __call__(self, recordings) -> list[np.ndarray]:
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            names = [f"{i:05}.wav" for i in range(len(recordings))]
            for name, samples in zip(names, recordings):
                soundfile.write(str(work / name), resample(samples, RATE, self.rate), self.rate,
                                subtype="FLOAT")
            (work / "out").mkdir()
            command = [self.program, "denoise", *(str(work / name) for name in names), "-o",
                       str(work / "out"), "--json"]
            if self.model:
                command += ["--model", self.model]
            try:
                done = subprocess.run(command, capture_output=True, text=True, check=False)
            except OSError as error:
                raise NotRun(f"{self.program}: {error.strerror}") from error
            if done.returncode != 0:
                lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
                raise NotRun(lines[-1].split(", found no such file")[0])
            report = json.loads(done.stdout)
            self.version = (f"hiss {report['hiss']}, {report['model']['name']}, latency "
                            f"{1e3 * report['files'][0]['latency_samples'] / self.rate:.1f} ms")
            return [resample(soundfile.read(str(work / "out" / name), dtype="float64")[0],
                             self.rate, RATE) for name in names]


class Checkpoint:
    """The EMA weights of a training checkpoint in PyTorch, whole clips on the CPU."""

    rate = RATE

    def __init__(self, text: str):
        """`text`: FILE or LABEL=FILE."""
        label, _, path = text.rpartition("=")
        self.path = pathlib.Path(path)
        self.label = f"Hiss {label or self.path.stem} (PyTorch)"
        self.version = f"checkpoint {self.path.name}"
        self.net = None

    def load(self):
        import torch
        from .network import NetConfig, SubbandMamba
        try:
            state = torch.load(str(self.path), map_location="cpu")
            net = SubbandMamba(NetConfig(**state["config"])).eval()
            net.load_state_dict(state["ema"])
        except (OSError, KeyError, TypeError, RuntimeError, pickle.UnpicklingError) as error:
            raise NotRun(f"{self.path.name}: {error}".splitlines()[0]) from error
        self.version += f", step {state.get('step', 'unknown')}"
        return net

    def __call__(self, recordings) -> list[np.ndarray]:
        import torch
        self.net = self.net or self.load()
        torch.set_num_threads(1)  # the steps are small: more threads make it slower
        with torch.no_grad():
            return [self.net(torch.from_numpy(np.asarray(x)).float()[None])[0].double().numpy()
                    for x in recordings]


class Folder:
    """Files that another program wrote, by the names of the recordings: LABEL=DIR."""

    def __init__(self, text: str):
        self.label, _, folder = text.partition("=")
        self.folder = pathlib.Path(folder)
        self.version = ""

    def read(self, pairs) -> list[np.ndarray]:
        outputs = []
        for pair in pairs:
            path = self.folder / pair.noisy.name
            if not path.is_file():
                raise NotRun(f"{self.folder.name} has no {pair.noisy.name}")
            samples, rate = soundfile.read(str(path), dtype="float64")
            outputs.append(resample(samples, rate, RATE))
        return outputs


class Copy:
    """The noisy input as it is; at another rate, there and back: what resampling alone does."""

    def __init__(self, rate: int = RATE):
        self.rate, self.version = rate, ""
        self.label = "noisy" if rate == RATE else f"noisy, {rate / 1000:g} kHz and back"

    def __call__(self, recordings) -> list[np.ndarray]:
        return [resample(resample(x, RATE, self.rate), self.rate, RATE) for x in recordings]
