# SPDX-License-Identifier: EUPL-1.2
"""Prices of one year: what an option costs, saves and is worth stands in the same euros."""

from __future__ import annotations

import pandas as pd
import pytest

from jumeau import decision
from jumeau.base import money

CERTAIN = {
    "electricity_price_eur_kwh": 0.30,
    "electricity_excise_eur_kwh": 0.02,
    "electricity_price_growth": 0.0,
    "electricity_co2_g_kwh": 60.0,
}


def stock() -> pd.DataFrame:
    """Return do nothing, a clock in prices of 2023 and LED in prices of 2020."""
    return pd.DataFrame(
        {
            "id": ["nothing", "clock", "led"],
            "capex_eur": [0.0, 450.0, 6000.0],
            "capex_low": [0.0, 450.0, 6000.0],
            "capex_high": [0.0, 450.0, 6000.0],
            "opex_eur_year": [0.0, 0.0, -120.0],
            "life_years": [20.0, 10.0, 20.0],
            "price_year": [2020, 2023, 2020],
            "year": [2027, 2027, 2027],
        }
    )


def test_results_are_in_the_latest_prices_of_costs_and_energy() -> None:
    given = decision.parameters(CERTAIN)
    assert decision.prices_of(stock(), given) == 2024  # that of the electricity price
    later = stock().assign(price_year=[2020, 2025, 2020])
    assert decision.prices_of(later, given) == 2025
    assert decision.prices_of(stock().assign(price_year=None), given) == 2024


def test_costs_are_restated_and_nothing_else() -> None:
    given, before = decision.parameters(CERTAIN), stock()
    after = decision.restate(before, given)
    assert after["price_year"].tolist() == [2024] * 3
    factors = [1.0, money.deflator(2023, 2024), money.deflator(2020, 2024)]
    for column in ("capex_eur", "capex_low", "capex_high", "opex_eur_year"):
        assert after[column].tolist() == pytest.approx(
            [cost * factor for cost, factor in zip(before[column], factors, strict=True)]
        )
    assert after[["id", "life_years", "year"]].equals(before[["id", "life_years", "year"]])
    assert before.equals(stock())  # the original is left alone
    assert decision.restate(after, given).equals(after)


def test_an_option_without_price_year_is_in_those_of_the_results() -> None:
    free = stock().assign(price_year=[None, 2023, 2020])
    after = decision.restate(free, decision.parameters(CERTAIN))
    assert after["price_year"].tolist() == [2024] * 3
    assert after["capex_eur"][0] == 0.0


def test_restating_does_not_change_what_options_are_worth() -> None:
    given = decision.parameters(CERTAIN)
    effects = {
        "nothing": {"saving_kwh_year": 0.0},
        "clock": {"saving_kwh_year": 900.0},
        "led": {"saving_kwh_year": 3000.0},
    }
    first = decision.value(stock(), effects, given, draws=50)
    second = decision.value(decision.restate(stock(), given), effects, given, draws=50)
    columns = ["mean", "low", "high"]
    assert second[columns].to_numpy(float) == pytest.approx(
        first[columns].to_numpy(float), nan_ok=True, rel=1e-9
    )
    assert first.attrs["price_year"] == second.attrs["price_year"] == 2024


def test_the_worth_is_the_explicit_sum_of_the_figures_shown_with_it() -> None:
    given = decision.parameters(CERTAIN)
    options = decision.restate(stock(), given).set_index("id")
    effects = {name: {"saving_kwh_year": 2000.0} for name in options.index}
    effects["nothing"] = {"saving_kwh_year": 0.0}
    shown = decision.wide(decision.value(options.reset_index(), effects, given, draws=50))
    for row in shown.set_index("option_id").itertuples():
        option = options.loc[row.Index]
        flows = [-option["capex_eur"], *[row.saving_eur_year] * int(option["life_years"])]
        assert row.npv_eur == pytest.approx(decision.npv(flows, 0.032), rel=1e-9)
        saved_energy = row.saving_eur_year + option["opex_eur_year"]
        assert saved_energy == pytest.approx(0.30 * effects[row.Index]["saving_kwh_year"])
        if row.Index != "nothing":
            assert row.payback_years == pytest.approx(option["capex_eur"] / row.saving_eur_year)
            assert row.irr == pytest.approx(decision.irr(flows), abs=1e-9)
