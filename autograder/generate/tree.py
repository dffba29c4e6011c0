"""Planned files and how they are written: only inside their tree, and only if their bytes differ."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path

from autograder.generate.errors import GeneratorError
from autograder.paths import write_atomically


@dataclass
class Plan:
    """Files to write below one root, and generated files that no longer have a source."""

    root: Path
    files: dict[str, bytes] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)

    def add(self, name: str, content: str | bytes) -> None:
        """Plan a file, named relative to the root."""
        if name in self.files:
            raise GeneratorError(name, "two sources generate this file", "rename one of them")
        self.files[name] = content.encode("utf-8") if isinstance(content, str) else content

    def target(self, name: str) -> Path:
        """Where a planned file goes. A path that leaves the root, or a link on the way, is refused."""
        path = self.root / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise GeneratorError(path, "this path leaves the generated tree", "use a plain relative path")
        step = self.root
        for part in Path(name).parts:
            step = step / part
            if step.is_symlink():
                raise GeneratorError(step, "a symbolic link is in the place of a generated file", "remove the link")
        if path.is_dir():
            raise GeneratorError(path, "a folder is in the place of a generated file", "remove the folder")
        return path


@dataclass(frozen=True)
class Difference:
    """A generated file that differs from what its source makes."""

    path: Path
    kind: str
    """``missing``, ``differs`` or ``stale``."""
    diff: str = ""


def compare(plan: Plan) -> list[Difference]:
    """The changes that `write` would make, with a unified diff for text."""
    found: list[Difference] = []
    for name, content in plan.files.items():
        path = plan.target(name)
        if not path.exists():
            found.append(Difference(path, "missing"))
        elif (old := path.read_bytes()) != content:
            found.append(Difference(path, "differs", _diff(name, old, content)))
    found += [Difference(plan.target(name), "stale") for name in plan.stale]
    return found


def write(plan: Plan) -> list[Difference]:
    """Write files that differ and remove stale ones; return what was changed."""
    changes = compare(plan)
    contents = {plan.root / name: content for name, content in plan.files.items()}
    for change in changes:
        if change.kind == "stale":
            change.path.unlink()
        else:
            write_atomically(change.path, contents[change.path])
    return changes


def _diff(name: str, old: bytes, new: bytes, limit: int = 20) -> str:
    try:
        before, after = old.decode("utf-8").splitlines(), new.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return "binary files differ"
    lines = list(difflib.unified_diff(before, after, f"{name} (on disk)", f"{name} (generated)", lineterm="", n=1))
    more = [f"... {len(lines) - limit} more lines"] if len(lines) > limit else []
    return "\n".join([line[:200] for line in lines[:limit]] + more)
