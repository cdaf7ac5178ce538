# SPDX-License-Identifier: Apache-2.0
"""What the Python drivers share: the arguments and the report of hop_driver.h.

    DRIVER [options] --times TIMES.json (INPUT OUTPUT.wav)...

A stream times itself, so that what NumPy does around a network counts for nothing.
"""
import argparse
import gc
import json
import os
import time

import numpy as np

WARM_UP_HOPS = 100
TAIL_SECONDS = 0.1
# The kernel stops a process at real-time priority for some 50 ms once it has run for a second
# without a pause, so it rests before that.
BUSY_SECONDS = 0.4
REST_SECONDS = 0.05


class Stopwatch:
    """Adds up the times of the blocks that it guards."""

    def __init__(self):
        self.seconds = 0.0

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds += time.perf_counter() - self.start


def pad(samples, hop: int, rate: int) -> np.ndarray:
    """`samples` with silence for the delay, up to a whole number of hops."""
    length = -(-(len(samples) + int(TAIL_SECONDS * rate)) // hop) * hop
    return np.concatenate([samples, np.zeros(length - len(samples), np.float32)])


def time_hops(stream, samples, hop: int) -> tuple[np.ndarray, list[float]]:
    """Output and microseconds of each hop; `stream(samples, watch)` returns a hop of output."""
    output, times_us = [], []
    rested = float("-inf")  # rests before the first hop
    for start in range(0, len(samples), hop):
        if time.perf_counter() - rested > BUSY_SECONDS:
            time.sleep(REST_SECONDS)
            rested = time.perf_counter()
        watch = Stopwatch()
        output.append(stream(samples[start:start + hop], watch))
        times_us.append(1e6 * watch.seconds)
    return np.concatenate(output), times_us


def take_priority(priority: int) -> int:
    """Runs the process under SCHED_FIFO, as audio programs do; 0 where that is not allowed."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError:
        return 0
    return priority


def parser(description: str) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description=description,
                                formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--times", required=True, help="report to write, JSON")
    p.add_argument("--priority", type=int, default=0, help="SCHED_FIFO priority while timing")
    p.add_argument("files", nargs="+", help="INPUT OUTPUT pairs")
    return p


def run(args, denoiser) -> None:
    """Runs `denoiser` (rate, hop, version, detail, make_stream()) over the files of `args`."""
    import soundfile
    if len(args.files) % 2:
        raise SystemExit(f"expected pairs of INPUT and OUTPUT, found {len(args.files)} names")
    report = {"rate_hz": denoiser.rate, "hop_samples": denoiser.hop, "times_us": [],
              "version": denoiser.version, "detail": denoiser.detail}
    gc.disable()
    for i, (source, target) in enumerate(zip(args.files[::2], args.files[1::2])):
        samples, rate = soundfile.read(source, dtype="float32")
        if rate != denoiser.rate:
            raise SystemExit(f"{source}: expected {denoiser.rate} Hz, found {rate}")
        samples = pad(samples, denoiser.hop, rate)
        if i == 0:
            time_hops(denoiser.make_stream(), samples[:WARM_UP_HOPS * denoiser.hop], denoiser.hop)
            report["priority"] = take_priority(args.priority) if args.priority else 0
        output, times_us = time_hops(denoiser.make_stream(), samples, denoiser.hop)
        report["times_us"].append(times_us)
        soundfile.write(target, output, rate, subtype="FLOAT")
        gc.collect()
    with open(args.times, "w", encoding="utf-8") as f:
        json.dump(report, f)
