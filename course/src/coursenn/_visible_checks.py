"""The visible checks outside of a notebook: ``checks.json`` holds the check cells, made from the notebooks' sources."""

from __future__ import annotations

import contextlib
import io
import json
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from coursenn._outcome import FAILED, PASSED, UNFINISHED, Outcome
from coursenn.checking import CheckFailed

PACKAGE = Path(__file__).resolve().parent


def check_sources() -> dict[str, str]:
    """Task -> its check as a program of its own, in the order of the course."""
    found = json.loads(PACKAGE.joinpath("checks.json").read_text(encoding="utf-8"))
    return {task: "\n".join(lines) for task, lines in found.items()}


def run_check(task: str, source: str) -> Outcome:
    """Run a check in this process, over the package that this module belongs to.

    Parameters
    ----------
    task : the task.
    source : from `check_sources`.
    """
    names: dict[str, Any] = {"__name__": f"check of {task}"}
    printed, start = io.StringIO(), time.perf_counter()
    random = np.random.get_state()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(source, f"<check of {task}>", "exec"), names)
        state, text = PASSED, printed.getvalue()
    except CheckFailed as error:
        state, text = FAILED, str(error)
    except NotImplementedError as error:
        state, text = (UNFINISHED, str(error)) if str(error).startswith("Task") else (FAILED, _described(error))
    except FileNotFoundError as error:
        missing = _untrained(task, error.filename)
        state, text = (UNFINISHED, missing) if missing else (FAILED, _described(error))
    except (Exception, SystemExit) as error:
        state, text = FAILED, _described(error)
    finally:
        np.random.set_state(random)
    return Outcome(task, state, text.strip(), time.perf_counter() - start)


def _untrained(task: str, file: object) -> str:
    """What to do about a missing file, if it is the network that a task asks for; empty for any other."""
    entries = json.loads(PACKAGE.joinpath("tasks.json").read_text(encoding="utf-8"))["tasks"]
    entry = next((entry for entry in entries if entry["id"] == task and entry.get("model")), None)
    if entry is None or not isinstance(file, str) or Path(file) != Path(entry["model"]):
        return ""
    return f"Task {task} (notebook {entry['notebook']}): train and save {entry['model']}"


def _described(error: BaseException) -> str:
    """An error as text: what, the last place in the package, and what the check adds."""
    lines = traceback.format_exception_only(error)
    if isinstance(error, SyntaxError):
        return f"{_shown(error.filename or '')}:{error.lineno}: {error.msg}"
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_students(frame.filename)]
    where = [f"  {_shown(places[-1].filename)}:{places[-1].lineno}, in {places[-1].name}: {places[-1].line}"] if places else []
    return "\n".join([lines[0].strip(), *where, *(f"  {line.rstrip()}" for line in lines[1:] if line.strip())])


def _is_students(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(PACKAGE) and path.name != "checking.py" and path != Path(__file__).resolve()


def _shown(file: str) -> str:
    path = Path(file)
    return path.relative_to(PACKAGE.parent).as_posix() if path.is_relative_to(PACKAGE.parent) else path.name
