"""The place in nbgrader's list of preprocessors at which scores are written; in nbgrader's own list `Execute` is there."""

from __future__ import annotations

from typing import NoReturn

from nbgrader.preprocessors import NbGraderPreprocessor

NOT_BY_NBGRADER = (
    "Nothing was graded: nbgrader's own converter handled this submission, and would execute students' code or make up marks. "
    "The nbgrader_config.py of this workspace sets Autograde.exporter_class, which hands submissions over to the autograder instead: "
    "remove what sets it to something else (nbgrader_local.py, another configuration file, the command line)."
)


class GradeStage(NbGraderPreprocessor):  # type: ignore[misc]
    """Marks a place, and refuses to be run: `autograder.gradebook.steps` writes the scores when it reaches it."""

    def preprocess(self, nb: object, resources: object) -> NoReturn:
        """Always refuse.

        Raises
        ------
        RuntimeError
            Always, with what to do.
        """
        raise RuntimeError(NOT_BY_NBGRADER)
