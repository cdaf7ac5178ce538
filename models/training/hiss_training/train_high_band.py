# SPDX-License-Identifier: Apache-2.0
"""Trains the head above 8 kHz behind a frozen core, on one CPU core or a GPU, and measures it.

    python3 -m hiss_training.train_high_band --speech DIR --noise DIR --hold-out TEXT ... \\
        --core checkpoints/base-7.pt --out RUN
    python3 -m hiss_training.export --checkpoint checkpoints/base-7.pt --high-band RUN/high_band.pt …

The folders hold recordings at 44.1 or 48 kHz; files whose names contain a held-out text serve the
measurement only. Pairs are mixed and seen through the core once (`OUT/features.pt`, made again for
another core or other settings), which is most of the time on a CPU; the head then takes minutes.
"""
from __future__ import annotations

import argparse
import copy
import dataclasses
import hashlib
import json
import math
import os
import pathlib
import time

import numpy as np
import torch

from . import high_band_data as data
from .high_band import (HighBand, HighBandConfig, WideSpectrum, core_output, fallback_gain,
                        gains_above, load_head, macs_per_second, spread)
from .network import SubbandMamba
from .train import parameter_groups

SPEECH_LEVEL = 0.1    # clips are judged at this level
POWER_OF_LEVEL = 2.5  # of a bin of white noise at that level, on the core's scale
FLOOR = POWER_OF_LEVEL * 10 ** -6.5  # 65 dB under it nothing is heard


class HighBandLoss(torch.nn.Module):
    """Compressed magnitude error of groups of bins + `log_weight` x level error of the bands in dB;
    what is cut off the speech weighs `over` times what is left of the noise."""

    def __init__(self, cfg: HighBandConfig, width: int, over: float, log_weight: float):
        super().__init__()
        self.cfg, self.over, self.log_weight = cfg, over, log_weight
        # Gains of bands -> gains in the middles of the groups.
        bins = spread(torch.eye(cfg.bands), width, cfg.bands * width)
        self.register_buffer("to_groups", bins.unflatten(-1, (-1, data.GROUP)).mean(-1))

    def forward(self, gains, clips: data.Features):
        """gains [b, t, bands] -> (magnitude error, level error)."""
        c = self.cfg.compress
        scale = (SPEECH_LEVEL / clips.level)[:, None, None]
        weight = lambda d: 1 + (self.over - 1) * (d < 0)
        kept = (gains @ self.to_groups).clamp_min(1e-3) ** c * clips.noisy
        d = (kept - clips.clean) * scale ** c
        magnitude = (weight(d) * d.square()).mean()
        level = lambda power: 10 * torch.log10(power * scale ** 2 + FLOOR)
        db = level(gains.square() * clips.high) - level(clips.clean_high)
        return magnitude, (weight(db) * db.abs().clamp_max(30)).mean()

    def total(self, magnitude, db):
        return magnitude + self.log_weight * db


def learning_rate(peak: float, done: float) -> float:
    return peak * min(1.0, done * 25 + 0.02) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))


def device_for(args) -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() and not args.cpu else "cpu")


def train(features: data.Features, net: SubbandMamba, cfg: HighBandConfig, args, log) -> HighBand:
    """A head trained for `args.minutes` or `args.steps`: EMA weights, or a mean of these and those
    it started from."""
    device = device_for(args)
    torch.manual_seed(args.seed)
    head = HighBand(cfg, net.cfg).to(device)
    with torch.no_grad():
        head.post.bias.fill_(1.0)  # starts by keeping
    if args.start:
        head = load_head(args.start, net.cfg).to(device)
    first, ema = copy.deepcopy(head), copy.deepcopy(head)
    loss = HighBandLoss(cfg, head.width, args.over, args.log_weight).to(device)
    optimiser = torch.optim.AdamW(parameter_groups(head), lr=args.lr, betas=(0.9, 0.99))
    start, step, sums = time.time(), 0, np.zeros(2)
    while True:
        done = step / args.steps if args.steps else (time.time() - start) / 60 / args.minutes
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(args.lr, done)
        clips = features.clips(torch.randint(0, len(features), (args.batch,)), device)
        gains = head(head.features(clips.high, clips.low, clips.kept))
        magnitude, db = loss(gains, clips)
        optimiser.zero_grad()
        loss.total(magnitude, db).backward()
        torch.nn.utils.clip_grad_norm_(head.parameters(), 1.0)
        optimiser.step()
        step += 1
        decay = min(args.ema, step / (step + 10))
        with torch.no_grad():
            for e, p in zip(ema.parameters(), head.parameters()):
                e.lerp_(p, 1 - decay)
        sums += (magnitude.item(), db.item())
        if step % args.log_every == 0:
            log(f"step {step}, {time.time() - start:.0f} s: magnitude {sums[0] / args.log_every:.5f}, "
                f"level {sums[1] / args.log_every:.3f} dB")
            sums[:] = 0
    log(f"{step} steps, {(time.time() - start) / 60:.1f} minutes")
    with torch.no_grad():
        for e, p in zip(ema.parameters(), first.parameters()):
            e.copy_(p.lerp(e, args.share))
    return ema.cpu().eval()


