# SPDX-License-Identifier: EUPL-1.2
"""Common random draws: the same numbers for the same driver, whatever the order of the work.

Each stream is a counter-based generator (Philox) keyed by (seed, driver, entity); draw *i* is the
counter's *i*-th value. Hence results depend neither on the order of options nor on the number of
threads.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def uniform(seed: int, driver: str, entity: str, count: int) -> NDArray[np.float64]:
    """Return draws uniform on [0, 1).

    Parameters
    ----------
    seed : int
        Seed of the run.
    driver : str
        What is uncertain, e.g. ``"electricity_price_eur_kwh"``.
    entity : str
        Whose it is; empty for a driver shared by everybody.
    count : int
        Number of draws; fewer draws are the beginning of more.

    Returns
    -------
    (count,) array
    """
    text = "\x1f".join((str(int(seed)), driver, entity)).encode()
    key = int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key)).random(count)


def stratified(seed: int, driver: str, entity: str, count: int) -> NDArray[np.float64]:
    """Return draws uniform on [0, 1), one in each of ``count`` equal slices, in random order.

    Latin hypercube sampling (McKay, Beckman and Conover, 1979): streams stay independent of one
    another, and the mean of a driver comes out right to about count^−1.5 instead of count^−0.5, so
    that a mean cost is the one that was given. See `uniform` for the parameters; here the draws
    depend on their number.
    """
    values = uniform(seed, driver, entity, 2 * count)
    order = np.argsort(values[:count], kind="stable")
    return (order + values[count:]) / count


def between(
    share: ArrayLike, mean: ArrayLike, low: ArrayLike, high: ArrayLike
) -> NDArray[np.float64]:
    """Return values of the split triangular distribution of a mean and two bounds.

    Parameters
    ----------
    share : array_like
        Probability not exceeded, in [0, 1): a uniform draw.
    mean, low, high : array_like, broadcast with ``share``
        Mean and bounds, low ≤ mean ≤ high, any unit.

    Returns
    -------
    array
        Values in the unit of the mean; all equal to it when low = mean = high.

    Raises
    ------
    InvalidError
        ``JUM-B070`` when the three numbers are not finite and in order.

    Notes
    -----
    Below the mean with probability p = (high − mean) / (high − low), above it with 1 − p; on each
    side the density falls linearly to zero at the bound. The distribution is unimodal, bounded (no
    negative cost), and its mean is exactly the one given whatever the asymmetry:
    E = mean − p·(mean − low)/3 + (1 − p)·(high − mean)/3 = mean.
    """
    u, m, a, b = np.broadcast_arrays(
        *(np.asarray(item, dtype=np.float64) for item in (share, mean, low, high))
    )
    if not (
        np.isfinite(m).all() and (a <= m).all() and (m <= b).all() and np.isfinite(b - a).all()
    ):
        raise error("JUM-B070", mean=float(m.flat[0]), low=float(a.flat[0]), high=float(b.flat[0]))
    width = b - a
    p = np.divide(b - m, width, out=np.full(m.shape, 0.5), where=width > 0)
    below = u < p
    left = np.sqrt(np.divide(u, p, out=np.ones(m.shape), where=below))
    right = np.sqrt(np.divide(1 - u, 1 - p, out=np.ones(m.shape), where=~below & (p < 1)))
    return np.where(below, m - (m - a) * (1 - left), m + (b - m) * (1 - right))
