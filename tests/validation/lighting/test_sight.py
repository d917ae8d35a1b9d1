# SPDX-License-Identifier: EUPL-1.2
"""Towns with buildings and trees: the engine agrees with exact rays, a wrong one would not."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.validation.lighting import sight
from jumeau.validation.lighting.study import lopsided, photometry
from jumeau.worksites import lighting


@pytest.mark.parametrize("seed", [3])
@pytest.mark.parametrize("kind", sight.TOWNS)
def test_other_towns_than_those_of_the_cases_agree(kind: str, seed: int) -> None:
    found = sight.differing(sight.Town(seed, **sight.TOWNS[kind]))
    assert found["cells with another light"] == 0
    assert 0.1 < found["share of the light stopped"] < 0.9
    assert found["share of the light stopped"] == pytest.approx(
        found["share of the light stopped by exact rays"], abs=2e-3
    )


@pytest.mark.parametrize("cell", [2.0])
def test_other_cells_than_those_of_a_metre_agree(cell: float) -> None:
    town = sight.Town(4, sloping=True, trees=True, cell=cell)
    assert sight.differing(town)["cells with another light"] == 0


def test_a_surface_one_cell_off_would_fail() -> None:
    town = sight.Town(1, sloping=False, trees=True)
    exact, sure = town.exact()
    off = np.asarray(town.engine(dsm=np.roll(town.dsm, 1, axis=1)), float)
    assert ((np.abs(off - exact) > 1e-3) & sure).sum() > 20


def test_the_mast_of_a_lamp_takes_no_light_from_it() -> None:
    """The towns differ by the mast of the first lamp, which hides the others only."""
    with_mast = sight.Town(1, sloping=False, trees=False)
    without = sight.Town(1, sloping=False, trees=False, mast=False)
    assert (with_mast.positions == without.positions).all()
    assert np.nansum(with_mast.dsm) > np.nansum(without.dsm)
    flux = [1e4, 0.0, 0.0, 0.0]
    first, second = (np.asarray(town.engine(flux=flux), float) for town in (with_mast, without))
    assert first == pytest.approx(second, rel=1e-5)


def test_leaves_let_their_share_through_once() -> None:
    town = sight.Town(0, sloping=True, trees=True)
    open_, half, dark = (
        np.asarray(town.engine(dsm=None, transmission=share), float) for share in (1.0, 0.5, 0.0)
    )
    assert (dark <= half).all() and (half <= open_ * (1.0 + 1e-6)).all()
    assert half == pytest.approx(0.5 * (open_ + dark), rel=1e-4, abs=1e-6)
    assert dark.sum() < 0.97 * open_.sum()


@pytest.mark.parametrize("top", [6.0, 8.0, 8.5])
@pytest.mark.parametrize("place", [(20.5, 14.5), (20.0, 15.0), (20.9, 14.9)])
def test_a_mast_alone_in_the_surface_changes_nothing(
    place: tuple[float, float], top: float
) -> None:
    """Lower than the head, as high, higher; the lamp above the middle of its cell or aside."""
    source = photometry(lopsided(1))
    lamp, square = [[*place, 8.0]], (0.0, 0.0, 40.0, 30.0)
    surface = np.full((30, 40), np.nan)
    surface[int(30 - place[1]), int(place[0])] = top
    free, held = (
        lighting.illuminance(lamp, [source], [0], bounds=square, dsm=dsm) for dsm in (None, surface)
    )
    assert held == pytest.approx(free, rel=1e-5)


def test_a_surface_that_is_the_ground_hides_nothing() -> None:
    """The same altitudes given twice, in double precision, far from a multiple of a metre."""
    source = photometry(lopsided(2))
    rng = np.random.default_rng(0)
    ground = 731.234567 + rng.uniform(0.0, 1e-3, (30, 40))
    lamp, square = [[20.2, 15.1, 738.0]], (0.0, 0.0, 40.0, 30.0)
    free, held = (
        lighting.illuminance(lamp, [source], [0], bounds=square, ground=ground, dsm=dsm)
        for dsm in (None, ground)
    )
    assert held == pytest.approx(free, rel=1e-5)
