"""Does the site for JupyterLite hold the public notebooks and package, and load nothing else?"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from autograder.generate.leaks import find_leaks_in_bytes, secret_lines
from autograder.generate.notebooks import build_notebooks
from autograder.generate.package import package_files
from autograder.manifest import Course
from autograder.practice import lite
from autograder.practice.lite import LiteError, build_lite, lite_address
from autograder.practice.runtime import public_runtime
from autograder.publish.sphinx_site import with_lite, with_lite_button


def test_missing_packages_are_named(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the message say what to install, and is nothing written?"""
    monkeypatch.setattr(lite, "PACKAGES", ("no-such-package-a", "no-such-package-b"))
    with pytest.raises(LiteError, match=r"no-such-package-a is not installed: .* pip install"):
        build_lite(course, tmp_path / "lite")
    assert not (tmp_path / "lite").exists()


def test_a_notebook_page_links_below_its_title() -> None:
    """Is the link between the title and the text, with a warning that code cannot be interrupted?"""
    found = with_lite("<section><h1>Dropout</h1><h2>More</h2></section>", "../../lite/lab/index.html?path=Dropout.ipynb")
    assert found.index("</h1>") < found.index("lite/lab") < found.index("<h2>")
    assert "cannot be interrupted" in found


def test_a_notebook_page_has_a_launch_button() -> None:
    """Does it follow the other launch buttons, and is it there without them?"""
    source, colab = {"label": "source-buttons", "buttons": []}, {"text": "Colab", "url": "https://colab"}
    for before, expected in (([], ["JupyterLite"]), ([{"label": "launch-buttons", "buttons": [colab]}], ["Colab", "JupyterLite"])):
        launch, *others = with_lite_button([source, *before], "lite/lab/index.html?path=Dropout.ipynb")
        assert [button["text"] for button in launch["buttons"]] == expected
        assert launch["buttons"][-1]["url"] == "lite/lab/index.html?path=Dropout.ipynb"
        assert others == [source]
        assert colab == {"text": "Colab", "url": "https://colab"}


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jupyterlite_core") is None, reason="JupyterLite is not installed: `make prove` installs it")
def test_the_site_holds_the_public_notebooks_and_package(course: Course, tmp_path: Path) -> None:
    """Does it hold only public files and no source maps, use the pinned Pyodide, and ask no package index?"""
    site = tmp_path / "lite"
    build_lite(course, site)
    held = {p.relative_to(site / "files").as_posix(): p.read_bytes() for p in (site / "files").rglob("*") if p.is_file()}
    assert held == package_files(course) | {path.name: text.encode() for path, text in build_notebooks(course).items()}
    secrets = secret_lines(course)
    assert not [leak for name, content in held.items() for leak in find_leaks_in_bytes(content, name, secrets)]
    assert not list(site.rglob("*.map"))
    settings = json.loads((site / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]["litePluginSettings"]
    kernel = settings[f"{lite.KERNEL}:kernel"]
    assert kernel["pyodideUrl"].endswith(f"/v{public_runtime().settings['version']}/full/pyodide.mjs"), "its worker imports a module"
    assert kernel["disablePyPIFallback"] is True
    index = json.loads((site / "pypi" / "all.json").read_text(encoding="utf-8"))
    assert list(index) == [lite.UNLISTED], "the rest is in the lock or comes with the kernel"
    for notebook in course.notebooks:
        assert (site.parent / lite_address(notebook.name).partition("?")[0]).is_file()
