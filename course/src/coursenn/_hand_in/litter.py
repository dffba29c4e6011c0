"""What systems and tools leave lying about and nobody means to hand in. It is passed over before anything is counted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

FOLDERS = frozenset(
    {
        *("__pycache__", ".ipynb_checkpoints", ".virtual_documents", "__MACOSX", ".Trash", "$RECYCLE.BIN", ".Spotlight-V100", ".fseventsd"),
        *(".git", ".hg", ".svn", ".idea", ".vscode", ".vs", ".cache", ".config", ".local", ".jupyter", ".ipython", ".conda", ".npm"),
        *(".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".eggs", "node_modules"),
        *(".venv", ".env", ".virtualenv", "site-packages", "dist-packages"),
    }
)
FILES = frozenset({".DS_Store", "Thumbs.db", "ehthumbs.db", "desktop.ini", "Icon\r", "pyvenv.cfg", ".localized"})
SUFFIXES = frozenset({".pyc", ".pyo", ".so", ".pyd", ".dylib", ".dll", ".o", ".swp", ".swo", ".egg-info", ".dist-info"})
PREFIXES = ("._", "~$", ".~lock.", ".nfs")
OURS = re.compile(r"before-(update|carry|restore)-\d{4}-\d\d-\d\d-\d{6}(-\d+)?|coursenn-submission-previous\.zip")
"""What `coursenn.merge` and `coursenn.submit` keep of earlier states."""
PYTHON = re.compile(r"python\d(\.\d+)?t?")
"""Below ``lib``: a Python installation."""

ENVIRONMENT_MARKS = frozenset({"pyvenv.cfg", "conda-meta"})
"""What is in the top folder of a virtual environment, whatever that folder is called."""
ENVIRONMENT_FOLDERS = frozenset(
    {
        *("bin", "lib", "lib64", "include", "share", "etc", "man", "ssl", "pkgs", "envs", "conda-meta", "compiler_compat"),
        *("Scripts", "Lib", "Include", "Library", "DLLs", "Tools"),
    }
)


def is_litter(name: str, environments: Collection[str] = ()) -> bool:
    """Whether a path inside a hand-in, with forward slashes, is litter.

    Parameters
    ----------
    environments : top folders of virtual environments, from `environments_among`.
    """
    parts = name.split("/")  # pathlib takes five times as long, and there may be a hundred thousand names
    last = parts[-1]
    if last in FILES or last.startswith(PREFIXES) or last[last.rfind(".") :].lower() in SUFFIXES:
        return True
    if any(is_litter_folder(parts[i], parts[i - 1] if i else "") for i in range(len(parts))):
        return True
    return bool(environments) and any(
        part in ENVIRONMENT_FOLDERS and "/".join(parts[:i]) in environments for i, part in enumerate(parts[:-1])
    )


def is_litter_folder(name: str, parent: str = "") -> bool:
    """Whether a folder, or a file of that name, is litter by its own name."""
    return (
        name in FOLDERS
        or name.endswith((".egg-info", ".dist-info"))
        or OURS.fullmatch(name) is not None
        or (parent.lower() in ("lib", "lib64") and PYTHON.fullmatch(name) is not None)
    )


def environments_among(names: Iterable[str]) -> set[str]:
    """The top folders of virtual environments among these paths; the empty name is the top of the hand-in."""
    found = set()
    for name in names:
        # Asked in the cheapest way first: there may be a hundred thousand names.
        if name.endswith("pyvenv.cfg") or "conda-meta/" in name:
            parts = PurePosixPath(name).parts
            found |= {"/".join(parts[:i]) for i, part in enumerate(parts) if part in ENVIRONMENT_MARKS}
    return found
