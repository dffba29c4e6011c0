"""The `autograder` command. Each verb is a module of `autograder.commands`, imported when it is used."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import click

from autograder import commands
from autograder.checked_data import DataError
from autograder.startup import pin_threads, skip_unused_grammars

EXIT_FINDINGS = 1
EXIT_MISUSE = 2


class BadData(click.ClickException):
    """A manifest, a catalogue or settings that cannot be used: one line, whatever command was given."""

    exit_code = EXIT_MISUSE


class _Verbs(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DataError as error:
            raise BadData(str(error)) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(m.name for m in pkgutil.iter_modules(commands.__path__) if not m.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        pin_threads()
        skip_unused_grammars()
        command: click.Command = importlib.import_module(f"{commands.__name__}.{cmd_name}").command
        return command


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="coursenn-autograder")
def main() -> None:
    """Release, collect and grade the coursenn assignments.

    Exit status: 0 done, 1 findings, 2 misuse.
    """
