# SPDX-License-Identifier: EUPL-1.2
"""Terrain: what holds of every surface, whatever its blocks, its type and its holes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jumeau.ground.terrain import fill, flow_accumulation, flow_directions

HEIGHTS = st.one_of(st.integers(-3, 3).map(float), st.floats(-50, 50, width=32), st.just(np.nan))
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=14)
SURFACES = st.sampled_from([np.float32, np.float64]).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=2, max_dims=2, max_side=14), elements=HEIGHTS
    )
)


@settings(max_examples=60, deadline=None)
@given(SURFACES, st.integers(1, 15))
def test_blocks_change_nothing(z, side):
    for function in (fill, flow_directions, flow_accumulation):
        np.testing.assert_array_equal(function(z, side=side), function(z))


@settings(max_examples=60, deadline=None)
@given(SURFACES)
def test_filling_is_a_closure(z):
    """It never lowers, leaves a filled surface as it is, and keeps the order of two surfaces."""
    filled, here = fill(z), ~np.isnan(z)
    assert (filled[here] >= z[here]).all()
    np.testing.assert_array_equal(np.isnan(filled), ~here)
    np.testing.assert_array_equal(fill(filled), filled)
    assert (fill(z + z.dtype.type(1))[here] >= filled[here]).all()


@settings(max_examples=60, deadline=None)
@given(SURFACES)
def test_every_cell_reaches_one_outlet(z):
    cells, code = flow_accumulation(z), flow_directions(z)
    assert cells[code == 0].sum() == np.count_nonzero(~np.isnan(z))
    np.testing.assert_array_equal(code == 247, np.isnan(z))
    np.testing.assert_array_equal(cells == 0, np.isnan(z))
