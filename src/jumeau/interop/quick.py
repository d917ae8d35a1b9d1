# SPDX-License-Identifier: EUPL-1.2
"""Vector tiles that are in memory already: answered in the loop, before any route is looked for.

A map asks for dozens of tiles at once, most of them again and again. What is found here costs no
thread, no transaction and no validation of parameters; what is not found, or asked in any unusual
way, goes on to the ordinary route, whose answer is the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Match

from jumeau.interop import tiles, writers
from jumeau.interop.mercator import MAX_ZOOM, Tile

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from jumeau.interop.served import Served

_PATH = re.compile(r"/tiles/([a-z_]{1,40})/(\d{1,2})/(\d{1,7})/(\d{1,7})\.mvt")
_QUERY = re.compile(rb"(?:v=[0-9]{1,20})?")
_LANG = "fr"
"""Language of an answer when the request says none."""
_FOUND = "jumeau.tile"


class CachedTiles(BaseRoute):
    """Route that matches only what it can answer at once.

    Parameters
    ----------
    served : Served
        Territory.
    """

    def __init__(self, served: Served) -> None:
        self.served = served

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return a full match when the tile is in memory, or known to the client."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return Match.NONE, {}
        found = _PATH.fullmatch(scope["path"])
        if found is None or not _QUERY.fullmatch(scope["query_string"]):
            return Match.NONE, {}
        version = self.served.known()
        if version is None:
            return Match.NONE, {}
        z, x, y = (int(number) for number in found.groups()[1:])
        if z > MAX_ZOOM or x >= 1 << z or y >= 1 << z:
            return Match.NONE, {}
        packs, given = False, b""
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                packs = b"gzip" in value
            elif name == b"if-none-match":
                given = value
        tag = self.served.tag(version, _LANG).encode()
        made = tiles.kept(self.served, version, found[1], Tile(z, x, y), packs)
        if made is None:
            return Match.NONE, {}
        known = tag in (part.strip() for part in given.split(b","))
        return Match.FULL, {_FOUND: (made, tag, version, known)}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the tile."""
        made, tag, version, known = scope[_FOUND]
        headers = [
            (b"etag", tag),
            (b"cache-control", b"no-cache"),
            (b"content-language", _LANG.encode()),
            (b"jumeau-version", str(version).encode()),
        ]
        body = b"" if known else made.content
        status = 304 if known else 200 if body else 204
        if body:
            headers += [
                (b"content-type", writers.MEDIA["mvt"].encode()),
                (b"content-length", str(len(body)).encode()),
            ]
            if made.packed or len(body) >= tiles.PACKED:
                headers.append((b"vary", b"Accept-Encoding"))
            if made.packed:
                headers.append((b"content-encoding", b"gzip"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
