"""Whose file is it? The names that Canvas, Moodle and Blackboard write, and plain ones."""

from __future__ import annotations

from datetime import datetime

import pytest

from autograder.collect.lms import NamedFile, parse_name, student_of
from autograder.collect.roster import Person


@pytest.mark.parametrize(
    ("name", "who", "handed_in_as"),
    [
        ("Jane Doe_1234567_assignsubmission_file_/work.zip", "Jane Doe", "work.zip"),
        ("Jane Doe_1234567_assignsubmission_file_work.zip", "Jane Doe", "work.zip"),
        ("doejane_LATE_4711_99887_work-1.zip", "doejane", "work-1.zip"),
        ("doejane_4711_99887_fc_net.py", "doejane", "fc_net.py"),
        ("Layers_jdoe42_attempt_2026-10-01-12-30-05_work.zip", "jdoe42", "work.zip"),
        ("jdoe42/coursenn/layers.py", "jdoe42", "coursenn/layers.py"),
        ("jdoe42.zip", "jdoe42", ".zip"),
        ("jdoe42_layers.py", "jdoe42", "layers.py"),
    ],
)
def test_names_of_an_lms_are_understood(name: str, who: str, handed_in_as: str) -> None:
    """Is the student found in the names that Canvas, Moodle and Blackboard write?"""
    file = parse_name(name)
    assert file is not None
    assert (file.who, file.name) == (who, handed_in_as)


def test_blackboard_name_holds_the_time() -> None:
    """Is the time of an attempt taken from the name when it is there?"""
    file = parse_name("Layers_jdoe42_attempt_2026-10-01-12-30-05_work.zip")
    assert file is not None
    assert file.time == datetime(2026, 10, 1, 12, 30, 5)


def test_people_are_found_by_any_of_their_names() -> None:
    """Does a roster connect the ways in which an LMS writes a person, and leave alone what fits two?"""
    people = [
        Person("s1", "Jané", "Doe", "j.doe@x.org", "4711"),
        Person("s2", "Jan", "Edo"),
        Person("s3", "Ann", "Roe"),
        Person("s4", "Ann", "Roe"),
    ]

    def who(name: str, lms: str | None = None) -> str | None:
        return student_of(NamedFile(name, lms, "", None), people, strict=True)

    assert who("Jane Doe") == who("j.doe") == who("DOE, Jane") == who("somebody", "4711") == "s1"
    assert who("s2") == who("s2", "99") == "s2"
    assert who("s2", "4711") is None  # the number is Jané's, who calls herself like another one's id
    assert who("Ann Roe") is None
    assert who("Nobody Known") is None
    assert who("janedoe") == "s1"
