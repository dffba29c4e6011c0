"""The Python side of the practice page's worker: checks over a visitor's files, and the microscope.

Every run imports the course again, so nothing is left from an earlier run.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import copy
import importlib
import importlib.util
import inspect
import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

BACKWARD = re.compile(r"_backward(?P<rest>_\w+)?$")


def answer(request: str) -> str:
    """Do what the page requests; request and reply are JSON.

    Parameters
    ----------
    request : ``{"call": "check" or "microscope", "task": ..., "files": {"layers.py": text}}``; with ``"models": {name: base64}`` for the
        check of a trained network.

    Returns
    -------
    For a check: task, state, text, seconds and the other tasks that it ran; for the microscope: a page of HTML or an explanation.
    """
    asked = json.loads(request)
    lay(_package(), asked["files"], asked.get("models", {}))
    calls: dict[str, Callable[[str], dict[str, Any]]] = {"check": check, "microscope": microscope}
    return json.dumps(calls[asked["call"]](asked["task"]))


def _package() -> Path:
    found = importlib.util.find_spec("coursenn")
    if found is None or found.origin is None:
        raise ImportError("the course is not there")
    return Path(found.origin).parent


def lay(package: Path, files: Mapping[str, str], models: Mapping[str, str]) -> None:
    """Put a visitor's files in place of the stubs, and forget what was imported before.

    Parameters
    ----------
    files : editable file -> text.
    models : file of a trained network -> content as base64; it is put into the current folder.

    Raises
    ------
    KeyError
        For any other name.
    """
    # Two files with the same second and length would share a compiled file.
    sys.dont_write_bytecode = True
    course = json.loads((package / "tasks.json").read_text(encoding="utf-8"))
    if others := sorted((files.keys() - set(course["editable"])) | (models.keys() - set(course["models"]))):
        raise KeyError(f"not editable files: {', '.join(others)}")
    for name, text in files.items():
        (package / name).write_text(text, encoding="utf-8")
    for name, content in models.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(base64.b64decode(content))
    for name in [n for n in sys.modules if n.partition(".")[0] == "coursenn"]:
        del sys.modules[name]
    importlib.invalidate_caches()


def check(task: str) -> dict[str, Any]:
    """Run a check as ``python -m coursenn check`` does."""
    from coursenn._visible_checks import check_sources, run_check

    outcome = run_check(task, check_sources()[task])
    return {**json.loads(outcome.as_json()), "uses": list(_uses(task))}


def _uses(task: str) -> Iterator[str]:
    """The other tasks whose functions a check may run: those that it names, and those that the visitor's code for these names."""
    from coursenn._definitions import SourceError, SourceFile, used_names
    from coursenn._visible_checks import PACKAGE, check_sources

    tasks = json.loads((PACKAGE / "tasks.json").read_text(encoding="utf-8"))
    uses: dict[str, set[str]] = {}
    for name in tasks["editable"]:
        with contextlib.suppress(SourceError, OSError):
            for definition in SourceFile((PACKAGE / name).read_bytes(), name).definitions.values():
                uses.setdefault(definition.name.partition(".")[0], set()).update(used_names(definition.node))
    reached: set[str] = set()
    waiting = set(used_names(ast.parse(check_sources()[task])))
    while waiting:
        reached |= waiting
        waiting = {used for name in waiting for used in uses.get(name, ())} - reached
    own = {f for t in tasks["tasks"] if t["id"] == task for f in t["functions"]}
    for other in tasks["tasks"]:
        names = {function.rpartition(".")[2] for function in other["functions"]}
        if other["id"] != task and names & reached and not own & set(other["functions"]):
            yield other["id"]


class _Seen(BaseException):
    """Ends a check after it has called the backward pass."""


def microscope(task: str) -> dict[str, Any]:
    """Explain the gradients of a backward pass on the first inputs from the check of a task.

    Returns
    -------
    ``{"html": page}``, or ``{"text": why there is nothing to see}``.
    """
    from coursenn._visible_checks import PACKAGE, check_sources

    tasks = json.loads((PACKAGE / "tasks.json").read_text(encoding="utf-8"))["tasks"]
    functions = next(t["functions"] for t in tasks if t["id"] == task)
    module_name, _, backward_name = next(f for f in functions if BACKWARD.search(f)).rpartition(".")
    forward_name = BACKWARD.sub(lambda m: "_forward" + (m["rest"] or "").removesuffix("_alt"), backward_name)
    try:
        module = importlib.import_module(f"coursenn.{module_name}")
        forward, backward = getattr(module, forward_name), getattr(module, backward_name)
        seen = _first_call(check_sources()[task], module, forward_name, backward_name)
        if seen is None:
            return {"text": f"The check did not get as far as {backward_name}."}
        from coursenn.debug import explain_gradient

        html = explain_gradient(forward, backward, *seen[0], dout=seen[1])._repr_html_()
    except (Exception, SystemExit) as error:
        return {"text": f"The microscope needs two functions that run: {type(error).__name__}: {error}"}
    return {"html": html}


def _first_call(source: str, module: Any, forward_name: str, backward_name: str) -> tuple[list[Any], Any] | None:
    """The arguments of the first pair of passes in a check: those of the forward pass, and the upstream gradient."""
    forward, found = getattr(module, forward_name), []
    arguments: list[Any] = []

    def look_forward(*given: Any, **named: Any) -> Any:
        bound = inspect.signature(forward).bind(*given, **named)
        bound.apply_defaults()
        arguments[:] = copy.deepcopy(list(bound.arguments.values()))
        return forward(*given, **named)

    def look_backward(dout: Any, *_: Any) -> Any:
        found.append(copy.deepcopy(dout))
        raise _Seen

    setattr(module, forward_name, look_forward)
    setattr(module, backward_name, look_backward)
    with contextlib.suppress(_Seen), contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<check>", "exec"), {"__name__": "check"})
    return (arguments, found[0]) if found else None
