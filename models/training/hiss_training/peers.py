# SPDX-License-Identifier: Apache-2.0
"""Rival denoisers from public packages, for the evaluation tables."""
from __future__ import annotations

import ctypes
import importlib.util
import pathlib

import numpy as np


class RnNoise:
    """RNNoise 0.2 (xiph) from the shared library in the PyPI package `pyrnnoise`; 48 kHz, 10 ms hops."""

    name = "RNNoise 0.2"

    def __init__(self):
        spec = importlib.util.find_spec("pyrnnoise")
        if spec is None:
            raise RuntimeError("package pyrnnoise is not installed (pip install pyrnnoise)")
        self.lib = ctypes.CDLL(str(pathlib.Path(spec.origin).parent / "librnnoise.so"))
        self.lib.rnnoise_create.restype = ctypes.c_void_p
        self.lib.rnnoise_create.argtypes = [ctypes.c_void_p]
        self.lib.rnnoise_destroy.argtypes = [ctypes.c_void_p]
        floats = ctypes.POINTER(ctypes.c_float)
        self.lib.rnnoise_process_frame.argtypes = [ctypes.c_void_p, floats, floats]
        self.lib.rnnoise_process_frame.restype = ctypes.c_float
        self.hop = self.lib.rnnoise_get_frame_size()

    def __call__(self, noisy: np.ndarray, sample_rate: int) -> np.ndarray:
        """noisy [n] in [-1, 1] at `sample_rate` (16000 or 48000) -> enhanced [n], delay kept."""
        from scipy.signal import resample_poly
        factor = 48000 // sample_rate
        x = resample_poly(noisy, factor, 1).astype(np.float32) * 32768
        x = np.concatenate([x, np.zeros((-len(x)) % self.hop + 4 * self.hop, np.float32)])
        state = self.lib.rnnoise_create(None)
        pieces, out = [], (ctypes.c_float * self.hop)()
        for start in range(0, len(x), self.hop):
            piece = (ctypes.c_float * self.hop)(*x[start:start + self.hop])
            self.lib.rnnoise_process_frame(state, out, piece)
            pieces.append(np.array(out, dtype=np.float32))
        self.lib.rnnoise_destroy(state)
        return resample_poly(np.concatenate(pieces) / 32768, 1, factor)[:len(noisy) + 800]
