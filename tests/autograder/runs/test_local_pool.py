"""Worker processes: if one dies, only its submission is tried again, and none outlives its run."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from autograder.manifest import Course
from autograder.runs.grade import grade
from autograder.runs.local_pool import ATTEMPTS, LocalPool
from autograder.runs.pool import GradingJob, GradingOrder, WorkerDied
from autograder.runs.progress import RunProgress
from autograder.sandbox import sandbox
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.marks import documents_of
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, hand_in


def workers() -> list[int]:
    """Return the process ids of the workers in the open pool."""
    return [process.pid for process in multiprocessing.active_children() if process.pid]


def write_class(workspace: Workspace, size: int) -> None:
    """Return so many submissions, right and wrong."""
    for n in range(size):
        hand_in(workspace, f"s{n}", {"coursenn/layers.py": (RIGHT_LAYERS, WRONG_BACKWARD)[n % 2] + f"\n# {n}\n"})


@pytest.fixture
def pool(workspace: Workspace, small: Course) -> Iterator[LocalPool]:
    """Two workers for the small course, without a sandbox: the code is ours."""
    with LocalPool(GradingOrder(small, "first", workspace.seed(), True), 2) as processes:
        assert isinstance(processes, LocalPool)
        yield processes


def test_several_processes_give_the_documents_of_one(workspace: Workspace, small: Course) -> None:
    """Do two workers give the same documents as one, in the same order, also for code whose failure must be confirmed in a run alone?"""
    write_class(workspace, 4)
    for student, line, ends in (("exits", "    return np", "_exit(3)"), ("exits-too", "    return dout", "abort()")):
        hand_in(workspace, student, {"coursenn/layers.py": RIGHT_LAYERS.replace(line, f"    __import__('os').{ends}\n{line}")})
    unsafe = sandbox.problem() is not None
    report = grade(workspace, small, "first", unsafe=unsafe, jobs=2)
    several = documents_of(workspace, small)
    assert [r.student for r in report.rows] == ["exits", "exits-too", "s0", "s1", "s2", "s3"]
    assert '"killed"' in several["exits"]
    assert '"killed"' in several["exits-too"]
    grade(workspace, small, "first", unsafe=unsafe, jobs=1, force=True)
    assert documents_of(workspace, small) == several


def test_dead_worker_costs_its_submission_another_try(workspace: Workspace, pool: LocalPool) -> None:
    """If a worker is killed, idle or at work: is every submission still graded, and is the loss reported?"""
    write_class(workspace, 4)
    jobs = [GradingJob(workspace.submitted(f"s{n}", "first")) for n in range(4)]
    for job in jobs:
        pool.submit(job)
    assert pool.room == 0
    graded = []
    killed = False
    while len(graded) < len(jobs):
        graded += pool.finished(0.2)
        if not killed and (pids := workers()):
            os.kill(pids[0], signal.SIGKILL)
            killed = True
    assert sorted(o.job.name for o in graded) == ["s0", "s1", "s2", "s3"]
    assert all(o.document and o.error is None for o in graded)
    assert any("tried again" in note for note in pool.notes())
    for pid in workers():
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    pool.submit(jobs[0])
    again: list[object] = []
    while not again:
        again += pool.finished(0.2)


def test_submission_that_kills_every_worker_is_given_up(workspace: Workspace, pool: LocalPool) -> None:
    """Does a submission whose worker dies every time fail after a few tries?"""
    write_class(workspace, 1)
    pool.submit(GradingJob(workspace.submitted("s0", "first")))
    outcomes = []
    deaths = 0
    while not outcomes:
        for pid in workers():
            os.kill(pid, signal.SIGKILL)
            deaths += 1
        outcomes = pool.finished(0.05)
    assert isinstance(outcomes[0].error, WorkerDied)
    assert deaths >= ATTEMPTS
    assert pool.busy == 0


RUN = """
    import sys
    from autograder.runs.grade import grade
    from autograder.workspace.opening import open_workspace

    if __name__ == "__main__":
        workspace = open_workspace(sys.argv[1])
        def show(progress):
            if progress.graded:
                print("under way", flush=True)
        grade(workspace, workspace.course(), "first", unsafe=True, jobs=2, show=show)
"""


def test_workers_end_with_the_run_that_started_them(workspace: Workspace, tmp_path: Path) -> None:
    """After SIGKILL to the command only: do its workers and their temporary files soon disappear?"""
    write_class(workspace, 12)
    script = tmp_path / "run.py"
    script.write_text(textwrap.dedent(RUN))
    # The folder holds a socket, whose path must be short.
    scratch = Path(tempfile.mkdtemp(prefix="run-"))
    command = [sys.executable, str(script), str(workspace.root)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(scratch)})
    assert process.stdout is not None
    assert process.stdout.readline() == "under way\n"
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
    assert not list(scratch.glob("coursenn-run-*"))
    shutil.rmtree(scratch)


def test_course_that_changes_under_the_run_is_noticed(workspace: Workspace, small: Course) -> None:
    """If the files of the course change during grading, does the run stop instead of mixing two courses?"""
    write_class(workspace, 2)
    given = small.given["given.py"]
    before = given.read_text()

    def edit(progress: RunProgress) -> None:
        given.write_text(before + "\n# edited\n")

    try:
        with pytest.raises(WorkspaceError, match="run this again"):
            grade(workspace, small, "first", unsafe=True, jobs=1, show=edit)
    finally:
        given.write_text(before)
