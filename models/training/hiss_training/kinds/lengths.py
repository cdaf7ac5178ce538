# SPDX-License-Identifier: Apache-2.0
"""What grows with the length of a sequence and what does not: memory, time a step, and how well a
network does at lengths that it was not trained at. Everything here runs a row at a time."""
from __future__ import annotations

import statistics
import time

import torch

from .sizes import Sizes, equal_sizes, parameters
from .stack import SequenceNet
from .tasks import seeded


class Stepper:
    """A network a row at a time, on a GPU as a CUDA graph where the state keeps its size. One instance
    a sequence."""

    def __init__(self, net: SequenceNet, first, graph: bool = True):
        self.net, self.state = net, net.start(len(first))
        self.replay = None
        if graph and first.is_cuda and net.cfg.sizes.kind != "attention":
            self.row = first.clone()
            side = torch.cuda.Stream(first.device)
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(3):
                    self._advance()
            torch.cuda.synchronize(first.device)
            for layer in self.state:
                for tensor in layer:
                    tensor.zero_()
            self.replay = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.replay, capture_error_mode="thread_local"):
                self.out = self._advance()

    def _advance(self):
        out, after = self.net.step(self.row, self.state)
        for layer, new in zip(self.state, after):
            for tensor, value in zip(layer, new):
                tensor.copy_(value)
        return out

    @torch.no_grad()
    def __call__(self, row):
        if self.replay is None:
            out, self.state = self.net.step(row, self.state)
            return out
        self.row.copy_(row)
        self.replay.replay()
        return self.out


@torch.no_grad()
def figures_at(net: SequenceNet, task, rows: int, seed: int) -> dict:
    """The figures of a task over `rows` sequences, computed a row at a time."""
    with seeded(seed, task.device):
        x, *target = task.draw(rows)
    step = Stepper(net, x[:, 0])
    for t in range(x.shape[1]):
        out = step(x[:, t])
    return task.figures(out.unsqueeze(1), *target)


def state_bytes(net: SequenceNet, seen: int) -> int:
    """What the network remembers of one sequence after `seen` rows."""
    return sum(v.numel() * v.element_size() for layer in state_after(net, 1, seen) for v in layer
               if torch.is_tensor(v))


def state_after(net: SequenceNet, rows: int, seen: int):
    if net.cfg.sizes.kind == "attention":
        return [block.mixer.start(rows, seen) for block in net.blocks]
    return net.start(rows)


@torch.no_grad()
def step_seconds(net: SequenceNet, rows: int, seen: int, repeats: int = 20) -> float:
    """Median time of one step of `rows` sequences side by side that have seen `seen` rows."""
    device = net.head.weight.device
    row, state, times = torch.zeros(rows, dtype=torch.long, device=device), \
        state_after(net, rows, seen), []
    for _ in range(repeats + 3):
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        begin = time.perf_counter()
        _, state = net.step(row, state)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - begin)
    return statistics.median(times[3:])


def training_cost(net: SequenceNet, task, batch: int, repeats: int = 5) -> tuple[float, int | None]:
    """Median seconds of one gradient, and on a GPU the bytes that it needs beside the weights."""
    device, times = task.device, []
    cuda = device.type == "cuda"
    with seeded(1, device):
        x, *target = task.draw(batch)
    most = None
    for i in range(repeats + 1):
        if cuda:
            torch.cuda.synchronize(device)
            torch.cuda.reset_peak_memory_stats(device)
            held = torch.cuda.memory_allocated(device)
        begin = time.perf_counter()
        task.loss(net(x), *target).backward()
        if cuda:
            torch.cuda.synchronize(device)
            most = torch.cuda.max_memory_allocated(device) - held
        if i:
            times.append(time.perf_counter() - begin)
        net.zero_grad(set_to_none=True)
    return statistics.median(times), most


def measure(kind: str, like: Sizes, make_task, lengths, training_lengths, rows: int) -> dict:
    """Cost of one kind, of as many weights as `like`; `make_task(length)` is a task over tokens."""
    torch.manual_seed(0)
    task = make_task(max(training_lengths))
    net = SequenceNet(task.config(equal_sizes(kind, like))).to(task.device)
    cost = {"kind": kind, "parameters": parameters(net), "rows": rows, "step_us": {},
            "state_bytes": {}, "training_ms": {}, "training_bytes": {}}
    for n in lengths:
        cost["state_bytes"][n] = state_bytes(net, n)
        cost["step_us"][n] = 1e6 * step_seconds(net, rows, n)
    for n in training_lengths:
        seconds, most = training_cost(net, make_task(n), rows)
        cost["training_ms"][n], cost["training_bytes"][n] = 1e3 * seconds, most
    return cost
