"""The one exception of the generators."""

from __future__ import annotations

from pathlib import Path


class GeneratorError(ValueError):
    """A source that no generator accepts.

    The message states the place, what is wrong there and how to correct it.
    """

    def __init__(self, where: str | Path, problem: str, cure: str) -> None:
        super().__init__(f"{where}: {problem}. {cure[:1].upper()}{cure[1:]}.")
        self.where = str(where)
        self.problem = problem
        self.cure = cure
