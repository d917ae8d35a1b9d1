# SPDX-License-Identifier: EUPL-1.2
"""What may be done at an address: read it (GET), read about it (HEAD), ask what may be done.

Nothing can be written over HTTP; a method that would is refused before any route sees it.
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jumeau.api.errors import respond
from jumeau.base import i18n
from jumeau.base.errors import error
from jumeau.interop.http import HEAD_ONLY, language_of

ALLOWED = "GET, HEAD, OPTIONS"


class Methods:
    """Middleware that answers HEAD as GET without its body, and OPTIONS; refuses the others.

    Parameters
    ----------
    app : ASGIApp
        Application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        method = scope.get("method")
        if scope["type"] != "http" or method == "GET":
            await self.app(scope, receive, send)
        elif method == "HEAD":
            await self._head(scope, receive, send)
        elif method == "OPTIONS":
            await Response(status_code=204, headers={"Allow": ALLOWED})(scope, receive, send)
        else:
            with i18n.using(language_of(scope)):
                exc = error("JUM-A004", method=str(method)[:20], path=scope["path"][:200])
                answer = respond(exc, 405)
            answer.headers["Allow"] = ALLOWED
            await answer(scope, receive, send)

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def bare(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET", HEAD_ONLY: True}, receive, bare)
