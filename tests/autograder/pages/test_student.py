"""Is the feedback page complete, and readable on a phone, in dark mode and with a screen reader?"""

from __future__ import annotations

import dataclasses
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import Course, FeedbackSettings
from autograder.mistakes import load_mistakes
from autograder.pages.losses import CellMark
from autograder.pages.source_lines import SourceText
from autograder.pages.student import Answer, HandedIn, Surroundings, Total, feedback_page
from tests.axe import violations

AA = 4.5
VOID = {"meta", "br", "link", "img", "hr"}


def document(course: Course, **more: Any) -> dict[str, Any]:
    """A result with a passed, a partly correct and an untouched task."""
    tasks = []
    for task, verdict, score in zip(course.tasks[:3], ("passed", "partial", "not_attempted"), (1.0, 0.5, 0.0), strict=False):
        checks = [
            {"name": "gradient of x", "passed": score > 0, "message": ""},
            {"name": "a check with a rather long name that wraps on a phone", "passed": score == 1, "message": "x <b>is</b> off"},
        ]
        tasks.append(
            {
                "id": task.id,
                "function": task.function,
                "notebook": task.notebook,
                "verdict": verdict,
                "score": task.points * score,
                "max_score": task.points,
                "elapsed_s": 0.1,
                "checks": checks,
                "mistakes": [],
                "hint": "The mean is missing.\nWhat is it divided by?" if verdict == "partial" else None,
                "see": task.book,
            }
        )
    tasks[1]["checks"][1]["credit"] = 0.5
    total = sum(t["score"] for t in tasks)
    head = {"assignment": course.assignments[0].name, "course": "9", "status": "graded", "score": total, "max_score": 9.0}
    return {**head, "tasks": tasks, **more}


ANSWERS = (Answer("dropout-scale", "Dropout", 2.0), Answer("dropout-regularizer", "Dropout", 2.0, 1.5, "well <i>put</i>"))
SOURCE = (
    "import numpy as np\n\n\ndef affine_backward(dout, cache):\n    x, w, b = cache\n    return dout @ w.T, 1 / 0, b  # \u202e</pre><b>\n"
)


def around(**more: Any) -> Surroundings:
    """What a page shows besides the result; a test may replace parts of it."""
    known = {
        "handed_in": HandedIn("2026-10-01 23:59 UTC", 2, 3, "0123abcd " * 7 + "0123abcd"),
        "answers": ANSWERS,
        "notes": ["not accepted: a\u202eb<script>.py"],
        "sources": {"layers.py": SourceText(SOURCE.encode())},
        "notebooks": {"Dropout": "Dropout.html"},
    }
    return Surroundings(**{**known, **more})


@pytest.fixture
def page(course: Course) -> str:
    return feedback_page(course, "ada <script>", document(course), around())


