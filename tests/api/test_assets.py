# SPDX-License-Identifier: EUPL-1.2
"""Assets with their figures, one row each, and the curves of their sensors."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient

import jumeau
from jumeau.api import asset_models, create_app, models
from jumeau.base.contract import IndicatorSpec

CRS = "EPSG:2154"
X, Y = 770_000.0, 6_279_000.0
NEED, EACH = "buildings_final_kwh", "buildings_final_kwh_m2"


def _spec(name: str, unit: str) -> IndicatorSpec:
    return IndicatorSpec(name, unit, f"{name} en", f"{name} fr", "", "Method.", "Méthode.")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four buildings, two of them public and one supposed to be; a meter and a thermometer."""
    home = tmp_path_factory.mktemp("assets")
    territory = jumeau.create(home / "lieu.jumeau", name="Le Lieu", insee=["34172"])
    frame = gpd.GeoDataFrame(
        {
            "id": ["B1", "B2", "B3", "B4"],
            "name": ["Mairie", "École", None, "Maison"],
            "public": [True, True, None, False],
            "floor_area_m2": [300.0, None, 90.0, 80.0],
        },
        geometry=[shapely.box(X + 20 * k, Y, X + 20 * k + 10, Y + 10) for k in range(4)],
        crs=CRS,
    )
    frame.to_file(home / "batiments.geojson", driver="GeoJSON")
    territory.add(home / "batiments.geojson", "building")
    rows = [
        (name, "building", f"B{k + 1}", value, 0.8 * value, 1.2 * value, unit, 0.4)
        for name, unit, values in (
            (NEED, "kWh/yr", (9_000.0, 50_000.0, 8_000.0, 7_000.0)),
            (EACH, "kWh/(m²·yr)", (30.0, 210.0, 90.0, 88.0)),
        )
        for k, value in enumerate(values)
    ]
    rows += [
        (NEED, "building_month", f"B1/{month:02d}", 10.0 * month, None, None, "kWh", 0.4)
        for month in range(1, 13)
    ]
    rows.append((NEED, "building_month", "B10/01", 1.0, None, None, "kWh", 0.4))
    columns = ["indicator", "scope", "entity", "value", "low", "high", "unit", "estimated_share"]
    with territory.recording(
        "buildings", methods=[_spec(NEED, "kWh/yr"), _spec(EACH, "kWh/m²")]
    ) as run:
        run.add_indicators(pd.DataFrame(rows, columns=columns).assign(year=2026))
        run.add_estimates(
            pd.DataFrame({"table": ["building"], "entity": ["B3"], "attribute": ["public"],
                          "value": [0.9], "method": ["guessed"]})
        )  # fmt: skip
    sensors = pd.DataFrame(
        {
            "id": ["E1", "T1"], "name": ["Compteur", None],
            "property": ["electricity_consumption", "air_temperature"], "unit": ["kWh", "°C"],
            "table": "building", "entity": "B1", "interval_s": [3600.0, 3600.0], "x": X, "y": Y,
        }
    )  # fmt: skip
    sensors.to_csv(home / "capteurs.csv", index=False)
    territory.add(home / "capteurs.csv", "sensor", source_crs=CRS)
    hours = pd.date_range(
        "2024-03-30T23:00", "2024-03-31T22:00", freq="h", tz="UTC", inclusive="left"
    )
    readings = pd.concat(
        [
            pd.DataFrame({"sensor_id": "E1", "property": "electricity_consumption",
                          "time": hours, "value": 2.0}),
            pd.DataFrame({"sensor_id": "E1", "property": "electricity_consumption",
                          "time": hours[:6] + pd.Timedelta(days=1), "value": 0.0}),
            pd.DataFrame({"sensor_id": "T1", "property": "air_temperature",
                          "time": hours[:2], "value": [10.0, 14.0]}),
        ]
    )  # fmt: skip
    readings["time"] = readings["time"].map(lambda time: time.isoformat())
    readings.to_csv(home / "releves.csv", index=False)
    territory.add(home / "releves.csv", "observation")
    path = territory.path
    territory.close()
    return path


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(folder), raise_server_exceptions=False) as opened:
        yield opened


def get(client: TestClient, path: str, status: int = 200) -> Any:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


FIGURES = "/api/figures/building?worksite=buildings"
VALUES = f"/api/values/building?worksite=buildings&indicator={EACH}"


def ids(found: Any) -> list[str]:
    return [row["id"] for row in found["rows"]]


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    ("path", "model"),
    [
        (FIGURES, asset_models.Figures),
        (f"{FIGURES}&only=public&sort=-{EACH}&limit=1&skip=1", asset_models.Figures),
        ("/api/figures/street?worksite=buildings", asset_models.Figures),
        (VALUES, asset_models.Values),
        ("/api/readings/building/B1?step=day", asset_models.Readings),
        ("/api/readings/building/B4", asset_models.Readings),
        ("/api/entity/building/B1", models.Entity),
    ],
)
def test_answers_have_the_declared_shape(
    client: TestClient, path: str, model: Any, lang: str
) -> None:
    found = get(client, f"{path}{'&' if '?' in path else '?'}lang={lang}")
    model.model_validate(found)
    assert found["licence"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/figures/building", 400, "JUM-A001"),
        ("/api/figures/nothing?worksite=buildings", 404, "JUM-T001"),
        (f"{FIGURES}&sort=-value", 400, "JUM-A006"),
        (f"{FIGURES}&only=name", 400, "JUM-I005"),
        (f"{FIGURES}&limit=0", 400, "JUM-A"),
        ("/api/values/building?worksite=buildings", 400, "JUM-A001"),
        ("/api/values/nothing?worksite=buildings&indicator=x", 404, "JUM-T001"),
        ("/api/values/building?worksite=buildings&indicator=x", 400, "JUM-A006"),
        (f"{VALUES}&mark=name", 400, "JUM-I005"),
        ("/api/readings/building/B9", 404, "JUM-I008"),
        ("/api/readings/nothing/B1", 404, "JUM-T001"),
        ("/api/readings/building/B1?step=dya", 400, "JUM-A040"),
    ],
)
def test_bad_requests_are_coded(client: TestClient, path: str, status: int, code: str) -> None:
    found = get(client, path, status)
    assert found["error"]["code"].startswith(code)


