# SPDX-License-Identifier: EUPL-1.2
"""Requests as a server hands them to the application: any bytes, which no client would send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from starlette.types import ASGIApp, Message


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as plain data."""
        return json.loads(self.body)


async def ask(
    app: ASGIApp,
    target: str,
    headers: Sequence[tuple[bytes, bytes]] = (),
    method: str = "GET",
    leave_after: float | None = None,
    server: str = "127.0.0.1",
) -> Reply:
    """Send one request.

    Parameters
    ----------
    app : ASGIApp
        Application.
    target : str
        Path and query string as they are on the wire.
    headers : sequence of (bytes, bytes)
        Headers; a ``host`` is added when there is none.
    method : str
        Method.
    leave_after : float, optional
        Time after which the client leaves [s]; it waits for the answer by default.
    server : str
        Address at which the request comes in.
    """
    path, _, query = target.partition("?")
    given = [(name.lower(), text) for name, text in headers]
    if all(name != b"host" for name, _ in given):
        given.append((b"host", f"{server}:8321".encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
        "server": (server, 8321), "client": ("127.0.0.1", 50000), "scheme": "http",
        "method": method, "root_path": "", "path": unquote(path), "state": {},
        "raw_path": path.encode("latin-1", "replace"),
        "query_string": query.encode("latin-1", "replace"), "headers": given,
    }  # fmt: skip
    sent: list[Message] = []
    waiting = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        if leave_after is None:
            await asyncio.Event().wait()
        await asyncio.sleep(leave_after or 0)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if not sent:  # nobody was there any more
        return Reply(0, {}, b"")
    start = sent[0]
    body = b"".join(item.get("body", b"") for item in sent[1:])
    names = {name.decode().lower(): text.decode("latin-1") for name, text in start["headers"]}
    return Reply(start["status"], names, body)
