# SPDX-License-Identifier: Apache-2.0
"""What the window costs: hiss-gui on a screen of 1920x1080 drawn by software, demo running.

    gui_bench.py HISS_GUI [--seconds N] [--page PAGE] [--restless]

Prints one JSON object; live_gaps: of the sound; machine_stall_max_ms: by how much a thread that is put before all
others and does nothing was woken late meanwhile, which is what no program can do anything about.
--restless resizes the window and changes pages all the time.
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
STALL_S = 0.005
WATCHER_PRIORITY = 60  # above the sound's threads
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


def watch_stalls(stop, stalls):
    """Until `stop`: stalls [0] the longest, [1] how many were longer than STALL_S."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(WATCHER_PRIORITY))
    except PermissionError:
        pass
    while not stop.is_set():
        begin = time.monotonic()
        time.sleep(0.001)
        late = time.monotonic() - begin - 0.001
        stalls[0] = max(stalls[0], late)
        stalls[1] += late > STALL_S


def trace_of(text):
    """Numbers of the lines "hiss-gui: [PART] NAME VALUE …" by "PART NAME"."""
    values = {}
    for line in re.findall(r"(?m)^hiss-gui: (.*)$", text):
        words = line.split()
        part = words.pop(0) + "_" if len(words) % 2 else ""
        values.update({part + name: float(value) for name, value in zip(words[::2], words[1::2])})
    return values


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
    parser.add_argument("--restless", action="store_true")
    options = parser.parse_args()
    with Screen(WIDTH, HEIGHT) as screen, tempfile.TemporaryDirectory() as home, \
            tempfile.TemporaryFile("w+") as trace:
        program = subprocess.Popen(
            [options.program, "--page", options.page, "--demo"], stderr=trace,
            env=dict(os.environ, DISPLAY=screen.display, QT_QPA_PLATFORM="xcb", HOME=home,
                     XDG_CONFIG_HOME=home, HISS_GUI_TRACE="1"))
        window = wait_for("the window", lambda: screen.windows())[0]
        screen.do("windowmove", window, 0, 0, "windowsize", window, WIDTH, HEIGHT)
        screen.do("windowfocus", window)
        time.sleep(WARM_UP_S)
        stop, stalls = multiprocessing.Event(), multiprocessing.Array("d", 2)
        watcher = multiprocessing.Process(target=watch_stalls, args=(stop, stalls))
        watcher.start()
        cpu, begin, step, memory = cpu_seconds(program.pid), time.monotonic(), 0, []
        while (passed := time.monotonic() - begin) < options.seconds:
            if len(memory) <= passed / options.seconds * 10:
                memory.append(memory_mib(program.pid))
            if options.restless:
                stir(screen, window, step)
                step += 1
            time.sleep(0.1)
        after = cpu_seconds(program.pid)
        stop.set()
        watcher.join()
        program.terminate()
        program.wait(60)
        trace.seek(0)
        shares = {task: (after[task] - cpu.get(task, 0.0)) / passed for task in after}
        gui = shares.pop(program.pid)
        json.dump({"page": options.page, "seconds": passed, "restless_steps": step,
                   "gui_thread_cpu_share": gui, "other_threads_cpu_share": sum(shares.values()),
                   "machine_stall_max_ms": 1e3 * stalls[0], "machine_stalls_over_5_ms": int(stalls[1]),
                   "memory_mib": memory, **trace_of(trace.read())}, sys.stdout, indent=1)
        print()


if __name__ == "__main__":
    main()
