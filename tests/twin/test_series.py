# SPDX-License-Identifier: EUPL-1.2
"""Files of readings enter as observations: known by sensor, property and time, nothing lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import jumeau
from jumeau.twin.territory import Territory

MAPPING = {"prm": "sensor_id", "horodate": "time", "kwh": "value"}
CONSTANTS = {"property": "electricity", "unit": "kWh"}


@pytest.fixture
def territory(tmp_path: Path) -> Territory:
    return jumeau.create(tmp_path / "t.jumeau", name="T")


def add(territory: Territory, file: Path, *rows: str) -> Any:
    file.write_text("\n".join(["prm;horodate;kwh", *rows]) + "\n", encoding="utf-8")
    return territory.add(file, "observation", MAPPING, constants=CONSTANTS)


def kept(territory: Territory) -> dict[tuple[str, datetime], float | None]:
    return {
        (row["sensor_id"], row["time"].astimezone(UTC)): row["value"]
        for row in territory.table("observation").to_pylist()
    }


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


def test_readings_enter_with_their_offset(territory: Territory, tmp_path: Path) -> None:
    rows = ("a;2024-01-31T10:00:00+01:00;1,5", "a;2024-01-31T10:00:00Z;", "b;2024-01-31T10:00Z;0")
    report = add(territory, tmp_path / "r.csv", *rows)
    assert (report.read, report.added, report.dropped) == (3, 3, 0)
    assert kept(territory) == {
        ("a", at(2024, 1, 31, 9)): 1.5,
        ("a", at(2024, 1, 31, 10)): None,
        ("b", at(2024, 1, 31, 10)): 0.0,
    }
    (source,) = territory.table("source").to_pylist()
    assert source["table"] == "observation"
    assert {row["source_id"] for row in territory.table("observation").to_pylist()} == {
        source["id"]
    }


def test_times_without_offset_are_those_of_the_place(territory: Territory, tmp_path: Path) -> None:
    report = add(territory, tmp_path / "r.csv", "a;31/07/2024 10:00;1", "a;31/01/2024 10:00;2")
    assert kept(territory) == {("a", at(2024, 7, 31, 8)): 1.0, ("a", at(2024, 1, 31, 9)): 2.0}
    (note,) = report.findings.to_dict("records")
    assert note["code"] == "JUM-S150" and "Europe/Paris" in note["what"]


def test_the_hour_written_twice_is_told(territory: Territory, tmp_path: Path) -> None:
    report = add(territory, tmp_path / "r.csv", "a;27/10/2024 02:30;1", "a;27/10/2024 02:30;3")
    assert (report.read, report.added, report.dropped) == (2, 1, 1)
    assert list(kept(territory).values()) == [3.0]
    assert {"JUM-S150", "JUM-S151"} == set(report.findings["code"])


def test_a_correction_updates_and_the_same_file_adds_nothing(
    territory: Territory, tmp_path: Path
) -> None:
    first = ("a;2024-01-01T00:00Z;1", "a;2024-01-01T01:00Z;2")
    add(territory, tmp_path / "r.csv", *first)
    assert add(territory, tmp_path / "r.csv", *first).added == 0
    report = add(territory, tmp_path / "s.csv", first[0], "a;2024-01-01T01:00Z;5")
    assert (report.added, report.updated, report.unchanged) == (0, 1, 1)
    assert sorted(filter(None, kept(territory).values())) == [1.0, 5.0]


def test_what_has_no_time_or_no_sensor_is_left_out(territory: Territory, tmp_path: Path) -> None:
    report = add(
        territory, tmp_path / "r.csv", "a;never;1", ";2024-01-01T00:00Z;1", "a;2024-01-01T00:00Z;1"
    )
    assert (report.read, report.added, report.dropped) == (3, 1, 2)
    assert {"JUM-S119", "JUM-S130"} <= set(report.findings["code"])
