"""Figures that are drawn when a source of theirs differs, and outputs that are kept for one reference only."""

from pathlib import Path

import pytest

from autograder.generate.drawings import draw_figures, environment, forget_other_reference, with_execution

SCRIPT = """from pathlib import Path
import coursenn
assert coursenn.__file__.startswith({reference!r})
path = Path(__file__).with_suffix(".svg")
path.write_text("<svg>" + str(len(path.read_text()) if path.is_file() else 0) + "</svg>")
"""


@pytest.fixture
def figures(small) -> Path:
    """The figures of a small course, with one script that writes another picture each time it runs."""
    folder = small.parent / "book" / "figures"
    for path in folder.iterdir():
        path.unlink()
    return folder


def _script(small, figures: Path, extra: str = "") -> Path:
    from autograder.manifest import load_course

    course = load_course(small / "course.toml")
    path = figures / "one.py"
    path.write_text(SCRIPT.format(reference=environment(course)["PYTHONPATH"]) + extra)
    draw_figures(course)
    return figures / "one.svg"


def test_a_figure_is_drawn_once(small, figures) -> None:
    """Does a second call leave the picture alone, and a change of the script, of the style or a lost picture draw it anew?"""
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
    """Is the script that cannot draw named, and tried again at the next call?"""
    for _ in range(2):
        with pytest.raises(OSError, match=r"one\.py cannot draw"):
            _script(small, figures, "raise SystemExit(1)\n")


def test_words_and_addresses_outdate_no_figure(small, figures, course) -> None:
    """Is a figure left alone when a JSON file of the package changes, and are those all made of words: nothing computes with them?"""
    from autograder.manifest import load_course

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


AS_IF_ALONE = """import sys
assert __name__ == "__main__" and sys.argv == [__file__]
assert not hasattr(sys, "left_by_another")
sys.left_by_another = True
import _beside
"""


def test_scripts_run_as_if_each_were_alone(small, figures) -> None:
    """Does a script find its own name, folder and arguments, nothing that another one left, and does one that fails stop no other?"""
    (figures / "_beside.py").write_text("")
    for name in ("three", "two"):
        (figures / f"{name}.py").write_text(AS_IF_ALONE + SCRIPT.format(reference=""))
    with pytest.raises(OSError, match=r"^\S*/one\.py cannot draw"):
        _script(small, figures, "raise SystemExit(1)\n")
    assert (figures / "two.svg").is_file()
    assert (figures / "three.svg").is_file()


def test_outputs_of_another_reference_are_dropped(small, tmp_path) -> None:
    """Is what was built kept for the same reference and dropped when the reference changes?"""
    from autograder.manifest import load_course

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
    """Do the settings run code cells of chapters, keep what was set beside, and leave notebooks alone?"""
    settings = with_execution({"title": "A book", "execute": {"execute_notebooks": "off", "run_in_temp": True}})
    assert settings["title"] == "A book"
    assert settings["execute"]["run_in_temp"] is True
    assert settings["execute"]["execute_notebooks"] == "cache"
    assert settings["execute"]["exclude_patterns"] == ["course/notebooks/*"]
