# SPDX-License-Identifier: Apache-2.0
"""Scores noisy input, Hiss and rivals over pairs of recordings and prints one table.

    python3 -m hiss_training.evaluate --pairs DIR [--hiss build/release/bin/hiss] [--model NAME|FILE]
                                      [--rnnoise] [--folder LABEL=DIR]... [--json OUT.json]

DIR has noisy/NAME.flac and clean/NAME.flac. `--hiss` runs the real program over all noisy files;
`--checkpoint` runs the PyTorch twin of a training checkpoint; `--folder` scores files that another
program wrote. Every output is aligned with its reference by cross-correlation first; SI-SDR is over
the whole clip; figures are means with the half-width of their 95 % confidence interval.
"""
from __future__ import annotations

import argparse
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import soundfile

from . import metrics


def read(path) -> tuple[np.ndarray, int]:
    audio, rate = soundfile.read(str(path), dtype="float64")
    return audio, rate


def score(job):
    """(clean path, estimate [n]) -> (PESQ, SI-SDR, STOI)."""
    clean_path, estimate = job
    clean, rate = read(clean_path)
    estimate = metrics.align(clean, np.asarray(estimate, dtype=np.float64))
    return (metrics.pesq_wb(clean, estimate, rate), metrics.si_sdr(clean, estimate),
            metrics.stoi(clean, estimate, rate))


def with_hiss(program: str, model: str | None, noisy: list[pathlib.Path]):
    """Runs `hiss denoise` over all files in one call; returns outputs and its JSON report."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "denoise", *map(str, noisy), "-o", folder, "--json"]
        if model:
            command += ["--model", model]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        outputs = [read(pathlib.Path(folder) / p.name)[0] for p in noisy]
    return outputs, json.loads(done.stdout)


def with_checkpoint(path: str, noisy: list[pathlib.Path]):
    import torch
    from .network import NetConfig, SubbandMamba
    state = torch.load(path, map_location="cpu")
    net = SubbandMamba(NetConfig(**state["config"])).eval()
    net.load_state_dict(state["ema"])
    with torch.no_grad():
        return [net(torch.from_numpy(read(p)[0]).float()[None])[0].double().numpy() for p in noisy]


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--pairs", required=True)
    p.add_argument("--hiss", help="path of the hiss program")
    p.add_argument("--model", help="name or file for hiss denoise --model")
    p.add_argument("--checkpoint", help="checkpoint.pt to run in PyTorch")
    p.add_argument("--rnnoise", action="store_true", help="also run RNNoise 0.2 (pip: pyrnnoise)")
    p.add_argument("--folder", action="append", default=[], metavar="LABEL=DIR")
    p.add_argument("--json", help="write the figures here too")
    p.add_argument("--jobs", type=int, default=2)
    args = p.parse_args()

    pairs = pathlib.Path(args.pairs)
    noisy = sorted(f for f in (pairs / "noisy").iterdir() if f.suffix in (".flac", ".wav"))
    if not noisy:
        print(f"{pairs}/noisy: expected .flac or .wav recordings, found none", file=sys.stderr)
        return 3
    clean = [pairs / "clean" / f.name for f in noisy]
    systems = {"noisy": [read(f)[0] for f in noisy]}
    if args.rnnoise:
        from .peers import RnNoise
        peer = RnNoise()
        systems[peer.name] = [peer(*read(f)) for f in noisy]
    for item in args.folder:
        label, folder = item.split("=", 1)
        systems[label] = [read(pathlib.Path(folder) / f.name)[0] for f in noisy]
    if args.checkpoint:
        systems["Hiss (PyTorch)"] = with_checkpoint(args.checkpoint, noisy)
    if args.hiss:
        systems["Hiss"], _ = with_hiss(args.hiss, args.model, noisy)

    figures = {}
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        for label, outputs in systems.items():
            rows = np.array(list(pool.map(score, zip(clean, outputs))))
            figures[label] = {name: metrics.mean_and_confidence(rows[:, i])
                              for i, name in enumerate(("pesq", "si_sdr", "stoi"))}
    width = max(map(len, figures))
    print(f"{len(noisy)} pairs from {pairs.name}")
    print(f"{'':{width}}   WB-PESQ         SI-SDR dB        STOI")
    for label, row in figures.items():
        print(f"{label:{width}}   {row['pesq'][0]:.3f} ± {row['pesq'][1]:.3f}   "
              f"{row['si_sdr'][0]:5.2f} ± {row['si_sdr'][1]:.2f}     "
              f"{row['stoi'][0]:.3f} ± {row['stoi'][1]:.3f}")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump({"pairs": len(noisy), "figures": figures}, f, indent=2)
            f.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
