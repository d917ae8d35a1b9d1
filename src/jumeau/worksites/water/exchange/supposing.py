# SPDX-License-Identifier: EUPL-1.2
"""Roughness of pipes that no file tells: from the material, and from the age of unlined metal.

Each value is a supposition with an interval; the files of a water service hold none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.exchange import facts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ROUGHNESS_NEW_MM = 0.18
"""Height of roughness of a new metal pipe (Sharp and Walski) [mm]."""
GROWTH_MM_YEAR = 0.025
"""Growth of the roughness of unlined metal under slight attack [mm/year]."""
GROWTH_HIGH = 0.25
"""The same under appreciable attack [mm/year]."""
AGE_UNKNOWN = 40.0
"""Age supposed when no year of laying is known [years]."""
DIAMETER_UNKNOWN = 100.0
"""Diameter taken in the formula when none is known [mm]."""
LEAST, MOST = 40.0, 130.0
"""Bounds of the C of unlined metal [-]."""


def aged(age_years: ArrayLike, diameter_mm: ArrayLike, growth: float = GROWTH_MM_YEAR) -> Any:
    """Return the Hazen-Williams C of unlined metal pipes (Sharp and Walski 1988).

    Parameters
    ----------
    age_years : array
        Age [years].
    diameter_mm : array
        Inner diameter [mm].
    growth : float
        Growth of the height of roughness [mm/year].

    Returns
    -------
    array
        C [-], between :data:`LEAST` and :data:`MOST`.

    Notes
    -----
    ``C = 18.0 − 37.2 log10((e0 + a t) / D)`` with e0 = 0.18 mm.

    References
    ----------
    W. W. Sharp and T. M. Walski, Predicting internal roughness in water mains, Journal AWWA
    80(11), 1988.
    """
    height = ROUGHNESS_NEW_MM + growth * np.asarray(age_years, float)
    return np.clip(18.0 - 37.2 * np.log10(height / np.asarray(diameter_mm, float)), LEAST, MOST)


def roughness(
    materials: Sequence[object],
    installed_from: ArrayLike,
    installed_to: ArrayLike,
    diameter_mm: ArrayLike,
    year: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the supposed Hazen-Williams C of pipes with its interval.

    Parameters
    ----------
    materials : sequence of str
        Materials, in the words or codes of StaR-Eau or RAEPA; unknown ones are supposed too.
    installed_from, installed_to : arrays, shape (n,)
        First and last year in which each may have been laid, NaN where unknown [year].
    diameter_mm : array, shape (n,)
        Inner diameters, NaN where unknown [mm].
    year : int
        Year for which C is wanted [year].

    Returns
    -------
    c, low, high : arrays, shape (n,)
        Hazen-Williams C [-].
    """
    known = [facts.material(word) for word in materials]
    c = np.array([item.c for item in known], float)
    low = np.array([item.low for item in known], float)
    high = np.array([item.high for item in known], float)
    ages = np.array([item.ages for item in known], bool)
    first, last = (np.asarray(item, float) for item in (installed_from, installed_to))
    first, last = np.where(np.isnan(first), last, first), np.where(np.isnan(last), first, last)
    size = np.asarray(diameter_mm, float)
    size = np.where(size > 0, size, DIAMETER_UNKNOWN)
    oldest = np.where(np.isnan(first), 2 * AGE_UNKNOWN, np.maximum(year - first, 0.0))
    youngest = np.where(np.isnan(last), 0.0, np.maximum(year - last, 0.0))
    middle = np.where(np.isnan(first), AGE_UNKNOWN, 0.5 * (oldest + youngest))
    return (
        np.where(ages, aged(middle, size), c),
        np.where(ages, aged(oldest, size, GROWTH_HIGH), low),
        np.where(ages, aged(youngest, size), high),
    )
