"""The notebooks in the browser: a JupyterLite site with the notebooks and the package of the public tree, built without a network.

Its kernel loads the practice page's version of Pyodide, and numpy and matplotlib, from the same public address or from the
folder with which the site is built. It uses no package index.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from autograder.generate.notebooks import build_notebooks
from autograder.generate.package import package_files
from autograder.manifest import Course
from autograder.practice.distribution import ENTRY, distribution_files
from autograder.practice.runtime import PACKAGE_ADDRESS, public_runtime

LITE = "lite"
"""The folder of the notebooks, relative to the top of the site."""
PACKAGES = ("jupyterlite-core", "jupyterlite-pyodide-kernel")
# Students edit files beside a notebook, so it is opened in a view that lists these.
APPS = ("lab",)
KERNEL = "@jupyterlite/pyodide-kernel-extension"
UNLISTED = "comm"
"""A package that the kernel imports and Pyodide's lock lacks; without our wheel it would come from a package index."""
# A constant time for the index of the contents, so that each build gives the same: 1 January 2020.
EPOCH = "1577836800"
NO_TIME = (1980, 1, 1, 0, 0, 0)


class LiteError(OSError):
    """The site of notebooks cannot be built; the message says what is missing."""


def build_lite(course: Course, target: Path, pyodide: Path | None = None) -> None:
    """Write the site of notebooks.

    Parameters
    ----------
    target : its folder, which must not exist yet; its addresses are relative, so it may be anywhere.
    pyodide : a folder with Python for the browser, which the site then holds; by default it comes from its public address.

    Raises
    ------
    LiteError
        When JupyterLite is not installed or refuses.
    RuntimeFilesError
        When that folder does not hold what the kernel and the notebooks need.
    """
    kernel = _kernel_extension()
    files = {f"contents/{path}": content for path, content in _contents(course).items()}
    files |= dict([_unlisted_wheel()])
    # JupyterLite knows a folder of this name, and then its kernel uses it.
    files |= {f"static/pyodide/{name}": content for name, content in (distribution_files(pyodide) if pyodide else {}).items()}
    files["jupyter-lite.json"] = json.dumps(_site_settings()).encode()
    files["jupyter_lite_config.json"] = json.dumps(_build_settings(kernel)).encode()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        command = [sys.executable, "-m", "jupyterlite_core", "build"]
        done = subprocess.run(command, cwd=folder, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH}, capture_output=True, text=True)
        if done.returncode:
            raise LiteError(f"JupyterLite could not be built:\n{done.stderr or done.stdout}")
        shutil.copytree(folder / "site", target)


def lite_address(notebook: str) -> str:
    """Where the site opens a notebook, relative to its top."""
    return f"{LITE}/lab/index.html?path={notebook}.ipynb"


def _contents(course: Course) -> dict[str, bytes]:
    """The notebooks with the package beside them, as in a release."""
    return package_files(course) | {path.name: text.encode() for path, text in build_notebooks(course).items()}


def _installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        cure = f".venv/bin/python -m pip install --constraint constraints.txt {' '.join(PACKAGES)}"
        raise LiteError(f"{error.name} is not installed: {cure}") from error


def _unlisted_wheel() -> tuple[str, bytes]:
    """The installed `UNLISTED`, whose version is pinned, packed as a wheel again."""
    found = _installed(UNLISTED)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(found.files or [], key=str):
            if "__pycache__" not in file.parts and file.name not in ("INSTALLER", "REQUESTED", "direct_url.json"):
                archive.writestr(zipfile.ZipInfo(file.as_posix(), NO_TIME), Path(str(file.locate())).read_bytes())
    return f"pypi/{UNLISTED}-{found.version}-py3-none-any.whl", buffer.getvalue()


def _kernel_extension() -> Path:
    for file in [_installed(name).files or [] for name in PACKAGES][1]:
        if file.as_posix().endswith(f"{KERNEL}/package.json"):
            return Path(str(file.locate())).resolve().parent
    raise LiteError(f"{PACKAGES[1]} is installed without its extension: install it again")


def _site_settings() -> dict[str, Any]:
    address = PACKAGE_ADDRESS.format(version=public_runtime().settings["version"])
    kernel = {
        "pyodideUrl": f"{address}{ENTRY}",
        "disablePyPIFallback": True,
        # The browser stores these files for the student, and compiled files would be among them.
        "loadPyodideOptions": {"env": {"PYTHONDONTWRITEBYTECODE": "1"}},
    }
    settings = {f"{KERNEL}:kernel": kernel}
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": {"litePluginSettings": settings}}


def _build_settings(kernel: Path) -> dict[str, Any]:
    return {
        "LiteBuildConfig": {
            "apps": list(APPS),
            "contents": ["contents"],
            "output_dir": "site",
            # Anything else that is installed here is not part of the course.
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(kernel)],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
        }
    }
