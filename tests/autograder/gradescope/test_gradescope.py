"""Does the zip for Gradescope grade in a folder like Gradescope's, and tell students no more than it may?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.engine.early import Tell
from autograder.gradescope import run as gradescope_run
from autograder.gradescope.build import build_zip
from autograder.gradescope.settings import ZipSettings
from autograder.manifest import Course
from tests.autograder.mini_course import LAYER_UTILS, LAYERS, NET, write

DUE = "2026-10-01T23:59:00.000000-07:00"
EARLY, LATE = "2026-10-01T12:00:00.000000-07:00", "2026-10-02T12:00:00.000000-07:00"


def container(root: Path, archive: Path, files: dict[str, str], created: str = EARLY, previous: int = 0) -> Path:
    """Fill a folder like ``/autograder`` of Gradescope's container, before its run script is called."""
    with zipfile.ZipFile(archive) as unpacked:
        unpacked.extractall(root / "source")
        for entry in unpacked.infolist():
            (root / "source" / entry.filename).chmod(entry.external_attr >> 16 & 0o777)
    (root / "run_autograder").write_bytes((root / "source" / "run_autograder").read_bytes())
    (root / "run_autograder").chmod(0o755)
    write(root / "submission" / "coursenn", files)
    (root / "results").mkdir()
    before = [{"submission_time": f"2026-09-{n + 1:02d}T10:00:00-07:00", "score": n + 1.0, "results": {}} for n in range(previous)]
    metadata = {"id": 1, "created_at": created, "assignment": {"due_date": DUE, "late_due_date": None}, "previous_submissions": before}
    (root / "submission_metadata.json").write_text(json.dumps(metadata | {"users": [{"name": "Jane Doe"}]}))
    return root


def run_script(root: Path) -> dict[str, Any]:
    """Call the run script as Gradescope does and return its result."""
    environment = {**os.environ, "AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": sys.executable}
    environment = {k: v for k, v in environment.items() if k not in ("PYTHONPATH", "COURSENN_COURSE")}
    done = subprocess.run([root / "run_autograder"], cwd=root, env=environment, capture_output=True, text=True, check=False)
    found: dict[str, Any] = json.loads((root / "results" / "results.json").read_text()) if done.returncode == 0 else {}
    assert found, done.stderr
    return found


@pytest.mark.usefixtures("needs_sandbox")
def test_the_run_script_grades_in_a_container(mini: Course, tmp_path: Path) -> None:
    """Does the unpacked zip grade without this repository, and give the marks of the engine?"""
    build_zip(mini, "mini", tmp_path / "a.zip", tell=Tell.POINTS, seed="7")
    wrong = LAYERS.replace("3 * cache**2 * dout", "2 * cache**2 * dout")
    found = run_script(
        container(
            tmp_path / "autograder", tmp_path / "a.zip", {"layers.py": wrong, "layer_utils.py": LAYER_UTILS, "classifiers/net.py": NET}
        )
    )
    tests = {t["name"]: t for t in found["tests"]}
    forward, backward = tests["layers.cube_forward (layers.cube_forward)"], tests["layers.cube_backward (layers.cube_backward)"]
    assert (forward["score"], forward["max_score"], forward["status"]) == (4.0, 4, "passed")
    assert backward["score"] == 0
    assert backward["output"] == "", "only points before the deadline"
    assert found["score"] == sum(t.get("score", 0) for t in found["tests"])
    details = [t for t in found["tests"] if t["name"].endswith(": details")]
    assert details
    assert {t["visibility"] for t in details} == {"after_due_date"}
    assert found["stdout_visibility"] == "hidden"
    assert "7" not in found["extra_data"].values()


def settings(**changes: Any) -> ZipSettings:
    """Return the settings of a zip."""
    return ZipSettings(**{"assignment": "mini", "manifest": "course.toml", "seed": "7", "titles": {}, **changes})


def document(message: str = "dx is off by about a tenth of its largest entry everywhere: it is right up to a factor N") -> dict[str, Any]:
    """Return a result that lost marks."""
    check = {"name": "gradient of x", "passed": False, "message": message}
    task = {
        "id": "cube-backward",
        "function": "layers.cube_backward",
        "verdict": "failed",
        "score": 0.0,
        "max_score": 2.0,
        "checks": [check],
    }
    head = {"status": "graded", "reason": None, "refused": ["notes.txt: not asked for"], "notes": [], "course": "1", "assignment": "mini"}
    return {
        **head,
        "score": 0.0,
        "max_score": 2.0,
        "elapsed_s": 1.2,
        "tasks": [{**task, "mistakes": [], "hint": "It misses a term.", "see": ""}],
    }


@pytest.mark.parametrize("tell", list(Tell))
def test_details_are_hidden_before_the_deadline(mini: Course, tell: Tell) -> None:
    """Are measurements of hidden checks and hints hidden before the due date with every setting, and shown after it?"""
    found = gradescope_run.results(mini, settings(tell=tell), document(), closed=False, attempt=1)
    now = [t for t in found["tests"] if t["visibility"] == "visible"]
    assert "factor" not in json.dumps(now) + found["output"]
    assert "misses a term" not in json.dumps(now)
    assert ("gradient of x" in json.dumps(now)) == (tell is Tell.CHECKS)
    assert bool(now) == (tell is not Tell.RECEIVED)
    assert "notes.txt" in found["output"]
    closed = gradescope_run.results(mini, settings(tell=tell), document(), closed=True, attempt=1)
    assert "factor" in closed["tests"][0]["output"]


@pytest.mark.usefixtures("needs_sandbox")
def test_attempts_are_limited(mini: Course, tmp_path: Path) -> None:
    """Is a submission beyond the limit not graded, and does the last mark stay?"""
    build_zip(mini, "mini", tmp_path / "a.zip", attempts=2, seed="7")
    found = run_script(container(tmp_path / "autograder", tmp_path / "a.zip", {"layers.py": LAYERS}, previous=3))
    assert found["score"] == 2.0
    assert "2 attempts" in found["output"]


def test_without_a_sandbox_nothing_is_graded(mini: Course, tmp_path: Path, broken_sandbox: Callable[[], None]) -> None:
    """Does no student code run without the sandbox, and is the reason hidden from students?"""
    build_zip(mini, "mini", tmp_path / "a.zip")
    root = container(tmp_path / "autograder", tmp_path / "a.zip", {"layers.py": LAYERS})
    broken_sandbox()
    found = gradescope_run.run(root)
    assert found["visibility"] == "hidden"
    assert "Nothing was graded" in found["output"]


def test_the_zip_has_the_files_that_gradescope_needs(mini: Course, tmp_path: Path) -> None:
    """Are both scripts executable and at the root, are model answers left out, and is the file private?"""
    done = CliRunner().invoke(main, ["gradescope", "--course", str(mini.path), "--to", str(tmp_path / "a.zip")])
    assert done.exit_code == 0, done.output
    assert oct((tmp_path / "a.zip").stat().st_mode & 0o777) == "0o600"
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        entries = {e.filename: e for e in archive.infolist()}
        requirements = archive.read("requirements.txt").decode()
    assert all(entries[name].external_attr >> 16 & 0o111 for name in ("setup.sh", "run_autograder"))
    assert not [name for name in entries if "/notebooks/" in name or name.startswith("tests/")]
    assert {line.partition("==")[0] for line in requirements.splitlines()} == {"numpy", "msgspec", "pyseccomp", "tzdata"}
