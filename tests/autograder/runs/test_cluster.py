"""Grading on a Dask cluster: does it give the marks of a local run, whatever happens to the workers, and what is refused?"""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.manifest import Course
from autograder.results.digests import course_digest
from autograder.results.store import grade_with_engine
from autograder.runs import worker
from autograder.runs.cluster import Cluster
from autograder.runs.grade import grade
from autograder.runs.packing import pack
from autograder.runs.progress import RunProgress
from autograder.runs.scheduler_address import ClusterMisuse, SchedulerAddress, checked_address
from autograder.sandbox import sandbox
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.marks import documents_of, marks_of, without_times
from tests.autograder.runs.dask_processes import Dask
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, hand_in


def write_class(workspace: Workspace) -> None:
    """Write a class with right, wrong, odd and unusable work."""
    for n in range(6):
        layers = (RIGHT_LAYERS if n % 2 else WRONG_BACKWARD) + f"\n# {n}\n"
        hand_in(workspace, f"s{n}", {"coursenn/layers.py": layers}, answers={"alpha-why": f"Because of {n}."})
    odd = {"coursenn/layers.py": RIGHT_LAYERS, "coursenn/given.py": "VALUE = 2\n", "coursenn/extra.py": "x = 1\n", "a\\b.py": "y = 2\n"}
    hand_in(workspace, "odd", odd)
    hand_in(workspace, "sound", {"coursenn/layers.py": "\ufeff" + RIGHT_LAYERS.replace("\n", "\r\n"), "Alpha.ipynb": b"no notebook"})
    nothing = workspace.submitted("nothing", "first")
    nothing.mkdir(parents=True)
    (nothing / "essay.txt").write_text("I could not do it.")


@pytest.mark.slow
def test_cluster_gives_the_marks_of_a_local_run(workspace: Workspace, small: Course, dask: Dask, tmp_path: Path) -> None:
    """With a worker killed in the middle and one without a sandbox: do the documents equal those of a local run byte for byte?"""
    write_class(workspace)
    shutil.copytree(workspace.root, tmp_path / "local", symlinks=True)
    local = open_workspace(tmp_path / "local", small)
    unsafe = sandbox.problem() is not None
    workers = [dask.worker() for _ in range(3)]
    broken = tmp_path / "broken" / "bwrap"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    without = None if unsafe else dask.worker(PATH=f"{broken.parent}:{os.environ['PATH']}")

    def kill_one(progress: RunProgress) -> None:
        if progress.graded >= 2 and workers[0].poll() is None:
            workers[0].send_signal(signal.SIGKILL)

    report = grade(workspace, small, "first", unsafe=unsafe, make_pool=dask.pool, show=kill_one)
    assert not report.failures, report.failures
    assert workers[0].poll() == -signal.SIGKILL
    assert report.notes[-1] == "9 of 9 results of the cluster were graded again here; the marks are the same"
    if without is not None:
        refusal, _ = report.notes
        assert "refused" in refusal
        assert "sandbox" in refusal
    grade(local, small, "first", unsafe=unsafe, jobs=2)
    assert documents_of(workspace, small) == documents_of(local, small)
    assert marks_of(workspace) == marks_of(local)


@pytest.mark.slow
def test_scheduler_that_goes_away(workspace: Workspace, small: Course, dask: Dask) -> None:
    """If the scheduler dies in the middle: does the run end soon and say how to continue, and are received results kept?"""
    write_class(workspace)
    dask.worker()

    def kill_scheduler(progress: RunProgress) -> None:
        if progress.graded >= 1:
            dask.processes[0].kill()

    with pytest.raises(WorkspaceError, match="is gone"):
        grade(workspace, small, "first", unsafe=True, make_pool=dask.pool, show=kill_scheduler)
    assert list(workspace.results.glob("??/*.json"))


@pytest.mark.slow
def test_worker_with_other_files_refuses(workspace: Workspace, small: Course) -> None:
    """Does a worker whose course differs or is missing refuse without grading?"""
    folder = hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    packed = pack(folder, small, "first")
    request = {
        "name": "ada",
        "manifest": str(small.path),
        "digest": "0" * 64,
        "assignment": "first",
        "seed": 1,
        "unsafe": True,
        "hurry": False,
    }
    assert "same checkout" in json.loads(worker.grade_packed(json.dumps(request), packed.archive))["refused"]
    request |= {"manifest": "nowhere/course.toml"}
    assert "nowhere/course.toml" in json.loads(worker.grade_packed(json.dumps(request), packed.archive))["refused"]


@pytest.mark.slow
def test_packed_submission_gets_the_document_of_the_folder(workspace: Workspace, small: Course) -> None:
    """Is the result of every packed submission the same as that of its folder, refusals and notes included?"""
    write_class(workspace)
    os.symlink("/etc/passwd", workspace.submitted("odd", "first") / "models")
    common = {"manifest": str(small.path), "digest": course_digest(small), "assignment": "first", "seed": 5, "unsafe": True, "hurry": False}
    for student in workspace.students("first"):
        folder = workspace.submitted(student, "first")
        packed = pack(folder, small, "first")
        reply = json.loads(worker.grade_packed(json.dumps({**common, "name": student}), packed.archive))
        assert without_times(packed.complete(reply["document"])) == without_times(grade_with_engine(folder, small, "first", 5, True)), (
            student
        )


@pytest.mark.parametrize(
    "url", ["tcp://grading.example.org:8786", "tcp://10.0.0.5:8786", "http://localhost", "host:8786", "tcp://0.0.0.0:1"]
)
def test_nothing_travels_in_the_clear(url: str) -> None:
    """Is an address refused to which the seed would be sent unencrypted?"""
    with pytest.raises(ClusterMisuse):
        checked_address(SchedulerAddress(url))


@pytest.mark.slow
def test_nothing_is_encrypted_on_this_machine() -> None:
    """Are addresses of this machine accepted without certificates? Its other accounts can use them, and the run says so."""
    assert checked_address(SchedulerAddress("tcp://127.0.0.1:8786"))
    assert checked_address(SchedulerAddress("tcp://[::1]:8786"))


def test_misuse_is_reported(workspace: Workspace, tmp_path: Path) -> None:
    """Do addresses and options that make no sense end with status 2 and what to do?"""
    ca = tmp_path / "ca.pem"
    ca.touch()
    here = ["grade", "--workspace", str(workspace.root)]
    for options, word in (
        (["--scheduler", "tcp://10.0.0.1:8786"], "unencrypted"),
        (["--scheduler", "tls://10.0.0.1:8786", "--tls-ca", str(ca)], "--tls-cert, --tls-key"),
        (["--scheduler", "tcp://127.0.0.1:1", "--tls-ca", str(ca)], "write tls://"),
        (["--scheduler", "tcp://127.0.0.1:1", "--jobs", "2"], "one of them"),
        (["--tls-ca", str(ca)], "--scheduler"),
        (["--jobs", "0"], "range"),
    ):
        result = CliRunner().invoke(main, [*here, *options])
        assert result.exit_code == 2, result.output
        assert word in " ".join(result.output.split()), result.output


@pytest.mark.slow
def test_scheduler_that_is_not_there_is_named(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a wrong address end soon, with advice on what to check?"""
    monkeypatch.setattr("autograder.runs.cluster.CONNECT_S", 0.5)
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    with pytest.raises(WorkspaceError, match="no scheduler answers at tcp"):
        grade(workspace, small, "first", make_pool=lambda order: Cluster(order, SchedulerAddress("tcp://127.0.0.1:9")))
