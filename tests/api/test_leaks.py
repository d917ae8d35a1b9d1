# SPDX-License-Identifier: EUPL-1.2
"""Leaks, balances, breaks and duties, as the page asks for them."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

import jumeau
from jumeau.api import create_app, water_models

PIPED = Path(__file__).parents[1] / "browser" / "piped.py"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The network of the browser tests with two leaks, behind the application."""
    spec = importlib.util.spec_from_file_location("piped", PIPED)
    assert spec and spec.loader
    piped = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(piped)
    path = tmp_path_factory.mktemp("leaks") / "bourg.jumeau"
    territory = jumeau.create(path, name="Le Bourg", insee=["34172"])
    piped.lay(territory, 770_100.0, 6_279_300.0, leaking=True)
    territory.close()
    with TestClient(create_app(path)) as found:
        yield found


def read(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/water/{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_leaks_come_with_their_zone_those_that_run_first(client: TestClient) -> None:
    found = read(client, "leaks", lang="fr")
    water_models.Leaks.model_validate(found)
    assert [row["id"] for row in found["rows"]] == ["bourg-C00-20240302", "bourg-C05-20240105"]
    first = found["rows"][0]
    assert first["zone"] == [{"pipe": "C00", "share": 0.5}, {"pipe": "C01", "share": 0.3}]
    assert first["zone_km"] == 0.24
    west, south, east, north = first["bounds"]
    assert west <= first["lon"] <= east
    assert south - 1e-6 <= first["lat"] <= north + 1e-6
    # 29 days at 2.5 m³/h, 0.80 € a cubic metre.
    assert first["lost_m3"] == pytest.approx(29 * 24 * 2.5, rel=1e-3)
    assert first["lost_eur"] == pytest.approx(29 * 24 * 2.5 * 0.8, rel=1e-3)
    assert (found["first"], found["last"]) == ("2024-01-01", "2024-03-30")
    (search,) = found["searches"]
    assert search["faults"][0]["label"] == "Pression N03"


def test_a_leak_tells_where_to_listen_and_what_its_district_shows(client: TestClient) -> None:
    found = read(client, "leaks/bourg-C00-20240302")
    water_models.Leak.model_validate(found)
    assert [(part["pipe"], part["metres"]) for part in found["zone"]] == [
        ("C00", 120.0), ("C01", 240.0)
    ]  # fmt: skip
    assert {row["quantity"] for row in found["balance"]} == {"leak_flow_m3_h", "night_flow_m3_h"}
    assert client.get("/api/water/leaks/none").status_code == 404


def test_zones_are_geojson_with_their_licence(client: TestClient) -> None:
    answer = client.get("/api/water/leaks", params={"f": "geojson"})
    assert answer.headers["content-type"].startswith("application/geo+json")
    found = answer.json()
    assert found["licence"]
    feature = found["features"][0]
    assert feature["geometry"]["type"] == "MultiLineString"
    assert len(feature["geometry"]["coordinates"]) == 2
    assert feature["properties"]["probability"] == 0.8


def test_leaks_and_balances_are_flat_files_too(client: TestClient) -> None:
    text = client.get("/api/water/leaks", params={"f": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["pipe_id"] for row in rows] == ["C00", "C05"]
    text = client.get("/api/water/balance", params={"f": "csv", "entity": "S1"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 2 * 90
    assert rows[0]["date"] == "2024-01-01"
    assert client.get("/api/water/balance", params={"entity": "no"}).json()["rows"] == []
    assert client.get("/api/water/leaks", params={"f": "parquet"}).content[:4] == b"PAR1"


def test_breaks_come_the_worst_by_kilometre_first(client: TestClient) -> None:
    found = read(client, "breaks", limit=2)
    water_models.PipeRisks.model_validate(found)
    assert (found["total"], len(found["rows"])) == (3, 2)
    assert found["rows"][0]["pipe_id"] == "C02"
    assert found["rows"][0]["per_km"] == pytest.approx(0.06 / 0.12)
    assert read(client, "breaks", limit=2, skip=2)["rows"][0]["pipe_id"] == "C00"


def test_duties_have_a_verdict_and_a_proof_in_the_language_asked(client: TestClient) -> None:
    french, english = (read(client, "indicators", year=2024, lang=lang) for lang in ("fr", "en"))
    water_models.Duties.model_validate(french)
    assert {row["verdict"] for row in french["rows"]} <= {"yes", "no", "unknown"}
    yields = [next(row for row in found["rows"] if row["indicator"] == "P104.3")
              for found in (french, english)]  # fmt: skip
    assert yields[0]["value"] is None
    assert yields[0]["missing"]
    assert yields[0]["label"] != yields[1]["label"]
    assert client.get("/api/water/indicators", params={"year": 12}).status_code in (400, 422)


def test_nothing_searched_is_an_empty_answer(tmp_path: Path) -> None:
    path = tmp_path / "sec.jumeau"
    jumeau.create(path, name="Sec", insee=["34172"]).close()
    with TestClient(create_app(path)) as dry:
        found = read(dry, "leaks")
        assert (found["rows"], found["searches"], found["first"]) == ([], [], None)
        assert read(dry, "breaks")["total"] == 0
        assert read(dry, "balance")["rows"] == []


def test_the_leak_of_the_map_is_a_row_like_any_other(client: TestClient) -> None:
    tables = client.get("/api/territory").json()["tables"]
    (table,) = [item for item in tables if item["name"] == "leak"]
    assert (table["count"], table["worksite"], table["geometry"]) == (2, "water", "point")
    entity = client.get("/api/entity/leak/bourg-C00-20240302").json()
    assert json.loads(json.dumps(entity["row"]["zone"]))["C00"] == 0.5
    assert isinstance(pd.Timestamp(entity["row"]["started_at"]), pd.Timestamp)
