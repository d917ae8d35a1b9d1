# SPDX-License-Identifier: EUPL-1.2
"""What may be done at an address: read it (GET), read about it (HEAD), ask what may be done.

Nothing can be written over HTTP but by a run, which two addresses start and stop. They do so only
where the server was started for it, and never for a page of another site, be it one that may read:
a browser says whose page asks, and a program that is no browser says nothing. Any other method is
refused before a route sees it.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jumeau.api.errors import respond
from jumeau.base import i18n
from jumeau.base.errors import JumeauError, error
from jumeau.interop.http import HEAD_ONLY, language_of

ALLOWED = "GET, HEAD, OPTIONS"
_EXECUTION = re.compile(r"/processes/[^/]+/execution")
_JOB = re.compile(r"/jobs/[^/]+")
_WRITE = frozenset(("POST", "DELETE"))
_OWN = frozenset(("same-origin", "none"))
"""``Sec-Fetch-Site`` of our own page, and of an address typed by hand."""


def allowed(path: str) -> str:
    """Return the methods of an address, as the header ``Allow`` lists them."""
    if _EXECUTION.fullmatch(path):
        return "OPTIONS, POST"
    return f"DELETE, {ALLOWED}" if _JOB.fullmatch(path) else ALLOWED


def foreign(headers: Headers) -> str | None:
    """Return whose page asks, when it is that of another site.

    Parameters
    ----------
    headers : Headers
        Of the request; its ``Host`` is one of the server's names already.
    """
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2].lower() != headers.get("host", "").lower():
        return origin
    site = headers.get("sec-fetch-site", "none")
    return None if site in _OWN else site


class Methods:
    """Middleware that answers HEAD as GET without its body, and OPTIONS; refuses the others.

    Parameters
    ----------
    app : ASGIApp
        Application.
    runs : bool
        Whether runs may be started and stopped.
    """

    def __init__(self, app: ASGIApp, runs: bool = False) -> None:
        self.app, self.runs = app, runs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, known = str(scope["method"]), allowed(scope["path"])
        if method == "OPTIONS":
            await Response(status_code=204, headers={"Allow": known})(scope, receive, send)
            return
        with i18n.using(language_of(scope)):
            refused = self._refusal(scope, method, known)
            if refused is not None:
                answer = respond(*refused)
                answer.headers["Allow"] = known
                await answer(scope, receive, send)
                return
        if method == "HEAD":
            await self._head(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _refusal(self, scope: Scope, method: str, known: str) -> tuple[JumeauError, int] | None:
        if method not in known.split(", "):
            return error("JUM-A004", method=method[:20], path=scope["path"][:200]), 405
        if method not in _WRITE:
            return None
        if not self.runs:
            return error("JUM-A030"), 403
        headers = Headers(scope=scope)
        site = foreign(headers)
        if site is not None:
            return error("JUM-A031", origin=site[:80]), 403
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if method == "POST" and kind != "application/json":
            return error("JUM-A032"), 415
        return None

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def bare(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET", HEAD_ONLY: True}, receive, bare)
