# SPDX-License-Identifier: EUPL-1.2
"""Light on slopes and façades, from tilted lamps, at any height: against the plain twin."""

from __future__ import annotations

import numpy as np
import pytest
from light_twin import each, lopsided

from jumeau.base.errors import InvalidError
from jumeau.worksites import lighting
from jumeau.worksites.lighting.photometry import Photometry

ORIGIN = np.array([770000.3, 6279000.7])
C = np.arange(0.0, 361.0, 30.0)


def drawn(seed, cell=1.0, size=40, count=6):
    """Draw lamps over a rolling ground; some stand lower than the cells around."""
    rng = np.random.default_rng(seed)
    bounds = (*ORIGIN, *(ORIGIN + size * cell))
    y, x = np.mgrid[0:size, 0:size] * cell
    ground = 350.0 + 0.2 * x - 0.1 * y + 3 * np.sin(x / 9) * np.cos(y / 7)
    positions = np.column_stack(
        (ORIGIN + rng.uniform(-5, size * cell + 5, (count, 2)), rng.uniform(345, 372, count))
    )
    photometries = [lopsided(seed), lopsided(seed + 1, last=90.0), lopsided(seed + 2, last=110.0)]
    given = {
        "flux": rng.uniform(1e3, 2e4, count), "tilt": rng.uniform(-60, 60, count),
        "azimuth": rng.uniform(-400, 400, count),
    }  # fmt: skip
    return bounds, ground, positions, photometries, rng.integers(0, 3, count), given


def closest(ours, slow):
    """Return the largest difference relative to the value, small values taken with the median."""
    return np.abs(ours - slow).max(initial=0.0, where=np.isfinite(slow)) if not slow.any() else (
        np.abs(ours - slow) / np.maximum(slow, 0.02 * np.median(slow[slow > 0]))
    ).max()  # fmt: skip


@pytest.mark.parametrize("normal", [(0, 0, 1), "slope", (0.6, -1.3, 0.2), (0, 0, -2), (-1, 0, 0)])
@pytest.mark.parametrize(("seed", "cell", "above"), [(0, 1.0, 0.0), (3, 0.5, 1.5), (6, 2.5, -1.0)])
def test_equals_the_plain_sum(normal, seed, cell, above):
    bounds, ground, positions, photometries, which, given = drawn(seed, cell)
    ours = lighting.illuminance(
        positions, photometries, which, bounds=bounds, cell_size=cell, ground=ground,
        height_above=above, normal=normal, **given,
    )  # fmt: skip
    slow = each(positions, photometries, which, bounds, cell, ground=ground, above=above,
                normal=normal, **given).sum(axis=0)  # fmt: skip
    assert ours.dtype == np.float32
    assert closest(ours, slow) < 5e-5


@pytest.mark.parametrize("wrong", ["tilt", "azimuth"])
def test_a_sign_reversed_does_not_pass(wrong):
    bounds, ground, positions, photometries, which, given = drawn(2)
    slow = each(positions, photometries, which, bounds, ground=ground, **given).sum(axis=0)
    ours = lighting.illuminance(positions, photometries, which, bounds=bounds, ground=ground,
                                **(given | {wrong: -given[wrong]}))  # fmt: skip
    assert closest(ours, slow) > 0.05


def test_a_positive_tilt_lifts_the_side_of_c90():
    """C0 to the north: C90 looks west; lifted, the axis lights the west at the tilt's tangent."""
    gamma = np.arange(0.0, 181.0, 1.0)
    beam = np.where(gamma < 10, 1000.0, 0.0) * np.ones((C.size, 1))
    lamp = Photometry("beam", C, gamma, beam, 100.0)
    e = lighting.illuminance([[0, 0, 10]], [lamp], [0], bounds=(-40, -40, 40, 40), tilt=45.0)
    x, y = np.arange(80) - 39.5, 39.5 - np.arange(80)
    assert (e * x).sum() / e.sum() == pytest.approx(-10.0, abs=1.5)
    assert (e * y[:, None]).sum() / e.sum() == pytest.approx(0.0, abs=0.1)


def test_a_wall_is_lit_from_its_front_only():
    lamp = lopsided(1)
    e = lighting.illuminance([[0.25, 5, 6]], [lamp], [0], bounds=(-20, 0, 20, 10),
                             height_above=3.0, normal=(2, 0, 0))  # fmt: skip
    assert (e[:, 21:] == 0).all()  # east of the lamp, walls that look east turn their back
    assert (e[:, :20] > 0).all()


