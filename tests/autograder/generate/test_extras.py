"""Do all generators accept a fifth notebook with its own editable file, in an extra folder?"""

import shutil

import pytest

from autograder.generate import known_mistakes
from autograder.generate.errors import GeneratorError
from autograder.generate.everything import build
from autograder.generate.leaks import find_leaks, secret_lines
from autograder.generate.notebooks import build_notebook
from autograder.generate.public import write_public
from autograder.generate.tasks import tasks_document
from autograder.generate.tree import write
from autograder.manifest import ManifestError, load_course
from autograder.paths import REPOSITORY

EXTRA = {
    "course.toml": """
[files]
editable = ["attention.py"]

[[notebook]]
name = "Attention"
title = "Attention"

[[task]]
id = "scale-scores"
functions = ["attention.scale_scores"]
notebook = "Attention"
points = 2
checks = "attention"

[[question]]
id = "attention-why"
notebook = "Attention"
points = 1
""",
    "solutions/coursenn/attention.py": '''"""Attention."""


def scale_scores(scores, width):
    """Scores divided by the square root of the width."""
    ### BEGIN SOLUTION
    root_of_the_width_of_keys = width**0.5
    return scores / root_of_the_width_of_keys
    ### END SOLUTION
''',
    "solutions/expected.py": """from autograder.generate.evaluate import expected


@expected("scale-scores")
def scaled():
    from coursenn.attention import scale_scores

    return scale_scores(8.0, 16)
""",
    "solutions/notebooks/Attention.py": """# %% [markdown]
# # {{notebook:title}}: {{task:scale-scores}}

# %% setup=true
pass

# %% check="scale-scores"
print({{expected:scale-scores}})

# %% [markdown] question="attention-why"
# Because dot products grow with the square root of the width.

# %% [markdown] instructor="attention-why"
# [item.root]
# points = 1
# text = 'Names the square root of the width and says why it is needed.'

# %% submit=true
pass
""",
    "checks/attention.py": 'secret_of_the_hidden_check = s.compare("scaled", scaled_scores)\n',
    "src/coursenn/attention_given.py": '"""A given module."""\n',
}


def add_extra(course_root):
    """Put the extra folder next to a course and name it in the manifest."""
    for name, text in EXTRA.items():
        path = course_root.parent / "attention" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    manifest = course_root / "course.toml"
    text = manifest.read_text()
    if "extras = []" in text:
        text = text.replace("extras = []", 'extras = ["../attention"]')
    else:
        text = text.replace("book_address =", 'extras = ["../attention"]\nbook_address =')
    text += '\n[[assignment]]\nname = "attention"\ntitle = "Attention"\nnotebooks = ["Attention"]\n'
    manifest.write_text(text)
    return load_course(manifest)


def test_the_extra_folder_gets_its_own_files(small):
    """Are its stub and notebook written into the extra folder, and its tasks into the course's `tasks.json`?"""
    course = add_extra(small)
    main, extra = build(course)
    assert set(main.files) == {"src/coursenn/layers.py", "src/coursenn/tasks.json", "src/coursenn/checks.json", "notebooks/Small.ipynb"}
    assert extra.root == small.parent / "attention"
    assert set(extra.files) == {"src/coursenn/attention.py", "notebooks/Attention.ipynb"}
    assert b"Task scale-scores (notebook Attention)" in extra.files["src/coursenn/attention.py"]
    document = tasks_document(course)
    assert [t["id"] for t in document["tasks"]] == ["double", "counter", "scale-scores"]
    assert document["editable"] == ["layers.py", "attention.py"]
    assert [a["name"] for a in document["assignments"]] == ["one", "attention"]


def test_the_extra_notebook_uses_both_folders(small):
    """Does the notebook have the set-up cell of the course and the expected value of its own reference?"""
    sources = [c.source for c in build_notebook(add_extra(small), "Attention").cells]
    assert "print(2.0)" in sources
    assert any("print('set up')" in s for s in sources)
    assert any("`scale_scores` in `coursenn/attention.py` (2 points)" in s for s in sources)


def test_an_extra_may_have_its_own_setup_cell(small):
    """Is a set-up cell of the extra folder used for its notebook and no other?"""
    course = add_extra(small)
    (small.parent / "attention/solutions/notebooks/_setup_cell.py").write_text("print('our own')\n")
    assert any(c.source == "print('our own')" for c in build_notebook(course, "Attention").cells)
    assert not any(c.source == "print('our own')" for c in build_notebook(course, "Small").cells)


