"""The parts of the practice page that need neither Python nor a worker, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import Course
from tests.autograder.practice.conftest import INDEX
from tests.tabs import Visit

pytestmark = [pytest.mark.xdist_group("practice"), pytest.mark.browser]
IMPORTS = """
const [{ definitionsOf }, { cut, joined, keysOf, regionsOf, whichFile, firstLine }, { Store, fingerprint }, { Work }, { Engine }] =
    await Promise.all(["editor.bundle", "files", "store", "work", "engine"].map((name) => import(`./${name}.js`)));
const data = await (await fetch("course.json")).json();
"""
# Like localStorage, with room for a number of characters.
AREA = """
class Area {
  constructor(room = 1e9) { this.kept = new Map(); this.room = room; }
  get length() { return this.kept.size; }
  key(i) { return [...this.kept.keys()][i] ?? null; }
  getItem(key) { return this.kept.get(key) ?? null; }
  removeItem(key) { this.kept.delete(key); }
  setItem(key, text) { if (text.length > this.room) throw new DOMException("full", "QuotaExceededError"); this.kept.set(key, text); }
}
"""

Run = Callable[..., Any]


@pytest.fixture
def run(visit: Visit) -> Run:
    """Runs JavaScript in the page, where the modules' names are known."""
    page = visit.open(INDEX)
    return lambda code, argument=None: page.evaluate(f"async (given) => {{ {IMPORTS} {AREA} {code} }}", argument)


def test_a_file_that_is_cut_and_joined_is_the_same(run: Run, course: Course, reference: Path) -> None:
    """Does each released and each finished file come back byte for byte?"""
    finished = {name: (reference / "coursenn" / name).read_text(encoding="utf-8") for name in course.editable}
    found = run(
        """
        const again = (text, stub, file) => {
          const names = keysOf(stub, regionsOf(data.tasks).filter((r) => r.file === file), definitionsOf);
          const keys = [...cut(stub, names, definitionsOf).parts.keys()];
          return joined(cut(text, names, definitionsOf), keys);
        };
        return Object.entries(data.files).map(([file, stub]) => [file, again(stub, stub, file) === stub, again(given[file], stub, file)]);
        """,
        finished,
    )
    assert [(name, same) for name, same, _ in found] == [(name, True) for name in course.editable]
    assert {name: text for name, _, text in found} == finished


def test_every_task_has_its_functions_in_its_editor(run: Run, course: Course) -> None:
    """Does an editor hold the whole of each function of its task, and no other task's?"""
    found = run(
        """
        const work = new Work(data, new Store(new Area(), "c", "1"), definitionsOf);
        return data.tasks.filter((t) => t.file).map((t) => [t.names, definitionsOf(work.code(work.regionOf(t))).found.map((d) => d.name)]);
        """
    )
    assert len(found) == sum(bool(task.functions) for task in course.tasks)
    for names, shown in found:
        assert sorted(names) == sorted(shown)


def test_nothing_of_a_loaded_file_is_lost(run: Run) -> None:
    """Do imports, helpers, comments and what is at the end survive, and does a function that a file lacks stay the stub?"""
    mine = (
        "import math\nimport numpy as np\n\nK = 3\n\ndef helper(x):\n    return '''\ndef affine_forward(): no\n'''\n\n\n"
        "# mine\n@np.vectorize\ndef relu_forward(x):\n    return helper(x)\n\n\ndef last():\n    pass\n\n\nprint('end')"
    )
    files, region, undone = run(
        """
        const work = new Work(data, new Store(new Area(), "c", "1"), definitionsOf);
        const before = work.file("layers.py");
        const undo = work.load("layers.py", given);
        const found = [work.file("layers.py"), work.code(work.regionOf(work.tasks.get("relu-forward")))];
        undo();
        return [...found, work.file("layers.py") === before];
        """,
        mine,
    )
    for part in mine.split("\n\n"):
        assert part.strip() in files
    assert "# mine\n@np.vectorize\ndef relu_forward(x):" in region
    assert "def affine_backward(dout: Array, cache: Any)" in files
    assert undone


def test_lines_are_numbered_as_in_the_file(run: Run) -> None:
    """Does the first line of an editor have the number that a message of Python gives it?"""
    found = run(
        """
        const work = new Work(data, new Store(new Area(), "c", "1"), definitionsOf);
        work.save(work.regionOf(work.tasks.get("affine-forward")), "def affine_forward(x, w, b):\\n    return 1");
        return data.tasks.filter((t) => t.file).map((t) => {
          const region = work.regionOf(t);
          return [work.file(t.file).split("\\n")[work.firstLine(region) - 1], work.code(region).split("\\n")[0]];
        });
        """
    )
    assert all(in_file == in_editor for in_file, in_editor in found)


def test_a_loaded_file_is_recognised_by_what_it_defines(run: Run) -> None:
    """Is a file with another name taken for the one with which it shares most functions, and a stranger for none?"""
    assert run("return [data.files['optim.py'], 'x = 1'].map((text) => whichFile(text, data.files, definitionsOf));") == ["optim.py", None]


