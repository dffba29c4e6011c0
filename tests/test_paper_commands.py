"""Does each command in a paper work? Every line of shell is run here, or parsed by the program that it calls."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.demo.play import bulk_download, pack_for_upload, work
from autograder.demo.sample_class import Student
from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.sandbox import sandbox
from coursenn.__main__ import COMMANDS
from tests.autograder.outgoing import lms_files
from tests.papers import FENCE, PAPERS, shell_commands, text

IN_NOTEBOOKS = "course/pyproject.toml"
"""The packages that students install, besides Jupyter."""


def complaint(words: list[str], command: click.Command = main, name: str = "autograder") -> str:
    """Return the error of a command for a call without running it; files that only the reader has may be missing."""
    context: click.Context | None = None
    while isinstance(command, click.Group):
        context = click.Context(command, info_name=name, parent=context)
        name, *words = words or [""]
        found = command.get_command(context, name)
        if found is None:
            return f"there is no command {name!r}"
        command = found
    try:
        command.make_context(name, list(words), parent=context).close()
    except click.BadParameter as error:
        return "" if "does not exist" in error.format_message() else error.format_message()
    except click.UsageError as error:
        return error.format_message()
    except click.exceptions.Exit:
        pass
    return ""


def autograder(words: list[str], folder: Path) -> str:
    """Check the arguments of an `autograder` command."""
    return complaint(words)


def make(words: list[str], folder: Path) -> str:
    """Check the targets and the variables of a `make` call."""
    whole = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", whole, re.MULTILINE))
    read = set(re.findall(r"\$\((?:if \$\()?(\w+)", whole))
    unknown = [word for word in words if (word.partition("=")[0] not in read if "=" in word else word not in targets)]
    return f"the Makefile does not have {', '.join(unknown)}" if unknown else ""


def python(words: list[str], folder: Path) -> str:
    """Run a student command or venv, or let pip parse its call."""
    assert words[0] == "-m", words
    module, *rest = words[1:]
    if module == "coursenn":
        return "" if _status_of_student(rest, folder) in (0, 1, 2) else "its parser refuses the call"
    if module == "pip":
        return _pip(rest)
    if module == "venv":
        done = subprocess.run([sys.executable, "-m", "venv", "--without-pip", *rest], cwd=folder, capture_output=True, text=True)
        return done.stderr if done.returncode or not (folder / rest[-1] / "bin" / "activate").is_file() else ""
    return f"no test for python -m {module}"


def _status_of_student(words: list[str], folder: Path) -> int:
    """Return the exit status of a student command, or 3 if there is no such command or its parser refuses the call."""
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        return 3
    run = "import sys; from coursenn.__main__ import main\ntry: end = main(sys.argv[1:])\nexcept SystemExit: end = 3\nsys.exit(end)"
    return subprocess.run([sys.executable, "-c", run, *words], cwd=folder, capture_output=True).returncode


def _pip(words: list[str]) -> str:
    from pip._internal.commands import create_command

    try:
        create_command(words[0]).parse_args(words[1:])
    except (SystemExit, KeyError):
        return "pip refuses the call"
    return _unknown_packages([word for word in words[1:] if re.fullmatch(r"[a-z]+", word)]) if words[0] == "install" else ""


def _unknown_packages(names: list[str]) -> str:
    """Return the names that the student package does not need, and those that are missing; `notebook` is Jupyter."""
    project = tomllib.loads(text(IN_NOTEBOOKS))["project"]
    optional = [line for lines in project.get("optional-dependencies", {}).values() for line in lines]
    known = {re.split(r"[^\w-]", line)[0] for line in [*project["dependencies"], *optional, *project.get("build", [])]} | {"notebook"}
    unknown = [name for name in names if name not in known]
    missing = [name for name in ("numpy", "matplotlib", "tqdm", "pooch", "notebook") if name not in names]
    return f"unknown: {unknown}, missing: {missing}" if unknown or missing else ""


def uv(words: list[str], folder: Path) -> str:
    """Check the packages and the version of Python of a `uv` call, since uv is not installed here."""
    return _unknown_packages(words[2:]) if words[:2] == ["pip", "install"] else _python_is_supported(words[-1])


def conda(words: list[str], folder: Path) -> str:
    """Check the packages and the version of Python of a `conda` call, since conda is not installed here."""
    if words[0] == "activate":
        return "" if words[1:] == ["coursenn"] else "another environment"
    python_version, *packages = words[words.index("conda-forge") + 1 :]
    return _python_is_supported(python_version.partition("=")[2]) or _unknown_packages(packages)


def _python_is_supported(version: str) -> str:
    oldest = tomllib.loads(text("pyproject.toml"))["project"]["requires-python"].removeprefix(">=")
    return "" if tuple(map(int, version.split("."))) >= tuple(map(int, oldest.split("."))) else f"{version} is older than {oldest}"


def openssl(words: list[str], folder: Path) -> str:
    """Run the command in the order of the text, since each call reads the files of the one before."""
    if not shutil.which("openssl"):
        return ""
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def dask(words: list[str], folder: Path) -> str:
    """Let dask parse the call, if the extra `prove` is installed."""
    kind, *rest = words
    try:
        module = __import__(f"distributed.cli.dask_{kind}", fromlist=["main"])
    except ImportError:
        return ""
    # The shell replaces $TLS by three options.
    tls = ["--tls-ca-file", "ca.pem", "--tls-cert", "cert.pem", "--tls-key", "key.pem"]
    for name in tls[1::2]:
        (folder / name).touch()
    return complaint([*(word for word in rest if word != "$TLS"), *(tls if "$TLS" in rest else [])], module.main, kind)


def git(words: list[str], folder: Path) -> str:
    """Run the command in a repository with one commit."""
    own = folder / "repository"
    own.mkdir()
    as_somebody = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
    for command in (["init", "-q"], [*as_somebody, "commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run(["git", *command], cwd=own, check=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=own, capture_output=True, text=True, check=True).stdout.strip()
    done = subprocess.run(["git", *(word.replace("COMMIT", commit) for word in words)], cwd=own, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def grep(words: list[str], folder: Path) -> str:
    """Run the command in this repository, which must have the text and the searched files."""
    done = subprocess.run(["grep", *words], cwd=REPOSITORY, capture_output=True, text=True)
    return done.stderr or "nothing is found" if done.returncode else ""


def python_of_the_environment(words: list[str], folder: Path) -> str:
    """Check that the paths of the tests exist."""
    assert words[:2] == ["-m", "pytest"], words
    return ", ".join(word for word in words[2:] if not (REPOSITORY / word).exists())


def cd(words: list[str], folder: Path) -> str:
    """Check that the folder is the workspace or the checkout of an earlier command."""
    return "" if words[0] in ("workspace", "../coursenn-COMMIT") else "which folder is that?"


def source(words: list[str], folder: Path) -> str:
    """Check that an earlier command makes the environment."""
    return "" if words[0] in (".venv/bin/activate", "../coursenn-env/bin/activate") else "nothing makes that environment"


def jupyter(words: list[str], folder: Path) -> str:
    """Check the subcommand of Jupyter, which the reader installs."""
    return "" if words[0] in ("lab", "notebook") else "Jupyter has no such command"


PROGRAMS: dict[str, Callable[[list[str], Path], str]] = {
    program.__name__: program for program in (autograder, cd, conda, dask, git, grep, jupyter, make, openssl, python, source, uv)
} | {"python3": python, ".venv/bin/python": python_of_the_environment}


@pytest.mark.parametrize("paper", [*PAPERS, "PRIVACY.md", "SECURITY.md"])
def test_each_command_of_a_block_can_be_called(paper: str, tmp_path: Path) -> None:
    """Is each line of shell accepted by its program, with all its arguments?"""
    said = {}
    here = tmp_path / "here"
    here.mkdir()
    for command in shell_commands(paper):
        assert command[0] in PROGRAMS, f"no test for {command[0]}"
        if refused := PROGRAMS[command[0]](command[1:], here):
            said[" ".join(command)] = refused
    assert said == {}


@pytest.mark.parametrize(
    "line",
    [
        "autograder grades",
        "autograder grade --fast",
        "autograder book --edition gold",
        "autograder status one two three",
        "autograder dev record --only",
        'grep -rn "is no longer said" autograder',
        ".venv/bin/python -m pytest tests/autograder/collected",
        "make tests",
        "make check TOPIC=relu",
        "python -m coursenn hand-in",
        "python -m coursenn check --hints",
        "python -m pip install numpy matplotlib tqdm pooch notebook torch",
        "python -m pip get numpy",
        "uv venv ../coursenn-env --python 3.8",
        "dask scheduler --protocoll tls",
    ],
)
def test_a_call_that_would_fail_is_found(line: str, tmp_path: Path) -> None:
    """Does the test above find an unknown command, target, option, value or package?"""
    program, *words = shlex.split(line)
    if program == "dask":
        pytest.importorskip("distributed")
    assert PROGRAMS[program](words, tmp_path)


CLASS = (
    Student("jdoe", "Jane", "Doe", "forgets a path", mistakes=("batchnorm-backward-no-path-through-the-mean",), models=False),
    Student("aroe", "Ann", "Roe", "has only begun", unfinished=("BatchNormalization", "Dropout", "ConvolutionalNetworks"), models=False),
)
ROSTER = (
    "id,first_name,last_name,lms_user_id\njdoe,Jane,Doe,101\naroe,Ann,Roe,102\nbell,Eve,Bell,103\ncole,Max,Cole,104\ndunn,Tim,Dunn,105\n"
)
NOT_RUN = {
    "make": "sets up, generates and tests; each target has its own test",
    "source": "of a shell",
    "cd": "of a shell",
    "jupyter": "waits for a reader",
    "git": "run by the test above",
    "openssl": "run by the test above",
    "dask": "serves until it is stopped",
    "python": "students' commands, in tests/course",
    "python3": "fetches from the package index",
}
NOT_RUN_HERE = {
    "autograder questions": "serves until it is stopped: tests/autograder/questions",
    "autograder grade --scheduler": "needs the machines of a cluster: tests/autograder/runs/test_cluster.py",
    "autograder grade --workspace /path/to": "in a checkout of an older commit: tests/autograder/term",
}
OTHER_MANIFESTS = ("## 12. ", "## 13. ")
"""Sections whose commands are about another manifest: tests/test_recipes.py runs the second one's."""
MAY_FIND = ("doctor", "collect", "check", "status", "feedback", "export", "explain")
"""Commands that exit with 1 if they have findings about this class or this machine."""


