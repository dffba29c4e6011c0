"""Does every mark of an invented class follow from its history in a whole term, from the roster to the marks?

The engine is the one of these tests, which reads marks out of a submission, so that a class of 300 takes minutes; everything around it is
what an instructor uses. `make test WHOLE=1` plays 12 students, `make prove` 300.
"""

from __future__ import annotations

import csv
import io
import random
import re
import time
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from autograder.administration.history import history, made_of
from autograder.administration.upgrade import plan_upgrade, upgrade
from autograder.cli import main
from autograder.gradebook.hand_marks import HandMark, HandMarkWriter
from autograder.gradebook.marks import marks_of_class
from autograder.manifest import Course
from autograder.results import digests
from autograder.runs.grade import grade
from autograder.serving.ledger import Ledger
from autograder.term import journal
from autograder.term.published import published_marks
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.fake_engine import CALLS, fake
from tests.autograder.small_course import released_files

DUE = datetime(2024, 10, 1, 21, 59)
RULE = "10% a day; floor 40%"
FULL = (2.0, 3.0, 2.0)
SYSTEMS = ("blackboard", "canvas")


@dataclass
class Member:
    """A student of the class, with the history of the term."""

    id: str
    points: tuple[float, ...]
    hours_late: float | None = -5.0
    """None for a student who hands in nothing."""
    system: str = "blackboard"
    answers: dict[str, float] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """When it is handed in, in UTC."""
        return DUE + timedelta(hours=self.hours_late or 0.0)


def class_of(count: int) -> list[Member]:
    """Return the students: the first twelve with a chosen history each, the others with a random one."""
    names = ["ada", "ben", "cyd", "dot", "eve", "fay", "gil", "hal", "ida", "jon", "kim", "leo"]
    stories: list[dict[str, Any]] = [
        {},  # ada: in time
        {"hours_late": 30},  # ben: two days begun, one late day to spend
        {"hours_late": 0.1},  # cyd: within the grace
        {},  # dot: hands in for a group
        {"hours_late": None},  # eve: hands in nothing, and is dot's partner
        {"hours_late": 60},  # fay: will be given three days
        {},  # gil: will leave the class
        {"hours_late": -20},  # hal: hands in twice, the second time late
        {"hours_late": -9},  # ida: her archive is damaged
        {"system": "canvas", "hours_late": 50},  # jon: his LMS names no time
        {"system": "canvas"},  # kim: asks for another look, twice
        {"hours_late": None},  # leo: is excused
    ]
    rng = random.Random(count)
    members = []
    for n in range(count):
        points = FULL if n % 3 == 0 else (2.0, float(rng.choice((0, 1, 2))), 1.0)
        name = names[n] if n < len(names) else f"s{n:03d}"
        story = stories[n] if n < len(stories) else {"hours_late": rng.choice((-8, -3, -1, 4, 26, 100)), "system": SYSTEMS[n % 4 == 0]}
        members.append(Member(name, points, **story))
    return members


def work(points: tuple[float, ...], files: dict[str, Any]) -> bytes:
    """The archive of a hand-in that the engine of the tests gives these points."""
    return archive({**files, "coursenn/layers.py": f"# marks: {' '.join(map(str, points))}\n".encode()})


