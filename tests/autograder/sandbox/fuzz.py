"""``python fuzz.py TARGET SECONDS FOLDER``: run a target of `fuzzing` under atheris; findings are written to the folder."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["autograder.sandbox", "autograder.engine", "autograder.checking"]):
    from tests.autograder.sandbox import fuzzing


def main(name: str, seconds: str, folder: Path) -> None:
    """End with a status other than 0 if the target raised, hung or needed too much memory."""
    fuzzing.reference()
    for number, data in enumerate(fuzzing.beginnings()):
        (folder / f"beginning-{number}").write_bytes(data)
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=3000", "-timeout=60", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *options, str(folder)], fuzzing.TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
