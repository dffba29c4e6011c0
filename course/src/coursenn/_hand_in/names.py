"""Names as the world writes them: what a browser, an LMS, a system or a person makes of the name of a file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath

_WORDS = "copy|kopie|copie|copia|cópia|kopia|kopi"
_COPY = re.compile(
    rf"""(?: \s*\(\d+\)                              # layers (1), layers(1)
           | [-_\ ]\d+                               # layers-1, as Canvas numbers what is handed in again
           | [-_\ ]+(?:{_WORDS})[-_\ ]*(?:\(?\d+\)?)?    # layers - Copy (2), layers copy 2, Dropout-Copy1
         )$""",
    re.VERBOSE,
)
_COPY_OF = re.compile(rf"^(?:{_WORDS})(?:\s*\(\d+\))?[ _](?:of|von|de|di|van|av|af)[ _]")
_ENDING_ADDED = re.compile(r"(.+\.(?:py|ipynb|npz))\s*(?:\(\d+\))?\.(?:txt|json|py|ipynb|npz)")
_NOTEBOOK_AS_JSON = re.compile(r"(.+)\.json")
_MAX_ROUNDS = 4
_ODD = re.compile(r"\\|//|(?:^|/)\.(?:/|$)|/$|^$")
"""What pathlib would change."""


def normalised(name: str) -> str:
    """A name with forward slashes, each once, without ``./`` and with composed accents; ``..`` and a slash in front are kept."""
    if name.isascii() and not _ODD.search(name):
        return name
    if not name:
        return ""
    return PurePosixPath(unicodedata.normalize("NFC", name.replace("\\", "/"))).as_posix()


def points_outside(name: str) -> bool:
    """Whether a normalised name leaves the hand-in."""
    return name.startswith("/") or re.match(r"[A-Za-z]:", name) is not None or ".." in PurePosixPath(name).parts


def folded(part: str) -> str:
    """What a system that ignores case, width, and spaces and dots at the end of a name treats as the same name."""
    return unicodedata.normalize("NFKC", part).casefold().rstrip(" .").lstrip(" ")


def uncopied(stem: str) -> str:
    """A folded name without its ending and without the marks of a copy."""
    for _ in range(_MAX_ROUNDS):
        shorter = _COPY_OF.sub("", _COPY.sub("", stem)).strip()
        if shorter in (stem, ""):
            return stem
        stem = shorter
    return stem


def originals(name: str) -> Iterator[str]:
    """The folded names of which a file's name may be a changed form, the likeliest first: itself, without an added ending, of a copy."""
    plain = folded(name)
    yield plain
    if len(plain) > 200:
        return
    bare = [plain]
    if (found := _ENDING_ADDED.fullmatch(plain)) is not None:
        bare.insert(0, found[1])
    elif (found := _NOTEBOOK_AS_JSON.fullmatch(plain)) is not None:
        bare.insert(0, f"{found[1]}.ipynb")
    for each in bare:
        if each != plain:
            yield each
        stem, dot, ending = each.rpartition(".")
        if stem and (shorter := uncopied(stem)) != stem:
            yield f"{shorter}{dot}{ending}"


def printable(name: str, limit: int = 120) -> str:
    """A name that a stranger chose, safe to print: what does not print becomes a question mark."""
    return "".join(c if c.isprintable() else "?" for c in name[:limit]) or "(no name)"
