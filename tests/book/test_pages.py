"""Do the pages have the shapes, alternative texts, solutions and sources that the book promises?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from autograder.book_sections import anchors
from autograder.generate.equations import labels
from autograder.generate.public import toc_pages
from autograder.generate.speed import GRADING, LAYERS
from autograder.paths import REPOSITORY

BOOK = REPOSITORY / "book"
TOC = [Path(page).name for page in toc_pages(yaml.safe_load((REPOSITORY / "_toc.yml").read_text(encoding="utf-8"))) if "book/" in page]
CHAPTERS = [name for name in TOC if labels((BOOK / f"{name}.md").read_text(encoding="utf-8")) and name != "what-you-saw"]
GRADES = ["Easy", "Medium", "Hard", "Code"]
PARTS = ["## What can go wrong", "## What the notebook shows", "## Exercises", "## Summary", "## Sources"]


def text_of(page: str) -> str:
    """Return the source of a page."""
    return (BOOK / f"{page}.md").read_text(encoding="utf-8")


def test_every_page_is_in_the_table_of_contents() -> None:
    """Is every page listed exactly once?"""
    assert sorted(TOC) == sorted(path.stem for path in BOOK.glob("*.md"))


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_equation_is_followed_by_its_shapes(page: str) -> None:
    """Does the paragraph below each displayed equation give the shapes of its arrays?"""
    blocks = re.findall(r"^```\{math\}\n:label: (\S+)\n.*?^```\n\n([^\n]*)", text_of(page), re.MULTILINE | re.DOTALL)
    assert [label for label, below in blocks if "*Shapes:*" not in below] == []
    assert len(blocks) == len(labels(text_of(page)))


@pytest.mark.parametrize("page", CHAPTERS)
def test_chapters_have_the_same_structure(page: str) -> None:
    """Does each chapter begin with its question and its idea, and end with the same parts in the same order?"""
    text = text_of(page)
    found = [text.index("**The question.**"), text.index("**The idea.**"), *(text.index(part) for part in PARTS)]
    assert found == sorted(found)


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_exercise_has_a_folded_solution(page: str) -> None:
    """Are exercises and solutions pairs, and is each solution folded?"""
    text = text_of(page)
    exercises = re.findall(r"^`{3,4}\{exercise\}.*\n:label: (\S+)", text, re.MULTILINE)
    solutions = re.findall(r"^`{3,4}\{solution\} (\S+)\n:class: dropdown", text, re.MULTILINE)
    assert exercises
    assert exercises == solutions


@pytest.mark.parametrize("page", CHAPTERS)
def test_exercises_are_graded(page: str) -> None:
    """Does a chapter have five exercises or more, from easy to hard, and one in code at the end?"""
    grades = re.findall(r"^`{3,4}\{exercise\} (\w+)$", text_of(page), re.MULTILINE)
    assert len(grades) >= 5
    assert grades.index("Code") == len(grades) - 1
    places = [GRADES.index(grade) for grade in grades]
    assert places == sorted(places)
    assert len(set(places)) >= 3


@pytest.mark.parametrize("page", TOC)
def test_every_figure_has_a_script_and_an_alternative_text(page: str) -> None:
    """Does each figure have a script or come from `make generate`, and does it have a description and a name?"""
    figures = re.findall(r"^```\{figure\} (\S+)\n((?::.*\n)*)", text_of(page), re.MULTILINE)
    for path, options in figures:
        bare = (BOOK / path).with_suffix("")
        script = bare / "data.py" if path.startswith("interactive/") else bare.with_suffix(".py")
        assert script.is_file() or f"book/{path}" in (LAYERS, GRADING), path
        alternative = re.search(r"^:alt: (.+)$", options, re.MULTILINE)
        assert alternative, path
        assert len(alternative.group(1)) > 60, path
        assert re.search(r"^:name: (fig|play)-", options, re.MULTILINE), path


def test_every_script_draws_a_figure_of_a_page() -> None:
    """Is the figure of every script on a page?"""
    text = "".join(text_of(page) for page in TOC)
    assert [p.name for p in (BOOK / "figures").glob("[!_]*.py") if f"figures/{p.stem}.svg" not in text] == []


def test_every_recorded_result_is_shown() -> None:
    """Is each recorded table on a page, and does each table on a page exist?"""
    shown = [name for page in TOC for name in re.findall(r"recorded/([\w-]+)\.txt", text_of(page))]
    assert sorted(shown) == sorted(path.stem for path in (BOOK / "recorded").glob("*.txt"))


def _sources() -> list[tuple[str, str]]:
    """Return the references to the book in docstrings of the package and the reference: file, and page with anchor."""
    found = []
    for folder in ("src", "solutions"):
        for path in sorted((REPOSITORY / "course" / folder / "coursenn").rglob("*")):
            if path.suffix in (".py", ".pyx", ".h"):
                for listed in re.findall(
                    r"\bbook: ([a-z][\w-]*(?:#[\w-]+)?(?:, [a-z][\w-]*(?:#[\w-]+)?)*)", path.read_text(encoding="utf-8")
                ):
                    found += [(f"{folder}/{path.name}", place) for place in listed.split(", ")]
    return found


def test_every_source_in_a_docstring_exists_in_the_book() -> None:
    """Does each `book: page#anchor` of the code name a page of the book and a heading on it?"""
    sources = _sources()
    assert len(sources) > 60
    missing = []
    for file, place in sources:
        page, _, anchor = place.partition("#")
        if page not in TOC or (anchor and anchor not in anchors(text_of(page))):
            missing.append(f"{file}: {place}")
    assert missing == []


def test_every_citation_has_an_entry() -> None:
    """Does each citation have an entry, and does each entry say where to find the source?"""
    bibliography = (BOOK / "references.bib").read_text(encoding="utf-8")
    entries = dict(re.findall(r"^@\w+\{(\w+),\n(.*?)^\}", bibliography, re.MULTILINE | re.DOTALL))
    cited = {key for page in TOC for keys in re.findall(r"\{cite:[pt]\}`([^`]+)`", text_of(page)) for key in keys.split(",")}
    assert cited <= set(entries)
    for key, entry in entries.items():
        assert re.search(r"^  (doi|eprint|booktitle|journal|publisher|institution|howpublished) = ", entry, re.MULTILINE), key
        assert not re.search(r"^  doi = \{https?:", entry, re.MULTILINE), key


@pytest.mark.parametrize("page", [*CHAPTERS, "what-you-saw"])
def test_numbers_or_a_figure_come_before_the_first_equation(page: str) -> None:
    """Is there an example in numbers, or a figure, before the first formula of a chapter?"""
    before = text_of(page).partition("```{math}")[0].partition("# ")[2]
    numbers = re.findall(r"(?<![\w{.])\d[\d,]*(?:\.\d+)?(?![\w}])", re.sub(r"`[^`]*`|\]\([^)]*\)", "", before))
    assert len(numbers) >= 2 or "```{figure}" in before


# Phrases that read as if translated, besides those that `tests/test_words.py` looks for everywhere.
NOT_ENGLISH = [
    r"\bstands? (?:in|here|behind|outside|inside|under|between|before|alone)\b",
    r"\b(?:is|are) at home\b",
    r"\bnowhere falls\b",
    r"\bsome thousand\b",
    r"\bletter in small\b",
    r"\b(?:with|from|of|by) \w+ alone\b",
]


@pytest.mark.parametrize("page", TOC)
def test_pages_are_in_plain_english(page: str) -> None:
    """Is a page free of phrases that readers have found hard to understand?"""
    prose = re.sub(r"^```\{math\}.*?^```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    assert [found for phrase in NOT_ENGLISH for found in re.findall(phrase, prose)] == []
