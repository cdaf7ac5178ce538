#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Evaluates the anomaly detectors of `hiss detect`, with all floors, by one command:

    python3 eval_anomaly.py run --hiss PROGRAM --data DATA [--nab REPOSITORY] [--work STORE]
                                [--out RESULT.md] [--json RESULT.json]
    python3 eval_anomaly.py prior --rows-tool DETECTOR_ROWS --data DATA

DATA holds `nab` (data, labels), `skab/data`, `tuning` (wsd.npz, kpi_train.npz, tods.npz); what is not
there is left out and said. With --nab (a copy of numenta/NAB) its own scorer is run as well; it needs
pandas below 3 and scikit-learn in the interpreter --nab-python. STORE keeps each series' scores by
the program's digest, so that a second run is quick.

`prior` prints what evidence the detectors reach at given shares of the rows of tuning series, for
`models/anomaly/priors.inc`. It asks `tests/bench/anomaly/detector_rows`, for the program itself only
gives evidences that a prior has been through.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from hiss_training import anomaly_made, anomaly_nab, anomaly_run, anomaly_sets, anomaly_sheets

# As in models/anomaly/calibration.h.
PRIOR_SHARES = (0.5, 0.1, 0.03, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4)
PRIOR_SKIP = 1000


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Sets:
    """Every set that is there: title -> series, and what is asked of it."""

    def __init__(self, data: pathlib.Path, most: int, made: int | None):
        self.series: dict[str, list[anomaly_sets.Series]] = {}
        self.quiet: list[str] = []  # those where nothing is labelled
        self.left_out: list[str] = []
        if (data / "tuning" / "wsd.npz").exists():
            self.series.update(anomaly_sets.tuning(data / "tuning", most))
        else:
            self.left_out.append("tuning")
        for family in anomaly_made.FAMILIES:
            self.series[family] = anomaly_sets.made(family, made)
        self.quiet.append("clean")
        if (data / "skab" / "data").is_dir():
            self.series["SKAB"], self.series["SKAB free"] = anomaly_sets.skab(data / "skab" / "data")
            self.quiet.append("SKAB free")
        else:
            self.left_out.append("skab")
        if (data / "nab" / "labels").is_dir():
            self.series["NAB"] = anomaly_sets.nab(data / "nab")
        else:
            self.left_out.append("nab")

    def tuning(self) -> list[anomaly_sets.Series]:
        return self.series.get("WSD", []) + self.series.get("KPI", [])


def gather(options, sets: Sets):
    """(detector -> set -> evidence of each series, detector -> why it was not run)."""
    program = anomaly_run.HissDetect(options.hiss, options.work, options.jobs)
    found, not_run = {}, {}
    for detector in options.detectors:
        try:
            found[detector] = {}
            for title, series in sets.series.items():
                say(f"{detector}: {title}, {len(series)} series")
                found[detector][title] = program.all(detector, series)
        except anomaly_run.NotRun as why:
            del found[detector]
            not_run[detector] = str(why)
            say(f"{detector} was not run: {why}")
    for name in anomaly_run.FLOORS:
        found[name] = {title: anomaly_run.floor(name, s) for title, s in sets.series.items()}
    return found, not_run


def judge(options, sets: Sets, found, not_run) -> dict:
    """The result: plain dictionaries that `anomaly_sheets.markdown` and JSON know."""
    first = next(iter(found))
    tuning = sets.tuning()
    if tuning:
        together = {**found[first]["WSD"], **found[first]["KPI"]}
        frozen = anomaly_sheets.choose_threshold(tuning, together)
    else:
        frozen = -np.log10(anomaly_run.ASKED_P)
    result = {"detectors": list(found), "not run": not_run, "left out": sets.left_out,
              "frozen threshold": frozen, "threshold of": first,
              "threshold on": f"{len(tuning)} tuning series" if tuning else "nothing: the default",
              "NAB": {}, "sets": {}, "calibration": {}}
    for title, series in sets.series.items():
        if title in sets.quiet or title == "NAB":
            continue
        columns, figures = {}, {}
        for name, evidence in found.items():
            figures[name] = row = anomaly_sheets.ranking_sheet(series, evidence[title])
            columns = {"VUS-PR": 1, "AUC-PR": 1, "AUC": 1}
            if title in ("WSD", "KPI"):
                own = anomaly_sheets.scorer(series)
                row["NAB-like"] = own.best(evidence[title])[0]
                row["frozen NAB-like"] = own.of_alerts(evidence[title], frozen)
                columns.update({"NAB-like": 1, "frozen NAB-like": 1})
            if title == "wrong cycle":
                columns["hit"] = 1
            if title == "SKAB":
                row.update(anomaly_sheets.row_alarm_sheet(series, evidence[title], frozen))
                columns.update({"FAR": 1, "MAR": 1})
            row.update(anomaly_sheets.alert_sheet(series, evidence[title], frozen))
            columns.update(dict.fromkeys(("events", "found", "median delay",
                                          "false alerts per 100k rows"), 1))
        result["sets"][title] = {"series": len(series), "rows": sum(len(s.values) for s in series),
                                 "columns": list(columns), "figures": figures}
    for title in ("clean", "SKAB free", "WSD", "KPI", "NAB"):
        if title in sets.series:
            result["calibration"][title] = {
                name: anomaly_sheets.calibration_sheet(sets.series[title], evidence[title])
                for name, evidence in found.items() if name != "time ramp"}
    if "NAB" in sets.series:
        judge_nab(options, sets.series["NAB"], {n: e["NAB"] for n, e in found.items()}, frozen, result)
    return result


