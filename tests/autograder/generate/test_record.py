"""Do recorded results reach the notebooks, only they, and is it noticed when they are old?"""

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
RECORDED_CELL = """# %% record="numbers-of-old"
# %matplotlib inline
import os
from coursenn.layers import double
print("run            first  second  third\\nof the layers  0.125   0.250  0.375 ")
print(double(2.0), os.environ["COURSENN_DATA"], os.environ.get("COURSENN_QUICK"))"""
TABLE = "run            first  second  third\nof the layers  0.125   0.250  0.375\n4.0 embedded None"
PROSE = "# Why does it double?"
SHOWN_PROSE = "# Look at this.\n#\n# {{recorded:numbers-of-old}}\n#\n# Why does it double?"
Load = Callable[[], Course]
Edit = Callable[[str, str, str], None]


@pytest.fixture
def recorded(edit: Edit, load: Load) -> Path:
    """The small course with a recorded cell; the path of its results, which are up to date."""
    edit(SOURCE, CELL, RECORDED_CELL)
    edit(SOURCE, PROSE, SHOWN_PROSE)
    course = load()
    path = recorded_file(course.notebooks[0])
    path.parent.mkdir()
    path.write_text(file_text(key_of(course), {"numbers-of-old": TABLE}), encoding="utf-8")
    return path


def key_of(course: Course) -> str:
    return recording_key(course, course.notebooks[0], read_notebook(course, course.notebooks[0]))


def run(small: Path, *arguments: str) -> Any:
    return CliRunner().invoke(main, [*arguments, "--course", str(small / "course.toml")])


def test_does_a_student_see_the_recorded_text(recorded: Path, load: Load) -> None:
    """Is the text in a code block under a line that says where it comes from?"""
    node = build_notebook(load(), "Small")
    (text,) = [c.source for c in node.cells if LEAD_IN in c.source]
    assert f"Look at this.\n\n{recorded_markdown(TABLE)}\n\nWhy" in text
    assert "numbers-of-old" not in str(node)


def test_is_the_time_of_a_cell_said_once_it_is_known(recorded: Path, load: Load, edit: Edit) -> None:
    """Does the text before a cell say how long it took when it was recorded, and nothing before that?"""
    cell = '# %% record="numbers-of-old"'
    edit(SOURCE, cell, f'# %% [markdown]\n# Wait.\n#\n# {{{{time:of-old}}}}\n\n{cell} timed="of-old"')
    course = load()
    (text,) = [c.source for c in build_notebook(course, "Small").cells if c.source.startswith("Wait.")]
    assert text == "Wait."
    for seconds, words in ((4.0, "a few seconds"), (31.2, "about 30 seconds"), (58.0, "about 1 minute"), (130.0, "about 2 minutes")):
        recorded.write_text(file_text(key_of(course), {"numbers-of-old": TABLE}, {"of-old": seconds}), encoding="utf-8")
        (text,) = [c.source for c in build_notebook(course, "Small").cells if c.source.startswith("Wait.")]
        assert text == f"Wait.\n\n*Time: {words} on two cores.*"
    edit(SOURCE, "# {{time:of-old}}\n", "")
    with pytest.raises(GeneratorError, match="the time of 'of-old'"):
        build_notebook(load(), "Small")


def test_does_a_table_say_how_much_runs_differ(course: Course) -> None:
    """Does a trained table name the spread over seeds, and one that every machine prints the same neither that nor images?"""
    spread = spread_over_seeds(course)
    assert spread is not None
    assert 0 < spread < 0.1
    assert f"up to {spread:g}:" in recorded_markdown(TABLE, spread=spread)
    assert recorded_markdown(TABLE, exact="all", spread=spread) == f"{LEAD_IN}:\n\n```text\n{TABLE}\n```"
    assert recorded_markdown(TABLE, exact="images", spread=spread).startswith(f"{LEAD_IN} on the embedded images:")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{{recorded:numbers-of-old}}", "{{recorded:something-else}}", "no cell is recorded under that name"),
        ("{{recorded:numbers-of-old}}", "See {{recorded:numbers-of-old}} here.", "on a line of its own"),
        ("{{recorded:numbers-of-old}}", "", "shown nowhere"),
        ("# Because the model answer", "# {{recorded:numbers-of-old}}\n# Because the model answer", "in a question cell"),
        ('# %% check="double"', '# %% record="numbers-of-old"\nprint(1)\n\n# %% check="double"', "is used twice"),
        ('# %% [markdown]\n# Look', '# %% [markdown] record="prose"\n# Look', "names a code cell"),
        ("# %% setup=true", '# %% setup=true record="set-up"', "names a code cell"),
        ('record="numbers-of-old"', 'record="Numbers of old"', "lower-case words"),
        ('record="numbers-of-old"', "record=true", "names a code cell"),
    ],
)  # fmt: skip
def test_is_a_template_or_option_that_does_not_fit_refused(
    recorded: Path, load: Load, edit: Edit, old: str, new: str, message: str
) -> None:
    edit(SOURCE, old, new)
    with pytest.raises(GeneratorError, match=message):
        build_notebook(load(), "Small")


def test_is_a_recorded_line_refused_where_it_is_typed(recorded: Path, load: Load, edit: Edit) -> None:
    """May a table be copied by hand, be it with other blanks?"""
    edit(SOURCE, "# Look at this.", "# run first second third\n# of the layers 0.125 0.250 0.375")
    with pytest.raises(GeneratorError, match=r"typed by hand.*\{\{recorded:numbers-of-old\}\}"):
        build_notebook(load(), "Small")


