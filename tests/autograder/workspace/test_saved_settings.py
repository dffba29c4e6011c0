"""Does a workspace remember its options, and say in one line what is wrong with its settings file?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.checked_data import DataError
from autograder.workspace.saved_settings import FILE, SavedSettings, read_settings, write_settings


def test_settings_come_back(tmp_path: Path) -> None:
    """Is nothing remembered at first, and then exactly the options that were chosen?"""
    assert read_settings(tmp_path) == SavedSettings()
    write_settings(tmp_path, SavedSettings("/course.toml"))
    assert (tmp_path / FILE).read_text() == '{\n "manifest": "/course.toml"\n}\n'
    write_settings(tmp_path, SavedSettings("/course.toml", "/exchange"))
    assert read_settings(tmp_path) == SavedSettings("/course.toml", "/exchange")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("[]", "expected a table, got an empty list"),
        ('{"manifest": 3}', "manifest: expected text, got 3"),
        ('{"exchang": "/srv"}', 'unknown key "exchang"; did you mean exchange?'),
    ],
)
def test_a_broken_file_is_one_line(text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the message name the file and the problem?"""
    (tmp_path / FILE).write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as refused:
        read_settings(tmp_path)
    assert str(refused.value) in (f"{FILE}: {said}", f"{FILE}, {said}")
