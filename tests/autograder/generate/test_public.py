"""Is the public tree complete, do its addresses lead to its files, and is nothing secret in it?"""

import hashlib
import json

import pytest
import yaml
from click.testing import CliRunner

from autograder.commands.public import command
from autograder.generate.addresses import ADDRESS, broken_addresses, resolve
from autograder.generate.errors import GeneratorError
from autograder.generate.leaks import find_leaks, secret_lines
from autograder.generate.package import package_digest, package_files
from autograder.generate.public import MARKER, public_files, toc_pages, write_public


@pytest.fixture
def public(load, tmp_path):
    """Return a function that writes the public tree of the small course as it is now."""

    def make():
        write_public(load(), tmp_path / "public")
        return tmp_path / "public"

    return make


def listing(folder):
    """Every file below a folder."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_the_tree_holds_what_students_and_readers_need(public):
    """Does it hold the package, the notebooks, the book, the papers and the files for Binder, and nothing else?"""
    assert listing(public()) == {
        ".coursenn-public.json",
        ".gitignore",
        "LICENSE",
        "README.md",
        "_config.yml",
        "_toc.yml",
        "binder/postBuild",
        "binder/requirements.txt",
        "book/figures/figure.svg",
        "book/references.bib",
        "book/small.md",
        "course/README.md",
        "course/notebooks/Small.ipynb",
        "course/pyproject.toml",
        "course/setup.py",
        "course/src/coursenn/__init__.py",
        "course/src/coursenn/given.py",
        "course/src/coursenn/layers.py",
        "course/src/coursenn/checks.json",
        "course/src/coursenn/tasks.json",
    }


def test_the_tree_is_made_from_the_sources(load, public, small):
    """Is an outdated generated file ignored?"""
    (small / "src/coursenn/layers.py").write_text("outdated")
    assert "NotImplementedError" in (public() / "course/src/coursenn/layers.py").read_text()


def test_a_second_run_updates_the_tree(public, small, edit):
    """Are unchanged files kept, generated files without a source removed, and other people's files kept?"""
    tree = public()
    (tree / ".git").mkdir()
    (tree / ".git/config").write_text("theirs")
    (tree / "notes.txt").write_text("theirs")
    stamps = {p: p.stat().st_mtime_ns for p in tree.rglob("*") if p.is_file()}
    public()
    assert {p: p.stat().st_mtime_ns for p in tree.rglob("*") if p.is_file()} == stamps
    (small / "src/coursenn/given.py").unlink()
    public()
    assert not (tree / "course/src/coursenn/given.py").exists()
    assert (tree / "notes.txt").exists()
    assert (tree / ".git/config").exists()


def test_a_fresh_clone_counts_as_empty(public, tmp_path):
    """Is the tree written into a folder that holds only `.git`?"""
    (tmp_path / "public/.git").mkdir(parents=True)
    assert (public() / "README.md").exists()