def test_assets_come_in_the_order_asked(client: TestClient) -> None:
    assert ids(get(client, f"{FIGURES}&sort=-{EACH}")) == ["B2", "B3", "B4", "B1"]
    assert ids(get(client, f"{FIGURES}&sort={NEED}")) == ["B4", "B3", "B1", "B2"]
    assert ids(get(client, FIGURES)) == ["B1", "B4", "B2", "B3"]  # by name, unnamed ones last
    page = get(client, f"{FIGURES}&sort=-{EACH}&limit=2&skip=1")
    assert (ids(page), page["total"]) == (["B3", "B4"], 4)


def test_only_what_is_public_by_fact_or_by_estimate(client: TestClient) -> None:
    found = get(client, f"{FIGURES}&only=public&sort=-{EACH}")
    assert (ids(found), found["total"]) == (["B2", "B3", "B1"], 3)


def test_one_figure_of_all_comes_in_columns(client: TestClient) -> None:
    found = get(client, f"{VALUES}&mark=public&lang=en")
    assert found["ids"] == ["B1", "B2", "B3", "B4"]
    assert found["values"] == [30.0, 210.0, 90.0, 88.0]
    assert found["estimated_shares"] == [0.4] * 4
    assert sorted(found["marked"]) == ["B1", "B2", "B3"]
    assert (found["column"]["label"], found["column"]["unit"]) == (f"{EACH} en", "kWh/(m²·yr)")
    assert get(client, VALUES)["marked"] == []


def test_the_first_view_is_where_people_live(client: TestClient) -> None:
    found = get(client, "/api/territory")
    west, south, east, north = found["home"]
    assert west < east and south < north
    assert found["bounds"][0] <= west + 1e-9 and east - 1e-9 <= found["bounds"][2]
    assert get(client, "/api/territory?at=1")["home"] is None


def test_a_row_has_its_facts_and_figures(client: TestClient) -> None:
    found = get(client, f"{FIGURES}&lang=en")
    first = found["rows"][0]
    assert first["label"] == "Mairie"
    assert first["facts"]["floor_area_m2"] == 300.0
    figure = first["figures"][EACH]
    assert (figure["value"], figure["low"], figure["high"]) == (30.0, 24.0, 36.0)
    assert get(client, f"/api/explain/indicator/{figure['id']}?lang=en")["title"] == f"{EACH} en"
    assert [item["label"] for item in found["columns"]] == [f"{NEED} en", f"{EACH} en"]
    assert [item["unit"] for item in found["columns"]] == ["kWh/yr", "kWh/(m²·yr)"]
    assert found["rows"][3]["label"].endswith("B3")


def test_one_figure_alone_for_the_map(client: TestClient) -> None:
    found = get(client, f"{FIGURES}&indicator={EACH}")
    assert {tuple(row["figures"]) for row in found["rows"]} == {(EACH,)}
    assert {tuple(row["facts"]) for row in found["rows"]} == {()}
    assert [item["indicator"] for item in found["columns"]] == [EACH]


def test_the_file_holds_every_figure(client: TestClient) -> None:
    text = client.get(f"{FIGURES}&only=public&sort=-{NEED}&f=csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in rows] == ["B2", "B1", "B3"]
    assert (rows[1][NEED], rows[1][f"{NEED}_low"], rows[1]["floor_area_m2"]) == (
        "9000.0",
        "7200.0",
        "300.0",
    )


def test_the_sheet_has_the_months_of_its_own_building(client: TestClient) -> None:
    months = get(client, "/api/entity/building/B1")["months"]
    assert [(row["entity"], row["value"]) for row in months] == [
        (f"B1/{month:02d}", 10.0 * month) for month in range(1, 13)
    ]
    assert get(client, "/api/entity/building/B2")["months"] == []


def test_readings_are_those_of_local_days(client: TestClient) -> None:
    """On 31 March 2024 the day has 23 hours; the next one was read for six."""
    meter, air = get(client, "/api/readings/building/B1?step=day")["rows"][::-1]
    assert (meter["id"], air["label"]) == ("E1", "T1")
    assert [row["time"] for row in meter["rows"]] == ["2024-03-31T00:00:00", "2024-04-01T00:00:00"]
    assert [row["value"] for row in meter["rows"]] == [46.0, 0.0]
    assert meter["rows"][1]["share"] == pytest.approx(0.25)
    assert meter["rows"][0]["share"] == 1.0
    assert (meter["count"], meter["zeros"]) == (29, 6)
    assert meter["first"] == "2024-03-31T00:00:00+01:00"
    assert air["rows"][0]["value"] == 12.0  # a temperature is averaged


def test_what_was_not_read_has_no_value(client: TestClient) -> None:
    (meter,) = [
        row for row in get(client, "/api/readings/building/B1")["rows"] if row["id"] == "E1"
    ]
    assert [row["time"][:7] for row in meter["rows"]] == ["2024-03", "2024-04"]
    assert meter["rows"][1]["share"] < 0.02
    assert get(client, "/api/readings/building/B4")["rows"] == []
    text = client.get("/api/readings/building/B1?step=hour&f=csv").text
    assert len(list(csv.DictReader(io.StringIO(text)))) == 31
