# SPDX-License-Identifier: EUPL-1.2
"""Poisson regression with a normal prior on each coefficient, over rows that come in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from jumeau.worksites.water.breaks.reading import Floats

_STEPS = 60
_PACE = 3.0  # longest step of a coefficient
_ENOUGH = 1e-3
_SPAN = (-30.0, 5.0)


class Block(NamedTuple):
    """Rows of a regression.

    Parameters
    ----------
    design : (rows, columns) array
        What explains.
    offset : (rows,) array
        Log of the expected count that is known beforehand.
    seen : (rows,) array
        Counts.
    weight : float
        Weight of each row.
    """

    design: Floats
    offset: Floats
    seen: Floats
    weight: float = 1.0


class Fit(NamedTuple):
    """Coefficients of largest posterior density, and the covariance of Laplace around them."""

    mean: Floats
    covariance: Floats


def fit(blocks: Sequence[Block], prior: Floats, precision: Floats) -> Fit:
    """Fit log-linear Poisson rates with a normal prior, by Newton's method.

    Parameters
    ----------
    blocks : sequence of Block
        Rows; the columns are the same in all.
    prior, precision : (columns,) array
        Mean and inverse variance of the prior of each coefficient.

    Returns
    -------
    Fit
        ``mean`` (columns,), ``covariance`` (columns, columns).

    Notes
    -----
    Columns that are zero throughout a block are left out of its sums.
    Maximises Σ w·(y·η − exp η) − ½ Σ λ·(β − β₀)², with η = offset + Xβ.

    References
    ----------
    McCullagh and Nelder, Generalized Linear Models, 2nd ed., 1989, §2.5.
    """
    beta = prior.astype(float).copy()
    active = [np.flatnonzero(one.design.any(axis=0)) for one in blocks]
    squares = [
        np.ascontiguousarray(one.design[:, k]) for one, k in zip(blocks, active, strict=True)
    ]
    hessian = np.diag(precision)
    for _ in range(_STEPS):
        slope = -precision * (beta - prior)
        hessian = np.diag(precision.astype(float))
        for one, k, design in zip(blocks, active, squares, strict=True):
            expected = one.weight * np.exp(np.clip(one.offset + design @ beta[k], *_SPAN))
            slope[k] += design.T @ (one.weight * one.seen - expected)
            hessian[np.ix_(k, k)] += (design * expected[:, None]).T @ design
        step = np.linalg.solve(hessian, slope)
        largest = float(np.abs(step).max(initial=0.0))
        beta += step * min(1.0, _PACE / max(largest, 1e-12))
        if largest < _ENOUGH:
            break
    return Fit(beta, np.asarray(np.linalg.inv(hessian), dtype=np.float64))


def spread(design: Floats, covariance: Floats) -> Floats:
    """Return the variance of Xβ, row by row.

    Parameters
    ----------
    design : (rows, columns) array
        Rows X.
    covariance : (columns, columns) array
        Covariance of β.
    """
    return np.asarray(np.einsum("ij,ij->i", design @ covariance, design))
