# SPDX-License-Identifier: Apache-2.0
"""Scores noisy input, rivals and Hiss over sets of pairs; EVALUATION.md says how to read it.

    python3 -m hiss_training.evaluate --pairs [NAME=]DIR [--pairs …] [--peers all]
        [--hiss PROGRAM --models nano base large] [--checkpoint [LABEL=]FILE]… [--cache DIR]
        [--rate 16000 48000] [--by snr noise] [--behaviours] [--training-like SPEECH_DIR NOISE_DIR]
        [--json OUT] [--markdown OUT]

DIR has noisy/NAME and clean/NAME (.flac or .wav, 16 kHz), and meta.json (a list of objects with
`id`, `snr_db`, `noise`) for --by. Every output is aligned with its original by cross-correlation.
Figures are means over recordings with 95 % bootstrap intervals; differences are paired.
"""
from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import sys

import numpy as np

from . import behaviours, bootstrap, metrics, peers, report, scoring, systems, training_like

TRAINING_LIKE = "training-like"


@dataclasses.dataclass
class PairSet:
    """Recordings at 16 kHz and what is known of them."""
    name: str
    pairs: list
    noisy: list
    clean: list
    meta: dict  # by the pair's name

    @classmethod
    def load(cls, text: str) -> "PairSet":
        """`text`: DIR or NAME=DIR; ValueError if there is nothing or an original is missing."""
        name, _, folder = text.rpartition("=")
        folder = pathlib.Path(folder)
        pairs = peers.sound_pairs.find_pairs(folder)
        meta = folder / "meta.json"
        entries = json.loads(meta.read_text(encoding="utf-8")) if meta.is_file() else []
        return cls(name or folder.resolve().name, pairs,
                   [peers.sound_pairs.read(p.noisy) for p in pairs],
                   [peers.sound_pairs.read(p.clean) for p in pairs],
                   {entry["id"]: entry for entry in entries})

    def classes(self, by: str) -> list | None:
        """SNR in dB or noise recording of each pair; None where meta.json does not say it."""
        key = {"snr": "snr_db", "noise": "noise"}[by]
        found = [self.meta.get(pair.name, {}).get(key) for pair in self.pairs]
        return None if None in found else found


@dataclasses.dataclass
class Row:
    """A system's figures [recordings, figures], or why there are none."""
    label: str
    version: str = ""
    scores: np.ndarray | None = None
    not_run: str = ""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Evaluation:
    def __init__(self, args):
        self.args = args
        self.names = scoring.available(args.figures)
        lacking = metrics.missing()
        for name in args.figures:
            if name in lacking:
                say(f"{report.TITLES[name]} is left out: package {lacking[name]} is not installed")
        self.scorer = scoring.Scorer(self.names, args.cache, args.jobs)
        self.cache = peers.OutputCache(args.cache / "outputs" if args.cache else None)
        keys = None if args.peers == ["all"] else args.peers
        self.rivals = [] if args.peers == ["none"] else peers.rivals(args.peer_build, keys)
        self.hiss = [systems.Program(args.hiss, model, rate) for rate in args.rate
                     for model in args.models] if args.hiss else []
        self.hiss += [systems.Checkpoint(text) for text in args.checkpoint]
        self.copies = [systems.Copy(rate) for rate in args.rate if rate != systems.RATE]

    def row(self, label: str, version, chosen: PairSet, run) -> Row:
        say(f"{chosen.name}: {label}")
        try:
            outputs = run()
        except peers.NotRun as reason:
            return Row(label, not_run=str(reason))
        return Row(label, version(), self.scorer(chosen.clean, outputs))

    def rows(self, chosen: PairSet) -> list[Row]:
        rows = [self.row("noisy", str, chosen, lambda: chosen.noisy)]
        for copy in self.copies:
            rows.append(self.row(copy.label, str, chosen, lambda: copy(chosen.noisy)))
        for peer in self.rivals:
            rows.append(self.row(peers.short_name(peer), lambda: peer.version, chosen,
                                 lambda: self.cache.outputs(peer, chosen.pairs)))
        for text in self.args.folder:
            folder = systems.Folder(text)
            rows.append(self.row(folder.label, str, chosen, lambda: folder.read(chosen.pairs)))
        for system in self.hiss:
            rows.append(self.row(system.label, lambda: system.version, chosen,
                                 lambda: system(chosen.noisy)))
        return rows

    def behaviours(self, chosen: PairSet) -> dict[str, dict[str, float]]:
        found = {}
        for system in self.hiss:
            say(f"behaviours: {system.label}")
            try:
                found[system.label] = behaviours.measure(system, chosen.clean, chosen.noisy)
            except peers.NotRun as reason:
                say(f"behaviours: {system.label}: {reason}")
        return found

    def ours(self, rows) -> list[Row]:
        """The systems whose differences are told: those named, else the first of Hiss's."""
        ran = [r for r in rows if r.scores is not None]
        if self.args.differences:
            labels = {f"Hiss {name}" for name in self.args.differences} | set(self.args.differences)
            return [r for r in ran if r.label in labels]
        mine = {s.label for s in self.hiss}
        return [r for r in ran if r.label in mine][:1]


