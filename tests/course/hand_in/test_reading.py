"""Which file fills a place, what is said of the others, and is nothing lost?"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from autograder.given_module import given_module, hand_in
from autograder.intake.submission import stage_submission
from autograder.manifest import load_course
from tests.course.hand_in.test_contents import FOREIGN
from tests.hand_ins import (
    FULL,
    LAYOUTS,
    LITTER,
    PACKERS,
    RULES,
    as_folder,
    content_for,
    gzipped_tar,
    in_clone,
    in_release,
    packed,
    read,
    renamed,
    tarred,
    zipped,
)

LAYERS = "coursenn/layers.py"
OTHER = b"# another\n"


@pytest.mark.parametrize("form", ["folder", *PACKERS])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("wrapping", ["", "Jané/a/b/"])
def test_every_layout_is_read(tmp_path: Path, layout: Any, form: str, wrapping: str) -> None:
    """Is all of it found, in every layout, wrapped or not, packed in every way, with litter around it, and without a remark?"""
    files = {wrapping + layout(place): data for place, data in FULL.items()}
    files |= {wrapping + name: b"litter" for name in LITTER if wrapping + name not in files}
    found = read(packed(tmp_path / "s", files, form))
    assert found.files == FULL
    assert (found.refused, found.others) == ([], [])
    # A loose file inside some folder may be another one: it is said what it was read as.
    assert found.notes == [] or (layout(LAYERS), wrapping) == ("layers.py", "Jané/a/b/")


def test_backslashes_are_folders(tmp_path: Path) -> None:
    """Are names from Windows read, in a zip and where a Linux unzip has made file names of them?"""
    files = {in_clone(place).replace("/", "\\"): data for place, data in FULL.items()}
    for form in ("folder", ".zip", ".tar"):
        found = read(packed(tmp_path / form.strip("."), files, form))
        assert (found.files, found.refused, found.notes) == (FULL, [], [])


@pytest.mark.parametrize("form", ["{0} (1){1}", "{0}-1{1}", "{0} - Copy{1}", "Copy of {0}{1}", "{0}{1}.txt"])
@pytest.mark.parametrize("place", [LAYERS, "coursenn/classifiers/cnn.py", "Dropout.ipynb", "models/best_basic.npz"])
def test_a_corrected_name_is_read_with_a_note(tmp_path: Path, place: str, form: str) -> None:
    """Is a file whose name was changed read where nothing else is, and left aside, with a note, where the right one is there?"""
    name = renamed(place, form, str)
    found = read(as_folder(tmp_path / "alone", {name: FULL[place]}))
    assert found.files == {place: FULL[place]}
    assert found.notes == [f"{name} was read as {place}"]
    other = content_for(place, "another")
    found = read(as_folder(tmp_path / "both", {name: other, place: FULL[place]}))
    assert found.files == {place: FULL[place]}
    assert (found.refused, found.notes) == ([], [f"{name} was not read, since {place} is there"])
    assert [(e.name, e.read(1000)) for e in found.others] == [(name, other)], "it is kept for people"
    found = read(as_folder(tmp_path / "same", {name: FULL[place], place: FULL[place]}))
    assert (found.files, found.refused, found.notes) == ({place: FULL[place]}, [], [])


def test_other_case_is_read_unless_two_claim_the_place(tmp_path: Path) -> None:
    """Is Layers.py read with a note, neither of two that differ in case alone, and both when they are the same?"""
    found = read(as_folder(tmp_path / "one", {"coursenn/Layers.py": OTHER}))
    assert (found.files, found.notes) == ({LAYERS: OTHER}, ["coursenn/Layers.py was read as coursenn/layers.py"])
    two = {"coursenn/Layers.py": OTHER, "coursenn/LAYERS.py": b"more\n", "coursenn/optim.py": b"x\n"}
    found = read(as_folder(tmp_path / "two", two))
    assert found.files == {"coursenn/optim.py": b"x\n"}
    assert found.refused == [
        "coursenn/layers.py: there are different files for it (coursenn/LAYERS.py and coursenn/Layers.py), so no copy is accepted: keep one"
    ]
    found = read(as_folder(tmp_path / "same", {**two, "coursenn/LAYERS.py": OTHER}))
    assert found.files == {LAYERS: OTHER, "coursenn/optim.py": b"x\n"}


def test_the_same_name_twice(tmp_path: Path) -> None:
    """Is a name that an archive holds twice read when both say the same, and refused when they do not?"""
    for name, second, files in (("same", OTHER, {LAYERS: OTHER}), ("differ", b"x\n", {})):
        path = tmp_path / f"{name}.zip"
        path.write_bytes(zipped([(LAYERS, OTHER), (".\\coursenn//layers.py", second), ("coursenn/optim.py", b"y\n")]))
        found = read(path)
        assert found.files == {**files, "coursenn/optim.py": b"y\n"}
        assert found.refused == (
            [] if files else [f"{LAYERS}: it is there more than once, with different contents, so no copy is accepted: keep one"]
        )


def test_two_copies_at_one_depth_are_refused(tmp_path: Path) -> None:
    """Are two folders of work beside each other read as neither, and is the one further up the one that counts otherwise?"""
    found = read(as_folder(tmp_path / "s", {f"old/{LAYERS}": OTHER, f"new/{LAYERS}": b"x\n", "new/coursenn/optim.py": b"y\n"}))
    assert found.files == {"coursenn/optim.py": b"y\n"}
    assert found.refused == [
        f"{LAYERS}: there are different files for it (new/{LAYERS} and old/{LAYERS}), so no copy is accepted: keep one"
    ]
    found = read(as_folder(tmp_path / "t", {f"backup/{LAYERS}": OTHER, LAYERS: b"x\n"}))
    assert (found.files, found.notes) == ({LAYERS: b"x\n"}, [f"backup/{LAYERS} was not read, since {LAYERS} is there"])


def test_what_cannot_be_read_gives_way(tmp_path: Path) -> None:
    """Where the file with the right name cannot be read, is the next one read, and both said?"""
    root = as_folder(
        tmp_path / "s",
        {"coursenn/layers (1).py": OTHER, "Dropout.ipynb": FOREIGN["PDF document"], "Dropout-1.ipynb": FULL["Dropout.ipynb"]},
    )
    (root / LAYERS).symlink_to("/etc/passwd")
    found = read(root)
    assert found.files == {LAYERS: OTHER, "Dropout.ipynb": FULL["Dropout.ipynb"]}
    assert found.refused == [
        "Dropout.ipynb: it is a PDF document, not a notebook: hand in the file itself",
        f"{LAYERS}: it is a link, and links are not accepted",
    ]
    assert found.notes == ["coursenn/layers (1).py was read as coursenn/layers.py", "Dropout-1.ipynb was read as Dropout.ipynb"]


def test_limits_are_those_of_the_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is each kind of file bounded, by what is really unpacked, and a notebook kept without its outputs?"""
    monkeypatch.setattr(hand_in.limits, "MAX_FILE_BYTES", {".py": 1_000_000, ".ipynb": 2_000_000, ".npz": 3_000_000})
    cells = [{"cell_type": "code", "source": "mine", "metadata": {}, "outputs": [{"text": "x" * 2_100_000}]}]
    large = json.dumps({"cells": cells, "metadata": {}}).encode()
    files = {**FULL, LAYERS: b"#" * 1_000_001, "Dropout.ipynb": large, "models/best_basic.npz": b"PK\3\4" + bytes(3_000_000)}
    found = read(packed(tmp_path / "s", files, ".zip"))
    assert found.refused == [f"{LAYERS}: it is larger than 1 MB", "models/best_basic.npz: it is larger than 3 MB"]
    assert found.notes == ["Dropout.ipynb is larger than 2 MB, so its outputs were left out; the answers are kept"]
    assert json.loads(found.files["Dropout.ipynb"])["cells"][0] == {**cells[0], "outputs": []}
    monkeypatch.setattr(hand_in.limits, "MAX_RAW_NOTEBOOK_BYTES", 2_050_000)
    assert "Dropout.ipynb: it is larger than 2 MB" in read(packed(tmp_path / "t", files, ".zip")).refused


