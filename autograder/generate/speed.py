"""The results of the benchmarks: two pictures for the README and the book, and the figures in the text of two papers.

``benchmarks/recorded`` is the home of the figures; `python -m benchmarks.record` writes it. In a paper a figure is between two comments,
`<!-- measured per_minute -->45<!-- / -->`, and everything around it is the author's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from autograder.generate.errors import GeneratorError
from autograder.generate.svg import SANS_COLUMNS, Bar, Line, Piece, draw, paragraph
from autograder.generate.tree import Plan
from autograder.manifest import Course
from autograder.paths import REPOSITORY

LAYERS, GRADING = "book/images/speed-layers.svg", "book/images/speed-grading.svg"
PAPERS = ("README.md", "INSTRUCTOR.md")
RECORDED = REPOSITORY / "benchmarks" / "recorded"
MARKED = re.compile(r"(<!-- measured (?P<name>\w+) -->)(?P<value>.*?)(<!-- / -->)")
LABELS, LONGEST = 192, 150
"""Pixels from the margin to where bars begin, and of the longest bar."""
MANY = 10_000
LAYERS_TITLE = "Compiled layers compared with PyTorch, whose time is 1"
NOT_MEASURED = "These loops have not been compared with PyTorch yet: run `make bench TORCH=1`, then `python -m benchmarks.record layers`."

Record = Mapping[str, Any]


def build_speed(course: Course) -> Plan | None:
    """Plan the pictures and the papers; None for a course other than this repository's.

    Raises
    ------
    GeneratorError
        When a paper asks for a figure that there is not.
    """
    if course.root.resolve() != REPOSITORY / "course":
        return None
    plan, grading, layers = Plan(REPOSITORY), _recorded("grading"), _recorded("layers")
    if grading is None:
        raise GeneratorError(RECORDED / "grading.json", "it is missing", "run `make bench-grading`, then `benchmarks.record`")
    # PyTorch is not a dependency, so after a change of the loops there may be no figures for a while.
    plan.add(LAYERS, draw_layers(layers) if layers else _card(LAYERS_TITLE, NOT_MEASURED))
    plan.add(GRADING, draw_grading(grading))
    for name in PAPERS:
        plan.add(name, filled_in(name, (REPOSITORY / name).read_text(encoding="utf-8"), figures(grading)))
    return plan


def _recorded(name: str) -> Record | None:
    path = RECORDED / f"{name}.json"
    if not path.is_file():
        return None
    found: Record = json.loads(path.read_text(encoding="utf-8"))
    return found


def figures(grading: Record) -> dict[str, str]:
    """Return every figure that a paper may use, formatted for a sentence."""
    hours = MANY / grading["steady_per_minute"] / 60
    return {
        "cores": str(grading["machine"]["cores"]),
        "submissions": f"{grading['submissions']:,}",
        "per_minute": f"{grading['per_minute']:.0f}",
        "steady_per_minute": f"{grading['steady_per_minute']:.0f}",
        "cpu_s_each": f"{grading['cpu_s_each']:.1f}",
        "times_stock": f"{grading['stock']['times']:.1f}",
        **_vectorised_figures(grading),
        "hours_for_10000": f"{hours:.1f}",
        "core_hours_for_10000": f"{hours * grading['machine']['cores']:.0f}",
        "recording_s": f"{grading['recording_s']:.2f}",
        "recording_minutes_for_10000": f"{MANY * grading['recording_s'] / 60:.0f}",
    }


def _vectorised_figures(grading: Record) -> dict[str, str]:
    """Return the figures of the class without loops in Python, if it was measured."""
    if (found := grading.get("vectorised")) is None:
        return {}
    return {"vectorised_per_minute": f"{found['per_minute']:.0f}", "vectorised_times_stock": f"{found['stock']['times']:.1f}"}


def filled_in(paper: str, text: str, values: Mapping[str, str]) -> str:
    """Return the text with each marked figure replaced by the measured one.

    Raises
    ------
    GeneratorError
        When a name is not one of the figures.
    """

    def figure(found: re.Match[str]) -> str:
        if found["name"] not in values:
            raise GeneratorError(paper, f"there is no figure {found['name']!r}", f"use one of {', '.join(values)}")
        return f"{found[1]}{values[found['name']]}{found[4]}"

    return MARKED.sub(figure, text)


def draw_layers(layers: Record) -> str:
    """Draw the time of each compiled layer as a share of PyTorch's, with one thread and with two."""
    shares: dict[str, dict[int, float]] = {}
    for row in layers["rows"]:
        shares.setdefault(row["name"], {})[row["threads"]] = row["fast_ms"] / row["torch_ms"]
    scale = LONGEST / max(1.0, *(share for found in shares.values() for share in found.values()))
    says = "Time of one call of each compiled layer, with one thread and with two, where PyTorch takes 1. A shorter bar is faster."
    lines = paragraph(Piece("upper bars: one thread; lower bars: two; the line: PyTorch", "soft"), columns=SANS_COLUMNS)
    for name, found in shares.items():
        rule = Bar(LABELS + scale, 1, -18, 26, "rule")
        bars = [Bar(LABELS, scale * found[threads], 9 * k - 12, 7, ("bar", "other")[k]) for k, threads in enumerate(sorted(found))]
        text = " and ".join(f"{share:.2g}" for _, share in sorted(found.items()))
        lines.append(Line((Piece(name), Piece(text, "soft", LABELS + scale * max(1.0, *found.values()) + 8)), 8, (*bars, rule)))
        says += f" {name}: {text}."
    below = f"float32, batches of 50 to 100 images; {_machine(layers['machine'])}"
    lines += paragraph(Piece(below, "soft"), columns=SANS_COLUMNS, space=8)
    return draw(LAYERS_TITLE, f"{says} {below}", lines)


