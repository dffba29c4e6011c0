"""Is each check cell made into a program of its own?"""

from __future__ import annotations

import json

from autograder.generate.checks import alone, checks_json
from autograder.generate.visible_checks import CheckCell
from autograder.manifest import Course

IMPORTS = (
    "import matplotlib.pyplot as plt\nfrom coursenn.checking import checking, rel_error\nimport coursenn.layers\nfrom a import b as c, d"
)


def test_does_a_check_get_the_imports_that_it_uses_and_no_others() -> None:
    """Are names of the import cell picked one by one, under the names that they have there, and numpy only where it is used?"""
    cell = CheckCell(IMPORTS, 'x = c(coursenn.layers.f)\nwith checking("f") as check:\n    check.close("x", x, 1)')
    imports, _, rest = alone(cell).partition("\n\n")
    assert imports.split("\n") == ["from coursenn.checking import checking", "import coursenn.layers", "from a import b as c"]
    assert rest == cell.source
    assert alone(CheckCell("", "np.ones(1)")).startswith("import numpy as np\n")


def test_is_what_a_cell_prints_after_its_check_left_out() -> None:
    """Does the program end with the last block, so that it needs nothing of the cells before?"""
    cell = CheckCell(IMPORTS, "with checking('f') as check:\n    check.true('a', d)\nprint(accuracy_of(d))")
    assert alone(cell).endswith("check.true('a', d)")
    assert "accuracy_of" not in alone(cell)


def test_is_the_file_in_the_order_of_the_manifest(course: Course) -> None:
    """Does it hold every task, in the order in which students meet them?"""
    assert list(json.loads(checks_json(course))) == [task.id for task in course.tasks]
