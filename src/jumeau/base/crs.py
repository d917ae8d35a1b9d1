# SPDX-License-Identifier: EUPL-1.2
"""Coordinate reference systems: the five French ones, and what files really use.

A territory lives in the legal projection of its place (décret 2000-1276 and its order of 2006:
RGF93 / Lambert-93 in mainland France, UTM on the local network overseas). Everything else is
recognised by its parameters, since files often come without a code, and brought there.

Coordinates are always in the order (x, y) or (longitude, latitude), whatever the authority says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.contract import Bounds
from jumeau.base.errors import did_you_mean, error

if TYPE_CHECKING:
    import pyproj
    from numpy.typing import ArrayLike, NDArray

WGS84 = "EPSG:4326"


@dataclass(frozen=True)
class NationalCRS:
    """A legal projection of France.

    Parameters
    ----------
    code : str
        ``EPSG:n``.
    name_en, name_fr : str
        Names for people.
    area : tuple of 4 float
        Land it serves, with a margin: (west, south, east, north) [° WGS84].
    time_zone : str
        Time zone of the place when the municipality is not known.
    """

    code: str
    name_en: str
    name_fr: str
    area: Bounds
    time_zone: str

    @property
    def bounds(self) -> Bounds:
        """The area in the projection itself: (xmin, ymin, xmax, ymax) [m]."""
        return transform_bounds(self.area, WGS84, self.code)


NATIONAL: dict[str, NationalCRS] = {
    item.code: item
    for item in (
        NationalCRS(
            "EPSG:2154",
            "RGF93 / Lambert-93 (mainland France)",
            "RGF93 / Lambert-93 (France métropolitaine)",
            (-5.5, 41.2, 9.9, 51.3),
            "Europe/Paris",
        ),
        NationalCRS(
            "EPSG:5490",
            "RGAF09 / UTM 20N (Guadeloupe, Martinique)",
            "RGAF09 / UTM 20 Nord (Guadeloupe, Martinique)",
            (-63.3, 14.2, -60.7, 18.3),
            "America/Guadeloupe",
        ),
        NationalCRS(
            "EPSG:2972",
            "RGFG95 / UTM 22N (French Guiana)",
            "RGFG95 / UTM 22 Nord (Guyane)",
            (-54.8, 2.0, -51.4, 6.0),
            "America/Cayenne",
        ),
        NationalCRS(
            "EPSG:2975",
            "RGR92 / UTM 40S (Réunion)",
            "RGR92 / UTM 40 Sud (La Réunion)",
            (55.1, -21.5, 55.95, -20.8),
            "Indian/Reunion",
        ),
        NationalCRS(
            "EPSG:4471",
            "RGM04 / UTM 38S (Mayotte)",
            "RGM04 / UTM 38 Sud (Mayotte)",
            (44.9, -13.1, 45.4, -12.5),
            "Indian/Mayotte",
        ),
    )
}

_ZONES_BY_INSEE = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
}
_CONIC_ZONES = tuple(f"EPSG:{3900 + zone}" for zone in range(42, 51))
_NTF = tuple(f"EPSG:{code}" for code in (27572, 27571, 27573, 27574, 27561, 27562, 27563, 27564))
_UTM_GRS80 = {(20, True): 5490, (22, True): 2972, (40, False): 2975, (38, False): 4471}
_UTM_GRS80 |= {(21, True): 4467} | {(zone, True): 25800 + zone for zone in range(28, 39)}
# Variants (lon-lat) of the French geographic systems → the system itself.
_LON_LAT = {7084: 4171, 7086: 5489, 7041: 4624, 7037: 4627, 7039: 4470}
_NEIGHBOURS = {
    "EPSG:2154": (*_CONIC_ZONES, "EPSG:32631", "EPSG:32630", "EPSG:32632", *_NTF, "EPSG:3857"),
    "EPSG:5490": ("EPSG:2154", "EPSG:3857"),
    "EPSG:2972": ("EPSG:32621", "EPSG:2154", "EPSG:3857"),
    "EPSG:2975": ("EPSG:2154", "EPSG:3857"),
    "EPSG:4471": ("EPSG:2154", "EPSG:3857"),
}


def check(crs: Any) -> str:
    """Return the ``EPSG:n`` of a legal projection of France, or refuse anything else.

    Parameters
    ----------
    crs : str, int or pyproj.CRS
        Code, WKT, PROJJSON or object.

    Raises
    ------
    InvalidError
        ``JUM-B020`` when it is not one of :data:`NATIONAL`.
    """
    code = resolve(crs)
    if code not in NATIONAL:
        known = ", ".join(f"{item.code} {item.name_en}" for item in NATIONAL.values())
        suggestion = did_you_mean(str(crs), NATIONAL) or "EPSG:2154"
        raise error("JUM-B020", crs=_short(crs), known=known, suggestion=suggestion)
    return code


def time_zone(crs: Any, insee: Iterable[str] = ()) -> str:
    """Return the time zone of a territory from its municipalities, else from its projection.

    Parameters
    ----------
    crs : str
        Legal projection.
    insee : iterable of str
        INSEE codes of the municipalities; the first one decides.

    Returns
    -------
    str
        Name in the IANA data base, e.g. ``Europe/Paris``.
    """
    first = next(iter(insee), "")
    return _ZONES_BY_INSEE.get(str(first)[:3], NATIONAL[check(crs)].time_zone)


def resolve(crs: Any) -> str | None:
    """Return the ``EPSG:n`` of a reference system, by its parameters when no code is written.

    A code that contradicts the parameters beside it is not trusted. Vertical and third axes are
    set aside. An unnamed geographic system on WGS 84 or GRS 80 is taken to be WGS 84.

    Parameters
    ----------
    crs : str, int, dict, pyproj.CRS or None
        Code, WKT 1 or 2 (ESRI too), PROJ string, PROJJSON, URN or object.

    Returns
    -------
    str or None
        ``None`` when it is empty, unreadable or unknown.
    """
    found = _parse(crs)
    if found is None:
        return None
    own = _own_epsg(found)
    if own and _signature(_crs(own)) == _signature(found):
        return own
    if found.is_geographic:
        return _geographic(found)
    base = found.geodetic_crs
    unnamed = base is None or base.datum is None or "unknown" in base.datum.name.casefold()
    # On an unnamed datum PROJ proposes any country's zone with these parameters: ours come first.
    first, second = (_by_parameters, _identified) if unnamed else (_identified, _by_parameters)
    return first(found) or second(found)


def written(crs: Any) -> str | None:
    """Return the ``EPSG:n`` that a reference system bears itself; ``None`` when it bears none.

    Parameters
    ----------
    crs : str, int, dict, pyproj.CRS or None
        As in :func:`resolve`; of a compound system with a code, the horizontal one counts.
    """
    import pyproj

    found = _parse(crs)
    if found is None:
        return None
    code = _own_epsg(found)
    if code is None and _own_epsg(pyproj.CRS.from_user_input(crs)):
        code = resolve(found)
    return code


def area_of_use(crs: Any) -> Bounds | None:
    """Return where a reference system applies: (west, south, east, north) [° WGS84].

    For the legal projections of France this is the land they serve, with a margin.
    """
    code = resolve(crs)
    if code is None:
        return None
    if code in NATIONAL:
        return NATIONAL[code].area
    return _own_area(code)


@cache
def transformer(source: str, target: str) -> pyproj.Transformer:
    """Return the transformation between two systems, (x, y) or (lon, lat) in and out.

    Raises
    ------
    InvalidError
        ``JUM-B021`` when one of them cannot be read.
    """
    import pyproj

    for crs in (source, target):
        if _parse(crs) is None:
            raise error("JUM-B021", crs=_short(crs))
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def transform_bounds(bounds: Bounds, source: str, target: str) -> Bounds:
    """Return the bounds of a rectangle in another system, its sides followed at 21 points."""
    if source == target:
        return bounds
    west, south, east, north = transformer(source, target).transform_bounds(*bounds, densify_pts=21)
    return (west, south, east, north)


def reproject(
    x: ArrayLike, y: ArrayLike, source: str, target: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transform coordinate arrays between two systems.

    Parameters
    ----------
    x, y : array_like, same shape
        Eastings and northings [m], or longitudes and latitudes [°].
    source, target : str
        Codes or WKT.

    Returns
    -------
    x, y : float64 arrays
        NaN where the transformation does not exist.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if source == target:
        return xs, ys
    tx, ty = transformer(source, target).transform(xs, ys)
    tx, ty = np.asarray(tx, dtype=np.float64), np.asarray(ty, dtype=np.float64)
    lost = ~(np.isfinite(tx) & np.isfinite(ty))
    return np.where(lost, np.nan, tx), np.where(lost, np.nan, ty)


def reproject_geometries(
    geometries: ArrayLike, source: str, target: str, *, swap: bool = False
) -> NDArray[np.object_]:
    """Transform an array of Shapely geometries between two systems.

    Heights, where there are some, are kept as they are; missing geometries stay missing.

    Parameters
    ----------
    geometries : array_like of shapely.Geometry or None
        Geometries.
    source, target : str
        Codes or WKT.
    swap : bool
        Exchange the first two coordinates before the transformation, for files that write
        latitude first.

    Returns
    -------
    object array
        Geometries in the target system.
    """
    import shapely

    found = np.array(geometries, dtype=object)
    if source == target and not swap:
        return found

    def move(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        first, second = (1, 0) if swap else (0, 1)
        moved = coordinates.copy()
        moved[:, 0], moved[:, 1] = reproject(
            coordinates[:, first], coordinates[:, second], source, target
        )
        return moved

    with_z = shapely.has_z(found)
    for mask, include_z in ((~with_z, False), (with_z, True)):
        if mask.any():
            found[mask] = shapely.transform(found[mask], move, include_z=include_z)
    return found


def reproject_wkb(
    wkb: ArrayLike, source: str, target: str, *, swap: bool = False
) -> NDArray[np.object_]:
    """Transform an array of WKB geometries between two systems; see `reproject_geometries`."""
    import shapely

    found = np.array(wkb, dtype=object)
    if source == target and not swap:
        return found
    return shapely.to_wkb(
        reproject_geometries(shapely.from_wkb(found), source, target, swap=swap),
        output_dimension=3,
    )


class Guess(NamedTuple):
    """A system in which coordinates would fall where they are expected."""

    crs: str
    swapped: bool
    share: float
    """Share of the points that would fall inside the expected area, in [0, 1]."""


def looks_like(
    x: ArrayLike,
    y: ArrayLike,
    crs: str,
    *,
    area: Bounds | None = None,
    minimum: float = 0.9,
    sample: int = 2000,
) -> list[Guess]:
    """Return the systems in which coordinates could be, the likeliest first.

    Every system in use at the place is tried, in both orders of axes, and kept when enough points
    fall inside the expected area. Equal shares keep the order: territory's own system, longitude
    and latitude, conformal conic zones, UTM, older Lambert zones, Web Mercator; unswapped first.

    Parameters
    ----------
    x, y : (n,) array_like
        First and second coordinates as the file gives them; those not finite are set aside.
    crs : str
        Legal projection of the territory.
    area : tuple of 4 float, optional
        Where data are expected, in ``crs`` [m]; the land the projection serves by default.
    minimum : float
        Share of points that must fall inside.
    sample : int
        Number of points tried, taken evenly.

    Returns
    -------
    list of Guess
        Empty when no system explains the coordinates.
    """
    code = check(crs)
    xs, ys = _sample(x, y, sample)
    if not xs.size:
        return []
    inside = area or NATIONAL[code].bounds
    guesses = [
        Guess(candidate, swapped, _share(first, second, candidate, code, inside))
        for candidate in (code, WGS84, *_NEIGHBOURS[code])
        for swapped, first, second in ((False, xs, ys), (True, ys, xs))
    ]
    kept = [item for item in guesses if item.share >= minimum]
    return sorted(kept, key=lambda item: -round(item.share, 2))


def looks_swapped(
    x: ArrayLike, y: ArrayLike, source: str, crs: str, *, area: Bounds | None = None
) -> bool:
    """Tell whether coordinates are those of ``source`` with their axes exchanged.

    True when few points (under half) fall inside the expected area as written, and nearly all
    (90 %) do once exchanged.
    """
    code = check(crs)
    xs, ys = _sample(x, y, 2000)
    if not xs.size:
        return False
    inside = area or NATIONAL[code].bounds
    return (
        _share(xs, ys, source, code, inside) < 0.5 and _share(ys, xs, source, code, inside) >= 0.9
    )


def inside_share(
    x: ArrayLike, y: ArrayLike, source: str, crs: str, *, area: Bounds | None = None
) -> float:
    """Return the share of points, in [0, 1], that fall inside the expected area."""
    code = check(crs)
    xs, ys = _sample(x, y, np.size(x))
    return _share(xs, ys, source, code, area or NATIONAL[code].bounds) if xs.size else 0.0


def _sample(x: ArrayLike, y: ArrayLike, count: int) -> tuple[NDArray, NDArray]:
    xs = np.asarray(x, dtype=np.float64).ravel()
    ys = np.asarray(y, dtype=np.float64).ravel()
    finite = np.isfinite(xs) & np.isfinite(ys)
    xs, ys = xs[finite], ys[finite]
    step = max(1, -(-xs.size // max(count, 1)))
    return xs[::step], ys[::step]


def _share(x: NDArray, y: NDArray, source: str, target: str, inside: Bounds) -> float:
    geographic = source == WGS84
    if geographic and (np.abs(x).max() > 360 or np.abs(y).max() > 90):
        usable = (np.abs(x) <= 360) & (np.abs(y) <= 90)
        x, y = np.where(usable, x, np.nan), np.where(usable, y, np.nan)
    tx, ty = reproject(x, y, source, target)
    within = (tx >= inside[0]) & (tx <= inside[2]) & (ty >= inside[1]) & (ty <= inside[3])
    own = None if geographic or source == target else _own_area(source)
    if own is not None:
        # (3.9, 43.6) read as metres also lands somewhere: a zone counts only where it is in use.
        lon, lat = reproject(x, y, source, WGS84)
        margin = 0.2
        within &= (lon >= own[0] - margin) & (lon <= own[2] + margin)
        within &= (lat >= own[1] - margin) & (lat <= own[3] + margin)
    return float(np.count_nonzero(within) / x.size)


@cache
def _own_area(code: str) -> Bounds | None:
    area = _crs(code).area_of_use
    return (area.west, area.south, area.east, area.north) if area else None


@cache
def _crs(code: str) -> pyproj.CRS:
    import pyproj

    return pyproj.CRS(code)


def _parse(crs: Any) -> pyproj.CRS | None:
    import pyproj

    if crs is None or (isinstance(crs, str) and not crs.strip()):
        return None
    if isinstance(crs, str) and crs.strip().isdigit():
        crs = int(crs)
    try:
        found = pyproj.CRS.from_user_input(crs)
        if found.is_compound:
            found = found.sub_crs_list[0]
        while found.source_crs is not None and found.is_bound:
            found = found.source_crs
        return found.to_2d()
    except (pyproj.exceptions.CRSError, TypeError, ValueError, AttributeError):
        return None


def _own_epsg(crs: pyproj.CRS) -> str | None:
    written = crs.to_json_dict().get("id") or {}
    if written.get("authority") != "EPSG":
        return None
    code = f"EPSG:{written['code']}"
    return code if _parse(code) is not None else None


class _Signature(NamedTuple):
    method: str
    values: tuple[float, ...]
    ellipsoid: tuple[float, float]
    meridian: float


def _signature(crs: pyproj.CRS, *, modern: bool = False) -> _Signature | None:
    """Parameters that decide coordinates; ``modern`` sees WGS 84 and GRS 80 as one ellipsoid."""
    base = crs.geodetic_crs
    if base is None or base.ellipsoid is None:
        return None
    shape = base.ellipsoid
    flattening = round(shape.inverse_flattening, 3 if modern else 6)
    meridian = base.prime_meridian
    greenwich = 0.0
    if meridian is not None:
        greenwich = float(meridian.longitude) * float(meridian.unit_conversion_factor)
    operation = crs.coordinate_operation if crs.is_projected else None
    values: list[float] = []
    if operation is not None:
        named: dict[str, float] = {}
        for item in operation.params:
            value = float(item.value) * float(item.unit_conversion_factor)
            degrees = item.unit_category == "angular"
            digits = 7 if degrees or item.unit_category == "scale" else 3
            named[item.name.casefold()] = round(
                float(np.degrees(value)) if degrees else value, digits
            )
        # Files write the two standard parallels in either order.
        parallels = sorted(named.pop(name) for name in list(named) if "standard parallel" in name)
        values = [*(named[name] for name in sorted(named)), *parallels]
    unit = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 0.0
    return _Signature(
        operation.method_name if operation is not None else "geographic",
        (*values, round(unit, 9)),
        (round(shape.semi_major_metre, 2), flattening),
        round(float(np.degrees(greenwich)), 6),
    )


def _geographic(crs: pyproj.CRS) -> str | None:
    signature = _signature(crs)
    if crs.name.casefold().removeprefix("gcs_") not in {"unknown", "undefined", "unnamed", ""}:
        found = _identified(crs)
        if found is not None:
            return found
    plain = {_signature(_crs(WGS84)), _signature(_crs("EPSG:4171"))}
    return WGS84 if signature in plain else None


def _identified(crs: pyproj.CRS) -> str | None:
    """Return the code PROJ's data base recognises, when the parameters are indeed those."""
    code = crs.to_epsg(min_confidence=70)
    if code is None:
        return None
    found = f"EPSG:{_LON_LAT.get(code, code)}"
    return found if _signature(_crs(found)) == _signature(crs) else None


