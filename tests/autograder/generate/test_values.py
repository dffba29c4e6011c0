"""Expected values: stable literals, computed from the reference in a process of their own."""

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
def test_literal(value, text):
    """Is a value a Python literal of 8 digits, with rounding noise beside larger entries as zero?"""
    assert literal(value) == text


@pytest.mark.parametrize("noise", [1 + 3e-16, 1 - 3e-16])
def test_last_bits_do_not_show(noise):
    """Do values that differ in their last bits, as another numpy gives them, read the same?"""
    assert literal([noise * 1.2345678, noise * 7.0]) == "[1.2345678, 7.0]"


def test_rows_align_with_the_template():
    """Are nested lists broken into rows that align, and is the text still the value?"""
    value = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]
    text = "x = " + literal(value, column=4)
    assert text.split("\n")[1] == "      [3.0, 4.0]],"
    assert ast.literal_eval(text.removeprefix("x = ")) == value


def test_long_rows_are_wrapped():
    """Does a long row stay within a readable width and keep its value?"""
    value = [i / 7 for i in range(100)]
    text = literal(value, column=30)
    assert max(map(len, text.split("\n"))) <= 125
    assert ast.literal_eval(text) == pytest.approx(value, rel=1e-7)


def test_values_come_from_the_reference(load, edit):
    """Does a change of the reference change the expected value?"""
    assert literal(expected_values(load())["double"]) == "[[2.0, 0.66666667],\n [0.0, 8.0]]"
    edit("solutions/coursenn/layers.py", "scale_of_the_solution = 2.0", "scale_of_the_solution = 4.0")
    assert literal(expected_values(load())["double"][1]) == "[0.0, 16.0]"


def test_evaluation_leaves_this_process_alone(load):
    """Are the course's modules kept out of this process?"""
    before = {name: id(module) for name, module in sys.modules.items() if name.startswith("coursenn")}
    expected_values(load())
    assert {name: id(module) for name, module in sys.modules.items() if name.startswith("coursenn")} == before


def test_random_values_repeat(load, edit):
    """Does every function start from the same state of the global generator, whatever ran before it?"""
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
def test_failing_function_is_quoted(load, edit, new, message):
    """Does a function that fails stop the run with its own message?"""
    edit(EXPECTED, "return double([[1.0, 1 / 3], [1e-17, 4.0]])", new)
    with pytest.raises(GeneratorError, match=message):
        expected_values(load())


def test_doubled_name_is_refused(load, edit):
    """May two functions compute the same expected value?"""
    edit(EXPECTED, "import numpy", '@expected("double")\ndef other():\n    return 1\n\n\nimport numpy')
    edit(EXPECTED, "from autograder.generate.evaluate import expected\n", "")
    edit(EXPECTED, '@expected("double")\ndef other', 'from autograder.generate.evaluate import expected\n\n@expected("double")\ndef other')
    with pytest.raises(GeneratorError, match="two functions compute"):
        expected_values(load())
