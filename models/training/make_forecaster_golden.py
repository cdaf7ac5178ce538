#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/forecaster_*.safetensors: the forecaster must equal its PyTorch twin.

    python3 make_forecaster_golden.py --out ../../tests/golden [--model ../weights/forecaster.safetensors]

`forecaster_small` is a whole model file with random weights; `forecaster_small_vectors`, and with
--model `forecaster_vectors`, hold what such a file gives in float64: `quantiles` [KEPT, CHANNELS,
horizon, quantile] and `logits` [KEPT, CHANNELS] of every STRIDE-th of ROWS rows. The features come from
the integer generator of tests/support/golden.h, so they are not stored: feature f of row t of channel c
is SCALES[f] g(1, (t CHANNELS + c) FEATURES + f); the fourth (missing) is 1 above 0.9 and else 0, the
fifth (time step) not below 0.

`forecast_expert` holds what hiss_training.forecast_expert makes of one channel with the small model:
`band` [SERIES, 2] (NaN as 0), `smoothed` [SERIES] and `logit` [SERIES]. Value t is

    1e4 + 300 (s(t) + 0.4 g(2, t)),  plus 900 in rows 400 to 402,  s(t) = |t mod 48 - 24| / 12 - 1

and missing where g(3, t) > 0.96, but not in row 0; the time step is ln 4 where g(4, t) > 0.95.
"""
from __future__ import annotations

import argparse
import pathlib
import sys

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from hiss_training import forecast_expert, safetensors_io  # noqa: E402
from hiss_training.export_forecaster import write_forecaster  # noqa: E402
from hiss_training.forecaster import FEATURES, ForecastConfig, Forecaster, load_forecaster  # noqa: E402
from make_mamba_golden import golden_uniform  # noqa: E402

ROWS, CHANNELS, STRIDE = 200, 3, 8
SCALES = np.array([1.5, 2.0, 1.0, 1.0, 2.0], np.float32)
SERIES = 600
SMALL = ForecastConfig(d_model=6, n_layer=2, d_state=3, d_conv=3, expand=1, dt_rank=2)


def golden_features() -> np.ndarray:
    """[CHANNELS, ROWS, FEATURES]"""
    u = golden_uniform(1, ROWS * CHANNELS * FEATURES).reshape(ROWS, CHANNELS, FEATURES)
    missing = u[..., 3] > 0.9
    u = u * SCALES
    u[..., 3] = missing
    u[..., 4] = np.maximum(u[..., 4], 0)
    return u.transpose(1, 0, 2)


def write_vectors(net: Forecaster, path: pathlib.Path) -> None:
    u = torch.from_numpy(golden_features().astype(np.float64))
    with torch.no_grad():
        quantiles, logits = net(u)
    kept = lambda v: v.transpose(0, 1)[::STRIDE].float().contiguous().numpy()
    safetensors_io.save(str(path), {"quantiles": kept(quantiles), "logits": kept(logits)})
    print(f"{path}: {path.stat().st_size} bytes")


def write_expert(net: Forecaster, path: pathlib.Path) -> None:
    t = np.arange(SERIES)
    g = [golden_uniform(k, SERIES).astype(np.float64) for k in (2, 3, 4)]
    x = 1e4 + 300 * (np.abs(t % 48 - 24) / 12 - 1 + .4 * g[0])
    x[400:403] += 900
    missing = (g[1] > .96) & (t > 0)
    made = forecast_expert.watch(net, x, missing, np.where(g[2] > .95, np.log(4.0), 0.0))
    band = np.nan_to_num(np.stack([made["low"], made["high"]], -1))
    safetensors_io.save(str(path), {
        "band": band.astype(np.float32), "logit": made["logit"].astype(np.float32),
        "smoothed": made["smoothed"].astype(np.float32)})
    print(f"{path}: {path.stat().st_size} bytes")


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--out", required=True)
    p.add_argument("--model", help="a forecaster's model file")
    args = p.parse_args()
    out = pathlib.Path(args.out)
    torch.manual_seed(20261122)
    net = Forecaster(SMALL)
    with torch.no_grad():
        for name, value in net.named_parameters():
            if "norm" in name:
                value.add_(0.2 * torch.randn_like(value))
        net.head.weight.mul_(4)
    small = out / "forecaster_small.safetensors"
    write_forecaster(small, net.state_dict(), SMALL,
                     {"name": "small", "description": "Random weights.", "data": "",
                      "licence": "Apache-2.0"})
    twin = load_forecaster(small).double().eval()
    write_vectors(twin, out / "forecaster_small_vectors.safetensors")
    write_expert(twin, out / "forecast_expert.safetensors")
    if args.model:
        write_vectors(load_forecaster(args.model).double().eval(), out / "forecaster_vectors.safetensors")


if __name__ == "__main__":
    main()
