# SPDX-License-Identifier: EUPL-1.2
"""The surface that the sun meets: checked, holes and spikes told, ready for the sweeps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LOWEST, HIGHEST = -1000.0, 10_000.0
"""Altitudes between which a surface of the Earth lies [m]; beyond are marks of missing data."""
SPIKE = 30.0
"""Height above, or below, all its neighbours from which one cell is a fault of the survey [m]."""


class Measured(np.ndarray):
    """Array of results that carries what was noticed in the data behind it.

    It is a plain array in every other respect; ``findings`` is a tuple of
    :class:`~jumeau.base.findings.Finding`, empty when the surface has no fault.
    """

    findings: tuple[Finding, ...]

    def __array_finalize__(self, source: NDArray[Any] | None) -> None:
        self.findings = getattr(source, "findings", ())


def measured(values: NDArray[Any], findings: tuple[Finding, ...]) -> Measured:
    """Return an array as one that carries findings, without a copy.

    Parameters
    ----------
    values : array
        Results [their own unit].
    findings : tuple of Finding
        What was noticed in the data behind them.

    Returns
    -------
    Measured
        A view of the same values.
    """
    result = values.view(Measured)
    result.findings = findings
    return result


@dataclass(frozen=True, eq=False)
class SurfaceModel:
    """A surface and what is known of it.

    Parameters
    ----------
    z : (ny, nx) float32 array
        Altitude above the lowest cell [m]; 0 where it is not known, so that nothing hides there.
    known : (ny, nx) bool array
        Whether the cell has an altitude of its own.
    cell_size : float
        Side of a cell [m].
    findings : tuple of Finding
        Holes and spikes.
    base : float
        Altitude of the lowest cell [m].
    """

    z: NDArray[np.float32]
    known: NDArray[np.bool_]
    cell_size: float
    findings: tuple[Finding, ...]
    base: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.z.shape[0], self.z.shape[1]


def surface_model(dsm: ArrayLike | SurfaceModel, cell_size: float = 1.0) -> SurfaceModel:
    """Check a digital surface model and find its holes and spikes.

    Parameters
    ----------
    dsm : (ny, nx) array
        Altitude of what is seen from above [m], row 0 north; NaN where it is not known.
    cell_size : float
        Side of a cell [m].

    Returns
    -------
    SurfaceModel
        Heights, mask and findings: ``JUM-G086`` cells without altitude, ``JUM-G087`` spikes, which
        are taken as unknown too.

    Raises
    ------
    InvalidError
        ``JUM-G080`` when it is not made of numbers; ``JUM-G081`` when it is not a grid of at least
        one cell; ``JUM-G082`` when no cell is known; ``JUM-G083`` for altitudes that no place has;
        ``JUM-G084`` when the size of a cell is not a positive number.

    Notes
    -----
    A spike is one cell more than :data:`SPIKE` above, or below, all of its known neighbours (three
    at least): a bird, a cloud or an echo of the survey. Nothing is invented in its place.
    """
    if isinstance(dsm, SurfaceModel):
        return dsm
    given = np.asarray(dsm)
    if np.ma.isMaskedArray(dsm) and given.dtype.kind in "fiu":
        given = np.where(np.ma.getmaskarray(dsm), np.nan, given)
    if given.dtype.kind not in "fiu":
        raise error("JUM-G080", given=str(given.dtype))
    if given.ndim != 2 or not given.size:
        raise error("JUM-G081", given=" × ".join(str(n) for n in given.shape) or "0")
    size = checked_size(cell_size)
    known = ~np.isnan(given)
    if not known.any():
        raise error("JUM-G082", count=given.size)
    wrong = known & ((given < LOWEST) | (given > HIGHEST))
    if wrong.any():
        raise error("JUM-G083", count=int(wrong.sum()), example=float(given[wrong][0]))
    found = []
    if not known.all():
        holes = int(known.size - known.sum())
        found.append(finding("JUM-G086", count=holes, share=round(100 * holes / known.size, 2)))
    base = float(np.min(given, where=known, initial=HIGHEST))
    z = np.where(known, given - base, 0.0).astype(np.float32)
    spikes = _spikes(z, known)
    if spikes.any():
        row, column = (int(i) for i in np.argwhere(spikes)[0])
        count = int(spikes.sum())
        found.append(finding("JUM-G087", count=count, row=row, column=column, height=SPIKE))
        known &= ~spikes
        base += (low := float(np.min(z, where=known, initial=HIGHEST)))
        z = np.where(known, z - np.float32(low), np.float32(0.0))
    return SurfaceModel(np.ascontiguousarray(z), known, size, tuple(found), base)


def checked_size(cell_size: float) -> float:
    """Return the size of a cell as a number.

    Parameters
    ----------
    cell_size : float
        Side of a cell [m].

    Returns
    -------
    float
        The same [m].

    Raises
    ------
    InvalidError
        ``JUM-G084`` when it is not a positive number.
    """
    try:
        size = float(cell_size)
    except (TypeError, ValueError):
        size = math.nan
    if not (math.isfinite(size) and size > 0.0):
        raise error("JUM-G084", given=str(cell_size))
    return size


def _spikes(z: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the cells far above, or below, every known neighbour."""
    ny, nx = z.shape
    padded = np.pad(np.where(known, z, np.nan), 1, constant_values=np.nan)
    above = known.copy()
    below = known.copy()
    count = np.zeros(z.shape, np.int8)
    for i in range(3):
        for j in range(3):
            if i == j == 1:
                continue
            beside = padded[i : i + ny, j : j + nx]
            empty = np.isnan(beside)
            count += ~empty
            above &= empty | (z - beside > SPIKE)
            below &= empty | (beside - z > SPIKE)
    return (above | below) & (count >= 3)
