# SPDX-License-Identifier: EUPL-1.2
"""Options: costs, savings, common draws."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from jumeau.twin import schema
from jumeau.twin.scenario import Scenario
from jumeau.worksites import lighting
from jumeau.worksites.lighting import diagnosis, hours

WORKSITE = lighting.WORKSITE
DRAWS = 400


@pytest.fixture
def table(village):
    """Return the options of the village by kind."""
    return WORKSITE.options(village).set_index("kind", drop=False)


def test_every_kind_is_there_with_the_columns_of_the_schema(table):
    assert list(table.index) == ["do_nothing", "sobriety", "part_night", "dimming", "led"]
    assert set(schema.table("option").names) - {"run_id"} <= set(table.columns)
    assert set(table["kind"]) == {item.name for item in WORKSITE.option_methods}
    assert (table["capex_low"] <= table["capex_eur"]).all()
    assert (table["capex_eur"] <= table["capex_high"]).all()
    assert (table["opex_low"] <= table["opex_eur_year"]).all()
    assert (table["opex_eur_year"] <= table["opex_high"]).all()
    assert (table["life_years"] > 0).all() and table["price_year"].between(2010, 2030).all()
    assert shapely.from_wkb(table["geometry"].iloc[0]).area > 0
    assert all(json.loads(text)["table"] == "luminaire" for text in table["assets"])


def test_do_nothing_costs_and_saves_nothing(table):
    row = table.loc["do_nothing"]
    assert row["capex_eur"] == row["opex_eur_year"] == 0
    effect = WORKSITE.effect(row, Scenario(), DRAWS)
    assert (effect["saving_kwh_year"] == 0).all()
    assert effect["kwh_year"].std() > 0


def test_investments_are_unit_costs_times_assets(table):
    given = WORKSITE.parameters()
    led, dimming, clocks = table.loc["led"], table.loc["dimming"], table.loc["part_night"]
    assert json.loads(led["assets"])["count"] == 20  # 4 of the 24 are LED
    assert led["capex_eur"] == 20 * given["lighting_cost_led_eur"].value
    assert led["opex_eur_year"] < 0
    # the first cabinet cuts the night already: only the second one's lamps change
    assert json.loads(dimming["assets"])["count"] == 12
    assert dimming["capex_eur"] == 12 * given["lighting_cost_dimming_eur"].value
    assert clocks["capex_eur"] == given["lighting_cost_clock_eur"].value
    assert len(json.loads(clocks["assets"])["ids"]) == 12


def test_savings_are_those_of_the_hours(village, table):
    given = WORKSITE.parameters()
    state = diagnosis.diagnose(village, given)
    kwh = state.done.power_w.value * state.hours / 1000
    full, cut = diagnosis.equivalent_hours(
        [hours.FULL_NIGHT, hours.part_night()], state.site, given
    )
    expected = kwh[12:].sum() * (1 - cut / full)
    physics = table.loc["part_night", "physics"]
    assert physics.whole_kwh == pytest.approx(kwh.sum())
    assert physics.before_kwh - physics.after_kwh == pytest.approx(expected)
    mean = WORKSITE.effect(table.loc["part_night"], Scenario(), 4000)["saving_kwh_year"].mean()
    assert mean == pytest.approx(expected, rel=0.02)


def test_led_saves_as_renovations_do(village, table):
    effect = WORKSITE.effect(table.loc["led"], Scenario(), DRAWS)
    physics = table.loc["led", "physics"]
    saved = effect["saving_kwh_year"] / (effect["saving_kwh_year"] + effect["kwh_year"])
    assert 0.4 < saved.mean() < 0.8
    assert physics.after_kwh < 0.6 * physics.before_kwh
    better = Scenario(values={"lighting_led_lm_w": 170.0})
    assert WORKSITE.effect(table.loc["led"], better, DRAWS)["saving_kwh_year"].std() < (
        effect["saving_kwh_year"].std()
    )


def test_order_of_savings(table):
    mean = {
        kind: WORKSITE.effect(row, Scenario(), DRAWS)["saving_kwh_year"].mean()
        for kind, row in table.iterrows()
    }
    assert mean["do_nothing"] < mean["sobriety"] < mean["part_night"]
    assert mean["dimming"] < mean["part_night"]
    assert mean["dimming"] == pytest.approx(0.45 * mean["part_night"], rel=0.02)


def test_draws_are_common_to_options_and_repeatable(table):
    first = {k: WORKSITE.effect(row, Scenario(), DRAWS) for k, row in table.iterrows()}
    again = {k: WORKSITE.effect(row, Scenario(), DRAWS) for k, row in table.iterrows()}
    for kind in first:
        for quantity in ("kwh_year", "saving_kwh_year"):
            assert np.array_equal(first[kind][quantity], again[kind][quantity])
            assert first[kind][quantity].shape == (DRAWS,)
    today = first["do_nothing"]["kwh_year"]
    total = first["sobriety"]["kwh_year"] + first["sobriety"]["saving_kwh_year"]
    assert total == pytest.approx(today)


def test_decorative_lamps_go_out_early_with_sobriety(village):
    state = diagnosis.diagnose(village, WORKSITE.parameters())
    from jumeau.worksites.lighting import options

    ratio = options._sober_hours(state, WORKSITE.parameters()) / state.hours
    assert ratio[-1] < 0.75 * ratio[-2]  # the floodlight
    assert (ratio <= 1).all() and (ratio > 0).all()


def test_draws_have_the_interval_of_the_indicator(village, table):
    state, given = diagnosis.diagnose(village, WORKSITE.parameters()), WORKSITE.parameters()
    whole = diagnosis.annual_energy(state, given, np.zeros(24, int), 1)
    today = WORKSITE.effect(table.loc["do_nothing"], Scenario(), 20000)["kwh_year"]
    low, high = np.percentile(today, [5, 95])
    assert today.mean() == pytest.approx(whole.value[0], rel=0.01)
    assert high - low == pytest.approx(whole.high[0] - whole.low[0], rel=0.1)
