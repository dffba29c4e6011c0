"""The pages of the application and their requests."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
from tornado.web import HTTPError, StaticFileHandler

from autograder.questions.access import Handler
from autograder.questions.code_reading import CodeDesk
from autograder.questions.compare import comparison
from autograder.questions.desk import Desk
from autograder.questions.graders import add_grader, choose_readers, graders, remove_grader
from autograder.questions.items import KINDS, Click
from autograder.questions.readings import Reading, change_click, keep, settle, undo
from autograder.questions.render import page
from autograder.questions.table import answers_csv
from autograder.questions.turns import DEFAULT_SECOND, SECOND_PERCENT, Turn
from autograder.workspace.workspace import WorkspaceError

LOOK_S = 0.2
"""How long a page waits for data from the gradebook."""
Route = tuple[str, type[Handler]]
QUESTION = r"([a-z0-9-]+)"


class DeskHandler(Handler):
    """A request about the assignment."""

    @property
    def desk(self) -> Desk:
        """The assignment."""
        desk: Desk = self.settings["desk"]
        return desk

    def show(self, template: str, root: str, **values: Any) -> None:
        """Answer with a page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page(template, root=root, grader=self.grader, course=self.desk.course, assignment=self.desk.assignment, **values))

    def known(self, question: str) -> str:
        """A question of the assignment; an error for any other."""
        if question not in self.desk.questions:
            raise HTTPError(404)
        return question

    def enter(self) -> None:
        """Enter what is due into the gradebook, in parallel with the reply."""
        asyncio.get_running_loop().run_in_executor(self.settings["entering"], self.desk.entering.enter_due)

    async def look(self) -> None:
        """Read what has changed in the class and in the gradebook."""
        self.desk.refresh()
        looking = asyncio.get_running_loop().run_in_executor(self.settings["entering"], self.desk.entering.look)
        # If many marks are being entered it takes longer; then the next page has it.
        await asyncio.wait([looking], timeout=LOOK_S)


class OverviewPage(DeskHandler):
    """The questions of the assignment."""

    async def get(self) -> None:
        """The page."""
        await self.look()
        self.enter()
        self.show("overview.html.j2", "", questions=self.desk.overview(self.grader), graders=graders(self.desk.state))


class ReadingPage(DeskHandler):
    """One question across the class."""

    async def get(self, question: str) -> None:
        """The page, with the first answer."""
        name = self.known(question)
        await self.look()
        self.enter()
        asked, digest = bool(self.get_query_argument("asked", "")) and self.grader.is_head, self.get_query_argument("answer", "")
        self.desk.turns.release(name, self.grader.name)
        first = self.desk.chosen(name, digest, self.grader) if digest else self.desk.turn(name, self.grader, asked=asked)
        if first is None:
            raise HTTPError(404)
        data = {"question": name, "asked": asked, "head": self.grader.is_head, "first": first, "clicks": self.desk.clicks(name)}
        self.show("reading.html.j2", "../", question=self.desk.question(name), data=json.dumps(data))


class TurnData(DeskHandler):
    """The next answer."""

    async def get(self, question: str) -> None:
        """An answer that the grader does not have yet, or the one that is named."""
        name = self.known(question)
        digest = self.get_query_argument("answer", "")
        without = [d for d in self.get_query_argument("without", "").split(",") if d]
        asked = bool(self.get_query_argument("asked", "")) and self.grader.is_head
        found = self.desk.chosen(name, digest, self.grader) if digest else self.desk.turn(name, self.grader, without, asked)
        if found is None:
            raise HTTPError(404)
        self.reply(found)


