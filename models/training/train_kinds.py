#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains and compares all kinds of blocks, each with as many weights, on the same data (KINDS.md).

    python3 train_kinds.py --task selective_copying --kinds all --seeds 0 1 2 --steps 6000 --out OUT
    python3 train_kinds.py --task forecasting --data PACK.npz --test PACK.npz … --out OUT
    python3 train_kinds.py --task denoising --data DIR --dev DIR … --out OUT
    python3 train_kinds.py --cost --out OUT       what grows with length, and what does not
    python3 train_kinds.py --sizes                sizes and weights of every kind
    python3 train_kinds.py --table --out OUT      tables of what was trained so far
    python3 train_kinds.py --scores EVAL.json     … of denoisers, as hiss_training.evaluate scored them

Runs that OUT holds are gone on with, or left alone when they are done. Without a GPU runs follow each
other; on GPUs they are spread over all of them, --at-once side by side on each. Exits with 3 where
--minutes were too few.
"""
from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from hiss_training.kinds import KINDS, SequenceNet, Sizes, equal_sizes, parameters  # noqa: E402
from hiss_training.kinds import lengths, table, tasks  # noqa: E402
from hiss_training.kinds.run import Plan, Run  # noqa: E402

CONFIGS = pathlib.Path(__file__).parent / "configs"
TIME_IS_UP = 3  # exit code of a call that is to be made again
MOST_LONG_ROWS = 256  # sequences of the tests at other lengths: attention remembers all of each
TASKS = ("selective_copying", "induction_heads", "forecasting", "denoising")
# The cells that go step by step take longest and begin first.
ORDER = ("selective_gate", "simplified_mamba", "mamba", "mamba2", "s4d", "attention", "lstm")


def make_task(args, device):
    options = {"length": args.length} if args.length else {}
    if args.task == "selective_copying":
        return tasks.SelectiveCopy(device, marks=args.marks, **options)
    if args.task == "induction_heads":
        return tasks.Induction(device, **options)
    if not (args.data and args.test):
        raise SystemExit("forecasting: expected --data PACK.npz and --test PACK.npz")
    rows = {"rows": args.length} if args.length else {}
    return tasks.Forecasting(device, args.data, args.test, **rows)


def wanted(args) -> list[tuple[str, int]]:
    """Kinds and seeds of this process's share that are not done."""
    runs = [(kind, seed) for kind in ORDER if kind in args.kinds for seed in args.seeds]
    part, parts = args.share
    return [run for run in runs[part::parts] if not finished(args, *run)]


def folder_of(args, kind: str, seed: int) -> pathlib.Path:
    return args.out / args.task / f"{kind}-{seed}"


def finished(args, kind: str, seed: int) -> bool:
    folder = folder_of(args, kind, seed)
    if args.task == "denoising":
        result = table.denoising_result(folder)
    else:
        path = folder / "result.json"
        result = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return bool(result) and result["steps"] >= args.steps


def finish(args, run: Run, beside: int) -> None:
    more = {}
    if args.task == "induction_heads":
        rows = min(args.test_rows, MOST_LONG_ROWS)
        at = {str(n): lengths.figures_at(run.net, tasks.Induction(run.device, n), rows,
                                         run.seed + n)["accuracy"] for n in args.lengths}
        more["at_length"] = at
    run.finish(beside, **more)


def train(args, device, end: float) -> bool:
    """Trains this process's share on one device, `at_once` runs side by side; False if time was up."""
    plan = Plan(args.steps, args.batch, args.lr, args.warmup, args.test_rows,
                graph=not args.no_graph)
    like = Sizes(**json.loads(args.config.read_text(encoding="utf-8")))
    task = make_task(args, device)
    if device.type == "cuda":
        torch.cuda.synchronize(device)  # the streams of the runs do not wait for this one
    waiting, active, saved = wanted(args), [], time.time()
    while waiting or active:
        while waiting and len(active) < args.at_once:
            kind, seed = waiting.pop(0)
            active.append(Run(task, equal_sizes(kind, like), seed, plan,
                              folder_of(args, kind, seed), device))
        worked, late = False, time.time() > end
        for run in list(active):
            if run.busy:
                continue
            if run.done:
                finish(args, run, args.at_once)
                active.remove(run)
            elif not late:
                run.burst()
            worked = worked or not late
        if late or time.time() > saved + 60:
            for run in active:
                run.save()
            saved = time.time()
        if late:
            return not active and not waiting
        if not worked:
            time.sleep(1e-4)
    return True


