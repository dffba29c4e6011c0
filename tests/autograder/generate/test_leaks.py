"""Are secret lines found in every kind of file, and only secret lines?"""

import html
import io
import json
import zipfile

import pytest

from autograder.generate.leaks import Secret, Secrets, find_leaks, find_leaks_in_bytes, secret_lines
from autograder.generate.regions import squeeze

LINE = 'if normalization == "batchnorm" and x.shape[0] < 2: return <&>'
SECRETS = Secrets([Secret("solution", squeeze(LINE), "layers.py, line 1")])


def zipped(name, content):
    """A zip archive with one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


HIDING_PLACES = {
    "plain": f"x = 1\n    {LINE}\n",
    "other spaces": LINE.replace(" ", "   \t"),
    "in a comment": f"#   {LINE}  # so",
    "broken over two lines": LINE.replace(" and ", "\n    and "),
    "Windows line ends": f"x\r\n{LINE}\r\n",
    "a notebook": json.dumps({"cells": [{"source": ["a\n", f"{LINE}\n"]}]}),
    "a notebook in pieces": json.dumps({"cells": [{"source": [LINE[:20], LINE[20:]]}]}),
    "escaped JSON": json.dumps({"a": LINE}).replace("<", "\\u003c"),
    "JSON inside JSON": json.dumps({"a": json.dumps({"b": LINE})}),
    "JSON inside a script": "<script>var a = " + json.dumps(LINE) + ";</script>",
    "HTML": f"<p>{html.escape(LINE)}</p>",
    "highlighted HTML": '<span class="k">if</span> ' + " ".join(f"<span>{html.escape(w)}</span>" for w in LINE.split(" ")[1:]),
    "HTML in a notebook": json.dumps({"outputs": [{"text/html": f"<pre>{html.escape(LINE)}</pre>"}]}),
}


@pytest.mark.parametrize("place", HIDING_PLACES)
def test_a_secret_is_found(tmp_path, place):
    """Is a secret found in every form that it can take in a release or a feedback file?"""
    (tmp_path / "file").write_bytes(HIDING_PLACES[place].encode())
    (leak,) = find_leaks(tmp_path, SECRETS)
    assert leak.secret.where == "layers.py, line 1"
    assert str(tmp_path / "file") in str(leak)


def test_a_secret_is_found_in_an_archive():
    """Is an archive inside an archive searched file by file?"""
    inner = zipped("layers.py", LINE)
    (leak,) = find_leaks_in_bytes(zipped("inner.zip", inner), "outer.zip", SECRETS)
    assert leak.path == "outer.zip!inner.zip!layers.py"


def test_a_damaged_archive_is_searched():
    """Is a file that only begins like an archive still searched?"""
    assert find_leaks_in_bytes(b"PK\x03\x04" + LINE.encode(), "x.zip", SECRETS)


@pytest.mark.parametrize("length", [25, 26, 37, 38, 39, 80])
def test_a_secret_is_found_at_every_position(length):
    """Is a secret of any length found from the beginning to the end of a text?"""
    text = "".join(chr(ord("a") + i * i % 26) for i in range(length))
    secrets = Secrets([Secret("check", text, "here")])
    for before in range(60):
        for after in (0, 1, 30):
            assert len(secrets.inside("." * before + text + "." * after)) == 1
        assert secrets.inside("." * before + text[:-1]) == []


@pytest.mark.parametrize("text", ["", "short", LINE[:-1], LINE[1:], "\x00\xff", squeeze(LINE)[::-1]])
def test_a_text_without_a_secret_passes(text):
    """Is nothing found in a text that holds no whole secret?"""
    assert find_leaks_in_bytes(text.encode("utf-8"), "x", SECRETS) == []


def test_a_missing_folder_is_an_error(tmp_path):
    """Does a search in a folder that does not exist fail, instead of finding nothing?"""
    with pytest.raises(FileNotFoundError):
        find_leaks(tmp_path / "none", SECRETS)


def test_kinds_of_secrets(load):
    """Are lines of solutions, answers, rubrics and hidden checks secret?"""
    secrets = secret_lines(load())
    by_kind = {kind: [s.text for s in secrets if s.kind == kind] for kind in ("solution", "answer", "check")}
    assert "scale_of_the_solution=2.0" in by_kind["solution"]
    assert "total_of_the_solution_cell=start+1" in by_kind["solution"]
    assert any(text.startswith("Namesthefactor") for text in by_kind["answer"])
    assert any("s.compare(" in text for text in by_kind["check"])


def test_public_lines_are_not_secret(load, small):
    """Is a line of a solution left out of the secrets if a given module shows it?"""
    assert any(s.text == "scale_of_the_solution=2.0" for s in secret_lines(load()))
    (small / "src/coursenn/given.py").write_text("scale_of_the_solution = 2.0\n")
    assert not any(s.text == "scale_of_the_solution=2.0" for s in secret_lines(load()))


def test_rulers_are_not_secret(load, edit):
    """Is a line without a letter or a digit left out of the secrets?"""
    edit("solutions/notebooks/Small.py", "# Because every", "# |" + "---|" * 20 + "\n# Because every")
    assert not any("---" in s.text for s in secret_lines(load(), ["answer"]))
