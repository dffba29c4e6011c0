"""Does the formgrader, run as a local server, show and save marks correctly and safely?"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from autograder.manifest import Course
from autograder.results.store import Results
from autograder.runs.grade import grade
from autograder.workspace.workspace import Workspace
from tests.autograder.gradebook.odd_class import waiting
from tests.autograder.marks import grade_by_hand, marks_of
from tests.autograder.small_course import RIGHT_LAYERS, WRONG_BACKWARD, hand_in
from tests.submissions._notebooks import repeat_and_turn_round, take_the_place_of_scores

TOKEN = "of-this-test"


@contextlib.contextmanager
def server(workspace: Workspace) -> Iterator[str]:
    """A Jupyter server with the formgrader, in the workspace; stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = workspace.root.parent / "home"
    home.mkdir()
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home),
        "JUPYTER_RUNTIME_DIR": str(home),
        "JUPYTER_PLATFORM_DIRS": "0",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.ip=127.0.0.1"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={workspace.root}"]
    command += ["--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}"]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=workspace.root, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(120):
                assert process.poll() is None, (home / "log").read_text()
                with contextlib.suppress(urllib.error.URLError, ConnectionError):
                    fetch(f"{address}/api/status")
                    break
                time.sleep(0.5)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


def fetch(address: str, method: str = "GET", body: object = None) -> str:
    """Return a page of the server."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, method=method, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        text: str = reply.read().decode()
    return text


@pytest.mark.slow
def test_formgrader_shows_scores_questions_and_disarmed_pages(workspace: Workspace, small: Course) -> None:
    """Does the formgrader open in the workspace, with our scores and verdicts, and answers to grade by hand without scripts?"""
    answer = "My answer <script>alert('evil')</script>"
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS}, answers={"alpha-why": answer})
    grade(workspace, small, "first", unsafe=True)
    with server(workspace) as address:
        assignments = json.loads(fetch(f"{address}/formgrader/api/assignments"))
        assert [(a["name"], a["num_submissions"]) for a in assignments] == [("first", 1)]
        submissions = json.loads(fetch(f"{address}/formgrader/api/submissions/first"))
        assert (submissions[0]["student"], submissions[0]["score"], submissions[0]["needs_manual_grade"]) == ("ada", 5.0, True)
        notebooks = json.loads(fetch(f"{address}/formgrader/api/submitted_notebooks/first/Alpha"))
        page = fetch(f"{address}/formgrader/submissions/{notebooks[0]['id']}/")
        assert "Alpha, layers.relu_forward: passed, 2 of 2 points" in page
        assert "My answer" in page
        assert "<script>alert(" not in page
        assert "Manage Assignments" in fetch(f"{address}/formgrader/manage_assignments")
        _deadlines_are_read(f"{address}/formgrader/api/assignment/first")


def _deadlines_are_read(address: str) -> None:
    """Is a due date with an offset or a zone stored as the correct instant, and any other not stored?"""
    typed = {"duedate_notimezone": "2026-10-01T23:59", "duedate_timezone": "Europe/Berlin"}
    fetch(address, "PUT", typed)
    assert json.loads(fetch(address))["duedate_notimezone"] == "2026-10-01T21:59:00"
    fetch(address, "PUT", {**typed, "duedate_timezone": "-0400"})
    assert json.loads(fetch(address))["duedate_notimezone"] == "2026-10-02T03:59:00"
    with pytest.raises(urllib.error.HTTPError):
        fetch(address, "PUT", {**typed, "duedate_timezone": "EST"})
    assert json.loads(fetch(address))["duedate_notimezone"] == "2026-10-02T03:59:00"


@pytest.mark.slow
@pytest.mark.browser
def test_one_typed_score_changes_one_score(workspace: Workspace, small: Course, chromium: Any) -> None:
    """In a notebook whose elements have the names of all scores, is a typed number saved in its own field?"""
    for student in ("ada", "mallory"):
        hand_in(workspace, student, {"coursenn/layers.py": RIGHT_LAYERS}, answers={"alpha-why": "Because.", "beta-why": "Since."})
    for name in ("Alpha", "Beta"):
        path = workspace.submitted("mallory", "first") / f"{name}.ipynb"
        document = json.loads(path.read_text())
        take_the_place_of_scores(document)
        repeat_and_turn_round(document)
        path.write_text(json.dumps(document))
    grade(workspace, small, "first", unsafe=True)
    expected = marks_of(workspace)
    with server(workspace) as address:
        notebooks = json.loads(fetch(f"{address}/formgrader/api/submitted_notebooks/first/Alpha"))
        tab = chromium.new_page(extra_http_headers={"Authorization": f"token {TOKEN}"})
        tab.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
        for entry in notebooks:
            tab.goto(f"{address}/formgrader/submissions/{entry['id']}/", wait_until="load")
            tab.wait_for_function("formgrader.grades.loaded && formgrader.comments.loaded")
            score = 1.5 if entry["student"] == "ada" else 2.0
            typed(tab, "#alpha-why", str(score), "/api/grade/")
            typed(tab, "#alpha-why-comment", f"For {entry['student']}.", "/api/comment/")
            key = (entry["student"], "Alpha")
            auto, _, _, most, _ = expected[(*key, "alpha-why")]
            expected[(*key, "alpha-why")] = (auto, score, score, most, False)
            whole, all_of_it, late = expected[(*key, "")]
            expected[(*key, "")] = (whole + score, all_of_it, late)
            expected[(*key, "comment on alpha-why")] = (expected[(*key, "comment on alpha-why")][0], f"For {entry['student']}.")
        tab.close()
    assert len(notebooks) == 2
    assert marks_of(workspace) == expected


def typed(tab: Any, place: str, text: str, saved_at: str) -> None:
    """Type into a field of the page as a grader does, and wait until it is saved."""
    assert tab.locator(place).count() == 1
    with tab.expect_response(lambda reply: saved_at in reply.url and reply.request.method == "PUT") as reply:
        tab.fill(place, text)
        tab.press(place, "Tab")
    assert reply.value.ok


@pytest.mark.slow
def test_button_enters_and_keeps_work_by_hand(workspace: Workspace, small: Course) -> None:
    """Does the button itself enter a new attempt, keep a score by hand, and ask for another look only at the changed answer?"""
    answers = {"alpha-why": "Because.", "beta-why": "Since."}
    hand_in(workspace, "ada", {"coursenn/layers.py": WRONG_BACKWARD}, answers=answers)
    grade(workspace, small, "first", unsafe=True)
    grade_by_hand(workspace, "ada", "alpha-why", "beta-why")
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS}, answers={**answers, "beta-why": "Since it is."})
    Results(workspace, small).ensure("ada", "first", unsafe=True)
    with server(workspace) as address:
        reply = json.loads(fetch(f"{address}/formgrader/api/submission/first/ada/autograde", "POST"))
        assert reply["success"], reply
        submission = json.loads(fetch(f"{address}/formgrader/api/submission/first/ada"))
        assert (submission["score"], submission["needs_manual_grade"]) == (7.0, True)
    assert waiting(workspace) == {("ada", "beta-why")}
    assert Results(workspace, small).recorded("ada", "first")["score"] == 5.0
