"""Whose hand-in is it? Compares people in the class list with people as an LMS writes them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from autograder.paths import printable

STUDENT_ID = re.compile(r"[^\W_][\w.@+-]{0,99}")
"""Ids of students: nbgrader uses them as folder names and in file patterns."""

DROPPED = "dropped"


@dataclass(frozen=True)
class Person:
    """A student as the class list knows them."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    group: str = ""
    """Groups in which this student hands in, with semicolons between them."""
    status: str = ""
    """`DROPPED` for a student who has left the class; any other text is only for people to read."""
    shown_as: str = ""
    """The name that an LMS gave for somebody who is not on a roster."""

    @property
    def dropped(self) -> bool:
        """Whether this student has left the class."""
        return self.status.casefold() == DROPPED

    @property
    def names(self) -> set[str]:
        """Every way in which an LMS may write this person's name, folded."""
        first, last = self.first_name, self.last_name
        ways = {self.id, self.email, self.email.split("@")[0], f"{first} {last}", f"{last} {first}", self.shown_as}
        return {folded(w) for w in ways} - {""}

    @property
    def groups(self) -> set[str]:
        """The names of this student's groups, folded."""
        return {folded(g) for g in re.split("[;,]", self.group)} - {""}


@dataclass(frozen=True)
class Named:
    """Somebody as an LMS writes them in the name of a file or in its records."""

    who: str = ""
    """The full name, or the login name."""
    number: str = ""
    email: str = ""
    full_name: str = ""
    """If ``who`` is a login name: the full name that the system shows with it, used if nobody is called ``who``."""
    number_decides: bool = False
    """Whether the number always belongs to the person. Otherwise it belongs to one hand-in or one assignment: then it chooses
    between people with the same name and never decides on its own."""
    number_is_id: bool = False
    """Whether the number is the institution's, which many rosters use as id."""
    number_differs: bool = True
    """Whether two numbers mean two people."""
    hidden: str = ""
    """Why the system does not say who it is, if it does not."""


@dataclass(frozen=True)
class Found:
    """Whose hand-in it is: the ids of its students, or the reason why it belongs to nobody."""

    students: tuple[str, ...] = ()
    problem: str = ""
    remark: str = ""
    """What people should know although it is clear whose it is."""


