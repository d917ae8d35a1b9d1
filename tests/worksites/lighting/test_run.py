# SPDX-License-Identifier: EUPL-1.2
"""The worksite on a territory: indicators, raster, findings, estimates, nothing invented."""

from __future__ import annotations

import csv
import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

import jumeau
from jumeau import decision
from jumeau.base import contract, i18n, plugins
from jumeau.base.errors import InvalidError
from jumeau.twin import schema
from jumeau.twin.scenario import Scenario
from jumeau.worksites import lighting
from jumeau.worksites.lighting import diagnosis, hours, run
from jumeau.worksites.lighting.indicators import INDICATORS

WORKSITE = lighting.WORKSITE


def rows_of(territory, indicator: str, scope: str) -> pd.DataFrame:
    table = territory.table("indicator", where={"indicator": indicator, "scope": scope})
    return table.to_pandas().set_index("entity").sort_index()


@pytest.fixture
def ran(village):
    """Return the village once its lighting has been diagnosed."""
    record = WORKSITE.run(village, Scenario())
    return village, record


def test_it_is_the_worksite_of_the_entry_point():
    assert plugins.load("jumeau.worksites", "lighting") is WORKSITE
    assert isinstance(WORKSITE, contract.Worksite)
    assert len(inspect.getsource(run).splitlines()) <= 80


def test_fields_exist_in_the_schema_and_speak_both_languages():
    layers = schema.layers()
    for spec in WORKSITE.fields:
        if spec.kind == "raster":
            assert spec.name in layers
            assert spec.unit == ("lx" if spec.intent == "out" else "m")
            assert list(spec.classes) == sorted(spec.classes)
        else:
            table, _, attribute = spec.name.partition(".")
            assert not attribute or attribute in schema.table(table).names
        assert all((spec.label_en, spec.label_fr, spec.doc_en, spec.doc_fr))
        same = ("Support", "Options", "Terrain", "Surface")
        assert spec.label_en != spec.label_fr or spec.label_fr in same
    assert {spec.intent for spec in WORKSITE.fields} == {"in", "out", "optional"}


def test_indicators_and_options_are_explained_in_both_languages():
    for item in (*WORKSITE.indicators, *WORKSITE.option_methods):
        assert all((item.label_en, item.label_fr, item.method_en, item.method_fr))
    assert len({item.name for item in WORKSITE.indicators}) == len(WORKSITE.indicators)


