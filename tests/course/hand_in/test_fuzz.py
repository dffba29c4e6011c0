"""For any combination of names, litter, archives and layouts, is every graded file read and nothing else?"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.given_module import hand_in
from tests.hand_ins import (
    FULL,
    PACKERS,
    RULES,
    content_for,
    forms,
    in_release,
    layouts,
    litter,
    others,
    packed,
    read,
    renamed,
    renamings,
    wrappings,
)

EXAMPLES = 2_000 if os.environ.get("COURSENN_PROVE") else 60


@st.composite
def hand_ins(draw: Any) -> tuple[dict[str, bytes], dict[str, bytes], str, bool]:
    """Draw the files of a hand-in, those that must be read, the form, and whether they are in an archive inside an archive."""
    layout, wrapping, form = draw(layouts), draw(wrappings), draw(forms)
    places = draw(st.lists(st.sampled_from(RULES.places), min_size=1, unique=True))
    backslashes = form != "folder" and draw(st.booleans())
    files, expected = {}, {}
    for place in places:
        expected[place] = content_for(place, draw(st.sampled_from(["mine", "Grüße"])))
        files[wrapping + renamed(layout(place), *draw(renamings))] = expected[place]
        if draw(st.integers(0, 5)) == 0:  # an older copy, whose name fits less well
            files[f"{wrapping}zz/older/{renamed(layout(place), '{0} - Copy (7){1}', str)}"] = content_for(place, "older")
        if draw(st.integers(0, 5)) == 0:  # a second copy
            files[f"{wrapping}zz/again/{layout(place)}"] = expected[place]
    for name in [*draw(litter), *draw(others)]:
        files.setdefault(wrapping + name, b"litter")
    if backslashes:
        files = {name.replace("/", "\\"): data for name, data in files.items()}
    return files, expected, form, form != "folder" and draw(st.booleans())


def is_ambiguous(files: dict[str, bytes]) -> bool:
    """Return whether a name is both a file and a folder, which is impossible on a disk."""
    names = set(files)
    return any(f"{name}/" in other or other.startswith(f"{name}/") for name in names for other in names if other != name)


@given(hand_ins())
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_lost_and_nothing_is_invented(case: tuple[dict[str, bytes], dict[str, bytes], str, bool]) -> None:
    """Is exactly the handed-in work read, in any name, layout, archive and archive inside an archive, with other files around it?"""
    files, expected, form, inside = case
    if is_ambiguous(files):
        return
    with tempfile.TemporaryDirectory() as name:
        place = Path(name, "s")
        if inside:
            inner = PACKERS[form](files.items())
            path = packed(place, {f"deliveries/work{form}": inner, "__MACOSX/._work": b""}, ".zip")
        else:
            path = packed(place, files, form)
        found = read(path)
    assert found.files == expected, (found.refused, found.notes)
    assert not [line for line in found.refused if line.partition(":")[0] in expected]


odd_names = st.one_of(
    st.text(max_size=12),
    st.lists(
        st.sampled_from(["coursenn", "..", "", ".", "layers.py", "Layers.py", "layers (1).py", "C:", "models", "\0", "\u202e", "x.zip"]),
        max_size=4,
    ).map("/".join),
)


@given(
    st.lists(st.tuples(odd_names, st.sampled_from([b"", b"x = 1\n", b"%PDF", *FULL.values()])), max_size=12), st.sampled_from(list(PACKERS))
)
@settings(max_examples=EXAMPLES)
def test_any_names_are_read_safely(members: list[tuple[str, bytes]], form: str) -> None:
    """For any names in an archive, is each file read from a member, is every message short and printable, and nothing written outside?"""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, f"s{form}")
        with contextlib.suppress(UnicodeEncodeError):  # a name that no archive can hold
            path.write_bytes(PACKERS[form](members))
        if not path.exists():
            return
        with contextlib.suppress(hand_in.HandInError):
            found = read(path)
            assert set(found.files.values()) <= {data for _, data in members}
            assert all(line.isprintable() and len(line) < 500 for line in [*found.refused, *found.notes])
            assert hand_in.write_hand_in(found, Path(name, "t")) is not None
            outside = [p for p in Path(name).iterdir() if p.name not in ("t", path.name)]
            assert outside == []


def test_the_files_are_those_of_the_course() -> None:
    """Do these tests include every graded file?"""
    assert {in_release(place) for place in FULL} == set(RULES.places)
    assert len(FULL) > 10
