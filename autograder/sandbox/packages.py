"""What installed distributions need inside a sandbox: their files, and the shared libraries of their extension modules."""

from __future__ import annotations

import functools
import os
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from autograder.sandbox.interpreter import library_folders

INSIDE = "/packages"
"""Where packages are inside a sandbox."""


@functools.cache
def package_mounts(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Read-only mounts below `INSIDE` for distributions and everything that they require, and the shared libraries that these need."""
    packages = [(str(path), f"{INSIDE}/{path.name}") for path in _packages(names)]
    return (*packages, *((os.path.realpath(path), path) for path in _libraries(names)))


def package_library_path(names: tuple[str, ...]) -> str:
    """``LD_LIBRARY_PATH`` for the interpreter and these distributions, since a sandbox has no cache file for the loader."""
    return ":".join(dict.fromkeys((*library_folders(), *map(os.path.dirname, _libraries(names)))))


@functools.cache
def _packages(names: tuple[str, ...]) -> tuple[Path, ...]:
    """Files and folders in ``site-packages`` that belong to distributions and what they require."""
    found: dict[Path, None] = {}
    for dist in _with_requirements(names):
        for file in dist.files or ():
            if ".." not in file.parts and file.suffix != ".pth" and file.parts[0] not in ("__pycache__", "bin"):
                found[Path(str(dist.locate_file(file.parts[0])))] = None
    return tuple(path for path in found if path.exists())


def _with_requirements(names: tuple[str, ...]) -> Iterator[Distribution]:
    """Installed distributions with these names, and everything that they require."""
    waiting, seen = list(names), set()
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            dist = distribution(name)
        except PackageNotFoundError:
            continue
        yield dist
        needs = map(Requirement, dist.requires or ())
        waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]


@functools.cache
def _libraries(names: tuple[str, ...]) -> tuple[str, ...]:
    """Shared libraries outside the packages that their extension modules need."""
    objects = [str(p) for package in _packages(names) if package.is_dir() for p in package.rglob("*.so*") if p.is_file()]
    listing = subprocess.run(["ldd", *objects], capture_output=True, text=True, check=False).stdout
    found = dict.fromkeys(map(os.path.normpath, re.findall(r"=>\s+(/\S+)", listing)))
    inside = tuple(f"{package}{os.sep}" for package in _packages(names))
    return tuple(path for path in found if os.path.exists(path) and not path.startswith(inside))
