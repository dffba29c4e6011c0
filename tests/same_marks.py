"""Does another version of the grader give the same marks? ``python3 tests/same_marks.py OLD NEW [--only demo|submissions|audit]``

OLD and NEW are checkouts, each with its environment in ``.venv``. For one fixed seed it compares every score, verdict and check of
the demonstration's class and of ``tests/submissions``, and the audit's matrix of mistakes and checks. Submissions are put together
once, by NEW, and graded by both. Where more than one verdict is right (a race between a signal and a limit), the case says so, and
any of them counts as the same. Exit status 0 when everything is the same, 1 when something differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SEED = "same-marks"
# Runs inside a checkout. The modules had other names before they were moved, and OLD may be such a version.
GRADE = """
import json, sys
from autograder.engine.grade import grade_submission
try:
    from autograder.manifest import load_course
    from autograder.sandbox.limits import Limits
except ImportError:
    from autograder.course import load_course
    from autograder.engine.limits import Limits
course = load_course()
for line in sys.stdin:
    job = json.loads(line)
    tasks = job["tasks"] or None
    result = grade_submission(job["path"], course, course.assignments[0], job["seed"], tasks=tasks, limits=Limits(**job["limits"]))
    print(json.dumps(result.document()), flush=True)
"""
BUILD = """
import dataclasses, inspect, json, sys
from pathlib import Path
from autograder.manifest import load_course
from tests.submissions import _builders
from tests.submissions._corpus import cases, submission
course, place = load_course(), Path(sys.argv[1])
for case in cases():
    folder = place / case.folder.name
    outside = folder / "outside"
    outside.mkdir(parents=True)
    path = submission(case, folder, outside, course, dict(inspect.getmembers(_builders, inspect.isfunction)))
    job = {"name": case.folder.name, "path": str(path), "tasks": list(case.verdicts), "limits": dataclasses.asdict(case.limits)}
    print(json.dumps({**job, "either": case.verdicts}))
"""


def main() -> int:
    """Compare, and print the differences."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--only", choices=("demo", "submissions", "audit"), action="append")
    chosen = parser.parse_args()
    parts = {"demo": demo, "submissions": submissions, "audit": audit}
    found: list[str] = []
    for name in chosen.only or parts:
        with tempfile.TemporaryDirectory(prefix="same-marks-") as folder:
            different, count = parts[name](chosen.old.resolve(), chosen.new.resolve(), Path(folder))
        print(f"{name}: {count} compared, {len(different)} different", flush=True)
        found += different
    print("\n".join(found) or "same")
    return 1 if found else 0


def demo(old: Path, new: Path, folder: Path) -> tuple[list[str], int]:
    """Return the class of the demonstration, handed in once."""
    run(new, ["-m", "autograder", "demo", "--folder", str(folder / "class"), "--no-book"])
    jobs = [
        {"name": path.parent.name, "path": str(path), "tasks": [], "limits": {}, "either": {}}
        for path in sorted((folder / "class" / "submitted").glob("*/*"))
    ]
    return compared(old, new, jobs)


def submissions(old: Path, new: Path, folder: Path) -> tuple[list[str], int]:
    """Return the corpus of hostile, damaged and honest submissions."""
    return compared(old, new, [json.loads(line) for line in run(new, ["-c", BUILD, str(folder)]).splitlines()])


def compared(old: Path, new: Path, jobs: list[dict[str, Any]]) -> tuple[list[str], int]:
    """Return the results of two checkouts for the same submissions."""
    lines = "".join(json.dumps({**job, "seed": SEED}) + "\n" for job in jobs)
    documents = [[json.loads(line) for line in run(tree, ["-c", GRADE], lines).splitlines()] for tree in (old, new)]
    different = [
        f"{job['name']}: {text}"
        for job, before, after in zip(jobs, *documents, strict=True)
        for text in differences(before, after, job["either"])
    ]
    return different, len(jobs)


def differences(before: dict[str, Any], after: dict[str, Any], either: dict[str, list[str]]) -> list[str]:
    """Return scores, verdicts and checks in which two result documents differ."""
    if (before["status"], len(before["tasks"])) != (after["status"], len(after["tasks"])):
        return [f"{before['status']} -> {after['status']}, {before['reason']} -> {after['reason']}"]
    found = [f"refused {before['refused']} -> {after['refused']}"] if len(before["refused"]) != len(after["refused"]) else []
    for one, other in zip(before["tasks"], after["tasks"], strict=True):
        allowed = either.get(one["id"], [])
        if one["verdict"] != other["verdict"] and not {one["verdict"], other["verdict"]} <= set(allowed):
            found.append(f"{one['id']}: {one['verdict']} -> {other['verdict']}")
        if one["score"] != other["score"]:
            found.append(f"{one['id']}: {one['score']} -> {other['score']} points")
        failed = [{c["name"] for c in task["checks"] if not c["passed"]} for task in (one, other)]
        if failed[0] != failed[1]:
            found.append(f"{one['id']}: checks {sorted(failed[0] ^ failed[1])} differ")
        if one["mistakes"] != other["mistakes"]:
            found.append(f"{one['id']}: named {one['mistakes']} -> {other['mistakes']}")
    return found


def audit(old: Path, new: Path, folder: Path) -> tuple[list[str], int]:
    """Compare the matrices of catalogued mistakes and checks."""
    rows = []
    for number, tree in enumerate((old, new)):
        target = folder / f"{number}.json"
        run(tree, ["-m", "autograder", "audit", "--seed", "0", "--quiet", "--json", str(target)], fails=True)
        document = json.loads(target.read_text(encoding="utf-8"))
        rows.append({m["id"]: m for task in document["tasks"] for m in task["mistakes"]})
    before, after = rows
    missing = [f"{name}: only in one of the audits" for name in before.keys() ^ after.keys()]
    changed = [
        f"{name}: {before[name]} -> {after[name]}" for name in before.keys() & after.keys() if not same_trial(before[name], after[name])
    ]
    return missing + changed, len(before.keys() | after.keys())


def same_trial(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Return whether a mistake fails the same checks with the same error."""
    margins = before["margin"], after["margin"]
    close = margins[0] == margins[1] or (None not in margins and abs(margins[0] - margins[1]) <= 1e-6 * abs(margins[0]))
    return before["failed"] == after["failed"] and close


def run(tree: Path, arguments: list[str], text: str = "", *, fails: bool = False) -> str:
    """Return the output of a checkout's own Python."""
    program = tree / ".venv" / "bin" / "python"
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    environment = {**os.environ, "PYTHONPATH": str(tree), "PATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([str(program), *arguments], cwd=tree, env=environment, input=text, capture_output=True, text=True, check=False)
    if done.returncode and not fails:
        sys.exit(f"{tree}: {' '.join(arguments)[:200]} failed\n{done.stderr[-4000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
