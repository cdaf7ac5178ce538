# SPDX-License-Identifier: Apache-2.0
"""The shipped network in PyTorch on one thread, hop by hop; arguments as in python_driver.py.

    torch_hops.py --way eager|jit|compile [--model NAME|FILE.safetensors] --times … IN OUT …

Only the network is timed, without transforms.
"""
import numpy as np
import torch

import model_file
import python_driver
from one_hop import OneHop, load_network
from streaming_stft import StreamingStft


def make_step(module, way: str):
    """`module` run as `way` says."""
    example = (torch.randn(module.cfg.bins, 2), *module.start())
    if way == "jit":
        traced = torch.jit.trace(module, example, check_trace=False)
        return torch.jit.optimize_for_inference(torch.jit.freeze(traced))
    if way == "compile":
        from torch._inductor import config
        config.freezing = True
        return torch.compile(module, fullgraph=True, dynamic=False)
    return module


class Stream:
    def __init__(self, step, network, start):
        cfg = network.cfg
        self.step, self.states = step, start
        self.stft = StreamingStft(network.analysis.numpy(),
                                  network.synthesis.numpy()[-cfg.synthesis_length:], cfg.hop)

    def __call__(self, samples, watch):
        spectrum = self.stft.analyse(samples)[:-1]
        bins = torch.from_numpy(np.stack([spectrum.real, spectrum.imag], -1).astype(np.float32))
        with watch:
            enhanced, *self.states = self.step(bins, *self.states)
        enhanced = enhanced.numpy()
        return self.stft.synthesise(np.append(enhanced[:, 0] + 1j * enhanced[:, 1], 0))


class Denoiser:
    def __init__(self, model, way: str):
        self.network = load_network(model)
        self.module = OneHop(self.network).eval()
        self.step = make_step(self.module, way)
        self.rate, self.hop = self.network.cfg.sample_rate, self.network.cfg.hop
        self.version = torch.__version__
        self.detail = f"{way}, the network alone, one thread"

    def make_stream(self):
        return Stream(self.step, self.network, self.module.start())


def main() -> None:
    p = python_driver.parser(__doc__)
    p.add_argument("--way", choices=("eager", "jit", "compile"), required=True)
    p.add_argument("--model", type=model_file.find, default=model_file.DEFAULT)
    args = p.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    with torch.inference_mode():
        python_driver.run(args, Denoiser(args.model, args.way))


if __name__ == "__main__":
    main()
