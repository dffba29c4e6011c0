"""The notebooks in the browser: a JupyterLite site with the notebooks and the package of the public tree, built without a network.

Its kernel loads Pyodide of the version that the practice page has, and numpy and matplotlib from the same public address.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from autograder.generate.notebooks import build_notebooks
from autograder.generate.package import package_files
from autograder.manifest import Course
from autograder.practice.runtime import PACKAGE_ADDRESS, public_runtime

LITE = "lite"
"""The folder of the notebooks, seen from the top of the site."""
PACKAGES = ("jupyterlite-core", "jupyterlite-pyodide-kernel")
APPS = ("lab", "notebooks")
KERNEL = "@jupyterlite/pyodide-kernel-extension"
# A time that is the same at each build, which goes into the index of the contents: 1 January 2020.
EPOCH = "1577836800"


class LiteError(OSError):
    """The site of notebooks cannot be built; the message says what is missing."""


def build_lite(course: Course, target: Path) -> None:
    """Write the site of notebooks, in place of an earlier one.

    Parameters
    ----------
    target : its folder; its addresses are relative, so that it may be anywhere.

    Raises
    ------
    LiteError
        When JupyterLite is not installed or refuses.
    """
    kernel = _kernel_extension()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in _contents(course).items():
            (folder / "contents" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "contents" / path).write_bytes(content)
        (folder / "jupyter-lite.json").write_text(json.dumps(_site_settings()), encoding="utf-8")
        (folder / "jupyter_lite_config.json").write_text(json.dumps(_build_settings(kernel)), encoding="utf-8")
        command = [sys.executable, "-m", "jupyterlite_core", "build"]
        done = subprocess.run(command, cwd=folder, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH}, capture_output=True, text=True)
        if done.returncode:
            raise LiteError(f"JupyterLite could not be built:\n{done.stderr or done.stdout}")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder / "site", target)


def lite_address(notebook: str) -> str:
    """Where the site opens a notebook, seen from its top."""
    return f"{LITE}/notebooks/index.html?path={notebook}.ipynb"


def _contents(course: Course) -> dict[str, bytes]:
    """The notebooks with the package beside them, as in a release."""
    return package_files(course) | {path.name: text.encode() for path, text in build_notebooks(course).items()}


def _kernel_extension() -> Path:
    try:
        files = [distribution(name).files or [] for name in PACKAGES][1]
    except PackageNotFoundError as error:
        cure = f".venv/bin/python -m pip install --constraint constraints.txt {' '.join(PACKAGES)}"
        raise LiteError(f"{error.name} is not installed: {cure}") from error
    for file in files:
        if file.as_posix().endswith(f"{KERNEL}/package.json"):
            return Path(str(file.locate())).resolve().parent
    raise LiteError(f"{PACKAGES[1]} is installed without its extension: install it again")


def _site_settings() -> dict[str, Any]:
    address = PACKAGE_ADDRESS.format(version=public_runtime().settings["version"])
    settings = {f"{KERNEL}:kernel": {"pyodideUrl": f"{address}pyodide.js"}}
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": {"litePluginSettings": settings}}


def _build_settings(kernel: Path) -> dict[str, Any]:
    return {
        "LiteBuildConfig": {
            "apps": list(APPS),
            "contents": ["contents"],
            "output_dir": "site",
            # What else is installed here is no part of the course.
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(kernel)],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
        }
    }
