"""Do the book and the notebooks link to the exercise of each function?"""

from __future__ import annotations

from autograder.book_sections import anchors
from autograder.generate.addresses import notebook_path
from autograder.manifest import Course
from autograder.practice.links import practice_links
from autograder.publish.sphinx_site import with_practice


def test_every_function_has_two_links(course: Course) -> None:
    """Is every function linked once in the book and once in its notebook, and no trained network?"""
    found = [address.partition("#")[2] for place in practice_links(course).values() for links in place.values() for address, _ in links]
    first = course.tasks[0].id
    assert sorted(found) == sorted([first, *2 * [task.id for task in course.tasks if task.functions]])


def test_every_link_has_a_section(course: Course) -> None:
    """Is there a heading in the book or the notebook for each link?"""
    base = course.root.parent
    for page, places in practice_links(course).items():
        path = base / f"{page}.md"
        text = (
            path.read_text() if path.is_file() else (course.root / "solutions" / "notebooks" / f"{page.rpartition('/')[2]}.py").read_text()
        )
        if not path.is_file():
            assert (base / notebook_path(page.rpartition("/")[2])).is_file()
            text = "\n".join(line.removeprefix("# ") for line in text.splitlines())
        assert places.keys() <= {"", *anchors(text)}, page


def test_a_link_goes_below_the_heading() -> None:
    """Is the link after the heading of its section, and does a page without that section stay as it is?"""
    body = '<section id="relu"><h2>ReLU<a href="#relu">#</a></h2><p>Text</p></section>'
    found = with_practice(body, "relu", {"../practice/index.html#relu-forward": "relu_forward"})
    assert '</h2><p class="practice">' in found
    assert '<a href="../practice/index.html#relu-forward"><code>relu_forward</code></a></p><p>Text</p>' in found
    assert with_practice(body, "other", {"x": "y"}) == body


def test_the_first_page_has_one_link() -> None:
    """Is a link to the first exercise added to the first page, unless it has one?"""
    address = "../practice/index.html#affine-forward"
    found = with_practice("<section><h1>Book</h1><p>Text</p></section>", "", {address: "affine_forward"})
    assert found.count(address) == 1
    assert with_practice(found, "", {address: "affine_forward"}) == found