def draw_grading(grading: Record) -> str:
    """Draw how many submissions are graded a minute, by stock nbgrader and here."""
    found = {
        "nbgrader, every cell run": grading.get("stock_full"),
        "nbgrader, only the checks": grading["stock"],
        "autograder grade": grading,
    }
    if (quick := grading.get("vectorised")) is not None:
        found |= {"nbgrader, no loops": quick["stock"], "autograder, no loops": quick}
    rates = {what: run["per_minute"] for what, run in found.items() if run}
    scale = LONGEST / max(rates.values())
    lines = paragraph(Piece("submissions in a minute, including the start of the command", "soft"), columns=SANS_COLUMNS)
    for what, rate in rates.items():
        style = "bar" if found[what] in (grading, quick) else "other"
        lines.append(
            Line((Piece(what), Piece(f"{rate:.3g}", "soft", LABELS + scale * rate + 8)), 8, (Bar(LABELS, scale * rate, -12, 14, style),))
        )
    said = figures(grading)
    below = (
        f"The same checks of {said['submissions']} full submissions, a third of which use loops for every layer; "
        f"nbgrader graded {grading['stock']['students']} of them. {_without_loops(quick)}"
        f"For 10,000 students: {said['hours_for_10000']} hours here, {said['core_hours_for_10000']} core-hours, "
        f"and {said['recording_minutes_for_10000']} minutes of the one process that records. "
        f"{_machine(grading['machine'])}"
    )
    lines += paragraph(Piece(below, "soft"), columns=SANS_COLUMNS, space=8)
    says = ". ".join(f"{what}: {rate:.3g}" for what, rate in rates.items())
    about = f"Number of submissions graded in a minute. A longer bar is faster. {says}. {below}"
    return draw("Grading a class, compared with stock nbgrader", about, lines)


def _without_loops(quick: Record | None) -> str:
    if quick is None:
        return ""
    return (
        f"No loops: {quick['submissions']} finished submissions without loops in Python, {quick['stock']['students']} of them by nbgrader. "
    )


def _card(title: str, text: str) -> str:
    return draw(title, text, paragraph(Piece(text), columns=SANS_COLUMNS))


def _machine(machine: Record) -> str:
    libraries = [
        f"{name} {machine[key]}" for key, name in (("python", "Python"), ("numpy", "numpy"), ("torch", "PyTorch")) if key in machine
    ]
    load = f"; load {machine['load']} before" if "load" in machine else ""
    return f"{machine['processor']}, {machine['cores']} cores; {', '.join(libraries)}{load}."
