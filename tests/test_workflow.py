# SPDX-License-Identifier: EUPL-1.2
"""The main job, on the commune of the demonstration: each stage, each trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import jumeau
from jumeau import workflow
from jumeau.base import i18n
from jumeau.base.errors import UnknownNameError
from jumeau.twin.territory import Territory


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Territory]:
    """The demonstrator commune with its results."""
    made = jumeau.demo(tmp_path_factory.mktemp("demo") / "demo.jumeau")
    yield made
    made.close()


def test_the_demonstration_crosses_the_house(town: Territory) -> None:
    found = workflow.latest(town)
    whole = found.indicators[found.indicators["scope"] == "territory"].set_index("indicator")
    for name in ("lighting_lamps", "lighting_electricity", "lighting_electricity_cost"):
        assert whole.loc[name, "value"] > 0
    assert whole.loc["lighting_lamps", "value"] == town.count("luminaire")
    energy = whole.loc["lighting_electricity"]
    assert energy["low"] < energy["value"] < energy["high"]
    assert 0 < energy["estimated_share"] < 1
    lighting = {"do_nothing", "sobriety", "part_night", "dimming", "led"}
    water = {"do_nothing", "sobriety", "leak_repair", "pressure_sensor", "renew_mains"}
    assert lighting | water == set(found.options["kind"])
    assert len(found.findings)
    assert town.raster("illuminance").tiles()


def test_the_same_facts_give_the_same_figures(town: Territory, tmp_path: Path) -> None:
    again = town.fork(tmp_path / "again.jumeau")
    jumeau.run(again)
    mine, theirs = workflow.latest(town).indicators, workflow.latest(again).indicators
    columns = ["indicator", "scope", "entity", "value", "low", "high"]
    key = ["indicator", "scope", "entity"]
    left = mine[columns].sort_values(key).reset_index(drop=True)
    right = theirs[columns].sort_values(key).reset_index(drop=True)
    assert left.equals(right)


def test_doing_nothing_brings_nothing(town: Territory) -> None:
    options = workflow.latest(town).options
    nothing = options[options["kind"] == "do_nothing"]
    assert {"lighting", "water"} == set(nothing["worksite"])
    for quantity in ("capex_eur", "saving_kwh_year", "saving_eur_year", "npv_eur", "tco2e_year"):
        assert (nothing[quantity] == 0).all()


def test_money_follows_from_the_energy(town: Territory) -> None:
    found = workflow.latest(town).indicators
    whole = found[found["scope"] == "territory"].set_index("indicator")["value"]
    price = whole["lighting_electricity_cost"] / whole["lighting_electricity"]
    gas = whole["lighting_electricity_emissions"] / whole["lighting_electricity"]
    assert 0.05 < price < 0.5
    assert 10e-6 < gas < 900e-6
    for scope in ("district", "street", "lamp_type"):
        rows = found[(found["scope"] == scope)].groupby("indicator")["value"].sum()
        if scope == "lamp_type":  # each lamp is of one type
            assert rows["lighting_electricity"] == pytest.approx(whole["lighting_electricity"])
        assert rows["lighting_electricity"] <= whole["lighting_electricity"] * (1 + 1e-9)


def test_a_figure_is_explained_down_to_its_file(town: Territory) -> None:
    row = town.table("indicator", where={"indicator": "lighting_electricity_cost"}).to_pylist()[0]
    with i18n.using("fr"):
        why = town.explain("indicator", row["id"])
    assert why.formula == "C = E · p"
    assert [item["name"] for item in why.parameters] == ["electricity_price_eur_kwh"]
    assert why.parameters[0]["source"]
    assert [item["indicator"] for item in why.quantities] == ["lighting_electricity"]
    assert {item["table"] for item in why.inputs} >= {"luminaire", "street"}
    assert "luminaire.geojson" in {item["file"] for item in why.sources}
    assert all(len(item["sha256"]) == 64 for item in why.sources)
    assert (town.path / "inbox").is_dir()
    kept = {path.name.partition(".")[0] for path in (town.path / "inbox").iterdir()}
    assert {item["sha256"] for item in why.sources} <= kept


def test_own_figures_replace_the_defaults(town: Territory, tmp_path: Path) -> None:
    copy = town.fork(tmp_path / "copy.jumeau")
    before = workflow.latest(copy).indicators.set_index(["indicator", "scope", "entity"])["value"]
    found = jumeau.run(copy, ["lighting"], parameters={"electricity_price_eur_kwh": 0.25})
    after = found.indicators.set_index(["indicator", "scope", "entity"])["value"]
    key = ("lighting_electricity", "territory", "")
    assert after[key] == pytest.approx(before[key])
    assert after["lighting_electricity_cost", "territory", ""] == pytest.approx(0.25 * after[key])
    (run,) = copy.table("run", where={"id": found.runs[-1]}).to_pylist()
    recorded = json.loads(run["parameters"])["electricity_price_eur_kwh"]
    assert (recorded["value"], recorded["default"]) == (0.25, False)


def test_two_scenarios_keep_their_own_accounts(town: Territory, tmp_path: Path) -> None:
    copy = town.fork(tmp_path / "copy.jumeau")
    dear = {"electricity_price_eur_kwh": 0.5}
    jumeau.run(copy, ["lighting"], scenario="dear", parameters=dear)
    jumeau.run(copy, ["lighting"])
    for name, price in (("dear", 0.5), ("tendanciel", None)):
        found = workflow.latest(copy, name).indicators
        whole = found[found["scope"] == "territory"].set_index("indicator")["value"]
        assert whole.index.is_unique
        ratio = whole["lighting_electricity_cost"] / whole["lighting_electricity"]
        assert ratio == pytest.approx(price) if price else ratio < 0.5


def test_own_figures_may_live_in_the_toml(town: Territory, tmp_path: Path) -> None:
    copy = town.fork(tmp_path / "copy.jumeau")
    toml = copy.path / "territory.toml"
    toml.write_text(toml.read_text() + "electricity_price_eur_kwh = 0.3\n")
    found = jumeau.run(jumeau.open(copy.path), ["lighting"]).indicators
    whole = found[found["scope"] == "territory"].set_index("indicator")["value"]
    cost, energy = whole["lighting_electricity_cost"], whole["lighting_electricity"]
    assert cost == pytest.approx(0.3 * energy)


def test_a_parameter_nobody_knows_stops_before_anything_is_written(town: Territory) -> None:
    version = town.version
    with pytest.raises(UnknownNameError, match="electricity_price_eur_kwh"):
        jumeau.run(town, ["lighting"], parameters={"electricity_price": 0.2})
    with pytest.raises(UnknownNameError, match="lighting"):
        jumeau.run(town, ["lightning"])
    assert town.version == version


def test_a_territory_without_lamps_says_so_and_does_not_stop(tmp_path: Path) -> None:
    empty = jumeau.create(tmp_path / "t", name="Vide")
    found = jumeau.run(empty)
    assert "JUM-L010" in set(found.findings["code"])
    assert len(found.options) == 0


def test_progress_grows_to_one(town: Territory, tmp_path: Path) -> None:
    seen: list[float] = []
    copy = town.fork(tmp_path / "copy.jumeau")
    jumeau.run(copy, progress=lambda _, share: seen.append(share))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_refresh_imports_a_recipe_and_tells_what_failed(tmp_path: Path) -> None:
    (tmp_path / "trees.csv").write_text("id;x;y;species\n1;400000;6900000;Tilia\n")
    (tmp_path / "recipe.yaml").write_text(
        "sources:\n"
        "  - {file: '${HERE}/trees.csv', table: tree, source_crs: 'EPSG:2154'}\n"
        "  - {file: '${HERE}/absent.csv', table: street}\n"
    )
    made = jumeau.create(tmp_path / "t", name="T")
    recipe, here = tmp_path / "recipe.yaml", {"HERE": str(tmp_path)}
    (report,) = workflow.refresh(made, recipe, variables=here)
    assert (report.table, report.added) == ("tree", 1)
    failed = made.check().set_index("code").loc["JUM-W002"]
    assert failed["entity"] == "absent.csv"
    (report,) = workflow.refresh(made, recipe, variables=here)
    assert report.added == 0
    assert list(made.check()["code"]).count("JUM-W002") == 1


def test_refresh_without_recipe_says_what_to_write(tmp_path: Path) -> None:
    made = jumeau.create(tmp_path / "t", name="T")
    with pytest.raises(ValueError, match="JUM-W001"):
        workflow.refresh(made)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_report_is_one_file_that_says_it_all(
    town: Territory, tmp_path: Path, lang: str
) -> None:
    path = workflow.report(town, tmp_path / "report.html", lang)
    text = path.read_text(encoding="utf-8")
    assert f'<html lang="{lang}">' in text
    assert "data:image/png;base64," in text
    assert "<script" not in text
    assert "http" not in text.split("<main>")[0]
    assert "luminaire.geojson" in text
    assert {"fr": "Temps de retour", "en": "Payback"}[lang] in text
    assert "‹" not in text  # a placeholder that nobody filled
    assert "nan" not in text.lower().split()


def test_the_report_of_an_empty_territory_says_what_to_run(tmp_path: Path) -> None:
    made = jumeau.create(tmp_path / "t", name="Vide")
    text = workflow.report(made, tmp_path / "r.html", "en").read_text(encoding="utf-8")
    assert "jumeau run t" in text


def test_a_worksite_that_runs_alone_leaves_the_options_of_the_others(
    town: Territory, tmp_path: Path
) -> None:
    copy = town.fork(tmp_path / "copy.jumeau")
    before = workflow.latest(copy)
    rain = {"climate": {"rain": "20mm/6min"}}
    quick = {"climate_cell_m": 8, "climate_after_h": 0, "climate_moments": 0}
    found = jumeau.run(copy, ["climate"], parameters=quick, events=rain)
    assert len(found.options) == 0
    after = workflow.latest(copy)
    assert set(after.options["id"]) == set(before.options["id"])
    assert len(after.effects) == len(before.effects)
    costs = [
        frame[frame["indicator"].str.startswith("lighting_electricity")]["value"].sum()
        for frame in (before.indicators, after.indicators)
    ]
    assert costs[0] == costs[1]
    assert not after.options["id"].duplicated().any()
