# SPDX-License-Identifier: Apache-2.0
"""Trains a denoiser on one CPU, one GPU or several GPUs of a host, with resume.

    python3 -m hiss_training.train --data DIR --config configs/base.json --minutes 25 --out DIR
    torchrun --nproc-per-node 2 -m hiss_training.train ...

DIR holds speech.npy and noise.npy (hiss_training.data). `OUT/checkpoint.pt` has weights, EMA,
optimiser, counters and generator state, and is replaced as a whole; `OUT/train.log` has one JSON
object a line. On a GPU a whole step (mixing, network, loss, optimiser, EMA) is one CUDA graph.
"""
from __future__ import annotations

import argparse
import contextlib
import copy
import dataclasses
import json
import math
import os
import pathlib
import re
import time

import numpy as np
import torch
import torch.distributed as dist

from .augment import SAMPLE_RATE, PairMaker, with_speeds
from .judges import Judges
from .losses import DenoiseLoss, si_sdr
from .network import NetConfig, SubbandMamba


@dataclasses.dataclass
class Progress:
    step: int = 0
    seconds: float = 0.0
    schedule: float = 0.0  # 0..1, where the learning-rate schedule stands


def learning_rate(peak: float, progress: Progress, warmup: int, since_start: int) -> float:
    """Cosine from `peak` to 1 % of it over the schedule, with a linear warm-up of `warmup` steps."""
    ramp = min(1.0, (since_start + 1) / warmup)
    return peak * ramp * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(progress.schedule, 1.0))))


def parameter_groups(net):
    """Matrices get weight decay; A_log, biases, norms and vectors do not."""
    decay, plain = [], []
    for name, p in net.named_parameters():
        (decay if p.ndim > 1 and "A_log" not in name else plain).append(p)
    return [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]


def bound_gradient(flat: torch.Tensor, most: float) -> torch.Tensor:
    """Scales a gradient down to norm `most`, in place, and makes one that is not finite 0, so that its
    step moves nothing. Returns the norm it had."""
    norm = flat.norm()
    scale = torch.where(torch.isfinite(norm), (most / (norm + 1e-6)).clamp(max=1.0),
                        torch.zeros_like(norm))
    flat.nan_to_num_(0.0, 0.0, 0.0).mul_(scale)
    return norm


@torch.no_grad()
def put_back(net, optimiser, weights: dict, moments: dict) -> None:
    """Takes back warm-up steps, in place: a captured graph holds on to these tensors."""
    for n, v in net.state_dict().items():
        v.copy_(weights[n])
    flat = [p for g in optimiser.param_groups for p in g["params"]]
    for i, p in enumerate(flat):
        for key, v in optimiser.state[p].items():
            old = moments["state"].get(i, {}).get(key)
            v.copy_(old) if old is not None else v.zero_()


def begin_with(net: SubbandMamba, old: NetConfig, weights: dict[str, torch.Tensor]) -> None:
    """Puts the weights of a network of the config `old` into `net`: the same sizes, any hop and
    window.

    What only `net` has (a third feature, biases of bands, the block over all bands, more blocks at
    the end of each half) begins as nothing. The steps of the recurrence are stretched with the hop:
    dt = softplus(b + ..) is close to exp(b + ..) where it matters, so ln(new / old hop) is added to
    its bias. Throws ValueError.
    """
    new = net.cfg
    free = {k: getattr(new, k) for k in ("hop", "synthesis_length")}
    if new.features > old.features:
        free["features"] = new.features
    if new.band_bias > old.band_bias:
        free["band_bias"] = new.band_bias
    if new.fullband_d_model and not old.fullband_d_model:
        free |= {k: getattr(new, k) for k in ("fullband_d_model", "fullband_rank")}
    if new.n_layer > old.n_layer:
        free["n_layer"] = new.n_layer
    if dataclasses.replace(old, **free) != new:
        raise ValueError(f"config: expected {new} but for {', '.join(free)}, found {old}")
    pre = weights["pre.conv.weight"]
    first = torch.zeros_like(net.pre.conv.weight)
    first[:, :pre.shape[1]] = pre
    added = {name: value for name, value in net.state_dict().items()
             if name == "band_bias" or name.startswith("fullband.")}
    # Blocks in front of the one over all bands stay in front of it.
    moved = {i: i + (new.fullband_before - old.fullband_before if i >= old.fullband_before else 0)
             for i in range(old.n_layer)}
    with torch.no_grad():
        for i in set(range(new.n_layer)) - set(moved.values()):
            block = net.blocks[i]
            for end in (block.mixer.out_proj, block.band_down, block.chan_down):
                for p in end.parameters():
                    p.zero_()
    added |= {name: value for name, value in net.state_dict().items() if name.startswith("blocks.")}
    place = lambda name: re.sub(r"^blocks\.(\d+)", lambda m: f"blocks.{moved[int(m[1])]}", name)
    weights = {place(name): value for name, value in weights.items()}
    net.load_state_dict({**added, **weights, "pre.conv.weight": first})
    with torch.no_grad():
        for name, value in net.named_parameters():
            if name in weights and name.endswith("mixer.dt_proj.bias"):
                value += math.log(new.hop / old.hop)


