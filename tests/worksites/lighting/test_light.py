# SPDX-License-Identifier: EUPL-1.2
"""Sums of light over tiles, and the lamps that make them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from jumeau.base import grid
from jumeau.base.contract import RasterWindow
from jumeau.worksites import lighting
from jumeau.worksites.lighting import diagnosis, light
from jumeau.worksites.lighting.light import LitArea

WORKSITE = lighting.WORKSITE


def tile(values: np.ndarray, x: int = 770, y: int = 6280) -> RasterWindow:
    return RasterWindow(grid.Tile(x, y).bounds, values.astype(np.float32))


def test_cells_above_the_threshold_are_counted_by_district():
    values = np.zeros((1000, 1000))
    values[:, :500] = 2.0
    values[:100, 500:] = 1.2
    west, south, _, north = grid.Tile(770, 6280).bounds
    half = shapely.box(west, south, west + 500, north)
    corner = shapely.box(west + 500, north - 50, west + 600, north)
    area = LitArea(np.array([half, corner], object), 1.0, 0.25)
    area.add(tile(values))
    assert area.cells[0].tolist() == [500 * 1000 + 100 * 500, 500 * 1000, 50 * 100]
    assert area.cells[1].tolist() == [500 * 1000, 500 * 1000, 0]  # 1.2 lx falls below at −25 %
    assert area.cells[2].tolist() == area.cells[0].tolist()
    assert area.light / area.cells[0] == pytest.approx([(2 * 500 + 1.2 * 50) / 550, 2.0, 1.2])


def test_tiles_add_up():
    rng = np.random.default_rng(1)
    first, second = rng.uniform(0, 3, (2, 1000, 1000))
    both = LitArea(np.empty(0, object), 1.0, 0.3)
    both.add(tile(first))
    both.add(tile(second, x=771))
    expected = np.concatenate((first[first >= 1], second[second >= 1]))
    assert both.cells[0].tolist() == [expected.size]
    assert both.light[0] == pytest.approx(expected.sum(), rel=1e-6)
    assert both.cells[1] < both.cells[0] < both.cells[2]


def test_a_dark_tile_counts_nothing():
    area = LitArea(np.array([shapely.box(0, 0, 1, 1)], object), 1.0, 0.3)
    area.add(tile(np.full((1000, 1000), 0.5)))
    assert not area.cells.any() and not area.light.any()


def test_tiles_of_a_stock_are_those_of_its_lamps(village):
    given = WORKSITE.parameters()
    state = diagnosis.diagnose(village, given)
    area = LitArea(state.shapes, 1.0, 0.35)
    heard: list[float] = []
    windows = list(light.tiles(state, given, area, lambda stage, share: heard.append(share)))
    photometries, which = state.distributions
    assert heard[-1] == 1.0 and heard == sorted(heard)
    assert len(photometries) == len({item.name for item in photometries})
    assert {photometries[k].lamp_type for k in which[8:12]} == {"LED"}
    assert photometries[which[-1]].name.startswith("generic/flood/")
    positions = np.column_stack((state.park.x, state.park.y, state.done.height_m.value))
    flux = 0.8 * state.done.flux_lm.value
    for window in windows:
        dense = lighting.illuminance(
            positions, photometries, which, bounds=window.bounds, flux=flux,
            azimuth=state.attached.azimuth,
            radius=lighting.reach(positions[:, 2], photometries, which, flux=flux),
        )  # fmt: skip
        assert np.allclose(window.values, dense, rtol=1e-5)


def test_maintenance_factor_scales_the_light(village):
    def brightest(factor: float) -> float:
        given = WORKSITE.parameters().override({"lighting_maintenance_factor": factor})
        state = diagnosis.diagnose(village, given)
        area = LitArea(state.shapes, 1.0, 0.35)
        return max(float(window.values.max()) for window in light.tiles(state, given, area))

    assert brightest(1.0) == pytest.approx(brightest(0.5) * 2, rel=1e-3)


def test_relamping_by_weights_is_what_new_luminaires_would_give(village):
    """Today's tiles and those of after, against two whole computations."""
    given = WORKSITE.parameters()
    state = diagnosis.diagnose(village, given)
    area = [LitArea(state.shapes, 1.0, 0.35)]
    windows = list(light.tiles(state, given, area, after=[LitArea(state.shapes, 1.0, 0.35)]))
    found = {(item.layer, item.bounds): item.values for item in windows}
    photometries, which = state.distributions
    done = state.done
    positions = np.column_stack((state.park.x, state.park.y, done.height_m.value))
    old = done.lamp_type != "LED"
    assert old.sum() == 20
    led = [
        lighting.generic_photometry("LED", str(form), light.NEW)
        if old[k]
        else photometries[which[k]]
        for k, form in enumerate(done.form)
    ]
    flux = 0.8 * done.flux_lm.value
    lor = np.array([photometries[k].lor for k in which])
    new_lor = np.array([item.lor for item in led])
    after = np.where(old, flux * lor * given["lighting_led_use"].value / new_lor, flux)
    tile = grid.Tile(770, 6279).bounds
    part = (slice(None), slice(0, 300))
    for layer, lamps, index, lumens in (
        (light.TODAY, photometries, which, flux), (light.AFTER, led, np.arange(24), after),
    ):  # fmt: skip
        dense = lighting.illuminance(
            positions, lamps, index, bounds=tile, flux=lumens, azimuth=state.azimuth, radius=200.0
        )[part]
        ours = found[layer, tile][part]
        lit = dense > 1.0
        assert lit.sum() > 1000
        assert np.allclose(ours[lit], dense[lit], rtol=2e-2), layer  # the reach is today's
        assert ours[lit].sum() == pytest.approx(dense[lit].sum(), rel=5e-3)


def test_a_lamp_whose_light_keeps_its_shape_is_only_weighted(village):
    given = WORKSITE.parameters()
    state = diagnosis.diagnose(village, given)
    scene = light.lamps(state, given, relamped=True)
    count = len(state.park)
    again = len(scene.which) - count
    assert scene.weights[light.TODAY].tolist() == [1.0] * count + [0.0] * again
    assert scene.weights[light.AFTER][count:].tolist() == [1.0] * again
    led = state.done.lamp_type == "LED"
    assert (scene.weights[light.AFTER][:count][led] == 1.0).all()
    # what goes through a second lamp is not counted twice
    assert (scene.weights[light.AFTER][:count] == 0.0).sum() == again
