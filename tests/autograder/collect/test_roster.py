"""Are rosters read as spreadsheets write them, refused with the faulty line, and kept in one form?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.collect.people import Person
from autograder.collect.roster import ROSTER, read_roster, set_roster
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace, WorkspaceError

TWO = [Person("ada", "Ada", "Lövelace, Countess", "ada@x.org", "11"), Person("ben+1", "Ben", "Bell")]
COMMAS = 'id,first_name,last_name,email,lms_user_id\nada,Ada,"Lövelace, Countess",ada@x.org,11\nben+1,Ben,Bell,,\n'


def roster(folder: Path, content: str | bytes) -> Path:
    """Write a file with that content."""
    path = folder / "class.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        COMMAS,
        COMMAS.replace("\n", "\r\n"),
        COMMAS.replace("\n", "\r"),
        COMMAS.encode("utf-8-sig"),
        COMMAS.encode("utf-16"),
        COMMAS.encode("utf-16-le"),
        b"\xfe\xff" + COMMAS.encode("utf-16-be"),
        COMMAS.encode("cp1252"),
        COMMAS + "\n\n,,,,\n   \n",
        "\n" + COMMAS.replace(",", ", ").replace('"Lövelace,  Countess"', '"Lövelace, Countess"'),
        COMMAS.replace(",", ";").replace("Lövelace; Countess", "Lövelace, Countess"),
        COMMAS.replace(",", "\t").replace("Lövelace\t Countess", "Lövelace, Countess"),
        "sep=;\n" + COMMAS.replace(",", ";").replace("Lövelace; Countess", "Lövelace, Countess"),
        "\ufeffsep=,\r\n" + COMMAS.replace("\n", "\r\n"),
        COMMAS.replace("id,first_name,last_name,email,lms_user_id", "ID , First Name,Last name,E-Mail,LMS user ID"),
        COMMAS.replace("id,first_name,last_name,email,lms_user_id", "Student ID,Given name,SURNAME,Email address,Canvas ID"),
        "section;Student;" + COMMAS.replace("\n", "\nA;x;").replace(",", ";").replace("Lövelace; Countess", "Lövelace, Countess")[:-4],
        COMMAS.replace("11", '"=""11"""'),
        COMMAS + 'ada,Ada,"Lövelace, Countess",ada@x.org,11\n',
        COMMAS.replace("ö", "o\u0308"),
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, content: str | bytes) -> None:
    """Is the same class read from every form in which a spreadsheet program saves it?"""
    assert read_roster(roster(tmp_path, content)) == TWO


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("name,mail\nada,x\n", "line 1: no column is named id.* It has: name, mail"),
        (
            "id,first_name\nada,Ada\nben,Ben\n\nada,Eva\n",
            r"line 5: the id ada is already in line 2, for ada \(Ada\): here it is ada \(Eva\)",
        ),
        ("id,first_name\nada,Ada\nADA,Ada\n", "line 3: the id ADA is already in line 2"),
        ("id,lms_user_id\nada,5\nben,5\n", "line 3: ben has the lms_user_id of ada in line 2"),
        ("id\nada\n../x\n", "line 3: '../x' cannot be an id: use letters"),
        ("id,email\nada,a\n,b\n", "line 3: there is no id"),
        ("id,last_name\nada,Love, Countess\n", "line 2: it has 3 values, but the first line has 2: put quotes around a name with a comma"),
        ("id,id\na,b\n", "line 1: two columns are called id"),
        (b"PK\x03\x04 a workbook", "is a workbook: .* save it as CSV"),
        ('id,last_name\nada,"Love\n', "is not a table of comma-separated values"),
    ],
)
def test_what_cannot_be_read_is_said_by_line(tmp_path: Path, content: str | bytes, says: str) -> None:
    """Does the message name the line and what to do?"""
    with pytest.raises(WorkspaceError, match=says):
        read_roster(roster(tmp_path, content))


def test_lines_that_agree_are_one_person(tmp_path: Path) -> None:
    """If each group has a line of its own, or one line has more than the other: are the lines merged?"""
    text = "id,first_name,email,group\nada,Ada,,Team A\nben,Ben,,Team A\nada,Ada,a@x.org,Team B\nada,,,\n"
    [ada, ben] = read_roster(roster(tmp_path, text))
    assert (ada.email, ada.groups, ben.groups) == ("a@x.org", {"teama", "teamb"}, {"teama"})


def test_a_roster_that_is_not_there(tmp_path: Path) -> None:
    """Is a missing file reported in one line?"""
    with pytest.raises(WorkspaceError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")


def test_the_kept_copy_has_one_form(workspace: Workspace, tmp_path: Path) -> None:
    """Is the copy in the workspace always UTF-8 with commas, unchanged if it is read again, and entered into the gradebook?"""
    set_roster(workspace, roster(tmp_path, COMMAS.encode("utf-16")))
    kept = workspace.root / ROSTER
    text = kept.read_text(encoding="utf-8")
    assert text.splitlines() == [
        "id,first_name,last_name,email,lms_user_id,group,status",
        'ada,Ada,"Lövelace, Countess",ada@x.org,11,,',
        "ben+1,Ben,Bell,,,,",
    ]
    set_roster(workspace, kept)
    assert kept.read_text(encoding="utf-8") == text
    with nbgrader_api.gradebook(workspace) as book:
        assert book.find_student("ben+1").last_name == "Bell"


def test_a_broken_roster_leaves_the_kept_one(workspace: Workspace, tmp_path: Path) -> None:
    """Does a refused roster leave everything as it was?"""
    set_roster(workspace, roster(tmp_path, COMMAS))
    before = (workspace.root / ROSTER).read_bytes()
    with pytest.raises(WorkspaceError):
        set_roster(workspace, roster(tmp_path, "id\nada\n*\n"))
    assert (workspace.root / ROSTER).read_bytes() == before
