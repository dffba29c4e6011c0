"""All tests about one task, in a few seconds: ``python -m tests.one_task TASK``, which is ``make check TASK=...``.

The audit runs the hidden checks over the reference, over the stub and over every mistake of the catalogue. Meanwhile those tests run
that name the task or its functions, or that are about all tasks and quick: they are marked ``tasks``.
"""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from autograder.manifest import Task, load_course
from autograder.paths import REPOSITORY

FILES = (
    "tests/autograder/audit/test_sentences.py",
    "tests/autograder/checks/test_asks.py",
    "tests/autograder/checks/test_printed_numbers.py",
    "tests/autograder/checks/test_right_code.py",
    "tests/autograder/checks/test_visible_cells.py",
    "tests/autograder/generate/test_task_hints.py",
    "tests/autograder/mistakes/test_entries.py",
    "tests/autograder/practice/test_in_browser.py",
    "tests/course/notebooks/test_batch_normalization.py",
    "tests/course/notebooks/test_fully_connected_nets.py",
    "tests/course/test_layers.py",
    "tests/course/test_layer_utils.py",
    "tests/course/test_optim.py",
    "tests/course/test_fc_net.py",
    "tests/course/test_cnn.py",
    "tests/test_readme.py",
)
"""The files with such tests. Collecting all others would take longer than running these."""
OF_ANY_COURSE = ("tests/autograder/checks/test_printed_numbers.py", "tests/autograder/checks/test_visible_cells.py")
"""The tests that also apply to a task in an instructor's own folder; the others are about this repository's course."""
ENDS = re.compile(r"_(forward|backward|backward_alt|naive|loss)+$")


class OneTask:
    """Keeps the tests that concern a task.

    Parameters
    ----------
    task : it.
    ours : whether it is one of this repository's course.
    """

    def __init__(self, task: Task, ours: bool) -> None:
        self._task, self._ours = task.id, ours
        functions = {function.rpartition(".")[2] for function in task.functions}
        self._words = functions | {ENDS.sub("", ENDS.sub("", name)) for name in functions}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Drop the tests of other tasks."""
        items[:] = [item for item in items if self._concerns(item)]

    def _concerns(self, item: pytest.Item) -> bool:
        if item.get_closest_marker("tasks"):
            return self._ours
        name = item.name
        given = getattr(item, "callspec", None)
        if given is not None and self._task in map(str, given.params.values()):
            return True
        if item.get_closest_marker("slow"):
            return False
        # A word between underscores or brackets, so that `conv` is not found in `deconv`.
        return any(re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", name) for word in self._words)


def main(words: list[str]) -> int:
    """Run the audit and the tests in parallel; return 0 if all is well, 1 if something is wrong, 2 for an unknown task."""
    course = load_course()
    known = {task.id: task for task in course.tasks}
    if len(words) != 1 or words[0] not in known:
        print(f"Name a task: make check TASK={course.tasks[0].id}. The tasks are {', '.join(known)}", file=sys.stderr)
        return 2
    task = known[words[0]]
    audit = None
    if not task.model:
        command = [sys.executable, "-m", "autograder", "audit", "--quiet", "--jobs", "1", "--task", task.id]
        audit = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ours = all(notebook.root == course.root for notebook in course.notebooks if notebook.name == task.notebook)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(REPOSITORY)]
    failed = pytest.main([*options, *(FILES if ours else OF_ANY_COURSE)], plugins=[OneTask(task, ours)])
    if audit is None:
        return int(bool(failed))
    said, _ = audit.communicate()
    print(said, end="")
    return int(bool(failed) or bool(audit.returncode))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
