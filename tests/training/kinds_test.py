#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All kinds of blocks: whole sequences against single steps, gradients, sizes, tasks, and a few steps of
training at every task.

    kinds_test.py [-v]

Exits with 77 (skipped) and one line when PyTorch or NumPy are missing.
"""
import dataclasses
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRAINING = ROOT / "models" / "training"
sys.path.insert(0, str(TRAINING))

try:
    import numpy as np
    import torch
except ImportError as error:
    print(f"skipped: {error} (Debian: python3-torch python3-numpy)")
    sys.exit(77)

from hiss_training import safetensors_io, series  # noqa: E402
from hiss_training.export import write_model  # noqa: E402
from hiss_training.kinds import (KINDS, RECURRENT, SequenceNet, Sizes, StackConfig,  # noqa: E402
                                 equal_sizes, make_mixer, parameters)
from hiss_training.kinds import cells, lengths, tasks  # noqa: E402
from hiss_training.kinds.files import load_sequence, save_sequence  # noqa: E402
from hiss_training.kinds.run import Plan, Run  # noqa: E402
from hiss_training.kinds.selective import ssd  # noqa: E402
from hiss_training.kinds.stack import Block  # noqa: E402
from hiss_training.network import NetConfig, SubbandMamba  # noqa: E402
import make_block_golden as golden  # noqa: E402

CPU = torch.device("cpu")
TINY = Sizes("mamba", d_model=12, d_state=4, d_conv=3, dt_rank=2, headdim=6)


def tiny(kind: str, **changes) -> Sizes:
    return dataclasses.replace(TINY, kind=kind, hidden=7, head_dim=4, d_state=6, **changes)


def stepped(mixer, u):
    """What a mixer makes of u [b, t, d] a row at a time."""
    state, ys = mixer.start(len(u)), []
    for row in u.unbind(1):
        y, state = mixer.step(row, state)
        ys.append(y)
    return torch.stack(ys, 1)


def write_packs(folder: pathlib.Path) -> list[str]:
    for name, seed in (("train", 1), ("test", 2)):
        series.build([], 3, 1100, seed).save(folder / f"{name}.npz")
    return ["--data", str(folder / "train.npz"), "--test", str(folder / "test.npz")]


class KindTest(unittest.TestCase):
    def test_whole_sequences_are_single_steps(self):
        for kind in KINDS:
            for extra in ({}, {"ngroups": 2}, {"rule": "bilinear"}):
                if ("ngroups" in extra and kind != "mamba2") or ("rule" in extra and kind != "s4d"):
                    continue
                with self.subTest(kind=kind, **extra), torch.no_grad():
                    torch.manual_seed(1)
                    mixer = make_mixer(tiny(kind, **extra)).double()
                    for p in mixer.parameters():  # away from what weights begin with
                        p += 0.3 * torch.randn_like(p)
                    u = torch.randn(2, 150, 12, dtype=torch.float64)
                    torch.testing.assert_close(mixer(u), stepped(mixer, u), rtol=0, atol=1e-9)

    def test_blocks_give_the_vectors_that_the_engine_is_held_to(self):
        for kind, cases in golden.CASES.items():
            vectors, _ = safetensors_io.load(str(ROOT / "tests/golden" / f"block_{kind}.safetensors"))
            for name, sizes in cases.items():
                plan = golden.plan_of(kind, sizes)
                block = Block(StackConfig(Sizes(kind, **sizes), 1, residual=0,
                                          norm=int(plan[0][0] == "norm.weight"))).double()
                block.load_state_dict({n: torch.from_numpy(golden.golden_tensor(1 + i, shape, *scale))
                                       for i, (n, shape, *scale) in enumerate(plan)})
                u = torch.from_numpy(golden.golden_tensor(
                    golden.INPUT_STREAM, (golden.STEPS, sizes["d_model"]), 2.0)).double()
                with torch.no_grad():
                    y = block(u[None])[0, [t - 1 for t in golden.OUTPUT_STEPS]].numpy()
                expected = vectors[f"{name}.output"]
                error = np.linalg.norm(y - expected) / np.linalg.norm(expected)
                self.assertLess(error, 1e-6, (kind, name))

    def test_a_row_knows_no_later_row(self):
        for kind in KINDS:
            torch.manual_seed(2)
            mixer, u = make_mixer(tiny(kind)).double(), torch.randn(1, 40, 12, dtype=torch.float64)
            other = u.clone()
            other[:, 25:] += 1
            with torch.no_grad():
                change = (mixer(u) - mixer(other)).abs().amax((0, 2))
            self.assertLess(change[:25].max().item(), 1e-9, kind)
            self.assertGreater(change[25].item(), 1e-6, kind)

    def test_half_precision_comes_near(self):
        """As the denoiser is trained: products in bfloat16, recurrences and positions not."""
        for kind in KINDS:
            torch.manual_seed(13)
            mixer, u = make_mixer(tiny(kind)), torch.randn(3, 300, 12)
            y = mixer(u)
            with torch.autocast("cpu", torch.bfloat16):
                half = mixer(u)
            half.float().sum().backward()
            self.assertTrue(all(torch.isfinite(p.grad).all() for p in mixer.parameters()), kind)
            self.assertLess(((half - y).norm() / y.norm()).item(), 0.03, kind)

    def test_gradients_of_the_cells(self):
        torch.manual_seed(3)
        leaf = lambda *shape: torch.randn(*shape, dtype=torch.float64, requires_grad=True)
        s = torch.rand(2, 5, 3, dtype=torch.float64, requires_grad=True)
        self.assertTrue(torch.autograd.gradcheck(cells._GateScan.apply, (s, leaf(2, 5, 3), leaf(3))))
        self.assertTrue(torch.autograd.gradcheck(cells._SigmoidScan.apply, (leaf(2, 5, 3), leaf(3, 3))))

    def test_chunks_are_the_plain_recurrence(self):
        """Over lengths around a chunk's."""
        torch.manual_seed(4)
        for steps in (1, 63, 64, 65, 200):
            x, dt = torch.randn(2, steps, 3, 5).double(), torch.rand(2, steps, 3).double()
            A, (B, C) = -torch.rand(3).double(), torch.randn(2, 2, steps, 3, 4).double()
            h, ys = torch.zeros(2, 3, 5, 4).double(), []
            for t in range(steps):
                h = torch.exp(dt[:, t] * A)[..., None, None] * h + torch.einsum(
                    "bh,bhp,bhn->bhpn", dt[:, t], x[:, t], B[:, t])
                ys.append(torch.einsum("bhpn,bhn->bhp", h, C[:, t]))
            torch.testing.assert_close(ssd(x, dt, A, B, C), torch.stack(ys, 1), rtol=0, atol=1e-10)

    def test_the_articles_examples_keep_their_shapes(self):
        gate = make_mixer(Sizes("selective_gate", d_model=128, d_state=16))
        self.assertEqual(gate(torch.randn(4, 32, 128)).shape, (4, 32, 128))
        stack = SequenceNet(StackConfig(Sizes("simplified_mamba", d_model=16, d_state=8), n_in=10,
                                        n_out=10, n_layer=3, norm=0, residual=0, norm_f=0))
        self.assertEqual(stack(torch.randn(2, 20, 10)).shape, (2, 20, 10))
        self.assertEqual([n for n, _ in stack.named_parameters() if "norm" in n], [])

    def test_kinds_get_equally_many_weights(self):
        """At the sizes of the tasks and at those of the blocks of the nano denoiser."""
        for like in (Sizes(), Sizes("mamba", 24, dt_rank=3), Sizes("mamba", 64, dt_rank=4)):
            target = parameters(make_mixer(like))
            for kind in KINDS:
                count = parameters(make_mixer(equal_sizes(kind, like)))
                self.assertLess(abs(count - target), 0.03 * target, (kind, like))
        with self.assertRaisesRegex(ValueError, "attention: head_dim: expected a size with"):
            equal_sizes("attention", Sizes("mamba", d_model=8, d_state=1, dt_rank=1))


