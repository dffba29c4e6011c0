"""Does the server for tests and printing send what a web server would send?"""

from __future__ import annotations

import gzip
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from autograder.publish.serve import serving


def test_text_is_compressed_and_pictures_are_not(tmp_path: Path) -> None:
    """Is a page compressed for clients that accept gzip, and sent unchanged to others, as pictures are to all?"""
    page, picture = b"<p>word</p>" * 1000, bytes(range(256))
    (tmp_path / "index.html").write_bytes(page)
    (tmp_path / "picture.png").write_bytes(picture)
    with serving(tmp_path) as address:

        def get(name: str, **headers: str) -> tuple[bytes, str | None]:
            with urllib.request.urlopen(urllib.request.Request(f"{address}/{name}", headers=headers)) as answer:
                return answer.read(), answer.headers["Content-Encoding"]

        accept = {"Accept-Encoding": "gzip, br"}
        for name in ("", "index.html?q=1"):
            sent, encoding = get(name, **accept)
            assert encoding == "gzip"
            assert len(sent) < len(page) / 10
            assert gzip.decompress(sent) == page
        assert get("index.html") == (page, None)
        assert get("picture.png", **accept) == (picture, None)
        (tmp_path / "index.html").write_bytes(b"another")
        assert gzip.decompress(get("", **accept)[0]) == b"another"
        with pytest.raises(urllib.error.HTTPError):
            get("missing.html", **accept)
