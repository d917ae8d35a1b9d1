# SPDX-License-Identifier: EUPL-1.2
"""Two years without any fault of sensor, and with twenty leaks each: nothing is told of sensors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jumeau.worksites import water
from jumeau.worksites.water.telemetry import prepare

FLOWS = ["p227", "p235", "PUMP_1"]


@pytest.fixture(scope="module")
def net(shared):
    return water.read_inp(shared / "validation/water/battledim/L-TOWN.inp")


def year(shared, number):
    folder = shared / "validation/water/semireal"
    read = pd.read_parquet(folder / f"semi{number}_scada.parquet")
    meters = pd.read_parquet(folder / f"semi{number}_amr.parquet")
    return read.drop(columns=[*FLOWS, "T1"]), read[FLOWS], read[["T1"]], meters


@pytest.mark.parametrize("number", [2018, 2019])
def test_a_clean_year_has_no_fault(shared, net, number):
    frames = year(shared, number)
    found = prepare(*frames, train=(f"{number}-01-01", f"{number}-01-07"), net=net)
    assert found.faults.empty and not found.findings and found.matches
    assert max(found.drift.values()) < 1.0 and found.suspect_train == 0.0
    np.testing.assert_allclose(found.pressures, frames[0], rtol=1e-6)


def test_two_hundred_exchanges_are_seen_in_a_week(shared, net):
    from jumeau.worksites.water.telemetry import expected, swaps

    pressures = year(shared, 2018)[0]
    hourly = pressures.iloc[: 7 * 288].to_numpy(float).reshape(168, 12, -1).mean(axis=1)
    nominal = expected.expected(net, list(pressures), [], [], []).pressure
    means = hourly.mean(axis=0)
    seen = wrong = apart = 0
    for one in range(0, 33, 2):
        for other in range(one + 1, 33, 2):
            frame = hourly.copy()
            frame[:, [one, other]] = frame[:, [other, one]]
            wanted = np.arange(33)
            wanted[[one, other]] = [other, one]
            node = swaps.assigned(frame, nominal).node
            clear = abs(means[one] - means[other]) > 0.5
            apart += clear
            seen += clear and np.array_equal(node, wanted)
            wrong += not (np.array_equal(node, wanted) or np.array_equal(node, np.arange(33)))
    assert apart > 120 and seen == apart and wrong == 0


def test_a_leak_of_a_later_week_is_suspected_when_it_begins_in_training(shared, net):
    frames = [it.iloc[60 * 288 : 90 * 288] for it in year(shared, 2018)]
    found = prepare(*frames, train=("2018-03-02", "2018-03-08"), net=net)
    told = [it for it in found.findings if it.code == "JUM-H187"]
    assert [it.data["start"] for it in told] == ["2018-03-06"]  # p673 broke on the 5th, 15:45
    assert found.suspect_train > 10.0
