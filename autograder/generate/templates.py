"""``{{...}}`` in notebook sources and in the README of the public tree: facts that are kept elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from autograder.book_sections import book_reference
from autograder.generate.addresses import LAUNCH_SERVICES, archive_url, launch_url, slug
from autograder.generate.errors import GeneratorError
from autograder.generate.tasks import number
from autograder.manifest import Course, Notebook
from autograder.paths import module_name
from autograder.plural import counted

_TEMPLATE = r"\{\{\s*(?P<kind>[a-z]+):(?P<name>[^{}\s]+)\s*\}\}"
TEMPLATE = re.compile(_TEMPLATE)
LINK = re.compile(rf"\[(?P<label>[^\[\]]*)\]\({_TEMPLATE}(?P<rest>[^()\s]*)\)")
KINDS = ("task", "book", "expected", "recorded", "time", "course", "notebook", "launch", "package")
ADDRESS_KINDS = ("book", "course", "launch")
"""Kinds that may be the address of a link, and may be empty."""
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
    time: Callable[[str], str] | None = None
    """Name of a timed cell -> markdown that says how long it takes."""
    package_digest: Callable[[], str] | None = None
    """Returns the digest of the package in the public tree."""

    def expand(self, text: str, where: str) -> str:
        """The text with every template filled in; an unknown one is a `GeneratorError`.

        A markdown link whose address is a template becomes plain words while the course has no such address.
        """
        for match in LOOKS_LIKE_TEMPLATE.finditer(text):
            if not TEMPLATE.match(text, match.start()):
                raise GeneratorError(where, f"{match.group()!r} looks like a template but is not one", "write {{kind:name}}")
        text = LINK.sub(lambda match: self._link(match, where), text)
        return TEMPLATE.sub(lambda match: self._fill(match, text, where), text)

    def _fill(self, match: re.Match[str], text: str, where: str) -> str:
        kind, name = match["kind"], match["name"]
        column = match.start() - (text.rfind("\n", 0, match.start()) + 1)
        filler = getattr(self, f"_{kind}", None) if kind in KINDS else None
        if filler is None:
            raise GeneratorError(where, f"no template {{{{{kind}:{name}}}}}", f"the templates are {', '.join(KINDS)}")
        return str(filler(name, column, where))

    def _link(self, match: re.Match[str], where: str) -> str:
        kind, name, label = match["kind"], match["name"], match["label"]
        if kind not in ADDRESS_KINDS or (kind == "book" and self.course.book_address):
            return match.group()
        address = self._fill(match, match.string, where)
        if kind != "book":
            return f"[{label}]({address}{match['rest']})" if address else label
        reference = book_reference(self.course, name, mark="*")
        # "([book](...))" has parentheses of its own.
        own = match.string[: match.start()].endswith("(") and match.string[match.end() :].startswith(")")
        return f"{label}: {reference}" if own else f"{label} ({reference})"

    def _task(self, name: str, column: int, where: str) -> str:
        try:
            task = self.course.task(name)
        except KeyError as error:
            raise GeneratorError(where, f"{{{{task:{name}}}}}", str(error.args[0])) from None
        points = counted(number(task.points), "point")
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
        return self.course.book_url(name) or f"the book: {book_reference(self.course, name)}"

    def _expected(self, name: str, column: int, where: str) -> str:
        if self.expected is None:
            raise GeneratorError(where, "expected values are only in notebooks", "take the template out")
        return self.expected(name, column)

    def _recorded(self, name: str, column: int, where: str) -> str:
        if self.recorded is None:
            raise GeneratorError(where, "recorded results are only in notebooks", "take the template out")
        return self.recorded(name)

    def _time(self, name: str, column: int, where: str) -> str:
        if self.time is None:
            raise GeneratorError(where, "times of cells are only in notebooks", "take the template out")
        return self.time(name)

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
        if notebook not in {n.name for n in self.course.notebooks} or service not in LAUNCH_SERVICES:
            raise GeneratorError(
                where, f"{{{{launch:{name}}}}}", "write {{launch:colab}} or {{launch:binder}}, outside of notebooks {{launch:colab/Name}}"
            )
        return launch_url(self.course, service, notebook)

    def _package(self, name: str, column: int, where: str) -> str:
        if name not in ("archive", "sha256") or self.package_digest is None:
            raise GeneratorError(where, f"{{{{package:{name}}}}}", "write {{package:archive}} or {{package:sha256}}, in a notebook")
        # Nothing is fetched without an address, so no digest is needed.
        return archive_url(self.course) if name == "archive" or not self.course.public_address else self.package_digest()


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
