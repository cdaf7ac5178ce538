# SPDX-License-Identifier: Apache-2.0
"""A virtual environment with the peers that come from PyPI."""
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent


def python_of(folder: pathlib.Path) -> pathlib.Path:
    return folder / "bin" / "python3"


def set_up(folder: pathlib.Path) -> int:
    """Makes `folder` if it is not there and installs the pinned packages.

    A package that cannot be installed is named and the others are still tried: without it run.py
    prints "not run" for its peer.
    """
    if not python_of(folder).exists():
        venv.create(folder, with_pip=True)
    failed = []
    for name, options in (("requirements.txt", ()), ("requirements-files.txt", ("--no-deps",))):
        for line in (HERE / name).read_text(encoding="utf-8").splitlines():
            package = line.split("#")[0].strip()
            if package and subprocess.run(
                    [str(python_of(folder)), "-m", "pip", "install", "--quiet", *options, package],
                    check=False).returncode != 0:
                failed.append(package)
    for package in failed:
        print(f"{package}: not installed (pip says why above)", file=sys.stderr)
    return 1 if failed else 0
