# SPDX-License-Identifier: EUPL-1.2
"""Formulas on numbers: the worked example, intervals that hold, refusals."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError, NotComputableError
from jumeau.worksites.water.sispea import decree, levy
from jumeau.worksites.water.sispea import formulas as f
from jumeau.worksites.water.sispea import knowledge as k

NAMES = [item.name for item in fields(f.Volumes)]
TOWN = f.Volumes(250.825 * 8760, 0, 0, (250.825 - 74.651) * 8760, 0, 0, 0)
EVERY = dict.fromkeys((*k.PLAN, *k.INVENTORY, *k.MANAGEMENT), True)


def test_the_worked_example():
    rate, index = f.network_yield(TOWN), f.consumption_index(TOWN, 43.163)
    assert rate.value == pytest.approx(70.24, abs=0.01)
    assert f.loss_index(TOWN, 43.163).value == pytest.approx(41.51, abs=0.01)
    assert index.value == pytest.approx(97.96, abs=0.01)
    got = decree.decree_2012_97(rate, index, 0.0)
    assert got.threshold.value == pytest.approx(84.59, abs=0.01)
    assert got.answer == "no"
    assert levy.performance_term(rate.value) == pytest.approx(0.144, abs=0.0005)


volume = st.floats(0, 1e7, allow_nan=False)


@given(st.tuples(*[volume] * 7), st.sets(st.sampled_from(NAMES)), st.floats(0.1, 500))
def test_bounds_hold_whatever_the_missing_volumes_are(values, hidden, length):
    """A service that leaves volumes out gets bounds that the true figure never leaves."""
    told = dict(zip(NAMES, values, strict=True))
    told["produced"] += sum(told[n] for n in (*f.AUTHORISED, "sold"))  # water balances
    whole = f.Volumes(**told)
    part = replace(whole, **dict.fromkeys(hidden))
    for formula in (
        f.network_yield,
        lambda v: f.uncounted_index(v, length),
        lambda v: f.loss_index(v, length),
        lambda v: f.consumption_index(v, length),
        lambda v: f.consumption_index(v, length, with_sales=False),
    ):
        true, got = formula(whole), formula(part)
        if true.value is None:
            continue
        slack = 1e-6 * (1 + abs(true.value))
        assert got.low is None or got.low <= true.value + slack
        assert got.high is None or got.high >= true.value - slack
        if got.value is not None:
            assert got.value == pytest.approx(true.value)
        else:
            assert got.missing


@given(st.tuples(*[volume] * 7), st.sets(st.sampled_from(NAMES)), st.floats(0.1, 500), volume)
def test_a_verdict_with_facts_missing_is_the_one_that_all_facts_give(values, hidden, length, zre):
    told = dict(zip(NAMES, values, strict=True))
    told["produced"] += sum(told[n] for n in (*f.AUTHORISED, "sold")) + 1.0
    whole = f.Volumes(**told)
    part = replace(whole, **dict.fromkeys(hidden))

    def judge(volumes, drawn):
        index = f.consumption_index(volumes, length)
        return decree.decree_2012_97(f.network_yield(volumes), index, drawn).answer

    true = judge(whole, zre)
    assert true in ("yes", "no")
    assert judge(part, zre) in (true, "unknown")
    assert judge(part, None) in (true, "unknown")


def test_nothing_told_is_no_zero():
    empty = f.Volumes()
    for got in (f.network_yield(empty), f.loss_index(empty, 10.0), f.consumption_index(empty, 1.0)):
        assert got.value is None
        assert "water_volume.metered_domestic" in got.missing
    assert f.loss_index(TOWN, None).missing == ("pipe.length_m",)
    assert f.network_yield(f.Volumes(0, 0, 0, 0, 0, 0, 0)).value is None


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_volume_is_a_number_that_is_not_negative(value):
    with pytest.raises(InvalidError, match="JUM-H210"):
        f.Volumes(produced=value)


@pytest.mark.parametrize(
    ("rate", "ilc", "drawn", "answer"),
    [
        (85.0, None, None, "yes"),
        (84.99, 200.0, 0.0, "no"),
        (67.0, 10.0, 0.0, "yes"),
        (66.99, 10.0, 0.0, "no"),
        (67.0, 10.0, 2_000_000.0, "yes"),
        (67.0, 10.0, 2_000_001.0, "no"),
        (72.0, 10.0, 2_000_001.0, "yes"),
        (68.0, 10.0, None, "unknown"),
        (72.0, 10.0, None, "yes"),
        (66.0, 10.0, None, "no"),
        (70.0, None, 0.0, "unknown"),
        (None, 10.0, 0.0, "unknown"),
        (64.0, None, 0.0, "no"),
    ],
)
def test_the_bars_of_the_decree(rate, ilc, drawn, answer):
    got = decree.decree_2012_97(rate, ilc, drawn)
    assert got.answer == answer
    assert got.verdicts
    if answer == "unknown" and drawn is None:
        assert got.missing == ("water_volume.withdrawn_restricted",)


def test_the_plan_is_due_at_the_end_of_the_second_year():
    assert decree.deadline(2024).isoformat() == "2026-12-31"


def plain_ladder(share):
    points = 0
    if share >= 0.5:
        points = 10
        for bar in (60, 70, 80, 90, 95):
            if round(share * 1000) >= bar * 10:
                points += 1
    return points


@given(st.integers(0, 1000))
def test_the_ladder(thousandths):
    assert k.ladder(thousandths / 1000) == plain_ladder(thousandths / 1000)


def test_gates_of_the_index():
    assert k.knowledge_index(1.0, 1.0, EVERY)[:2] == (120, 120)
    assert k.knowledge_index(1.0, 1.0, EVERY | {"network_plan": False}).high == 5
    closed = k.knowledge_index(0.55, 0.55, EVERY)  # 15 + 10 + 10: part C stays shut
    assert (closed.low, closed.high, closed.described) == (35, 35, "no")
    open_ = k.knowledge_index(0.8, 0.7, EVERY)
    assert (open_.low, open_.described) == (15 + 13 + 12 + 75, "yes")
    undated = k.knowledge_index(0.95, 0.95, EVERY | {"inventory_updated_yearly": False})
    assert undated.parts["material_diameter"] == (0, 0)
    assert undated.parts["laying_date"] == (15, 15)


@given(
    st.floats(0, 1), st.floats(0, 1), st.sets(st.sampled_from(sorted(EVERY))),
    st.sets(st.sampled_from(sorted(EVERY))),
)  # fmt: skip
def test_points_hold_whatever_is_not_told(material, date, no, hidden):
    said = EVERY | dict.fromkeys(no, False)
    true = k.knowledge_index(material, date, said)
    assert true.low == true.high
    assert not true.missing
    part = k.knowledge_index(material, date, said | dict.fromkeys(hidden))
    assert part.low <= true.low <= part.high
    assert part.described in (true.described, "unknown")
    bare = k.knowledge_index(None, None, said)
    assert bare.low <= true.low <= bare.high


def test_refusals():
    with pytest.raises(InvalidError, match="JUM-H213"):
        k.ladder(1.2)
    with pytest.raises(InvalidError, match="JUM-H211"):
        f.conformity_rate(3, 4)
    with pytest.raises(InvalidError, match="JUM-H212"):
        f.protection_index([(55, None)])
    with pytest.raises(NotComputableError, match="JUM-H214"):
        levy.performance_term(80.0, year=2024)
    with pytest.raises(InvalidError, match="JUM-H215"):
        levy.coefficient(0.6, 0.1)


def test_other_rates():
    assert f.conformity_rate(20, 1).value == 95.0
    assert f.conformity_rate(20, None, kind="chemistry").missing == (
        "water_knowledge.samples_chemistry_failed",
    )
    assert f.conformity_rate(0, 0).value is None
    assert f.protection_index([(80, None)]).value == 80.0
    mixed = f.protection_index([(80, 10.0), (40, None)])
    assert (mixed.value, mixed.low, mixed.high) == (None, 40, 80)
    assert f.solidarity_rate(None, TOWN).value is None
    assert f.solidarity_rate(100.0, f.Volumes(metered_domestic=1000, metered_other=0)).value == 0.1
    open_ = f.renewal_rate(2.0, 100.0, possible_km=3.0)
    assert (open_.value, open_.low, open_.high) == (None, 0.4, 1.0)
    assert f.renewal_rate(None, 10.0).value is None


def test_the_mean_of_three_years():
    years = [f.Volumes(1.0, 0, 0, 1, 0, 0, 0), f.Volumes(3.0, 0, None, 1, 0, 0, 0)]
    assert f.mean(years).produced == 2.0
    assert f.mean(years).sold is None


def test_the_levy():
    assert levy.scale(2024) is None
    assert levy.coefficient(0.55, 0.25).value == pytest.approx(0.2)
    assert levy.coefficient(0.0, 0.0).value == 1.0
    assert levy.coefficient(None, None)[:3] == (None, 0.2, 1.0)
    assert levy.rate("agence de l'eau Loire-Bretagne", 2027).eur_m3 == 0.10
    assert levy.rate("Loire-Bretagne", 2031) is None
    assert levy.rate(None, 2026) is None
    assert levy.fee(100_000.0, 0.1, 0.52) == 5200.0
    sold = f.Volumes(1000, 100, 100, 600, 100)
    assert levy.primary_yield(sold).value == 70.0
    assert levy.primary_yield(f.Volumes(1000)).value is None