def test_light_goes_up_to_a_ceiling_and_to_cells_above_the_lamp():
    lamp = Photometry("i", C, np.arange(0, 181.0, 5), np.full((13, 37), 100.0), 1000.0)
    below = lighting.illuminance([[5, 5, 4]], [lamp], [0], bounds=(0, 0, 10, 10), height_above=9,
                                 normal=(0, 0, -1))  # fmt: skip
    r2 = (np.arange(10) - 4.5) ** 2 + ((np.arange(10) - 4.5) ** 2)[:, None]
    assert below == pytest.approx(100 * 5 / (r2 + 25) ** 1.5, rel=1e-5)
    up = lighting.illuminance([[5, 5, 4]], [lamp], [0], bounds=(0, 0, 10, 10), height_above=9)
    assert not up.any()


def test_lambert_on_an_inclined_plane_has_its_closed_form():
    gamma = np.arange(0, 90.01, 0.1)
    lamp = Photometry("l", C, gamma, np.tile(100 * np.cos(np.radians(gamma)), (C.size, 1)), 400.0)
    size = 60
    x, y = np.arange(size) + 0.5, size - 0.5 - np.arange(size)
    ground = (0.4 * x + 0.0 * y[:, None]).astype(np.float32)
    e = lighting.illuminance([[30, 30, 30.0]], [lamp], [0], bounds=(0, 0, size, size),
                             ground=ground, normal="slope")  # fmt: skip
    dx, dy, dz = x - 30, (y - 30)[:, None], 0.4 * x - 30
    d2 = dx**2 + dy**2 + dz**2
    facing = (0.4 * dx - dz) / np.sqrt(1.16)
    assert e == pytest.approx(100 * -dz * facing / d2**2, rel=1e-4)


def test_an_end_above_or_below_the_horizontal_leaks_nothing():
    """A file that ends at 80° or 100° with light: dark beyond, to the angle."""
    for last in (80.0, 100.0):
        gamma = np.arange(0.0, last + 1, 10.0)
        lamp = Photometry("cut", C, gamma, np.full((C.size, gamma.size), 100.0), 1000.0)
        e = lighting.illuminance([[0, 0.5, 2.0]], [lamp], [0], bounds=(0, 0, 60, 1),
                                 height_above=1.0 if last < 90 else 4.0,
                                 normal=(0, 0, 1) if last < 90 else (0, 0, -1))  # fmt: skip
        x = np.arange(60) + 0.5
        angle = np.degrees(np.arctan2(x, 1.0 if last < 90 else -2.0))
        assert np.array_equal(e[0] > 0, angle < last)


def test_unknown_ground_is_unknown_light_and_slopes_beside_it_are_one_sided():
    bounds, ground, positions, photometries, which, given = drawn(4)
    ground[10:14, 20:23] = np.nan
    ground[30, 5] = ground[30, 7] = ground[29, 6] = ground[31, 6] = np.nan  # an island of one cell
    ours = lighting.illuminance(positions, photometries, which, bounds=bounds, ground=ground,
                                normal="slope", **given)  # fmt: skip
    slow = each(positions, photometries, which, bounds, ground=ground, normal="slope",
                **given).sum(axis=0)  # fmt: skip
    assert np.array_equal(np.isnan(ours), np.isnan(ground))
    known = np.isfinite(ground)
    assert closest(ours[known], slow[known]) < 5e-5
    nowhere = lighting.illuminance([], photometries, [], bounds=bounds, ground=ground)
    assert np.array_equal(np.isnan(nowhere), ~known)
    assert (nowhere[known] == 0).all()


def test_level_ground_at_an_altitude_is_level_ground_at_zero():
    bounds, ground, positions, photometries, which, given = drawn(5)
    positions[:, 2] = np.linspace(3, 12, len(positions))
    given["tilt"] = 0.0
    low = lighting.illuminance(positions, photometries, which, bounds=bounds, **given)
    for altitude in (0.0, 1234.5):
        high = lighting.illuminance(
            positions + np.array([0, 0, altitude]), photometries, which, bounds=bounds,
            ground=np.full(ground.shape, altitude), **given,
        )  # fmt: skip
        assert high == pytest.approx(low, rel=1e-4, abs=1e-6)


