# SPDX-License-Identifier: EUPL-1.2
"""Runs, what they replace, and explanations down to the files."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from jumeau.base import i18n
from jumeau.base.contract import IndicatorSpec, RasterWindow
from jumeau.base.errors import UnknownNameError
from jumeau.base.findings import finding
from jumeau.base.parameters import Parameter, Parameters
from jumeau.twin.estimates import completed
from jumeau.twin.scenario import Scenario
from jumeau.twin.territory import Territory

ENERGY = IndicatorSpec(
    "energy", "kWh", "Energy", "Énergie", "E = P · t", "Power by hours.", "Puissance par heures.",
    "EN 13201-5:2015",
)  # fmt: skip
HOURS = Parameter(
    "hours", 4100, 4000, 4200, "h", None, "sun", "2026-01-01", "high", True, "Hours", "Heures"
)


def add_lamps(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    source = pd.DataFrame(
        [
            {
                "id": "s1",
                "table": "luminaire",
                "file": "lampes.csv",
                "sha256": "ab" * 32,
                "publisher": "Ville",
                "licence": "Licence Ouverte 2.0",
                "vintage": "2013",
                "imported_at": pd.Timestamp("2026-01-01", tz="UTC"),
            }
        ]
    )
    with territory.transaction("lamps") as tx:
        tx.insert("source", source)
        tx.upsert("luminaire", lamps.assign(source_id="s1"))


def run_once(territory: Territory, value: float, scenario: str = "tendanciel") -> str:
    with territory.recording(
        "lighting", scenario=scenario, parameters={"hours": HOURS}, methods=[ENERGY], seed=7
    ) as run:
        run.reads("luminaire")
        run.add_indicators(
            pd.DataFrame(
                [
                    {
                        "indicator": "energy",
                        "scope": "territory",
                        "entity": "bourg",
                        "year": 2026,
                        "value": value,
                        "low": value - 1,
                        "high": value + 1,
                        "unit": "kWh",
                        "estimated_share": 0.25,
                    }
                ]
            )
        )
        run.add_estimates(
            pd.DataFrame(
                [
                    {
                        "table": "luminaire",
                        "entity": "b",
                        "attribute": "height_m",
                        "value": 7.0,
                        "low": 5.0,
                        "high": 9.0,
                        "method": "median of the street",
                    },
                    {
                        "table": "luminaire",
                        "entity": "d",
                        "attribute": "lamp_type",
                        "text": "HPS",
                        "method": "most common",
                    },
                ]
            )
        )
        run.add_findings(
            [finding("JUM-T043", "luminaire", "flux_lm", attribute="flux_lm", label="x")]
        )
        run.put_raster(
            "illuminance",
            iter([RasterWindow((0.5, 0.5, 5.5, 5.5), np.full((5, 5), value, np.float32))]),
        )
    return run.id


def test_a_run_replaces_what_the_former_one_wrote(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    add_lamps(territory, lamps)
    run_once(territory, 10.0)
    before = territory.version
    second = run_once(territory, 12.0)
    rows = territory.table("indicator").to_pylist()
    assert [(row["value"], row["run_id"]) for row in rows] == [(12.0, second)]
    assert territory.count("estimate") == 2
    assert territory.count("finding") == 1
    assert territory.count("run") == 2
    assert territory.raster("illuminance").read((1, 1, 2, 2))[0].max() == 12
    past = territory.at(version=before)
    assert past.table("indicator")["value"].to_pylist() == [10.0]
    assert past.raster("illuminance").read((1, 1, 2, 2))[0].max() == 10


def test_scenarios_stand_side_by_side(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    add_lamps(territory, lamps)
    run_once(territory, 10.0)
    run_once(territory, 5.0, scenario="S1")
    assert sorted(territory.table("indicator")["value"].to_pylist()) == [5.0, 10.0]


def test_a_run_that_fails_writes_nothing(territory: Territory) -> None:
    version = territory.version
    with pytest.raises(RuntimeError), territory.recording("lighting") as run:
        run.add_findings(
            [finding("JUM-T043", "luminaire", "flux_lm", attribute="flux_lm", label="x")]
        )
        raise RuntimeError
    assert territory.version == version


def test_a_window_generator_that_fails_leaves_no_tile(territory: Territory) -> None:
    def windows() -> object:
        yield RasterWindow((0.5, 0.5, 5.5, 5.5), np.ones((5, 5), np.float32))
        raise RuntimeError

    with pytest.raises(RuntimeError), territory.recording("lighting") as run:
        run.put_raster("illuminance", windows())  # type: ignore[arg-type]
    assert territory.raster("illuminance").tiles() == []
    assert not list((territory.path / "rasters").rglob("*.tif"))


def test_explain_goes_from_the_figure_to_the_file(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    add_lamps(territory, lamps)
    run_id = run_once(territory, 10.0)
    row = territory.table("indicator").to_pylist()[0]
    with i18n.using("fr"):
        why = territory.explain("indicator", row["id"])
        text = str(why)
    assert why.title == "Énergie"
    assert why.method == "Puissance par heures."
    assert why.formula == "E = P · t"
    assert why.value == {"value": 10.0, "low": 9.0, "high": 11.0, "unit": "kWh"}
    assert why.estimated_share == 0.25
    assert why.run is not None
    assert (why.run["id"], why.run["seed"], why.run["snapshot"]) == (run_id, 7, 2)
    assert why.inputs == [
        {"table": "luminaire", "estimated": 2, "rows": 4, "sources": ["s1"]},
    ]
    assert [source["file"] for source in why.sources] == ["lampes.csv"]
    assert why.sources[0]["sha256"] == "ab" * 32
    assert why.parameters[0]["label"] == "Heures"
    for piece in ("lampes.csv", "ab" * 32, "part estimée: 25 %", "4100 h (défaut)"):
        assert piece in text.replace("\u202f", "")
    json.dumps(why.to_dict())


def test_explain_a_fact_shows_its_source_and_what_is_supposed(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    add_lamps(territory, lamps)
    run_once(territory, 10.0)
    why = territory.explain("luminaire", "b")
    assert why.run is None
    assert why.row["height_m"] is None
    assert [item["attribute"] for item in why.estimates] == ["height_m"]
    assert why.sources[0]["file"] == "lampes.csv"


def test_explain_a_building_names_every_publisher_that_knows_it(territory: Territory) -> None:
    wkb = shapely.to_wkb(shapely.box(400_000, 6_900_000, 400_009, 6_900_008))
    links = [
        ("bdtopo", "BATIMENT1", 0.97, "height_m floors"),
        ("osm", "w12", 0.81, None),
    ]
    with territory.transaction("two publishers") as tx:
        tx.insert("building", pa.table({"id": ["B1"], "geometry": pa.array([wkb], pa.binary())}))
        tx.insert(
            "building_link",
            pa.table(
                {
                    "id": [f"{name}:{key}" for name, key, _, _ in links],
                    "building_id": ["B1", "B1"],
                    "publisher": [name for name, *_ in links],
                    "publisher_id": [key for _, key, _, _ in links],
                    "confidence": [sure for _, _, sure, _ in links],
                    "filled": [gave for *_, gave in links],
                    "facts": ['{"height_m": 7.5}', None],
                }
            ),
        )
    why = territory.explain("building", "B1")
    assert [item["publisher"] for item in why.links] == ["bdtopo", "osm"]
    assert [item["facts"] for item in why.links] == [{"height_m": 7.5}, {}]
    assert "= bdtopo BATIMENT1 97 % → height_m floors" in str(why)
    json.dumps(why.to_dict())


def test_explain_what_is_not_there(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    add_lamps(territory, lamps)
    with pytest.raises(UnknownNameError, match="JUM-T033"):
        territory.explain("luminaire", "zzz")
    with pytest.raises(UnknownNameError, match="JUM-T001"):
        territory.explain("lumière", "a")


def test_completed_rows_say_which_values_are_estimates(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    add_lamps(territory, lamps)
    run_once(territory, 10.0)
    rows = {
        row["id"]: row
        for row in completed(territory, "luminaire", ["height_m", "lamp_type"]).to_pylist()
    }
    assert (rows["a"]["height_m"], rows["a"]["height_m_estimated"]) == (8.0, False)
    assert (rows["b"]["height_m"], rows["b"]["height_m_estimated"]) == (7.0, True)
    assert (rows["b"]["height_m_low"], rows["b"]["height_m_high"]) == (5.0, 9.0)
    assert (rows["d"]["lamp_type"], rows["d"]["lamp_type_estimated"]) == ("HPS", True)
    assert rows["d"]["height_m"] is None
    assert rows["d"]["height_m_estimated"] is False
    # The facts themselves were not touched.
    assert territory.table("luminaire", where={"id": "b"})["height_m"].to_pylist() == [None]


def test_a_scenario_sets_the_parameters_it_names() -> None:
    defaults = Parameters({"hours": HOURS})
    given = Scenario("S1", {"hours": 2000, "of_another_worksite": 1}).apply(defaults)
    assert (given["hours"].value, given["hours"].default) == (2000, False)
    assert Scenario().apply(defaults).record() == defaults.record()