class MarkData(DeskHandler):
    """A reading."""

    def post(self, question: str) -> None:
        """Save it, and enter what follows from it."""
        name = self.known(question)
        body = self.body()
        try:
            reading = msgspec.convert({**{k: body[k] for k in READING if k in body}, "question": name, "grader": self.grader.name}, Reading)
        except (msgspec.ValidationError, KeyError) as error:
            raise HTTPError(400) from error
        event = self.text("event", 64)
        if not event or not self.desk.answers.members(name, reading.digest) or max(map(len, (reading.comment, reading.note))) > 4_000:
            raise HTTPError(409 if event else 400)
        fresh = keep(self.desk.state, reading, event, settles=self.grader.is_head and reading.state == "read")
        self.enter()
        self.reply({"fresh": fresh, "clicks": self.desk.clicks(name), **self.desk.around(name, self.grader)})


READING = ("digest", "marks", "comment", "note", "state", "seconds")


class UndoData(DeskHandler):
    """Taking back."""

    def post(self, question: str) -> None:
        """Undo what this grader did last, and show the answer concerned."""
        name = self.known(question)
        done = undo(self.desk.state, self.grader.name, name)
        self.enter()
        shown = None
        if done and done[0] != "item":
            self.desk.turns.lock(name, done[1], self.grader.name)
            shown = self.desk.answer(name, Turn(done[1], "chosen"), self.grader)
        self.reply({"undone": bool(done), "answer": shown, "clicks": self.desk.clicks(name), **self.desk.around(name, self.grader)})


class ClickData(DeskHandler):
    """An item, a wrong answer or a comment."""

    def post(self, question: str) -> None:
        """Change, add or remove. Graders may add comments without points; everything else is for head graders."""
        name, body = self.known(question), self.body()
        mine = self.text("name", 64)
        if not self.grader.is_head and (mine or body.get("kind") != "comment" or body.get("points")):
            raise HTTPError(403)
        click = None
        if not body.get("gone"):
            kind, points = body.get("kind"), body.get("points", 0)
            if kind not in KINDS or not isinstance(points, int | float) or isinstance(points, bool) or not abs(points) <= 100:
                raise HTTPError(400)
            click = Click(mine, kind, float(points), self.text("text").strip(), self.text("told").strip())
            if not click.text:
                raise HTTPError(400)
        made = change_click(self.desk.state, name, click, mine, self.grader.name)
        self.enter()
        self.reply({"name": made, "clicks": self.desk.clicks(name), **self.desk.around(name, self.grader)})


class LockData(DeskHandler):
    """Answers that a grader is reading."""

    def post(self, question: str) -> None:
        """Lock these answers for this grader, and no others."""
        name, digests = self.known(question), self.body().get("digests", [])
        if not isinstance(digests, list) or len(digests) > 10:
            raise HTTPError(400)
        for digest in map(str, digests):
            self.desk.turns.lock(name, digest, self.grader.name)
        self.desk.turns.release(name, self.grader.name, list(map(str, digests)))
        self.reply({})


class SettleData(DeskHandler):
    """Which of several readings counts."""

    def post(self, question: str) -> None:
        """Let one of them count, or the reading here instead of a mark given in the formgrader."""
        self.require_head()
        name = self.known(question)
        if self.body().get("over"):
            self.desk.take_over(name, self.text("digest", 64))
        else:
            settle(self.desk.state, name, self.text("digest", 64), self.text("grader", 64), self.grader.name)
        self.enter()
        self.reply({})


class SharesData(DeskHandler):
    """Who reads what."""

    def post(self, question: str) -> None:
        """Choose the graders of a question, deal unread answers again, or open the shares."""
        self.require_head()
        name, body = self.known(question), self.body()
        if isinstance(chosen := body.get("readers"), list):
            choose_readers(self.desk.state, name, [str(n) for n in chosen])
            self.desk.turns.deal_anew(name)
        if body.get("open"):
            self.desk.turns.open_shares(name)
        self.reply({})


