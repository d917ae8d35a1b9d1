# SPDX-License-Identifier: EUPL-1.2
"""How footprints and buildings correspond: one for one, several for one, one for several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RELATIONS = np.array(["1:1", "1:n", "n:1", "n:n"], dtype=object)


def of(
    new: NDArray[np.int64], old: NDArray[np.int64], count_new: int, count_old: int
) -> NDArray[np.object_]:
    """Return the relation of each link, from the connected components of their graph.

    Parameters
    ----------
    new, old : (k,) int array
        Footprint and building of each link.
    count_new, count_old : int
        Footprints and buildings in all.

    Returns
    -------
    (k,) object array
        ``"1:1"``; ``"1:n"`` one footprint for several buildings; ``"n:1"`` the footprint is a
        part of the building; ``"n:n"``.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if not len(new):
        return np.empty(0, object)
    size = count_new + count_old
    edges = coo_matrix((np.ones(len(new), np.int8), (new, old + count_new)), shape=(size, size))
    _, label = connected_components(edges, directed=False)
    footprints = np.bincount(label[:count_new], minlength=label.max() + 1)
    buildings = np.bincount(label[count_new:], minlength=label.max() + 1)
    which = label[new]
    many_new, many_old = footprints[which] > 1, buildings[which] > 1
    return np.asarray(RELATIONS[many_old.astype(int) + 2 * many_new.astype(int)])
