# SPDX-License-Identifier: EUPL-1.2
"""Tables on an object store: the same code with ``data = "s3://…"``, on a local S3 server."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from moto.server import ThreadedMotoServer

import jumeau


def row(id: str) -> pd.DataFrame:
    return pd.DataFrame({"id": [id], "year": [2026]})


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of an empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
    }.items():
        monkeypatch.setenv(name, value)
    request = urllib.request.Request(f"{endpoint}/twins", method="PUT")
    urllib.request.urlopen(request).close()
    yield "s3://twins/bourg"
    server.stop()


def test_tables_live_on_the_object_store(bucket: str, tmp_path: Path) -> None:
    made = jumeau.create(tmp_path / "t", name="Bourg", data=bucket)
    with made.transaction("one") as tx:
        tx.insert("budget", row("a"))
    with pytest.raises(ZeroDivisionError), made.transaction("fails") as tx:
        tx.insert("budget", row("b"))
        _ = 1 / 0
    assert made.count("budget") == 1
    assert made.at(version=1).count("budget") == 0
    assert not list((tmp_path / "t").rglob("*.parquet"))
    assert jumeau.open(tmp_path / "t").table("budget")["id"].to_pylist() == ["a"]


def test_a_fork_shares_the_objects_and_writes_in_its_own_place(bucket: str, tmp_path: Path) -> None:
    made = jumeau.create(tmp_path / "t", name="Bourg", data=bucket)
    with made.transaction("one") as tx:
        tx.insert("budget", row("a"))
    copy = made.fork(tmp_path / "copy")
    assert copy.settings.data != made.settings.data
    with copy.transaction("in the copy") as tx:
        tx.delete("budget", {"id": "a"})
        tx.insert("budget", row("c"))
    with made.transaction("in the original") as tx:
        tx.insert("budget", row("b"))
    with copy.store.lock("clean"):  # cleaning one must not touch what the other refers to
        copy.store.recover()
    with made.store.lock("clean"):
        made.store.recover()
    assert sorted(jumeau.open(made.path).table("budget")["id"].to_pylist()) == ["a", "b"]
    assert jumeau.open(copy.path).table("budget")["id"].to_pylist() == ["c"]
    assert copy.at(version=2).table("budget")["id"].to_pylist() == ["a"]


def test_a_fork_in_a_shared_catalogue_does_the_same(
    bucket: str, postgres: str, tmp_path: Path
) -> None:
    made = jumeau.create(tmp_path / "t", name="Both", data=bucket, catalog=f"postgres:{postgres}")
    with made.transaction("one") as tx:
        tx.insert("budget", row("a"))
    copy = made.fork(tmp_path / "copy")
    with copy.transaction("in the copy") as tx:
        tx.insert("budget", row("c"))
    assert sorted(copy.table("budget")["id"].to_pylist()) == ["a", "c"]
    assert made.table("budget")["id"].to_pylist() == ["a"]
