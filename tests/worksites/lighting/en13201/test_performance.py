# SPDX-License-Identifier: EUPL-1.2
"""Roads to EN 13201-3 and -5: against a second implementation, closed forms and symmetries."""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import InvalidError, MissingFileError, UnknownNameError
from jumeau.worksites import lighting
from jumeau.worksites.lighting.en13201.performance import QUANTITIES, UNITS, road, roads
from jumeau.worksites.lighting.generic import generic_photometry
from jumeau.worksites.lighting.photometry import Photometry

USUAL: dict[str, Any] = {"height": 8.0, "spacing": 30.0, "width": 7.0}
CASES = [
    {"height": 8, "spacing": 30, "width": 7},
    {"height": 10, "spacing": 42, "width": 9, "lanes": 3, "tilt": 10, "overhang": 1.2},
    {"height": 6, "spacing": 25, "width": 3.2, "lanes": 1, "overhang": -1.5, "rtable": "C1"},
    {"height": 9, "spacing": 33, "width": 14, "lanes": 4, "arrangement": "opposite", "tilt": 5},
    {"height": 7.5, "spacing": 38, "width": 8, "arrangement": "staggered", "rtable": "R2"},
    {"height": 11, "spacing": 40, "width": 7, "arrangement": "twin", "median": 3.0, "tilt": 8},
    {"height": 11, "spacing": 40, "width": 7, "arrangement": "twin", "median": 15.0},
    {
        "height": 4,
        "spacing": 16,
        "width": 11,
        "lanes": 2,
        "rtable": "R1",
        "tilt": -5,
    },  # 5.5 m lanes
    {"height": 12, "spacing": 60.5, "width": 10.5, "lanes": 3, "maintenance_factor": 0.67},
    {"height": 1.2, "spacing": 10, "width": 3, "lanes": 1},  # below the eye
    {"height": 14, "spacing": 9, "width": 21, "lanes": 6, "rtable": "R4", "flux": 40000},
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['height']}-{case['spacing']}")
@pytest.mark.parametrize("which", ["lopsided", "sodium"])
def test_road_agrees_with_the_second_implementation(
    case: dict[str, Any], which: str, lopsided: Photometry, reference: ModuleType
) -> None:
    ph = lopsided if which == "lopsided" else generic_photometry("SHP 150")
    found = road(ph, power_w=120.0, hours=3000.0, **case)
    expected = reference.calculate(ph=ph, power_w=120.0, hours=3000.0, **case)
    for name in QUANTITIES:
        assert found[name] == pytest.approx(expected[name], rel=0.005), name
    for mine, theirs in zip(found["per_observer"], expected["per_observer"], strict=True):
        for name in ("lav", "uo", "ul", "fti"):
            assert mine[name] == pytest.approx(theirs[name], rel=1e-4), (name, mine["lane"])


def test_the_smoke_case_of_the_design_note(shared: Path) -> None:
    ph = lighting.read_photometry(shared / "validation/lighting/crossformat/EULUMDAT/Sit4.ldt")
    found = road(ph, **USUAL, maintenance_factor=1.0)
    assert found["e_av"] == pytest.approx(17.81, abs=0.01)
    assert found["u_h"] == pytest.approx(0.550, abs=0.001)
    assert found["lav"] == pytest.approx(1.26, abs=0.005)
    assert found["uo"] == pytest.approx(0.409, abs=0.001)
    assert found["procedure"] == "EN 13201-3:2015"


def test_illuminance_of_one_even_source_in_closed_form(even: Photometry) -> None:
    """A spacing so wide that other luminaires add almost nothing where the first one stands."""
    found = road(even, height=5.0, spacing=300.0, width=3.0, lanes=1, maintenance_factor=1.0)
    n, width = 100, 3.0
    x = (np.arange(n) + 0.5) * 300 / n
    y = (np.arange(3) + 0.5) * width / 3
    total = np.zeros((3, n))
    for place in (-300.0, 0.0, 300.0, 600.0):
        total += 1000 * 5 / ((x - place) ** 2 + y[:, None] ** 2 + 25) ** 1.5
    assert found["e_av"] == pytest.approx(total.mean(), rel=1e-4)
    assert found["e_min"] == pytest.approx(total.min(), rel=1e-4)


