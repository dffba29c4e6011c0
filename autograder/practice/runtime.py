"""Python for the browser: Pyodide and a numpy for it, from their public address or from a folder, each file with its hash.

`runtime.json` pins both. ``python -m autograder.practice.runtime FOLDER`` rewrites it from the unpacked npm package ``pyodide``: the
hashes of the core are those of its files, and the lock has that of numpy.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PINNED = Path(__file__).with_name("runtime.json")
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
PACKAGE = "numpy"
FOLDER = "pyodide"
"""Where the site holds these files if it is built with a folder of them, relative to the practice page."""
CORE_ADDRESS = "https://cdn.jsdelivr.net/npm/pyodide@{version}/"
"""The files of the npm package, byte for byte."""
PACKAGE_ADDRESS = "https://cdn.jsdelivr.net/pyodide/v{version}/full/"

WHEEL_BYTES = 3_650_000
"""Approximate: the lock does not say how large a wheel is, and only the progress bar needs it."""


class RuntimeFilesError(OSError):
    """A folder does not hold the pinned Pyodide; the message says what is missing."""


@dataclass(frozen=True)
class Runtime:
    """What the worker loads.

    Attributes
    ----------
    settings : for the worker: version, the lock's entry for the interpreter, and each file with address, hash and size.
    files : the files that the site must hold, name -> content; empty if everything comes from the public address.
    """

    settings: dict[str, Any]
    files: dict[str, bytes]


def public_runtime() -> Runtime:
    """Pyodide from its public address."""
    return Runtime(_pinned(), {})


def local_runtime(folder: Path) -> Runtime:
    """Pyodide from a folder with the files of the npm package and the pinned numpy wheel.

    Raises
    ------
    RuntimeFilesError
        When a file is missing, or a file of the core differs from the pinned one. A wheel may be another build of the pinned version.
    """
    pinned = _pinned()
    files: dict[str, bytes] = {}
    entries = []
    for entry in pinned["files"]:
        path = folder / entry["name"]
        if not path.is_file():
            cure = f"unpack npm's pyodide {pinned['version']} there, and put numpy's wheel for it beside it"
            raise RuntimeFilesError(f"{folder} holds no {entry['name']}: {cure}")
        content = path.read_bytes()
        if entry["name"] in CORE and _integrity(content) != entry["integrity"]:
            raise RuntimeFilesError(f"{path} does not belong to Pyodide {pinned['version']}")
        files[f"{FOLDER}/{entry['name']}"] = content
        entries.append(_entry(entry["name"], f"{FOLDER}/{entry['name']}", _integrity(content), len(content)))
    return Runtime({**pinned, "files": entries}, files)


def pin(folder: Path) -> dict[str, Any]:
    """The content of `runtime.json`, from the unpacked npm package."""
    version = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    numpy = lock["packages"][PACKAGE]
    contents = {name: (folder / name).read_bytes() for name in CORE}
    core = CORE_ADDRESS.format(version=version)
    files = [_entry(name, core + name, _integrity(content), len(content)) for name, content in contents.items()]
    digest = base64.b64encode(bytes.fromhex(numpy["sha256"])).decode()
    wheel = numpy["file_name"]
    files.append(_entry(wheel, PACKAGE_ADDRESS.format(version=version) + wheel, f"sha256-{digest}", WHEEL_BYTES))
    return {"version": version, "numpy": numpy["version"], "lock": lock["info"], "files": files}


def _pinned() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(PINNED.read_text(encoding="utf-8"))
    return found


def _entry(name: str, address: str, integrity: str, size: int) -> dict[str, Any]:
    return {"name": name, "address": address, "integrity": integrity, "bytes": size}


def _integrity(content: bytes) -> str:
    """The hash in the form that browsers accept."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write `runtime.json`."""
    parser = argparse.ArgumentParser(description="Pin Python for the practice page.")
    parser.add_argument("folder", type=Path, help="npm's package pyodide, unpacked")
    PINNED.write_text(json.dumps(pin(parser.parse_args(arguments).folder), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
