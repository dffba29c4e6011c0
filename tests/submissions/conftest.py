"""Keeps pytest out of the submissions: one of them holds a conftest.py."""

from pathlib import Path

collect_ignore = [str(path) for path in Path(__file__).resolve().parent.iterdir() if path.is_dir()]