def archive(files: dict[str, bytes]) -> bytes:
    """A zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return buffer.getvalue()


class Term:
    """The actions of an instructor, in the order of a term."""

    def __init__(self, workspace: Workspace, course: Course, members: list[Member], folder: Path) -> None:
        self.workspace, self.course, self.members, self.folder = workspace, course, members, folder
        self.by_id = {m.id: m for m in members}
        answers = {"alpha-why": "Because.", "beta-why": "Since."}
        self.files = {
            n: c for n, c in released_files(workspace, answers=answers).items() if n.endswith(".ipynb") and isinstance(c, str | bytes)
        }

    def run(self, *words: str, status: int = 0) -> Result:
        """Run a command and assert its exit status."""
        done = CliRunner().invoke(main, [*words, "--workspace", str(self.workspace.root)], catch_exceptions=False)
        assert done.exit_code == status, f"{words}: {done.exit_code}\n{done.output}"
        return done

    def grade(self) -> None:
        """Grade with the engine of the tests."""
        report = grade(self.workspace, self.course, "first", grader=fake)
        assert not report.failures

    def totals(self) -> dict[str, float]:
        """Everybody's mark."""
        return {s: m.total for s, m in marks_of_class(self.workspace, "first").items()}

    def roster(self) -> Path:
        """Write the class list, with the numbers that Canvas uses."""
        path = self.folder / "roster.csv"
        rows = [f"{m.id},{m.id.title()},Roe,{m.id}@x.org,{4700 + n}" for n, m in enumerate(self.members)]
        path.write_text("\n".join(["id,first_name,last_name,email,lms_user_id", *rows]) + "\n")
        return path

    def download(self, members: list[Member], system: str, name: str) -> Path:
        """Write the download of an LMS: one archive of archives, with a stranger's among them."""
        files: dict[str, bytes] = {}
        for n, m in enumerate(self.members):
            if m in members and m.system == system:
                notebooks = {k: v if isinstance(v, bytes) else v.encode() for k, v in self.files.items()}
                content = b"PK damaged" if m.id == "ida" else work(m.points, notebooks)
                if system == "canvas":
                    files[f"roe{m.id}_LATE_{4700 + n}_9{n:04d}_work.zip"] = content
                else:
                    files[f"First_{m.id}_attempt_{m.at:%Y-%m-%d-%H-%M-%S}_work.zip"] = content
        if system == "blackboard":
            files["First_stranger_attempt_2024-10-01-12-30-05_work.zip"] = work(FULL, {})
        path = self.folder / name
        path.write_bytes(archive(files))
        return path

    def read_answers(self) -> None:
        """Grade all waiting answers by hand."""
        waiting = {
            (s, c): cell.max_score / 2
            for s, m in marks_of_class(self.workspace, "first").items()
            for c, cell in m.cells.items()
            if cell.waiting
        }
        writer = HandMarkWriter(self.workspace, self.course, "first")
        writer.write(waiting, lambda place, held: HandMark(waiting[place], "read", waiting=False))
        writer.close()


@pytest.fixture(params=[pytest.param(12, marks=pytest.mark.whole), pytest.param(300, marks=pytest.mark.slow)])
def term(request: pytest.FixtureRequest, workspace: Workspace, small: Course, tmp_path: Path) -> Term:
    """A class before the term begins."""
    return Term(workspace, small, class_of(request.param), tmp_path)


def test_a_term_from_the_roster_to_the_marks(term: Term, monkeypatch: pytest.MonkeyPatch, record_property: Any) -> None:
    """Does every final mark follow from its history, also for late, grouped, dropped, resubmitted and damaged work?"""
    started = time.monotonic()
    prepare(term)
    collect(term)
    grade_and_read(term)
    give_back(term)
    complain(term)
    hand_marks_on(term)
    move_to_another_version(term, monkeypatch)
    forget_one(term)
    explain_everybody(term)
    record_property("seconds", round(time.monotonic() - started, 1))
    print(f"{len(term.members)} students in {time.monotonic() - started:.1f} s")


def prepare(term: Term) -> None:
    """Set deadlines, groups and an excuse before anybody hands in."""
    term.run("deadlines", "first", "--due", f"{DUE:%Y-%m-%d %H:%M} UTC", "--grace", "15 min", "--rule", RULE)
    term.run("deadlines", "--tokens", "1")
    (term.workspace.root / "groups.csv").write_text("group,student\nTeam 1,dot eve\n")


def collect(term: Term) -> None:
    """Collect from two systems, with a stranger, a damaged archive, and one collection that is undone."""
    present = [m for m in term.members if m.hours_late is not None]
    wrong = term.download(term.members[:1], "blackboard", "wrong.zip")
    term.run("collect", "first", "--from", str(wrong), "--roster", str(term.roster()), status=1)
    term.run("collect", "first", "--undo")
    assert term.workspace.students("first") == []
    first = term.run("collect", "first", "--from", str(term.download(present, "blackboard", "one.zip")), status=1)
    assert "stranger" in first.output
    term.run("collect", "first", "--from", str(term.download(present, "canvas", "two.zip")), status=1)
    term.run("student", "extend", "leo", "first", "--excused", "--yes")
    term.run("student", "drop", "gil", "--yes")
    waiting = term.run("status", status=1).output
    assert "unmatched" in waiting
    assert "leo" not in waiting
    missing = [line for line in waiting.splitlines() if "nothing from" in line]
    assert not any("eve" in line or "leo" in line or "gil" in line for line in missing)
    assert term.workspace.submitted("eve", "first").is_dir()


