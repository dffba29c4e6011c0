"""Is the right file read for each place, are the others named, and is nothing lost?"""

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
    """Is all work found without a remark, in every layout and archive, also in further folders and with litter?"""
    files = {wrapping + layout(place): data for place, data in FULL.items()}
    files |= {wrapping + name: b"litter" for name in LITTER if wrapping + name not in files}
    found = read(packed(tmp_path / "s", files, form))
    assert found.files == FULL
    assert (found.refused, found.others) == ([], [])
    # A loose file in another folder may be a different one, so a note says what it was read as.
    assert found.notes == [] or (layout(LAYERS), wrapping) == ("layers.py", "Jané/a/b/")


def test_backslashes_are_folders(tmp_path: Path) -> None:
    """Are names from Windows read, in a zip and as the file names that a Linux unzip makes of them?"""
    files = {in_clone(place).replace("/", "\\"): data for place, data in FULL.items()}
    for form in ("folder", ".zip", ".tar"):
        found = read(packed(tmp_path / form.strip("."), files, form))
        assert (found.files, found.refused, found.notes) == (FULL, [], [])


@pytest.mark.parametrize("form", ["{0} (1){1}", "{0}-1{1}", "{0} - Copy{1}", "Copy of {0}{1}", "{0}{1}.txt"])
@pytest.mark.parametrize("place", [LAYERS, "coursenn/classifiers/cnn.py", "Dropout.ipynb", "models/best_basic.npz"])
def test_a_corrected_name_is_read_with_a_note(tmp_path: Path, place: str, form: str) -> None:
    """Is a renamed file read if there is no other, and otherwise left out, with a note in both cases?"""
    name = renamed(place, form, str)
    found = read(as_folder(tmp_path / "alone", {name: FULL[place]}))
    assert found.files == {place: FULL[place]}
    assert found.notes == [f"{name} was read as {place}"]
    other = content_for(place, "another")
    found = read(as_folder(tmp_path / "both", {name: other, place: FULL[place]}))
    assert found.files == {place: FULL[place]}
    assert (found.refused, found.notes) == ([], [f"{name} was not read, since {place} is there"])
    assert [(e.name, e.read(1000)) for e in found.others] == [(name, other)], "it is kept for staff"
    found = read(as_folder(tmp_path / "same", {name: FULL[place], place: FULL[place]}))
    assert (found.files, found.refused, found.notes) == ({place: FULL[place]}, [], [])


def test_other_case_is_read_unless_two_claim_the_place(tmp_path: Path) -> None:
    """Is Layers.py read with a note, and are two different files refused whose names differ only in case?"""
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
    """Is a name that is in an archive twice read if the contents are equal, and refused if they are not?"""
    for name, second, files in (("same", OTHER, {LAYERS: OTHER}), ("differ", b"x\n", {})):
        path = tmp_path / f"{name}.zip"
        path.write_bytes(zipped([(LAYERS, OTHER), (".\\coursenn//layers.py", second), ("coursenn/optim.py", b"y\n")]))
        found = read(path)
        assert found.files == {**files, "coursenn/optim.py": b"y\n"}
        assert found.refused == (
            [] if files else [f"{LAYERS}: it is there more than once, with different contents, so no copy is accepted: keep one"]
        )


def test_two_copies_at_one_depth_are_refused(tmp_path: Path) -> None:
    """Are two different copies at the same depth refused, and is otherwise the less deep one read?"""
    found = read(as_folder(tmp_path / "s", {f"old/{LAYERS}": OTHER, f"new/{LAYERS}": b"x\n", "new/coursenn/optim.py": b"y\n"}))
    assert found.files == {"coursenn/optim.py": b"y\n"}
    assert found.refused == [
        f"{LAYERS}: there are different files for it (new/{LAYERS} and old/{LAYERS}), so no copy is accepted: keep one"
    ]
    found = read(as_folder(tmp_path / "t", {f"backup/{LAYERS}": OTHER, LAYERS: b"x\n"}))
    assert (found.files, found.notes) == ({LAYERS: b"x\n"}, [f"backup/{LAYERS} was not read, since {LAYERS} is there"])


