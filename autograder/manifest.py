"""The manifest as objects: the tasks, their points, and where their files are."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.checked_data import DataError, display_path, nearest
from autograder.manifest_file import ID, Assignment, FeedbackSettings, Question, Task, graded_items, read_manifests
from autograder.paths import REPOSITORY, module_name
from autograder.times import find_zone

__all__ = ["ID", "Assignment", "Course", "FeedbackSettings", "ManifestError", "Notebook", "Question", "Task", "load_course"]

DEFAULT_MANIFEST = REPOSITORY / "course" / "course.toml"


class ManifestError(DataError):
    """The manifest says something impossible; the message is one line with file, place and remedy."""


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
class Course:
    """The whole manifest, with that of every extra folder merged in."""

    path: Path
    name: str
    title: str
    version: str
    public_address: str
    """Where the public tree is published; empty until an instructor sets an address."""
    public_branch: str
    book_address: str
    """Where the book is published; empty likewise."""
    assignments: tuple[Assignment, ...]
    notebooks: tuple[Notebook, ...]
    tasks: tuple[Task, ...]
    questions: tuple[Question, ...]
    editable: dict[str, Path] = field(hash=False)
    """Editable file, relative to ``coursenn/`` -> the folder (``course/`` or an extra) it lives in."""
    models: tuple[str, ...] = ()
    extras: tuple[Path, ...] = ()
    feedback: FeedbackSettings = field(default_factory=FeedbackSettings)
    timezone: str = ""
    """The zone that the manifest states; empty for UTC."""
    consistent_credit: float = 0.0
    """Share of a check's points for a gradient that is right for the student's own, wrong forward pass."""

    @property
    def root(self) -> Path:
        """The folder of the manifest: ``course/``."""
        return self.path.parent

    @property
    def roots(self) -> tuple[Path, ...]:
        """``course/`` and every extra folder."""
        return (self.root, *self.extras)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that times without one are read in, and that times are shown in."""
        return find_zone(self.timezone or "UTC")

    @cached_property
    def given(self) -> dict[str, Path]:
        """Given file, relative to ``coursenn/`` -> where it is; build products are not given files."""
        skip = {".so", ".pyd", ".c", ".pyc", ".html"}
        files: dict[str, Path] = {}
        for root in self.roots:
            package = root / "src" / "coursenn"
            for path in sorted(package.rglob("*")):
                name = path.relative_to(package).as_posix()
                # Hidden folders hold files of editors, which may include an instructor's own solution.
                left_behind = path.suffix in skip or any(part.startswith((".", "__pycache__")) for part in name.split("/"))
                if not path.is_file() or left_behind or name in self.editable:
                    continue
                if name in files:
                    raise ManifestError(
                        f"coursenn/{name} is both at {display_path(files[name])} and at {display_path(path)}: rename one of them"
                    )
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
        When an entry is missing, unknown, duplicated, out of range or refers to nothing.
    """
    manifest = Path(path or os.environ.get("COURSENN_COURSE") or DEFAULT_MANIFEST).resolve()
    if not manifest.is_file():
        raise ManifestError(f"no manifest at {manifest}: name one with --course or COURSENN_COURSE")
    try:
        main, parts = read_manifests(manifest)
    except DataError as error:
        raise ManifestError(str(error)) from error
    head = main.course
    course = Course(
        path=manifest,
        name=head.name,
        title=head.title,
        version=head.version,
        public_address=head.public_address,
        public_branch=head.public_branch,
        book_address=head.book_address,
        assignments=main.assignment,
        notebooks=tuple(Notebook(n.name, n.title, file.parent) for file, part in parts for n in part.notebook),
        tasks=tuple(task for _, part in parts for task in part.task),
        questions=tuple(question for _, part in parts for question in part.question),
        editable={name: file.parent for file, part in parts for name in part.files.editable},
        models=tuple(model for _, part in parts for model in part.files.models),
        extras=tuple(file.parent for file, _ in parts[1:]),
        timezone=head.timezone,
        feedback=main.feedback,
        consistent_credit=main.grading.consistent_backward_credit,
    )
    _refuse_unknown_absent(course, [(place, item) for place, item in graded_items(parts) if isinstance(item, Task)])
    return course


def _refuse_unknown_absent(course: Course, tasks: Iterable[tuple[str, Task]]) -> None:
    """Refuse a name in ``absent`` that is not in the package: a misspelt name would silently leave its module available.

    Parameters
    ----------
    tasks : each with its place in the manifest.
    """
    modules = [module_name(name) for name in (*course.editable, *course.given) if name.endswith(".py")]
    # A package is named by its folder, and everything in it is absent.
    given = {module_name(name).removesuffix(".__init__") for name in course.given if name.endswith(".py")}
    for place, name in ((place, name) for place, task in tasks for name in task.absent if name not in given):
        if (owner := name.rpartition(".")[0]) in given:
            raise ManifestError(f"{place}, absent: {name} is in a given module; name {owner}, the whole module")
        if not any(name == module or name.startswith(f"{module}.") for module in modules):
            raise ManifestError(f"{place}, absent: coursenn has no {name}; {nearest(name, modules, 'its modules')}")
