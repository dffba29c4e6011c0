"""Pictures of students: is every kind shown as a PNG, and what cannot be shown left out, without being decoded here?"""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from autograder.pages import pictures
from autograder.pages.pictures import as_png
from autograder.pages.sanitize import MAX_IMAGE_BYTES
from autograder.sandbox import sandbox


def picture(kind: str, size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, kind, **options)
    return file.getvalue()


def opened(content: bytes | None) -> Image.Image:
    assert content is not None
    found = Image.open(io.BytesIO(content))
    assert found.format == "PNG"
    return found


@pytest.mark.usefixtures("needs_sandbox")
def test_every_kind_is_shown_and_no_picture_costs_another() -> None:
    """Do PNG, JPEG, GIF and WebP come out, upright and small, beside what is none, too large, or cut short?"""
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright: to be turned by a quarter
    exif[0x9286] = "at home"
    noise = io.BytesIO()
    Image.effect_noise((3000, 2000), 100).convert("RGB").save(noise, "JPEG")
    bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 60_000, 60_000) + b"\x08\2\0\0\0\0\0\0\0"
    animated = io.BytesIO()
    frames = [Image.new("P", (50, 50), n) for n in range(3)]
    frames[0].save(animated, "GIF", save_all=True, append_images=frames[1:])
    good = [picture(kind) for kind in ("PNG", "JPEG", "GIF", "WEBP")]
    bad = [b"", b"GIF89a", bomb, good[0][:-40], noise.getvalue()[:9000], picture("BMP"), picture("TIFF"), b"<svg/>", b"%PDF-1.7"]
    found = as_png([*good, *bad, animated.getvalue(), picture("JPEG", exif=exif), noise.getvalue()])
    assert [opened(content).size for content in found[:4]] == [(60, 40)] * 4
    assert found[4:-3] == [None] * len(bad)
    assert opened(found[-3]).size == (50, 50)
    assert opened(found[-2]).size == (40, 60)
    assert not opened(found[-2]).getexif()
    assert b"at home" not in (found[-2] or b"")
    assert len(found[-1] or b"") <= MAX_IMAGE_BYTES
    assert opened(found[-1]).width >= 600


@pytest.mark.usefixtures("needs_sandbox")
def test_one_that_ends_the_process_costs_no_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """When a picture ends the process that decodes: are those before and after it shown?"""
    worker = pictures.WORKER.parent / "picture_worker.py"
    text = worker.read_text().replace(
        "    from PIL import", "    if data == b'die':\n        import os; os._exit(1)\n    from PIL import", 1
    )
    dying = pictures.Path(str(tmp_path)) / "worker.py"
    dying.write_text(text)
    monkeypatch.setattr(pictures, "WORKER", dying)
    found = as_png([picture("PNG"), b"die", picture("JPEG"), b"die", picture("GIF")])
    assert [content is not None for content in found] == [True, False, True, False, True]
    # Whoever makes it end again and again costs only pictures of the same notebook.
    assert as_png([b"die"] * 9 + [picture("PNG")]) == [None] * 10


@pytest.mark.usefixtures("needs_sandbox")
def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Are pictures left out that there is no time for?"""
    with monkeypatch.context() as change:
        change.setattr(pictures, "WALL_S", -1.0)
        assert as_png([picture("PNG")]) == [None]
    monkeypatch.setattr(pictures, "ALL_CPU_S", 0)
    assert as_png([picture("PNG"), picture("GIF")]) == [None, None]


def test_without_a_sandbox_nothing_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a wall: is a PNG left as it is, and nothing else shown?"""
    monkeypatch.setattr(sandbox, "problem", lambda: "no bubblewrap")
    assert as_png([picture("PNG"), picture("JPEG"), b"x"]) == [picture("PNG"), None, None]
    assert as_png([]) == []


def test_the_librarys_decoders_are_not_loaded_here() -> None:
    """Does our side of it get along without Pillow?"""
    code = "import sys, autograder.pages.pictures; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
