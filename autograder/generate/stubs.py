"""Stubs: the editable files as a student gets them, each solution region replaced by one ``raise``."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from autograder.generate.errors import GeneratorError
from autograder.generate.regions import Region, find_regions, replace_regions, secret_parts, squeeze
from autograder.manifest import Course, Task
from autograder.paths import module_name
from autograder.plural import word_for

LINE_LENGTH = 140
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Source:
    """An editable file with its solutions."""

    name: str
    where: str
    text: str
    regions: list[Region]

    @property
    def module(self) -> str:
        """The module as tasks name it: ``classifiers.fc_net``."""
        return module_name(self.name)


def display(course: Course, path: Path) -> str:
    """A path as messages show it: relative to the folder that holds ``course/`` if possible."""
    base = course.root.parent
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()


def read_text(course: Course, path: Path, cure: str) -> str:
    """The text of a source file, with ``\\n`` line ends; a missing one is a `GeneratorError`."""
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except FileNotFoundError:
        raise GeneratorError(display(course, path), "the file is missing", cure) from None
    except UnicodeDecodeError as error:
        raise GeneratorError(display(course, path), f"not UTF-8 ({error.reason})", "save the file as UTF-8") from error


def read_source(course: Course, name: str) -> Source:
    """Read the solved source of an editable file and find its regions."""
    path = course.reference(name)
    where = display(course, path)
    text = read_text(course, path, "write it, or take it out of [files] editable in the manifest")
    return Source(name, where, text, find_regions(text, where))


def build_stubs(course: Course) -> dict[str, str]:
    """The stub of every editable file.

    Returns
    -------
    dict of editable file, relative to ``coursenn/`` -> text of its stub.

    Raises
    ------
    GeneratorError
        When a marker is malformed, a region belongs to no task, a task has no region, a stub does not
        compile, or a stub still holds a line of a solution.
    """
    sources = [read_source(course, name) for name in course.editable]
    stubs = {source.name: _stub(course, source) for source in sources}
    _refuse_solution_lines(course, sources, stubs)
    return stubs


def solution_lines(course: Course) -> dict[str, str]:
    """Every squeezed line of a solution region of the editable files -> its place."""
    found: dict[str, str] = {}
    for name in course.editable:
        source = read_source(course, name)
        for region in source.regions:
            for offset, line in enumerate(region.lines):
                for part in secret_parts([line]):
                    found.setdefault(part, f"{source.where}, line {region.first + 1 + offset}")
    return found


def _stub(course: Course, source: Source) -> str:
    try:
        tree = ast.parse(source.text)
    except SyntaxError as error:
        raise GeneratorError(f"{source.where}, line {error.lineno}", f"not Python ({error.msg})", "correct the source") from error
    definitions = _definitions(tree)
    holes: dict[int, str] = {}
    solved: set[str] = set()
    for region in source.regions:
        qualname = _owner(definitions, source, region)
        tasks = _tasks_covering(course, source.module, qualname)
        if not tasks:
            raise GeneratorError(
                f"{source.where}, line {region.first}",
                f"this solution is in {source.module}.{qualname}, which is not a task",
                "name that definition in the functions of a [[task]] of the manifest, or delete the markers",
            )
        solved |= {f"{source.module}.{part}" for part in _prefixes(qualname)}
        holes[region.first] = _raise(tasks, source, qualname, len(region.indent))
    _require_regions(course, source, {f"{source.module}.{name}" for name, _ in definitions}, solved)
    stub = replace_regions(source.text, source.regions, lambda region: [holes[region.first]])
    try:
        compile(stub, source.where, "exec")
    except SyntaxError as error:
        raise GeneratorError(
            source.where, f"its stub does not compile: line {error.lineno}, {error.msg}", "put whole statements between the markers"
        ) from error
    return stub


def _definitions(tree: ast.AST, prefix: str = "") -> list[tuple[str, Definition]]:
    """Every definition with its qualified name, an outer one before those inside it."""
    found: list[tuple[str, Definition]] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Definition):
            found.append((prefix + node.name, node))
            found += _definitions(node, f"{prefix}{node.name}.")
        elif not isinstance(node, ast.expr):  # an expression holds no definition, and most nodes are expressions
            found += _definitions(node, prefix)
    return found


def _owner(definitions: list[tuple[str, Definition]], source: Source, region: Region) -> str:
    """The qualified name of the function whose body holds the region."""
    place = f"{source.where}, line {region.first}"
    code = [region.first + 1 + i for i, line in enumerate(region.lines) if line.strip() and not line.lstrip().startswith("#")]
    if not code:
        raise GeneratorError(place, "the region holds no code", "write the solution between the markers")
    # A definition inside the region begins below its first line, so it is never the owner.
    around = [(name, node) for name, node in definitions if node.lineno < region.first and code[0] <= (node.end_lineno or 0)]
    if not around or isinstance(around[-1][1], ast.ClassDef) or code[-1] > (around[-1][1].end_lineno or 0):
        raise GeneratorError(place, "this solution is not inside the body of one function", "put both markers into the same function")
    return around[-1][0]


def _prefixes(qualname: str) -> list[str]:
    parts = qualname.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]


def _tasks_covering(course: Course, module: str, qualname: str) -> list[Task]:
    names = {f"{module}.{part}" for part in _prefixes(qualname)}
    return [task for task in course.tasks if names & set(task.functions)]


def _require_regions(course: Course, source: Source, defined: set[str], solved: set[str]) -> None:
    for task in course.tasks:
        for function in task.functions:
            if not function.startswith(source.module + "."):
                continue
            if function not in defined:
                raise GeneratorError(
                    source.where, f"task {task.id} names {function}, which is not defined here", "write it or correct the manifest"
                )
            if function not in solved:
                raise GeneratorError(
                    source.where, f"{function} of task {task.id} has no solution region", "put its solution between the markers"
                )


def _raise(tasks: list[Task], source: Source, qualname: str, indent: int) -> str:
    """The line of a stub, with the longest text that fits into it."""
    notebooks = list(dict.fromkeys(task.notebook for task in tasks))
    task, notebook = word_for(len(tasks), "Task"), word_for(len(notebooks), "notebook")
    head = f"{task} {', '.join(t.id for t in tasks)} ({notebook} {', '.join(notebooks)})"
    texts = [f"{head}: complete {qualname} in coursenn/{source.name}", f"{head}: complete {qualname}", head]
    lines = [f'raise NotImplementedError("{text}")' for text in texts]
    return next((line for line in lines if indent + len(line) <= LINE_LENGTH), lines[-1])


def _refuse_solution_lines(course: Course, sources: list[Source], stubs: dict[str, str]) -> None:
    """A stub must not hold a line that is in a solution, unless a given module shows that line anyway.

    A line that only opens a block (it ends in a colon) gives nothing away and is allowed.
    """
    public = {
        squeeze(line) for path in course.given.values() if path.suffix in {".py", ".pyx"} for line in path.read_text("utf-8").split("\n")
    }
    lines = {part: place for part, place in solution_lines(course).items() if part not in public and not part.endswith(":")}
    for source in sources:
        for number, line in enumerate(stubs[source.name].split("\n"), start=1):
            bare = squeeze(line).lstrip("#")
            if bare in lines:
                raise GeneratorError(
                    f"{source.where}, line {number} of its stub",
                    f"{line.strip()!r} is also a line of the solution at {lines[bare]}",
                    "move the line into the region, or word one of the two differently",
                )