class FileTest(unittest.TestCase):
    def test_a_model_file_is_the_network(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "m.safetensors")
            for kind in RECURRENT:
                for cfg in (StackConfig(tiny(kind), n_out=5, vocab=9),
                            StackConfig(tiny(kind), n_out=2, n_in=3, n_layer=1, norm_f=0)):
                    torch.manual_seed(5)
                    net = SequenceNet(cfg)
                    save_sequence(path, net, {"name": "m"})
                    again = load_sequence(path)
                    self.assertEqual(again.cfg.to_json(), cfg.to_json())
                    x = torch.randint(9, (2, 8)) if cfg.vocab else torch.randn(2, 8, 3)
                    with torch.no_grad():
                        torch.testing.assert_close(again(x), net(x), rtol=0, atol=0)
            names, metadata = safetensors_io.load(str(path))
            self.assertEqual(metadata["hiss.task"], "sequence")
            self.assertEqual({"embed.weight", "embed.bias", "head.weight", "head.bias",
                              *(f"blocks.0.mixer.{n}" for n in "ABCD"), "blocks.0.norm.weight"},
                             set(names))
            for kind in set(KINDS) - set(RECURRENT):
                with self.assertRaisesRegex(ValueError, kind):
                    save_sequence(path, SequenceNet(StackConfig(tiny(kind), 5, vocab=9)), {})


