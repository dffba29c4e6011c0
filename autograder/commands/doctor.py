"""`autograder doctor`: whether this machine can grade."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import numpy
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.intake.assemble import extensions
from autograder.manifest import load_course
from autograder.sandbox import sandbox, seccomp
from autograder.sandbox.bubblewrap import bubblewrap, size_supported
from autograder.sandbox.cgroups import parent_group
from autograder.sandbox.limits import DEFAULT_LIMITS
from autograder.workspace.opening import DEFAULT_ROOT
from autograder.workspace.privacy import close_to_others, who_can_enter

WORD = {"yes": "green", "no": "red", "open": "red", "optional": "yellow"}


@dataclass(frozen=True)
class Finding:
    """One thing that a machine has or lacks, what depends on it, and how to get it."""

    what: str
    state: str
    """``yes``, ``no`` (something is refused), ``open`` (others can read it) or ``optional`` (nothing is refused)."""
    text: str


@click.command("doctor")
@click.option(
    "--workspace",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=f"Folder of a class, to see who can read it. Default: {DEFAULT_ROOT}, when it is there.",
)
@click.option("--repair", is_flag=True, help="Close that folder to other accounts.")
def command(folder: Path | None, repair: bool) -> None:
    """Say what this machine has, what does not work without it and how to get it, and whether others can read a class.

    Exit status: 0 this machine has everything that grading needs, 1 something is missing or open to others, 2 misuse.

    \b
    Examples:
      autograder doctor
      autograder doctor --workspace workspace --repair
    """
    folder = folder or (DEFAULT_ROOT if DEFAULT_ROOT.is_dir() else None)
    if repair:
        if folder is None:
            raise click.UsageError("--repair closes a workspace: name it with --workspace")
        close_to_others(folder)
    findings = [*examine(), *([_privacy(folder)] if folder else [])]
    console = Console()
    table = Table(show_header=True)
    for title in ("part", "here", "what it means"):
        table.add_column(title, overflow="fold", no_wrap=title != "what it means")
    for finding in findings:
        table.add_row(finding.what, f"[{WORD[finding.state]}]{finding.state}[/]", escape(finding.text))
    console.print(table)
    if any(f.state == "no" for f in findings):
        console.print("Student work is refused here until this is fixed.")
        raise SystemExit(EXIT_FINDINGS)
    console.print("This machine can grade.")
    if any(f.state == "open" for f in findings):
        console.print("Students' work and marks are not private: run `autograder doctor --repair` with the same workspace.")
        raise SystemExit(EXIT_FINDINGS)


def examine() -> list[Finding]:
    """Everything worth knowing."""
    return [_python(), _sandbox(), _filter(), _processes(), _size(), _cgroups(), _extension(), _nbgrader(), _limits()]


def _python() -> Finding:
    return Finding("Python and numpy", "yes", f"{platform.python_version()} and {numpy.__version__}")


def _sandbox() -> Finding:
    problem = sandbox.problem()
    if problem:
        return Finding("sandbox", "no", problem)
    return Finding("sandbox", "yes", f"{bubblewrap()} starts with an empty root and no network")


def _filter() -> Finding:
    if seccomp.sandbox_filter() is None:
        cure = "install libseccomp (Debian and Ubuntu: apt install libseccomp2)"
        return Finding("seccomp filter", "optional", f"missing; the sandbox works without it. To add it, {cure}")
    return Finding("seccomp filter", "yes", f"refuses {len(seccomp.SYSTEM_CALLS_REFUSED)} system calls inside the sandbox")


def _processes() -> Finding:
    if seccomp.check_filter() is not None:
        return Finding("process limit", "yes", "a second filter ends a check that starts a process or a thread")
    if os.getuid():
        return Finding("process limit", "yes", "libseccomp is missing; a resource limit keeps a check from starting processes and threads")
    text = (
        "you are root and libseccomp is missing: a check can start processes; those that it leaves behind are found and ended. "
        "Install libseccomp (Debian and Ubuntu: apt install libseccomp2), or grade as an ordinary user"
    )
    return Finding("process limit", "optional", text)


def _size() -> Finding:
    if size_supported():
        return Finding("size of /tmp inside", "yes", f"{DEFAULT_LIMITS.tmpfs_bytes >> 20} MB")
    return Finding("size of /tmp inside", "optional", "not limited, since this bubblewrap is older than 0.7; only the size of each file is")


def _cgroups() -> Finding:
    if parent := parent_group():
        return Finding("cgroup v2", "yes", f"each sandbox gets a group below {parent}: memory and processes are counted together")
    text = (
        "no control group delegates memory and pids to this user, so each process has limits of its own instead. "
        "To get one: systemd-run --user --scope -p Delegate=yes autograder grade ..."
    )
    return Finding("cgroup v2", "optional", text)


def _extension() -> Finding:
    if extensions(load_course()):
        return Finding("fast layers", "yes", "the extension is built for this interpreter")
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    cure = "`make setup` builds it" if compiler else "install a C compiler, then `make setup` builds it"
    return Finding("fast layers", "optional", f"not compiled for this interpreter; numpy is used instead, which is slower. {cure}")


def _nbgrader() -> Finding:
    # nbgrader calls alembic by its bare name, from the folder of this interpreter or from PATH.
    if shutil.which("alembic") or (Path(sys.executable).parent / "alembic").is_file():
        return Finding("nbgrader", "yes", "its gradebook can be created and upgraded")
    return Finding("nbgrader", "no", "alembic is not in this environment: run `make setup`")


def _privacy(folder: Path) -> Finding:
    if who := who_can_enter(folder):
        text = (
            f"{who} can reach what is in {folder}. --repair closes it. Others can then no longer reach an exchange in it: "
            "name one elsewhere (`autograder release --exchange FOLDER`)"
        )
        return Finding("private workspace", "open", text)
    return Finding("private workspace", "yes", f"nobody else can reach what is in {folder}")


def _limits() -> Finding:
    limits = DEFAULT_LIMITS
    text = (
        f"each check {limits.check_cpu_s} s of processor time and {limits.check_wall_s:g} s in all, "
        f"{limits.memory_bytes >> 20} MB of memory, no further process or thread, {limits.file_bytes >> 20} MB printed or in a file, "
        f"{limits.tmpfs_bytes >> 20} MB in /tmp, {limits.fetched_bytes >> 20} MB returned; "
        f"a submission {limits.submission_cpu_s / 60:g} minutes of processor time and {limits.submission_wall_s / 60:g} in all"
    )
    return Finding("limits", "yes", text)
