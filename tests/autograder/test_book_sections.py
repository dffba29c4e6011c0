"""Is a section of the book named by its titles, for any form of its address?"""

from __future__ import annotations

from autograder.book_sections import book_reference
from autograder.manifest import Course


def test_a_label_in_front_of_a_heading_is_called_by_the_heading(course: Course) -> None:
    """Does an address kept after its heading was renamed lead to the new words of the heading?"""
    by_label = book_reference(course, "batch-normalization#backward")
    assert by_label == "Batch normalization, section Batch norm backward, step by step"
    assert book_reference(course, "batch-normalization#batch-norm-backward-step-by-step") == by_label
    assert book_reference(course, "dropout#backward") == "Dropout, section Dropout backward"
