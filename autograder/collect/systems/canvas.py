"""Canvas: ``doejane_LATE_4711_99887_work-1.zip``, as its class ContentZipper makes names.

The name is the sortable name in lower case and without spaces. LATE (``late`` in older versions) follows if the hand-in is late.
Then come the number of the person and that of the uploaded file. Typed text ends in ``_text.html``, an address in
``_link.html``, and neither has the second number. With anonymous grading, ``anon_`` and five characters replace name and number.
Members of the archive are written when it is made, so their times are those of the download.
"""

from __future__ import annotations

import re

from autograder.collect.people import Named
from autograder.collect.systems.shape import Part, Reading, System, by_name

_NAME = re.compile(
    r"(?P<who>[^/\s]+?)_(?:(?P<late>LATE|late)_)?(?P<number>\d+)_(?:(?P<upload>\d+)_(?P<file>[^/]+)|(?P<typed>(?:text|link)\.html))"
)
_ANONYMOUS = re.compile(r"(?:(?P<late>LATE|late)_)?anon_(?P<code>\w{5})_(?:\d+_(?P<file>[^/]+)|(?P<typed>(?:text|link)\.html))")
_HIDDEN = "Canvas hides whose it is while the assignment is graded anonymously: show the names there and download again"


def _read(name: str) -> Reading | None:
    if match := _ANONYMOUS.fullmatch(name):
        return Reading((Named(match["code"], hidden=_HIDDEN),), match["file"] or match["typed"])
    if not (match := _NAME.fullmatch(name)):
        return None
    named = Named(match["who"], match["number"], number_decides=True)
    part = Part.TYPED if match["typed"] else Part.WORK
    rank = int(match["upload"] or 0)
    return Reading((named,), match["file"] or match["typed"], late=bool(match["late"]), part=part, rank=rank)


CANVAS = System(
    "Canvas",
    by_name(_read),
    times_of_download=True,
    silent_on="Canvas does not record when something was handed in, only whether it is late: see in Canvas who was late.",
)
