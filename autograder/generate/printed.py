"""What the book's page of experiments quotes from the notebooks in addition to the named recordings: tables of given cells, and curves.

A curve is read from the log of a `Solver`: accuracies after each epoch, and losses if every step prints one.
"""

from __future__ import annotations

import json
import re

from autograder.generate.errors import GeneratorError
from autograder.generate.page_results import Results, page_results_file
from autograder.manifest import Course, Notebook

TABLES = {
    "FullyConnectedNets": {"fc-baseline": "Plain baseline", "fc-fifty": "Fifty images"},
    "BatchNormalization": {"bn-deep": "Six layers"},
    "ConvolutionalNetworks": {
        "conv-edges": "Responses of the two filters",
        "conv-filters": "The 32 filters in numbers",
        "conv-fused": "50 images, median time of a call",
        "conv-naive-and-fast": "100 images, median time of a call",
        "conv-overfit": "Overfitting",
    },
}
"""Notebook -> name in the book -> first line of the printed text."""
LOGS = {
    "BatchNormalization": {"bn-deep-epochs": r"^plain:$"},
    "ConvolutionalNetworks": {"conv-overfit-epochs": r"^\(Iteration 1 / 30\)"},
    "Dropout": {"dropout-epochs": r"^keep 0\.25:$"},
}
"""Notebook -> name in the book -> a pattern for a line of that log and of no other text."""
EPOCH = re.compile(r"^\(Epoch (\d+) / \d+\) train acc: ([\d.]+); val_acc: ([\d.]+)$")
STEP = re.compile(r"^\(Iteration (\d+) / \d+\) loss: ([\d.]+)$")
RUN = re.compile(r"^([\w .]+):$")


def printed_texts(course: Course) -> dict[str, str]:
    """Name in the book -> text, for all notebooks.

    Raises
    ------
    GeneratorError
        When a text is not among the results of the notebook's page.
    """
    found: dict[str, str] = {}
    for notebook in course.notebooks:
        wanted, logs = TABLES.get(notebook.name, {}), LOGS.get(notebook.name, {})
        if wanted or logs:
            texts = _texts(notebook)
            found |= {name: only_table(_beginning(notebook, texts, title)) for name, title in wanted.items()}
            found |= {name: curves(_with(notebook, texts, line)) for name, line in logs.items()}
    return found


def only_table(text: str) -> str:
    """A table with its title, without what is printed below it."""
    title, *lines = text.split("\n")
    below = next((number for number, line in enumerate(lines) if "  " not in line.strip()), len(lines))
    return "\n".join([title, *lines[:below]])


def curves(log: str) -> str:
    """The table of a log: a row for each epoch, and for each run its accuracies and the mean loss of the steps since the row above.

    Losses are left out if the log does not have one for every step.
    """
    runs: dict[str, dict[int, list[str]]] = {}
    losses: dict[str, dict[int, list[float]]] = {}
    name, gaps = "", False
    pending: list[float] = []
    runs[name], losses[name] = {}, {}
    for line in log.split("\n"):
        if heading := RUN.match(line):
            name, pending = heading[1], []
            runs[name], losses[name] = {}, {}
        elif step := STEP.match(line):
            gaps = gaps or int(step[1]) != sum(map(len, losses[name].values())) + len(pending) + 1
            pending.append(float(step[2]))
        elif epoch := EPOCH.match(line):
            runs[name][int(epoch[1])] = [f"{float(value):.3f}" for value in epoch.groups()[1:]]
            losses[name][int(epoch[1])], pending = pending, []
    runs = {name: rows for name, rows in runs.items() if rows}
    epochs = sorted(next(iter(runs.values())))
    columns = [("epoch", [str(epoch) for epoch in epochs])]
    for name, rows in runs.items():
        before = f"{name}: " if name else ""
        if not gaps:
            columns.append((f"{before}loss", [f"{sum(found) / len(found):.3f}" if (found := losses[name][e]) else "" for e in epochs]))
        columns += [(f"{before}{part}", [rows[epoch][i] for epoch in epochs]) for i, part in enumerate(("train", "val"))]
    widths = [max(map(len, [header, *values])) for header, values in columns]
    lines = [[header for header, _ in columns], ["-" * width for width in widths], *zip(*(values for _, values in columns), strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def _texts(notebook: Notebook) -> list[str]:
    """What each cell printed, in one piece."""
    path = page_results_file(notebook)
    results: Results = json.loads(path.read_text(encoding="utf-8"))["results"] if path.is_file() else {}
    return ["\n".join(result["text"] for result in shown if "text" in result) for shown in results.values()]


def _beginning(notebook: Notebook, texts: list[str], title: str) -> str:
    return _only(notebook, [text for text in texts if text.startswith(f"{title}\n")], title)


def _with(notebook: Notebook, texts: list[str], line: str) -> str:
    return _only(notebook, [text for text in texts if re.search(line, text, re.MULTILINE)], line)


def _only(notebook: Notebook, found: list[str], what: str) -> str:
    if len(found) != 1:
        cure = f"run `autograder record --force {notebook.name}`, or correct autograder/generate/printed.py"
        raise GeneratorError(notebook.name, f"{len(found)} recorded results are {what!r}", cure)
    return found[0]
