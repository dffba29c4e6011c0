"""The command: what it writes, where, and what it says when something differs."""

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
    """Every file below a folder -> bytes and time of change."""
    return {p.relative_to(folder).as_posix(): (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_generate_writes_only_what_it_owns(run, small):
    """Are exactly the stub, tasks.json and the notebook written, and is everything else left alone?"""
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


def test_second_run_touches_nothing(run, small):
    """Is a file rewritten only when its bytes differ?"""
    run()
    before = contents(small)
    result = run()
    assert "4 generated files are what their sources make" in result.output
    assert contents(small) == before


def test_check_passes_after_generate(run):
    """Does --check accept what generate wrote?"""
    run()
    assert run("--check").exit_code == 0


@pytest.mark.parametrize("name", ["src/coursenn/layers.py", "src/coursenn/tasks.json", "notebooks/Small.ipynb"])
def test_check_reports_a_changed_file(run, small, name):
    """Does --check fail on a changed file, with a diff and the command to run, and write nothing?"""
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
    """Does --check fail when a generated file is gone?"""
    run()
    (small / "src/coursenn/tasks.json").unlink()
    result = run("--check")
    assert (result.exit_code, "missing: course/src/coursenn/tasks.json" in result.output) == (1, True)


def test_stale_files_are_found_and_removed(run, small, edit):
    """Are a notebook and a stub that no source makes any more reported, then removed, and nobody else's files?"""
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


def test_refused_source_writes_nothing(run, small, edit):
    """Is nothing at all written when one source is refused?"""
    edit("solutions/notebooks/Small.py", 'check="counter"', 'check="contour"')
    before = contents(small)
    result = run()
    assert result.exit_code == 1
    assert "refused: course/solutions/notebooks/Small.py, cell 7" in result.output
    assert contents(small) == before


def test_parts_can_be_made_alone(run, small):
    """Does --only make its part although another source is missing?"""
    (small / "solutions/notebooks/Small.py").unlink()
    assert run().exit_code == 1
    assert run("--only", "stubs", "--only", "tasks").exit_code == 0
    assert (small / "src/coursenn/layers.py").exists()
    assert not (small / "notebooks").exists()


def test_unknown_manifest_is_misuse(tmp_path):
    """Is a manifest that is not there misuse, exit status 2?"""
    result = CliRunner().invoke(main, ["generate", "--course", str(tmp_path / "none.toml")])
    assert (result.exit_code, "no manifest" in result.output) == (2, True)


def test_link_in_the_place_of_a_file_is_refused(tmp_path):
    """Is a symbolic link never written through, neither as file nor as folder?"""
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
def test_path_out_of_the_tree_is_refused(tmp_path, name):
    """Is nothing written outside of the tree that is generated?"""
    with pytest.raises(GeneratorError, match="leaves the generated tree"):
        write(Plan(tmp_path / "root", {name: b"x"}))


def test_mode_is_kept_and_no_half_file_is_left(tmp_path, monkeypatch):
    """Does an interrupted write leave the old file whole, and a finished one its mode?"""
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
    """May two sources make the same file?"""
    plan = Plan(tmp_path)
    plan.add("a", "1")
    with pytest.raises(GeneratorError, match="two sources"):
        plan.add("a", "1")


def test_long_diff_is_cut(tmp_path):
    """Does a file that differs in every line give a summary, not itself?"""
    (tmp_path / "a").write_text("x\n" * 1000)
    (difference,) = compare(Plan(tmp_path, {"a": b"y\n" * 1000}))
    assert "more lines" in difference.diff
    assert len(difference.diff.splitlines()) < 30
