# SPDX-License-Identifier: EUPL-1.2
"""One request sees one version; versions by number or date; many threads at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

import jumeau
from jumeau.base.errors import JumeauError
from jumeau.interop.served import Served


@pytest.fixture
def living(town: ModuleType, tmp_path: Path) -> Iterator[Served]:
    town.build(tmp_path / "bourg.jumeau").close()
    opened = Served(tmp_path / "bourg.jumeau", workers=2)
    yield opened
    opened.close()


def lamps(served: Served, at: str | None = None) -> int:
    with served.reading(at) as view:
        return int(view.rows("SELECT count(*) AS n FROM luminaire")[0]["n"])


def test_a_request_sees_one_version(living: Served) -> None:
    with living.reading() as view:
        first = view.rows("SELECT count(*) AS n FROM luminaire")[0]["n"]
        version = view.version
        with jumeau.open(living.live.path).transaction("clear") as tx:
            tx.delete("luminaire", {"lamp_type": "LED"})
        assert view.rows("SELECT count(*) AS n FROM luminaire")[0]["n"] == first == 300
        assert view.version == version
    assert lamps(living) == 200
    assert living.version() == version + 1


@pytest.mark.parametrize("pinned", [True, False])
def test_a_commit_between_the_version_and_the_reading_changes_nothing(
    living: Served, pinned: bool
) -> None:
    version = living.version()
    with living.reading(str(version) if pinned else None) as view:
        find = living.territory

        def late(wanted: int) -> jumeau.Territory:
            found = find(wanted)
            with jumeau.open(living.live.path).transaction("clear") as tx:
                tx.delete("luminaire", {"lamp_type": "LED"})
            return found

        living.territory = late  # type: ignore[method-assign]
        assert view.rows("SELECT count(*) AS n FROM luminaire")[0]["n"] == 300
        assert view.version == version
    assert living.version() == version + 1


def test_a_commit_of_another_process_is_seen(living: Served) -> None:
    import subprocess
    import sys

    before = living.version()
    assert living.version() == before
    code = (
        "import jumeau, sys\n"
        "with jumeau.open(sys.argv[1]).transaction('clear') as tx:\n"
        "    tx.delete('luminaire', {'lamp_type': 'LED'})\n"
    )
    subprocess.run([sys.executable, "-c", code, str(living.live.path)], check=True)
    assert living.version() == before + 1
    assert lamps(living) == 200


def test_versions_by_number_and_date(living: Served) -> None:
    latest = living.version()
    assert living.version(str(latest)) == latest
    assert living.version("2100-01-01") == latest
    assert lamps(living, "1") == 0
    assert lamps(living, str(latest)) == 300


@pytest.mark.parametrize("at", ["99999", "0", "yesterday", "1900-01-01", "²", "9" * 30, "-1"])
def test_versions_that_are_not_there(living: Served, at: str) -> None:
    with pytest.raises(JumeauError, match="JUM-T03"), living.reading(at):
        pass


def test_a_failed_query_does_not_spoil_the_next(living: Served) -> None:
    with pytest.raises(JumeauError), living.reading() as view:
        view.rows("SELECT no_such_column FROM luminaire")
    assert lamps(living) == 300


def test_many_threads_read_at_once(living: Served) -> None:
    def one(index: int) -> int:
        return lamps(living, "1" if index % 5 == 0 else None)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, range(80)))
    assert found == [0 if index % 5 == 0 else 300 for index in range(80)]


def test_the_validator_changes_with_the_version_and_the_language(living: Served) -> None:
    tags = {living.tag(1, "fr"), living.tag(2, "fr"), living.tag(1, "en")}
    assert len(tags) == 3
    assert living.tag(1, "fr") in tags


def test_an_answer_in_memory_opens_no_transaction(living: Served) -> None:
    with living.reading() as view:
        assert view._territory is None
        assert view.crs == "EPSG:2154"
        view.remember("x", lambda: 1)
        assert view._territory is None


def test_past_territories_kept_open_are_few(
    living: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jumeau.interop.served.PAST_VERSIONS", 1)
    for version in ("1", "2", "1", "2"):
        lamps(living, version)
    assert len(living._past) == 1
