"""A microscope for gradients: it finds the first node at which a backward pass goes wrong.

>>> from coursenn.debug import explain_gradient
>>> explain_gradient(batchnorm_forward, batchnorm_backward, x, gamma, beta, {"mode": "train"})  # doctest: +SKIP

Source: book: gradient-checking#microscope.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from coursenn.debug._explanation import Explanation
from coursenn.debug._findings import find_places
from coursenn.debug._lens import Lens, edges
from coursenn.debug._nodes import Node, find_nodes
from coursenn.debug._subject import Key, Recording, Subject
from coursenn.debug._verdict import SUSPECT, Judge, Row, Status, listed

__all__ = ["Explanation", "explain_gradient"]


def explain_gradient(
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None,
    *arguments: Any,
    nodes: Sequence[str] | Mapping[str, str] | None = None,
    dout: Any = None,
    seed: int = 0,
) -> Explanation:
    """Compare every gradient of a backward pass that has a name with a numeric one, from the end to the beginning.

    The value ``xmu`` of the forward pass belongs to ``dxmu`` of the backward pass. The functions are looked at as they are: copies of
    them report what they assign. Nothing is written into the arguments, and the files stay as they are. Each number of a node takes two
    forward passes, so use small inputs.

    Parameters
    ----------
    forward : called with the arguments, returns ``(out, cache)``. The method ``loss`` of a network is also one.
    backward : called as ``backward(dout, cache)``, returns one gradient for each floating-point array among the arguments, in their
        order. None for a function that returns ``(loss, gradients)`` itself, such as `softmax_loss` or the ``loss`` of a network.
    arguments : of ``forward``.
    nodes : names to look at, or a dictionary from names to the names of their gradients, such as ``{"xmu": "g1"}``; all by default.
    dout : upstream gradient; random by default.
    seed : of the random numbers, which do not come from numpy's global generator.

    Returns
    -------
    Explanation
        Print it, or let a notebook show it.

    Raises
    ------
    ValueError
        When the forward pass gives another output at each call, or dout does not have its shape.

    Notes
    -----
    What the functions print is not shown. An entry at a kink is not judged. What a function computes in other functions is not
    followed: mark it with `coursenn.watching.watch` and `coursenn.watching.watch_grad`.

    Source: book: gradient-checking#microscope.
    """
    subject = Subject(forward, backward, arguments, dout, seed)
    recording = subject.record()
    by_hand = frozenset(event.name for event in recording.values if event.by_hand)
    chosen = dict(nodes) if isinstance(nodes, Mapping) else {}
    found, notes = find_nodes(recording, subject.inputs, None if nodes is None else list(nodes), chosen, by_hand)
    lens = Lens(subject, recording, found)
    _require_the_same_output(subject, recording)
    children, last = edges(lens)
    judge = Judge(lens, children, last)
    rows = [judge.row(node) for node in _from_the_end(found)]
    for row in rows:
        _add_what_happens_before_return(row, judge)
    notes = [*subject.notes, *recording.notes, *notes, *_unnamed(rows, subject)]
    places = find_places(rows, children)
    if places:
        _add_what_is_right_so_far(places[0], rows, children)
    place, also = (places[0], places[1:]) if places else (None, [])
    return Explanation(_title(forward, backward), rows, place, also, notes, children, last, _source(forward, backward))


def _require_the_same_output(subject: Subject, recording: Recording) -> None:
    again = subject.output(lambda name, value, line, continues, by_hand: value)
    if again.shape != recording.out.shape or not np.array_equal(again, recording.out, equal_nan=True):
        raise ValueError("the forward pass gives another output at each call: fix its random numbers with a seed")


def _from_the_end(nodes: list[Node]) -> list[Node]:
    """Nodes of the forward pass backwards, the inputs last."""
    return [*(node for node in reversed(nodes) if not node.is_input), *(node for node in reversed(nodes) if node.is_input)]


def _add_what_happens_before_return(row: Row, judge: Judge) -> None:
    """Say of a wrong gradient that came back whether it was right inside the backward pass."""
    local = row.node.local
    if local is None or row.status not in SUSPECT:
        return
    row.node.claim_line = local.line
    if row.status is Status.BRANCH:
        return
    inside = Node(row.node.key, row.node.label, row.node.value, is_input=True, claim=local.value, alive=local.alive)
    if judge.row(inside).status is Status.RIGHT:
        row.says = (f"{local.name} is right when line {local.line} has assigned it; what is returned for it is not.", *row.says)


def _add_what_is_right_so_far(place: Row, rows: list[Row], children: Mapping[Key, list[Key]]) -> None:
    """Say between which gradients the mistake is made."""
    next_to_it = [row for row in rows if row.node.key in children[place.node.key]]
    right = [row.node.label for row in next_to_it if row.status is Status.RIGHT]
    unnamed = [row.node.label for row in next_to_it if row.status is Status.UNNAMED]
    said = []
    if right:
        said.append(f"The gradient of {listed(right)}, which {'is' if len(right) == 1 else 'are'} made from it, is right.")
    if unnamed:
        said.append(f"Between it and the end, no gradient is named for {listed(unnamed)}: a name there narrows the place down.")
    place.says = (*place.says, *said)


def _unnamed(rows: list[Row], subject: Subject) -> list[str]:
    """What helps when no intermediate gradient has a name."""
    inner = [row for row in rows if not row.node.is_input]
    if any(row.status is not Status.UNNAMED for row in inner):
        return []
    if subject.params:
        return ["Only the parameters were compared: no value between them and the loss has a gradient with a name of its own."]
    names = [row.node.label for row in reversed(inner)][:3]
    example = f", such as d{names[-1]} for {names[-1]}" if names else ""
    return [
        "Only the gradients of the inputs were compared: no value in between has a gradient with a name of its own. "
        f"Give the steps of both passes names{example}, and the place can be narrowed down."
    ]


def _title(forward: Callable[..., Any], backward: Callable[..., Any] | None) -> str:
    names = [getattr(f, "__qualname__", "").split(".<locals>.")[-1] or "a function" for f in (forward, backward) if f is not None]
    return " and ".join(names)


def _source(forward: Callable[..., Any], backward: Callable[..., Any] | None) -> dict[int, str]:
    """Lines of the function that computes the gradients."""
    try:
        lines, first = inspect.getsourcelines(inspect.unwrap(backward or forward))
    except (OSError, TypeError):
        return {}
    return {first + i: text.strip() for i, text in enumerate(lines)}