class Reader:
    """An instructor who types the commands of INSTRUCTOR.md in a new folder.

    Parameters
    ----------
    folder : an empty folder.
    course : the manifest.
    """

    def __init__(self, folder: Path, course: Course) -> None:
        self.here, self._course = folder / "coursenn", course
        self.here.mkdir()
        (self.here / "roster.csv").write_text(ROSTER)
        (self.here / "solutions").mkdir()

    def hand_out(self) -> None:
        """Write the students' work as two kinds of download, and as a single hand-in."""
        packed = {}
        for student in CLASS:
            folder = self.here.parent / student.id
            work(self._course, student, self.here / "workspace" / "release" / "layers", folder)
            packed[student.id] = self.here.parent / f"{student.id}.zip"
            pack_for_upload(folder, packed[student.id])
            shutil.copytree(folder / "coursenn", self.here / "solutions" / student.id)
        bulk_download(packed, self.here / "download.zip")
        shutil.copy(packed["jdoe"], self.here / "work.zip")
        shutil.copytree(self.here.parent / "aroe", self.here.parent / "2025" / "workspace" / "submitted" / "kent" / "layers")

    def before(self, line: str) -> None:
        """Do what the reader has done before a line of the text."""
        if line.startswith("autograder collect --roster"):
            (self.here / "workspace" / "deadlines.csv").write_text(_table("assignment,who,due"))
            (self.here / "workspace" / "groups.csv").write_text(_table("group,student"))
        if "--pattern" in line:
            with zipfile.ZipFile(self.here / "download.zip", "w") as archive:
                archive.write(self.here.parent / "jdoe.zip", "4711 - jdoe - work.zip")
        most = 153
        for name, form in (("gradebook.csv", lms_files.CANVAS), ("worksheet.csv", lms_files.MOODLE)):
            if name in line:
                (self.here / name).write_text(form.format(maximum=most).replace("First (", "Neural-network layers ("))
        if line.startswith("autograder serve"):
            self.run(["deadlines", "layers", "--due", "2020-01-01 12:00"])

    def run(self, words: list[str]) -> str:
        """Type a command, answer yes to each question, and return the output if the exit status is wrong."""
        done = CliRunner().invoke(main, words, input="y\n" * 9)
        if done.exit_code == 0 or (done.exit_code == 1 and words[0] in MAY_FIND and isinstance(done.exception, SystemExit)):
            return ""
        return f"{' '.join(words)}: exit status {done.exit_code}\n{done.output[-3000:]}\n{done.exception!r}"