def test_luminance_of_an_even_surface_is_proportional_to_illuminance(even: Photometry) -> None:
    """With r = q cos³γ and q the same all around, L = q E point by point (as far as 12 H)."""
    tan = np.array([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, *np.arange(2.5, 12.1, 0.5)])
    r = 0.07e4 * (1 + tan**2) ** -1.5
    found = road(even, **USUAL, rtable=np.repeat(r[:, None], 20, axis=1), maintenance_factor=1.0)
    assert found["lav"] == pytest.approx(0.07 * found["e_av"], rel=0.02)
    assert found["uo"] == pytest.approx(found["u_h"], rel=0.02)


def test_light_scales_and_glare_does_not_follow_maintenance() -> None:
    ph = generic_photometry("SHP 100")
    base = road(ph, **USUAL, maintenance_factor=0.8)
    kept = road(ph, **USUAL, maintenance_factor=0.4)
    double = road(ph, **USUAL, flux=2 * ph.flux_lm)
    for name in ("lav", "e_av", "e_min"):
        assert kept[name] == pytest.approx(base[name] / 2)
        assert double[name] == pytest.approx(base[name] * 2)
    for name in ("uo", "ul", "rei", "u_h"):
        assert kept[name] == pytest.approx(base[name])
        assert double[name] == pytest.approx(base[name])
    assert kept["fti"] == pytest.approx(base["fti"])  # new luminaires, initial luminance
    assert double["fti"] == pytest.approx(base["fti"] * 2**0.2)


def test_the_threshold_increment_changes_its_law_above_5_cd() -> None:
    ph = generic_photometry("SHP 100")
    low = road(ph, **USUAL, maintenance_factor=1.0)
    flux = ph.flux_lm * 6.0 / low["lav"]
    for lane, weak in zip(
        road(ph, **USUAL, maintenance_factor=1.0, flux=flux)["per_observer"],
        low["per_observer"], strict=True,
    ):  # fmt: skip
        factor = 6.0 / low["lav"]
        veil = weak["fti"] * weak["lav"] ** 0.8 / 65 * factor
        assert lane["lav"] > 5
        assert lane["fti"] == pytest.approx(95 * veil / lane["lav"] ** 1.05, rel=1e-6)


def test_opposite_rows_add_up_and_mirror() -> None:
    ph = generic_photometry("SHP 100")
    one = road(ph, **USUAL, overhang=0.5)
    two = road(ph, **USUAL, overhang=0.5, arrangement="opposite")
    assert two["e_av"] == pytest.approx(2 * one["e_av"])
    left, right = two["per_observer"]
    for name in ("lav", "uo", "ul", "fti"):
        assert left[name] == pytest.approx(right[name], rel=1e-6)
    assert road(ph, **USUAL, arrangement="staggered")["u_h"] != pytest.approx(two["u_h"])


def test_twin_is_a_row_on_the_left_and_the_other_carriageway_s_lamps() -> None:
    """Far apart, each carriageway has its own row only; close, both light both."""
    ph = generic_photometry("SHP 100")
    one = road(ph, **USUAL)
    far = road(ph, **USUAL, arrangement="twin", median=400.0)
    near = road(ph, **USUAL, arrangement="twin", median=1.0)
    for name in ("lav", "uo", "e_av", "e_min"):
        assert far[name] == pytest.approx(one[name], rel=2e-3)
    assert near["e_av"] > 1.05 * one["e_av"]
    # two luminaires for two carriageways: as one for one
    assert far["dp"] == pytest.approx(one["dp"], rel=2e-3)
    assert far["de"] == pytest.approx(one["de"])