class TaskTest(unittest.TestCase):
    def test_selective_copying_asks_for_the_tokens_in_their_order(self):
        torch.manual_seed(6)
        x, data = tasks.SelectiveCopy(CPU, length=30, marks=5).draw(50)
        self.assertEqual(x.shape, (50, 35))
        for row, expected in zip(x, data):
            self.assertEqual(row[:30][row[:30] > 0].tolist(), expected.tolist())
            self.assertEqual(set(row[30:].tolist()), {17})
        places = (x[:, :30] > 0).float().mean(0)
        self.assertGreater(places.min().item(), 0)

    def test_induction_asks_for_what_followed(self):
        torch.manual_seed(7)
        x, follower = tasks.Induction(CPU, length=12).draw(200)
        for row, expected in zip(x.tolist(), follower.tolist()):
            self.assertEqual(row.count(15), 2)
            self.assertEqual(row[-1], 15)
            self.assertEqual(row[row.index(15) + 1], expected)

    def test_persistence_has_an_error_of_1(self):
        with tempfile.TemporaryDirectory() as folder:
            _, train, _, test = write_packs(pathlib.Path(folder))
            task = tasks.Forecasting(CPU, train, test, rows=200)
            torch.manual_seed(8)
            x, *target = task.draw_test(32)
            for figure in task.figures(x, *target).values():
                self.assertAlmostEqual(figure, 1, places=3)
            knowing = target[0] + target[1] * target[2]
            self.assertLess(task.figures(knowing.unsqueeze(-1), *target)["error"], 1e-3)

    def test_lines_of_tokens_hold_questions_and_answers(self):
        for task, asked in ((tasks.SelectiveCopy(CPU, 9, 2), 2), (tasks.Induction(CPU, 9), 1)):
            x, answers = tasks.test_rows(task, 3, 5)
            for line, row, answer in zip(tasks.token_lines(task, 3, 5), x.tolist(), answers.tolist()):
                words = [word.split(":") for word in line.split()]
                self.assertEqual([int(w[0]) for w in words], row)
                self.assertEqual([len(w) for w in words], [1] * (len(row) - asked) + [2] * asked)
                self.assertEqual([int(w[1]) for w in words[-asked:]], np.ravel(answer).tolist())

    def test_draws_depend_on_the_seed_alone(self):
        task = tasks.Induction(CPU, length=12)
        torch.manual_seed(9)
        with tasks.seeded(3, CPU):
            first = task.draw(4)[0]
        after = torch.rand(3)
        torch.manual_seed(9)
        self.assertTrue(torch.equal(torch.rand(3), after))
        with tasks.seeded(3, CPU):
            self.assertTrue(torch.equal(task.draw(4)[0], first))


class LengthTest(unittest.TestCase):
    def test_only_the_state_of_attention_grows(self):
        for kind in KINDS:
            net = SequenceNet(StackConfig(tiny(kind), 5, vocab=9))
            grows = lengths.state_bytes(net, 1024) > lengths.state_bytes(net, 64)
            self.assertEqual(grows, kind == "attention")
        cache = lengths.state_bytes(net, 1024)  # attention: keys and values of 2 heads and 2 layers
        self.assertEqual(cache, 1024 * 2 * 2 * 2 * 4 * 4)

    def test_figures_a_row_at_a_time_are_those_of_whole_sequences(self):
        task = tasks.Induction(CPU, 80)
        for kind in KINDS:
            torch.manual_seed(10)
            net = SequenceNet(task.config(tiny(kind)))
            with tasks.seeded(4, CPU), torch.no_grad():
                x, target = task.draw(64)
                expected = task.figures(net(x), target)
            self.assertEqual(lengths.figures_at(net, task, 64, 4), expected, kind)


