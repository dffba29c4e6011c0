"""Nodes of the graph of a forward pass, and which claimed gradient belongs to which node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coursenn.debug._subject import Array, Event, Key, Recording

GRADIENT_NAMES = ("d{}", "d_{}", "grad_{}")
MAX_UNPAIRED = 40
"""Values without a named gradient serve the graph only; beyond this number they are left out."""


@dataclass
class Node:
    """A value on the way forward.

    Attributes
    ----------
    key : its name, and how often that name had a value before.
    label : what reports call it.
    claim : the gradient that the backward pass holds for it; None when none is named.
    local : of an input, the last gradient of that name inside the backward pass, before it was returned.
    """

    key: Key
    label: str
    value: Array
    line: int = 0
    is_input: bool = False
    by_hand: bool = False
    claim: Any = None
    claim_line: int = 0
    alive: Any = None
    is_returned: bool = False
    local: Event | None = None


def gradient_names(name: str, chosen: Mapping[str, str]) -> tuple[str, ...]:
    """Names that the gradient of a value may have."""
    return (chosen[name],) if name in chosen else tuple(pattern.format(name) for pattern in GRADIENT_NAMES)


def find_nodes(
    recording: Recording, inputs: Mapping[str, Array], wanted: Sequence[str] | None, chosen: Mapping[str, str], by_hand: frozenset[str]
) -> tuple[list[Node], list[str]]:
    """All nodes, inputs first and then in the order of the forward pass, and what is to be said about their names.

    Parameters
    ----------
    wanted : names to look at besides the inputs; None for all.
    chosen : names of gradients where these are not the usual ones.
    """
    values = [e for e in recording.values if e.by_hand == (e.name in by_hand)]
    if wanted is not None:
        values = [event for event in values if event.name in wanted]
    names = list(dict.fromkeys([*inputs, *(event.name for event in values)]))
    found: dict[str, list[Node]] = {name: [Node((name, 0), name, inputs[name], is_input=True)] if name in inputs else [] for name in names}
    for event in values:
        of_name = found[event.name]
        of_name.append(Node((event.name, len(of_name)), event.name, event.value, event.line, by_hand=event.by_hand))
    notes = [f"No value on the way forward is called {name}." for name in wanted or () if name not in found]
    for name, nodes in found.items():
        claims = _claims(name, nodes, recording, chosen, by_hand)
        if wanted is not None and name in wanted and not claims and name not in recording.results:
            notes.append(f"No value on the way back is called {gradient_names(name, chosen)[0]}.")
        note = _pair(nodes, claims, recording.results)
        notes += [note] if note else []
        if len(nodes) > 1:
            for number, node in enumerate(nodes, start=1):
                node.label = f"{name} ({number} of {len(nodes)})"
    order = {id(event.value): i for i, event in enumerate(values)}
    everything = [node for nodes in found.values() for node in nodes if _is_worth(node, len(nodes))]
    everything.sort(key=lambda node: -1 if node.is_input else order[id(node.value)])
    unpaired = [node for node in everything if node.claim is None and not node.is_input]
    dropped = {id(node) for node in unpaired[MAX_UNPAIRED:]}
    return [node for node in everything if id(node) not in dropped], notes


def _is_worth(node: Node, occurrences: int) -> bool:
    return node.is_input or node.claim is not None or occurrences == 1


def _claims(name: str, nodes: list[Node], recording: Recording, chosen: Mapping[str, str], by_hand: frozenset[str]) -> list[Event]:
    if name in by_hand:
        return [event for event in recording.gradients if event.by_hand and event.name == name]
    names = gradient_names(name, chosen)
    found = [event for event in recording.gradients if not event.by_hand and event.name in names]
    is_output = bool(nodes) and nodes[-1].value.shape == recording.out.shape and np.array_equal(nodes[-1].value, recording.out)
    return [event for event in found if is_output or not event.is_upstream]


def _pair(nodes: list[Node], claims: list[Event], results: Mapping[str, Any]) -> str:
    """Give nodes their claims, the last node the first claim; a sentence where their numbers differ."""
    first = nodes[0]
    if first.is_input and first.key[0] in results:
        first.claim, first.is_returned = results[first.key[0]], True
    if not claims:
        return ""
    groups = [
        e for e, following in zip(claims, [*claims[1:], None], strict=True) if e.is_upstream or following is None or not following.continues
    ]
    if len(nodes) == 1 or all(claim.is_upstream for claim in claims):
        _give(nodes[-1], claims[0] if claims[0].is_upstream else claims[-1])
        return ""
    rest = nodes[1:] if first.is_input else nodes
    for candidates, of in ((claims, nodes), (groups, nodes), (claims, rest), (groups, rest)):
        if len(candidates) == len(of):
            break
    else:
        candidates, of = claims, nodes
    for node, event in zip(reversed(of), candidates, strict=False):
        _give(node, event)
    if len(candidates) == len(of):
        return ""
    name = claims[-1].name
    return f"{first.key[0]} has {len(nodes)} values and {name} has {len(claims)}: they are compared from the end, as far as they go."


def _give(node: Node, event: Event) -> None:
    if node.is_returned:
        node.local = event
        return
    node.claim, node.claim_line, node.alive = event.value, event.line, event.alive
