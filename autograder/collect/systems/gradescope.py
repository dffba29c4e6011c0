"""Gradescope's export: ``submission_9001/layers.py``, with ``submission_metadata.yml``, which says whose it is and when it came.

Each entry of that file has ``:submitters:`` with ``:name:``, ``:sid:`` and ``:email:``, several when students submit together, and
``:created_at:`` in UTC. What was uploaded as an archive is unpacked already.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from autograder.collect.people import Named
from autograder.collect.systems.shape import Download, NameReader, Part, Reading, System
from autograder.workspace.workspace import WorkspaceError

_METADATA = "submission_metadata.yml"
# As plain strings: the safe loader does not know Ruby's tags.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _reader(download: Download) -> NameReader | None:
    if _METADATA not in download.names:
        return None
    try:
        entries = yaml.load(download.text(_METADATA), Loader=_LOADER)
    except (yaml.YAMLError, RecursionError) as error:
        raise WorkspaceError(f"{_METADATA} of the Gradescope export cannot be read: export it again") from error
    if not isinstance(entries, dict):
        raise WorkspaceError(f"{_METADATA} of the Gradescope export holds no submissions: export it again")
    submissions = {str(key): _submission(entry) for key, entry in entries.items()}

    def read(name: str) -> Reading | None:
        top, _, inside = name.partition("/")
        if name == _METADATA:
            return Reading((), name, part=Part.RECORD)
        if top not in submissions:
            return None
        people, time = submissions[top]
        return Reading(people, inside or top, submission=top, time=time)

    return read


def _submission(entry: Any) -> tuple[tuple[Named, ...], str]:
    """Who submitted, and when."""
    entry = entry if isinstance(entry, dict) else {}
    submitters = _key(entry, "submitters")
    people = tuple(
        Named(_text(_key(s, "name")), _text(_key(s, "sid")), _text(_key(s, "email")), number_decides=True, number_is_id=True)
        for s in (submitters if isinstance(submitters, list) else [])
        if isinstance(s, dict)
    )
    # Ruby writes seconds with nine decimals, and a space before the zone.
    created = re.sub(r"(\.\d{6})\d+", r"\1", _text(_key(entry, "created_at"))).replace(" Z", "Z").replace(" UTC", "Z")
    return people, created


def _key(entry: dict[str, Any], key: str) -> Any:
    return entry.get(f":{key}:", entry.get(f":{key}", entry.get(key)))


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) and value.strip() not in ("", "~", "null") else ""


GRADESCOPE = System("Gradescope", _reader)