def test_tilt_lifts_the_side_of_the_carriageway() -> None:
    """A lamp that shines straight down, tilted, lights the middle of a wide road."""
    c, gamma = np.array([0.0, 180.0, 360.0]), np.arange(0.0, 181.0, 2.5)
    beam = np.repeat(1000 * np.exp(-((gamma / 8) ** 2))[None, :], 3, axis=0)
    ph = Photometry("beam", c, gamma, beam, 100.0)
    flat = road(ph, height=10, spacing=10, width=20, lanes=1)
    up = road(ph, height=10, spacing=10, width=20, lanes=1, tilt=45)
    down = road(ph, height=10, spacing=10, width=20, lanes=1, tilt=-45)
    assert up["e_av"] > 1.2 * flat["e_av"] > 10 * down["e_av"]


def test_energy_follows_the_carriageway_and_the_luminaires_of_a_spacing() -> None:
    ph = generic_photometry("SHP 100")
    one = road(ph, **USUAL, power_w=100.0, hours=4000.0)
    assert one["dp"] == pytest.approx(100 / (one["e_av"] * 210))
    assert one["de"] == pytest.approx(100 * 4.0 / 210)
    two = road(ph, **USUAL, power_w=100.0, hours=4000.0, arrangement="staggered")
    assert two["de"] == pytest.approx(2 * one["de"])


def test_what_is_not_known_is_said(even: Photometry) -> None:
    found = road(even, **USUAL)
    assert found["dp"] is None and found["de"] is None
    assert found["assumed"]["power_w"] == "missing"
    assert found["inputs"]["flux"] == even.flux_lm
    generic = generic_photometry("LED 36W")
    told = road(generic, **USUAL, flux=4000.0)
    assert told["assumed"]["photometry"] == "generic"
    assert told["assumed"]["spread"] == generic.spread
    assert told["assumed"]["power_w"] == "photometry"
    assert "flux" not in told["assumed"]
    assert told["inputs"]["power_w"] == generic.power_w
    assert road(generic, **USUAL, power_w=0.0)["dp"] == 0


def test_a_dark_road_has_no_ratios() -> None:
    c, gamma = np.array([0.0, 180.0, 360.0]), np.array([0.0, 90.0, 100.0, 180.0])
    up = np.array([[0.0, 0, 0, 100]] * 3)
    found = road(Photometry("sky", c, gamma, up, 100.0), **USUAL)
    assert found["lav"] == found["e_av"] == 0
    assert [found[name] for name in ("uo", "ul", "fti", "rei", "u_h", "dp")] == [None] * 6


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"height": 0.0}, "JUM-L070"),
        ({"height": -8.0}, "JUM-L070"),
        ({"height": math.nan}, "JUM-L070"),
        ({"height": None}, "JUM-L070"),
        ({"height": "8"}, "JUM-L070"),
        ({"height": [8.0, 9.0]}, "JUM-L070"),
        ({"spacing": 0.0}, "JUM-L070"),
        ({"spacing": math.inf}, "JUM-L070"),
        ({"width": -1.0}, "JUM-L070"),
        ({"lanes": 0}, "JUM-L070"),
        ({"lanes": 2.5}, "JUM-L070"),
        ({"lanes": None}, "JUM-L070"),
        ({"overhang": 20.0}, "JUM-L070"),
        ({"tilt": 120.0}, "JUM-L070"),
        ({"maintenance_factor": 0.0}, "JUM-L070"),
        ({"maintenance_factor": 1.2}, "JUM-L070"),
        ({"flux": 0.0}, "JUM-L070"),
        ({"flux": -5.0}, "JUM-L070"),
        ({"power_w": -1.0}, "JUM-L070"),
        ({"hours": 9000.0}, "JUM-L070"),
        ({"median": -1.0}, "JUM-L070"),
        ({"arrangement": "zigzag"}, "JUM-L074"),
        ({"arrangement": None}, "JUM-L070"),
        ({"rtable": "R9"}, "JUM-L071"),
        ({"rtable": "none.csv"}, "JUM-L073"),
    ],
)
def test_absurd_arguments_are_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises((InvalidError, UnknownNameError, MissingFileError)) as refused:
        road(generic_photometry("SHP 100"), **{**USUAL, **wrong})
    assert refused.value.code == code


