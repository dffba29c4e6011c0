"""Is every kind of picture shown as a PNG, and decoded only in the sandbox?"""

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
def test_every_kind_of_picture_is_shown() -> None:
    """Are PNG, JPEG, GIF and WebP shown upright and small, and are damaged, huge and other files left out?"""
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera upright: needs a quarter turn
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
def test_a_picture_that_ends_the_process_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Are the pictures before and after it shown?"""
    worker = pictures.WORKER.parent / "picture_worker.py"
    text = worker.read_text().replace(
        "    from PIL import", "    if data == b'die':\n        import os; os._exit(1)\n    from PIL import", 1
    )
    dying = pictures.Path(str(tmp_path)) / "worker.py"
    dying.write_text(text)
    monkeypatch.setattr(pictures, "WORKER", dying)
    found = as_png([picture("PNG"), b"die", picture("JPEG"), b"die", picture("GIF")])
    assert [content is not None for content in found] == [True, False, True, False, True]
    # After several such pictures, the rest of the notebook's pictures are left out.
    assert as_png([b"die"] * 9 + [picture("PNG")]) == [None] * 10


@pytest.mark.usefixtures("needs_sandbox")
def test_the_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Are pictures left out when the time is used up?"""
    with monkeypatch.context() as change:
        change.setattr(pictures, "WALL_S", -1.0)
        assert as_png([picture("PNG")]) == [None]
    monkeypatch.setattr(pictures, "ALL_CPU_S", 0)
    assert as_png([picture("PNG"), picture("GIF")]) == [None, None]


def test_without_a_sandbox_nothing_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a PNG shown as it is, and every other file left out?"""
    monkeypatch.setattr(sandbox, "problem", lambda: "no bubblewrap")
    assert as_png([picture("PNG"), picture("JPEG"), b"x"]) == [picture("PNG"), None, None]
    assert as_png([]) == []


def test_pillow_is_not_imported_here() -> None:
    """Can the module outside the sandbox be imported without Pillow?"""
    code = "import sys, autograder.pages.pictures; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
