"""The public tree: everything that students and readers can reach, and nothing else.

Colab, Binder, the launch, edit and issue buttons of the book and the set-up cell of the notebooks use only this tree.
It is written file by file from a list of what may be published; only data of the book is copied by folder.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from autograder.generate.addresses import broken_addresses, can_launch, launch_url, notebook_path
from autograder.generate.book_settings import book_settings
from autograder.generate.errors import GeneratorError
from autograder.generate.leaks import find_leaks_in_bytes, secret_lines
from autograder.generate.notebooks import build_notebooks
from autograder.generate.package import package_files
from autograder.generate.stubs import read_text
from autograder.generate.templates import Templates
from autograder.generate.tree import Difference, Plan, write
from autograder.manifest import Course

MARKER = ".coursenn-public.json"
ROOT_FILES = ("LICENSE", "CITATION.cff")
COURSE_FILES = ("pyproject.toml", "setup.py", "README.md")
README = Path(__file__).with_name("public_readme.md")
# What the book's pages show. Scripts are left out, since they run on the reference.
BOOK_DATA = {".bib", ".svg", ".png", ".jpg", ".gif", ".js", ".css", ".html", ".json", ".woff", ".woff2", ".txt"}
POST_BUILD = """\
#!/bin/bash
# A failed build of the extension is not an error: the package then runs on numpy.
python -m pip install --no-deps --editable ./course || true
"""
NEEDS_ADDRESS = re.compile(r"\{\{\s*course:(public_address|repository|archive)\s*\}\}")
"""A line of the README about the address; left out while there is none."""
NO_LAUNCH = "There are no links for Colab or Binder yet, because this course has no `public_address` on GitHub."
CONFIG_HEAD = "# Made from the _config.yml and the course.toml of the instructors' repository.\n"
GITIGNORE = """\
__pycache__/
*.py[cod]
*.so
*.pyd
.ipynb_checkpoints/
.pytest_cache/
.venv/
build/
_build/
*.egg-info/
# What the commands and the notebooks make.
/course/**/*.zip
before-update-*/
before-carry-*/
before-restore-*/
/course/notebooks/models/
/course/notebooks/checkpoints/
"""


def public_files(course: Course) -> dict[str, bytes]:
    """Every file of the public tree, path -> content.

    Raises
    ------
    GeneratorError
        When a source is missing or refused, an address leads nowhere, or a file holds something that must not be published.
    """
    files: dict[str, bytes] = {}
    for name, content in [*_package(course), *_notebooks(course), *_papers(course), *_binder(course), *_book(course)]:
        if name in files:
            raise GeneratorError(name, "two sources make this file of the public tree", "rename one of them")
        files[name] = content
    _refuse_broken(course, files)
    _refuse_leaks(course, files)
    return files


def write_public(course: Course, destination: Path) -> list[Difference]:
    """Write the public tree; files of an earlier one that are no longer made are removed.

    Parameters
    ----------
    course : the manifest.
    destination : new or empty (a fresh ``.git`` may be there), or a tree this function wrote before.

    Raises
    ------
    GeneratorError
        When anything else is at the destination.
    """
    owned = _owned(course, destination)
    files = public_files(course)
    plan = Plan(destination.resolve(), dict(files))
    for name in files:
        if name not in owned and plan.target(name).exists():
            raise GeneratorError(
                destination / name,
                "this command did not write this file and does not overwrite it",
                "move it away, or choose another folder",
            )
    plan.stale = sorted(name for name in owned - files.keys() if plan.target(name).exists())
    plan.add(MARKER, json.dumps({"course": course.name, "version": course.version, "files": sorted(files)}, indent=1) + "\n")
    return write(plan)


def _owned(course: Course, destination: Path) -> set[str]:
    """The files that an earlier run wrote there."""
    inside = course.root.parent
    if destination.resolve() == inside or (
        inside in destination.resolve().parents and (destination.resolve().relative_to(inside).parts[0] != "build")
    ):
        raise GeneratorError(destination, "inside the private repository", "choose a folder outside of it, or one below build/")
    if destination.is_symlink() or (destination.exists() and not destination.is_dir()):
        raise GeneratorError(destination, "not a folder", "name a new or empty folder")
    if not destination.exists() or not [p for p in destination.iterdir() if p.name != ".git"]:
        return set()
    try:
        names = json.loads((destination / MARKER).read_text(encoding="utf-8"))["files"]
    except FileNotFoundError:
        raise GeneratorError(destination, f"the folder is not empty and holds no {MARKER}", "name a new or empty folder") from None
    except (ValueError, KeyError, TypeError) as error:
        raise GeneratorError(destination / MARKER, "the list of files cannot be read", "name a new or empty folder") from error
    return set(names)


def _package(course: Course) -> Iterator[tuple[str, bytes]]:
    """The student package, including what extra folders add to it."""
    for name, content in package_files(course).items():
        yield f"course/src/{name}", content
    for name in COURSE_FILES:
        yield f"course/{name}", read_text(course, course.root / name, "the student package needs it").encode()


def _notebooks(course: Course) -> Iterator[tuple[str, bytes]]:
    for path, text in build_notebooks(course).items():
        yield notebook_path(path.stem), text.encode()


def _papers(course: Course) -> Iterator[tuple[str, bytes]]:
    text = README.read_text(encoding="utf-8")
    if not course.public_address:
        text = "\n".join(line for line in text.split("\n") if not NEEDS_ADDRESS.search(line))
    yield "README.md", Templates(course).expand(text.replace("<!-- notebooks -->", _notebook_table(course)), README.name).encode()
    for name in ROOT_FILES:
        path = course.root.parent / name
        if path.is_file():
            yield name, path.read_bytes()
    yield ".gitignore", GITIGNORE.encode()


def _notebook_table(course: Course) -> str:
    """The notebooks, with links that open them in the browser if possible."""
    rows = [["Notebook", "Here"], ["---", "---"], *([n.title, f"[here]({notebook_path(n.name)})"] for n in course.notebooks)]
    if not can_launch(course):
        return "\n".join([*map(_row, rows), "", NO_LAUNCH])
    columns = {"In the browser": "colab", "In the browser, no account": "binder"}
    for title, service in columns.items():
        links = (f"[{service.capitalize()}]({launch_url(course, service, n.name)})" for n in course.notebooks)
        for row, cell in zip(rows, [title, "---", *links], strict=True):
            row.append(cell)
    return "\n".join(map(_row, rows))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _binder(course: Course) -> Iterator[tuple[str, bytes]]:
    """What Binder installs: the dependencies that the student package names, so that they are listed in one place."""
    project = tomllib.loads(read_text(course, course.root / "pyproject.toml", "the student package needs it"))["project"]
    optional: dict[str, list[str]] = project.get("optional-dependencies", {})
    wanted = sorted({*project["dependencies"], *(r for group in optional.values() for r in group), "cython>=3.0"})
    yield "binder/requirements.txt", ("\n".join(wanted) + "\n").encode()
    yield "binder/postBuild", POST_BUILD.encode()


def _book(course: Course) -> Iterator[tuple[str, bytes]]:
    """The pages that ``_toc.yml`` lists and the data that they show; other pages stay private."""
    base = course.root.parent
    toc_file = base / "_toc.yml"
    if not toc_file.is_file():
        return
    toc: Any = yaml.safe_load(toc_file.read_text(encoding="utf-8"))
    yield "_toc.yml", toc_file.read_bytes()
    yield "_config.yml", (CONFIG_HEAD + yaml.safe_dump(book_settings(course), sort_keys=False, allow_unicode=True)).encode()
    notebooks = {notebook_path(n.name).removesuffix(".ipynb") for n in course.notebooks}
    for page in toc_pages(toc):
        if page not in notebooks:
            yield f"{page}.md", read_text(course, base / f"{page}.md", "write the page, or take it out of _toc.yml").encode()
    for path in sorted((base / "book").rglob("*")):
        private = any(part.startswith((".", "_build", "__")) for part in path.relative_to(base).parts)
        if path.is_file() and not path.is_symlink() and path.suffix in BOOK_DATA and not private:
            yield path.relative_to(base).as_posix(), path.read_bytes()


def toc_pages(toc: Any) -> list[str]:
    """The pages of a table of contents, in order, without their suffix."""
    if isinstance(toc, list):
        return [page for item in toc for page in toc_pages(item)]
    if not isinstance(toc, dict):
        return []
    own = [str(toc[key]).removesuffix(".md").removesuffix(".ipynb") for key in ("root", "file") if key in toc]
    return own + [page for key in ("parts", "chapters", "sections", "subtrees", "entries") if key in toc for page in toc_pages(toc[key])]


def _refuse_broken(course: Course, files: dict[str, bytes]) -> None:
    broken = broken_addresses(course, files)
    if broken:
        raise GeneratorError("public tree", "addresses lead nowhere:\n  " + "\n  ".join(broken[:20]) + "\n", "correct them or add the file")


def _refuse_leaks(course: Course, files: dict[str, bytes]) -> None:
    secrets = secret_lines(course)
    leaks = [leak for name, content in files.items() for leak in find_leaks_in_bytes(content, name, secrets)]
    if leaks:
        lines = "\n  ".join(map(str, leaks[:20]))
        raise GeneratorError(
            "public tree",
            f"it would show what must not be published:\n  {lines}\n",
            "take the lines out, or word one of the two differently",
        )
