"""Is everything that has points called by a name that a person would use?"""

from __future__ import annotations

import re

from autograder.manifest import Course
from autograder.titles import titles, with_titles


def test_everything_has_a_title(course: Course) -> None:
    """Is no task or question of the course shown by its id, and is each title the heading above it?"""
    found = titles(course)
    assert set(found) == {item.id for item in (*course.tasks, *course.questions)}
    assert not [name for name, title in found.items() if title == name]
    assert not [title for title in found.values() if re.search(r"[#{}`$]", title)]
    assert found["dropout-backward"] == "Dropout: backward"
    assert found["dropout-scale"] == "Without the division"


def test_a_task_without_a_heading_is_called_by_its_function(mini: Course) -> None:
    """Is there a name even if no notebook gives one?"""
    assert titles(mini)[mini.tasks[0].id] == mini.tasks[0].function


def test_notes_say_titles() -> None:
    """Are ids replaced only if they mean a task or a cell?"""
    names = {"relu-forward": "ReLU: forward", "why": "Why?"}
    assert with_titles("relu-forward: odd", names) == "ReLU: forward: odd"
    assert with_titles("the cell why stood 2 times", names) == "the cell “Why?” stood 2 times"
    assert with_titles("layers.py, line 3: why not", names) == "layers.py, line 3: why not"