def test_a_second_build_writes_nothing(small):
    """Is every file of the extra up to date after it has been written?"""
    course = add_extra(small)
    assert sum(len(write(plan)) for plan in build(course)) == 6
    assert [write(plan) for plan in build(course)] == [[], []]


def test_the_public_tree_holds_one_package(small, tmp_path):
    """Are the files of the extra in the same package and notebook folder as those of the course?"""
    course = add_extra(small)
    write_public(course, tmp_path / "public")
    for name in ("src/coursenn/attention.py", "src/coursenn/attention_given.py", "notebooks/Attention.ipynb"):
        assert (tmp_path / "public/course" / name).is_file()
    assert "Attention" in (tmp_path / "public/README.md").read_text()


def test_secrets_of_the_extra_are_not_published(small, tmp_path):
    """Are its solution, answer, rubric and hidden check secrets, and missing from the public tree?"""
    course = add_extra(small)
    secrets = secret_lines(course)
    texts = {s.text for s in secrets}
    assert {
        "root_of_the_width_of_keys=width**0.5",
        "Becausedotproductsgrowwiththesquarerootofthewidth.",
        "Namesthesquarerootofthewidthandsayswhyitisneeded.",
        'secret_of_the_hidden_check=s.compare("scaled",scaled_scores)',
    } <= texts
    write_public(course, tmp_path / "public")
    assert find_leaks(tmp_path / "public", secrets) == []


def test_two_files_with_one_name_are_refused(small):
    """Is a given or editable file refused if both folders have it?"""
    course = add_extra(small)
    (small.parent / "attention/src/coursenn/given.py").write_text("# another\n")
    with pytest.raises(ManifestError, match=r"coursenn/given\.py is both at"):
        build(load_course(course.path))
    (small.parent / "attention/course.toml").write_text(EXTRA["course.toml"].replace("attention.py", "layers.py"))
    with pytest.raises(ManifestError, match=r"layers\.py is listed as editable by course/ and by attention/"):
        load_course(course.path)


@pytest.mark.parametrize("name", ["../layers.py", "/tmp/layers.py", "layers", "a b.py", "a/../layers.py"])
def test_an_editable_file_must_be_a_plain_path(small, edit, name):
    """Is a path that leads out of the package or is not a module refused?"""
    edit("course.toml", '"layers.py"', f'"layers.py", "{name}"')
    with pytest.raises(ManifestError, match="expected a path such as"):
        load_course(small / "course.toml")


def test_hidden_copies_are_not_given(small, load):
    """Is an editor's hidden copy of a solution left out of the given files?"""
    (small / "src/coursenn/.ipynb_checkpoints").mkdir()
    (small / "src/coursenn/.ipynb_checkpoints/layers-checkpoint.py").write_text("scale_of_the_solution = 2.0\n")
    assert set(load().given) == {"__init__.py", "given.py"}


def test_notebooks_of_an_assignment_are_listed(small):
    """Does `tasks.json` list for each assignment the notebooks that the manifest gives it?"""
    course = add_extra(small)
    document = tasks_document(course)
    assert document["assignments"][0]["notebooks"] == ["Small"]
    assert document["assignments"][1]["notebooks"] == ["Attention"]


def test_an_extra_of_this_course(tmp_path, monkeypatch):
    """Do all generators accept an extra folder of this repository's course?"""
    # Running the mistakes takes minutes and says nothing about an extra folder.
    monkeypatch.setattr(known_mistakes, "_cached", lambda *_: [])
    root = tmp_path / "repository" / "course"
    shutil.copytree(
        REPOSITORY / "course", root, ignore=shutil.ignore_patterns("build", "*.so", "__pycache__", "*.egg-info", "notebooks.tmp")
    )
    # The notebooks link to pages of the book.
    shutil.copytree(REPOSITORY / "book", root.parent / "book", ignore=lambda folder, names: {n for n in names if not n.endswith(".md")})
    plans = build(add_extra(root))
    names = {name for plan in plans for name in plan.files}
    assert {"notebooks/Attention.ipynb", "src/coursenn/attention.py", "notebooks/Dropout.ipynb", "src/coursenn/layers.py"} <= names


def test_an_extra_task_without_code_is_refused(small):
    """Is an extra refused if its solutions do not match its manifest?"""
    course = add_extra(small)
    source = small.parent / "attention/solutions/coursenn/attention.py"
    source.write_text(source.read_text().replace("def scale_scores", "def scale_score"))
    with pytest.raises(GeneratorError, match="which is not a task"):
        build(course)
