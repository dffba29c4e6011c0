"""Are the papers correct? Links, paths, commands, options and examples are compared with the tree."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from autograder.cli import AUTHORS, SECTIONS, main
from autograder.collect.people import KnownPeople, Person
from autograder.collect.systems.pattern import system_of_pattern
from autograder.collect.systems.registry import recognise
from autograder.collect.systems.shape import Download
from autograder.engine.catalogue import checks_of
from autograder.engine.grade import grade_submission
from autograder.generate.everything import build
from autograder.generate.notebooks import build_notebook, notebook_text
from autograder.generate.tree import write
from autograder.manifest import Course, load_course
from autograder.verdicts import Verdict
from tests.papers import FENCE, PAPERS, SPAN, blocks, code, text
from tests.recipes import edits, section_with

REPOSITORY = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?<![\w/.-])autograder (?:dev )?([a-z]+)([^|;)]*)")
TARGET = re.compile(r"(?<![\w/-])make ([a-z][a-z0-9-]*)")
MODULE = re.compile(r"python -m (coursenn\.\w+|autograder(?:\.\w+)+)([^|;)]*)")
STUDENTS = re.compile(r"python -m coursenn ([a-z]+)([^|;)]*)")
BARE_PYTHON = re.compile(r"(?<![\w./-])python(?= )")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
# Files that commands make, or examples of files that a reader makes.
NOT_IN_THE_TREE = ("build", "workspace", ".venv", "activations", "models", "coursenn-public", "W", "DEST")
TOP = {path.name for path in REPOSITORY.iterdir()}


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to headings."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def options_of(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts} | {"--help"}


def verb(name: str) -> click.Command | None:
    assert isinstance(main, click.Group)
    return main.get_command(click.Context(main), name)


@pytest.mark.parametrize("paper", PAPERS)
def test_links_lead_somewhere(paper: str) -> None:
    """Does each relative link name an existing file, and each anchor one of its headings?"""
    lost = []
    for link in LINK.findall(FENCE.sub("", text(paper))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        path = (REPOSITORY / paper).parent / name if name else REPOSITORY / paper
        if not path.exists() or (anchor and anchor not in anchors(path)):
            lost.append(link)
    assert not lost


@pytest.mark.parametrize("paper", PAPERS)
def test_paths_exist(paper: str) -> None:
    """Is each path in code a file or folder of the tree?"""
    lost = []
    for span in SPAN.findall(FENCE.sub("", text(paper))):
        name = span.rstrip("/")
        first = name.split("/")[0]
        if not re.fullmatch(r"[\w.*/-]+", name) or first in NOT_IN_THE_TREE or first.startswith((".venv", "before-", "-")):
            continue
        if first == "coursenn" and name != "coursenn":
            base = REPOSITORY / "course" / "src"
        elif first in TOP and (first in {"course", "autograder", "book", "tests", ".ci"} or "." in first):
            base = REPOSITORY
        else:
            continue
        # Notebooks are found by their sources, so that the test can be run before `make generate`.
        pattern = re.sub(r"course/notebooks/(.+)\.ipynb$", r"course/solutions/notebooks/\1.py", name)
        if not list(base.glob(pattern)):
            lost.append(name)
    assert not lost


@pytest.mark.parametrize("paper", PAPERS)
def test_verbs_and_options_exist(paper: str) -> None:
    """Is each `autograder VERB` a command, and each option after it one of its options?"""
    lost = []
    for line in code(paper):
        for name, rest in COMMAND.findall(line):
            command = verb(name)
            if isinstance(command, click.Group) and (words := rest.split()) and not words[0].startswith("-"):
                name, command = f"{name} {words[0]}", command.get_command(click.Context(command), words[0])
            if command is None:
                lost.append(f"autograder {name}")
            else:
                lost += [f"autograder {name} {option}" for option in OPTION.findall(rest) if option not in options_of(command)]
    assert not lost


def test_every_verb_is_explained() -> None:
    """Is every command described for instructors or contributors?"""
    explained = {name for paper in PAPERS for line in code(paper) for name, _ in COMMAND.findall(line)}
    explained |= {name for paper in PAPERS for line in code(paper) for name in TARGET.findall(line)}
    assert {name for sections in (SECTIONS, AUTHORS) for section in sections.values() for name in section} <= explained


@pytest.mark.parametrize("paper", PAPERS)
def test_targets_exist(paper: str) -> None:
    """Is each `make TARGET` a target of the Makefile?"""
    known = set(re.findall(r"^([a-z][a-z0-9-]*):", text("Makefile"), re.MULTILINE))
    named = {name for line in code(paper) for name in TARGET.findall(line)}
    assert named <= known


@pytest.mark.parametrize("paper", PAPERS)
def test_modules_and_their_options_exist(paper: str) -> None:
    """Does each `python -m coursenn.X` exist, with the verb and the options after it?"""
    for line in code(paper):
        for name, rest in MODULE.findall(line):
            words = [w for w in rest.split()[:1] if re.fullmatch(r"[a-z]+", w)]
            known = help_of(name, tuple(words))
            assert not [option for option in OPTION.findall(rest) if option not in known], line


@pytest.mark.parametrize("paper", [*PAPERS, "autograder/generate/public_readme.md"])
def test_commands_of_students_exist(paper: str) -> None:
    """Is each `python -m coursenn VERB` a command, and each option after it one of its options?"""
    from coursenn.__main__ import COMMANDS
    from coursenn.__main__ import main as students

    for line in code(paper):
        for name, rest in STUDENTS.findall(line.replace("{{course:name}}", "coursenn")):
            assert name in COMMANDS, line
            shown = io.StringIO()
            with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
                students([name, "--help"])
            assert not [option for option in OPTION.findall(rest) if option not in shown.getvalue()], line


def before_activation(whole: str) -> list[str]:
    """Return the commands with `python` before one that activates an environment."""
    found = []
    for code_of in re.finditer(rf"{FENCE.pattern}|{SPAN.pattern}", whole, FENCE.flags):
        language, block, span = code_of.groups()
        if language not in (None, "", "sh"):
            continue
        for line in (block if span is None else " ".join(span.split())).splitlines():
            if re.search(r"\bactivate\b", line):
                return found
            if BARE_PYTHON.search(line):
                found.append(line)
    return found


@pytest.mark.parametrize("paper", [*PAPERS, "autograder/generate/public_readme.md"])
def test_python_is_python3_until_an_environment_is_active(paper: str) -> None:
    """Does no command use `python`, which many systems lack, outside an environment?"""
    assert not before_activation(text(paper))


@pytest.mark.parametrize(
    ("paper", "found"),
    [
        ("Run `python -m venv .venv` first.", ["python -m venv .venv"]),
        ("```sh\nmake setup\npython -m x\n```\n", ["python -m x"]),
        ("```sh\n. .venv/bin/activate\npython -m x\n```\nThen `python -m y`.", []),
        ("`python3 -m x`, `.venv/bin/python -m x`\n```python\npython = 1\n```\n", []),
    ],
)
def test_a_python_that_may_be_missing_is_found(paper: str, found: list[str]) -> None:
    """Does the test above find one in a sentence and in a block?"""
    assert before_activation(paper) == found


@cache
def help_of(module: str, words: tuple[str, ...]) -> str:
    """Return the output of ``python -m MODULE WORDS --help``."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as end:
        importlib.import_module(module).main([*words, "--help"])
    assert end.value.code == 0, f"{module} {words}"
    return out.getvalue()


