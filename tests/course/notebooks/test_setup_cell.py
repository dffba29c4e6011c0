"""Does the first cell of every notebook find or download the package, in any place where the notebook is opened?"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from autograder.generate.cells import FETCH

CELLS = Path(__file__).resolve().parents[3] / "course" / "solutions" / "notebooks"
REPORT = "\nimport coursenn, os\nprint('PACKAGE', os.path.dirname(coursenn.__file__))\nprint('FOLDER', os.getcwd())\n"


def cell(address: str = "", sha256: str = "") -> str:
    """Return the set-up cell with its templates filled in, by default for a course without an address."""
    text = (CELLS / "_setup_cell.py").read_text("utf-8")
    text = FETCH.sub(r"\g<fetch>" if address else r"\g<not_published>", text)
    archive = f"{address}/archive/refs/heads/main.zip"
    for template, value in (("package:archive", archive), ("package:sha256", sha256), ("notebook:name", "Dropout")):
        assert f"{{{{{template}}}}}" in text or not (address or template == "notebook:name")
        text = text.replace(f"{{{{{template}}}}}", value)
    assert "{{" not in text
    return text


def run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a notebook would, without this project on the path."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "JPY_SESSION_NAME"}}
    # -S and the new path exclude an installed coursenn.
    site = [p for p in sys.path if p.endswith("site-packages")]
    head = f"import sys; sys.path[:] = [p for p in sys.path if not p.endswith('course/src')] + {site!r}\n"
    command = [sys.executable, "-W", "error", "-S", "-c", head + script]
    settings = {**kept, "MPLBACKEND": "Agg", **environment}
    return subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)


def found(result: subprocess.CompletedProcess[str]) -> tuple[Path, Path]:
    assert result.returncode == 0, result.stderr
    lines = dict(line.split(" ", 1) for line in result.stdout.splitlines() if line.startswith(("PACKAGE ", "FOLDER ")))
    return Path(lines["PACKAGE"]), Path(lines["FOLDER"])


@pytest.fixture
def release(tmp_path: Path, reference: Path) -> Path:
    """A release folder, with the package next to the notebook."""
    folder = tmp_path / "release"
    shutil.copytree(reference / "coursenn", folder / "coursenn", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    return folder.resolve()


@pytest.fixture
def tree(tmp_path: Path, release: Path) -> Path:
    """The notebooks' folder of the public tree, with the package in ../src."""
    course = tmp_path.resolve() / "tree" / "course"
    (course / "notebooks").mkdir(parents=True)
    shutil.copytree(release / "coursenn", course / "src" / "coursenn")
    return course / "notebooks"


class Quiet(SimpleHTTPRequestHandler):
    """A server that does not write to the terminal."""

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@pytest.fixture
def package(release: Path) -> dict[str, bytes]:
    """The files of the package."""
    return {p.relative_to(release).as_posix(): p.read_bytes() for p in sorted((release / "coursenn").rglob("*")) if p.is_file()}


@pytest.fixture
def digest(package: dict[str, bytes]) -> str:
    """The digest that the release writes into the cell, computed without `autograder.generate.package`, which a student lacks."""
    lines = [f"{name} {hashlib.sha256(content).hexdigest()}\n" for name, content in sorted(package.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def publish(folder: Path, package: dict[str, bytes]) -> None:
    """Write the zip of a branch to its place on the server, with folders and other files of the tree."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("coursenn-main/README.md", "not a part of the package")
        archive.writestr("coursenn-main/course/src/coursenn/", b"")
        archive.writestr("coursenn-main/course/notebooks/Dropout.ipynb", "{}")
        for name, data in package.items():
            archive.writestr(f"coursenn-main/course/src/{name}", data)
    target = folder / "archive" / "refs" / "heads" / "main.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.getvalue())


@pytest.fixture
def server(tmp_path: Path, package: dict[str, bytes]) -> Iterator[str]:
    """The address of a local server with the zip of a public repository's branch."""
    publish(tmp_path / "web", package)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "web")))
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_is_the_package_next_to_the_notebook_found(release: Path) -> None:
    """In a release folder, is the folder's own package imported, without a warning?"""
    result = run(cell() + REPORT, release)
    assert found(result) == (release / "coursenn", release)
    assert result.stderr == ""
    assert f"Dropout: your package is {release / 'coursenn'}" in result.stdout
    assert "forgets" not in result.stdout


def test_is_the_package_of_the_tree_found(tree: Path) -> None:
    """In the repository, the public tree and on Binder, is the package in ../src imported?"""
    assert found(run(cell() + REPORT, tree)) == (tree.parent / "src" / "coursenn", tree)


