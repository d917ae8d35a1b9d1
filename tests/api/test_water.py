# SPDX-License-Identifier: EUPL-1.2
"""Water networks, their series and their elements, as the page asks for them."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

import jumeau
from jumeau.api import create_app, water, water_models

PIPED = Path(__file__).parents[1] / "browser" / "piped.py"
X0, Y0 = 770_100.0, 6_279_300.0


@pytest.fixture(scope="module")
def piped() -> ModuleType:
    spec = importlib.util.spec_from_file_location("piped", PIPED)
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def client(piped: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The network of the browser tests, alone, behind the application."""
    path = tmp_path_factory.mktemp("water") / "bourg.jumeau"
    territory = jumeau.create(path, name="Le Bourg", insee=["34172"])
    piped.lay(territory, X0, Y0)
    territory.close()
    with TestClient(create_app(path)) as found:
        yield found


def read(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/water/{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_quantity_comes_in_columns(client: TestClient, piped: ModuleType) -> None:
    found = read(client, "series", quantity="pressure_m")
    water_models.WaterSeries.model_validate(found)
    assert (found["table"], found["unit"], found["every"]) == ("junction", "m", 1)
    assert found["times_s"] == [3600.0 * hour for hour in range(25)]
    assert found["ids"] == [f"N{i:02d}" for i in range(16)]
    expected = [[piped.pressure(i // 4, hour) for hour in range(25)] for i in range(16)]
    np.testing.assert_allclose(found["values"], expected, atol=0.006)
    # Draws were made for one junction only.
    assert [i for i, low in enumerate(found["low"]) if low] == [0]
    np.testing.assert_allclose(found["high"][0], np.array(expected[0]) + 1.5, atol=0.006)
    without = read(client, "series", quantity="pressure_m", bounds=False)
    assert without["low"] is without["high"] is None
    assert without["values"] == found["values"]


def test_another_table_and_a_network_can_be_named(client: TestClient) -> None:
    pumps = read(client, "series", quantity="flow_m3_h", table="pump", network="bourg")
    assert (pumps["table"], pumps["ids"]) == ("pump", ["P1"])
    assert sum(pumps["values"][0]) == 12 * 16
    nothing = read(client, "series", quantity="age_h")
    assert (nothing["ids"], nothing["times_s"], nothing["low"]) == ([], [], None)


def test_a_wrong_question_is_told(client: TestClient) -> None:
    def code(**query: str) -> tuple[int, str]:
        answer = client.get("/api/water/series", params={"lang": "en", **query})
        return answer.status_code, answer.json()["error"]["code"]

    assert code(quantity="pressure") == (400, "JUM-A041")
    assert code(quantity="pressure_m", table="nodes") == (404, "JUM-T001")
    assert code(quantity="pressure_m", network="nowhere") == (404, "JUM-I008")
    assert client.get("/api/water/element/junction/N99").status_code == 404


def test_series_are_also_a_flat_file(client: TestClient) -> None:
    text = client.get("/api/water/series", params={"quantity": "velocity_m_s", "f": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 24
    assert list(rows[0])[:3] == ["id", "t0", "t3600"]
    assert float(rows[5]["t28800"]) == pytest.approx(0.8)


def test_an_element_has_all_its_curves(client: TestClient) -> None:
    found = read(client, "element/pipe/C00", lang="en")
    water_models.WaterElement.model_validate(found)
    assert [row["quantity"] for row in found["rows"]] == ["flow_m3_h", "velocity_m_s"]
    assert [node["id"] for node in found["nodes"]] == ["N00", "N01"]
    assert found["network"]["placement"] == "control points"
    text = client.get("/api/water/element/junction/N00", params={"f": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 25
    assert (rows[8]["value"], rows[8]["low"], rows[8]["high"]) == ("9.0", "7.5", "10.5")


def test_an_element_is_tied_to_its_network(client: TestClient) -> None:
    around = client.get("/api/around/pipe/C00").json()["related"]
    (tie,) = [item for item in around if item["table"] == "water_network"]
    assert (tie["attribute"], tie["known"]) == ("network_id", "fact")
    assert tie["rows"] == [{"id": "bourg", "label": "Réseau du Bourg"}]
    whole = client.get("/api/around/water_network/bourg").json()["related"]
    assert {item["table"]: item["count"] for item in whole}["pipe"] == 24


def test_networks_say_what_they_hold_and_how_they_are_placed(client: TestClient) -> None:
    (found,) = read(client, "networks", lang="fr")["rows"]
    water_models.WaterNetwork.model_validate(found)
    assert (found["name"], found["placement_error_m"]) == ("Réseau du Bourg", 4.2)
    assert found["length_m"] == 24 * 120
    counts = {part["table"]: part["count"] for part in found["counts"]}
    assert counts == {
        "junction": 16, "reservoir": 1, "tank": 1, "pipe": 24, "pump": 1, "valve": 1, "hydrant": 1
    }  # fmt: skip
    # What is not known comes last.
    assert {part["name"]: part["count"] for part in found["materials"]} == {
        "Fonte": 6, "PVC": 6, "PEHD": 6, "": 6
    }  # fmt: skip
    assert [part["name"] for part in found["decades"]] == ["1950", "1970", "2000", ""]
    assert found["materials"][-1]["name"] == ""
    assert {(part["quantity"], part["count"]) for part in found["series"]} >= {
        ("pressure_m", 16), ("velocity_m_s", 24)
    }  # fmt: skip
    text = client.get("/api/water/networks", params={"f": "csv"}).text
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["pipe"], row["meter"]) == ("24", "")


def test_a_territory_without_water_answers_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sec.jumeau"
    jumeau.create(path, name="Sec", insee=["34172"]).close()
    with TestClient(create_app(path)) as dry:
        assert read(dry, "networks")["rows"] == []
        assert read(dry, "series", quantity="pressure_m")["ids"] == []


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """12,500 junctions over 25 hours, as long as floats are written."""
    path = tmp_path_factory.mktemp("large") / "ville.jumeau"
    values = np.random.default_rng(1).normal(40, 10, (12_500, 25))
    rows = pd.DataFrame(
        {
            "id": [f"s{i}" for i in range(12_500)],
            "network_id": "ville",
            "table": "junction",
            "entity": [f"N{i:05d}" for i in range(12_500)],
            "quantity": "pressure_m",
            "step_s": 3600.0,
            "start_s": 0.0,
            "values": [json.dumps(line.tolist()) for line in values],
        }
    )
    territory = jumeau.create(path, name="Ville", insee=["34172"])
    with territory.transaction("day") as tx:
        tx.insert("water_series", rows)
    territory.close()
    with TestClient(create_app(path)) as found:
        yield found


def test_a_large_network_answers_within_a_second_and_compressed(large: TestClient) -> None:
    begin = time.process_time()
    with large.stream("GET", "/api/water/series?quantity=pressure_m") as answer:
        raw = b"".join(answer.iter_raw())
    took = time.process_time() - begin
    assert answer.headers["content-encoding"] == "gzip"
    found = json.loads(gzip.decompress(raw))
    assert (len(found["ids"]), len(found["values"][0])) == (12_500, 25)
    assert len(raw) < 1_000_000
    assert took < 1.5, "1 s on a quiet machine, the test's own client included"
    # Once more, from memory.
    tag = answer.headers["etag"]
    again = large.get("/api/water/series?quantity=pressure_m", headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_beyond_what_a_page_can_take_times_are_thinned(
    large: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(water, "MOST", 12_500 * 10)
    found = read(large, "series", quantity="pressure_m", bounds=False)
    assert found["every"] == 3
    assert found["times_s"] == [10_800.0 * i for i in range(9)]
    assert {len(values) for values in found["values"]} == {9}