def test_blocks_meet_without_a_seam_and_threads_change_no_bit():
    bounds, _, _, _, which, given = drawn(7)
    photometries = [lopsided(k) for k in range(3)]
    size = 300
    bounds = (*ORIGIN, *(ORIGIN + size))
    y, x = np.mgrid[0:size, 0:size]
    ground = 100 + 0.05 * x + 0.02 * y
    rng = np.random.default_rng(1)
    positions = np.column_stack((ORIGIN + rng.uniform(0, size, (6, 2)), 125 + rng.uniform(0, 9, 6)))
    kind = {"bounds": bounds, "ground": ground, "normal": "slope", **given}
    whole = lighting.illuminance(positions, photometries, which, workers=1, **kind)
    assert np.array_equal(whole, lighting.illuminance(positions, photometries, which, workers=3,
                                                      **kind))  # fmt: skip
    slow = each(positions, photometries, which, bounds, ground=ground, normal="slope", **given)
    assert closest(whole, slow.sum(axis=0)) < 5e-5


def test_default_reach_covers_tilted_lamps_and_walls(monkeypatch):
    from jumeau.worksites.lighting import point_source

    monkeypatch.setattr(point_source, "COMPLETE_PAIRS", 0)
    lamp = lopsided(9)
    kind = {"bounds": (-300, -300, 300, 300), "cell_size": 4.0, "tilt": 35.0, "flux": 200.0}
    for normal in ((0, 0, 1), (1, 0.2, 0)):
        cut = lighting.illuminance([[0, 0, 6]], [lamp], [0], normal=normal, **kind)
        whole = lighting.illuminance([[0, 0, 6]], [lamp], [0], normal=normal, radius=1e4, **kind)
        assert np.abs(cut - whole).max() < 0.01
        assert (cut == 0).any()


def test_a_tilt_table_weakens_a_tilted_lamp():
    from dataclasses import replace

    from jumeau.worksites.lighting.photometry import LampTilt

    lamp = lopsided(2)
    table = LampTilt(1, (0.0, 90.0), (1.0, 0.5))
    weak = replace(lamp, lamp_tilt=table)
    kind = {"bounds": (0, 0, 20, 20), "tilt": [0.0, -45.0]}
    places = [[4, 4, 6.0], [15, 15, 6.0]]
    ours = lighting.illuminance(places, [weak], 0, **kind)
    assert ours == pytest.approx(
        lighting.illuminance(places, [lamp], 0, flux=[5000.0, 3750.0], **kind), rel=1e-5
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"normal": "slope"}, "L051"),
        ({"normal": "up"}, "L004"),
        ({"normal": (0, 0, 0)}, "L004"),
        ({"normal": (0, 1)}, "L004"),
        ({"normal": (0, np.nan, 1)}, "L004"),
        ({"normal": None}, "L004"),
        ({"ground": np.zeros((10, 11))}, "L004"),
        ({"ground": np.full((10, 10), np.inf)}, "L004"),
        ({"ground": 3.0}, "L004"),
        ({"ground": "dtm.tif"}, "L004"),
        ({"dsm": np.zeros((9, 10))}, "L004"),
        ({"canopy": [["a"]]}, "L004"),
        ({"dsm": np.full((10, 10), 8.0), "ground": np.full((10, 10), 120.0)}, "L050"),
        ({"canopy": np.full((10, 10), 8.0), "ground": np.full((10, 10), 120.0)}, "L050"),
        ({"canopy": np.full((10, 10), -8.0)}, "L050"),
        ({"transmission": 1.2}, "L004"),
        ({"transmission": np.nan}, "L004"),
        ({"tilt": [0.0, 1.0]}, "L004"),
        ({"tilt": np.inf}, "L004"),
    ],
)
def test_bad_arguments_are_refused(change, code):
    given = {"bounds": (0, 0, 10, 10)} | change
    for function in (lighting.illuminance, lighting.contributions):
        with pytest.raises(InvalidError, match=f"JUM-{code}"):
            function([[5, 5, 4.0]], [lopsided(0)], [0], **given)


def test_lists_masks_and_whole_numbers_are_taken():
    ground = [[100] * 10 for _ in range(10)]
    masked = np.ma.masked_equal(np.where(np.eye(10) > 0, -9999, 100), -9999)
    e = lighting.illuminance([[5, 5, 104.0]], [lopsided(0)], [0], bounds=(0, 0, 10, 10),
                             ground=ground)  # fmt: skip
    hole = lighting.illuminance([[5, 5, 104.0]], [lopsided(0)], [0], bounds=(0, 0, 10, 10),
                                ground=masked)  # fmt: skip
    assert np.isnan(hole[np.eye(10) > 0]).all()
    assert np.array_equal(hole[np.eye(10) == 0], e[np.eye(10) == 0])
