# SPDX-License-Identifier: EUPL-1.2
"""The cache: whole entries or nothing, whatever stops it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jumeau.sources.connectors.cache import PARTIAL, SIDECAR, Cache, Pages, default_folder, key_of


def kept(cache: Cache, key: str = "k", text: str = "a") -> Path:
    (cache.work(key) / "d.txt").write_text(text)
    return cache.keep("pub", "pub.d", key, {"files": ["d.txt"], "licence": "LO"}).folder


def test_an_entry_is_dated_checksummed_and_whole(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    folder = kept(cache)
    assert folder.parent == tmp_path / "pub" / "pub.d"
    (entry,) = cache.entries()
    assert (entry.dataset, entry.key, entry.sidecar["licence"]) == ("pub.d", "k", "LO")
    assert abs(entry.date - datetime.now(UTC)) < timedelta(minutes=1)
    assert entry.whole()
    assert cache.latest("pub.d", "k") == entry
    assert cache.latest("pub.d", "other") is None
    assert cache.latest("pub.d", "k", after=datetime.now(UTC) + timedelta(hours=1)) is None
    assert not (tmp_path / PARTIAL / "k").exists()


def test_a_damaged_entry_does_not_count(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    (kept(cache) / "d.txt").write_text("b")
    assert cache.latest("pub.d", "k") is None
    assert [item.key for item in cache.damaged("pub.d", "k")] == ["k"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"dataset": "pub.d"}', "\x00"])
def test_a_sidecar_that_cannot_be_read_is_no_entry(tmp_path: Path, text: str) -> None:
    cache = Cache(tmp_path)
    (kept(cache) / SIDECAR).write_text(text)
    assert cache.entries() == []


def test_work_under_way_is_no_entry_and_is_forgotten_in_time(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    work = cache.work("k")
    (work / "page-1.json").write_text("{}")
    assert cache.entries() == []
    cache.tidy()
    assert work.exists()
    old = time.time() - 3 * 86_400
    for path in (work / "page-1.json", work):
        os.utime(path, (old, old))
    cache.tidy()
    assert not work.exists()


def test_the_same_question_has_the_same_key() -> None:
    assert key_of("a", {"x": 1, "y": 2}) == key_of("a", {"y": 2, "x": 1})
    assert key_of("a", {"x": 1}) != key_of("a", {"x": 2})


def test_the_folder_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUMEAU_CACHE", "/d/c")
    assert default_folder() == Path("/d/c")
    monkeypatch.delenv("JUMEAU_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert default_folder() == Path("/x/jumeau")


def test_pages_answer_their_own_question_for_a_time(tmp_path: Path) -> None:
    pages = Pages(tmp_path)
    pages.put("q", {"body": "é"})
    found = pages.get("q")
    assert found is not None and found["body"] == "é"
    assert pages.get("other") is None
    (path,) = tmp_path.glob("page-*.json")
    old = time.time() - 86_400
    os.utime(path, (old, old))
    assert pages.get("q") is None
    path.write_text("{")
    assert pages.get("q") is None


def test_a_process_killed_at_any_moment_leaves_whole_entries(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from jumeau.sources.connectors.cache import Cache\n"
        f"cache = Cache({str(tmp_path)!r})\n"
        "for number in range(10_000):\n"
        "    key = f'k{number}'\n"
        "    (cache.work(key) / 'd.txt').write_text('x' * 50_000)\n"
        "    cache.keep('pub', 'pub.d', key, {'files': ['d.txt']})\n"
        "    print(number, flush=True)\n"
    )
    for rank in range(3):
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert child.stdout is not None
        for _ in range(3 + rank):
            child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        entries = Cache(tmp_path).entries()
        assert entries
        assert all(entry.whole() for entry in entries)
        visible = {path.parent for path in tmp_path.glob("pub/*/*/*")}
        assert visible == {entry.folder for entry in entries}
        assert all(json.loads((entry.folder / SIDECAR).read_text()) for entry in entries)
