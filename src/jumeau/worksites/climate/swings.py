# SPDX-License-Identifier: EUPL-1.2
"""Does an oscillation grow? Depths that rise and fall in turn, each step by more than the last.

The shortest wave that a grid holds takes more than three stable steps. A depth whose change takes
the other sign at every step is the mark of a step that is too long, and where it also grows it is
not left to grow. One eighth of the rows is watched at a time, as long as something in it swings,
then the next eighth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.climate.tiles import exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHANGES = 9
"""Changes of a depth in a row that make an oscillation, each of another sign and greater."""

GROWTH = np.float32(1.02)
"""Least ratio of a change to the one before."""

SEEN = np.float32(1e-3)
"""Smaller changes are no fault yet [m]."""

CELLS = 2
"""Cells that oscillate together, since what one gives another takes."""

PART, LEAST = 8, 65_536
"""Parts in which a domain is watched in turn; cells of a part, at least."""


@exact
def _follow(depth: Any, last: Any, change: Any, first: bool) -> tuple[int, int]:
    # Cells that still swing, and those of them that are seen; the others have a change of 0.
    left = seen = 0
    for j in range(depth.shape[0]):
        for i in range(depth.shape[1]):
            now, before = depth[j, i] - last[j, i], change[j, i]
            swings = first | ((now * before < 0.0) & (abs(now) >= GROWTH * abs(before)))
            now = now if swings else np.float32(0.0)
            last[j, i] = depth[j, i]
            change[j, i] = now
            left += now != 0.0
            seen += abs(now) > SEEN
    return left, seen


class Swings:
    """Watches the depths of a run, step after step.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the domain.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        ny, nx = shape
        self._rows = max(-(-ny // PART), min(ny, -(-LEAST // nx)))
        self._begin, self._ny = 0, ny
        self._last = np.zeros((self._rows, nx), np.float32)
        self._change = np.zeros((self._rows, nx), np.float32)
        self._count = -1

    def grow(self, depth: NDArray[np.float32]) -> bool:
        """Return whether an oscillation has been growing up to this step.

        Parameters
        ----------
        depth : (ny, nx) float32 array
            Depth after the step [m].
        """
        part = depth[self._begin : self._begin + self._rows]
        last, change = self._last[: part.shape[0]], self._change[: part.shape[0]]
        if self._count < 0:
            last[:] = part
            self._count = 0
            return False
        left, seen = _follow(part, last, change, self._count == 0)
        self._count += 1
        if left >= CELLS and self._count < CHANGES:
            return False
        found = self._count == CHANGES and seen >= CELLS
        self.restart()
        return bool(found)

    def restart(self) -> None:
        """Begin again with the next part: what comes is no longer what was."""
        self._count = -1
        self._begin = self._begin + self._rows if self._begin + self._rows < self._ny else 0
