#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hiss beside other denoisers in one run on one core: speed hop by hop, delay, quality.

    python3 run.py --setup DIR                       once: packages of the peers into DIR
    python3 run.py --venv DIR [--pairs FOLDER] [--hiss-build ../../../build/release] [--markdown]

The build needs HISS_BUILD_BENCHMARKS=ON and the target bench_peers. FOLDER has noisy/NAME.flac and
clean/NAME.flac, or NAME_noisy.flac and NAME_clean.flac; without it the recordings of the demo are
used. Every system first cleans all recordings, which gives the outputs that are scored. Then all
systems are timed in turn, several times, so that a slow moment of the machine hits all alike. A
system that cannot run stays in the table with the reason.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

import model_file
import setup_venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PRIORITY = 50


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--setup", type=pathlib.Path, metavar="DIR", help="install the peers and stop")
    p.add_argument("--venv", type=pathlib.Path, metavar="DIR", help="what --setup made")
    p.add_argument("--pairs", type=pathlib.Path, default=ROOT / "tests" / "data" / "audio")
    p.add_argument("--hiss-build", type=pathlib.Path, default=ROOT / "build" / "release")
    p.add_argument("--model", default=model_file.DEFAULT, metavar="NAME|FILE",
                   help="the model that is run in every way; of other shipped ones there is one "
                        "row each")
    p.add_argument("--only", nargs="+", metavar="KEY", help="peers whose key starts so")
    p.add_argument("--repeats", type=int, default=5, help="timed rounds")
    p.add_argument("--timing-seconds", type=float, default=60, help="sound of a timed round")
    p.add_argument("--core", type=int, help="the core to run on (default: the last one)")
    p.add_argument("--json", type=pathlib.Path, metavar="OUT", help="write everything measured")
    p.add_argument("--markdown", action="store_true", help="print the table and nothing else")
    return p.parse_args()


def processor() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def commit() -> str:
    """The short commit of the tree, with + if it was changed."""
    def git(*words):
        return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True,
                              check=False).stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if changed else "")


class Run:
    """One run: outputs, times, scores."""

    def __init__(self, args, peers, pairs, work: pathlib.Path):
        self.args, self.peers, self.pairs, self.work = args, peers, pairs, work
        self.core = args.core if args.core is not None else max(os.sched_getaffinity(0))
        self.outputs, self.reports, self.times = {}, {}, {}

    def say(self, text: str) -> None:
        if not self.args.markdown:
            print(text, file=sys.stderr, flush=True)

    def ready(self):
        return [peer for peer in self.peers if not peer.not_run]

    def call(self, peer, pairs, folder: str, priority: int):
        """Runs `peer` over `pairs`; on failure the peer gets its reason and None is returned."""
        import driver_call
        import sound_pairs
        target = self.work / peer.key / folder
        target.mkdir(parents=True, exist_ok=True)
        jobs = [(sound_pairs.at_rate(pair, peer.rate, self.work), target / f"{pair.name}.wav")
                for pair in pairs]
        try:
            report = driver_call.call(peer.command, jobs, self.work / "times.json", self.core,
                                      priority, peer.env)
        except driver_call.NotRun as reason:
            peer.not_run = str(reason)
            return None
        return report, [output for _, output in jobs]

    def clean_all(self) -> None:
        for peer in self.ready():
            self.say(f"{peer.name}: {len(self.pairs)} recordings")
            done = self.call(peer, self.pairs, "all", 0)
            if done:
                self.reports[peer.key], self.outputs[peer.key] = done
                self.times[peer.key] = []

    def timing_pairs(self):
        import sound_pairs
        chosen, total = [], 0.0
        for pair in self.pairs:
            if total < self.args.timing_seconds:
                chosen.append(pair)
                total += sound_pairs.seconds(pair)
        return chosen

    def time_all(self) -> None:
        pairs = self.timing_pairs()
        for repeat in range(self.args.repeats):
            self.say(f"timing, round {repeat + 1} of {self.args.repeats}")
            ready = self.ready()
            first = repeat % max(len(ready), 1)
            for peer in ready[first:] + ready[:first]:
                done = self.call(peer, pairs, "timed", PRIORITY)
                if done:
                    self.reports[peer.key] = done[0]
                    self.times[peer.key].append([t for file in done[0]["times_us"] for t in file])

    def result(self, peer) -> dict:
        import figures
        import sound_pairs
        if peer.not_run:
            return {"key": peer.key, "name": peer.name, "not_run": peer.not_run}
        self.say(f"{peer.name}: scores")
        report = self.reports[peer.key]
        hop_seconds = report["hop_samples"] / report["rate_hz"]
        delay = sound_pairs.median_delay_s(self.pairs[:5], self.outputs[peer.key][:5])
        latency = delay if peer.takes_any_block else delay + hop_seconds
        version = ", ".join(part for part in (peer.version, report["version"]) if part)
        if peer.version and report["version"] in peer.version:
            version = peer.version
        return {"key": peer.key, "name": peer.name, "licence": peer.licence, "timed": peer.timed,
                "version": version, "detail": report["detail"], "rate_hz": report["rate_hz"],
                "reference": peer.reference,
                "hop_ms": 1e3 * hop_seconds, "delay_ms": 1e3 * delay, "latency_ms": 1e3 * latency,
                "priority": report["priority"], "rounds_us": self.times[peer.key],
                **figures.summarise(self.times[peer.key], hop_seconds),
                **sound_pairs.scores(self.pairs, self.outputs[peer.key], os.cpu_count())}

    def results(self) -> list[dict]:
        import figures
        import sound_pairs
        results = [self.result(peer) for peer in self.peers]
        figures.add_ratios(results)
        noisy = [pair.noisy for pair in self.pairs]
        results.append({"key": "noisy", "name": "(noisy input)",
                        **sound_pairs.scores(self.pairs, noisy, os.cpu_count())})
        return results

    def heading(self, results) -> str:
        import sound_pairs
        priorities = {r["priority"] for r in results if "priority" in r}
        scheduling = "SCHED_FIFO" if priorities == {PRIORITY} else "without real-time priority"
        date = datetime.datetime.now(datetime.timezone.utc).date()
        return (f"{date}, {processor()}, core {self.core} of {os.cpu_count()}, {scheduling}; "
                f"Hiss {commit()}; {len(self.pairs)} pairs; {self.args.repeats} rounds of "
                f"{sum(map(sound_pairs.seconds, self.timing_pairs())):.0f} s of sound\n")


def main() -> int:
    args = arguments()
    if args.setup:
        return setup_venv.set_up(args.setup.resolve())
    if args.venv and pathlib.Path(sys.prefix).resolve() != args.venv.resolve():
        python = str(setup_venv.python_of(args.venv.absolute()))
        os.execv(python, [python, *sys.argv])
    import peer_list
    import sound_pairs
    import table
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        try:
            pairs = sound_pairs.find_pairs(args.pairs)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 3
        peers = peer_list.PeerList(args.hiss_build.resolve(), work,
                                   model_file.find(args.model)).all(args.only)
        run = Run(args, peers, pairs, work)
        run.clean_all()
        run.time_all()
        results = run.results()
    heading = run.heading(results)
    print(f"{heading}\n{table.markdown(results)}\n{table.notes(results)}", end="")
    if args.json:
        args.json.write_text(json.dumps({"heading": heading, "results": results}, indent=1) + "\n",
                             encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
