# SPDX-License-Identifier: EUPL-1.2
"""HTTP/1.1 that waits for nobody for ever: bounds on what uvicorn's own protocol leaves open.

A client must send the head of its request in time, and take its answer as it comes; there are
only so many connections. What is no HTTP is refused with a code and the closed headers.
"""

from __future__ import annotations

import asyncio
import http

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from jumeau.api.errors import document
from jumeau.api.security import HEADERS
from jumeau.base import i18n
from jumeau.base.errors import JumeauError, error
from jumeau.interop import writers

HEAD_TIME = 15.0
"""Time in which the head of a request must have come [s]."""
STALLED = 60.0
"""Time after which a client that takes nothing of its answer is left [s]."""
MOST_CONNECTIONS = 800
"""Connections open at once: below the files that a process may usually open."""


class Careful(H11Protocol):
    """uvicorn's HTTP/1.1, with times and a number of connections."""

    _head: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(503, error("JUM-A025", most=str(MOST_CONNECTIONS)))
            return
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the times."""
        self._forget_head()
        self._forget_stalled()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came; a request that is being answered needs no time any more."""
        super().data_received(data)
        self._wait_for_head()

    def _wait_for_head(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._forget_head()
        elif self._head is None and not self.transport.is_closing():
            # Once for a whole head: a byte now and then gives no more time.
            self._head = self.loop.call_later(HEAD_TIME, self._too_late)

    def on_response_complete(self) -> None:
        """Go on with the next request of the connection."""
        self._forget_head()
        super().on_response_complete()

    def _too_late(self) -> None:
        self._head = None
        if self.cycle is None:
            self._refuse(408, error("JUM-A024", seconds=f"{HEAD_TIME:g}"))
        elif self.cycle.response_complete:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(400, error("JUM-A023"))

    def _refuse(self, status: int, exc: JumeauError) -> None:
        with i18n.using("fr"):
            body = writers.to_json(document(exc, status))
        headers = {
            **HEADERS,
            "Content-Type": writers.MEDIA["problem"],
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        if status == 503:
            headers["Retry-After"] = "5"
        reason = http.HTTPStatus(status).phrase.encode()
        lines = [(name.encode(), text.encode()) for name, text in headers.items()]
        try:
            for event in (
                h11.Response(status_code=status, headers=lines, reason=reason),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        except h11.LocalProtocolError:  # an answer is on its way already
            pass
        self.transport.close()

    # -- answers that nobody takes -----------------------------------------------------------
    def pause_writing(self) -> None:
        """Wait until the client has taken what was sent."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Go on sending."""
        self._forget_stalled()
        super().resume_writing()

    def _watch(self, left: int) -> None:
        def look() -> None:
            now = self.transport.get_write_buffer_size()
            if now >= left:
                self.transport.abort()
            else:
                self._watch(now)

        self._stalled = self.loop.call_later(STALLED, look)

    def _forget_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _forget_stalled(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
