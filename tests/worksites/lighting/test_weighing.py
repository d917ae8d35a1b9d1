# SPDX-License-Identifier: EUPL-1.2
"""Re-weighting: that of the lamps computed anew, whatever stands in the way, in 32 and 16 bits."""

from __future__ import annotations

import numpy as np
import pytest
from light_twin import lopsided

from jumeau.base.errors import InvalidError
from jumeau.worksites import lighting
from jumeau.worksites.lighting import weighing, weighing_kernels

SIZE = 300


def stock(count=25, seed=0):
    """Draw lamps of two kinds over a slope with columns; one gives nothing."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    ground = 20 + 0.05 * x - 0.03 * y
    ground[40:44, 40:44] = np.nan
    dsm = np.where(rng.random(ground.shape) < 0.02, ground + 6, np.nan)
    positions = np.column_stack(
        (rng.uniform(-10, SIZE + 10, (count, 2)), rng.uniform(35, 48, count))
    )
    flux = rng.uniform(1e3, 2e4, count)
    flux[3] = 0.0
    given = {
        "bounds": (0, 0, SIZE, SIZE), "ground": ground, "dsm": dsm, "canopy": np.roll(dsm, 5),
        "transmission": 0.4, "normal": "slope", "tilt": rng.uniform(-20, 20, count),
        "azimuth": rng.uniform(0, 360, count), "radius": rng.uniform(30, 90, count),
    }  # fmt: skip
    return positions, [lopsided(1), lopsided(2)], rng.integers(0, 2, count), flux, given


@pytest.mark.parametrize(("compact", "close"), [(False, 2e-6), (True, 2.5e-4), (None, 2e-6)])
def test_equals_the_light_computed_anew(compact, close):
    positions, photometries, which, flux, given = stock()
    kept = lighting.contributions(positions, photometries, which, flux=flux, compact=compact,
                                  **given)  # fmt: skip
    rng = np.random.default_rng(5)
    for factors in (np.ones(25), rng.uniform(0, 2, 25), rng.integers(0, 2, 25), 0.3):
        ours = kept.weigh(factors)
        anew = lighting.illuminance(positions, photometries, which, flux=flux * factors, **given)
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, anew, rtol=close, atol=1e-7)
        assert np.array_equal(ours > 0, anew > 0)


def test_level_ground_without_anything_too():
    positions, photometries, which, flux, _ = stock()
    positions[:, 2] -= 30
    given = {"bounds": (0, 0, SIZE, SIZE), "flux": flux}
    anew = lighting.illuminance(positions, photometries, which, **given)
    ours = lighting.contributions(positions, photometries, which, **given).weigh()
    np.testing.assert_allclose(ours, anew, rtol=1e-5)


def test_light_is_linear_and_no_thread_changes_a_bit():
    positions, photometries, which, flux, given = stock()
    kept = lighting.contributions(positions, photometries, which, flux=flux, workers=2, **given)
    rng = np.random.default_rng(1)
    a, b = rng.uniform(0, 1, (2, 25))
    both = kept.weigh(a).astype(float) + 2 * kept.weigh(b)
    np.testing.assert_allclose(kept.weigh(a + 2 * b), both, rtol=1e-5)
    assert np.array_equal(kept.weigh(a, workers=1), kept.weigh(a, workers=3), equal_nan=True)
    alone = lighting.contributions(positions, photometries, which, flux=flux, workers=1, **given)
    assert np.array_equal(kept.weigh(a), alone.weigh(a), equal_nan=True)
    dark = kept.weigh(np.zeros(25))
    assert (dark[np.isfinite(given["ground"])] == 0).all()
    assert np.isnan(dark[~np.isfinite(given["ground"])]).all()


def test_what_is_kept_is_what_reaches():
    positions, photometries, which, flux, given = stock()
    kept = lighting.contributions(positions, photometries, which, flux=flux, **given)
    small = lighting.contributions(positions, photometries, which, flux=flux, compact=True, **given)
    disc = np.pi * (given["radius"] ** 2).sum()
    assert 0.2 * disc < kept.pairs <= disc
    assert small.pairs == kept.pairs
    assert small.nbytes < 0.6 * kept.nbytes
    assert (kept.bounds, kept.shape, kept.lamps) == ((0, 0, SIZE, SIZE), (SIZE, SIZE), 25)


def test_no_lamp_gives_dark_cells_and_unknown_ones():
    ground = np.zeros((4, 5))
    ground[0, 0] = np.nan
    kept = lighting.contributions([], [], [], bounds=(0, 0, 5, 4), ground=ground)
    e = kept.weigh([])
    assert np.isnan(e[0, 0]) and (e.ravel()[1:] == 0).all()
    assert (
        lighting.contributions([[1, 1, 3]], [lopsided(0)], 0, bounds=(0, 0, 0, 0)).weigh().size == 0
    )


def test_sixteen_bits_are_exact_to_a_quarter_of_a_thousandth():
    rng = np.random.default_rng(0)
    values = np.concatenate((10 ** rng.uniform(-8, 3, 5000), [0, 0, 1, 2, 1.9999999])).astype("f4")
    runs = np.array([[0, 0, 0, values.size]], np.int32)
    short = np.zeros(weighing_kernels.steps(runs), np.uint16)
    scale = np.empty(1, np.float32)
    weighing_kernels.shorten(values, runs, short, scale)
    out = np.empty((1, values.size), np.float32)
    weighing_kernels.weigh_short(out, short, runs, scale, np.ones(1))
    seen = values > values.max() * 2.0**-29
    assert np.abs(out[0, seen] / values[seen] - 1).max() < 2.0**-12 * 1.01
    assert np.abs(out[0] - values).max() < 2.0**-12 * values.max()
    assert (out[0, values == 0] == 0).all()


@pytest.mark.parametrize("factors", [[1.0] * 24, np.ones((25, 1)), [np.nan] * 25, "on", np.inf])
def test_bad_factors_are_refused(factors):
    positions, photometries, which, flux, given = stock()
    kept = lighting.contributions(positions, photometries, which, flux=flux, **given)
    with pytest.raises(InvalidError, match="JUM-L004"):
        kept.weigh(factors)


def test_too_many_contributions_are_refused_beforehand(monkeypatch):
    monkeypatch.setattr(weighing, "MOST", 1e5)
    positions, photometries, which, flux, given = stock()
    with pytest.raises(InvalidError, match="JUM-L052"):
        lighting.contributions(positions, photometries, which, flux=flux, **given)