def set_markdown(evaluation: Evaluation, chosen: PairSet, rows) -> str:
    names = evaluation.names
    text = f"## {chosen.name}: {len(chosen.pairs)} pairs\n\n{report.scores(names, rows)}"
    for ours in evaluation.ours(rows):
        text += f"\n### {ours.label} less the others\n\n{report.differences(names, ours, rows)}"
    for by in evaluation.args.by:
        classes = chosen.classes(by)
        if classes is None or chosen.name == TRAINING_LIKE:
            continue
        title = {"snr": "By SNR in dB", "noise": "By noise recording"}[by]
        text += f"\n### {title} (WB-PESQ / SI-SDR dB)\n\n"
        text += report.by_class(names, rows, classes)
    return text + "\n"


def markdown(evaluation: Evaluation, found, behaviour) -> str:
    """The whole report; `found` is a list of (PairSet, rows)."""
    names = evaluation.names
    text = "".join(set_markdown(evaluation, *item) for item in found)
    given = [(c, rows) for c, rows in found if c.name != TRAINING_LIKE]
    for chosen, rows in given[1:]:
        text += f"## The order in {given[0][0].name} and {chosen.name}\n\n"
        text += report.ranking(names, given[0][1], rows) + "\n"
    for seen, seen_rows in found:
        for chosen, rows in given if seen.name == TRAINING_LIKE else ():
            text += (f"## Gain over the noisy input: {TRAINING_LIKE} · {chosen.name} · "
                     f"difference\n\n{report.gap(names, seen_rows, rows)}\n")
    if behaviour:
        text += (f"## Behaviours ({min(behaviours.CLIPS, len(given[0][0].pairs))} pairs of "
                 f"{given[0][0].name})\n\n{report.behaviours(behaviour)}\n")
    used = {row.label: row.version for _, rows in found for row in rows if row.version}
    lines = [f"- {label}: {version}\n" for label, version in used.items()]
    return text + "## Versions\n\n" + "".join(lines) + "- scores: " + ", ".join(
        f"{name} {version}" for name, version in metrics.versions().items()) + "\n"


