# SPDX-License-Identifier: EUPL-1.2
"""Carriers and systems: dated factors, efficiencies, words of sources."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from jumeau.base.errors import NotComputableError
from jumeau.worksites.buildings import systems


@pytest.mark.parametrize(
    ("day", "factor"),
    [("2012-06-01", 2.58), ("2021-06-30", 2.58), ("2021-07-01", 2.3), ("2025-12-31", 2.3),
     ("2026-01-01", 1.9), ("2030-05-05", 1.9)],
)  # fmt: skip
def test_primary_energy_of_electricity_follows_the_date(day: str, factor: float) -> None:
    found = systems.factor("electricity", "primary", "other", datetime.date.fromisoformat(day))
    assert found == (factor, factor, factor)


def test_emissions_of_electricity_depend_on_the_use_and_gas_on_none() -> None:
    day = datetime.date(2026, 3, 1)
    heat = systems.factor("electricity", "co2e", "heating", day)[0]
    assert heat > systems.factor("electricity", "co2e", "other", day)[0]
    gas = {systems.factor("gas", "co2e", use, day) for use in systems.USES}
    assert len(gas) == 1


def test_every_carrier_has_its_factors_today() -> None:
    day = datetime.date(2026, 11, 22)
    for carrier in systems.CARRIERS:
        for use in systems.USES:
            value, low, high = systems.factor(carrier, "co2e", use, day)
            assert 0 < low <= value <= high < 1
        assert systems.factor(carrier, "primary", "other", day)[0] >= 1


def test_a_day_without_factors_is_an_error() -> None:
    with pytest.raises(NotComputableError, match="JUM-E060"):
        systems.factor("electricity", "co2e", "heating", datetime.date(1990, 1, 1))


@pytest.mark.parametrize(
    ("text", "carrier"),
    [("Gaz naturel", "gas"), ("fioul domestique", "oil"), ("Électricité", "electricity"),
     ("bois – granulés", "wood"), ("Réseau de chaleur", "district"), ("pac air/eau", "electricity"),
     ("", ""), (None, ""), (float("nan"), ""), ("inconnu", "")],
)  # fmt: skip
def test_words_of_energies(text: object, carrier: str) -> None:
    assert systems.carrier_of(text) == carrier


def test_final_energy_is_need_over_efficiency_and_a_heat_pump_uses_less() -> None:
    assert systems.final_energy(np.array([90.0]), np.array([0.75])) == pytest.approx([120.0])
    mean = {
        item.key: float(np.prod([item.efficiency[part][0] for part in systems.PARTS]))
        for item in systems.systems()
    }
    assert mean["heat_pump"] > 2 > 1 > mean["electric"] > mean["gas_condensing"] > mean["gas"]
    assert {item.carrier for item in systems.systems()} == set(systems.CARRIERS)
