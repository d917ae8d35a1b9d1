# SPDX-License-Identifier: EUPL-1.2
"""A service on this machine that misbehaves as real ones do. Its answers are synthetic."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from jumeau.sources.connectors import http
from jumeau.twin.territory import Territory, create


@dataclass
class Reply:
    """What the service answers; ``length`` is announced instead of the true one."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    pause: float = 0.0
    """Seconds between two halves of the body."""


Route = Callable[[dict[str, str], Any], Reply]


class Service:
    """Routes by path; every request is noted."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {key: value[0] for key, value in parse_qs(parts.query).items()}
                owner.asked.append((parts.path, query))
                route = owner.routes.get(parts.path)
                reply = route(query, self.headers) if route else Reply(b"not here", 404)
                self.send_response_only(reply.status)
                if "Date" not in reply.headers:
                    self.send_header("Date", self.date_time_string())
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                length = len(reply.body) if reply.length is None else reply.length
                self.send_header("Content-Length", str(length))
                self.end_headers()
                half = len(reply.body) // 2 if reply.pause else len(reply.body)
                self.wfile.write(reply.body[:half])
                if reply.pause:
                    self.wfile.flush()
                    threading.Event().wait(reply.pause)
                    self.wfile.write(reply.body[half:])
                if reply.length is not None:
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def on(self, path: str, route: Route | Reply) -> None:
        """Answer a path."""
        self.routes[path] = route if callable(route) else lambda query, headers: route

    def count(self, path: str) -> int:
        """Return how many times a path was asked."""
        return sum(asked == path for asked, _ in self.asked)

    def stop(self) -> None:
        """Leave nothing behind."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def service() -> Iterator[Service]:
    """A service without any route."""
    made = Service()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits asked for, which nobody waits for; no address of the world is ever reached."""
    found: list[float] = []
    monkeypatch.setattr(http, "pause", found.append)
    monkeypatch.setattr(http, "_down", {})
    real = http.Client._turn

    def only_here(client: http.Client, host: str) -> None:
        assert host.startswith("127.0.0.1:"), f"a test asks {host}"
        real(client, host)

    monkeypatch.setattr(http.Client, "_turn", only_here)
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("JUMEAU_CACHE", str(folder))
    return folder


@pytest.fixture
def town(tmp_path: Path) -> Territory:
    """A commune of the Manche with its contour, 1 km wide."""
    import shapely

    made = create(tmp_path / "town.jumeau", name="Bourg", insee=["50129"])
    contour = shapely.box(400_000, 6_900_000, 401_000, 6_901_000)
    import pandas as pd

    with made.transaction("contour") as tx:
        rows = {"id": ["50129"], "name": ["Bourg"], "geometry": [shapely.to_wkb(contour)]}
        tx.upsert("municipality", pd.DataFrame(rows))
    return made
