"""Builds the optional extension; everything else is in pyproject.toml, and how it is built in `coursenn._build`."""

from __future__ import annotations

import sys
from pathlib import Path

from setuptools import setup

sys.path.insert(0, str(Path(__file__).resolve().with_name("src")))

from coursenn._build import BuildWithOpenMP, extensions

setup(ext_modules=extensions("src/coursenn", "build"), cmdclass={"build_ext": BuildWithOpenMP})
