"""Visible checks in a process of their own, which a student's code may end, fill or keep busy; in this one where there is no other."""

from __future__ import annotations

import importlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from coursenn._one_process import PackageBeside, only_process
from coursenn._outcome import ENDED, NOT_RUN, Outcome
from coursenn._work_folder import WorkError

EACH = 60.0
"""Seconds that one check may take."""
READY = "ready"
# The folder above the package is left again at once: a numpy.py of the student's beside the notebooks must not be imported.
START = "import sys; sys.path.insert(0, {parent!r}); import coursenn; sys.path.pop(0); from coursenn._check_process import serve; serve()"


def run_checks(package: Path, folder: Path, tasks: Sequence[str], seconds: float | None = None) -> Iterator[Outcome]:
    """Run visible checks one after the other over the files as they are now.

    Parameters
    ----------
    package : the package to check.
    folder : the folder of the notebooks, where trained networks are.
    tasks : whose checks.
    seconds : for all of them together; what is left then is not run.

    Raises
    ------
    WorkError
        If no check can be run at all.
    """
    waiting, end = list(tasks), time.monotonic() + (seconds if seconds is not None else 1e9)
    if only_process():
        yield from _run_here(package, folder, waiting, end)
        return
    while waiting:
        if time.monotonic() >= end:
            break
        with _Child(package, folder, waiting) as child:
            while waiting:
                line = child.line(min(EACH, end - time.monotonic()))
                if line is None:
                    if time.monotonic() < end:
                        yield Outcome(waiting.pop(0), ENDED, child.why())
                    break
                outcome = Outcome(**json.loads(line))
                waiting.remove(outcome.task)
                yield outcome
    yield from (Outcome(task, NOT_RUN) for task in waiting)


def _run_here(package: Path, folder: Path, tasks: Sequence[str], end: float) -> Iterator[Outcome]:
    """The same in this process, until a time of the clock has come; a check that does not end is not ended."""
    beside = PackageBeside(package.resolve().parent)
    for task in tasks:
        if time.monotonic() >= end:
            yield Outcome(task, NOT_RUN)
            continue
        try:
            with beside.in_use(folder):
                line = importlib.import_module(__name__).runner()(task).as_json()
        except (Exception, SystemExit) as error:
            raise WorkError(f"the checks cannot be run: {type(error).__name__}: {error}") from error
        yield Outcome(**json.loads(line))


class _Child:
    """A process that runs checks and writes a line for each."""

    def __init__(self, package: Path, folder: Path, tasks: Sequence[str]) -> None:
        script = START.format(parent=str(package.resolve().parent))
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-B", "-c", script, *tasks],
            # What a student prints may have letters that the locale has not.
            env=os.environ | {"PYTHONIOENCODING": "utf-8:backslashreplace"},
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
        )  # fmt: skip
        self.lines: queue.Queue[str] = queue.Queue()
        self.ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> _Child:
        if self.line(60.0) != READY:
            self.process.kill()
            said = (self.process.stderr.read() if self.process.stderr else "").strip().splitlines()
            raise WorkError(f"the checks cannot be run: {said[-1] if said else 'Python did not start'}")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def _read(self) -> None:
        if self.process.stdout:
            for line in self.process.stdout:
                self.lines.put(line.rstrip("\n"))
        self.lines.put("")

    def line(self, seconds: float) -> str | None:
        """The next line, or None where none comes: in time, or any more."""
        try:
            line = self.lines.get(timeout=max(seconds, 0.01))
        except queue.Empty:
            return None
        self.ended = not line
        return line or None

    def why(self) -> str:
        """Why no line came."""
        if not self.ended:
            return f"did not end within {EACH:g} seconds"
        return f"ended the process of the checks (status {self.process.wait()})"


def runner() -> Callable[[str], Outcome]:
    """What runs the check of a task in this process, over the package that this module belongs to, with all that it needs loaded."""
    from coursenn._visible_checks import check_sources, run_check

    sources = check_sources()
    return lambda task: run_check(task, sources[task]) if task in sources else Outcome(task, NOT_RUN, "the course has no check of it")


def serve() -> None:
    """In the process: run the checks of the tasks that its arguments name; nothing that a student's code prints gets into the answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    # Loaded before anything is kept quiet, so that a package that cannot do it says why.
    run = runner()
    print(READY, file=answers, flush=True)
    for number in (1, 2):
        os.dup2(nowhere, number)
    for task in sys.argv[1:]:
        print(run(task).as_json(), file=answers, flush=True)