class Reader(HTMLParser):
    """Collects the structure of a page that a screen reader uses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.tags: set[str] = set()
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name, value in attrs:
            self.handlers += [name] if name.startswith("on") else []
            self.ids += [value or ""] if name == "id" else []
            if name in ("aria-labelledby", "for") or (name == "href" and (value or "").startswith("#")):
                self.references.append((value or "").lstrip("#"))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def test_the_page_has_landmarks_and_headings(page: str) -> None:
    """Is every element closed, does no heading skip a level, and does every reference have a target?"""
    reader = read(page)
    assert not reader.open
    assert {"html", "header", "main", "nav", "section", "h1", "h2", "h3", "article", "details", "footer"} <= reader.tags
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(reader.headings, reader.headings[1:], strict=False))
    assert len(set(reader.ids)) == len(reader.ids)
    assert set(reader.references) <= set(reader.ids)
    assert '<html lang="en">' in page
    assert "width=device-width" in page


def test_the_page_runs_and_loads_nothing(page: str) -> None:
    """Is the page free of scripts, handlers and elements that load a file?"""
    reader = read(page)
    assert not reader.handlers
    assert not reader.tags & {"script", "iframe", "object", "embed", "form", "link", "img", "base"}
    assert "default-src 'none'" in page
    assert "&lt;script&gt;" in page
    assert "<b>is</b>" not in page
    assert "<i>put</i>" not in page


def test_losses_come_first_with_their_reasons(page: str, course: Course) -> None:
    """Do losses come before what is correct, each with its reason, hint, credit and section of the book?"""
    order = [
        "</header>",
        "Where points were lost</h2>",
        "What is still missing</h2>",
        "Notes</h2>",
        "Your answers</h2>",
        "What is right</h2>",
    ]
    places = [page.index(text) for text in order]
    assert places == sorted(places)
    lost = page[places[1] : places[2]]
    assert lost.index("a check with a rather long name") < lost.index("gradient of x")
    for text in (
        "x &lt;b&gt;is&lt;/b&gt; off",
        "The mean is missing.",
        "What is it divided by?",
        "50 % of its points",
        "Read in the book: Affine layers",
    ):
        assert text in lost
    assert "not read yet" in page
    assert "1.5 of 2 points" in page


def test_the_head_describes_the_submission(page: str, course: Course) -> None:
    """Are time, attempt, receipt and version above the total, and does the total include the answers?"""
    head = words(page[: page.index("</header>")])
    assert (
        head.index("23:59 UTC, attempt 2 of 3") < head.index("0123abcd 0123abcd") < head.index("version 9") < head.index("5 of 13 points")
    )
    assert "5 of 13 points; 2 points not read yet" in head
    late = feedback_page(course, "ada", document(course), around(total=Total(1.0, 153.0, 3.0)))
    assert "1 of 153 points; 2 points not read yet; a late penalty of 3 points is taken off" in words(late)


def words(page: str) -> str:
    """The text of a page in one line."""
    return " ".join(re.sub(r"<style.*?</style>|<[^>]+>", "", page, flags=re.DOTALL).split())


def test_no_id_is_shown(page: str, course: Course) -> None:
    """Are tasks, questions and sections of the book named by their titles?"""
    text = words(feedback_page(course, "ada", document(course), around(notes=["relu-forward: odd", "the cell dropout-scale was missing"])))
    assert "ReLU: forward (layers.relu_forward): odd" in text
    assert "the cell “Without the division” was missing" in text
    ids = [item.id for item in (*course.tasks, *course.questions) if "-" in item.id]
    assert not [i for i in ids if re.search(rf"\b{i}\b", text)]
    assert not re.search(r"\w#\w", text)


def test_the_students_own_function_is_shown(page: str, course: Course) -> None:
    """Is the function that lost marks shown as text, with line numbers, and the line that raised marked?"""
    assert "def affine_backward(dout, cache):" in page
    assert "&lt;/pre&gt;&lt;b&gt;" in page
    assert "\u202e" not in page
    assert "was raised here" not in page
    broken = document(course)
    broken["tasks"][1]["checks"][1]["message"] = "raised ZeroDivisionError in layers.py, line 6: division by zero"
    marked = re.search(r"<mark>(.*?)</mark>\n(.*?)\n", feedback_page(course, "ada", broken, around()), re.DOTALL)
    assert marked
    assert "   6</i>     return dout @ w.T, 1 / 0, b" in marked[1]
    assert "ZeroDivisionError was raised here" in marked[2]


def test_the_question_comes_first(course: Course) -> None:
    """Does a mistake's question come first, then its explanation, then the folded list of checks?"""
    named = document(course)
    mistake = next(m for m in load_mistakes(course) if m.task == "affine-backward")
    named["tasks"][1] |= {"mistakes": [mistake.id], "hint": f"{mistake.says} {mistake.asks}"}
    page = feedback_page(course, "ada", named, around())
    card = page[page.index("<article") : page.index("</article>")]
    asks, says, folded = (card.index(t) for t in (*map(escape, (mistake.asks, mistake.says)), "<details><summary>What was checked"))
    assert asks < says < folded


def lost_by_one_cause(course: Course, count: int, **same: Any) -> dict[str, Any]:
    """A result in which so many tasks lost points for the same reason."""
    found = document(course)
    example = found["tasks"][1]
    tasks = [
        {**example, "id": t.id, "function": t.function, "notebook": t.notebook, "see": t.book, "score": 0.5, **same}
        for t in course.tasks[:count]
    ]
    return {**found, "tasks": tasks}


