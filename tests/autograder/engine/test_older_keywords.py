"""Do classes with the keywords of older courses get their marks, and does a note say that these were used?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.engine.grade import grade_submission
from autograder.manifest import Course
from tests.autograder.mini_course import by_id, write

OF_2016 = """
class FullyConnectedNet(FullyConnectedNet):
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout=0, use_batchnorm=False, reg=0.0,
                 weight_scale=1e-2, dtype=np.float32, seed=None):
        normalization = "batchnorm" if use_batchnorm else None
        super().__init__(hidden_dims, input_dim, num_classes, 1 - dropout, normalization, reg, weight_scale, dtype, seed)
"""
OF_2019 = """
class FullyConnectedNet(FullyConnectedNet):
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout=1, normalization=None, reg=0.0,
                 weight_scale=1e-2, dtype=np.float32, seed=None):
        super().__init__(hidden_dims, input_dim, num_classes, dropout, normalization, reg, weight_scale, dtype, seed)
"""
TASKS = ("fc-net-normalization", "fc-net-dropout")
USED = "FullyConnectedNet has a keyword of older courses, which was accepted: "


@pytest.mark.parametrize(("code", "share", "notes"), [
    (OF_2016, 0.6, [
        USED + "use_batchnorm for batch normalization",
        USED + "dropout as the probability of dropping a unit, since its default is not 1",
    ]),
    (OF_2019, 1.0, [USED + "dropout as the probability of keeping a unit, since its default is 1"]),
    ("", 1.0, []),
])  # fmt: skip
def test_older_networks_are_used_as_they_are(
    code: str, share: float, notes: list[str], course: Course, reference: Path, unsafe: bool, tmp_path: Path
) -> None:
    """Does dropout get full marks, and normalization all marks except for what the class never had, with a note?"""
    files = {name: course.reference(name).read_text(encoding="utf-8") for name in course.editable}
    write(tmp_path / "coursenn", {**files, "classifiers/fc_net.py": files["classifiers/fc_net.py"] + code})
    result = grade_submission(tmp_path, course, course.assignments[0].name, 5, tasks=TASKS, unsafe_no_sandbox=unsafe)
    tasks = by_id(result)
    assert tasks["fc-net-dropout"].score == tasks["fc-net-dropout"].max_score
    assert share * tasks["fc-net-normalization"].max_score <= tasks["fc-net-normalization"].score
    assert [note for note in result.notes if note.startswith("FullyConnectedNet")] == notes
