"""Does each edition contain what it is for, and nothing that it must keep back?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.generate.leaks import find_leaks, secret_lines
from autograder.generate.notebooks import asked_questions
from autograder.generate.regions import squeeze
from autograder.manifest import Course
from autograder.publish.build import BookError, build_site, follow_links
from autograder.publish.editions import Edition, extra_pages
from autograder.publish.settings import site_settings

pytestmark = pytest.mark.xdist_group("book")


@pytest.fixture(scope="module")
def after_deadline(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The edition for students who have handed in."""
    return build_site(course, tmp_path_factory.mktemp("after-deadline"), "after-deadline")


def test_answers_are_folded_and_rubrics_left_out(after_deadline: Path, course: Course) -> None:
    """After the deadline, does a student find every answer, folded, and no rubric, solution or hidden check?"""
    page = (after_deadline / "answers" / "layers.html").read_text(encoding="utf-8")
    assert page.count('class="dropdown admonition') == len(course.questions)
    kept_back = secret_lines(course, kinds=("solution", "check"))
    assert not find_leaks(after_deadline, kept_back)
    everything = squeeze("".join(p.read_text(encoding="utf-8", errors="replace") for p in after_deadline.rglob("*.md*")))
    for notebook in course.notebooks:
        for question in asked_questions(course, notebook).values():
            assert all(squeeze(item.text) not in everything for item in question.rubric.item.values())
            assert squeeze(question.answer)[:60] in everything


def test_without_addresses_no_page_links_to_a_repository(after_deadline: Path, course: Course) -> None:
    """Until an instructor has set addresses, is every page free of links and buttons to a repository, Colab or Binder?"""
    assert (course.public_address, course.book_address) == ("", "")
    strangers = ("github.com/coursenn", "coursenn.github.io", "executablebooks/jupyter-book", "colab.research.google.com", "mybinder.org")
    pages = {p.relative_to(after_deadline).as_posix(): p.read_text(encoding="utf-8") for p in after_deadline.rglob("*.html")}
    assert [(name, place) for name, text in pages.items() for place in strangers if place in text] == []
    for button in ("btn-launch", "btn-source", "/edit/", "/issues/new", "og:url", 'rel="canonical"'):
        assert [name for name, text in pages.items() if button in text] == []
    assert not (after_deadline / "sitemap.xml").exists()
    assert "course/notebooks/Dropout.ipynb" in pages["course/notebooks/Dropout.html"], "the download of the notebook is missing"


def test_only_assignments_whose_deadline_has_passed_are_answered(course: Course) -> None:
    """Can an instructor publish the answers of one assignment while another one is open?"""
    parts, pages = extra_pages(course, "after-deadline", [course.assignments[0].name])
    assert list(pages) == [f"answers/{course.assignments[0].name}"]
    assert [chapter["file"] for chapter in parts[0]["chapters"]] == list(pages)
    with pytest.raises(KeyError):
        extra_pages(course, "after-deadline", ["no-such-assignment"])


def test_graders_find_rubrics_and_the_reason_of_each_check(course: Course) -> None:
    """Does the instructor's edition contain each rubric, and each task's hidden checks with the sentences that ask for them?"""
    _, pages = extra_pages(course, "instructor")
    text = "\n".join(pages.values())
    for notebook in course.notebooks:
        for question in asked_questions(course, notebook).values():
            assert all(item.text in text for item in question.rubric.item.values())
            assert all(wrong.why in text for wrong in question.rubric.wrong.values())
            assert question.title in text
    for task in course.tasks:
        assert task.model or f"### {task.id}:" in text


def test_the_instructors_edition_has_no_public_address(published: Course) -> None:
    """Is the edition for graders hidden from search engines and without public addresses, even if the manifest has them?"""
    for edition, private in (("public", False), ("instructor", True)):
        sphinx = site_settings(published, edition)["sphinx"]
        assert sphinx["config"]["html_context"] == {"private": private}
        public = [name for name in ("html_baseurl", "ogp_site_url", "sitemap_url_scheme") if name in sphinx["config"]]
        assert bool(public) != private
        assert ("sphinxext.opengraph" in sphinx["extra_extensions"]) != private


def test_links_are_not_called_broken_without_a_network(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network, is there one message instead of one for each link?"""

    def no_network(*_: object) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", no_network)
    with pytest.raises(BookError, match="needs the network"):
        follow_links(course, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("edition", ["instructor"])
@pytest.mark.slow
def test_the_instructors_edition_builds(course: Course, edition: Edition, tmp_path: Path) -> None:
    """Does the edition for graders build without warnings, find rubrics in its search, and contain no line of a solution?"""
    site = build_site(course, tmp_path, edition)
    assert not find_leaks(site, secret_lines(course, kinds=("solution",)))
    assert "rubric" in (site / "searchindex.js").read_text(encoding="utf-8")
    page = (site / "book" / "dropout.html").read_text(encoding="utf-8")
    assert '<meta name="robots" content="noindex' in page
    assert 'rel="canonical"' not in page
