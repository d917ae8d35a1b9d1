# SPDX-License-Identifier: EUPL-1.2
"""The worksite on small territories: what is known, what is missing, what facts change."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

import jumeau
from jumeau import decision
from jumeau.base.contract import Worksite
from jumeau.base.errors import InvalidError
from jumeau.twin.scenario import Scenario
from jumeau.twin.territory import Territory
from jumeau.worksites.buildings import diagnosis, drawing, indicators, inventory, systems
from jumeau.worksites.buildings.run import WORKSITE

X, Y = 700_000.0, 6_500_000.0
FEW = {"buildings_draws": 16}
SUMS = (
    "buildings_floor_m2", "buildings_heating_kwh", "buildings_final_kwh", "buildings_tco2e",
)  # fmt: skip


def rows(count: int, **facts: Any) -> pd.DataFrame:
    """Return buildings of 12 × 10 m, 30 m apart, with the facts given to all or each."""
    shapes = [shapely.box(X + 30 * k, Y, X + 30 * k + 12, Y + 10) for k in range(count)]
    ids = [f"b{k:03d}" for k in range(count)]
    return pd.DataFrame({"id": ids, "geometry": shapely.to_wkb(shapes), **facts})


@pytest.fixture
def town(tmp_path: Path) -> Callable[..., Territory]:
    """Return a function that makes a territory of a table of buildings."""

    def make(buildings: pd.DataFrame, insee: tuple[str, ...] = ("24322",)) -> Territory:
        name = f"t{len(list(tmp_path.iterdir()))}"
        territory = jumeau.create(tmp_path / name, name=name, insee=insee)
        with territory.transaction("town") as tx:
            tx.insert("building", buildings)
        return territory

    return make


def run(territory: Territory, **values: float) -> Any:
    return WORKSITE.run(territory, Scenario("tendanciel", values={**FEW, **values}))


def read(territory: Territory, name: str, scope: str = "building") -> pd.DataFrame:
    where = {"indicator": name, "scope": scope}
    return territory.table("indicator", where=where).to_pandas().set_index("entity").sort_index()


def codes(territory: Territory) -> set[str]:
    return set(territory.table("finding", columns=["code"]).column("code").to_pylist())


KNOWN = {
    "use": "Résidentiel individuel", "height_m": 5.8, "floors": 2, "floor_area_m2": 200.0,
    "built_year": 1965, "energy_class": "E", "heating_energy": "gaz", "public": False,
}  # fmt: skip


def test_it_is_a_worksite_and_its_method_section_is_short() -> None:
    assert isinstance(WORKSITE, Worksite)
    path = Path(diagnosis.__file__).with_name("run.py")
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 80


def test_without_buildings_it_says_so(town: Callable[..., Territory]) -> None:
    place = town(rows(1).iloc[:0])
    run(place)
    assert codes(place) == {"JUM-E050"}
    assert place.count("indicator") == 0


def test_what_is_missing_is_said_and_intervals_hold_the_value(
    town: Callable[..., Territory],
) -> None:
    place = town(rows(6))
    run(place)
    assert {"JUM-E052", "JUM-E053", "JUM-E054", "JUM-E055", "JUM-E062"} <= codes(place)
    found = place.table("indicator").to_pandas()
    assert (found["low"] <= found["value"]).all() and (found["value"] <= found["high"]).all()
    assert np.isfinite(found[["value", "low", "high"]].to_numpy()).all()
    assert set(read(place, "buildings_final_kwh")["estimated_share"]) == {1.0}
    assert set(indicators.EACH) == set(found[found["scope"] == "building"]["indicator"])
    assert set(found["indicator"]) == {item.name for item in indicators.INDICATORS}


def test_yearly_energies_say_so_and_none_is_billed(town: Callable[..., Territory]) -> None:
    place = town(rows(3, **{**KNOWN, "public": True}))
    run(place)
    found = place.table("indicator").to_pandas()
    monthly = found["scope"].isin(["month", "building_month"])
    assert monthly.any()
    assert set(found[monthly]["unit"]) == {"kWh"}
    units = dict(zip(found[~monthly]["indicator"], found[~monthly]["unit"], strict=True))
    assert units["buildings_final_kwh"] == units["buildings_pv_kwh"] == "kWh/yr"
    assert units["buildings_final_kwh_m2"] == "kWh/(m²·yr)"
    assert (units["buildings_tco2e"], units["buildings_discomfort_h"]) == ("tCO2e/yr", "h/yr")
    # A need, primary energy and a sum of carriers have no price: nothing is paid twice.
    assert decision.billed(WORKSITE.indicators) == []
    assert decision.energy_methods(WORKSITE.indicators) == []


def test_sheds_are_buildings_that_are_not_heated(town: Callable[..., Territory]) -> None:
    facts = {**KNOWN, "use": ["Annexe", "Résidentiel individuel", "Annexe"]}
    place = town(rows(3, **facts))
    run(place)
    whole = place.table("indicator", where={"scope": "territory"}).to_pandas()
    values = whole.set_index("indicator")["value"]
    assert (values["buildings_count"], values["buildings_heated"]) == (3.0, 1.0)


def test_a_floor_area_told_is_that_of_the_outline_no_more(town: Callable[..., Territory]) -> None:
    told = town(rows(2, **KNOWN))
    drawn = town(rows(2, **{**KNOWN, "floor_area_m2": None}))
    for place in (told, drawn):
        run(place, buildings_draws=48)
    areas = [float(read(p, "buildings_floor_m2")["value"].mean()) for p in (told, drawn)]
    assert areas[0] == pytest.approx(200 * 0.85, rel=0.05)
    outline = float(shapely.area(told.geo("building").geometry.iloc[0]))
    assert areas[1] == pytest.approx(2 * outline * 0.7 * 0.85, rel=0.08)


def test_facts_narrow_the_interval_and_lower_the_estimated_share(
    town: Callable[..., Territory],
) -> None:
    wide, sharp = town(rows(4)), town(rows(4, **KNOWN))
    for place in (wide, sharp):
        run(place, buildings_draws=48)

    def spread(place: Territory) -> float:
        found = read(place, "buildings_final_kwh").iloc[0]
        return float((found["high"] - found["low"]) / found["value"])

    assert spread(sharp) < 0.6 * spread(wide)
    # Set-points, gains and efficiencies are archetypes, whatever is known of the building.
    assert set(read(sharp, "buildings_final_kwh")["estimated_share"]) == {0.314}
    assert not {"JUM-E052", "JUM-E053", "JUM-E054", "JUM-E055", "JUM-E062"} & codes(sharp)


def test_a_sum_is_that_of_its_parts_and_less_unsure_than_them(
    town: Callable[..., Territory],
) -> None:
    place = town(rows(12, **{**KNOWN, "built_year": None}))
    run(place)
    for name in SUMS:
        each, whole = read(place, name), read(place, name, "territory").iloc[0]
        assert whole["value"] == pytest.approx(each["value"].sum(), rel=1e-3)
        assert whole["high"] - whole["low"] < (each["high"] - each["low"]).sum()
    carriers = read(place, "buildings_final_kwh", "carrier")["value"]
    months = read(place, "buildings_final_kwh", "month")["value"]
    ends = read(place, "buildings_final_kwh", "end_use")["value"]
    whole = read(place, "buildings_final_kwh", "territory")["value"].iloc[0]
    for parts, names in ((carriers, systems.CARRIERS), (ends, systems.USES)):
        assert set(parts.index) == set(names)
        assert parts.sum() == pytest.approx(whole, rel=1e-6)
    assert months.sum() == pytest.approx(whole, rel=1e-4)
    assert carriers["oil"] == carriers["wood"] == 0.0
    assert months["01"] > 2 * months["07"]


def test_old_walls_lose_more_than_new_ones_and_the_coast_less_than_the_mountain(
    town: Callable[..., Territory],
) -> None:
    years = [1900, 1960, 1985, 2003, 2015, 2023]
    facts = {**KNOWN, "energy_class": None}
    place = town(rows(6, **{**facts, "built_year": years}))
    run(place)
    need = read(place, "buildings_heating_kwh")["value"].to_numpy()
    assert (np.diff(need[1:]) < 0).all() and need[0] > 2 * need[-1]
    south, north = town(rows(2, **facts), ("06088",)), town(rows(2, **facts), ("25056",))
    for other in (south, north):
        run(other)
    ratio = (
        read(north, "buildings_heating_kwh")["value"].iloc[0]
        / read(south, "buildings_heating_kwh")["value"].iloc[0]
    )
    assert 1.5 < ratio < 4


def test_the_energy_class_and_told_transmittances_take_the_place_of_the_period(
    town: Callable[..., Territory],
) -> None:
    facts = {**KNOWN, "energy_class": list("ABCDEFG")}
    place = town(rows(7, **facts))
    run(place)
    need = read(place, "buildings_heating_kwh")["value"].to_numpy()
    assert (np.diff(need) > 0).all()
    told = town(
        rows(2, **{**KNOWN, "energy_class": None}, wall_u=[0.2, 2.4], roof_u=[0.15, 2.0],
             window_u=[1.2, 4.5], floor_u=[0.2, 1.8])
    )  # fmt: skip
    run(told)
    low, high = read(told, "buildings_heating_kwh")["value"]
    assert high > 3 * low


def test_a_degree_less_spares_heat_in_every_building(town: Callable[..., Territory]) -> None:
    place = town(rows(5, **KNOWN))
    run(place)
    before = read(place, "buildings_heating_kwh")["value"]
    run(place, buildings_set_change_k=-1)
    after = read(place, "buildings_heating_kwh")["value"]
    assert ((after / before > 0.80) & (after / before < 0.96)).all()


def test_the_same_seed_gives_the_same_answer_and_a_building_does_not_depend_on_the_others(
    town: Callable[..., Territory], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = town(rows(9)), town(rows(9))
    run(one)
    monkeypatch.setattr(diagnosis, "ROWS", 48)  # lots of three buildings
    run(other)
    for name in ("buildings_final_kwh", "buildings_discomfort_h"):
        columns = ["value", "low", "high"]
        pd.testing.assert_frame_equal(read(one, name)[columns], read(other, name)[columns])


def test_a_footprint_of_nothing_is_left_out_and_impossible_values_are_told(
    town: Callable[..., Territory],
) -> None:
    buildings = rows(3, **{**KNOWN, "height_m": [5.8, -3.0, 0.0], "wall_u": [0.3, 40.0, None]})
    flat = shapely.to_wkb(shapely.Polygon([(X, Y), (X + 5, Y), (X + 9, Y), (X, Y)]))
    buildings.loc[len(buildings)] = {**buildings.iloc[0], "id": "flat", "geometry": flat}
    place = town(buildings)
    run(place)
    assert {"JUM-E056", "JUM-E057"} <= codes(place)
    told = place.table("finding", where={"code": "JUM-E057"}).to_pandas()
    assert set(told["entity"]) == {"height_m", "wall_u"}
    assert "flat" not in read(place, "buildings_final_kwh").index


def test_a_shed_needs_nothing_and_a_roof_yields_all_the_same(
    town: Callable[..., Territory],
) -> None:
    place = town(rows(2, use=["Annexe", "Enseignement"], height_m=3.0))
    run(place)
    need, roof = read(place, "buildings_heating_kwh")["value"], read(place, "buildings_pv_kwh")
    assert need["b000"] == 0.0 < need["b001"]
    assert (roof["value"].between(4_000, 30_000)).all()
    assert read(place, "buildings_final_kwh_m2").loc["b000", "value"] == 0.0


def test_names_and_places_tell_use_and_owner(town: Callable[..., Territory]) -> None:
    place = town(rows(4, name=["École Jean-Moulin", "Clinique du Parc", None, None]))
    points = [shapely.Point(X + 66, Y + 5), shapely.Point(X + 300, Y)]
    with place.transaction("places") as tx:
        tx.insert(
            "place",
            pd.DataFrame(
                {"id": ["m", "far"], "geometry": shapely.to_wkb(points),
                 "name": ["Gymnase", "Mairie"], "kind": ["Gymnases", "Mairies annexes"]}
            ),
        )  # fmt: skip
    stock = inventory.read(place)
    keys = [item.key for item in indicators.archetypes.uses()]
    assert [keys[u] if u >= 0 else "" for u in stock.use] == ["school", "health", "sports", ""]
    assert stock.public.tolist() == [1, 0, 1, -1]
    run(place)
    assert set(read(place, "buildings_count", "public").index) == {"yes", "no", "unknown"}
    assert set(read(place, "buildings_final_kwh", "public_carrier").index) == set(systems.CARRIERS)


def test_houses_and_flats_are_told_apart(town: Callable[..., Territory]) -> None:
    place = town(
        rows(4, use="Résidentiel", dwellings=[1, 12, None, None], height_m=[9.0, 9.0, 5.0, 15.0])
    )
    keys = [item.key for item in indicators.archetypes.uses()]
    assert [keys[u] for u in inventory.read(place).use] == ["house", "flats", "house", "flats"]


def test_a_weather_file_of_the_folder_is_taken_and_a_bad_one_is_told(
    town: Callable[..., Territory], shared: Path
) -> None:
    place = town(rows(2, **KNOWN))
    folder = place.path / "weather"
    folder.mkdir()
    (folder / "broken.epw").write_text("nothing", encoding="utf-8")
    run(place)
    assert {"JUM-E058", "JUM-G076"} <= codes(place)
    (folder / "broken.epw").unlink()
    source = shared / "validation" / "buildings" / "weather" / "725650TYCST.epw"
    (folder / "denver.epw").symlink_to(source)
    record = run(place)
    assert not {"JUM-E058", "JUM-G076"} & codes(place)
    assert record.card["weather"] == "denver.epw" and record.card["typical"] is False


def test_without_insee_code_a_zone_is_supposed_and_overseas_has_no_archetype(
    town: Callable[..., Territory],
) -> None:
    place = town(rows(1, **KNOWN), ())
    run(place)
    assert "JUM-E051" in codes(place)
    island = jumeau.create(place.path.parent / "isle", name="Île", crs="EPSG:2975", insee=["97411"])
    shape = shapely.box(338_000, 7_690_000, 338_012, 7_690_010)
    with island.transaction("town") as tx:
        tx.insert("building", rows(1, **KNOWN).assign(geometry=shapely.to_wkb([shape])))
    run(island)
    assert "JUM-E059" in codes(island)
    assert read(island, "buildings_heating_kwh")["value"].iloc[0] < 200.0


def test_draws_are_fewer_when_buildings_are_many_and_it_is_told(
    town: Callable[..., Territory],
) -> None:
    place = town(rows(10, **KNOWN))
    record = run(place, buildings_draws=40, buildings_budget=200)
    assert record.card["draws"] == 20
    assert "JUM-E063" in codes(place)


def test_an_absurd_parameter_is_refused(town: Callable[..., Territory]) -> None:
    with pytest.raises(InvalidError, match="JUM-B072"):
        run(town(rows(1)), buildings_common=2.0)


def test_estimates_keep_the_floor_area_that_was_supposed(town: Callable[..., Territory]) -> None:
    place = town(rows(3, **{**KNOWN, "floor_area_m2": [None, 210.0, None]}))
    run(place)
    told = place.table("estimate").to_pandas().set_index("entity")
    assert set(told.index) == {"b000", "b002"}
    assert (told["low"] <= told["value"]).all() and (told["value"] <= told["high"]).all()
    # Two floors of 120 m² of outline, less eaves, walls and garages.
    assert told["value"].between(130, 210).all()


def test_no_option_and_no_effect_yet(town: Callable[..., Territory]) -> None:
    place = town(rows(1))
    assert len(WORKSITE.options(place)) == 0
    assert WORKSITE.effect(None, Scenario("tendanciel"), 4) == {}


def test_common_draws_make_buildings_wrong_together(town: Callable[..., Territory]) -> None:
    stock = inventory.read(town(rows(40, **{**KNOWN, "energy_class": None})))

    def correlation(common: float) -> float:
        drawn = drawing.draw(stock, "H2", seed=0, count=200, common=common)
        return float(np.corrcoef(drawn.values["wall_u"])[np.triu_indices(40, 1)].mean())

    assert abs(correlation(0.0)) < 0.03
    assert 0.4 < correlation(0.5) < 0.6


def test_factors_are_those_of_the_day() -> None:
    assert systems.factor("electricity", "primary", "other", datetime.date.today())[0] == 1.9
