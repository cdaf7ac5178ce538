# SPDX-License-Identifier: Apache-2.0
"""Recurrent ONNX graphs in onnxruntime, hop by hop; arguments as in python_driver.py.

    ort_hops.py --network hiss|gtcrn|dtln --graph FILE.onnx [--graph SECOND.onnx] --times …

Only the calls of onnxruntime are timed. Inputs, outputs and states stay bound to fixed memory, so
that a call copies nothing.
"""
import json

import numpy as np
import onnxruntime

import python_driver
from export_onnx import make_session
from streaming_stft import StreamingStft

RATE = 16000


class BoundGraph:
    """A graph with one input, one output and states; two bindings take turns with the states."""

    def __init__(self, session):
        self.session = session
        self.inputs = [self.value(i.shape) for i in session.get_inputs()]
        outputs = [self.value(o.shape) for o in session.get_outputs()]
        self.input, self.output = self.inputs[0].numpy(), outputs[0].numpy()
        self.bindings = [self.bind(self.inputs, outputs),
                         self.bind(self.inputs[:1] + outputs[1:], outputs[:1] + self.inputs[1:])]
        self.turn = 0

    @staticmethod
    def value(shape):
        return onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(shape, np.float32))

    def bind(self, inputs, outputs):
        binding = self.session.io_binding()
        for node, value in zip(self.session.get_inputs(), inputs):
            binding.bind_ortvalue_input(node.name, value)
        for node, value in zip(self.session.get_outputs(), outputs):
            binding.bind_ortvalue_output(node.name, value)
        return binding

    def __call__(self, values, watch) -> np.ndarray:
        """`values` in the shape of the first input -> the first output (valid until the next)."""
        self.input[...] = values
        with watch:
            self.session.run_with_iobinding(self.bindings[self.turn])
        self.turn = 1 - self.turn
        return self.output


class Hiss:
    """The shipped network, exported by export_onnx.py."""

    def __init__(self, sessions):
        from hiss_training.network import NetConfig, window_pair
        self.graph = BoundGraph(sessions[0])
        metadata = sessions[0].get_modelmeta().custom_metadata_map
        config = NetConfig(**json.loads(metadata["hiss.config"]))
        self.hop = config.hop
        analysis, synthesis = window_pair(config)
        self.stft = StreamingStft(analysis.numpy(), synthesis.numpy()[-config.synthesis_length:],
                                  self.hop)

    def __call__(self, samples, watch):
        spectrum = self.stft.analyse(samples)
        bins = np.stack([spectrum.real, spectrum.imag], -1)[:-1]
        enhanced = self.graph(bins, watch)
        return self.stft.synthesise(np.append(enhanced[:, 0] + 1j * enhanced[:, 1], 0))


class Gtcrn:
    """GTCRN (Rong et al. 2024): sqrt-Hann windows of 512, hop 256."""

    hop = 256

    def __init__(self, sessions):
        self.graph = BoundGraph(sessions[0])
        window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512))
        self.stft = StreamingStft(window, window, self.hop)

    def __call__(self, samples, watch):
        spectrum = self.stft.analyse(samples)
        bins = np.stack([spectrum.real, spectrum.imag], -1)
        enhanced = self.graph(bins[None, :, None, :], watch)[0, :, 0]
        return self.stft.synthesise(enhanced[:, 0] + 1j * enhanced[:, 1])


class Dtln:
    """DTLN (Westhausen and Meyer 2020): two graphs, blocks of 512 without windows, hop 128."""

    hop = 128

    def __init__(self, sessions):
        self.mask, self.refine = (BoundGraph(session) for session in sessions)
        self.stft = StreamingStft(np.ones(512), np.ones(512), self.hop)

    def __call__(self, samples, watch):
        spectrum = self.stft.analyse(samples)
        masked = spectrum * self.mask(np.abs(spectrum)[None, None], watch)[0, 0]
        block = np.fft.irfft(masked, 512)[None, None]
        return self.stft.add(self.refine(block, watch)[0, 0])


NETWORKS = {"hiss": Hiss, "gtcrn": Gtcrn, "dtln": Dtln}


class Denoiser:
    rate = RATE

    def __init__(self, network: str, graphs):
        self.sessions = [make_session(path) for path in graphs]
        self.network = NETWORKS[network]
        self.hop = self.make_stream().hop
        self.version = onnxruntime.__version__
        self.detail = "the graph alone, one thread, bound memory"

    def make_stream(self):
        return self.network(self.sessions)


def main() -> None:
    p = python_driver.parser(__doc__)
    p.add_argument("--network", choices=NETWORKS, required=True)
    p.add_argument("--graph", action="append", required=True, help="ONNX file, in order")
    args = p.parse_args()
    python_driver.run(args, Denoiser(args.network, args.graph))


if __name__ == "__main__":
    main()
