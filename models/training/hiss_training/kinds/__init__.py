# SPDX-License-Identifier: Apache-2.0
"""Every kind of recurrent block, and the LSTM and attention beside them, in PyTorch (KINDS.md)."""
from .sizes import KINDS, RECURRENT, Sizes, equal_sizes, make_mixer, parameters
from .stack import SequenceNet, StackConfig

__all__ = ["KINDS", "RECURRENT", "Sizes", "SequenceNet", "StackConfig", "equal_sizes", "make_mixer",
           "parameters"]