def judge_nab(options, series, found, frozen: float, result: dict) -> None:
    for name, evidence in found.items():
        result["NAB"][name] = anomaly_sheets.nab_sheet(series, evidence, frozen)
        result["NAB"][name].update(anomaly_sheets.alert_sheet(series, evidence, frozen))
    if not options.nab:
        return
    entries = {}
    for name, evidence in found.items():
        best = result["NAB"][name]["standard threshold"]
        if not np.isfinite(best):
            continue
        entries[f"{name}"] = anomaly_nab.entry(evidence, best, frozen=False)
        entries[f"{name}, frozen"] = anomaly_nab.entry(evidence, frozen, frozen=True)
    say(f"NAB's own scorer: {len(entries)} entries")
    official = anomaly_nab.score(options.nab, entries, series, options.nab_python)
    for name in found:
        result["NAB"][name]["official"] = official[name]
        result["NAB"][name]["official frozen"] = official[name + ", frozen"]


def run(options) -> int:
    sets = Sets(options.data, options.tuning_series, options.made_series)
    found, not_run = gather(options, sets)
    if not set(found) - set(anomaly_run.FLOORS):
        say("no detector was run")
        return 1
    result = judge(options, sets, found, not_run)
    text = anomaly_sheets.markdown(result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    if options.out:
        options.out.write_text(text + "\n")
    print(text)
    return 0


def raw_evidence(tool, model, detector: str, series: anomaly_sets.Series) -> np.ndarray:
    """Evidence [rows] of a one-channel series before its calibration."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "values.csv")
        np.savetxt(source, series.values, fmt="%.17g", delimiter=",")
        command = [tool, "--detector", detector, source, *(["--model", model] if model else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise anomaly_run.NotRun((done.stderr.strip().splitlines() or ["no reason given"])[-1])
    return np.array([float(line.split(",")[2]) for line in done.stdout.splitlines()[1:]])


def prior(options) -> int:
    """Quantiles over the rows of each tuning series that nothing labelled is near, and of those the
    median over the series: together, the far ones would be those of few series with events of which no
    label tells."""
    sets = anomaly_sets.tuning(options.data / "tuning", options.tuning_series)
    series = sets["WSD"] + sets["KPI"]
    for detector in options.detectors:
        pool = []
        try:
            for s in series:
                quiet = anomaly_sheets.scores.soft_labels(s.labels,
                                                          2 * anomaly_sheets.LATE_ROWS) == 0
                quiet[:PRIOR_SKIP] = False
                evidence = raw_evidence(options.rows_tool, options.model, detector, s)[quiet]
                pool.append(np.quantile(evidence, [1 - p for p in PRIOR_SHARES]))
        except anomaly_run.NotRun as why:
            say(f"{detector}: {why}")
            continue
        at = np.median(pool, axis=0)
        # A series has few rows beyond a thousandth: from there on at least as it went before.
        for i in (-2, -1):
            decades = np.log10(PRIOR_SHARES[5] / PRIOR_SHARES[i])
            at[i] = max(at[i], at[5] + decades * (at[5] - at[3]))
        print("{" + f'"{detector}", ' + "{" + ", ".join(f"{v:.4g}f" if "." in f"{v:.4g}" else
                                                      f"{v:.4g}.0f" for v in at) + "}},")
    return 0


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    both = argparse.ArgumentParser(add_help=False)
    both.add_argument("--data", type=pathlib.Path, required=True)
    both.add_argument("--detectors", nargs="+", default=list(anomaly_run.DETECTORS))
    both.add_argument("--tuning-series", type=int, default=60, help="of WSD and of KPI, at most")
    one = kinds.add_parser("run", parents=[both], help="all figures")
    one.add_argument("--hiss", type=pathlib.Path, required=True)
    one.add_argument("--nab", type=pathlib.Path, help="a copy of numenta/NAB, for its scorer")
    one.add_argument("--nab-python", default=sys.executable)
    one.add_argument("--made-series", type=int, help="of each made family, at most")
    one.add_argument("--work", type=pathlib.Path, help="keeps scores between runs")
    one.add_argument("--jobs", type=int, default=1)
    one.add_argument("--out", type=pathlib.Path)
    one.add_argument("--json", type=pathlib.Path)
    one.set_defaults(call=run)
    two = kinds.add_parser("prior", parents=[both], help="the table of priors")
    two.add_argument("--rows-tool", type=pathlib.Path, required=True)
    two.add_argument("--model", type=pathlib.Path, help="the forecaster, for mamba")
    two.set_defaults(call=prior)
    options = parser.parse_args(arguments)
    return options.call(options)


if __name__ == "__main__":
    sys.exit(main())
