# SPDX-License-Identifier: EUPL-1.2
"""serve: one line with the address, once it answers; ports; interruption."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jumeau.base.errors import BusyError, InvalidError
from jumeau.cli import serving


@contextmanager
def running(*args: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "jumeau", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "LANG": "C"},
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as response:
        content: bytes = response.read()
    return content


def test_serve_prints_its_address_once_it_answers(town_path: Path) -> None:
    with running("serve", str(town_path)) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", line)
        url = line.strip()
        assert json.loads(read(f"{url}api/territory"))["name"] == "Bourg-l'Étang"
        assert read(url).lower().startswith(b"<!doctype html")
    assert process.stdout.read() == ""
    assert process.returncode in {0, 130}
    assert process.stderr
    assert "Traceback" not in process.stderr.read()


def test_serve_as_json_on_a_port(town_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running("serve", str(town_path), "--port", str(port), "--json") as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(3)]
        assert json.loads("".join(lines)) == {"address": f"http://127.0.0.1:{port}/"}


def test_demo_serves_what_it_built(town_path: Path) -> None:
    with running("demo", "--folder", str(town_path), "--port", "0") as process:
        assert process.stdout
        line = process.stdout.readline()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", line)
        assert json.loads(read(f"{line.strip()}api/territory"))["version"] == 3
    with running("demo", "--folder", str(town_path), "--port", "0", "--json") as process:
        assert process.stdout
        text = process.stdout.readline()
        while not text.endswith("}\n"):
            text += process.stdout.readline()
        found = json.loads(text)
        assert found["path"] == str(town_path)
        assert found["version"] == 3
        assert found["address"].startswith("http://127.0.0.1:")


def test_a_taken_port_is_refused_when_it_was_asked_for(town_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BusyError, match="JUM-C003"):
            serving.listen("127.0.0.1", port)
        with running("serve", str(town_path), "--port", str(port)) as process:
            assert process.wait(timeout=60) == 4
            assert process.stderr
            assert "JUM-C003" in process.stderr.read()


def test_a_taken_default_port_leads_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    first = serving.listen("127.0.0.1", 0)
    monkeypatch.setattr(serving, "FIRST_PORT", first.getsockname()[1])
    second = serving.listen("127.0.0.1", None)
    assert second.getsockname()[1] != first.getsockname()[1]
    first.close()
    second.close()


def test_addresses() -> None:
    bound = serving.listen("127.0.0.1", 0)
    port = bound.getsockname()[1]
    assert serving.address_of(bound) == f"http://127.0.0.1:{port}/"
    bound.close()
    assert serving._is_local("127.0.0.1")
    assert serving._is_local("::1")
    assert serving._is_local("localhost")
    assert not serving._is_local("0.0.0.0")
    assert not serving._is_local("example.org")


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(InvalidError, match="JUM-C005"):
        serving.listen("192.0.2.1", 0)


def test_a_demonstration_already_there_is_opened_as_it_is(
    town_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jumeau import workflow

    def built(*_: object, **__: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(workflow, "demo", built)
    assert serving._demonstration(str(town_path), "commune", 0, quiet=True).name == "Bourg-l'Étang"
