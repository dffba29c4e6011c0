"""People read the answers in words: one question at a time for the whole class, with a rubric to click.

What graders do is stored in a small separate database, ``questions/ASSIGNMENT.db`` in the workspace, and entered into nbgrader's gradebook
from there. nbgrader's tables have no place for items, graders, locks and readings that do not count, and a click must be saved even while
another program holds the gradebook. The gradebook remains the record of marks: a mark that did not come from here is somebody's
work in the formgrader, and is not changed.
"""
