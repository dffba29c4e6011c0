"""Which definitions of a damaged file are still graded?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.sandbox.worker import loader
from autograder.sandbox.worker.executor import Refusal
from autograder.sandbox.worker.loader import AbsentError, Package
from autograder.sandbox.worker.sources import decode_source, statements


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Load a package of one editable file ``work.py`` beside the given ``helper.py``, under a name of its own."""
    monkeypatch.setattr(loader, "PACKAGE", "loaded")

    def run(source: str | bytes, absent: Sequence[str] = (), helper: str = "", other: str = "") -> tuple[Package, ModuleType]:
        root = tmp_path / "loaded"
        root.mkdir(exist_ok=True)
        (root / "__init__.py").write_text("")
        (root / "helper.py").write_text("def help_me():\n    return 7\n\ndef _private():\n    return 8\n")
        (root / "work.py").write_bytes(source if isinstance(source, bytes) else source.encode())
        (root / "other.py").write_text(other)
        given = {"helper.py": compile(helper, "helper.py", "exec")} if helper else {}
        package = Package(str(root), ["work.py", "other.py"], absent, given=given)
        monkeypatch.setattr(sys, "meta_path", [package, *sys.meta_path])
        for name in [n for n in sys.modules if n.split(".")[0] == "loaded"]:
            del sys.modules[name]
        return package, __import__("loaded.work", fromlist=["work"])

    yield run
    for name in [n for n in sys.modules if n.split(".")[0] == "loaded"]:
        del sys.modules[name]


def names(source: str) -> list[str]:
    """Return the definitions that survive."""
    return [s.name for s in statements(source)[0] if hasattr(s, "name")]


GOOD = '''def first():
    """Text

import at the margin
    """
    return 1


@property
@staticmethod
def second(
    a,
):
    return 2


'''


@pytest.mark.parametrize(
    "broken",
    [
        "def third():\n    return (1\n",
        "def third():\n    return 1 +\n",
        "def third()\n    return 1\n",
        "def third():\n    '''never closed\n    return 1\n",
        "def third():\nreturn 1\n",
        "def third():\n\treturn 1\n        return 2\n",
        "<<<<<<< HEAD\ndef third():\n    return 1 1\n",
        "class third:\n    def method(self):\n        return ]\n",
    ],
)
@pytest.mark.parametrize("place", ["end", "middle", "start"])
def test_definitions_around_a_syntax_error_survive(broken: str, place: str) -> None:
    """Does a syntax error affect only the definition that contains it, wherever that is?"""
    after = "def fourth():\n    return 4\n"
    source = {"end": GOOD + after + broken, "middle": GOOD + broken + after, "start": broken + GOOD + after}[place]
    assert [n for n in names(source) if n != "third"] == ["first", "second", "fourth"]
    assert statements(source)[1]


def test_lost_definition_is_named_with_its_line() -> None:
    """Does the note name line and definition?"""
    (line, text, name), *more = statements("x = 1\n\n\ndef bad():\n    return (\n\n\ny = 2\n")[1]
    assert (line, name, more) == (5, "bad", [])
    assert text


@given(st.text(alphabet="def x():\n return\"'#[]{}@=1+", max_size=120))
def test_any_text_can_be_split(source: str) -> None:
    """Does any text give statements and losses, without an exception?"""
    kept, lost = statements(source)
    assert isinstance(kept, list)
    assert isinstance(lost, list)


@pytest.mark.parametrize(
    ("data", "note"),
    [
        ("x = 'ä'\n".encode(), None),
        (b"\xef\xbb\xbfx = '\xc3\xa4'\r\n", None),
        ("x = 'ä'\n".encode("utf-16"), "UTF-16"),
        ("x = 'ä'\n".encode("latin-1"), "Latin-1"),
        ("# -*- coding: latin-1 -*-\nx = 'ä'\n".encode("latin-1"), None),
        (b"# coding: no-such-code\nx = '\xe4'\n", "Latin-1"),
        (b"x = '\xc3\xa4'\0\n", "NUL"),
        (b"x = '\xc3\xa4'\r", None),
    ],
)
def test_every_encoding_has_a_defined_outcome(data: bytes, note: str | None) -> None:
    """Are BOM, CRLF, NUL bytes and other encodings read, with a note if the file is not as it should be?"""
    text, said = decode_source(data)
    scope: dict[str, str] = {}
    exec(compile(text, "<test>", "exec", dont_inherit=True), scope)
    assert scope["x"] == "ä"
    assert (note is None) == (said is None)
    assert note is None or note in (said or "")


