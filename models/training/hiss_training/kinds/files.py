# SPDX-License-Identifier: Apache-2.0
"""Model files of the task `sequence` (models/README.md), from and to `SequenceNet`."""
from __future__ import annotations

import json

import numpy as np
import torch

from .. import safetensors_io
from ..export import model_tensors
from .sizes import RECURRENT
from .stack import SequenceNet, StackConfig


def save_sequence(path, net: SequenceNet, card: dict) -> None:
    """Throws ValueError for a kind that the engine does not run."""
    kind = net.cfg.sizes.kind
    if kind not in RECURRENT:
        raise ValueError(f"block: expected one of {', '.join(RECURRENT)}, found {kind}")
    safetensors_io.save(str(path), model_tensors(net.state_dict()), {
        "hiss.format": "2", "hiss.task": "sequence", "hiss.config": net.cfg.to_json(),
        "hiss.card": json.dumps(card, ensure_ascii=False)})


def load_sequence(path) -> SequenceNet:
    tensors, metadata = safetensors_io.load(str(path))
    net = SequenceNet(StackConfig.from_json(metadata["hiss.config"]))
    net.load_state_dict({name: torch.from_numpy(value.astype(np.float32))
                         for name, value in tensors.items()})
    return net
