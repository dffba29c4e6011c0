"""``{{...}}`` in notebook sources and in the README of the public tree: facts that have their home elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from autograder.generate.addresses import archive_url, slug
from autograder.generate.errors import GeneratorError
from autograder.generate.tasks import number
from autograder.manifest import Course, Notebook
from autograder.paths import module_name

TEMPLATE = re.compile(r"\{\{\s*([a-z]+):([^{}\s]+)\s*\}\}")
LOOKS_LIKE_TEMPLATE = re.compile(r"\{\{\s*[a-z]+\s*:[^{}\n]*\}?\}?")
COURSE_FIELDS: dict[str, Callable[[Course], str]] = {
    "name": lambda course: course.name,
    "title": lambda course: course.title,
    "version": lambda course: course.version,
    "public_address": lambda course: course.public_address,
    "public_branch": lambda course: course.public_branch,
    "book_address": lambda course: course.book_address,
    "archive": archive_url,
    "repository": lambda course: slug(course).rpartition("/")[2],
}


@dataclass
class Templates:
    """Expands the templates of one notebook (or of a text of the whole course)."""

    course: Course
    notebook: Notebook | None = None
    expected: Callable[[str, int], str] | None = None
    """Name and column -> text of an expected value."""
    recorded: Callable[[str], str] | None = None
    """Name -> markdown that shows what the recorded cell of that name printed."""
    used: set[str] = field(default_factory=set)

    def expand(self, text: str, where: str) -> str:
        """The text with every template filled in; an unknown one is a `GeneratorError`."""

        def fill(match: re.Match[str]) -> str:
            kind, name = match.groups()
            column = match.start() - (text.rfind("\n", 0, match.start()) + 1)
            self.used.add(f"{kind}:{name}")
            filler = getattr(self, f"_{kind}", None)
            if filler is None:
                raise GeneratorError(
                    where, f"no template {match.group()}", "the templates are task, book, expected, recorded, course, notebook and launch"
                )
            return str(filler(name, column, where))

        for match in LOOKS_LIKE_TEMPLATE.finditer(text):
            if not TEMPLATE.match(text, match.start()):
                raise GeneratorError(where, f"{match.group()!r} looks like a template and is none", "write {{kind:name}}")
        return TEMPLATE.sub(fill, text)

    def _task(self, name: str, column: int, where: str) -> str:
        try:
            task = self.course.task(name)
        except KeyError as error:
            raise GeneratorError(where, f"{{{{task:{name}}}}}", str(error.args[0])) from None
        points = f"{number(task.points)} point{'' if task.points == 1 else 's'}"
        if task.model:
            return f"`{task.model}` ({points})"
        by_file: dict[str, list[str]] = {}
        for function in task.functions:
            file = next(f for f in self.course.editable if function.startswith(module_name(f) + "."))
            by_file.setdefault(file, []).append(f"`{function.removeprefix(module_name(file) + '.')}`")
        parts = [f"{_listed(names)} in `{self.course.name}/{file}`" for file, names in by_file.items()]
        return f"{_listed(parts)} ({points})"

    def _book(self, name: str, column: int, where: str) -> str:
        page = name.partition("#")[0]
        pages = {task.book.partition("#")[0] for task in self.course.tasks}
        if page not in pages and not (self.course.root.parent / "book" / f"{page}.md").is_file():
            raise GeneratorError(
                where, f"{{{{book:{name}}}}} names no page of the book", f"the pages of the manifest are {', '.join(sorted(pages))}"
            )
        return book_url(self.course, name)

    def _expected(self, name: str, column: int, where: str) -> str:
        if self.expected is None:
            raise GeneratorError(where, "expected values stand in notebooks only", "take the template out")
        return self.expected(name, column)

    def _recorded(self, name: str, column: int, where: str) -> str:
        if self.recorded is None:
            raise GeneratorError(where, "recorded results stand in notebooks only", "take the template out")
        return self.recorded(name)

    def _course(self, name: str, column: int, where: str) -> str:
        if name not in COURSE_FIELDS:
            raise GeneratorError(where, f"{{{{course:{name}}}}}", f"the entries are {', '.join(COURSE_FIELDS)}")
        return COURSE_FIELDS[name](self.course)

    def _notebook(self, name: str, column: int, where: str) -> str:
        if self.notebook is None or name not in ("name", "title"):
            raise GeneratorError(where, f"{{{{notebook:{name}}}}}", "write {{notebook:name}} or {{notebook:title}}, in a notebook")
        return str(getattr(self.notebook, name))

    def _launch(self, name: str, column: int, where: str) -> str:
        service, _, chosen = name.partition("/")
        notebook = chosen or (self.notebook.name if self.notebook else "")
        if notebook not in {n.name for n in self.course.notebooks} or service not in LAUNCH:
            raise GeneratorError(
                where, f"{{{{launch:{name}}}}}", "write {{launch:colab}} or {{launch:binder}}, outside of notebooks {{launch:colab/Name}}"
            )
        return LAUNCH[service](self.course, notebook)


def notebook_path(notebook: str) -> str:
    """Where the public tree holds a notebook."""
    return f"course/notebooks/{notebook}.ipynb"


def book_url(course: Course, page: str) -> str:
    """The address of ``page#anchor`` of the book."""
    path, _, anchor = page.partition("#")
    return f"{course.book_address}/book/{path}.html" + (f"#{anchor}" if anchor else "")


def colab_url(course: Course, notebook: str) -> str:
    """The address that opens a notebook of the public tree on Colab."""
    return f"https://colab.research.google.com/github/{slug(course)}/blob/{course.public_branch}/{notebook_path(notebook)}"


def binder_url(course: Course, notebook: str) -> str:
    """The address that opens a notebook of the public tree on Binder."""
    return f"https://mybinder.org/v2/gh/{slug(course)}/{course.public_branch}?labpath={quote(notebook_path(notebook), safe='')}"


LAUNCH = {"colab": colab_url, "binder": binder_url}


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
