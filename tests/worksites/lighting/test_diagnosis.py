# SPDX-License-Identifier: EUPL-1.2
"""The state of a stock: place, regimes, cabinets, and what data would change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jumeau.worksites import lighting
from jumeau.worksites.lighting import diagnosis, hours

WORKSITE = lighting.WORKSITE


@pytest.fixture
def state(village):
    """Return the diagnosis of the village."""
    return diagnosis.diagnose(village, WORKSITE.parameters(), 2024)


def test_place_and_year(state):
    assert state.site.year == 2024 and state.site.time_zone == "Europe/Paris"
    assert 43.5 < state.site.latitude < 43.7 and 3.8 < state.site.longitude < 3.95


def test_regimes_come_from_the_cabinets(state):
    assert state.regimes == [hours.FULL_NIGHT, hours.part_night(23, 5)]
    assert state.regime.tolist() == [1] * 12 + [0] * 12
    assert state.scheduled.tolist() == [True] * 12 + [False] * 12
    place = (2024, state.site.latitude, state.site.longitude, "Europe/Paris")
    assert state.hours[0] == pytest.approx(hours.burning_hours(hours.part_night(), *place)[1])
    full = hours.burning_hours(hours.FULL_NIGHT, *place)[1]
    assert state.hours[-1] == pytest.approx(0.97 * full)  # the parameter of true hours


def test_attachment_and_street_classes(state):
    assert state.street.tolist() == [0] * 12 + [1] * 12
    assert state.district.tolist() == [0] * 12 + [1] * 12
    assert state.done.height_m.value[12] == 7.0  # Rue Basse: a local street
    assert state.attached.azimuth[:12].tolist() == [270.0] * 12
    assert state.attached.azimuth[12:].tolist() == [0.0] * 12


def test_cabinets_of_lamps(village, state):
    given = WORKSITE.parameters()
    everything, first = np.ones(24, bool), np.arange(24) < 12
    assert diagnosis.cabinets_of(state, given, everything) == (2, 2, 2)
    assert diagnosis.cabinets_of(state, given, first) == (1, 1, 1)
    assert diagnosis.cabinets_of(state, given, ~everything) == (0, 0, 0)
    with village.transaction("none") as tx:
        tx.delete("cabinet", {"id": ["A1", "A2"]})
    alone = diagnosis.diagnose(village, given, 2024)
    assert diagnosis.cabinets_of(alone, given, everything) == (1, 1, 1)
    assert not alone.scheduled.any()


def test_energy_by_group_and_its_estimated_share(state):
    given = WORKSITE.parameters()
    group = (np.arange(24) >= 12).astype(int)
    total = diagnosis.annual_energy(state, given, group, 2)
    assert total.estimated_share.tolist() == [0.0, 1.0]
    relative = (total.high - total.low) / total.value
    assert relative[0] < 0.1 < relative[1]
    later = WORKSITE.parameters().override({"lighting_hours_factor": (0.9, 0.9, 0.9)})
    sure = diagnosis.annual_energy(state, later, group, 2)
    assert ((sure.high - sure.low) / sure.value)[1] < relative[1]


def test_supplying_powers_narrows_the_interval_as_announced(village, state):
    given = WORKSITE.parameters()
    found = {item.code: item.data for item in diagnosis.findings(state, given)}
    announced = float(found["JUM-L011"]["then"])
    known = pd.DataFrame({"id": state.park.id[12:], "power_w": state.done.power_w.value[12:]})
    with village.transaction("powers") as tx:
        table = village.table("luminaire").to_pandas()
        table.loc[table["id"].isin(known["id"]), "power_w"] = table["id"].map(
            known.set_index("id")["power_w"]
        )
        tx.upsert("luminaire", table)
    after = diagnosis.diagnose(village, given, 2024)
    total = diagnosis.annual_energy(after, given, np.zeros(24, int), 1)
    width = 100 * (total.high[0] - total.low[0]) / (2 * total.value[0])
    assert width == pytest.approx(announced, abs=0.6)
    assert "JUM-L011" not in {item.code for item in diagnosis.findings(after, given)}


def test_a_cut_before_the_night_core_leaves_sobriety_nothing_more():
    from jumeau.worksites.lighting import options

    cut = hours.part_night(23, 5)
    assert options._until(cut, 1.0) is cut
    late = options._until(hours.dimmed(22, 6, 0.5), 1.0)
    assert late.windows == ((22, 1.0, 0.5), (1.0, 12.0, 0.0))
    assert options._until(hours.FULL_NIGHT, 1.0).windows == ((1.0, 12.0, 0.0),)
    always = hours.Regime("a", always=True)
    assert options._until(always, 1.0) is always
