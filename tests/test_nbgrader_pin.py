"""Is nbgrader the version whose internals we know? Its public API is small, so much of our code relies on internals."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import re
import tomllib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

# A part of nbgrader | digest of its source | the word by which our modules that use it are found | what they rely on.
# After a change of nbgrader, compare the new source with the last column, correct our modules, and then enter the new digest here.
INSIDE = (
    ("api:Gradebook.__init__", "c60c420276e8", r"\.db\.flush|database\.flush", "one session, `db`, whose `commit` we replace by `flush`"),
    (
        "api:Gradebook.add_assignment",
        "7d79dc8f3133",
        r"add_assignment",
        "takes a deadline as the keyword duedate; we read a text before it does",
    ),
    (
        "api:Gradebook.update_or_create_assignment",
        "1f4ef3ba3f23",
        r"update_or_create_assignment",
        "takes a deadline as the keyword duedate; we read a text before it does",
    ),
    ("api:Gradebook.update_or_create_student", "edf7450e8d6f", r"update_or_create_student", "commits, and rolls back with InvalidEntry"),
    (
        "api:Gradebook.update_or_create_submission",
        "abee451ffde6",
        r"update_or_create_submission",
        "makes the rows of all notebooks, grades and comments",
    ),
    ("api:Grade", "f85ab7c6de38", r"\bGrade\b", "columns auto_score, manual_score, needs_manual_grade; notebook_id gets an index"),
    ("api:Comment", "6b2f5f0d1ffc", r"\bComment\b", "column notebook_id gets an index; a check gets a row of its own"),
    (
        "api:SubmittedAssignment",
        "636916693ec8",
        r"submitted_assignment",
        "columns student_id, timestamp and extension, an interval kept as the time that it is after 1970 began, read with sqlite",
    ),
    ("api:Student", "9d2c571c1a8e", r"FROM student\b", "its id is the key; a submission has it as well"),
    (
        "api:SubmittedNotebook",
        "1997589e2e93",
        r"SubmittedNotebook\b",
        "columns late_submission_penalty, score; assignment_id gets an index",
    ),
    ("api:SourceCell", "8303ba8ebf53", r"source_cells", "columns name, cell_type, locked, source, checksum, held as plain data"),
    ("apps.api:NbGraderAPI.__init__", "caab691ef7f1", r"NbGraderAPI", "what it sets up: coursedir, authenticator, exchange"),
    (
        "converters.base:BaseConverter",
        "5dfd13ac311f",
        r"Autograde\b",
        "init_notebooks and _format_source are extended, hooks and permissions read",
    ),
    (
        "converters:Autograde",
        "8ed4b2293357",
        r"Autograde\b",
        "the short way into the gradebook does what this class does, in another order",
    ),
    ("converters:GenerateAssignment", "1ab21c363d3c", r"GenerateAssignment", "its list of preprocessors, which the configuration replaces"),
    (
        "converters:GenerateFeedback",
        "8b8c318191df",
        r"GenerateFeedback",
        "its exporter and its list of preprocessors, which the configuration replaces",
    ),
    (
        "exchange.default:ExchangeCollect",
        "7713aa2d4fe5",
        r"ExchangeCollect",
        "_path_to_record and copy_files are replaced; inbound_path, duedate and the options of init_src are read",
    ),
    (
        "preprocessors:AssignLatePenalties",
        "e81c2a65e3cc",
        r"_check_late_penalty",
        "plugin_inst and _check_late_penalty are called; preprocess is not",
    ),
    ("preprocessors:LimitOutput", "aeb1c9d7980f", r"LimitOutput", "preprocess_cell is called alone"),
    (
        "preprocessors:OverwriteCells",
        "0b4a9da60191",
        r"OverwriteCells",
        "preprocess_cell is called alone, with rows of our own as its gradebook",
    ),
    ("preprocessors:GetGrades", "8a8a0b0dcb85", r"GetGrades\b", "what it puts into cells and resources; ours puts the same there"),
    (
        "preprocessors:SaveAutoGrades",
        "7b0810cdd993",
        r"SaveAutoGrades",
        "preprocess_cell is called alone, and preprocess replaced by one transaction",
    ),
    ("utils:find_all_files", "678f0fdf27e5", r"find_all_files", "which files of a submission are copied; our walk follows the same rule"),
    ("utils:temp_attrs", "a9d1967253b1", r"temp_attrs", "how the converter is told of one submission"),
    ("preprocessors:CheckCellMetadata", "d08adccb7273", r"CheckCellMetadata", "preprocess is called with a notebook in memory"),
    ("preprocessors:OverwriteKernelspec", "0618604a4e46", r"OverwriteKernelspec", "its rule is copied: the released notebook's kernel"),
)


def source_of(name: str) -> str:
    module, _, path = name.partition(":")
    found = importlib.import_module(f"nbgrader.{module}")
    for part in path.split("."):
        found = getattr(found, part)
    return inspect.getsource(found)


def digest_of(name: str) -> str:
    return hashlib.sha256(source_of(name).encode()).hexdigest()[:12]


@cache
def sources() -> dict[str, str]:
    """Return all our modules that use nbgrader."""
    files = sorted((REPOSITORY / "autograder").rglob("*.py"))
    texts = {path.relative_to(REPOSITORY).as_posix(): path.read_text(encoding="utf-8") for path in files}
    return {name: text for name, text in texts.items() if "nbgrader" in text}


def users_of(word: str) -> list[str]:
    return [name for name, text in sources().items() if re.search(word, text)]


@pytest.mark.parametrize(("name", "known", "word", "relied_on"), INSIDE, ids=[row[0] for row in INSIDE])
def test_the_inside_of_nbgrader_is_the_one_we_know(name: str, known: str, word: str, relied_on: str) -> None:
    """Is the source that our modules rely on unchanged, and does a module still rely on it?"""
    users = users_of(word)
    assert users, f"nothing of ours matches {word!r} any more: remove the row of nbgrader.{name}, or correct its word"
    try:
        now = digest_of(name)
    except (ImportError, AttributeError) as error:
        now = f"gone ({error})"
    assert now == known, (
        f"nbgrader.{name} has changed. We rely on this: {relied_on}. Look again at {', '.join(users)}; "
        f"then put its digest, {now!r}, in place of {known!r}"
    )


def test_nbgrader_is_pinned_exactly() -> None:
    """Do the project's range, the lock and the installed package agree on one version of nbgrader?"""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (pin,) = [text for text in project["dependencies"] if text.startswith("nbgrader")]
    lock = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8")
    everything = sorted({user for row in INSIDE for user in users_of(row[2])})
    message = f"nbgrader is another one: run this file's tests, then the class cycle's, and look again at {', '.join(everything)}"
    assert pin == f"nbgrader=={version('nbgrader')}", message
    assert f"\n{pin}\n" in lock, "pyproject.toml and constraints.txt differ: run `make lock`"
