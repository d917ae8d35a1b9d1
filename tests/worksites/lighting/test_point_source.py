# SPDX-License-Identifier: EUPL-1.2
"""Illuminance: plain NumPy twin, closed forms, seams, coordinates, azimuth, threads."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base import grid
from jumeau.base.errors import InvalidError
from jumeau.worksites import lighting
from jumeau.worksites.lighting import point_source
from jumeau.worksites.lighting.photometry import Photometry

C, GAMMA = np.arange(0.0, 361.0, 30.0), np.arange(0.0, 181.0, 5.0)


def plain(
    positions, photometries, which, bounds, cell=1.0, flux=None, azimuth=0.0, above=0.0, radius=None
):
    """Sum lamps in plain NumPy and double precision over the whole grid."""
    xmin, ymin, xmax, ymax = bounds
    rows, columns = round((ymax - ymin) / cell), round((xmax - xmin) / cell)
    x = xmin + (np.arange(columns) + 0.5) * cell
    y = (ymax - (np.arange(rows) + 0.5) * cell)[:, None]
    total = np.zeros((rows, columns))
    turns = np.broadcast_to(azimuth, len(positions))
    for k, (px, py, pz) in enumerate(positions):
        h, photometry = pz - above, photometries[which[k]]
        if h <= 0:
            continue
        dx, dy = x - px, y - py
        r = np.hypot(dx, dy)
        bearing = np.degrees(np.arctan2(dx, dy))
        intensity = photometry.intensity(turns[k] - bearing, np.degrees(np.arctan2(r, h)))
        if flux is not None:
            intensity = intensity * np.broadcast_to(flux, len(positions))[k] / photometry.flux_lm
        e = intensity * h / (r * r + h * h) ** 1.5
        total += e if radius is None else np.where(r <= radius, e, 0)
    return total


def town(count=30, origin=(770000.3, 6279000.7), seed=0):
    rng = np.random.default_rng(seed)
    photometries = [
        lighting.generic_photometry(label, form)
        for label in ("SHP 150", "LED 36W", "BF 125")
        for form in ("road", "globe", "flood")
    ]
    positions = np.column_stack(
        (
            origin[0] + rng.uniform(-20, 320, count),
            origin[1] + rng.uniform(-20, 300, count),
            rng.uniform(3, 12, count),
        )
    )
    return (
        positions, photometries, rng.integers(0, len(photometries), count),
        rng.uniform(-400, 400, count), rng.uniform(1e3, 2e4, count),
    )  # fmt: skip


@pytest.mark.parametrize(("cell", "above", "radius"), [(1, 0, None), (0.5, 4, 55), (2.5, 1.5, 30)])
def test_equals_the_plain_sum(cell, above, radius):
    positions, photometries, which, azimuth, flux = town()
    bounds = (770000.3, 6279000.7, 770300.3, 6279280.7)
    ours = lighting.illuminance(
        positions, photometries, which, bounds=bounds, cell_size=cell, flux=flux, azimuth=azimuth,
        height_above=above, radius=radius,
    )  # fmt: skip
    reference = plain(positions, photometries, which, bounds, cell, flux, azimuth, above, radius)
    assert ours.dtype == np.float32
    assert ours.shape == reference.shape
    assert np.array_equal(ours > 0, reference > 0)
    lit = reference > 0
    assert np.abs(ours[lit] / reference[lit] - 1).max() < 2e-5


def test_isotropic_source_has_its_closed_form():
    lamp = Photometry("i", C, GAMMA, np.full((C.size, GAMMA.size), 100.0), 2000.0)
    e = lighting.illuminance([[50, 50, 7.0]], [lamp], [0], bounds=(0, 0, 100, 100))
    x = np.arange(100) + 0.5
    r2 = (x - 50) ** 2 + ((100 - x) - 50)[:, None] ** 2
    assert e == pytest.approx(100 * 7 / (r2 + 49) ** 1.5, rel=1e-6)


def test_lambertian_source_has_its_closed_form():
    gamma = np.arange(0, 90.01, 0.1)
    lamp = Photometry("l", C, gamma, np.tile(100 * np.cos(np.radians(gamma)), (C.size, 1)), 400.0)
    e = lighting.illuminance([[50, 50, 7.0]], [lamp], [0], bounds=(0, 0, 100, 100))
    x = np.arange(100) + 0.5
    r2 = (x - 50) ** 2 + ((100 - x) - 50)[:, None] ** 2
    assert e == pytest.approx(100 * 49 / (r2 + 49) ** 2, rel=1e-5)


def test_flux_of_the_lower_hemisphere_falls_on_a_wide_plane():
    lamp = lighting.generic_photometry("LED 36W")
    e = lighting.illuminance([[0, 0, 6.0]], [lamp], [0], bounds=(-400, -400, 400, 400))
    assert e.sum() == pytest.approx(lamp.lor * lamp.flux_lm, rel=2e-3)


def test_sense_of_azimuth_and_of_c_planes():
    candela = np.zeros((5, GAMMA.size))
    candela[1, :18] = 100.0  # towards C90 only
    lamp = Photometry("c90", np.array([0, 90, 180, 270, 360.0]), GAMMA, candela, 1000.0)

    def side(azimuth: float) -> str:
        e = lighting.illuminance([[0, 0, 5]], [lamp], [0], bounds=(-10, -10, 10, 10),
                                 azimuth=azimuth)  # fmt: skip
        parts = {
            "north": e[:9].sum(), "south": e[11:].sum(),
            "west": e[:, :9].sum(), "east": e[:, 11:].sum(),
        }  # fmt: skip
        return max(parts, key=parts.get)

    assert [side(a) for a in (0, 90, 180, 270, -90)] == ["west", "north", "east", "south", "south"]


def test_a_flipped_azimuth_does_not_pass():
    positions, photometries, which, azimuth, _ = town()
    bounds = (770000.3, 6279000.7, 770300.3, 6279280.7)
    ours = lighting.illuminance(positions, photometries, which, bounds=bounds, azimuth=azimuth)
    for wrong in (-azimuth, azimuth + 180, azimuth + 5):
        reference = plain(positions, photometries, which, bounds, azimuth=wrong)
        assert np.abs(ours / reference - 1).max() > 0.02


def test_lambert_93_coordinates_lose_nothing():
    positions, photometries, which, azimuth, _ = town(origin=(0.25, 0.5))
    here = lighting.illuminance(positions, photometries, which, bounds=(0, 0, 300, 280),
                                azimuth=azimuth)  # fmt: skip
    shift = np.array([700000.0, 6600000.0, 0.0])
    there = lighting.illuminance(positions + shift, photometries, which, azimuth=azimuth,
                                 bounds=(700000, 6600000, 700300, 6600280))  # fmt: skip
    assert there == pytest.approx(here, rel=2e-6)


def test_parts_of_a_scene_join_without_a_seam():
    positions, photometries, which, azimuth, _ = town()
    box = (770000.0, 6279000.0, 770300.0, 6279280.0)
    whole = lighting.illuminance(positions, photometries, which, bounds=box, azimuth=azimuth)
    cut = (770000.0 + 137, 6279000.0 + 91, 770300.0, 6279280.0)
    part = lighting.illuminance(positions, photometries, which, bounds=cut, azimuth=azimuth)
    assert part == pytest.approx(whole[: 280 - 91, 137:], rel=2e-6)
    steps = np.abs(np.diff(whole[:, 250:262].astype(np.float64), axis=1))
    assert steps[:, 5].max() <= 2 * steps[:, [3, 4, 6, 7]].max()  # block edge at column 256


def test_any_number_of_threads_gives_the_same_bits():
    positions, photometries, which, azimuth, _ = town(60)
    bounds = (769900, 6278900, 770500, 6279500)
    results = [
        lighting.illuminance(positions, photometries, which, bounds=bounds, azimuth=azimuth,
                             workers=workers)
        for workers in (1, 2, 3, 8)
    ]  # fmt: skip
    assert all(np.array_equal(results[0], other) for other in results[1:])


def test_reach_bounds_what_is_left_out():
    positions, photometries, which, _, flux = town()
    heights = positions[:, 2]
    limit = lighting.reach(heights, photometries, which, flux=flux, until=0.05)
    for k in range(len(heights)):
        photometry = photometries[which[k]]
        r = np.concatenate((limit[k] * np.geomspace(1, 30, 400), [limit[k] * 0.97]))
        envelope = np.interp(np.degrees(np.arctan(r / heights[k])), photometry.gamma_angles,
                             photometry.candela.max(axis=0))  # fmt: skip
        e = envelope * flux[k] / photometry.flux_lm * heights[k] / (r**2 + heights[k] ** 2) ** 1.5
        assert e[:-1].max() <= 0.05 * 1.000001
        assert e[-1] > 0.05
    assert (lighting.reach([-1, 0, 5], photometries, 0, until=1e9) == 0).all()


def test_large_scenes_cut_lamps_at_a_hundredth_of_a_lux(monkeypatch):
    positions, photometries, which, _, _ = town()
    bounds = (769900, 6278900, 770400, 6279400)
    complete = lighting.illuminance(positions, photometries, which, bounds=bounds)
    monkeypatch.setattr(point_source, "COMPLETE_PAIRS", 1e6)
    cut = lighting.illuminance(positions, photometries, which, bounds=bounds)
    missing = complete - cut
    assert missing.min() > -1e-5
    assert 0 < missing.max() < 0.01 * len(positions)


def test_tiles_are_the_dense_result_where_lamps_reach():
    photometry = lighting.generic_photometry("SHP 100")
    positions = [[770499.6, 6279000.2, 8.0], [770499.5, 6280200.0, 6.0], [768000.2, 6279400.0, 9.0]]
    windows = {
        grid.tile_of(w.bounds[0] + 1, w.bounds[3] - 1).name: w
        for w in lighting.illuminance_tiles(positions, [photometry], 0, azimuth=30.0)
    }
    assert sorted(windows) == ["0767_6280", "0768_6280", "0770_6279", "0770_6280", "0770_6281"]
    for window in windows.values():
        dense = lighting.illuminance(
            positions,
            [photometry],
            0,
            bounds=window.bounds,
            azimuth=30.0,
            radius=lighting.reach([8.0, 6.0, 9.0], [photometry], 0),
        )
        assert window.values.shape == (1000, 1000)
        assert np.allclose(window.values, dense, rtol=2e-6, atol=0)  # fmt: skip


def test_irregular_and_fine_angles_are_packed_exactly():
    c = np.array([0, 7.5, 60, 200.5, 360.0])
    gamma = np.array([0, 1, 12.3, 47, 88.8, 90])
    table = np.random.default_rng(5).uniform(10, 100, (5, 6))
    table[-1] = table[0]
    lamp = Photometry("odd", c, gamma, table, 1000.0)
    bounds = (-30, -30, 30, 30)
    ours = lighting.illuminance([[0.2, 0.1, 4]], [lamp], [0], bounds=bounds)
    assert ours == pytest.approx(plain([[0.2, 0.1, 4]], [lamp], [0], bounds), rel=2e-5)


def test_lamps_that_give_nothing_and_empty_scenes():
    lamp = lighting.generic_photometry("LED 36")
    bounds = (0, 0, 20, 10)
    dark = np.zeros((10, 20), np.float32)
    assert np.array_equal(lighting.illuminance([], [lamp], [], bounds=bounds), dark)
    assert np.array_equal(lighting.illuminance(np.empty((0, 3)), [], [], bounds=bounds), dark)
    args = ([[5, 5, 0.0]], [lamp], [0])
    assert np.array_equal(lighting.illuminance(*args, bounds=bounds), dark)
    lit = ([[5, 5, 4.0]], [lamp], [0])
    assert np.array_equal(lighting.illuminance(*lit, bounds=bounds, flux=0), dark)
    assert np.array_equal(lighting.illuminance(*lit, bounds=bounds, height_above=4), dark)
    assert lighting.illuminance(*lit, bounds=(0, 0, 0, 0)).shape == (0, 0)
    assert list(lighting.illuminance_tiles([], [lamp], [])) == []
    below = lighting.illuminance([[5.5, 5.5, 4.0]], [lamp], 0, bounds=bounds)  # scalar index
    assert below[4, 5] == pytest.approx(lamp.candela[0, 0] / 16, rel=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"positions": [[1, 2]]},
        {"positions": [[1, 2, np.nan]]},
        {"which": [1]},
        {"which": [-1]},
        {"which": [0.5]},
        {"which": [0, 0]},
        {"flux": -1.0},
        {"flux": [1.0, 2.0]},
        {"azimuth": [np.nan]},
        {"cell_size": 0.0},
        {"cell_size": np.nan},
        {"radius": [1.0, 2.0]},
        {"radius": -5.0},
        {"radius": np.nan},
        {"positions": [["a", "b", "c"]]},
        {"positions": [[1, 2, 3], [1, 2]]},
        {"positions": [1, 2, 3]},
        {"positions": [[1, np.inf, 3]]},
        {"positions": [[1, 2, 1e12]]},
        {"which": ["a"]},
        {"which": None},
        {"which": [np.inf]},
        {"flux": np.inf},
        {"flux": "beaucoup"},
        {"azimuth": np.inf},
        {"azimuth": [-np.inf]},
        {"height_above": np.nan},
        {"height_above": [1.0, 2.0]},
        {"height_above": "haut"},
        {"cell_size": None},
        {"cell_size": np.inf},
        {"bounds": (0, 0, 1e9, 1e9)},
        {"photometries": None},
        {"photometries": ["SHP 150"]},
        {"photometries": []},
    ],
)
def test_bad_arguments_are_refused(change):
    given = {"positions": [[5, 5, 4.0]], "which": [0], "bounds": (0, 0, 10, 10)} | change
    given = {"photometries": [lighting.generic_photometry("LED 36")]} | given
    with pytest.raises(InvalidError, match="JUM-L004"):
        lighting.illuminance(**given)


def test_a_photometry_alone_is_not_a_sequence_of_them():
    lamp = lighting.generic_photometry("LED 36")
    with pytest.raises(InvalidError, match="JUM-L004"):
        lighting.illuminance([[5, 5, 4.0]], lamp, [0], bounds=(0, 0, 10, 10))
    for refused in ([np.nan], [np.inf], [[4.0]]):
        with pytest.raises(InvalidError, match="JUM-L004"):
            lighting.reach(refused, [lamp], 0)


@pytest.mark.parametrize("height", [1e-30, 1e-12, 5.5e-17, 1e-4, 1e-3, 1e5, 1e6])
@pytest.mark.parametrize("x", [50.5, 50.25, 5e7, 1e12, 1e300])
def test_heads_very_near_the_plane_and_very_far_ones_are_finite(height, x):
    """A height left by rounding (0.3 − (0.1 + 0.2)) once read memory out of the table."""
    lamp = lighting.generic_photometry("SHP 150")
    e = lighting.illuminance([[x, 50.5, height]], [lamp], [0], bounds=(0, 0, 100, 100))
    assert np.isfinite(e).all()
    assert (e >= 0).all()
    if height < 1e-4 or x > 1e7:
        assert not e.any()


def test_whole_numbers_of_any_type_choose_a_photometry():
    lamps = [lighting.generic_photometry(label) for label in ("LED 36", "SHP 150")]
    position = [[5.2, 4.1, 4.0], [3.0, 8.0, 6.0]]
    wanted = lighting.illuminance(position, lamps, np.array([1, 0]), bounds=(0, 0, 10, 10))
    for which in ([1, 0], [1.0, 0.0], np.array([1, 0], np.uint8), (True, False)):
        ours = lighting.illuminance(position, tuple(lamps), which, bounds=(0, 0, 10, 10))
        assert np.array_equal(ours, wanted)
    same = lighting.illuminance(position, lamps, 1, bounds=(0, 0, 10, 10))
    assert np.array_equal(
        same, lighting.illuminance(position, lamps, [1, 1], bounds=(0, 0, 10, 10))
    )


@pytest.mark.parametrize(
    ("bounds", "cell", "shape"),
    [
        ((0, 0, 100, 90), 7.0, (13, 14)),
        ((0, 0, 100, 90), 0.3, (300, 333)),
        ((0.37, -3.21, 99.9, 80.3), 1.0, (84, 100)),
        ((-5.5, 2.25, 14.0, 12.0), 2.5, (4, 8)),
        ((0, 0, 0.3, 5), 1.0, (5, 0)),
    ],
)
def test_cells_are_counted_from_the_north_west_corner(bounds, cell, shape):
    lamp = lighting.generic_photometry("SHP 100")
    position = [[bounds[0] + 4.3, bounds[3] - 3.1, 6.0]]
    ours = lighting.illuminance(position, [lamp], [0], bounds=bounds, cell_size=cell)
    assert ours.shape == shape
    assert ours == pytest.approx(plain(position, [lamp], [0], bounds, cell), rel=2e-5)


def test_light_adds_up_and_scales_with_flux():
    positions, photometries, which, azimuth, flux = town()
    bounds = (770000.3, 6279000.7, 770200.3, 6279180.7)

    def light(part, times=1.0):
        return lighting.illuminance(
            positions[part], photometries, which[part], bounds=bounds, azimuth=azimuth[part],
            flux=times * flux[part],
        ).astype(np.float64)  # fmt: skip

    whole = light(slice(None))
    assert light(slice(0, 11)) + light(slice(11, None)) == pytest.approx(whole, rel=1e-6)
    assert light(slice(None), 3.0) == pytest.approx(3 * whole, rel=1e-6)
    order = np.random.default_rng(2).permutation(len(positions))
    assert light(order) == pytest.approx(whole, rel=1e-6)


def test_threads_asked_by_the_environment_change_no_bit(monkeypatch):
    positions, photometries, which, azimuth, _ = town(60)
    bounds = (769900, 6278900, 770500, 6279500)
    results = []
    for threads in ("1", "2"):
        monkeypatch.setenv("NUMBA_NUM_THREADS", threads)
        results.append(
            lighting.illuminance(positions, photometries, which, bounds=bounds, azimuth=azimuth)
        )
    assert np.array_equal(*results)


def test_bounds_upside_down_are_refused():
    with pytest.raises(InvalidError, match="JUM-B010"):
        lighting.illuminance([], [], [], bounds=(0, 10, 10, 0))
