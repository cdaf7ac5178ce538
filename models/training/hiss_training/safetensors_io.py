# SPDX-License-Identifier: Apache-2.0
"""Reads and writes .safetensors with numpy alone (f32, f16), the subset Hiss ships."""
from __future__ import annotations

import json
import os

import numpy as np

_NAMES = {np.dtype(np.float32): "F32", np.dtype(np.float16): "F16"}


def save(path: str, tensors: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> None:
    """Writes tensors in name order, 64-byte aligned, and replaces `path` as a whole."""
    header: dict[str, object] = {"__metadata__": dict(sorted((metadata or {}).items()))} \
        if metadata else {}
    offset, blobs = 0, []
    for name in sorted(tensors):
        value = np.ascontiguousarray(tensors[name])
        blob = value.tobytes()
        header[name] = {"dtype": _NAMES[value.dtype], "shape": list(value.shape),
                        "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-(len(text) + 8) % 64)
    part = f"{path}.part"
    with open(part, "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text + b"".join(blobs))
    os.replace(part, path)


def load(path: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Tensors and metadata of a file that `save` wrote."""
    kinds = {v: k for k, v in _NAMES.items()}
    with open(path, "rb") as f:
        data = f.read()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + o for o in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], kinds[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata
