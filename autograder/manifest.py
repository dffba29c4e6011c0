"""The manifest as objects: what the tasks are, what they are worth, where they live."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.paths import REPOSITORY, module_name

DEFAULT_MANIFEST = REPOSITORY / "course" / "course.toml"
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LEVELS = ("pointer", "question", "explanation")
"""From a link into the book, to a question about the matter, to a sentence that says where the mistake is."""
EDITABLE = re.compile(r"([A-Za-z_]\w*/)*[A-Za-z_]\w*\.py")


class ManifestError(ValueError):
    """The manifest says something that cannot be; the message tells what to change."""


@dataclass(frozen=True)
class Task:
    """Graded work: functions of the package, or one file of trained weights."""

    id: str
    notebook: str
    points: float
    checks: str
    functions: tuple[str, ...] = ()
    model: str | None = None
    absent: tuple[str, ...] = ()
    second_run: bool = False
    book: str = ""
    consistent_credit: float | None = None
    """Overrides the manifest's credit for a gradient that is right for the student's own wrong forward pass."""

    @property
    def function(self) -> str:
        """What the result document calls the object of the task."""
        return self.model or ", ".join(self.functions)


@dataclass(frozen=True)
class Question:
    """A cell that a person grades."""

    id: str
    notebook: str
    points: float


@dataclass(frozen=True)
class Notebook:
    """One notebook and the folder its source lives in."""

    name: str
    title: str
    root: Path

    @property
    def source(self) -> Path:
        """The jupytext percent source."""
        return self.root / "solutions" / "notebooks" / f"{self.name}.py"


@dataclass(frozen=True)
class Assignment:
    """What nbgrader releases and collects: some of the notebooks, all of the package."""

    name: str
    title: str
    notebooks: tuple[str, ...]


@dataclass(frozen=True)
class Feedback:
    """How much is said of a mistake that was recognised, one of `LEVELS`."""

    visible: str = "question"
    """By the checks in the notebooks, before the deadline."""
    hidden: str = "explanation"
    """In the feedback on what was handed in."""


@dataclass(frozen=True)
class Course:
    """The whole manifest, with that of every extra folder merged in."""

    path: Path
    name: str
    title: str
    version: str
    public_address: str
    public_branch: str
    book_address: str
    assignments: tuple[Assignment, ...]
    notebooks: tuple[Notebook, ...]
    tasks: tuple[Task, ...]
    questions: tuple[Question, ...]
    editable: dict[str, Path] = field(hash=False)
    """Editable file, relative to ``coursenn/`` -> the folder (``course/`` or an extra) it lives in."""
    models: tuple[str, ...] = ()
    extras: tuple[Path, ...] = ()
    feedback: Feedback = Feedback()
    consistent_credit: float = 0.0
    """Share of a check's points for a gradient that is right for the student's own wrong forward pass."""

    @property
    def root(self) -> Path:
        """The folder of the manifest: ``course/``."""
        return self.path.parent

    @property
    def roots(self) -> tuple[Path, ...]:
        """``course/`` and every extra folder."""
        return (self.root, *self.extras)

    @cached_property
    def given(self) -> dict[str, Path]:
        """Given file, relative to ``coursenn/`` -> where it is; what a build leaves behind is not given."""
        skip = {".so", ".pyd", ".c", ".pyc", ".html"}
        files: dict[str, Path] = {}
        for root in self.roots:
            package = root / "src" / "coursenn"
            for path in sorted(package.rglob("*")):
                name = path.relative_to(package).as_posix()
                # Hidden folders hold what editors keep: an instructor's own solution may be among it.
                left_behind = path.suffix in skip or any(part.startswith((".", "__pycache__")) for part in name.split("/"))
                if not path.is_file() or left_behind or name in self.editable:
                    continue
                if name in files:
                    raise ManifestError(f"coursenn/{name} stands in {files[name]} and in {path}: rename one of them")
                files[name] = path
        return files

    def reference(self, name: str) -> Path:
        """The solved source of an editable file."""
        return self.editable[name] / "solutions" / "coursenn" / name

    def stub(self, name: str) -> Path:
        """The generated stub of an editable file."""
        return self.editable[name] / "src" / "coursenn" / name

    def book_url(self, page: str) -> str:
        """The address of ``page#anchor`` of the book; empty while the book has no address."""
        name, _, anchor = page.partition("#")
        return f"{self.book_address}/book/{name}.html" + (f"#{anchor}" if anchor else "") if self.book_address else ""

    def task(self, task_id: str) -> Task:
        """The task of that id; ``KeyError`` names the known ones."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise KeyError(f"no task {task_id!r}; the tasks are {', '.join(t.id for t in self.tasks)}")

    def assignment(self, name: str) -> Assignment:
        """The assignment of that name; ``KeyError`` names the known ones."""
        for assignment in self.assignments:
            if assignment.name == name:
                return assignment
        raise KeyError(f"no assignment {name!r}; the assignments are {', '.join(a.name for a in self.assignments)}")

    def tasks_of(self, assignment: Assignment | str) -> tuple[Task, ...]:
        """The tasks that an assignment grades, in manifest order."""
        chosen = self.assignment(assignment) if isinstance(assignment, str) else assignment
        return tuple(t for t in self.tasks if t.notebook in chosen.notebooks)

    def questions_of(self, assignment: Assignment | str) -> tuple[Question, ...]:
        """The questions of an assignment, in manifest order."""
        chosen = self.assignment(assignment) if isinstance(assignment, str) else assignment
        return tuple(q for q in self.questions if q.notebook in chosen.notebooks)

    def checks_file(self, module: str) -> Path:
        """Where the hidden checks of that name live: ``autograder/checks/``, or an extra's ``checks/``."""
        for path in (REPOSITORY / "autograder" / "checks" / f"{module}.py", *(e / "checks" / f"{module}.py" for e in self.extras)):
            if path.is_file():
                return path
        raise ManifestError(f"no hidden checks {module!r}: write autograder/checks/{module}.py")