def test_given_files_are_compared(tmp_path: Path) -> None:
    """Is a copy of a given file passed over, with a note only when it was changed, however its lines end?"""
    name, path = "solver.py", given_module("_hand_in").__path__[0]
    ours = (Path(path).parent / name).read_bytes()
    for data, noted in ((ours.replace(b"\n", b"\r\n") + b"\r\n", False), (ours + b"x = 1\n", True), (b"", True)):
        found = read(packed(tmp_path / str(len(data)), {f"course/src/coursenn/{name}": data, in_clone(LAYERS): OTHER}, ".zip"))
        assert (found.files, found.refused) == ({LAYERS: OTHER}, [])
        assert [e.name for e in found.others] == [f"coursenn/{name}"], "it is kept for people"
        expected = [f"coursenn/{name} is a given file and differs from the course's version, which is used instead"]
        assert found.notes == (expected if noted else [])
    assert read(as_folder(tmp_path / "json", {"coursenn/tasks.json": b"{}", LAYERS: OTHER})).notes == []
    assert read(as_folder(tmp_path / "loose", {"solver.py": b"x", "setup.py": b"x", "layers.py": OTHER})).refused == []


def test_names_that_people_take_for_graded_are_named(tmp_path: Path) -> None:
    """Is a file that ends as a graded one and is none named with what to do, and a text, a picture or a report not?"""
    more = ["coursenn/mine.py", "helper.py", "Untitled.ipynb", "models/other.npz", "report.pdf", "photo.jpg", "notes.txt"]
    contents = {"report.pdf": FOREIGN["PDF document"], "photo.jpg": FOREIGN["JPEG picture"]}
    found = read(as_folder(tmp_path / "s", {**FULL, **{name: contents.get(name, b"x") for name in more}}))
    assert found.files == FULL
    assert found.refused == [
        "Untitled.ipynb: not a file that is graded",
        "coursenn/mine.py: not a file that is graded; move what you need of it into one that is",
        "helper.py: not a file that is graded",
        "models/other.npz: not a file that is graded; the names are models/best_basic.npz, models/best_improved.npz",
    ]
    assert sorted(e.name for e in found.others) == sorted(more)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_in_place_of_work_is_named(tmp_path: Path, name: str) -> None:
    """Is it said what it is and what to do, handed in alone, and among others where it stands for a notebook?"""
    (tmp_path / "work.zip").write_bytes(FOREIGN[name])
    found = read(tmp_path / "work.zip")
    assert found.empty
    assert len(found.refused) == 1
    assert name in found.refused[0]
    assert found.refused[0] in str(found.nothing)
    files = {place: data for place, data in FULL.items() if place != "Dropout.ipynb"}
    beside = read(as_folder(tmp_path / "s", {**files, "Dropout.odt": FOREIGN[name]}))
    assert beside.files == files
    assert name in beside.refused[0]


