# SPDX-License-Identifier: EUPL-1.2
"""Geometry brought to the territory: read, placed, made valid, of the right type, in 2D.

Work goes by blocks of 65,536 rows in threads (GEOS releases the interpreter), so that a million
polygons are never all in memory as objects. Rows that need no change keep their bytes.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from itertools import starmap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base import crs as systems
from jumeau.base.contract import Bounds, Progress
from jumeau.base.findings import Finding, finding
from jumeau.sources.folding import first
from jumeau.sources.placing import Place

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

BLOCK = 65_536
UNKNOWN_Z = -1000.0
"""Altitude by which BD TOPO says that it does not know."""


class State(IntEnum):
    """What became of a geometry."""

    KEPT = 0
    REPAIRED = 1
    MISSING = 2
    OTHER_TYPE = 3
    COLLAPSED = 4
    OUTSIDE = 5


DROPPED = (State.MISSING, State.OTHER_TYPE, State.COLLAPSED, State.OUTSIDE)
_CODES = {
    State.REPAIRED: "JUM-S111",
    State.MISSING: "JUM-S110",
    State.OTHER_TYPE: "JUM-S113",
    State.COLLAPSED: "JUM-S114",
    State.OUTSIDE: "JUM-S109",
}
# Shapely type ids: single and multiple.
_TYPES = {"point": (0, 4), "line": (1, 5), "polygon": (3, 6)}


@dataclass
class Cleaned:
    """Geometry of a file, in the territory.

    Parameters
    ----------
    wkb : (n,) pyarrow.ChunkedArray of binary
        Little-endian 2D WKB; rows not kept hold anything.
    state : (n,) uint8 array
        One :class:`State` a row.
    bounds : (n, 4) float64 array
        (xmin, ymin, xmax, ymax) [m]; NaN for rows not kept.
    unknown_z : tuple of int
        Vertices and rows whose altitude is said to be unknown.
    types : dict
        {type name: rows} of the types not accepted.
    """

    wkb: pa.ChunkedArray
    state: NDArray[np.uint8]
    bounds: NDArray[np.float64]
    unknown_z: tuple[int, int]
    types: dict[str, int]

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Rows that can enter the twin."""
        return self.state <= State.REPAIRED

    def count(self, state: State) -> int:
        """Return the number of rows in a state."""
        return int(np.count_nonzero(self.state == state))

    def findings(self, table: str, crs: str) -> list[Finding]:
        """Return what happened to geometries, with the first rows concerned (1 = first)."""
        found = []
        for state, code in _CODES.items():
            count = self.count(state)
            if count:
                rows = first(np.flatnonzero(self.state == state) + 1)
                types = ", ".join(f"{name} {number}" for name, number in self.types.items())
                found.append(
                    finding(code, table, count=count, rows=rows, crs=crs, types=types or "—")
                )
        vertices, rows_z = self.unknown_z
        if rows_z:
            found.append(finding("JUM-S112", table, vertices=vertices, count=rows_z))
        return found


class _Block(NamedTuple):
    wkb: pa.Array
    state: NDArray[np.uint8]
    bounds: NDArray[np.float64]
    vertices: int
    rows_z: int
    types: dict[str, int]


