"""Does every way to break a manifest give one line that names the file, the place and what to do?"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.manifest import ManifestError, load_course
from autograder.manifest_file import read_manifests
from autograder.paths import REPOSITORY

GOOD = """\
[course]
name = "small"
title = "A small course"
version = "1"
public_address = "https://github.com/example/small"
public_branch = "main"
book_address = ""
timezone = "europe/berlin"
extras = ["extra"]

[[assignment]]
name = "first"
title = "The first"
notebooks = ["One", "Three"]

[feedback]
visible = "question"

[grading]
consistent_backward_credit = 0.5

[files]
editable = ["layers.py"]
models = ["models/best.npz"]

[[notebook]]
name = "One"
title = "One"

[[notebook]]
name = "Two"
title = "Two"

[[task]]
id = "double"
functions = ["layers.double"]
notebook = "One"
points = 2
checks = "double"
absent = ["gradient_check", "layers.half"]
book = "dropout#forward"

[[task]]
id = "best"
model = "models/best.npz"
notebook = "One"
points = 1.5
checks = "models"

[[question]]
id = "why"
notebook = "One"
points = 3
"""
EXTRA = """\
[files]
editable = ["cubes.py"]
[[notebook]]
name = "Three"
title = "Three"
[[task]]
id = "cube"
functions = ["cubes.cube"]
notebook = "Three"
points = 1
checks = "cubes"
"""
DOUBLE = '[[task]] 1 ("double")'
BROKEN = {
    "a table is missing": (
        "[course]\n",
        "",
        'unknown key "name"; the keys are files, notebook, task, question, course, assignment, feedback, grading',
    ),
    "no course": (GOOD[: GOOD.index("[[assignment]]")], "", "[course] is missing"),
    "the zone is unknown": ('"europe/berlin"', '"Europe/Berln"', '[course], timezone: "Europe/Berln" is not a zone; write Europe/Berlin'),
    "the zone is an abbreviation": (
        '"europe/berlin"',
        '"EST"',
        '[course], timezone: "EST" may mean more than one zone; write a place such as Europe/Berlin',
    ),
    "no assignment": (
        '[[assignment]]\nname = "first"\ntitle = "The first"\nnotebooks = ["One", "Three"]\n',
        "",
        "[[assignment]] is missing",
    ),
    "a table is misspelt": ("[grading]", "[gradding]", 'unknown key "gradding"; did you mean grading?'),
    "a key of [grading] is misspelt": (
        "consistent_backward_credit",
        "consistent_backwards_credit",
        '[grading]: unknown key "consistent_backwards_credit"; did you mean consistent_backward_credit?',
    ),
    "a key of [course] is missing": ('title = "A small course"\n', "", "[course]: title is missing"),
    "a key of [course] is misspelt": (
        "public_address",
        "public_adress",
        '[course]: unknown key "public_adress"; did you mean public_address?',
    ),
    "the version is a number": ('version = "1"', "version = 1", "[course], version: expected a text that is not empty, got 1"),
    "the name is empty": (
        'name = "small"',
        'name = ""',
        '[course], name: expected a name of letters, digits, dots, hyphens and underscores, got ""',
    ),
    "the address is not one": (
        '"https://github.com/example/small"',
        '"github.com/example/small"',
        "[course], public_address: expected an address such as https://github.com/you/layers, without a slash at its end, "
        'got "github.com/example/small"',
    ),
    "the address ends in a slash": (
        "example/small",
        "example/small/",
        "[course], public_address: expected an address such as https://github.com/you/layers, without a slash at its end, "
        'got "https://github.com/example/small/"',
    ),
    "the extras are one text": ('["extra"]', '"extra"', '[course], extras: expected a list of values, got "extra"'),
    "an extra is listed twice": ('["extra"]', '["extra", "./extra"]', "[course], extras: ./extra is listed twice"),
    "an assignment has no notebooks": (
        'notebooks = ["One", "Three"]',
        "notebooks = []",
        '[[assignment]] 1 ("first"), notebooks: expected a list of at least one notebook, got an empty list',
    ),
    "an assignment names no notebook of the course": (
        '["One", "Three"]',
        '["One", "Tree"]',
        '[[assignment]] 1 ("first"), notebooks: no notebook "Tree"; did you mean Three?',
    ),
    "a notebook is in two assignments": (
        "[feedback]",
        '[[assignment]]\nname = "second"\nnotebooks = ["One"]\n[feedback]',
        '[[assignment]] 1 ("first"), notebooks: One is released by two assignments',
    ),
    "two assignments have one name": (
        "[feedback]",
        '[[assignment]]\nname = "first"\nnotebooks = ["Two"]\n[feedback]',
        '[[assignment]] 1 ("first"): two assignments have this name; rename one of them',
    ),
    "an assignment has a slash in its name": (
        '"first"',
        '"first/a"',
        '[[assignment]] 1 ("first/a"), name: expected a name of letters, digits, spaces, dots and hyphens, got "first/a"',
    ),
    "a level of feedback is unknown": (
        'visible = "question"',
        'visible = "questions"',
        '[feedback], visible: expected one of "explanation", "pointer", "question", got "questions"; did you mean "question"?',
    ),
    "a share is above 1": (
        "consistent_backward_credit = 0.5",
        "consistent_backward_credit = 50",
        "[grading], consistent_backward_credit: expected a share from 0 to 1, got 50",
    ),
    "a share is no number": (
        "consistent_backward_credit = 0.5",
        "consistent_backward_credit = true",
        "[grading], consistent_backward_credit: expected a share from 0 to 1, got true",
    ),
    "an editable file leaves the package": (
        '"layers.py"',
        '"../layers.py"',
        '[files], editable, entry 1: expected a path such as classifiers/cnn.py, relative to coursenn/, got "../layers.py"',
    ),
    "two notebooks have one name": (
        '"Two"\ntitle',
        '"One"\ntitle',
        '[[notebook]] 2 ("One"): {file}, [[notebook]] 1 ("One") has the same name; rename one of them',
    ),
    "a notebook is a table of one": (
        '[[notebook]]\nname = "One"\ntitle = "One"\n\n[[notebook]]\nname = "Two"\n',
        '[notebook]\nname = "One"\n',
        "[notebook]: expected a list of tables, got a table",
    ),
    "points are a word": ("points = 2", 'points = "two"', f'{DOUBLE}, points: expected a number above 0 and at most 10000, got "two"'),
    "points are 0": ("points = 2", "points = 0", f"{DOUBLE}, points: expected a number above 0 and at most 10000, got 0"),
    "points are not a number": ("points = 2", "points = nan", f"{DOUBLE}, points: expected a number above 0 and at most 10000, got nan"),
    "points are without end": ("points = 2", "points = inf", f"{DOUBLE}, points: expected a number above 0 and at most 10000, got inf"),
    "a task has no points": ("points = 2\n", "", f"{DOUBLE}: points is missing"),
    "a key of a task is misspelt": ("absent =", "absend =", f'{DOUBLE}: unknown key "absend"; did you mean absent?'),
    "an id has capitals": (
        'id = "double"',
        'id = "Double"',
        '[[task]] 1 ("Double"), id: expected lower-case words joined by hyphens, got "Double"',
    ),
    "an id is used twice": (
        'id = "best"',
        'id = "double"',
        f'[[task]] 2 ("double"): {{file}}, {DOUBLE} has the same id; every task and question needs an id of its own',
    ),
    "an id is one of the formgrader's page": (
        'id = "double"',
        'id = "notebook"',
        '[[task]] 1 ("notebook"): the page of the formgrader has a part of that name; choose another id',
    ),
    "an id is that of a comment": (
        'id = "why"',
        'id = "best-comment"',
        '[[question]] 1 ("best-comment"): the formgrader gives that name to the comment on best; choose another id',
    ),
    "a question has the id of a task": (
        'id = "why"',
        'id = "best"',
        '[[question]] 1 ("best"): {file}, [[task]] 2 ("best") has the same id; every task and question needs an id of its own',
    ),
    "a task is in no notebook": (
        'notebook = "One"\npoints = 2',
        'notebook = "On"\npoints = 2',
        f'{DOUBLE}, notebook: no notebook "On"; did you mean One?',
    ),
    "a task has functions and a model": (
        'model = "models/best.npz"',
        'model = "models/best.npz"\nfunctions = ["layers.double"]',
        '[[task]] 2 ("best"): name either functions or a model',
    ),
    "a task has neither": ('model = "models/best.npz"\nnot', "not", '[[task]] 2 ("best"): name either functions or a model'),
    "a model is not listed": (
        'model = "models/best.npz"',
        'model = "models/beast.npz"',
        '[[task]] 2 ("best"), model: models/beast.npz is not listed in models of [files]; did you mean models/best.npz?',
    ),
    "a function is not in an editable file": (
        '["layers.double"]',
        '["layer.double"]',
        f"{DOUBLE}, functions: layer.double is not in an editable file; did you mean layers?",
    ),
    "a function has no module": (
        '["layers.double"]',
        '["double"]',
        f'{DOUBLE}, functions, entry 1: expected a function as module.name, such as layers.relu_forward, got "double"',
    ),
    "what is absent is not there anyway": (
        '"gradient_check"',
        '"gradient_chek"',
        f"{DOUBLE}, absent: coursenn has no gradient_chek; did you mean gradient_check?",
    ),
    "what is absent is a part of a given module": (
        '"gradient_check"',
        '"gradient_check.numeric"',
        f"{DOUBLE}, absent: gradient_check.numeric is in a given module; name gradient_check, the whole module",
    ),
    "a place in the book is an address": (
        '"dropout#forward"',
        '"https://example.org/dropout"',
        f'{DOUBLE}, book: expected a page of the book and an anchor, such as dropout#forward, got "https://example.org/dropout"',
    ),
    "not TOML": ("[feedback]", "[feedback", "not TOML: Expected ']' at the end of a table declaration (at line 16, column 10)"),
}


def write(folder: Path, manifest: str, extra: str = EXTRA) -> Path:
    """The path of a manifest with two given modules."""
    files = {"course.toml": manifest, "extra/course.toml": extra, "src/coursenn/gradient_check.py": "", "src/coursenn/__init__.py": ""}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "course.toml"


def refusal(path: Path) -> str:
    """Return the message of `load_course` about a manifest, which must be one line."""
    with pytest.raises(ManifestError) as refused:
        load_course(path)
    text = str(refused.value)
    assert "\n" not in text
    return text


def test_a_package_can_be_absent(tmp_path: Path) -> None:
    """Is a folder of modules named as one, and a function in it refused as in any given module?"""
    for name in ("__init__.py", "_inner.py"):
        (tmp_path / "src/coursenn/look").mkdir(parents=True, exist_ok=True)
        (tmp_path / "src/coursenn/look" / name).write_text("", encoding="utf-8")
    assert load_course(write(tmp_path, GOOD.replace('"gradient_check"', '"look"'))).tasks[0].absent == ("look", "layers.half")
    text = refusal(write(tmp_path, GOOD.replace('"gradient_check"', '"look.explain"')))
    assert text.endswith("absent: look.explain is in a given module; name look, the whole module")


def test_a_good_manifest_is_read(tmp_path: Path) -> None:
    """Do the objects agree with the file, with whole and fractional points as written?"""
    course = load_course(write(tmp_path, GOOD))
    assert [(t.id, t.points, type(t.points)) for t in course.tasks] == [("double", 2, int), ("best", 1.5, float), ("cube", 1, int)]
    assert course.tasks[0].absent == ("gradient_check", "layers.half")
    assert (course.feedback.visible, course.feedback.hidden) == ("question", "explanation")
    assert course.consistent_credit == 0.5
    assert course.zone.key == "Europe/Berlin"
    assert course.editable == {"layers.py": tmp_path, "cubes.py": tmp_path / "extra"}
    assert [n.source for n in course.notebooks][2] == tmp_path / "extra/solutions/notebooks/Three.py"


def test_what_may_be_left_out_has_a_default(tmp_path: Path) -> None:
    """Is a manifest without addresses, feedback, grading and titles of assignments complete?"""
    text = (
        GOOD.replace('title = "The first"\n', "")
        .replace('visible = "question"\n', "")
        .replace("[grading]\nconsistent_backward_credit = 0.5\n", "")
    )
    text = text.replace(
        'public_address = "https://github.com/example/small"\npublic_branch = "main"\nbook_address = ""\ntimezone = "europe/berlin"\n', ""
    )
    course = load_course(write(tmp_path, text))
    assert (course.public_address, course.public_branch, course.book_address) == ("", "main", "")
    assert course.zone.key == "UTC"
    assert course.assignments[0].title == "first"
    assert course.feedback.visible == "question"
    assert course.consistent_credit == 0.0


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_manifest_is_one_line(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the line consist of the file, the place, the expected value and the actual one?"""
    before, after, said = BROKEN[what]
    assert before in GOOD
    path = write(tmp_path, GOOD.replace(before, after, 1))
    monkeypatch.chdir(tmp_path)
    separator = ": " if said.startswith(("unknown", "not TOML")) or said.endswith("] is missing") else ", "
    assert refusal(path) == f"course.toml{separator}{said.replace('{file}', 'course.toml')}"


