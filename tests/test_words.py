"""Are our texts free of the phrases that the style sheet rejects, as far as a program can recognise them?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.paths import REPOSITORY

READ = (".py", ".toml", ".md", ".js", ".html", ".css", ".j2", ".pyx", ".h")
FOLDERS = ("autograder", "course", "book", "benchmarks", "tests", ".ci", ".github")
LEFT_OUT = {
    "node_modules",
    "_build",
    "build",
    "notebooks",
    "submissions",
    "by_hand",
    "judged",
    "styles",
    "wrong",
    "recorded",
    "__pycache__",
}
"""Not examined: texts of students, generated ones and those of others. Sources of notebooks are examined."""
QUOTING = {"STYLE.md", "tests/test_words.py", "tests/book/test_pages.py"}
"""These name the phrases."""

NEVER = {
    r"\bno editable file\b": "X is no editable file",
    r"\blean(?:s|ing)? on (?:[a-z_]+, )": "may not lean on fast_layers, which is absent",
    r"\bwhich is absent (?:during|while)\b": "which is absent during its check",
    r"\btoo many processes\b": "started too many processes",
    r"\b[Aa]n entering\b": "an entering that was cut short",
    r"\b[Ll]ook(?:s|ed)? how\b": "looks how the output changes",
    r"\bHow many \w+ has\b": "How many weights has it?",
    r"\bnone too\b": "none too good",
    r"\b[Ii]n ordinary weather\b": "In ordinary weather",
    r"\b[Aa]t the end stands?\b": "At the end stand the appendices",
    r"\b[Hh]alf of all mistakes\b": "half of all mistakes",
    r"\b(?:classif(?:y|ies|ied)|named|read|answered)(?: \w+){0,5} rightly\b": "classified rightly",
    r"\b(?:version|number|text|table|line|name)s? stands? in\b": "the version stands in the manifest",
    r"\b(?:layer|ReLU|filters|dropout|feature) behind\b": "the layer behind the ReLU",
    r"\bwhoever \w+(?: \w+)? whatever\b": "whoever hands in whatever",
    r"\b(?:needless to say|it goes without saying)\b": "it goes without saying that",
}
"""Pattern -> a phrase that it must find."""


def sources() -> list[Path]:
    """Return all our texts except those that quote the phrases."""
    notebooks = (REPOSITORY / "course" / "solutions" / "notebooks").glob("*.py")
    found = [
        path for folder in FOLDERS for path in (REPOSITORY / folder).rglob("*") if not LEFT_OUT & set(path.relative_to(REPOSITORY).parts)
    ]
    found += [*notebooks, *REPOSITORY.glob("*.md"), REPOSITORY / "Makefile"]
    return [path for path in sorted(found) if path.suffix in (*READ, "") and path.is_file()]


def test_no_text_uses_a_phrase_that_we_do_not_say() -> None:
    """Is every message, docstring, comment and page free of them?"""
    pattern = re.compile("|".join(NEVER))
    found = []
    for path in sources():
        name = path.relative_to(REPOSITORY).as_posix()
        if name not in QUOTING:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            found += [f"{name}:{number}: {line.strip()[:120]}" for number, line in enumerate(lines, 1) if pattern.search(line)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("pattern", NEVER)
def test_each_phrase_would_be_found(pattern: str) -> None:
    """Does each pattern find its phrase?"""
    assert re.search(pattern, NEVER[pattern])


def test_the_style_sheet_is_one_page_that_people_are_led_to() -> None:
    """Is it short enough to be read, and does CONTRIBUTING lead to it?"""
    assert len((REPOSITORY / "STYLE.md").read_text(encoding="utf-8").splitlines()) <= 65
    assert "(STYLE.md)" in (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
