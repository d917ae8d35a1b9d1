# SPDX-License-Identifier: EUPL-1.2
"""In which CRS a file is, from what it declares and from where its coordinates fall.

A declared CRS is believed while most points fall on the territory's land. Axes written in the
wrong order are put right. A missing CRS is guessed from the coordinates, and said so. A CRS that
the coordinates contradict is refused: the user decides, with the command at hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs as systems
from jumeau.base.contract import Bounds
from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

SAMPLE = 5000
ENOUGH = 0.5
NEAR = 20_000.0
"""Distance around the expected area within which a guess is believed [m]."""


@dataclass(frozen=True)
class Place:
    """CRS of a file and the order of its axes.

    Parameters
    ----------
    crs : str
        ``EPSG:n``, or the declared text when it has no code.
    swapped : bool
        Whether the second coordinate comes first.
    findings : list of Finding
        What was supposed or put right.
    """

    crs: str
    swapped: bool = False
    findings: list[Finding] = field(default_factory=list)


def sample_wkb(geometry: pa.ChunkedArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the centres of some geometries, taken evenly.

    Returns
    -------
    x, y : float64 arrays
        As written in the file; empty and unreadable geometries left out.
    """
    import shapely

    step = max(1, len(geometry) // SAMPLE)
    places = np.arange(0, len(geometry), step)
    wkb = geometry.take(places).to_numpy(zero_copy_only=False) if len(geometry) else np.array([])
    found = shapely.from_wkb(wkb, on_invalid="ignore")
    return centres(found)


def centres(geometries: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the centres of the bounds of geometries, missing and empty ones left out."""
    import shapely

    box = shapely.bounds(geometries).reshape(-1, 4)
    box = box[np.isfinite(box).all(axis=1)]
    return (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2


def settle(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    declared: Any,
    territory: str,
    table: str,
    file: str,
    given: str | None = None,
    implicit: bool = False,
    columns: tuple[str, ...] = (),
    area: Bounds | None = None,
) -> Place:
    """Decide in which CRS coordinates are.

    Parameters
    ----------
    x, y : float64 arrays
        Coordinates of a sample, as written.
    declared : Any
        CRS that the file declares, or ``None``.
    territory : str
        CRS of the territory.
    table, file : str
        For the messages.
    given : str, optional
        CRS given by the user, which replaces the declared one.
    implicit : bool
        Whether ``declared`` is only the default of the format.
    columns : tuple of str
        Columns that hold the coordinates, where the file has no geometry of its own.
    area : tuple of 4 float, optional
        Where data are expected, in the territory's CRS [m]: settles a guess between systems.

    Raises
    ------
    InvalidError
        ``JUM-S008`` no CRS and none fits, or several do; ``JUM-S009`` most points fall elsewhere
        unless read in another CRS, ``JUM-S026`` whatever the CRS; ``JUM-S010`` the CRS given
        cannot be read.
    """
    told: Any = given if given else declared
    code = systems.resolve(told)
    if given and code is None:
        raise error("JUM-S010", crs=given, file=file)
    found: list[Finding] = []
    if code is None and told is not None and not implicit:
        code = _unnamed(told, x, y, territory)
    if not x.size:
        return Place(code or territory)
    if code is None or (implicit and not given and not _fits(x, y, code, territory)):
        guesses = _guesses(x, y, territory, area)
        return _guessed(guesses, territory, table, file, columns, implicit=implicit, x=x, y=y)
    if _fits(x, y, code, territory):
        plain = str(told).upper() in {code, "OGC:CRS84"} or _has_code(told)
        if not given and not plain:
            found.append(finding("JUM-S107", table, file, crs=code))
        return Place(code, False, found)
    if systems.looks_swapped(x, y, code, territory):
        found.append(finding("JUM-S108", table, file, crs=code))
        return Place(code, True, found)
    facts = {"file": file, "crs": code, "territory": territory, "example": _example(x, y)}
    best = next(iter(_guesses(x, y, territory, area)), None)
    if best is None:
        raise error("JUM-S026", **facts)
    raise error("JUM-S009", **facts, guess=best.crs, command=f"--crs {best.crs}")


def _has_code(told: Any) -> bool:
    if isinstance(told, dict):
        return "id" in told
    if not isinstance(told, str) or "EPSG" not in told.upper():
        return False
    return "AUTHORITY" in told.upper() or systems.written(told) is not None  # WKT 1, WKT 2


def _fits(x: NDArray[np.float64], y: NDArray[np.float64], code: str, territory: str) -> bool:
    return systems.inside_share(x, y, code, territory) >= ENOUGH


def _unnamed(
    told: Any, x: NDArray[np.float64], y: NDArray[np.float64], territory: str
) -> str | None:
    """Return a declared text without code if PROJ can read it and the points fit."""
    text = str(told)
    try:
        return text if x.size and _fits(x, y, text, territory) else None
    except ValueError:
        return None


def _guesses(
    x: NDArray[np.float64], y: NDArray[np.float64], territory: str, area: Bounds | None
) -> list[systems.Guess]:
    """Return the systems that explain the coordinates, near the expected area if there is one."""
    if area is not None:
        around = (area[0] - NEAR, area[1] - NEAR, area[2] + NEAR, area[3] + NEAR)
        near = systems.looks_like(x, y, territory, area=around, minimum=ENOUGH)
        if near:
            return near
    return systems.looks_like(x, y, territory, minimum=ENOUGH)


def _guessed(
    guesses: list[systems.Guess],
    territory: str,
    table: str,
    file: str,
    columns: tuple[str, ...],
    *,
    implicit: bool,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> Place:
    if not guesses:
        raise error("JUM-S008", file=file, example=_example(x, y))
    best = guesses[0]
    rivals = sorted({guess.crs for guess in guesses if guess.share >= 0.9 * best.share})
    if len(rivals) > 1 and best.crs not in {territory, systems.WGS84}:
        raise error("JUM-S024", file=file, example=_example(x, y), systems=rivals)
    if columns and not best.swapped:
        note = finding("JUM-S134", table, file, columns=list(columns), crs=best.crs)
    elif best.swapped:
        note = finding("JUM-S108", table, file, crs=best.crs)
    else:
        note = finding("JUM-S135" if implicit else "JUM-S106", table, file, crs=best.crs)
    return Place(best.crs, best.swapped, [note])


def _example(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    return f"({x[0]:.6g}, {y[0]:.6g})"
