# SPDX-License-Identifier: EUPL-1.2
"""Who is joined to no source, beside a plain search."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from jumeau.worksites.water import cut_off


@pytest.mark.parametrize("seed", range(4))
def test_parts_are_those_of_a_plain_search(seed):
    rng = np.random.default_rng(seed)
    n, m, scenarios, times = 30, 45, 37, 3
    ways = rng.integers(0, n, (m, 2))
    source = np.arange(n) >= n - 2
    able, flow = rng.random(m) < 0.5, rng.choice([0.0, 1.0], (scenarios, times, m), p=[0.3, 0.7])
    pressure = rng.normal(0.0, 40.0, (scenarios, times, n))
    asked = [rng.choice(m, rng.integers(0, 3), replace=False) for _ in range(scenarios)]
    which = np.sort(rng.choice(scenarios, 25, replace=False))
    start = np.cumsum([0, *(len(asked[k]) for k in which)])
    shut = np.concatenate([asked[k] for k in which])
    shape = (len(which), times)
    lost, first = np.zeros(shape, np.int64), np.full(shape, -1)
    beyond = np.zeros(shape, bool)
    cut_off._sweep(
        ways, able, source, flow, pressure, which, start, shut, 80.0, lost, first, beyond
    )
    for a, number in enumerate(which):
        can = able.copy()
        can[asked[number]] = True
        for row in range(times):
            open_ = ways[~((flow[number, row] == 0.0) & can)]
            graph = coo_matrix((np.ones(len(open_)), (open_[:, 0], open_[:, 1])), (n, n))
            label = connected_components(graph, directed=False)[1]
            alone = ~np.isin(label, label[source])
            assert lost[a, row] == alone.sum()
            assert first[a, row] == (np.flatnonzero(alone)[0] if alone.any() else -1)
            far = np.abs(pressure[number, row]) > 80.0
            assert beyond[a, row] == (far & ~alone).any()
    assert lost.any() and beyond.any() and not beyond.all()
