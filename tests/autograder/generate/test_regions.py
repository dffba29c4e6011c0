"""Are solution regions found, and broken ones refused?"""

import pytest

from autograder.generate.errors import GeneratorError
from autograder.generate.regions import find_regions, replace_regions, secret_parts

GOOD = "a = 1\n    ### BEGIN SOLUTION\n    b = 2\n\n    c = 3\n    ### END SOLUTION\nd = 4\n"


def test_a_region_is_found():
    """Are its lines, its place and its indentation right?"""
    (region,) = find_regions(GOOD, "x.py")
    assert (region.first, region.last, region.indent) == (2, 6, "    ")
    assert region.lines == ("    b = 2", "", "    c = 3")


def test_a_region_is_replaced():
    """Does the new text have the indentation of the region, and does all other text stay the same?"""
    text = replace_regions(GOOD + GOOD, find_regions(GOOD + GOOD, "x.py"), lambda region: ["hole()"])
    assert text == "a = 1\n    hole()\nd = 4\n" * 2


@pytest.mark.parametrize(
    ("text", "line", "cure"),
    [
        ("### BEGIN SOLUTION\nx = 1\n", "line 1", "never closed"),
        ("x = 1\n### END SOLUTION\n", "line 2", "without a"),
        ("### BEGIN SOLUTION\nx = 1\n### BEGIN SOLUTION\n### END SOLUTION\n### END SOLUTION\n", "line 3", "begins at line 1"),
        ("### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n### END SOLUTION\n", "line 4", "without a"),
        ("## BEGIN SOLUTION\nx = 1\n### END SOLUTION\n", "line 1", "looks like a marker"),
        ("### BEGIN SOLUTION here\nx = 1\n### END SOLUTION\n", "line 1", "looks like a marker"),
        ("### begin solution\nx = 1\n### end solution\n", "line 1", "looks like a marker"),
        ("x = 1  ### BEGIN SOLUTION\n### END SOLUTION\n", "line 1", "looks like a marker"),
        ("### BEGIN_SOLUTION\nx = 1\n### END_SOLUTION\n", "line 1", "looks like a marker"),
        ("### BEGIN SOLUTION\n\n### END SOLUTION\n", "line 3", "the region is empty"),
        ("  ### BEGIN SOLUTION\n  x = 1\n### END SOLUTION\n", "line 3", "indented unlike"),
    ],
)
def test_broken_markers_are_refused(text, line, cure):
    """Does the message name the file, the line and the fault?"""
    with pytest.raises(GeneratorError, match=cure) as caught:
        find_regions(text, "course/x.py")
    assert f"course/x.py, {line}:" in str(caught.value)


def test_only_long_lines_are_secret():
    """Is a line secret only if it has at least 25 characters without its spaces?"""
    assert secret_parts(["    " + "a " * 24, " " + "b " * 25, ""]) == ["b" * 25]