@pytest.mark.parametrize(
    "same",
    [
        {"mistakes": ["affine-forward-no-bias"]},
        {"mistakes": [], "checks": [{"name": "a", "passed": False, "message": "raised TypeError in layers.py, line 6: so many words"}]},
        {"mistakes": [], "checks": [{"name": "a", "passed": False, "message": "while the files were imported: it took too long"}]},
    ],
)
def test_one_cause_has_one_card(same: dict[str, Any], course: Course) -> None:
    """Does a cause that cost points in several tasks have one card that names them all?"""
    text = feedback_page(course, "ada", lost_by_one_cause(course, 4, **same), around())
    assert text.count("<article") == 1
    card = text[text.index("<article") : text.index("</article>")]
    assert [card.index(t) for t in ("Lost for the same reason", "Affine layer: backward", "ReLU: forward", "ReLU: backward")]
    other = lost_by_one_cause(course, 2, mistakes=[])
    assert feedback_page(course, "ada", other, around()).count("<article") == 2, "the same message does not make a common cause"


def test_a_message_of_several_checks_is_shown_once(course: Course) -> None:
    """Is the message of ten checks shown once, with their names?"""
    checks = [{"name": f"check {i}", "passed": False, "message": "not finished because of this"} for i in range(10)]
    text = feedback_page(course, "ada", lost_by_one_cause(course, 1, checks=checks), around())
    assert text.count("not finished because of this") == 1
    assert "check 0; check 1" in text


def test_the_message_of_all_checks_comes_first(course: Course) -> None:
    """Is a message of all checks shown above the code if no mistake is named?"""
    checks = [
        {"name": f"check {i}", "passed": False, "message": "cannot be read: layers.py, line 6: '(' was never closed"} for i in range(3)
    ]
    lost = lost_by_one_cause(course, 2, checks=checks, hint=None)["tasks"][1:]
    text = feedback_page(course, "ada", document(course, tasks=lost), around())
    card = text[text.index("<article") : text.index("</article>")]
    assert card.index("was never closed.") < card.index("Python cannot read this") < card.index("<details><summary>What was checked")


def test_comments_are_shown_with_their_task(course: Course) -> None:
    """Is a grader's comment shown with its task, even a passed one, and is a mark given by hand labelled?"""
    marks = {i: CellMark(1.0, 3.0, by_hand=True, comment=f"Look at <{i}>") for i in ("affine-forward", "affine-backward")}
    marks["affine-forward"] = CellMark(2.0, 2.0, comment="Well <done>")
    text = feedback_page(course, "ada", document(course), around(marks=marks))
    card = text[text.index("<article") : text.index("</article>")]
    assert "Look at &lt;affine-backward&gt;" in card
    assert "1 of 3 points, given by a person" in card
    assert "Well &lt;done&gt;" in text[text.index("What is right</h2>") :]


def test_the_page_says_how_to_ask_for_another_look(page: str, course: Course) -> None:
    """Does the page show the text from the manifest, escaped, and no such section if there is none?"""
    assert "another look" not in page
    settings = FeedbackSettings(another_look="Write to <us>.\n\nWithin a week.")
    text = feedback_page(dataclasses.replace(course, feedback=settings), "ada", document(course), around())
    assert re.search(r"another look at a mark</h2>\s*<p>Write to &lt;us&gt;.</p>\s*<p>Within a week.</p>", text)


@pytest.mark.parametrize("number", [0, 1, 36])
def test_a_page_may_have_any_number_of_losses(number: int, course: Course) -> None:
    """Is the page complete with no loss, with one, and with a loss in every task?"""
    tasks = lost_by_one_cause(course, 36)["tasks"]
    for task in tasks[number:]:
        task["score"], task["verdict"] = task["max_score"], "passed"
    text = feedback_page(course, "ada", {**document(course), "tasks": tasks})
    assert text.count("<article") == number
    assert ("Where points were lost" in text) == (number > 0)
    assert ("What is right" in text) == (number < 36)
    assert not read(text).open


