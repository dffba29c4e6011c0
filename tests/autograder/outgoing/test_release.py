"""Does only the student tree leave the workspace, and nothing of the instructor's?"""

from __future__ import annotations

import json
import shutil
import stat
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.administration.upgrade import plan_upgrade, upgrade
from autograder.cli import main
from autograder.manifest import Course, load_course
from autograder.outgoing.leaks import leaks, secrets
from autograder.outgoing.release import release, stored_deadline, write_source
from autograder.runs.grade import grade
from autograder.workspace import nbgrader_api
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.small_course import RIGHT_LAYERS, generate, hand_in, write_small_course


@pytest.fixture
def own(tmp_path: Path) -> Course:
    """A small course that a test may change."""
    return write_small_course(tmp_path / "own")


def test_release_holds_the_whole_student_tree(workspace: Workspace, small: Course) -> None:
    """Are notebooks, stubs, given modules and README there, in the release and in nbgrader's exchange?"""
    outbound = workspace.exchange / "small" / "outbound" / "first"
    names = {p.relative_to(workspace.released("first")).as_posix() for p in workspace.released("first").rglob("*") if p.is_file()}
    assert names >= {"Alpha.ipynb", "Beta.ipynb", "README.md", "coursenn/layers.py", "coursenn/optim.py", "coursenn/given.py"}
    assert {p.relative_to(outbound).as_posix() for p in outbound.rglob("*") if p.is_file()} == names
    assert (outbound / "coursenn" / "layers.py").read_bytes() == small.stub("layers.py").read_bytes()


def test_stubs_of_students_survive_nbgrader(workspace: Workspace) -> None:
    """Does a notebook reach students with our gaps and placeholders instead of nbgrader's?"""
    text = (workspace.released("first") / "Alpha.ipynb").read_text()
    assert "YOUR CODE HERE" not in text
    assert "NotImplementedError" in text


def test_no_secret_is_anywhere_in_the_workspace_but_in_the_rubrics(workspace: Workspace, small: Course) -> None:
    """Do solutions, model answers and hidden checks stay out of every folder that nbgrader copies from?"""
    assert len(secrets(small)) > 10
    for step in ("source", "release", "exchange"):
        assert leaks(small, workspace.root / step, workspace.seed()) == []
    rubric = workspace.rubrics / "Alpha.html"
    assert "The model answer of Alpha" in rubric.read_text()
    assert stat.S_IMODE(rubric.stat().st_mode) == 0o600


def test_the_deadline_reaches_students(own: Course, tmp_path: Path) -> None:
    """Does the released tasks.json give the assignment's deadline in UTC, and the course's own none?"""
    write_source(own, own.assignments[0], tmp_path / "source", due=datetime(2027, 1, 10, 22, 59))
    released = json.loads((tmp_path / "source/coursenn/tasks.json").read_text("utf-8"))
    assert released["assignments"][0]["due"] == "2027-01-10T22:59:00+00:00"
    assert "due" not in (own.root / "src/coursenn/tasks.json").read_text("utf-8")


def test_leak_is_refused_before_anything_leaves(own: Course, tmp_path: Path) -> None:
    """Is a solution line in a given file found before the release exists?"""
    workspace = open_workspace(tmp_path / "w", own)
    (own.root / "README.md").write_text("Hint: rectified_inputs_of_any_shape = np.maximum(x, 0)\n")
    with pytest.raises(WorkspaceError, match="README"):
        release(workspace, own, "first", generated=True)
    assert not workspace.source("first").exists()
    assert not workspace.released("first").exists()


def test_seed_is_a_secret(workspace: Workspace, small: Course) -> None:
    """Is the seed drawn once, readable only by its owner, reported if it is missing, and found if a file reveals it?"""
    assert stat.S_IMODE((workspace.root / "seed").stat().st_mode) == 0o600
    seed = workspace.seed()
    assert workspace.seed() == seed >= 0
    (workspace.released("first") / "note.txt").write_text(f"x{seed}y")
    assert any("seed" in found for found in leaks(small, workspace.released("first"), seed))
    (workspace.results / "ab").mkdir()
    (workspace.results / "ab" / "abc.json").write_text("{}")
    (workspace.root / "seed").unlink()
    with pytest.raises(WorkspaceError, match="put it back"):
        workspace.seed()


def test_stale_generated_files_are_refused(own: Course, tmp_path: Path) -> None:
    """Is a manifest that was edited without `make generate` noticed?"""
    own.path.write_text(own.path.read_text().replace("points = 3", "points = 5"))
    with pytest.raises(WorkspaceError, match="make generate"):
        release(open_workspace(tmp_path / "w", own), load_course(own.path), "first")


