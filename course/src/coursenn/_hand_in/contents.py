"""What a file is by its first bytes, whatever it is called, and what to hand in in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

from .names import folded

HEAD_BYTES = 4096


class Advice(Enum):
    """What to do about a file of a kind that is not read."""

    PACK = "hand in a zip instead (python -m coursenn submit packs one)"
    ITSELF = "hand in the notebook itself, the file that ends in .ipynb"
    FETCH = "this is the page or the pointer that leads to a file: download the file itself"


@dataclass(frozen=True)
class Content:
    """A kind of content: what it is called, and what to do."""

    name: str
    advice: Advice

    def __str__(self) -> str:
        return f"it is {self.name}; {self.advice.value}"


def _archive(name: str) -> Content:
    return Content(name, Advice.PACK)


def _document(name: str) -> Content:
    return Content(name, Advice.ITSELF)


_BY_FIRST_BYTES: tuple[tuple[bytes, Content], ...] = (
    (b"7z\xbc\xaf\x27\x1c", _archive("a 7z archive")),
    (b"Rar!\x1a\x07", _archive("a RAR archive")),
    (b"\xfd7zXZ\x00", _archive("an xz archive")),
    (b"BZh", _archive("a bzip2 archive")),
    (b"\x28\xb5\x2f\xfd", _archive("a Zstandard archive")),
    (b"\x1f\x8b", _archive("a gzip archive of something else than a tar")),
    (b"\x1f\x9d", _archive("an archive of compress")),
    (b"MSCF", _archive("a CAB archive")),
    (b"xar!", _archive("a XAR archive")),
    (b"%PDF", _document("a PDF document")),
    (b"{\\rtf", _document("an RTF document")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _document("an old Office document (such as .doc)")),
    (b"\x89PNG\r\n", _document("a PNG picture")),
    (b"\xff\xd8\xff", _document("a JPEG picture")),
    (b"GIF8", _document("a GIF picture")),
    (b"bplist00", Content("a property list or a web archive of a Mac", Advice.FETCH)),
    (b"version https://git-lfs.github.com", Content("a pointer of Git LFS", Advice.FETCH)),
    (b"[InternetShortcut]", Content("a link to a web page", Advice.FETCH)),
)
_IN_A_ZIP: tuple[tuple[bytes, Content], ...] = (
    (b"word/", _document("a Word document")),
    (b"xl/", _document("an Excel sheet")),
    (b"ppt/", _document("a PowerPoint presentation")),
    (b"mimetypeapplication/vnd.oasis.opendocument", _document("an OpenDocument file")),
    (b"Index/Document.iwa", _document("a Pages document")),
    (b"Index/", _document("a document of Pages, Numbers or Keynote")),
    (b"mimetypeapplication/epub", _document("an EPUB book")),
)
_BY_ENDING = {
    **{ending: _document("a document of an office program") for ending in (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub")},
    **{ending: _document("a document of Pages, Numbers or Keynote") for ending in (".pages", ".numbers", ".key")},
}
"""What a zip of such a name is, where its first bytes do not say it."""
_HTML = re.compile(rb"\s*(?:<!--.{0,400}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_DRIVE = re.compile(rb'\s*\{[^{}]{0,300}"(?:doc_id|resource_id)"\s*:')
# Zip members name these first, before anything else than this and its relations.
_OFFICE = (b"[Content_Types].xml", b"_rels/", b"mimetype", b"Index/", b"Data/", b"preview", b"Metadata/", b"docProps/")


def is_zip(head: bytes) -> bool:
    """Whether bytes begin as a zip does, an empty one too."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


def is_gzip(head: bytes) -> bool:
    """Whether bytes begin as gzip does."""
    return head.startswith(b"\x1f\x8b\x08")


def is_tar(head: bytes) -> bool:
    """Whether bytes begin as a tar does."""
    return head[257:262] == b"ustar"


def is_archive(head: bytes, name: str = "") -> bool:
    """Whether a file that begins so is opened: a zip that is not a document, a tar, or what may be a compressed tar."""
    return (is_zip(head) and _document_in_zip(head, name) is None) or is_gzip(head) or is_tar(head)


def content_of(head: bytes, name: str = "") -> Content | None:
    """What a file that begins so is, when it is neither text nor an archive that is opened; None for all else.

    Parameters
    ----------
    name : of the file, which helps with a zip that may be a document.
    """
    for start, content in _BY_FIRST_BYTES:
        if head.startswith(start):
            return content
    if head[4:8] == b"ftyp" and head[8:11] in (b"hei", b"hev", b"mif"):
        return _document("a HEIC picture")
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return _document("a WebP picture")
    if is_zip(head):
        return _document_in_zip(head, name)
    if _HTML.match(head.lstrip(b"\xef\xbb\xbf")):
        return Content("an HTML page", Advice.FETCH)
    if _DRIVE.match(head):
        return Content("a pointer to a file in Google Drive", Advice.FETCH)
    return None


def _document_in_zip(head: bytes, name: str = "") -> Content | None:
    length = int.from_bytes(head[26:28], "little")
    if head[30 : 30 + length].startswith(_OFFICE):
        for sign, content in _IN_A_ZIP:
            if sign in head:
                return content
        if head[30:].startswith(b"[Content_Types].xml"):
            return _document("a document of an office program")
    return _BY_ENDING.get(PurePosixPath(folded(name)).suffix)


def wrong_content(place: str, head: bytes) -> str | None:
    """Why a file in a place is not what belongs there by its first bytes; None when it may be."""
    ending = PurePosixPath(place).suffix
    if ending == ".npz":
        found = None if is_zip(head) else content_of(head)
    elif is_zip(head) or is_tar(head):
        found = content_of(head) or Content("an archive", Advice.ITSELF)
    else:
        found = content_of(head)
    if found is None:
        return None
    return f"it is {found.name}, not a {'notebook' if ending == '.ipynb' else ending.removeprefix('.') + ' file'}: hand in the file itself"