def test_a_folder_with_other_files_is_refused(load, tmp_path):
    """Is a folder with somebody's files refused and left as it is?"""
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(GeneratorError, match="not empty"):
        write_public(load(), tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    assert not (tmp_path / MARKER).exists()


def test_somebody_elses_file_is_not_overwritten(public, small):
    """Is somebody's file kept if a generated file would get the same name?"""
    tree = public()
    (tree / "course/src/coursenn/new.py").write_text("theirs")
    (small / "src/coursenn/new.py").write_text("ours = 1\n")
    with pytest.raises(GeneratorError, match="does not overwrite it"):
        public()
    assert (tree / "course/src/coursenn/new.py").read_text() == "theirs"


def test_the_marker_cannot_name_a_file_outside(public, tmp_path):
    """Is a list of files refused if it names a file outside the tree, and is that file kept?"""
    tree = public()
    (tmp_path / "precious").write_text("precious")
    marker = json.loads((tree / MARKER).read_text())
    marker["files"].append("../precious")
    (tree / MARKER).write_text(json.dumps(marker))
    with pytest.raises(GeneratorError, match="leaves the generated tree"):
        public()
    assert (tmp_path / "precious").exists()


def test_the_private_repository_is_refused(load, small):
    """Is a folder among the sources refused as a destination?"""
    for place in (small.parent, small / "public", small.parent / "elsewhere"):
        with pytest.raises(GeneratorError, match="private repository"):
            write_public(load(), place)


def test_nothing_secret_is_in_the_tree(load, public):
    """Is every file free of lines of solutions, hidden checks, model answers and rubrics?"""
    assert find_leaks(public(), secret_lines(load())) == []


@pytest.mark.parametrize("kind", ["solution", "answer", "check"])
def test_a_planted_line_is_found(load, public, kind):
    """Does the search find a line of each kind in a notebook?"""
    tree = public()
    secrets = secret_lines(load())
    secret = next(s for s in secrets if s.kind == kind)
    notebook = json.loads((tree / "course/notebooks/Small.ipynb").read_text())
    notebook["cells"][0]["source"].append(secret.text)
    (tree / "course/notebooks/Small.ipynb").write_text(json.dumps(notebook))
    assert [leak.secret for leak in find_leaks(tree, secrets)] == [secret]


def test_a_leak_prevents_every_write(load, small, tmp_path):
    """Is nothing written if a page of the book shows a solution?"""
    (small / "../book/small.md").write_text("# Small\n\n    return scale_of_the_solution * np.asarray(x)\n")
    with pytest.raises(GeneratorError, match=r"book/small\.md: shows"):
        write_public(load(), tmp_path / "public")
    assert not (tmp_path / "public").exists()


def test_two_entries_of_the_manifest_change_every_address(load, edit, small):
    """Do README, book settings and notebooks use the addresses in `course.toml`?"""
    old = {"https://github.com/example/small": "https://github.com/you/layers", "https://example.org/small": "https://you.github.io/layers"}
    for before, after in old.items():
        edit("course.toml", f'"{before}"', f'"{after}"')
    files = public_files(load())
    assert [name for name, content in files.items() if b"example" in content] == []
    settings = yaml.safe_load(files["_config.yml"])
    assert settings["repository"] == {"url": "https://github.com/you/layers", "branch": "main", "path_to_book": ""}
    assert settings["html"]["baseurl"] == "https://you.github.io/layers/"
    assert settings["html"]["use_edit_page_button"]
    assert settings["launch_buttons"]["colab_url"]
    readme = files["README.md"].decode()
    assert "git clone https://github.com/you/layers\ncd layers\n" in readme
    assert "[Colab](https://colab.research.google.com/github/you/layers/blob/main/course/notebooks/Small.ipynb)" in readme
    assert b"https://github.com/you/layers/archive/refs/heads/main.zip" in files["course/notebooks/Small.ipynb"]


def test_a_tree_without_an_address_has_no_links(load, without_address):
    """Does no file link to an address of the course, and does the README say why?"""
    files = public_files(load())
    addresses = {address for content in files.values() for address in ADDRESS.findall(content.decode())}
    assert addresses <= {"https://cs231n.github.io"}  # the course that ours continues
    settings = yaml.safe_load(files["_config.yml"])
    assert not settings.keys() & {"repository", "launch_buttons"}
    assert "html" not in settings
    readme = files["README.md"].decode()
    assert "| Notebook | Here |\n| --- | --- |\n| A small notebook | [here](course/notebooks/Small.ipynb) |\n\nThere are no links" in readme
    assert "The notebooks guide you, the book explains the" in readme
    for word in ("git clone", "cd \n", "issue", "{{", "]()"):
        assert word not in readme


@pytest.mark.parametrize(
    ("address", "buttons", "launched"),
    [
        ("https://gitlab.com/you/layers", True, False),
        ("https://git.example.edu/you/layers", False, False),
        ("https://github.com/you/layers", True, True),
    ],
)
def test_buttons_depend_on_the_host(load, edit, address, buttons, launched):
    """Are there edit buttons only for hosts that the theme knows, and launch links only for GitHub?"""
    edit("course.toml", '"https://github.com/example/small"', f'"{address}"')
    files = public_files(load())
    settings = yaml.safe_load(files["_config.yml"])
    assert ("repository" in settings, "launch_buttons" in settings) == (buttons, launched)
    assert (b"colab.research.google.com" in files["README.md"]) == launched
    assert f"git clone {address}" in files["README.md"].decode()


def test_the_digest_depends_on_names_and_contents(load):
    """Does it change with a byte, a name or a file of the package, but not with the order of files?"""
    files = {name.removeprefix("course/src/"): c for name, c in public_files(load()).items() if name.startswith("course/src/")}
    digest = package_digest(files)
    assert digest == package_digest(dict(reversed(files.items()))) == package_digest(package_files(load()))
    # The same digest as in the set-up cell, see tests/course/notebooks/test_setup_cell.py.
    lines = [f"{name} {hashlib.sha256(files[name]).hexdigest()}\n" for name in sorted(files)]
    assert digest == hashlib.sha256("".join(lines).encode()).hexdigest()
    changes = [
        {**files, "coursenn/given.py": b""},
        {**files, "coursenn/new.py": b""},
        {n: c for n, c in files.items() if n != "coursenn/given.py"},
    ]
    renamed = {n.replace("given", "taken"): c for n, c in files.items()}
    assert len({digest, *map(package_digest, [*changes, renamed])}) == 5


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://github.com/example/small", ""),
        ("https://github.com/example/small.git", ""),
        ("https://github.com/example/small/issues/new", ""),
        ("https://github.com/example/small/archive/refs/heads/main.zip", ""),
        ("https://codeload.github.com/example/small/zip/refs/heads/main", ""),
        ("https://github.com/example/small/blob/main/course/notebooks/Small.ipynb", "course/notebooks/Small.ipynb"),
        ("https://github.com/example/small/edit/main/book/small.md", "book/small.md"),
        ("https://github.com/example/small/tree/main/course", "course"),
        ("https://raw.githubusercontent.com/example/small/main/course/setup.py", "course/setup.py"),
        ("https://colab.research.google.com/github/example/small/blob/main/course/notebooks/Small.ipynb", "course/notebooks/Small.ipynb"),
        ("https://mybinder.org/v2/gh/example/small/main?labpath=course%2Fnotebooks%2FSmall.ipynb", "course/notebooks/Small.ipynb"),
        ("https://mybinder.org/v2/gh/example/small/main?urlpath=tree/course/notebooks/Small.ipynb", "course/notebooks/Small.ipynb"),
        ("https://example.org/small/book/small.html#double", "book/small.md"),
        ("https://example.org/small/course/notebooks/Small.html", "course/notebooks/Small.ipynb"),
        ("https://github.com/example/smaller", None),
        ("https://arxiv.org/abs/1502.03167", None),
    ],
)
def test_an_address_leads_to_its_file(load, address, target):
    """Is the file found that each service would open?"""
    assert resolve(load(), address) == target


