# SPDX-License-Identifier: EUPL-1.2
"""What a flood engine is given and what it answers: the one protocol of all solvers.

:func:`~jumeau.worksites.climate.flooding.flood` checks the inputs, cuts time into steps, moves
culverts and keeps the ledger; an engine only advances water over a grid by one step. Engines:
``Inertial`` in :mod:`~jumeau.worksites.climate.inertial`, ``Hllc`` in
:mod:`~jumeau.worksites.climate.hllc`, and a plain NumPy one in the tests.

Row 0 is north; x grows to the east with columns. Elevations and levels are metres above
``Domain.datum``. Arrays are C-contiguous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WALL = np.float32(1e30)
"""Bed of a closed cell (NaN in the terrain, obstacle) [m]."""

CLOSED, FREE, STAGE = 0, 1, 2
"""Kinds of an outer face."""

FREE_SLOPE = 1e-4
"""Least slope of a free outer face [-]."""

ARRIVED = 0.01
"""Depth from which water has arrived [m]."""

HELD = 5e-4
"""Water thinner than this wets rough ground and stays [m]."""

GRAVITY = 9.81
"""Acceleration of gravity [m/s²]."""


class Crests(NamedTuple):
    """Walls between cells: water passes only over their crest.

    Parameters
    ----------
    row, col : (k,) int64 arrays
        Cell whose face carries the wall.
    axis : (k,) uint8 array
        0: the north face of the cell, 1: its west face; never an outer face of the domain.
    level : (k,) float32 array
        Crest [m above datum]; the face's bed is the highest of both cells' beds and the crest.
    """

    row: NDArray[np.int64]
    col: NDArray[np.int64]
    axis: NDArray[np.uint8]
    level: NDArray[np.float32]


class Domain(NamedTuple):
    """What does not change during a run.

    Parameters
    ----------
    bed : (ny, nx) float32 array
        Elevation [m above datum], 0 at the lowest open cell; ``WALL`` where closed.
    datum : float
        Lowest open elevation of the terrain [m], so that float32 keeps less than a millimetre.
    friction : (ny, nx) float32 array or float
        g·n², g in m/s² and n in s·m^(-1/3); a scalar needs no raster.
    cell : float
        Cell size [m].
    crests : Crests
        Walls between cells; empty arrays when there are none.
    """

    bed: NDArray[np.float32]
    datum: float
    friction: NDArray[np.float32] | float
    cell: float
    crests: Crests


class Sides(NamedTuple):
    """Outer faces; the same arrays during the run, whose levels are rewritten before each step.

    A ``FREE`` face lets water out at normal depth, q = √S/n·h^(5/3) (n = 0: critical, q =
    √g·h^1.5), never in; S is the bed slope of the edge cell toward the outside, (bed of its inner
    neighbour − its bed)/cell, at least ``FREE_SLOPE`` (also where the neighbour is closed or
    there is none). A ``STAGE`` face has beyond it a cell of the same bed as the edge cell, whose
    surface is the level (dry when below that bed). Faces of closed cells are ``CLOSED``.

    Parameters
    ----------
    kind_west, kind_east : (ny,) uint8 arrays
    kind_north, kind_south : (nx,) uint8 arrays
        ``CLOSED``, ``FREE`` or ``STAGE``.
    level_west, level_east : (ny,) float32 arrays
    level_north, level_south : (nx,) float32 arrays
        Surface outside [m above datum]; read where the kind is ``STAGE``.
    """

    kind_west: NDArray[np.uint8]
    kind_east: NDArray[np.uint8]
    kind_north: NDArray[np.uint8]
    kind_south: NDArray[np.uint8]
    level_west: NDArray[np.float32]
    level_east: NDArray[np.float32]
    level_north: NDArray[np.float32]
    level_south: NDArray[np.float32]


class Forcing(NamedTuple):
    """What enters and leaves during one step.

    Parameters
    ----------
    rain : float32 or (ny, nx) float32 array
        Rate ≥ 0 on open cells [m/s]; closed cells receive none.
    loss : float32 or (ny, nx) float32 array
        Infiltration capacity ≥ 0 [m/s]; takes at most the water there is.
    cells : (k,) int64 array
        Flat indices of open cells, each at most once, in growing order.
    volumes : (k,) float64 array
        Depth given to (> 0) or taken from (< 0) each of these cells in the step [m]. What is taken
        comes out of the depth at the start of the step, before the fluxes; what is given is added
        after them, so that the step stays as long as ``largest_step()`` allowed.
    imposed : (m,) int64 array
        Flat indices of open cells whose surface is imposed after the step, in growing order.
    levels : (m,) float32 array
        Their surface [m above datum]; at or below their bed: dry.
    """

    rain: np.float32 | NDArray[np.float32]
    loss: np.float32 | NDArray[np.float32]
    cells: NDArray[np.int64]
    volumes: NDArray[np.float64]
    imposed: NDArray[np.int64]
    levels: NDArray[np.float32]


class Stepped(NamedTuple):
    """What one step moved, in m³, float64.

    Parameters
    ----------
    sides : (4,) float64 array
        Net volume that entered through the west, east, north and south faces (out: < 0).
    rained, infiltrated : float
        Volumes given by the rain and taken by infiltration, both ≥ 0.
    imposed : float
        Net volume added to the cells whose surface is imposed.
    unmet : float
        Volume asked from ``Forcing.cells`` that was not there to be taken, ≥ 0.
    stable : bool
        False: something is not finite, or a level rose above what physics allows. The step does not
        count: the caller calls ``undo()`` and tries a shorter one.
    """

    sides: NDArray[np.float64]
    rained: float
    infiltrated: float
    imposed: float
    unmet: float
    stable: bool


class Engine(Protocol):
    """A solver over one domain; its answer depends neither on ``threads`` nor on ``skip``.

    Parameters
    ----------
    domain, sides
        See :class:`Domain` and :class:`Sides`; kept, not copied.
    depth : (ny, nx) float32 or float64 array
        Water at the start [m], 0 on closed cells; copied.
    threads : int
        Threads at most, ≥ 1.
    skip : bool
        Skip dry tiles (bit-identical; False computes every cell).
    """

    name: str

    def __init__(
        self,
        domain: Domain,
        sides: Sides,
        depth: NDArray[np.float32] | NDArray[np.float64],
        threads: int,
        skip: bool = True,
    ) -> None: ...

    @property
    def depth(self) -> NDArray[np.float32]:
        """(ny, nx) depth now [m]; may be a view of the state, not to be written."""
        ...

    @property
    def depth_max(self) -> NDArray[np.float32]:
        """(ny, nx) greatest depth since the start, which counts too [m]."""
        ...

    @property
    def speed_max(self) -> NDArray[np.float32]:
        """(ny, nx) greatest speed since the start [m/s]."""
        ...

    @property
    def arrival(self) -> NDArray[np.float32]:
        """(ny, nx) first time with a depth above ``ARRIVED`` [s]; NaN if never."""
        ...

    def largest_step(self) -> float:
        """Return the longest stable step from the state now [s]; inf when all is dry."""
        ...

    def step(self, dt: float, time: float, forcing: Forcing) -> Stepped:
        """Advance by ``dt`` [s]; ``time`` is that at the end of the step [s]."""
        ...

    def undo(self) -> None:
        """Restore the state before a step that answered ``stable=False``."""
        ...

    def storage(self) -> float:
        """Return the volume of water, what float32 still owes included [m³]."""
        ...

    def froude(self) -> tuple[int, int]:
        """Return how many cells are deeper than 0.05 m, and how many of them run fast.

        Fast: a Froude number above 0.8 and a surface slope |dη/dx| above 0.2.
        """
        ...

    def speed(self) -> NDArray[np.float32]:
        """Return the (ny, nx) speed now [m/s], 0 where dry."""
        ...

    def close(self) -> None:
        """Release the threads; the state can still be read."""
        ...
