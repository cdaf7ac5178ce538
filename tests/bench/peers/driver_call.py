# SPDX-License-Identifier: Apache-2.0
"""Calls a driver: all of them take the arguments and write the report of hop_driver.h."""
import json
import os
import pathlib
import subprocess

# One thread, whatever a library would take by itself.
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                     "RAYON_NUM_THREADS", "TORCHINDUCTOR_COMPILE_THREADS")}


class NotRun(Exception):
    """Why a peer gives no figures, in one line."""


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def call(command, jobs, times_path: pathlib.Path, core: int | None, priority: int, env=None,
         timeout_s: float = 1800) -> dict:
    """Runs `command` over `jobs` [(input, output)] on one core and returns its report.

    A core of None leaves the choice to the system, for callers that want the sound and no times.
    Throws NotRun with the driver's own last line if it fails.
    """
    arguments = [str(path) for job in jobs for path in job]
    times_path.unlink(missing_ok=True)
    try:
        done = subprocess.run(
            [*map(str, command), "--times", str(times_path), "--priority", str(priority),
             *arguments],
            env={**os.environ, **ONE_THREAD, **(env or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
            timeout=timeout_s, check=False,
            preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}))
    except OSError as error:
        raise NotRun(f"{pathlib.Path(command[0]).name}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise NotRun(f"no result after {timeout_s:.0f} s") from error
    if done.returncode != 0:
        raise NotRun(last_line(done.stderr) or f"exit status {done.returncode}")
    with open(times_path, encoding="utf-8") as f:
        report = json.load(f)
    if len(report["times_us"]) != len(jobs):
        raise NotRun(f"times of {len(report['times_us'])} files, expected {len(jobs)}")
    return report