@pytest.mark.parametrize("known_by", ["jupyter", "vscode"])
def test_is_the_notebook_found_from_another_folder(tree: Path, tmp_path: Path, known_by: str) -> None:
    """If the kernel starts in another folder, is the package found from the notebook's path, and is that folder used?"""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = str(tree / "Dropout.ipynb")
    Path(path).write_text("{}", encoding="utf-8")
    if known_by == "jupyter":
        result = run(cell() + REPORT, elsewhere, JPY_SESSION_NAME=path)
    else:
        result = run(f"__vsc_ipynb_file__ = {path!r}\n" + cell() + REPORT, elsewhere)
    assert found(result) == (tree.parent / "src" / "coursenn", tree)


def test_is_nothing_fetched_without_an_address(tmp_path: Path) -> None:
    """Without an address, is nothing downloaded, and does one sentence say what is missing and what to do?"""
    guard = "import urllib.request\ndef refuse(*_, **__): raise SystemExit('IT FETCHED')\nurllib.request.urlopen = refuse\n"
    guard += "import socket\nsocket.socket.connect = refuse\n"
    result = run(guard + cell(), tmp_path)
    assert result.returncode != 0
    assert "Fetching" not in result.stdout
    assert "IT FETCHED" not in result.stderr
    last = f"FileNotFoundError: no folder coursenn in {tmp_path.resolve()}: start Jupyter in the folder of this notebook"
    assert result.stderr.splitlines()[-1] == last
    assert list(tmp_path.iterdir()) == []


def test_is_a_missing_package_fetched(server: str, digest: str, tmp_path: Path) -> None:
    """On a machine with only the notebook, is exactly the package downloaded, and only once?"""
    fresh = tmp_path.resolve() / "content"
    fresh.mkdir()
    result = run(cell(server, digest) + REPORT, fresh)
    assert found(result) == (fresh / "coursenn", fresh)
    assert f"Fetching the course from {server}" in result.stdout
    assert [p.name for p in fresh.iterdir()] == ["coursenn"]
    again = run(cell() + REPORT, fresh)
    assert "Fetching" not in again.stdout
    assert found(again) == (fresh / "coursenn", fresh)


TAMPERED = {
    "a changed file": lambda files: {**files, "coursenn/optim.py": files["coursenn/optim.py"] + b"\nimport os\n"},
    "a file more": lambda files: {**files, "coursenn/extra.py": b"import os\n"},
    "a file less": lambda files: {n: c for n, c in files.items() if n != "coursenn/merge.py"},
    "another name": lambda files: {n.replace("merge", "Merge"): c for n, c in files.items()},
    "a file outside": lambda files: {**files, "coursenn/../../../escaped.py": b"x"},
    "nothing": lambda files: {},
}


@pytest.mark.parametrize("how", TAMPERED)
def test_is_a_package_that_was_tampered_with_refused(how: str, server: str, digest: str, package: dict[str, bytes], tmp_path: Path) -> None:
    """Is a package that differs from the release refused before any of it is written or imported?"""
    publish(tmp_path / "web", TAMPERED[how](package))
    fresh = tmp_path / "content" / "folder"
    fresh.mkdir(parents=True)
    result = run(cell(server, digest) + REPORT, fresh)
    assert result.returncode != 0
    assert "PACKAGE" not in result.stdout
    assert "ImportError: this is not the package that the notebook was made with" in result.stderr.splitlines()[-1]
    assert list((tmp_path / "content").rglob("*")) == [fresh]


def test_does_fetching_never_overwrite_a_file(server: str, digest: str, tmp_path: Path) -> None:
    """Is an existing file, from an interrupted download or a restored hand-in, unchanged?"""
    fresh = tmp_path / "content"
    (fresh / "coursenn").mkdir(parents=True)
    (fresh / "coursenn/layers.py").write_text("MINE = True\n", encoding="utf-8")
    found(run(cell(server, digest) + REPORT, fresh))
    assert (fresh / "coursenn/layers.py").read_text("utf-8") == "MINE = True\n"
    assert (fresh / "coursenn/optim.py").exists()


def test_does_a_missing_network_name_the_address(tmp_path: Path) -> None:
    """Without a network, does the cell name the address and say what to do, without a traceback of urllib?"""
    result = run(cell("http://127.0.0.1:9/nowhere"), tmp_path)
    assert result.returncode != 0
    assert "http://127.0.0.1:9/nowhere/archive/refs/heads/main.zip" in result.stdout
    assert "It could not be fetched: " in result.stdout
    assert result.stderr.splitlines()[-1].endswith("start Jupyter in the folder of this notebook")
    assert "urllib" not in result.stderr


