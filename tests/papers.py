"""The papers as text: their code, and the commands in their shell blocks."""

from __future__ import annotations

import re
import shlex
from functools import cache

from autograder.paths import REPOSITORY

PAPERS = ("README.md", "INSTRUCTOR.md", "CONTRIBUTING.md", "course/README.md")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
BETWEEN = ("&&", ";", "|")


def text(paper: str) -> str:
    return (REPOSITORY / paper).read_text(encoding="utf-8")


@cache
def code(paper: str) -> tuple[str, ...]:
    """Return the inline code, and each line of every block."""
    whole = text(paper)
    lines = [line for _, block in FENCE.findall(whole) for line in block.splitlines()]
    return (*(" ".join(span.split()) for span in SPAN.findall(FENCE.sub("", whole))), *lines)


def blocks(paper: str, language: str) -> list[str]:
    return [block for kind, block in FENCE.findall(text(paper)) if kind == language]


def shell_commands(paper: str, section: str = "") -> list[list[str]]:
    """Return the commands in the shell blocks of a paper as lists of words, without variables that are set before a command.

    Parameters
    ----------
    section : the text of a section to read instead of the whole paper.
    """
    found = []
    for kind, block in FENCE.findall(section or text(paper)):
        for line in block.replace("\\\n", " ").splitlines() if kind == "sh" else ():
            words = shlex.split(line, comments=True)
            while words:
                end = next((n for n, word in enumerate(words) if word in BETWEEN), len(words))
                command, words = words[:end], words[end + 1 :]
                while command and re.match(r"[A-Z_]+=", command[0]):
                    command = command[1:]
                if command:
                    found.append(command)
    return found