class TableFile(DeskHandler):
    """The answers of a question as a table."""

    async def get(self, question: str) -> None:
        """CSV, with the students' ids if a head grader asks for them."""
        name = self.known(question)
        await self.look()
        named = bool(self.get_query_argument("named", ""))
        if named:
            self.require_head()
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{name}.csv"')
        self.finish(answers_csv(self.desk, name, named=named))


class ComparePage(DeskHandler):
    """How graders agree."""

    def get(self) -> None:
        """The page, limited to what this grader has read."""
        self.show("compare.html.j2", "", questions=[comparison(self.desk, q, self.grader) for q in self.desk.questions])


class GradersPage(DeskHandler):
    """Accounts and shares."""

    def get(self) -> None:
        """The page."""
        self.require_head()
        percent = self.desk.state.setting(SECOND_PERCENT, str(DEFAULT_SECOND))
        self.show("graders.html.j2", "", accounts=graders(self.desk.state), questions=self.desk.overview(self.grader), percent=percent)


class GradersData(DeskHandler):
    """Changes of accounts."""

    def post(self) -> None:
        """Add or remove an account, or say how many answers are read twice."""
        self.require_head()
        body = self.body()
        token = ""
        try:
            if name := self.text("add", 64):
                token = add_grader(self.desk.state, name, "head" if body.get("head") else "grader")
            if name := self.text("remove", 64):
                remove_grader(self.desk.state, name)
        except WorkspaceError as error:
            self.reply({"problem": str(error)})
            return
        if isinstance(percent := body.get("percent"), int) and 0 <= percent <= 100:
            self.desk.state.set(SECOND_PERCENT, str(percent))
        for question in self.desk.questions:
            self.desk.turns.deal_anew(question)
        self.reply({"token": token})


class CodePage(DeskHandler):
    """A student's function, for comments on its lines."""

    def get(self, task: str = "", pseudonym: str = "") -> None:
        """The list of tasks, or the code of one student in one task."""
        code: CodeDesk = self.settings["code"]
        if not task:
            self.show("code_tasks.html.j2", "", tasks=code.tasks())
            return
        found = code.page(task, pseudonym)
        if found is None:
            raise HTTPError(404)
        self.show("code.html.j2", "../../" if pseudonym else "../", code=found)


class CodeData(DeskHandler):
    """A comment on a line."""

    def post(self, task: str, pseudonym: str) -> None:
        """Save it, or remove it if it is empty."""
        code: CodeDesk = self.settings["code"]
        line = self.body().get("line")
        if not isinstance(line, int) or not code.comment(
            task, pseudonym, line, self.text("id", 64), self.text("comment"), self.grader.name
        ):
            raise HTTPError(404)
        self.reply({})


def routes(static: str) -> list[tuple[Any, ...]]:
    """All addresses."""
    task, person = QUESTION, r"([0-9A-F]+)"
    pages: list[Route] = [
        (r"/", OverviewPage),
        (rf"/read/{QUESTION}", ReadingPage),
        (rf"/table/{QUESTION}\.csv", TableFile),
        (rf"/api/{QUESTION}/turn", TurnData),
        (rf"/api/{QUESTION}/mark", MarkData),
        (rf"/api/{QUESTION}/undo", UndoData),
        (rf"/api/{QUESTION}/click", ClickData),
        (rf"/api/{QUESTION}/locks", LockData),
        (rf"/api/{QUESTION}/settle", SettleData),
        (rf"/api/{QUESTION}/shares", SharesData),
        (r"/compare", ComparePage),
        (r"/graders", GradersPage),
        (r"/accounts", GradersData),
        (r"/code", CodePage),
        (rf"/code/{task}", CodePage),
        (rf"/code/{task}/{person}", CodePage),
        (rf"/api/code/{task}/{person}", CodeData),
    ]
    return [*pages, (r"/static/(.*)", StaticFileHandler, {"path": static}), (r".*", NoPage)]


class NoPage(DeskHandler):
    """Any other address."""

    def get(self) -> None:
        """Say so."""
        raise HTTPError(404)
