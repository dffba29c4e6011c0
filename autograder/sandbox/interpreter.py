"""The files that an interpreter with numpy needs from this machine, without files of other packages."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy

from autograder.paths import cache_directory, write_atomically

NOT_FOR_ARITHMETIC = ("_tkinter", "_curses", "readline", "nis", "_dbm", "_gdbm", "_crypt", "ossaudiodev")
"""Extension modules whose libraries (windows, terminals, name services) are not mounted."""
LOADER_CACHE = "/etc/ld.so.cache"
"""A file that changes with the installed shared libraries."""


def interpreter() -> str:
    """The real interpreter below any virtual environment."""
    # ``sys._base_executable`` is what venv itself uses (since Python 3.7); the standard library has no public name for it.
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable) or sys.executable)


def numpy_folders() -> list[tuple[str, str]]:
    """Numpy's folders on this machine, each with its name in a folder of packages."""
    package = Path(numpy.__file__).resolve().parent
    libraries = package.parent / "numpy.libs"
    return [(str(package), "numpy"), *([(str(libraries), "numpy.libs")] if libraries.is_dir() else [])]


def _standard_library() -> list[str]:
    names = {sysconfig.get_path("stdlib", vars=_base()), sysconfig.get_path("platstdlib", vars=_base())}
    return sorted({os.path.realpath(n) for n in names if n})


def _base() -> dict[str, str]:
    return {"base": sys.base_prefix, "platbase": sys.base_exec_prefix, "installed_base": sys.base_prefix}


def hidden_folders() -> list[str]:
    """Folders below the standard library that hold other people's packages."""
    candidates = (Path(lib) / name for lib in _standard_library() for name in ("site-packages", "dist-packages", "test", "idlelib"))
    return [str(p) for p in candidates if p.is_dir()]


@functools.cache
def interpreter_mounts() -> tuple[tuple[str, str], ...]:
    """Read-only mounts for interpreter, standard library, numpy, and the shared libraries they need."""
    mounts = [(interpreter(), interpreter())]
    mounts += [(lib, lib) for lib in _standard_library()]
    mounts += [(source, f"/packages/{name}") for source, name in numpy_folders()]
    mounts += [(os.path.realpath(path), path) for path in _shared_libraries()]
    return tuple(mounts)


@functools.cache
def library_folders() -> tuple[str, ...]:
    """Folders of the mounted shared libraries, for the loader, which has no cache file inside."""
    return tuple(dict.fromkeys(os.path.dirname(p) for p in _shared_libraries()))


@functools.cache
def _shared_libraries() -> tuple[str, ...]:
    """Shared libraries outside numpy's folders. Asking the loader takes 0.3 s of processor time, so the answer is cached on disk."""
    kept = cache_directory() / f"libraries-{_state_of_machine()}.json"
    with contextlib.suppress(OSError, ValueError, TypeError):
        found = tuple(json.loads(kept.read_bytes()))
        if found and all(os.path.isabs(path) and os.path.isfile(path) for path in found):
            return found
    found = _libraries_by_ldd()
    with contextlib.suppress(OSError):
        write_atomically(kept, json.dumps(found))
    return found


def _state_of_machine() -> str:
    """A digest of what the loader's answer depends on: interpreter, extension modules, numpy, known libraries."""
    extensions = [os.path.join(lib, "lib-dynload") for lib in _standard_library()]
    paths = [interpreter(), *extensions, *(source for source, _ in numpy_folders()), numpy.__file__, LOADER_CACHE]
    facts = [numpy.__version__, os.environ.get("LD_LIBRARY_PATH", "")]
    for path in paths:
        with contextlib.suppress(OSError):
            facts.append(f"{path} {os.stat(path).st_mtime_ns} {os.stat(path).st_size}")
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:20]


def _libraries_by_ldd() -> tuple[str, ...]:
    extensions = (p for lib in _standard_library() for p in Path(lib, "lib-dynload").glob("*.so"))
    objects = [interpreter(), *(str(p) for p in extensions if not p.name.startswith(NOT_FOR_ARITHMETIC))]
    objects += [str(p) for source, _ in numpy_folders() for p in Path(source).rglob("*.so*") if p.is_file()]
    listing = subprocess.run(["ldd", *objects], capture_output=True, text=True, check=False).stdout
    inside = tuple(source + os.sep for source, _ in numpy_folders())
    found = re.findall(r"=>\s+(/\S+)|^\s+(/\S+)\s+\(0x", listing, re.MULTILINE)
    paths = dict.fromkeys(os.path.normpath(a or b) for a, b in found)
    return tuple(p for p in paths if os.path.exists(p) and not p.startswith(inside))
