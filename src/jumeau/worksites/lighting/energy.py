# SPDX-License-Identifier: EUPL-1.2
"""Sums over lamps with honest intervals, and the energy they use.

Errors of estimates have an independent part, which averages out over many lamps, and a part that
all lamps estimated alike share, which does not:

    half-width² = Σ (individual half-width)² + (Σ common · value)²
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Items(NamedTuple):
    """A quantity lamp by lamp, with what is known of its errors; arrays of n.

    ``value``, and ``low`` and ``high``, the 5–95 % interval of each item alone; ``common``, the
    relative half-width of the error shared with the other items; ``estimated``, which items are
    estimates.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    common: NDArray[np.float64]
    estimated: NDArray[np.bool_]

    def times(self, factor: ArrayLike) -> Items:
        """Return the items multiplied by exact factors."""
        by = np.asarray(factor, np.float64)
        return self._replace(value=self.value * by, low=self.low * by, high=self.high * by)


def facts(value: ArrayLike) -> Items:
    """Return items known without error."""
    exact = np.asarray(value, np.float64)
    return Items(exact, exact, exact, np.zeros(exact.shape), np.zeros(exact.shape, bool))


@dataclass(frozen=True)
class Totals:
    """Sums by group, with 5–95 % intervals; arrays of g.

    Parameters
    ----------
    value, low, high : (g,) arrays
        Sums, unit of the items.
    estimated_share : (g,) array
        Share of the sum that rests on estimates, 0 to 1.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    estimated_share: NDArray[np.float64]


def totals(
    group: NDArray[np.int64],
    groups: int,
    items: Items,
    shared: tuple[ArrayLike, ArrayLike] = (0.0, 0.0),
) -> Totals:
    """Sum items by group with the interval that their errors leave.

    Parameters
    ----------
    group : (n,) array of int
        Group of each item, from 0; negative for none.
    groups : int
        Number of groups.
    items : Items
        What is summed.
    shared : (below, above), each float or (n,) array
        Relative half-widths of an error that all items share, estimates or not.

    Returns
    -------
    Totals
    """
    inside = group >= 0
    value = items.value

    def add(parts: ArrayLike) -> NDArray[np.float64]:
        spread = np.broadcast_to(np.asarray(parts, np.float64), value.shape)
        return np.bincount(group[inside], spread[inside], groups).astype(np.float64)

    total, together = add(value), add(items.common * value)
    shared_low, shared_high = (add(np.asarray(part) * value) for part in shared)
    below = np.sqrt(add((value - items.low) ** 2) + together**2 + shared_low**2)
    above = np.sqrt(add((items.high - value) ** 2) + together**2 + shared_high**2)
    rests = add(np.where(items.estimated, value, 0.0))
    share = np.divide(rests, total, out=np.zeros_like(total), where=total > 0)
    return Totals(total, np.maximum(total - below, 0.0), total + above, share)


def annual_energy(power_w: Items, equivalent_hours: ArrayLike) -> Items:
    """Return the electricity used in a year, E = P · t / 1000.

    Parameters
    ----------
    power_w : Items
        Power of lamp and gear [W].
    equivalent_hours : float or (n,) array_like
        Hours at full power [h/yr].

    Returns
    -------
    Items
        Electricity [kWh/yr].

    References
    ----------
    EN 13201-5:2015, annual energy consumption, with one operating profile.
    """
    return power_w.times(np.asarray(equivalent_hours, np.float64) / 1000.0)
