# SPDX-License-Identifier: EUPL-1.2
"""The door: closed headers on every answer, known names, bounded requests, rates of clients."""

from __future__ import annotations

import ipaddress
import math
import os
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jumeau.api.hosts import HOSTS_VARIABLE, Names
from jumeau.base import i18n
from jumeau.base.errors import JumeauError, error
from jumeau.interop.http import language_of

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "style-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy: the map's worker is a file of ours; pictures may be made in the page."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
OPEN_TO_SITES = {"Cross-Origin-Resource-Policy": "cross-origin"}
"""Headers that change where other sites may read the server."""
LONGEST_ADDRESS = 700_000
"""Bytes of an address with its query string: a filter polygon of 20,000 vertices."""
LONGEST_HEAD = 65_536
"""Bytes of the headers of a request."""
LONGEST_BODY = 65_536
"""Bytes of a body, which no address reads."""
RATE = 100.0
"""Requests a second that a client of another machine may make over time."""
BURST = 1_000
"""Requests that it may make at once: a map that opens asks for hundreds of tiles."""
RATE_VARIABLE = "JUMEAU_RATE"
"""Environment variable: requests a second for every client, those of this machine too."""
_CLIENTS = 20_000
_RANGE = re.compile(rb"(\d{1,18})-(\d{1,18})?|-(\d{1,18})")
_MOST_RANGES = 16


class SecurityHeaders:
    """Middleware that adds the headers to every answer.

    Parameters
    ----------
    app : ASGIApp
        Application.
    changed : mapping
        Headers in place of the usual ones.
    """

    def __init__(self, app: ASGIApp, changed: Mapping[str, str] | None = None) -> None:
        self.app = app
        self.headers = {**HEADERS, **(changed or {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_closed)


class Rates:
    """A bucket of requests for each client: it fills at a rate, up to a burst.

    Parameters
    ----------
    rate : float
        Requests a second.
    burst : int
        Requests at once.
    clock : callable
        Time [s].
    """

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.rate, self.burst, self.clock = rate, burst, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Count a request; return how long the client must wait [s], 0 when it may go on."""
        now = self.clock()
        left, since = self._left.pop(client, (float(self.burst), now))
        left = min(float(self.burst), left + (now - since) * self.rate)
        allowed = left >= 1
        self._left[client] = (left - 1 if allowed else left, now)
        while len(self._left) > _CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self.rate


def from_environment() -> tuple[Rates, bool]:
    """Return the rates, and whether they also hold for programs of this machine.

    Raises
    ------
    InvalidError
        ``JUM-A010`` when the variable is no number above zero.
    """
    text = os.environ.get(RATE_VARIABLE, "").strip()
    if not text:
        return Rates(RATE, BURST), False
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        raise error("JUM-A010", name=RATE_VARIABLE, value=text[:40])
    return Rates(rate, max(1, math.ceil(10 * rate))), True


def client_of(scope: Scope) -> tuple[str, bool]:
    """Return who asks, and whether it is a program of this machine.

    An IPv6 client is its network of 64 bits: one machine has all of its addresses.
    """
    host = str((scope.get("client") or ("", 0))[0])
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host, host in {"", "testclient"}
    if address.version == 6 and address.ipv4_mapped is None:
        network = ipaddress.ip_network(f"{address}/64", strict=False)
        return str(network), address.is_loopback
    return host, address.is_loopback


def _sound(text: bytes) -> bool:
    unit, _, listed = text.partition(b"=")
    parts = [_RANGE.fullmatch(part.strip()) for part in listed.split(b",", _MOST_RANGES)]
    return unit == b"bytes" and all(
        part is not None and (part[2] is None or int(part[1]) <= int(part[2])) for part in parts
    )


def _with_sound_ranges(scope: Scope) -> Scope:
    """Return a request without the ``Range`` that cannot be read, or has many parts.

    Such a range is to be passed over (RFC 9110, 14.2): the whole is answered.
    """
    kept = [
        (name, text) for name, text in scope["headers"]
        if name != b"range" or _sound(text)
    ]  # fmt: skip
    return scope if len(kept) == len(scope["headers"]) else {**scope, "headers": kept}


class Guard:
    """Middleware that refuses what is for another name, too long or too frequent.

    Parameters
    ----------
    app : ASGIApp
        Application.
    rates : Rates
        Rates of the clients.
    everyone : bool
        Whether programs of this machine have a rate too.
    names : Names
        Names under which the server answers.
    """

    def __init__(
        self, app: ASGIApp, rates: Rates, everyone: bool, names: Names | None = None
    ) -> None:
        self.app = app
        self.rates, self.everyone = rates, everyone
        self.names = names or Names()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with i18n.using(language_of(scope)):
            refused = self._refusal(scope)
        if refused is None:
            await self.app(_with_sound_ranges(scope), receive, send)
            return
        from jumeau.api.errors import respond

        exc, status, wait = refused
        response = respond(exc, status)
        if wait:
            response.headers["Retry-After"] = str(math.ceil(wait))
        await response(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[JumeauError, int, float] | None:
        client, local = client_of(scope)
        if self.everyone or not local:
            wait = self.rates.wait(client)
            if wait:
                return error("JUM-A007", rate=f"{self.rates.rate:g}"), 429, wait
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self.names.answers(host, str((scope.get("server") or ("", 0))[0])):
            return error("JUM-A020", host=host[:80], variable=HOSTS_VARIABLE), 421, 0.0
        size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if size > LONGEST_ADDRESS:
            return error("JUM-A008", size=str(size), most=str(LONGEST_ADDRESS)), 414, 0.0
        head = sum(len(name) + len(text) for name, text in scope["headers"])
        if head > LONGEST_HEAD:
            return error("JUM-A026", size=str(head), most=str(LONGEST_HEAD)), 431, 0.0
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal() or int(length) > LONGEST_BODY:
            return error("JUM-A009", most=str(LONGEST_BODY)), 413, 0.0
        return None
