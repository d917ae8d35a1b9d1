# SPDX-License-Identifier: EUPL-1.2
"""Links found between footprints and buildings, before they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IDENTIFIER, OVERLAP = "identifier", "overlap"
"""How a link was found."""

Aliases = list[tuple["NDArray[np.int64]", str, "NDArray[np.object_]"]]
"""(rows, publisher, identifiers): names of the same buildings at other publishers."""


@dataclass
class Links:
    """Links between new footprints and known buildings.

    Parameters
    ----------
    new, old : (k,) int array
        Row of the new table, place of the building.
    method : (k,) object array
        ``identifier`` or ``overlap``.
    confidence : (k,) array
        Probability that the link is right [-].
    jaccard : (k,) array
        Intersection over union [-].
    area : (k,) array
        Area shared [m²].
    """

    new: NDArray[np.int64]
    old: NDArray[np.int64]
    method: NDArray[np.object_]
    confidence: NDArray[np.float64]
    jaccard: NDArray[np.float64]
    area: NDArray[np.float64]
