"""The search for lines that must not leave: it finds them wherever they hide, and is silent otherwise."""

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
    "windows line ends": f"x\r\n{LINE}\r\n",
    "a notebook": json.dumps({"cells": [{"source": ["a\n", f"{LINE}\n"]}]}),
    "a notebook in pieces": json.dumps({"cells": [{"source": [LINE[:20], LINE[20:]]}]}),
    "escaped JSON": json.dumps({"a": LINE}).replace("<", "\\u003c"),
    "JSON inside of JSON": json.dumps({"a": json.dumps({"b": LINE})}),
    "JSON inside of a script": "<script>var a = " + json.dumps(LINE) + ";</script>",
    "HTML": f"<p>{html.escape(LINE)}</p>",
    "highlighted HTML": '<span class="k">if</span> ' + " ".join(f"<span>{html.escape(w)}</span>" for w in LINE.split(" ")[1:]),
    "HTML in a notebook": json.dumps({"outputs": [{"text/html": f"<pre>{html.escape(LINE)}</pre>"}]}),
}


@pytest.mark.parametrize("place", HIDING_PLACES)
def test_secret_is_found(tmp_path, place):
    """Is a secret found in every dress in which a release or a feedback file may show it?"""
    (tmp_path / "file").write_bytes(HIDING_PLACES[place].encode())
    (leak,) = find_leaks(tmp_path, SECRETS)
    assert leak.secret.where == "layers.py, line 1"
    assert str(tmp_path / "file") in str(leak)


def test_secret_is_found_in_an_archive():
    """Is an archive, and an archive inside of it, searched member by member?"""
    inner = zipped("layers.py", LINE)
    (leak,) = find_leaks_in_bytes(zipped("inner.zip", inner), "outer.zip", SECRETS)
    assert leak.path == "outer.zip!inner.zip!layers.py"


def test_damaged_archive_does_not_stop_the_search():
    """Is a file that only pretends to be an archive still searched?"""
    assert find_leaks_in_bytes(b"PK\x03\x04" + LINE.encode(), "x.zip", SECRETS)


@pytest.mark.parametrize("length", [25, 26, 37, 38, 39, 80])
def test_secret_is_found_at_every_place(length):
    """Is a secret of any length found wherever it begins, up to both ends of the text?"""
    text = "".join(chr(ord("a") + i * i % 26) for i in range(length))
    secrets = Secrets([Secret("check", text, "here")])
    for before in range(60):
        for after in (0, 1, 30):
            assert len(secrets.inside("." * before + text + "." * after)) == 1
        assert secrets.inside("." * before + text[:-1]) == []


@pytest.mark.parametrize("text", ["", "short", LINE[:-1], LINE[1:], "\x00\xff", squeeze(LINE)[::-1]])
def test_search_is_silent_without_a_secret(text):
    """Is a text that holds no whole secret let pass?"""
    assert find_leaks_in_bytes(text.encode("utf-8"), "x", SECRETS) == []


def test_search_needs_a_place(tmp_path):
    """Does a search of nothing fail, rather than find nothing?"""
    with pytest.raises(FileNotFoundError):
        find_leaks(tmp_path / "none", SECRETS)


def test_kinds_of_secrets(load):
    """Are solutions, answers, rubrics and hidden checks all secret?"""
    secrets = secret_lines(load())
    by_kind = {kind: [s.text for s in secrets if s.kind == kind] for kind in ("solution", "answer", "check")}
    assert "scale_of_the_solution=2.0" in by_kind["solution"]
    assert "total_of_the_solution_cell=start+1" in by_kind["solution"]
    assert any(text.startswith("Everythingthat") for text in by_kind["answer"])
    assert any("s.compare(" in text for text in by_kind["check"])


def test_public_lines_are_no_secret(load, small):
    """Is a line of a solution that a given module shows no secret?"""
    assert any(s.text == "scale_of_the_solution=2.0" for s in secret_lines(load()))
    (small / "src/coursenn/given.py").write_text("scale_of_the_solution = 2.0\n")
    assert not any(s.text == "scale_of_the_solution=2.0" for s in secret_lines(load()))


def test_rulers_are_no_secret(load, edit):
    """Is a line without any letter or digit no secret?"""
    edit("solutions/notebooks/Small.py", "# Because the", "# |" + "---|" * 20 + "\n# Because the")
    assert not any("---" in s.text for s in secret_lines(load(), ["answer"]))
