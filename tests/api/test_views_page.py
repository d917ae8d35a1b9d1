# SPDX-License-Identifier: EUPL-1.2
"""What the page's views read: findings by kind, completeness, choice, surroundings, history."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient

import jumeau
from jumeau import decision
from jumeau.api import create_app, models
from jumeau.api.wordings import method
from jumeau.base.contract import IndicatorSpec
from jumeau.base.findings import finding

CRS = "EPSG:2154"
X, Y = 770_000.0, 6_279_000.0


def _file(folder: Path, name: str, frame: gpd.GeoDataFrame) -> Path:
    path = folder / f"{name}.geojson"
    frame.to_file(path, driver="GeoJSON")
    return path


def _lamps(power: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "id": ["L1", "L2", "L3"],
            "power_w": [power, 100.0, None],
            "cabinet_id": ["C1", "C1", None],
        },
        geometry=shapely.points([(X + 10, Y + 10), (X + 20, Y + 10), (X + 500, Y + 500)]),
        crs=CRS,
    )


def _spec(name: str) -> IndicatorSpec:
    return IndicatorSpec(name, "", f"{name} en", f"{name} fr", "", "Method.", "Méthode.")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three lamps, one cabinet, one street, one district; a run, then a lamp changes."""
    home = tmp_path_factory.mktemp("views")
    territory = jumeau.create(home / "lieu.jumeau", name="Le Lieu", insee=["34172"])
    box = gpd.GeoDataFrame(
        {"id": ["Q1"], "name": ["Centre"]}, geometry=[shapely.box(X, Y, X + 100, Y + 100)], crs=CRS
    )
    sections = gpd.GeoDataFrame(
        {"id": ["V1", "V2"], "name": ["Grande Rue", "Grande Rue"]},
        geometry=[
            shapely.LineString([(X, Y + 12), (X + 50, Y + 12)]),
            shapely.LineString([(X + 50, Y + 12), (X + 90, Y + 12)]),
        ],
        crs=CRS,
    )
    cabinet = gpd.GeoDataFrame(
        {"id": ["C1"], "name": ["Armoire du lavoir"]}, geometry=[shapely.Point(X + 5, Y)], crs=CRS
    )
    territory.add(_file(home, "quartiers", box), table="district", vintage="2025")
    territory.add(_file(home, "voies", sections), table="street")
    territory.add(_file(home, "armoires", cabinet), table="cabinet")
    territory.add(_file(home, "lampes", _lamps(70.0)), table="luminaire", publisher="Ville")
    _run(territory)
    territory.add(_file(home, "lampes", _lamps(35.0)), table="luminaire", publisher="Ville")
    path = territory.path
    territory.close()
    return path


def _run(territory: Any) -> None:
    listed = {"table": "luminaire", "count": 2, "ids": ["L1", "L2"]}
    options = pd.DataFrame(
        {
            "id": ["nothing", "some", "all"],
            "kind": ["nothing", "some", "all"],
            "worksite": "lighting",
            "assets": [
                json.dumps({"table": "luminaire", "count": 0, "ids": []}),
                json.dumps(listed),
                json.dumps({"table": "luminaire", "count": 900}),
            ],
            "year": 2027,
            "capex_eur": [0.0, 1_000.0, 40_000.0],
            "opex_eur_year": 0.0,
            "life_years": [20.0, 10.0, 20.0],
            "price_year": 2024,
        }
    )
    given = decision.parameters()
    saved = {"nothing": 0.0, "some": 3_000.0, "all": 30_000.0}
    physical = {name: {"saving_kwh_year": kwh} for name, kwh in saved.items()}
    worth = decision.value(options, physical, given, draws=200)
    with territory.recording(
        "lighting", parameters=given, methods=[_spec(name) for name in saved]
    ) as run:
        run.reads("luminaire", "street")
        run.add_estimates(
            pd.DataFrame(
                {
                    "table": "luminaire",
                    "entity": ["L1", "L3"],
                    "attribute": ["street_id", "power_w"],
                    "value": [None, 95.0],
                    "low": [None, 60.0],
                    "high": [None, 130.0],
                    "text": ["V1", None],
                    "method": ["Nearest street axis, at 2.5 m", "height_prior"],
                }
            )
        )
        run.add_options(options)
        run.add_effects(worth)
        run.add_findings([finding("JUM-L021", "luminaire", f"L{i}", count=2) for i in range(1, 4)])


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(folder), base_url="http://127.0.0.1") as found:
        yield found


