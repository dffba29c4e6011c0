"""Who is in the sample class, and what each did with the release.

Each student has a story: what was left undone, which mistakes of the catalogue were made, and what was changed in otherwise
finished code. The code itself is the reference, so only the lines that a change replaces must be kept in step with it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.generate.regions import Region, find_regions, replace_regions
from autograder.manifest import Course
from autograder.mistakes import load_mistakes, substitute
from autograder.paths import module_name

LAYERS, OPTIM = "layers.py", "optim.py"


@dataclass(frozen=True)
class Change:
    """One line (or more) of a finished file that this student wrote differently."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Student:
    """One member of the class."""

    id: str
    first_name: str
    last_name: str
    story: str
    mistakes: tuple[str, ...] = ()
    """Ids of the catalogue."""
    changes: tuple[Change, ...] = ()
    finished: bool = True
    unfinished: tuple[str, ...] = ()
    """Notebooks whose functions are left as released."""
    damage: Callable[[Path], None] | None = None
    """What happened to the folder before it was handed in."""
    models: bool = True


def damage_notebooks(folder: Path) -> None:
    """Cut one notebook in half, as a full disk does, and lose another one."""
    path = folder / "BatchNormalization.ipynb"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (folder / "Dropout.ipynb").unlink()


CLASS = (
    Student("ada", "Ada", "Reference", "handed in the reference: everything is right"),
    Student("ben", "Ben", "Blank", "handed in the release, untouched", finished=False, models=False),
    Student("cleo", "Cleo", "Half", "has done two of the four notebooks", unfinished=("Dropout", "ConvolutionalNetworks"), models=False),
    Student(
        "dan",
        "Dan",
        "Momentum",
        "uses the momentum of the running averages the wrong way round",
        mistakes=("batchnorm-forward-momentum-the-wrong-way-round",),
    ),
    Student("eva", "Eva", "Overflow", "softmax without a shift, which overflows for large scores", mistakes=("softmax-loss-no-shift",)),
    Student("finn", "Finn", "Padding", "cuts the padding off with [p:-p], empty when p is 0", mistakes=("conv-backward-pad-zero-slice",)),
    Student("gina", "Gina", "Adam", "leaves out the bias correction of Adam", mistakes=("adam-no-correction",)),
    Student("hugo", "Hugo", "Drop", "takes p for the probability of dropping", mistakes=("dropout-forward-keep-and-drop-exchanged",)),
    Student(
        "ines",
        "Ines",
        "Mean",
        "forgets the path through the mean in batchnorm_backward",
        mistakes=("batchnorm-backward-no-path-through-the-mean",),
    ),
    Student("jan", "Jan", "Regular", "forgets the factor 1/2 in the L2 term of one network", mistakes=("fc-net-normalization-no-half",)),
    Student(
        "kira",
        "Kira",
        "Style",
        "everything right, in a style of her own",
        changes=(
            Change(LAYERS, "out = np.maximum(x, 0)\n", "out = np.where(x > 0, x, 0.0)\n"),
            Change(LAYERS, "dw = rows.T @ dout\n", 'dw = np.einsum("nd,nm->dm", rows, dout)\n'),
            Change(LAYERS, "np.log(np.exp(shifted).sum(axis=1, keepdims=True))", "np.logaddexp.reduce(shifted, axis=1)[:, None]"),
            Change(LAYERS, "var = (centered**2).mean(axis=0)", "var = x.var(axis=0)"),
        ),
    ),
    Student(
        "leo",
        "Leo",
        "Noise",
        "everything right, with prints and warnings everywhere",
        changes=(
            Change(
                LAYERS,
                "out = np.maximum(x, 0)\n",
                'print("relu", x.shape)\n    warnings.warn("relu at work", stacklevel=1)\n    out = np.maximum(x, 0)\n',
            ),
            Change(
                LAYERS,
                "import numpy as np\n",
                "import sys\nimport warnings\n\nimport numpy as np\n\nprint('layers loaded', file=sys.stderr)\n",
            ),
        ),
    ),
    Student(
        "mona",
        "Mona",
        "Crash",
        "ends the whole process in rmsprop",
        changes=(
            Change(OPTIM, 'decay_rate = config["decay_rate"]', 'import os\n\n    os._exit(0)\n    decay_rate = config["decay_rate"]'),
        ),
    ),
    Student(
        "nils",
        "Nils",
        "Damage",
        "handed in one notebook cut in half, and left another one out",
        damage=damage_notebooks,
    ),
    Student(
        "olga",
        "Olga",
        "Syntax",
        "has a syntax error in the last function, and imports a package that grading does not have",
        changes=(
            Change(LAYERS, "groups = x_hat.reshape(dgroups.shape)\n", "groups = x_hat.reshape(dgroups.shape\n"),
            Change(LAYERS, "import numpy as np\n", "import numpy as np\nimport torch\n"),
        ),
    ),
    Student(
        "pia",
        "Pia",
        "Pool",
        "shares the gradient of a pooling window among all of its entries",
        mistakes=("max-pool-backward-shared-by-the-window",),
    ),
    Student(
        "quin",
        "Quin",
        "Hinge",
        "forgets the right class in the gradient of the hinge loss",
        mistakes=("svm-loss-right-class-without-gradient",),
    ),
    Student(
        "rosa",
        "Rosa",
        "Layer",
        "forgets the path through the mean in layernorm_backward",
        mistakes=("layernorm-backward-no-path-through-the-mean",),
    ),
)


def finished_file(course: Course, name: str, unfinished: tuple[str, ...] = ()) -> str:
    """An editable file with its solutions filled in, except functions that only unfinished notebooks ask for."""
    text = course.reference(name).read_text(encoding="utf-8")
    module = module_name(name)
    done = {f for t in course.tasks if t.notebook not in unfinished for f in t.functions}
    later = {f for t in course.tasks if t.notebook in unfinished for f in t.functions} - done
    left = {f.removeprefix(module + ".") for f in later if f.startswith(module + ".")}
    spans = [(node.lineno, node.end_lineno or node.lineno) for node in ast.parse(text).body if getattr(node, "name", None) in left]

    def fill(region: Region) -> list[str]:
        if any(first <= region.first <= last for first, last in spans):
            return ['raise NotImplementedError("Task left for later")']
        return [line.removeprefix(region.indent) for line in region.lines]

    return replace_regions(text, find_regions(text, name), fill)


def hand_written(course: Course, student: Student) -> dict[str, str]:
    """The editable files as this student hands them in: name -> text.

    Raises
    ------
    ValueError
        When the line that a change replaces is not in the reference exactly once, or a mistake is not in the catalogue.
    """
    if not student.finished:
        return {name: course.stub(name).read_text(encoding="utf-8") for name in course.editable}
    files = {name: finished_file(course, name, student.unfinished) for name in course.editable}
    catalogue = {m.id: m for m in load_mistakes(course)}
    for mistake_id in student.mistakes:
        if mistake_id not in catalogue:
            raise ValueError(f"{student.id}: no mistake {mistake_id!r} in autograder/mistakes")
        mistake = catalogue[mistake_id]
        files[mistake.file] = substitute(files[mistake.file], mistake)
    for change in student.changes:
        if files[change.file].count(change.old) != 1:
            raise ValueError(
                f"{student.id}: {change.old!r} must be in {change.file} once, not {files[change.file].count(change.old)} times"
            )
        files[change.file] = files[change.file].replace(change.old, change.new)
    return files
