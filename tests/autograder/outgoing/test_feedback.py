"""Is feedback complete, the same each time, and about the files that the student handed in?"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from autograder.intake.submission import submitted_files
from autograder.manifest import Course
from autograder.outgoing.feedback import feedback
from autograder.outgoing.surroundings import handed_in, why_no_response
from autograder.pages.student import Answer, HandedIn
from autograder.questions.line_comments import LineComment, comment_line
from autograder.questions.state import State, database_path
from autograder.runs.grade import grade
from autograder.times import stored_text
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace
from coursenn import submit
from coursenn._work_folder import Work
from tests.autograder.marks import grade_by_hand
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, hand_in

STUDENTS = 3


def index(workspace: Workspace, student: str) -> str:
    """Return the text of the summary page, in one line."""
    page = (workspace.feedback(student, "first") / "index.html").read_text()
    return " ".join(re.sub(r"<style.*?</style>|<[^>]+>", "", page, flags=re.DOTALL).split())


def handed(workspace: Workspace, small: Course, student: str) -> HandedIn:
    """Return what the page says about the hand-in."""
    return handed_in(workspace, small, "first", student, submitted_files(workspace.submitted(student, "first"), small))


def cut(path: Path) -> None:
    """Cut a notebook in half, as a full disk would."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_why_answers_are_empty_is_said_first(workspace: Workspace, small: Course) -> None:
    """Is a truncated notebook given as the reason for "No response", above the losses, and an unfilled one not?"""
    hand_in(workspace, "ben", {"coursenn/layers.py": WRONG_BACKWARD})
    cut(workspace.submitted("ben", "first") / "Alpha.ipynb")
    (workspace.submitted("ben", "first") / "Beta.ipynb").unlink()
    hand_in(workspace, "cyd", {"coursenn/layers.py": WRONG_BACKWARD})
    assert not grade(workspace, small, "first", unsafe=True).failures
    assert feedback(workspace, small, "first").written == ["ben", "cyd"]
    said = index(workspace, "ben")
    assert "One answer in “Alpha” reads “No response”: the file is not a notebook (broken JSON)" in said
    assert "One answer in “Beta” reads “No response”: this notebook was not handed in" in said
    assert said.index("reads “No response”") < said.index("Where points were lost")
    assert "“No response”:" not in index(workspace, "cyd")


@pytest.mark.whole
def test_several_processes_write_the_same(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are the pages and the messages the same if several processes write them?"""
    for student in ("ada", "ben", "cyd"):
        hand_in(workspace, student, {"coursenn/layers.py": WRONG_BACKWARD})
    assert not grade(workspace, small, "first", unsafe=True).failures
    alone = feedback(workspace, small, "first")
    pages = {path: path.read_bytes() for path in sorted((workspace.root / "feedback").rglob("*.html"))}
    shutil.rmtree(workspace.root / "feedback")
    monkeypatch.setattr("autograder.outgoing.graded.WORTH_A_PROCESS", 1)
    monkeypatch.setattr("autograder.outgoing.graded.cores", lambda: 2)
    assert feedback(workspace, small, "first") == alone
    assert {path: path.read_bytes() for path in sorted((workspace.root / "feedback").rglob("*.html"))} == pages


@pytest.mark.parametrize(
    ("comments", "notes", "said"),
    [
        (2, ["the file is not a notebook"], "Two answers in “A” read “No response”: the file is not a notebook."),
        (
            1,
            ["the cell a-0 was missing; the released one is used instead"],
            "One answer in “A” reads “No response”: 1 cell of the notebook was missing.",
        ),
        (0, ["the file is not a notebook"], ""),
        (2, ["the cell a-0 had lost its name and was recognised"], ""),
        (2, [], ""),
    ],
)
def test_sentences_about_empty_answers(comments: int, notes: list[str], said: str) -> None:
    """Is there a sentence exactly if the notebook was damaged and an answer is empty, and is it a sentence?"""
    answers = [Answer(f"a-{i}", "alpha", 1.0, 0.0, "No response." if i < comments else "Good.") for i in range(3)]
    assert why_no_response({"alpha": "A"}, answers, {"alpha": notes}) == ([said] if said else [])


def test_the_total_is_that_of_the_gradebook(workspace: Workspace, small: Course) -> None:
    """Does the total include scores given by hand, and mention answers not read yet?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS}, answers={"alpha-why": "Since.", "beta-why": "So."})
    assert not grade(workspace, small, "first", unsafe=True).failures
    grade_by_hand(workspace, "ada", "alpha-why", score=3.0)
    assert feedback(workspace, small, "first").waiting == {"ada": 1}
    assert "8 of 13 points; 2 points not read yet" in index(workspace, "ada")


