# SPDX-License-Identifier: EUPL-1.2
"""What a request is about: communes, départements, a rectangle, a period."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jumeau.base import crs as crs_
from jumeau.base.contract import Bounds
from jumeau.base.errors import error
from jumeau.sources.connectors.record import Way

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

DEFAULT_PERIOD = timedelta(days=30)
"""Period asked of live data when nothing is known yet."""
_NAME = re.compile(r"\{([a-z0-9_]+)\}")
INSEE = re.compile(r"^(?:\d{5}|2[AB]\d{3})$")
WGS84 = "EPSG:4326"
_OVERSEAS = {
    "971": "EPSG:5490", "972": "EPSG:5490", "977": "EPSG:5490", "978": "EPSG:5490",
    "973": "EPSG:2972", "974": "EPSG:2975", "976": "EPSG:4471",
}  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """What a request is about.

    Parameters
    ----------
    insee : tuple of str
        INSEE codes of the communes.
    crs : str
        CRS of the territory.
    bounds : tuple of 4 float, optional
        Rectangle (xmin, ymin, xmax, ymax) in that CRS [m].
    code : str
        Identifier that a dataset asks for (station, resource…).
    stations : tuple of str
        Stations of a network.
    points : mapping
        {INSEE code: (longitude, latitude)} of a point in each commune [°].
    since, until : datetime, optional
        Period, UTC.
    """

    insee: tuple[str, ...] = ()
    crs: str = "EPSG:2154"
    bounds: Bounds | None = None
    code: str = ""
    stations: tuple[str, ...] = ()
    points: Mapping[str, tuple[float, float]] | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def departments(self) -> tuple[str, ...]:
        """Codes of the départements, in order."""
        return tuple(dict.fromkeys(department_of(code) for code in self.insee))

    def place(self) -> dict[str, Any]:
        """Return what is asked apart from its period: the key of an answer."""
        box = [round(value) for value in self.bounds] if self.bounds else None
        return {"insee": sorted(self.insee), "crs": self.crs, "bounds": box, "code": self.code}

    def requests(self, by: str) -> Iterator[dict[str, str]]:
        """Yield the placeholders of each request of a way.

        Parameters
        ----------
        by : str
            One of :data:`~jumeau.sources.connectors.record.SCOPES`.

        Yields
        ------
        dict
            {placeholder: text}.

        Raises
        ------
        InvalidError
            ``JUM-S317`` when the place is not known well enough for this way.
        """
        common = self._common()
        if by == "national":
            yield common
        elif by == "commune":
            for code in self._asked(self.insee, "INSEE"):
                yield common | _administrative(code)
        elif by == "departement":
            for code in self._asked(self.departments, "INSEE"):
                yield common | {"dep": code, "dep3": code.zfill(3), "dep_lower": code.lower()}
        elif by == "bounds":
            if self.bounds is None:
                raise error("JUM-S317", lacking={"en": "the bounds", "fr": "l'emprise"})
            yield common
        elif by == "point":
            for code in self._asked(self.insee, "INSEE"):
                if code not in (self.points or {}):
                    point = {"en": f"a point in {code}", "fr": f"un point dans {code}"}
                    raise error("JUM-S317", lacking=point)
                lon, lat = (self.points or {})[code]
                yield common | _administrative(code) | {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}"}
        elif by == "station":
            for station in self.stations:
                yield common | {"station": station}
        else:
            for code in self._asked((self.code,) if self.code else (), "code"):
                yield common | {"code": code}

    def _asked(self, codes: Sequence[str], what: str) -> Sequence[str]:
        if not codes:
            known = {"en": f"the {what} code", "fr": f"le code {what}"}
            raise error("JUM-S317", lacking=known)
        return codes

    def _common(self) -> dict[str, str]:
        found = {"crs": self.crs, "epsg": self.crs.rpartition(":")[2]}
        if self.since is not None:
            found["since"] = _instant(self.since)
        if self.until is not None:
            found["until"] = _instant(self.until)
        if self.bounds is not None:
            names = ("xmin", "ymin", "xmax", "ymax")
            found |= {n: f"{v:.1f}" for n, v in zip(names, self.bounds, strict=True)}
            box = crs_.transform_bounds(self.bounds, self.crs, WGS84)
            names = ("west", "south", "east", "north")
            found |= {n: f"{v:.6f}" for n, v in zip(names, box, strict=True)}
        return found

    def over(self, since: datetime, until: datetime) -> Scope:
        """Return the same place over a period."""
        return replace(self, since=since, until=until)


def _administrative(code: str) -> dict[str, str]:
    dep = department_of(code)
    return {"insee": code, "dep": dep, "dep3": dep.zfill(3), "dep_lower": dep.lower()}


def department_of(insee: str) -> str:
    """Return the département of a commune: ``97411`` → ``974``, ``2A004`` → ``2A``."""
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def of(
    territory: Territory | None,
    *,
    code: str | Sequence[str] | None = None,
    bounds: Bounds | None = None,
    since: Any = None,
    until: Any = None,
    extent: bool = True,
) -> Scope:
    """Return what a request is about.

    Parameters
    ----------
    territory : Territory or None
        Its communes and its extent are used when nothing else is said.
    code : str or sequence of str, optional
        INSEE codes of communes, or the identifier that the dataset asks for.
    bounds : tuple of 4 float, optional
        Rectangle in the territory's CRS (EPSG:2154 without territory) [m].
    since, until : datetime, date or str, optional
        Period; times without offset are those of the territory.
    extent : bool
        Whether the extent of all facts stands for communes without contour.

    Raises
    ------
    InvalidError
        ``JUM-S322`` a date that cannot be read, or a period that ends before it begins.
    """
    codes = (code,) if isinstance(code, str) else tuple(code or ())
    communes = tuple(item for item in codes if INSEE.match(item))
    others = tuple(item for item in codes if item not in communes)
    zone = territory.time_zone if territory is not None else "UTC"
    start, end = _moment(since, zone), _moment(until, zone)
    if start and end and end < start:
        raise error("JUM-S322", value=f"{since} → {until}")
    found = Scope(
        insee=communes or (territory.insee if territory is not None else ()),
        crs=territory.crs if territory is not None else _crs_of(communes),
        bounds=bounds,
        code=",".join(others),
        since=start,
        until=end,
    )
    if territory is None:
        return found
    known = _known(territory)
    box = bounds or _box(known, found.insee) or (territory.extent() if extent else None)
    return replace(found, bounds=box, points={key: known[key][0] for key in known})


def _crs_of(communes: Sequence[str]) -> str:
    return projection_of(communes[0]) if communes else "EPSG:2154"


def projection_of(insee: str) -> str:
    """Return the legal projection of a commune or of a département.

    Parameters
    ----------
    insee : str
        INSEE code.

    Raises
    ------
    NotComputableError
        ``JUM-S323``: French land that no projection of the twin serves.
    """
    if not insee.startswith(("97", "98")):
        return "EPSG:2154"
    crs = _OVERSEAS.get(insee[:3])
    if crs is None:
        raise error("JUM-S323", insee=insee)
    return crs


def _moment(value: Any, zone: str) -> datetime | None:
    from jumeau.base import time

    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as exc:
            raise error("JUM-S322", value=value) from exc
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else time.from_local(value, zone)
    if isinstance(value, date):
        return time.start_of_day(value, zone)
    raise error("JUM-S322", value=str(value))


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _known(territory: Territory) -> dict[str, tuple[tuple[float, float], Bounds]]:
    """Return {INSEE code: (point in it [°], box [m])} of the communes that have a contour."""
    import shapely

    rows = territory.table("municipality", columns=["id", "geometry"]).to_pylist()
    found = {}
    for row in rows:
        if row["geometry"] is None:
            continue
        shape = shapely.from_wkb(row["geometry"])
        point = shapely.point_on_surface(shape)
        x, y = crs_.reproject([point.x], [point.y], territory.crs, WGS84)
        found[str(row["id"])] = ((float(x[0]), float(y[0])), shape.bounds)
    return found


def _box(known: Mapping[str, tuple[Any, Bounds]], insee: Sequence[str]) -> Bounds | None:
    boxes = [known[code][1] for code in insee if code in known]
    if not boxes or len(boxes) < len(insee):  # a commune without contour would be left out
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return (min(west), min(south), max(east), max(north))


def filled(template: str, values: Mapping[str, str]) -> str | None:
    """Return a text with its placeholders filled; ``None`` if one of them is not known."""
    names = _NAME.findall(template)
    if any(not values.get(name) for name in names):
        return None
    return _NAME.sub(lambda match: values[match[1]], template)


def address(way: Way, values: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the path and the parameters of a request.

    Raises
    ------
    InvalidError
        ``JUM-S317`` when the path asks for something that is not known.
    """
    path = filled(way.path, values)
    if path is None:
        lacking = [name for name in _NAME.findall(way.path) if not values.get(name)]
        raise error("JUM-S317", lacking=", ".join(lacking))
    query = {key: filled(text, values) for key, text in way.query.items()}
    return path, {key: text for key, text in query.items() if text is not None}
