"""Does the microscope accept every gradient of right code?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coursenn.debug import explain_gradient
from tests.autograder.checks._variants import MODULES, STYLES, style_source
from tests.course.debug.catalogue import load_module
from tests.course.debug.examples import EXAMPLES

TASKS = {
    "layers": [task for task in EXAMPLES if task.endswith(("-backward", "-alt", "-loss"))],
    "utils": ["affine-relu", "affine-norm-relu", "conv-relu", "conv-relu-pool", "conv-bn-relu"],
    "fc": ["two-layer-net", "fc-net-basic", "fc-net-normalization", "fc-net-dropout"],
    "cnn": ["three-layer-convnet"],
}
SEEDS = 100
"""The number of seeds of the slow test."""
OWN = [f"{kind}_reference" for kind in TASKS]
NAMES = OWN + sorted(path.stem for path in STYLES.glob("*.py") if path.stem.partition("_")[0] in TASKS)


def wrong_places(style: str, seeds: range, reference: Path, folder: Path) -> tuple[int, list[str]]:
    """Return how many examples were explained, one of each task for each seed, and the reports of wrong gradients."""
    kind = style.partition("_")[0]
    file = MODULES[kind]
    source = (reference / "coursenn" / file).read_text(encoding="utf-8") if style in OWN else style_source(reference, file, style)
    module = load_module(file, source, folder)
    looked, alarms = 0, []
    for task in TASKS[kind]:
        for seed in seeds:
            examples = list(EXAMPLES[task](module, np.random.default_rng(seed)))
            example = examples[seed % len(examples)]
            explanation = explain_gradient(example.forward, example.backward, *example.arguments)
            looked += 1
            alarms += [f"{task}, seed {seed}: {explanation}"] if explanation.wrong is not None else []
    return looked, alarms


@pytest.mark.parametrize("style", ["layers_columns", "fc_net_views"])
def test_right_code_is_right(style: str, reference: Path, tmp_path: Path) -> None:
    """Is no gradient called wrong in other styles, whose names may mean something else?"""
    looked, alarms = wrong_places(style, range(1), reference, tmp_path)
    assert looked
    assert not alarms, alarms[0]


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("style", NAMES)
def test_right_code_is_right_over_many_seeds(style: str, reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is no gradient called wrong in the reference and in any style, for many random inputs?"""
    looked, alarms = wrong_places(style, range(SEEDS), reference, tmp_path)
    with capsys.disabled():
        print(f"\n{style}: {looked} examples, {len(alarms)} false alarms")
    assert not alarms, alarms[0]