def test_which_attempt_it_is(workspace: Workspace, small: Course) -> None:
    """Are attempts counted by their times, including those put aside later, but not those without work?"""
    hand_in(workspace, "ada")
    times = {"now": datetime(2026, 10, 2, 12), "20261003T1": datetime(2026, 10, 1, 12), "20261004T1": datetime(2026, 10, 3, 12)}
    for name, at in times.items():
        folder = workspace.submitted("ada", "first") if name == "now" else workspace.earlier / "ada" / "first" / name
        (folder / "coursenn").mkdir(parents=True, exist_ok=True)
        (folder / "coursenn" / "layers.py").write_text("")
        (folder / "timestamp.txt").write_text(stored_text(at))
    empty = workspace.earlier / "ada" / "first" / "20261005T1"
    empty.mkdir()
    (empty / "timestamp.txt").write_text(stored_text(datetime(2026, 10, 4, 12)))
    (workspace.earlier / "ada" / "first" / "refused").mkdir()
    found = handed(workspace, small, "ada")
    assert (found.attempt, found.attempts) == (2, 3)
    assert found.time == "2026-10-02 12:00 UTC"
    hand_in(workspace, "ben")
    assert (handed(workspace, small, "ben").time, handed(workspace, small, "ben").attempts) == ("", 1)


