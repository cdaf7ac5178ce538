# SPDX-License-Identifier: Apache-2.0
"""One training run: a kind, a task and a seed. It goes on from its checkpoint, and on a GPU runs as a
CUDA graph on a stream of its own, so that several small runs fill one GPU."""
from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import os
import pathlib
import time

import torch

from ..train import Progress, bound_gradient, learning_rate, put_back
from .files import save_sequence
from .sizes import RECURRENT, Sizes, parameters
from .stack import SequenceNet
from .tasks import seeded, test_rows

CHUNK = 64       # batches drawn at once
LONGEST_BURST = 16  # steps between two looks at the clock
TEST_BATCH = 256


@dataclasses.dataclass(frozen=True)
class Plan:
    """What all runs of a call have in common."""
    steps: int
    batch: int = 64
    lr: float = 2e-3
    warmup: int = 200
    test_rows: int = 1024
    looks: int = 10  # at the test rows during training
    graph: bool = True


class Run:
    def __init__(self, task, sizes: Sizes, seed: int, plan: Plan, folder: pathlib.Path, device):
        self.task, self.seed, self.plan, self.device = task, seed, plan, device
        self.folder, self.name = folder, f"{sizes.kind}-{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        self.cuda = device.type == "cuda"
        with seeded(seed, torch.device("cpu")):
            self.net = SequenceNet(task.config(sizes))
        self.stream = torch.cuda.Stream(device) if self.cuda else None
        self.fence = torch.cuda.Event() if self.cuda else None
        self.step, self.seconds = 0, 0.0
        self.drawn = (-1, None)
        with self.on_stream():
            self.net.to(device)
            self.params = list(self.net.parameters())
            self.lr = torch.tensor(plan.lr, device=device) if self.cuda else plan.lr
            options = {"capturable": True, "fused": True} if self.cuda else {}
            self.optimiser = torch.optim.AdamW(self.params, lr=self.lr, betas=(0.9, 0.99),
                                               weight_decay=0.0, **options)
            if (folder / "checkpoint.pt").exists():
                self.load()
            self.test = test_rows(task, plan.test_rows, seed)
            self.batch = [v.clone() for v in self._batch(self.step)]
            self.update = self._prepare()
        self.mark = time.time()

    def on_stream(self):
        return torch.cuda.stream(self.stream) if self.cuda else contextlib.nullcontext()

    # --- files -----------------------------------------------------------------------------------
    def log(self, kind: str, **fields) -> None:
        line = json.dumps({"kind": kind, "run": self.name, "step": self.step,
                           "seconds": round(self.seconds, 1),
                           **{k: round(v, 5) if isinstance(v, float) else v
                              for k, v in fields.items()}})
        print(line, flush=True)
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as f:
            f.write(line + "\n")

    def save(self) -> None:
        if self.cuda:
            self.stream.synchronize()
        part = self.folder / "checkpoint.part"
        torch.save({"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict(),
                    "step": self.step, "seconds": self.seconds}, part)
        os.replace(part, self.folder / "checkpoint.pt")

    def load(self) -> None:
        state = torch.load(self.folder / "checkpoint.pt", map_location=self.device)
        self.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])
        for group in self.optimiser.param_groups:
            group["lr"] = self.lr
        self.step, self.seconds = state["step"], state["seconds"]

    # --- one step --------------------------------------------------------------------------------
    def _batch(self, step: int):
        """The batch of a step: the same whatever ran before it."""
        chunk, at = divmod(step, CHUNK)
        if self.drawn[0] != chunk:
            with seeded((self.seed << 20) + chunk, self.device):
                rows = self.task.draw(CHUNK * self.plan.batch)
            self.drawn = chunk, [v.unflatten(0, (CHUNK, self.plan.batch)) for v in rows]
        return [v[at] for v in self.drawn[1]]

    def _update(self):
        for p in self.params:
            p.grad = None
        x, *target = self.batch
        loss = self.task.loss(self.net(x), *target)
        loss.backward()
        grads = [p.grad for p in self.params]
        flat = torch.cat([g.reshape(-1) for g in grads])
        bound_gradient(flat, 1.0)
        for p, piece in zip(self.params, flat.split([g.numel() for g in grads])):
            p.grad = piece.view_as(p)
        self.optimiser.step()
        return loss.detach()

    def _prepare(self):
        """`_update`, on a GPU captured as a graph: a step is then one launch."""
        if not (self.cuda and self.plan.graph):
            return self._update
        saved = copy.deepcopy((self.net.state_dict(), self.optimiser.state_dict()))
        for _ in range(3):
            self._update()
        torch.cuda.synchronize(self.device)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
                loss = self._update()
        except RuntimeError as error:
            self.log("no graph", error=str(error).splitlines()[0])
            graph = None
        put_back(self.net, self.optimiser, *saved)
        if graph is None:
            return self._update

        def replay():
            graph.replay()
            return loss
        return replay

    # --- training --------------------------------------------------------------------------------
    @property
    def done(self) -> bool:
        return self.step >= self.plan.steps

    @property
    def busy(self) -> bool:
        """Whether the GPU still works at the last burst."""
        return self.cuda and not self.fence.query()

    def burst(self) -> None:
        """Some steps, up to the next look at the test rows; on a GPU it returns before they are done."""
        every = max(1, self.plan.steps // self.plan.looks)
        until = min(self.plan.steps, self.step + LONGEST_BURST, self.step - self.step % every + every)
        with self.on_stream():
            while self.step < until:
                lr = learning_rate(self.plan.lr, Progress(schedule=self.step / self.plan.steps),
                                   self.plan.warmup, self.step)
                if self.cuda:
                    self.lr.fill_(lr)
                else:
                    for group in self.optimiser.param_groups:
                        group["lr"] = lr
                for held, new in zip(self.batch, self._batch(self.step)):
                    held.copy_(new)
                self.update()
                self.step += 1
            if self.cuda:
                self.fence.record()
        self.seconds += time.time() - self.mark
        self.mark = time.time()
        if self.step % every == 0 or self.done:
            self.log("look", **self.figures())

    @torch.no_grad()
    def figures(self) -> dict:
        """Loss and figures over the test rows."""
        x, *target = self.test
        with self.on_stream():
            out = torch.cat([self.net(part) for part in x.split(TEST_BATCH)])
            return {"loss": self.task.loss(out, *target).item(), **self.task.figures(out, *target)}

    def finish(self, beside: int, **more) -> None:
        """Writes result.json and, for the kinds that the engine runs, model.safetensors; only a run that
        is not done has a checkpoint."""
        cfg = self.net.cfg
        result = {"task": self.task.name, "kind": cfg.sizes.kind, "seed": self.seed,
                  "steps": self.step, "parameters": parameters(self.net), "batch": self.plan.batch,
                  "length": self.task.length, "lr": self.plan.lr, "seconds": self.seconds,
                  "beside": beside, "sizes": cfg.sizes.own(), **self.figures(), **more}
        if cfg.sizes.kind in RECURRENT:
            figures = {k: round(v, 5) for k, v in result.items() if isinstance(v, float)}
            save_sequence(self.folder / "model.safetensors", self.net, {
                "name": f"{self.task.name}-{self.name}",
                "description": f"{cfg.sizes.kind} blocks trained for {self.step} steps at "
                               f"{self.task.name}, to compare kinds of blocks",
                "data": "tuning series and generators of hiss_training.series"
                        if cfg.n_in else "generated", "licence": "Apache-2.0", "figures": figures})
        part = self.folder / "result.part"
        part.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        os.replace(part, self.folder / "result.json")
        (self.folder / "checkpoint.pt").unlink(missing_ok=True)
        self.log("end")