def grade_and_read(term: Term) -> None:
    """Grade with the engine and by hand; a group is graded once."""
    CALLS.clear()
    term.grade()
    assert not {"dot", "eve"} <= set(CALLS)
    term.read_answers()
    term.run("export", "first")  # late penalties follow the answers
    totals = term.totals()
    whole = lambda m: sum(m.points) + 3.0  # noqa: E731 - two answers with half of 4 and of 2 points
    ben, cyd, dot, fay = (term.by_id[s] for s in ("ben", "cyd", "dot", "fay"))
    assert totals["ben"] == pytest.approx(whole(ben) * 0.9)
    assert totals["cyd"] == whole(cyd)
    assert totals["eve"] == totals["dot"] == whole(dot)
    assert totals["fay"] == pytest.approx(whole(fay) * 0.8, abs=0.006)
    assert "gil" not in totals


def give_back(term: Term) -> None:
    """Publish feedback to some, then an extension and another attempt, each shown before it is made."""
    term.run("feedback", "first", "--only", "ben", "--only", "kim")
    page = (term.workspace.feedback("ben", "first") / "index.html").read_text()
    assert "1 late day was used for it. It loses 10% of the points (10% a day; floor 40%)." in page
    before = term.totals()["fay"]
    refused = CliRunner().invoke(
        main, ["student", "extend", "fay", "first", "--by", "3 days", "--workspace", str(term.workspace.root)], input="n\n"
    )
    assert refused.exit_code == 1
    assert term.totals()["fay"] == before
    term.run("student", "extend", "fay", "first", "--by", "3 days", "--why", "ill", "--yes")
    assert term.totals()["fay"] == sum(term.by_id["fay"].points) + 3.0
    hal = term.by_id["hal"]
    first_mark, first_time = term.totals()["hal"], hal.at
    hal.hours_late, hal.points = 30, FULL
    term.run("collect", "first", "--from", str(term.download([hal], "blackboard", "again.zip")), status=1)
    term.grade()
    term.read_answers()
    listed = term.run("student", "attempt", "hal", "first").output
    assert len([line for line in listed.splitlines() if line.startswith("first:")]) == 2
    term.run("student", "attempt", "hal", "first", "--use", f"{first_time:%Y-%m-%d %H:%M} UTC", "--yes")
    assert term.totals()["hal"] == pytest.approx(first_mark)
    assert "nothing is waiting" not in term.run("status", status=1).output


def complain(term: Term) -> None:
    """Answer two requests for another look, one of which changes a mark."""
    term.run("student", "history", "kim", "first", "--note", "asked for another look at relu-backward: it stays")
    term.run("student", "history", "kim", "first", "--note", "asked for another look at an answer: half a point more")
    before = term.totals()["kim"]
    writer = HandMarkWriter(term.workspace, term.course, "first")
    writer.write([("kim", "alpha-why")], lambda place, held: HandMark((held.score or 0) + 0.5, "after another look", waiting=False))
    writer.close()
    assert term.totals()["kim"] == before + 0.5
    assert "feedback older than the marks: kim" in term.run("status", status=1).output
    term.run("feedback", "first", "--only", "kim")
    assert published_marks(term.workspace, "first", "feedback")["kim"].total == before + 0.5


def hand_marks_on(term: Term) -> None:
    """Fill in the files of two systems: each mark as it is here, the word for the excused student, and no other row."""
    canvas = [f'"Roe, {m.id.title()}",{4700 + n},,{m.id},A,' for n, m in enumerate(term.members)]
    moodle = [f"Participant {9000 + n},{m.id.title()} Roe,{m.id},{m.id}@x.org,-,13.00" for n, m in enumerate(term.members)]
    files = {
        "canvas": "\n".join(["Student,ID,SIS User ID,SIS Login ID,Section,First (4711)", "    Points Possible,,,,,13.00", *canvas]),
        "moodle": "\n".join(["Identifier,Full name,ID number,Email address,Grade,Maximum grade", *moodle]),
    }
    totals = term.totals()
    for system, text in files.items():
        exported, filled = term.folder / f"{system}.csv", term.folder / f"{system}-filled.csv"
        exported.write_text(text + "\n")
        said = term.run("export", "first", "--system", system, "--into", str(exported), "--to", str(filled)).output
        assert "excused in deadlines.csv, so no mark is entered: leo" in said
        rows = list(csv.DictReader(filled.open()))[system == "canvas" :]
        column, nothing = {"canvas": ("First (4711)", ""), "moodle": ("Grade", "-")}[system]
        for member, row in zip(term.members, rows, strict=True):
            if member.id in totals and member.id not in ("gil", "leo"):
                assert float(row[column]) == pytest.approx(totals[member.id], abs=0.006), member
                told = history(term.workspace, term.course, member.id, "first")
                assert any(f"exported for {system.title()}: " in line.text for line in told), member
            else:
                assert row[column] == ("EX" if (member.id, system) == ("leo", "canvas") else nothing), member
    assert published_marks(term.workspace, "first", "export for Canvas").keys() == totals.keys() - {"leo"}


