"""What a student should know before handing in: unfinished tasks, files that do not import, imports that grading lacks, empty answers.

Used by `coursenn.submit`. Sources are read, not run; only the import of each file is tried, in a process of its own where there can be one.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coursenn._definitions import SourceError, SourceFile, tasks_of_stub
from coursenn._one_process import PackageBeside, only_process
from coursenn._work_folder import PACKAGE, Work

OFFERED = frozenset({"numpy", PACKAGE}) | sys.stdlib_module_names
NOT_FINISHED = "Not finished"
MISSING = "Not there"
NO_IMPORT = "Does not import: what is in such a file may get no marks"
NOT_OFFERED = "Imports that grading does not offer (it has numpy, the standard library and coursenn)"
NO_ANSWER = "Not answered"
DAMAGED = "Damaged"
IMPORTED = frozenset({".py", ".json", ".so", ".pyd"})
"""Endings of what an import of the package may read."""
SHADOWS = "Hides a module that Python needs: rename the file"


@dataclass(frozen=True)
class Finding:
    """Something to look at before handing in; findings of one title are listed together."""

    title: str
    text: str
    task: str = ""
    """The task that it is about, if it is about one."""
    question: str = ""
    """The question that it is about, if it is about one."""


def review(work: Work, files: dict[str, bytes], timeout: float = 60.0) -> list[Finding]:
    """Look a submission through.

    Parameters
    ----------
    work : where it came from.
    files : name in the zip -> content.
    timeout : seconds each file has for its import.
    """
    sources: dict[str, SourceFile] = {}
    findings: list[Finding] = []
    for name in work.editable:
        content = files.get(f"{PACKAGE}/{name}")
        if content is None:
            findings.append(Finding(MISSING, f"{PACKAGE}/{name}: `python -m coursenn update RELEASE` puts the stub back"))
            continue
        try:
            sources[name] = SourceFile(content, f"{PACKAGE}/{name}")
        except SourceError as error:
            findings.append(Finding(NO_IMPORT, str(error)))
    findings += [Finding(MISSING, f"{name}.ipynb") for name in work.assigned if f"{name}.ipynb" not in files]
    findings += _unfinished(work, sources, files)
    with package_as_read(work, files) as parent:
        findings += _failing_imports(work, sources, parent, timeout)
    findings += (finding for name in sources for finding in _foreign_imports(work, name, sources[name]))
    findings += _shadows(work)
    for name in work.assigned:
        if f"{name}.ipynb" in files:
            findings += _notebook(work, name, files[f"{name}.ipynb"])
    return findings


def unfinished_tasks(work: Work, notebook: str = "") -> list[str]:
    """The tasks whose stub can still be met, in the order of the course.

    Parameters
    ----------
    work : the folder to look at.
    notebook : only the tasks of this one; empty for all.
    """
    sources: dict[str, SourceFile] = {}
    for name in work.editable:
        with contextlib.suppress(OSError, SourceError):
            sources[name] = SourceFile((work.package / name).read_bytes(), f"{PACKAGE}/{name}")
    files = {name: b"" for name in work.models if (work.folder / name).is_file()}
    files |= {f"{PACKAGE}/{n}": (work.package / n).read_bytes() for n in work.editable if n not in sources and (work.package / n).is_file()}
    found = [finding.task for finding in _unfinished(work, sources, files)]
    return [t["id"] for t in work.tasks.get("tasks", []) if t["id"] in found and notebook in ("", t["notebook"])]


def _unfinished(work: Work, sources: dict[str, SourceFile], files: dict[str, bytes]) -> Iterator[Finding]:
    """Tasks with a function that is missing or whose stub's ``raise`` can still be met."""
    for task in work.tasks.get("tasks", []):
        if task["notebook"] not in work.assigned:
            continue
        if task.get("model"):
            if task["model"] not in files:
                yield Finding(NOT_FINISHED, f"{task['id']}: {task['model']} (train and save it in notebook {task['notebook']})", task["id"])
            continue
        open_parts: dict[str, list[str]] = {}
        for function in task["functions"]:
            source, name = _split(sources, function)
            if source is None:
                continue  # the file is missing or broken, which is said elsewhere; its stubs are looked for below
            if name not in source.definitions:
                yield Finding(NOT_FINISHED, f"{task['id']}: {name} is no longer in {source.name}", task["id"])
            parts = [d.name for d in source.functions() if f"{d.name}.".startswith(f"{name}.") and d.open_tasks]
            open_parts.setdefault(source.name, []).extend(parts)
        if not open_parts and task["id"] in (lost := _stubs_of_broken_files(work, sources, files)):
            yield Finding(NOT_FINISHED, f"{task['id']}: {lost[task['id']]} (notebook {task['notebook']})", task["id"])
        for file, parts in open_parts.items():
            if parts:
                yield Finding(NOT_FINISHED, f"{task['id']}: {', '.join(parts)} in {file} (notebook {task['notebook']})", task["id"])


