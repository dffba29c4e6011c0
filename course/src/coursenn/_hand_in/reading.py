"""Reads a hand-in: each place of the assignment gets the file that fits it best, and everything else is named or kept for people.

==============================================  ====================================================================
found                                           outcome
==============================================  ====================================================================
link, device, pipe, encrypted or sparse file    refused, one by one
absolute name, ``..``, drive letter             refused
name with NUL                                   refused; other characters that do not print only where nothing is graded
two files that fit a place equally well         read when they are the same; otherwise neither, and the refusal names both
a name in other case, of a copy, with an        read with a note, when nothing fits the place better
ending that was added
two members of a zip over the same bytes        both refused
member packed by another method than deflate    refused
member with a wrong size or checksum            refused
file above its limit                            refused; a notebook is read without its outputs, with a note
a PDF, an HTML page, another archive            refused by what it is, with what to do
a name that the rules do not list               kept for people; refused by name when it ends as a file of ours does
==============================================  ====================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from . import limits
from .contents import HEAD_BYTES, Advice, content_of, wrong_content
from .entries import Entry, EntryKind
from .hand_in import HandIn
from .litter import environments_among, is_litter
from .names import folded, normalised, points_outside
from .notebooks import fit_notebook
from .rules import PACKAGE, Claim, Rules, fingerprint
from .wording import Line, Shortening, listed

_PACKED_BY_US = re.compile(r"(?:^|/)coursenn-(?:submission|work)[^/]*\.zip(?:/|$)")
"""What `coursenn.submit` packed lies beside the work that it was packed from, where a whole folder is handed in: it is an earlier state."""


def read_hand_in(entries: Iterable[Entry], rules: Rules) -> HandIn:
    """Read the entries of a hand-in.

    Parameters
    ----------
    entries : from `open_entries` or `opened_archives`, while they can be read.
    rules : what counts.

    Returns
    -------
    HandIn
        Never raises on what was handed in.
    """
    reading = _Reading(rules)
    reading.sort_out(entries)
    for place in rules.places:
        reading.fill(place)
    reading.name_the_rest()
    return reading.finish()


@dataclass
class _Reading:
    rules: Rules
    hand_in: HandIn = field(default_factory=HandIn)
    claims: dict[str, list[tuple[Claim, Entry]]] = field(default_factory=dict)
    given: dict[str, Entry] = field(default_factory=dict)
    rest: list[Entry] = field(default_factory=list)
    refusals: list[Line] = field(default_factory=list)
    notes: list[Line] = field(default_factory=list)
    taken: dict[str, str] = field(default_factory=dict)
    """Place -> name of the entry that it was read from."""

    def sort_out(self, entries: Iterable[Entry]) -> None:
        """Give each entry to the place it claims, to the given files, or to the rest; what cannot be read is refused."""
        listed = [replace(entry, name=normalised(entry.name)) for entry in entries]
        environments = environments_among(entry.name for entry in listed)
        packed_before = any(_PACKED_BY_US.search(e.name) for e in listed) and any(self._is_unpacked(e.name) for e in listed)
        for entry in listed:
            if is_litter(entry.name, environments) or (packed_before and _PACKED_BY_US.search(entry.name)):
                continue
            claim = self.rules.claim(entry.name)
            if (reason := _reason_against(entry, claim)) is not None:
                self.refuse(entry.name, reason)
            elif claim is not None:
                self.claims.setdefault(claim.place, []).append((claim, entry))
            elif (name := self.rules.given_file(entry.name)) is not None and name not in self.given:
                self.given[name] = entry
            else:
                self.rest.append(entry)

    def _is_unpacked(self, name: str) -> bool:
        """Whether a name is that of an editable file in its folder, and not in an archive of ours."""
        claim = None if _PACKED_BY_US.search(name) else self.rules.claim(name)
        return claim is not None and not claim.folders_missing and claim.place.startswith(f"{PACKAGE}/")

    def fill(self, place: str) -> None:
        """Read the file that fits a place best; where it cannot be read, the next one."""
        waiting = sorted(self.claims.get(place, ()), key=lambda pair: (pair[0], pair[1].name))
        compared = 0
        while waiting:
            best = [pair for pair in waiting if pair[0] == waiting[0][0]]
            waiting = waiting[len(best) :]
            if place in self.taken:
                self._pass_over(place, best, compared)
                compared += len(best)
            else:
                self._take(place, best)

    def _take(self, place: str, best: list[tuple[Claim, Entry]]) -> None:
        """Fill a place from files that fit it equally well: there is one of them, or they are the same."""
        if len(best) > limits.MAX_CLAIMS_READ:
            self.refuse(best[0][1].name, f"there are {len(best)} files for {place}, and it is not clear which one counts")
            self.rest += [entry for _, entry in best]
            return
        first, content = "", None
        differing: list[str] = []
        for _, entry in best:
            data = self._read(place, entry)
            if data is not None and content is None:
                first, content = entry.name, data
            elif data is not None and data != content:
                differing.append(entry.name)  # its content is not kept: it may be large
        if content is None:
            return
        # Where they differ, nothing that fits less well is meant either.
        self.taken[place] = first
        if differing:
            self._refuse_differing(place, tuple(dict.fromkeys([first, *differing]))[:3])
            self.rest += [entry for _, entry in best]
            return
        self.hand_in.files[place] = content
        claim = best[0][0]
        if claim.corrected or (claim.folders_missing and claim.depth):
            self.notes.append(Line(first, f"was read as {place}"))

    def _refuse_differing(self, place: str, names: tuple[str, ...]) -> None:
        why = f"there are different files for it ({' and '.join('@' * len(names))})"
        if len(names) == 1:
            why, names = "it is there more than once, with different contents", ()
        self.refusals.append(Line(place, f"{why}, so no copy is accepted: keep one", names))

    def _pass_over(self, place: str, others: list[tuple[Claim, Entry]], compared: int) -> None:
        """Say of files that fit a place less well that they were not read, unless they say the same."""
        for number, (_, entry) in enumerate(others, start=compared):
            if number < limits.MAX_CLAIMS_READ and place in self.hand_in.files and self._is_same(entry, self.hand_in.files[place]):
                continue
            self.notes.append(Line(entry.name, "was not read, since @ is there", (self.taken[place],)))
            self.rest.append(entry)

    def _is_same(self, entry: Entry, data: bytes) -> bool:
        try:
            return entry.read(len(data) + 1) == data
        except OSError:
            return False

    def _read(self, place: str, entry: Entry) -> bytes | None:
        """The content of an entry for a place; None when it was refused, and is kept for people where it can be."""
        ending = PurePosixPath(place).suffix
        most = limits.MAX_FILE_BYTES.get(ending, limits.MAX_OTHER_FILE_BYTES)
        raw = limits.MAX_RAW_NOTEBOOK_BYTES if ending == ".ipynb" else most
        try:
            data = entry.read(raw + 1)
        except OSError as error:
            self.refuse(entry.name, f"{error.strerror or error}")
            return None
        if (reason := wrong_content(place, data[:HEAD_BYTES])) is not None:
            self.refuse(entry.name, reason)
            self.rest.append(entry)
            return None
        if ending == ".ipynb" and folded(entry.name).endswith((".json", ".txt")) and b'"cells"' not in data:
            self.rest.append(entry)
            return None
        if len(data) > most:
            slim = fit_notebook(data) if ending == ".ipynb" and len(data) <= raw else None
            if slim is None:
                self.refuse(entry.name, f"it is larger than {limits.megabytes(most)}")
                self.rest.append(entry)
                return None
            data, left_out = slim
            kept = f"is larger than {limits.megabytes(most)}, so {left_out} were left out; the answers are kept"
            self.notes.append(Line(entry.name, kept))
        return data

    def refuse(self, name: str, reason: str) -> None:
        """List what is not read."""
        self.refusals.append(Line(name, reason))

    def name_the_rest(self) -> None:
        """Compare given files with the course's, say of every other file what it is where somebody may believe it to be graded."""
        for name, entry in self.given.items():
            ours = self.rules.given[name]
            if ours is not None and (theirs := _fingerprint_of(entry)) is not None and theirs != ours:
                self.notes.append(Line(entry.name, "is a given file and differs from the course's version, which is used instead"))
        # Of what claimed a place it is said already what became of it.
        told = {entry.name for claims in self.claims.values() for _, entry in claims}
        unnamed = [entry for entry in self.rest if entry.name not in told]
        for number, entry in enumerate(unnamed):
            reason = self._reason_to_name(entry, looks=number < limits.MAX_SNIFFED)
            if reason is not None:
                self.refuse(entry.name, reason)

    def _reason_to_name(self, entry: Entry, looks: bool) -> str | None:
        """Why a file that is not graded is named; None for one that nobody believes to be."""
        ending = PurePosixPath(folded(entry.name)).suffix
        if ending in limits.MAX_FILE_BYTES:
            if self.rules.is_known(entry.name):
                return None
            return f"not a file that is graded{self._instead(entry.name, ending)}"
        if not looks:
            return None
        try:
            content = content_of(entry.read(HEAD_BYTES), entry.name)
        except OSError:
            return None
        if content is None:
            return None
        stands_for = f"{PurePosixPath(folded(entry.name)).stem}.ipynb"
        missing = {folded(place) for place in self.rules.places if place not in self.hand_in.files}
        if content.advice is Advice.PACK or self.hand_in.empty or stands_for in missing:
            return str(content)
        return None

    def _instead(self, name: str, ending: str) -> str:
        """What to do with a file of the package or with weights that nobody looks for."""
        if ending == ".npz" and self.rules.models:
            return f"; the names are {', '.join(self.rules.models)}"
        return "; move what you need of it into one that is" if ending == ".py" and PACKAGE in PurePosixPath(name).parts else ""

    def finish(self) -> HandIn:
        """The hand-in with every name as short as it is understood."""
        short = Shortening(self.taken)
        done = self.hand_in
        done.refused = listed(sorted(self.refusals, key=lambda line: (line.name, line.text)), short, ": ")
        done.notes = listed(self.notes, short, " ")
        used = {folded(place) for place in done.files}
        # A changed copy of a given file is kept too: the note about it sends people to look.
        for entry in [*self.rest, *self.given.values()][: limits.MAX_OTHER_FILES]:
            names = (short(entry.name), entry.name, *(f"others-{number}/{entry.name}" for number in range(1, limits.MAX_CLAIMS_READ)))
            name = next((name for name in names if folded(name) not in used), None)
            if name is not None:
                used.add(folded(name))
                done.others.append(replace(entry, name=name))
        return done


def _reason_against(entry: Entry, claim: Claim | None) -> str | None:
    """Why an entry is not read, by its kind and its name."""
    if entry.problem or entry.kind is not EntryKind.FILE:
        return entry.problem or str(entry.kind)
    if points_outside(entry.name):
        return "its name points outside the submission"
    if "\0" in entry.name or not entry.name or (claim is None and not entry.name.isprintable()):
        return "its name holds characters that cannot be printed"
    return None


def _fingerprint_of(entry: Entry) -> str | None:
    try:
        return fingerprint(entry.read(limits.MAX_FILE_BYTES[".py"]))
    except OSError:
        return None
