"""The `autograder` command: which commands there are, in the order in which a term needs them.

A command is a module of `autograder.commands`, imported when it is used. Its line in the list is kept here, so that `autograder --help`
imports none of them and answers at once.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from autograder.checked_data import DataError
from autograder.commands._exit_status import EXIT_MISUSE
from autograder.private import give_home, private_files, private_scratch
from autograder.startup import pin_threads, skip_unused_grammars

Section = Mapping[str, str]
"""Name of a command -> what it does, on one line."""

SECTIONS: dict[str, Section] = {
    "Each week": {
        "status": "Say where each assignment is, what is waiting and what is next.",
        "release": "Make the folder for students and publish it.",
        "collect": "Take in what students handed in.",
        "grade": "Grade what was collected and enter the marks.",
        "questions": "Read answers in a browser, one question at a time.",
        "feedback": "Write a feedback page for each student.",
        "export": "Write the marks to a CSV file, or for another system.",
    },
    "One student": {
        "student": "Show or change one student: extension, attempt, history.",
        "explain": "Show staff the hidden input on which a task lost marks.",
        "check": "Grade one submission, without a gradebook.",
    },
    "The whole class": {
        "deadlines": "Show deadlines and bring the marks up to date.",
        "report": "Say which tasks were hard and which mistakes were made.",
        "similar": "Show hand-ins that are alike, for people to read.",
        "serve": "Grade hand-ins as they arrive, as often as you allow.",
        "gradescope": "Make the zip that grades in Gradescope.",
    },
    "Set-up": {
        "upgrade": "Let the version checked out here grade the term.",
        "doctor": "Say whether this machine can grade, and what to do if not.",
        "demo": "Run a whole sample class, from the release to the marks.",
    },
}
AUTHORS: dict[str, Section] = {
    "From sources": {
        "generate": "Make stubs, notebooks, tables and pictures from their sources.",
        "record": "Run the notebooks and keep the results that texts quote.",
    },
    "Before others see it": {
        "audit": "Prove that the hidden checks catch every known mistake.",
        "book": "Build the book.",
        "public": "Write the tree that is published.",
    },
    "By hand": {"assemble": "Write the complete package that a submission makes."},
}


FOR_OTHERS = ("generate", "record", "book", "public")
"""Their output is committed or published, so its permissions follow the user's umask."""


class BadData(click.ClickException):
    """A manifest, a catalogue or settings that cannot be used: one line, whatever command was given."""

    exit_code = EXIT_MISUSE


class CommandList(click.Group):
    """Commands under headings.

    Parameters
    ----------
    sections : heading -> commands below it.
    unlisted : further commands that work here; name -> how the list spells it.
    settings : of `click.Group`.
    """

    def __init__(self, *, sections: Mapping[str, Section], unlisted: Mapping[str, str] | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.sections = dict(sections)
        self.unlisted = dict(unlisted or {})

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; if it cannot use its data or work on this machine, it ends with one line."""
        try:
            return super().invoke(ctx)
        except DataError as error:
            raise BadData(str(error)) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from autograder.workspace.obstacles import cure_for

            if (cure := cure_for(error)) is None:
                raise
            _give_up_full_output()
            raise click.ClickException(cure) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for section in self.sections.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        if cmd_name not in (*self.list_commands(ctx), *self.unlisted):
            return None
        pin_threads()
        skip_unused_grammars()
        give_home()
        ctx.with_resource(private_scratch())
        if cmd_name not in FOR_OTHERS:
            ctx.with_resource(private_files())
        command: click.Command = importlib.import_module(f"autograder.commands.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        known = {name: name for name in self.list_commands(ctx)} | self.unlisted
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            near = difflib.get_close_matches(name, known, n=1)
            advice = f"Did you mean `{ctx.command_path} {known[near[0]]}`?" if near else f"`{ctx.command_path} --help` lists them all."
            raise click.UsageError(f"There is no command {name!r}. {advice}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, self.list_commands(ctx)))
        for heading, section in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), text) for name, text in section.items()])


def _give_up_full_output() -> None:
    """When standard output takes nothing more, keep Python from trying again when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from autograder.version import VERSION

        click.echo(f"autograder, version {VERSION}")
        context.exit()


HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}


@click.command(
    cls=CommandList,
    sections={**SECTIONS, "Authors of the course": {"dev": "Generate, record, audit, publish: `autograder dev --help`."}},
    # The spelling from before they had a group of their own.
    unlisted={name: f"dev {name}" for section in AUTHORS.values() for name in section},
    context_settings=HELP_OPTIONS,
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Show the version and exit.")
def main() -> None:
    """Release, collect and grade the coursenn assignments.

    Exit status: 0 done, 1 somebody should look at the result, 2 misuse.
    """


@click.command(cls=CommandList, sections=AUTHORS, context_settings=HELP_OPTIONS)
def dev() -> None:
    """Commands for authors of the course: sources, checks, book and public tree.

    `autograder generate` is short for `autograder dev generate`, and so on.
    """


main.add_command(dev)