def load_course(path: str | Path | None = None) -> Course:
    """Read the manifest.

    Parameters
    ----------
    path : path of a ``course.toml``; by default ``$COURSENN_COURSE``, else this repository's.

    Raises
    ------
    ManifestError
        When an entry is unknown, doubled or refers to nothing.
    """
    manifest = Path(path or os.environ.get("COURSENN_COURSE") or DEFAULT_MANIFEST).resolve()
    if not manifest.is_file():
        raise ManifestError(f"no manifest at {manifest}: name one with --course or COURSENN_COURSE")
    data = _read(manifest)
    head = data["course"]
    extras = tuple((manifest.parent / e).resolve() for e in head.get("extras", []))
    notebooks: list[Notebook] = []
    tasks: list[Task] = []
    questions: list[Question] = []
    editable: dict[str, Path] = {}
    models: list[str] = []
    for root in (manifest.parent, *extras):
        part = data if root == manifest.parent else _read(root / "course.toml")
        notebooks += [Notebook(root=root, **n) for n in part.get("notebook", [])]
        tasks += [_task(t) for t in part.get("task", [])]
        questions += [Question(**q) for q in part.get("question", [])]
        for name in part.get("files", {}).get("editable", []):
            if name in editable:
                raise ManifestError(f"{name} is listed as editable by {editable[name].name}/ and by {root.name}/: rename one of them")
            if not EDITABLE.fullmatch(name):
                raise ManifestError(f"{name!r} is no editable file: write a path such as classifiers/cnn.py, relative to coursenn/")
            editable[name] = root
        models += part.get("files", {}).get("models", [])
    course = Course(
        path=manifest,
        assignments=tuple(Assignment(a["name"], a.get("title", a["name"]), tuple(a["notebooks"])) for a in data["assignment"]),
        notebooks=tuple(notebooks),
        tasks=tuple(tasks),
        questions=tuple(questions),
        editable=editable,
        models=tuple(models),
        extras=extras,
        feedback=_feedback(data.get("feedback", {})),
        consistent_credit=float(data.get("grading", {}).get("consistent_backward_credit", 0.0)),
        **{k: head[k] for k in ("name", "title", "version", "public_address", "public_branch", "book_address")},
    )
    _validate(course)
    return course


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(f"cannot read {path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"{path} is not TOML: {error}") from error


def _task(entry: dict[str, Any]) -> Task:
    entry = {("consistent_credit" if k == "consistent_backward_credit" else k): v for k, v in entry.items()}
    fields: dict[str, Any] = entry | {k: tuple(entry[k]) for k in ("functions", "absent") if k in entry}
    try:
        return Task(**fields)
    except TypeError as error:
        raise ManifestError(f"task {entry.get('id', '?')}: {error}") from error


def _feedback(entry: dict[str, Any]) -> Feedback:
    try:
        found = Feedback(**entry)
    except TypeError as error:
        raise ManifestError(f"[feedback]: {error}") from error
    for level in (found.visible, found.hidden):
        if level not in LEVELS:
            raise ManifestError(f"[feedback]: {level!r} is no level; the levels are {', '.join(LEVELS)}")
    return found


def _validate(course: Course) -> None:
    ids = [t.id for t in course.tasks] + [q.id for q in course.questions]
    names = {n.name for n in course.notebooks}
    if len(names) < len(course.notebooks):
        raise ManifestError("two notebooks have the same name: rename one of them")
    for item_id in ids:
        if ids.count(item_id) > 1:
            raise ManifestError(f"{item_id} stands twice in the manifest: every task and question needs an id of its own")
        if not ID.fullmatch(item_id):
            raise ManifestError(f"{item_id!r} is no id: use lower-case words joined by hyphens")
    graded: tuple[Task | Question, ...] = (*course.tasks, *course.questions)
    for item in graded:
        if item.notebook not in names:
            raise ManifestError(f"{item.id}: no notebook {item.notebook!r}; the notebooks are {', '.join(sorted(names))}")
        if item.points <= 0:
            raise ManifestError(f"{item.id}: points must be above 0")
    for share in (course.consistent_credit, *(t.consistent_credit for t in course.tasks if t.consistent_credit is not None)):
        if not 0 <= share <= 1:
            raise ManifestError(f"consistent_backward_credit: {share} is no share; write a number from 0 to 1")
    for task in course.tasks:
        if bool(task.functions) == bool(task.model):
            raise ManifestError(f"{task.id}: name either functions or a model")
        if task.model and task.model not in course.models:
            raise ManifestError(f"{task.id}: {task.model} is not listed under [files] models")
        for function in task.functions:
            if not any(function.startswith(f"{module_name(name)}.") for name in course.editable):
                raise ManifestError(f"{task.id}: {function} is in no editable file")
    released = [n for a in course.assignments for n in a.notebooks]
    for notebook in released:
        if notebook not in names:
            raise ManifestError(f"an assignment releases {notebook!r}, which is no notebook of the manifest")
        if released.count(notebook) > 1:
            raise ManifestError(f"{notebook} is released by two assignments")
