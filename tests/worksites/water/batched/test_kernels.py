# SPDX-License-Identifier: EUPL-1.2
"""Elimination and powers against plain linear algebra and the mathematical library."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

from jumeau.worksites.water.batched.lanes import (
    WIDTH,
    at,
    choose,
    larger,
    load,
    some,
    spread,
    store,
)
from jumeau.worksites.water.batched.linear import eliminate, substitute
from jumeau.worksites.water.batched.ordering import pattern
from jumeau.worksites.water.batched.powers import logarithm, power
from jumeau.worksites.water.batched.records import packed
from jumeau.worksites.water.batched.state import rows


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


@pytest.mark.parametrize("seed", range(12))
def test_systems_are_solved(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    first, second = network(rng, n, 2, int(rng.integers(0, 60)))
    it = pattern(n, first, second)
    assert sorted(it.row.tolist()) == list(range(n))
    k, m = len(it.below), len(first)
    p, z = rng.uniform(0.1, 10.0, (m, WIDTH)), rng.normal(size=(m, WIDTH))
    drawn, plus, more = rng.normal(size=(n + 2, WIDTH)), rows(1) + 2.0, rows(1) - 3.0
    special = np.full(n, -1, np.int32)
    special[n // 2] = 0
    matrix, side = np.zeros((WIDTH, n + 2, n + 2)), np.zeros((WIDTH, n + 2))
    for link, (a, b) in enumerate(zip(first, second, strict=True)):
        matrix[:, a, a] += p[link]
        matrix[:, b, b] += p[link]
        matrix[:, a, b] -= p[link]
        matrix[:, b, a] -= p[link]
        side[:, a] += z[link]
        side[:, b] -= z[link]
    side -= drawn.T
    node = it.node[n // 2]
    matrix[:, node, node] += 2.0
    side[:, node] -= 3.0
    expected = np.linalg.solve(matrix[:, :n, :n], side[:, :n, None])[:, :, 0].T
    factor, pivot, found, head = rows(k), rows(n), rows(n), rows(n + 2)
    wanted = np.ones((1, WIDTH))
    wanted[0, 3] = 0.0
    program = packed(it)
    eliminate(program, p, z, drawn, special, plus, more, factor, pivot, found)
    substitute(program, factor, pivot, found, head, wanted)
    np.testing.assert_allclose(found, expected[it.node], rtol=1e-8, atol=1e-10)
    np.testing.assert_array_equal(head[:n][:, 3], 0.0)
    kept = np.arange(WIDTH) != 3
    np.testing.assert_allclose(head[:n][:, kept], expected[:, kept], rtol=1e-8, atol=1e-10)


def test_branches_make_no_fill():
    first, second = np.arange(1, 50), np.arange(0, 49) // 2
    found = pattern(49, first, second)
    assert len(found.below) <= 48 and (np.diff(found.start) <= 1).all()


@njit
def _powers(x, a, out):
    for i in range(len(x)):
        store(out, i, power(load(x, i), a))


@njit
def _logarithms(x, out):
    for i in range(len(x)):
        store(out, i, logarithm(load(x, i)))


@pytest.mark.parametrize("exponent", [0.852, 1.0, 1.852, -0.9, 0.5])
def test_powers_are_those_of_the_library(exponent):
    rng = np.random.default_rng(0)
    x = np.concatenate([10.0 ** rng.uniform(-30, 8, 2000 * WIDTH - 4), [1.0, 0.5, 2.0, 1e-30]])
    x = x.reshape(-1, WIDTH)
    out = np.empty_like(x)
    _powers(x, exponent, out)
    np.testing.assert_allclose(out, x**exponent, rtol=5e-14)
    _logarithms(x, out)
    np.testing.assert_allclose(out, np.log2(x), rtol=1e-14, atol=1e-15)


@njit
def _laned(x, y, out, index):
    for k in range(len(index)):
        i = at(index, k)
        a, b = load(x, i), load(y, i)
        if some(a > 3.0):
            b = b + 1.0
        store(out, i, choose(a > 0.0, abs(a) * b - 2.0 * a, -larger(a, b) / spread(4.0)))


def test_rows_compute_lane_by_lane():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(40, WIDTH)), rng.normal(size=(40, WIDTH))
    x[7, 1] = 5.0
    out = np.full_like(x, np.nan)
    _laned(x, y, out, np.arange(39, -1, -1, dtype=np.int32))
    y = y + (x > 3.0).any(axis=1)[:, None]
    expected = np.where(x > 0.0, np.abs(x) * y - 2.0 * x, -np.maximum(x, y) / 4.0)
    np.testing.assert_allclose(out, expected, rtol=1e-14, atol=1e-15)


class Inner(NamedTuple):
    values: np.ndarray


class Outer(NamedTuple):
    whole: np.ndarray
    laned: np.ndarray
    count: int
    factor: float
    inner: Inner
    deep: np.ndarray


@njit
def _reads(it, k):
    return it.whole[k] + it.inner.values[k]


@njit
def _packed(it):
    total = 0.0
    for k in range(len(it.whole)):
        total += _reads(it, k) * it.factor + it.count * it.laned[k, 2]
        it.laned[k, 0] = k
        it.deep[1, k, 3] = total
    return total, it.laned.shape[1], it.deep.shape


def test_packed_tuples_are_read_and_written_as_their_arrays():
    it = Outer(
        np.array([4, 2, 9], np.int32), np.full((3, WIDTH), 0.5), 3, 2.5, Inner(np.arange(3.0)),
        np.zeros((2, 3, 5)),
    )  # fmt: skip
    total, lanes, deep = _packed(packed(it))
    assert (total, lanes, deep) == (18.0 * 2.5 + 4.5, WIDTH, (2, 3, 5))
    np.testing.assert_array_equal(it.laned[:, 0], [0, 1, 2])
    assert it.deep[1, 2, 3] == total and it.deep.sum() == it.deep[1, :, 3].sum()
    with pytest.raises(ValueError, match="values"):
        packed(Inner(np.zeros((4, 4)).T[::2]))
