"""Is each picture in a text cell, attached or embedded, shown or reported as missing?"""

from __future__ import annotations

import base64
import json
from typing import Any

import nbformat
import pytest

from autograder.gradebook.cell_pictures import MAX_PICTURES
from autograder.gradebook.graded_copy import answer_of
from autograder.gradebook.repair import MAX_MARKDOWN, Repaired, repair
from autograder.pages.filters import markdown2html
from tests.autograder.gradebook.odd_class import PNG
from tests.autograder.gradebook.test_repair import RELEASE, sound

SHOWN = base64.b64decode(PNG)


def repaired(answer: dict[str, Any], convert: Any = lambda pictures: [SHOWN for _ in pictures]) -> Repaired:
    document = json.loads(nbformat.writes(RELEASE))
    document["cells"][3] |= answer
    done = repair(json.dumps(document).encode(), RELEASE, convert)
    sound(done)
    return done


def page(done: Repaired) -> str:
    cell = done.notebook.cells[3]
    return markdown2html({"cell": cell}, cell.source)


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/gif", "image/webp", "image/x-anything"])
def test_attachments_of_any_kind_are_converted(kind: str) -> None:
    """Is an attachment passed to the converter, and the converted picture shown?"""
    content = base64.b64encode(b"as handed in").decode()
    asked: list[bytes] = []
    done = repaired(
        {"source": "![p](attachment:my%20photo.x)", "attachments": {"my photo.x": {kind: [content[:5], content[5:]]}}},
        lambda pictures: [asked.extend(pictures) or SHOWN for _ in pictures],  # type: ignore[func-returns-value]
    )
    assert asked == [b"as handed in"]
    assert f'src="data:image/png;base64,{PNG}"' in page(done)
    assert done.notes == []


@pytest.mark.parametrize("attachments", [{"a.png": {"image/png": "!"}}, {"a.png": {}}, {"a.png": {"text/html": "<b>"}}, {"a.png": 7}])
def test_pictures_that_cannot_be_shown_are_reported(attachments: dict[str, Any]) -> None:
    """Is something that is not a picture replaced by words on the page, and noted?"""
    done = repaired({"source": "See ![p](attachment:a.png).", "attachments": attachments})
    assert "[picture that cannot be shown: a.png]" in page(done)
    assert done.notes == ["1 picture in the text cannot be shown; the files that were handed in have them"]


def test_a_picture_in_the_text_does_not_cost_the_text() -> None:
    """Is an answer kept whole if Colab has embedded a picture in it that exceeds the allowed length of text?"""
    photo = base64.b64encode(bytes(300_000)).decode()
    text = f"Before.\n\n![image.png](data:image/jpeg;base64,{photo})\n\nAfter it stands the point."
    assert len(text) > MAX_MARKDOWN
    done = repaired({"source": text})
    assert done.notebook.cells[3].source.endswith("After it stands the point.")
    assert f'src="data:image/png;base64,{PNG}"' in page(done)
    again = repaired({"source": text.replace("AAAA", "BBBB", 1)})
    assert done.notebook.cells[3].source != again.notebook.cells[3].source


def test_another_picture_is_another_answer() -> None:
    """Is an answer graded by hand shown to the grader again if only its picture has changed?"""
    cells = [
        repaired(
            {"source": "![p](attachment:p)", "attachments": {"p": {"image/png": PNG}}}, lambda pictures, n=n: [SHOWN + n] * len(pictures)
        )
        for n in (b"", b"1")
    ]
    assert answer_of(cells[0].notebook.cells[3]) != answer_of(cells[1].notebook.cells[3])


def test_pictures_are_bounded() -> None:
    """Is the number of decoded pictures bounded, and are the others reported?"""
    attachments = {f"p{n}": {"image/png": base64.b64encode(b"%d" % n).decode()} for n in range(MAX_PICTURES + 3)}
    counts: list[int] = []
    done = repaired(
        {"source": "x", "attachments": attachments},
        lambda pictures: [counts.append(len(pictures)) or SHOWN for _ in pictures],  # type: ignore[func-returns-value]
    )
    assert set(counts) == {MAX_PICTURES}
    assert done.notes == ["3 pictures in the text cannot be shown; the files that were handed in have them"]
