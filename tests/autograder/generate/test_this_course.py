"""Do the generators give correct files for the course of this repository?"""

import dataclasses
import json
import re
import subprocess
import sys

import nbformat
import pytest

from autograder.generate.addresses import ADDRESS, resolve
from autograder.generate.everything import build
from autograder.generate.leaks import find_leaks, secret_lines
from autograder.generate.notebooks import asked_questions, build_notebook
from autograder.generate.package import package_digest
from autograder.generate.public import public_files, toc_pages, write_public
from autograder.generate.regions import squeeze
from autograder.generate.stubs import build_stubs
from autograder.paths import REPOSITORY


@pytest.fixture(scope="module")
def published(course):
    """The course of an instructor who has set addresses."""
    return dataclasses.replace(course, public_address="https://github.com/you/layers", book_address="https://you.github.io/layers")


@pytest.fixture(scope="module")
def tree(published, tmp_path_factory):
    """The public tree of that instructor."""
    destination = tmp_path_factory.mktemp("tree") / "public"
    write_public(published, destination)
    return destination


@pytest.fixture(scope="module")
def secrets(course):
    """Every line that students must not see."""
    return secret_lines(course)


def test_every_task_has_a_hole(course):
    """Does a hole in a stub name each task that grades functions?"""
    holes = re.findall(r'raise NotImplementedError\("Tasks? ([a-z0-9, -]+) \(', "".join(build_stubs(course).values()))
    named = {task for hole in holes for task in hole.split(", ")}
    assert named == {task.id for task in course.tasks if task.functions}