def _stubs_of_broken_files(work: Work, sources: dict[str, SourceFile], files: dict[str, bytes]) -> dict[str, str]:
    """Task -> file, for the stubs that can be read in files that are not Python as they are."""
    found: dict[str, str] = {}
    for name in work.editable:
        if name not in sources:
            for line in files.get(f"{PACKAGE}/{name}", b"").decode("utf-8", "replace").splitlines():
                found |= dict.fromkeys(tasks_of_stub(line), f"{PACKAGE}/{name}")
    return found


def unanswered_questions(work: Work) -> list[str]:
    """The questions without an answer in the saved notebooks, in the order of the course."""
    answered: set[str] = set()
    for name in work.assigned:
        with contextlib.suppress(OSError):
            found = list(_notebook(work, name, (work.folder / f"{name}.ipynb").read_bytes()))
            if not any(finding.title == DAMAGED for finding in found):
                answered |= {q["id"] for q in work.tasks["questions"] if q["notebook"] == name} - {finding.question for finding in found}
    return [q["id"] for q in work.tasks.get("questions", []) if q["notebook"] in work.assigned and q["id"] not in answered]


def _split(sources: dict[str, SourceFile], function: str) -> tuple[SourceFile | None, str]:
    """The file of ``classifiers.fc_net.TwoLayerNet`` and the name inside it."""
    for name, source in sources.items():
        module = name.removesuffix(".py").replace("/", ".") + "."
        if function.startswith(module):
            return source, function.removeprefix(module)
    return None, function


@contextmanager
def package_as_read(work: Work, files: dict[str, bytes]) -> Iterator[Path]:
    """A folder with the package in which each editable file is what was read for it, under whatever name it is in the folder of work."""
    # Windows keeps a library for a moment after the process that has loaded it is gone.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as parent:
        for path in work.package.rglob("*"):
            name = path.relative_to(work.package).as_posix()
            if path.suffix in IMPORTED and name not in work.editable and not path.is_symlink() and path.is_file():
                _put(Path(parent, PACKAGE, name), path.read_bytes())
        for name in work.editable:
            if (content := files.get(f"{PACKAGE}/{name}")) is not None:
                _put(Path(parent, PACKAGE, name), content)
        yield Path(parent)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _failing_imports(work: Work, sources: dict[str, SourceFile], parent: Path, timeout: float) -> Iterator[Finding]:
    """Files whose import fails; what only waits for another file of the student is named after that one, in a line of its own."""
    failing = {name for name in work.editable if name not in sources}
    waiting = list(sources)
    while waiting:
        # Files without imports of waiting files come first; in a circle, any.
        name = next((n for n in waiting if not _siblings(work, n, sources[n]) & (set(waiting) - {n})), waiting[0])
        waiting.remove(name)
        source = sources[name]
        broken = sorted(_siblings(work, name, source) & failing)
        if broken:
            failing.add(name)
            yield Finding(NO_IMPORT, f"{source.name}: waits for {', '.join(f'{PACKAGE}/{b}' for b in broken)}")
            continue
        message = try_import(parent, f"{PACKAGE}.{name.removesuffix('.py').replace('/', '.')}", timeout)
        if message:
            failing.add(name)
            yield Finding(NO_IMPORT, f"{source.name}: {message}")


def _siblings(work: Work, name: str, source: SourceFile) -> set[str]:
    """The editable files that a file imports at its top level."""
    found = set()
    for node in source.tree.body:
        modules = [m for m, _ in _modules(name, node)]
        if isinstance(node, ast.ImportFrom):
            modules += [f"{m}.{alias.name}" for m in modules for alias in node.names]
        paths = {f"{m.removeprefix(f'{PACKAGE}.').replace('.', '/')}.py" for m in modules if m.startswith(f"{PACKAGE}.")}
        found |= (paths & set(work.editable)) - {name}
    return found