def test_a_full_or_refused_store_loses_nothing_in_this_tab(run: Run) -> None:
    """Is text that cannot be kept still there, and is it said why?"""
    assert run(
        """
        const full = new Store(new Area(3), "c", "1"), refused = new Store(null, "c", "1");
        return [full, refused].map((store) => [store.set("k", "long text"), store.get("k"), store.trouble]);
        """
    ) == [[False, "long text", "full"], [False, "long text", "refused"]]


def test_courses_and_versions_do_not_mix(run: Run) -> None:
    """Does another course of the same account, or another version, see none of this one's work, and can a version be found to bring it?"""
    assert run(
        """
        const area = new Area();
        new Store(area, "c", "1").set("code:layers.py#f", "mine");
        const next = new Store(area, "c", "2");
        const about = ["1", "2"].map((version) => next.keyOf({ key: `coursenn-practice/c/${version}/x` }));
        return [next.get("code:layers.py#f"), new Store(area, "d", "1").get("code:layers.py#f"), next.otherVersions(),
                new Store(area, "c", "1").otherVersions(), ...about];
        """
    ) == [None, None, ["1"], [], None, "x"]


def test_a_passed_task_is_open_again_when_its_code_changes(run: Run) -> None:
    """Is a mark about the code that was checked, and do damaged entries of the store count as nothing?"""
    assert run(
        """
        const area = new Area(), work = new Work(data, new Store(area, "c", "1"), definitionsOf);
        const task = work.tasks.get("relu-forward"), region = work.regionOf(task), states = [work.state(task)];
        work.save(region, "one"); work.setState(task, "passed", "one"); states.push(work.state(task), work.counts().passed);
        work.save(region, "two"); states.push(work.state(task));
        area.setItem("coursenn-practice/c/1/state:relu-forward", "{"); states.push(work.state(task));
        return states;
        """
    ) == ["", "passed", 1, "changed", ""]


ENGINE = """
const made = [];
class FakeWorker {
  constructor() { made.push(this); this.sent = []; }
  postMessage(message) { this.sent.push(message); }
  terminate() { this.ended = true; }
}
const engine = new Engine(() => new FakeWorker(), {}, () => {}, given.deadlines ?? { silence: 3.6e6, answer: 3.6e6 });
const kind = (promise) => promise.then((value) => value, (error) => error.kind);
const say = (data) => made[made.length - 1].onmessage({ data });
"""


def test_a_stopped_worker_is_ended_and_the_next_question_starts_another(run: Run) -> None:
    """Does Stop end what runs, say so to what waits, and leave the page ready for more?"""
    code = """
        const first = kind(engine.ask({ n: 1 }));
        say({ kind: "ready" }); await null; await null;
        engine.end();
        const stopped = await first;
        const second = kind(engine.ask({ n: 2 }));
        say({ kind: "ready" }); await new Promise((r) => setTimeout(r));
        say({ kind: "answer", id: made[1].sent[1].id, answer: "fine" });
        return [stopped, made[0].ended, await second, made.length];
    """
    assert run(ENGINE + code, {}) == ["stopped", True, "fine", 2]


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ({"kind": "failed", "stage": "fetch", "detail": "x: status 404"}, "network"),
        ({"kind": "failed", "stage": "start", "detail": "RangeError: WebAssembly.Memory(): could not allocate memory"}, "memory"),
        ({"kind": "failed", "stage": "start", "detail": "SyntaxError"}, "start"),
    ],
)
def test_what_went_wrong_is_told_apart(run: Run, says: dict[str, str], kind: str) -> None:
    """Is a missing network, a lack of memory and any other failure each called what it is, and the worker ended?"""
    code = "const asked = kind(engine.ask({})); say(given.says); return [await asked, made[0].ended, engine.running];"
    assert run(ENGINE + code, {"says": says}) == [kind, True, False]


def test_a_worker_that_says_nothing_is_given_up(run: Run) -> None:
    """Does loading end when no word comes, as when a file is refused and Pyodide waits for ever?"""
    code = "return [await kind(engine.ask({})), made[0].ended];"
    assert run(ENGINE + code, {"deadlines": {"silence": 20, "answer": 3.6e6}}) == ["silence", True]


def test_an_endless_check_is_given_up(run: Run) -> None:
    """Is a worker that never answers ended after its time?"""
    code = "const asked = kind(engine.ask({})); say({ kind: 'ready' }); return [await asked, made[0].ended];"
    assert run(ENGINE + code, {"deadlines": {"silence": 3.6e6, "answer": 20}}) == ["late", True]


def test_a_browser_without_a_worker_or_webassembly_says_so(run: Run) -> None:
    """Is a worker that the browser refuses to make, and a browser without WebAssembly, an answer and no silence?"""
    code = """
        const refuse = () => { throw new DOMException("no", "SecurityError"); };
        const refusing = new Engine(refuse, {}, () => {}, { silence: 3.6e6, answer: 3.6e6 });
        const found = [await kind(refusing.ask({}))];
        delete globalThis.WebAssembly;
        found.push(await kind(engine.ask({})));
        return found;
    """
    assert run(ENGINE + code, {}) == ["worker", "wasm"]
