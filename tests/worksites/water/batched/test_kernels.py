# SPDX-License-Identifier: EUPL-1.2
"""Elimination and powers against plain linear algebra and the mathematical library."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from jumeau.worksites.water.batched.linear import eliminate, substitute
from jumeau.worksites.water.batched.ordering import pattern
from jumeau.worksites.water.batched.powers import logarithm, power


def network(rng, n, known, extra):
    """Return the ends of the links of a random network whose first n nodes are unknown."""
    total = n + known
    first = np.arange(1, total)
    second = np.array([rng.integers(0, k) for k in range(1, total)])
    more = rng.integers(0, total, (extra, 2))
    more = more[more[:, 0] != more[:, 1]]
    order = rng.permutation(total)
    first, second = np.concatenate([first, more[:, 0]]), np.concatenate([second, more[:, 1]])
    return order[first].astype(np.int64), order[second].astype(np.int64)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("lanes", [1, 8, 24])
def test_systems_are_solved(seed, lanes):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    first, second = network(rng, n, 2, int(rng.integers(0, 60)))
    found = pattern(n, first, second)
    assert sorted(found.row.tolist()) == list(range(n))
    entries = len(found.below)
    entry = np.zeros((entries + n, lanes))
    matrix = np.zeros((lanes, n, n))
    for k, (a, b) in enumerate(zip(first, second, strict=True)):
        p = rng.uniform(0.1, 10.0, lanes)
        for end in (a, b):
            if end < n:
                entry[entries + found.row[end]] += p
                matrix[:, found.row[end], found.row[end]] += p
        if a < n and b < n:
            assert found.link[k] >= 0
            entry[found.link[k]] -= p
            matrix[:, found.row[a], found.row[b]] -= p
            matrix[:, found.row[b], found.row[a]] -= p
        else:
            assert found.link[k] == -1
    side = rng.normal(size=(n, lanes))
    expected = np.linalg.solve(matrix, side.T[:, :, None])[:, :, 0].T
    eliminate(entry, side, np.zeros((3, lanes)), found.start, found.below, found.target)
    substitute(entry, side, found.start, found.below)
    np.testing.assert_allclose(side, expected, rtol=1e-8, atol=1e-10)


def test_branches_make_no_fill():
    first, second = np.arange(1, 50), np.arange(0, 49) // 2
    found = pattern(49, first, second)
    assert len(found.below) <= 48 and (np.diff(found.start) <= 1).all()


@njit
def _powers(x, a, out):
    for i in range(len(x)):
        out[i] = power(x[i], a)


@njit
def _logarithms(x, out):
    for i in range(len(x)):
        out[i] = logarithm(x[i])


@pytest.mark.parametrize("exponent", [0.852, 1.0, 1.852, -0.9, 0.5])
def test_powers_are_those_of_the_library(exponent):
    rng = np.random.default_rng(0)
    x = np.concatenate([10.0 ** rng.uniform(-30, 8, 20000), [1.0, 0.5, 2.0, 1e-30]])
    out = np.empty_like(x)
    _powers(x, exponent, out)
    np.testing.assert_allclose(out, x**exponent, rtol=5e-14)
    _logarithms(x, out)
    np.testing.assert_allclose(out, np.log2(x), rtol=1e-14, atol=1e-15)