def clean(
    geometry: pa.ChunkedArray,
    accepted: str,
    place: Place,
    crs: str,
    progress: Progress | None = None,
) -> Cleaned:
    """Bring geometry to the territory.

    Parameters
    ----------
    geometry : (n,) pyarrow.ChunkedArray of binary
        WKB as the file gives it.
    accepted : {"point", "line", "polygon", "any"}
        Type of the table's geometry.
    place : Place
        CRS of the file and order of its axes.
    crs : str
        CRS of the territory.
    progress : callable, optional
        Receives ``"geometry"`` and the share done.

    Returns
    -------
    Cleaned
        Same rows, in the same order.
    """
    import pyarrow as pa

    blocks = [
        chunk.slice(start, BLOCK)
        for chunk in geometry.chunks
        for start in range(0, len(chunk), BLOCK)
    ]
    inside = systems.NATIONAL[crs].bounds
    done: list[_Block] = []
    with ThreadPoolExecutor(max(1, min(8, os.cpu_count() or 1))) as pool:
        for block in pool.map(lambda item: _block(item, accepted, place, crs, inside), blocks):
            done.append(block)
            if progress is not None:
                progress("geometry", len(done) / len(blocks))
    types: dict[str, int] = {}
    for block in done:
        for name, number in block.types.items():
            types[name] = types.get(name, 0) + number
    return Cleaned(
        pa.chunked_array([block.wkb for block in done], pa.binary()),
        np.concatenate([block.state for block in done]) if done else np.empty(0, np.uint8),
        np.concatenate([block.bounds for block in done]) if done else np.empty((0, 4)),
        (sum(block.vertices for block in done), sum(block.rows_z for block in done)),
        types,
    )


def _block(wkb: pa.Array, accepted: str, place: Place, crs: str, inside: Bounds) -> _Block:
    import pyarrow as pa
    import shapely

    raw = wkb.to_numpy(zero_copy_only=False)
    shapes = shapely.from_wkb(raw, on_invalid="ignore")
    state = np.zeros(len(raw), np.uint8)
    changed = _unusual(wkb, raw)
    state[shapely.is_missing(shapes) | shapely.is_empty(shapes)] = State.MISSING
    vertices, rows_z = _unknown_altitudes(shapes)
    deep = shapely.has_z(shapes) | shapely.has_m(shapes)
    if deep.any():
        shapes[deep] = shapely.force_2d(shapes[deep])
        changed |= deep
    if place.crs != crs or place.swapped:
        shapes = systems.reproject_geometries(shapes, place.crs, crs, swap=place.swapped)
        changed[:] = True
    types = _of_type(shapes, state, changed, accepted)
    _make_valid(shapes, state, changed)
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    lost = ~np.isfinite(bounds).all(axis=1) & (state <= State.REPAIRED)
    state[lost] = State.MISSING if place.crs == crs else State.OUTSIDE
    away = (
        (bounds[:, 0] < inside[0])
        | (bounds[:, 1] < inside[1])
        | (bounds[:, 2] > inside[2])
        | (bounds[:, 3] > inside[3])
    ) & (state <= State.REPAIRED)
    state[away] = State.OUTSIDE
    bounds[state > State.REPAIRED] = np.nan
    if not changed.any():
        return _Block(wkb, state, bounds, vertices, rows_z, types)
    if changed.all():
        raw = shapely.to_wkb(shapes, output_dimension=2, byte_order=1)
    else:
        raw[changed] = shapely.to_wkb(shapes[changed], output_dimension=2, byte_order=1)
    return _Block(pa.array(raw, pa.binary()), state, bounds, vertices, rows_z, types)


