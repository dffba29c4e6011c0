"""Do graders find the whole rubric on its page, and nothing of an earlier version?"""

from __future__ import annotations

from bs4 import BeautifulSoup

from autograder.generate.notebooks import asked_questions
from autograder.manifest import Course
from autograder.outgoing.rubric_pages import write_rubrics
from autograder.workspace.workspace import Workspace


def test_a_page_has_the_whole_rubric(empty: Workspace, course: Course) -> None:
    """Is every item, wrong answer, question and sentence of the course on its page, with a heading for each question?"""
    empty.rubrics.mkdir()
    (empty.rubrics / "Dropout.md").write_text("three levels")
    write_rubrics(empty, course, course.assignments[0])
    assert not (empty.rubrics / "Dropout.md").exists()
    for notebook in course.notebooks:
        page = BeautifulSoup((empty.rubrics / f"{notebook.name}.html").read_text(), "html.parser")
        words = " ".join(page.get_text().split())
        for question in asked_questions(course, notebook).values():
            assert page.find(id=question.id) is not None
            texts = [i.asks for i in question.rubric.item.values()] + [w.says for w in question.rubric.wrong.values()]
            plain = [t for i in question.rubric.item.values() if not {*"$`*^"} & set(t := i.text)]
            assert [text for text in [*texts, *plain] if text not in words] == []
        assert page.find("script") is None
