"""Are expected values computed from the reference, and written as literals that do not depend on the machine?"""

import ast
import sys

import pytest

from autograder.generate.errors import GeneratorError
from autograder.generate.values import expected_values, literal

EXPECTED = "solutions/expected.py"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.33333333"),
        (2.0, "2.0"),
        (123456789.123, "123456790.0"),
        (3, "3"),
        (True, "True"),
        ("a'b", '"a\'b"'),
        ([1.0, -2.5], "[1.0, -2.5]"),
        ([], "[]"),
        ({"a": [1.0], "b": 2}, "{'a': [1.0], 'b': 2}"),
        ([1.0, 1e-17], "[1.0, 0.0]"),
        ([1e-17, 2e-17], "[1e-17, 2e-17]"),
        ([1.0, -1e-20], "[1.0, 0.0]"),
        (1e-17, "1e-17"),
    ],
)
def test_a_value_becomes_a_literal(value, text):
    """Does it have 8 digits, and is rounding noise next to larger entries written as zero?"""
    assert literal(value) == text


@pytest.mark.parametrize("noise", [1 + 3e-16, 1 - 3e-16])
def test_the_last_bits_are_not_written(noise):
    """Do values that differ only in their last bits give the same text?"""
    assert literal([noise * 1.2345678, noise * 7.0]) == "[1.2345678, 7.0]"


def test_rows_are_aligned():
    """Is a nested list written as aligned rows, and does the text still give the value?"""
    value = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]
    text = "x = " + literal(value, column=4)
    assert text.split("\n")[1] == "      [3.0, 4.0]],"
    assert ast.literal_eval(text.removeprefix("x = ")) == value


def test_long_rows_are_wrapped():
    """Is a long row wrapped, and does the text still give the value?"""
    value = [i / 7 for i in range(100)]
    text = literal(value, column=30)
    assert max(map(len, text.split("\n"))) <= 125
    assert ast.literal_eval(text) == pytest.approx(value, rel=1e-7)


def test_values_are_computed_from_the_reference(load, edit):
    """Does the expected value change with the reference?"""
    assert literal(expected_values(load())["double"]) == "[[2.0, 0.66666667],\n [0.0, 8.0]]"
    edit("solutions/coursenn/layers.py", "scale_of_the_solution = 2.0", "scale_of_the_solution = 4.0")
    assert literal(expected_values(load())["double"][1]) == "[0.0, 16.0]"


def test_values_are_computed_in_another_process(load):
    """Do the modules of this process stay as they are?"""
    before = {name: id(module) for name, module in sys.modules.items() if name.startswith("coursenn")}
    expected_values(load())
    assert {name: id(module) for name, module in sys.modules.items() if name.startswith("coursenn")} == before


def test_random_values_are_reproducible(load, edit):
    """Does every function start with the same state of numpy's global generator?"""
    more = '\n\n@expected("b")\ndef b():\n    return np.random.randn(2)\n\n\n@expected("c")\ndef c():\n    return np.random.randn(2)\n'
    edit(EXPECTED, "    return double(", "    return 1 * double(")
    edit(EXPECTED, "4.0]])\n", "4.0]])\n" + more)
    values = expected_values(load())
    assert values["b"] == values["c"]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("return float('nan')", "nan is not finite"),
        ("return object()", "has no literal"),
        ("raise RuntimeError('on purpose')", "on purpose"),
        ("import sys; sys.exit(3)", "failed"),
        ("return [double", "SyntaxError"),
    ],
)
def test_a_failing_function_is_quoted(load, edit, new, message):
    """Does the error message of a function that fails reach the person who runs the generator?"""
    edit(EXPECTED, "return double([[1.0, 1 / 3], [1e-17, 4.0]])", new)
    with pytest.raises(GeneratorError, match=message):
        expected_values(load())


def test_two_functions_for_one_value_are_refused(load, edit):
    """Is a second function for the same expected value refused?"""
    edit(EXPECTED, "import numpy", '@expected("double")\ndef other():\n    return 1\n\n\nimport numpy')
    edit(EXPECTED, "from autograder.generate.evaluate import expected\n", "")
    edit(EXPECTED, '@expected("double")\ndef other', 'from autograder.generate.evaluate import expected\n\n@expected("double")\ndef other')
    with pytest.raises(GeneratorError, match="two functions compute"):
        expected_values(load())