def test_failed_import_becomes_a_stand_in(load: object) -> None:
    """Does a missing package raise where it is used and nowhere else?"""
    _, module = load(
        "import sys, no_such as n\nfrom no_such import thing, other as o\n\ndef f():\n    return n.x\n\ndef g():\n    return o(1)\n"
    )  # type: ignore[operator]
    assert module.sys is sys
    for function in (module.f, module.g):
        with pytest.raises(ModuleNotFoundError, match="no_such"):
            function()


def test_own_fallback_for_a_missing_import_works(load: object) -> None:
    """Does `try: import ... except ImportError` see the ImportError?"""
    _, module = load("try:\n    import no_such\n    found = True\nexcept ImportError:\n    found = False\n")  # type: ignore[operator]
    assert module.found is False


def test_decorator_of_a_missing_package_loses_one_function(load: object) -> None:
    """Is `@numba.njit` without numba named as the reason why the function is missing?"""
    package, _ = load("from numba import njit\n\n@njit\ndef fast():\n    return 1\n\ndef slow():\n    return 2\n")  # type: ignore[operator]
    assert package.resolve("work.slow")() == 2
    with pytest.raises(ModuleNotFoundError, match="numba"):
        package.resolve("work.fast")
    with pytest.raises(Refusal):
        package.resolve("work.nothing")


def test_failing_statement_is_left_out_with_a_note(load: object) -> None:
    """Is the rest of the file loaded if a statement raises or exits?"""
    package, module = load("a = 1\nb = undefined\nraise SystemExit(3)\nc = 3\n")  # type: ignore[operator]
    assert (module.a, module.c, hasattr(module, "b")) == (1, 3, False)
    assert [line for _, line, _ in package.notes] == [2, 3]


def test_future_annotations_hold_for_the_whole_file(load: object) -> None:
    """Does `from __future__ import annotations` work although statements are compiled one by one?"""
    _, module = load("from __future__ import annotations\n\ndef f(x: NoSuchName) -> AlsoNot:\n    return x\n")  # type: ignore[operator]
    assert module.f(1) == 1


def test_absent_module_is_absent_in_every_way(load: object) -> None:
    """Can an absent given module be reached by name, by star, or inside a function?"""
    source = (
        "from .helper import *\nfrom . import helper as h\n\ndef f():\n    return help_me()\n\n"
        "def g():\n    from loaded.helper import help_me\n    return help_me()\n\ndef k():\n    return h.help_me()\n"
    )
    _, module = load(source, ["helper"])  # type: ignore[operator]
    for function in (module.f, module.g, module.k):
        with pytest.raises(AbsentError):
            function()
    _, module = load(source)  # type: ignore[operator]
    assert (module.f(), module.g(), module.k()) == (7, 7, 7)


def test_given_module_runs_from_code_that_is_there(load: object) -> None:
    """Is the code of a given module that is already loaded run, and is it out of reach where the module is absent?"""
    source = "def f():\n    from loaded.helper import help_me\n    return help_me()\n"
    helper = "def help_me():\n    return 9\n"
    _, module = load(source, helper=helper)  # type: ignore[operator]
    assert module.f() == 9
    _, module = load(source, ["helper"], helper=helper)  # type: ignore[operator]
    with pytest.raises(AbsentError):
        module.f()


def test_given_module_that_is_no_file_is_there(load: object, tmp_path: Path) -> None:
    """Can a module be imported whose code came over the wire, and what does a star import give if it did not?"""
    source = "from .helper import *\n\ndef f():\n    return help_me()\n"
    package, _ = load(source, helper="def help_me():\n    return 9\n")  # type: ignore[operator]
    (tmp_path / "loaded" / "helper.py").unlink()
    spec = package.find_spec("loaded.helper")
    assert spec is not None
    assert spec.loader is not None
    package.given, package.public, package.absent = {}, {"helper": ["help_me"]}, ("helper",)
    assert package.public_names("helper") == ["help_me"]


