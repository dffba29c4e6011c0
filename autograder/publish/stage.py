"""Stages the sources of one edition: the pages that ``_toc.yml`` lists, the data that they show, and the edition's own pages."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections.abc import Collection
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import yaml

from autograder.generate.public import BOOK_DATA, toc_pages
from autograder.manifest import Course
from autograder.practice.site import PRACTICE, practice_files
from autograder.publish.editions import Edition, extra_pages
from autograder.publish.notebook_pages import notebook_page
from autograder.publish.settings import site_settings

MATHJAX = "sphinx-mathjax-offline"
MATHJAX_FILES = ("tex-mml-chtml.js", "output/chtml/fonts/")
STATIC = "_site"
"""Folder of a staged tree that is copied into the site unchanged."""
FIRST = ("book/index", "book/notation", "book/conventions", "book/bibliography")
"""The pages that `autograder demo` builds: the cover, two short chapters, and what these cite."""
LINK = re.compile(r"\[(?P<text>[^\[\]]+)\]\((?:\.\./)?(?:[\w-]+/)*(?P<page>[\w-]+)\.(?:md|ipynb)(?:#[\w-]+)?\)")
STILL = re.compile(r"(<noscript><p>[^<]*</p>)<svg.*?</svg>\s*(</noscript>)", re.DOTALL)


def stage(
    course: Course,
    target: Path,
    edition: Edition,
    assignments: Collection[str] = (),
    pyodide: Path | None = None,
    *,
    lite: bool = False,
    first: bool = False,
) -> None:
    """Make ``target`` the source tree of an edition; an unchanged file keeps its time, so that Sphinx does not build its page again.

    Parameters
    ----------
    pyodide : a folder with Python for the browser, which the site then holds itself.
    lite : whether the site will hold the notebooks in JupyterLite, to which its pages then link.
    first : stage only the `FIRST` pages, in which links to the others are plain text.

    Raises
    ------
    FileNotFoundError
        When ``_toc.yml`` lists a page that is not there.
    RuntimeFilesError
        When the folder does not hold the pinned Python.
    """
    base = course.root.parent
    toc = _table_of_contents(base, first)
    parts, pages = extra_pages(course, edition, assignments)
    files = _first_pages(base) if first else _pages(base, toc) | _notebooks(course, toc)
    files |= _data(base) | _interactives(base) | mathjax()
    files |= {f"{STATIC}/{PRACTICE}/{name}": content for name, content in practice_files(course, pyodide).items()}
    toc["parts"] = [*toc.get("parts", []), *parts]
    files |= {f"{name}.md": text.encode() for name, text in pages.items()}
    files["_toc.yml"] = yaml.safe_dump(toc, sort_keys=False).encode()
    files["_config.yml"] = yaml.safe_dump(site_settings(course, edition, lite=lite), sort_keys=False).encode()
    _lay(target, files)


def _table_of_contents(base: Path, first: bool) -> dict[str, Any]:
    toc: dict[str, Any] = yaml.safe_load((base / "_toc.yml").read_text(encoding="utf-8"))
    if first:
        root, *others = FIRST
        toc = {"format": toc["format"], "root": root, "parts": [{"caption": "The first pages", "chapters": [{"file": p} for p in others]}]}
    return toc


def _first_pages(base: Path) -> dict[str, bytes]:
    """The `FIRST` pages; a link to any other page becomes its text."""
    present = {Path(page).name for page in FIRST}

    def without(link: re.Match[str]) -> str:
        return link.group() if link["page"] in present else link["text"]

    texts = {f"{page}.md": (base / f"{page}.md").read_text(encoding="utf-8") for page in FIRST}
    return {name: LINK.sub(without, text).encode() for name, text in texts.items()}


def shown_first(base: Path) -> str:
    """The text of the `FIRST` pages, in which the names of their figures are."""
    return "".join(content.decode() for content in _first_pages(base).values())


def _pages(base: Path, toc: dict[str, Any]) -> dict[str, bytes]:
    files = {}
    for page in toc_pages(toc):
        path = next((p for p in (base / f"{page}.md", base / f"{page}.ipynb") if p.is_file()), None)
        if path is None:
            raise FileNotFoundError(
                f"_toc.yml lists {page}, but there is no {page}.md or {page}.ipynb: write the page or remove it from the list"
            )
        files[path.relative_to(base).as_posix()] = path.read_bytes()
    return files


def _notebooks(course: Course, toc: dict[str, Any]) -> dict[str, bytes]:
    """The notebooks that the table of contents lists, with the reference's results."""
    listed = set(toc_pages(toc))
    names = {f"course/notebooks/{notebook.name}": notebook for notebook in course.notebooks}
    return {f"{name}.ipynb": notebook_page(course, notebook).encode() for name, notebook in names.items() if name in listed}


