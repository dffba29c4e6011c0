"""Do the modules of the practice page work that need neither Python nor a worker?"""

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
# Like localStorage; a text may have at most so many characters.
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
    """A function that runs JavaScript in the page, with the modules imported."""
    page = visit.open(INDEX)
    return lambda code, argument=None: page.evaluate(f"async (given) => {{ {IMPORTS} {AREA} {code} }}", argument)


def test_cutting_and_joining_a_file_changes_nothing(run: Run, course: Course, reference: Path) -> None:
    """Is each released and each finished file the same after it was cut into functions and joined again?"""
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


def test_an_editor_holds_the_functions_of_its_task(run: Run, course: Course) -> None:
    """Does the editor of each task hold all functions of this task and no others?"""
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
    """Are imports, helpers, comments and trailing code kept, and does a missing function stay a stub?"""
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
    """Does the first line in an editor have the same number as in the file?"""
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
    """Is a file recognised under another name, and an unrelated file as none?"""
    assert run("return [data.files['optim.py'], 'x = 1'].map((text) => whichFile(text, data.files, definitionsOf));") == ["optim.py", None]


def test_a_full_or_refused_storage_loses_nothing_in_this_tab(run: Run) -> None:
    """Is a text kept in the tab if it cannot be stored, and is the reason known?"""
    assert run(
        """
        const full = new Store(new Area(3), "c", "1"), refused = new Store(null, "c", "1");
        return [full, refused].map((store) => [store.set("k", "long text"), store.get("k"), store.trouble]);
        """
    ) == [[False, "long text", "full"], [False, "long text", "refused"]]


def test_courses_and_versions_do_not_mix(run: Run) -> None:
    """Is code invisible to another course or version, and is the earlier version found?"""
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


def test_a_result_belongs_to_the_code_that_was_checked(run: Run) -> None:
    """Is a passed task marked as changed after an edit, and is a damaged entry ignored?"""
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


def test_a_new_worker_replaces_a_stopped_one(run: Run) -> None:
    """Is a running request reported as stopped, and is the next one answered by a new worker?"""
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
def test_failures_are_told_apart(run: Run, says: dict[str, str], kind: str) -> None:
    """Are a missing network, a lack of memory and another failure named, and is the worker ended?"""
    code = "const asked = kind(engine.ask({})); say(given.says); return [await asked, made[0].ended, engine.running];"
    assert run(ENGINE + code, {"says": says}) == [kind, True, False]


def test_a_silent_worker_is_ended(run: Run) -> None:
    """Does loading end if no message comes, as when a file is refused and Pyodide waits forever?"""
    code = "return [await kind(engine.ask({})), made[0].ended];"
    assert run(ENGINE + code, {"deadlines": {"silence": 20, "answer": 3.6e6}}) == ["silence", True]


def test_an_endless_check_is_ended(run: Run) -> None:
    """Is a worker ended if it does not answer in time?"""
    code = "const asked = kind(engine.ask({})); say({ kind: 'ready' }); return [await asked, made[0].ended];"
    assert run(ENGINE + code, {"deadlines": {"silence": 3.6e6, "answer": 20}}) == ["late", True]


def test_a_browser_without_workers_or_webassembly(run: Run) -> None:
    """Is there an answer if the browser refuses a worker or has no WebAssembly?"""
    code = """
        const refuse = () => { throw new DOMException("no", "SecurityError"); };
        const refusing = new Engine(refuse, {}, () => {}, { silence: 3.6e6, answer: 3.6e6 });
        const found = [await kind(refusing.ask({}))];
        delete globalThis.WebAssembly;
        found.push(await kind(engine.ask({})));
        return found;
    """
    assert run(ENGINE + code, {}) == ["worker", "wasm"]