def test_messages_have_both_languages():
    with (Path(lighting.__file__).parent / "messages.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert row["what_en"] and row["what_fr"] and row["remedy_en"] and row["remedy_fr"]
            for kind in ("what", "why"):  # sentences; a remedy may end with a command
                for lang in ("en", "fr"):
                    text = row[f"{kind}_{lang}"]
                    assert not text or text.endswith((".", "?")), text
            assert bool(row["why_en"]) == bool(row["why_fr"])


def test_parameters_are_sourced_and_can_be_replaced():
    given = WORKSITE.parameters()
    for name, item in given.items():
        assert name.startswith("lighting_")
        assert item.source and item.label_en and item.label_fr
        assert item.low <= item.value <= item.high
        assert given.override({name: item.value})[name].value == item.value


def test_sums_by_scope_agree(ran):
    territory, _ = ran
    for name in ("lighting_lamps", "lighting_power", "lighting_electricity"):
        whole = rows_of(territory, name, "territory")["value"].iloc[0]
        for scope in ("district", "street", "lamp_type"):
            assert rows_of(territory, name, scope)["value"].sum() == pytest.approx(whole)
    assert rows_of(territory, "lighting_lamps", "territory")["value"].iloc[0] == 24
    assert rows_of(territory, "lighting_lamps", "street")["value"].to_dict() == {"S1": 12, "S2": 12}
    assert rows_of(territory, "lighting_lamps", "district")["value"].to_dict() == {
        "D1": 12, "D2": 12,
    }  # fmt: skip


def test_known_lamps_give_their_exact_electricity(ran):
    territory, _ = ran
    row = rows_of(territory, "lighting_electricity", "street").loc["S1"]
    watts = 8 * 114 + 4 * 36
    site = diagnosis.diagnose(territory, WORKSITE.parameters())
    cut = site.hours[0]  # coupure 23h-5h, known
    assert 1850 < cut < 2000
    assert row["value"] == pytest.approx(watts * cut / 1000)
    assert row["estimated_share"] == 0
    assert (row["high"] - row["value"]) / row["value"] == pytest.approx(0.03)
    assert rows_of(territory, "lighting_power", "street").loc["S1", "estimated_share"] == 0
    assert rows_of(territory, "lighting_power", "street").loc["S2", "estimated_share"] == 1


def test_intervals_hold_their_value_and_units_are_declared(ran):
    territory, record = ran
    table = territory.table("indicator").to_pandas()
    assert set(table["run_id"]) == {record.id}
    units = {item.name: item.unit for item in INDICATORS}
    assert (table["unit"] == table["indicator"].map(units)).all()
    roads = {name for name in units if name.startswith("lighting_road_")}
    assert set(units) - roads <= set(table["indicator"]) <= set(units)
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    assert table["estimated_share"].between(0, 1).all()
    assert table["value"].notna().all()
    electricity = table[table["indicator"] == "lighting_electricity"]
    assert set(electricity["unit"]) == {"kWh/yr"}


def test_light_falls_where_lamps_are(ran):
    territory, _ = ran
    raster = territory.raster("illuminance")
    assert raster.tiles() == ["0769_6279", "0769_6280", "0770_6279", "0770_6280"]
    values, _ = raster.read((769900, 6278900, 770500, 6279400))
    lit = rows_of(territory, "lighting_lit_area", "territory")["value"].iloc[0]
    mean = rows_of(territory, "lighting_mean_illuminance", "territory")["value"].iloc[0]
    over = np.nan_to_num(values) >= 1.0
    assert over.sum() / 1e4 == pytest.approx(lit)
    assert values[over].mean() == pytest.approx(mean, rel=1e-5)
    by_district = rows_of(territory, "lighting_lit_area", "district")["value"]
    assert 0 < by_district.sum() <= lit * 1.000001
    under_lamp, _ = raster.read((770024.5, 6279004.5, 770025.5, 6279005.5))
    assert under_lamp[0, 0] > 5
    # lamps stand north of the street of the first row: its carriageway is south of them
    row, _ = raster.read((770000, 6278960, 770250, 6279050))
    assert row[45:52].mean() > 1.5 * row[33:40].mean()


def test_findings_say_what_is_missing_and_what_it_would_change(ran):
    territory, record = ran
    found = territory.table("finding", where={"run_id": record.id}).to_pandas().set_index("code")
    assert {"JUM-L011", "JUM-L012", "JUM-L013", "JUM-L014", "JUM-L016", "JUM-L017"} <= set(
        found.index
    )
    assert "12" in found.loc["JUM-L011", "what"] and "24" in found.loc["JUM-L011", "what"]
    now, then = (found.loc["JUM-L011", "why"].split("±")[k].split()[0] for k in (1, 2))
    assert int(then) < int(now)
    assert not {"JUM-L010", "JUM-L023", "JUM-L025", "JUM-L027"} & set(found.index)


def test_facts_are_left_alone_and_estimates_are_apart(ran):
    territory, record = ran
    table = territory.table("luminaire").to_pandas()
    assert table["power_w"].notna().sum() == 12
    guesses = territory.table("estimate").to_pandas()
    assert set(guesses["run_id"]) == {record.id}
    assert (guesses["attribute"] == "power_w").sum() == 12
    assert guesses["method"].str.len().gt(10).all()
    told = territory.explain("indicator", territory.table("indicator")["id"][0].as_py()).to_dict()
    assert told["run"]["worksite"] == "lighting"


def test_a_second_run_replaces_the_first(ran):
    territory, first = ran
    before = territory.count("indicator")
    second = WORKSITE.run(territory, Scenario())
    assert second.id != first.id
    assert territory.count("indicator") == before
    assert set(territory.table("estimate")["run_id"].to_pylist()) == {second.id}


def test_user_parameters_change_the_result(village):
    WORKSITE.run(village, Scenario("tard", {"lighting_switch_elevation_deg": -6.0}))
    later = rows_of(village, "lighting_hours", "lamp_type").loc["LED", "value"]
    WORKSITE.run(village, Scenario("tard"))
    assert later < rows_of(village, "lighting_hours", "lamp_type").loc["LED", "value"] - 50


def test_no_lamp_is_a_finding_not_a_crash(tmp_path):
    territory = jumeau.create(tmp_path / "vide.jumeau", name="Vide")
    record = WORKSITE.run(territory, Scenario())
    found = territory.table("finding", where={"run_id": record.id}).to_pandas()
    assert found["code"].tolist() == ["JUM-L010"]
    assert found["severity"].tolist() == ["blocks"]
    assert territory.count("indicator") == 0
    assert len(WORKSITE.options(territory)) == 0
    territory.close()


def test_lamps_alone_are_enough(tmp_path, rows):
    territory = jumeau.create(tmp_path / "seul.jumeau", name="Seul", crs="EPSG:2975")
    with territory.transaction("lamps") as tx:
        tx.insert("luminaire", rows([338000.0, 338030.0], [7690000.0, 7690000.0]))
    with i18n.using("fr"):
        record = WORKSITE.run(territory, Scenario())
    found = territory.table("finding", where={"run_id": record.id}).to_pandas().set_index("code")
    assert {"JUM-L023", "JUM-L025", "JUM-L027"} <= set(found.index)
    assert "voie" in found.loc["JUM-L023", "what"]
    assert set(territory.table("indicator")["scope"].to_pylist()) == {"territory", "lamp_type"}
    burning = rows_of(territory, "lighting_hours", "territory")["value"].iloc[0]
    assert 3700 < burning < 4400  # La Réunion: nights of its own latitude and clock
    territory.close()


def test_declared_streets_win_and_unread_schedules_are_told(village, rows):
    x = np.array([770100.0, 770120.0])
    more = rows(x, [6279003.0, 6279003.0], street_id=["S2", "S9"], cabinet_id=["A3", "A3"])
    more["id"] = ["M1", "M2"]
    cabinet = pd.DataFrame(
        {"id": ["A3"], "schedule": ["voir plan"], "geometry": shapely.to_wkb([shapely.Point(0, 0)])}
    )
    with village.transaction("more") as tx:
        tx.insert("luminaire", more)
        tx.insert("cabinet", cabinet)
    given = WORKSITE.parameters()
    state = diagnosis.diagnose(village, given)
    assert state.streets[state.street[-2:]].tolist() == ["S2", "S1"]
    assert state.schedules_unread == ("voir plan",)
    assert not state.scheduled[-2:].any()
    assert "JUM-L028" in [item.code for item in diagnosis.findings(state, given)]


def test_effect_refuses_an_option_that_is_not_its_own():
    with pytest.raises(InvalidError, match="JUM-L030"):
        WORKSITE.effect(pd.Series({"id": "x", "kind": "led"}), Scenario(), 10)


def test_a_described_stock_rests_on_no_estimate(tmp_path, rows):
    """Every fact known, regimes included: energy is Σ P·t to the last digit."""
    territory = jumeau.create(tmp_path / "plein.jumeau", name="Plein", insee=["34172"])
    schedules = {"A": "permanent", "B": "coupure 23h-5h", "C": "abaissement 50 % 23h-5h"}
    power = 40.0 + np.arange(30.0)
    lamps = rows(
        770000.0 + 25.0 * np.arange(30), np.full(30, 6279000.0), power_w=power, height_m=8.0,
        lamp_type="LED", flux_lm=5000.0, cct_k=3000.0, support="Candélabre",
        photometry="fabricant.ldt", cabinet_id=list("ABC") * 10,
    )  # fmt: skip
    cabinets = pd.DataFrame(
        {
            "id": list(schedules),
            "schedule": list(schedules.values()),
            "geometry": shapely.to_wkb(shapely.points(np.full((3, 2), [770000.0, 6279000.0]))),
        }
    )
    with territory.transaction("all") as tx:
        tx.insert("luminaire", lamps)
        tx.insert("cabinet", cabinets)
    lighting.write_ldt(lighting.generic_photometry("LED 40W"), tmp_path / "fabricant.ldt")
    territory.add(tmp_path / "fabricant.ldt", "photometry")
    WORKSITE.run(territory, Scenario())
    state = diagnosis.diagnose(territory, WORKSITE.parameters())
    place = (state.site.year, state.site.latitude, state.site.longitude, state.site.time_zone)
    hours_of = {
        name: hours.burning_hours(hours.parse(text), *place)[1] for name, text in schedules.items()
    }
    wanted = sum(
        watts * hours_of[cabinet] / 1000
        for watts, cabinet in zip(power, lamps["cabinet_id"], strict=True)
    )
    row = rows_of(territory, "lighting_electricity", "territory").iloc[0]
    assert row["value"] == pytest.approx(wanted, rel=1e-12)
    assert row["estimated_share"] == 0
    assert row["high"] / row["value"] - 1 == pytest.approx(diagnosis.KNOWN_HOURS)
    assert territory.count("estimate") == 0
    found = set(territory.table("finding")["code"].to_pylist())
    assert not {"JUM-L011", "JUM-L012", "JUM-L013", "JUM-L014", "JUM-L015", "JUM-L017"} & found
    assert "JUM-L016" not in found
    light = rows_of(territory, "lighting_mean_illuminance", "territory").iloc[0]
    assert light["estimated_share"] == 0
    assert light["high"] / light["value"] - 1 == pytest.approx(0.1)  # a maker's photometry
    territory.close()


def test_runs_give_the_same_rows_in_the_same_order_here_and_on_a_fork(village, tmp_path):
    def figures(result):
        return (
            result.indicators.drop(columns=["id", "run_id"]),
            result.options.drop(columns=["run_id"]),
            result.effects.drop(columns=["run_id"]),
            result.findings.drop(columns=["id", "run_id"]),
            result.estimates.drop(columns=["id", "run_id"]),
        )

    first = figures(jumeau.run(village, ["lighting"]))
    again = figures(jumeau.run(village, ["lighting"]))
    copy = village.fork(tmp_path / "fork.jumeau")
    forked = figures(jumeau.run(copy, ["lighting"]))
    copy.close()
    for one, two, three in zip(first, again, forked, strict=True):
        pd.testing.assert_frame_equal(one, two)
        pd.testing.assert_frame_equal(one, three)
    assert first[1]["kind"].iloc[0] == "do_nothing"
    assert first[0]["indicator"].iloc[0] == "lighting_lamps"


def test_what_is_shown_of_an_option_adds_up(village):
    """Costs, savings and worth are in the same euros, at the price the authority gives."""
    given = {"electricity_price_eur_kwh": 0.30, "electricity_price_growth": 0.0}
    result = jumeau.run(village, ["lighting"], parameters=given)
    options = result.options.set_index("kind")
    assert options["price_year"].nunique() == 1
    for kind, row in options.iterrows():
        spared = row["saving_eur_year"] + row["opex_eur_year"]
        assert spared == pytest.approx(0.30 * row["saving_kwh_year"], rel=0.01, abs=1e-9)
        flows = [-row["capex_eur"], *[row["saving_eur_year"]] * int(row["life_years"])]
        bound = 1e-9 + 0.02 * abs(row["capex_eur"])  # costs are drawn about their means
        assert row["npv_eur"] == pytest.approx(decision.npv(flows, 0.032), abs=bound), kind
    nothing = options.loc["do_nothing"]
    for quantity in ("saving_kwh_year", "saving_eur_year", "npv_eur", "tco2e_year", "capex_eur"):
        assert nothing[quantity] == 0
    assert (options.drop("do_nothing")["saving_kwh_year"] > 0).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lighting_led_lm_w", 0),
        ("lighting_led_use", 0),
        ("lighting_hours_factor", 0),
        ("lighting_lamps_per_cabinet", 0),
        ("lighting_dimmed_share", 1),
        ("lighting_maintenance_factor", -1),
        ("lighting_switch_elevation_deg", -95),
        ("lighting_switch_delay_min", 600),
        ("lighting_illuminance_error", 1.5),
        ("lighting_cost_led_eur", -5),
        ("lighting_life_led_years", 0),
        ("discount_rate", -1),
        ("electricity_price_eur_kwh", -0.1),
    ],
)
def test_parameters_without_meaning_are_refused_by_name(village, name, value):
    with pytest.raises(InvalidError, match=rf"JUM-B072.*{name}"):
        jumeau.run(village, ["lighting"], parameters={name: value})
    assert village.count("run") == 0


