# SPDX-License-Identifier: Apache-2.0
"""What a shipped model file says of its network; needs the standard library only.

one_hop.py computes the 16 kHz core. The head above 8 kHz has nothing to do there and is left out.
"""
import json
import pathlib

FOLDER = (pathlib.Path(__file__).resolve().parents[3] / "models" / "weights").resolve()
DEFAULT = "base"
HEAD = "high_band"  # its key in the configuration; its tensors are HEAD.NAME

# Every key of the core's configuration that one_hop.py follows. It computes another network, or
# none, for a key that is not here: add one together with the part that it asks for.
KEYS = frozenset((
    "arch", "sample_rate", "n_fft", "hop", "synthesis_length", "compress", "channels", "kernel",
    "stride", "n_conv", "conv_kernel", "n_band", "d_model", "n_layer", "d_state", "d_conv",
    "expand", "dt_rank", "band_mult", "chan_mult", "norm_eps", "bn_eps", "features", "band_bias",
    "fullband_d_model", "fullband_rank"))


def shipped() -> list[pathlib.Path]:
    """All denoisers that come with Hiss."""
    return sorted(path for path in FOLDER.glob("*.safetensors")
                  if read_header(path)["__metadata__"]["hiss.task"] == "denoise")


def find(model: str) -> pathlib.Path:
    """The file of a shipped model's name, or `model` as a path."""
    named = (path for path in shipped() if path.stem == model)
    return next(named, pathlib.Path(model).resolve())


def core_config(text: str) -> dict:
    """`hiss.config` without the head; ValueError for what one_hop.py does not compute."""
    config = {key: value for key, value in json.loads(text).items() if key != HEAD}
    unknown = sorted(config.keys() - KEYS)
    if unknown:
        raise ValueError(f"expected a network that one_hop.py computes, found {', '.join(unknown)}")
    return config


def is_core(tensor: str) -> bool:
    return not tensor.startswith(HEAD + ".")


def read_header(path) -> dict:
    """The header of a .safetensors file: tensors by name, and `__metadata__`."""
    with open(path, "rb") as f:
        return json.loads(f.read(int.from_bytes(f.read(8), "little")))
