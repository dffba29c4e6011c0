"""Is each check cell turned into a program that runs without the rest of its notebook?"""

from __future__ import annotations

import json

from autograder.generate.checks import alone, checks_json
from autograder.generate.visible_checks import CheckCell
from autograder.manifest import Course

IMPORTS = (
    "import matplotlib.pyplot as plt\nfrom coursenn.checking import checking, rel_error\nimport coursenn.layers\nfrom a import b as c, d"
)


def test_a_check_gets_only_the_imports_that_it_uses() -> None:
    """Is each name that it uses imported as in the import cell, and numpy only if it is used?"""
    cell = CheckCell(IMPORTS, 'x = c(coursenn.layers.f)\nwith checking("f") as check:\n    check.close("x", x, 1)')
    imports, _, rest = alone(cell).partition("\n\n")
    assert imports.split("\n") == ["from coursenn.checking import checking", "import coursenn.layers", "from a import b as c"]
    assert rest == cell.source
    assert alone(CheckCell("", "np.ones(1)")).startswith("import numpy as np\n")


def test_code_after_the_check_is_left_out() -> None:
    """Does the program end with its last block, so that it needs nothing from earlier cells?"""
    cell = CheckCell(IMPORTS, "with checking('f') as check:\n    check.true('a', d)\nprint(accuracy_of(d))")
    assert alone(cell).endswith("check.true('a', d)")
    assert "accuracy_of" not in alone(cell)


def test_the_file_has_every_task_in_order(course: Course) -> None:
    """Does it hold every task, in the order of the manifest?"""
    assert list(json.loads(checks_json(course))) == [task.id for task in course.tasks]
