# SPDX-License-Identifier: EUPL-1.2
"""The compiled kernel itself: angles, indices at the edges, pairs, hard places."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites import lighting
from jumeau.worksites.lighting import kernels
from jumeau.worksites.lighting import scene as scenes
from jumeau.worksites.lighting.photometry import Photometry

GAMMA = np.arange(0.0, 181.0, 5.0)


def scene(lamps, photometry, radius=np.inf, azimuth=0.0):
    return scenes.make(np.array(lamps, float), [photometry], 0, azimuth=azimuth, radius=radius)


def block(made, rows, columns, west=0.5, north=None, cell=1.0):
    out = np.full((rows, columns), np.nan, np.float32)
    north = rows - 0.5 if north is None else north
    near = made.near(out.shape, west, north, cell, np.arange(made.lamp.size))
    pairs = kernels.fill(out, west, north, cell, near, made.place, 0.0, made.turn, made.which,
                         made.table, made.layout, made.per_radian)  # fmt: skip
    return out, pairs


def test_the_polynomial_is_an_arc_tangent():
    coefficients = [float(getattr(kernels, f"_A{k}")) for k in range(8)]
    t = np.linspace(0, 1, 20001)
    value = sum(c * t ** (2 * k + 1) for k, c in enumerate(coefficients))
    assert np.abs(value - np.arctan(t)).max() < 7e-8


def test_a_wave_in_c_is_met_in_every_direction():
    """A distribution that varies with C alone catches any error of a plane or of a quadrant."""
    c = np.arange(0.0, 361.0, 7.5)
    wave = 100 + 50 * np.sin(np.radians(c)) + 25 * np.cos(np.radians(2 * c))
    wave[-1] = wave[0]
    lamp = Photometry("wave", c, GAMMA, np.tile(wave[:, None], (1, GAMMA.size)), 1000.0)
    for azimuth in (0.0, 13.0, 90.0, 181.0, 359.9, -45.0):
        out, _ = block(scene([[50.2, 49.7, 6.0]], lamp, azimuth=azimuth), 100, 100)
        y, x = np.mgrid[99.5:-0.5:-1, 0.5:100.5]
        dx, dy = x - 50.2, y - 49.7
        r2 = dx**2 + dy**2
        angle = (azimuth - np.degrees(np.arctan2(dx, dy))) % 360
        expected = np.interp(angle, c, wave) * 6.0 / (r2 + 36) ** 1.5
        assert np.abs(out / expected - 1).max() < 5e-6


def test_axes_and_the_point_below_stay_inside_the_table():
    lamp = lighting.generic_photometry("SHP 100")
    for azimuth in np.arange(0.0, 360.0, 45.0):
        out, _ = block(scene([[10.5, 10.5, 5.0]], lamp, azimuth=azimuth), 21, 21)
        assert np.isfinite(out).all() and (out >= 0).all()
        assert out[10, 10] == pytest.approx(lamp.candela[0, 0] / 25.0, rel=1e-6)
        for row, column in ((10, 20), (10, 0), (0, 10), (20, 10), (0, 0), (20, 20)):
            dx, dy = column - 10, 10 - row
            c = azimuth - np.degrees(np.arctan2(dx, dy))
            r = np.hypot(dx, dy)
            e = lamp.intensity(c, np.degrees(np.arctan2(r, 5.0))) * 5 / (r * r + 25) ** 1.5
            assert out[row, column] == pytest.approx(float(e), rel=1e-5)


def test_extreme_heights_and_distances_stay_finite():
    lamp = Photometry("i", np.array([0, 180, 360.0]), GAMMA, np.full((3, GAMMA.size), 1e3), 1e4)
    for height in (1e-3, 0.1, 40.0, 1000.0):
        for shift in (0.0, 1e3, 1e5):
            out, _ = block(scene([[5.0 - shift, 5.0, height]], lamp), 10, 10)
            x = np.arange(10) + 0.5
            r2 = (x - 5.0 + shift) ** 2 + ((10 - x) - 5.0)[:, None] ** 2
            assert np.isfinite(out).all()
            assert out == pytest.approx(1e3 * height / (r2 + height**2) ** 1.5, rel=2e-5)


def test_pairs_are_the_cells_of_the_disc():
    lamp = lighting.generic_photometry("SHP 100")
    out, pairs = block(scene([[50.0, 50.0, 5.0]], lamp, radius=30.0), 100, 100)
    x = np.arange(100) + 0.5 - 50.0
    inside = x**2 + x[:, None] ** 2 <= 900
    assert pairs == inside.sum()
    assert np.array_equal(out > 0, inside)
    far, none = block(scene([[500.0, 500.0, 5.0]], lamp, radius=30.0), 100, 100)
    assert none == 0 and not far.any()


def test_order_of_lamps_changes_only_the_last_bit():
    rng = np.random.default_rng(2)
    lamp = lighting.generic_photometry("SHP 100")
    lamps = np.column_stack((rng.uniform(0, 60, (50, 2)), rng.uniform(3, 9, 50)))
    forward, _ = block(scene(lamps, lamp), 60, 60)
    backward, _ = block(scene(lamps[::-1], lamp), 60, 60)
    assert np.allclose(forward, backward, rtol=1e-6)
    again, _ = block(scene(lamps, lamp), 60, 60)
    assert np.array_equal(forward, again)


def test_many_faint_lamps_are_not_lost_beside_a_bright_one():
    """Sums in double precision: 20,000 lamps of a millionth add up to 2 % of the bright one."""
    lamp = Photometry("i", np.array([0, 180, 360.0]), GAMMA, np.ones((3, GAMMA.size)), 100.0)
    lamps = np.tile([5.0, 5.0, 4.0], (20001, 1))
    flux = np.full(20001, 1e-4)
    flux[0] = 100.0
    e = lighting.illuminance(lamps, [lamp], 0, bounds=(0, 0, 10, 10), flux=flux)
    alone = lighting.illuminance(lamps[:1], [lamp], 0, bounds=(0, 0, 10, 10), flux=100.0)
    assert e == pytest.approx(1.02 * alone, rel=1e-6)


@pytest.mark.parametrize(
    ("nodes", "span", "steps"),
    [
        ([0, 90, 180, 270, 360], 360, 4),
        ([0, 7.5, 60, 360], 360, 48),
        ([0, 2.5, 90, 180], 90, 36),
        ([0, 0.1, 90], 90, 900),
        ([0, 33.33333, 90], 90, scenes.MAX_GAMMAS),
    ],
)
def test_even_steps_hold_every_node(nodes, span, steps):
    assert scenes.even_steps(np.array(nodes, float), span, scenes.MAX_GAMMAS) == steps
