"""Are figures drawn again only when one of their sources changes, and outputs kept only for the same reference?"""

from pathlib import Path

import pytest

from autograder.generate.drawings import draw_figures, environment, forget_other_reference, with_execution
from autograder.manifest import load_course

SCRIPT = """from pathlib import Path
import coursenn
assert coursenn.__file__.startswith({reference!r})
path = Path(__file__).with_suffix(".svg")
path.write_text("<svg>" + str(len(path.read_text()) if path.is_file() else 0) + "</svg>")
"""


@pytest.fixture
def figures(small) -> Path:
    """The empty folder for the figures of a small course."""
    folder = small.parent / "book" / "figures"
    for path in folder.iterdir():
        path.unlink()
    return folder


def _script(small, figures: Path, extra: str = "") -> Path:
    course = load_course(small / "course.toml")
    path = figures / "one.py"
    path.write_text(SCRIPT.format(reference=environment(course)["PYTHONPATH"]) + extra)
    draw_figures(course)
    return figures / "one.svg"


def test_a_figure_is_drawn_once(small, figures) -> None:
    """Is it drawn again only if the script or the style changes, or the picture is missing?"""
    picture = _script(small, figures)
    first = picture.read_text()
    assert _script(small, figures).read_text() == first
    changed = _script(small, figures, "# changed\n").read_text()
    assert changed != first
    (figures / "_style.py").write_text("# a style\n")
    styled = _script(small, figures, "# changed\n").read_text()
    assert styled != first
    picture.unlink()
    assert _script(small, figures, "# changed\n").read_text() == first


def test_a_script_that_fails_is_named(small, figures) -> None:
    """Is a script that cannot draw named, and tried again at the next call?"""
    for _ in range(2):
        with pytest.raises(OSError, match=r"one\.py cannot draw"):
            _script(small, figures, "raise SystemExit(1)\n")


def test_words_and_addresses_outdate_no_figure(small, figures, course) -> None:
    """Does a changed JSON file of the package leave the figure as it is, and do these files hold only texts?"""
    (figures / "one.py").write_text(SCRIPT.format(reference=""))
    draw_figures(load_course(small / "course.toml"))
    first = (figures / "one.svg").read_text()
    (small / "src" / "coursenn" / "tasks.json").write_text('{"book": "https://you.github.io/layers"}')
    draw_figures(load_course(small / "course.toml"))
    assert (figures / "one.svg").read_text() == first
    (small / "src" / "coursenn" / "given_for_all.py").write_text("A_NUMBER = 1\n")
    draw_figures(load_course(small / "course.toml"))
    assert (figures / "one.svg").read_text() != first
    made = {"tasks.json", "checks.json", "task_hints.json", "known_mistakes.json"}
    assert {name for name in course.given if name.endswith(".json")} == made


ON_ITS_OWN = """import sys
assert __name__ == "__main__" and sys.argv == [__file__]
assert not hasattr(sys, "left_by_another")
sys.left_by_another = True
import _helper
"""


def test_scripts_do_not_affect_one_another(small, figures) -> None:
    """Does each see its own name, folder and arguments and nothing of another, and do the others run if one fails?"""
    (figures / "_helper.py").write_text("")
    for name in ("three", "two"):
        (figures / f"{name}.py").write_text(ON_ITS_OWN + SCRIPT.format(reference=""))
    with pytest.raises(OSError, match=r"^\S*/one\.py cannot draw"):
        _script(small, figures, "raise SystemExit(1)\n")
    assert (figures / "two.svg").is_file()
    assert (figures / "three.svg").is_file()


def test_outputs_of_another_reference_are_dropped(small, tmp_path) -> None:
    """Is a built page kept until the reference changes?"""
    course = load_course(small / "course.toml")
    forget_other_reference(course, tmp_path)
    kept = tmp_path / "_build" / "page.html"
    kept.parent.mkdir()
    kept.write_text("page")
    forget_other_reference(course, tmp_path)
    assert kept.is_file()
    reference = course.reference("layers.py")
    reference.write_text(reference.read_text() + "\n# changed\n")
    forget_other_reference(load_course(small / "course.toml"), tmp_path)
    assert not kept.exists()


def test_notebooks_are_not_executed() -> None:
    """Do the settings run only the code cells of chapters, and are other settings kept?"""
    settings = with_execution({"title": "A book", "execute": {"execute_notebooks": "off", "run_in_temp": True}})
    assert settings["title"] == "A book"
    assert settings["execute"]["run_in_temp"] is True
    assert settings["execute"]["execute_notebooks"] == "cache"
    assert settings["execute"]["exclude_patterns"] == ["course/notebooks/*"]
