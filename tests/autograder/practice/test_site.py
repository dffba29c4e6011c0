"""Does the practice page hold the files that students get, and nothing else?"""

from __future__ import annotations

import io
import json
import re
import zipfile

from autograder.generate.leaks import find_leaks_in_bytes, secret_lines
from autograder.generate.package import package_files
from autograder.manifest import Course
from autograder.practice.site import BUNDLE, DATA, PACKAGE_ZIP, practice_files

MOST_BYTES = 1_000_000
ADDRESS = re.compile(rb"https?://[\w.-]+")


def test_the_package_is_that_of_the_public_tree(files: dict[str, bytes], course: Course) -> None:
    """Does it hold the files that `make public` writes, without compiled ones?"""
    with zipfile.ZipFile(io.BytesIO(files[PACKAGE_ZIP])) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert held == package_files(course)
    assert not [name for name in held if name.endswith((".so", ".pyd", ".pyc"))]


def test_nothing_secret_is_there(files: dict[str, bytes], course: Course) -> None:
    """Is every file free of lines of solutions, hidden checks, model answers and mistakes?"""
    secrets = secret_lines(course)
    assert not [leak for name, content in files.items() for leak in find_leaks_in_bytes(content, name, secrets)]


def test_files_are_the_same_each_time(files: dict[str, bytes], course: Course) -> None:
    """Does a second build give the same bytes, so that browsers can use their cache?"""
    assert practice_files(course) == files


def test_every_task_is_complete(files: dict[str, bytes], course: Course) -> None:
    """Does each task have a title, a text, three hints and a link, and each function a file?"""
    tasks = {task["id"]: task for task in json.loads(files[DATA])["tasks"]}
    assert list(tasks) == [task.id for task in course.tasks]
    index = files["index.html"].decode()
    for task in course.tasks:
        shown = tasks[task.id]
        assert shown["title"], task.id
        assert len(shown["text"]) > 100, task.id
        assert len(shown["hints"]) == 3, task.id
        assert shown["book"].startswith("../book/"), task.id
        assert bool(shown["file"]) == bool(task.functions), task.id
        assert f'id="{task.id}"' in index
    assert {name for name, task in tasks.items() if task["microscope"]} >= {
        "affine-backward",
        "batchnorm-backward-alt",
        "conv-backward",
        "conv-relu",
    }


def test_formulas_are_converted(files: dict[str, bytes]) -> None:
    """Is every text free of LaTeX source?"""
    texts = [re.sub(r"<(code|pre)\b.*?</\1>", "", task["text"], flags=re.DOTALL) for task in json.loads(files[DATA])["tasks"]]
    assert not [text for text in texts if "$" in text or "\\frac" in text]


def test_only_python_comes_from_another_host(files: dict[str, bytes]) -> None:
    """Are the page's own files free of web addresses and source maps?"""
    for name, content in files.items():
        if name.endswith((".js", ".css")) and name != BUNDLE.name:
            assert not ADDRESS.search(content), name
        assert b"sourceMappingURL" not in content, name
    hosts = set(ADDRESS.findall(json.dumps(json.loads(files[DATA])["runtime"]).encode()))
    assert len(hosts) == 1


def test_the_page_is_small(files: dict[str, bytes]) -> None:
    """Do all files that are loaded before the first run have less than 1 MB together?"""
    assert sum(len(content) for name, content in files.items() if name != PACKAGE_ZIP) < MOST_BYTES
