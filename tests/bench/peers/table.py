# SPDX-License-Identifier: Apache-2.0
"""The Markdown table of a run."""

COLUMNS = ("system", "RTF", "× Hiss", "p50 µs", "p99 µs", "max µs", "hop ms", "latency ms",
           "WB-PESQ", "SI-SDR dB", "STOI", "timed")


def cell(text) -> str:
    """One line, without the character that ends a cell."""
    return " ".join(str(text).split()).replace("|", "\\|")


def number(result, name: str, digits: int) -> str:
    return f"{result[name]:.{digits}f}" if name in result else "–"


def milliseconds(result, name: str) -> str:
    """Whole or with one digit: hops of 12.5 ms are not of 12 ms."""
    return f"{round(result[name], 1):g}" if name in result else "–"


def row(result) -> list[str]:
    """Cells of one result; one that did not run says why."""
    if "not_run" in result:
        return [cell(result["name"]), "not run: " + cell(result["not_run"])] + \
            [""] * (len(COLUMNS) - 2)
    return [cell(result["name"]), number(result, "rtf", 4), number(result, "ratio", 2),
            *(number(result, name, 0) for name in ("p50_us", "p99_us", "max_us")),
            milliseconds(result, "hop_ms"), number(result, "latency_ms", 0),
            number(result, "pesq", 3), number(result, "si_sdr", 2), number(result, "stoi", 3),
            cell(result.get("timed", ""))]


def order(result) -> tuple[int, float]:
    """The fastest first; then what has no time (the input); last what did not run."""
    if "not_run" in result:
        return 2, 0.0
    return (0, result["rtf"]) if "rtf" in result else (1, 0.0)


def markdown(results) -> str:
    lines = ["| " + " | ".join(COLUMNS) + " |",
             "|---|" + "---:|" * (len(COLUMNS) - 2) + "---|"]
    lines += ["| " + " | ".join(row(result)) + " |" for result in sorted(results, key=order)]
    return "\n".join(lines) + "\n"


def notes(results) -> str:
    """Version, settings and licence of each system that ran."""
    lines = []
    for result in sorted(results, key=order):
        if "version" in result:
            parts = (result["version"], result.get("detail"), result.get("licence"))
            lines.append(f"- {result['name']}: " + ", ".join(cell(p) for p in parts if p))
    return "\n".join(lines) + "\n"
