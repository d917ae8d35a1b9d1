# SPDX-License-Identifier: EUPL-1.2
"""Roughness supposed from material and age, and the words of materials."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jumeau.worksites.water.exchange import facts, supposing

NAN = float("nan")


def test_the_formula_of_sharp_and_walski():
    # C = 18 - 37.2 log10((0.18 + 0.025 t) / D), by hand for 60 years and 150 mm.
    by_hand = 18.0 - 37.2 * math.log10((0.18 + 0.025 * 60.0) / 150.0)
    assert supposing.aged(60.0, 150.0) == pytest.approx(by_hand, abs=1e-12)
    ages = supposing.aged(np.arange(0.0, 120.0, 5.0), 100.0)
    assert (np.diff(ages) < 0.0).all() and supposing.LEAST <= ages.min() <= ages.max()
    assert supposing.aged(0.0, 5000.0) == supposing.MOST


def test_each_pipe_has_a_value_within_its_interval():
    words = [item.stareau for item in facts.materials().values()]
    for first, last in (
        (NAN, NAN),
        (1950.0, NAN),
        (NAN, 1990.0),
        (1920.0, 1960.0),
        (2050.0, 2060.0),
    ):
        many = [np.full(len(words), it) for it in (first, last, 100.0)]
        c, low, high = supposing.roughness(words, *many, 2026)
        assert (low <= c).all() and (c <= high).all()
        assert (low >= supposing.LEAST).all() and (high <= 150.0).all()


def test_old_unlined_iron_is_rougher_than_plastic_and_than_new_iron():
    c, _, _ = supposing.roughness(
        ["Fonte grise", "fg", "PVC BO", "Fonte ductile"],
        [1930.0, 2020.0, 1930.0, NAN],
        [1930.0, 2020.0, 1930.0, NAN],
        [100.0, 100.0, 100.0, NAN],
        2026,
    )
    assert c[0] < c[1] < c[2] and c[3] == 130.0


@pytest.mark.parametrize(
    ("word", "code", "raepa"),
    [
        ("fd", "fd", "11"), ("Fonte ductile", "fd", "11"), ("FONTE DUCTILE", "fd", "11"),
        ("PVC ancien", "pvc", "24"), ("Amiante-ciment", "amci", "02"), ("", "nr", "00"),
        (None, "nr", "00"), (NAN, "nr", "00"), ("kryptonite", "nr", "00"),
        ("PEHD lisse", "pehd", "18"),
    ],
)  # fmt: skip
def test_words_of_both_standards_are_one_material(word: object, code: str, raepa: str):
    assert facts.material(word).stareau == code
    assert facts.raepa_code(word) == raepa


def test_every_material_has_codes_that_are_legal():
    lists = facts.codes("stareau")["com_materiau"], facts.codes("raepa")["materiau"]
    assert set(facts.materials()) == set(lists[0])
    assert {item.raepa for item in facts.materials().values()} <= set(lists[1])
    for item in facts.materials().values():
        assert item.low <= item.c <= item.high and item.source
