# SPDX-License-Identifier: EUPL-1.2
"""Photometry: flux, flux codes, interpolation, rotation and lamps that mind tilt."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.worksites.lighting.generic import generic_photometry
from jumeau.worksites.lighting.photometry import LampTilt, Photometry

C, GAMMA = np.arange(0.0, 361.0, 15.0), np.arange(0.0, 181.0, 5.0)


def fine_flux(photometry: Photometry, gamma_from: float = 0.0) -> float:
    """Midpoint sum of the interpolated intensity, much finer than its nodes."""
    dc, dg = 0.5, 0.1
    c = np.arange(dc / 2, 360, dc)
    gamma = np.arange(gamma_from + dg / 2, 180, dg)
    values = photometry.intensity(c[:, None], gamma[None, :]) * np.sin(np.radians(gamma))
    return float(values.sum() * np.radians(dc) * np.radians(dg))


def test_isotropic_and_lambertian_flux_are_exact():
    isotropic = Photometry("i", C, GAMMA, np.full((C.size, GAMMA.size), 100.0), 2000.0)
    assert isotropic.flux() == pytest.approx(4 * np.pi * 100.0, rel=1e-12)
    assert isotropic.ulr == pytest.approx(0.5)
    gamma = np.linspace(0, 90, 1801)
    cosine = np.tile(np.cos(np.radians(gamma)), (C.size, 1))
    lambert = Photometry("l", C, gamma, cosine, np.pi)
    assert lambert.flux() == pytest.approx(np.pi, rel=1e-6)
    assert lambert.ulr == 0.0
    assert lambert.intensity(10, 120) == 0.0


def test_intensity_interpolates_bilinearly_and_periodically():
    rng = np.random.default_rng(3)
    table = rng.uniform(1, 100, (C.size, GAMMA.size))
    table[-1] = table[0]
    ph = Photometry("r", C, GAMMA, table, 1000.0)
    assert ph.intensity(C[:, None], GAMMA[None, :]) == pytest.approx(table)
    middle = table[[3, 4]][:, [7, 8]].mean()
    assert ph.intensity(52.5, 37.5) == pytest.approx(middle)
    assert ph.intensity(352.5, 10) == pytest.approx(table[[-2, 0], 2].mean())
    assert ph.intensity([-30, 330, 690], 20) == pytest.approx([float(ph.intensity(330, 20))] * 3)


@pytest.mark.parametrize(
    ("c", "gamma", "candela", "flux"),
    [
        (C[:-1], GAMMA, np.ones((C.size - 1, GAMMA.size)), 1.0),
        (C, GAMMA[::-1], np.ones((C.size, GAMMA.size)), 1.0),
        (C, GAMMA, np.ones((GAMMA.size, C.size)), 1.0),
        (C, GAMMA, -np.ones((C.size, GAMMA.size)), 1.0),
        (C, GAMMA, np.full((C.size, GAMMA.size), np.nan), 1.0),
        (C, GAMMA, np.arange(C.size)[:, None] * np.ones(GAMMA.size), 1.0),
        (C, GAMMA, np.ones((C.size, GAMMA.size)), 0.0),
    ],
)
def test_what_is_no_distribution_is_refused(c, gamma, candela, flux):
    with pytest.raises(InvalidError, match="JUM-L002"):
        Photometry("bad", c, gamma, candela, flux)


def test_arrays_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        generic_photometry("LED 36").candela[0, 0] = 1


def random_table(seed: int) -> np.ndarray:
    table = np.random.default_rng(seed).uniform(1, 100, (C.size, GAMMA.size))
    table[-1] = table[0]
    return table


@pytest.mark.parametrize(("low", "high"), [(0, 41.4), (13.7, 14.2), (41.4, 75.5), (90, 180)])
def test_flux_of_any_zone_is_that_of_a_fine_sum(low, high):
    ph = Photometry("r", C, GAMMA, random_table(5), 1000.0)
    step = (high - low) / 2000
    gamma = np.arange(low + step / 2, high, step)
    c = np.arange(0.25, 360, 0.5)
    values = ph.intensity(c[:, None], gamma[None, :]) * np.sin(np.radians(gamma))
    fine = values.sum() * np.radians(0.5) * np.radians(step)
    assert ph.flux(low, high) == pytest.approx(fine, rel=1e-5)
    assert ph.flux(0, low) + ph.flux(low, high) + ph.flux(high, 180) == pytest.approx(ph.flux())


def test_flux_codes_of_known_distributions():
    """Even light: cones of equal solid angles; a cosine law: sin² of the cone's angle."""
    even = Photometry("i", C, GAMMA, np.full((C.size, GAMMA.size), 100.0), 800 * np.pi)
    assert even.flux_codes == pytest.approx((25, 50, 75, 50, 50), rel=1e-9)
    gamma = np.linspace(0, 90, 1801)
    cosine = np.tile(np.cos(np.radians(gamma)), (C.size, 1))
    lambert = Photometry("l", C, gamma, cosine, 2 * np.pi)
    shares = [100 * (1 - cone**2) for cone in (0.75, 0.5, 0.25)]
    assert lambert.flux_codes == pytest.approx((*shares, 100, 50), rel=1e-5)
    sky = Photometry("s", C, gamma * 2, cosine[:, ::-1] * (gamma > 45), 1.0)
    assert sky.flux_codes[:3] == (0, 0, 0) and sky.ulr == pytest.approx(1, abs=1e-3)
    assert sky.ulor == pytest.approx(sky.ulr * sky.lor)


def test_rotation_turns_counter_clockwise():
    ph = Photometry("r", C, GAMMA, random_table(8), 1000.0)
    turned = ph.rotated(90)
    assert turned.intensity(100, 33) == pytest.approx(float(ph.intensity(10, 33)))
    assert np.array_equal(turned.rotated(-90).candela, ph.candela)
    odd = ph.rotated(7)  # no plane falls on C0: one is interpolated there
    assert odd.c_angles[0] == 0 and odd.c_angles.size == C.size + 1
    c = np.arange(0.0, 360.0, 11.0)
    assert odd.intensity(c, 50) == pytest.approx(ph.intensity(c - 7, 50))
    assert odd.flux() == pytest.approx(ph.flux())


def test_lamps_mind_the_tilt_of_their_luminaire():
    table = random_table(2)

    def factor(geometry: int, tilt: object) -> np.ndarray:
        tilted = LampTilt(geometry, (0.0, 30.0, 90.0), (0.8, 0.6, 0.4))
        return Photometry("t", C, GAMMA, table, 1.0, lamp_tilt=tilted).tilt_factor(tilt)

    assert factor(1, [0, 15, -30, 60, 120]) == pytest.approx([1, 0.875, 0.75, 0.625, 0.5])
    assert factor(3, 30.0) == pytest.approx(0.75)
    assert factor(2, 30.0) == 1.0
    assert Photometry("t", C, GAMMA, table, 1.0).tilt_factor([0, 20]) == pytest.approx([1, 1])
