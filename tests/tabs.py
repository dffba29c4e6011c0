"""A browser tab without network access except to one site of ours."""

from __future__ import annotations

import re
from typing import Any


class Visit:
    """One tab; it records the console's messages and requests to other hosts."""

    def __init__(self, chromium: Any, address: str, **context: Any) -> None:
        self.address = address
        self.context = chromium.new_context(**context)
        self.page = self.context.new_page()
        self.page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", lambda r: self.errors.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        self.page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else self.outside.append(r.url))

    def open(self, name: str) -> Any:
        """Go to a page and wait until its mathematics is set."""
        self.page.goto(f"{self.address}/{name}", wait_until="load")
        self.page.evaluate("window.MathJax && MathJax.startup ? MathJax.startup.promise.then(() => 1) : 1")
        return self.page

    def close(self) -> None:
        """Close the tab."""
        self.context.close()