def get(client: TestClient, path: str, status: int = 200) -> Any:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


ADDRESSES = [
    ("/api/findings?limit=2&skip=1", models.Findings),
    ("/api/completeness", models.Completeness),
    ("/api/choice", models.Choice),
    ("/api/choice?budget=5000&years=5&climate=100&prudence=0.5", models.Choice),
    ("/api/around/luminaire/L1", models.Around),
    ("/api/around/district/Q1", models.Around),
    ("/api/history/luminaire/L1", models.History),
    ("/api/territory", models.Territory),
]


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(("path", "model"), ADDRESSES)
def test_answers_have_the_declared_shape(
    client: TestClient, path: str, model: Any, lang: str
) -> None:
    found = get(client, f"{path}{'&' if '?' in path else '?'}lang={lang}")
    model.model_validate(found)
    assert found["licence"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/around/luminaire/L9", 404, "JUM-I008"),
        ("/api/around/nothing/L1", 404, "JUM-T001"),
        ("/api/history/nothing/L1", 404, "JUM-T001"),
        ("/api/history/effect/x", 404, "JUM-I008"),
        ("/api/history/raster_tile/x", 404, "JUM-I008"),
        ("/api/choice?budget=-1", 400, "JUM-A"),
        ("/api/choice?years=0", 400, "JUM-A"),
        ("/api/choice?prudence=2", 400, "JUM-A"),
        ("/api/choice?budget=nan", 400, "JUM-"),
        ("/api/findings?skip=-1", 400, "JUM-A"),
        ("/api/findings?severity=awful", 400, "JUM-A005"),
    ],
)
def test_bad_requests_are_coded(client: TestClient, path: str, status: int, code: str) -> None:
    found = get(client, path, status)
    assert found["error"]["code"].startswith(code)


# -- findings -----------------------------------------------------------------------------


def test_findings_are_paged_and_counted_whole(client: TestClient) -> None:
    whole = get(client, "/api/findings?code=JUM-L021")
    pages = [
        get(client, f"/api/findings?code=JUM-L021&limit=1&skip={skip}")["rows"] for skip in range(4)
    ]
    assert [row["id"] for page in pages for row in page] == [row["id"] for row in whole["rows"]]
    assert [len(page) for page in pages] == [1, 1, 1, 0]
    assert whole["total"] == 3
    first = get(client, "/api/findings?code=JUM-L021&limit=1")
    assert first["total"] == 3, "the number is that of all pages"


def test_findings_are_grouped_by_kind_with_an_example(client: TestClient) -> None:
    found = get(client, "/api/findings?limit=1")
    kinds = {kind["code"]: kind for kind in found["kinds"]}
    assert kinds["JUM-L021"]["count"] == 3
    assert kinds["JUM-L021"]["worksite"] == "lighting"
    assert kinds["JUM-L021"]["tables"] == ["luminaire"]
    assert kinds["JUM-L021"]["example"]["code"] == "JUM-L021"
    assert sum(kind["count"] for kind in found["kinds"]) == found["total"]
    assert found["total"] == sum(found["counts"].values())


def test_findings_are_sorted_by_worksite_and_entity(client: TestClient) -> None:
    raised = get(client, "/api/findings?worksite=lighting")
    assert raised["total"] == 3
    assert {row["code"] for row in raised["rows"]} == {"JUM-L021"}
    assert "lighting" in raised["facets"]["worksites"]
    assert "luminaire" in raised["facets"]["tables"]
    assert get(client, "/api/findings?worksite=water")["total"] == 0
    assert get(client, "/api/findings?table=luminaire&entity=L2")["total"] == 1


# -- completeness ---------------------------------------------------------------------------


