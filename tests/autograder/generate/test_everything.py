"""What does `autograder generate` write, and what does it report?"""

import os
import stat

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.commands.generate import command
from autograder.generate.errors import GeneratorError
from autograder.generate.tree import Plan, compare, write


@pytest.fixture
def run(small):
    """Run ``autograder generate`` on the small course."""
    return lambda *arguments: CliRunner().invoke(command, [*arguments, "--course", str(small / "course.toml")])


def contents(folder):
    """Every file below a folder -> its bytes and the time of its last change."""
    return {p.relative_to(folder).as_posix(): (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_generate_writes_only_what_it_owns(run, small):
    """Are only the stub, two JSON files and the notebook written, and all other files left as they are?"""
    before = contents(small)
    result = run()
    assert result.exit_code == 0, result.output
    after = contents(small)
    assert after.keys() - before.keys() == {
        "src/coursenn/layers.py",
        "src/coursenn/tasks.json",
        "src/coursenn/checks.json",
        "notebooks/Small.ipynb",
    }
    assert before.items() <= after.items()


def test_a_second_run_writes_nothing(run, small):
    """Is a file written only if its bytes differ?"""
    run()
    before = contents(small)
    result = run()
    assert "4 generated files are what their sources make" in result.output
    assert contents(small) == before


def test_check_passes_after_generate(run):
    """Does `--check` accept the files that the command wrote?"""
    run()
    assert run("--check").exit_code == 0


@pytest.mark.parametrize("name", ["src/coursenn/layers.py", "src/coursenn/tasks.json", "notebooks/Small.ipynb"])
def test_check_reports_a_changed_file(run, small, name):
    """Does `--check` fail with a diff and the command to run, and leave the changed file as it is?"""
    run()
    path = small / name
    path.write_text(path.read_text() + "# changed by hand\n")
    result = run("--check")
    assert result.exit_code == 1
    assert f"differs: course/{name}" in result.output
    assert "-# changed by hand" in result.output
    assert "make generate" in result.output
    assert path.read_text().endswith("# changed by hand\n")
    run()
    assert run("--check").exit_code == 0


def test_check_reports_a_missing_file(run, small):
    """Does `--check` fail if a generated file is missing?"""
    run()
    (small / "src/coursenn/tasks.json").unlink()
    result = run("--check")
    assert (result.exit_code, "missing: course/src/coursenn/tasks.json" in result.output) == (1, True)


def test_stale_files_are_found_and_removed(run, small, edit):
    """Are a notebook and a stub without a source reported and then removed, and other files kept?"""
    run()
    (small / "notebooks/Old.ipynb").write_bytes((small / "notebooks/Small.ipynb").read_bytes())
    (small / "notebooks/scratch.ipynb").write_text('{"cells": [], "metadata": {}}')
    (small / "notebooks/broken.ipynb").write_text("{")
    (small / "src/coursenn/old.py").write_text('def f():\n    raise NotImplementedError("Task f (notebook Old): write f")\n')
    result = run("--check")
    assert result.exit_code == 1
    assert "stale: course/notebooks/Old.ipynb" in result.output
    assert "stale: course/src/coursenn/old.py" in result.output
    run()
    assert not (small / "notebooks/Old.ipynb").exists()
    assert not (small / "src/coursenn/old.py").exists()
    assert (small / "notebooks/scratch.ipynb").exists()
    assert (small / "notebooks/broken.ipynb").exists()


def test_nothing_is_written_if_a_source_is_refused(run, small, edit):
    """Does one refused source prevent every write?"""
    edit("solutions/notebooks/Small.py", 'check="counter"', 'check="contour"')
    before = contents(small)
    result = run()
    assert result.exit_code == 1
    assert "refused: course/solutions/notebooks/Small.py, cell 7" in result.output
    assert contents(small) == before


def test_parts_can_be_generated_separately(run, small):
    """Does `--only` generate its parts although another source is missing?"""
    (small / "solutions/notebooks/Small.py").unlink()
    assert run().exit_code == 1
    assert run("--only", "stubs", "--only", "tasks").exit_code == 0
    assert (small / "src/coursenn/layers.py").exists()
    assert not (small / "notebooks").exists()


def test_an_unknown_manifest_is_refused(tmp_path):
    """Is the exit status 2 if there is no manifest?"""
    result = CliRunner().invoke(main, ["generate", "--course", str(tmp_path / "none.toml")])
    assert (result.exit_code, "no manifest" in result.output) == (2, True)


def test_a_symbolic_link_is_refused(tmp_path):
    """Is nothing written through a symbolic link, to a file or to a folder?"""
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(victim / "file")
    (root / "folder").symlink_to(victim)
    for name in ("link", "folder/file", "folder/new"):
        with pytest.raises(GeneratorError, match="symbolic link"):
            write(Plan(root, {name: b"ours"}))
    assert (victim / "file").read_text() == "precious"
    assert not (victim / "new").exists()


@pytest.mark.parametrize("name", ["../outside", "a/../../outside", "/tmp/outside"])
def test_a_path_outside_the_tree_is_refused(tmp_path, name):
    """Is a path refused if it leads out of the generated tree?"""
    with pytest.raises(GeneratorError, match="leaves the generated tree"):
        write(Plan(tmp_path / "root", {name: b"x"}))


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    """Is the old file whole after an interrupted write, and does it keep its mode after a finished one?"""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write(Plan(tmp_path, {"file": b"new"}))
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"
    monkeypatch.undo()
    write(Plan(tmp_path, {"file": b"new"}))
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o640)


def test_two_sources_of_one_file_are_refused(tmp_path):
    """Is a second source of the same file refused?"""
    plan = Plan(tmp_path)
    plan.add("a", "1")
    with pytest.raises(GeneratorError, match="two sources"):
        plan.add("a", "1")


def test_a_long_diff_is_cut(tmp_path):
    """Is the diff of a file that differs in every line shortened?"""
    (tmp_path / "a").write_text("x\n" * 1000)
    (difference,) = compare(Plan(tmp_path, {"a": b"y\n" * 1000}))
    assert "more lines" in difference.diff
    assert len(difference.diff.splitlines()) < 30
