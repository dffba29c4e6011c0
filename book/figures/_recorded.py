"""The notebooks' recorded tables as numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "recorded"


def table(name: str) -> dict[str, np.ndarray]:
    """Columns of the first table of a recorded text, header -> values; a column that is no numbers gives strings."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    rule = next(i for i, line in enumerate(lines) if line.startswith("--"))
    edges = [0, *(i + 2 for i in range(len(lines[rule]) - 1) if lines[rule][i : i + 2] == "  ")]
    cuts = [slice(start, stop) for start, stop in zip(edges, [*edges[1:], None], strict=True)]
    body = []
    for number, line in enumerate(lines[rule + 1 :], start=rule + 1):
        # A table ends before an empty line, or before the title of the next one, which comes two lines above a rule.
        if not line.strip() or "".join(lines[number + 2 : number + 3]).startswith("--"):
            break
        body.append([line[cut].strip() for cut in cuts])
    headers = [lines[rule - 1][cut].strip() for cut in cuts]
    return {header: _numbers(list(values)) for header, values in zip(headers, zip(*body, strict=True), strict=True)}


def spread(entries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and deviations of entries like ``0.449 +- 0.014``."""
    means, deviations = np.array([[float(part) for part in entry.split(" +- ")] for entry in entries]).T
    return means, deviations


def _numbers(values: list[str]) -> np.ndarray:
    try:
        return np.array([float(value) for value in values])
    except ValueError:
        return np.array(values)
