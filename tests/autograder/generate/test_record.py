"""Do the recorded results reach the notebooks, and are outdated ones noticed?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.generate.errors import GeneratorError
from autograder.generate.notebooks import build_notebook
from autograder.generate.page_results import read_page_results
from autograder.generate.percent import SourceCell, read_notebook
from autograder.generate.recorded import LEAD_IN, file_text, recorded_file, recorded_markdown, spread_over_seeds
from autograder.generate.recorded_code import cells_that_count, recording_key
from autograder.manifest import Course

SOURCE = "solutions/notebooks/Small.py"
CELL = '# %%\n# %matplotlib inline\nprint("given")'
RECORDED_CELL = """# %% record="accuracy-of-runs"
# %matplotlib inline
import os
from coursenn.layers import double
print("run            first  second  third\\nof the layers  0.125   0.250  0.375 ")
print(double(2.0), os.environ["COURSENN_DATA"], os.environ.get("COURSENN_QUICK"))"""
TABLE = "run            first  second  third\nof the layers  0.125   0.250  0.375\n4.0 embedded None"
PROSE = "# Why is each entry doubled?"
SHOWN_PROSE = "# Look at this.\n#\n# {{recorded:accuracy-of-runs}}\n#\n# Why is each entry doubled?"
Load = Callable[[], Course]
Edit = Callable[[str, str, str], None]


@pytest.fixture
def recorded(edit: Edit, load: Load) -> Path:
    """The path of the results of a recorded cell, which are up to date."""
    edit(SOURCE, CELL, RECORDED_CELL)
    edit(SOURCE, PROSE, SHOWN_PROSE)
    course = load()
    path = recorded_file(course.notebooks[0])
    path.parent.mkdir()
    path.write_text(file_text(key_of(course), {"accuracy-of-runs": TABLE}), encoding="utf-8")
    return path


def key_of(course: Course) -> str:
    return recording_key(course, course.notebooks[0], read_notebook(course, course.notebooks[0]))


def run(small: Path, *arguments: str) -> Any:
    return CliRunner().invoke(main, [*arguments, "--course", str(small / "course.toml")])


def test_the_notebook_shows_the_recorded_text(recorded: Path, load: Load) -> None:
    """Is it in a code block, below a line that says where it comes from?"""
    node = build_notebook(load(), "Small")
    (text,) = [c.source for c in node.cells if LEAD_IN in c.source]
    assert f"Look at this.\n\n{recorded_markdown(TABLE)}\n\nWhy" in text
    assert "accuracy-of-runs" not in str(node)


def test_the_notebook_says_how_long_a_cell_takes(recorded: Path, load: Load, edit: Edit) -> None:
    """Does the text above a cell give the recorded time, and nothing as long as there is none?"""
    cell = '# %% record="accuracy-of-runs"'
    edit(SOURCE, cell, f'# %% [markdown]\n# Wait.\n#\n# {{{{time:three-runs}}}}\n\n{cell} timed="three-runs"')
    course = load()
    (text,) = [c.source for c in build_notebook(course, "Small").cells if c.source.startswith("Wait.")]
    assert text == "Wait."
    for seconds, words in ((4.0, "a few seconds"), (31.2, "about 30 seconds"), (58.0, "about 1 minute"), (130.0, "about 2 minutes")):
        recorded.write_text(file_text(key_of(course), {"accuracy-of-runs": TABLE}, {"three-runs": seconds}), encoding="utf-8")
        (text,) = [c.source for c in build_notebook(course, "Small").cells if c.source.startswith("Wait.")]
        assert text == f"Wait.\n\n*Time: {words} on two cores.*"
    edit(SOURCE, "# {{time:three-runs}}\n", "")
    with pytest.raises(GeneratorError, match="the time of 'three-runs'"):
        build_notebook(load(), "Small")


def test_a_table_says_how_much_runs_differ(course: Course) -> None:
    """Does a table of a trained network name the spread over seeds, and an exactly reproducible table none?"""
    spread = spread_over_seeds(course)
    assert spread is not None
    assert 0 < spread < 0.1
    assert f"up to {spread:g}:" in recorded_markdown(TABLE, spread=spread)
    assert recorded_markdown(TABLE, exact="all", spread=spread) == f"{LEAD_IN}:\n\n```text\n{TABLE}\n```"
    assert recorded_markdown(TABLE, exact="images", spread=spread).startswith(f"{LEAD_IN} on the embedded images:")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{{recorded:accuracy-of-runs}}", "{{recorded:something-else}}", "no cell is recorded under that name"),
        ("{{recorded:accuracy-of-runs}}", "See {{recorded:accuracy-of-runs}} here.", "on a line of its own"),
        ("{{recorded:accuracy-of-runs}}", "", "shown nowhere"),
        ("# Because every entry", "# {{recorded:accuracy-of-runs}}\n# Because every entry", "in a question cell"),
        ('# %% check="double"', '# %% record="accuracy-of-runs"\nprint(1)\n\n# %% check="double"', "is used twice"),
        ('# %% [markdown]\n# Look', '# %% [markdown] record="prose"\n# Look', "names a code cell"),
        ("# %% setup=true", '# %% setup=true record="set-up"', "names a code cell"),
        ('record="accuracy-of-runs"', 'record="Accuracy of runs"', "lower-case words"),
        ('record="accuracy-of-runs"', "record=true", "names a code cell"),
    ],
)  # fmt: skip
def test_a_wrong_template_or_option_is_refused(recorded: Path, load: Load, edit: Edit, old: str, new: str, message: str) -> None:
    """Does the message say what is wrong with it?"""
    edit(SOURCE, old, new)
    with pytest.raises(GeneratorError, match=message):
        build_notebook(load(), "Small")


def test_a_table_typed_by_hand_is_refused(recorded: Path, load: Load, edit: Edit) -> None:
    """Is a recorded table refused in the text of a notebook, even with other spaces?"""
    edit(SOURCE, "# Look at this.", "# run first second third\n# of the layers 0.125 0.250 0.375")
    with pytest.raises(GeneratorError, match=r"typed by hand.*\{\{recorded:accuracy-of-runs\}\}"):
        build_notebook(load(), "Small")


@pytest.mark.parametrize("content", [None, "{", '{"key": "", "results": {"another": "1"}}', "[]"])
def test_a_missing_result_is_refused(recorded: Path, load: Load, content: str | None) -> None:
    """Does the message name the command to run if the file is missing or damaged?"""
    recorded.unlink()
    if content is not None:
        recorded.write_text(content, encoding="utf-8")
    with pytest.raises(GeneratorError, match="autograder record Small"):
        build_notebook(load(), "Small")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("solutions/coursenn/layers.py", "= 2.0", "= 2.5"),
        (SOURCE, 'print("run', 'print("ran'),
    ],
)
def test_the_key_depends_on_the_code_that_runs(recorded: Path, load: Load, edit: Edit, file: str, old: str, new: str) -> None:
    """Does the key change with the reference and with the recorded cell?"""
    before = key_of(load())
    edit(file, old, new)
    assert key_of(load()) != before


def test_the_key_depends_on_given_modules_that_run(recorded: Path, load: Load, edit: Edit, small: Path) -> None:
    """Does the key change with a given module that the recorded cell uses?"""
    solver = small / "src/coursenn/solver.py"
    solver.write_text("def steps():\n    return 1\n", encoding="utf-8")
    before = key_of(load())
    edit(SOURCE, "print(double(2.0)", "from coursenn.solver import steps\nprint(double(2.0 * steps())")
    with_steps = key_of(load())
    solver.write_text("def steps():\n    return 2\n", encoding="utf-8")
    assert len({before, with_steps, key_of(load())}) == 3


def test_the_key_does_not_depend_on_a_new_task(recorded: Path, load: Load, edit: Edit) -> None:
    """Does the key stay the same if a function and its check cell are added before the recorded cell?"""
    before = key_of(load())
    edit("solutions/coursenn/layers.py", "\ndef double", "\ndef half(x):\n    return x / 2\n\n\ndef double")
    assert key_of(load()) == before
    cells = read_notebook(load(), load().notebooks[0])
    check = SourceCell("check", "half", "from coursenn.layers import half\nx = half({{expected:half}})", "here")
    assert recording_key(load(), load().notebooks[0], [check, *cells]) == before


CELLS = {
    "a variable": ("x = draw()", "print(x)", True),
    "a variable that the cell binds itself": ("x = draw()", "x = 1\nprint(x)", False),
    "an entry that is set": ("settings = {}\nsettings['a'] = 1", "print(settings)", True),
    "a name inside a function only": ("x = draw()", "def f(x):\n    return [x for x in x]\n\n\nprint(f(1))", False),
    "a name that a function reads from the notebook": ("x = draw()", "def f():\n    return x\n\n\nprint(f())", True),
    "a number added to it": ("x = draw()", "x += 1\nprint(x)", True),
    "random numbers without a seed": ("numpy.random.rand()", "print(np.random.rand())", True),
    "random numbers with a seed": ("numpy.random.rand()", "np.random.seed(1)\nprint(np.random.rand())", False),
    "nothing": ("x = draw()", "print(1)", False),
}


@pytest.mark.parametrize("what", CELLS)
def test_a_check_cell_counts_if_a_later_cell_depends_on_it(what: str) -> None:
    """Is a check cell part of the key only if the recorded cell uses what it sets?"""
    checked, recorded, counts = CELLS[what]
    cells = [SourceCell("check", "task", checked, "here"), SourceCell("code", "code", recorded, "here", record="name")]
    assert (cells[0] in cells_that_count(cells)) is counts


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("solutions/coursenn/layers.py", '"""Twice the input."""', '"""Two times the input.\n\n    Of any shape.\n    """'),
        ("solutions/coursenn/layers.py", "    scale_of", "    # a comment\n\n    scale_of"),
        ("src/coursenn/given.py", "return argument", "return None"),
        (SOURCE, "Look at this", "Look at that"),
        (SOURCE, 'print("given twice")\n\n# %% check', 'print("given thrice")\n\n# %% check'),
    ],
)
def test_the_key_ignores_what_changes_no_number(recorded: Path, load: Load, edit: Edit, file: str, old: str, new: str) -> None:
    """Does the key stay the same if docstrings, comments, text or unused code change?"""
    before = key_of(load())
    edit(file, old, new)
    assert key_of(load()) == before


def test_generate_reports_an_outdated_recording(recorded: Path, small: Path, edit: Edit) -> None:
    """Does `generate --check` fail and name the command to run, while `generate` still writes?"""
    assert run(small, "generate").exit_code == 0
    assert run(small, "generate", "--check").exit_code == 0
    edit("solutions/coursenn/layers.py", "= 2.0", "= 2.5")
    assert run(small, "generate").exit_code == 0
    checked = run(small, "generate", "--check")
    assert checked.exit_code == 1
    assert "autograder record Small" in checked.output
    assert run(small, "generate", "--check", "--only", "stubs").exit_code == 0


def test_other_numbers_from_the_same_code_are_accepted(recorded: Path, small: Path, load: Load) -> None:
    """Are results of the same code accepted if another machine printed other digits?"""
    recorded.write_text(file_text(key_of(load()), {"accuracy-of-runs": "other digits"}), encoding="utf-8")
    assert run(small, "generate").exit_code == 0
    assert run(small, "generate", "--check").exit_code == 0


@pytest.mark.notebook
def test_the_command_records_what_the_cell_prints(recorded: Path, small: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the cell run with the reference, in full and on the embedded images, and only if it is outdated?"""
    for name, value in (("COURSENN_QUICK", "1"), ("COURSENN_DATA", "/nowhere")):
        monkeypatch.setenv(name, value)
    before = recorded.read_bytes()
    assert "up to date" in run(small, "record").output
    recorded.unlink()
    done = run(small, "record", "Small")
    assert done.exit_code == 0, done.output
    assert recorded.read_bytes() == before
    assert before.endswith(b"}\n")
    assert json.loads(before) == {"key": key_of(load()), "results": {"accuracy-of-runs": TABLE}}
    assert "recorded in" in run(small, "record", "--force").output