def test_an_archive_that_is_not_opened_is_named_beside_work(tmp_path: Path) -> None:
    """Is a RAR named although there is other work, since there may be work in it, and a PDF beside complete work not?"""
    found = read(as_folder(tmp_path / "s", {**FULL, "rest.rar": FOREIGN["RAR archive"], "essay.pdf": FOREIGN["PDF document"]}))
    assert found.refused == ["rest.rar: it is a RAR archive; hand in a zip instead (python -m coursenn submit packs one)"]


@pytest.mark.parametrize("pack", [zipped, tarred, gzipped_tar])
def test_an_archive_inside_is_opened(tmp_path: Path, pack: Any) -> None:
    """Is an archive in a folder or in an archive opened in place, one in that one not, and does what lies beside it come first?"""
    inner = pack((f"work/{in_clone(place)}", data) for place, data in FULL.items())
    for number, outer in enumerate(({"my work (1)": inner}, {"a/b/work.zip": inner})):
        for form in ("folder", ".zip"):
            found = read(packed(tmp_path / f"{number}", outer, form))
            assert (found.files, found.refused, found.notes) == (FULL, [], [])
    twice = {"a.zip": zipped([("b.zip", inner)])}
    assert read(packed(tmp_path / "twice", twice, ".zip")).empty
    beside = {"work.zip": inner, "Dropout.ipynb": content_for("Dropout.ipynb", "newer")}
    found = read(as_folder(tmp_path / "beside", beside))
    assert found.files == {**FULL, "Dropout.ipynb": beside["Dropout.ipynb"]}
    assert len(found.notes) == 1
    assert found.notes[0].endswith("Dropout.ipynb was not read, since Dropout.ipynb is there")


