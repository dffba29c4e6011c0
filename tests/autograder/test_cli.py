"""Does the list of commands fit on a screen, in the order of a week, and does every command explain its use?"""

from __future__ import annotations

import pkgutil
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from autograder import commands
from autograder.cli import AUTHORS, SECTIONS, main

NAMES = sorted(module.name for module in pkgutil.iter_modules(commands.__path__) if not module.name.startswith("_"))
OF_AUTHORS = sorted(name for section in AUTHORS.values() for name in section)
SCREEN_LINES, SCREEN_COLUMNS = 40, 80


def run(*words: str) -> tuple[int, str]:
    """Return exit status and output, on a terminal of 80 columns."""
    done = CliRunner().invoke(main, list(words), prog_name="autograder", terminal_width=SCREEN_COLUMNS)
    return done.exit_code, done.output


def command_named(name: str) -> click.Command:
    """The command as `autograder` finds it."""
    command = main.get_command(click.Context(main), name)
    assert command is not None, name
    return command


def test_every_command_is_listed_once() -> None:
    """Is each command module in one of the lists, and each entry a module?"""
    listed = [name for sections in (SECTIONS, AUTHORS) for section in sections.values() for name in section]
    assert sorted(listed) == NAMES


@pytest.mark.parametrize("words", [("--help",), ("dev", "--help")])
def test_list_fits_a_screen(words: tuple[str, ...]) -> None:
    """Is the list of commands no longer and no wider than a terminal, one line for each command?"""
    status, output = run(*words)
    assert status == 0
    lines = output.splitlines()
    assert len(lines) <= SCREEN_LINES
    assert max(map(len, lines)) <= SCREEN_COLUMNS
    sections = AUTHORS if words[0] == "dev" else SECTIONS
    for heading, section in sections.items():
        assert f"{heading}:" in lines
        assert all(re.search(rf"^  {name} +{re.escape(text)}$", output, re.MULTILINE) for name, text in section.items())


def test_week_is_in_order() -> None:
    """Do the commands of a week come first, in the order in which they are used?"""
    output = run("--help")[1]
    places = [
        output.index(f"\n  {name} ")
        for name in ("status", "release", "collect", "grade", "feedback", "export", "student", "check", "report", "doctor", "dev")
    ]
    assert places == sorted(places)
    assert not re.search(r"^  (generate|audit|assemble) ", output, re.MULTILINE)


def test_help_imports_nothing_large() -> None:
    """Is the list printed without importing numpy, nbgrader and rich, which take a second or more?"""
    program = (
        "import sys; from autograder.cli import main\n"
        "try:\n    main(['--help'])\nfinally:\n"
        "    print(sorted({'numpy', 'nbgrader', 'rich', 'jinja2', 'nbformat', 'autograder.manifest'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Each week" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", OF_AUTHORS)
def test_old_spelling_is_the_same_command(name: str) -> None:
    """Do `autograder NAME` and `autograder dev NAME` run the same?"""
    group = main.get_command(click.Context(main), "dev")
    assert isinstance(group, click.Group)
    assert group.get_command(click.Context(group), name) is command_named(name)


@pytest.mark.parametrize("name", NAMES)
def test_help_has_an_example_that_parses(name: str) -> None:
    """Does each command show an example with valid options, and say what its exit statuses mean?"""
    words = ("dev", name) if name in OF_AUTHORS else (name,)
    status, output = run(*words, "--help")
    assert status == 0
    assert max(map(len, output.splitlines())) <= SCREEN_COLUMNS
    assert re.search(r"Exit status: 0 ", output)
    examples = re.findall(rf"^ +autograder {' '.join(words)}(?: (.*))?$", output.partition("Example")[2], re.MULTILINE)
    assert examples
    command = command_named(name)
    for example in examples:
        # Parsed, not processed: files that an example names are not there.
        arguments, called = shlex.split(example), command
        if isinstance(command, click.Group):
            found = command.get_command(click.Context(command), arguments.pop(0))
            assert found is not None, example
            called = found
        parser = called.make_parser(click.Context(called))
        options, left, _ = parser.parse_args(args=arguments)
        assert not left
        assert None not in options


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["relase"], "`autograder release`"),
        (["feedbak"], "`autograder feedback`"),
        (["generat"], "`autograder dev generate`"),
        (["dev", "recrod"], "`autograder dev record`"),
    ],
)
def test_unknown_command_names_the_nearest(words: list[str], near: str) -> None:
    """Does a misspelt command count as misuse, with the intended one named?"""
    status, output = run(*words)
    assert status == 2
    assert f"Did you mean {near}?" in output


def test_command_like_no_other_points_to_the_list() -> None:
    """Does the message about an entirely unknown word say where the commands are listed?"""
    status, output = run("xyzzy")
    assert status == 2
    assert "`autograder --help`" in output
    assert "Did you mean" not in output


@pytest.mark.parametrize("name", ["collect", "grade", "feedback", "export", "report"])
def test_missing_workspace_is_misuse(name: str, tmp_path: Path) -> None:
    """Does a command that needs a workspace name the command that makes one, without making one itself?"""
    status, output = run(name, "--workspace", str(tmp_path / "none"))
    assert status == 2
    assert not (tmp_path / "none").exists()
    assert "`autograder release` makes it" in " ".join(output.split())


def test_every_option_is_explained() -> None:
    """Does every option have a sentence that says what it does?"""
    silent = [
        f"{name} {option.opts[0]}"
        for name in NAMES
        for option in command_named(name).params
        if isinstance(option, click.Option) and not (option.help or "").endswith((".", ")"))
    ]
    assert not silent
