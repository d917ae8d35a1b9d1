# SPDX-License-Identifier: EUPL-1.2
"""Positions written in columns: x and y, longitude and latitude, "lat,lon", WKT or GeoJSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs as systems
from jumeau.base import units
from jumeau.sources import convert
from jumeau.sources.folding import fold

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

# Usual names of the two coordinates, folded, the likeliest first.
PAIRS = (
    ("x", "y"),
    ("xl93", "yl93"),
    ("xlambert93", "ylambert93"),
    ("lambx", "lamby"),
    ("lambertx", "lamberty"),
    ("xlamb93", "ylamb93"),
    ("l93x", "l93y"),
    ("coordx", "coordy"),
    ("coordonneex", "coordonneey"),
    ("coordonneesx", "coordonneesy"),
    ("xcoord", "ycoord"),
    ("coorx", "coory"),
    ("xl2", "yl2"),
    ("easting", "northing"),
    ("est", "nord"),
    ("longitude", "latitude"),
    ("lon", "lat"),
    ("long", "lat"),
    ("lng", "lat"),
    ("xlong", "ylat"),
    ("xlongitude", "ylatitude"),
    ("longitudex", "latitudey"),
    ("longwgs84", "latwgs84"),
    ("lonwgs84", "latwgs84"),
    ("xwgs84", "ywgs84"),
    ("pointx", "pointy"),
    ("posx", "posy"),
    ("geox", "geoy"),
)
POINTS = (
    "geopoint2d",
    "geopoint",
    "geo",
    "coordonnees",
    "coordonneesgps",
    "gps",
    "latlon",
    "coordonneesgeo",
    "coordonneesgeographiques",
    "location",
    "position",
    "latlng",
)
SHAPES = (
    "wkt",
    "geomwkt",
    "wktgeom",
    "geom",
    "thegeom",
    "geometry",
    "geometrie",
    "geoshape",
    "shape",
    "geojson",
    "geomgroupe",
    "geombatimentconstruction",
    "wkbgeometry",
)
X_TARGETS = {"x", "lon", "longitude", "geometry.x"}
Y_TARGETS = {"y", "lat", "latitude", "geometry.y"}
TARGETS = X_TARGETS | Y_TARGETS
_SAMPLE = 2000


@dataclass
class Positions:
    """Where a file without geometry says its rows are.

    Parameters
    ----------
    columns : tuple of str
        Columns that hold the positions.
    geometry : object array
        Shapely geometries, ``None`` where the row has no position.
    geographic : bool
        Whether the names say longitude and latitude.
    unreadable : int
        Cells that hold something else than a position.
    """

    columns: tuple[str, ...]
    geometry: NDArray[np.object_]
    geographic: bool
    unreadable: int = 0


def find(rows: pa.Table, crs: str, chosen: dict[str, str] | None = None) -> Positions | None:
    """Find the positions of rows that have no geometry.

    Columns chosen by the user come first, then a WKT or GeoJSON column, then pairs by their
    names, then "lat,lon" in one column, then any two columns whose numbers fall in the territory.
    Where several pairs exist (BAN gives x, y and lon, lat), the one whose points fall in the
    territory's land is taken.

    Parameters
    ----------
    rows : pyarrow.Table
        Attributes.
    crs : str
        CRS of the territory.
    chosen : dict, optional
        {column: one of :data:`TARGETS`} from the user's mapping.

    Returns
    -------
    Positions or None
        ``None`` when no column holds positions.
    """
    pair = _chosen(chosen or {})
    if pair is not None:
        return _from_pair(rows, pair)
    folded = {fold(name): name for name in reversed(rows.column_names)}
    for key in SHAPES:
        if key in folded:
            found = _from_shapes(rows, folded[key])
            if found is not None:
                return found
    pairs = [(folded[a], folded[b]) for a, b in PAIRS if a in folded and b in folded]
    if pairs:
        ranked = sorted(pairs, key=lambda item: -_plausible(rows, item, crs))
        return _from_pair(rows, ranked[0])
    for key in POINTS:
        if key in folded:
            found = _from_points(rows, folded[key])
            if found is not None:
                return found
    return _by_values(rows, crs)


def _chosen(chosen: dict[str, str]) -> tuple[str, str] | None:
    x = [column for column, target in chosen.items() if target in X_TARGETS]
    y = [column for column, target in chosen.items() if target in Y_TARGETS]
    return (x[0], y[0]) if x and y else None


def _plausible(rows: pa.Table, pair: tuple[str, str], crs: str) -> float:
    x, y = (convert.numbers(rows.column(name).slice(0, _SAMPLE)).values for name in pair)
    guesses = systems.looks_like(x, y, crs, minimum=0.0)
    own = max((guess.share for guess in guesses if guess.crs in {crs, systems.WGS84}), default=0.0)
    filled = float(np.isfinite(x).mean()) if x.size else 0.0
    return round(own * filled, 2)


def _from_pair(rows: pa.Table, pair: tuple[str, str]) -> Positions:
    import shapely

    x, y = (convert.numbers(rows.column(name)) for name in pair)
    # (0, 0) is where software puts what has no position.
    there = np.isfinite(x.values) & np.isfinite(y.values) & ((x.values != 0) | (y.values != 0))
    geometry = np.full(rows.num_rows, None, dtype=object)
    geometry[there] = shapely.points(x.values[there], y.values[there])
    names = {fold(name) for name in pair}
    geographic = any(name.startswith(("lon", "lat", "lng")) for name in names)
    unreadable = int(np.count_nonzero(x.unreadable | y.unreadable))
    return Positions(pair, geometry, geographic, unreadable)


def _texts(column: pa.ChunkedArray) -> list[Any]:
    import pyarrow as pa

    return list(column.cast(pa.string()).to_pylist())


def _textual(column: pa.ChunkedArray) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def _from_shapes(rows: pa.Table, name: str) -> Positions | None:
    import shapely

    column = rows.column(name)
    if not _textual(column):
        return None
    texts = [text.strip() if text else "" for text in column.to_pylist()]
    first = next((text for text in texts if text), "")
    if first.startswith("{"):
        geometry = shapely.from_geojson(
            np.array([text or None for text in texts], dtype=object), on_invalid="ignore"
        )
        geographic = '"crs"' not in first
    elif "(" in first and first.lstrip("SRID=;0123456789 ")[:1].isalpha():
        plain = [text.rpartition(";")[2] if text.startswith("SRID") else text for text in texts]
        geometry = shapely.from_wkt(
            np.array([text or None for text in plain], dtype=object), on_invalid="ignore"
        )
        geographic = False
    elif first and all(char in "0123456789abcdefABCDEF" for char in first[:64]):
        geometry = shapely.from_wkb(
            np.array([text or None for text in texts], dtype=object), on_invalid="ignore"
        )
        geographic = False
    else:
        return None
    there = ~shapely.is_missing(geometry)
    if not there.any():
        return None
    unreadable = sum(bool(text) for text in texts) - int(there.sum())
    return Positions((name,), geometry, geographic, unreadable)


def _from_points(rows: pa.Table, name: str) -> Positions | None:
    """Read "48.85,2.35" (latitude first, as Opendatasoft writes it) or a GeoJSON point."""
    import shapely

    column = rows.column(name)
    if not _textual(column):
        return None
    pairs = np.full((rows.num_rows, 2), np.nan)
    filled = 0
    for place, text in enumerate(column.to_pylist()):
        if not text or not text.strip():
            continue
        filled += 1
        pairs[place] = _pair_of(text.strip())
    there = np.isfinite(pairs).all(axis=1)
    if not there.any() or there.sum() < 0.5 * filled:
        return None
    geometry = np.full(rows.num_rows, None, dtype=object)
    geometry[there] = shapely.points(pairs[there, 1], pairs[there, 0])
    return Positions((name,), geometry, True, filled - int(there.sum()))


def _pair_of(text: str) -> tuple[float, float]:
    """Return (latitude, longitude) of one cell, NaN when it cannot be read."""
    try:
        if text.startswith("{"):
            told = json.loads(text)
            if "lat" in told:
                return float(told["lat"]), float(told["lon"])
            lon, lat = told["coordinates"][:2]
            return float(lat), float(lon)
        for mark in (";", " ", ","):
            parts = [part.strip(" ,;[]()") for part in text.strip("[]()").split(mark)]
            parts = [part for part in parts if part]
            if len(parts) == 2:
                first, second = (units.parse_number(part) for part in parts)
                if first is not None and second is not None:
                    return first, second
    except (ValueError, KeyError, TypeError, IndexError):
        pass
    return np.nan, np.nan


def _by_values(rows: pa.Table, crs: str) -> Positions | None:
    """Find two columns side by side whose numbers fall in the territory's own land."""
    west, south, east, north = systems.NATIONAL[systems.check(crs)].bounds
    found: dict[str, NDArray[np.float64]] = {}
    for name in rows.column_names[:60]:
        numbers = convert.numbers(rows.column(name).slice(0, _SAMPLE))
        if np.isfinite(numbers.values).sum() >= 0.9 * len(numbers.values) > 0:
            found[name] = numbers.values
    names = list(found)
    for first, second in [*pairwise(names), *((b, a) for a, b in pairwise(names))]:
        x, y = found[first], found[second]
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        # Both must look like metres with meaning: numbers such as 1 to 26,000 do not.
        if inside.mean() >= 0.95 and np.ptp(x) > 1 and np.ptp(y) > 1 and min(south, 1e5) > 0:
            return _from_pair(rows, (first, second))
    return None
