"""Is everything that is graded asked for, word for word, where a student can read it?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from autograder.engine.catalogue import checks_of
from autograder.manifest import Course, Task
from autograder.paths import module_name

SHORTEST_SENTENCE = 10


def not_asked(course: Course, tasks: Iterable[Task]) -> list[str]:
    """Checks whose sentence is neither in the docstrings of their task nor in its notebook, in words."""
    found = []
    for task in tasks:
        text = asked(course, task)
        for check in checks_of(course, task):
            for quote in check.quotes:
                if len(quote) < SHORTEST_SENTENCE or _plain(quote) not in text:
                    found.append(f"{task.id}: nobody asks for {check.name!r}: {quote!r} is in no docstring and not in the notebook")
    return found


def asked(course: Course, task: Task) -> str:
    """What a student can read about a task: docstrings of its functions, of their file and of the package, and its notebook."""
    package = ast.parse(course.given["__init__.py"].read_text(encoding="utf-8"))
    texts = [_plain(ast.get_docstring(package) or "")]
    for file in course.editable:
        module = module_name(file) + "."
        names = {f.removeprefix(module) for f in task.functions if f.startswith(module)}
        if names:
            texts.append(_docstrings(course.reference(file), names))
    for notebook in course.notebooks:
        if notebook.name == task.notebook and notebook.source.is_file():
            texts.append(_plain(re.sub(r"^# ?", "", notebook.source.read_text(encoding="utf-8"), flags=re.MULTILINE)))
    return " ".join(texts)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _docstrings(path: Path, names: set[str]) -> str:
    """Docstrings of a file, and of those functions and classes, with those of their methods."""
    definitions = ast.FunctionDef | ast.ClassDef
    module = ast.parse(path.read_text(encoding="utf-8"))
    nodes = [n for n in module.body if isinstance(n, definitions) and n.name in names]
    documented = [module, *(inner for node in nodes for inner in ast.walk(node) if isinstance(inner, definitions))]
    return " ".join(_plain(ast.get_docstring(node) or "") for node in documented)
