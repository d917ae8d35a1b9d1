# SPDX-License-Identifier: EUPL-1.2
"""Generic photometries: flux closure, shapes, ages, and what labels say."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import UnknownNameError
from jumeau.worksites import lighting
from jumeau.worksites.lighting import lamps
from jumeau.worksites.lighting.generic import era_of, eras, forms, generic_photometry
from jumeau.worksites.lighting.photometry import Photometry


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


@pytest.mark.parametrize("era", [code for code in eras() if code != "unknown"])
@pytest.mark.parametrize("lamp", list(lamps.types()))
def test_each_family_has_a_luminaire_of_each_age(lamp, era):
    label = f"{lamp} 60W"
    ph, usual = generic_photometry(label, "road", era), generic_photometry(label)
    age = eras()[era].get(lamp) or eras()[era][""]
    assert ph.generic and ph.name == f"{usual.name}/{era}" and 0 < ph.lor < 1 + 1e-9
    assert ph.flux_lm == pytest.approx(usual.flux_lm * age.flux_ratio, abs=0.1)
    assert ph.spread == pytest.approx(usual.spread * age.spread_ratio)
    assert ph.ulr <= age.ulr_most + 1e-9
    assert age.source


def test_old_luminaires_lose_more_light_and_send_more_to_the_sky():
    ages = ["before_2000", "2000_2014", "2015_2020", "from_2021"]
    stock = [generic_photometry("SHP 100", "road", era) for era in ages]
    assert np.all(np.diff([ph.lor for ph in stock]) >= 0) and stock[0].lor < stock[-1].lor
    assert np.all(np.diff([ph.ulr for ph in stock]) <= 0) and stock[-1].ulr <= 0.01
    assert generic_photometry("BF 125", "globe", "from_2021").ulr == pytest.approx(0.01)
    assert generic_photometry("LED 10", "recessed", "from_2021").ulr == pytest.approx(1.0)
    led = [generic_photometry("LED 40", era=era).flux_lm for era in ages]
    assert led[0] == led[1] < led[2] < led[3]
    said = generic_photometry("LED 40W 5000 lm", era="before_2000")
    assert said.flux_lm == 5000  # what the label says stands


def test_the_age_follows_from_the_year():
    years = {1999.9: "before_2000", 2000: "2000_2014", 2015: "2015_2020", 2021: "from_2021"}
    assert {year: era_of(year) for year in years} == years
    assert era_of(float("nan")) == "unknown"
    assert generic_photometry("SHP 100", era="unknown") is generic_photometry("SHP 100")
    with pytest.raises(UnknownNameError, match="JUM-L003"):
        generic_photometry("SHP 100", "road", "1990")
