"""Runs the application as a server on loopback until it is stopped; it may also be killed."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.ioloop import PeriodicCallback
from tornado.netutil import bind_sockets
from tornado.web import Application

from autograder.questions.access import MOST_BYTES
from autograder.questions.code_reading import CodeDesk
from autograder.questions.desk import Desk
from autograder.questions.graders import Grader
from autograder.questions.handlers import routes
from autograder.questions.state import State
from autograder.workspace.workspace import WorkspaceError

ADDRESS = "127.0.0.1"
PORT = "port"
AGAIN_S = 5.0
"""Time after which marks that could not be entered are tried again."""


def serve(desk: Desk, owner: Grader, token: str, port: int, ready: Callable[[int], None]) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Parameters
    ----------
    owner : the grader with ``token``; all others have their own tokens.
    port : 0 for the one used before, or any that is free.
    ready : called with the port once the server answers.

    Raises
    ------
    WorkspaceError
        When the port is taken.
    """
    asyncio.run(_serve(desk, owner, token, port, ready))


def listening(state: State, port: int) -> list[socket.socket]:
    """Sockets at the given port; else at the one used before, since a browser stores unsaved work under the address.

    Raises
    ------
    WorkspaceError
        When the named port is taken.
    """
    kept = int(state.setting(PORT, "0"))
    if not port and kept:
        with contextlib.suppress(OSError):
            return bind_sockets(kept, ADDRESS)
    try:
        sockets = bind_sockets(port, ADDRESS)
    except OSError as error:
        raise WorkspaceError(f"port {port} of this machine cannot be used ({error.strerror}): name another one with --port") from error
    if not kept:
        state.set(PORT, str(sockets[0].getsockname()[1]))
    return sockets


async def _serve(desk: Desk, owner: Grader, token: str, port: int, ready: Callable[[int], None]) -> None:
    sockets = listening(desk.state, port)
    chosen = sockets[0].getsockname()[1]
    with ThreadPoolExecutor(1, "entering") as entering:
        settings = {"desk": desk, "code": CodeDesk(desk), "owner": owner, "token": token, "port": chosen, "entering": entering}
        # Addresses contain tokens, so they are not logged.
        application = Application(routes(str(Path(__file__).parent / "static")), log_function=lambda _: None, **settings)
        server = HTTPServer(application, max_body_size=MOST_BYTES, max_buffer_size=MOST_BYTES)
        server.add_sockets(sockets)
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(name, stopped.set)

        def enter() -> None:
            entering.submit(desk.entering.enter_due)

        again = PeriodicCallback(enter, AGAIN_S * 1000)
        again.start()
        desk.prepare()
        await loop.run_in_executor(entering, desk.entering.look)
        ready(chosen)
        await stopped.wait()
        again.stop()
        server.stop()
        await loop.run_in_executor(entering, desk.entering.enter_due)
        await server.close_all_connections()
