"""Who is the owner if a name and a number agree, disagree, or say too little?"""

from __future__ import annotations

import pytest

from autograder.collect.people import KnownPeople, Named, Person

CLASS = KnownPeople(
    [
        Person("s1", "Jané", "Doe", "j.doe@x.org", "4711", group="Team A"),
        Person("s2", "Jan", "Edo", group="Team A; Team B"),
        Person("s3", "Ann", "Roe", lms_user_id="1001"),
        Person("s4", "Ann", "Roe", lms_user_id="1002"),
        Person("s5", "Ben", "Bell", lms_user_id="0815"),
    ],
    complete=True,
)


def whose(who: str, number: str = "", *, decides: bool = True) -> tuple[str, ...]:
    """Return the ids of the owners."""
    return CLASS.find(Named(who, number, number_decides=decides)).students


def test_people_are_found_by_any_of_their_names() -> None:
    """Does a roster connect the ways in which an LMS writes a person, and reject what fits two people?"""
    assert whose("Jane Doe") == whose("j.doe") == whose("DOE, Jane") == whose("janedoe") == whose("doejane") == ("s1",)
    assert whose("J.DOE@x.org") == whose("S1") == ("s1",)
    assert whose("s2") == ("s2",)
    assert whose("Ann Roe") == whose("Nobody Known") == whose("") == whose("!?") == ()


@pytest.mark.parametrize("decides", [True, False])
def test_people_of_one_name_are_told_apart_by_their_number(decides: bool) -> None:
    """Does the number decide between two students called Ann Roe, in every system?"""
    assert whose("Ann Roe", "1001", decides=decides) == ("s3",)
    assert whose("Ann Roe", "1002", decides=decides) == ("s4",)
    assert whose("Ann Roe", "9", decides=decides) == ()


def test_somebody_elses_number_beats_a_matching_name() -> None:
    """With one student's name and another's number: does it never belong to the student named?"""
    found = CLASS.find(Named("Ben Bell", "4711", number_decides=True))
    assert found.students == ("s1",)
    assert "4711 is s1's" in found.remark
    assert whose("s2", "4711") == ("s1",)
    found = CLASS.find(Named("Ben Bell", "4711"))
    assert found.students == ()
    assert "its number is s1's and its name is s5's" in found.problem


def test_a_number_that_nobody_has_is_not_somebody_who_has_another() -> None:
    """If the number identifies a person: is an unknown number accepted only for somebody whose number is not known?"""
    assert whose("Jan Edo", "99") == ("s2",)
    assert whose("Ben Bell", "99") == ()
    assert whose("Ben Bell", "99", decides=False) == ("s5",)
    assert whose("Ben Bell", "815") == ("s5",)
    assert whose("whoever", "99") == ()


def test_a_number_of_one_assignment_never_decides_alone() -> None:
    """If the number identifies a hand-in and may by chance equal another student's: does an unknown name belong to nobody?"""
    assert whose("New Student", "4711", decides=False) == ()
    assert whose("New Student", "4711") == ("s1",)


def test_a_team_hands_in_for_its_members() -> None:
    """Does a hand-in of a group on the roster belong to each of its members?"""
    assert whose("Team A", "55") == ("s1", "s2")
    assert whose("team b") == ("s2",)
    assert whose("teama", "4711") == ("s1", "s2")
    assert whose("Team A", "0815") == ("s5",)


def test_a_class_list_of_ids_alone() -> None:
    """Does the number find the student if the roster has only the LMS's numbers, and never if it has names?"""
    known = KnownPeople([Person("4711"), Person("4712")], complete=True)
    assert known.find(Named("doejane", "4711", number_decides=True)).students == ("4711",)
    named = KnownPeople([Person("4711", "Ann", "Roe"), Person("b", "Ann", "Roe")], complete=True)
    assert named.find(Named("roeann", "4711", number_decides=True)).students == ()


def test_the_institutions_number_is_the_id() -> None:
    """Does the student id of Gradescope find the id of the roster, then its number, then the address, then the name?"""

    def whose_id(number: str, email: str = "", who: str = "") -> tuple[str, ...]:
        return CLASS.find(Named(who, number, email, number_decides=True, number_is_id=True)).students

    assert whose_id("s3", who="Ann Roe") == whose_id("1001") == ("s3",)
    assert whose_id("", "j.doe@x.org", "somebody") == whose_id("unknown", "J.Doe@x.org") == ("s1",)
    assert whose_id("", who="Ben Bell") == ("s5",)
    assert whose_id("s5", who="Jan Edo") == ("s5",)


def test_without_a_roster_two_of_one_name_are_two() -> None:
    """Without a roster: are people of the same name kept apart, and found again, in whatever order they come?"""
    first, second = Named("Ann Roe", "1001"), Named("Ann Roe", "1002")
    for order in ([first, second], [second, first]):
        known = KnownPeople([], complete=False)
        known.meet(order)
        assert known.find(first).students == ("Ann_Roe_1001",)
        assert known.find(second).students == ("Ann_Roe_1002",)
    again = KnownPeople(list(known.new.values()), complete=False)
    assert again.find(Named("Ann Roe", "1002")).students == ("Ann_Roe_1002",)
    assert again.find(Named("Ann Roe", "2002")).students == ()
    met = Person("Ann_Roe", shown_as="Ann Roe", lms_user_id="1001")
    assert KnownPeople([met], complete=False).find(Named("Ann Roe", "7", number_decides=True)).students == ("Ann_Roe_7",)
    assert KnownPeople([met], complete=False).find(Named("Ann Roe", "7")).students == ("Ann_Roe",)


def test_without_a_roster_an_institutions_number_is_the_id() -> None:
    """If the system gives the student id: does the new student get it, even if two have the same name?"""
    known = KnownPeople([], complete=False)
    two = [Named("Ann Roe", n, number_decides=True, number_is_id=True) for n in ("u1", "u2")]
    known.meet(two)
    assert [known.find(named).students for named in two] == [("u1",), ("u2",)]


@pytest.mark.parametrize("name", ["*", "../x", "", "   ", "a" * 200, ".hidden/../..", "\x1b[31m"])
def test_strange_names_become_no_folder(name: str) -> None:
    """Can a name become a folder elsewhere, or a pattern that fits other students?"""
    found = KnownPeople([], complete=False).find(Named(name)).students
    assert all("/" not in s and "*" not in s and not s.startswith(".") and s.isprintable() for s in found)