MADE_IN = {
    "an alias": "def a():\n    return 1\n\nb = a\n",
    "a default argument": "def a():\n    return 1\n\ndef b(f=a):\n    return f()\n",
    "a default argument by keyword": "def a():\n    return 1\n\ndef b(*, f=a):\n    return f()\n",
    "a closure": "def a():\n    return 1\n\ndef wrap(f):\n    return lambda: f()\n\nb = wrap(a)\n",
    "a class": "def a():\n    return 1\n\nclass Both:\n    g = staticmethod(a)\n\ndef b():\n    return Both.g()\n",
    "a table": "def a():\n    return 1\n\nTABLE = {'a': a}\n\ndef b():\n    return TABLE['a']()\n",
    "globals": "def a():\n    return 1\n\ndef b():\n    return globals()['a']()\n",
    "a decorator that keeps it": (
        "kept = []\n\ndef keep(f):\n    kept.append(f)\n    return lambda: f()\n\n@keep\ndef a():\n    return 1\n\n"
        "def b():\n    return (kept or [a])[0]()\n"
    ),
    "a block": "if True:\n    def a():\n        return 1\n\n    b = a\n",
    "blocks in blocks": "try:\n    for n in range(2):\n        with open('/dev/null'):\n            def a():\n                return 1\n\n"
    "            b = a\nfinally:\n    pass\n",
    "an exception": "try:\n    import no_such\nexcept ImportError:\n    def a():\n        return 1\n\n    b = a\n",
    "a star": "from .other import *\n\nb = a\n",
    "a second name in the other file": "from .other import *\n\ndef b():\n    return second()\n",
    "an import in a block": "if True:\n    from .other import a\n\n    b = a\n",
    "a function that defines it": (
        "def make(free):\n    def a(x=1):\n        return free\n    return a\n\nkept = make(1)\na = kept\n\ndef b():\n    return kept()\n"
    ),
    "a global statement": "def make():\n    global a\n    def a():\n        return 1\n\nmake()\nb = a\n",
    "exec": "exec('def a():\\n    return 1')\nb = a\n",
    "a second definition": "def a():\n    return 1\n\ndef a():\n    return 2\n\nb = a\n",
    "deletion": "def a():\n    return 1\n\ndel a\n\ndef b():\n    return a()\n",
    "a class of that name": "class a:\n    pass\n\ndef b():\n    return a()\n",
}


@pytest.mark.parametrize("source", MADE_IN.values(), ids=MADE_IN)
def test_absent_function_is_reached_by_nothing_that_is_made_of_it(load: object, source: str) -> None:
    """Is it out of reach under every name and in everything that later statements derive from it, and does the rest work elsewhere?"""
    other = "def a():\n    return 1\n\nsecond = a\n"
    _, module = load(source, ["work.a"], other=other)  # type: ignore[operator]
    with pytest.raises(AbsentError, match=r"work\.a"):
        module.b()
    _, module = load(source, other=other)  # type: ignore[operator]
    if "del a" not in source:
        module.b()


def test_what_was_there_before_an_absent_name_was_given_to_it_stays(load: object) -> None:
    """Does the task's own function work if it is bound to the absent name, and does a helper shared by both?"""
    source = "def own():\n    return 1\n\ndef shared():\n    return 2\n\na = own\na = shared\n"
    _, module = load(source, ["work.a"])  # type: ignore[operator]
    assert (module.own(), module.shared()) == (1, 2)
    with pytest.raises(AbsentError):
        module.a()


def test_absent_function_is_absent_for_its_neighbours(load: object) -> None:
    """Does a function that calls an absent one of its own file fail?"""
    package, module = load("def a():\n    return 1\n\ndef b():\n    return a()\n", ["work.a"])  # type: ignore[operator]
    with pytest.raises(AbsentError):
        module.b()
    with pytest.raises(AbsentError):
        package.resolve("work.a")
