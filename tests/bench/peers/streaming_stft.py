# SPDX-License-Identifier: Apache-2.0
"""Short-time spectra hop by hop, in NumPy, for networks that come without a transform."""
import numpy as np


class StreamingStft:
    """Analysis of the newest `n_fft` samples and overlap-add; windows [n_fft] of any shape.

    Output hop k belongs to the input hop n_fft / hop - 1 hops before. One instance a stream.
    """

    def __init__(self, analysis, synthesis, hop: int):
        self.analysis = np.asarray(analysis, np.float32)
        self.synthesis = np.asarray(synthesis, np.float32)
        self.hop = hop
        self.input = np.zeros(len(self.analysis), np.float32)
        self.output = np.zeros(len(self.analysis), np.float32)

    def analyse(self, samples) -> np.ndarray:
        """samples [hop] -> spectrum [n_fft / 2 + 1] of the window that ends with them."""
        self.input = np.concatenate([self.input[self.hop:], samples])
        return np.fft.rfft(self.input * self.analysis)

    def synthesise(self, spectrum) -> np.ndarray:
        """spectrum [n_fft / 2 + 1] -> the next finished samples [hop]."""
        return self.add(np.fft.irfft(spectrum, len(self.synthesis)))

    def add(self, block) -> np.ndarray:
        """block [n_fft] -> the next finished samples [hop]."""
        self.output += (block * self.synthesis).astype(np.float32)
        done = self.output[:self.hop].copy()
        self.output = np.concatenate([self.output[self.hop:], np.zeros(self.hop, np.float32)])
        return done