def test_the_next_file_is_read_if_the_first_cannot_be(tmp_path: Path) -> None:
    """If the file with the right name cannot be read, is the next one read, with a message about both?"""
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


def test_limits_apply_to_the_unpacked_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is each kind of file limited by its unpacked size, and is a large notebook kept without its outputs?"""
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
    """Is a copy of a given file left out, with a note only if more than its line ends have changed?"""
    name, path = "solver.py", given_module("_hand_in").__path__[0]
    ours = (Path(path).parent / name).read_bytes()
    for data, noted in ((ours.replace(b"\n", b"\r\n") + b"\r\n", False), (ours + b"x = 1\n", True), (b"", True)):
        found = read(packed(tmp_path / str(len(data)), {f"course/src/coursenn/{name}": data, in_clone(LAYERS): OTHER}, ".zip"))
        assert (found.files, found.refused) == ({LAYERS: OTHER}, [])
        assert [e.name for e in found.others] == [f"coursenn/{name}"], "it is kept for staff"
        expected = [f"coursenn/{name} is a given file and differs from the course's version, which is used instead"]
        assert found.notes == (expected if noted else [])
    assert read(as_folder(tmp_path / "json", {"coursenn/tasks.json": b"{}", LAYERS: OTHER})).notes == []
    assert read(as_folder(tmp_path / "loose", {"solver.py": b"x", "setup.py": b"x", "layers.py": OTHER})).refused == []


def test_files_that_look_graded_are_named(tmp_path: Path) -> None:
    """Is a file that is not graded named if it has the ending of a graded one, but not a text, a picture or a report?"""
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
    """Does a message say what it is and what to do, if it is handed in by itself or instead of a notebook?"""
    (tmp_path / "work.zip").write_bytes(FOREIGN[name])
    found = read(tmp_path / "work.zip")
    assert found.empty
    assert len(found.refused) == 1
    assert name in found.refused[0]
    assert found.refused[0] in str(found.nothing)
    files = {place: data for place, data in FULL.items() if place != "Dropout.ipynb"}
    together = read(as_folder(tmp_path / "s", {**files, "Dropout.odt": FOREIGN[name]}))
    assert together.files == files
    assert name in together.refused[0]


def test_an_archive_that_is_not_opened_is_always_named(tmp_path: Path) -> None:
    """Is a RAR named even next to complete work, since it may contain some, but not a PDF?"""
    found = read(as_folder(tmp_path / "s", {**FULL, "rest.rar": FOREIGN["RAR archive"], "essay.pdf": FOREIGN["PDF document"]}))
    assert found.refused == ["rest.rar: it is a RAR archive; hand in a zip instead (python -m coursenn submit packs one)"]


@pytest.mark.parametrize("pack", [zipped, tarred, gzipped_tar])
def test_an_archive_inside_is_opened(tmp_path: Path, pack: Any) -> None:
    """Is an archive in a folder or an archive opened, but not a third level, and are files next to it preferred?"""
    inner = pack((f"work/{in_clone(place)}", data) for place, data in FULL.items())
    for number, outer in enumerate(({"my work (1)": inner}, {"a/b/work.zip": inner})):
        for form in ("folder", ".zip"):
            found = read(packed(tmp_path / f"{number}", outer, form))
            assert (found.files, found.refused, found.notes) == (FULL, [], [])
    twice = {"a.zip": zipped([("b.zip", inner)])}
    assert read(packed(tmp_path / "twice", twice, ".zip")).empty
    together = {"work.zip": inner, "Dropout.ipynb": content_for("Dropout.ipynb", "newer")}
    found = read(as_folder(tmp_path / "together", together))
    assert found.files == {**FULL, "Dropout.ipynb": together["Dropout.ipynb"]}
    assert len(found.notes) == 1
    assert found.notes[0].endswith("Dropout.ipynb was not read, since Dropout.ipynb is there")


def test_an_earlier_zip_does_not_count_next_to_the_work(tmp_path: Path) -> None:
    """Is the zip of an earlier state ignored if the folder of the work is there, and opened if it is not?"""
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
def test_an_unreadable_archive_is_reported(tmp_path: Path, data: bytes) -> None:
    """Is the reason given for a damaged archive, by itself and among other files?"""
    (tmp_path / "work.zip").write_bytes(data)
    if data.startswith(b"PK\x05"):  # an empty one
        assert read(tmp_path / "work.zip").nothing
    else:
        with pytest.raises(hand_in.HandInError, match="that can be read"):
            read(tmp_path / "work.zip")
    together = read(as_folder(tmp_path / "s", {"coursenn/layers.py": OTHER, "more.zip": data}))
    assert together.files == {LAYERS: OTHER}
    assert len(together.refused) == (0 if data.startswith(b"PK\x05") else 1)


def test_a_hand_in_without_work(tmp_path: Path) -> None:
    """Do a missing path and an empty folder have different messages?"""
    with pytest.raises(hand_in.HandInError, match="no such file"):
        read(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    assert "nothing of the assignment" in str(read(tmp_path / "empty").nothing)
    assert read(as_folder(tmp_path / "s", {in_release(LAYERS): b""})).nothing is None


def test_notebooks_of_other_assignments_are_not_reported(tmp_path: Path) -> None:
    """Is a notebook of another assignment kept for staff without a message?"""
    rules = hand_in.Rules(("layers.py",), ("Dropout",), elsewhere=("BatchNormalization",))
    root = as_folder(tmp_path / "s", {LAYERS: OTHER, "Dropout.ipynb": FULL["Dropout.ipynb"], "BatchNormalization.ipynb": b"{}"})
    with hand_in.open_entries(root) as entries:
        found = hand_in.read_hand_in(entries, rules)
    assert set(found.files) == {LAYERS, "Dropout.ipynb"}
    assert (found.refused, [e.name for e in found.others]) == ([], ["BatchNormalization.ipynb"])


def test_lists_stay_short(tmp_path: Path) -> None:
    """Are hundreds of refusals summed up, and is the number of other files limited?"""
    found = read(
        packed(tmp_path / "s", {**FULL, **{f"coursenn/{n}.py": b"" for n in range(300)}, **{f"{n}.txt": b"" for n in range(1500)}}, ".zip")
    )
    assert found.files == FULL
    assert len(found.refused) == hand_in.limits.MAX_LISTED_REASONS + 1
    assert found.refused[-1] == "and 250 more"
    assert len(found.others) == hand_in.limits.MAX_OTHER_FILES


def test_archives_inside_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are the number of archives in a hand-in, the size of each and the size of all limited?"""
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
    """Are 100 copies of a file that fit its place equally well refused?"""
    found = read(packed(tmp_path / "s", {**{f"{n}/{LAYERS}": OTHER for n in range(100)}, "coursenn/optim.py": OTHER}, ".zip"))
    assert found.files == {"coursenn/optim.py": OTHER}
    assert found.refused == [f"0/{LAYERS}: there are 100 files for {LAYERS}, and it is not clear which one counts"]


@pytest.mark.parametrize("error", [28, 122, 30])
def test_a_full_disk_is_not_called_an_unreadable_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    """Does a disk that cannot be written end the command?"""

    class Full:
        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def write(self, data: bytes) -> None:
            raise OSError(error, "disk error")

    root = as_folder(tmp_path / "s", {"work.zip": zipped(FULL.items())})
    monkeypatch.setattr(given_module("_hand_in.opening").tempfile, "TemporaryFile", Full)
    with pytest.raises(OSError, match="disk error"):
        read(root)
    with pytest.raises(OSError, match="disk error"):
        stage_submission(root, load_course())


def test_refused_files_are_kept_for_staff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is every file kept under its own name that is refused for its kind, its size or another copy?"""
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
    # Grading reads the collected files again and must get the same result.
    again = read(tmp_path / "t")
    assert (again.files, again.refused) == (found.files, found.refused)
    assert again.notes == ["others-1/coursenn/Layers.py was not read, since coursenn/layers.py is there"]
