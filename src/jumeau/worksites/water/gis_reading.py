# SPDX-License-Identifier: EUPL-1.2
"""A network from the lines and points of a geographic information system."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error
from jumeau.worksites.water import gis_columns
from jumeau.worksites.water.network import COLUMNS, Network, frame
from jumeau.worksites.water.report import Report
from jumeau.worksites.water.units import Units

if TYPE_CHECKING:
    pass

PLACES = 3
"""Decimals of a metre that tell one place from another."""
NEAR = 5.0
"""Ends that bear one name are one node up to this distance [m]."""
WIDEST = 150.0
"""Diameter of a tank in a column that does not tell its unit, at most [m]."""
LONGEST = 31
"""Bytes of the longest id that EPANET reads."""
GROUPS = {
    "valves": "valve", "pumps": "pump", "tanks": "tank", "reservoirs": "reservoir",
    "hydrants": "hydrant", "junctions": "junction", "isolation_valves": "isolation",
}  # fmt: skip
"""Names of layers of points that say by themselves what they hold."""
Row = dict[str, Any]
Point = tuple[float, float]


def read_gis(
    lines: Any,
    *,
    points: Any = None,
    columns: Mapping[str, str] | None = None,
    crs: str | None = None,
    headloss: str = "H-W",
    layer: str | None = None,
    encoding: str | None = None,
) -> Network:
    """Read a network from lines and points: Shapefile, GeoPackage, GeoJSON or GeoDataFrame.

    Ends at one place, to the millimetre, are one node, and so are those that name one; the rest is
    left to :func:`repair`, which joins what touches. Nothing is supposed: what a file does not
    say is NaN, and ``net.report`` says what was read and left out.

    Parameters
    ----------
    lines : str, Path, GeoDataFrame or a sequence of them
        Pipes, multi-part or with heights too; a column of kinds may tell pumps and valves.
    points : str, Path, GeoDataFrame, sequence or mapping, optional
        Valves, pumps, tanks, sources and hydrants, told by a column of kinds, or by the keys of a
        mapping: "valves", "pumps", "tanks", "reservoirs", "hydrants", "junctions",
        "isolation_valves". Open isolation valves become ``net.assets["isolation_valve"]``.
    columns : mapping of str to str, optional
        Attribute ("diameter_mm", "from_node"…) → column, where names are not the usual ones.
    crs : str, optional
        Reference system of the network; that of the lines by default when it is in metres, else
        the national projection of the place.
    headloss : {"H-W", "D-W", "C-M"}
        Law of head loss, for which ``roughness`` is meant.
    layer : str, optional
        Layer of a GeoPackage of lines.
    encoding : str, optional
        Character coding of a Shapefile that does not tell its own.

    Returns
    -------
    Network
        With ``drawn`` true; pipes have ``material``, ``installed_from`` and ``installed_to`` too.

    Raises
    ------
    MissingFileError
        ``JUM-H105`` for a file that cannot be read.
    UnknownNameError
        ``JUM-H106`` for an attribute or a column that is not there.
    InvalidError
        ``JUM-H107`` when there is no line at all.
    """
    reader = _Reader(columns, crs, headloss)
    pipes = _tables(lines, layer, encoding)
    groups = points if isinstance(points, Mapping) else {"": points}
    others = [
        (GROUPS.get(group, group), table)
        for group, found in groups.items()
        for table in _tables(found, None, encoding)
    ]
    reader.known = {str(it) for table in (*pipes, *(it for _, it in others)) for it in table}
    for table in pipes:
        reader.read_lines(table)
    if not reader.shapes:
        raise error("JUM-H107", count=sum(reader.report.dropped.values()))
    for group, table in others:
        reader.read_points(table, group)
    return reader.network()


def _tables(given: Any, layer: str | None, encoding: str | None) -> list[Any]:
    """Return the tables of one file, one table, or several."""
    import geopandas

    if given is None:
        return []
    if isinstance(given, geopandas.GeoDataFrame):
        return [given]
    if isinstance(given, Sequence) and not isinstance(given, str):
        return [table for item in given for table in _tables(item, layer, encoding)]
    import pyogrio

    if not Path(str(given).removeprefix("/vsizip/")).exists():
        raise error("JUM-H105", path=str(given), why=_both("no_file"))
    options = {"encoding": encoding} if encoding else {}
    try:
        return [pyogrio.read_dataframe(str(given), layer=layer, **options)]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as fault:
        raise error("JUM-H105", path=str(given), why=str(fault)) from fault


class _Reader:
    """Rows of all layers, then one network of them."""

    def __init__(self, columns: Mapping[str, str] | None, crs: str | None, headloss: str) -> None:
        self.given, self.crs, self.headloss = columns, crs or "", headloss
        self.report = Report()
        self.rows: dict[str, dict[str, Row]] = {name: {} for name in COLUMNS}
        self.assets: dict[str, dict[str, Row]] = {"isolation_valve": {}, "hydrant": {}}
        self.shapes: dict[str, list[Point]] = {}
        self.taken: dict[str, set[str]] = {"node": set(), "link": set(), "asset": set()}
        self.ends: list[tuple[str, str, str, Point, float]] = []
        self.left: dict[str, int] = {}
        self.known: set[str] = set()
        """Columns of all layers: one that is named may be in some of them only."""

    def _own(self, table: Any) -> dict[str, str]:
        """Return the columns named that a layer has, and those that no layer has."""
        given = dict(self.given or {})
        there = {name for name in given.values() if name in table.columns}
        return {key: it for key, it in given.items() if it in there or it not in self.known}

    # Layers ------------------------------------------------------------------------------------
    def read_lines(self, table: Any) -> None:
        """Take a layer of lines in."""
        import shapely

        table = self._placed(table)
        rows = gis_columns.values(table, self._own(table))
        self.report.read["lines"] = self.report.read.get("lines", 0) + len(rows)
        for row, shape in zip(rows, table.geometry.array, strict=True):
            kind, sort = gis_columns.kind_of(row.get("kind", ""), "pipe")
            if not gis_columns.in_service(row):
                self._leave("lines", "out_of_service")
                continue
            if kind == "connection":
                self._leave("lines", "connection")
                continue
            flat = shapely.get_parts(shape) if shape is not None else []
            parts = [it for it in flat if it.geom_type == "LineString" and not it.is_empty]
            if not parts:
                self._leave("lines", "no_line")
            total = math.fsum(part.length for part in parts)
            for number, part in enumerate(parts):
                share = part.length / total if total > 0 else 1.0 / len(parts)
                device = kind if kind in ("pump", "valve") else "pipe"
                self._line(row, part, device, sort, number if len(parts) > 1 else -1, share)

    def _line(self, row: Row, shape: Any, kind: str, sort: str, number: int, share: float) -> None:
        """Take a line in; ``number`` is -1 for a whole one, ``share`` its part of the length."""
        import shapely

        points = shapely.get_coordinates(shape, include_z=True).tolist()
        wanted = row.get("id") or f"{kind[0].upper()}{len(self.shapes) + 1}"
        name = self._name("link", f"{wanted}.{number + 1}" if number > 0 else wanted, f"{kind}s")
        self.shapes[name] = [(x, y) for x, y, _ in points]
        link = self._link(row, kind, sort)
        if kind == "pipe":
            link["length_m"] = row.get("length_m", math.nan) * share
        self.rows[f"{kind}s"][name] = link
        for end, k in (("from_node", 0), ("to_node", -1)):
            x, y, z = points[k]
            named = row.get(end, "") if number < 0 else ""
            self.ends.append((name, end, named, (x, y), z if z else math.nan))

    def _link(self, row: Row, kind: str, sort: str) -> Row:
        """Return the row of a link, without its nodes."""
        status = gis_columns.status(row.get("status", ""))
        if kind == "pipe":
            names = ("diameter_mm", "roughness", "installed_from", "installed_to")
            return {
                **{name: row.get(name, math.nan) for name in names},
                "minor_loss": _or(row.get("minor_loss"), 0.0), "status": status,
                "material": row.get("material", ""),
            }  # fmt: skip
        if kind == "pump":
            power, curve = row.get("power_kw", math.nan), ""
            flow, lift = row.get("flow_m3_h", math.nan), row.get("lift_m", math.nan)
            if flow > 0 and lift > 0:
                curve = f"Q{flow:g}H{lift:g}"
                self.rows["curves"][curve] = {"kind": "pump", "x": (flow,), "y": (lift,)}
                power = math.nan
            return {"power_kw": power, "head_curve": curve, "status": status}
        closed = status == "closed"
        return {
            "diameter_mm": row.get("diameter_mm", math.nan), "type": sort or "TCV",
            "setting": row.get("setting", math.nan) if sort else 0.0,
            "status": "closed" if closed else "active",
        }  # fmt: skip

    def read_points(self, table: Any, group: str) -> None:
        """Take a layer of points in."""
        table = self._placed(table)
        rows = gis_columns.values(table, self._own(table))
        self.report.read["points"] = self.report.read.get("points", 0) + len(rows)
        for row, shape in zip(rows, table.geometry.array, strict=True):
            if shape is None or shape.is_empty:
                self._leave("points", "no_point")
                continue
            if not gis_columns.in_service(row):
                self._leave("points", "out_of_service")
                continue
            kind, sort = gis_columns.kind_of(row.get("kind", ""), group)
            kind = group or kind
            middle = shape if shape.geom_type == "Point" else shape.centroid
            height = _or(row.get("elevation_m"), middle.z if middle.has_z else math.nan)
            here = {"elevation_m": height, "x": middle.x, "y": middle.y}
            self._point({**row, **here}, kind, sort)

    def _point(self, row: Row, kind: str, sort: str) -> None:
        closed = gis_columns.status(row.get("status", "")) == "closed"
        if kind in ("tank", "reservoir"):
            self._source(row, kind)
        elif kind in ("valve", "pump") or (kind == "isolation" and closed):
            device = "pump" if kind == "pump" else "valve"
            name = self._name("link", row.get("id") or device, f"{device}s")
            node = self._node(row, "junctions", name)
            link = self._link(row, device, sort)
            self.rows[f"{device}s"][name] = {**link, "from_node": node, "to_node": node}
        elif kind == "isolation":
            name = self._name("asset", row.get("id") or "V", "isolation_valve")
            self.assets["isolation_valve"][name] = {
                "pipe_id": "", "diameter_mm": row.get("diameter_mm", math.nan),
                "status": "open", "x": row["x"], "y": row["y"],
            }  # fmt: skip
        elif kind == "hydrant":
            node = self._node(row, "junctions", row.get("id") or "H")
            self.rows["junctions"][node]["kind"] = "hydrant"
            self.assets["hydrant"][node] = {
                "junction_id": node, "name": "",
                "nominal_flow_m3_h": row.get("flow_m3_h", math.nan),
                "x": row["x"], "y": row["y"],
            }  # fmt: skip
        elif kind == "junction":
            node = self._node(row, "junctions", row.get("id") or "N")
            self.rows["junctions"][node]["demand_m3_h"] = _or(row.get("demand_m3_h"), 0.0)
        else:
            self._leave("points", "other_point")

    def _source(self, row: Row, kind: str) -> None:
        """Take a tank or a source in; a tank without a size is of fixed head."""
        name = row.get("id") or kind[0].upper()
        across = row.get("tank_diameter_m", math.nan)
        low, high = _or(row.get("minimum_level_m"), 0.0), row.get("maximum_level_m", math.nan)
        volume = row.get("tank_volume_m3", math.nan)
        if not across > 0 and row.get("diameter_mm", math.nan) <= WIDEST:
            across = row["diameter_mm"]  # a tank's only diameter is in metres
        if not across > 0 and volume > 0 and high > low:
            across = math.sqrt(4.0 * volume / (math.pi * (high - low)))
        if kind == "tank" and across > 0 and high > low:
            node = self._node(row, "tanks", name)
            first = _or(row.get("initial_level_m"), 0.5 * (low + high))
            self.rows["tanks"][node] |= {
                "initial_level_m": first, "minimum_level_m": low, "maximum_level_m": high,
                "diameter_m": across,
            }  # fmt: skip
            return
        level = _or(row.get("initial_level_m"), _or(high, 0.0)) if kind == "tank" else 0.0
        node = self._node(row, "reservoirs", name)
        head = _or(row.get("head_m"), row["elevation_m"] + level)
        self.rows["reservoirs"][node]["head_m"] = head
        if kind == "tank":
            self.report.add("JUM-H108", "tanks", node, head=round(head, 2))

    # Ids and places ----------------------------------------------------------------------------
    def _name(self, family: str, wanted: str, table: str) -> str:
        """Return an id that EPANET reads and that nothing else of its family bears."""
        plain = "".join("_" if it.isspace() or it in ';"' else it for it in wanted)
        while len(plain.encode()) > LONGEST - 4:
            plain = plain[:-1]
        name, number = plain, 2
        while name in self.taken[family]:
            name, number = f"{plain}_{number}", number + 1
        self.taken[family].add(name)
        if name != wanted and number > 2 and table:
            self.report.add("JUM-H063", table, name, before=wanted, after=name)
        return name

    def _node(self, row: Row, table: str, wanted: str) -> str:
        name = self._name("node", wanted, table)
        height = row.get("elevation_m", math.nan)
        self.rows[table][name] = {"elevation_m": height, "x": row["x"], "y": row["y"], "kind": ""}
        return name

    def _leave(self, table: str, why: str) -> None:
        self.report.dropped[table] = self.report.dropped.get(table, 0) + 1
        self.left[why] = self.left.get(why, 0) + 1

    def _placed(self, table: Any) -> Any:
        """Return a layer in the reference system of the network."""
        from jumeau.base import crs as systems

        source = systems.resolve(table.crs) if table.crs is not None else None
        if source is None and table.crs is not None:
            source = table.crs.to_wkt()
        if not self.crs:
            metric = table.crs is None or table.crs.is_projected
            self.crs = (source or "") if metric else _national(table)
        if source and self.crs and source != self.crs:
            moved = systems.reproject_geometries(table.geometry.array, source, self.crs)
            table = table.set_geometry(moved, crs=None)
        return table

    # The whole ---------------------------------------------------------------------------------
    def network(self) -> Network:
        """Return the network: nodes at the ends, by name or by place."""
        named, places = self._known_nodes()
        strayed: dict[str, float] = {}
        for link, end, name, point, height in self.ends:
            key = (round(point[0], PLACES), round(point[1], PLACES))
            node = named.get(name, "") if name else places.get(key, "")
            if node and name:
                row = self._row(node)
                away = math.dist(point, (row["x"], row["y"]))
                if away > NEAR:
                    strayed[name] = max(away, strayed.get(name, 0.0))
                    node = places.get(key, "")
            if not node:
                free = name if name and name not in named else f"N{len(self.taken['node']) + 1}"
                node = self._name("node", free, "")
                self.rows["junctions"][node] = {
                    "elevation_m": height, "x": point[0], "y": point[1], "kind": "",
                }  # fmt: skip
                places.setdefault(key, node)
                if name:
                    named.setdefault(name, node)
            row = self._row(node)
            if math.isnan(row.get("elevation_m", 0.0)) and not math.isnan(height):
                row["elevation_m"] = height
            table = next(it for it in ("pipes", "pumps", "valves") if link in self.rows[it])
            self.rows[table][link][end] = node
        for name, away in strayed.items():
            self.report.add("JUM-H109", "junctions", name, distance=round(away, 1))
        for why, count in self.left.items():
            self.report.add("JUM-H114", "", why, why=_both(why), count=count)
        return self._built()

    def _known_nodes(self) -> tuple[dict[str, str], dict[tuple[float, float], str]]:
        """Return the nodes that points gave, by name and by place; devices have places only."""
        named: dict[str, str] = {}
        places: dict[tuple[float, float], str] = {}
        devices = {
            row["from_node"] for it in ("valves", "pumps") for row in self.rows[it].values()
            if "from_node" in row
        }  # fmt: skip
        for table in ("reservoirs", "tanks", "junctions"):
            for name, row in self.rows[table].items():
                places.setdefault((round(row["x"], PLACES), round(row["y"], PLACES)), name)
                if name not in devices:
                    named[name] = name
        return named, places

    def _row(self, node: str) -> Row:
        return next(
            self.rows[table][node]
            for table in ("junctions", "reservoirs", "tanks")
            if node in self.rows[table]
        )

    def _built(self) -> Network:
        import pandas as pd

        for link, shape in self.shapes.items():
            for x, y in shape[1:-1]:
                number = str(len(self.rows["vertices"]))
                self.rows["vertices"][number] = {"link": link, "x": x, "y": y}
        tables: dict[str, Any] = {it: frame(it, rows) for it, rows in self.rows.items()}
        tables["vertices"] = tables["vertices"].reset_index(drop=True)
        tables["demands"] = tables["demands"].reset_index(drop=True)
        extra: dict[str, dict[str, Any]] = {
            "pipes": {"material": "", "installed_from": math.nan, "installed_to": math.nan},
            "junctions": {"kind": ""},
        }
        for table, columns in extra.items():
            for column, usual in columns.items():
                kept = [row.get(column, usual) for row in self.rows[table].values()]
                kind = "object" if usual == "" else "float64"
                tables[table][column] = pd.Series(kept, index=tables[table].index, dtype=kind)
        self.report.read |= {it: len(tables[it]) for it in ("pipes", "valves", "pumps", "tanks",
                                                            "reservoirs", "junctions")}  # fmt: skip
        assets = {
            name: pd.DataFrame.from_dict(rows, orient="index").rename_axis("id")
            for name, rows in self.assets.items()
            if rows
        }
        units = Units("CMH", self.headloss)
        return Network(
            **tables, units=units, assets=assets, crs=self.crs, report=self.report, drawn=True,
            placement="surveyed" if self.crs else "",
        )  # fmt: skip


def _national(table: Any) -> str:
    """Return the projection in metres of the place of a layer in degrees."""
    from jumeau.base import crs as systems

    west, south, east, north = table.to_crs("EPSG:4326").total_bounds
    x, y = (west + east) / 2, (south + north) / 2
    for code, place in systems.NATIONAL.items():
        if place.area[0] <= x <= place.area[2] and place.area[1] <= y <= place.area[3]:
            return code
    return f"EPSG:{table.estimate_utm_crs().to_epsg()}"


def _or(value: float | None, other: float) -> float:
    return other if value is None or math.isnan(value) else value


def _both(word: str) -> dict[str, str]:
    from jumeau.worksites.water.report import both

    return both(word)