def test_sources_are_told_in_french(village):
    jumeau.run(village, ["lighting"], parameters={"lighting_hours_factor": 0.9})
    name = village.table("indicator", where={"indicator": "lighting_electricity"})["id"][0].as_py()
    with i18n.using("fr"):
        french = {p["name"]: p["source"] for p in village.explain("indicator", name).parameters}
    with i18n.using("en"):
        english = {p["name"]: p["source"] for p in village.explain("indicator", name).parameters}
    assert french["lighting_switch_delay_min"].startswith("Arrêté de la commune de Moussy")
    assert english["lighting_switch_delay_min"].startswith("Order of the commune of Moussy")
    assert (french["lighting_hours_factor"], english["lighting_hours_factor"]) == (
        "utilisateur", "user",
    )  # fmt: skip


def test_each_lamp_is_attached_to_a_street_as_an_estimate_not_as_a_fact(ran):
    village, _ = ran
    rows = village.table("estimate", where={"attribute": "street_id"}).to_pandas()
    declared = village.table("luminaire", columns=["id", "street_id"]).to_pandas()
    silent = set(declared.loc[declared["street_id"].isna(), "id"])
    assert len(rows)
    assert set(rows["entity"]) <= silent
    assert set(rows["text"]) <= set(village.table("street")["id"].to_pylist())
    assert rows["method"].str.contains(" m").all()
    lamps = village.geo("luminaire").set_index("id").geometry
    streets = village.geo("street").set_index("id").geometry
    for row in rows.itertuples():
        nearest = streets.distance(lamps[row.entity])
        assert nearest[row.text] == pytest.approx(nearest.min())
