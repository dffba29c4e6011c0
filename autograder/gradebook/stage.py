"""The place in nbgrader's list of preprocessors at which scores are written, where `Execute` is in nbgrader's own list."""

from __future__ import annotations

from typing import NoReturn

from nbgrader.preprocessors import NbGraderPreprocessor

NOT_BY_NBGRADER = (
    "Nothing was graded: nbgrader's own converter went over this submission, which would execute what students wrote or make up marks. "
    "The nbgrader_config.py of this workspace sets Autograde.exporter_class, which hands submissions over to the autograder instead: "
    "take out whatever sets it to something else (nbgrader_local.py, another configuration file, the command line)."
)


class GradeStage(NbGraderPreprocessor):  # type: ignore[misc]
    """Marks a place, and refuses to be run: `autograder.gradebook.steps` writes the scores when it comes to it."""

    def preprocess(self, nb: object, resources: object) -> NoReturn:
        """Refuse, whatever it is given.

        Raises
        ------
        RuntimeError
            Always, with what to do.
        """
        raise RuntimeError(NOT_BY_NBGRADER)
