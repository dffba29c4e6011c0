"""Which system made a download: the one that can read most of its names."""

from __future__ import annotations

from dataclasses import dataclass, replace

from autograder.collect.systems.blackboard import BLACKBOARD
from autograder.collect.systems.brightspace import BRIGHTSPACE
from autograder.collect.systems.canvas import CANVAS
from autograder.collect.systems.classroom import CLASSROOM
from autograder.collect.systems.gradescope import GRADESCOPE
from autograder.collect.systems.moodle import MOODLE
from autograder.collect.systems.plain import PLAIN
from autograder.collect.systems.sakai import SAKAI
from autograder.collect.systems.shape import Download, NameReader, Part, Reading, System

SYSTEMS = (GRADESCOPE, MOODLE, BLACKBOARD, CANVAS, BRIGHTSPACE, SAKAI, CLASSROOM)
DEEPEST_WRAPPING = 3
"""Most folders around the whole download: some systems add one, and so does unpacking and packing it again."""


@dataclass(frozen=True)
class Recognised:
    """The system of a download, or several that fit it equally well, and the folder around its names."""

    systems: tuple[System, ...]
    readers: tuple[NameReader, ...]
    prefix: str
    plain: NameReader

    def read(self, name: str) -> list[Reading]:
        """The readings of a name by each system that can read it."""
        return [reading for read in self.readers if (reading := read(name.removeprefix(self.prefix))) is not None]

    def read_plainly(self, name: str) -> Reading | None:
        """The reading of a name that the system did not make: somebody added that file."""
        return self.plain(name.removeprefix(self.prefix))


def recognise(download: Download, chosen: System | None = None) -> Recognised:
    """Find out which system made a download.

    The system writes the beginning of a name and the student the end. So the question is which system fits most names, never what a single
    name fits.

    Parameters
    ----------
    chosen : use this system, which reads names as they are.
    """
    if chosen is not None:
        reader = chosen.reader(download)
        return Recognised((chosen,), (reader,) if reader else (), "", lambda _name: None)
    best: list[tuple[System, NameReader]] = []
    most, prefix = 0, ""
    for wrapping in _wrappings(download.names):
        inside = _unwrapped(download, wrapping)
        for system in SYSTEMS:
            reader = system.reader(inside)
            readings = [reader(name) for name in inside.names] if reader else []
            count = sum(reading is not None for reading in readings)
            if reader is None or all(reading is None or reading.part is Part.RECORD for reading in readings):
                continue
            if count > most:
                best, most, prefix = [], count, wrapping
            if count == most and prefix == wrapping:
                best.append((system, reader))
    if 2 * most < len(download.names):  # a few names that look like a system's are chance, or a trick
        best, prefix = [], ""
    plain_prefix = prefix if best else _plain_wrapping(download.names)
    plain = PLAIN.reader(_unwrapped(download, plain_prefix))
    assert plain is not None
    if not best:
        return Recognised((PLAIN,), (plain,), plain_prefix, plain)
    return Recognised(tuple(s for s, _ in best), tuple(r for _, r in best), prefix, plain)


def _unwrapped(download: Download, prefix: str) -> Download:
    names = tuple(name.removeprefix(prefix) for name in download.names)
    return replace(download, names=names, text=lambda name: download.text(prefix + name))


def _wrappings(names: tuple[str, ...]) -> list[str]:
    """The folders that are around all names, beginning with none."""
    found = [""]
    while len(found) <= DEEPEST_WRAPPING:
        rest = {name.removeprefix(found[-1]).partition("/")[::2] for name in names}
        tops = {top for top, _ in rest}
        if len(tops) != 1 or not all(inside for _, inside in rest):
            break
        found.append(found[-1] + tops.pop() + "/")
    return found


def _plain_wrapping(names: tuple[str, ...]) -> str:
    """The single folder around a plain download, unless it is a student's folder with one submission."""
    if len(names) < 2:
        return ""
    wrapping = _wrappings(names)
    if len(wrapping) < 2:
        return ""
    inside = [name.removeprefix(wrapping[1]).partition("/")[0] for name in names]
    work = "coursenn" in inside or any(top.endswith((".ipynb", ".py")) and "_" not in top for top in inside)
    return "" if work else wrapping[1]
