# SPDX-License-Identifier: EUPL-1.2
"""Lamp families, nominal lamps and labels."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import UnknownNameError
from jumeau.worksites.lighting import lamps


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("SHP 150", ("HPS", 150, None, None)),
        ("SOHP-150W", ("HPS", 150, None, None)),
        ("shp70", ("HPS", 70, None, None)),
        ("100 W SHP", ("HPS", 100, None, None)),
        ("Lampe sodium haute pression existante", ("HPS", None, None, None)),
        ("High pressure sodium 70 W", ("HPS", 70, None, None)),
        ("SHP 700", ("HPS", 700, None, None)),
        ("SBP 90", ("LPS", 90, None, None)),
        ("Sodium basse pression 35W", ("LPS", 35, None, None)),
        ("LED 36W 3000K", ("LED", 36, 3000, None)),
        ("LED 36W/730", ("LED", 36, 3000, None)),
        ("LED 730 36W", ("LED", 36, 3000, None)),
        ("LED 4000 K 55 W 6000lm", ("LED", 55, 4000, 6000)),
        ("LED 24 leds 700mA 54,5W", ("LED", 54.5, None, None)),
        ("Diodes Electroluminescentes", ("LED", None, None, None)),
        ("IM 70W 830", ("MH", 70, 3000, None)),
        ("Lampe à iodures métalliques", ("MH", None, None, None)),
        ("MH150", ("MH", 150, None, None)),
        ("CPO-TW 60W/728", ("CMH", 60, 2800, None)),
        ("Lampe Cosmopolis", ("CMH", None, None, None)),
        ("BF 125", ("HPM", 125, None, None)),
        ("Lampe ballon fluorescent", ("HPM", None, None, None)),
        ("Vapeur de mercure 80 W", ("HPM", 80, None, None)),
        ("Tube fluorescent 2x36W", ("FL", 72, None, None)),
        ("T5 54W", ("FL", 54, None, None)),
        ("Fluo compacte 26W", ("CFL", 26, None, None)),
        ("Lampe induction", ("IND", None, None, None)),
        ("QL85", ("IND", 85, None, None)),
        ("Halogène 300 W", ("HAL", 300, None, None)),
        ("INC 75", ("INC", 75, None, None)),
        ("Lampe mixte", ("OTHER", None, None, None)),
        ("728", (None, None, 2800, None)),
        ("S.H.P. 150", ("HPS", 150, None, None)),
        ("I.M. 70 W", ("MH", 70, None, None)),
        ("LED 22 W 2 200 K", ("LED", 22, 2200, None)),
        ("LED 36W 4 200 lm", ("LED", 36, None, 4200)),
        ("LED 4,200 lm 2,700K", ("LED", None, 2700, 4200)),
        ("LED 12.500 lumens 90W", ("LED", 90, None, 12500)),
        ("Lanterne 48 LEDs 500 mA", ("LED", None, None, None)),
        ("LED 32 leds 350mA 36 W", ("LED", 36, None, None)),
        ("Tube 2 x 58 W", ("FL", 116, None, None)),
        ("CDM-T 150W/830", ("CMH", 150, 3000, None)),
        ("LED 0 W", ("LED", None, None, None)),
        ("SHP 99999999W", ("HPS", None, None, None)),
        ("LED 90 000 K 36W", ("LED", 36, None, None)),
        ("1SONT100", ("HPS", 100, None, None)),
        ("1xSON-T150W", ("HPS", 150, None, None)),
        ("SON-TPP 250W", ("HPS", 250, None, None)),
        ("1PLL24", ("CFL", 24, None, None)),
        ("HIT-CE 70W", ("CMH", 70, None, None)),
        ("DULUX L LUMIL.24W/31", ("CFL", 24, None, None)),
        ("LED-Z42190090  29C5W", ("LED", None, None, None)),
        ("LED 3000K36W", ("LED", 36, 3000, None)),
        ("Plot de jalonnement", (None, None, None, None)),
        ("", (None, None, None, None)),
    ],
)
def test_labels_are_read(label, expected):
    assert tuple(lamps.parse(label)) == expected


def test_unknown_label_is_refused_with_a_suggestion():
    with pytest.raises(UnknownNameError, match="JUM-L001") as caught:
        lamps.identify("SPH 150")
    assert caught.value.data["suggestion"] == "SHP"


def test_every_code_names_itself():
    for code in lamps.types():
        assert lamps.identify(code).lamp_type == code


def test_colour_codes_become_kelvins():
    assert [lamps.colour_temperature(v) for v in (728, 830, 3000, 2700, 965)] == [
        2800, 3000, 3000, 2700, 6500,
    ]  # fmt: skip


def test_flux_and_gear_pass_through_nominal_lamps():
    assert lamps.flux("HPS", [70, 150, 250]) == pytest.approx([6600, 16500, 32000])
    assert lamps.total_power("HPM", 125) == pytest.approx(139)
    between = lamps.flux("HPS", [100, 120, 150])
    assert between[0] < between[1] < between[2]
    assert lamps.flux("HPS", 2000) == pytest.approx(2 * 130000)
    assert lamps.flux("LED", 36) == pytest.approx(36 * lamps.types()["LED"].efficacy_lm_w)


@pytest.mark.parametrize("code", list(lamps.types()))
def test_gear_is_undone_and_figures_are_ordered(code):
    watts = np.geomspace(5, 2000, 50)
    total = lamps.total_power(code, watts)
    assert lamps.lamp_power(code, total) == pytest.approx(watts)
    assert (total >= watts).all()
    assert (lamps.flux(code, 2 * watts) > 1.3 * lamps.flux(code, watts)).all()
    family = lamps.types()[code]
    assert family.efficacy_low < family.efficacy_lm_w < family.efficacy_high
    assert family.gear_low <= family.gear <= family.gear_high
    assert family.lor_low < family.lor <= family.lor_high <= 1
    assert 0 <= family.ulr < family.ulr_high < 1
    assert family.source and family.confidence in ("high", "medium", "low")


def test_nominal_powers_are_told_from_totals():
    assert lamps.is_nominal("HPS", [70, 81, 150, 166]).tolist() == [True, False, True, False]
    assert not lamps.is_nominal("LED", [36, 50]).any()
