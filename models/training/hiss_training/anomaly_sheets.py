# SPDX-License-Identifier: Apache-2.0
"""The figures of the evaluation of anomaly detectors, as plain dictionaries, and as tables.

Everywhere `evidence` is detector's -log10 p of each row: series name -> [rows].
"""
from __future__ import annotations

import numpy as np

from . import anomaly_scores as scores
from . import bootstrap
from .anomaly_sets import Series
from .report import number, table

SKIPPED_ROWS = 1000  # of each series before its alerts and shares count; of a short one, a quarter
LATE_ROWS = 100      # an alert up to so many rows after an event is not a false one
SHARES = (1e-3, 1e-4)
WINDOW_TITLES = ("standard", "low FP")


def skipped(series: Series) -> int:
    return min(SKIPPED_ROWS, len(series.labels) // 4)


def scorer(series: list[Series]) -> scores.NabScorer:
    return scores.NabScorer({s.name: (len(s.values), list(s.windows)) for s in series})


def choose_threshold(series: list[Series], evidence) -> float:
    """The threshold with the best NAB-like score over tuning series: the frozen one."""
    return scorer(series).best(evidence)[1]


def ratio(numerators, denominators) -> bootstrap.Interval:
    """Sum over sum with a bootstrap interval over series."""
    a, b = np.asarray(numerators, float), np.asarray(denominators, float)
    drawn = bootstrap.resamples(len(a))
    values = a[drawn].sum(1) / np.maximum(b[drawn].sum(1), 1e-300)
    low, high = np.quantile(values, (.025, .975))
    return bootstrap.Interval(float(a.sum() / max(b.sum(), 1e-300)), float(low), float(high))


def as_dict(interval: bootstrap.Interval) -> dict[str, float]:
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}


def nab_sheet(series: list[Series], evidence, frozen: float) -> dict[str, float]:
    """Scores by our own scorer: with the best threshold of each profile, and with the frozen one."""
    own = scorer(series)
    out = {}
    for profile in scores.NAB_PROFILES:
        out[profile], out[profile + " threshold"] = own.best(evidence, profile)
        out["frozen " + profile] = own.of_alerts(evidence, frozen, profile)
    return out


def ranking_sheet(series: list[Series], evidence, skip: int = 500) -> dict[str, float]:
    """Means over the series that have an event after the first `skip` rows."""
    rows = {"VUS-PR": [], "AUC-PR": [], "AUC": [], "hit": []}
    for s in series:
        labels, score = s.labels[skip:], evidence[s.name][skip:]
        if not labels.any():
            continue
        rows["VUS-PR"].append(scores.vus_pr(labels, score))
        rows["AUC-PR"].append(scores.auc_pr(labels, score))
        rows["AUC"].append(scores.roc_auc(labels, score))
        rows["hit"].append(scores.hit(s.labels, evidence[s.name]))
    return {name: as_dict(bootstrap.interval(values)) for name, values in rows.items()}


def alert_sheet(series: list[Series], evidence, threshold: float) -> dict[str, float]:
    """What the alerts of one threshold found after the first rows."""
    found = [scores.detection(s.labels, evidence[s.name], threshold, skipped(s), LATE_ROWS)
             for s in series]
    delays = [d for f in found for d in f.delays]
    quiet = sum(f.quiet_rows for f in found)
    return {"events": sum(f.events for f in found), "found": sum(f.found for f in found),
            "median delay": float(np.median(delays)) if delays else float("nan"),
            "false alerts": sum(f.false_alerts for f in found),
            "false alerts per 100k rows": 1e5 * sum(f.false_alerts for f in found) / max(quiet, 1)}


def row_alarm_sheet(series: list[Series], evidence, threshold: float) -> dict[str, float]:
    """SKAB's own figures: share of normal rows alarmed (FAR) and of labelled rows missed (MAR)."""
    alarmed = np.concatenate([evidence[s.name] >= threshold for s in series])
    labels = np.concatenate([s.labels for s in series]) > 0
    return {"FAR": float(alarmed[~labels].mean()), "MAR": float(1 - alarmed[labels].mean())}


