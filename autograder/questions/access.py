"""Access control on an address that only this machine can reach: a token opens a session, and pages from other addresses can do nothing."""

from __future__ import annotations

import hmac
import json
import re
from typing import Any, NoReturn

from tornado.web import HTTPError, RequestHandler

from autograder.questions.graders import Grader, grader_of_token, graders

HEADER = "X-Questions"
"""The header that every changing request must have: pages from other addresses cannot send it without permission."""
_CONTEXT = re.compile(r"(?:/[A-Za-z0-9._~@%:+-]+)*/?")
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
MOST_BYTES = 200_000
"""Most bytes of a request."""


class Handler(RequestHandler):
    """A request of somebody with a token."""

    grader: Grader

    def set_default_headers(self) -> None:
        """Headers of every answer: only our own scripts, no caching, no referrer."""
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    def prepare(self) -> None:
        """Find out who asks; a token in the address is replaced by a cookie, to keep it out of the history."""
        token = self.get_query_argument("token", "")
        if token and self.request.method == "GET":
            if self._grader_of(token) is None:
                self._refuse()
            # Behind a proxy this path is one user's part of a shared host.
            path = self.request.headers.get("X-Forwarded-Context", "/")
            self.set_cookie(self._cookie, token, httponly=True, samesite="Strict", path=path if _CONTEXT.fullmatch(path) else "/")
            # Relative, since the proxy may serve this below another path.
            self.redirect(self.request.path.rpartition("/")[2] or "./")
            return
        found = self._grader_of(self._token_sent())
        if found is None:
            self._refuse()
        self.grader = found
        if self.request.method != "GET" and self.request.headers.get(HEADER) != "1":
            raise HTTPError(403)

    def require_head(self) -> None:
        """Refuse everybody except head graders."""
        if not self.grader.is_head:
            raise HTTPError(403)

    def body(self) -> dict[str, Any]:
        """The JSON object of the request."""
        try:
            found = json.loads(self.request.body)
        except ValueError as error:
            raise HTTPError(400) from error
        if not isinstance(found, dict):
            raise HTTPError(400)
        return found

    def text(self, key: str, most: int = 4_000) -> str:
        """A text of the request."""
        found = self.body().get(key, "")
        if not isinstance(found, str) or len(found) > most:
            raise HTTPError(400)
        return found

    def reply(self, data: object) -> None:
        """Answer with JSON."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(data))

    def write_error(self, status_code: int, **_: Any) -> None:
        """An error in one line, without details of its cause."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        words = {403: "Open the address that was printed for you: it ends with your token.", 404: "There is no such page."}
        self.finish(f"{status_code}. {words.get(status_code, 'This did not work: load the page again.')}\n")

    @property
    def _cookie(self) -> str:
        return f"questions-{self.settings['port']}"

    def _token_sent(self) -> str:
        kind, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "token":
            return token.strip()
        sent = self.request.cookies.get(self._cookie)
        return str(sent.value) if sent else ""

    def _grader_of(self, token: str) -> Grader | None:
        if not token:
            return None
        owner: Grader = self.settings["owner"]
        if hmac.compare_digest(token.encode(), self.settings["token"].encode()):
            known = {g.name: g for g in graders(self.settings["desk"].state)}
            return known.get(owner.name, owner)
        return grader_of_token(self.settings["desk"].state, token)

    def _refuse(self) -> NoReturn:
        raise HTTPError(403)
