"""Reads what a student hands in: the one code, with the one set of limits, for packing, merging, collecting, checking and grading.

Nothing that is handed in is believed: no name, size, mode or directory. Every part of this package uses only the standard library, and
imports its neighbours by relative names, so that grading can load it from the course's own tree.
"""

from . import limits
from .entries import NO_FAULT_OF_THE_STUDENT, Entry, EntryKind, HandInError, kind_of_mode, open_file
from .hand_in import HandIn
from .opening import open_entries, opened_archives
from .reading import read_hand_in
from .rules import Rules, fingerprint
from .writing import unpackable, write_hand_in

__all__ = [
    "NO_FAULT_OF_THE_STUDENT",
    "Entry",
    "EntryKind",
    "HandIn",
    "HandInError",
    "Rules",
    "fingerprint",
    "kind_of_mode",
    "limits",
    "open_entries",
    "open_file",
    "opened_archives",
    "read_hand_in",
    "unpackable",
    "write_hand_in",
]