def _table(header: str) -> str:
    """Return an example of a table in INSTRUCTOR.md."""
    (found,) = [block for kind, block in FENCE.findall(text("INSTRUCTOR.md")) if not kind and block.startswith(header)]
    return str(found)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(bool(sandbox.problem()) and not os.environ.get("COURSENN_REQUIRE_ALL"), reason=f"needs a sandbox: {sandbox.problem()}")
def test_the_commands_of_a_term_work(tmp_path: Path, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does each command of INSTRUCTOR.md, typed in order, work with a class of five?"""
    reader = Reader(tmp_path, course)
    monkeypatch.chdir(reader.here)
    failed, ran = [], 0
    for section in re.split(r"^(?=## )", text("INSTRUCTOR.md"), flags=re.MULTILINE):
        for command in shell_commands("INSTRUCTOR.md", section):
            line = " ".join(command)
            if command[0] in NOT_RUN or section.startswith(OTHER_MANIFESTS) or line.startswith(tuple(NOT_RUN_HERE)):
                continue
            reader.before(line)
            failed += [said] if (said := reader.run(command[1:])) else []
            ran += 1
            if line.startswith("autograder release") and not (reader.here / "download.zip").exists():
                assert not failed, "\n\n".join(failed)
                reader.hand_out()
    assert not failed, "\n\n".join(failed)
    assert ran > 25
    assert json.loads((reader.here / "result.json").read_text())["score"] > 0
    assert (reader.here / "marks.csv").is_file()
    assert (reader.here / "autograder.zip").is_file()