@pytest.mark.parametrize("paper", PAPERS)
def test_examples_are_well_formed(paper: str) -> None:
    """Does each block of Python compile and each block of TOML parse?"""
    for block in blocks(paper, "python"):
        compile(re.sub(r"\{\{[^}]*\}\}", "0", block), paper, "exec")
    for block in blocks(paper, "toml"):
        tomllib.loads(block)


def table_below(paper: str, heading: str) -> Iterator[list[str]]:
    """Return the rows of the tables in a section, cell by cell."""
    section = text(paper).split(heading, 1)[1].split("\n## ", 1)[0]
    for line in section.splitlines():
        if line.startswith("| ") and not line.startswith("|-"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def test_names_of_downloads_are_understood() -> None:
    """Is each name in the table of LMS names read as that system's and that student's?"""
    known = KnownPeople([Person("jdoe", "Jane", "Doe", lms_user_id="4711")], complete=True)
    metadata = "submission_9001:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '4711'\n"
    rows = list(table_below("INSTRUCTOR.md", "## 4. Collect"))[1:]
    assert len(rows) >= 9
    for row in rows:
        for name in SPAN.findall(row[1]):
            names = (name, name.replace("submission_9001/layers.py", "submission_metadata.yml"))
            recognised = recognise(Download("download.zip", tuple(dict.fromkeys(names)), known, lambda _name: metadata))
            [reading] = recognised.read(name)
            assert known.find(reading.people[0]).students == ("jdoe",), name
            assert row[0] in (recognised.systems[0].title, "anything")


def test_pattern_of_the_example_fits_its_name() -> None:
    """Does the regular expression shown match the name above it?"""
    name, pattern = re.search(r"For `([^`]+)`:.*?--pattern '([^']+)'", text("INSTRUCTOR.md"), re.DOTALL).groups()  # type: ignore[union-attr]
    download = Download("download.zip", (name,), KnownPeople([], complete=False), lambda _name: "")
    [reading] = recognise(download, system_of_pattern(pattern)).read(name)
    assert (reading.people[0].who, reading.file) == ("jdoe", "work.zip")


def test_every_verdict_is_explained() -> None:
    """Does the table of verdicts list exactly the existing ones?"""
    rows = list(table_below("INSTRUCTOR.md", "## 6. What the verdicts mean"))[1:]
    assert {name for row in rows for name in SPAN.findall(row[0])} == set(Verdict)


def test_fifth_notebook_of_the_text_works(course: Course, tmp_path: Path) -> None:
    """Does the example in INSTRUCTOR.md work unchanged, from the manifest to full marks for its reference?"""
    left_behind = shutil.ignore_patterns("*.so", "__pycache__", "build", ".mypy_cache", "*.egg-info")
    shutil.copytree(course.root, tmp_path / "course", ignore=left_behind)
    files = edits(section_with("INSTRUCTOR.md", "`activations/course.toml`"))
    assert len(files) == 6
    for file in files:
        file.apply(tmp_path)
    lines, assignment = next(b for b in blocks("INSTRUCTOR.md", "toml") if b.startswith("extras")).split("\n", 1)
    manifest = tmp_path / "course" / "course.toml"
    whole = manifest.read_text(encoding="utf-8").replace("extras = []", lines)
    manifest.write_text(whole + assignment, encoding="utf-8")

    extended = load_course(manifest)
    for plan in build(extended, ("stubs", "tasks")):
        write(plan)
    assert "[[-0.2, 3.0]]" in notebook_text(build_notebook(extended, "Activations"))
    assert "Task leaky-relu (notebook Activations)" in extended.stub("activations.py").read_text(encoding="utf-8")
    assert len(checks_of(extended, extended.task("leaky-relu"))) == 2
    for submission, score in ((tmp_path / "activations" / "solutions", 2.0), (tmp_path / "activations" / "src", 0.0)):
        result = grade_submission(submission, extended, "activations", 7, unsafe_no_sandbox=True)
        assert (result.score, result.max_score) == (score, 2.0), result.tasks


def test_the_first_page_of_instructors_fits_a_screen() -> None:
    """Does the page on the term have at most 40 lines before its first section, and a link to every section?"""
    whole = text("INSTRUCTOR.md")
    first, _, rest = whole.partition("\n## ")
    assert len(first.splitlines()) <= 40
    numbers = re.findall(r"^## (\d+)\. ", f"## {rest}", re.MULTILINE)
    assert numbers == [str(n + 1) for n in range(len(numbers))]
    assert [n for n in numbers if f"(#{n}-" not in first] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_accepts_the_service(tmp_path: Path) -> None:
    """Does systemd read the unit in the text without a warning, and do its paths exist?"""
    (unit,) = blocks("INSTRUCTOR.md", "ini")
    (program,) = re.findall(r"^ExecStart=(\S+)", unit, re.MULTILINE)
    mine = unit.replace(program, sys.executable).replace("/srv/coursenn", str(tmp_path))
    (tmp_path / "coursenn-serve.service").write_text(re.sub(r"^User=.*\n", "", mine, flags=re.MULTILINE))
    done = subprocess.run(["systemd-analyze", "verify", "coursenn-serve.service"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
