"""Do the edits of an update leave a student's functions unchanged, renew stubs, and add missing imports?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursenn._definition_moves import update_definitions
from coursenn._definitions import SourceFile, fingerprints
from tests.examples import examples

BODIES = st.sampled_from(
    ["    return 2 * x\n", "    # note\n    return x\n", "    y = '''\n# no comment\n'''\n    return y\n", "    if x:\n        return 1\n"]
)


@settings(max_examples=examples(60))
@given(
    bodies=st.lists(BODIES, min_size=1, max_size=5),
    finished=st.lists(st.booleans(), min_size=5, max_size=5),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_are_finished_functions_unchanged_and_stubs_renewed(bodies: list[str], finished: list[bool], newline: str) -> None:
    """For any mixture of finished functions and stubs, is every function unchanged and every stub renewed?"""

    def stub(i: int, doc: str) -> str:
        return f'def f{i}(x):\n    """{doc}"""\n    raise NotImplementedError("Task f{i} (notebook B): complete f{i}")\n'

    def file(parts: list[str]) -> bytes:
        return "\n\n".join(["import numpy as np\n", *parts]).replace("\n", newline).encode()

    first = file([stub(i, "Old.") for i in range(len(bodies))])
    mine = file([f"def f{i}(x):\n{body}" if finished[i] else stub(i, "Old.") for i, body in enumerate(bodies)])
    new = file([stub(i, "New.") for i in range(len(bodies) + 1)])
    source = SourceFile(mine, "mine")
    edits = [m.edit for m in update_definitions(source, SourceFile(new, "new"), fingerprints(first, "first")) if m.edit]
    merged = SourceFile(source.with_edits(edits), "merged")
    assert list(merged.definitions) == [f"f{i}" for i in range(len(bodies) + 1)]
    for i in range(len(bodies) + 1):
        origin = source if i < len(bodies) and finished[i] else SourceFile(new, "new")
        assert merged.text(merged.definitions[f"f{i}"]) == origin.text(origin.definitions[f"f{i}"])


@pytest.mark.parametrize(("mine", "lacking"), [("from .layers import one\n", {"two", "three"}), ("from .layers import *\n", set())])
def test_does_an_added_stub_get_every_name_of_an_import(mine: str, lacking: set[str]) -> None:
    """If a stub is added to a file with other imports, are exactly the missing names of the release's imports added?"""
    released = SourceFile(b"from .layers import one, two, three\n\n\ndef task(x):\n    raise NotImplementedError('Task t')\n", "released")
    own = SourceFile(mine.encode() + b"\n\ndef own(x):\n    return x\n", "mine")
    moves = update_definitions(own, released, {})
    result = own.with_edits([move.edit for move in moves if move.edit is not None]).decode()
    added = [line for line in result.splitlines() if line.startswith("from .layers") and line not in mine]
    assert {name.strip() for line in added for name in line.partition("import ")[2].split(",")} == lacking
    assert "def task(x)" in result
