# SPDX-License-Identifier: EUPL-1.2
"""Photometries packed for the kernel hold all their nodes."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.lighting.en13201 import tables
from jumeau.worksites.lighting.photometry import Photometry


def look(packed: tables.Packed, k: int, c: float, gamma: float) -> float:
    start, stride = packed.layout[k]
    plane, node = np.radians([c, gamma]) * packed.per_radian[k]
    i, j = int(plane), int(node)
    u, v = plane - i, node - j
    at = start + i * stride + j
    table = packed.table.astype(float)
    low = table[at] * (1 - v) + table[at + 1] * v
    high = table[at + stride] * (1 - v) + table[at + stride + 1] * v
    return float(low * (1 - u) + high * u)


def web(c: list[float], gamma: list[float], seed: int) -> Photometry:
    candela = np.random.default_rng(seed).uniform(10, 100, (len(c), len(gamma)))
    candela[-1] = candela[0]
    return Photometry(f"web{seed}", np.array(c), np.array(gamma), candela, 1000.0)


@pytest.mark.parametrize(
    ("c", "gamma"),
    [
        ([0, 90, 180, 270, 360], [0, 30, 60, 90, 180]),
        ([0, 22.5, 45, 67.5, 90, 180, 360], [0, 2.5, 5, 47.5, 90]),
        ([0, 17, 40, 210, 360], [0, 1, 9, 33, 72, 90, 120]),
        (list(np.linspace(0, 360, 38)), list(np.linspace(0, 90, 38))),
    ],
)
def test_packing_is_exact_on_even_and_on_irregular_webs(c: list[float], gamma: list[float]) -> None:
    webs = [web(c, gamma, 1), web([0, 180, 360], [0, 45, 90], 2)]
    packed = tables.pack(webs)
    rng = np.random.default_rng(3)
    for turn, polar in zip(rng.uniform(0, 360, 60), rng.uniform(0, gamma[-1], 60), strict=True):
        mine = look(packed, 0, turn, polar)
        assert mine == pytest.approx(float(webs[0].intensity(turn, polar)), rel=1e-6)
    assert look(packed, 1, 360.0, 90.0) == pytest.approx(webs[1].candela[0, 2])
    assert look(packed, 0, 360.0, 180.0) >= 0  # stays inside the table


def test_nothing_shines_beyond_the_last_gamma() -> None:
    packed = tables.pack([web([0, 180, 360], [0, 45, 90], 4)])
    assert look(packed, 0, 10.0, 136.0) == 0


def test_odd_steps_are_resampled_finely() -> None:
    photometry = web([0, 100.0003, 360], [0, 33.33333, 90], 5)
    packed = tables.pack([photometry])
    assert packed.layout[0, 1] == 720 + 2
    assert packed.table.size == (3600 + 2) * (720 + 2)
    middle = look(packed, 0, 50.0, 20.0)
    assert middle == pytest.approx(float(photometry.intensity(50.0, 20.0)), rel=1e-3)
