"""Are docstrings cut where one promise ends and the next begins?"""

from __future__ import annotations

from autograder.audit.units import Unit, described, descriptions
from autograder.manifest import Course

DOCSTRING = """Scales what it is given.

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


def test_a_unit_is_a_sentence_or_a_part_of_a_line() -> None:
    """Is a paragraph cut at full stops and semicolons, and a source left whole?"""
    texts = [u.text for u in _units() if u.section in ("", "Raises", "Notes")]
    assert texts == [
        "Scales what it is given.",
        "Each entry is multiplied by ``factor``;",
        "none is added.",
        "Zero stays zero, see Roe et al. (2001) for more.",
        "A factor of 0 is a ValueError.",
        "Source: Roe. (2001); book: page#anchor. And so on.",
    ]


def test_a_line_knows_what_it_is_about() -> None:
    """Does each part of a line know its argument, its keys, and whether it opens the line?"""
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


def test_a_unit_is_where_it_says() -> None:
    """Is every unit found again at its place, even when another one has the same text?"""
    description = described("scales.scale", (), "One. Two. One.")
    assert [(u.start, description.text[u.start : u.end]) for u in description.units] == [(0, "One."), (5, "Two."), (10, "One.")]
    assert all(d == description.text[u.start : u.end] for d, u in zip(("One.", "Two.", "One."), description.units, strict=True))


def test_all_docstrings_are_there(course: Course) -> None:
    """Is every graded function described, with every method of a class, and nothing lost between two units?"""
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