class Trainer:
    def __init__(self, args):
        self.born = time.time()
        self.args = args
        self.rank = int(os.environ.get("RANK", 0))
        self.world = int(os.environ.get("WORLD_SIZE", 1))
        if torch.cuda.is_available() and not args.cpu:
            self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
            torch.cuda.set_device(self.device)
        else:
            self.device = torch.device("cpu")
        self.cuda = self.device.type == "cuda"
        if self.world > 1:
            dist.init_process_group("nccl" if self.cuda else "gloo")
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
        torch.manual_seed(args.seed)

        self.config = NetConfig.load(args.config) if args.config else NetConfig()
        if args.block:
            self.config = dataclasses.replace(self.config, block=args.block)
        self.net = SubbandMamba(self.config).to(self.device)
        self.loss = DenoiseLoss(args.ratio_weight, args.loudness_weight,
                                args.clarity_weight, args.over_weight,
                                args.log_weight).to(self.device)
        self.ema = copy.deepcopy(self.net).eval()
        fused = {"fused": True, "capturable": True} if self.cuda else {}
        self.lr = torch.tensor(args.lr, device=self.device) if self.cuda else args.lr
        self.optimiser = torch.optim.AdamW(parameter_groups(self.net), lr=self.lr,
                                           betas=(0.9, 0.99), **fused)
        self.judges = Judges().to(self.device) if args.judge_weight else None
        if self.judges:
            self.judge_params = list(self.judges.parameters())
            self.judge_optimiser = torch.optim.AdamW(self.judge_params, lr=args.judge_lr,
                                                     betas=(0.5, 0.9), weight_decay=0.0, **fused)
        self.progress = Progress()
        self.out = pathlib.Path(args.out)
        self.out.mkdir(parents=True, exist_ok=True)
        if args.resume:
            self.load(args.resume)
        elif args.weights_from:
            self.take_weights(args.weights_from)
        # Different data on each GPU and after each resume.
        torch.manual_seed(args.seed + 1000 * self.rank + 7919 * (self.progress.step % 100003))

        data = {n: with_speeds(torch.from_numpy(np.load(f"{args.data}/{n}.npy")).to(self.device), v)
                for n, v in (("speech", args.speech_speeds), ("noise", args.noise_speeds))}
        self.pairs = PairMaker(data["speech"], data["noise"], int(args.seconds * SAMPLE_RATE),
                               rooms=args.rooms, floor_db=args.floor_db)
        self.dev = self.load_dev(args.dev) if args.dev else []
        self.log("data", hours_speech=len(data["speech"]) / SAMPLE_RATE / 3600,
                 hours_noise=len(data["noise"]) / SAMPLE_RATE / 3600, world=self.world,
                 parameters=sum(p.numel() for p in self.net.parameters()),
                 arguments={k: v for k, v in vars(args).items() if k not in ("data", "dev", "out")})
        self.params = [p for p in self.net.parameters()]
        self.ema_pairs = self._ema_pairs()
        self.ema_decay = torch.tensor(0.0, device=self.device)
        self.judge_weight = torch.tensor(0.0, device=self.device)
        if self.cuda and args.compile:
            self.net.mask = torch.compile(self.net.mask)
            self.loss.distance = torch.compile(self.loss.distance)
            self.loss.log_distance = torch.compile(self.loss.log_distance)

    # --- files -----------------------------------------------------------------------------------
    def log(self, kind: str, **fields):
        if self.rank:
            return
        line = json.dumps({"kind": kind, "step": self.progress.step,
                           "seconds": round(self.progress.seconds, 1),
                           **{k: round(v, 5) if isinstance(v, float) else v
                              for k, v in fields.items()}})
        print(line, flush=True)
        with open(self.out / "train.log", "a", encoding="utf-8") as f:
            f.write(line + "\n")

    def save(self):
        if self.rank:
            return
        state = {"config": dataclasses.asdict(self.config), "net": self.net.state_dict(),
                 "ema": self.ema.state_dict(), "optimiser": self.optimiser.state_dict(),
                 "progress": dataclasses.asdict(self.progress), "seed": self.args.seed}
        if self.judges:
            state["judges"] = (self.judges.state_dict(), self.judge_optimiser.state_dict())
        part = self.out / "checkpoint.pt.part"
        torch.save(state, part)
        os.replace(part, self.out / "checkpoint.pt")

    def load(self, path: str):
        state = torch.load(path, map_location=self.device)
        if NetConfig(**state["config"]) != self.config:
            raise SystemExit(f"{path}: config: expected {dataclasses.asdict(self.config)}, "
                             f"found {state['config']}")
        self.net.load_state_dict(state.get("net", state["ema"]))
        self.ema.load_state_dict(state["ema"])
        if "optimiser" in state:  # hiss_training.slim may have left it out
            self.optimiser.load_state_dict(state["optimiser"])
        for group in self.optimiser.param_groups:
            group["lr"] = self.lr
        if self.judges and "judges" in state:
            self.judges.load_state_dict(state["judges"][0])
            self.judge_optimiser.load_state_dict(state["judges"][1])
        self.progress = Progress(**state["progress"])
        if self.args.restart_schedule:
            self.progress.schedule = 0.0

    def take_weights(self, path: str):
        """Starts from another network's EMA weights, see `begin_with`."""
        state = torch.load(path, map_location=self.device)
        try:
            begin_with(self.net, NetConfig(**state["config"]), state["ema"])
        except ValueError as error:
            raise SystemExit(f"{path}: {error}") from None
        self.ema.load_state_dict(self.net.state_dict())

    @staticmethod
    def load_dev(folder: str):
        import soundfile
        noisy = sorted(pathlib.Path(folder, "noisy").glob("*.flac"))
        read = lambda p: torch.from_numpy(soundfile.read(str(p), dtype="float32")[0])
        return [(read(p), read(p.parent.parent / "clean" / p.name)) for p in noisy]

    # --- one step --------------------------------------------------------------------------------
    def _ema_pairs(self):
        net, ema = self.net.state_dict(), self.ema.state_dict()
        names = [n for n in net if net[n].is_floating_point()]
        return [ema[n] for n in names], [net[n] for n in names]

    def update(self):
        """Mixes a batch and takes one optimiser step; returns (loss, SI-SDR, gradient norm)."""
        noisy, clean = self.pairs.batch(self.args.batch)
        mixed = self.cuda and not self.args.fp32
        with torch.autocast("cuda", torch.bfloat16) if mixed else contextlib.nullcontext():
            estimate = self.net(noisy)
        estimate = estimate.float()
        loss, ratio = self.loss(estimate, clean, noisy)
        if self.judges:
            loss = loss + self.judge_weight * self.judge(estimate, clean, noisy, mixed)
        loss.backward()
        grads = [p.grad for p in self.params]
        flat = torch.cat([g.reshape(-1) for g in grads])
        if self.world > 1:
            dist.all_reduce(flat)
            flat /= self.world
        norm = bound_gradient(flat, 2.0)
        pieces = [f.view_as(g) for f, g in zip(torch.split(flat, [g.numel() for g in grads]), grads)]
        for p, piece in zip(self.params, pieces):
            p.grad = piece
        self.optimiser.step()
        averages, values = self.ema_pairs
        if self.cuda:
            torch._foreach_mul_(averages, self.ema_decay)
            torch._foreach_add_(averages, torch._foreach_mul(values, 1 - self.ema_decay))
        else:
            for e, p in zip(averages, values):
                e.lerp_(p, 1 - self.ema_decay)
        return loss.detach(), ratio.detach(), norm.detach()

    def judge(self, estimate, clean, noisy, mixed: bool):
        """The judges' own step on this batch; returns their term of the denoiser's loss."""
        part = slice(0, (len(noisy) + 1) // 2)  # of the clips: judging costs as much as the network
        estimate, clean = self.loss.levelled(estimate[part], clean[part], noisy[part])
        half = lambda: torch.autocast("cuda", torch.bfloat16) if mixed else contextlib.nullcontext()
        self.judges.requires_grad_(True)
        with half():
            judging = self.judges.judging(estimate, clean)
        for p, g in zip(self.judge_params, torch.autograd.grad(judging, self.judge_params)):
            if self.world > 1:
                dist.all_reduce(g)
            p.grad = (g / self.world).nan_to_num(0.0, 0.0, 0.0)
        self.judge_optimiser.step()
        self.judges.requires_grad_(False)
        with half():
            return self.judges.deceiving(estimate, clean)

    def prepare_step(self):
        """Returns a function that runs `update` once: plain, or as a replayed CUDA graph."""
        def eager():
            for p in self.params:
                p.grad = None
            return self.update()

        if not (self.cuda and self.args.graph):
            return eager
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        saved = copy.deepcopy((self.net.state_dict(), self.optimiser.state_dict(),
                               self.ema.state_dict()))
        judged = copy.deepcopy((self.judges.state_dict(), self.judge_optimiser.state_dict())) \
            if self.judges else None
        with torch.cuda.stream(stream):
            for _ in range(4):
                eager()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        # thread_local: the NCCL watchdog thread may touch CUDA meanwhile.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            result = eager()
        put_back(self.net, self.optimiser, *saved[:2])
        with torch.no_grad():
            for n, v in self.ema.state_dict().items():
                v.copy_(saved[2][n])
        if judged:
            put_back(self.judges, self.judge_optimiser, *judged)

        def replay():
            graph.replay()
            return result
        return replay

    # --- run -------------------------------------------------------------------------------------
    @torch.no_grad()
    def evaluate(self):
        """EMA weights over the development set: means of SI-SDR in dB, of the opinion by loudness,
        of intelligibility and of the gain that speech gets, which SI-SDR and PESQ do not see (1 is right)."""
        rows = []
        with torch.backends.cudnn.flags(benchmark=False):  # every clip has a length of its own
            for noisy, clean in self.dev:
                clean = clean.to(self.device)[None]
                out = self.ema(noisy.to(self.device)[None])
                gain = (out * clean).sum() / clean.square().sum()
                opinion = self.loss.loudness.opinion(self.loss.loudness(out, clean))
                rows.append((si_sdr(out, clean).item(), opinion.item(),
                             self.loss.clarity(out, clean).item(), gain.item()))
        return dict(zip(("si_sdr", "opinion", "stoi", "gain"), np.mean(rows, axis=0).tolist()))

    def run(self):
        args, progress = self.args, self.progress
        step = self.prepare_step()
        start, base, first = time.time(), progress.seconds, progress.step
        # The minutes count from the program's start: loading and compiling are paid for too.
        minutes = max(args.minutes - (start - self.born) / 60, 0.01)
        schedule0 = progress.schedule
        next_eval = next_save = time.time() + 60 * args.eval_minutes
        total = torch.zeros(3, device=self.device)
        counted, mark = 0, time.time()
        clock, agreed = torch.zeros(1, dtype=torch.float64, device=self.device), 0.0
        while True:
            elapsed = time.time() - start
            done = (progress.step - first) / args.steps if args.steps else elapsed / 60 / minutes
            if self.world > 1 and not args.steps:
                # Every GPU goes by the clock of the first one, or their learning rates and with
                # them their weights drift apart.
                if (progress.step - first) % 50 == 0:
                    clock.fill_(done)
                    dist.broadcast(clock, 0)
                    agreed = clock.item()
                done = agreed
            if done >= 1:
                break
            progress.schedule = schedule0 + (1 - schedule0) * min(done, 1.0)
            lr = learning_rate(args.lr, progress, args.warmup, progress.step - first)
            if self.cuda:
                self.lr.fill_(lr)
            else:
                for group in self.optimiser.param_groups:
                    group["lr"] = lr
            # Judges that have seen nothing yet have nothing to say.
            self.judge_weight.fill_(args.judge_weight
                                    * min(1.0, (progress.step - first) / (2 * args.warmup)))
            self.ema_decay.fill_(min(args.ema, (progress.step + 1) / (progress.step + 10)))
            result = step()
            total += torch.stack(result)
            progress.step += 1
            counted += 1
            progress.seconds = base + time.time() - start
            if counted == args.log_every:
                loss, ratio, norm = (total / counted).tolist()
                self.log("train", loss=loss, si_sdr=ratio, norm=norm, lr=lr,
                         steps_per_s=counted / (time.time() - mark))
                total.zero_()
                counted, mark = 0, time.time()
            if time.time() >= next_save:
                self.save()
                next_save = time.time() + 60
            if time.time() >= next_eval and self.dev and not self.rank:
                self.log("dev", **self.evaluate())
                next_eval = time.time() + 60 * args.eval_minutes
        progress.seconds = base + time.time() - start
        self.save()
        if not self.rank:
            self.log("end", **(self.evaluate() if self.dev else {}))
        if self.world > 1:
            low = torch.cat([p.detach().reshape(-1) for p in self.params])
            high = low.clone()
            dist.all_reduce(low, dist.ReduceOp.MIN)
            dist.all_reduce(high, dist.ReduceOp.MAX)
            self.log("ranks", identical=bool((low == high).all()))
            dist.destroy_process_group()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--data", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--config", help="JSON of NetConfig fields")
    p.add_argument("--block", help="kind of the blocks in place of the config's (hiss_training.kinds)")
    p.add_argument("--dev", help="folder with noisy/*.flac and clean/*.flac: selection only")
    p.add_argument("--resume", help="checkpoint.pt to go on from")
    p.add_argument("--weights-from", help="checkpoint.pt of a network with another hop: weights only")
    p.add_argument("--restart-schedule", action="store_true", help="a new learning-rate cosine")
    p.add_argument("--minutes", type=float, default=5.0, help="in all, from the program's start")
    p.add_argument("--steps", type=int, default=0, help="steps instead of minutes")
    p.add_argument("--batch", type=int, default=24, help="clips a step and GPU, multiple of 8")
    p.add_argument("--seconds", type=float, default=5.0, help="length of a clip")
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--warmup", type=int, default=500)
    p.add_argument("--ema", type=float, default=0.999)
    p.add_argument("--ratio-weight", type=float, default=0.1, help="of SDR in the loss")
    p.add_argument("--loudness-weight", type=float, default=0.3, help="of the loudness distance")
    p.add_argument("--clarity-weight", type=float, default=0.0, help="of intelligibility (STOI)")
    p.add_argument("--over-weight", type=float, default=0.0,
                   help="how much more a magnitude that is too small counts")
    p.add_argument("--log-weight", type=float, default=0.0, help="of the distance of logarithms")
    p.add_argument("--judge-weight", type=float, default=0.0,
                   help="of networks that learn to tell denoised from clean spectra")
    p.add_argument("--judge-lr", type=float, default=3e-4)
    p.add_argument("--floor-db", type=float, default=0.0,
                   help="targets fade out this far below their loudest part (0: never)")
    p.add_argument("--speech-speeds", type=float, nargs="*", default=[0.9, 1.1],
                   help="other speeds that speech is also heard at")
    p.add_argument("--noise-speeds", type=float, nargs="*", default=[0.85, 1.15])
    p.add_argument("--rooms", type=int, default=256)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--log-every", type=int, default=500)
    p.add_argument("--eval-minutes", type=float, default=3.0)
    p.add_argument("--cpu", action="store_true")
    p.add_argument("--fp32", action="store_true", help="no bfloat16 on the GPU")
    p.add_argument("--compile", type=int, default=1)
    p.add_argument("--graph", type=int, default=1)
    Trainer(p.parse_args()).run()


if __name__ == "__main__":
    main()
