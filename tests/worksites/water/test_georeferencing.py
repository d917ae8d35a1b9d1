# SPDX-License-Identifier: EUPL-1.2
"""Local coordinates placed by control points."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError
from jumeau.worksites import water
from jumeau.worksites.water.network import Network, frame

LOCAL = np.array([[0.0, 0.0], [1000.0, 0.0], [900.0, 700.0], [100.0, 800.0]])


def net_of():
    spots = {"A": (0.0, 0.0), "B": (300.0, 40.0), "C": (math.nan, math.nan)}
    net = Network(
        junctions=frame("junctions", {k: {"x": x, "y": y} for k, (x, y) in spots.items()}),
        reservoirs=frame("reservoirs", {"R": {"x": 5.0, "y": 6.0}}),
        pipes=frame("pipes", {"p": {"from_node": "A", "to_node": "B", "length_m": 77.0}}),
    )
    net.vertices.loc[0] = ["p", 100.0, 90.0]
    net.assets = {"hydrant": pd.DataFrame({"x": [300.0], "y": [40.0]}, index=["h"])}
    return net


def placed(local, scale, turn, shift):
    """Return places by the plain formula of a similarity."""
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    x, y = np.asarray(local, dtype=float).T
    return np.stack([c * x - s * y + shift[0], s * x + c * y + shift[1]], axis=1)


def control(local, there):
    return np.concatenate([local, there], axis=1)


@settings(max_examples=50, deadline=None)
@given(st.floats(0.2, 5.0), st.floats(-3.0, 3.0), st.floats(-1e6, 1e6), st.floats(-7e6, 7e6))
def test_an_exact_similarity_is_found_again(scale, turn, x, y):
    there = placed(LOCAL, scale, turn, (x, y))
    for kind in ("similarity", "affine"):
        out, report = water.georeference(net_of(), control(LOCAL, there), kind=kind)
        expected = placed([[300.0, 40.0]], scale, turn, (x, y))[0]
        size = max(abs(x), abs(y), 1e4) * 1e-9
        assert out.junctions.loc["B", ["x", "y"]].tolist() == pytest.approx(expected, abs=size)
        assert out.reservoirs.loc["R", ["x", "y"]].tolist() == pytest.approx(
            placed([[5.0, 6.0]], scale, turn, (x, y))[0], abs=size
        )
        assert report.measures["scale"] == pytest.approx(scale, rel=1e-6)
        assert math.radians(report.measures["rotation_deg"]) == pytest.approx(turn, abs=1e-6)
        assert out.placement_error_m < size * 10 and out.placement == "control points"


def test_bends_and_assets_follow_and_lengths_stay():
    there = placed(LOCAL, 2.0, 0.0, (1000.0, 2000.0))
    net = net_of()
    out, _ = water.georeference(net, control(LOCAL, there), crs="EPSG:2154")
    assert out.vertices[["x", "y"]].iloc[0].tolist() == pytest.approx([1200.0, 2180.0])
    assert out.assets["hydrant"].iloc[0].tolist() == pytest.approx([1600.0, 2080.0])
    assert out.pipes.loc["p", "length_m"] == 77.0 and out.crs == "EPSG:2154"
    assert math.isnan(out.junctions.loc["C", "x"])
    assert net.junctions.loc["B", "x"] == 300.0 and net.placement == ""


def test_residuals_are_those_of_least_squares():
    rng = np.random.default_rng(5)
    there = placed(LOCAL, 1.0, 0.5, (0.0, 0.0)) + rng.normal(0, 2.0, LOCAL.shape)
    out, report = water.georeference(net_of(), control(LOCAL, there))
    # The plain twin: four unknowns c, s, tx, ty.
    rows, aims = [], []
    for (x, y), (a, b) in zip(LOCAL, there, strict=True):
        rows += [[x, -y, 1, 0], [y, x, 0, 1]]
        aims += [a, b]
    fit, *_ = np.linalg.lstsq(np.array(rows), np.array(aims), rcond=None)
    gaps = (np.array(rows) @ fit - np.array(aims)).reshape(-1, 2)
    assert np.allclose(report.residuals[["dx_m", "dy_m"]], gaps)
    rms = math.sqrt((gaps**2).sum(axis=1).mean())
    assert out.placement_error_m == pytest.approx(rms) == report.measures["rms_m"]
    assert report.measures["largest_m"] == report.residuals["residual_m"].max()
    affine = water.georeference(net_of(), control(LOCAL, there), kind="affine")[1]
    assert affine.measures["rms_m"] < rms


def test_two_points_do_and_say_that_nothing_checks_them():
    there = placed(LOCAL[:2], 1.0, 1.0, (5.0, 5.0))
    _, report = water.georeference(net_of(), control(LOCAL[:2], there))
    assert report.measures["rms_m"] == pytest.approx(0.0, abs=1e-9)
    found = next(it for it in report.findings if it.code == "JUM-H121")
    assert found.data["why"]["en"] == "nothing is left to check them"
    assert "nothing is left" in str(report) or "rien ne reste" in str(report)


def test_a_mirrored_plan_is_told():
    there = placed(LOCAL * (1.0, -1.0), 1.0, 0.3, (0.0, 0.0))
    _, report = water.georeference(net_of(), control(LOCAL, there))
    assert "JUM-H122" in {it.code for it in report.findings}
    _, report = water.georeference(net_of(), control(LOCAL, there), kind="affine")
    assert report.measures["rms_m"] < 1e-6


@pytest.mark.parametrize(("points", "kind"), [
    (np.zeros((0, 4)), "similarity"),
    ([[0, 0, 1, 1]], "similarity"),
    ([[0, 0, 1, 1], [0, 0, 5, 5]], "similarity"),
    ([[0, 0, 1, 1], [9, 9, 1, 1]], "similarity"),
    ([[0, 0, 1, 1], [9, 9, math.nan, 1]], "similarity"),
    ([[0, 0, 1, 1], [9, 9, 5, 5]], "affine"),
    ([[0, 0, 1, 1], [9, 9, 5, 5], [18, 18, 9, 9]], "affine"),
    ([[0, 0, 1], [9, 9, 5]], "similarity"),
])  # fmt: skip
def test_points_that_do_not_place_a_plan_are_refused(points, kind):
    with pytest.raises(InvalidError, match="JUM-H120"):
        water.georeference(net_of(), points, kind=kind)


def test_an_unknown_kind_is_refused():
    with pytest.raises(InvalidError, match="JUM-H110"):
        water.georeference(net_of(), control(LOCAL, LOCAL), kind="conformal")
