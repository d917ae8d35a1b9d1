# SPDX-License-Identifier: EUPL-1.2
"""Photometry: flux closure, interpolation, symmetry and generic shapes."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.worksites import lighting
from jumeau.worksites.lighting import lamps
from jumeau.worksites.lighting.photometry import Photometry, forms, generic_photometry

C, GAMMA = np.arange(0.0, 361.0, 15.0), np.arange(0.0, 181.0, 5.0)


def fine_flux(photometry: Photometry, gamma_from: float = 0.0) -> float:
    """Midpoint sum of the interpolated intensity, much finer than its nodes."""
    dc, dg = 0.5, 0.1
    c = np.arange(dc / 2, 360, dc)
    gamma = np.arange(gamma_from + dg / 2, 180, dg)
    values = photometry.intensity(c[:, None], gamma[None, :]) * np.sin(np.radians(gamma))
    return float(values.sum() * np.radians(dc) * np.radians(dg))


@pytest.mark.parametrize("form", list(forms()))
@pytest.mark.parametrize("label", ["SHP 150", "LED 36W 3000K", "BF 125", "OTHER"])
def test_flux_closes_on_lor_and_ulr(label, form):
    ph = generic_photometry(label, form)
    family = lamps.types()[ph.lamp_type]
    assert ph.lor == pytest.approx(family.lor, rel=1e-12)
    assert fine_flux(ph) == pytest.approx(ph.lor * ph.flux_lm, rel=1e-5)
    upward = forms()[form].ulr
    assert ph.ulr == pytest.approx(family.ulr if upward is None else upward, abs=1e-9)
    assert fine_flux(ph, 90.0) == pytest.approx(ph.ulr * ph.lor * ph.flux_lm, rel=1e-4, abs=1e-6)
    assert ph.candela.min() >= 0
    assert ph.generic and 0 < ph.spread < 1


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


def test_generic_road_looks_at_the_carriageway_along_the_road():
    ph = generic_photometry("SHP 150")
    front, back = ph.intensity(90, 45), ph.intensity(270, 45)
    assert front > 2 * back
    assert ph.intensity(20, 60) == pytest.approx(float(ph.intensity(160, 60)))
    peak = np.unravel_index(ph.candela.argmax(), ph.candela.shape)
    assert 50 <= ph.gamma_angles[peak[1]] <= 70
    assert min(ph.c_angles[peak[0]], 180 - ph.c_angles[peak[0]]) <= 45
    assert 150 < ph.candela.max() / ph.flux_lm * 1000 < 900  # cd/klm of real road luminaires


def test_generic_carries_what_its_label_says():
    ph = lighting.generic_photometry("LED 36W 3000K")
    assert (ph.lamp_type, ph.power_w, ph.cct_k) == ("LED", 36.0, 3000.0)
    assert lighting.generic_photometry("IM 70W 830").cct_k == 3000
    assert lighting.generic_photometry("SHP 150").flux_lm == 16500
    assert lighting.generic_photometry("LED 50W 6000 lm").flux_lm == 6000
    assert lighting.generic_photometry("SHP").power_w == pytest.approx(114)
    assert ph.c_angles[0] == 0 and ph.c_angles[-1] == 360
    assert np.array_equal(ph.candela[0], ph.candela[-1])


def test_unknown_names_are_refused():
    with pytest.raises(UnknownNameError, match="JUM-L001"):
        generic_photometry("bougie")
    with pytest.raises(UnknownNameError, match="JUM-L003") as caught:
        generic_photometry("LED 36", "rode")
    assert caught.value.data["suggestion"] == "road"


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