class RunTest(unittest.TestCase):
    def test_a_run_in_two_parts_is_the_run_in_one(self):
        task = tasks.SelectiveCopy(CPU, length=10, marks=2)
        plan = Plan(steps=40, batch=8, warmup=5, test_rows=16, looks=2)
        with tempfile.TemporaryDirectory() as folder:
            whole, part = (Run(task, tiny("mamba"), 3, plan, pathlib.Path(folder, n), CPU)
                           for n in ("whole", "part"))
            while not whole.done:
                whole.burst()
            part.burst()
            part.save()
            again = Run(task, tiny("mamba"), 3, plan, pathlib.Path(folder, "part"), CPU)
            self.assertEqual(again.step, part.step)
            self.assertTrue(0 < again.step < 40)
            while not again.done:
                again.burst()
            for (name, a), b in zip(whole.net.named_parameters(), again.net.parameters()):
                torch.testing.assert_close(a, b, rtol=0, atol=0, msg=name)

    def test_every_kind_learns_a_little(self):
        """Copying two tokens that lie one behind the other from an alphabet of four."""
        task = tasks.SelectiveCopy(CPU, length=2, marks=2, vocab=6)
        plan = Plan(steps=120, batch=32, lr=1e-2, warmup=10, test_rows=128, looks=1)
        with tempfile.TemporaryDirectory() as folder:
            for kind in KINDS:
                run = Run(task, tiny(kind), 1, plan, pathlib.Path(folder, kind), CPU)
                before = run.figures()["loss"]
                while not run.done:
                    run.burst()
                self.assertLess(run.figures()["loss"], 0.8 * before, kind)


@unittest.skipUnless(torch.cuda.is_available(), "needs a GPU")
class GpuTest(unittest.TestCase):
    def test_a_gpu_computes_what_the_cpu_does(self):
        for kind in KINDS:
            torch.manual_seed(11)
            sizes = equal_sizes(kind, Sizes(d_model=32, dt_rank=2))
            net = SequenceNet(StackConfig(sizes, 5, vocab=9))
            other = SequenceNet(net.cfg).cuda()
            other.load_state_dict(net.state_dict())
            x = torch.randint(9, (4, 150))
            outs = net(x), other(x.cuda()).cpu()
            torch.testing.assert_close(outs[1], outs[0], rtol=1e-3, atol=1e-3, msg=kind)
            for out in outs:
                out.square().sum().backward()
            for (name, a), b in zip(net.named_parameters(), other.parameters()):
                error = (a.grad - b.grad.cpu()).norm() / (a.grad.norm() + 1e-3)
                self.assertLess(error.item(), 2e-2, (kind, name))  # the scan keeps states as bfloat16

    def test_graphs_side_by_side_train_as_single_steps_do(self):
        device = torch.device("cuda:0")
        task = tasks.SelectiveCopy(device, length=40, marks=4)
        with tempfile.TemporaryDirectory() as folder:
            runs = {(kind, graph): Run(task, equal_sizes(kind, Sizes(d_model=32, dt_rank=2)), 1,
                                       Plan(64, 16, warmup=5, test_rows=64, looks=1, graph=graph),
                                       pathlib.Path(folder, f"{kind}-{graph}"), device)
                    for kind in KINDS for graph in (True, False)}
            while not all(run.done for run in runs.values()):
                for run in runs.values():
                    if not (run.busy or run.done):
                        run.burst()
            for kind in KINDS:
                graph, plain = (runs[kind, g].figures()["loss"] for g in (True, False))
                self.assertAlmostEqual(graph, plain, delta=0.05, msg=kind)
                log = pathlib.Path(folder, f"{kind}-True", "log.jsonl").read_text(encoding="utf-8")
                self.assertNotIn("no graph", log)

    def test_steps_of_a_graph_are_whole_sequences(self):
        device = torch.device("cuda:0")
        task = tasks.Induction(device, 100)
        for kind in KINDS:
            torch.manual_seed(12)
            net = SequenceNet(task.config(equal_sizes(kind, Sizes(d_model=32, dt_rank=2)))).to(device)
            with tasks.seeded(4, device), torch.no_grad():
                x, target = task.draw(256)
                expected = task.figures(net(x), target)["accuracy"]
            found = lengths.figures_at(net, task, 256, 4)["accuracy"]
            self.assertAlmostEqual(found, expected, delta=0.01, msg=kind)