def test_a_photometry_is_needed() -> None:
    with pytest.raises(InvalidError, match="JUM-L070"):
        road("SHP 100", **USUAL)  # type: ignore[arg-type]


def fields(count: int, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "photometry": rng.integers(0, 3, count),
        "height": rng.uniform(4, 12, count),
        "spacing": rng.uniform(12, 60, count),
        "width": rng.uniform(3, 14, count),
        "lanes": rng.integers(1, 5, count),
        "arrangement": rng.choice(["single", "opposite", "staggered", "twin"], count),
        "tilt": rng.uniform(0, 15, count),
        "rtable": rng.choice(["R2", "R3", "C1"], count),
        "flux": np.where(rng.random(count) < 0.5, np.nan, 9000.0),
    }


PHOTOMETRIES = [generic_photometry(label) for label in ("SHP 150", "LED 36W", "BF 125")]


def test_many_fields_are_as_one_by_one_whatever_the_threads() -> None:
    table = fields(1300)
    found = roads(table, PHOTOMETRIES)
    assert list(found.columns) == list(QUANTITIES) == list(UNITS)
    pd.testing.assert_frame_equal(found, roads(table, PHOTOMETRIES, workers=1), check_exact=True)
    for k in (0, 7, 1299):
        case = {name: values[k] for name, values in table.items() if name != "photometry"}
        case["flux"] = None if np.isnan(case["flux"]) else case["flux"]
        one = road(PHOTOMETRIES[table["photometry"][k]], **case)
        for name in QUANTITIES:
            assert found[name].iloc[k] == pytest.approx(one[name], rel=1e-12)


def test_a_table_may_be_a_frame_with_holes_and_photometries_of_its_own() -> None:
    frame = pd.DataFrame(
        {"photometry": [PHOTOMETRIES[1], PHOTOMETRIES[0]], "height": 8.0, "spacing": 30.0,
         "width": [7.0, 6.0], "tilt": [np.nan, 5.0], "lanes": [None, 1]}, index=["a", "b"],
    )  # fmt: skip
    found = roads(frame)
    assert list(found.index) == ["a", "b"]
    assert found.loc["a", "lav"] == pytest.approx(road(PHOTOMETRIES[1], **USUAL)["lav"])
    one = road(PHOTOMETRIES[0], height=8, spacing=30, width=6, tilt=5, lanes=1)
    assert found.loc["b", "fti"] == pytest.approx(one["fti"])
    assert roads(frame.iloc[:0]).empty


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"height": [8.0, 0.0]}, "JUM-L070"),
        ({"height": [8.0, 9.0, 10.0]}, "JUM-L070"),
        ({"photometry": [0, 5]}, "JUM-L070"),
        ({"photometry": [0, 0.5]}, "JUM-L070"),
        ({"arrangement": ["single", "twins"]}, "JUM-L074"),
        ({"rtable": ["R3", "R7"]}, "JUM-L071"),
        ({"colour": [1, 2]}, "JUM-L077"),
        ({"spacing": None}, "JUM-L070"),
    ],
)
def test_a_bad_table_is_refused_with_its_row(change: dict[str, Any], code: str) -> None:
    table = {"photometry": [0, 0], "height": [8.0, 8.0], "spacing": [30.0, 30.0],
             "width": [7.0, 7.0]}  # fmt: skip
    with pytest.raises((InvalidError, UnknownNameError)) as refused:
        roads({**table, **change}, PHOTOMETRIES)
    assert refused.value.code == code


def test_a_column_that_lacks_is_named() -> None:
    with pytest.raises(InvalidError, match="spacing"):
        roads({"photometry": [0], "height": [8.0], "width": [7.0]}, PHOTOMETRIES)