def folded(text: str) -> str:
    """Only the letters and digits of a name, without accents and case: this is how names are compared."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum())


@dataclass
class KnownPeople:
    """Everybody who is known, for lookup by id, number, address or name.

    Parameters
    ----------
    people : who is known.
    complete : whether that is the whole class, so that an unknown name belongs to nobody.
    """

    people: Collection[Person]
    complete: bool
    new: dict[str, Person] = field(default_factory=dict)
    """Those seen for the first time, if there is no class list."""

    def __post_init__(self) -> None:
        """Make the lookup tables."""
        self._ids: dict[str, str] = {}
        self._numbers: defaultdict[str, set[str]] = defaultdict(set)
        self._names: defaultdict[str, set[str]] = defaultdict(set)
        self._emails: defaultdict[str, set[str]] = defaultdict(set)
        self._groups: defaultdict[str, set[str]] = defaultdict(set)
        self._by_id: dict[str, Person] = {}
        self._has_names = any(p.first_name or p.last_name or p.shown_as for p in self.people)
        for person in self.people:
            self._enter(person)

    def _enter(self, person: Person) -> None:
        self._by_id[person.id] = person
        self._ids[person.id.casefold()] = person.id
        if person.lms_user_id:
            for number in {person.lms_user_id, _plain_number(person.lms_user_id)}:
                self._numbers[number].add(person.id)
        if person.email:
            self._emails[person.email.casefold()].add(person.id)
        for name in person.names:
            self._names[name].add(person.id)
        for group in person.groups:
            self._groups[group].add(person.id)

    def knows(self, who: str) -> bool:
        """Whether somebody, or a group, has that name."""
        return bool(self.called(who)) or folded(who) in self._groups

    def has_id(self, text: str) -> bool:
        """Whether a text is somebody's id."""
        return text.casefold() in self._ids

    def called(self, who: str) -> set[str]:
        """The ids of those who have that name; an id itself takes precedence over all other names."""
        exact = self._ids.get(who.strip().casefold())
        return {exact} if exact else set(self._names.get(folded(who), ()))

    def find(self, named: Named) -> Found:
        """Whose hand-in it is."""
        if named.hidden:
            return Found(problem=named.hidden)
        called = self._called_or_else(named)
        owner = self._owner_of_number(named)
        members = self._groups.get(folded(named.who), set())
        if owner in members:  # for a group the LMS gives the number of the member who uploaded
            return Found(tuple(sorted(members)))
        if owner and named.number_decides:
            says = f"the number {named.number} is {owner}'s, but the name beside it is {printable(named.who, 60)!r}"
            return Found((owner,), remark="" if owner in called or not named.who else says)
        if owner in called:
            return Found((owner,))
        if owner and called:
            return Found(problem=f"its number is {owner}'s and its name is {_listed(called)}'s")
        if named.number and named.number_decides and called and not self._has_email(named, called):
            return self._by_name_with_unknown_number(named, called)
        if len(called) == 1:
            return Found(tuple(called))
        if called:
            return Found(problem=f"its name fits {_listed(called)}")
        if members:
            return Found(tuple(sorted(members)))
        return Found(problem="nobody on the roster has this name or number") if self.complete else self._first_seen(named)

    def _called_or_else(self, named: Named) -> set[str]:
        if named.email and (found := self._emails.get(named.email.casefold())):
            return set(found)
        return self.called(named.who) or self.called(named.full_name)

    def _has_email(self, named: Named, called: set[str]) -> bool:
        return bool(named.email) and called == self._emails.get(named.email.casefold())

    def numbered(self, number: str) -> str:
        """The id of the person who has that number in the LMS; empty if nobody has it."""
        found = self._numbers.get(number.strip()) or self._numbers.get(_plain_number(number)) or set()
        return next(iter(found)) if len(found) == 1 else ""

    def _owner_of_number(self, named: Named) -> str:
        """Whose number it is. An id counts as a number only if the system says so, or if the class list holds only ids."""
        if not named.number:
            return ""
        is_id = named.number_is_id or (named.number_decides and not self._has_names)
        return (self._ids.get(named.number.casefold(), "") if is_id else "") or self.numbered(named.number)

    def _by_name_with_unknown_number(self, named: Named, called: set[str]) -> Found:
        """Match by name if nobody has the number: people who have another number are not meant."""
        free = {c for c in called if not self._by_id[c].lms_user_id}
        if len(free) == 1:
            return Found(tuple(free))
        if free:
            return Found(problem=f"its name fits {_listed(free)}")
        if not self.complete:
            return self._first_seen(named, beside_number=True)
        return Found(problem=f"its name is {_listed(called)}'s, but its number {printable(named.number, 40)} is not")

    def _first_seen(self, named: Named, *, beside_number: bool = False) -> Found:
        """Somebody new, if there is no class list."""
        wanted = named.number if named.number_is_id and named.number else named.who
        new = re.sub(r"[^\w.@+-]+", "_", unicodedata.normalize("NFC", wanted)).strip("_.-@+")
        if wanted is named.who and (beside_number or new in self._by_id):
            new = f"{new}_{named.number}"
        if not STUDENT_ID.fullmatch(new):
            return Found(problem="this name cannot be used as the id of a student")
        if new.casefold() in self._ids:
            return Found((self._ids[new.casefold()],))
        person = Person(new, shown_as=named.full_name or named.who, lms_user_id=named.number)
        self.new[new] = person
        self._enter(person)
        return Found((new,))

    def meet(self, people: Iterable[Named]) -> None:
        """Tell new people with the same name apart before any of them is looked up, so that the order of a download does not matter."""
        if self.complete:
            return
        numbers: defaultdict[str, dict[str, Named]] = defaultdict(dict)
        for named in people:
            if named.number and named.number_differs and not named.hidden:
                numbers[folded(named.who)][_plain_number(named.number)] = named
        for name, by_number in numbers.items():
            if len(by_number) > 1 and name and not self.called(next(iter(by_number.values())).who):
                for number in sorted(by_number):
                    self._first_seen(by_number[number], beside_number=True)


def _plain_number(number: str) -> str:
    """A number without leading zeros, for comparison: spreadsheets drop and add them."""
    return number.strip().casefold().lstrip("0") or "0"


def _listed(ids: Collection[str]) -> str:
    return " and ".join(sorted(ids))
