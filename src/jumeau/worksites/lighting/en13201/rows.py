# SPDX-License-Identifier: EUPL-1.2
"""Rows of lamps along a street: masts, sides, spacing by medians, arrangement."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.worksites.lighting.en13201.stretches import Stretch

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 3
"""Places of lamps below which no spacing can be read."""
UNEVEN = 0.25
"""Relative spread of the gaps of a row above which it is not regular."""
_MAST = 1.5
"""Lamps closer than this stand on one mast [m]."""
_BESIDE = 3.0
"""Places of a row closer than this are not two of its lamps [m]."""
_AXIS = 0.12
"""Places within this share of the width from the axis, or 0.75 m, stand on it."""


class Places(NamedTuple):
    """Masts along a stretch, in the order of their stations; arrays of n."""

    along: NDArray[np.float64]
    """Station [m]."""
    across: NDArray[np.float64]
    """Distance from the line, positive on its left [m]."""
    heads: NDArray[np.int64]
    """Lamps on the mast."""
    lamp: NDArray[np.int64]
    """The strongest of them: index among the lamps attached to the street."""


class Rows(NamedTuple):
    """Rows of a street."""

    arrangement: str
    side: str
    """``left`` or ``right`` of the line, ``both``, or ``axis``."""
    spacing: float
    """Distance between lamps of a row [m]."""
    spread: float
    """Relative spread of the gaps, 1.48 times their median deviation."""
    gaps: int
    """Gaps that were read."""
    offset: float
    """Distance of the places from the line [m]."""
    lamps: NDArray[np.int64]
    """Lamps of the rows: indices among those attached to the street."""


def places(stretch: Stretch, flux: NDArray[np.float64]) -> Places:
    """Gather the lamps of a stretch by mast.

    Parameters
    ----------
    stretch : Stretch
        Lamps along the street.
    flux : (n,) array
        Flux of the lamps attached to the street [lm].
    """
    along, across = stretch.along, stretch.across
    mast = np.full(along.size, -1, np.int64)
    count = 0
    for k in range(along.size):  # by rising station: masts to join are the last ones
        for j in range(k - 1, -1, -1):
            if along[k] - along[j] > _MAST:
                break
            if np.hypot(along[k] - along[j], across[k] - across[j]) <= _MAST:
                mast[k] = mast[j]
                break
        if mast[k] < 0:
            mast[k], count = count, count + 1
    heads = np.bincount(mast, minlength=count)
    strongest = np.empty(count, np.int64)
    for k in np.argsort(flux[stretch.lamps], kind="stable"):
        strongest[mast[k]] = k
    total = np.maximum(heads, 1)
    return Places(
        np.bincount(mast, along, count) / total,
        np.bincount(mast, across, count) / total,
        heads,
        stretch.lamps[strongest],
    )


def read(found: Places, width: float) -> Rows | None:
    """Read rows from places.

    Parameters
    ----------
    found : Places
        Masts.
    width : float
        Width of the carriageway [m].

    Returns
    -------
    Rows or None
        ``None`` when no row holds enough of them.
    """
    axis = np.abs(found.across) <= max(0.75, _AXIS * width)
    if axis.sum() >= max(LEAST, 0.6 * axis.size):
        kept = _apart(found, np.flatnonzero(axis))
        if kept.size < LEAST:
            return None
        kind = "twin" if np.median(found.heads[kept]) >= 2 else "single"
        return Rows(kind, "axis", *_spacing([found.along[kept]]), 0.0, found.lamp[kept])
    left = _apart(found, np.flatnonzero(~axis & (found.across > 0)))
    right = _apart(found, np.flatnonzero(~axis & (found.across < 0)))
    less, more = sorted((left, right), key=len)
    if less.size >= max(2, 0.3 * more.size):
        spacing, spread, gaps = _spacing([found.along[less], found.along[more]])
        near = np.abs(found.along[less][:, None] - found.along[more]).min(axis=1)
        kind = "opposite" if np.median(near) < 0.25 * spacing else "staggered"
        offset = float(np.mean([np.median(np.abs(found.across[row])) for row in (left, right)]))
        kept = np.concatenate((less, more))
        return Rows(kind, "both", spacing, spread, gaps, offset, found.lamp[kept])
    if more.size < LEAST:
        return None
    offset = float(np.median(np.abs(found.across[more])))
    side = "left" if found.across[more[0]] > 0 else "right"
    return Rows("single", side, *_spacing([found.along[more]]), offset, found.lamp[more])


def _apart(found: Places, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leave out places that stand beside the one before them."""
    row = row[np.argsort(found.along[row], kind="stable")]
    return row[np.diff(found.along[row], prepend=-np.inf) > _BESIDE]


def _spacing(rows: list[NDArray[np.float64]]) -> tuple[float, float, int]:
    """Return the spacing, its relative spread and the number of gaps it rests on."""
    apart = [np.diff(row) for row in rows]
    gaps = np.concatenate(apart)
    middle = float(np.median(gaps))
    times = np.maximum(np.rint(gaps / middle), 1.0)
    whole = np.abs(gaps - times * middle) <= 0.25 * middle
    single = np.where(whole & (times <= 3), gaps / times, gaps)  # a lamp or two missing
    spacing = float(np.median(single))
    spread = 1.4826 * float(np.median(np.abs(single - spacing))) / spacing
    if len(apart) == 2:  # rows of different spacings make no arrangement
        first, second = (float(np.median(row)) for row in apart)
        ratio = max(first, second) / min(first, second)
        if abs(ratio - round(ratio)) > 0.35 or ratio > 2.5:
            spread = max(spread, ratio - 1.0)
    return spacing, spread, gaps.size
