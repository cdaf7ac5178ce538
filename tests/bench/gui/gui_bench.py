# SPDX-License-Identifier: Apache-2.0
"""What the window costs: hiss-gui on a screen of 1920x1080 drawn by software, demo running.

    gui_bench.py HISS_GUI [--seconds N] [--page PAGE] [--delay DELAY] [--restless] [--minimised]

Prints one JSON object; live_gaps: of the sound; machine_stalls: by how much threads that are put before
all others, one on each core, and do nothing were woken late meanwhile, which is what no program can do
anything about (machine_stolen: share of the cores' time that the host of a virtual machine kept). Of each
gap: when it was, and the longest stall of each core that reached into the time that the rings hold.
--restless resizes the window and changes pages all the time; --minimised draws nothing, to compare with.
"""

import argparse
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../e2e"))
from screen import Screen, wait_for  # noqa: E402

WIDTH, HEIGHT = 1920, 1080
WARM_UP_S = 5.0
STALL_S = 0.005     # counted
NOTED_S = 0.001     # kept, to look for before a gap
BEFORE_GAP_S = 0.03  # what live sound holds, about
DELAYS = ("short", "balanced", "safe")  # as the page lists them
WATCHER_PRIORITY = 60  # above the sound's threads
GAP_KINDS = ("input_lost", "output_empty", "worker_late", "output_full", "device_in", "device_out")
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """CPU time so far of each thread, by its id."""
    seconds = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/stat", encoding="ascii") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        seconds[int(task)] = (int(fields[11]) + int(fields[12])) / TICKS
    return seconds


def memory_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


def watch_stalls(core, stop, stalls):
    """Until `stop`, then puts into `stalls` of a core: (when it ended, how long it was), in seconds."""
    os.sched_setaffinity(0, {core})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(WATCHER_PRIORITY))
    except PermissionError:
        pass
    found = []
    while not stop.is_set():
        begin = time.monotonic()
        time.sleep(0.001)
        end = time.monotonic()
        if end - begin - 0.001 > NOTED_S:
            found.append((core, end, end - begin - 0.001))
    stalls.put(found)


def gaps_of(text, stalls):
    """Gaps that the program told of, each with the stalls right before it."""
    gaps, kinds_before = [], [0] * len(GAP_KINDS)
    for line in re.findall(r"(?m)^hiss-gui: gaps (.*)$", text):
        *kinds, _, at = line.split()
        new = {name: int(now) - before
               for name, now, before in zip(GAP_KINDS, kinds, kinds_before) if int(now) != before}
        kinds_before = [int(n) for n in kinds]
        longest = {}
        for core, end, length in stalls:
            if float(at) - BEFORE_GAP_S < end and end - length < float(at):
                longest[core] = max(longest.get(core, 0.0), round(1e3 * length, 1))
        gaps.append({"kinds": new, "at_s": float(at), "stall_ms_by_core": longest})
    return gaps


def trace_of(text):
    """Numbers of the lines "hiss-gui: [PART] NAME VALUE …" by "PART NAME"."""
    values = {}
    for line in re.findall(r"(?m)^hiss-gui: (?!gaps )(.*)$", text):
        words = line.split()
        part = words.pop(0) + "_" if len(words) % 2 else ""
        values.update({part + name: float(value) for name, value in zip(words[::2], words[1::2])})
    return values


def stolen_ticks():
    with open("/proc/stat", encoding="ascii") as file:
        return int(file.readline().split()[8])


def stir(screen, window, step):
    """The n-th thing that a restless user does."""
    if step % 2:
        screen.key(f"ctrl+{1 + step // 2 % 4}")
    else:
        screen.do("windowsize", window, WIDTH - 40 * (step % 11), HEIGHT - 30 * (step % 7))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--page", default="live")
    parser.add_argument("--delay", choices=DELAYS, default="balanced", help="what live sound holds")
    parser.add_argument("--restless", action="store_true")
    parser.add_argument("--minimised", action="store_true")
    options = parser.parse_args()
    with Screen(WIDTH, HEIGHT) as screen, tempfile.TemporaryDirectory() as home, \
            tempfile.TemporaryFile("w+") as trace:
        os.makedirs(os.path.join(home, "hiss"))
        with open(os.path.join(home, "hiss", "hiss-gui.ini"), "w", encoding="ascii") as settings:
            settings.write(f"[live]\ndelay={DELAYS.index(options.delay)}\n")
        program = subprocess.Popen(
            [options.program, "--page", options.page, "--demo"], stderr=trace,
            env=dict(os.environ, DISPLAY=screen.display, QT_QPA_PLATFORM="xcb", HOME=home,
                     XDG_CONFIG_HOME=home, HISS_GUI_TRACE="1"))
        window = wait_for("the window", lambda: screen.windows())[0]
        screen.do("windowmove", window, 0, 0, "windowsize", window, WIDTH, HEIGHT)
        screen.do("windowfocus", window)
        time.sleep(WARM_UP_S)
        if options.minimised:
            screen.do("windowunmap", window)
        stop, found = multiprocessing.Event(), multiprocessing.Queue()
        watchers = [multiprocessing.Process(target=watch_stalls, args=(core, stop, found))
                    for core in os.sched_getaffinity(0)]
        for watcher in watchers:
            watcher.start()
        stolen = stolen_ticks()
        cpu, begin, step, memory = cpu_seconds(program.pid), time.monotonic(), 0, []
        while (passed := time.monotonic() - begin) < options.seconds:
            if len(memory) <= passed / options.seconds * 10:
                memory.append(memory_mib(program.pid))
            if options.restless:
                stir(screen, window, step)
                step += 1
            time.sleep(0.1)
        after, stolen = cpu_seconds(program.pid), stolen_ticks() - stolen
        stop.set()
        stalls = [stall for _ in watchers for stall in found.get()]
        for watcher in watchers:
            watcher.join()
        program.terminate()
        program.wait(60)
        trace.seek(0)
        text = trace.read()
        shares = {task: (after[task] - cpu.get(task, 0.0)) / passed for task in after}
        gui = shares.pop(program.pid)
        json.dump({"page": options.page, "delay": options.delay, "seconds": passed, "restless_steps": step,
                   "gui_thread_cpu_share": gui, "other_threads_cpu_share": sum(shares.values()),
                   "machine_stall_max_ms": 1e3 * max((s[2] for s in stalls), default=0.0),
                   "machine_stalls_over_5_ms": sum(s[2] > STALL_S for s in stalls),
                   "machine_stolen": stolen / TICKS / passed / len(watchers),
                   "memory_mib": memory, **trace_of(text), "gaps": gaps_of(text, stalls)},
                  sys.stdout, indent=1)
        print()


if __name__ == "__main__":
    main()