@pytest.mark.notebook
def test_pictures_are_kept_for_the_page(recorded: Path, small: Path, edit: Edit, load: Load) -> None:
    """Are the pictures of given cells kept, also after the last recorded cell?"""
    edit(SOURCE, 'print("given twice")', "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    assert run(small, "record", "--force").exit_code == 0
    course = load()
    shown = read_page_results(course.notebooks[0], key_of(course))
    assert [result for results in shown.values() for result in results if "png" in result]


@pytest.mark.notebook
@pytest.mark.parametrize(("new", "message"), [("raise RuntimeError('broken')", "broken"), ("pass", "prints nothing")])
def test_nothing_is_written_if_a_cell_fails(recorded: Path, small: Path, edit: Edit, new: str, message: str) -> None:
    """Is the old file kept, and does the message say what failed?"""
    before = recorded.read_bytes()
    text = (small / SOURCE).read_text(encoding="utf-8")
    start = text.index("import os\n")
    edit(SOURCE, text[start : text.index("\n\n", start)], new)
    done = run(small, "record")
    assert done.exit_code == 1
    assert message in done.output
    assert recorded.read_bytes() == before


def test_the_file_of_a_notebook_without_recorded_cells_is_removed(recorded: Path, small: Path, edit: Edit) -> None:
    """Is the file outdated once no cell is recorded, and does `record` remove it?"""
    edit(SOURCE, ' record="accuracy-of-runs"', "")
    edit(SOURCE, "{{recorded:accuracy-of-runs}}", "Nothing.")
    assert run(small, "generate", "--check").exit_code == 1
    assert run(small, "record").exit_code == 0
    assert not recorded.exists()


def test_an_unknown_notebook_is_refused(small: Path) -> None:
    """Is the exit status 2, and does the message name the notebooks that exist?"""
    done = run(small, "record", "Large")
    assert done.exit_code == 2
    assert "Small" in done.output
