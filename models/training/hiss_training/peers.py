# SPDX-License-Identifier: Apache-2.0
"""Rival denoisers for the evaluation tables, run by the drivers of tests/bench/peers.

Their outputs are kept in a folder: a key is the rival's version, the text of its driver (which
holds the settings) and the samples that went in, so that nothing is computed twice.
"""
from __future__ import annotations

import hashlib
import pathlib
import sys
import tempfile

import numpy as np
import soundfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
DRIVERS = ROOT / "tests" / "bench" / "peers"
sys.path.append(str(DRIVERS))

import driver_call  # noqa: E402
import peer_list  # noqa: E402
import sound_pairs  # noqa: E402

Pair = sound_pairs.Pair
NotRun = driver_call.NotRun


def rivals(build: pathlib.Path, only=None) -> list[peer_list.Peer]:
    """All rivals, or those whose key is in `only`; what cannot run has its reason in `not_run`.

    `build` holds the drivers (HISS_BUILD_BENCHMARKS=ON, target bench_peers).
    """
    found = peer_list.PeerList(build, build, build).rivals()
    keys = [peer.key for peer in found]
    unknown = [key for key in only or () if key not in keys]
    if unknown:
        raise ValueError(f"rivals: expected some of {' '.join(keys)}, found {' '.join(unknown)}")
    return [peer for peer in found if not only or peer.key in only]


def short_name(peer: peer_list.Peer) -> str:
    """Its name without how it is run."""
    return peer.name.split(",")[0]


def run_driver(peer: peer_list.Peer, pairs: list[Pair]) -> list[np.ndarray]:
    """Outputs at 16 kHz of `peer` over the noisy recordings; NotRun with the reason if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        jobs = [(sound_pairs.at_rate(pair, peer.rate, work), work / f"{pair.name}-out.wav")
                for pair in pairs]
        driver_call.call(peer.command, jobs, work / "times.json", None, 0, peer.env)
        return [sound_pairs.read(output).astype(np.float32) for _, output in jobs]


class OutputCache:
    """Outputs of rivals by what made them; a folder of None keeps nothing."""

    def __init__(self, folder: pathlib.Path | None, run=run_driver):
        self.folder, self.run = folder, run

    def path(self, peer: peer_list.Peer, pair: Pair) -> pathlib.Path:
        digest = hashlib.sha256(f"{peer.key} {peer.version} {peer.rate}".encode())
        for source in peer.sources:
            digest.update((DRIVERS / source).read_bytes())
        digest.update(sound_pairs.read(pair.noisy).astype(np.float32).tobytes())
        return self.folder / peer.key / f"{digest.hexdigest()[:32]}.wav"

    def outputs(self, peer: peer_list.Peer, pairs: list[Pair]) -> list[np.ndarray]:
        """Outputs of `peer` for `pairs` at 16 kHz, float32; those not known yet are computed."""
        if peer.not_run:
            raise NotRun(peer.not_run)
        if self.folder is None:
            return self.run(peer, pairs)
        paths = [self.path(peer, pair) for pair in pairs]
        unknown = [i for i, path in enumerate(paths) if not path.is_file()]
        for i, samples in zip(unknown, self.run(peer, [pairs[i] for i in unknown])
                              if unknown else ()):
            paths[i].parent.mkdir(parents=True, exist_ok=True)
            part = paths[i].with_suffix(".part.wav")
            soundfile.write(str(part), samples, sound_pairs.RATE, subtype="FLOAT")
            part.replace(paths[i])
        return [soundfile.read(str(path), dtype="float32")[0] for path in paths]
