"""Do the notebooks work in JupyterLite? ``COURSENN_PYODIDE`` names a folder with npm's Pyodide and the wheels for IPython."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.intake.reference import reference_path
from autograder.manifest import Course
from autograder.practice.lite import LITE, build_lite, lite_address
from autograder.practice.runtime import LOCK
from autograder.publish.serve import serving
from tests.tabs import Visit

FOLDER = os.environ.get("COURSENN_PYODIDE")
NOTEBOOK = "Dropout"
CHECKED = ("dropout-forward", "dropout-backward")
HAS_IPYTHON = bool(FOLDER and list(Path(FOLDER).glob("ipython-*.whl")))
HAS_LITE = importlib.util.find_spec("jupyterlite_core") is not None
# Skipped even where missing tools are an error: no package index has numpy for Pyodide.
pytestmark = [
    pytest.mark.xdist_group("practice"),
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_IPYTHON, reason="COURSENN_PYODIDE names no folder with Pyodide and IPython"),
    pytest.mark.skipif(not HAS_LITE, reason="JupyterLite is not installed: `make prove` installs it"),
    pytest.mark.timeout(1800),
]
# Most folders lack matplotlib's large wheel for Pyodide, and these tests draw nothing.
STAND_IN = {
    "matplotlib/__init__.py": "",
    "matplotlib/pyplot.py": "rcParams = {}\nget_backend = str\nswitch_backend = str\n",
    "matplotlib-3.8.4.dist-info/METADATA": "Metadata-Version: 2.1\nName: matplotlib\nVersion: 3.8.4\n",
    "matplotlib-3.8.4.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "matplotlib-3.8.4.dist-info/RECORD": "",
}
KERNEL = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
RUN = f"""async (code) => {{
  const said = [];
  const future = {KERNEL}.requestExecute({{ code }});
  future.onIOPub = ({{ header, content }}) => {{
    if (header.msg_type === "stream") said.push(content.text);
    if (header.msg_type === "error") said.push(content.traceback.join("\\n") || `${{content.ename}}: ${{content.evalue}}`);
  }};
  await future.done;
  return said.join("");
}}"""
CONTENT = """async ([path, format]) =>
  (await window.jupyterapp.serviceManager.contents.get(path, { type: "file", format, content: true })).content"""
Run = Callable[[str], str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `FOLDER`, with `STAND_IN` if it has no matplotlib."""
    found = tmp_path_factory.mktemp("pyodide") / "folder"
    shutil.copytree(str(FOLDER), found)
    if not list(found.glob("matplotlib-[0-9]*.whl")):
        with zipfile.ZipFile(found / "matplotlib-3.8.4-py3-none-any.whl", "w") as archive:
            for name, text in STAND_IN.items():
                archive.writestr(name, text)
        lock = json.loads((found / LOCK).read_text(encoding="utf-8"))
        lock["packages"]["matplotlib"]["depends"] = []
        (found / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def tab(course: Course, folder: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Visit]:
    """A wide browser tab with the site, which holds Python itself."""
    site = tmp_path_factory.mktemp("site")
    build_lite(course, site / LITE, folder)
    settings = json.loads((site / LITE / "jupyter-lite.json").read_text(encoding="utf-8"))
    settings["jupyter-config-data"]["exposeAppInBrowser"] = True
    (site / LITE / "jupyter-lite.json").write_text(json.dumps(settings), encoding="utf-8")
    with serving(site) as address:
        found = Visit(chromium, address, viewport={"width": 1280, "height": 900})
        found.page.set_default_timeout(600_000)
        yield found
        found.close()


@pytest.fixture(scope="module")
def run(tab: Visit) -> Run:
    """A function that runs code in the kernel of the open notebook and returns its output and errors."""
    tab.open(lite_address(NOTEBOOK))
    tab.page.wait_for_function(KERNEL)
    return lambda code: str(tab.page.evaluate(RUN, code))


def cells(course: Course, kind: str) -> list[str]:
    """The sources of the notebook's code cells that contain a text."""
    document = nbformat.read(course.root / "notebooks" / f"{NOTEBOOK}.ipynb", as_version=4)
    return [cell.source for cell in document.cells if cell.cell_type == "code" and kind in cell.source]


def test_a_notebook_works_from_the_first_cell_to_the_hand_in(tab: Visit, run: Run, course: Course, record_property: Any) -> None:
    """Does the set-up find the package, do checks use the edited file, and is the work packed and kept?"""
    start = time.monotonic()
    said = run(cells(course, "start(")[0])
    record_property("seconds to the first answer", round(time.monotonic() - start, 1))
    assert f"{NOTEBOOK}: your package is" in said, said
    assert "runs in your browser" in said
    run(cells(course, "import dropout_backward")[0])
    (check,) = cells(course, 'checking("dropout_forward")')
    assert "Not finished: Task dropout-forward" in run(check)

    # The student edits the file and saves it.
    layers = (reference_path(course) / "coursenn" / "layers.py").read_text(encoding="utf-8")
    save = "([text]) => window.jupyterapp.serviceManager.contents.save('coursenn/layers.py', {type: 'file', format: 'text', content: text})"
    tab.page.evaluate(save, [layers])
    assert "checks passed" in run(check)
    found = run(f"%check {' '.join(CHECKED)}")
    assert all(f"{task}  passed" in found for task in CHECKED), found

    said = run(cells(course, "submit()")[0])
    assert "Receipt: " in said, said
    assert "right-click coursenn-submission.zip" in said
    packed = tab.page.evaluate(CONTENT, ["coursenn-submission.zip", "base64"])
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(packed))) as archive:
        assert archive.read("coursenn/layers.py").decode() == layers
        assert f"{NOTEBOOK}.ipynb" in archive.namelist()
    assert not tab.outside

    tab.page.reload()
    tab.page.wait_for_function(KERNEL)
    assert tab.page.evaluate(CONTENT, ["coursenn/layers.py", "text"]) == layers


def test_only_the_students_files_are_left_in_the_browser(tab: Visit, run: Run) -> None:
    """Is the student's folder free of compiled files?"""
    folder = "(await window.jupyterapp.serviceManager.contents.get('coursenn', { content: true })).content"
    listed = tab.page.evaluate(f"async () => {folder}.map((file) => file.name)")
    assert "layers.py" in listed
    assert "__pycache__" not in listed