def _data(base: Path) -> dict[str, bytes]:
    """Figures, still pictures of interactives, and the bibliography."""
    found = (p for p in (base / "book").rglob("*") if p.is_file() and p.suffix in BOOK_DATA - {".html", ".js", ".css"})
    return {p.relative_to(base).as_posix(): p.read_bytes() for p in found if "_build" not in p.parts and not p.name.startswith(".")}


def _interactives(base: Path) -> dict[str, bytes]:
    """The interactive pages, the scripts that embed them in chapters, and the site's own style."""
    folder = base / "book" / "interactive"
    pages = [path for path in folder.glob("*.html") if not path.name.startswith("_")]
    files = {f"{STATIC}/interactive/{p.name}": _lighter(p).encode() for p in pages}
    files |= {f"{STATIC}/interactive/{p.stem}.svg": p.with_suffix(".svg").read_bytes() for p in pages}
    names = ("site.css", "mathematics.js", "previews.css", "previews.js")
    files |= {f"{STATIC}/{name}": Path(__file__).with_name(name).read_bytes() for name in names}
    files[f"{STATIC}/search.js"] = search_script().encode()
    return files | {f"{STATIC}/interactive/{p.name.lstrip('_')}": p.read_bytes() for p in folder.glob("_embed.*")}


def _lighter(page: Path) -> str:
    """An interactive page whose still picture is a file beside it, which only browsers without scripts fetch."""
    picture = rf'\1<img src="{page.stem}.svg" alt="The picture that this page opens with" style="max-width: 100%" />\2'
    return STILL.sub(picture, page.read_text(encoding="utf-8"))


def search_script() -> str:
    """The script of the search page, with the targets of the words in ``synonyms.toml``."""
    places: dict[str, list[str]] = {}
    pages = tomllib.loads(Path(__file__).with_name("synonyms.toml").read_text(encoding="utf-8"))["book"]
    for page, sections in pages.items():
        for anchor, words in sections.items():
            for word in words:
                places.setdefault(re.sub(r"[^a-z0-9]+", "", word.lower()), []).append(f"book/{page}#{anchor}")
    script = Path(__file__).with_name("search.js").read_text(encoding="utf-8")
    return script.replace("{{synonyms}}", json.dumps(places, sort_keys=True))


def mathjax() -> dict[str, bytes]:
    """MathJax and its fonts, from an installed package, so that the book's pages load nothing from another host."""
    files = {}
    for entry in distribution(MATHJAX).files or ():
        _, found, name = entry.as_posix().partition("static/mathjax/")
        if found and name.startswith(MATHJAX_FILES):
            files[f"{STATIC}/mathjax/{name}"] = Path(str(entry.locate())).read_bytes()
    return files


def _lay(target: Path, files: dict[str, bytes]) -> None:
    for path in sorted(target.rglob("*"), reverse=True) if target.is_dir() else ():
        name = path.relative_to(target)
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif path.is_file() and name.as_posix() not in files and name.parts[0] != "_build":
            path.unlink()
    for text, content in files.items():
        path = target / text
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def forget(target: Path) -> None:
    """Remove a staged tree and what was built from it."""
    shutil.rmtree(target, ignore_errors=True)
