"""Is the kind of a file recognised by its content, not by its name?"""

from __future__ import annotations

import pytest

from autograder.given_module import given_module
from tests.hand_ins import FULL, gzipped_tar, notebook, tarred, zipped

contents = given_module("_hand_in.contents")


def office(*names: str) -> bytes:
    """Return a file as an office program saves it."""
    return zipped([(name, b"<xml/>") for name in ("[Content_Types].xml", "_rels/.rels", *names)])


def stored(name: str, data: bytes) -> bytes:
    """Return a zip whose first member is not compressed, as OpenDocument requires."""
    import io
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, data)
    return target.getvalue()


FOREIGN = {
    "7z archive": b"7z\xbc\xaf\x27\x1c\0\4",
    "RAR archive": b"Rar!\x1a\x07\x01\0",
    "xz archive": b"\xfd7zXZ\x00",
    "bzip2 archive": b"BZh91AY&SY",
    "Zstandard archive": b"\x28\xb5\x2f\xfd\0",
    "PDF document": b"%PDF-1.7\n",
    "RTF document": b"{\\rtf1\\ansi",
    "old Office document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "Word document": office("word/document.xml"),
    "Excel sheet": office("xl/workbook.xml"),
    "PowerPoint presentation": office("ppt/presentation.xml"),
    "Pages document": stored("Index/Document.iwa", b"\0" * 100),
    "OpenDocument file": stored("mimetype", b"application/vnd.oasis.opendocument.text"),
    "HTML page": b"\xef\xbb\xbf\n<!-- saved from url -->\n<!DOCTYPE html>\n<html>",
    "web archive of a Mac": b"bplist00\xd1",
    "pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:",
    "pointer to a file in Google Drive": b'{"":"WARNING!","doc_id":"1x","resource_key":""}',
    "link to a web page": b"[InternetShortcut]\r\nURL=https://example.org",
    "PNG picture": b"\x89PNG\r\n\x1a\n",
    "JPEG picture": b"\xff\xd8\xff\xe0",
    "GIF picture": b"GIF89a",
    "HEIC picture": b"\0\0\0\x18ftypheic",
    "WebP picture": b"RIFF\0\0\0\0WEBPVP8 ",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_are_recognised(name: str) -> None:
    """Is each kind recognised by its first bytes, named with what to do, and not opened as an archive?"""
    content = contents.content_of(FOREIGN[name][: contents.HEAD_BYTES])
    assert content is not None
    assert name in str(content)
    assert any(word in str(content) for word in ("hand in", "download"))
    assert not contents.is_archive(FOREIGN[name])


def test_a_document_that_looks_like_a_zip_is_recognised_by_its_name() -> None:
    """Is a Pages document that begins with its pictures recognised by its ending, and a zip with the same content opened?"""
    data = zipped([("Data/photo.jpg", b"x"), ("Index/Document.iwa", b"y")])[: contents.HEAD_BYTES].replace(b"Index/", b"other/")
    assert "a document of Pages" in str(contents.content_of(data, "Essay.PAGES"))
    assert not contents.is_archive(data, "Essay.PAGES")
    assert contents.is_archive(data, "work.zip")


@pytest.mark.parametrize("pack", [zipped, tarred, gzipped_tar])
def test_zips_and_tars_are_archives(pack: object) -> None:
    """Are a zip, a tar and a compressed tar recognised as archives?"""
    data = pack(FULL.items())  # type: ignore[operator]
    assert contents.is_archive(data[: contents.HEAD_BYTES])


@pytest.mark.parametrize("data", [b"", b"x = 1\n", b'"""Layers."""\n', notebook(), b"<b>not html</b>", b"{}", b"PKG = 1\n", b"\xff\xfex\0"])
def test_text_is_not_a_foreign_kind(data: bytes) -> None:
    """Are text, a notebook and an empty file accepted as what their name says?"""
    assert contents.content_of(data) is None
    assert not contents.is_archive(data)


@pytest.mark.parametrize("place", ["coursenn/layers.py", "Dropout.ipynb", "models/best_basic.npz"])
def test_wrong_content_under_a_right_name_is_named(place: str) -> None:
    """Is a foreign file with the name of a graded one refused with its kind, and the right one accepted?"""
    assert contents.wrong_content(place, FULL[place][: contents.HEAD_BYTES]) is None
    for name, data in FOREIGN.items():
        # Files of weights are zips as well; their content is examined when the weights are read.
        if not (place.endswith(".npz") and contents.is_zip(data)):
            reason = contents.wrong_content(place, data[: contents.HEAD_BYTES])
            assert name in str(reason)
