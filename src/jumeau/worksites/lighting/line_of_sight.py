# SPDX-License-Identifier: EUPL-1.2
"""Which cells a lamp sees over buildings and through crowns: exact rays over columns.

A cell of the surface model is a column with a flat top over its whole square. The ray goes from the
head of the lamp to the centre of the cell; it is hidden when, in some cell that it crosses, it runs
lower than the top. Its first metre, its last half metre, and the column of the lamp's own cell hide
nothing: a surface model holds the mast. Nor does that column hide its own cell from that lamp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.lighting.cells import Cells, together
from jumeau.worksites.lighting.scene import Scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAR = 128
"""Height of the bands in which lamps are taken [cells]."""


@dataclass(frozen=True, eq=False)
class Obstacles:
    """Columns of a surface, with those that may hide something row by row.

    Parameters
    ----------
    height : (ny, nx) float32 array
        Tops above ``base`` [m]; very low where nothing stands.
    base : float
        Datum of the heights [m].
    starts : (ny + 1,) array
        First column of each row in what follows.
    columns : (k,) array
        Column numbers.
    tops : (k,) float32 array
        Their tops above ``base`` [m].
    inner : (k,) bool array
        Whether all columns up to two cells around stand at least as high: a ray that comes from
        farther away and from below meets those first.
    opaque : bool
        Whether what stands lets no light through, and cells under it get none.
    """

    height: NDArray[np.float32]
    base: float
    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    tops: NDArray[np.float32]
    inner: NDArray[np.bool_]
    opaque: bool

    @classmethod
    def of(
        cls, surface: NDArray[Any], base: float, floor: float, *, opaque: bool
    ) -> Obstacles | None:
        """Prepare a surface; ``None`` when nothing in it can hide anything.

        Parameters
        ----------
        surface : (ny, nx) array
            Tops [m]; NaN where nothing stands.
        base : float
            Datum [m].
        floor : float
            Height that no ray goes below: that of the lowest lamp and cell [m].
        opaque : bool
            Whether no light goes through.
        """
        from jumeau.worksites.lighting import sight_kernels

        height = np.empty(surface.shape, np.float32)
        starts = np.zeros(surface.shape[0] + 1, np.int64)
        sight_kernels.stand(surface, base, floor, height, starts)
        if not starts[-1]:
            return None
        columns = np.empty(starts[-1], np.int32)
        tops, inner = np.empty(columns.shape, np.float32), np.empty(columns.shape, np.bool_)
        sight_kernels.gather(height, floor - base, starts, columns, tops, inner)
        return cls(height, base, starts, columns, tops, inner, opaque)


def look(
    scene: Scene,
    lamps: NDArray[np.int64],
    obstacles: Sequence[Obstacles],
    cells: Cells,
    rows: tuple[int, int],
    threads: int,
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Look from lamps at the cells of a strip that they reach.

    Parameters
    ----------
    scene : Scene
        Lamps.
    lamps : (k,) array
        Those that reach the strip.
    obstacles : sequence of Obstacles
        What stands in the way; without any, everything is seen.
    cells : Cells
        Cells to light.
    rows : (int, int)
        First row of the strip, and the one after its last.
    threads : int
        Threads to use; the marks do not depend on it.

    Returns
    -------
    seen : (m,) uint8 array
        0 hidden, 1 seen, 2 seen through crowns.
    window : (n, 4) array
        Where the marks of each lamp are; see :func:`surface_kernels.fill`.
    """
    window = np.full((scene.lamp.size, 4), -1, np.int64)
    if not obstacles or not lamps.size:
        return np.empty(0, np.uint8), window
    from jumeau.worksites.lighting import sight_kernels

    cell = cells.cell
    # neighbours one after the other, in bands: what stands around them stays in the cache
    north = scene.place[lamps, 1]
    lamps = lamps[np.lexsort((scene.place[lamps, 0], north // (NEAR * cell)))]
    place = scene.place[lamps]
    x = (place[:, 0] - cells.west) / cell  # of the centre of the first cell
    y = (cells.north - place[:, 1]) / cell
    reach = place[:, 3] / cell
    count = cells.shape
    top = np.clip(np.ceil(y - reach) - 1, rows[0], rows[1]).astype(np.int64)
    bottom = np.clip(np.floor(y + reach) + 2, top, rows[1]).astype(np.int64)
    left = np.clip(np.ceil(x - reach) - 1, 0, count[1]).astype(np.int64)
    right = np.clip(np.floor(x + reach) + 2, left, count[1]).astype(np.int64)
    sizes = (bottom - top) * (right - left)
    window[lamps] = np.column_stack((np.cumsum(sizes) - sizes, top, left, right - left))
    seen = np.ones(int(sizes.sum()), np.uint8)
    high = np.zeros(scene.lamp.size, np.int64)
    high[lamps] = bottom - top
    head = np.zeros((scene.lamp.size, 4))
    head[lamps, 0] = x + cells.corner[1] + 0.5
    head[lamps, 1] = y + cells.corner[0] + 0.5
    head[lamps, 3] = reach
    for obstacle in obstacles:
        head[lamps, 2] = place[:, 2] - obstacle.base
        target = cells.targets(obstacle.base)

        def part(some: NDArray[np.int64], obstacle: Obstacles = obstacle,
                 target: NDArray[np.float32] = target) -> None:  # fmt: skip
            sight_kernels.look(
                seen, window, high, some, head, target, target.size == 1, cells.corner,
                obstacle.height, obstacle.opaque, obstacle.starts, obstacle.columns,
                obstacle.tops, obstacle.inner, cell, 0 if obstacle.opaque else 2,
            )  # fmt: skip

        pieces = np.array_split(lamps, max(1, min(lamps.size, 8 * threads)))
        together(part, pieces, threads if lamps.size > 1 else 1)
    return seen, window
