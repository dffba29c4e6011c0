"""A student's folder with finished code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "course" / "notebooks"


@pytest.fixture
def folder(tmp_path: Path, reference: Path) -> Path:
    """Finished code, with unanswered questions, no trained network and no compiled extension."""
    work = tmp_path / "Meine Übung"
    shutil.copytree(reference / "coursenn", work / "coursenn", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    for path in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(path, work)
    # Python would import it instead of numpy.
    (work / "numpy.py").write_text("raise SystemExit('the wrong numpy')\n", encoding="utf-8")
    return work


@pytest.fixture
def small(folder: Path) -> Path:
    """The same folder with an assignment of one notebook."""
    path = folder / "coursenn" / "tasks.json"
    document = json.loads(path.read_text("utf-8"))
    document["assignments"] = [{"name": "small", "title": "Small", "notebooks": ["Dropout"]}]
    path.write_text(json.dumps(document), encoding="utf-8")
    return folder
