"""A process that lays out cells, each within some seconds of processor time, so that no student's text can hold up a page.

A line of JSON comes in for each cell (``kind``, ``source``, ``attachments``, ``seconds``) and one goes out: ``html``, or None for a
text that takes longer or cannot be laid out, and ``seconds``, the time that it took.
"""

from __future__ import annotations

import contextlib
import json
import resource
import signal
import sys
import time
from typing import NoReturn

import autograder.light_start  # noqa: F401
from autograder.pages.layout import lay_out

MEMORY_BYTES = 2 << 30
AGAIN_S = 0.05
"""After this time the signal is sent again, in case a library caught the first one."""


class _TooSlow(BaseException):
    """The time is used up."""


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise _TooSlow


def main() -> None:
    """Answer until there are no more requests."""
    with contextlib.suppress(OSError, ValueError):  # not every system has this limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, _stop)
    # Time for loading libraries at their first use does not count as a cell's.
    lay_out("markdown", "*a* `b`\n\n```python\nc\n```\n", {})
    lay_out("code", "d = 1\n", {})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        started, html = time.process_time(), None
        # The signal may also arrive while the first one is being handled, or just before the clock is stopped.
        with contextlib.suppress(_TooSlow):
            try:
                signal.setitimer(signal.ITIMER_PROF, request["seconds"], AGAIN_S)
                html = lay_out(request["kind"], request["source"], request["attachments"])
            except (Exception, _TooSlow):
                html = None
            finally:
                _stop_the_clock()
        _stop_the_clock()
        reply = {"html": html, "seconds": time.process_time() - started}
        sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n")
        sys.stdout.buffer.flush()


def _stop_the_clock() -> None:
    while True:
        with contextlib.suppress(_TooSlow):
            signal.setitimer(signal.ITIMER_PROF, 0)
            return


if __name__ == "__main__":
    main()
