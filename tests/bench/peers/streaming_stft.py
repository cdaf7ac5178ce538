# SPDX-License-Identifier: Apache-2.0
"""Short-time spectra hop by hop, in NumPy, for networks that come without a transform."""
import numpy as np


class StreamingStft:
    """Analysis of the newest `n_fft` samples and overlap-add of the last ones of each block.

    Windows of any shape, analysis [n_fft], synthesis [hop to n_fft]: of a block as many samples are
    used as it is long. The output comes len(synthesis) - hop samples after the input. One instance
    a stream.
    """

    def __init__(self, analysis, synthesis, hop: int):
        self.analysis = np.asarray(analysis, np.float32)
        self.synthesis = np.asarray(synthesis, np.float32)
        self.hop = hop
        self.input = np.zeros(len(self.analysis), np.float32)
        self.output = np.zeros(len(self.synthesis), np.float32)

    def analyse(self, samples) -> np.ndarray:
        """samples [hop] -> spectrum [n_fft / 2 + 1] of the window that ends with them."""
        self.input = np.concatenate([self.input[self.hop:], samples])
        return np.fft.rfft(self.input * self.analysis)

    def synthesise(self, spectrum) -> np.ndarray:
        """spectrum [n_fft / 2 + 1] -> the next finished samples [hop]."""
        return self.add(np.fft.irfft(spectrum, len(self.analysis)))

    def add(self, block) -> np.ndarray:
        """block [n_fft] -> the next finished samples [hop]."""
        self.output += (block[-len(self.synthesis):] * self.synthesis).astype(np.float32)
        done = self.output[:self.hop].copy()
        self.output = np.concatenate([self.output[self.hop:], np.zeros(self.hop, np.float32)])
        return done
