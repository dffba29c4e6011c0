"""`grade --execute`: runs notebooks for graders and students to look at. The outputs are shown and change no mark."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.utils import is_grade

from autograder.display.execution_job import ExecutionJob, ExecutionLimits
from autograder.display.kernels import NoWall, kernel_filter
from autograder.display.notebook_processes import NotebookProcesses
from autograder.given_module import hand_in
from autograder.gradebook import nodes
from autograder.gradebook.safe_outputs import safe_outputs
from autograder.gradebook.score_cells import BANNER, BANNER_ID, markdown_text
from autograder.intake.assemble import assemble_staged
from autograder.intake.submission import stage_submission
from autograder.manifest import Course
from autograder.paths import write_atomically
from autograder.sandbox import sandbox
from autograder.workspace.workspace import Workspace, WorkspaceError

EXECUTED_LABEL = "[executed by the grader, for display only]\n"
EXECUTED_BANNER = (
    "**From the grader.** This notebook was executed by the grader, for display only. The outputs of graded cells were written by the "
    "grader from the hidden checks, which did not look at this execution."
)
EXECUTED_MARK = "executed_for_display"
"""The key in the metadata of an executed graded copy. Recording a result rewrites the copy without it."""
GRACE_S = 60.0
POLL_S = 0.2
DEFAULT_LIMITS = ExecutionLimits()


@dataclass
class Executions:
    """The outcome for a class's notebooks."""

    executed: int = 0
    stopped: dict[str, str] = field(default_factory=dict)
    """``student/notebook`` -> why its execution ended early."""

    def add(self, student: str, reasons: dict[str, str | None]) -> None:
        """Count the notebooks of one student, as returned by `execute_copy`."""
        self.executed += len(reasons)
        self.stopped |= {f"{student}/{notebook}": reason for notebook, reason in reasons.items() if reason}


class ExecutionCancelled(Exception):
    """The run was ended from outside; nothing is written."""


def execute_class(
    workspace: Workspace,
    course: Course,
    assignment: str,
    *,
    only: Collection[str] = (),
    jobs: int | None = None,
    limits: ExecutionLimits = DEFAULT_LIMITS,
    progress: Callable[[int, int, str], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Executions:
    """Execute the graded copies that have not been executed since they were written.

    Parameters
    ----------
    jobs : notebooks that are executed at the same time; as many as there are cores by default.
    progress : called with how many students are done, how many there are, and who was last.
    stop : called a few times a second; if it returns True, what is under way is ended.

    Raises
    ------
    KeyboardInterrupt
        When it was asked to stop.
    WorkspaceError
        When this machine has no sandbox for kernels.
    """
    _require_sandbox()
    folders = sorted(p for p in workspace.root.glob(f"autograded/*/{assignment}") if not only or p.parent.name in only)
    done, processes = Executions(), NotebookProcesses()
    with workspace.writing("grade --execute"), ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        try:
            students = {
                pool.submit(execute_copy, workspace, course, p.parent.name, assignment, limits, processes): p.parent.name for p in folders
            }
            left = set(students)
            while left:
                finished, left = wait(left, POLL_S, FIRST_COMPLETED)
                if stop and stop():
                    raise KeyboardInterrupt
                for future in finished:
                    done.add(students[future], future.result())
                    if progress:
                        progress(len(folders) - len(left), len(folders), students[future])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.end()
            raise
    return done


def _require_sandbox() -> None:
    if problem := sandbox.problem():
        raise WorkspaceError(problem)
    try:
        kernel_filter()
    except NoWall as error:
        raise WorkspaceError(str(error)) from error


def execute_copy(
    workspace: Workspace,
    course: Course,
    student: str,
    assignment: str,
    limits: ExecutionLimits = DEFAULT_LIMITS,
    processes: NotebookProcesses | None = None,
) -> dict[str, str | None]:
    """Execute one student's notebooks; return notebook -> why it ended early, or None. Students' code never raises here."""
    folder, reasons, processes = workspace.autograded(student, assignment), {}, processes or NotebookProcesses()
    with tempfile.TemporaryDirectory(prefix="coursenn-show-") as name:
        work = Path(name)
        with stage_submission(workspace.submitted(student, assignment), course, course.assignment(assignment)) as staged:
            assemble_staged(staged, work / "submission", course)
            if (staged.root / "models").is_dir():
                shutil.copytree(staged.root / "models", work / "submission" / "models")
        for notebook in course.assignment(assignment).notebooks:
            path = folder / f"{notebook}.ipynb"
            if path.is_file() and EXECUTED_MARK not in (graded := nodes.read(path)).metadata:
                cells, reason = _execute_notebook(graded, work, limits, processes)
                reasons[notebook] = reason
                _put_outputs(graded, cells, reason)
                write_atomically(path, nodes.text(graded))
    return reasons


def _execute_notebook(
    graded: NotebookNode, work: Path, limits: ExecutionLimits, processes: NotebookProcesses
) -> tuple[list[Any] | None, str | None]:
    """Execute a notebook in a separate process; return its cells as plain data, which is not trusted, and why it ended early.

    Parameters
    ----------
    work : our own folder, with the package for the execution in ``submission/``.
    """
    fresh = nodes.node(graded)
    for cell in (c for c in fresh.cells if c.cell_type == "code"):
        cell.outputs, cell.execution_count = [], None
    notebook, result, description = work / "in.ipynb", work / "out.ipynb", work / "job.json"
    notebook.write_text(nodes.text(fresh), encoding="utf-8")
    result.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="nb-", ignore_cleanup_errors=True) as sockets:
        ExecutionJob(str(notebook), str(work / "submission"), str(result), sockets, limits).write(description)
        command = [sys.executable, "-m", "autograder.display.run_notebook", str(description)]
        with processes.start(command) as process, contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(limits.wall_s + GRACE_S)
    if processes.ended:
        raise ExecutionCancelled
    return _read_result(result)


def _read_result(result: Path) -> tuple[list[Any] | None, str | None]:
    """Read the file that the process has left, trusting it no more than a submission."""
    if not result.is_file():
        return None, "it ended the process that executed it"
    if result.stat().st_size > hand_in.limits.MAX_FILE_BYTES[".ipynb"]:
        return None, "it printed too much"
    try:
        document = json.loads(result.read_bytes())
        cells, note = document["cells"], document["metadata"]["coursenn"]["note"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None, "its outputs could not be read"
    return (cells if isinstance(cells, list) else None), (str(note)[:300] if note else None)


def _put_outputs(graded: NotebookNode, cells: list[Any] | None, reason: str | None) -> None:
    """Put outputs into the cells without marks, and say above the first cell what these outputs are."""
    if cells is not None:
        for cell, executed in zip(graded.cells, cells, strict=False):
            if cell.cell_type == "code" and not is_grade(cell) and isinstance(executed, dict):
                cell.outputs, cell.execution_count = safe_outputs(executed, EXECUTED_LABEL), None
    graded.metadata[EXECUTED_MARK] = reason is None
    for banner in (c for c in graded.cells if c.get("id") == BANNER_ID):
        text = banner.source if cells is None else banner.source.replace(BANNER, EXECUTED_BANNER)
        banner.source = text + (f"\n- the execution was stopped: {markdown_text(reason)}" if reason else "")
