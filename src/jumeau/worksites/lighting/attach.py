# SPDX-License-Identifier: EUPL-1.2
"""Attach lamps to streets and districts, and find where each lamp looks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LIMIT = 50.0
"""Distance beyond which a lamp belongs to no street [m]."""

_MAIN_NAME = re.compile(r"^(avenue|av|boulevard|bd|blvd|route|rte|quai|cours|rocade|voie rapide)\b")
_MAIN_CLASS = re.compile(
    r"^[0123]$|primary|secondary|trunk|motorway|structurant|principal|departemental|national|primaire|secondaire"
)
_PATH = re.compile(
    r"^(sentier|passage|venelle|escalier|ruelle|mail|promenade|square|parc|jardin|piste)\b"
    r"|pieton|footway|pedestrian|cycleway|steps|\bpath\b|sentier|cyclable|escalier"
)


class Attachment(NamedTuple):
    """Where lamps stand relative to the nearest street."""

    street: NDArray[np.int64]
    """Index of the nearest street; −1 beyond the limit or without streets."""
    distance: NDArray[np.float64]
    """Distance to the nearest street whatever the limit; infinite without streets [m]."""
    azimuth: NDArray[np.float64]
    """Direction of C0, along the street with the carriageway on C90; 0 without street [°]."""
    side: NDArray[np.int8]
    """+1 right of the street's direction, −1 left, 0 without street."""


def to_streets(
    x: ArrayLike, y: ArrayLike, streets: Sequence[Any], limit: float = LIMIT
) -> Attachment:
    """Attach points to the nearest line.

    Parameters
    ----------
    x, y : (n,) array_like
        Positions [m].
    streets : sequence of shapely lines
        Centre lines; missing and empty ones are passed over.
    limit : float
        Distance beyond which a point is attached to nothing [m].

    Returns
    -------
    Attachment
        (n,) arrays.

    Notes
    -----
    The street's direction is that of one metre of its centre line about the foot of the
    perpendicular. A lamp right of it has the carriageway on its left, where C rises: its C0 looks
    along the direction; a lamp on the left looks the other way.
    """
    import shapely

    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    lines = np.asarray(streets, dtype=object)
    usable = np.array([line is not None and not line.is_empty for line in lines], dtype=bool)
    count = xs.size
    street = np.full(count, -1, np.int64)
    distance = np.full(count, np.inf)
    azimuth, side = np.zeros(count), np.zeros(count, np.int8)
    if not usable.any() or not count:
        return Attachment(street, distance, azimuth, side)
    kept = np.flatnonzero(usable)
    points = shapely.points(xs, ys)
    found, gap = shapely.STRtree(lines[kept]).query_nearest(
        points, return_distance=True, all_matches=False
    )
    nearest = np.full(count, -1, np.int64)
    nearest[found[0]] = kept[found[1]]
    distance[found[0]] = gap
    at = found[0]
    line = lines[nearest[at]]
    length = shapely.length(line)
    foot = shapely.line_locate_point(line, points[at])
    behind = shapely.line_interpolate_point(line, np.maximum(foot - 0.5, 0.0))
    ahead = shapely.line_interpolate_point(line, np.minimum(foot + 0.5, length))
    x0, y0 = shapely.get_x(behind), shapely.get_y(behind)
    dx, dy = shapely.get_x(ahead) - x0, shapely.get_y(ahead) - y0
    right = dx * (ys[at] - y0) - dy * (xs[at] - x0) <= 0
    azimuth[at] = np.where(right, 0.0, 180.0) + np.degrees(np.arctan2(dx, dy))
    side[at] = np.where(right, 1, -1)
    near = distance <= limit
    return Attachment(
        street=np.where(near, nearest, street),
        distance=distance,
        azimuth=np.where(near, azimuth % 360.0, 0.0),
        side=np.where(near, side, 0).astype(np.int8),
    )


def to_districts(
    x: ArrayLike, y: ArrayLike, districts: Sequence[Any] | NDArray[np.object_]
) -> NDArray[np.int64]:
    """Return the index of the polygon that holds each point, −1 outside all.

    Parameters
    ----------
    x, y : (n,) array_like
        Positions [m].
    districts : sequence of shapely polygons
        Where several hold a point, the first one wins.
    """
    import shapely

    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    polygons = np.asarray(districts, dtype=object)
    inside = np.full(xs.size, -1, np.int64)
    if not polygons.size or not xs.size:
        return inside
    found, polygon = shapely.STRtree(polygons).query(shapely.points(xs, ys), predicate="intersects")
    order = np.lexsort((polygon, found))[::-1]
    inside[found[order]] = polygon[order]  # the last one written is the lowest
    return inside


def street_class(
    name: Sequence[str | None],
    hierarchy: Sequence[str | None],
    width: ArrayLike,
    lanes: ArrayLike,
    speed: ArrayLike,
) -> NDArray[np.str_]:
    """Class streets as ``main``, ``local`` or ``path`` for lighting, from whatever is known.

    Parameters
    ----------
    name, hierarchy : (n,) sequences of str or None
        Name and functional class, French or English words or ranks (1 to 3 are main).
    width : (n,) array_like
        Carriageway; NaN when unknown [m].
    lanes : (n,) array_like
        Traffic lanes; NaN when unknown.
    speed : (n,) array_like
        Speed limit; NaN when unknown [km/h].

    Returns
    -------
    (n,) array of str
    """
    metres, traffic, limit = (np.asarray(item, np.float64) for item in (width, lanes, speed))
    result = np.full(len(name), "local", dtype="<U5")
    for k, words in enumerate(zip(name, hierarchy, strict=True)):
        title, rank = (_fold(word) for word in words)
        wide = metres[k] >= 9 or traffic[k] >= 3 or limit[k] >= 70
        if _PATH.search(title) or _PATH.search(rank) or metres[k] < 3:
            result[k] = "path"
        elif wide or _MAIN_NAME.search(title) or _MAIN_CLASS.search(rank):
            result[k] = "main"
    return result


def _fold(text: str | None) -> str:
    if text is None or text != text:  # noqa: PLR0124  (NaN)
        return ""
    plain = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode()
    return plain.lower().strip()
