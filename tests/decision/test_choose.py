# SPDX-License-Identifier: EUPL-1.2
"""Choosing options: the best set by enumeration, conflicts, horizon, price of priorities."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from jumeau import decision
from jumeau.base.errors import JumeauError
from jumeau.decision.choose import Choice, choose

GIVEN = decision.parameters()
BOUNDLESS = 1e9


def _options(
    capex: list[float], assets: list[object], life: float = 20.0
) -> tuple[pd.DataFrame, dict[str, dict[str, tuple[float, float, float]]]]:
    names = [f"o{i}" for i in range(len(capex))]
    table = pd.DataFrame(
        {
            "id": names,
            "assets": [json.dumps(item) for item in assets],
            "capex_eur": capex,
            "opex_eur_year": 0.0,
            "life_years": life,
            "price_year": 2024,
            "year": 2027,
        }
    )
    return table, {}


def _with_worth(
    table: pd.DataFrame, saved: list[float], tonnes: list[float] | None = None
) -> dict[str, dict[str, tuple[float, float, float]]]:
    """Effects as the main job stores them: worth by `value`, certain savings."""
    names = list(table["id"])
    physical = {name: {"saving_kwh_year": kwh} for name, kwh in zip(names, saved, strict=True)}
    found = decision.value(table, physical, GIVEN, draws=500)
    effects: dict[str, dict[str, tuple[float, float, float]]] = {name: {} for name in names}
    for row in found.itertuples():
        effects[row.option_id][row.quantity] = (row.mean, row.low, row.high)
    for name, tonne in zip(names, tonnes or [], strict=False):
        effects[name]["tco2e_year"] = (tonne, tonne, tonne)
    return effects


def _lamps(*ids: str) -> dict[str, object]:
    return {"table": "luminaire", "count": len(ids), "ids": list(ids)}


def _choose(table: pd.DataFrame, effects: object, **more: float) -> Choice:
    given = {"budget_eur": BOUNDLESS, "years": 20, **more}
    return choose(table, effects, GIVEN, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("budget", [0.0, 9_000.0, 15_000.0, 31_000.0, 50_000.0, 200_000.0])
def test_the_choice_is_the_best_of_all_sets(budget: float) -> None:
    """Every set of six options, two by two in conflict, is tried by hand."""
    capex = [8_000.0, 14_000.0, 6_000.0, 20_000.0, 11_000.0, 2_000.0]
    assets = [_lamps("a"), _lamps("a", "b"), _lamps("c"), _lamps("d"), _lamps("d"), _lamps("e")]
    table, _ = _options(capex, assets)
    effects = _with_worth(table, [6_000, 15_000, 1_000, 14_000, 9_000, 3_000])
    npv = {name: effects[name]["npv_eur"][0] for name in effects}
    best = 0.0
    for size in range(7):
        for ranks in itertools.combinations(range(6), size):
            touched = [asset for i in ranks for asset in assets[i]["ids"]]  # type: ignore[attr-defined]
            if len(touched) == len(set(touched)) and sum(capex[i] for i in ranks) <= budget:
                best = max(best, sum(npv[f"o{i}"] for i in ranks))
    found = _choose(table, effects, budget_eur=budget)
    assert found.totals["npv_eur"][0] == pytest.approx(best, abs=0.02)
    assert found.capex_eur <= budget
    assert found.price_eur == 0.0


def test_assets_that_are_not_listed_may_be_any_of_their_table() -> None:
    table, _ = _options([100.0, 100.0, 100.0], [
        {"table": "luminaire", "count": 900}, _lamps("a"),
        {"table": "building", "count": 1, "ids": ["a"]},
    ])  # fmt: skip
    found = _choose(table, _with_worth(table, [5_000, 6_000, 700]))
    assert found.chosen == ("o1", "o2")
    assert found.left == {"o0": "conflict"}


def test_a_shorter_horizon_counts_fewer_years() -> None:
    """Over n years the worth is that of an option that lives n years."""
    table, _ = _options([30_000.0], [_lamps("a")])
    effects = _with_worth(table, [20_000])
    short = _with_worth(table.assign(life_years=8.0), [20_000])
    whole, part = _choose(table, effects), _choose(table, effects, years=8)
    longer = _choose(table, effects, years=40)
    assert whole.totals == longer.totals
    assert whole.totals["npv_eur"] == pytest.approx(effects["o0"]["npv_eur"])
    if part.chosen:
        assert part.totals["npv_eur"][0] == pytest.approx(short["o0"]["npv_eur"][0], rel=0.01)
    assert _choose(table, effects, years=1).left == {"o0": "worthless"}


def test_a_priority_has_a_price_and_buys_tonnes() -> None:
    table, _ = _options([5_000.0, 5_000.0], [_lamps("a"), _lamps("a")])
    effects = _with_worth(table, [9_000, 5_000], tonnes=[1.0, 3.0])
    money, climate = _choose(table, effects), _choose(table, effects, climate_eur_t=1_000.0)
    assert (money.chosen, climate.chosen) == (("o0",), ("o1",))
    gap = effects["o0"]["npv_eur"][0] - effects["o1"]["npv_eur"][0]
    assert climate.price_eur == pytest.approx(gap)
    assert climate.price_tco2e_year == pytest.approx(2.0)
    # Just below the price of a tonne over twenty years, money still wins.
    below = _choose(table, effects, climate_eur_t=0.99 * gap / (2.0 * 20))
    assert below.chosen == ("o0",)


def test_prudence_prefers_what_is_surer() -> None:
    table, _ = _options([5_000.0, 5_000.0], [_lamps("a"), _lamps("a")])
    effects = _with_worth(table, [9_000, 8_000])
    mean, _, high = effects["o0"]["npv_eur"]
    effects["o0"]["npv_eur"] = (mean, -2 * mean, high)
    assert _choose(table, effects).chosen == ("o0",)
    careful = _choose(table, effects, prudence=1.0)
    assert careful.chosen == ("o1",)
    assert careful.price_eur > 0


def test_the_curve_rises_with_the_budget() -> None:
    capex = [1_000.0, 4_000.0, 16_000.0]
    table, _ = _options(capex, [_lamps("a"), _lamps("b"), _lamps("c")])
    found = _choose(table, _with_worth(table, [2_000, 5_000, 12_000]), budget_eur=0.0)
    spent = [step["capex_eur"] for step in found.steps]
    gained = [step["npv_eur"] for step in found.steps]
    assert spent == sorted(spent) and gained == sorted(gained)
    assert (spent[0], found.steps[0]["chosen"]) == (0.0, [])
    assert spent[-1] == sum(capex)
    assert found.chosen == () and found.left == dict.fromkeys(("o0", "o1", "o2"), "budget")


def test_doing_nothing_and_what_was_not_valued_are_no_candidates() -> None:
    table, _ = _options([0.0, 100.0], [{"table": "luminaire", "count": 0, "ids": []}, _lamps("a")])
    effects = _with_worth(table, [0, 1_000])
    del effects["o1"]["npv_eur"]
    found = _choose(table, effects)
    assert (found.chosen, found.left, found.steps) == ((), {"o1": "unvalued"}, ())
    assert _choose(table.iloc[:0], {}).capex_eur == 0.0


def test_what_is_saved_is_needed_only_to_cut_a_life_short() -> None:
    table, _ = _options([100.0, 100.0], [_lamps("a"), _lamps("b")], life=10.0)
    effects = _with_worth(table, [1_000, 2_000])
    del effects["o0"]["saving_kwh_year"]
    assert _choose(table, effects, years=10).chosen == ("o0", "o1")
    cut = _choose(table, effects, years=5)
    assert (cut.chosen, cut.left) == (("o1",), {"o0": "unvalued"})


@pytest.mark.parametrize(
    "wrong",
    [{"budget_eur": -1.0}, {"budget_eur": np.nan}, {"years": 0}, {"climate_eur_t": -1.0},
     {"prudence": 1.5}],
)  # fmt: skip
def test_nonsense_is_refused(wrong: dict[str, float]) -> None:
    table, _ = _options([100.0], [_lamps("a")])
    with pytest.raises(JumeauError, match="JUM-D016"):
        _choose(table, _with_worth(table, [1_000]), **wrong)
