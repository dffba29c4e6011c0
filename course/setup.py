"""Builds the optional extension and gives the version; the rest is in pyproject.toml, and how it is built in `coursenn._build`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from setuptools import setup

sys.path.insert(0, str(Path(__file__).resolve().with_name("src")))

from coursenn._build import BuildWithOpenMP, extensions

# Of the manifest, which the course and its tasks have in common.
TASKS = json.loads(Path(__file__).resolve().with_name("src").joinpath("coursenn", "tasks.json").read_text(encoding="utf-8"))

setup(version=TASKS["version"], ext_modules=extensions("src/coursenn", "build"), cmdclass={"build_ext": BuildWithOpenMP})
