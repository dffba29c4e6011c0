"""The commands of the course: ``python -m coursenn`` says where you are, ``python -m coursenn --help`` lists them."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # A random.py or numpy.py of the student's in this folder must not be imported. The package itself is imported by now.
    sys.path[:] = [p for p in sys.path if os.path.abspath(p) != os.getcwd()]

import argparse
import io
from pathlib import Path

from coursenn._work_folder import WorkError, find_work

DONE, FINDINGS, MISUSE = 0, 1, 2
PROGRAM = "python -m coursenn"
COMMANDS = {
    "status": "how many tasks pass their check, what they are worth, and what comes next (also when you name no command)",
    "check": "run the checks of the notebooks: `check`, `check affine-forward`, `check --follow`",
    "submit": "run the checks and pack your work into one zip; `submit --verify RECEIPT ZIP` compares a receipt with a zip",
    "update": "move your folder to a corrected release; functions that you have edited stay as they are",
    "carry": "copy finished functions from an earlier hand-in to where there are still stubs",
    "build": "compile the fast layers, where there is a C compiler; everything works without",
}


def main(arguments: list[str] | None = None) -> int:
    """Run a command; exit status 0 done, 1 something to look at, 2 nothing done."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may know fewer letters than the name of a folder has
            stream.reconfigure(errors="backslashreplace")
    given = sys.argv[1:] if arguments is None else arguments
    command, rest = (given[0], given[1:]) if given and not given[0].startswith("-") else ("", given)
    if command and command not in COMMANDS:
        print(f"There is no command {command!r}. {_advice(command)}", file=sys.stderr)
        return MISUSE
    if command == "submit":
        from coursenn import submit

        return submit.main(rest, program=f"{PROGRAM} submit")
    if command in ("update", "carry"):
        from coursenn import merge

        return merge.main(given, program=PROGRAM)
    try:
        if command == "check":
            return _check(rest)
        if command == "build":
            return _build(rest)
        return _status(given)
    except WorkError as error:
        print(error, file=sys.stderr)
        return MISUSE


def _advice(command: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(command, COMMANDS, n=1)
    return f"Did you mean `{PROGRAM} {near[0]}`?" if near else f"`{PROGRAM} --help` lists them all."


def _status(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="The commands of the course.",
        epilog="\n".join(f"  {name:8} {text}" for name, text in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    parser.add_argument("--folder", default=".", type=Path, help="the folder with your notebooks (default: this one)")
    options = parser.parse_args(arguments)
    from coursenn._progress import status

    text, done = status(find_work(options.folder))
    print(text)
    return DONE if done else FINDINGS


def _check(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} check", description="Run the checks of the notebooks over your files.")
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="a task, or all tasks of a function, a file or a notebook (default: all)")
    parser.add_argument(
        "--hint", nargs="?", type=int, const=1, choices=(1, 2, 3), help="show its first, second or third hint and run no check"
    )
    parser.add_argument("--follow", action="store_true", help="each time that you save a file, run the checks that it touches")
    parser.add_argument("--folder", default=".", type=Path, help="the folder with your notebooks (default: this one)")
    options = parser.parse_args(arguments)
    from coursenn._check_command import check, chosen_tasks, follow
    from coursenn._task_hints import step

    work = find_work(options.folder)
    if options.hint:
        if len(tasks := chosen_tasks(work, options.tasks)) != 1:
            raise WorkError("name the one task that you want a hint for")
        print(step(tasks[0], options.hint))
        return DONE
    return follow(work, options.tasks) if options.follow else check(work, options.tasks)


def _build(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} build", description=f"{COMMANDS['build'].capitalize()}.")
    parser.add_argument("--folder", default=".", type=Path, help="the folder with your notebooks (default: this one)")
    options = parser.parse_args(arguments)
    work = find_work(options.folder)
    try:
        from coursenn._build import build
    except ImportError as error:
        raise WorkError(f"{error.name} is missing: python -m pip install setuptools cython. Everything works without the build") from error
    return build(work.package)


if __name__ == "__main__":
    sys.exit(main())
