"""Finds whose row of an exported file it is, by comparing its columns with the roster."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable

from autograder.collect.people import Found, KnownPeople, Person
from autograder.outgoing.system_map import Identity


class RowOwners:
    """Everybody who is known, for lookup by the cells of a row.

    Identifiers (id, number, address) decide; a name is used only if nothing else finds anybody.
    """

    def __init__(self, people: Collection[Person]) -> None:
        self._names = KnownPeople(people, complete=True)
        self._known: dict[str, defaultdict[str, set[str]]] = {}
        for kind in ("id", "lms_user_id", "email"):
            table = self._known[kind] = defaultdict(set)
            for person in people:
                if value := _plain(getattr(person, kind)):
                    table[value].add(person.id)
        # If a system hides names, the roster holds the numbers that it shows instead.
        self._known["participant"] = self._known["lms_user_id"]

    def find(self, cells: Iterable[tuple[Identity, str]]) -> Found:
        """Find the student of a row.

        Parameters
        ----------
        cells : what each cell means, and its content.
        """
        said = [(kind, text.strip().removeprefix("#").strip()) for kind, text in cells if text.strip()]
        found = {
            student
            for kind, text in said
            if kind != "name"
            for student in self._known[kind].get(_plain(_number(text) if kind == "participant" else text), ())
        }
        if not found:
            found = {student for kind, text in said if kind == "name" for student in self._called(text)}
        if len(found) == 1:
            return Found(tuple(found))
        return Found(problem=f"it fits {' and '.join(sorted(found))}" if found else "nobody on the roster has this id, address or name")

    def _called(self, name: str) -> set[str]:
        last, comma, first = name.partition(",")
        return self._names.called(f"{first.strip()} {last.strip()}" if comma else name)


def _plain(text: str) -> str:
    """A number or an address in the form used for comparison: spreadsheets drop leading zeros."""
    plain = text.strip().casefold()
    return plain.lstrip("0") or plain


def _number(text: str) -> str:
    """The number at the end of "Participant 1234567", with any word before it."""
    match = re.search(r"\d+\Z", text)
    return match[0] if match else ""
