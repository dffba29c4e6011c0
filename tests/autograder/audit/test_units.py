"""Is a docstring split into its single promises?"""

from __future__ import annotations

from autograder.audit.units import Unit, described, descriptions
from autograder.manifest import Course

DOCSTRING = """Scales its input.

    Each entry is multiplied by ``factor``; none is added. Zero stays zero, see Roe et al. (2001) for more.

    Parameters
    ----------
    x : inputs, shape (N, D); integers are allowed.
    param : a dictionary with the keys

        - ``factor``: above 0; default 2.0;
        - ``low``, ``high``: shape (D,). After the call both
          are there.
    other : a dictionary with the key ``eps``: above 0.

    Returns
    -------
    out, rest : arrays.

    Raises
    ------
    ValueError
        A factor of 0 is a ValueError.

    Notes
    -----
    Source: Roe. (2001); book: page#anchor. And so on.
    """


def _units() -> tuple[Unit, ...]:
    return described("scales.scale", ("scale",), DOCSTRING).units


def test_a_unit_is_a_sentence_or_part_of_one() -> None:
    """Is a paragraph split at full stops and semicolons, and a source left whole?"""
    texts = [u.text for u in _units() if u.section in ("", "Raises", "Notes")]
    assert texts == [
        "Scales its input.",
        "Each entry is multiplied by ``factor``;",
        "none is added.",
        "Zero stays zero, see Roe et al. (2001) for more.",
        "A factor of 0 is a ValueError.",
        "Source: Roe. (2001); book: page#anchor. And so on.",
    ]


def test_a_unit_names_its_argument_and_keys() -> None:
    """Does each part of a line say which argument and keys it is about, and whether it comes first?"""
    found = [(u.names, u.keys, u.text, u.opens) for u in _units() if u.section in ("Parameters", "Returns")]
    assert found == [
        (("x",), (), "x : inputs, shape (N, D);", True),
        (("x",), (), "integers are allowed.", False),
        (("param",), (), "param : a dictionary with the keys", True),
        (("param",), ("factor",), "``factor``: above 0;", True),
        (("param",), ("factor",), "default 2.0;", False),
        (("param",), ("low", "high"), "``low``, ``high``: shape (D,).", True),
        (("param",), ("low", "high"), "After the call both are there.", False),
        (("other",), ("eps",), "other : a dictionary with the key ``eps``: above 0.", True),
        (("out", "rest"), (), "out, rest : arrays.", True),
    ]


def test_a_unit_has_its_place() -> None:
    """Is every unit found at its place, even when another unit has the same text?"""
    description = described("scales.scale", (), "One. Two. One.")
    assert [(u.start, description.text[u.start : u.end]) for u in description.units] == [(0, "One."), (5, "Two."), (10, "One.")]


def test_every_graded_function_is_described(course: Course) -> None:
    """Is there a description of every graded function and method, and does every word belong to a unit?"""
    found = {d.owner: d for d in descriptions(course)}
    assert {f for t in course.tasks for f in t.functions} <= set(found)
    assert {"", "layers", "optim", "classifiers.fc_net.FullyConnectedNet.loss"} <= set(found)
    assert found["classifiers.fc_net.FullyConnectedNet"].tasks == ("fc-net-normalization", "fc-net-dropout")
    for description in found.values():
        rest = description.text
        for unit in reversed(description.units):
            rest = rest[: unit.start] + rest[unit.end :]
        words = {word for word in rest.split() if word.strip("-") and word not in ("ValueError",)}
        assert words <= {"Parameters", "Returns", "Raises", "Notes", "Attributes"}, description.owner
