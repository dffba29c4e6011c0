"""What an assignment takes of a hand-in, and which place in it a file's name claims."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from .names import folded, originals, uncopied

PACKAGE = "coursenn"
BESIDE_THE_COURSE = frozenset({"setup.py"})
"""Files of a clone that end as graded ones do."""


@dataclass(frozen=True, order=True)
class Claim:
    """How well a name fits a place; the smallest claim is the best. An exact name comes before a corrected one, the shallower before the
    deeper.
    """

    corrected: bool
    folders_missing: int
    depth: int
    place: str = field(compare=False)


@dataclass(frozen=True)
class Rules:
    """What counts in a hand-in.

    Parameters
    ----------
    editable : files that students edit, relative to ``coursenn/``.
    notebooks : names of the notebooks, without their ending.
    models : files of trained weights, relative to the folder of the notebooks.
    given : file that comes with the course, relative to ``coursenn/`` -> its `fingerprint`, or None where no copy is compared.
    elsewhere : notebooks of other assignments, which are passed over without a word.
    """

    editable: tuple[str, ...]
    notebooks: tuple[str, ...]
    models: tuple[str, ...] = ()
    given: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    elsewhere: tuple[str, ...] = ()

    @classmethod
    def from_tasks(cls, tasks: Mapping[str, Any]) -> Rules:
        """The rules that a ``tasks.json`` states, with the notebooks of every assignment."""
        notebooks = [str(name) for assignment in tasks.get("assignments", []) for name in assignment["notebooks"]]
        given = tasks.get("given", {})
        known = dict(given) if isinstance(given, dict) else dict.fromkeys(given)  # a list before fingerprints were kept
        return cls(tuple(tasks["editable"]), tuple(notebooks), tuple(tasks.get("models", ())), known)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Every place of a hand-in that is graded, such as ``coursenn/layers.py``, ``Dropout.ipynb`` and ``models/best_basic.npz``."""
        return (*(f"{PACKAGE}/{name}" for name in self.editable), *(f"{name}.ipynb" for name in self.notebooks), *self.models)

    @cached_property
    def _places_by_name(self) -> dict[str, list[tuple[str, ...]]]:
        found: dict[str, list[tuple[str, ...]]] = {}
        for place in self.places:
            parts = PurePosixPath(place).parts
            found.setdefault(folded(parts[-1]), []).append(parts)
        return found

    @cached_property
    def _stems(self) -> tuple[str, ...]:
        return tuple({PurePosixPath(name).stem for name in self._places_by_name})

    @cached_property
    def _given_names(self) -> frozenset[str]:
        return frozenset(PurePosixPath(name).name for name in self.given)

    def claim(self, name: str) -> Claim | None:
        """The place that a normalised name claims best, or None."""
        plain = folded(name)
        if not any(stem in plain for stem in self._stems):
            return None  # asked first, since there may be a hundred thousand names
        parts = PurePosixPath(name).parts
        if not parts or (self.given_file(name) is not None and name not in self.places):
            return None
        for original in originals(parts[-1]):
            claims = sorted(_fit(parts, place) for place in self._places_by_name.get(original, ()))
            # Two places that it fits equally well: nobody can say which one is meant.
            if claims and (len(claims) == 1 or claims[0] < claims[1]):
                return claims[0]
        return None

    def given_file(self, name: str) -> str | None:
        """The given file that a normalised name is a copy of, relative to ``coursenn/``."""
        parts = PurePosixPath(name).parts
        if not parts or parts[-1] not in self._given_names:
            return None
        for start in range(len(parts) - 1):
            if parts[start] == PACKAGE and (inner := "/".join(parts[start + 1 :])) in self.given:
                return inner
        return None

    def is_known(self, name: str) -> bool:
        """Whether a file, judged only by its name, comes with the course: no remark is made when it is left out."""
        last = PurePosixPath(name).name
        return last in self._given_names or last in BESIDE_THE_COURSE or last.removesuffix(".ipynb") in self.elsewhere


def _fit(parts: tuple[str, ...], place: tuple[str, ...]) -> Claim:
    """How well a path ends as a place does."""
    matched, corrected = 0, parts[-1] != place[-1]
    for mine, wanted in zip(parts[-2::-1], place[-2::-1], strict=False):
        if mine != wanted:
            if folded(wanted) not in (folded(mine), uncopied(folded(mine))):
                break
            corrected = True
        matched += 1
    return Claim(corrected, len(place) - 1 - matched, len(parts) - 1 - matched, "/".join(place))


def fingerprint(content: bytes) -> str:
    """What tells one version of a given file from another, however its lines end."""
    plain = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip()
    return hashlib.sha256(plain).hexdigest()[:16]
