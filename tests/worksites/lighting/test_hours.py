# SPDX-License-Identifier: EUPL-1.2
"""Burning hours: against a slow count of minutes, summer time, regimes and their words."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.ground import sun
from jumeau.worksites.lighting import hours
from jumeau.worksites.lighting.hours import FULL_NIGHT, Regime, burning_hours, dimmed, part_night

MONTPELLIER = (43.61, 3.87, "Europe/Paris")


def slow(regime: Regime, year: int, latitude: float, longitude: float, zone: str) -> float:
    """Equivalent hours counted minute by minute, delays of 15 min included."""
    tz = ZoneInfo(zone)
    first = dt.datetime(year, 1, 1, tzinfo=tz).timestamp()
    last = dt.datetime(year + 1, 1, 1, tzinfo=tz).timestamp()
    minutes = np.arange(first + 30, last, 60.0)
    dark = np.ones(minutes.size, bool)
    for shift in (-900, 900):
        dark &= sun.elevation(minutes + shift, latitude, longitude) < sun.SUNRISE
    power = dark.astype(float)
    local = [dt.datetime.fromtimestamp(t, tz) for t in minutes]
    clock = np.array([t.hour + (t.minute + 0.5) / 60 for t in local])
    for start, end, share in regime.windows:
        inside = (
            (clock >= start) & (clock < end) if end > start else (clock >= start) | (clock < end)
        )
        power[inside] *= share
    return power.sum() / 60


@pytest.mark.parametrize(
    ("regime", "place"),
    [
        (FULL_NIGHT, MONTPELLIER),
        (part_night(), MONTPELLIER),
        (dimmed(22.5, 6.0, 0.4), MONTPELLIER),
        (part_night(0.0, 5.5), (-21.1, 55.5, "Indian/Reunion")),
    ],
)
def test_hours_are_those_of_a_minute_count(regime, place):
    on, equivalent = burning_hours(regime, 2024, *place)
    assert equivalent == pytest.approx(slow(regime, 2024, *place), abs=4.0)
    assert equivalent <= on


def test_orders_of_magnitude():
    full = burning_hours(FULL_NIGHT, 2023, *MONTPELLIER)[1]
    cut = burning_hours(part_night(), 2023, *MONTPELLIER)[1]
    assert 4050 < full < 4250  # full night ≈ 4,100 h
    assert full - cut == pytest.approx(2190, abs=10)  # off 23:00–05:00 ≈ −2,190 h
    assert burning_hours(Regime("a", always=True), 2024, *MONTPELLIER) == (8784.0, 8784.0)
    on, equivalent = burning_hours(dimmed(23, 5, 0.5), 2023, *MONTPELLIER)
    assert on == pytest.approx(full)
    assert equivalent == pytest.approx((full + cut) / 2)


def test_summer_time_moves_the_window():
    window = hours.windows(2024, 23.0, 5.0, "Europe/Paris")
    length = np.diff(window).ravel() / 3600
    assert sorted(set(length.tolist())) == [5.0, 6.0, 7.0]  # one night each of 5 and 7 hours
    assert (length == 5).sum() == (length == 7).sum() == 1
    assert len(window) == 367


def test_delay_and_elevation_shorten_the_night():
    base = burning_hours(FULL_NIGHT, 2024, *MONTPELLIER, delay=0.0)[1]
    assert burning_hours(FULL_NIGHT, 2024, *MONTPELLIER)[1] == pytest.approx(base - 0.5 * 366)
    assert burning_hours(FULL_NIGHT, 2024, *MONTPELLIER, elevation=-6.0, delay=0.0)[1] < base - 300
    assert burning_hours(FULL_NIGHT, 2024, *MONTPELLIER, delay=-600.0)[1] > base


def test_polar_places_have_full_and_empty_nights():
    svalbard = (78.2, 15.6, "Arctic/Longyearbyen")
    spans = hours.lit(2024, *svalbard)
    assert len(spans) < 200
    assert np.diff(spans).max() > 100 * 86400 * 0.9 or np.diff(spans).max() > 30 * 86400
    assert burning_hours(FULL_NIGHT, 2024, *svalbard)[1] < 8784


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("coupure 23h-5h", ((23.0, 5.0, 0.0),)),
        ("Extinction de 0h à 5h30", ((0.0, 5.5, 0.0),)),
        ("coupure minuit-5h", ((0.0, 5.0, 0.0),)),
        ("23h/5h coupure", ((23.0, 5.0, 0.0),)),
        ("part night 23:30 to 05:30", ((23.5, 5.5, 0.0),)),
        ("semi-permanent", ((23.0, 5.0, 0.0),)),
        ("abaissement 50% 22h30 à 6h", ((22.5, 6.0, 0.5),)),
        ("gradation 70 % 23h-5h", ((23.0, 5.0, pytest.approx(0.3)),)),
        ("Permanent", ()),
        ("HORAIRE EP", ()),
        ("toute la nuit", ()),
    ],
)
def test_words_of_regimes(text, windows):
    found = hours.parse(text)
    assert found is not None and not found.always
    assert found.windows == windows


def test_words_that_say_always_or_nothing():
    assert hours.parse("24/24 (OU CIRC/NUIT/1/1BIS)").always
    assert [hours.parse(text) for text in (None, "", "  ", "voir plan", "coupure 5h-5h")] == [
        None
    ] * 5


@pytest.mark.parametrize("window", [(25, 5, 0), (23, 23, 0), (23, 5, 1.5), (-1, 5, 0)])
def test_windows_that_are_none_are_refused(window):
    with pytest.raises(InvalidError, match="JUM-L005"):
        Regime("bad", (window,))


def test_overlap_of_intervals():
    a, b = np.array([[0.0, 10], [20, 30]]), np.array([[5.0, 25], [29, 50]])
    assert hours.overlap(a, b) == 5 + 5 + 1
    assert hours.overlap(a, np.empty((0, 2))) == 0.0
