"""The generated files of the book: the table of checked equations, recorded results as text, and the rules of the package."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import yaml

from autograder.generate.equations import book_pages, evaluate, has_identities, identities_page
from autograder.generate.errors import GeneratorError
from autograder.generate.percent import read_notebook
from autograder.generate.printed import printed_texts
from autograder.generate.public import toc_pages
from autograder.generate.recorded import read_results
from autograder.generate.tree import Plan, compare
from autograder.manifest import Course

RECORDED = "book/recorded"
MEASURED = "benchmarks/recorded"
IDENTITIES = "book/identities.md"
RULES = f"{RECORDED}/package-rules.txt"
CURE = "run `autograder generate --only book` and commit what it writes"


def build_book(course: Course) -> Plan | None:
    """Plan the generated files below ``book/``; None for a course without a book of chapters."""
    base = course.root.parent
    if not has_identities(course):
        return None
    toc = yaml.safe_load((base / "_toc.yml").read_text(encoding="utf-8"))
    names = [Path(page).name for page in toc_pages(toc) if page.startswith("book/")]
    plan = Plan(base)
    plan.add(IDENTITIES, identities_page(book_pages(course, names), evaluate(course)))
    plan.add(RULES, package_rules(course))
    results = [read_results(course, notebook, read_notebook(course, notebook)) for notebook in course.notebooks]
    results += [json.loads(path.read_text(encoding="utf-8")).get("results", {}) for path in sorted((base / MEASURED).glob("*.json"))]
    results.append(printed_texts(course))
    for name, text in (item for found in results for item in found.items()):
        plan.add(f"{RECORDED}/{name}.txt", text.rstrip() + "\n")
    plan.stale += sorted(name for path in (base / RECORDED).glob("*.txt") if (name := path.relative_to(base).as_posix()) not in plan.files)
    return plan


def package_rules(course: Course) -> str:
    """What the package's docstring asks of every function, without its first line about the package."""
    package = ast.parse(course.given["__init__.py"].read_text(encoding="utf-8"))
    _, _, rules = (ast.get_docstring(package) or "").partition("\n\n")
    return rules.rstrip() + "\n"


def refuse_outdated(course: Course) -> None:
    """Compute every equation again, as each build of the book does.

    Raises
    ------
    GeneratorError
        When two sides disagree, or a generated file is not what its source makes.
    """
    plan = build_book(course)
    changes = compare(plan) if plan else []
    if changes:
        names = ", ".join(change.path.name for change in changes)
        raise GeneratorError(
            "book", f"not what its sources make: {names}", "run `autograder generate --only book` and commit what it writes"
        )
