"""Do students get stubs without a line of the solutions, and are faulty sources refused?"""

import ast

import pytest

from autograder.generate.errors import GeneratorError
from autograder.generate.stubs import build_stubs, solution_lines

SOURCE = "solutions/coursenn/layers.py"


def test_a_hole_names_task_notebook_and_function(load):
    """Does each hole name its task and notebook, and say what to complete in which file?"""
    stub = build_stubs(load())["layers.py"]
    assert '    raise NotImplementedError("Task double (notebook Small): complete double in coursenn/layers.py")' in stub
    assert "complete Counter.count in coursenn/layers.py" in stub
    assert stub.count("raise NotImplementedError(") == 3


def test_a_stub_keeps_everything_else(load, small):
    """Does a stub have the docstrings and given lines of its source, and no line of a solution?"""
    stub = build_stubs(load())["layers.py"]
    source = (small / SOURCE).read_text()
    assert [ast.get_docstring(n) for n in ast.walk(ast.parse(stub)) if isinstance(n, ast.ClassDef | ast.FunctionDef)] == [
        ast.get_docstring(n) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ClassDef | ast.FunctionDef)
    ]
    assert "self.start = start" in stub
    assert "SOLUTION" not in stub
    assert "secret_number" not in stub


def test_two_tasks_share_a_hole(load, edit):
    """Does a hole in a class of two tasks name both, in a line of at most 140 characters?"""
    second = '[[task]]\nid = "counter-again"\nfunctions = ["layers.Counter"]\nnotebook = "Small"\npoints = 1\nchecks = "counter"\n\n'
    edit("course.toml", "[[question]]", second + "[[question]]")
    stub = build_stubs(load())["layers.py"]
    assert "Tasks counter, counter-again (notebook Small): complete Counter.count in coursenn/layers.py" in stub
    assert max(map(len, stub.splitlines())) <= 140


def test_long_names_shorten_the_message(load, edit):
    """Is a line at most 140 characters long if the function has a very long name?"""
    edit(SOURCE, "def double(", f"def double{'x' * 60}(")
    edit("course.toml", "layers.double", f"layers.double{'x' * 60}")
    stub = build_stubs(load())["layers.py"]
    assert "Task double (notebook Small)" in stub
    assert max(map(len, stub.splitlines())) <= 140


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    ### END SOLUTION\n\n\nclass", "\n\nclass", "begins at line 8|inside the region"),
        ("def double(x)", "def doubled(x)", "doubled, which is not a task"),
        ("class Counter:", "class Counted:", "which is not a task"),
        ("def double(x):", "def double(x:", "not Python"),
        (
            "import numpy as np\n",
            "import numpy as np\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n",
            "not inside the body of one function",
        ),
        (
            '    """Counts."""\n',
            '    """Counts."""\n    ### BEGIN SOLUTION\n    x = 1\n    ### END SOLUTION\n',
            "not inside the body of one function",
        ),
        (
            "    scale_of_the_solution = 2.0\n    return",
            "    # only a comment\n    ### END SOLUTION\n    ### BEGIN SOLUTION\n    return",
            "holds no code",
        ),
        (
            "        self.secret_number_of_calls = start\n        ### END SOLUTION\n\n    def count(self):\n",
            "        self.secret_number_of_calls = start\n\n    def count(self):\n        x = 1\n        ### END SOLUTION\n",
            "not inside the body of one function",
        ),
        ('    """Twice the input."""\n', '    """Twice the input."""\n    if x is None:\n', "not Python|does not compile"),
    ],
)
def test_a_faulty_source_is_refused(load, edit, old, new, message):
    """Does the message name the file and the fault?"""
    edit(SOURCE, old, new)
    with pytest.raises(GeneratorError, match=message) as caught:
        build_stubs(load())
    assert "course/solutions/coursenn/layers.py" in str(caught.value)


def test_a_stub_that_does_not_compile_is_refused(load, edit):
    """Is a region refused if it ends in the middle of a statement?"""
    edit(
        SOURCE,
        "    scale_of_the_solution = 2.0\n    return scale_of_the_solution * np.asarray(x)\n    ### END SOLUTION\n",
        "    return (\n        np.asarray(x)\n    ### END SOLUTION\n    )\n",
    )
    with pytest.raises(GeneratorError, match="does not compile"):
        build_stubs(load())


def test_a_task_without_a_region_is_refused(load, edit):
    """Is a task refused if its function has no solution region?"""
    edit("course.toml", "layers.double", "layers.given_away")
    edit(SOURCE, "class Counter:", "def given_away(x):\n    return x\n\n\nclass Counter:")
    with pytest.raises(GeneratorError, match="double, which is not a task"):
        build_stubs(load())
    edit(SOURCE, "    ### BEGIN SOLUTION\n    scale", "    scale")
    edit(SOURCE, "np.asarray(x)\n    ### END SOLUTION", "np.asarray(x)")
    with pytest.raises(GeneratorError, match="given_away of task double has no solution region"):
        build_stubs(load())


def test_a_task_without_code_is_refused(load, edit):
    """Is a task refused if its function does not exist?"""
    edit("course.toml", '["layers.double"]', '["layers.double", "layers.halve"]')
    with pytest.raises(GeneratorError, match=r"task double names layers\.halve"):
        build_stubs(load())


@pytest.mark.parametrize("line", ["return scale_of_the_solution * np.asarray(x)", "# return scale_of_the_solution * np.asarray(x)"])
def test_a_stub_with_a_solution_line_is_refused(load, edit, line):
    """Is a line of a solution refused outside its region, in code and in a comment?"""
    edit(SOURCE, "import numpy as np\n", f"import numpy as np\n\n\ndef helper(x, scale_of_the_solution=2):\n    {line}\n    return x\n")
    with pytest.raises(GeneratorError, match="also a line of the solution"):
        build_stubs(load())


def test_a_solution_line_in_a_given_module_is_not_secret(load, edit, small):
    """May a stub hold a line of a solution if a given module shows it?"""
    (small / "src/coursenn/given.py").write_text("def f(x):\n    return scale_of_the_solution * np.asarray(x)\n")
    edit(SOURCE, "import numpy as np\n", "import numpy as np\n\n\ndef helper(x):\n    return scale_of_the_solution * np.asarray(x)\n")
    assert "def helper" in build_stubs(load())["layers.py"]


def test_a_missing_source_is_refused(load, small):
    """Does the message say that the file is missing?"""
    (small / SOURCE).unlink()
    with pytest.raises(GeneratorError, match="the file is missing"):
        build_stubs(load())


def test_solution_lines_have_a_place(load):
    """Does each line of a solution come with its file and line number?"""
    lines = solution_lines(load())
    assert lines["scale_of_the_solution=2.0"] == "course/solutions/coursenn/layers.py, line 9"
