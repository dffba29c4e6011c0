"""Builds the wheel and the source distribution of the student package, examines them, and installs them in an empty environment.

``python -m autograder.publish.distribution FOLDER`` is `make dist`. Numpy and the build tools come from the package index; ``--offline``
uses those of this environment instead, which tests the same except for the index.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

from packaging.metadata import Metadata

from autograder.paths import REPOSITORY
from autograder.version import VERSION

COURSE = REPOSITORY / "course"
NAME = "coursenn"
SOURCES = ("pyproject.toml", "setup.py", "README.md")
NOT_BUILT = shutil.ignore_patterns("*.so", "*.pyd", "*.c", "__pycache__", "*.egg-info")
NO_COMPILER = "/no/such/compiler"
USE = """
import json, numpy as np, coursenn, coursenn.fast_layers as fast, coursenn._extension as extension
out, _ = fast.conv_forward_fast(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.zeros(1), dict(stride=1, pad=0))
print(json.dumps([coursenn.__version__, float(out.sum()), extension.extension(out.dtype) is not None]))
"""


class DistributionError(RuntimeError):
    """A distribution that must not be published; the message says what is wrong with it."""


def build(folder: Path) -> tuple[Path, Path]:
    """Build both from a clean copy of the sources; return the source distribution and the wheel.

    Parameters
    ----------
    folder : where they go; those of an earlier run are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob(f"{NAME}-*.whl"), *folder.glob(f"{NAME}-*.tar.gz")]:
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="coursenn-dist-") as scratch:
        tree = Path(scratch) / "course"
        shutil.copytree(COURSE / "src", tree / "src", ignore=NOT_BUILT)
        for name in SOURCES:
            shutil.copy(COURSE / name, tree)
        shutil.copy(REPOSITORY / "LICENSE", tree)
        for kind in ("sdist", "wheel"):
            made = f"import sys; from setuptools import build_meta as b; b.build_{kind}(sys.argv[1])"
            _run([sys.executable, "-c", made, str(folder.resolve())], tree)
    (source,) = folder.glob(f"{NAME}-*.tar.gz")
    (wheel,) = folder.glob(f"{NAME}-*.whl")
    return source, wheel


def look_into(source: Path, wheel: Path) -> None:
    """Compare the content of both with the package, and read their metadata as an index does.

    Raises
    ------
    DistributionError
        When a file is missing, a private file is included, or the metadata is not valid.
    """
    package = COURSE / "src" / NAME
    wanted = {f"{NAME}/{p.relative_to(package).as_posix()}" for p in package.rglob("*") if p.suffix in (".py", ".pyx", ".h", ".json")}
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = set(archive.namelist())
        (about,) = [name for name in in_wheel if name.endswith(".dist-info/METADATA")]
        _check_metadata(archive.read(about), wheel)
    with tarfile.open(source) as packed:
        top = source.name.removesuffix(".tar.gz")
        in_source = {name.removeprefix(f"{top}/") for name in packed.getnames()}
        member = packed.extractfile(f"{top}/PKG-INFO")
        _check_metadata(member.read() if member else b"", source)
    sources = {f"src/{name}" for name in wanted} | {*SOURCES, "LICENSE"}
    for path, missing in ((wheel, wanted - in_wheel), (source, sources - in_source)):
        if missing:
            raise DistributionError(f"{path.name} lacks {', '.join(sorted(missing))}")
    if foreign := sorted(name for name in in_wheel | in_source if "solution" in name or "autograder" in name):
        raise DistributionError(f"{', '.join(foreign)} must not leave this repository")


def _check_metadata(text: bytes, path: Path) -> None:
    try:
        found = Metadata.from_email(text, validate=True)
    except ExceptionGroup as error:
        raise DistributionError(f"the metadata of {path.name}: {'; '.join(map(str, error.exceptions))}") from error
    if str(found.version) != VERSION:
        raise DistributionError(f"{path.name} has the version {found.version}, but the manifest has {VERSION}")


def install(distribution: Path, *, compiler: bool, offline: bool = False) -> bool:
    """Install a distribution in an empty environment, and use it there; return whether the compiled layers are there.

    Parameters
    ----------
    compiler : whether there is one.
    offline : use numpy and the build tools of this environment.

    Raises
    ------
    DistributionError
        When it cannot be installed, or gives a wrong result there.
    """
    with tempfile.TemporaryDirectory(prefix="coursenn-dist-") as scratch:
        folder = Path(scratch)
        venv.create(folder / "environment", with_pip=not offline, symlinks=os.name != "nt")
        python = folder / "environment" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": scratch, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        environment |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        environment |= {} if compiler else {"CC": NO_COMPILER}
        if offline:
            environment["PYTHONPATH"] = sysconfig.get_path("purelib")
            command = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q"]
            command += ["--no-deps", "--no-build-isolation", "--no-index"]
        else:
            command = [str(python), "-m", "pip", "install", "-q", "--constraint", str(REPOSITORY / "constraints.txt")]
        _run([*command, str(distribution.resolve())], folder, environment)
        version, total, compiled = json.loads(_run([str(python), "-c", USE], folder, environment).splitlines()[-1])
    if (version, total) != (VERSION, 16.0):
        raise DistributionError(f"{distribution.name} has the version {version}, and a convolution with the sum 16 gives {total}")
    return bool(compiled)


def _run(command: Sequence[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DistributionError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def main(words: Sequence[str] | None = None) -> int:
    """Build, examine and install both; return 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m autograder.publish.distribution", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="where the two files go")
    parser.add_argument("--offline", action="store_true", help="install with numpy and the build tools of this environment")
    options = parser.parse_args(words)
    has_compiler = bool(shutil.which("cc") or shutil.which("gcc") or shutil.which("clang"))
    try:
        source, wheel = build(options.folder)
        look_into(source, wheel)
        for path, compiler in ((wheel, False), (source, has_compiler), (source, False)):
            compiled = install(path, compiler=compiler, offline=options.offline)
            if compiled != (has_compiler if path == wheel else compiler):
                raise DistributionError(f"{path.name} was installed {'with' if compiled else 'without'} the compiled layers")
            where = f"{'with' if compiler else 'without'} a compiler"
            print(f"installed {path.name} {where}: the compiled layers {'work' if compiled else 'are left out'}")
    except DistributionError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{source}\n{wheel}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
