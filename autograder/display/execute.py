"""`grade --execute`: notebooks run once more for the eyes of graders and students. What comes out is shown and changes no mark."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.utils import is_grade

from autograder.display.kernels import NoWall, kernel_filter
from autograder.display.run_notebook import Job
from autograder.gradebook import nodes
from autograder.gradebook.safe_outputs import safe_outputs
from autograder.gradebook.score_cells import BANNER, BANNER_ID, markdown_text
from autograder.gradebook.submitted_notebook import MAX_BYTES
from autograder.intake.assemble import assemble_staged
from autograder.intake.submission import intake
from autograder.manifest import Course
from autograder.paths import write_atomically
from autograder.sandbox import sandbox
from autograder.workspace.workspace import Workspace, WorkspaceError

EXECUTED = "[executed by the grader, for display only]\n"
EXECUTED_BANNER = (
    "**From the grader.** This notebook was executed by the grader, for display only. The outputs of graded cells were written by the "
    "grader from the hidden checks, which did not look at this execution."
)
MARK = "executed_for_display"
"""In the metadata of a graded copy. Recording a result writes the copy anew, without it."""
GRACE_S = 60.0
POLL_S = 0.2
LIMITS = Job("", "", "", "")


@dataclass
class Executions:
    """What became of a class's notebooks."""

    executed: int = 0
    stopped: dict[str, str] = field(default_factory=dict)
    """``student/notebook`` -> why its execution ended early."""


def execute_class(
    workspace: Workspace,
    course: Course,
    assignment: str,
    *,
    only: Collection[str] = (),
    jobs: int | None = None,
    limits: Job = LIMITS,
    progress: Callable[[int, int, str], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Executions:
    """Execute the graded copies that were not executed since they were written.

    Parameters
    ----------
    stop : asked a few times a second whether to end what is under way.

    Raises
    ------
    KeyboardInterrupt
        When it was stopped.
    WorkspaceError
        When kernels cannot be walled in on this machine.
    """
    if problem := sandbox.problem():
        raise WorkspaceError(problem)
    try:
        kernel_filter()
    except NoWall as error:
        raise WorkspaceError(str(error)) from error
    folders = sorted(p for p in workspace.root.glob(f"autograded/*/{assignment}") if not only or p.parent.name in only)
    done, running = Executions(), Running()
    with workspace.writing("grade --execute"), ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        try:
            waiting = {
                pool.submit(execute_copy, workspace, course, p.parent.name, assignment, limits, running): p.parent.name for p in folders
            }
            left = set(waiting)
            while left:
                finished, left = wait(left, POLL_S, FIRST_COMPLETED)
                if stop and stop():
                    raise KeyboardInterrupt
                for future in finished:
                    for name, reason in future.result().items():
                        done.executed += 1
                        if reason:
                            done.stopped[f"{waiting[future]}/{name}"] = reason
                    if progress:
                        progress(len(folders) - len(left), len(folders), waiting[future])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            running.end()
            raise
    return done


class Running:
    """The processes at work, to end them all at once."""

    def __init__(self) -> None:
        self._processes: set[int] = set()
        self.ended = False

    @contextlib.contextmanager
    def process(self, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
        """A process in a session of its own, which is over at the end, with all that it started."""
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, start_new_session=True, **quiet)  # type: ignore[call-overload]
        self._processes.add(process.pid)
        try:
            if self.ended:
                # It began while all others were being ended.
                _kill(process.pid)
            yield process
        finally:
            # The wall goes down with the process that put it up, and everything inside with the wall.
            _kill(process.pid)
            process.wait()
            self._processes.discard(process.pid)

    def end(self) -> None:
        """End all of them."""
        self.ended = True
        for pid in list(self._processes):
            _kill(pid)


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


class Interrupted(Exception):
    """The run was ended from outside; nothing is written."""


def execute_copy(
    workspace: Workspace, course: Course, student: str, assignment: str, limits: Job = LIMITS, running: Running | None = None
) -> dict[str, str | None]:
    """Execute one student's notebooks; notebook -> why it ended early, None when it did not. Nothing a student wrote raises here."""
    folder, found, running = workspace.autograded(student, assignment), {}, running or Running()
    with tempfile.TemporaryDirectory(prefix="coursenn-show-") as name:
        work = Path(name)
        with intake(workspace.submitted(student, assignment), course, course.assignment(assignment)) as staged:
            assemble_staged(staged, work / "submission", course)
            if (staged.root / "models").is_dir():
                shutil.copytree(staged.root / "models", work / "submission" / "models")
        for notebook in course.assignment(assignment).notebooks:
            path = folder / f"{notebook}.ipynb"
            if path.is_file() and MARK not in (graded := nodes.read(path)).metadata:
                job = replace(limits, notebook=str(work / "in.ipynb"), submission=str(work / "submission"), result=str(work / "out.ipynb"))
                cells, reason = _executed(graded, job, running)
                found[notebook] = reason
                _show(graded, cells, reason)
                write_atomically(path, nodes.text(graded))
    return found


def _executed(graded: NotebookNode, job: Job, running: Running) -> tuple[list[Any] | None, str | None]:
    """Run a notebook in a process of its own; its cells as plain data, not to be trusted, and why it ended early."""
    fresh = nodes.node(graded)
    for cell in (c for c in fresh.cells if c.cell_type == "code"):
        cell.outputs, cell.execution_count = [], None
    Path(job.notebook).write_text(nodes.text(fresh), encoding="utf-8")
    result = Path(job.result)
    result.unlink(missing_ok=True)
    command = [sys.executable, "-m", "autograder.display.run_notebook", str(result.with_name("job.json"))]
    with tempfile.TemporaryDirectory(prefix="nb-", ignore_cleanup_errors=True) as sockets:
        replace(job, sockets=sockets).write(result.with_name("job.json"))
        with running.process(command) as process, contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(job.wall_s + GRACE_S)
    if running.ended:
        raise Interrupted
    return _read(result)


def _read(result: Path) -> tuple[list[Any] | None, str | None]:
    if not result.is_file():
        return None, "it ended the process that executed it"
    if result.stat().st_size > MAX_BYTES:
        return None, "it printed too much"
    try:
        document = json.loads(result.read_bytes())
        cells, note = document["cells"], document["metadata"]["coursenn"]["note"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None, "its outputs could not be read"
    return (cells if isinstance(cells, list) else None), (str(note)[:300] if note else None)


def _show(graded: NotebookNode, cells: list[Any] | None, reason: str | None) -> None:
    """Put outputs into the cells that carry no mark, and say above the first what these outputs are."""
    if cells is not None:
        for cell, executed in zip(graded.cells, cells, strict=False):
            if cell.cell_type == "code" and not is_grade(cell) and isinstance(executed, dict):
                cell.outputs, cell.execution_count = safe_outputs(executed, EXECUTED), None
    graded.metadata[MARK] = reason is None
    for banner in (c for c in graded.cells if c.get("id") == BANNER_ID):
        text = banner.source if cells is None else banner.source.replace(BANNER, EXECUTED_BANNER)
        banner.source = text + (f"\n- the execution was stopped: {markdown_text(reason)}" if reason else "")
