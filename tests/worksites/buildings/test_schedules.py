# SPDX-License-Identifier: EUPL-1.2
"""Schedules: those of the package, those of the caller, hours that change, bad ones."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from jumeau.base.errors import JumeauError
from jumeau.worksites.buildings import schedules


@pytest.fixture(scope="module")
def year(plain: ModuleType):  # type: ignore[no-untyped-def]
    return plain.weather(dark=True)


def test_every_schedule_of_the_package_can_be_laid(year) -> None:  # type: ignore[no-untyped-def]
    assert schedules.DEFAULT in schedules.names()
    for name in schedules.names():
        said = schedules.profile(name, year)
        assert said.heat.shape == said.cool.shape == (8760, 2)
        for shares in (said.heat, said.cool):
            assert shares.min() >= 0.0 and shares.max() <= 1.0 and shares.max() == 1.0
        assert said.occupancy.max() > 0.0 and said.present.any()
        assert said.state.max() < len(said.air)


def test_the_default_never_varies(year) -> None:  # type: ignore[no-untyped-def]
    said = schedules.profile("constant", year)
    assert (said.heat == 1).all() and (said.cool == 1).all() and (said.occupancy == 1).all()
    assert said.air.tolist() == [[1.0, 1.0, 0.0]] and said.present.all()


def test_recovery_takes_the_hour_before_eight(year) -> None:  # type: ignore[no-untyped-def]
    said = schedules.profile("night_setback", year)
    day = said.heat[24:48]
    assert day[6].tolist() == [0, 0] and day[7].tolist() == [0, 1] and day[8].tolist() == [1, 1]
    assert day[22].tolist() == [1, 1] and day[23].tolist() == [0, 0]


def test_nights_are_open_and_weekends_closed(year) -> None:  # type: ignore[no-untyped-def]
    said = schedules.profile("night_ventilation", year)
    night = said.air[said.state, 2][:24]
    assert night.tolist() == [1.0] * 7 + [0.0] * 11 + [1.0] * 6
    office = schedules.profile("office", year)  # the typical year begins on a Monday
    by_day = office.present[: 7 * 24].reshape(7, 24).sum(axis=1)
    assert by_day.tolist() == [10] * 5 + [0] * 2
    school = schedules.profile("school", year)
    month = year.local_starts.astype("datetime64[M]").astype(int) % 12 + 1
    assert not school.present[(month == 7) | (month == 8)].any() and school.present.any()


@pytest.mark.parametrize("length", [24, 168, 8760])
def test_a_schedule_of_the_caller(year, length: int) -> None:  # type: ignore[no-untyped-def]
    shares = np.arange(length) / length
    said = schedules.profile("mine", year, {"mine": {"heat": shares, "occupancy": shares}})
    assert said.heat[5, 0] == said.heat[5, 1] == said.occupancy[5] == 5 / length
    assert (said.cool == 1).all() and said.air[0].tolist() == [1.0, 1.0, 0.0]


def test_unknown_and_unusable_schedules(year) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(JumeauError, match="JUM-E007"):
        schedules.profile("offices", year)
    for bad in (
        {"heat": np.ones(23)},
        {"heat": np.full(24, np.nan)},
        {"heat": np.full(24, -0.1)},
        {"heat": np.full(24, 1.1)},
        {"warmth": np.ones(24)},
        {"heat": "on"},
        {"ventilation": np.arange(24) / 24},
        7,
    ):
        with pytest.raises(JumeauError, match="JUM-E008"):
            schedules.profile("mine", year, {"mine": bad})


def test_kinds_of_hours() -> None:
    one, two = np.array([5.0, 5.0, 1.0, 5.0, 1.0]), np.array([0, 2, 0, 0, 0])
    firsts, kind = schedules.kinds(one, two, np.zeros(5))
    assert firsts.tolist() == [0, 1, 2] and kind.tolist() == [0, 1, 2, 0, 2]
    firsts, kind = schedules.kinds(np.ones(3))
    assert firsts.tolist() == [0] and kind.tolist() == [0, 0, 0]