def test_the_book_is_linked_once_it_has_an_address(tmp_path: Path) -> None:
    """Does a place in the book have an address if the manifest has one, and none otherwise?"""
    assert load_course(write(tmp_path, GOOD)).book_url("dropout#forward") == ""
    course = load_course(write(tmp_path, GOOD.replace('book_address = ""', 'book_address = "https://example.org/b"')))
    assert course.book_url("dropout") == "https://example.org/b/book/dropout.html"
    assert course.book_url("dropout#forward") == "https://example.org/b/book/dropout.html#forward"


def test_how_to_ask_for_another_look(tmp_path: Path) -> None:
    """Are the instructor's texts kept unchanged, and left out if there are none?"""
    assert load_course(write(tmp_path, GOOD)).feedback.another_look == ""
    told = GOOD.replace('visible = "question"', 'visible = "question"\nanother_look = """\nWrite to us.\n\nSoon."""')
    assert load_course(write(tmp_path, told)).feedback.another_look == "Write to us.\n\nSoon."


EXTRA_BROKEN = {
    "a table that only the course has": (
        "[files]",
        "[feedback]\n[files]",
        'extra/course.toml: unknown key "feedback"; the keys are files, notebook, task, question',
    ),
    "a file that the course has": (
        '"cubes.py"',
        '"cubes.py", "layers.py"',
        "extra/course.toml, [files], editable: layers.py is listed as editable by {folder}/ and by extra/; rename one of them",
    ),
    "a type": (
        "points = 1",
        "points = []",
        'extra/course.toml, [[task]] 1 ("cube"), points: expected a number above 0 and at most 10000, got an empty list',
    ),
}