def calibration_sheet(series: list[Series], evidence) -> dict:
    """Share of rows at p, and of rows that begin an alert, on rows that no event is near."""
    out = {}
    for p in SHARES:
        threshold = -np.log10(p)
        rows, hits, starts = [], [], []
        for s in series:
            quiet = scores.soft_labels(s.labels, 2 * LATE_ROWS) == 0
            quiet[:skipped(s)] = False
            if not quiet.any():
                continue
            e = evidence[s.name]
            at = scores.alerts(e, threshold)
            rows.append(quiet.sum())
            hits.append((e[quiet] >= threshold).sum())
            starts.append(quiet[at].sum())
        out[f"{p:g}"] = {"rows": int(np.sum(rows)), "share": as_dict(ratio(hits, rows)),
                         "alerts": as_dict(ratio(starts, rows))}
    return out


def _ranged(value: dict[str, float], digits: int) -> str:
    return (f"{number(value['mean'], digits)} "
            f"[{number(value['low'], digits)}, {number(value['high'], digits)}]")


def _times(value: dict[str, float], nominal: float) -> str:
    """A share as a multiple of the nominal one."""
    return _ranged({k: v / nominal for k, v in value.items()}, 2)


def markdown(result: dict) -> str:
    """All sheets of `eval_anomaly.py`'s result."""
    names = result["detectors"]
    parts = [f"Frozen alarm threshold: p = {10 ** -result['frozen threshold']:.2e} (chosen for "
             f"`{result['threshold of']}` on {result['threshold on']}), one for all.\n"]
    for name, reason in result["not run"].items():
        parts.append(f"`{name}` was not run: {reason}\n")
    if result["NAB"]:
        parts.append("### NAB\n\nOne alert in 100 rows. *best*: the threshold that serves the corpus "
                     "best, as in all published rows; *frozen*: the one above.\n")
        official = "official" in next(iter(result["NAB"].values()))
        head = ["detector", "best standard", "low FP", "low FN", "frozen standard", "frozen low FP",
                *(["official scorer: best standard", "low FP", "frozen standard"] * official)]
        rows = []
        for name in names:
            if name not in result["NAB"]:
                continue
            n = result["NAB"][name]
            row = [name, *(number(n[k], 1) for k in ("standard", "low FP", "low FN",
                                                     "frozen standard", "frozen low FP"))]
            if official:
                row += [number(n["official"]["standard"], 1), number(n["official"]["low FP"], 1),
                        number(n["official frozen"]["standard"], 1)]
            rows.append(row)
        parts.append(table(head, rows))
    for title, sheets in result["sets"].items():
        parts.append(f"### {title}: {sheets['series']} series, {sheets['rows']:,} rows\n")
        head = ["detector", *sheets["columns"]]
        rows = [[name, *(_cell(sheets["figures"][name], c) for c in sheets["columns"])]
                for name in names if name in sheets["figures"]]
        parts.append(table(head, rows))
    parts.append(
        "### Calibration\n\nShare of rows, and of rows that begin an alert (one in 100 rows), over the "
        f"nominal p, where nothing is labelled, after the first {SKIPPED_ROWS} rows of a series (of a "
        "short one a quarter); 95 % intervals over series. 1 is exact. Public sets hold unlabelled anomalies.\n")
    head = ["set", "detector", *(f"{what} at p = {p:g}" for p in SHARES for what in ("rows", "alerts"))]
    parts.append(table(head, [
        [title, name, *(_times(figures[name][f"{p:g}"][what], p)
                        for p in SHARES for what in ("share", "alerts"))]
        for title, figures in result["calibration"].items() for name in names if name in figures]))
    return "\n".join(parts)


def _cell(figures: dict, column: str) -> str:
    value = figures[column]
    if isinstance(value, dict):
        return _ranged(value, 3)
    digits = {"NAB-like": 1, "frozen NAB-like": 1, "median delay": 0, "events": 0, "found": 0,
              "false alerts": 0, "false alerts per 100k rows": 1}.get(column, 3)
    return "–" if value != value else number(value, digits)