@pytest.mark.parametrize("content", [None, "{", '{"key": "", "results": {"another": "1"}}', "[]"])
def test_does_a_missing_result_name_the_command(recorded: Path, load: Load, content: str | None) -> None:
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
def test_does_the_key_see_code_that_can_change_numbers(recorded: Path, load: Load, edit: Edit, file: str, old: str, new: str) -> None:
    before = key_of(load())
    edit(file, old, new)
    assert key_of(load()) != before


def test_does_the_key_see_a_given_module_that_is_run(recorded: Path, load: Load, edit: Edit, small: Path) -> None:
    """Does a change of a given module count for a cell that uses it?"""
    solver = small / "src/coursenn/solver.py"
    solver.write_text("def steps():\n    return 1\n", encoding="utf-8")
    before = key_of(load())
    edit(SOURCE, "print(double(2.0)", "from coursenn.solver import steps\nprint(double(2.0 * steps())")
    with_steps = key_of(load())
    solver.write_text("def steps():\n    return 2\n", encoding="utf-8")
    assert len({before, with_steps, key_of(load())}) == 3


def test_does_a_new_task_leave_the_key_as_it_is(recorded: Path, load: Load, edit: Edit) -> None:
    """Do a function, its import and its check cell before the recorded cell make no recording old?"""
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
    "something added to it": ("x = draw()", "x += 1\nprint(x)", True),
    "random numbers without a seed": ("numpy.random.rand()", "print(np.random.rand())", True),
    "random numbers with a seed": ("numpy.random.rand()", "np.random.seed(1)\nprint(np.random.rand())", False),
    "nothing": ("x = draw()", "print(1)", False),
}


@pytest.mark.parametrize("what", CELLS)
def test_does_a_check_cell_count_when_something_of_it_is_used(what: str) -> None:
    """Is a check cell part of the key where a recorded cell after it uses what it makes, and only there?"""
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
def test_does_the_key_ignore_what_changes_no_number(recorded: Path, load: Load, edit: Edit, file: str, old: str, new: str) -> None:
    before = key_of(load())
    edit(file, old, new)
    assert key_of(load()) == before


def test_does_generate_say_that_a_recording_is_old(recorded: Path, small: Path, edit: Edit) -> None:
    """Does the check fail, naming the cure, while writing goes on?"""
    assert run(small, "generate").exit_code == 0
    assert run(small, "generate", "--check").exit_code == 0
    edit("solutions/coursenn/layers.py", "= 2.0", "= 2.5")
    assert run(small, "generate").exit_code == 0
    checked = run(small, "generate", "--check")
    assert checked.exit_code == 1
    assert "autograder record Small" in checked.output
    assert run(small, "generate", "--check", "--only", "stubs").exit_code == 0


def test_do_other_numbers_alone_leave_the_check_content(recorded: Path, small: Path, load: Load) -> None:
    """Is the same code's result from another machine, with other digits, as good?"""
    recorded.write_text(file_text(key_of(load()), {"numbers-of-old": "other digits"}), encoding="utf-8")
    assert run(small, "generate").exit_code == 0
    assert run(small, "generate", "--check").exit_code == 0


@pytest.mark.notebook
def test_does_the_command_record_what_the_cell_prints(recorded: Path, small: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is it run with the reference, at full size, on the embedded images, and only where it is needed?"""
    for name, value in (("COURSENN_QUICK", "1"), ("COURSENN_DATA", "/nowhere")):
        monkeypatch.setenv(name, value)
    before = recorded.read_bytes()
    assert "up to date" in run(small, "record").output
    recorded.unlink()
    done = run(small, "record", "Small")
    assert done.exit_code == 0, done.output
    assert recorded.read_bytes() == before
    assert before.endswith(b"}\n")
    assert json.loads(before) == {"key": key_of(load()), "results": {"numbers-of-old": TABLE}}
    assert "recorded in" in run(small, "record", "--force").output


@pytest.mark.notebook
def test_are_pictures_kept_for_the_page(recorded: Path, small: Path, edit: Edit, load: Load) -> None:
    """Is what a given cell draws kept, even of one after the last recorded cell?"""
    edit(SOURCE, 'print("given twice")', "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    assert run(small, "record", "--force").exit_code == 0
    course = load()
    shown = read_page_results(course.notebooks[0], key_of(course))
    assert [result for results in shown.values() for result in results if "png" in result]


@pytest.mark.notebook
@pytest.mark.parametrize(("new", "message"), [("raise RuntimeError('broken')", "broken"), ("pass", "prints nothing")])
def test_is_nothing_written_when_a_cell_fails(recorded: Path, small: Path, edit: Edit, new: str, message: str) -> None:
    before = recorded.read_bytes()
    text = (small / SOURCE).read_text(encoding="utf-8")
    start = text.index("import os\n")
    edit(SOURCE, text[start : text.index("\n\n", start)], new)
    done = run(small, "record")
    assert done.exit_code == 1
    assert message in done.output
    assert recorded.read_bytes() == before


def test_is_the_file_of_a_notebook_without_recorded_cells_removed(recorded: Path, small: Path, edit: Edit) -> None:
    edit(SOURCE, ' record="numbers-of-old"', "")
    edit(SOURCE, "{{recorded:numbers-of-old}}", "Nothing.")
    assert run(small, "generate", "--check").exit_code == 1
    assert run(small, "record").exit_code == 0
    assert not recorded.exists()


def test_is_an_unknown_notebook_misuse(small: Path) -> None:
    done = run(small, "record", "Large")
    assert done.exit_code == 2
    assert "Small" in done.output
