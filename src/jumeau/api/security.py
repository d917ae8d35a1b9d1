# SPDX-License-Identifier: EUPL-1.2
"""The door: closed headers on every answer, bounded requests, a rate for each client."""

from __future__ import annotations

import ipaddress
import math
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jumeau.base import i18n
from jumeau.base.errors import JumeauError, error

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
}
LONGEST_ADDRESS = 700_000
"""Bytes of an address with its query string: a filter polygon of 20,000 vertices."""
LONGEST_BODY = 65_536
"""Bytes of a body, which no address reads."""
RATE = 100.0
"""Requests a second that a client of another machine may make over time."""
BURST = 1_000
"""Requests that it may make at once: a map that opens asks for hundreds of tiles."""
RATE_VARIABLE = "JUMEAU_RATE"
"""Environment variable: requests a second for every client, those of this machine too."""
_CLIENTS = 20_000


class SecurityHeaders:
    """Middleware that adds the headers to every answer.

    Parameters
    ----------
    app : ASGIApp
        Application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
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


class Guard:
    """Middleware that refuses what is too long or comes too often.

    Parameters
    ----------
    app : ASGIApp
        Application.
    rates : Rates
        Rates of the clients.
    everyone : bool
        Whether programs of this machine have a rate too.
    """

    def __init__(self, app: ASGIApp, rates: Rates, everyone: bool) -> None:
        self.app = app
        self.rates, self.everyone = rates, everyone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = parse_qs(scope["query_string"][:200].decode("latin-1")).get("lang")
        with i18n.using("en" if asked == ["en"] else "fr"):
            refused = self._refusal(scope)
        if refused is None:
            await self.app(scope, receive, send)
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
        size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if size > LONGEST_ADDRESS:
            return error("JUM-A008", size=str(size), most=str(LONGEST_ADDRESS)), 414, 0.0
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal() or int(length) > LONGEST_BODY:
            return error("JUM-A009", most=str(LONGEST_BODY)), 413, 0.0
        return None
