"""The practice page without the book, with the real worker or one that replaces it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.practice.site import DATA, PRACTICE, practice_files
from autograder.publish.serve import serving

INDEX = f"{PRACTICE}/index.html"
NO_DEADLINE = {"silence": 3_600_000, "answer": 3_600_000}
"""Long enough for any machine: the tests are about the page, not about its speed."""
# Its answer depends on the code: passed, failed, unfinished, out of memory, or none.
STAND_IN = """
onmessage = ({ data }) => {
  if (data.kind === "start") {
    postMessage({ kind: "progress", says: "loading", done: 1, all: 2 });
    postMessage({ kind: "ready" });
    return;
  }
  const { call, task, files } = data.request;
  const code = files["layers.py"];
  if (code.includes("while True")) return;
  const reply = (message) => postMessage({ kind: "answer", id: data.id, ...message });
  if (code.includes("os.abort")) return reply({ failed: "RangeError: WebAssembly.Memory(): out of memory" });
  if (call === "microscope") return reply({ answer: { html: "<p>dx is wrong</p><script>parent.document.title = 'x'</script>" } });
  const state = code.includes("np.maximum") ? "passed" : code.includes("return 7") ? "failed" : "unfinished";
  const texts = { passed: "all 3 checks passed", failed: "  WRONG  <b>out</b> is a number", unfinished: "Task relu-forward" };
  reply({ answer: { task, state, text: texts[state], seconds: 0.1, uses: ["affine-forward"] } });
};
"""


def lay(files: dict[str, bytes], folder: Path, **changes: bytes) -> None:
    """Write the page into a folder that can be served, with long deadlines and with the files of ``changes`` in place of its own."""
    data = {**json.loads(files[DATA]), "deadlines": NO_DEADLINE}
    for name, content in {**files, DATA: json.dumps(data).encode(), **changes}.items():
        path = folder / PRACTICE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture(scope="session")
def files(course: Course) -> dict[str, bytes]:
    """The files of the practice page for this course."""
    return practice_files(course)


@pytest.fixture(scope="session")
def practice_folder(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with the real worker, which cannot reach Python here."""
    folder = tmp_path_factory.mktemp("practice")
    lay(files, folder)
    return folder


@pytest.fixture(scope="session")
def real_address(practice_folder: Path) -> Iterator[str]:
    """The address of the page with the real worker."""
    with serving(practice_folder) as found:
        yield found


@pytest.fixture(scope="session")
def address(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page with `STAND_IN` as its worker."""
    folder = tmp_path_factory.mktemp("stand-in")
    lay(files, folder, **{"worker.js": STAND_IN.encode()})
    with serving(folder) as found:
        yield found
