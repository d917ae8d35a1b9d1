# SPDX-License-Identifier: EUPL-1.2
"""Symmetric linear systems of one network, many at a time: Cholesky's L·Lᵀ without any search.

A field has one row an entry and one column a scenario; a row is one vector
(:mod:`~jumeau.worksites.water.batched.lanes`). Each row is computed whole, from what its links and
the rows before bring, and is written once. Roots, divisions and products are those of EPANET, each
rounded: where a link lets so much water through that the last bit of a head is some flow, both
round it the same way.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from jumeau.worksites.water.batched.lanes import at, choose, load, root, spread, store

compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})
"""Compilation of the kernels, nothing reassociated: a scenario gets the same bits in any lane."""
as_written = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nsz"})
"""Compilation with each product and each sum rounded."""


@as_written
def eliminate(
    it: Any, p: Any, z: Any, drawn: Any, special: Any, plus: Any, more: Any,
    factor: Any, pivot: Any, side: Any,
) -> None:  # fmt: skip
    """Assemble a network's system, factorise it and substitute forward.

    The matrix has the sum of p of a node's links on the diagonal and −p beside it; the right-hand
    side, the sum of z of the links that leave less that of those that enter, less what is drawn.

    Parameters
    ----------
    it : Pattern
        Of :mod:`~jumeau.worksites.water.batched.ordering`.
    p, z : (links, S) arrays
        Terms of the links.
    drawn : (nodes, S) array
        Water drawn.
    special : (n,) int32 array
        Row of ``plus`` and ``more`` that belongs to a rank, −1 for none.
    plus, more : (…, S) arrays
        Further terms of the diagonal and of the right-hand side.
    factor, pivot, side : (k, S), (n, S), (n, S) arrays
        Receive L under its diagonal, its diagonal, and L⁻¹·b: no number from where the matrix is
        not positive.
    """
    for j in range(len(it.node)):
        diagonal, value = spread(0.0), -load(drawn, at(it.node, j))
        for a in range(at(it.out_start, j), at(it.out_start, j + 1)):
            k = at(it.out, a)
            diagonal = diagonal + load(p, k)
            value = value + load(z, k)
        for a in range(at(it.in_start, j), at(it.in_start, j + 1)):
            k = at(it.in_, a)
            diagonal = diagonal + load(p, k)
            value = value - load(z, k)
        extra = at(special, j)
        if extra >= 0:
            diagonal = diagonal + load(plus, extra)
            value = value + load(more, extra)
        for a in range(at(it.left_start, j), at(it.left_start, j + 1)):
            e = at(it.left, a)
            left = load(factor, e)
            diagonal = diagonal - left * left
            value = value - left * load(side, at(it.column, a))
        scale = root(diagonal)
        store(pivot, j, scale)
        store(side, j, value / scale)
        for e in range(at(it.start, j), at(it.start, j + 1)):
            entry = spread(0.0)
            for a in range(at(it.join_start, e), at(it.join_start, e + 1)):
                entry = entry - load(p, at(it.join, a))
            for a in range(at(it.pair_start, e), at(it.pair_start, e + 1)):
                entry = entry - load(factor, at(it.pair_a, a)) * load(factor, at(it.pair_b, a))
            store(factor, e, entry / scale)


@as_written
def substitute(it: Any, factor: Any, pivot: Any, side: Any, head: Any, wanted: Any) -> None:
    """Substitute backward: the solution, written to the heads of the scenarios wanted.

    Parameters
    ----------
    it, factor, pivot, side : Pattern, arrays
        As :func:`eliminate` left them; ``side`` receives the solution by rank.
    head : (nodes, S) array
        Receives the solution by node, …
    wanted : (1, S) array
        … where this is not 0.
    """
    wanted_here = load(wanted, 0) > 0.5
    for j in range(len(it.node) - 1, -1, -1):
        x = load(side, j)
        for e in range(at(it.start, j), at(it.start, j + 1)):
            x = x - load(factor, e) * load(side, at(it.below, e))
        x = x / load(pivot, j)
        store(side, j, x)
        node = at(it.node, j)
        store(head, node, choose(wanted_here, x, load(head, node)))
