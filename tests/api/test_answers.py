# SPDX-License-Identifier: EUPL-1.2
"""What each address answers: declared shape, right content, licence, both languages."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

import jumeau
from jumeau.api import create_app, models, wordings

LICENCE = "Licence Ouverte 2.0"


def get(client: TestClient, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/api/territory", models.Territory),
        ("/api/indicators", models.Indicators),
        ("/api/options", models.Options),
        ("/api/findings", models.Findings),
        ("/api/sources", models.Sources),
        ("/api/fields", models.Fields),
        ("/api/explain/indicator/i-town", models.Explanation),
        ("/api/explain/luminaire/lamp/00002", models.Explanation),
        ("/api/explain/option/o%2F1", models.Explanation),
        ("/api/entity/luminaire/lamp%2F00002", models.Entity),
        ("/api/entity/district/north", models.Entity),
        ("/api/raster/illuminance/value?lon=3.87&lat=43.6", models.RasterValue),
    ],
)
def test_answers_have_the_declared_shape(
    client: TestClient, path: str, model: type[BaseModel], lang: str
) -> None:
    sign = "&" if "?" in path else "?"
    found = get(client, f"{path}{sign}lang={lang}")
    model.model_validate(found)
    if "fields" not in path:
        assert found["licence"] == LICENCE
        assert found["attribution"] == [
            "Ville de Bourg-l'Étang, Points lumineux, 2025, Licence Ouverte 2.0"
        ]


def test_territory(client: TestClient) -> None:
    found = get(client, "/api/territory")
    assert found["name"] == "Bourg-l'Étang"
    assert found["insee"] == ["34172"]
    west, south, east, north = found["bounds"]
    assert 3 < west < found["center"][0] < east < 5
    assert 43 < south < found["center"][1] < north < 44
    tables = {table["name"]: table for table in found["tables"]}
    assert tables["luminaire"] == {
        "name": "luminaire",
        "label": "Points lumineux",
        "count": 300,
        "geometry": "point",
        "worksite": "lighting",
    }
    assert tables["budget"]["geometry"] is None
    (raster,) = found["rasters"]
    assert raster["layer"] == "illuminance"
    assert len(raster["classes"]) == len(raster["colors"])
    tile = raster["tiles_url"].format(z=14, x=8370, y=5980)
    assert client.get("/" + tile).headers["content-type"] == "image/png"
    (worksite,) = found["worksites"]
    assert worksite["label"] == "Éclairage public"
    assert worksite["last_run"]["version"] <= found["version"]
    assert [item["version"] for item in found["versions"]] == [1, 2, 3]
    english = get(client, "/api/territory?lang=en")
    assert english["worksites"][0]["label"] == "Public lighting"


def test_indicators_are_labelled_and_filtered(client: TestClient) -> None:
    rows = get(client, "/api/indicators")["rows"]
    assert len(rows) == 4
    found = {row["id"]: row for row in rows}
    assert found["i-town"]["label"] == "Électricité de l'éclairage"
    assert found["i-town"]["entity_label"] == "Bourg-l'Étang"
    assert found["i-town"]["digits"] == 1
    assert found["i-north"]["entity_label"] == "Nord"
    assert found["i-s0"]["entity_label"] == "rue de l'Église"
    assert found["i-led"]["entity_label"] == "LED"
    assert found["i-town"]["estimated_share"] == 0.4
    english = get(client, "/api/indicators?lang=en&scope=district&entity=north")["rows"]
    assert [row["label"] for row in english] == ["Electricity of lighting"]
    assert get(client, "/api/indicators?indicator=other")["rows"] == []


def test_indicators_are_sorted_and_cut(client: TestClient) -> None:
    def ids(query: str) -> list[str]:
        return [row["id"] for row in get(client, f"/api/indicators?{query}")["rows"]]

    assert ids("sort=-value") == ["i-town", "i-north", "i-s0", "i-led"]
    assert ids("sort=value&limit=2") == ["i-led", "i-s0"]
    assert ids("sort=-entity") == ["i-s0", "i-north", "i-led", "i-town"], "unknown entity last"
    assert ids("sort=-value&limit=1&scope=street") == ["i-s0"]
    assert len(ids("limit=1000000")) == 4
    assert client.get("/api/indicators?sort=-value&limit=1&f=csv").text.count("\n") == 2


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=ten"])
def test_a_limit_is_a_number_of_rows(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/indicators?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "JUM-A001"


@pytest.mark.parametrize("query", ["sort=valeu", "sort=-", "sort=value;drop", "sort=--value"])
def test_indicators_sort_by_known_attributes_only(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/indicators?{query}")
    assert answer.status_code == 400
    found = answer.json()["error"]
    assert found["code"] == "JUM-A006"
    assert "value" in found["what"]


def test_explanations_are_titled_as_people_call_things(client: TestClient) -> None:
    def title(path: str, lang: str) -> str:
        return str(get(client, f"/api/explain/{path}?lang={lang}")["title"])

    assert title("luminaire/lamp/00000", "fr") == "Point lumineux lamp/00000, rue de l'Église"
    assert title("luminaire/lamp/00002", "en") == "Light point lamp/00002"
    assert title("district/north", "fr") == "Nord"
    assert title("indicator/i-town", "en") == "Electricity of lighting"
    finding = get(client, "/api/findings?lang=en")["rows"][0]
    assert title(f"finding/{finding['id']}", "en") == finding["what"]


def test_options_bear_their_effects(client: TestClient) -> None:
    (row,) = get(client, "/api/options")["rows"]
    assert row["label"] == "Extinction en cœur de nuit"
    assert row["description"] == "Lampes éteintes de 0 h à 5 h"
    assert row["effects"]["npv_eur"] == {"mean": 9000, "low": 7000, "high": 11000, "unit": "€"}
    assert client.get(row["explain"]).status_code == 200


def test_findings_speak_the_language_asked(client: TestClient) -> None:
    french = get(client, "/api/findings")
    english = get(client, "/api/findings?lang=en")
    assert french["counts"] == {"blocks": 0, "degrades": 1, "informs": 0}
    assert french["rows"][0]["what"] != english["rows"][0]["what"]
    assert "Points lumineux" in english["rows"][0]["what"]
    assert get(client, "/api/findings?severity=blocks")["rows"] == []
    assert len(get(client, "/api/findings?table=luminaire")["rows"]) == 1


def test_sources_count_their_rows(client: TestClient) -> None:
    (row,) = get(client, "/api/sources")["rows"]
    assert row["rows"] == 300
    assert row["sha256"] == "ab" * 32


def test_a_figure_is_explained_down_to_its_file(client: TestClient) -> None:
    found = get(client, "/api/explain/indicator/i-town")
    assert found["value"] == {"value": 12000.5, "low": 10000, "high": 15000, "unit": "kWh/yr"}
    assert found["method"] == "Puissance par durée d'allumage"
    assert found["formula"] == "Σ P · h"
    assert found["sources"][0]["file"] == "lampes.gpkg"
    assert found["run"]["worksite"] == "lighting"
    inputs = {item["table"]: item for item in found["inputs"]}
    assert inputs["luminaire"]["rows"] == 300
    assert inputs["luminaire"]["label"] == "Points lumineux"
    assert found["command"].startswith("jumeau explain ")
    english = get(client, "/api/explain/indicator/i-town?lang=en")
    assert english["method"] == "Power times burning hours"


def test_a_sheet_tells_facts_from_estimates(client: TestClient) -> None:
    found = get(client, "/api/entity/luminaire/lamp%2F00002")
    assert found["row"]["lamp_type"] is None
    estimates = {item["attribute"]: item for item in found["estimates"]}
    assert estimates["lamp_type"]["text"] == "HPS"
    assert estimates["lamp_type"]["text_label"] == "Sodium haute pression"
    assert estimates["power_w"]["value"] == 70.0
    assert estimates["power_w"]["unit"] == "W"
    assert estimates["power_w"]["label"] == "Puissance"
    assert found["geometry"]["type"] == "Point"
    assert found["label"] == "Point lumineux lamp/00002"
    other = get(client, "/api/entity/luminaire/lamp%2F00000?lang=en")
    assert other["label"] == "Light point lamp/00000, rue de l'Église"
    assert other["estimates"] == []


def test_the_sheet_of_a_district_has_its_figures(client: TestClient) -> None:
    found = get(client, "/api/entity/district/north")
    assert found["label"] == "Nord"
    assert [row["value"] for row in found["indicators"]] == [11000.0]
    assert found["geometry"]["type"] == "Polygon"


def test_the_vocabulary_has_labels_and_codes(client: TestClient) -> None:
    found = get(client, "/api/fields")
    tables = {table["name"]: table for table in found["tables"]}
    attributes = {item["name"]: item for item in tables["luminaire"]["attributes"]}
    assert attributes["power_w"]["unit"] == "W"
    assert attributes["lamp_type"]["codes"]["HPS"] == "Sodium haute pression"
    assert found["indicators"][0]["method"] == "Puissance par durée d'allumage"
    assert {item["name"] for item in found["fields"]} == {"luminaire.power_w", "illuminance"}


@pytest.mark.parametrize("name", ["indicators", "options", "findings", "sources"])
def test_lists_are_also_csv_and_parquet(client: TestClient, name: str) -> None:
    rows = get(client, f"/api/{name}")["rows"]
    text = client.get(f"/api/{name}?f=csv")
    assert text.headers["content-type"].startswith("text/csv")
    assert f'filename="{name}.csv"' in text.headers["content-disposition"]
    frame = pd.read_csv(io.BytesIO(text.content))
    table = pq.read_table(io.BytesIO(client.get(f"/api/{name}?f=parquet").content))
    assert len(frame) == table.num_rows == len(rows)
    assert frame["id"].tolist() == table["id"].to_pylist() == [row["id"] for row in rows]
    assert client.get(f"/api/{name}?f=xlsx").json()["error"]["code"] == "JUM-I002"


def test_options_in_a_flat_file_have_a_column_an_effect(client: TestClient) -> None:
    frame = pd.read_csv(io.BytesIO(client.get("/api/options?f=csv").content))
    assert frame["npv_eur_mean"].tolist() == [9000]
    assert frame["saving_kwh_year_high"].tolist() == [6000]


def test_the_past_is_answered(client: TestClient) -> None:
    assert get(client, "/api/territory?at=1")["bounds"] is None
    assert get(client, "/api/indicators?at=2")["rows"] == []
    assert len(get(client, "/api/indicators?at=2100-01-01")["rows"]) == 4
    tables = get(client, "/api/territory?at=2")["tables"]
    assert {table["name"]: table["count"] for table in tables}["luminaire"] == 300


def test_an_empty_territory_answers_everything(
    town: ModuleType, tmp_path_factory: pytest.TempPathFactory, _worksites: None
) -> None:
    import jumeau
    from jumeau.api import create_app

    path = tmp_path_factory.mktemp("empty") / "vide.jumeau"
    jumeau.create(path, name="Vide").close()
    with TestClient(create_app(path)) as client:
        found = get(client, "/api/territory")
        assert found["bounds"] is None
        assert found["rasters"] == []
        for name in ("indicators", "findings"):  # their files are listed by another database
            assert get(client, f"/api/{name}?entity=a%00b")["rows"] == []
        for name in ("indicators", "options", "findings", "sources"):
            assert get(client, f"/api/{name}")["rows"] == []
            for form in ("csv", "parquet"):
                assert client.get(f"/api/{name}?f={form}").status_code == 200
        assert get(client, "/collections/luminaire/items")["features"] == []
        for form in ("csv", "parquet", "geojson"):
            assert client.get(f"/collections/luminaire/items?f={form}").status_code == 200
        assert client.get("/tiles/luminaire/14/8370/5980.mvt").status_code == 204
        assert client.get("/tiles/raster/illuminance/14/8370/5980.png").status_code == 200
        assert get(client, "/api/raster/dtm/value?lon=3.8&lat=43.6")["value"] is None


@pytest.mark.parametrize("path", ["indicators", "findings"])
def test_a_limit_beyond_all_numbers_is_all_rows(client: TestClient, path: str) -> None:
    everything = client.get(f"/api/{path}").json()
    assert everything == client.get(f"/api/{path}?limit={10**30}").json()


def test_the_explanation_of_an_estimate_speaks_the_language_asked(
    town: ModuleType, tmp_path: Path, _worksites: None
) -> None:
    town.build(tmp_path / "bourg.jumeau").close()
    french = wordings.method("Nearest street axis, at 3.4 m", "fr")
    assert french and french != "Nearest street axis, at 3.4 m"
    with closing(jumeau.open(tmp_path / "bourg.jumeau")) as territory:
        row = territory.table("estimate", limit=1).to_pandas()
        with territory.transaction("words") as tx:
            tx.delete("estimate", {"id": row["id"][0]})
            tx.insert("estimate", row.assign(method=french))
    with TestClient(create_app(tmp_path / "bourg.jumeau")) as client:
        for lang, wanted in (("en", "Nearest street axis, at 3.4 m"), ("fr", french)):
            found = client.get(f"/api/explain/estimate/{row['id'][0]}?lang={lang}").json()
            assert found["method"] == found["row"]["method"] == wanted


def test_source_files_come_in_the_same_order_every_time(
    town: ModuleType, tmp_path: Path, _worksites: None
) -> None:
    """Those behind a figure: by name, whatever identifiers they were given."""
    town.build(tmp_path / "bourg.jumeau").close()
    with closing(jumeau.open(tmp_path / "bourg.jumeau")) as territory:
        first = territory.table("source").to_pandas()
        more = pd.concat(
            [first.assign(id=f"z{9 - n}", file=f"{n}.csv", sha256=f"{n}" * 64) for n in range(5)]
        )
        with territory.transaction("more sources") as tx:
            tx.insert("source", more)
            for name in more["id"]:
                tx.insert("luminaire", town.luminaires(3, 1000 + 10 * int(name[1])).assign(
                    source_id=name))  # fmt: skip
        with territory.recording("lighting", methods=(town.ENERGY,), seed=1) as record:
            record.reads("luminaire")
            record.add_indicators(
                pd.DataFrame(
                    {"id": ["i-new"], "indicator": [town.ENERGY.name], "scope": ["territory"],
                     "year": [2026], "value": [1.0], "unit": ["kWh/yr"]}
                )
            )  # fmt: skip
        found = [item["file"] for item in territory.explain("indicator", "i-new").sources]
    assert found == ["0.csv", "1.csv", "2.csv", "3.csv", "4.csv", "lampes.gpkg"]
