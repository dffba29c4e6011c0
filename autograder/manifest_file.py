"""What a ``course.toml`` may contain: its tables as types, and the rules between its entries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import force_setattr, replace

from autograder.checked_data import DataError, Table, display_path, nearest, place, read_toml, value_text
from autograder.paths import module_name
from autograder.times import TimeError, find_zone

MOST_POINTS = 10_000
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
OF_THE_FORMGRADER = frozenset({"notebook", "notebook-container", "statusmessage"})
"""Ids that nbgrader's page uses itself; its script finds a score by the id of the task."""

Level = Literal["pointer", "question", "explanation"]
"""A link into the book, then also a question, then also a sentence that says where the mistake is."""
Id = Annotated[str, Meta(pattern=rf"^{ID.pattern}\Z", description="lower-case words joined by hyphens")]
Name = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*\Z", description="a name of letters, digits, dots, hyphens and underscores")
]
AssignmentName = Annotated[str, Meta(pattern=r"^\w[\w .-]*\Z", description="a name of letters, digits, spaces, dots and hyphens")]
NonEmpty = Annotated[str, Meta(min_length=1, description="a text that is not empty")]
# A whole number stays an int: documents and notebooks show points as the manifest writes them.
Points = Annotated[
    Annotated[int, Meta(gt=0, le=MOST_POINTS)] | Annotated[float, Meta(gt=0, le=MOST_POINTS)],
    Meta(description=f"a number above 0 and at most {MOST_POINTS}"),
]
Share = Annotated[float, Meta(ge=0, le=1, description="a share from 0 to 1")]
Address = Annotated[
    str,
    Meta(
        pattern=r"^(https?://[^\s/]+(/[^\s/]+)*)?\Z",
        description="an address such as https://github.com/you/layers, without a slash at its end",
    ),
]
EditableFile = Annotated[
    str, Meta(pattern=r"^([A-Za-z_]\w*/)*[A-Za-z_]\w*\.py\Z", description="a path such as classifiers/cnn.py, relative to coursenn/")
]
Minutes = Annotated[int, Meta(ge=0, le=6000, description="a whole number of minutes, from 0 to 6000")]
AssignmentsFile = Annotated[
    str, Meta(pattern=r"^(\w[\w-]*\.toml)?\Z", description="the name of a file beside the manifest, such as three-weeks.toml")
]
ModelFile = Annotated[str, Meta(pattern=r"^(\w[\w-]*/)*\w[\w-]*\.npz\Z", description="a path such as models/best.npz")]
DottedName = Annotated[
    str, Meta(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+\Z", description="a function as module.name, such as layers.relu_forward")
]
AbsentName = Annotated[
    str, Meta(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z", description="a module or a function, such as im2col or layers.relu_forward")
]
ModuleName = Annotated[str, Meta(pattern=r"^[A-Za-z_]\w*\Z", description="the name of a module below autograder/checks/")]
BookPlace = Annotated[
    str, Meta(pattern=r"^([a-z0-9-]+(#[\w-]+)?)?\Z", description="a page of the book and an anchor, such as dropout#forward")
]


class Task(Table, frozen=True, rename={"consistent_credit": "consistent_backward_credit"}):
    """Graded work: functions of the package, or one file of trained weights."""

    id: Id
    notebook: str
    points: Points
    checks: ModuleName
    functions: tuple[DottedName, ...] = ()
    model: ModelFile | None = None
    absent: tuple[AbsentName, ...] = ()
    book: BookPlace = ""
    minutes: Minutes = 0
    """How long it takes a student, as an estimate; 0 if there is none."""
    consistent_credit: Share | None = None
    """Overrides the manifest's credit for a gradient that is right for the student's own, wrong forward pass."""

    def __post_init__(self) -> None:
        if bool(self.functions) == bool(self.model):
            raise ValueError("name either functions or a model")

    @property
    def function(self) -> str:
        """What the result document calls the object of the task."""
        return self.model or ", ".join(self.functions)


class Question(Table, frozen=True):
    """A cell that a person grades."""

    id: Id
    notebook: str
    points: Points
    minutes: Minutes = 0
    """As for a task, including the experiments before the question."""


class Assignment(Table, frozen=True):
    """What nbgrader releases and collects: some of the notebooks, all of the package."""

    name: AssignmentName
    notebooks: Annotated[tuple[str, ...], Meta(min_length=1, description="a list of at least one notebook")]
    title: str = ""
    """The name, if the manifest gives no title."""

    def __post_init__(self) -> None:
        if not self.title:
            force_setattr(self, "title", self.name)


class FeedbackSettings(Table, frozen=True):
    """How much is said about a mistake that was recognised."""

    visible: Level = "question"
    """By the checks in the notebooks, before the deadline."""
    hidden: Level = "explanation"
    """In the feedback on what was handed in."""
    on_request: bool = True
    """Whether students may ask for the hints of a task."""
    another_look: Annotated[str, Meta(max_length=4000, description="a text of at most 4000 characters")] = ""
    """How a student asks for another look at a mark; shown as plain text, with an empty line between paragraphs."""


class GradingSettings(Table, frozen=True):
    """How marks are computed."""

    consistent_backward_credit: Share = 0.0


class NotebookEntry(Table, frozen=True):
    """One notebook."""

    name: Name
    title: NonEmpty


class Files(Table, frozen=True):
    """What students may edit, and the weights they may hand in."""

    editable: tuple[EditableFile, ...] = ()
    models: tuple[ModelFile, ...] = ()


class Head(Table, frozen=True):
    """What the course is called, where it is published, and its time zone.

    Without an address nothing is fetched and nothing linked.
    """

    name: Name
    title: NonEmpty
    version: NonEmpty
    public_address: Address = ""
    public_branch: NonEmpty = "main"
    book_address: Address = ""
    timezone: str = ""
    """The IANA name of the zone that times without one are read in; UTC when it is empty."""
    extras: tuple[NonEmpty, ...] = ()
    assignments: AssignmentsFile = ""
    """A file whose ``[[assignment]]`` tables replace those of the manifest."""


class OtherAssignments(Table, frozen=True):
    """Another way to divide the notebooks among assignments."""

    assignment: Annotated[tuple[Assignment, ...], Meta(min_length=1)]


class ExtraManifest(Table, frozen=True):
    """The manifest of an extra folder."""

    files: Files = Files()
    notebook: tuple[NotebookEntry, ...] = ()
    task: tuple[Task, ...] = ()
    question: tuple[Question, ...] = ()


class MainManifest(ExtraManifest, frozen=True, kw_only=True):
    """The manifest of a course."""

    course: Head
    assignment: Annotated[tuple[Assignment, ...], Meta(min_length=1)]
    feedback: FeedbackSettings = FeedbackSettings()
    grading: GradingSettings = GradingSettings()


Part = tuple[Path, MainManifest | ExtraManifest]
"""A manifest and where it is."""


def read_manifests(path: Path) -> tuple[MainManifest, list[Part]]:
    """The manifest of a course, and all its parts: its own first, then those of the extra folders.

    Raises
    ------
    DataError
        When a file does not fit its types, or an entry refers to nothing or contradicts another.
    """
    main = read_toml(path, MainManifest)
    released_by = path
    if main.course.assignments:
        released_by = path.with_name(main.course.assignments)
        main = replace(main, assignment=read_toml(released_by, OtherAssignments).assignment)
    try:
        find_zone(main.course.timezone or "UTC")
    except TimeError as error:
        raise DataError(f"{display_path(path)}, [course], timezone: {error}") from error
    parts: list[Part] = [(path, main)]
    for folder in main.course.extras:
        file = (path.parent / folder).resolve() / "course.toml"
        if file in (p for p, _ in parts):
            raise DataError(f"{display_path(path)}, [course], extras: {folder} is listed twice")
        parts.append((file, read_toml(file, ExtraManifest)))
    for problem in (
        *_notebook_problems(parts),
        *_file_problems(parts),
        *_item_problems(parts),
        *_release_problems(released_by, main, parts),
    ):
        raise DataError(problem)
    return main, parts


def _notebook_problems(parts: list[Part]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for file, part in parts:
        for number, notebook in enumerate(part.notebook, start=1):
            here = place(display_path(file), "notebook", number, notebook.name)
            if notebook.name in seen:
                yield f"{here}: {seen[notebook.name]} has the same name; rename one of them"
            seen[notebook.name] = here


def _file_problems(parts: list[Part]) -> Iterator[str]:
    """An editable file has one home."""
    seen: dict[str, str] = {}
    for file, part in parts:
        here = f"{display_path(file)}, [files], editable"
        for name in part.files.editable:
            if name in seen:
                yield f"{here}: {name} is listed as editable by {seen[name]} and by {file.parent.name}/; rename one of them"
            seen[name] = f"{file.parent.name}/"


def _item_problems(parts: list[Part]) -> Iterator[str]:
    """Tasks and questions have unique ids, and name a notebook, functions and models that exist."""
    notebooks = [n.name for _, part in parts for n in part.notebook]
    models = [m for _, part in parts for m in part.files.models]
    modules = [module_name(e) for _, part in parts for e in part.files.editable]
    seen: dict[str, str] = {}
    for here, item in graded_items(parts):
        if item.id in seen:
            yield f"{here}: {seen[item.id]} has the same id; every task and question needs an id of its own"
        seen[item.id] = here
        if item.id in OF_THE_FORMGRADER:
            yield f"{here}: the page of the formgrader has a part of that name; choose another id"
        if item.notebook not in notebooks:
            yield f"{here}, notebook: no notebook {value_text(item.notebook)}; {nearest(item.notebook, notebooks, 'the notebooks')}"
        if isinstance(item, Task):
            yield from _task_problems(here, item, models, modules)
    for name, here in seen.items():
        if (other := name.removesuffix("-comment")) in seen and other != name:
            yield f"{here}: the formgrader gives that name to the comment on {other}; choose another id"


def graded_items(parts: list[Part]) -> Iterator[tuple[str, Task | Question]]:
    """Every task and question, and how messages name its place."""
    for file, part in parts:
        tables: dict[str, tuple[Task | Question, ...]] = {"task": part.task, "question": part.question}
        for table, items in tables.items():
            for number, item in enumerate(items, start=1):
                yield place(display_path(file), table, number, item.id), item


def _task_problems(here: str, task: Task, models: list[str], modules: list[str]) -> Iterator[str]:
    if task.model and task.model not in models:
        yield f"{here}, model: {task.model} is not listed in models of [files]; {nearest(task.model, models, 'the models')}"
    for function in task.functions:
        if not any(function.startswith(f"{module}.") for module in modules):
            module = function.rpartition(".")[0]
            yield f"{here}, functions: {function} is not in an editable file; {nearest(module, modules, 'the editable modules')}"


def _release_problems(path: Path, main: MainManifest, parts: list[Part]) -> Iterator[str]:
    """Assignments have unique names; a notebook exists and belongs to at most one of them."""
    notebooks = [n.name for _, part in parts for n in part.notebook]
    released = Counter(n for a in main.assignment for n in a.notebooks)
    names = Counter(a.name for a in main.assignment)
    for number, assignment in enumerate(main.assignment, start=1):
        here = place(display_path(path), "assignment", number, assignment.name)
        if names[assignment.name] > 1:
            yield f"{here}: two assignments have this name; rename one of them"
        for notebook in assignment.notebooks:
            if notebook not in notebooks:
                yield f"{here}, notebooks: no notebook {value_text(notebook)}; {nearest(notebook, notebooks, 'the notebooks')}"
            if released[notebook] > 1:
                yield f"{here}, notebooks: {notebook} is released by two assignments"
