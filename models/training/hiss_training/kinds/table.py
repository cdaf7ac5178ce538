# SPDX-License-Identifier: Apache-2.0
"""Tables of what runs left behind: means and spreads over the seeds."""
from __future__ import annotations

import json
import pathlib
import re
import statistics

import numpy as np

from .. import bootstrap
from .sizes import KINDS


def results(out: pathlib.Path) -> list[dict]:
    """All result.json below `out`."""
    return [json.loads(p.read_text(encoding="utf-8")) for p in sorted(out.glob("*/*/result.json"))]


def denoising_result(folder: pathlib.Path) -> dict | None:
    """What the log of hiss_training.train says of a finished run, or None."""
    log = folder / "train.log"
    if not log.exists():
        return None
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    data = [e for e in lines if e["kind"] == "data"]
    end = [e for e in lines if e["kind"] == "end"]
    if not data or not end:
        return None
    options = data[-1]["arguments"]
    return {"task": "denoising", "kind": options["block"], "seed": options["seed"],
            "steps": end[-1]["step"], "parameters": data[-1]["parameters"],
            "batch": options["batch"], "length": options["seconds"], "lr": options["lr"],
            "seconds": end[-1]["seconds"],
            **{k: end[-1][k] for k in ("si_sdr", "opinion", "stoi") if k in end[-1]}}


def spread(values: list[float], digits: int = 3) -> str:
    """Mean ± standard deviation over the seeds."""
    text = f"{statistics.fmean(values):.{digits}f}"
    return text + (f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else "")


def rows_of(table: list[list[str]]) -> list[str]:
    head, *rest = table
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rest)]


FIGURES = ("accuracy", "whole", "error", "squared", "si_sdr", "opinion", "stoi")


def task_table(task: str, runs: list[dict]) -> list[str]:
    """One row a kind; seeds that stand at different steps are told apart."""
    figures = [f for f in FIGURES if f in runs[0]]
    lengths = sorted({int(n) for r in runs for n in r.get("at_length", {})})
    table = [["kind", "weights", "seeds", "steps", *figures, *(f"at {n}" for n in lengths),
              "s a run"]]
    for kind in KINDS:
        own = [r for r in runs if r["kind"] == kind]
        for steps in sorted({r["steps"] for r in own}):
            same = [r for r in own if r["steps"] == steps]
            table.append([kind, str(same[0]["parameters"]), str(len(same)), str(steps),
                          *(spread([r[f] for r in same]) for f in figures),
                          *(spread([r["at_length"][str(n)] for r in same
                                    if str(n) in r.get("at_length", {})] or [float("nan")], 2)
                            for n in lengths),
                          spread([r["seconds"] for r in same], 0)])
    shapes = sorted({f"{r['batch']} x {r['length']}, rate {r['lr']:g}" for r in runs})
    return [f"{task}: {'; '.join(shapes)}", "", *rows_of(table)]


def cost_table(costs: dict) -> list[str]:
    """What `lengths.measure` found, by kind."""
    lines = [f"{costs['device']}; sequences side by side: {costs['rows']}"]
    for name, title, unit in (("state_bytes", "bytes of state a sequence after", 1),
                              ("step_us", "microseconds a step after", 1),
                              ("training_ms", "ms of one gradient over", 1),
                              ("training_bytes", "MiB for one gradient over", 1 << 20)):
        kinds = [c for c in costs["kinds"] if all(v is not None for v in c[name].values())]
        if kinds:
            table = [[title, *kinds[0][name]]]
            table += [[c["kind"], *(f"{v / unit:,.0f}" for v in c[name].values())] for c in kinds]
            lines += ["", *rows_of(table)]
    return lines


def scores_of_seeds(evaluation: dict, figure: str) -> dict[str, np.ndarray]:
    """Of each kind the scores [seeds, recordings] that hiss_training.evaluate gave its checkpoints,
    which are labelled KIND-SEED."""
    scores: dict[str, list[list[float]]] = {}
    for name, system in next(iter(evaluation["sets"].values()))["systems"].items():
        label = re.fullmatch(r"Hiss (\w+)-\d+ \(PyTorch\)", name)
        if label and label[1] in KINDS and figure in system["recordings"]:
            scores.setdefault(label[1], []).append(system["recordings"][figure])
    return {kind: np.asarray(scores[kind]) for kind in KINDS if kind in scores}


def scores_table(evaluation: dict, against: str = "mamba") -> list[str]:
    """Means over recordings and their spread over seeds; then, of the means over seeds, the difference
    from `against` with its interval over recordings."""
    figures = [f for f in ("pesq", "si_sdr", "stoi") if scores_of_seeds(evaluation, f)]
    scores = {f: scores_of_seeds(evaluation, f) for f in figures}
    if not figures or against not in scores[figures[0]]:
        raise ValueError(f"evaluation: expected checkpoints labelled {against}-SEED and so on")
    means, less = [["kind", "seeds", *figures]], [[f"kind less {against}", *figures]]
    for kind in scores[figures[0]]:
        own = {f: scores[f][kind] for f in figures}
        means.append([kind, str(len(own[figures[0]])),
                      *(spread([float(v) for v in own[f].mean(axis=1)]) for f in figures)])
        if kind != against:
            gaps = [bootstrap.difference(own[f].mean(axis=0), scores[f][against].mean(axis=0))
                    for f in figures]
            less.append([kind, *(f"{g.mean:+.3f} [{g.low:+.3f}, {g.high:+.3f}]" for g in gaps)])
    return [*rows_of(means), "", *rows_of(less)]


def show(out: pathlib.Path) -> str:
    runs = results(out)
    runs += [r for r in map(denoising_result, sorted(out.glob("denoising/*"))) if r]
    blocks = [task_table(task, [r for r in runs if r["task"] == task])
              for task in dict.fromkeys(r["task"] for r in runs)]
    costs = out / "cost.json"
    if costs.exists():
        blocks.append(cost_table(json.loads(costs.read_text(encoding="utf-8"))))
    return "\n\n".join("\n".join(b) for b in blocks) or f"{out}: no finished runs"
