# SPDX-License-Identifier: EUPL-1.2
"""Systematic displacement between two layers of footprints: mode, then median, of differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH = 25.0
"""Largest displacement looked for [m]."""
LIKE = 0.08
"""Relative difference of area under which two footprints may be the same drawing [-]."""
SAMPLE = 20_000
"""Footprints that vote, at most."""
FEWEST = 30
"""Pairs under which nothing is concluded."""
_CELL = 0.5  # m
_NEAR = 1.5  # m around the mode


class Shift(NamedTuple):
    """Displacement of a layer.

    Parameters
    ----------
    x, y : float
        Displacement of the new layer, towards the east and the north [m].
    pairs : int
        Pairs of footprints it rests on; 0 when nothing could be concluded.
    """

    x: float
    y: float
    pairs: int

    @property
    def distance(self) -> float:
        """Length of the displacement [m]."""
        return float(np.hypot(self.x, self.y))


NOWHERE = Shift(0.0, 0.0, 0)


def estimate(
    new: NDArray[np.float64],
    new_area: NDArray[np.float64],
    old: NDArray[np.float64],
    old_area: NDArray[np.float64],
) -> Shift:
    """Mode of the differences between centroids of footprints alike, refined by their median.

    Wrong pairs differ by vectors spread at random, right ones by the same vector: the fullest
    cell of the histogram of differences is the displacement.

    Parameters
    ----------
    new, old : (n, 2), (m, 2) array
        Centroids [m].
    new_area, old_area : (n,), (m,) array
        Areas of the footprints [m²].

    Returns
    -------
    Shift
        ``new`` minus ``old``.
    """
    from scipy.ndimage import uniform_filter
    from scipy.spatial import cKDTree

    if not len(new) or not len(old):
        return NOWHERE
    step = max(1, len(new) // SAMPLE)
    new, new_area = new[::step], new_area[::step]
    tree = cKDTree(old)
    near = tree.query(new, k=min(12, len(old)), distance_upper_bound=REACH)
    places = np.asarray(near[1]).reshape(len(new), -1)
    found = places < len(old)
    a = np.repeat(np.arange(len(new)), places.shape[1])[found.ravel()]
    b = places[found]
    smaller = np.minimum(new_area[a], old_area[b])
    alike = np.abs(new_area[a] - old_area[b]) <= LIKE * np.maximum(smaller, 1e-9)
    gap = new[a[alike]] - old[b[alike]]
    if len(gap) < FEWEST:
        return NOWHERE
    edges = np.arange(-REACH, REACH + _CELL, _CELL)
    votes, _, _ = np.histogram2d(gap[:, 0], gap[:, 1], bins=(edges, edges))
    smooth = uniform_filter(votes, size=3, mode="constant")
    i, j = np.unravel_index(int(np.argmax(smooth)), smooth.shape)
    middle = np.array([edges[i], edges[j]]) + _CELL / 2
    close = gap[np.hypot(*(gap - middle).T) <= _NEAR]
    # Chance alone fills a cell with its share of the disc looked into.
    expected = len(gap) * _NEAR**2 / REACH**2
    if len(close) < max(FEWEST, 3 * expected):
        return NOWHERE
    x, y = np.median(close, axis=0)
    return Shift(float(x), float(y), len(close))