class CommandTest(unittest.TestCase):
    def call(self, *arguments, expected=0):
        done = subprocess.run([sys.executable, "-B", str(TRAINING / "train_kinds.py"), "--device", "cpu",
                               *map(str, arguments)], capture_output=True, text=True, timeout=500,
                              env={"OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"})
        self.assertEqual(done.returncode, expected, done.stderr + done.stdout)
        return done.stdout

    def test_every_kind_and_task(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            config = folder / "kinds.json"
            config.write_text(json.dumps({"kind": "mamba", "d_model": 16, "d_state": 8,
                                          "dt_rank": 1}), encoding="utf-8")
            common = ["--config", config, "--out", folder / "out", "--batch", 4, "--test-rows", 8,
                      "--steps", 6, "--warmup", 2, "--seeds", 0]
            runs = {"selective_copying": ["--length", 12, "--marks", 2, "--seeds", 0, 1],
                    "induction_heads": ["--length", 12, "--lengths", 8, 40],
                    "forecasting": ["--length", 30, *write_packs(folder)]}
            for task, options in runs.items():
                self.call(*common, "--task", task, *options)
            self.assertNotIn('"look"', self.call(*common, "--task", task, *options))  # all done
            # A run that time cut off goes on.
            more = [*common, "--task", "induction_heads", *runs["induction_heads"], "--steps", 9,
                    "--kinds", "s4d"]
            self.call(*more, "--minutes", 1e-6, expected=3)
            self.assertIn('"step": 9', self.call(*more))
            self.call("--cost", "--config", config, "--out", folder / "out", "--batch", 1, "--lengths",
                      8, 64, "--training-lengths", 8)
            shown = self.call("--table", "--out", folder / "out")
            for task in runs:
                self.assertIn(task, shown)
                for kind in KINDS:
                    self.assertTrue((folder / "out" / task / f"{kind}-0" / "result.json").exists())
                    made = (folder / "out" / task / f"{kind}-0" / "model.safetensors").exists()
                    self.assertEqual(made, kind in RECURRENT)
            self.assertRegex(shown, r"\| s4d \| \d+ \| 1 \| 9 \|")
            self.assertRegex(shown, r"\| lstm \| \d+ \| 2 \| 6 \| \d\.\d+ ± \d\.\d+ \|")

    def test_sizes(self):
        shown = self.call("--sizes")
        for kind in KINDS:
            self.assertIn(f"| {kind} | d_model 64, ", shown)

    def test_scores_of_denoisers(self):
        """Means over recordings, spread over seeds, differences over recordings of the seeds' means."""
        def system(*si_sdr):
            return {"recordings": {"si_sdr": list(si_sdr), "pesq": [1.0 + v / 8 for v in si_sdr]}}
        systems = {"noisy": system(0.0, 0.0), "Hiss base": system(9.0, 9.0),
                   "Hiss mamba-0 (PyTorch)": system(1.0, 3.0), "Hiss mamba-1 (PyTorch)": system(3.0, 5.0),
                   "Hiss s4d-0 (PyTorch)": system(1.5, 3.5), "Hiss s4d-1 (PyTorch)": system(1.5, 3.5)}
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / "evaluation.json"
            path.write_text(json.dumps({"sets": {"dev": {"systems": systems}}}), encoding="utf-8")
            shown = self.call("--scores", path)
            self.assertIn("| mamba | 2 | 1.375 ± 0.177 | 3.000 ± 1.414 |", shown)
            self.assertIn("| s4d | 2 | 1.312 ± 0.000 | 2.500 ± 0.000 |", shown)
            self.assertIn("| s4d | -0.062 [-0.062, -0.062] | -0.500 [-0.500, -0.500] |", shown)
            self.assertNotIn("base", shown)
            del systems["Hiss mamba-0 (PyTorch)"], systems["Hiss mamba-1 (PyTorch)"]
            path.write_text(json.dumps({"sets": {"dev": {"systems": systems}}}), encoding="utf-8")
            self.call("--scores", path, expected=1)

    def test_denoisers(self):
        """By the command of the denoiser's own training."""
        try:
            import soundfile
        except ImportError:
            self.skipTest("soundfile is not installed (Debian: python3-soundfile)")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "data").mkdir()
            rng = np.random.default_rng(1)
            for part in ("speech", "noise"):
                np.save(folder / "data" / f"{part}.npy",
                        (3000 * rng.standard_normal(64000)).astype(np.int16))
            for part in ("noisy", "clean"):
                (folder / "dev" / part).mkdir(parents=True)
                soundfile.write(str(folder / "dev" / part / "0.flac"),
                                0.1 * rng.standard_normal(16000), 16000)
            common = ["--task", "denoising", "--data", folder / "data", "--dev", folder / "dev",
                      "--out", folder / "out", "--steps", 2, "--seeds", 0, "--batch", 8, "--seconds",
                      0.5, "--kinds", "attention"]
            self.call(*common)
            self.assertNotIn("train", self.call(*common))  # all done
            shown = self.call("--table", "--out", folder / "out")
            self.assertRegex(shown, r"\| attention \| \d+ \| 1 \| 2 \|")


