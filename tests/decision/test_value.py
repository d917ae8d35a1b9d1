# SPDX-License-Identifier: EUPL-1.2
"""Valuation: closed form against the explicit sum, do-nothing, accounts, intervals, bad input."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jumeau import decision
from jumeau.base import money
from jumeau.base.contract import IndicatorSpec
from jumeau.base.parameters import Parameters

CERTAIN = {
    "electricity_price_eur_kwh": 0.20,
    "electricity_excise_eur_kwh": 0.02,
    "electricity_price_growth": 0.01,
    "electricity_co2_g_kwh": 60.0,
    "cost_of_public_funds": 0.2,
}
LED: dict[str, Any] = {
    "id": "led",
    "capex_eur": 100_000.0,
    "opex_eur_year": -1_000.0,
    "life_years": 20.0,
    "price_year": 2024,
    "year": 2026,
}
NOTHING: dict[str, Any] = {
    "id": "nothing",
    "capex_eur": 0.0,
    "opex_eur_year": 0.0,
    "life_years": None,
    "price_year": None,
    "year": 2026,
}


def certain(**changes: Any) -> Parameters:
    return decision.parameters(CERTAIN | changes)


def appraise(
    options: list[dict[str, Any]],
    effects: Mapping[str, Any],
    given: Parameters | None = None,
    **more: Any,
) -> pd.DataFrame:
    return decision.value(pd.DataFrame(options), effects, given or certain(), **more)


def figure(table: pd.DataFrame, option: str, quantity: str, column: str = "mean") -> float:
    row = table[(table["option_id"] == option) & (table["quantity"] == quantity)]
    assert len(row) == 1, (option, quantity)
    return float(row[column].iloc[0])


def explicit(
    saved: float = 50_000.0,
    price: float = 0.20,
    tax: float = 0.02,
    growth: float = 0.01,
    carbon: float = 60e-6,
    funds: float = 0.2,
    capex: float = 100_000.0,
    opex: float = -1_000.0,
    life: int = 20,
    year: int = 2026,
) -> tuple[float, float]:
    """Return both net present values by adding the years one by one."""
    climate_2030 = money.deflate(300.0, 2023, 2024)
    financial, social = -capex, -capex
    for t in range(1, life + 1):
        factor = 1.032**-t
        energy = saved * price * (1 + growth) ** t
        financial += factor * (energy - opex)
        climate = climate_2030 * 1.032 ** (year + t - 2030)
        social += factor * (energy - saved * tax - opex + saved * carbon * climate)
    return financial, social + funds * financial


def test_the_closed_form_is_the_explicit_sum() -> None:
    table = appraise([LED], {"led": {"saving_kwh_year": 50_000.0}})
    financial, social = explicit()
    assert figure(table, "led", "npv_eur") == pytest.approx(financial, rel=1e-12)
    assert figure(table, "led", "npv_socioeconomic_eur") == pytest.approx(social, rel=1e-12)


def test_the_closed_form_is_the_explicit_sum_draw_by_draw() -> None:
    rng = np.random.default_rng(2)
    saved = rng.uniform(20_000, 60_000, 50)
    table = appraise([LED], {"led": {"saving_kwh_year": saved}}, draws=50)
    values = [explicit(saved=float(item))[0] for item in saved]
    assert figure(table, "led", "npv_eur") == pytest.approx(np.mean(values), rel=1e-12)
    low, high = np.quantile(values, [0.05, 0.95])
    assert figure(table, "led", "npv_eur", "low") == pytest.approx(low, rel=1e-12)
    assert figure(table, "led", "npv_eur", "high") == pytest.approx(high, rel=1e-12)
    share = np.mean(np.array(values) > 0)
    assert figure(table, "led", "npv_positive_probability") == pytest.approx(share)


def test_yearly_figures_are_plain_products() -> None:
    table = appraise([LED], {"led": {"saving_kwh_year": 50_000.0}})
    saving = 50_000 * 0.20 + 1_000
    assert figure(table, "led", "saving_eur_year") == pytest.approx(saving)
    assert figure(table, "led", "tco2e_year") == pytest.approx(50_000 * 60e-6)
    assert figure(table, "led", "payback_years") == pytest.approx(100_000 / saving)
    assert figure(table, "led", "npv_positive_probability") == 1.0


def test_the_rate_and_the_payback_are_those_of_the_flows() -> None:
    table = appraise([LED], {"led": {"saving_kwh_year": 50_000.0}})
    gains = [50_000 * 0.20 * 1.01**t + 1_000 for t in range(1, 21)]
    flows = [-100_000.0, *gains]
    assert figure(table, "led", "irr") == pytest.approx(decision.irr(flows), abs=1e-9)
    assert figure(table, "led", "discounted_payback_years") == pytest.approx(
        decision.payback(flows, 0.032)
    )


def test_doing_nothing_is_zero_exactly() -> None:
    table = appraise(
        [NOTHING],
        {"nothing": {"saving_kwh_year": 0.0, "kwh_year": 600_000.0}},
        decision.parameters(),
    )
    for quantity in ("saving_eur_year", "tco2e_year", "npv_eur", "npv_socioeconomic_eur"):
        for column in ("mean", "low", "high"):
            value = figure(table, "nothing", quantity, column)
            assert value == 0.0
            assert not np.signbit(value)
    for quantity in ("payback_years", "discounted_payback_years", "irr"):
        assert np.isnan(figure(table, "nothing", quantity))
    assert figure(table, "nothing", "npv_positive_probability") == 0.0
    assert figure(table, "nothing", "kwh_year") == 600_000.0


def test_an_option_that_only_costs_never_pays_back() -> None:
    table = appraise([LED | {"opex_eur_year": 500.0}], {"led": {"saving_kwh_year": 0.0}})
    assert figure(table, "led", "npv_eur") < -100_000
    for quantity in ("payback_years", "discounted_payback_years", "irr"):
        assert np.isnan(figure(table, "led", quantity))


def test_a_gift_pays_back_at_once() -> None:
    free = LED | {"capex_eur": 0.0, "opex_eur_year": 0.0}
    table = appraise([free], {"led": {"saving_kwh_year": 10_000.0}})
    assert figure(table, "led", "payback_years") == 0.0
    assert figure(table, "led", "discounted_payback_years") == 0.0
    assert np.isnan(figure(table, "led", "irr"))  # nothing is invested: there is no rate
    assert figure(table, "led", "npv_eur") > 0


def test_an_option_too_short_to_pay_back_has_a_negative_rate() -> None:
    table = appraise([LED | {"life_years": 5.0}], {"led": {"saving_kwh_year": 50_000.0}})
    assert figure(table, "led", "npv_eur") < 0
    assert figure(table, "led", "irr") < 0
    assert figure(table, "led", "payback_years") > 5
    assert np.isnan(figure(table, "led", "discounted_payback_years"))


def test_an_incomplete_last_year_counts_for_its_share() -> None:
    figures = [
        figure(
            appraise([LED | {"life_years": life}], {"led": {"saving_kwh_year": 50_000.0}}),
            "led",
            "npv_eur",
        )
        for life in (12.0, 12.5, 13.0)
    ]
    assert figures[1] == pytest.approx((figures[0] + figures[2]) / 2, rel=1e-12)


def test_the_accounts_differ_by_what_is_not_money_of_the_authority() -> None:
    effects = {"led": {"saving_kwh_year": 50_000.0}}
    bare = certain(
        electricity_excise_eur_kwh=0.0, cost_of_public_funds=0.0, electricity_co2_g_kwh=0
    )
    table = appraise([LED], effects, bare)
    assert figure(table, "led", "npv_socioeconomic_eur") == pytest.approx(
        figure(table, "led", "npv_eur"), rel=1e-12
    )
    taxed = appraise([LED], effects, certain(cost_of_public_funds=0.0, electricity_co2_g_kwh=0))
    assert figure(taxed, "led", "npv_socioeconomic_eur") < figure(taxed, "led", "npv_eur")
    # A tax changes the value for society, not the money of the authority.
    assert figure(taxed, "led", "npv_eur") == figure(table, "led", "npv_eur")


def test_a_tonne_is_worth_the_same_whatever_its_year() -> None:
    # With a discount rate equal to the growth of the climate value, CO₂ is tonnes × constant.
    effects = {"led": {"saving_kwh_year": 50_000.0}}
    values = {}
    for life in (10.0, 20.0):
        with_carbon = appraise([LED | {"life_years": life}], effects)
        without = appraise([LED | {"life_years": life}], effects, certain(electricity_co2_g_kwh=0))
        values[life] = figure(with_carbon, "led", "npv_socioeconomic_eur") - figure(
            without, "led", "npv_socioeconomic_eur"
        )
    assert values[20.0] == pytest.approx(2 * values[10.0], rel=1e-9)


@pytest.mark.shared
def test_the_climate_value_is_the_published_one(shared: Path) -> None:
    given = decision.parameters()
    start, growth = given["climate_value_2030_eur_t"], given["climate_value_growth"].value
    path = shared / "validation" / "decision" / "climate_value" / "vac_closed_form.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            year = int(row["year"])
            value = start.value * (1 + growth) ** (year - 2030)
            assert value == pytest.approx(float(row["vac_eur2023_per_tco2"]), rel=1e-6)
            factor = float(decision.discount(given["discount_rate"].value, year - 2026))
            assert value * factor == pytest.approx(264.485864, rel=1e-6)


def test_later_works_are_discounted_to_the_base_year() -> None:
    now, later = LED, LED | {"id": "later", "year": 2030}
    effects = {"led": {"saving_kwh_year": 50_000.0}, "later": {"saving_kwh_year": 50_000.0}}
    table = appraise([now, later], effects)
    assert table.attrs["base_year"] == 2026
    assert figure(table, "later", "npv_eur") == pytest.approx(
        figure(table, "led", "npv_eur") * 1.032**-4, rel=1e-12
    )
    social = [figure(table, name, "npv_socioeconomic_eur") for name in ("led", "later")]
    carbon = 50_000 * 60e-6 * 20 * money.deflate(300.0, 2023, 2024) * 1.032**-4
    # A tonne avoided later is worth as much; the rest is discounted.
    assert social[1] - carbon == pytest.approx((social[0] - carbon) * 1.032**-4, rel=1e-9)
    other = appraise([now, later], effects, base_year=2030)
    assert figure(other, "later", "npv_eur") == pytest.approx(figure(table, "led", "npv_eur"))
    # What does not depend on when one looks stays: yearly saving, payback, rate.
    for quantity in ("saving_eur_year", "payback_years", "irr"):
        assert figure(table, "later", quantity) == figure(table, "led", quantity)


def test_everything_is_in_one_price_year() -> None:
    old = LED | {"id": "old", "price_year": 2021}
    effects = {"led": {"saving_kwh_year": 0.0}, "old": {"saving_kwh_year": 0.0}}
    table = appraise([LED | {"opex_eur_year": 0.0}, old | {"opex_eur_year": 0.0}], effects)
    assert table.attrs["price_year"] == 2024
    ratio = figure(table, "old", "npv_eur") / figure(table, "led", "npv_eur")
    assert ratio == pytest.approx(money.deflator(2021, 2024), rel=1e-12)
    moved = appraise([LED], {"led": {"saving_kwh_year": 50_000.0}}, price_year=2021)
    same = appraise([LED], {"led": {"saving_kwh_year": 50_000.0}}, price_year=2024)
    assert figure(moved, "led", "npv_eur") == pytest.approx(
        figure(same, "led", "npv_eur") * money.deflator(2024, 2021), rel=1e-12
    )


def test_a_price_of_another_year_is_deflated() -> None:
    effects = {"led": {"saving_kwh_year": 50_000.0}}
    given = certain(electricity_price_eur_kwh={"value": 0.20, "price_year": 2021})
    table = appraise([LED | {"opex_eur_year": 0.0}], effects, given)
    assert figure(table, "led", "saving_eur_year") == pytest.approx(
        10_000 * money.deflator(2021, 2024)
    )


def test_bounds_make_costs_uncertain_and_keep_their_mean() -> None:
    bounds = {"capex_low": 80_000.0, "capex_high": 150_000.0}
    effects = {"led": {"saving_kwh_year": 50_000.0}}
    sure, unsure = appraise([LED], effects), appraise([LED | bounds], effects)
    assert figure(sure, "led", "npv_eur", "low") == figure(sure, "led", "npv_eur", "high")
    mean = figure(unsure, "led", "npv_eur")
    assert mean == pytest.approx(figure(sure, "led", "npv_eur"), abs=100)
    assert figure(unsure, "led", "npv_eur", "low") < mean - 10_000
    assert figure(unsure, "led", "npv_eur", "high") > mean + 5_000
    assert figure(unsure, "led", "payback_years", "low") > 80_000 / 11_000
    assert figure(unsure, "led", "payback_years", "high") < 150_000 / 11_000
    assert (
        figure(unsure, "led", "irr", "low")
        < figure(unsure, "led", "irr")
        < figure(unsure, "led", "irr", "high")
    )


def test_missing_bounds_mean_the_mean() -> None:
    effects = {"led": {"saving_kwh_year": 50_000.0}}
    partly = LED | {"capex_low": None, "capex_high": np.nan, "opex_low": None, "opex_high": None}
    pd.testing.assert_frame_equal(appraise([partly], effects), appraise([LED], effects))


def test_a_payback_that_often_never_comes_has_no_upper_end() -> None:
    saved = np.r_[np.full(80, 50_000.0), np.zeros(20)]
    option = LED | {"opex_eur_year": 0.0}
    table = appraise([option], {"led": {"saving_kwh_year": saved}}, draws=100)
    assert np.isfinite(figure(table, "led", "payback_years"))
    assert np.isfinite(figure(table, "led", "payback_years", "low"))
    assert np.isnan(figure(table, "led", "payback_years", "high"))
    assert np.isnan(figure(table, "led", "irr", "low"))  # a draw without rate is the worst one
    assert np.isfinite(figure(table, "led", "irr", "high"))


def test_neither_the_order_nor_the_company_of_options_matters() -> None:
    bounds = {"capex_low": 80_000.0, "capex_high": 150_000.0}
    first, second = LED | bounds, LED | bounds | {"id": "other", "capex_eur": 90_000.0}
    effects = {name: {"saving_kwh_year": 50_000.0} for name in ("led", "other")}
    given = decision.parameters()
    together = appraise([first, second], effects, given)
    swapped = appraise([second, first], effects, given)
    alone = appraise([first], effects, given)
    key = ["option_id", "quantity"]
    pd.testing.assert_frame_equal(
        together.sort_values(key, ignore_index=True), swapped.sort_values(key, ignore_index=True)
    )
    pd.testing.assert_frame_equal(
        alone, together[together["option_id"] == "led"].reset_index(drop=True)
    )


def test_the_seed_decides() -> None:
    effects = {"led": {"saving_kwh_year": 50_000.0}}
    given = decision.parameters()
    one = appraise([LED], effects, given, seed=1)
    pd.testing.assert_frame_equal(one, appraise([LED], effects, given, seed=1))
    other = appraise([LED], effects, given, seed=2)
    assert figure(one, "led", "npv_eur", "low") != figure(other, "led", "npv_eur", "low")
    assert figure(one, "led", "npv_eur") == pytest.approx(figure(other, "led", "npv_eur"), rel=0.01)


def test_the_mean_saving_is_the_energy_at_the_mean_price() -> None:
    table = appraise([LED], {"led": {"saving_kwh_year": 50_000.0}}, decision.parameters())
    price = decision.parameters()["electricity_price_eur_kwh"].value
    assert figure(table, "led", "saving_eur_year") == pytest.approx(
        50_000 * price + 1_000, rel=1e-3
    )


def test_the_table_is_that_of_effects() -> None:
    table = appraise([LED], {"led": {"saving_kwh_year": 50_000.0, "kwh_year": 1.0, "lamps": 3.0}})
    assert list(table.columns) == ["option_id", "quantity", "unit", "mean", "low", "high"]
    units = dict(zip(table["quantity"], table["unit"], strict=True))
    assert units["npv_eur"] == "€"
    assert units["saving_kwh_year"] == "kWh/yr"
    assert units["irr"] == "1"
    assert units["lamps"] == ""
    named = appraise(
        [LED], {"led": {"saving_kwh_year": 50_000.0, "lamps": 3.0}}, units={"lamps": "lamp"}
    )
    assert dict(zip(named["quantity"], named["unit"], strict=True))["lamps"] == "lamp"


def indicators(**changes: Any) -> pd.DataFrame:
    row = {
        "indicator": "lighting_electricity",
        "scope": "district",
        "entity": "d1",
        "year": 2026,
        "value": 1_000_000.0,
        "low": 900_000.0,
        "high": 1_200_000.0,
        "unit": decision.ENERGY,
        "estimated_share": 0.4,
    }
    return pd.DataFrame([row | changes])


def test_the_energy_account_is_energy_times_price_and_content() -> None:
    table = decision.energy_account(indicators(), certain()).set_index("indicator")
    cost = table.loc["lighting_electricity_cost"]
    carbon = table.loc["lighting_electricity_emissions"]
    assert (cost["value"], cost["low"], cost["high"]) == pytest.approx((2e5, 1.8e5, 2.4e5))
    assert (carbon["value"], carbon["low"], carbon["high"]) == pytest.approx((60, 54, 72))
    assert (cost["unit"], carbon["unit"]) == ("€/yr", "tCO2e/yr")
    assert (cost["scope"], cost["entity"], cost["year"]) == ("district", "d1", 2026)
    assert cost["estimated_share"] == 0.4


def test_the_interval_of_the_account_joins_both_errors() -> None:
    given = certain(electricity_price_eur_kwh=(0.20, 0.10, 0.30))
    both = decision.energy_account(indicators(), given).iloc[0]
    assert both["value"] - both["low"] == pytest.approx(2e5 * np.hypot(0.5, 0.1))
    assert both["high"] - both["value"] == pytest.approx(2e5 * np.hypot(0.5, 0.2))
    alone = decision.energy_account(indicators(low=np.nan, high=np.nan), given).iloc[0]
    assert (alone["low"], alone["high"]) == pytest.approx((1e5, 3e5))


def test_an_account_is_never_negative_and_nothing_costs_nothing() -> None:
    wide_price = certain(electricity_price_eur_kwh=(0.20, 0.0, 0.30))
    assert decision.energy_account(indicators(low=0.0), wide_price)["low"].min() == 0.0
    none = decision.energy_account(indicators(value=0.0, low=0.0, high=0.0), certain())
    assert (none[["value", "low", "high"]] == 0.0).all(axis=None)
    assert len(decision.energy_account(indicators().iloc[:0], certain())) == 0


def test_only_electricity_that_is_bought_is_billed() -> None:
    words = ("Energy", "Énergie", "E", "", "")
    specs = [
        IndicatorSpec("lighting_electricity", decision.ENERGY, *words),
        IndicatorSpec("need", decision.ENERGY, *words, billed=False),
        IndicatorSpec("month", "kWh", *words),
    ]
    assert decision.billed(specs) == ["lighting_electricity"]
    names = [item.name for item in decision.energy_methods(iter(specs))]
    assert names == ["lighting_electricity_cost", "lighting_electricity_emissions"]


def test_each_line_of_the_account_has_its_method() -> None:
    specs = [
        IndicatorSpec(
            "lighting_electricity", decision.ENERGY, "Electricity", "Électricité", "E", "", ""
        ),
        IndicatorSpec("lighting_lamps", "1", "Lamps", "Lampes", "N", "", ""),
    ]
    described = {item.name: item for item in decision.energy_methods(specs)}
    table = decision.energy_account(indicators(), certain())
    assert {name: item.unit for name, item in described.items()} == dict(
        zip(table["indicator"], table["unit"], strict=True)
    )
    for item in described.values():
        assert "electricity" in item.label_en
        assert "électricité" in item.label_fr
        assert item.formula
        assert item.method_en != item.method_fr


def test_the_wide_table_has_one_row_an_option() -> None:
    effects = {"led": {"saving_kwh_year": 50_000.0}, "nothing": {"saving_kwh_year": 0.0}}
    table = decision.wide(appraise([NOTHING, LED], effects))
    assert table["option_id"].tolist() == ["nothing", "led"]
    assert {"npv_eur", "npv_eur_low", "npv_eur_high", "irr"} <= set(table.columns)
    assert table.loc[1, "saving_eur_year"] == pytest.approx(11_000)


def test_the_caller_s_options_are_left_alone() -> None:
    options = pd.DataFrame([LED])
    before = options.copy()
    decision.value(options, {"led": {"saving_kwh_year": 1.0}}, certain())
    pd.testing.assert_frame_equal(options, before)


def test_option_id_is_accepted_as_the_identifier() -> None:
    options = pd.DataFrame([LED]).rename(columns={"id": "option_id"})
    table = decision.value(options, {"led": {"saving_kwh_year": 50_000.0}}, certain())
    assert figure(table, "led", "saving_eur_year") == pytest.approx(11_000)


@pytest.mark.parametrize(
    "changes",
    [
        {"capex_eur": float("inf")},
        {"life_years": None},
        {"life_years": -1.0},
        {"life_years": float("inf")},
        {"price_year": None},
    ],
)
def test_options_that_cannot_be_valued_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"JUM-D010[\s\S]*led"):
        appraise([LED | changes], {"led": {"saving_kwh_year": 1.0}})


@pytest.mark.parametrize("column", ["id", "capex_eur", "life_years", "price_year", "year"])
def test_a_missing_column_is_named(column: str) -> None:
    options = [{name: value for name, value in LED.items() if name != column}]
    with pytest.raises(ValueError, match=rf"JUM-D010[\s\S]*{column}"):
        appraise(options, {"led": {"saving_kwh_year": 1.0}})


def test_an_option_may_not_come_twice() -> None:
    with pytest.raises(ValueError, match="JUM-D010"):
        appraise([LED, LED], {"led": {"saving_kwh_year": 1.0}})


def test_bounds_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="JUM-B070"):
        appraise([LED | {"capex_low": 200_000.0}], {"led": {"saving_kwh_year": 1.0}})


@pytest.mark.parametrize(
    ("effects", "code"),
    [
        ({}, "JUM-D011"),
        ({"other": {"saving_kwh_year": 1.0}}, "JUM-D011"),
        ({"led": {"saving_kwh_year": [1.0, 2.0]}}, "JUM-D012"),
        ({"led": {"saving_kwh_year": float("nan")}}, "JUM-D012"),
        ({"led": {"kwh_year": 1.0}}, "JUM-D013"),
        ({"led": {"saving_kwh_year": 1.0, "npv_eur": 5.0}}, "JUM-D015"),
    ],
)
def test_effects_that_cannot_be_valued_are_refused(effects: dict[str, Any], code: str) -> None:
    with pytest.raises(ValueError, match=code):
        appraise([LED], effects)


@pytest.mark.parametrize("draws", [0, -1])
def test_no_draw_is_refused(draws: int) -> None:
    with pytest.raises(ValueError, match="JUM-D014"):
        appraise([LED], {"led": {"saving_kwh_year": 1.0}}, draws=draws)


def test_parameters_are_dated_sourced_and_named_in_both_languages() -> None:
    for insee in ([], ["34172"], ["2A004"], ["97209"], ["97302"], ["97411"], ["97608"]):
        for name, item in decision.parameters(insee=insee).items():
            assert item.name == name
            assert item.source
            assert item.checked_on >= "2026-01-01"
            assert item.label_en
            assert item.label_fr
            assert item.low <= item.value <= item.high
            assert (item.price_year is not None) == item.unit.startswith("€")
            if "confirm" in item.source or item.confidence == "low":
                assert item.default, name


def test_electricity_overseas_is_not_that_of_the_mainland() -> None:
    mainland = decision.parameters(insee=["34172"])["electricity_co2_g_kwh"]
    assert mainland.low < mainland.value < 100
    for insee in ("97105", "97209", "97302", "97411", "97608", "2B033"):
        assert decision.parameters(insee=[insee])["electricity_co2_g_kwh"].low > mainland.high


def test_the_discount_rate_is_the_reference_one() -> None:
    rate = decision.parameters()["discount_rate"]
    assert rate.value == pytest.approx(0.012 + 1.0 * 0.02)
    assert rate.low == rate.high
    assert not rate.default
