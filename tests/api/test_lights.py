# SPDX-License-Identifier: EUPL-1.2
"""Streets beside their lighting class, and the distribution of lamps, as the page asks for them."""

from __future__ import annotations

import csv
import importlib.util
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from jumeau.api import asset_models, create_app, roads
from jumeau.worksites import lighting

HAMLET = Path(__file__).parents[1] / "browser" / "lit.py"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The lit hamlet of the browser tests behind the application."""
    spec = importlib.util.spec_from_file_location("lit", HAMLET)
    assert spec and spec.loader
    lit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lit)
    with TestClient(create_app(lit.build(tmp_path_factory.mktemp("lights")))) as found:
        yield found


def read(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_street_stands_beside_what_its_class_asks(client: TestClient) -> None:
    found = read(client, "road/V1", lang="en")
    asset_models.Road.model_validate(found)
    assert found["procedure"] == "EN 13201-3:2015"
    assert (found["classes"], found["energy"]) == ("EN 13201-2:2015", "EN 13201-5:2015")
    assert found["lighting_class"] == {"value": "M4", "estimated": False, "method": None}
    assert found["verdict"] == "conform"
    rows = {row["quantity"]: row for row in found["rows"]}
    assert list(rows) == list(roads.ALWAYS)
    assert rows["lav"]["requirement"]["least"] == 0.75
    assert rows["fti"]["requirement"] | {"source": ""} == {
        "least": None, "most": 15.0, "source": "", "confirmed": False,
    }  # fmt: skip
    # 0.9 cd/m² is enough; the low end of its interval, 0.72, is not.
    assert (rows["lav"]["verdict"], rows["lav"]["certain"]) == ("conform", False)
    assert (rows["uo"]["verdict"], rows["uo"]["certain"]) == ("conform", True)
    assert (rows["eav"]["verdict"], rows["eav"]["requirement"]) == ("none", None)
    assert rows["de"]["label"] == "Yearly consumption"
    assert found["reasons"] == found["supposed"] == []


def test_one_quantity_that_fails_is_enough(client: TestClient) -> None:
    found = read(client, "road/V2", lang="fr")
    assert found["lighting_class"]["value"] == "M3"
    assert found["lighting_class"]["estimated"] is True
    assert found["verdict"] == "not_conform"
    rows = {row["quantity"]: row for row in found["rows"]}
    said = {name: (row["verdict"], row["certain"]) for name, row in rows.items()}
    assert [name for name, row in rows.items() if row["layout"]] == ["spacing", "height"]
    assert rows["spacing"]["label"] == "Espacement des luminaires"
    assert rows["spacing"]["verdict"] == "none"
    assert said["lav"] == ("not_conform", True)
    assert said["fti"] == ("not_conform", False), "12.8 to 19.2 % about 15 %"
    assert said["uo"][0] == "conform"
    supposed = {row["attribute"]: (row["count"], row["lamps"]) for row in found["supposed"]}
    assert supposed == {"height_m": (2, 2), "lamp_type": (1, 2), "photometry": (1, 2)}


def test_what_could_not_be_computed_says_why(client: TestClient) -> None:
    found = read(client, "road/V3", lang="en")
    assert found["verdict"] == "not_computable"
    assert {row["verdict"] for row in found["rows"]} == {"not_computable"}
    assert [row["quantity"] for row in found["rows"]] == ["lav", "uo", "ul", "fti", "rei"]
    (reason,) = found["reasons"]
    assert reason["code"] == "JUM-L081"
    assert "34°" in reason["what"] and "because the street bends" in reason["what"]
    french = read(client, "road/V3", lang="fr")["reasons"][0]["what"]
    assert french.startswith("Non calculable selon l'EN 13201-3, car")


def test_a_dark_street_has_nothing_to_show(client: TestClient) -> None:
    found = read(client, "road/V4")
    assert found["rows"] == found["reasons"] == []
    assert found["lighting_class"] is None
    assert client.get("/api/road/V9").status_code == 404


def test_streets_are_counted_and_the_worst_come_first(client: TestClient) -> None:
    found = read(client, "roads")
    asset_models.Roads.model_validate(found)
    assert [row["id"] for row in found["rows"]] == ["V2", "V3", "V1"]
    assert found["counts"] == {"not_conform": 1, "not_computable": 1, "conform": 1, "none": 0}
    first = found["rows"][0]
    assert first["failing"] == "fti lav"
    assert first["certain"] is True, "the luminance fails in the whole interval"
    assert found["rows"][2]["certain"] is False
    assert found["rows"][2]["class_estimated"] is False
    one = read(client, "roads", verdict="conform")
    assert ([row["id"] for row in one["rows"]], one["total"]) == (["V1"], 1)
    page = read(client, "roads", limit=1, skip=1)
    assert ([row["id"] for row in page["rows"]], page["total"]) == (["V3"], 3)


def test_the_list_says_of_each_street_what_its_sheet_says(client: TestClient) -> None:
    for row in read(client, "roads")["rows"]:
        sheet = read(client, f"road/{row['id']}")
        assert sheet["verdict"] == row["verdict"]
        failing = [r["quantity"] for r in sheet["rows"] if r["verdict"] == "not_conform"]
        assert sorted(failing) == row["failing"].split()


def test_another_verdict_is_refused_with_the_nearest(client: TestClient) -> None:
    answer = client.get("/api/roads", params={"verdict": "conforms"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "JUM-A006"
    assert answer.json()["error"]["data"]["suggestion"] == "conform"


@pytest.mark.parametrize(
    ("value", "least", "most", "said"),
    [
        (7.5, 7.5, 11.25, "conform"),
        (11.25, 7.5, 11.25, "conform"),
        (11.3, 7.5, 11.25, "not_conform"),
        (7.4, 7.5, None, "not_conform"),
        (15.1, None, 15.0, "not_conform"),
        (None, None, 15.0, "not_computable"),
    ],
)
def test_bounds_belong_to_what_is_asked(
    value: float | None, least: float | None, most: float | None, said: str
) -> None:
    assert roads.verdict(value, {"least": least, "most": most}) == said
    assert roads.verdict(value, None) == "none"


def test_each_class_asks_what_its_family_is_about() -> None:
    assert set(roads.requirements("M6")) == {"lav", "uo", "ul", "fti", "rei"}
    assert set(roads.requirements("C3")) == {"eav", "uh"}
    lit = roads.requirements("P3")
    assert (lit["eav"]["least"], lit["eav"]["most"]) == (7.5, 11.25)
    assert lit["emin"]["most"] is None
    assert roads.requirements("P7") == roads.requirements("Z9") == {}


def test_a_street_is_had_as_a_table(client: TestClient) -> None:
    answer = client.get("/api/road/V1", params={"f": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["quantity"] for row in rows] == list(roads.ALWAYS)
    assert (rows[0]["least"], rows[0]["verdict"]) == ("0.75", "conform")
    assert {row["procedure"] for row in rows} == {"EN 13201-3:2015"}


def test_a_lamp_shows_the_file_that_it_names(client: TestClient) -> None:
    found = read(client, "photometry/luminaire/L1")
    asset_models.Photometry.model_validate(found)
    assert (found["file"], found["generic"], found["reason"]) == ("LANTERNE_36.ldt", False, None)
    assert [plane["c"] for plane in found["planes"]] == [0.0, 180.0, 90.0, 270.0]
    expected = lighting.generic_photometry("LED 36W 3000K")
    gamma = np.array(found["gamma"])
    assert gamma[0] == 0.0 and gamma[-1] == 180.0
    for plane in found["planes"]:
        wanted = expected.intensity(plane["c"], gamma) * 1000.0 / expected.flux_lm
        np.testing.assert_allclose(plane["values"], wanted, atol=2e-3)
    whole = read(client, "photometry/photometry/LANTERNE_36.ldt")
    assert whole["planes"] == found["planes"]
    assert len(found["flux_codes"]) == 5


def test_a_lamp_without_file_shows_its_family_tagged(client: TestClient) -> None:
    found = read(client, "photometry/luminaire/L2")
    assert (found["generic"], found["file"], found["lamp_type"]) == (True, None, "HPS")
    assert 0 < found["spread"] < 1
    assert found["planes"]


def test_a_name_that_the_twin_does_not_hold_draws_nothing(client: TestClient) -> None:
    found = read(client, "photometry/luminaire/L3")
    assert (found["reason"], found["detail"]) == ("label", "INCONNUE_12.ldt")
    assert found["planes"] == found["gamma"] == []


def test_a_curve_is_had_as_a_table_and_only_of_lamps(client: TestClient) -> None:
    answer = client.get("/api/photometry/luminaire/L1", params={"f": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(rows[0]) == ["gamma_deg", *(f"c{c}_cd_klm" for c in (0, 180, 90, 270))]
    assert (float(rows[0]["gamma_deg"]), float(rows[-1]["gamma_deg"])) == (0.0, 180.0)
    assert read(client, "photometry/street/V1")["reason"] == "none"
    assert client.get("/api/photometry/luminaire/L9").status_code == 404
    assert client.get("/api/photometry/lamp/L1").status_code == 404