def test_the_receipt_is_the_one_of_packing(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Does the page show what `coursenn.submit` printed for the same work, and another receipt for other work?"""
    work = hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    names = ("coursenn/layers.py", "coursenn/optim.py", "Alpha.ipynb", "Beta.ipynb")
    packed = submit.Submission(Work(work, work / "coursenn"), {name: (work / name).read_bytes() for name in names})
    assert handed(workspace, small, "ada").receipt == packed.receipt
    assert len(packed.receipt.split()) == 8
    hand_in(workspace, "ada", {"coursenn/layers.py": WRONG_BACKWARD})
    assert handed(workspace, small, "ada").receipt != packed.receipt


def test_the_student_reads_how_the_hand_in_was_read(workspace: Workspace, small: Course) -> None:
    """Does a student read which files were refused, which were read under another name, and that the work was late?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    said = {
        "from": "Canvas",
        "refused": ["a.7z: it is a 7z archive"],
        "notes": ["a (1).py is read as a.py"],
        "late": True,
    }
    (workspace.root / "collected" / "first").mkdir(parents=True)
    (workspace.root / "collected" / "first" / "ada.json").write_text(json.dumps(said))
    grade(workspace, small, "first", unsafe=True)
    feedback(workspace, small, "first")
    page = (workspace.feedback("ada", "first") / "index.html").read_text()
    for sentence in (
        "not accepted: a.7z: it is a 7z archive",
        "a (1).py is read as a.py",
        "Canvas calls this hand-in late",
    ):
        assert sentence in page


def test_the_exchange_hands_out_the_summary_too(workspace: Workspace, small: Course) -> None:
    """Do the notebooks' pages, the only ones that nbgrader lets a student fetch, contain everything that a student should read?"""
    folder = hand_in(workspace, "ben", {"coursenn/layers.py": WRONG_BACKWARD})
    (folder / "timestamp.txt").write_text(stored_text(datetime(2026, 10, 1)))
    (folder / "submission_secret.txt").write_text("a secret")
    grade(workspace, small, "first", unsafe=True)
    assert feedback(workspace, small, "first").released == ["ben"]
    alpha, beta = ((workspace.feedback("ben", "first") / f"{name}.html").read_text() for name in ("Alpha", "Beta"))
    for text in ("Where points were lost", "def relu_backward", 'id="alpha-why"', "<h1>Feedback on First</h1>"):
        assert text in alpha
    assert alpha.count("<h1") == alpha.count("<main>") == alpha.count("</style>") == 1
    ids = re.findall(r'id="([^"]*)"', alpha)
    assert len(ids) == len(set(ids))
    assert "index.html" not in alpha + beta
    assert 'href="Alpha.html">The summary of' in beta


def test_pages_lead_to_each_other(workspace: Workspace, small: Course) -> None:
    """Does every address in a folder of feedback name a file and a place in it?"""
    hand_in(workspace, "ben", {"coursenn/layers.py": WRONG_BACKWARD})
    grade(workspace, small, "first", unsafe=True)
    feedback(workspace, small, "first")
    folder = workspace.feedback("ben", "first")
    pages = {path.name: path.read_text() for path in folder.glob("*.html")}
    assert set(pages) == {"index.html", "Alpha.html", "Beta.html"}
    for name, page in pages.items():
        for address in re.findall(r'href="([^"]*)"', page):
            if not address.startswith("https://example.org/"):
                file, _, place = address.partition("#")
                assert not place or f'id="{place}"' in pages[file or name], address
                assert not file or file in pages, address
    assert 'href="Alpha.html#alpha-why"' in pages["index.html"]


@pytest.mark.browser
def test_every_page_opens_without_a_network(workspace: Workspace, small: Course, chromium: Any) -> None:
    """Does a browser load only the page itself and without an error, for any text in a student's notebook?"""
    answer = "$\\sum_i x_i$ ![p](https://example.org/p.png) <img src='//example.org/q.png'> <link rel=stylesheet href=//example.org/s.css>"
    for student, secret in (("ben", ""), ("cyd", "secret")):
        folder = hand_in(workspace, student, {"coursenn/layers.py": WRONG_BACKWARD}, answers={"alpha-why": answer})
        if secret:
            (folder / "timestamp.txt").write_text(stored_text(datetime(2026, 10, 1)))
            (folder / "submission_secret.txt").write_text(secret)
    grade(workspace, small, "first", unsafe=True)
    assert feedback(workspace, small, "first").written == ["ben", "cyd"]
    pages = sorted((workspace.root / "feedback").rglob("*.html"))
    assert len(pages) == 6
    context = chromium.new_context(offline=True)
    view = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    view.on("request", lambda request: asked.append(request.url))
    view.on("console", lambda message: said.append(message.text))
    for page in pages:
        view.goto(page.as_uri())
    assert asked == [page.as_uri() for page in pages]
    assert not said
    context.close()


HOSTILE = [b"def relu_backward(" * 30_000, b'x = """' + b"\\" * 500_000, b"\xff\xfe" + os.urandom(4_000), b"(" * 900_000, b"\0" * 9_000]


def test_no_source_costs_the_feedback(workspace: Workspace, small: Course) -> None:
    """Is a page written quickly for any file from which the student's lines are quoted?"""
    for n, source in enumerate(HOSTILE):
        hand_in(workspace, f"eve-{n}", {"coursenn/layers.py": source})
    assert not grade(workspace, small, "first", unsafe=True).failures
    started = time.monotonic()
    done = feedback(workspace, small, "first")
    assert (len(done.written), done.failures) == (len(HOSTILE), {})
    assert time.monotonic() - started < 30 * len(HOSTILE)


def files(workspace: Workspace) -> dict[str, bytes]:
    """Return everything that students get, here and in the exchange."""
    found = {}
    for folder in (workspace.root / "feedback", workspace.exchange / "small" / "feedback"):
        found |= {str(p.relative_to(workspace.root)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    return found


def command(workspace: Workspace) -> list[str]:
    return [sys.executable, "-m", "autograder", "feedback", "--workspace", str(workspace.root)]


@pytest.fixture(scope="module")
def undisturbed(small: Course, released_once: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes], float]:
    """A graded class that handed in partly through the exchange, its feedback, and the time to write that."""
    before = tmp_path_factory.mktemp("killed") / "before"
    shutil.copytree(released_once, before, symlinks=True)
    workspace = open_workspace(before, small)
    for n in range(STUDENTS):
        folder = hand_in(workspace, f"s{n}", {"coursenn/layers.py": (RIGHT_LAYERS, WRONG_BACKWARD)[n % 2] + f"\n# {n}\n"})
        (folder / "timestamp.txt").write_text(stored_text(datetime(2026, 10, 1, n)))
        if n < 2:
            (folder / "submission_secret.txt").write_text(f"secret-{n}")
    assert not grade(workspace, small, "first", unsafe=True, jobs=1).failures
    after = before.with_name("after")
    shutil.copytree(before, after, symlinks=True)
    started = time.monotonic()
    done = subprocess.run(command(open_workspace(after, small)), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return before, files(open_workspace(after, small)), time.monotonic() - started


@pytest.mark.parametrize("number", range(20 if os.environ.get("COURSENN_PROVE") else 1))
def test_killed_at_a_random_moment(number: int, undisturbed: tuple[Path, dict[str, bytes], float], small: Course, tmp_path: Path) -> None:
    """Does a run after SIGKILL leave exactly the files of an uninterrupted run, also in the exchange?"""
    before, expected, took = undisturbed
    shutil.copytree(before, tmp_path / "class", symlinks=True)
    workspace = open_workspace(tmp_path / "class", small)
    seed = int.from_bytes(os.urandom(4), "big")
    # Before the first page, only the interpreter starts.
    moment = random.Random(seed).uniform(0.4 * took if number % 2 == 0 else 0.0, took)
    print(f"seed {seed}: killed after {moment:.3f} s")
    process = subprocess.Popen(command(workspace), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(moment)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = feedback(workspace, small, "first")
    assert (len(done.written), done.failures) == (STUDENTS, {})
    assert files(workspace) == expected
    assert json.dumps(sorted(expected)).count("exchange/") == 2 * 3, "those who handed in through the exchange have their pages there"


def test_a_comment_on_a_line_is_at_that_line(workspace: Workspace, small: Course) -> None:
    """Is a grader's comment shown at its line, even if it has moved, and with the line's text if it is gone?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    assert not grade(workspace, small, "first", unsafe=True).failures
    line = RIGHT_LAYERS.splitlines().index("    return dout * (cache > 0)") + 1
    about = ("relu-backward", "layers.py", "relu_backward", line, "    return dout * (cache > 0)")
    state = State(database_path(workspace, "first"))
    for comment in ("Nice & <short>.", "And once more."):
        comment_line(state, LineComment("", "ada", *about, comment, "ann", 0.0))
    state.close()
    assert feedback(workspace, small, "first").written == ["ada"]
    shown = index(workspace, "ada")
    assert f"{line:4d} return dout * (cache &gt; 0) ↑ Nice &amp; &lt;short&gt;. ↑ And once more.".strip() in shown
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS.replace("import numpy", "\n\nimport numpy")})
    assert not grade(workspace, small, "first", unsafe=True).failures
    feedback(workspace, small, "first")
    assert f"{line + 2} return dout * (cache &gt; 0) ↑ Nice" in index(workspace, "ada")
    hand_in(workspace, "ada", {"coursenn/layers.py": WRONG_BACKWARD})
    assert not grade(workspace, small, "first", unsafe=True).failures
    feedback(workspace, small, "first")
    assert "On a line of an earlier version, return dout * (cache &gt; 0): Nice" in index(workspace, "ada")
