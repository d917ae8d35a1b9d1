# SPDX-License-Identifier: EUPL-1.2
"""Radiation completed from its parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.ground.weather import Weather
from jumeau.ground.weather.planes import sunlit
from jumeau.ground.weather.split import SPREAD, Radiation, completed


def given(
    agen: Weather, *, level: bool = True, direct: bool = True, diffuse: bool = True
) -> Radiation:
    """Complete the radiation of Agen, some of its parts taken away."""
    hole = np.full(agen.hours, np.nan)
    return completed(
        agen.horizontal() if level else hole,
        agen.direct_normal_w_m2 if direct else hole,
        agen.diffuse_horizontal_w_m2 if diffuse else hole,
        start=np.datetime64("2001-01-01T00:00:00"), latitude=agen.latitude,
        longitude=agen.longitude, offset=agen.utc_offset_h, path="f",
    )  # fmt: skip


def test_three_parts_are_left_alone(agen: Weather) -> None:
    found = given(agen)
    assert (found.direct == agen.direct_normal_w_m2).all()
    assert (found.diffuse == agen.diffuse_horizontal_w_m2).all()
    assert found.level is not None
    assert (found.spread, found.findings) == (0.0, [])


def test_without_a_global_there_is_none(agen: Weather) -> None:
    assert given(agen, level=False).level is None


def test_two_parts_give_the_third(agen: Weather) -> None:
    high = sunlit(agen).elevation > 3.0
    found = given(agen, direct=False)
    assert found.direct[high] == pytest.approx(agen.direct_normal_w_m2[high], abs=1e-6)
    assert found.direct.sum() == pytest.approx(agen.direct_normal_w_m2.sum(), rel=5e-3)
    found = given(agen, diffuse=False)
    assert found.diffuse.sum() == pytest.approx(agen.diffuse_horizontal_w_m2.sum(), rel=1e-3)
    assert found.findings == []


def test_the_global_alone_is_split_and_its_sum_kept(agen: Weather) -> None:
    found = given(agen, direct=False, diffuse=False)
    height = np.sin(np.radians(np.maximum(sunlit(agen).elevation, 0.0)))
    built = found.direct * height + found.diffuse
    assert built.sum() == pytest.approx(agen.horizontal().sum(), rel=5e-3)
    assert [item.code for item in found.findings] == ["JUM-G063"]
    assert found.spread == pytest.approx(0.06)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["725650TYCST", "DRYCOLDTMY"])
def test_the_split_of_a_real_year_is_within_what_it_says(shared: Path, name: str) -> None:
    year = Weather.from_epw(shared / "validation/buildings/weather" / f"{name}.epw")
    found = given(year, direct=False, diffuse=False)
    again = year.renewed(direct_normal_w_m2=found.direct, diffuse_horizontal_w_m2=found.diffuse)
    for tilt, azimuth in ((90, 0), (90, 90), (90, 180), (90, 270), (35, 180)):
        one, other = again.plane(tilt, azimuth).total.sum(), year.plane(tilt, azimuth).total.sum()
        assert one == pytest.approx(other, rel=SPREAD), (tilt, azimuth)


@pytest.mark.parametrize("light", [0.0, np.nan])
def test_no_radiation_at_all_is_refused(light: float) -> None:
    series = np.full(8760, light)
    with pytest.raises(InvalidError, match="JUM-G071"):
        completed(series, series, series, start=np.datetime64("2001-01-01"), latitude=45.0,
                  longitude=0.0, offset=0.0, path="f")  # fmt: skip
