# SPDX-License-Identifier: EUPL-1.2
"""Discounting: net present value, internal rate of return and payback of yearly flows.

The first flow is at t = 0, the others one year apart. Arrays are treated along their last axis.

References
----------
ISO 15686-5:2017, life-cycle costing.
Guide de l'évaluation socioéconomique des investissements publics, France Stratégie, 2017, and its
Complément opérationnel I of 21-10-2021 (discount rate).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# Growth factors 1 + r tried for a change of sign: from a loss of 99.9 % to a gain of 99,900 % a
# year, closer together around 1, where rates of projects are.
_FACTORS = np.unique(np.concatenate([np.geomspace(1e-3, 1e3, 241), np.linspace(0.5, 2.0, 301)]))


def discount(rate: ArrayLike, years: ArrayLike) -> NDArray[np.float64]:
    """Return discount factors (1 + r)^−t.

    Parameters
    ----------
    rate : array_like
        Yearly rate, above −1.
    years : array_like
        Time [yr].
    """
    return np.asarray((1 + _rate(rate)) ** -np.asarray(years, dtype=np.float64))


def annuity(ratio: ArrayLike, years: ArrayLike) -> NDArray[np.float64]:
    """Return Σ q^t for t = 1 … n, the present value of 1 € a year.

    Parameters
    ----------
    ratio : array_like
        q > 0, the growth of the flow over the growth of money: (1 + g) / (1 + r).
    years : array_like
        n ≥ 0 [yr]; the last, incomplete year counts for its share.

    Returns
    -------
    array
        Present value [yr].

    Raises
    ------
    InvalidError
        ``JUM-D003`` for a ratio that is not positive, or years that are negative or not finite.

    Notes
    -----
    With x = ln q: Σ = (e^{nx} − 1) / (1 − e^{−x}), and n when x = 0.
    """
    q = np.asarray(ratio, dtype=np.float64)
    n = np.asarray(years, dtype=np.float64)
    if not ((q > 0).all() and np.isfinite(q).all() and (n >= 0).all() and np.isfinite(n).all()):
        raise error("JUM-D003", what="ratio, years")
    return annuity_of_log(np.log(q), n)


def annuity_of_log(x: NDArray[np.float64], years: ArrayLike) -> NDArray[np.float64]:
    """Return Σ e^{xt} for t = 1 … n; see `annuity`, whose arguments it does not check again.

    Parameters
    ----------
    x : array
        Logarithm of the ratio.
    years : array_like
        n ≥ 0 [yr].
    """
    n = np.asarray(years, dtype=np.float64)
    whole = np.floor(n)
    level = np.abs(x) < 1e-14
    safe = np.where(level, 1.0, x)
    total = np.where(level, whole, np.expm1(whole * safe) / -np.expm1(-safe))
    rest = n - whole
    return np.asarray(total + rest * np.exp((whole + 1) * x) if rest.any() else total)


def npv(flows: ArrayLike, rate: ArrayLike) -> Any:
    """Return the net present value Σ flows[t] / (1 + r)^t.

    Parameters
    ----------
    flows : (..., n) array_like
        Yearly flows, the first one at t = 0 [€].
    rate : float or (...) array_like
        Yearly discount rate, above −1.

    Returns
    -------
    float or (...) array
        Value at t = 0 [€].

    Raises
    ------
    InvalidError
        ``JUM-D001`` for flows that are empty or not finite, ``JUM-D002`` for a rate at −1 or below,
        not finite, or an array of rates that is not one per row of flows.

    Examples
    --------
    >>> round(npv([-100.0, 60.0, 60.0], 0.032), 6)
    14.476293
    """
    cash = _flows(flows)
    factors = discount(np.asarray(_rate(rate))[..., None], np.arange(cash.shape[-1]))
    try:
        total = (cash * factors).sum(axis=-1)
    except ValueError:  # neither shape extends the other
        raise error("JUM-D002", rate=str(rate)) from None
    return float(total) if total.ndim == 0 else total


def irr(flows: ArrayLike) -> Any:
    """Return the internal rate of return: the rate at which the net present value is zero.

    Found by bisection. When several rates answer, the one nearest to zero is returned: see
    `irr_flags`, and prefer the net present value then.

    Parameters
    ----------
    flows : (..., n) array_like
        Yearly flows, the first one at t = 0 [€].

    Returns
    -------
    float, None or (...) array
        Yearly rate; ``None`` (NaN in an array) when the flows do not change sign or when no rate
        between −99.9 % and +99,900 % answers.

    Raises
    ------
    InvalidError
        ``JUM-D001`` for flows that are empty or not finite.

    Examples
    --------
    >>> round(irr([-100.0, 60.0, 60.0]), 6)
    0.130662
    >>> irr([100.0, 60.0]) is None
    True
    """
    cash = _flows(flows)
    rows = cash.reshape(-1, cash.shape[-1])
    found = np.full(len(rows), np.nan)
    for start in range(0, len(rows), 1024):  # a block of the scan fits in the cache
        block = slice(start, start + 1024)
        found[block] = _irr_rows(rows[block])
    if cash.ndim == 1:
        return None if np.isnan(found[0]) else float(found[0])
    return found.reshape(cash.shape[:-1])


def irr_flags(flows: ArrayLike) -> Any:
    """Tell how many internal rates of return flows may have, by Descartes' rule of signs.

    Parameters
    ----------
    flows : (..., n) array_like
        Yearly flows [€].

    Returns
    -------
    str or (...) array of str
        ``"one"``; ``"none"`` when the flows do not change sign; ``"several"`` when they change
        more than once, so that the rate may not be unique.
    """
    cash = _flows(flows)
    signs = np.sign(cash)
    last = signs[..., 0].copy()
    changes = np.zeros(last.shape, dtype=int)
    for place in range(1, cash.shape[-1]):
        sign = signs[..., place]
        changes += (sign * last) < 0
        last = np.where(sign != 0, sign, last)
    names = np.array(["none", "one", "several"])[np.minimum(changes, 2)]
    return str(names) if cash.ndim == 1 else names


def payback(flows: ArrayLike, rate: ArrayLike = 0.0) -> Any:
    """Return the time after which the cumulated flows no longer miss the investment.

    Parameters
    ----------
    flows : (..., n) array_like
        Yearly flows, the first one at t = 0 [€].
    rate : float or (...) array_like
        Discount rate of the cumulated flows; 0 for the simple payback.

    Returns
    -------
    float, None or (...) array
        First time at which the sum reaches zero, linear within the year [yr]; 0 when nothing is
        invested; ``None`` (NaN in an array) when it never does.

    Raises
    ------
    InvalidError
        ``JUM-D001`` for flows that are empty or not finite, ``JUM-D002`` for the rate.
    """
    cash = _flows(flows)
    years = np.arange(cash.shape[-1])
    try:
        present = cash * discount(np.asarray(_rate(rate))[..., None], years)
    except ValueError:
        raise error("JUM-D002", rate=str(rate)) from None
    total = np.cumsum(present, axis=-1)
    reached = total >= -1e-12 * np.cumsum(np.abs(present), axis=-1)  # zero but for rounding
    first = np.argmax(reached, axis=-1)[..., None]
    before = np.take_along_axis(total, np.maximum(first - 1, 0), axis=-1)
    gain = np.take_along_axis(present, first, axis=-1)
    share = np.divide(-before, gain, out=np.zeros_like(before), where=gain > 0)
    time = np.where(first > 0, first - 1 + np.minimum(share, 1.0), 0.0)[..., 0]
    time = np.where(reached.any(axis=-1), time, np.nan)
    if time.ndim == 0:
        return None if np.isnan(time) else float(time)
    return time


def _flows(flows: ArrayLike) -> NDArray[np.float64]:
    try:
        cash = np.asarray(flows, dtype=np.float64)
    except (TypeError, ValueError):
        raise error("JUM-D001") from None
    if cash.ndim == 0 or cash.shape[-1] == 0 or not np.isfinite(cash).all():
        raise error("JUM-D001")
    return cash


def _rate(rate: ArrayLike) -> NDArray[np.float64]:
    try:
        values = np.asarray(rate, dtype=np.float64)
    except (TypeError, ValueError):
        raise error("JUM-D002", rate=str(rate)) from None
    if not (np.isfinite(values).all() and (values > -1).all()):
        raise error("JUM-D002", rate=str(rate))
    return values


def _sign_at(cash: NDArray[np.float64], factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sign of the net present value of rows at growth factors, without overflow.

    Horner's scheme runs on v = 1 / factor below 1, and on factor itself above, where the value is
    multiplied by factor^(n − 1), which does not change the sign.
    """
    small = factor >= 1
    ratio = np.where(small, 1 / factor, factor)
    forward, backward = np.zeros_like(factor), np.zeros_like(factor)
    for place in range(cash.shape[-1]):
        backward = backward * ratio + cash[:, -1 - place][:, None]
        forward = forward * ratio + cash[:, place][:, None]
    return np.sign(np.where(small, backward, forward))