def _unusual(wkb: pa.Array, raw: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which WKB is big-endian or carries an SRID: rewritten, so that all reads alike."""
    import pyarrow.compute as pc

    heads = pc.binary_slice(wkb, 0, 5)
    kinds = pc.unique(heads.drop_null()).to_pylist()
    odd = [head for head in kinds if head[:1] != b"\x01" or (len(head) == 5 and head[4] & 0x20)]
    if not odd:
        return np.zeros(len(raw), bool)
    flagged = [pc.fill_null(pc.equal(heads, head), False).to_numpy(False) for head in odd]
    return np.asarray(np.logical_or.reduce(flagged), bool)


def _unknown_altitudes(shapes: NDArray[np.object_]) -> tuple[int, int]:
    import shapely

    deep = shapes[shapely.has_z(shapes)]
    if not deep.size:
        return 0, 0
    coordinates, owner = shapely.get_coordinates(deep, include_z=True, return_index=True)
    unknown = coordinates[:, 2] <= UNKNOWN_Z
    return int(unknown.sum()), int(np.unique(owner[unknown]).size)


def _of_type(
    shapes: NDArray[np.object_],
    state: NDArray[np.uint8],
    changed: NDArray[np.bool_],
    accepted: str,
) -> dict[str, int]:
    """Keep the accepted types: parts of collections taken out, multiples of one made single."""
    import shapely

    if accepted == "any":
        return {}
    single, multiple = _TYPES[accepted]
    types = shapely.get_type_id(shapes)
    rings = (types == 2) & (accepted == "line")
    if rings.any():
        shapes[rings] = shapely.linestrings(
            [shapely.get_coordinates(ring) for ring in shapes[rings]]
        )
        types[rings] = 1
    for row in np.flatnonzero((types == 7) & (state == State.KEPT)):
        shapes[row] = _parts_of(shapes[row], (single, multiple))
        types[row] = shapely.get_type_id(shapes[row])
        changed[row] = True
        if types[row] in (single, multiple):
            state[row] = State.REPAIRED
    lone = (types == multiple) & (shapely.get_num_geometries(shapes) == 1)
    if lone.any():
        shapes[lone] = shapely.get_geometry(shapes[lone], 0)
        changed |= lone
        types[lone] = single
    fine = (types == single) | ((types == multiple) & (accepted != "point"))
    wrong = ~fine & (state <= State.REPAIRED)
    state[wrong] = State.OTHER_TYPE
    names, counts = np.unique(types[wrong], return_counts=True)
    labels = "Point LineString LinearRing Polygon MultiPoint MultiLineString MultiPolygon"
    known = [*labels.split(), "GeometryCollection"]
    return {
        (known[kind] if 0 <= kind < len(known) else "?"): int(number)
        for kind, number in zip(names, counts, strict=True)
    }


def _parts_of(shape: object, wanted: tuple[int, int]) -> object:
    """Return the parts of a collection that are of a type, as one geometry."""
    import shapely

    parts = shapely.get_parts(np.array([shape], dtype=object))
    while (shapely.get_type_id(parts) >= 4).any():
        parts = shapely.get_parts(parts)
    parts = parts[shapely.get_type_id(parts) == wanted[0]]
    if not len(parts):
        return shape
    if len(parts) == 1:
        return parts[0]
    build = {4: shapely.multipoints, 5: shapely.multilinestrings, 6: shapely.multipolygons}
    return build[wanted[1]](parts)


def _make_valid(
    shapes: NDArray[np.object_], state: NDArray[np.uint8], changed: NDArray[np.bool_]
) -> None:
    """Repair invalid polygons; lines without length and polygons without area are collapsed."""
    import shapely

    usable = state <= State.REPAIRED
    types = shapely.get_type_id(shapes)
    areal = usable & ((types == 3) | (types == 6) | (types == 7))
    broken = areal & ~shapely.is_valid(shapes)
    if broken.any():
        rows = np.flatnonzero(broken)
        fixed = shapely.make_valid(shapes[rows], method="structure", keep_collapsed=False)
        fixed = np.array(list(starmap(_same_kind, zip(fixed, types[rows], strict=True))), object)
        shapes[rows] = fixed
        changed[rows] = True
        state[rows] = State.REPAIRED
        gone = rows[shapely.is_empty(fixed) | ~np.isfinite(shapely.area(fixed))]
        state[gone] = State.COLLAPSED
    flat = areal & (types != 7) & (state <= State.REPAIRED) & (shapely.area(shapes) <= 0)
    state[flat] = State.COLLAPSED
    lines = usable & ((types == 1) | (types == 5))
    state[lines & ~(shapely.length(shapes) > 0)] = State.COLLAPSED


def _same_kind(shape: object, kind: int) -> object:
    import shapely

    if kind == 7 or shapely.get_type_id(shape) in (3, 6):
        return shape
    return _parts_of(shape, (3, 6)) if shapely.get_num_geometries(shape) else shape
