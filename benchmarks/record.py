"""Keep what the benchmarks measured last, for the README, INSTRUCTOR.md and the book.

    make bench TORCH=1 && python -m benchmarks.record layers
    make bench-grading && python -m benchmarks.record grading

Figures of ``build/`` go into ``benchmarks/recorded``; `autograder generate --only speed` then draws the pictures and fills in the
sentences. Measure on a quiet machine: the load is drawn as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from autograder.paths import REPOSITORY

BUILD = REPOSITORY / "build"
RECORDED = Path(__file__).resolve().parent / "recorded"
STOCK = ("students", "per_minute", "times")


def read(name: str, cure: str) -> dict[str, Any]:
    """What a benchmark wrote below ``build/``."""
    path = BUILD / name
    if not path.is_file():
        raise click.ClickException(f"there is no {path}: run `{cure}` first")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def layers() -> dict[str, Any]:
    """Milliseconds of each layer in float32, the compiled one and PyTorch's, with one thread and with two."""
    from benchmarks.tricks import loops_key

    cure = "make bench TORCH=1"
    runs = {threads: read(f"bench/layers-{threads}.json", cure) for threads in (1, 2)}
    rows = [
        {"name": row["name"], "threads": threads, "fast_ms": row["times"]["fast"], "torch_ms": row["times"].get("PyTorch")}
        for threads, run in runs.items()
        for row in run["rows"]
        if row["dtype"] == "float32"
    ]
    if not all(row["torch_ms"] for row in rows):
        raise click.ClickException(f"PyTorch was not measured: run `{cure}`")
    return {"key": loops_key(), "machine": runs[1]["machine"], "rows": rows}


def grading() -> dict[str, Any]:
    """How many submissions are graded a minute, by `autograder grade` and by stock nbgrader, and what one costs."""
    cure = "make bench-grading"
    run = read("benchmarks/grading.json", cure)
    if "stock" not in run:
        raise click.ClickException(f"stock nbgrader was not measured: run `{cure}`")
    found = {name: run[name] for name in ("machine", "submissions", "per_minute", "steady_per_minute", "cpu_s_each")}
    found["recording_s"] = run["stages_s"]["recording"]
    found |= {key: {name: run[key][name] for name in STOCK} for key in ("stock", "stock_full") if key in run}
    if "stock" in (vectorised := run.get("vectorised", {})):
        found["vectorised"] = {name: vectorised[name] for name in ("submissions", "per_minute", "cpu_s_each")}
        found["vectorised"]["stock"] = {name: vectorised["stock"][name] for name in STOCK}
    return found


KEPT: dict[str, Callable[[], dict[str, Any]]] = {"layers": layers, "grading": grading}


@click.command(help=__doc__)
@click.argument("names", nargs=-1, required=True, type=click.Choice(list(KEPT)))
def main(names: tuple[str, ...]) -> None:
    """Write the files."""
    for name in names:
        path = RECORDED / f"{name}.json"
        path.write_text(json.dumps(KEPT[name](), indent=1) + "\n", encoding="utf-8")
        click.echo(f"Recorded in {path.relative_to(REPOSITORY)}. Now run `autograder generate --only speed`")


if __name__ == "__main__":
    main()
