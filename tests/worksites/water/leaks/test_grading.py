# SPDX-License-Identifier: EUPL-1.2
"""The exercise of the demonstrator is graded by distance, water and false alarms."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

from jumeau.base.errors import MissingFileError
from jumeau.twin import territory as twin
from jumeau.worksites import water
from jumeau.worksites.water.leaks.grading import KEY, grade, grade_territory

LINE = """[JUNCTIONS]
 A 10 1
 B 10 1
 C 10 1
 D 10 1
[RESERVOIRS]
 R 60
[PIPES]
 ra R A 100 200 120
 ab A B 200 200 120
 bc B C 900 200 120
 cd C D 100 200 120
[COORDINATES]
 A 700000 6600000
 B 700200 6600000
 C 701100 6600000
 D 701200 6600000
 R 699900 6600000
[OPTIONS]
 Units CMH
[END]
"""
NAMES = ("leak", "pipe", "kind", "starts", "repaired", "peak_m3_h", "volume_m3")
HIDDEN = pd.DataFrame([
    ("F1", "ab", "abrupt", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", 2.0, 300.0),
    ("F2", "cd", "incipient", "2024-05-01T00:00:00Z", None, 3.0, 700.0),
], columns=NAMES)  # fmt: skip


@pytest.fixture
def line(tmp_path: Path) -> water.Network:
    path = tmp_path / "line.inp"
    path.write_text(LINE, encoding="utf-8")
    return water.read_inp(path)


def found(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    """Return found leaks: pipe, start, end."""
    table = pd.DataFrame(rows, columns=["pipe", "start", "end"])
    for name in ("start", "end"):
        table[name] = pd.to_datetime(table[name], utc=True)
    table["detected_at"] = table["start"] + pd.Timedelta(days=2)
    table["flow_m3_h"], table["probability"] = 2.5, 0.8
    table["zone"] = [["ab", "ra"] for _ in rows]
    return table


def test_everything_in_its_place_earns_twenty(line: water.Network) -> None:
    result = grade(
        found(("ab", "2024-02-01", "2024-03-01"), ("cd", "2024-05-01", None)), HIDDEN, line
    )
    assert result.mark == 20.0
    assert list(result.leaks["found"]) == [True, True]
    assert list(result.leaks["in_zone"]) == [True, False]
    assert list(result.leaks["delay_d"]) == [2.0, 2.0]
    assert result.false_alarms.empty


def test_water_distance_and_false_alarms_count(line: water.Network) -> None:
    answer = found(
        ("ra", "2024-02-01", None),  # 150 m from F1
        ("ab", "2024-06-01", None),  # after the repair of F1, far from F2
        ("cd", "2024-05-10", "2024-05-20"), ("cd", "2024-06-10", None),  # F2, twice
    )  # fmt: skip
    result = grade(answer, HIDDEN, line)
    assert list(result.leaks["by"]) == ["ra", "cd"]
    assert list(result.leaks["distance_m"]) == [150.0, 0.0]
    assert list(result.leaks["points"]) == pytest.approx([20 * 0.3 * 0.75, 20 * 0.7])
    assert list(result.false_alarms["pipe"]) == ["ab"]
    assert result.mark == pytest.approx(4.5 + 14.0 - 1.0)
    plain = json.loads(json.dumps(result.to_dict()))
    assert (plain["found"], plain["out_of"], len(plain["leaks"])) == (2, 20.0, 2)


def test_nothing_found_earns_nothing(line: water.Network) -> None:
    result = grade(found(), HIDDEN, line)
    assert (result.mark, result.leaks["found"].sum()) == (0.0, 0)
    wrong = found(("bc", "2024-02-01", None))
    assert grade(wrong, HIDDEN, line).mark == 0.0


def test_a_territory_is_graded_by_the_key_of_its_folder(
    line: water.Network, tmp_path: Path
) -> None:
    place = twin.create(tmp_path / "place.jumeau", name="Place")
    water.to_territory(line, place, name="Bourg")
    with pytest.raises(MissingFileError, match="JUM-H172"):
        grade_territory(place)
    key = tmp_path / "place.jumeau" / KEY
    key.parent.mkdir()
    HIDDEN.to_csv(key, index=False)
    row = {
        "id": "1", "geometry": None, "network_id": "bourg", "pipe_id": "cd", "kind": "incipient",
        "started_at": dt.datetime(2024, 5, 3, tzinfo=dt.UTC),
        "detected_at": dt.datetime(2024, 5, 6, tzinfo=dt.UTC), "ended_at": None,
        "flow_m3_h": 3.0, "probability": 0.9, "zone": json.dumps({"cd": 0.7, "bc": 0.1}),
    }  # fmt: skip
    with place.transaction("leaks") as tx:
        tx.insert("leak", pd.DataFrame([row]))
    result = grade_territory(place)
    assert result.mark == pytest.approx(14.0)
    assert result.leaks["in_zone"].tolist() == [False, True]
    assert result.leaks["delay_d"].iloc[1] == 5.0
