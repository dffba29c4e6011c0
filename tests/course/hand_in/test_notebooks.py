"""Are answers kept if the outputs of a notebook are too large?"""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.given_module import given_module
from tests.examples import examples

notebooks = given_module("_hand_in.notebooks")


def document(**changes: Any) -> dict[str, Any]:
    """Return a notebook with outputs, widgets and pictures, and with text that looks like them."""
    cells = [
        {
            "cell_type": "markdown",
            "id": "a",
            "metadata": {},
            "source": ['My "outputs": [ are ', "right \\"],
            "attachments": {"p": {"x": "AA"}},
        },
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {"outputs": [1]},
            "execution_count": 1,
            "source": 'x = {"outputs": []}',
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ['}]"cells": [', "\\"]}],
        },
        {"cell_type": "code", "id": "c", "metadata": {}, "execution_count": None, "source": [], "outputs": []},
    ]
    metadata = {"widgets": {"state": {"x": "y"}}, "kernelspec": {"name": "python3", "display_name": "x"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5, **changes}


def expected(found: dict[str, Any], pictures: bool) -> dict[str, Any]:
    """Return the expected notebook, made from parsed objects."""
    done = json.loads(json.dumps(found))
    done["metadata"]["widgets"] = {}
    for cell in done["cells"]:
        if "outputs" in cell:
            cell["outputs"] = []
        if not pictures and "attachments" in cell:
            cell["attachments"] = {}
    return done


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_everything_but_outputs_is_kept(indent: int | None, ascii_only: bool) -> None:
    """Are the outputs of cells and the state of widgets removed, but not text that looks like them?"""
    data = json.dumps(document(), indent=indent, ensure_ascii=ascii_only).encode()
    slim, words = notebooks.without_outputs(data, len(data) - 20)
    assert json.loads(slim) == expected(document(), pictures=True)
    assert words == "its outputs"
    nbformat.validate(nbformat.reads(slim, as_version=4))


def test_pictures_are_removed_only_if_necessary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Are pictures in answers kept if they fit, and removed if the notebook would be too large?"""
    found = document()
    found["cells"][0]["attachments"] = {"photo.png": {"image/png": "A" * 5000}}
    data = json.dumps(found).encode()
    slim, words = notebooks.without_outputs(data, 1000)
    assert json.loads(slim) == expected(found, pictures=False)
    assert words == "its outputs and the pictures in its text"
    assert json.loads(notebooks.without_outputs(data, 6000)[0]) == expected(found, pictures=True)
    assert notebooks.without_outputs(data, 100) is None


def test_the_old_format_is_read() -> None:
    """Are outputs removed from a notebook of version 3, whose cells are in worksheets?"""
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": "x", "outputs": [{"text": "y" * 500}]}]}], "nbformat": 3}
    slim, _ = notebooks.without_outputs(json.dumps(old).encode(), 200)
    assert json.loads(slim)["worksheets"][0]["cells"] == [{"cell_type": "code", "input": "x", "outputs": []}]


def test_an_incomplete_notebook_is_kept_up_to_its_end() -> None:
    """Is a notebook that ends in the middle of an output kept up to that output?"""
    found = document()
    found["cells"][1]["outputs"] = [{"text": "y" * 5000}]
    data = json.dumps(found).encode()
    slim, _ = notebooks.without_outputs(data[: data.index(b"yyyy") + 2000], 1000)
    assert slim.endswith(b'"outputs": []')
    assert b"are " in slim


def test_it_is_fast_and_small() -> None:
    """Does a notebook of 30 MB take under 10 s of processor time and under 1 MB of memory, with pictures and with numbers?"""
    numbers = b"[" + b"0.123, " * 4_000_000 + b"0]"
    for output in (b'"' + b"A" * 30_000_000 + b'"', numbers):
        data = b'{"cells": [{"cell_type": "code", "outputs": [' + output + b'], "source": "mine"}], "metadata": {}}'
        started = time.process_time()
        tracemalloc.start()
        slim, _ = notebooks.without_outputs(data, 1000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert json.loads(slim)["cells"] == [{"cell_type": "code", "outputs": [], "source": "mine"}]
        assert time.process_time() - started < 10
        assert peak < 1_000_000


@pytest.mark.parametrize(
    "data", [b"{" * 3_000_000, b"[" * 6_000_000, b'"' * 3_000_001, b'\\"' * 2_000_000, b"{}," * 3_000_000, b'"\\' * 1_000_000]
)
def test_hostile_notebooks_end_soon(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a notebook that is made to be slow soon refused or reduced to less than the limit?"""
    monkeypatch.setattr(notebooks, "_MAX_TOKENS", 300_000)
    started = time.process_time()
    for content in (data, b'{"cells": [{"outputs": [' + data):
        done = notebooks.without_outputs(content, 1000)
        assert done is None or len(done[0]) <= 1000
    assert time.process_time() - started < 20


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["outputs", "cells", "widgets", "metadata", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(json_values, json_values, st.sampled_from([None, 1]))
@settings(max_examples=examples(150))
def test_the_result_is_that_of_parsing(value: Any, other: Any, indent: int | None) -> None:
    """For any values in outputs, metadata and text, is the result that of parsing the notebook and emptying its outputs?"""
    found = document()
    found["cells"][1]["outputs"] = [value]
    found["cells"][1]["metadata"] = {"value": other}
    found["cells"][0]["source"] = json.dumps(value)
    data = json.dumps(found, indent=indent).encode()
    slim = notebooks._without(data, notebooks.OUTPUTS, len(data))
    assert json.loads(slim) == expected(found, pictures=True)
