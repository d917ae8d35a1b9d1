# SPDX-License-Identifier: EUPL-1.2
"""Holes: filled, said, refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError
from jumeau.ground.weather.repair import LONGEST, filled, runs

HOURS = np.arange(8760)
DAY = 10.0 + 5.0 * np.cos(2 * np.pi * (HOURS % 24 - 15) / 24)


def punched(series: np.ndarray, *spans: tuple[int, int]) -> np.ndarray:
    out = series.copy()
    for start, end in spans:
        out[start:end] = np.nan
    return out


@given(st.lists(st.booleans(), max_size=60))
def test_runs_are_the_holes(holes: list[bool]) -> None:
    mask = np.array(holes, dtype=bool)
    again = np.zeros_like(mask)
    for start, end in runs(mask):
        assert start < end
        again[start:end] = True
    assert (again == mask).all()


def test_a_whole_series_is_left_alone() -> None:
    out, found = filled(DAY, "dry_bulb_c", "f")
    assert out is DAY
    assert found == []


def test_a_short_hole_is_a_straight_line() -> None:
    ramp = HOURS * 0.001
    out, [found] = filled(punched(ramp, (100, 106)), "dry_bulb_c", "f")
    assert out == pytest.approx(ramp)
    assert found.code == "JUM-G055"
    assert (found.data["count"], found.data["longest"]) == (6, 6)


def test_a_periodic_day_is_found_again_whole() -> None:
    for span in ((3000, 3000 + LONGEST), (0, 30), (8730, 8760)):
        out, _ = filled(punched(DAY, span), "dry_bulb_c", "f")
        assert out == pytest.approx(DAY)


def test_a_hole_of_temperature_is_tied_to_its_ends() -> None:
    warm = DAY + 0.01 * HOURS
    out, _ = filled(punched(warm, (3000, 3060)), "dry_bulb_c", "f")
    assert out == pytest.approx(warm, abs=0.3)
    assert np.abs(np.diff(out)).max() < 2.0


def test_radiation_has_no_straight_lines_and_keeps_its_nights() -> None:
    light = np.maximum(0.0, 500.0 * np.cos(2 * np.pi * (HOURS % 24 - 12) / 24))
    out, _ = filled(punched(light, (3000, 3003), (4000, 4050)), "diffuse_horizontal_w_m2", "f",
                    straight=0)  # fmt: skip
    assert out == pytest.approx(light)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 8000), st.integers(1, LONGEST), st.integers(0, 8000), st.integers(1, 100))
def test_what_is_known_never_changes(a: int, na: int, b: int, nb: int) -> None:
    holes = punched(DAY, (a, a + na), (b, b + nb))
    if np.isnan(holes).sum() == 0 or np.diff(runs(np.isnan(holes)), axis=1).max() > LONGEST:
        return
    out, _ = filled(holes, "dry_bulb_c", "f")
    known = ~np.isnan(holes)
    assert (out[known] == DAY[known]).all()
    assert np.isfinite(out).all()


@pytest.mark.parametrize(
    "spans", [[(100, 101 + LONGEST)], [(k, k + 50) for k in range(0, 8700, 900)]]
)
def test_too_much_is_refused(spans: list[tuple[int, int]]) -> None:
    with pytest.raises(InvalidError, match="JUM-G054"):
        filled(punched(DAY, *spans), "dry_bulb_c", "f")


def test_sentences_agree_with_their_numbers() -> None:
    [one] = filled(punched(DAY, (5, 6)), "dry_bulb_c", "f")[1]
    [two] = filled(punched(DAY, (5, 7)), "dry_bulb_c", "f")[1]
    assert "1 hour of" in one.to_row()["what"] or "1 heure manquait" in one.to_row()["what"]
    assert "2 hours of" in two.to_row()["what"] or "2 heures manquaient" in two.to_row()["what"]
