# SPDX-License-Identifier: Apache-2.0
"""What the kinds are compared at. A task draws batches, gives a loss and the figures of its table; what
it draws depends on PyTorch's generator alone, so that all kinds see the same."""
from __future__ import annotations

import contextlib

import torch
import torch.nn.functional as F

from ..train_forecaster import Batches
from .stack import StackConfig


TEST_SEED = 1 << 40


@contextlib.contextmanager
def seeded(seed: int, device: torch.device):
    """Draws within depend on `seed` alone, and change no draw after it."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def test_rows(task, rows: int, seed: int):
    """What a run of `seed` is tested with: draws that no training step sees."""
    with seeded(TEST_SEED + seed, task.device):
        return getattr(task, "draw_test", task.draw)(rows)


def token_lines(task, rows: int, seed: int) -> list[str]:
    """`test_rows` of a task over tokens as `hiss compare` reads them: a sequence a line, N:M where M is
    the answer to N."""
    lines = []
    for x, answers in zip(*(v.tolist() for v in test_rows(task, rows, seed))):
        answers = answers if isinstance(answers, list) else [answers]
        ends = [f"{n}:{m}" for n, m in zip(x[-task.asked:], answers)]
        lines.append(" ".join([*map(str, x[:-task.asked]), *ends]))
    return lines


class SelectiveCopy:
    """Mamba's article, section 4.1.1: `marks` tokens lie at random places of `length` rows of silence
    (token 0) and are to be repeated in their order at the `marks` rows after it (the last token)."""
    name = "selective_copying"
    figure, unit = "accuracy", "share of tokens right"

    def __init__(self, device, length: int = 256, marks: int = 16, vocab: int = 18):
        self.device, self.length, self.marks, self.vocab = device, length, marks, vocab
        self.chance = 1 / (vocab - 2)
        self.asked = marks  # rows at the end that have an answer

    def config(self, sizes) -> StackConfig:
        return StackConfig(sizes, n_out=self.vocab, vocab=self.vocab)

    def draw(self, n: int):
        data = torch.randint(1, self.vocab - 1, (n, self.marks), device=self.device)
        places = torch.rand(n, self.length, device=self.device).topk(self.marks).indices.sort().values
        tokens = torch.zeros(n, self.length, dtype=torch.long, device=self.device)
        asked = torch.full_like(data, self.vocab - 1)
        return torch.cat([tokens.scatter(1, places, data), asked], 1), data

    def loss(self, out, data):
        return F.cross_entropy(out[:, -self.marks:].transpose(1, 2), data)

    def figures(self, out, data) -> dict:
        right = (out[:, -self.marks:].argmax(-1) == data).float()
        return {"accuracy": right.mean().item(), "whole": right.prod(1).mean().item()}


class Induction:
    """Mamba's article, section 4.1.2: random tokens, one of them followed by a special one's first
    showing; when that shows again at the end, what followed it then is to be said."""
    name = "induction_heads"
    figure, unit = "accuracy", "share right"

    def __init__(self, device, length: int = 256, vocab: int = 16):
        self.device, self.length, self.vocab = device, length, vocab
        self.chance = 1 / (vocab - 1)
        self.asked = 1

    def config(self, sizes) -> StackConfig:
        return StackConfig(sizes, n_out=self.vocab, vocab=self.vocab)

    def draw(self, n: int):
        special = self.vocab - 1
        tokens = torch.randint(0, special, (n, self.length), device=self.device)
        at = torch.randint(0, self.length - 2, (n, 1), device=self.device)
        tokens = tokens.scatter(1, at, special)
        tokens[:, -1] = special
        return tokens, tokens.gather(1, at + 1).squeeze(1)

    def loss(self, out, follower):
        return F.cross_entropy(out[:, -1], follower)

    def figures(self, out, follower) -> dict:
        return {"accuracy": (out[:, -1].argmax(-1) == follower).float().mean().item()}


class Forecasting:
    """The value of a sensor channel one row ahead, on its streaming scale (hiss_training.series). The
    loss is the error in usual steps of the channel: 1 is about what persistence has."""
    name = "forecasting"
    figure, unit = "error", "mean error as a share of persistence's"
    chance = 1.0

    def __init__(self, device, train: str, test: str, rows: int = 512):
        self.batches = {path: Batches(path, device, rows) for path in (train, test)}
        self.device, self.train, self.test, self.length = device, train, test, rows

    def config(self, sizes) -> StackConfig:
        # Without the last norm the value itself reaches the head: persistence is there to begin with.
        return StackConfig(sizes, n_out=1, n_in=1, norm_f=0)

    def draw(self, n: int, path: str | None = None):
        u, t, _ = self.batches[path or self.train].draw(n)
        value, usual = 3 * u[..., 0], (2 * u[..., 2] - 2).exp()  # undoes forecaster.features
        return value.unsqueeze(-1), value, usual, t[..., 0]

    def draw_test(self, n: int):
        return self.draw(n, self.test)

    @staticmethod
    def errors(out, value, usual, change):
        return ((out.squeeze(-1) - value) / usual - change).abs()

    def loss(self, out, value, usual, change):
        return self.errors(out, value, usual, change).mean()

    def figures(self, out, value, usual, change) -> dict:
        error, still = self.errors(out, value, usual, change), change.abs()
        squared = lambda e: (e * usual).square().mean()
        return {"error": (error.mean() / still.mean()).item(),
                "squared": (squared(error) / squared(still)).item()}