def test_does_the_cell_warn_that_colab_forgets_files(release: Path) -> None:
    """On Colab, does the cell say that files are lost, and offer to save and restore the work?"""
    head = (
        "import sys, types; sys.modules['google'] = types.ModuleType('google'); sys.modules['google.colab'] = types.ModuleType('colab')\n"
    )
    result = run(head + cell() + "print(callable(save_work), callable(restore_work))", release)
    assert "forgets everything" in result.stdout
    assert "save_work()" in result.stdout
    assert result.stdout.rstrip().endswith("True True")


def test_are_figures_set_up(release: Path) -> None:
    """Does the cell apply the course's settings for figures?"""
    names = ("figure.figsize", "image.interpolation", "image.cmap")
    result = run(cell() + f"import json\nprint(json.dumps([plt.rcParams[n] for n in {names!r}]), np.ones(1)[0])", release)
    assert result.stdout.splitlines()[-1] == json.dumps([[10.0, 8.0], "nearest", "gray"]) + " 1.0"


def test_do_figures_of_a_notebook_have_a_text(release: Path) -> None:
    """With the backend of notebooks, does the first figure have a text, and one after a change of format?"""
    pytest.importorskip("matplotlib_inline")
    formats = "from IPython.core import pylabtools\npylabtools.select_figure_formats(get_ipython(), {'png'})"
    cells = [cell(), "1", formats, "1"]
    script = (
        "import json\nfrom IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()\n"
        f"cells = json.loads({json.dumps(json.dumps(cells))})\n"
        "for begin, end in ((0, 2), (2, 4)):\n"
        "    for text in cells[begin:end]:\n        shell.run_cell(text).raise_error()\n"
        "    import matplotlib.pyplot as plt\n    figure = plt.figure()\n    figure.add_subplot().set_title('Loss')\n"
        "    print('HTML', shell.display_formatter.format(figure)[0].get('text/html', '')[:40])\n"
    )
    result = run(script, release, IPYTHONDIR=str(release / ".ipython"), MPLBACKEND="module://matplotlib_inline.backend_inline")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count('HTML <img alt="Figure') == 2, result.stdout


def test_is_an_edited_file_used_by_the_next_cell(release: Path) -> None:
    """Is a saved edit used at once, even if the set-up cell was run twice?"""
    pytest.importorskip("IPython")
    cells = [
        cell(),
        cell(),
        "from coursenn.layers import relu_forward; from pathlib import Path",
        "p = Path('coursenn/layers.py'); _ = p.write_text(p.read_text() + '\\n\\ndef relu_forward(x):\\n    return 42, None\\n')\n"
        "import os, time; os.utime(p, (time.time() + 5, time.time() + 5))",
        "print('RESULT', relu_forward(1)[0])",
    ]
    script = (
        "import json\nfrom IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()\n"
        f"for text in json.loads({json.dumps(json.dumps(cells))}):\n    shell.run_cell(text).raise_error()\n"
    )
    result = run(script, release, IPYTHONDIR=str(release / ".ipython"))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "RESULT 42" in result.stdout
    assert "already loaded" not in result.stdout


def test_is_the_cell_short() -> None:
    """Does the cell have few lines, without a drive to mount, a folder to type or a compiler?"""
    text = cell()
    assert len(text.splitlines()) <= 20
    assert len(cell("https://example.org").splitlines()) <= 42
    for word in ("drive", "FOLDERNAME", "input(", "build_ext", "pip", "!", "%"):
        assert word not in text.replace("!=", "")


@pytest.mark.whole
def test_does_the_last_cell_pack_the_work(release: Path) -> None:
    """Does the last cell write a zip next to the notebook and print the receipt?"""
    result = run(cell() + (CELLS / "_submit_cell.py").read_text("utf-8"), release)
    assert result.returncode == 0, result.stderr
    assert "Receipt: " in result.stdout
    with zipfile.ZipFile(release / "coursenn-submission.zip") as archive:
        assert "coursenn/layers.py" in archive.namelist()


WATCH = """
import importlib.abc, os
class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print("WAIT", os.environ.get("OPENBLAS_THREAD_TIMEOUT"))
sys.meta_path.insert(0, Watch())
"""


def test_the_waiting_time_of_threads_is_set_before_numpy_is_imported(release: Path) -> None:
    """Is the waiting time of numpy's threads set before numpy is loaded, in the order in which a notebook imports?"""
    unset = {name: value for name, value in os.environ.items() if name != "OPENBLAS_THREAD_TIMEOUT"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", unset)
        result = run(WATCH + cell(), release)
    assert result.returncode == 0, result.stderr
    assert "WAIT 4" in result.stdout.splitlines()