def test_completeness_counts_what_is_known_and_what_is_supposed(client: TestClient) -> None:
    rows = get(client, "/api/completeness?lang=en")["rows"]
    lamps = {row["attribute"]: row for row in rows if row["table"] == "luminaire"}
    power, street = lamps["power_w"], lamps["street_id"]
    assert (power["rows"], power["known"], power["estimated"]) == (3, 2, 1)
    assert power["known_share"] == pytest.approx(2 / 3)
    assert (street["known"], street["estimated"]) == (0, 1)
    assert power["label"] != "power_w"
    assert not {row["table"] for row in rows} & {"run", "estimate", "finding", "option"}
    assert "source_id" not in lamps


def test_completeness_is_a_csv_too(client: TestClient) -> None:
    text = client.get("/api/completeness?f=csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {"table", "attribute", "known_share"} <= set(rows[0])


# -- choice ---------------------------------------------------------------------------------


def test_the_choice_stays_within_the_budget(client: TestClient) -> None:
    whole = get(client, "/api/choice?years=20&lang=en")
    assert whole["most_budget_eur"] == 41_000.0
    assert [option["label"] for option in whole["chosen"]] == ["all en"]
    assert whole["left"] == [{"id": "some", "label": "some en", "reason": "conflict"}]
    small = get(client, "/api/choice?years=20&budget=5000")
    assert [option["id"] for option in small["chosen"]] == ["some"]
    assert small["left"][0]["reason"] == "budget"
    assert small["capex_eur"] == 1_000.0
    nothing = get(client, "/api/choice?budget=0")
    assert (nothing["chosen"], nothing["capex_eur"]) == ([], 0.0)


def test_the_choice_repeats_the_worth_stored(client: TestClient) -> None:
    option = next(row for row in get(client, "/api/options")["rows"] if row["id"] == "all")
    found = get(client, "/api/choice?years=20")["totals"]
    for quantity in ("npv_eur", "saving_eur_year", "tco2e_year"):
        for side in ("mean", "low", "high"):
            assert found[quantity][side] == pytest.approx(option["effects"][quantity][side])


def test_the_steps_of_the_budget_are_a_csv_too(client: TestClient) -> None:
    steps = get(client, "/api/choice?years=20")["steps"]
    rows = list(csv.DictReader(io.StringIO(client.get("/api/choice?years=20&f=csv").text)))
    assert [float(row["capex_eur"]) for row in rows] == [step["capex_eur"] for step in steps]
    assert [step["capex_eur"] for step in steps] == [0.0, 1_000.0, 40_000.0]


# -- surroundings ---------------------------------------------------------------------------


def _ties(client: TestClient, path: str) -> dict[str, Any]:
    return {tie["table"]: tie for tie in get(client, path)["related"]}


def test_a_lamp_knows_its_cabinet_its_street_and_its_district(client: TestClient) -> None:
    ties = _ties(client, "/api/around/luminaire/L1")
    assert ties["cabinet"]["rows"] == [{"id": "C1", "label": "Armoire du lavoir"}]
    assert ties["cabinet"]["known"] == "fact"
    assert ties["street"]["rows"] == [{"id": "V1", "label": "Grande Rue"}]
    assert ties["street"]["known"] == "estimate"
    assert ties["district"]["known"] == "place"
    assert _ties(client, "/api/around/luminaire/L3") == {}


def test_a_cabinet_and_a_street_know_their_lamps(client: TestClient) -> None:
    fed = _ties(client, "/api/around/cabinet/C1")["luminaire"]
    assert (fed["count"], fed["attribute"]) == (2, "cabinet_id")
    lit = _ties(client, "/api/around/street/V1")["luminaire"]
    assert (lit["count"], lit["known"], lit["rows"][0]["id"]) == (1, "estimate", "L1")


def test_a_district_counts_what_it_holds_and_names_each_street_once(client: TestClient) -> None:
    ties = _ties(client, "/api/around/district/Q1")
    assert ties["luminaire"]["count"] == 2
    assert ties["street"]["count"] == 2
    assert [row["label"] for row in ties["street"]["rows"]] == ["Grande Rue"]


def test_options_concern_the_assets_they_list(client: TestClient) -> None:
    def of(path: str) -> dict[str, bool]:
        return {row["id"]: row["certain"] for row in get(client, path)["options"]}

    assert of("/api/around/luminaire/L1") == {"some": True, "all": False}
    assert of("/api/around/luminaire/L3") == {"all": False}
    assert of("/api/around/cabinet/C1") == {"some": True, "all": False}
    assert of("/api/around/district/Q1") == {}


def test_the_file_and_the_findings_of_a_row_come_with_it(client: TestClient) -> None:
    found = get(client, "/api/around/luminaire/L2")
    assert found["sources"][0]["file"] == "lampes.geojson"
    assert len(found["sources"][0]["sha256"]) == 64
    assert [row["code"] for row in found["findings"]] == ["JUM-L021"]


# -- history and staleness ------------------------------------------------------------------


def test_the_history_of_a_row_says_what_changed(client: TestClient) -> None:
    rows = get(client, "/api/history/luminaire/L1")["rows"]
    assert [row["kind"] for row in rows] == ["update", "insert"]
    change = next(item for item in rows[0]["changes"] if item["attribute"] == "power_w")
    assert (change["before"], change["after"], change["unit"]) == (70.0, 35.0, "W")
    assert rows[0]["version"] > rows[1]["version"]
    assert not rows[0]["moved"]
    assert "lampes.geojson" in rows[0]["message"]


def test_a_past_version_does_not_know_what_came_later(client: TestClient) -> None:
    rows = get(client, "/api/history/luminaire/L1")["rows"]
    before = get(client, f"/api/history/luminaire/L1?at={rows[1]['version']}")["rows"]
    assert [row["kind"] for row in before] == ["insert"]


def test_a_row_that_did_not_change_has_no_later_step(client: TestClient) -> None:
    rows = get(client, "/api/history/luminaire/L2")["rows"]
    assert [row["kind"] for row in rows if row["kind"] == "update"] == []


def test_a_run_older_than_its_facts_is_stale(client: TestClient) -> None:
    last = get(client, "/api/territory?lang=en")["worksites"]
    stale = next(item for item in last if item["name"] == "lighting")["last_run"]["stale"]
    assert [row["table"] for row in stale] == ["luminaire"]
    assert stale[0]["label"] == "Light points"
    first = get(client, "/api/history/luminaire/L1")["rows"][0]["version"]
    assert stale[0]["version"] == first
    before = get(client, f"/api/territory?at={first - 1}")["worksites"]
    fresh = next(item for item in before if item["name"] == "lighting")["last_run"]
    assert fresh["stale"] == []


# -- words ----------------------------------------------------------------------------------


def test_methods_of_estimates_are_in_the_readers_language(client: TestClient) -> None:
    def methods(lang: str) -> dict[str, Any]:
        rows = get(client, f"/api/entity/luminaire/L1?lang={lang}")["estimates"]
        return {row["attribute"]: row for row in rows}

    assert methods("fr")["street_id"]["method"] == "Axe de voie le plus proche, à 2,5 m"
    assert methods("en")["street_id"]["method"] == "Nearest street axis, at 2.5 m"
    assert methods("fr")["street_id"]["text_label"] == "Grande Rue"


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("Axe de voie le plus proche, à 3,6 m", "en", "Nearest street axis, at 3.6 m"),
        ("height_prior", "fr", "Hauteur de feu usuelle pour ce support et ce type de voie"),
        ("Nobody's (own) method", "fr", "Nobody's (own) method"),
        ("", "fr", ""),
        (None, "fr", None),
    ],
)
def test_a_method_is_recognised_by_its_form(text: str | None, lang: str, expected: Any) -> None:
    assert method(text, lang) == expected


# -- a territory that holds nothing -----------------------------------------------------------


def test_an_empty_territory_answers_everywhere(tmp_path: Path) -> None:
    path = jumeau.create(tmp_path / "vide.jumeau", name="Le Vide", insee=["34172"]).path
    with TestClient(create_app(path), base_url="http://127.0.0.1") as client:
        assert get(client, "/api/findings?limit=1")["kinds"] == []
        assert get(client, "/api/completeness")["rows"] == []
        found = get(client, "/api/choice")
        assert (found["chosen"], found["left"], found["steps"]) == ([], [], [])
        assert found["most_budget_eur"] == 0.0
