# SPDX-License-Identifier: Apache-2.0
"""Markdown tables of an evaluation."""
from __future__ import annotations

import numpy as np

from . import bootstrap

# What the command prints stands between these lines of EVALUATION.md.
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
TITLES = {"pesq": "WB-PESQ", "si_sdr": "SI-SDR dB", "stoi": "STOI", "sig": "DNSMOS SIG",
          "bak": "BAK", "ovrl": "OVRL"}
DIGITS = {"pesq": 3, "si_sdr": 2, "stoi": 3, "sig": 2, "bak": 2, "ovrl": 2}


def line(cells) -> str:
    return "| " + " | ".join(" ".join(str(c).split()).replace("|", "\\|") for c in cells) + " |"


def table(head, rows) -> str:
    return "\n".join([line(head), "|---" * len(head) + "|", *map(line, rows)]) + "\n"


def number(value: float, digits: int, signed: bool = False) -> str:
    return f"{value:{'+' if signed else ''}.{digits}f}".replace("-", "−")


def with_interval(found: bootstrap.Interval, digits: int, signed: bool = False) -> str:
    """`1.958 [1.860, 2.051]`; a signed one is in bold where the interval leaves 0 out."""
    mean, low, high = (number(value, digits, signed)
                       for value in (found.mean, found.low, found.high))
    text = f"{mean} [{low}, {high}]"
    return f"**{text}**" if signed and (found.low > 0 or found.high < 0) else text


def scores(names, rows) -> str:
    """One row a system: means with intervals; one that did not run says why."""
    cells = []
    for row in rows:
        if row.scores is None:
            cells.append([row.label, "not installed: " + row.not_run] + [""] * (len(names) - 1))
        else:
            cells.append([row.label] + [
                with_interval(bootstrap.interval(row.scores[:, i]), DIGITS[name])
                for i, name in enumerate(names)])
    return table(["system", *(TITLES[n] for n in names)], cells)


def differences(names, ours, rows) -> str:
    """`ours` less each other system over the same recordings."""
    cells = [[f"{ours.label} − {row.label}"] + [
        with_interval(bootstrap.difference(ours.scores[:, i], row.scores[:, i]), DIGITS[name], True)
        for i, name in enumerate(names)]
        for row in rows if row is not ours and row.scores is not None]
    return table(["difference", *(TITLES[n] for n in names)], cells)


def by_class(names, rows, classes) -> str:
    """Mean WB-PESQ / SI-SDR (those of `names`) of each class of recordings; columns are systems."""
    rows = [row for row in rows if row.scores is not None]
    shown = [(i, name) for i, name in enumerate(names) if name in ("pesq", "si_sdr")]
    cells = []
    for value in sorted(set(classes)):
        chosen = [i for i, c in enumerate(classes) if c == value]
        cells.append([value, len(chosen)] + [
            " / ".join(number(row.scores[chosen, i].mean(), 2 if name == "pesq" else 1)
                       for i, name in shown) for row in rows])
    return table(["class", "pairs", *(row.label for row in rows)], cells)


def ranks(values) -> np.ndarray:
    """Rank of each value, 1 the largest; equal ones share the mean rank."""
    values = np.asarray(values, np.float64)
    return np.array([(values > v).sum() + ((values == v).sum() + 1) / 2 for v in values])


def rank_correlation(first, second) -> float:
    """Spearman's coefficient."""
    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def ranking(names, first, second) -> str:
    """The order of the systems of two sets (lists of rows), figure by figure."""
    in_second = {row.label: row for row in second if row.scores is not None}
    both = [(row, in_second[row.label]) for row in first
            if row.scores is not None and row.label in in_second]
    cells = []
    means = [([a.scores[:, i].mean() for a, _ in both], [b.scores[:, i].mean() for _, b in both])
             for i in range(len(names))]
    for k, (row, _) in enumerate(both):
        cells.append([row.label] + [f"{ranks(a)[k]:g} · {ranks(b)[k]:g}" for a, b in means])
    cells.append(["rank correlation"] + [f"{rank_correlation(a, b):.2f}" for a, b in means])
    return table(["place in both sets", *(TITLES[n] for n in names)], cells)


def gap(names, seen, unseen) -> str:
    """Gain over the noisy input on training-like pairs and on others (rows; the first is noisy).

    A rival was trained on neither: its gap is what the sets themselves make.
    """
    in_unseen = {row.label: row for row in unseen if row.scores is not None}
    cells = []
    for row in seen[1:]:
        if row.scores is None or row.label not in in_unseen:
            continue
        other, cell = in_unseen[row.label], [row.label]
        for i, name in enumerate(names):
            here = row.scores[:, i] - seen[0].scores[:, i]
            there = other.scores[:, i] - unseen[0].scores[:, i]
            found = bootstrap.difference_of_differences(
                row.scores[:, i], seen[0].scores[:, i], other.scores[:, i],
                unseen[0].scores[:, i])
            digits = DIGITS[name]
            cell.append(" · ".join((number(here.mean(), digits, True),
                                    number(there.mean(), digits, True),
                                    with_interval(found, digits, True))))
        cells.append(cell)
    return table(["system", *(TITLES[n] for n in names)], cells)


BEHAVIOURS = (("clean_pesq", "clean in: WB-PESQ", 2), ("clean_si_sdr_db", "SI-SDR dB", 1),
              ("clean_gain_db", "gain dB", 2), ("gain_change_-50_dbfs_db", "gain at −50 dBFS", 2),
              ("gain_change_-3_dbfs_db", "at −3 dBFS", 2),
              ("worst_gain_change_db", "worst of any clip and level", 2),
              ("pause_reduction_db", "pauses: noise lowered by dB", 1),
              ("pause_modulation_in_db", "level's deviation before", 1),
              ("pause_modulation_out_db", "after", 1))


def behaviours(found: dict[str, dict[str, float]]) -> str:
    """One row a system."""
    return table(["system", *(title for _, title, _ in BEHAVIOURS)], [
        [label] + [number(figures[key], digits) if key in figures else "–"
                   for key, _, digits in BEHAVIOURS] for label, figures in found.items()])


def write(path, text: str) -> None:
    """Writes `text` to `path`, or between the lines BEGIN and END of a file that has them."""
    old = path.read_text(encoding="utf-8") if path.is_file() else ""
    if BEGIN in old and END in old:
        head, rest = old.split(BEGIN, 1)
        text = f"{head}{BEGIN}\n\n{text}\n{END}{rest.split(END, 1)[1]}"
    path.write_text(text, encoding="utf-8")
