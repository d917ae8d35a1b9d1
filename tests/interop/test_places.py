# SPDX-License-Identifier: EUPL-1.2
"""Indexes of rows: right from the first question on, and never older than their table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import jumeau
from jumeau.interop import features, places
from jumeau.interop.served import Served

LAMPS = features.table("luminaire")


@pytest.fixture
def living(town: ModuleType, tmp_path: Path) -> Iterator[Served]:
    town.build(tmp_path / "bourg.jumeau").close()
    opened = Served(tmp_path / "bourg.jumeau", workers=1)
    yield opened
    opened.close()


def identifier_of(served: Served, name: str) -> str | None:
    with served.reading() as view:
        row = places.row_of(view, LAMPS, name)
        if row is None:
            return None
        return str(view.rows("SELECT id FROM luminaire WHERE rowid = ?", [row])[0]["id"])


def test_identifiers_are_found_before_and_after_the_index(living: Served) -> None:
    for number in range(8):
        name = f"lamp/{number:05d}"
        assert identifier_of(living, name) == name
        assert identifier_of(living, "nobody") is None
    assert len(living.indexes) == 1
    assert identifier_of(living, "\x00") is None


def test_an_index_is_as_young_as_its_table(living: Served, town: ModuleType) -> None:
    for _ in range(5):
        assert identifier_of(living, "lamp/00007") == "lamp/00007"
    with jumeau.open(living.live.path).transaction("change") as tx:
        tx.delete("luminaire", {"id": "lamp/00007"})
        tx.upsert("luminaire", town.luminaires(2, start=8).assign(power_w=1.0))
        tx.insert("luminaire", town.luminaires(2, start=1000))
    for _ in range(5):
        assert identifier_of(living, "lamp/00007") is None
        assert identifier_of(living, "lamp/01000") == "lamp/01000"
        assert identifier_of(living, "lamp/00008") == "lamp/00008"


def test_other_tables_do_not_age_an_index(living: Served) -> None:
    with living.reading() as view:
        before = places.stamp(view, LAMPS)
    with jumeau.open(living.live.path).transaction("trees") as tx:
        tx.delete("street", {"id": "s0"})
    with living.reading() as view:
        assert view.version > before
        assert places.stamp(view, LAMPS) == before
        assert places.stamp(view, features.table("street")) == view.version


def test_ranges_hold_every_row_of_a_window(
    living: Served, town: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "RUN", 16)
    box = (town.X + 90, town.Y + 15, town.X + 410, town.Y + 85)
    clause = "xmax >= ? AND xmin <= ? AND ymax >= ? AND ymin <= ?"
    with living.reading() as view:
        sql = f"SELECT rowid AS r FROM luminaire WHERE {clause}"
        edges = [box[0], box[2], box[1], box[3]]
        wanted = {row["r"] for row in view.rows(sql, edges)}
        for after in (-1, 40, 200, 299, 10_000):
            for size in (1, 20, 1000):
                found = list(places.ranges(view, LAMPS, box, after, size))
                assert found == sorted(found)
                covered = {row for low, high in found for row in range(low + 1, high + 1)}
                assert {row for row in wanted if row > after} <= covered
                assert all(row > after for row in covered)
    assert 10 < len(wanted) < 300


def test_each_deletion_gives_a_table_another_stamp(living: Served) -> None:
    """DuckLake may write the deletions of several versions into one file."""
    stamps = []
    for number in range(3):
        with jumeau.open(living.live.path).transaction("fewer") as tx:
            tx.delete("luminaire", {"id": f"lamp/{number:05d}"})
        with living.reading() as view:
            stamps.append(places.stamp(view, LAMPS))
            assert stamps[-1] == view.version
    with jumeau.open(living.live.path).transaction("elsewhere") as tx:
        tx.delete("building", {"id": "b3"})
    with living.reading() as view:
        assert places.stamp(view, LAMPS) == stamps[-1] < view.version
