"""Are both editions of a notebook built as they should be, and are faulty sources refused?"""

import json
import re

import nbformat
import pytest

from autograder.generate.cells import notebook_secrets
from autograder.generate.errors import GeneratorError
from autograder.generate.notebooks import asked_questions, build_notebook, build_notebooks, notebook_text
from autograder.generate.package import package_digest, package_files
from autograder.generate.tasks import ANSWER_PLACEHOLDER

SOURCE = "solutions/notebooks/Small.py"
CHECK = '# %% check="counter"\nprint(layers.Counter().count())\n'


def by_id(node):
    """Graded id -> cell."""
    return {c.metadata.nbgrader.grade_id: c for c in node.cells if "nbgrader" in c.metadata}


def test_the_student_edition_has_holes_and_empty_answers(load):
    """Does it have the checks, an empty answer, and a hole that names its cell?"""
    cells = by_id(build_notebook(load(), "Small"))
    assert cells["why"].source == ANSWER_PLACEHOLDER
    assert 'raise NotImplementedError("Cell try-it of notebook Small' in cells["try-it"].source
    assert "layers.double" in cells["double"].source


def test_the_solved_edition_has_code_and_model_answers(load):
    """Does it have the code and the model answers, but no rubric?"""
    node = build_notebook(load(), "Small", "solution")
    cells = by_id(node)
    assert cells["try-it"].source == 'start = 1\ntotal_of_the_solution_cell = start + 1\nprint("below the hole")'
    assert cells["why"].source.startswith("Because every entry")
    assert "Names the factor" not in notebook_text(node)


def test_cells_carry_nbgrader_metadata(load):
    """Is a check locked and graded, an answer graded by hand, and a solution cell worth no points?"""
    cells = by_id(build_notebook(load(), "Small"))
    keys = ("grade", "solution", "locked", "points", "schema_version", "task")
    marks = {i: {k: c.metadata.nbgrader.get(k) for k in keys} for i, c in cells.items()}
    common = {"schema_version": 3, "task": False}
    assert marks["double"] == {"grade": True, "solution": False, "locked": True, "points": 2, **common}
    assert marks["counter"] == {"grade": True, "solution": False, "locked": True, "points": 1.5, **common}
    assert marks["why"] == {"grade": True, "solution": True, "locked": False, "points": 3, **common}
    assert marks["try-it"] == {"grade": False, "solution": True, "locked": False, "points": None, **common}


def test_only_the_code_of_checks_is_folded(load):
    """Are check cells folded when a notebook opens, and all other cells unfolded?"""
    cells = build_notebook(load(), "Small").cells
    folded = [c.metadata.nbgrader.grade_id for c in cells if c.metadata.get("jupyter", {}).get("source_hidden")]
    assert folded == [c.metadata.nbgrader.grade_id for c in cells if c.metadata.get("nbgrader", {}).get("locked")]


def test_nbgrader_accepts_the_metadata(load):
    """Does nbgrader's own validator accept it?"""
    from nbgrader.preprocessors import CheckCellMetadata

    CheckCellMetadata().preprocess(build_notebook(load(), "Small"), {})


