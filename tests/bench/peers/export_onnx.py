# SPDX-License-Identifier: Apache-2.0
"""Exports the shipped network as a recurrent ONNX graph of one hop and checks it.

    python3 export_onnx.py [--model NAME|FILE.safetensors] --out FILE.onnx [--check NOISY.flac]

Inputs and outputs are those of `OneHop` (one_hop.py). The check runs the graph hop by hop over a
recording and compares with the whole-sequence network in PyTorch; it fails beyond 1e-4.
"""
import argparse
import os
import pathlib
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import torch  # noqa: E402

import model_file  # noqa: E402
from one_hop import ROOT, OneHop, load_network  # noqa: E402

RECORDING = ROOT / "tests" / "data" / "audio" / "cafe_noisy.flac"
TOLERANCE = 1e-4


def export(module: OneHop, path) -> None:
    """Writes the graph, with its weights and its configuration inside."""
    bins = torch.zeros(module.cfg.bins, 2)
    states = module.state_names()
    program = torch.onnx.export(
        module, (bins, *module.start()), dynamo=True, verbose=False,
        input_names=["bins", *states],
        output_names=["enhanced", *(f"{name}_out" for name in states)])
    program.model.metadata_props["hiss.config"] = module.cfg.to_json()
    program.save(str(path), external_data=False)


def make_session(path):
    """A session as a live program on one core would open it."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])


def largest_errors(network, module, path, samples) -> dict[str, float]:
    """Largest difference to the whole-sequence spectra, over their largest value."""
    with torch.inference_mode():
        spectra = network.stft(torch.from_numpy(samples)[None])
        wanted = torch.view_as_real(network.enhance(spectra))[0, :, :-1].numpy()
        bins = torch.view_as_real(spectra)[0, :, :-1].contiguous()
        session = make_session(path)
        names, torch_states = module.state_names(), module.start()
        ort_states = tuple(state.numpy() for state in torch_states)
        errors = {"PyTorch": 0.0, "onnxruntime": 0.0}
        for step in range(len(bins)):
            enhanced, *torch_states = module(bins[step], *torch_states)
            found, *ort_states = session.run(None, {
                "bins": bins[step].numpy(), **dict(zip(names, ort_states))})
            for name, value in (("PyTorch", enhanced.numpy()), ("onnxruntime", found)):
                errors[name] = max(errors[name], float(np.abs(value - wanted[step]).max()))
    scale = float(np.abs(wanted).max())
    return {name: error / scale for name, error in errors.items()}


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--model", type=model_file.find, default=model_file.DEFAULT)
    p.add_argument("--out", type=pathlib.Path, required=True)
    p.add_argument("--check", type=pathlib.Path, default=RECORDING)
    args = p.parse_args()
    torch.set_num_threads(1)
    network = load_network(args.model)
    module = OneHop(network).eval()
    export(module, args.out)

    import soundfile
    samples, rate = soundfile.read(str(args.check), dtype="float32")
    if rate != network.cfg.sample_rate:
        raise ValueError(f"{args.check}: expected {network.cfg.sample_rate} Hz, found {rate}")
    length = len(samples) // network.cfg.hop * network.cfg.hop
    errors = largest_errors(network, module, args.out, samples[:length])
    for name, error in errors.items():
        print(f"{args.out.name}: {name} hop by hop differs from the whole sequence by {error:.1e} "
              f"of its largest value")
    return 0 if max(errors.values()) <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
