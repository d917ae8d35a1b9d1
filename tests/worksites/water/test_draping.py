# SPDX-License-Identifier: EUPL-1.2
"""Elevations from a terrain."""

from __future__ import annotations

import math

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError
from jumeau.worksites import water
from jumeau.worksites.water.draping import heights
from jumeau.worksites.water.network import Network, frame

BOUNDS = (0.0, 0.0, 40.0, 30.0)


def slope():
    """Return a plane on cells of 10 m: z = 100 + x + 2 y at their centres."""
    x, y = np.meshgrid(np.arange(5.0, 40.0, 10.0), np.arange(25.0, 0.0, -10.0))
    return 100.0 + x + 2.0 * y


def net_of(spots, **more):
    junctions = {
        f"n{k}": {"elevation_m": 7.0, "x": float(x), "y": float(y)}
        for k, (x, y) in enumerate(spots)
    }
    return Network(junctions=frame("junctions", junctions), **more)


def plain(values, x, y, bounds):
    """Return the bilinear value at a place, term by term."""
    rows, columns = values.shape
    wide, high = (bounds[2] - bounds[0]) / columns, (bounds[3] - bounds[1]) / rows
    u = min(max((x - bounds[0]) / wide - 0.5, 0.0), columns - 1.0)
    v = min(max((bounds[3] - y) / high - 0.5, 0.0), rows - 1.0)
    i, j = min(int(v), rows - 2), min(int(u), columns - 2)
    s, t = u - j, v - i
    return ((1 - s) * (1 - t) * values[i, j] + s * (1 - t) * values[i, j + 1]
            + (1 - s) * t * values[i + 1, j] + s * t * values[i + 1, j + 1])  # fmt: skip


def test_a_plane_is_found_again_less_the_depth():
    net = net_of([(12.0, 9.0), (5.0, 25.0), (33.3, 14.2)])
    out, report = water.drape(net, (slope(), BOUNDS), depth_m=1.2)
    expected = [100 + x + 2 * y - 1.2 for x, y in ((12, 9), (5, 25), (33.3, 14.2))]
    assert out.junctions["elevation_m"].tolist() == pytest.approx(expected)
    assert report.measures["covered"] == 1.0 and net.junctions["elevation_m"].eq(7.0).all()
    assert report.undo(out).junctions.equals(net.junctions)


def test_north_is_up():
    out, _ = water.drape(net_of([(5, 29), (5, 1)]), (np.array([[9.0], [1.0]]), (0, 0, 10, 30)))
    assert out.junctions["elevation_m"].tolist() == [9.0, 1.0]


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 40), st.floats(0, 30), st.integers(0, 99))
def test_bilinear_as_its_formula(x, y, seed):
    values = np.random.default_rng(seed).uniform(0, 100, (3, 4))
    ours = heights((values, BOUNDS), np.array([[x, y]]))[0]
    assert ours == pytest.approx(plain(values, x, y, BOUNDS))


def test_no_data_is_told_and_leaves_what_was():
    values = slope()
    values[:, 3] = np.nan
    net = net_of([(6.0, 9.0), (39.0, 9.0), (90.0, 9.0), (math.nan, 0.0)])
    net.junctions.loc["n2", "elevation_m"] = math.nan
    out, report = water.drape(net, (values, BOUNDS))
    assert out.junctions["elevation_m"].tolist()[1] == 7.0
    assert math.isnan(out.junctions.loc["n2", "elevation_m"])
    told = {it.code: it.entity for it in report.findings if it.code != "JUM-H117"}
    assert told["JUM-H119"] == "n2" and report.measures["covered"] == 0.25
    assert [it.entity for it in report.findings if it.code == "JUM-H118"] == ["n1", "n3"]


def test_a_gap_beside_counts_for_nothing():
    values = np.array([[10.0, np.nan]])
    assert heights((values, (0, 0, 20, 10)), np.array([[7.0, 5.0], [15.0, 5.0]])).tolist()[0] == 10
    assert math.isnan(heights((values, (0, 0, 20, 10)), np.array([[15.0, 5.0]]))[0])


class Layer:
    """A raster layer that counts its reads: z = x + y on cells of 1 m."""

    def __init__(self):
        self.reads = []

    def read(self, bounds):
        xmin, ymin = math.floor(bounds[0] - 0.5) + 0.5, math.floor(bounds[1] - 0.5) + 0.5
        xmax, ymax = math.ceil(bounds[2] + 0.5) - 0.5, math.ceil(bounds[3] + 0.5) - 0.5
        self.reads.append((xmax - xmin) * (ymax - ymin))
        x = np.arange(xmin + 0.5, xmax, 1.0)
        y = np.arange(ymax - 0.5, ymin, -1.0)
        values = (x[None, :] + y[:, None]).astype(np.float32)
        return values, Affine(1, 0, xmin, 0, -1, ymax)


def test_a_layer_is_read_by_squares_and_never_whole():
    rng = np.random.default_rng(3)
    spots = np.concatenate([rng.uniform(0, 500, (40, 2)), rng.uniform(90000, 90500, (40, 2))])
    layer = Layer()
    out, report = water.drape(net_of(spots), layer)
    expected = spots.sum(axis=1)
    assert np.allclose(out.junctions["elevation_m"], expected, atol=0.02)
    assert 2 <= len(layer.reads) <= 8 and max(layer.reads) < 3e5
    assert report.measures["covered"] == 1.0


def test_tanks_and_known_elevations():
    tanks = frame("tanks", {"T": {"elevation_m": 5.0, "x": 15.0, "y": 15.0}})
    net = net_of([(15.0, 15.0), (15.0, 15.0)], tanks=tanks)
    net.junctions.loc["n1", "elevation_m"] = math.nan
    out, _ = water.drape(net, (slope(), BOUNDS), tanks=True, only_missing=True)
    assert out.junctions["elevation_m"].tolist() == [7.0, pytest.approx(145.0)]
    assert out.tanks.loc["T", "elevation_m"] == 5.0
    out, _ = water.drape(net, (slope(), BOUNDS), tanks=True, depth_m=1.0)
    assert out.tanks.loc["T", "elevation_m"] == pytest.approx(145.0)
    assert out.junctions.loc["n0", "elevation_m"] == pytest.approx(144.0)


@pytest.mark.parametrize("more", [{"depth_m": math.nan}, {}])
def test_what_is_no_terrain_is_refused(more):
    values = slope() if more else np.zeros(4)
    with pytest.raises(InvalidError, match="JUM-H110"):
        water.drape(net_of([(1, 1)]), (values, BOUNDS), **more)