def test_what_submit_packed_before_does_not_count_beside_the_work(tmp_path: Path) -> None:
    """Is the zip of an earlier state left alone where the folder of the work is there, and opened where it is not?"""
    earlier = zipped((place, content_for(place, "earlier")) for place in FULL)
    ours = {"coursenn-submission.zip": earlier, "coursenn-submission-previous.zip": earlier, "coursenn-work.zip": earlier}
    files = {place: data for place, data in FULL.items() if place != "Dropout.ipynb"}
    found = read(as_folder(tmp_path / "s", {**files, **ours}))
    assert (found.files, found.refused, found.notes) == (files, [], [])
    found = read(as_folder(tmp_path / "t", {"coursenn-submission.zip": earlier, "Dropout.ipynb": FULL["Dropout.ipynb"]}))
    assert found.files["Dropout.ipynb"] == FULL["Dropout.ipynb"]
    assert len(found.files) == len(FULL)


@pytest.mark.parametrize(
    "data", [b"", b"not a zip", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"\xff" * 200, b"\x1f\x8b\x08" + bytes(50)]
)
def test_an_unreadable_archive_is_said(tmp_path: Path, data: bytes) -> None:
    """Does a damaged archive end in a reason, alone and among others?"""
    (tmp_path / "work.zip").write_bytes(data)
    if data.startswith(b"PK\x05"):  # an empty one
        assert read(tmp_path / "work.zip").nothing
    else:
        with pytest.raises(hand_in.HandInError, match="that can be read"):
            read(tmp_path / "work.zip")
    beside = read(as_folder(tmp_path / "s", {"coursenn/layers.py": OTHER, "more.zip": data}))
    assert beside.files == {LAYERS: OTHER}
    assert len(beside.refused) == (0 if data.startswith(b"PK\x05") else 1)