@pytest.mark.parametrize("what", EXTRA_BROKEN)
def test_the_manifest_of_an_extra_is_held_as_strictly(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the extra's own file named?"""
    before, after, said = EXTRA_BROKEN[what]
    path = write(tmp_path, GOOD, EXTRA.replace(before, after))
    monkeypatch.chdir(tmp_path)
    assert refusal(path) == said.replace("{folder}", tmp_path.name)


def test_files_that_cannot_be_read_are_one_line_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the message name an extra without a manifest, a manifest that is not UTF-8, and a missing one?"""
    path = write(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "extra/course.toml").unlink()
    assert refusal(path) == "extra/course.toml: cannot be read (No such file or directory)"
    path.write_bytes(GOOD.encode().replace(b"A small", b"A sm\xe4ll"))
    assert refusal(path) == "course.toml: not UTF-8 (byte 37): save the file as UTF-8"
    assert refusal(tmp_path / "none.toml").startswith(f"no manifest at {tmp_path}/none.toml")


@pytest.mark.parametrize(
    "command", [["generate", "--check"], ["check", "."], ["book"], ["public", "somewhere"], ["doctor"], ["audit"], ["record"], ["demo"]]
)
def test_every_command_says_it_and_ends_as_misuse(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does every command end with exit status 2 and the line at the end, without a traceback?"""
    path = write(tmp_path, GOOD.replace("points = 2", 'points = "two"'))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSENN_COURSE", str(path))
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2, done.output
    assert done.output.splitlines()[-1] == f"Error: course.toml, {BROKEN['points are a word'][2]}"
    assert "Traceback" not in done.output


def chosen_division(folder: Path, name: str = "three-weeks.toml") -> Path:
    """Write the manifest of this course to a folder of its own, with another file of assignments."""
    for file in (REPOSITORY / "course").glob("*.toml"):
        text = file.read_text(encoding="utf-8").replace('\nassignments = ""\n', f'\nassignments = "{name}"\n')
        (folder / file.name).write_text(text, encoding="utf-8")
    return folder / "course.toml"


def test_does_the_plan_of_three_weeks_hold_all_notebooks_and_its_hours(tmp_path: Path) -> None:
    """Is every notebook in one of three assignments, and are the hours of INSTRUCTOR.md those of the manifest?"""
    main, _ = read_manifests(chosen_division(tmp_path))
    assert [a.name for a in main.assignment] == ["networks", "normalization", "convolution"]
    assert [n for a in main.assignment for n in a.notebooks] == [n.name for n in main.notebook]
    items = [*main.task, *main.question]
    assert all(item.minutes for item in items)
    # What the first notebook asks for once the second assignment is done.
    late = {"best-improved", "fc-fair-comparison"}
    weeks = [sum(i.minutes for i in items if i.notebook in a.notebooks and i.id not in late) for a in main.assignment]
    weeks[1] += sum(i.minutes for i in items if i.id in late)
    rows = [line.split("|") for line in (REPOSITORY / "INSTRUCTOR.md").read_text(encoding="utf-8").splitlines()]
    hours = [int(row[3]) for row in rows if len(row) == 7 and row[1].strip() in ("1", "2", "3")]
    assert hours == [round(minutes / 60) for minutes in weeks]


def test_is_a_mistake_in_the_other_file_named_there(tmp_path: Path) -> None:
    """Does the message contain the name of a file that is missing or names no notebook?"""
    path = chosen_division(tmp_path, "nowhere.toml")
    with pytest.raises(ManifestError, match=r"nowhere\.toml"):
        load_course(path)
    path = chosen_division(tmp_path)
    other = tmp_path / "three-weeks.toml"
    other.write_text(other.read_text(encoding="utf-8").replace('"Dropout"', '"Dropuot"'), encoding="utf-8")
    with pytest.raises(ManifestError, match=r'three-weeks\.toml, \[\[assignment\]\] 2 .*no notebook "Dropuot"; did you mean Dropout'):
        load_course(path)
