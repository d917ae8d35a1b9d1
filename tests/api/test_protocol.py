# SPDX-License-Identifier: EUPL-1.2
"""The wire: heads that do not come, what is no HTTP, too many connections."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from jumeau.api import create_app, protocol
from jumeau.api.protocol import Careful
from jumeau.api.security import HEADERS


@contextmanager
def running(app: Any) -> Iterator[int]:
    """Run a server in a thread; yield its port."""
    config = uvicorn.Config(
        app, port=0, log_level="error", http=Careful, ws="none", server_header=False,
        timeout_graceful_shutdown=1, h11_max_incomplete_event_size=2**20,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def port(town_path: Path, _worksites: None) -> Iterator[int]:
    """A server with short times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "HEAD_TIME", 0.4)
        patch.setattr(protocol, "MOST_CONNECTIONS", 20)
        with running(create_app(town_path)) as found:
            yield found


def exchange(port: int, *parts: bytes, pause: float = 0.0) -> tuple[int, dict[str, str], bytes]:
    """Send parts; return what comes back until the server closes."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as wire:
        for part in parts:
            try:
                wire.sendall(part)
            except OSError:
                break
            time.sleep(pause)
        return read(wire)


def read(wire: socket.socket) -> tuple[int, dict[str, str], bytes]:
    found = b""
    while True:
        try:
            part = wire.recv(65536)
        except ConnectionError:
            break
        if not part:
            break
        found += part
    head, _, body = found.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]) if found else 0, headers, body


@pytest.mark.parametrize(
    "text",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\xe9 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n bad\r\nX\x00: 1\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_no_http_is_refused_with_a_code(port: int, text: bytes) -> None:
    status, headers, body = exchange(port, text + b"\r\n\r\n")
    assert status == 400
    assert json.loads(body)["error"]["code"] == "JUM-A023"
    for name, value in HEADERS.items():
        assert headers[name.lower()] == value.lower()
    assert "server" not in headers


def test_a_head_that_dribbles_is_refused(port: int) -> None:
    begin = time.perf_counter()
    status, _, body = exchange(
        port, b"GET / HTTP/1.1\r\nHost: localhost\r\n", *[b"X-A: b\r\n"] * 12, pause=0.05
    )
    assert status == 408
    assert json.loads(body)["error"]["code"] == "JUM-A024"
    assert time.perf_counter() - begin < 5


def test_a_silent_connection_is_closed(port: int) -> None:
    begin = time.perf_counter()
    assert exchange(port)[0] == 408
    assert 0.3 < time.perf_counter() - begin < 5


def test_a_body_that_dribbles_holds_nothing(port: int) -> None:
    head = b"GET /conformance HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    begin = time.perf_counter()
    status, headers, _ = exchange(port, head, *[b"x"] * 20, pause=0.05)
    assert status == 200
    assert headers["content-type"].startswith("application/json")
    assert time.perf_counter() - begin < 5


def test_a_second_request_may_follow_the_first(port: int) -> None:
    text = b"GET /conformance HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as wire:
        for _ in range(3):
            wire.sendall(text)
            time.sleep(0.1)
        wire.sendall(text.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        found = b""
        while part := wire.recv(65536):
            found += part
    assert found.count(b"HTTP/1.1 200 OK") == 4


def test_an_answer_that_nobody_takes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "STALLED", 0.3)
    block, blocks = b"x" * 100_000, 2_000

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(blocks):
                await send({"type": "http.response.body", "body": block, "more_body": True})

    with running(endless) as port, socket.create_connection(("127.0.0.1", port), 10) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(1.5)  # takes nothing
        total = 0
        with suppress(ConnectionError):
            while part := wire.recv(2**20):
                total += len(part)
    assert 0 < total < blocks * len(block) / 4


def test_connections_are_counted(port: int) -> None:
    held = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(20)]
    try:
        status, headers, body = exchange(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert status in {0, 503}  # closed at once: the text may be lost on its way
        if status:
            assert json.loads(body)["error"]["code"] == "JUM-A025"
            assert headers["retry-after"]
    finally:
        for wire in held:
            wire.close()
    time.sleep(0.2)
    closing_ = b"GET /conformance HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert exchange(port, closing_)[0] == 200


def test_names_are_checked_on_the_wire(port: int) -> None:
    text = b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    status, _, body = exchange(port, text)
    assert (status, json.loads(body)["error"]["code"]) == (421, "JUM-A020")
    long = b"GET /conformance HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000
    status, _, body = exchange(port, long + b"\r\nConnection: close\r\n\r\n")
    assert (status, json.loads(body)["error"]["code"]) == (431, "JUM-A026")