@cache
def _known() -> dict[_Signature | None, str]:
    codes: Sequence[str] = ("EPSG:2154", *_CONIC_ZONES, "EPSG:3857", *_NTF)
    return {_signature(_crs(code), modern=True): code for code in reversed(codes)}


def _by_parameters(crs: pyproj.CRS) -> str | None:
    signature = _signature(crs, modern=True)
    if signature is None:
        return None
    return _known().get(signature) or _utm(crs, signature)


def _utm(crs: pyproj.CRS, signature: _Signature) -> str | None:
    modern = _signature(_crs(WGS84), modern=True)
    if signature.method != "Transverse Mercator" or modern is None:
        return None
    if signature.ellipsoid != modern.ellipsoid or signature.meridian:
        return None
    # In the order of the parameters' names, then the unit of the axes.
    easting, northing, latitude, longitude, scale, unit = signature.values
    zone, rest = divmod(longitude + 183, 6)
    regular = (latitude, scale, easting, unit, rest) == (0, 0.9996, 500000, 1, 0)
    if not regular or northing not in (0, 10_000_000) or not 1 <= zone <= 60:
        return None
    north = northing == 0
    exact, wgs84 = _signature(crs), _signature(_crs(WGS84))
    if exact and wgs84 and exact.ellipsoid == wgs84.ellipsoid:
        return f"EPSG:{(32600 if north else 32700) + int(zone)}"
    code = _UTM_GRS80.get((int(zone), north))
    return f"EPSG:{code}" if code else None


def _short(crs: Any) -> str:
    text = " ".join(str(crs).split())
    return text if len(text) <= 80 else f"{text[:79]}…"