def as_json(evaluation: Evaluation, found, behaviour) -> dict:
    sets = {}
    for chosen, rows in found:
        result = {"pairs": [pair.name for pair in chosen.pairs], "systems": {}, "differences": {}}
        for row in rows:
            entry = {"version": row.version, "not_run": row.not_run}
            if row.scores is not None:
                entry["figures"] = {n: dataclasses.asdict(bootstrap.interval(row.scores[:, i]))
                                    for i, n in enumerate(evaluation.names)}
                entry["recordings"] = {n: row.scores[:, i].tolist()
                                       for i, n in enumerate(evaluation.names)}
            result["systems"][row.label] = entry
        for ours in evaluation.ours(rows):
            result["differences"][ours.label] = {
                row.label: {n: dataclasses.asdict(bootstrap.difference(ours.scores[:, i],
                                                                       row.scores[:, i]))
                            for i, n in enumerate(evaluation.names)}
                for row in rows if row is not ours and row.scores is not None}
        sets[chosen.name] = result
    return {"scorer": metrics.versions(), "bootstrap": {"resamples": bootstrap.RESAMPLES,
                                                        "seed": bootstrap.SEED},
            "sets": sets, "behaviours": behaviour}


def arguments(argv) -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--pairs", action="append", required=True, metavar="[NAME=]DIR")
    p.add_argument("--hiss", metavar="PROGRAM", help="path of the hiss program")
    p.add_argument("--models", nargs="+", default=[None], metavar="NAME|FILE",
                   help="for hiss denoise --model (default: its own default)")
    p.add_argument("--checkpoint", action="append", default=[], metavar="[LABEL=]FILE",
                   help="training checkpoint, run in PyTorch")
    p.add_argument("--folder", action="append", default=[], metavar="LABEL=DIR",
                   help="outputs of another program (with one --pairs)")
    p.add_argument("--peers", nargs="+", default=["none"], metavar="all|none|KEY",
                   help="rivals (tests/bench/peers/peer_list.py)")
    p.add_argument("--peer-build", type=pathlib.Path, metavar="DIR",
                   default=peers.ROOT / "build" / "release", help="build with the drivers")
    p.add_argument("--cache", type=pathlib.Path, metavar="DIR",
                   help="keeps outputs of rivals and all scores")
    p.add_argument("--rate", nargs="+", type=int, default=[systems.RATE], metavar="HZ",
                   help="feeds the program at these rates; scores are at 16 kHz")
    p.add_argument("--by", nargs="+", default=[], choices=("snr", "noise"))
    p.add_argument("--differences", nargs="+", metavar="LABEL",
                   help="systems to compare with all others (default: the first of Hiss)")
    p.add_argument("--training-like", nargs=2, metavar=("SPEECH_DIR", "NOISE_DIR"),
                   help="adds 60 pairs made as in training, for the gap between both")
    p.add_argument("--figures", nargs="+", default=scoring.FIGURES, choices=scoring.FIGURES,
                   help="(default: all; those of DNSMOS, sig bak ovrl, take by far the longest)")
    p.add_argument("--behaviours", action="store_true")
    p.add_argument("--json", type=pathlib.Path, metavar="OUT")
    p.add_argument("--markdown", type=pathlib.Path, metavar="OUT",
                   help="(default: printed); a file with the lines of report.py is renewed")
    p.add_argument("--jobs", type=int, default=2, help="processes that score")
    args = p.parse_args(argv)
    if args.folder and len(args.pairs) > 1:
        p.error("--folder: expected one --pairs")
    if args.training_like and not args.cache:
        p.error("--training-like: expected --cache DIR, where its pairs are kept")
    return args


def main(argv=None) -> int:
    args = arguments(argv)
    try:
        sets = [PairSet.load(text) for text in args.pairs]
        if args.training_like:
            folder = args.cache / TRAINING_LIKE
            if not (folder / "meta.json").is_file():
                say("making training-like pairs")
                training_like.make(*args.training_like, folder)
            sets.append(PairSet.load(f"{TRAINING_LIKE}={folder}"))
        evaluation = Evaluation(args)
        found = [(chosen, evaluation.rows(chosen)) for chosen in sets]
        behaviour = evaluation.behaviours(sets[0]) if args.behaviours else {}
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 3
    text = markdown(evaluation, found, behaviour)
    if args.markdown:
        report.write(args.markdown, text)
    else:
        print(text, end="")
    if args.json:
        args.json.write_text(json.dumps(as_json(evaluation, found, behaviour), indent=1) + "\n",
                             encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