@pytest.mark.parametrize("rest", ["blob/master/README.md", "archive/refs/heads/master.zip", "nonsense"])
def test_an_address_of_another_branch_is_refused(load, rest):
    """Is an address in the public repository refused if it leads to no file of its branch?"""
    with pytest.raises(ValueError, match="not to a file of branch main"):
        resolve(load(), f"https://github.com/example/small/{rest}")


def test_a_wrong_address_is_found(load):
    """Do all addresses of the tree lead to a file, and is any other address found?"""
    course = load()
    files = public_files(course)
    assert broken_addresses(course, files) == []
    page = b"[gone](https://github.com/example/small/blob/main/course/notebooks/Gone.ipynb)"
    assert "Gone.ipynb" in broken_addresses(course, {**files, "book/small.md": page})[0]


def test_all_pages_of_the_table_of_contents_are_found():
    """Are pages found in parts, chapters and sections, and web addresses left out?"""
    toc = {"root": "a", "parts": [{"caption": "p", "chapters": [{"file": "b.md", "sections": [{"file": "c"}]}, {"url": "https://x"}]}]}
    assert toc_pages(toc) == ["a", "b", "c"]


def test_the_command_reports(small, tmp_path):
    """Does the command say how many files it wrote, and is the exit status 1 if it refuses?"""
    arguments = [str(tmp_path / "public"), "--course", str(small / "course.toml")]
    done = CliRunner().invoke(command, arguments)
    assert (done.exit_code, "20 files written" in done.output) == (0, True)
    (tmp_path / "public" / MARKER).unlink()
    refused = CliRunner().invoke(command, arguments)
    assert (refused.exit_code, "refused" in refused.output) == (1, True)


def test_the_command_draws_missing_figures(small, tmp_path):
    """Is a missing figure drawn before the tree is written, and named if it cannot be drawn?"""
    script = small.parent / "book/figures/figure.py"
    drawing = script.with_suffix(".svg")
    drawing.unlink()
    script.write_text("from pathlib import Path\nPath(__file__).with_suffix('.svg').write_text('<svg/>')\n")
    arguments = [str(tmp_path / "public"), "--course", str(small / "course.toml")]
    assert CliRunner().invoke(command, arguments).exit_code == 0
    assert (tmp_path / "public/book/figures/figure.svg").is_file()

    script.write_text("raise SystemExit('no colours')")
    failed = CliRunner().invoke(command, arguments)
    assert failed.exit_code == 1
    assert "cannot draw" in failed.output
