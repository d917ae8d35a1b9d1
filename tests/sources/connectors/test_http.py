# SPDX-License-Identifier: EUPL-1.2
"""The client: quotas, failures, disguises, addresses, downloads that resume."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from jumeau.base.errors import JumeauError
from jumeau.sources.connectors import http
from jumeau.sources.connectors.http import Client

from .conftest import Reply, Service


def refused(call: Any, code: str) -> JumeauError:
    with pytest.raises(JumeauError) as caught:
        call()
    assert caught.value.code == code
    return caught.value


def in_turn(*replies: Reply) -> Any:
    left = list(replies)
    return lambda query, headers: left.pop(0) if len(left) > 1 else left[0]


def test_gzip_is_decoded(service: Service) -> None:
    body = gzip.compress(b'{"a": 1}')
    service.on("/a", Reply(body, headers={"Content-Encoding": "gzip"}))
    assert Client().get(service.url + "/a").json() == {"a": 1}


def test_requests_are_paced_and_never_faster_than_five_a_second(
    service: Service, waits: list[float]
) -> None:
    service.on("/a", Reply(b"{}"))
    client = Client(rate=1000)
    for _ in range(3):
        client.get(service.url + "/a")
    assert sum(0.1 < wait <= 0.2 for wait in waits) >= 2


def test_429_waits_as_long_as_asked(service: Service, waits: list[float]) -> None:
    service.on("/a", in_turn(Reply(status=429, headers={"Retry-After": "7"}), Reply(b"{}")))
    assert Client().get(service.url + "/a").status == 200
    assert 7.0 in waits


def test_retry_after_as_a_date_is_read_on_the_clock_of_the_service(
    service: Service, waits: list[float]
) -> None:
    ahead = time.time() + 86_400  # its clock is a day ahead of ours
    late = {
        "Date": formatdate(ahead, usegmt=True),
        "Retry-After": formatdate(ahead + 9, usegmt=True),
    }
    service.on("/a", in_turn(Reply(status=503, headers=late), Reply(b"{}")))
    assert Client().get(service.url + "/a").status == 200
    assert any(8 <= wait <= 10 for wait in waits)


def test_a_wait_too_long_is_told_not_made(service: Service, waits: list[float]) -> None:
    service.on("/a", Reply(status=429, headers={"Retry-After": "3600"}))
    exc = refused(lambda: Client().get(service.url + "/a"), "JUM-S305")
    assert exc.data["seconds"] == 3600
    assert service.count("/a") == 1
    assert max(waits, default=0) < 60


@pytest.mark.parametrize("status", [500, 502, 503])
def test_failures_of_the_server_are_tried_again_later_and_later(
    service: Service, waits: list[float], status: int
) -> None:
    service.on("/a", in_turn(Reply(status=status), Reply(status=status), Reply(b"{}")))
    assert Client().get(service.url + "/a").status == 200
    assert [wait for wait in waits if wait >= 1] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(status=500), "JUM-S308"),
        (Reply(b"gone", 404), "JUM-S302"),
        (Reply(b"gone", 410), "JUM-S302"),
        (Reply(b"WAF", 403), "JUM-S306"),
        (Reply(b"who", 401), "JUM-S307"),
        (Reply(b'{"a":', length=400), "JUM-S309"),
    ],
)
def test_statuses_and_cut_bodies_are_coded(service: Service, reply: Reply, code: str) -> None:
    service.on("/a", reply)
    refused(lambda: Client().get(service.url + "/a"), code)


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"<!DOCTYPE html><p>Maintenance", "application/json", "JUM-S302"),
        (b"<html>", "text/html", "JUM-S302"),
        (b'{"a": [1, 2', "application/json", "JUM-S303"),
        (b"", "application/json", "JUM-S303"),
    ],
)
def test_what_is_no_json_is_refused(service: Service, body: bytes, kind: str, code: str) -> None:
    service.on("/a", Reply(body, headers={"Content-Type": kind}))
    answer = Client().get(service.url + "/a")
    refused(answer.json, code)


@pytest.mark.parametrize(
    "url",
    ["http://example.fr/a", "ftp://127.0.0.1/a", "file:///etc/hosts", "https://user@example.fr/"],
)
def test_only_https_and_this_machine(url: str) -> None:
    refused(lambda: http.check_address(url), "JUM-S304")


def test_https_and_loopback_are_allowed() -> None:
    for url in ("https://example.fr/a", "http://127.0.0.1:1/a", "http://[::1]:2/"):
        assert http.check_address(url) == url


@pytest.mark.parametrize("target", ["https://example.fr/", "file:///etc/hosts", "http://10.0.0.1/"])
def test_a_redirection_elsewhere_is_not_followed(service: Service, target: str) -> None:
    service.on("/a", Reply(status=302, headers={"Location": target}))
    refused(lambda: Client().get(service.url + "/a"), "JUM-S304")


def test_a_redirection_here_is_followed_and_a_loop_ends(service: Service) -> None:
    service.on("/a", Reply(status=302, headers={"Location": "/b"}))
    service.on("/b", Reply(b"[]"))
    assert Client().get(service.url + "/a").json() == []
    service.on("/c", Reply(status=302, headers={"Location": "/c"}))
    refused(lambda: Client().get(service.url + "/c"), "JUM-S308")


def test_a_host_that_is_down_is_not_tried_again_at_once() -> None:
    url = "http://127.0.0.1:9/a"
    refused(lambda: Client().get(url), "JUM-S308")
    begun = time.monotonic()
    refused(lambda: Client().get(url), "JUM-S308")
    assert time.monotonic() - begun < 0.5


# -- downloads -----------------------------------------------------------------------------------
CONTENT = bytes(range(256)) * 4000


def ranged(query: dict[str, str], headers: Any, content: bytes = CONTENT) -> Reply:
    asked = headers.get("Range")
    if asked and headers.get("If-Range") == '"v1"':
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        told = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return Reply(content[start:], 206, {"Content-Range": told, "ETag": '"v1"'})
    return Reply(content, headers={"ETag": '"v1"'})


def test_a_download_cut_goes_on_where_it_stopped(service: Service, tmp_path: Path) -> None:
    served: list[str] = []

    def route(query: dict[str, str], headers: Any) -> Reply:
        served.append(headers.get("Range", ""))
        if len(served) == 1:
            return Reply(CONTENT[:300_000], headers={"ETag": '"v1"'}, length=len(CONTENT))
        return ranged(query, headers)

    service.on("/f", route)
    Client().download(service.url + "/f", tmp_path / "f.part")
    assert (tmp_path / "f.part").read_bytes() == CONTENT
    assert served == ["", "bytes=300000-"]


def test_a_file_that_changed_meanwhile_is_taken_anew(service: Service, tmp_path: Path) -> None:
    part = tmp_path / "f.part"
    part.write_bytes(b"x" * 1000)
    (tmp_path / "f.part.json").write_text(json.dumps({"etag": '"v0"', "size": "9"}))
    service.on("/f", ranged)
    Client().download(service.url + "/f", part)
    assert part.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(b""), "JUM-S310"),
        (Reply(b"<html>moved", headers={"Content-Type": "text/html"}), "JUM-S302"),
        (Reply(b"x" * 2000), "JUM-S310"),
        (Reply(status=404), "JUM-S302"),
        (Reply(b"x" * 10, length=500), "JUM-S309"),
    ],
)
def test_downloads_that_are_no_whole_file(
    service: Service, tmp_path: Path, reply: Reply, code: str
) -> None:
    service.on("/f", reply)
    refused(lambda: Client().download(service.url + "/f", tmp_path / "f", limit=1000), code)


def test_a_process_killed_in_a_download_is_resumed(service: Service, tmp_path: Path) -> None:
    asked: list[str] = []

    def route(query: dict[str, str], headers: Any) -> Reply:
        asked.append(headers.get("Range", ""))
        reply = ranged(query, headers)
        return reply if len(asked) > 1 else Reply(CONTENT, headers={"ETag": '"v1"'}, pause=30)

    service.on("/f", route)
    code = (
        "from jumeau.sources.connectors.http import Client; from pathlib import Path; "
        f"Client().download({service.url + '/f'!r}, Path({str(tmp_path / 'f')!r}))"
    )
    child = subprocess.Popen([sys.executable, "-c", code])
    part = tmp_path / "f"
    limit = time.monotonic() + 20
    while not (part.exists() and part.stat().st_size > 100_000):
        assert time.monotonic() < limit
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    done = part.stat().st_size
    assert 0 < done < len(CONTENT)
    Client().download(service.url + "/f", part)
    assert part.read_bytes() == CONTENT
    assert asked[1] == f"bytes={done}-"
