# SPDX-License-Identifier: Apache-2.0
"""DNSMOS P.835 (Reddy et al. 2022): SIG, BAK and OVRL of a clip without its original.

The network is `dnsmos_models/sig_bak_ovr.onnx` of the package `speechmos` (not the personalised
one), run by onnxruntime as that package's script runs it.

Windows of 9.01 s start every second, so most of the work is done up to nine times. The network up
to its first pooling is a row of convolutions over frames of 10 ms without any figure of the whole
window, so with the package `onnx` that part is cut out and runs once over the clip; only the first
and last frames of a window, which see its ends, are done for each. The figures are the same.
"""
from __future__ import annotations

import functools
import importlib.util
import pathlib

import numpy as np

SAMPLE_RATE = 16000
SECONDS = 9.01
LENGTH = int(SECONDS * SAMPLE_RATE)
# Of the script: from the network's values to SIG, BAK and OVRL.
POLYNOMIALS = ((-0.08397278, 1.22083953, 0.0052439), (-0.13166888, 1.60915514, -0.39604546),
               (-0.06766283, 1.11546468, 0.04602535))
FRAMES_A_SECOND = 100
FRAMES = 900
# Four convolutions of width 3 reach 4 frames: 2 after the pooling. The ends are redone from more.
END_FRAMES, END_POOLED = 16, 2


def model_file() -> pathlib.Path:
    """Where the network is; FileNotFoundError without the package."""
    spec = importlib.util.find_spec("speechmos")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("package speechmos is not installed")
    path = pathlib.Path(spec.submodule_search_locations[0]) / "dnsmos_models" / "sig_bak_ovr.onnx"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: not found")
    return path


def session(model):
    """`model` (path or bytes) on one thread."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class WholeWindows:
    """The network as it is, window by window."""

    def __init__(self):
        self.network = session(str(model_file()))

    def __call__(self, windows) -> list[np.ndarray]:
        """Windows [LENGTH], the next starting a second later -> three values of each."""
        return [self.network.run(None, {"input_1": window[None]})[0][0] for window in windows]


class SharedFrames:
    """The same values with the part up to the first pooling done once."""

    def __init__(self):
        import onnx
        model = onnx.load(str(model_file()))
        nodes = list(model.graph.node)
        first = next(i for i, n in enumerate(nodes) if "conv2d/kernel:0" in n.input)
        pool = next(i for i, n in enumerate(nodes) if n.op_type == "MaxPool")
        output = model.graph.output[0].name
        self.levels_name, self.pooled_name = nodes[first].input[0], nodes[pool].output[0]

        def part(chosen, source, shape, result):
            used = {name for node in chosen for name in node.input}
            tensor = functools.partial(onnx.helper.make_tensor_value_info,
                                       elem_type=onnx.TensorProto.FLOAT)
            graph = onnx.helper.make_graph(
                chosen, "part", [tensor(source, shape=shape)], [tensor(result, shape=None)],
                [i for i in model.graph.initializer if i.name in used])
            made = onnx.helper.make_model(graph, opset_imports=model.opset_import)
            made.ir_version = model.ir_version
            return session(made.SerializeToString())

        self.levels = part(nodes[:first], "input_1", ["n", LENGTH], self.levels_name)
        self.front = part(nodes[first:pool + 1], self.levels_name, ["n", 1, "frame", 161],
                          self.pooled_name)
        self.back = part(nodes[pool + 1:], self.pooled_name, ["n", 32, "frame", 80], output)

    def pooled(self, levels) -> np.ndarray:
        return self.front.run(None, {self.levels_name: levels})[0]

    def __call__(self, windows) -> list[np.ndarray]:
        levels = [self.levels.run(None, {"input_1": w[None]})[0] for w in windows]
        whole = self.pooled(np.concatenate([x[:, :, :FRAMES_A_SECOND] for x in levels[:-1]]
                                           + levels[-1:], axis=2))
        values = []
        for i, own in enumerate(levels):
            start = i * FRAMES_A_SECOND // 2
            pooled = whole[:, :, start:start + FRAMES // 2].copy()
            if len(levels) > 1:
                pooled[:, :, :END_POOLED] = self.pooled(own[:, :, :END_FRAMES])[:, :, :END_POOLED]
                pooled[:, :, -END_POOLED:] = self.pooled(
                    own[:, :, -END_FRAMES:])[:, :, -END_POOLED:]
            values.append(self.back.run(None, {self.pooled_name: pooled})[0][0])
        return values


@functools.lru_cache(maxsize=1)
def network():
    return SharedFrames() if importlib.util.find_spec("onnx") else WholeWindows()


def dnsmos(estimate: np.ndarray, sample_rate: int = SAMPLE_RATE,
           run=None) -> tuple[float, float, float]:
    """(SIG, BAK, OVRL) of `estimate` at 16 kHz, on a scale of 1 to 5.

    As the script does it: the clip is doubled until it has 9.01 s, and each value of each window
    goes through the script's polynomial. Unlike the other figures it hears the level.
    """
    if sample_rate != SAMPLE_RATE:
        raise ValueError(f"DNSMOS: sample rate: expected {SAMPLE_RATE}, found {sample_rate}")
    audio = np.clip(estimate, -1, 1).astype(np.float32)
    while len(audio) < LENGTH:
        audio = np.append(audio, audio)
    count = int(len(audio) // SAMPLE_RATE - SECONDS) + 1
    windows = [audio[i * SAMPLE_RATE:i * SAMPLE_RATE + LENGTH] for i in range(count)]
    rows = [[np.polyval(p, value) for p, value in zip(POLYNOMIALS, values.astype(np.float64))]
            for values in (run or network())(windows)]
    sig, bak, ovrl = np.mean(rows, axis=0)
    return float(sig), float(bak), float(ovrl)