def test_there_is_nothing(tmp_path: Path) -> None:
    """Are a missing path, an empty folder and a folder of other things told apart?"""
    with pytest.raises(hand_in.HandInError, match="no such file"):
        read(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    assert "nothing of the assignment" in str(read(tmp_path / "empty").nothing)
    assert read(as_folder(tmp_path / "s", {in_release(LAYERS): b""})).nothing is None


def test_notebooks_of_other_assignments_are_no_remark(tmp_path: Path) -> None:
    """Is a notebook of another assignment kept for people and not complained about?"""
    rules = hand_in.Rules(("layers.py",), ("Dropout",), elsewhere=("BatchNormalization",))
    root = as_folder(tmp_path / "s", {LAYERS: OTHER, "Dropout.ipynb": FULL["Dropout.ipynb"], "BatchNormalization.ipynb": b"{}"})
    with hand_in.open_entries(root) as entries:
        found = hand_in.read_hand_in(entries, rules)
    assert set(found.files) == {LAYERS, "Dropout.ipynb"}
    assert (found.refused, [e.name for e in found.others]) == ([], ["BatchNormalization.ipynb"])


def test_lists_stay_short(tmp_path: Path) -> None:
    """Are hundreds of refusals summed up, and others bounded?"""
    found = read(
        packed(tmp_path / "s", {**FULL, **{f"coursenn/{n}.py": b"" for n in range(300)}, **{f"{n}.txt": b"" for n in range(1500)}}, ".zip")
    )
    assert found.files == FULL
    assert len(found.refused) == hand_in.limits.MAX_LISTED_REASONS + 1
    assert found.refused[-1] == "and 250 more"
    assert len(found.others) == hand_in.limits.MAX_OTHER_FILES


def test_archives_inside_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the number of archives inside a hand-in bounded, and the size of each and of all together, by what is really unpacked?"""
    inner = {f"{n}.zip": zipped([(f"data{n}.bin", Random(n).randbytes(600_000))]) for n in range(4)}
    work = {"work.zip": zipped(FULL.items())}
    monkeypatch.setattr(hand_in.limits, "MAX_INNER_ARCHIVES", 3)
    found = read(packed(tmp_path / "s", {**inner, LAYERS: OTHER}, ".zip"))
    assert found.refused == ["3.zip: there are more than 3 archives"]
    monkeypatch.setattr(hand_in.limits, "MAX_INNER_ARCHIVES", 20)
    monkeypatch.setattr(hand_in.limits, "MAX_INNER_BYTES", 2_000_000)
    found = read(packed(tmp_path / "t", {**inner, LAYERS: OTHER}, ".zip"))
    assert found.refused == ["3.zip: together with the other archives it is larger than 2 MB"]
    monkeypatch.setattr(hand_in.limits, "MAX_INNER_ARCHIVE_BYTES", 500_000)
    found = read(packed(tmp_path / "u", {"0.zip": inner["0.zip"], **work}, ".zip"))
    assert (found.files, found.refused) == (FULL, ["0.zip: it is larger than 0 MB"])


def test_many_files_for_one_place_are_not_all_read(tmp_path: Path) -> None:
    """Are hundreds of copies of one file, which fit its place equally well, refused without reading them?"""
    found = read(packed(tmp_path / "s", {**{f"{n}/{LAYERS}": OTHER for n in range(100)}, "coursenn/optim.py": OTHER}, ".zip"))
    assert found.files == {"coursenn/optim.py": OTHER}
    assert found.refused == [f"0/{LAYERS}: there are 100 files for {LAYERS}, and it is not clear which one counts"]


@pytest.mark.parametrize("error", [28, 122, 30])
def test_a_full_disk_costs_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    """Does a disk that cannot be written end the command, in place of an archive being called unreadable?"""

    class Full:
        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def write(self, data: bytes) -> None:
            raise OSError(error, "full or so")

    root = as_folder(tmp_path / "s", {"work.zip": zipped(FULL.items())})
    monkeypatch.setattr(given_module("_hand_in.opening").tempfile, "TemporaryFile", Full)
    with pytest.raises(OSError, match="full or so"):
        read(root)
    with pytest.raises(OSError, match="full or so"):
        stage_submission(root, load_course())


def test_what_is_refused_is_kept_for_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are files that are not graded because of what they are, how large they are, or another one, kept, each under a name of its own?"""
    monkeypatch.setitem(hand_in.limits.MAX_FILE_BYTES, ".py", 1_000_000)
    pdf, large = FOREIGN["PDF document"], b"#" * 1_000_001
    files = {"Dropout.ipynb": pdf, "coursenn/optim.py": large, "a/coursenn/cnn.py": OTHER, "b/coursenn/cnn.py": b"x\n"}
    files |= {LAYERS: OTHER, "coursenn/Layers.py": b"y\n"}
    root = as_folder(tmp_path / "s", files)
    with hand_in.open_entries(root) as entries:
        found = hand_in.read_hand_in(entries, RULES)
        assert found.files == {LAYERS: OTHER}
        kept = {e.name: e.read(2_000_000) for e in found.others}
        assert kept == {"others-1/coursenn/Layers.py": b"y\n", **{n: d for n, d in files.items() if n.lower() != LAYERS}}
        assert hand_in.write_hand_in(found, tmp_path / "t") == []
    # What was kept is read to the same end, as grading reads what was collected.
    again = read(tmp_path / "t")
    assert (again.files, again.refused) == (found.files, found.refused)
    assert again.notes == ["others-1/coursenn/Layers.py was not read, since coursenn/layers.py is there"]
