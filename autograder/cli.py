"""The `autograder` command. Each verb is a module of `autograder.commands`, imported when it is used."""

from __future__ import annotations

import importlib
import pkgutil

import click

from autograder import commands
from autograder.startup import pin_threads, skip_unused_grammars

EXIT_FINDINGS = 1


class _Verbs(click.Group):
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