def test_singular_and_plural_are_correct(course: Course) -> None:
    """Is it "1 point", and never "1 points"?"""
    text = words(feedback_page(course, "ada", document(course), around(answers=[Answer("dropout-scale", "Dropout", 1.0)])))
    assert "1 point not read yet" in text
    assert not re.search(r"\b1 (points|tasks|checks|lines)\b", text)


def test_the_book_is_linked_once_it_has_an_address(page: str, course: Course) -> None:
    """Is a section of the book a link only if the course has an address for the book?"""
    assert "https://" not in page
    assert 'Read in the book: <a href="https://you.github.io/layers/book/' in feedback_page(
        dataclasses.replace(course, book_address="https://you.github.io/layers"), "ada", document(course)
    )


def test_the_page_says_why_a_submission_was_not_graded(course: Course) -> None:
    """Is the reason above everything else?"""
    text = words(feedback_page(course, "ada", document(course, status="not_gradable", reason="the archive is damaged", tasks=[]), around()))
    assert text.index("could not be graded: the archive is damaged") < text.index("Your answers")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_have_enough_contrast(page: str) -> None:
    """Does all text reach WCAG AA on both backgrounds, in light and in dark mode?"""
    themes = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", page, re.DOTALL)]
    assert len(themes) == 2
    for theme in themes:
        for ground in ("page", "card"):
            for text in ("text", "soft", "link", "good", "part", "bad"):
                assert contrast(theme[ground], theme[text]) >= AA, (ground, text, theme)
            assert contrast(theme["marked"], theme["text"]) >= AA
            assert contrast(theme["marked"], theme["soft"]) >= AA
            assert contrast(theme[ground], theme["line"]) >= 3


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone(scheme: Any, page: str, tmp_path: Path, chromium: Any) -> None:
    """Is there nothing to scroll sideways at a width of 320 pixels, and is the background right in both modes?"""
    path = tmp_path / "index.html"
    path.write_text(page, encoding="utf-8")
    view = chromium.new_page(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    view.goto(path.as_uri())
    wide = view.evaluate("document.documentElement.scrollWidth")
    ground = view.evaluate("getComputedStyle(document.body).backgroundColor")
    view.close()
    assert wide <= 320
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}[scheme]


def loses_much(course: Course, count: int = 30) -> str:
    """The page of a student who handed in a damaged notebook and lost marks in most tasks."""
    found = lost_by_one_cause(course, count)
    for task in found["tasks"]:
        mistake = next((m for m in load_mistakes(course) if m.task == task["id"]), None)
        if mistake:
            task |= {"mistakes": [mistake.id], "hint": f"{mistake.says} {mistake.asks}"}
    alert = "Six answers in “Batch and layer normalization” read “No response”: the file is not a notebook (broken JSON)."
    sources = {name: SourceText(course.reference(name).read_bytes()) for name in course.editable}
    time = HandedIn("2026-10-01 23:59 America/Argentina/Buenos_Aires (2026-10-02 02:59 UTC)", 2, 3, "0123abcd " * 7 + "0123abcd")
    answers = [Answer(q.id, q.notebook, q.points) for q in course.questions]
    return feedback_page(course, "ada-of-a-long-name", found, around(alerts=[alert], sources=sources, handed_in=time, answers=answers))


@pytest.mark.browser
def test_the_first_loss_is_on_the_first_screen_of_a_phone(course: Course, tmp_path: Path, chromium: Any) -> None:
    """Is the first question on the first screen, does the page load no other file, and does axe find nothing?"""
    path = tmp_path / "index.html"
    path.write_text(loses_much(course), encoding="utf-8")
    context = chromium.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True, offline=True)
    view = context.new_page()
    asked: list[str] = []
    view.on("request", lambda request: asked.append(request.url))
    view.goto(path.as_uri())
    assert view.evaluate("document.querySelector('article .question').getBoundingClientRect().bottom") < 844
    assert asked == [path.as_uri()]
    # A page with five losses has every kind of element, and axe takes less time.
    path.write_text(loses_much(course, 5), encoding="utf-8")
    view.reload()
    for scheme in ("light", "dark"):
        view.emulate_media(color_scheme=scheme)
        assert not violations(view), scheme
    context.close()