def move_to_another_version(term: Term, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version is refused, shown, refused again because a published mark would be lowered, and then accepted."""

    def kinder(folder: Path, *arguments: Any) -> Any:
        found = fake(folder, *arguments)
        change = {"ada": -1.0, "jon": 1.0}.get(folder.parent.name, 0.0)
        task = found["tasks"][1]
        task["score"] = min(task["max_score"], max(0.0, task["score"] + change))
        return {**found, "score": sum(t["score"] for t in found["tasks"])}

    before = term.totals()
    monkeypatch.setattr(digests, "checks_digest", lambda: "the next version")
    with pytest.raises(WorkspaceError, match=r"hidden checks changed.*upgrade --dry-run"):
        term.grade()
    plan = plan_upgrade(term.workspace, term.course, grader=kinder)
    assert {m.student for m in plan.moves} >= {"ada"}
    assert {m.student for m in plan.falls} == {"ada"}
    with pytest.raises(WorkspaceError, match="published marks would be lowered: ada"):
        upgrade(term.workspace, term.course, plan, grader=kinder)
    assert term.totals() == before
    upgrade(term.workspace, term.course, plan, allow_lower=True, grader=kinder)
    after = term.totals()
    assert after["ada"] == before["ada"] - 1
    assert {s for s in after if after[s] != pytest.approx(before[s])} == {m.student for m in plan.moves}
    assert any(e.kind == "upgrade" for e in journal.events(term.workspace))


def forget_one(term: Term) -> None:
    """Remove a student: nothing is left in the workspace, its backups and its journal."""
    term.run("student", "rename", "cyd", "--to", "cyd2", "--yes")
    assert term.totals()["cyd2"] == sum(term.by_id["cyd"].points) + 3.0
    for student in ("jon", "cyd2"):
        Ledger(term.workspace, "first").add(student, "of a hand-in", graded=True)
    said = term.run("student", "forget", "jon", "--yes").output
    assert "the LMS" in said
    term.run("export", "first")
    word = re.compile(rb"(?<![\w.@+-])jon(?![\w.@+-])")
    found = [p for p in term.workspace.root.rglob("*") if p.is_file() and (word.search(p.read_bytes()) or p.stem == "jon")]
    assert found == []
    assert Ledger(term.workspace, "first").attempts("cyd2") == 1
    assert not [p for p in term.workspace.root.rglob("jon") if p.name == "jon"]


def explain_everybody(term: Term) -> None:
    """Assert that each exported mark is the sum given by the history, and that its last change is reported."""
    path = term.folder / "marks.csv"
    term.run("export", "first", "--to", str(path))
    rows = {r["student"]: r for r in csv.DictReader(path.open())}
    assert "gil" not in rows
    assert rows["leo"]["status"] == "excused"
    for student, row in rows.items():
        if row["handed_in"] == "" and not term.workspace.submitted(student, "first").is_dir():
            continue
        [made] = made_of(term.workspace, term.course, student)
        total, parts = re.fullmatch(r"first: ([\d.]+) of [\d.]+ = (.+)", made).groups()  # type: ignore[union-attr]
        numbers = [float(sign + n) for sign, n in re.findall(r"(-? ?)([\d.]+) (?:from|for)", parts.replace("- ", "-"))]
        assert sum(numbers) == pytest.approx(float(total), abs=0.011)
        assert float(row["total"]) == pytest.approx(float(total), abs=0.006)
        told = history(term.workspace, term.course, student, "first")
        graded = [line for line in told if "points from the checks" in line.text]
        assert graded, student
        assert all(line.version for line in graded)
        assert any(f"exported: {float(total):g} points" in line.text for line in told), (student, made)
    assert sum("another look" in line.text for line in history(term.workspace, term.course, "kim", "first")) == 2
    assert any("first (counts" in line.text or "counts" in line.text for line in history(term.workspace, term.course, "hal", "first"))
