# SPDX-License-Identifier: EUPL-1.2
"""Streets of a territory to EN 13201: results, intervals, classes, and why not."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

import jumeau
from jumeau.base import i18n
from jumeau.twin.scenario import Scenario
from jumeau.worksites import lighting
from jumeau.worksites.lighting import (
    diagnosis,
    photometries,
    street_methods,
    street_results,
)

WORKSITE = lighting.WORKSITE
X, Y = 770000.0, 6279000.0


@pytest.fixture
def street(tmp_path, rows):
    """A straight street of 7 m, one row of ten lamps 30 m apart on its right, all described."""
    territory = jumeau.create(tmp_path / "rue.jumeau", name="Rue")
    path = tmp_path / "avenue.ldt"
    lighting.write_ldt(lighting.generic_photometry("SHP 100"), path)
    territory.add(path, "photometry")
    lamps = rows(
        [X + 15 + 30 * k for k in range(10)], [Y - 3.5] * 10, height_m=8.0, power_w=114.0,
        lamp_type="HPS", flux_lm=10500.0, cct_k=2000.0, photometry="avenue.ldt",
        support="Candélabre", street_id="S1",
    )  # fmt: skip
    lines = pd.DataFrame(
        {
            "id": ["S1", "S2"], "name": ["Rue Droite", "Rue Nue"], "width_m": [7.0, None],
            "lanes": [2, None],
            "geometry": shapely.to_wkb(
                [shapely.LineString([(X, Y), (X + 300, Y)]),
                 shapely.LineString([(X, Y + 900), (X + 300, Y + 900)])]
            ),
        }
    )  # fmt: skip
    with territory.transaction("street") as tx:
        tx.insert("luminaire", lamps)
        tx.insert("street", lines)
    yield territory
    territory.close()


def found_in(territory) -> street_results.Streets:
    given = WORKSITE.parameters()
    return street_results.of(diagnosis.diagnose(territory, given), given)


def values(found: street_results.Streets, name: str = "S1") -> dict[str, pd.Series]:
    rows = found.indicators[found.indicators["entity"] == name]
    return {row["indicator"].removeprefix("lighting_road_"): row for _, row in rows.iterrows()}


def test_results_are_those_of_the_road_standard_for_the_layout(street):
    found = found_in(street)
    assert (found.lit, found.computed) == (1, 1)
    got = values(found)
    layout = {name: got[name]["value"] for name in ("spacing", "height", "width", "lanes")}
    assert layout == pytest.approx({"spacing": 30.0, "height": 8.0, "width": 7.0, "lanes": 2})
    assert got["overhang"]["value"] == pytest.approx(0.0, abs=0.01)
    assert got["lamps"]["value"] == 10
    ph = photometries.of(street, "avenue")
    state = diagnosis.diagnose(street, WORKSITE.parameters())
    wanted = lighting.road(
        ph, height=8.0, spacing=30.0, width=7.0, lanes=2, overhang=got["overhang"]["value"],
        flux=10500.0, power_w=114.0, hours=float(state.hours[0]),
    )  # fmt: skip
    for theirs, ours in street_results.QUANTITIES.items():
        assert got[ours]["value"] == pytest.approx(wanted[theirs], rel=1e-6), ours
        assert got[ours]["low"] <= got[ours]["value"] <= got[ours]["high"]
    assert 0 <= got["lav"]["estimated_share"] < 1


def test_units_and_methods_are_declared_and_name_their_version():
    assert set(street_results.QUANTITIES.values()) | set(street_results._LAYOUT) == {
        item.name.removeprefix("lighting_road_") for item in street_methods.METHODS
    }
    for item in street_methods.METHODS:
        assert item.unit and item.label_en and item.label_fr
        assert "2015" in item.reference
        assert item in WORKSITE.indicators


def test_a_class_is_proposed_as_an_estimate_and_a_fact_is_left_alone(street):
    with i18n.using("fr"):
        french = found_in(street).estimates.set_index("attribute")
    assert french.loc["lighting_class", "text"][0] in "MCP"
    assert "CEN/TR 13201-1:2014" in french.loc["lighting_class", "method"]
    assert french.loc["lighting_arrangement", "text"] == "single"
    assert set(french["table"]) == {"street"} and set(french["entity"]) == {"S1"}
    row = street.table("street").to_pandas()
    row.loc[row["id"] == "S1", ["lighting_class", "lighting_arrangement"]] = ["M3", "single"]
    with street.transaction("class") as tx:
        tx.upsert("street", row)
    assert not len(found_in(street).estimates)


def test_a_street_without_width_says_why_it_is_not_computable(street):
    row = street.table("street").to_pandas()
    row[["width_m", "lanes"]] = None
    with street.transaction("width") as tx:
        tx.delete("street", {"id": ["S1", "S2"]})
        tx.insert("street", row)
    found = found_in(street)  # supposed from the kind of street, with wide bounds
    assert found.computed == 1
    usual = found.estimates.set_index("attribute").loc["width_m"]
    assert (usual["low"], usual["value"], usual["high"]) == (3.5, 5.5, 8.0)
    got = values(found)
    assert got["width"]["estimated_share"] == 1.0
    assert got["eav"]["low"] < 0.9 * got["eav"]["value"]
    record = WORKSITE.run(street, Scenario("t", {"lighting_suppose_width": 0}))
    told = street.table("finding", where={"run_id": record.id, "table": "street"}).to_pandas()
    own = told[told["entity"] == "S1"].iloc[0]
    assert own["code"] == "JUM-L083" and "width" in own["what"]
    assert own["severity"] == "informs"
    assert "JUM-L099" in told["code"].tolist()
    assert "lighting_road_lav" not in street.table("indicator")["indicator"].to_pylist()
    assert record.card["streets_computed"] == 0 and record.card["streets_lit"] == 1


def test_a_width_supposed_from_lanes_is_told_and_widens_the_interval(street):
    known = values(found_in(street))
    row = street.table("street").to_pandas()
    row.loc[row["id"] == "S1", "width_m"] = None
    with street.transaction("width") as tx:
        tx.delete("street", {"id": ["S1", "S2"]})
        tx.insert("street", row)
    found = found_in(street)
    guessed = values(found)
    told = found.estimates.set_index("attribute")
    assert told.loc["width_m", "low"] < told.loc["width_m", "value"] < told.loc["width_m", "high"]
    spread = {
        name: (rows["eav"]["high"] - rows["eav"]["low"]) / rows["eav"]["value"]
        for name, rows in (("known", known), ("guessed", guessed))
    }
    assert spread["guessed"] > spread["known"]
    assert guessed["eav"]["estimated_share"] > known["eav"]["estimated_share"]


def test_decorative_lamps_and_lamps_of_no_street_make_no_layout(street):
    row = street.table("luminaire").to_pandas()
    row["support"] = "Projecteur"
    with street.transaction("flood") as tx:
        tx.upsert("luminaire", row)
    found = found_in(street)
    assert (found.lit, found.computed, found.findings) == (0, 0, [])
    assert not len(found.indicators) and not len(found.estimates)


def test_the_run_writes_them_with_its_card(street):
    record = WORKSITE.run(street, Scenario())
    table = street.table("indicator", where={"scope": "street", "entity": "S1"}).to_pandas()
    assert {f"lighting_road_{name}" for name in street_results.QUANTITIES.values()} <= set(
        table["indicator"]
    )
    assert record.card["procedures"] == ["EN 13201-3:2015", "EN 13201-5:2015"]
    assert record.card["rtable"] == "R3" and record.card["after"] == {"option": "led"}
    assert record.card["measured_share"] == 1.0
    for line in record.card["shown"]:
        assert line["label_en"] and line["label_fr"] and line["text_en"] and line["text_fr"]
