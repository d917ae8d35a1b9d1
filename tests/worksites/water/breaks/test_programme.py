# SPDX-License-Identifier: EUPL-1.2
"""Renewal street by street: what it costs, avoids and buys."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jumeau.worksites import water
from jumeau.worksites.water import breaks
from jumeau.worksites.water.breaks import programme
from jumeau.worksites.water.completing import defaults

AS_OF = "2016-01-01"


@pytest.fixture(scope="module")
def ranked(town):
    mains, told, _ = town
    return water.renewal(mains, water.break_rates(mains, told, AS_OF))


def test_one_street_by_hand():
    pipes = pd.DataFrame({"id": ["a", "b"], "length_m": [100.0, 50.0], "dn": [100, 200],
                          "material": "CI", "street_id": "s"})  # fmt: skip
    rates = pd.DataFrame(
        {"rate": [0.2, 0.1], "low": 0.05, "high": 0.4}, index=pd.Index(["a", "b"], name="id")
    )
    found = water.renewal(pipes, rates)
    given = {name: defaults()[name].value for name in (
        "water_repair_eur", "water_break_disruption_eur", "water_break_lost_m3",
        "water_cost_eur_m3", "water_new_breaks_km", "water_renewal_eur_m",
        "water_renewal_eur_m_mm",
    )}  # fmt: skip
    row = found.iloc[0]
    price = given["water_renewal_eur_m"]
    assert row.capex_eur == pytest.approx(
        100 * price + 50 * (price + 100 * given["water_renewal_eur_m_mm"])
    )
    after = 0.15 * given["water_new_breaks_km"]
    each = given["water_repair_eur"] + given["water_break_disruption_eur"]
    each += given["water_break_lost_m3"] * given["water_cost_eur_m3"]
    assert row.breaks_year == pytest.approx(0.3) and row.breaks_after == pytest.approx(after)
    assert row.avoided_eur_year == pytest.approx((0.3 - after) * each)
    assert row.m3_year == pytest.approx((0.3 - after) * given["water_break_lost_m3"])
    assert row.breaks_low < row.breaks_year < row.breaks_high


def test_the_best_streets_come_first_and_the_curve_bends(ranked):
    assert (np.diff(ranked.ratio) <= 1e-15).all() and (ranked.capex_eur > 0).all()
    assert (ranked.capex_low <= ranked.capex_eur).all()
    assert (ranked.capex_eur <= ranked.capex_high).all()
    total = float(ranked.capex_eur.sum())
    bought = breaks.curve(ranked, [0.0, total / 20, total / 10, total])
    assert bought.length_m.iloc[0] == 0 and bought.streets.iloc[-1] == len(ranked)
    avoided = bought.breaks_avoided_year.to_numpy()
    assert avoided[2] < 2 * avoided[1] and avoided[2] > 0.15 * avoided[3]


def test_a_new_pipe_beside_the_old_one_is_left(town, ranked):
    mains, told, _ = town
    rates = water.break_rates(mains, told, AS_OF)
    plastic = set(mains.loc[mains["MATERIAL"] == "PVC", "WATMAINID"])
    first = [it for row in ranked.pipes.head(50) for it in row]
    assert sum(it in plastic for it in first) < 0.1 * len(first)
    assert len(rates) > sum(map(len, ranked.pipes))


def test_a_budget_is_kept(town):
    mains, told, _ = town
    rates = water.break_rates(mains, told, AS_OF)
    some = water.renewal(mains, rates, budget_eur=1e6)
    assert 0 < some.capex_eur.sum() <= 1e6


def test_a_dearer_repair_makes_renewal_worth_more(town, ranked):
    mains, told, _ = town
    rates = water.break_rates(mains, told, AS_OF)
    dear = water.renewal(mains, rates, defaults().override({"water_repair_eur": 6000}))
    assert dear.ratio.iloc[0] > 1.4 * ranked.ratio.iloc[0]


def test_a_wider_pipe_costs_more_and_an_unknown_one_the_usual():
    price = programme.price_m(np.array([80.0, 100.0, 300.0, np.nan]), defaults())
    assert price[0] == price[1] == price[3] < price[2]