def _irr_rows(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    scale = np.abs(rows).max(axis=1, keepdims=True)
    rows = rows / np.where(scale > 0, scale, 1.0)
    grid = np.broadcast_to(_FACTORS, (len(rows), len(_FACTORS)))
    signs = _sign_at(rows, grid)
    mixed = (rows.max(axis=1) > 0) & (rows.min(axis=1) < 0)
    turns = (signs[:, :-1] != signs[:, 1:]) & mixed[:, None]
    # Distance to a rate of zero of each interval that holds a root; the nearest one is refined.
    distance = np.where(turns, np.abs((_FACTORS[:-1] + _FACTORS[1:]) / 2 - 1), np.inf)
    place = np.argmin(distance, axis=1)
    low, high = _FACTORS[place][:, None], _FACTORS[place + 1][:, None]
    at_low = np.take_along_axis(signs, place[:, None], axis=1)
    at_high = np.take_along_axis(signs, place[:, None] + 1, axis=1)
    low, high = np.where(at_high == 0, high, low), np.where(at_low == 0, low, high)
    for _ in range(60):  # the widest interval, 1e3 · 2^−60, ends below the last digit
        middle = (low + high) / 2
        sign = _sign_at(rows, middle)
        left = sign == at_low
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    rate = ((low + high) / 2)[:, 0] - 1
    return np.where(turns.any(axis=1), rate, np.nan)
