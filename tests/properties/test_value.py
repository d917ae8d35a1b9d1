# SPDX-License-Identifier: EUPL-1.2
"""Identities of valuation, whatever the option."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau import decision

DRAWS = 64
options = st.fixed_dictionaries(
    {
        "capex_eur": st.floats(1, 1e6),
        "opex_eur_year": st.floats(-1e4, 1e4),
        "life_years": st.floats(0.5, 40),
        "price_year": st.integers(2015, 2026),
        "year": st.integers(2024, 2040),
    }
)
savings = st.floats(-1e5, 1e6)
GIVEN = decision.parameters()


def appraise(listed: list[dict[str, Any]], saved: list[float], **more: Any) -> pd.DataFrame:
    frame = pd.DataFrame([item | {"id": f"o{place}"} for place, item in enumerate(listed)])
    effects = {f"o{place}": {"saving_kwh_year": item} for place, item in enumerate(saved)}
    fixed = {"draws": DRAWS, "price_year": 2024, "base_year": 2026} | more
    return decision.value(frame, effects, GIVEN, **fixed)


def figures(table: pd.DataFrame, option: str = "o0") -> dict[str, tuple[float, float, float]]:
    rows = table[table["option_id"] == option]
    return {
        quantity: (mean, low, high)
        for quantity, mean, low, high in zip(
            rows["quantity"], rows["mean"], rows["low"], rows["high"], strict=True
        )
    }


@settings(max_examples=40)
@given(options, savings)
def test_intervals_hold_their_mean_and_signs_agree(option: dict[str, Any], saved: float) -> None:
    found = figures(appraise([option], [saved]))
    for quantity in ("saving_eur_year", "tco2e_year", "npv_eur", "npv_socioeconomic_eur"):
        mean, low, high = found[quantity]
        slack = 1e-9 * (1 + abs(mean))
        assert low - slack <= high
        assert np.isfinite([mean, low, high]).all()
    assert np.sign(found["tco2e_year"][0]) == np.sign(saved)
    share = found["npv_positive_probability"][0]
    assert 0 <= share <= 1
    if found["npv_eur"][1] > 0:
        assert share >= 0.94
    if found["npv_eur"][2] < 0:
        assert share <= 0.06


@settings(max_examples=40)
@given(options, savings, st.floats(0.1, 10))
def test_a_town_ten_times_larger_has_ten_times_the_money(
    option: dict[str, Any], saved: float, k: float
) -> None:
    larger = option | {name: k * option[name] for name in ("capex_eur", "opex_eur_year")}
    one, other = figures(appraise([option], [saved])), figures(appraise([larger], [k * saved]))
    for quantity in ("saving_eur_year", "npv_eur", "npv_socioeconomic_eur", "tco2e_year"):
        expected = [k * item for item in one[quantity]]
        size = k * (abs(saved) * 10 + option["capex_eur"] + abs(option["opex_eur_year"]) * 40)
        assert other[quantity] == pytest.approx(expected, rel=1e-9, abs=1e-9 * size)
    for quantity in ("payback_years", "irr"):
        assert other[quantity] == pytest.approx(one[quantity], rel=1e-6, abs=1e-6, nan_ok=True)


@settings(max_examples=25)
@given(st.lists(st.tuples(options, savings), min_size=2, max_size=4), st.randoms())
def test_order_does_not_matter(cases: list[tuple[dict[str, Any], float]], mix: Any) -> None:
    named = [(option | {"id": f"o{n}"}, saved) for n, (option, saved) in enumerate(cases)]
    bounded = [
        (item | {"capex_low": item["capex_eur"] / 2, "capex_high": item["capex_eur"] * 2}, saved)
        for item, saved in named
    ]
    effects = {item["id"]: {"saving_kwh_year": saved} for item, saved in bounded}
    mixed = list(bounded)
    mix.shuffle(mixed)
    first, second = (
        decision.value(
            pd.DataFrame([item for item, _ in order]), effects, GIVEN, draws=DRAWS
        ).sort_values(["option_id", "quantity"], ignore_index=True)
        for order in (bounded, mixed)
    )
    pd.testing.assert_frame_equal(first, second, check_exact=True)


@settings(max_examples=40)
@given(options, savings, st.floats(1, 1e5))
def test_saving_more_is_worth_more(option: dict[str, Any], saved: float, more: float) -> None:
    less, greater = (
        figures(appraise([option], [saved])),
        figures(appraise([option], [saved + more])),
    )
    for quantity in ("saving_eur_year", "npv_eur", "npv_socioeconomic_eur", "tco2e_year"):
        assert greater[quantity][0] > less[quantity][0]


@settings(max_examples=40)
@given(options, st.floats(1, 1e6))
def test_the_rate_of_return_and_the_value_say_the_same(
    option: dict[str, Any], saved: float
) -> None:
    certain = decision.parameters(
        {
            "electricity_price_eur_kwh": 0.2,
            "electricity_price_growth": 0.0,
            "electricity_co2_g_kwh": 52,
        }
    )
    frame = pd.DataFrame([option | {"id": "o0", "price_year": 2024}])
    table = decision.value(frame, {"o0": {"saving_kwh_year": saved}}, certain, draws=1)
    found = figures(table)
    rate, worth = found["irr"][0], found["npv_eur"][0]
    if np.isfinite(rate) and abs(rate - 0.032) > 1e-6:
        assert (rate > 0.032) == (worth > 0)
    repaid = found["discounted_payback_years"][0]
    if abs(worth) > 1e-6 * option["capex_eur"]:
        assert np.isfinite(repaid) == (worth > 0)
