"""The assembled reference, for trusted code: checker, tests, notebooks, figures."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from autograder.intake.assemble import compose, extensions
from autograder.manifest import Course, load_course
from autograder.paths import cache_directory, content_digest


def reference_path(course: Course | None = None) -> Path:
    """A folder that holds the assembled reference ``coursenn``, to be put on ``sys.path``.

    The folder's name is a digest of the contents, so it never changes while a program uses it, and a changed source
    gives a new folder. It is written under another name and then renamed, so two programs may ask at the same time.
    """
    course = course or load_course()
    editable = {name: course.reference(name) for name in course.editable}
    sources = {**course.given, **extensions(course), **editable}
    digest = _digest_of({name: path for name, path in sources.items() if path.is_file()})
    target = cache_directory() / f"reference-{digest}"
    if target.is_dir() and _digest_of(_package_files(target / "coursenn")) == digest:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".reference-", dir=target.parent))
    try:
        compose(editable, fresh, course)
        (fresh / "coursenn").mkdir(exist_ok=True)
        fresh.chmod(0o755)
        _put_in_place(fresh, target, digest)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def _put_in_place(fresh: Path, target: Path, digest: str) -> None:
    try:
        fresh.rename(target)
    except OSError:
        # Another program was first, or the folder is damaged.
        if _digest_of(_package_files(target / "coursenn")) != digest:
            shutil.rmtree(target, ignore_errors=True)
            fresh.rename(target)


def _package_files(package: Path) -> dict[str, Path]:
    found = (p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p.relative_to(package).as_posix(): p for p in found}


def _digest_of(files: dict[str, Path]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{content_digest(files[name])}\n".encode())
    return digest.hexdigest()[:20]
