"""Does the application answer only requests with a token, and only what the account may do?"""

from __future__ import annotations

import csv
import io
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.questions.server import listening
from autograder.questions.state import State
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.questions.answered_class import answered_class
from tests.autograder.questions.conftest import GIVEN
from tests.autograder.questions.served import TOKEN, Served, ask, served

QUESTION = "alpha-why"


@pytest.fixture
def application(workspace: Workspace) -> Iterator[Served]:
    """The application over the class."""
    answered_class(workspace, {**GIVEN, "gus": {QUESTION: "=1+2"}})
    with served(workspace, "first") as found:
        yield found


def test_the_port_stays_the_same(tmp_path: Path) -> None:
    """Is the first port used again if it is free, another one if not, and a chosen port only if it is free?"""
    state = State(tmp_path / "questions" / "first.db")

    def port_of(wanted: int = 0) -> int:
        sockets.extend(listening(state, wanted))
        return int(sockets[-1].getsockname()[1])

    sockets: list[socket.socket] = []
    first = port_of()
    second = port_of()
    assert second != first
    with pytest.raises(WorkspaceError, match="cannot be used"):
        port_of(first)
    for each in sockets:
        each.close()
    assert port_of() == first
    sockets[-1].close()
    state.close()


def refused(application: Served, path: str, body: object = None, **settings: str | None) -> int:
    """The status with which a request is refused."""
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(application, path, body, **settings)  # type: ignore[arg-type]
    return error.value.code


def test_requests_are_answered_or_refused(application: Served) -> None:
    """Are access, accounts, marks, the table and comments on lines correct, all asked of one process?"""
    _nobody_without_a_token(application)
    _a_token_becomes_a_cookie(application)
    _graders_may_less(application)
    _marks_are_kept(application)
    _the_table_is_no_formula(application)
    _lines_are_commented(application)


def _nobody_without_a_token(application: Served) -> None:
    for path in ("", f"read/{QUESTION}", f"api/{QUESTION}/turn", "graders", f"table/{QUESTION}.csv"):
        assert refused(application, path, token=None) == 403
        assert refused(application, path, token="guess") == 403
    # A page from another address cannot send this header.
    assert refused(application, f"api/{QUESTION}/undo", {}, **{"X-Questions": "0"}) == 403
    assert refused(application, "read/no-such-question") == 404
    assert refused(application, "../../etc/passwd") == 404


def _a_token_becomes_a_cookie(application: Served) -> None:
    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            """Follow no redirect."""

    request = urllib.request.Request(f"{application.address}/?token={TOKEN}", headers={"X-Forwarded-Context": "/user/ann/questions"})
    with pytest.raises(urllib.error.HTTPError) as reply:
        urllib.request.build_opener(NoRedirect).open(request)
    cookie = reply.value.headers["Set-Cookie"]
    assert (reply.value.code, reply.value.headers["Location"]) == (302, "./")
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/user/ann/questions"))
    assert "script-src 'self'" in reply.value.headers["Content-Security-Policy"]


def _graders_may_less(application: Served) -> None:
    token = ask(application, "accounts", {"add": "ann"})["token"]
    for path, body in (
        ("accounts", {"add": "me", "head": True}),
        (f"api/{QUESTION}/settle", {"digest": "x", "grader": "ann"}),
        (f"api/{QUESTION}/click", {"name": "reason", "kind": "item", "points": 4, "text": "x"}),
        (f"api/{QUESTION}/click", {"kind": "comment", "points": 1, "text": "x"}),
        (f"api/{QUESTION}/shares", {"open": True}),
    ):
        assert refused(application, path, body, token=token) == 403
    assert refused(application, f"table/{QUESTION}.csv?named=1", token=token) == 403
    assert refused(application, "graders", token=token) == 403
    assert (
        ask(application, f"api/{QUESTION}/click", {"kind": "comment", "points": 0, "text": "Well explained."}, token=token)["name"]
        == "own-1"
    )
    assert "ann" in ask(application, "graders")
    ask(application, "accounts", {"remove": "ann"})
    assert refused(application, "", token=token) == 403


def _marks_are_kept(application: Served) -> None:
    turn = ask(application, f"api/{QUESTION}/turn")["answer"]
    assert turn["students"] == 2
    mark = {"event": "e1", "digest": turn["digest"], "marks": ["reason"], "comment": "", "state": "read", "seconds": 3.5}
    assert ask(application, f"api/{QUESTION}/mark", mark)["fresh"]
    assert not ask(application, f"api/{QUESTION}/mark", mark)["fresh"]
    for wrong, status in (
        ({"digest": "nobody's"}, 409),
        ({"event": ""}, 400),
        ({"marks": "reason"}, 400),
        ({"state": "done"}, 400),
        ({"comment": "x" * 5000}, 409),
        ({"seconds": "long"}, 400),
    ):
        assert refused(application, f"api/{QUESTION}/mark", {**mark, "event": "e2", **wrong}) == status
    assert ask(application, f"api/{QUESTION}/turn?answer={turn['digest']}")["answer"]["marks"] == ["reason"]
    done = ask(application, f"api/{QUESTION}/undo", {})
    assert (done["undone"], done["answer"]["digest"], done["answer"]["marks"]) == (True, turn["digest"], [])
    for wrong in ({"kind": "item", "points": float("1e9"), "text": "x"}, {"kind": "thing", "text": "x"}, {"kind": "item", "text": ""}):
        assert refused(application, f"api/{QUESTION}/click", wrong) == 400


def _the_table_is_no_formula(application: Served) -> None:
    rows = list(csv.DictReader(io.StringIO(ask(application, f"table/{QUESTION}.csv"))))
    assert len(rows) == 6
    assert "'=1+2" in [row["text"] for row in rows]
    assert not {row["student"] for row in rows} & {*GIVEN, "gus"}
    named = csv.DictReader(io.StringIO(ask(application, f"table/{QUESTION}.csv?named=1")))
    assert {row["student"] for row in named} == {"ada", "bob", "cyd", "eve", "fay", "gus"}


def _lines_are_commented(application: Served) -> None:
    page = ask(application, "code/relu-forward")
    person = page.partition("Student ")[2].partition(",")[0]
    assert "np.maximum(x, 0)" in page
    path = f"api/code/relu-forward/{person}"
    ask(application, path, {"line": 5, "comment": "Why <b>maximum</b>?"})
    page = ask(application, f"code/relu-forward/{person}")
    assert "Why &lt;b&gt;maximum&lt;/b&gt;?" in page
    name = page.partition('data-id="')[2].partition('"')[0]
    ask(application, path, {"line": 5, "id": name, "comment": ""})
    assert "maximum&lt;" not in ask(application, f"code/relu-forward/{person}")
    assert refused(application, path, {"line": 99, "comment": "x"}) == 404
    assert refused(application, "api/code/relu-forward/00000", {"line": 5, "comment": "x"}) == 404
