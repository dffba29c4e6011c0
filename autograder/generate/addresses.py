"""Addresses of the public tree: the targets of launch, edit, issue and set-up links, and whether they exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from urllib.parse import parse_qs, quote, unquote, urlsplit

from autograder.manifest import Course

ADDRESS = re.compile(r"https?://[^\s\"'`<>()\[\]{}\\|]+")
HOSTS = {"github.com", "raw.githubusercontent.com", "codeload.github.com", "colab.research.google.com", "mybinder.org"}
# Pages of a repository that are not files in it.
REPOSITORY_PAGES = {"issues", "discussions", "releases", "actions", "wiki", "pulls"}


LAUNCH_HOST = "github.com"
"""The host whose repositories Colab and Binder can open."""


def notebook_path(notebook: str) -> str:
    """Where the public tree holds a notebook."""
    return f"course/notebooks/{notebook}.ipynb"


def archive_url(course: Course) -> str:
    """The address of a zip of the whole public tree; empty while the tree has no address."""
    return f"{course.public_address}/archive/refs/heads/{course.public_branch}.zip" if course.public_address else ""


def can_launch(course: Course) -> bool:
    """Whether Colab and Binder can open the notebooks of the public tree."""
    return urlsplit(course.public_address).netloc == LAUNCH_HOST


def launch_url(course: Course, service: str, notebook: str) -> str:
    """The address that opens a notebook of the public tree; empty if there is none.

    Parameters
    ----------
    service : one of `LAUNCH_SERVICES`; ``KeyError`` for another.
    """
    make = LAUNCH_SERVICES[service]
    return make(course, notebook) if can_launch(course) else ""


def _colab_url(course: Course, notebook: str) -> str:
    return f"https://colab.research.google.com/github/{slug(course)}/blob/{course.public_branch}/{notebook_path(notebook)}"


def _binder_url(course: Course, notebook: str) -> str:
    return f"https://mybinder.org/v2/gh/{slug(course)}/{course.public_branch}?labpath={quote(notebook_path(notebook), safe='')}"


LAUNCH_SERVICES: dict[str, Callable[[Course, str], str]] = {"colab": _colab_url, "binder": _binder_url}


def slug(course: Course) -> str:
    """``owner/repository`` of the public address."""
    return urlsplit(course.public_address).path.strip("/").removesuffix(".git")


def resolve(course: Course, address: str) -> str | None:
    """The path in the public tree that an address points at.

    Returns
    -------
    A relative path, ``""`` for the tree itself, or None when the address leads somewhere else.

    Raises
    ------
    ValueError
        When the address leads to the public repository in a form that no service understands, or to another branch.
    """
    parts = urlsplit(address.rstrip(".,;:!"))
    if course.book_address and address.startswith(course.book_address):
        return _book_source(parts.path.removeprefix(urlsplit(course.book_address).path))
    path = unquote(parts.path).strip("/")
    prefix = {"colab.research.google.com": "github/", "mybinder.org": "v2/gh/"}.get(parts.netloc, "")
    if not course.public_address or parts.netloc not in HOSTS or not f"{path.removesuffix('.git')}/".startswith(f"{prefix}{slug(course)}/"):
        return None
    rest = path.removeprefix(prefix).removesuffix(".git").removeprefix(slug(course)).strip("/")
    if parts.netloc == "mybinder.org":
        query = parse_qs(parts.query)
        target = next((query[k][0] for k in ("labpath", "filepath", "urlpath") if k in query), "")
        rest = f"blob/{rest}/{target.removeprefix('lab/tree/').removeprefix('tree/')}"
    elif parts.netloc == "raw.githubusercontent.com":
        rest = f"blob/{rest}"
    return _in_repository(course, rest.strip("/"), address)


def _in_repository(course: Course, rest: str, address: str) -> str:
    if not rest or rest.partition("/")[0] in REPOSITORY_PAGES:
        return ""
    if rest in {
        f"{kind}/{ref}{course.public_branch}{end}"
        for kind in ("archive", "zip")
        for ref in ("refs/heads/", "")
        for end in (".zip", ".tar.gz", "")
    }:
        return ""
    match = re.fullmatch(rf"(?:blob|tree|edit|raw)/(?:refs/heads/)?{re.escape(course.public_branch)}(?:/(.*))?", rest)
    if match is None:
        raise ValueError(f"{address} leads into the public repository, but not to a file of branch {course.public_branch}")
    return match.group(1) or ""


def _book_source(page: str) -> str:
    name = page.strip("/")
    if not name:
        return ""
    stem = name.removesuffix(".html")
    return f"{stem}.ipynb" if stem.startswith("course/notebooks/") else f"{stem}.md"


def broken_addresses(course: Course, files: Mapping[str, bytes]) -> list[str]:
    """Every address into the public tree that leads to no file.

    Parameters
    ----------
    course : the manifest.
    files : the tree, path -> content.
    """
    folders = {"/".join(name.split("/")[:depth]) for name in files for depth in range(name.count("/") + 1)}
    found: list[str] = []
    for name, content in files.items():
        text = content.decode("utf-8", errors="ignore") if name.endswith((".ipynb", ".md", ".yml", ".py", ".toml", ".cff", ".txt")) else ""
        found += [f"{name}: {problem}" for a in dict.fromkeys(ADDRESS.findall(text)) if (problem := _problem(course, a, files, folders))]
    return found


def _problem(course: Course, address: str, files: Collection[str], folders: set[str]) -> str | None:
    try:
        target = resolve(course, address)
    except ValueError as error:
        return str(error)
    if target is None or target in files or target.rstrip("/") in folders:
        return None
    return f"{address} leads to {target}, which the public tree does not hold"