@pytest.mark.parametrize("edition", ["student", "solution"])
def test_a_notebook_is_valid_and_impersonal(load, edition):
    """Is it valid nbformat 4.5 with the standard kernel, unique ids, no outputs and no other metadata?"""
    text = notebook_text(build_notebook(load(), "Small", edition))
    node = nbformat.reads(text, as_version=4)
    nbformat.validate(node)
    assert (node.nbformat, node.nbformat_minor) == (4, 5)
    assert set(node.metadata) == {"coursenn", "kernelspec", "language_info"}
    assert node.metadata.kernelspec.name == "python3"
    assert "somebody-elses-kernel" not in text
    ids = [c.id for c in node.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", i) for i in ids)
    assert all(c.outputs == [] and c.execution_count is None for c in node.cells if c.cell_type == "code")


def test_the_bytes_of_a_notebook_are_reproducible(load):
    """Do two builds give the same bytes, with sorted keys, an indentation of one space and a final line end?"""
    course = load()
    first, second = (notebook_text(build_notebook(course, "Small")) for _ in range(2))
    assert first == second
    assert first.endswith("}\n")
    assert not first.endswith("\n\n")
    assert first == json.dumps(json.loads(first), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def test_ids_stay_when_a_cell_is_added(load, edit):
    """Does a cell keep its id when another cell is added above it?"""
    before = {c.source: c.id for c in build_notebook(load(), "Small").cells}
    edit(SOURCE, "# %% setup=true", "# %%\nprint('new')\n\n# %% setup=true")
    after = {c.source: c.id for c in build_notebook(load(), "Small").cells}
    assert before.items() <= after.items()


def test_common_cells_fill_setup_and_submit(load):
    """Do the set-up cell and the last cell come from the files that all notebooks share?"""
    sources = [c.source for c in build_notebook(load(), "Small").cells]
    archive = "https://github.com/example/small/archive/refs/heads/main.zip"
    assert f"address, sha256 = '{archive}', '{package_digest(package_files(load()))}'\nprint('set up')" in sources
    assert sources[-1] == "print('submit Small')"


@pytest.mark.parametrize(
    ("written", "with_address", "without"),
    [
        (
            "see [the book]({{book:small#double}}).",
            "see [the book](https://example.org/small/book/small.html#double).",
            "see the book (*Small*, section *double*).",
        ),
        ("it ([book]({{book:small}})).", "it ([book](https://example.org/small/book/small.html)).", "it (book: *Small*)."),
        ("at {{book:small#double}}.", "at https://example.org/small/book/small.html#double.", "at the book: Small, section double."),
        (
            "[Colab]({{launch:colab}}).",
            "[Colab](https://colab.research.google.com/github/example/small/blob/main/course/notebooks/Small.ipynb).",
            "Colab.",
        ),
        ("[issues]({{course:public_address}}/issues).", "[issues](https://github.com/example/small/issues).", "issues."),
    ],
)
def test_a_link_without_an_address_is_plain_text(load, edit, written, with_address, without):
    """Does a link lead to the address of the course, and become plain text as long as there is none?"""
    edit(SOURCE, "see [the book]({{book:small#double}}).", written)
    assert with_address in build_notebook(load(), "Small").cells[0].source
    for address in ("https://github.com/example/small", "https://example.org/small"):
        edit("course.toml", f'"{address}"', '""')
    text = build_notebook(load(), "Small").cells[0].source
    assert text.endswith(without)
    assert "http" not in text
    assert "](" not in text


def test_the_setup_cell_has_no_digest_without_an_address(load, without_address, monkeypatch):
    """Does it name no archive and no digest as long as the course has no address?"""
    monkeypatch.setattr("autograder.generate.notebooks.package_files", lambda *_: pytest.fail("the package was read"))
    assert "address, sha256 = '', ''\nprint('set up')" in [c.source for c in build_notebook(load(), "Small").cells]


def test_a_commented_magic_becomes_a_magic(load):
    """Is `# %matplotlib inline` in a source a magic in the notebook?"""
    assert any(c.source.startswith("%matplotlib inline\n") for c in build_notebook(load(), "Small").cells)


def test_a_question_has_its_answer_and_rubric(load):
    """Does an instructor get the prompt, the answer with its computed values, and the rubric?"""
    (question,) = asked_questions(load(), "Small").values()
    assert (question.id, question.notebook, question.points) == ("why", "Small", 3)
    assert question.prompt.endswith("Why is each entry doubled?")
    assert question.answer.startswith("Because every entry is multiplied by two, which gives [[2.0, 0.66666667],")
    assert [(item.points, item.text) for item in question.rubric.item.values()] == [(3, "Names the factor and what it is multiplied by.")]


def test_secrets_of_a_notebook(load):
    """Are lines of solution cells told apart from those of answers and rubrics?"""
    solutions, answers = notebook_secrets(load(), "Small")
    assert set(solutions) == {"total_of_the_solution_cell=start+1"}
    assert any(a.startswith("Namesthefactor") for a in answers)
    assert not any("Whatiseach" in a for a in answers), "a question to students is not secret"
    assert any(a.startswith("Becauseeveryentry") for a in answers)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('check="double"', 'chekc="double"', "cell options"),
        ('check="double"', 'check="double" question="why"', "cell options"),
        ('check="double"', "check=true", "the id of a task"),
        ("setup=true", 'setup="yes"', "its value is true"),
        ('# %%\nprint("given', '# %% A title\nprint("given', "cell options"),
        ('# %% [markdown] question="why"', '# %% question="why"', "belongs on a markdown cell"),
        ('# %% check="double"', '# %% [markdown] check="double"', "belongs on a code cell"),
        ('check="double"', 'check="triple"', "manifest does not have"),
        (CHECK, "", 'check="counter" is missing'),
        (CHECK, CHECK + "\n" + CHECK, 'check="counter" occurs twice'),
        ('question="why"', 'question="how"', "manifest does not have"),
        ('# %% [markdown] instructor="why"', "# %% [markdown]", 'instructor="why" is missing'),
        ("# [item.all]", "# 3: all of it", "the rubric is not TOML"),
        ("# asks =", "# hint =", "hint"),
        ("# points = 3", "# points = 2", "the items have 2 of 3 points"),
        ("# [item.all]", "# [item.All]", "the name 'All'"),
        ('solution="try-it"', 'solution="double"', "is used twice"),
        ("# %% setup=true\npass\n", "", "setup=true is missing"),
        ("# %% submit=true\npass\n", "", "submit=true is missing"),
        ("print(layers.Counter().count())", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION", "solution marker in a check cell"),
        ('print("given twice")', "### BEGIN SOLUTION\nx = 1\n### END SOLUTION", "solution marker in a code cell"),
        ("# Why is each entry doubled?", "# ### BEGIN SOLUTION", "solution marker in a text cell"),
        ("### END SOLUTION\n", "", "never closed"),
        ("### BEGIN SOLUTION\ntotal_of_the_solution_cell = start + 1\n### END SOLUTION\n", "", "without a solution"),
        ("start = 1\n### BEGIN", "start = (1\n### BEGIN", "does not compile"),
        ("{{task:double}}", "{{task:triple}}", "No task 'triple'"),
        ("{{task:double}}", "{{tusk:double}}", "no template"),
        ("{{task:double}}", "{{task: double}}", "looks like a template"),
        ("{{book:small#double}}", "{{book:large#double}}", "names no page"),
        ("{{book:small#double}}", "{{package:size}}", "Write {{package:archive}} or"),
        ("{{book:small#double}}", "{{launch:kaggle}}", "Write {{launch:colab}} or"),
        ("{{expected:double}}.", "{{expected:treble}}.", "registered nowhere"),
        ('print("given")', "total_of_the_solution_cell = start + 1", "student notebook would show"),
        ('print("given")', "self.secret_number_of_calls += 1", "student notebook would show"),
        ("# Why is each entry doubled?", "# Names the factor and what it is multiplied by.", "would show"),
    ],
)
def test_a_faulty_source_is_refused(load, edit, old, new, message):
    """Is every faulty source refused with a message that names the fault?"""
    edit(SOURCE, old, new)
    with pytest.raises(GeneratorError, match=re.escape(message)):
        build_notebook(load(), "Small")


def test_missing_sources_are_all_named(load, edit, small):
    """Are all missing sources of notebooks named in one message?"""
    edit("course.toml", '[[task]]\nid = "double"', '[[notebook]]\nname = "Second"\ntitle = "Second"\n\n[[task]]\nid = "double"')
    (small / SOURCE).unlink()
    with pytest.raises(GeneratorError, match=r"Small\.py, course/solutions/notebooks/Second\.py"):
        build_notebooks(load())


def test_an_unknown_notebook_is_refused(load):
    """Does the message name the notebooks that exist?"""
    with pytest.raises(KeyError, match="the notebooks are Small"):
        build_notebook(load(), "Large")
