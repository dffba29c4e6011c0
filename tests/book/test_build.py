"""Does a build after a small change give the same site as a new build?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.publish import build


def test_a_changed_style_reaches_the_site(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a changed style of the site copied even if no page has changed, so that Sphinx copies nothing?"""
    for step in ("refuse_outdated", "draw_everything", "forget_other_reference", "run_builder"):
        monkeypatch.setattr(build, step, lambda *_: None)

    def stage(course: Course, source: Path, *_: object, **__: object) -> None:
        (source / "_site").mkdir(parents=True)
        (source / "_site" / "site.css").write_text("new", encoding="utf-8")

    monkeypatch.setattr(build, "stage", stage)
    old = tmp_path / "_build" / "html" / "site.css"
    old.parent.mkdir(parents=True)
    old.write_text("old", encoding="utf-8")
    assert build.build_site(course, tmp_path) == old.parent
    assert old.read_text(encoding="utf-8") == "new"