def test_stubs_import_and_raise(course, tmp_path):
    """Can the students' package be imported without a warning, and does each graded function name its task?"""
    files = {name: path.read_bytes() for name, path in course.given.items()} | {n: t.encode() for n, t in build_stubs(course).items()}
    for name, content in files.items():
        path = tmp_path / "coursenn" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    functions = [f for t in course.tasks for f in t.functions if not f.rpartition(".")[2][0].isupper()]
    program = f"""
import importlib
import numpy as np
params = dict(mode="train", p=0.5, stride=1, pad=0, pool_height=2, pool_width=2)
special = dict(G=1, normalization="batchnorm")
for function in {functions!r}:
    module, _, name = function.rpartition(".")
    target = getattr(importlib.import_module("coursenn." + module), name)
    names = target.__code__.co_varnames[:target.__code__.co_argcount - len(target.__defaults__ or ())]
    try:
        target(*[params if name.endswith("_param") else special.get(name, np.ones((2, 2, 4, 4))) for name in names])
    except NotImplementedError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert len(said) == len(functions)
    assert all(line.startswith("Task ") for line in said)


def test_the_public_tree_shows_no_secret(tree, secrets):
    """Is every file free of lines of solutions, hidden checks, model answers, rubrics and mistakes?"""
    assert {s.kind for s in secrets} == {"solution", "answer", "check", "mistake"}
    assert [str(leak) for leak in find_leaks(tree, secrets)] == []


def test_a_planted_secret_is_found(tree, secrets, tmp_path):
    """Does the search find a secret in a notebook of the public tree?"""
    notebook = next((tree / "course/notebooks").glob("*.ipynb"))
    node = nbformat.read(notebook, as_version=4)
    for secret in list(secrets)[::97]:
        node.cells[-1].source = f"x = 1\n    {secret.text}\n"
        nbformat.write(node, tmp_path / "planted.ipynb")
        assert secret in [leak.secret for leak in find_leaks(tmp_path, secrets)]


def test_secrets_are_found_in_the_solutions(secrets):
    """Does the search find more than 100 secrets in the folder of solutions?"""
    assert len({leak.secret for leak in find_leaks(REPOSITORY / "course" / "solutions", secrets)}) > 100


def test_launch_addresses_lead_to_notebooks(published, tree):
    """Does the README have a launch address for every notebook, and do all addresses in notebooks lead to a file?"""
    launched = {resolve(published, a) for a in ADDRESS.findall((tree / "README.md").read_text())}
    for notebook in published.notebooks:
        path = f"course/notebooks/{notebook.name}.ipynb"
        assert path in launched
        for cell in json.loads((tree / path).read_text())["cells"]:
            for address in ADDRESS.findall("".join(cell["source"])):
                target = resolve(published, address)
                assert target is None or (tree / target).exists(), address


def test_every_page_can_be_edited_and_launched(published, tree):
    """Is each page of the table of contents where the edit and launch buttons look for it?"""
    yaml = pytest.importorskip("yaml")
    repository = yaml.safe_load((tree / "_config.yml").read_text())["repository"]
    pages = toc_pages(yaml.safe_load((tree / "_toc.yml").read_text()))
    assert len(pages) > 5
    for page in pages:
        file = next(f for f in (f"{page}.md", f"{page}.ipynb") if (tree / f).is_file())
        assert resolve(published, f"{repository['url']}/edit/{repository['branch']}/{file}") == file


def test_the_setup_cell_reaches_the_package(published, tree):
    """Does it fetch an address of this tree, and is the package there with the digest that the cell expects?"""
    package = {p.relative_to(tree / "course/src").as_posix(): p.read_bytes() for p in (tree / "course/src").rglob("*") if p.is_file()}
    for notebook in published.notebooks:
        cells = json.loads((tree / f"course/notebooks/{notebook.name}.ipynb").read_text())["cells"]
        code = next("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        assert "" in [resolve(published, a) for a in ADDRESS.findall(code)]
        assert f'"{package_digest(package)}"' in code
    assert (tree / "course/src/coursenn/__init__.py").is_file()


def test_this_repository_has_no_addresses(course):
    """Is every generated and public file free of launch and download addresses until an instructor sets them?"""
    assert (course.public_address, course.book_address) == ("", "")
    hosts = ("github.com/coursenn", "github.io", "colab.research.google.com", "mybinder.org", "codeload.github.com")
    files = public_files(course)
    # INSTRUCTOR.md shows what an address looks like.
    files |= {name: content for plan in build(course) for name, content in plan.files.items() if name != "INSTRUCTOR.md"}
    files |= {p.name: p.read_bytes() for p in (REPOSITORY / "course/src/coursenn").glob("*.json")}
    files |= {name: (REPOSITORY / name).read_bytes() for name in ("README.md", "_config.yml", "course/README.md")}
    # The book cites the course whose second assignment this one continues, and a derivation of its hardest gradient.
    cited = re.compile(rb"https://(cs231n|kratzert)\.github\.io")
    found = [(name, host) for name, content in files.items() for host in hosts if host.encode() in cited.sub(b"", content)]
    assert found == []


def test_rubrics_are_complete(course):
    """Does every question have an answer, two to four items and at least three typical wrong answers, all complete?"""
    found = {item: question for notebook in course.notebooks for item, question in asked_questions(course, notebook).items()}
    assert set(found) == {q.id for q in course.questions}
    for question in found.values():
        assert len(question.answer) > 80
        # With four items, any choice takes at most two keys: all and back one, or one by one.
        assert 2 <= len(question.rubric.item) <= 4, question.id
        assert len(question.rubric.wrong) >= 3, question.id
        assert all(item.text and item.asks for item in question.rubric.item.values()), question.id
        assert all(wrong.answer and wrong.why and wrong.says for wrong in question.rubric.wrong.values()), question.id


def test_sentences_for_students_give_nothing_away(course):
    """Is each sentence of a rubric for students short, different from the others, and free of lines of an answer?"""
    secrets = secret_lines(course)
    for notebook in course.notebooks:
        for question in asked_questions(course, notebook).values():
            told = [i.asks for i in question.rubric.item.values()] + [w.says for w in question.rubric.wrong.values()]
            assert len(set(told)) == len(told), question.id
            for text in told:
                assert not secrets.inside(squeeze(text)), text
                assert len(text) <= 160, text
            assert all(item.asks.endswith("?") or "Give" in item.asks or "There are" in item.asks for item in question.rubric.item.values())


def test_students_get_no_text_of_a_rubric(course):
    """Is every public and generated file free of texts from rubrics, including short ones?"""
    files = public_files(course) | {name: content for plan in build(course) for name, content in plan.files.items()}
    shown = "\0".join(squeeze(content.decode("utf-8", "replace")) for content in files.values())
    for notebook in course.notebooks:
        for question in asked_questions(course, notebook).values():
            items, wrongs = question.rubric.item.values(), question.rubric.wrong.values()
            texts = [text for i in items for text in (i.text, i.asks)] + [text for w in wrongs for text in (w.why, w.says)]
            assert [text for text in texts if len(squeeze(text)) > 12 and squeeze(text) in shown] == []


def test_the_points_of_the_notebooks_add_up(course):
    """Is the sum over all graded cells that of the tasks and questions in the manifest?"""
    total = 0
    for notebook in course.notebooks:
        total += sum(c.metadata.nbgrader.get("points", 0) for c in build_notebook(course, notebook).cells if "nbgrader" in c.metadata)
    assert total == sum(item.points for item in (*course.tasks, *course.questions))