class DenoiserTest(unittest.TestCase):
    def test_every_kind_fits_the_nano_denoiser(self):
        config = NetConfig.load(str(TRAINING / "configs" / "nano.json"))
        torch.manual_seed(14)
        x, counts = 0.1 * torch.randn(1, 3200), []
        for kind in KINDS:
            net = SubbandMamba(dataclasses.replace(config, block=kind))
            y = net(x)
            self.assertEqual(y.shape, x.shape)
            y.square().sum().backward()
            self.assertTrue(all(torch.isfinite(p.grad).all() for p in net.parameters()), kind)
            counts.append(parameters(net))
        self.assertLess(max(counts) - min(counts), 0.03 * max(counts))

    def test_a_denoiser_of_every_kind_of_the_engine_is_a_model_file(self):
        small = NetConfig(channels=8, n_layer=2, n_conv=1, n_band=10, d_model=8, dt_rank=1,
                          fullband_d_model=16, fullband_rank=2)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "m.safetensors")
            for kind in RECURRENT:
                cfg = dataclasses.replace(small, block=kind)
                state = SubbandMamba(cfg).state_dict()
                write_model(path, state, cfg, {}, dtype="f16", coarse_fullband=True)
                tensors, metadata = safetensors_io.load(str(path))
                members = json.loads(metadata["hiss.config"])
                self.assertEqual(metadata["hiss.format"], "2")
                self.assertEqual(len(tensors), sum(v.is_floating_point() for v in state.values()))
                self.assertFalse([name for name in tensors if "mixer.mixer" in name])
                if kind == "mamba":
                    self.assertNotIn("block", members)
                    continue
                self.assertEqual(members["block"]["kind"], kind)
                self.assertFalse({"d_state", "d_conv", "expand", "dt_rank"} & members.keys())
                self.assertGreater(members["fullband_d_state"], members["block"]["d_state"])
                for name in ("A", "A_log", "log_A_real", "A_imag"):
                    value = tensors.get(f"blocks.0.mixer.{name}")
                    self.assertTrue(value is None or value.dtype == np.float32, name)

    def test_a_denoiser_of_a_kind_that_the_engine_lacks_is_no_model_file(self):
        cfg = NetConfig(channels=8, n_layer=1, n_conv=1, block="lstm")
        net = SubbandMamba(cfg)
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(ValueError, "expected one of mamba, .* found lstm"):
                write_model(pathlib.Path(folder, "m.safetensors"), net.state_dict(), cfg, {})
        self.assertNotIn("block", json.loads(NetConfig().to_json()))
        x = torch.randn(1, 8000)
        self.assertEqual(net.eval()(x).shape, x.shape)


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
