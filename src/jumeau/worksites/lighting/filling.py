# SPDX-License-Identifier: EUPL-1.2
"""A grid of cells filled by its lamps: strips seen from the lamps, then blocks, one thread each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.lighting.cells import Cells, together
from jumeau.worksites.lighting.line_of_sight import Obstacles, look
from jumeau.worksites.lighting.scene import Scene
from jumeau.worksites.lighting.surfaces import UP, Surfaces

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 256
"""Cells on the side of a block."""
STRIP = 4
"""Blocks of height that lamps look at together, at most."""
MARKS = 2**28
"""Marks of sight held at once, about; a strip is then one block high [bytes]."""


@dataclass(frozen=True, eq=False)
class Light:
    """Lamps, the cells they light, and what stands between.

    Parameters
    ----------
    scene : Scene
        Lamps.
    cells : Cells
        Cells.
    obstacles : tuple of Obstacles
        What hides light or weakens it.
    transmission : float
        Share of the light that crosses a crown.
    """

    scene: Scene
    cells: Cells
    obstacles: tuple[Obstacles, ...] = ()
    transmission: float = 0.0

    @classmethod
    def of(cls, scene: Scene, cells: Cells, given: Surfaces, transmission: float) -> Light:
        """Prepare what stands in the way.

        Parameters
        ----------
        scene, cells
            Lamps and cells.
        given : Surfaces
            Checked surfaces around the cells.
        transmission : float
            Share of the light that crosses a crown.
        """
        floor = min(cells.lowest(), float(scene.place[:, 2].min()))
        base = float(round(floor))
        found = []
        for surface, opaque in ((given.dsm, True), (given.canopy, False)):
            if surface is not None and surface.size:
                found.append(Obstacles.of(surface, base, floor, opaque=opaque))
        return cls(scene, cells, tuple(item for item in found if item is not None), transmission)

    @property
    def plain(self) -> bool:
        """Whether the kernel for level lamps over level ground is enough."""
        cells = self.cells
        return (
            self.scene.level
            and cells.ground is None
            and cells.normal == UP
            and not self.obstacles
        )  # fmt: skip

    def fill(
        self, out: NDArray[np.float32], threads: int, candidates: NDArray[np.int64] | None = None
    ) -> None:
        """Fill a grid with the illuminance of the lamps.

        Parameters
        ----------
        out : (rows, columns) float32 array
            Receives the illuminance, NaN where the ground is not known [lx].
        threads : int
            Threads; the result does not depend on it.
        candidates : (k,) array, optional
            Lamps that may reach the grid, in order; all by default.
        """
        for blocks, chosen, sight in self.strips(threads, candidates):

            def one(
                block: tuple[slice, slice],
                chosen: NDArray[np.int64] = chosen,
                sight: tuple[NDArray[np.uint8], NDArray[np.int64]] = sight,
            ) -> None:
                self.block(out[block], block, chosen, sight)

            together(one, blocks, min(threads, len(blocks)))
        part = self.cells.part()
        if part is not None:
            out[~np.isfinite(part)] = np.nan

    def strips(
        self,
        threads: int,
        candidates: NDArray[np.int64] | None = None,
        size: tuple[int, int] = (BLOCK, BLOCK),
    ) -> Iterator[
        tuple[
            list[tuple[slice, slice]], NDArray[np.int64],
            tuple[NDArray[np.uint8], NDArray[np.int64]],
        ]
    ]:  # fmt: skip
        """Yield the strips of blocks from north to south, with their lamps and what these see.

        Parameters
        ----------
        threads, candidates
            As for :meth:`fill`.
        size : (int, int)
            Rows and columns of a block.
        """
        cells, place = self.cells, self.scene.place
        rows, columns = cells.shape
        if not rows or not columns:
            return
        lamps = np.arange(self.scene.lamp.size) if candidates is None else candidates
        order = lamps[np.argsort(place[lamps, 1], kind="stable")]
        rising = place[order, 1]
        reach = float(place[lamps, 3].max()) if lamps.size else 0.0
        high = BLOCK * (1 if self._marks(lamps) > MARKS else STRIP)
        for row in range(0, rows, high):
            end = min(row + high, rows)
            top, bottom = cells.north - cells.cell * row, cells.north - cells.cell * end
            low, up = np.searchsorted(rising, (bottom - reach, top + reach))
            chosen = np.sort(order[low:up])
            chosen = self.scene.near(
                (end - row, columns), cells.west, top, cells.cell, chosen
            )  # fmt: skip
            blocks = [
                (slice(i, min(i + size[0], end)), slice(j, min(j + size[1], columns)))
                for i in range(row, end, size[0])
                for j in range(0, columns, size[1])
            ]
            yield blocks, chosen, look(self.scene, chosen, self.obstacles, cells, (row, end),
                                       threads)  # fmt: skip

    def _marks(self, lamps: NDArray[np.int64]) -> float:
        """Return about how many marks the lamps need over a whole strip."""
        wide = np.minimum(2.0 * self.scene.place[lamps, 3] / self.cells.cell, self.cells.shape[1])
        tall = np.minimum(2.0 * self.scene.place[lamps, 3] / self.cells.cell, STRIP * BLOCK)
        strips = max(1.0, self.cells.shape[0] / (STRIP * BLOCK))
        return float((wide * tall).sum()) / strips if self.obstacles else 0.0

    def block(
        self,
        out: NDArray[np.float32],
        where: tuple[slice, slice],
        chosen: NDArray[np.int64],
        sight: tuple[NDArray[np.uint8], NDArray[np.int64]],
        values: NDArray[np.float32] | None = None,
        runs: NDArray[np.int32] | None = None,
    ) -> tuple[int, int]:
        """Fill one block, or keep what each lamp gives to it.

        Parameters
        ----------
        out : (rows, columns) float32 array
            The block [lx].
        where : (slice, slice)
            Its place in the grid.
        chosen : (k,) array
            Lamps that may reach it.
        sight : (array, array)
            What they see.
        values, runs : arrays, optional
            Receive the contributions; see :func:`surface_kernels.fill`.

        Returns
        -------
        (int, int)
            Values and runs computed.
        """
        scene, cells = self.scene, self.cells
        west, north = self.corner(where)
        near = scene.near(out.shape, west, north, cells.cell, chosen)
        if self.plain and values is None:
            from jumeau.worksites.lighting import kernels

            place, turn = scene.place, scene.turn
            pairs = kernels.fill(
                out, west, north, cells.cell, near, place, cells.above, turn, scene.which,
                scene.table, scene.layout, scene.per_radian,
            )  # fmt: skip
            return pairs, 0
        from jumeau.worksites.lighting import surface_kernels

        level, base, normal = cells.block(*where)
        found: tuple[int, int] = surface_kernels.fill(
            out, west, north, cells.cell, (where[0].start, where[1].start), near, scene.place,
            scene.turn, scene.which, scene.table, scene.layout, scene.per_radian, level, base,
            normal, *sight, self.transmission,
            np.empty(0, np.float32) if values is None else values,
            np.empty((0, 4), np.int32) if runs is None else runs,
        )  # fmt: skip
        return found

    def corner(self, where: tuple[slice, slice]) -> tuple[float, float]:
        """Return the centre of the north-west cell of a block [m].

        Parameters
        ----------
        where : (slice, slice)
            Its place in the grid.
        """
        cell = self.cells.cell
        return self.cells.west + cell * where[1].start, self.cells.north - cell * where[0].start