def test_releasing_again_replaces_and_reports(own: Course, tmp_path: Path) -> None:
    """Does a corrected release replace the old one, also in the exchange, and say so?"""
    workspace = open_workspace(tmp_path / "w", own)
    assert not release(workspace, own, "first", due=datetime(2026, 5, 4, 12)).again
    own.path.write_text(own.path.read_text().replace("points = 3", "points = 5"))
    changed = generate(load_course(own.path))
    done = release(workspace, changed, "first")
    assert done.again
    assert "update" in done.notes[0]
    with nbgrader_api.gradebook(workspace) as book:
        assert book.find_assignment("first").max_score == 15.0
        assert book.find_assignment("first").duedate == datetime(2026, 5, 4, 12)
    assert '"points": 5' in (workspace.exchange / "small" / "outbound" / "first" / "Alpha.ipynb").read_text()
    assert list((workspace.earlier / "source" / "first").iterdir())


def test_cells_cannot_change_under_submissions(own: Course, tmp_path: Path) -> None:
    """Is removing a task after grading refused, with the reason and what to do?"""
    workspace = open_workspace(tmp_path / "w", own)
    release(workspace, own, "first", generated=True)
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    grade(workspace, own, "first", unsafe=True)
    source = own.root / "solutions" / "notebooks" / "Beta.py"
    source.write_text(source.read_text().replace('solution="beta-cell"', 'solution="another-cell"'))
    with pytest.raises(WorkspaceError, match="a name of its own"):
        release(workspace, generate(own), "first")


@pytest.mark.whole
def test_points_may_change_under_submissions(own: Course, tmp_path: Path) -> None:
    """After a change of points, a release and an upgrade of the term, are marks right, and are they refused before that?"""
    workspace = open_workspace(tmp_path / "w", own)
    release(workspace, own, "first", generated=True)
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    grade(workspace, own, "first", unsafe=True)
    own.path.write_text(own.path.read_text().replace("points = 3", "points = 5"))
    changed = generate(load_course(own.path))
    release(workspace, changed, "first")
    with pytest.raises(WorkspaceError, match=r"points changed.*autograder upgrade"):
        grade(workspace, changed, "first", unsafe=True)
    plan = plan_upgrade(workspace, changed, unsafe=True)
    assert [(m.before, m.after, m.tasks) for m in plan.moves] == [(5.0, 7.0, {"relu-backward": (3.0, 5.0)})]
    [report] = upgrade(workspace, changed, plan, unsafe=True)
    assert report.rows[0].document is not None
    assert report.rows[0].document["score"] == 7.0
    assert report.rows[0].moved == ["relu-backward"]
    with nbgrader_api.gradebook(workspace) as book:
        assert book.find_submission("first", "ada").score == 7.0


def test_workspace_can_be_moved(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Is a workspace independent of its path?"""
    moved = tmp_path / "elsewhere"
    shutil.move(workspace.root, moved)
    again = open_workspace(moved)
    assert again.course().name == small.name
    assert again.exchange == moved / "exchange"
    assert str(workspace.root) not in (moved / "nbgrader_config.py").read_text() + json.dumps([*map(str, again.root.glob("*.json"))])
    assert nbgrader_api.api(again).get_assignments()[0]["name"] == "first"


@pytest.fixture
def in_berlin(own: Course, tmp_path: Path) -> list[str]:
    """Return the options of a course in Berlin."""
    own.path.write_text(own.path.read_text().replace('version = "1"', 'version = "1"\ntimezone = "Europe/Berlin"'))
    generate(load_course(own.path))
    return ["--workspace", str(tmp_path / "w"), "--course", str(own.path)]


def autograder(*arguments: str) -> tuple[int, str]:
    """Run the command line without a process."""
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_the_deadline_is_stored_in_utc_and_shown_in_both_zones(in_berlin: list[str], tmp_path: Path) -> None:
    """Is a deadline read in the manifest's zone or in --timezone, refused before anything is done, and shown if none is given?"""
    due = datetime(2026, 10, 25, 1, 30)
    code, output = autograder("release", "--due", "2026-10-25 02:30 am", *in_berlin)
    assert (code, "deadline of first: 2026-10-25 02:30 Europe/Berlin (2026-10-25 01:30 UTC)\n" in output) == (0, True), output
    workspace = open_workspace(tmp_path / "w")
    assert stored_deadline(workspace, "first") == due
    for refused in ("01/10/2026", "2026-10-01", "23:59", "2026-10-01 23:59 EST", "2026-03-29 02:30"):
        code, output = autograder("release", "--due", refused, *in_berlin)
        assert (code, "rite " in output) == (2, True), output
    code, output = autograder("release", "--due", "2026-10-01 23:59", "--timezone", "EST", *in_berlin)
    assert (code, "--timezone" in output) == (2, True), output
    assert stored_deadline(workspace, "first") == due
    code, output = autograder("release", "--timezone", "asia/tokyo", *in_berlin)
    assert (code, "deadline of first: 2026-10-25 10:30 Asia/Tokyo (2026-10-25 01:30 UTC)\n" in output) == (0, True), output