# --- measurement ---------------------------------------------------------------------------------
@torch.no_grad()
def candidates(net: SubbandMamba, heads: dict[str, HighBand], X):
    """Spectra X [b, t, n_fft/2 + 1] -> {"noisy", "fallback", heads by name: gains of the bins above
    the core's band, [b, t, bins above] or as wide as fits}."""
    Y = core_output(net, X)
    low = data.power(X[..., :net.cfg.bins])
    ones = torch.ones(len(X), 1, 1)
    return {"noisy": ones, "fallback": fallback_gain(low, data.power(Y)),
            **{name: gains_above(head, net.cfg, X, Y) for name, head in heads.items()}}


def log_spectral_distance(E, S, level):
    """Mean over steps of the rms over bins of the difference in dB, [b]."""
    floor = FLOOR * (level / SPEECH_LEVEL)[:, None, None] ** 2
    db = 10 * torch.log10((data.power(E) + floor) / (data.power(S) + floor))
    return db.square().mean(-1).sqrt().mean(-1)


SNRS_DB, LEVELS_DB = (-5, 0, 5, 10, 20), (0, -40, -20, 10)


@torch.no_grad()
def measure(net: SubbandMamba, heads: dict[str, HighBand], speech, noise, pairs: int,
            seconds: float, seed: int) -> dict:
    """{row: {name: {figure: mean}}} over `pairs` mixes a SNR above 8 kHz; clean speech and noise
    alone as well, and what another level of the mix changes in the output's."""
    rng = np.random.default_rng(seed)
    mixer = data.WideMixer(speech, noise, int(seconds * data.SAMPLE_RATE), rng)
    spectrum = WideSpectrum(net.cfg, data.SAMPLE_RATE // net.cfg.sample_rate)
    core = net.cfg.bins
    db = lambda ratio: 10 * torch.log10(ratio.clamp_min(1e-9))
    total = lambda V: data.power(V).sum((-1, -2))
    rows: dict = {}

    def note(row, name, figure, value):
        rows.setdefault(row, {}).setdefault(name, {}).setdefault(figure, []).append(float(value))

    def levelled(audio):
        x = mixer.crop(audio, vary_speed=False)
        return torch.from_numpy(x)[None] * (SPEECH_LEVEL / max(data.rms(x), 1e-4))

    for _ in range(pairs):
        s, n = levelled(mixer.speech), levelled(mixer.noise)
        mixes = [s + n * 10 ** (-snr / 20) for snr in SNRS_DB]
        loud = [mixes[SNRS_DB.index(5)] * 10 ** (gain / 20) for gain in LEVELS_DB]
        X = spectrum(torch.cat(mixes + [s, n] + loud))  # through the core together
        noisy, clean = X[..., core:], X[len(SNRS_DB):len(SNRS_DB) + 1, :, core:]
        for name, gains in candidates(net, heads, X).items():
            out = gains * noisy
            first = out[:len(SNRS_DB)]
            distance = log_spectral_distance(first, clean, torch.tensor([SPEECH_LEVEL]))
            for snr, lsd, ratio in zip(SNRS_DB, distance, db(total(clean) / total(first - clean))):
                note(f"{snr} dB", name, "lsd", lsd)
                note(f"{snr} dB", name, "snr", ratio)
            kept = db(total(out) / total(noisy))
            note("clean", name, "gain", kept[len(SNRS_DB)])
            note("noise", name, "gain", kept[len(SNRS_DB) + 1])
            levels = db(total(out[-len(LEVELS_DB):]))
            if name in heads:
                for gain, value in zip(LEVELS_DB[1:], levels[1:]):
                    note("level", name, f"{gain:+d} dB", value - levels[0])
    return {row: {name: {f: float(np.mean(v)) for f, v in figures.items()}
                  for name, figures in names.items()} for row, names in rows.items()}


def table(rows: dict) -> str:
    """The figures of `measure` as a Markdown table."""
    columns = list(rows["clean"])
    line = lambda cells: f"| {' | '.join(cells)} |"
    out = [line(["above 8 kHz", *columns]), line(["---"] * (len(columns) + 1)).replace(" ", "")]

    def add(title, row, figure):
        values = [rows[row].get(name, {}).get(figure) for name in columns]
        out.append(line([title, *("" if v is None else f"{v:.2f}" for v in values)]))

    for row, names in rows.items():
        if row in ("clean", "noise"):
            add(f"{row} alone: energy, dB", row, "gain")
        elif row == "level":
            for figure in next(iter(names.values())):
                add(f"output at {figure} of level, dB", row, figure)
        else:
            add(f"{row}: log-spectral distance, dB", row, "lsd")
            add(f"{row}: SNR, dB", row, "snr")
    return "\n".join(out)


# --- program -------------------------------------------------------------------------------------
def cached_features(net, cfg, speech, noise, args, log) -> data.Features:
    """OUT/features.pt if it was made with these settings, or it is made."""
    with open(args.core, "rb") as f:
        core = hashlib.sha256(f.read()).hexdigest()
    key = {"core": core, "config": dataclasses.asdict(cfg), "hours": args.hours, "seed": args.seed,
           "seconds": args.seconds, "hold_out": args.hold_out,
           "fields": [f.name for f in dataclasses.fields(data.Features)],
           "samples": [sum(map(len, speech)), sum(map(len, noise))]}
    path = pathlib.Path(args.out) / "features.pt"
    if path.exists():
        stored = torch.load(path)
        if stored["key"] == key:
            return data.Features(**stored["features"])
    mixer = data.WideMixer(speech, noise, int(args.seconds * data.SAMPLE_RATE),
                           np.random.default_rng(args.seed))
    clips = max(1, round(args.hours * 3600 / args.seconds))
    start = time.time()

    def progress(done):
        if done % 160 == 0 or done == clips:
            log(f"{done} of {clips} clips seen through the core, {time.time() - start:.0f} s")
    features = data.make_features(net.to(device_for(args)), cfg, mixer, clips, progress=progress)
    net.cpu()
    torch.save({"key": key, "features": vars(features)}, f"{path}.part")
    os.replace(f"{path}.part", path)
    return features


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--speech", nargs="+", required=True, help="folders of 48 kHz speech")
    p.add_argument("--noise", nargs="+", required=True, help="folders of 48 kHz noise")
    p.add_argument("--hold-out", nargs="+", required=True, metavar="TEXT",
                   help="files with one of these in the name are measured with, not trained on")
    p.add_argument("--core", required=True, help="checkpoint of the network below 8 kHz")
    p.add_argument("--out", required=True, help="folder for high_band.pt, features.pt, measure.json")
    p.add_argument("--hours", type=float, default=1.5, help="of mixes")
    p.add_argument("--seconds", type=float, default=4.0, help="length of a clip")
    p.add_argument("--minutes", type=float, default=10.0, help="of training, without the features")
    p.add_argument("--steps", type=int, default=0, help="steps instead of minutes")
    p.add_argument("--start", help="high_band.pt to begin with, trained behind any core of the "
                                   "same grid of frequencies")
    p.add_argument("--share", type=float, default=1.0,
                   help="of what training moves START's weights by: 0.5 is the mean of both, which "
                        "keeps to voices that it was not trained with better")
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--lr", type=float, default=3e-3)
    p.add_argument("--ema", type=float, default=0.995)
    p.add_argument("--over", type=float, default=2.0, help="weight of what is cut off the speech")
    p.add_argument("--log-weight", type=float, default=0.002, help="of the level error in dB")
    p.add_argument("--pairs", type=int, default=30, help="held-out mixes a SNR")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--log-every", type=int, default=100)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--cpu", action="store_true")
    p.add_argument("--measure-only", action="store_true",
                   help="of START as it is, or of OUT/high_band.pt")
    p.add_argument("--also", nargs="+", default=[], metavar="NAME=FILE",
                   help="other heads to measure behind this core")
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    log = lambda text: print(text, flush=True)

    net, cfg = data.load_core(args.core), HighBandConfig()
    log(f"{macs_per_second(cfg, net.cfg) / 1e6:.2f} MMAC/s behind a hop of "
        f"{1000 * net.cfg.hop / net.cfg.sample_rate:g} ms")
    (speech, held_speech), (noise, held_noise) = (data.load_folders(f, args.hold_out)
                                                  for f in (args.speech, args.noise))
    hours = lambda parts: sum(map(len, parts)) / data.SAMPLE_RATE / 3600
    log(f"speech {hours(speech):.2f} h, held out {hours(held_speech):.2f} h; "
        f"noise {hours(noise):.2f} h, held out {hours(held_noise):.2f} h")
    path = out / "high_band.pt"
    if args.measure_only:
        head = load_head(args.start or str(path), net.cfg)
    else:
        features = cached_features(net, cfg, speech, noise, args, log)
        head = train(features, net, cfg, args, log)
        torch.save({"config": dataclasses.asdict(cfg), "core": dataclasses.asdict(net.cfg),
                    "head": head.state_dict(), "arguments": {
                        k: v for k, v in vars(args).items()
                        if k not in ("speech", "noise", "core", "out", "start", "also")}}, path)
    heads = {"head": head}
    heads |= {name: load_head(file, net.cfg) for name, file in (v.split("=", 1) for v in args.also)}
    rows = measure(net, heads, held_speech, held_noise, args.pairs, args.seconds, args.seed)
    (out / "measure.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    log(table(rows))


if __name__ == "__main__":
    main()