def denoise(args, device, end: float) -> bool:
    """Trains denoisers, each in a process of hiss_training.train; False if time was up."""
    env = dict(os.environ, CUDA_VISIBLE_DEVICES=str(device.index) if device.index is not None else
               os.environ.get("CUDA_VISIBLE_DEVICES", ""))
    waiting, active = wanted(args), []
    while waiting or active:
        while waiting and len(active) < args.at_once and time.time() < end:
            kind, seed = waiting.pop(0)
            out = folder_of(args, kind, seed)
            command = [sys.executable, "-m", "hiss_training.train", "--data", args.data, "--config",
                       str(CONFIGS / "nano.json"), "--block", kind, "--seed", str(seed), "--steps",
                       str(args.steps), "--batch", str(args.batch), "--seconds", str(args.seconds),
                       "--lr", str(args.lr), "--warmup", str(args.warmup), "--out", str(out),
                       "--dev", args.dev, "--eval-minutes", "1000", "--log-every",
                       str(max(1, args.steps // 10)), "--compile", "0"]
            if device.type != "cuda":
                command += ["--cpu", "--rooms", "8"]
            active.append(subprocess.Popen(command, env=env, cwd=pathlib.Path(__file__).parent))
        for process in list(active):
            if process.poll() is not None:
                if process.returncode:
                    raise SystemExit(f"hiss_training.train: exit code {process.returncode}")
                active.remove(process)
            elif time.time() > end:
                process.terminate()
        if not active and time.time() > end:
            return not waiting
        time.sleep(0.2)
    return True


def spread_over_devices() -> int:
    """One process a GPU, each with a share of the runs; the worst of their exit codes."""
    count = torch.cuda.device_count()
    own = [a for a in sys.argv[1:] if a not in ("--cost", "--table", "--sizes")]
    processes = [subprocess.Popen([sys.executable, __file__, *own, "--device", f"cuda:{i}",
                                   "--share", str(i), str(count)]) for i in range(count)]
    return max(p.wait() for p in processes)


def device_name(device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    info = pathlib.Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text(encoding="utf-8").splitlines()
             if line.startswith("model name")] if info.exists() else []
    return f"{names[0] if names else platform.machine()}, threads: {torch.get_num_threads()}"


def cost(args, device) -> None:
    like = Sizes(**json.loads(args.config.read_text(encoding="utf-8")))
    make = lambda n: tasks.Induction(device, n)
    kinds = [lengths.measure(kind, like, make, args.lengths, args.training_lengths, args.batch)
             for kind in args.kinds]
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "cost.json"
    path.write_text(json.dumps({"device": device_name(device), "rows": args.batch, "kinds": kinds},
                               indent=1) + "\n", encoding="utf-8")


def sizes_table(config: pathlib.Path) -> str:
    """Sizes of every kind with as many weights as the Mamba of `config`."""
    like = Sizes(**json.loads(config.read_text(encoding="utf-8")))
    task = tasks.SelectiveCopy(torch.device("cpu"))
    rows = [["kind", "sizes", "weights of a block", "of a network", "bytes of state after 64 rows",
             "after 4096 rows"]]
    for kind in KINDS:
        net = SequenceNet(task.config(equal_sizes(kind, like)))
        own = ", ".join(f"{k} {v}" for k, v in net.cfg.sizes.own().items())
        rows.append([kind, f"d_model {like.d_model}, {own}", str(parameters(net.blocks[0].mixer)),
                     str(parameters(net)), str(lengths.state_bytes(net, 64)),
                     str(lengths.state_bytes(net, 4096))])
    return "\n".join(table.rows_of(rows))


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--task", choices=TASKS)
    p.add_argument("--table", action="store_true")
    p.add_argument("--sizes", action="store_true")
    p.add_argument("--cost", action="store_true")
    p.add_argument("--kinds", nargs="+", default=["all"], choices=[*KINDS, "all"])
    p.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    p.add_argument("--config", type=pathlib.Path, default=CONFIGS / "kinds" / "small.json",
                   help="sizes of the Mamba block that all kinds are to have the weights of")
    p.add_argument("--out", type=pathlib.Path)
    p.add_argument("--steps", type=int, default=1000)
    p.add_argument("--minutes", type=float, default=0, help="stop, to be gone on with, after these")
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--warmup", type=int, default=200)
    p.add_argument("--length", type=int, help="of a sequence, in place of the task's own")
    p.add_argument("--marks", type=int, default=16, help="selective_copying: tokens to copy")
    p.add_argument("--lengths", type=int, nargs="+", default=[64, 256, 1024, 4096, 16384],
                   help="induction_heads: lengths to test at; --cost: rows seen")
    p.add_argument("--training-lengths", type=int, nargs="+", default=[256, 1024, 4096],
                   help="--cost: lengths of training sequences")
    p.add_argument("--test-rows", type=int, default=1024, help="sequences of the test")
    p.add_argument("--tokens", type=pathlib.Path, metavar="FILE",
                   help="write the test of a task over tokens and the first seed, for hiss compare")
    p.add_argument("--scores", type=pathlib.Path, metavar="EVAL.json",
                   help="table the scores of checkpoints that evaluate knew as KIND-SEED")
    p.add_argument("--data", help="forecasting: PACK.npz of hiss_training.series; "
                                  "denoising: folder of hiss_training.data")
    p.add_argument("--test", help="forecasting: PACK.npz of series that are not trained on")
    p.add_argument("--dev", help="denoising: folder of noisy/ and clean/")
    p.add_argument("--seconds", type=float, default=2.0, help="denoising: length of a clip")
    p.add_argument("--at-once", type=int, default=0, help="runs side by side on a device")
    p.add_argument("--device", help="cpu, cuda:0, …; default: all GPUs, or the CPU")
    p.add_argument("--share", type=int, nargs=2, default=(0, 1), metavar=("PART", "PARTS"),
                   help="every PARTS-th run from PART on; for several processes")
    p.add_argument("--no-graph", action="store_true", help="no CUDA graphs")
    args = p.parse_args()
    if "all" in args.kinds:
        args.kinds = list(KINDS)
    if args.tokens and args.task not in ("selective_copying", "induction_heads"):
        p.error("--tokens: expected --task selective_copying or induction_heads")
    if not (args.sizes or args.tokens or args.scores or args.out):
        p.error("--out: expected a folder")
    if not (args.sizes or args.scores or args.table or args.cost or args.task):
        p.error("expected --task, --cost, --table, --scores or --sizes")
    if args.task == "denoising" and not (args.data and args.dev):
        p.error("denoising: expected --data DIR and --dev DIR")
    return args


def main() -> int:
    args = parse()
    begin = time.time()
    if args.sizes:
        print(sizes_table(args.config))
    if args.scores:
        evaluation = json.loads(args.scores.read_text(encoding="utf-8"))
        print("\n".join(table.scores_table(evaluation)))
    device = torch.device(args.device or ("cuda:0" if torch.cuda.is_available() else "cpu"))
    if args.tokens:
        lines = tasks.token_lines(make_task(args, device), args.test_rows, args.seeds[0])
        args.tokens.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return 0
    if args.task and not args.device and torch.cuda.device_count() > 1:
        code = spread_over_devices()
        if code:
            return code
    elif args.task:
        if device.type == "cuda":
            torch.cuda.set_device(device)
        args.at_once = args.at_once or (8 if device.type == "cuda" else 1)
        end = begin + 60 * args.minutes if args.minutes else float("inf")
        if not (denoise if args.task == "denoising" else train)(args, device, end):
            print(f"{args.task}: time is up; the same call goes on", flush=True)
            return TIME_IS_UP
    if args.cost:
        cost(args, device)
    if args.table:
        print(table.show(args.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
