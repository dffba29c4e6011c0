"""Bundle the editor of the practice page: ``python -m autograder.practice.bundle``, which needs Node and npm. `make book` needs neither.

`editor/package-lock.json` pins every package with its hash, so the bundle has the same bytes each time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

EDITOR = Path(__file__).with_name("editor")
SOURCES = ("editor.js", "package.json", "package-lock.json")
BUNDLE, LICENCES = "editor.bundle.js", "LICENSES.txt"
OPTIONS = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none", "--log-level=warning")
NOT_IN_IT = ("esbuild", "@esbuild/")
"""Packages that make the bundle and are not part of it."""


def bundle() -> dict[str, bytes]:
    """The bundle and the licences of what is in it, file name -> content.

    Raises
    ------
    OSError
        When Node or npm is missing. ``subprocess.CalledProcessError`` when packages are not available or the sources are wrong.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in SOURCES:
            shutil.copyfile(EDITOR / source, folder / source)
        # No package may run its own scripts here.
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
        subprocess.run(["node", "node_modules/esbuild/bin/esbuild", SOURCES[0], *OPTIONS, f"--outfile={BUNDLE}"], cwd=folder, check=True)
        return {BUNDLE: (folder / BUNDLE).read_bytes(), LICENCES: _licences(folder).encode()}


def _licences(folder: Path) -> str:
    """The licence of every package in the lock of which the page may contain a part."""
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    parts = []
    for place in sorted(lock["packages"]):
        name = place.rpartition("node_modules/")[2]
        if not name or name.startswith(NOT_IN_IT):
            continue
        entry = json.loads((folder / place / "package.json").read_text(encoding="utf-8"))
        text = next(path for path in sorted((folder / place).iterdir()) if path.name.lower().startswith("licen"))
        parts.append(f"{name} {entry['version']} ({entry['license']})\n\n{text.read_text(encoding='utf-8').strip()}\n")
    return f"{BUNDLE} is made from these packages.\n\n" + "\n\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write both files."""
    argparse.ArgumentParser(description="Bundle the editor of the practice page; this needs Node and npm.").parse_args(arguments)
    for name, content in bundle().items():
        (EDITOR / name).write_bytes(content)


if __name__ == "__main__":
    main()