def try_import(parent: Path, module: str, timeout: float) -> str | None:
    """Import a module in a process of its own, where there can be one; gives what went wrong, or None."""
    if only_process():
        return _try_import_here(parent, module)
    script = f"import sys; sys.path.insert(0, {str(parent.resolve())!r}); import {module}; print('done')"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as empty:
        try:
            result = subprocess.run(
                [sys.executable, "-P", "-B", "-c", script],
                # A message may have letters that the locale has not.
                env=os.environ | {"PYTHONIOENCODING": "utf-8:backslashreplace"},
                cwd=empty, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"its import did not end within {timeout:g} seconds; keep training and experiments in the notebooks"
    if result.returncode == 0 and result.stdout.rstrip().endswith(b"done"):
        return None
    return _import_message(result.stderr.decode("utf-8", "replace"), result.returncode)


def _try_import_here(parent: Path, module: str) -> str | None:
    """The same in this process; an import that does not end is not ended."""
    quiet = io.StringIO()
    try:
        with PackageBeside(parent).in_use(parent), contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            __import__(module)
    except SystemExit as error:
        return _import_message(error.code if isinstance(error.code, str) else "", error.code or 0)
    except Exception as error:
        # The first frame is the line above, which is no file of the student's.
        trace = error.__traceback__.tb_next if error.__traceback__ else None
        return _import_message("".join(traceback.format_exception(type(error), error, trace)))
    return None


def _import_message(printed: str, status: object = 1) -> str:
    """What is said of an import that failed, from what Python printed and the status with which it ended."""
    lines = printed.rstrip().splitlines()
    place = next((line.strip() for line in reversed(lines) if line.startswith('  File "') and PACKAGE in line), "")
    line = place.rpartition(", line ")[2].partition(",")[0]
    message = lines[-1][:300] if lines else f"its import ended the process (status {status})"
    return f"{message}{f' (line {line} of {Path(place.split(chr(34))[1]).name})' if line.isdigit() else ''}"


def _foreign_imports(work: Work, name: str, source: SourceFile) -> Iterator[Finding]:
    for node in ast.walk(source.tree):
        for module, line in _modules(name, node):
            if module.partition(".")[0] not in OFFERED or not _is_offered(work, module):
                yield Finding(NOT_OFFERED, f"{module}, in {source.name} line {line}")


def _modules(name: str, node: ast.AST) -> list[tuple[str, int]]:
    """The modules that a statement of a file imports, relative ones spelled out, with its line; nothing for any other statement."""
    if isinstance(node, ast.Import):
        return [(alias.name, node.lineno) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        package = [PACKAGE, *name.split("/")[:-1]]
        base = package[: len(package) + 1 - node.level] if node.level else []
        return [(".".join([*base, *([node.module] if node.module else [])]), node.lineno)]
    return []


def _is_offered(work: Work, module: str) -> bool:
    """Whether a module of the package is there in grading: given or editable, and not a file of the student's own."""
    if not module.startswith(f"{PACKAGE}."):
        return True
    path = module.removeprefix(f"{PACKAGE}.").replace(".", "/")
    candidates = (f"{path}.py", f"{path}/__init__.py", f"{path}.pyx")
    return any(name in work.editable or work.is_given(name) for name in candidates)


def _shadows(work: Work) -> Iterator[Finding]:
    """Files beside the notebooks that Python would import in place of numpy or of a module of its own."""
    for path in sorted({*work.folder.glob("*.py"), *work.package.parent.glob("*.py")}):
        if path.stem in OFFERED and path.stem != PACKAGE:
            yield Finding(SHADOWS, f"{path.name} hides the module {path.stem}")


def _notebook(work: Work, name: str, content: bytes) -> Iterator[Finding]:
    """Empty answers and unfinished cells of one notebook, or that it cannot be read."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
        graded = [c for c in document["cells"] if "grade_id" in c.get("metadata", {}).get("nbgrader", {})]
        cells = {str(c["metadata"]["nbgrader"]["grade_id"]): c for c in graded}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        yield Finding(DAMAGED, f"{name}.ipynb is not a readable notebook and is packed as it is. Open it in Jupyter, or use an older copy.")
        return
    for question in work.tasks.get("questions", []):
        if question["notebook"] != name:
            continue
        if question["id"] not in cells:
            yield Finding(NO_ANSWER, f"{question['id']}: its cell is gone from {name}.ipynb", question=question["id"])
        elif _is_unanswered(cells[question["id"]], str(work.tasks.get("answer_placeholder", ""))):
            yield Finding(NO_ANSWER, f"{question['id']} in {name}.ipynb", question=question["id"])
    for grade_id, cell in cells.items():
        if cell.get("cell_type") == "code" and f'NotImplementedError("Cell {grade_id} ' in _text(cell):
            yield Finding(NOT_FINISHED, f"the cell {grade_id} in {name}.ipynb")


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def _is_unanswered(cell: dict[str, Any], placeholder: str) -> bool:
    """Whether an answer is empty, the placeholder, or what nbgrader's checksum says was released."""
    text = _text(cell)
    return not text.replace(placeholder, "").strip() or cell["metadata"]["nbgrader"].get("checksum") == _checksum(cell, text)


def _checksum(cell: dict[str, Any], text: str) -> str:
    """nbgrader's checksum of a cell, as `nbgrader.utils.compute_checksum` makes it."""
    data = cell["metadata"]["nbgrader"]
    parts = [text, cell.get("cell_type", ""), *(str(bool(data.get(key))) for key in ("grade", "solution", "locked")), data["grade_id"]]
    if data.get("grade"):
        parts.append(str(float(data.get("points", 0))))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()
