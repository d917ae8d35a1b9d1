# SPDX-License-Identifier: EUPL-1.2
"""Layers of files of geographic information as plain rows, and what is common to the readers."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error
from jumeau.worksites.water.exchange import companion, facts
from jumeau.worksites.water.exchange.drawing import NAN, XY, Line

if TYPE_CHECKING:
    import shapely

    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.report import Report

Record = dict[str, Any]
Rows = dict[str, list[Record]]
SHOWN = 5
"""Illegal values that a finding shows."""


def geopackage(path: str | Path, names: Iterable[str], standard: str) -> tuple[Rows, str]:
    """Return the rows of the layers of a GeoPackage that are asked for, and their system.

    Parameters
    ----------
    path : str or Path
        The file.
    names : iterable of str
        Layers, whatever their case; those that are not there give nothing.
    standard : str
        For the message.

    Raises
    ------
    MissingFileError
        ``JUM-H040``.
    """
    try:
        uri = f"{Path(path).resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as base:
            kinds = base.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall()
    except (sqlite3.Error, OSError) as fault:
        raise error("JUM-H040", path=str(path), format=standard, why=str(fault)) from fault
    there = {str(name).casefold(): (str(name), str(kind)) for name, kind in kinds}
    rows: Rows = {}
    systems: list[str] = []
    for name in names:
        if name.casefold() not in there:
            continue
        layer, kind = there[name.casefold()]
        if kind == "attributes":
            rows[name] = _plain(path, layer)
            continue
        rows[name], system = layer_rows(path, layer, standard)
        systems.append(system)
    return rows, next((it for it in systems if it), "")


def _plain(path: str | Path, layer: str) -> list[Record]:
    """Return the rows of a table without geometry."""
    with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)) as base:
        base.row_factory = sqlite3.Row
        quoted = layer.replace('"', '""')
        found = base.execute(f'SELECT * FROM "{quoted}"').fetchall()
    return [dict(row) for row in found]


def layer_rows(
    path: str | Path, layer: str | None, standard: str, *, latin: bool = False
) -> tuple[list[Record], str]:
    """Return the rows of a layer through GDAL, geometry as ``geom``, and its system.

    Parameters
    ----------
    path : str or Path
        The file.
    layer : str or None
        Its layer.
    standard : str
        For the message.
    latin : bool
        Whether text comes as bytes to decode: UTF-8, else Windows-1252, cell by cell.

    Raises
    ------
    MissingFileError
        ``JUM-H040``.
    """
    import warnings

    import pyogrio
    import shapely

    from jumeau.base import crs as systems

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            info = pyogrio.read_info(str(path), layer=layer, force_feature_count=True)
            if not info["features"]:
                return [], ""
            meta, fids, shapes, values = pyogrio.raw.read(
                str(path), layer=layer, encoding="ISO-8859-1" if latin else None
            )
    except Exception as fault:
        raise error("JUM-H040", path=str(path), format=standard, why=str(fault)) from fault
    del fids
    named = meta["fields"]
    geometry = (
        [None] * len(values[0]) if shapes is None else shapely.from_wkb(shapes, on_invalid="ignore")
    )
    cells = [[_cell(it, latin) for it in column.tolist()] for column in values]
    found = []
    for k, shape in enumerate(geometry):
        row = {str(name): cells[j][k] for j, name in enumerate(named)}
        row["geom"] = None if shape is None or shape.is_empty else shape
        found.append(row)
    system = systems.resolve(meta["crs"]) if meta["crs"] else None
    if system and _degrees(system):
        system = _projected(found, system)
    return found, system or ""


def _cell(value: Any, latin: bool) -> Any:
    if not latin or not isinstance(value, str):
        return value
    raw = value.encode("latin-1", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _degrees(system: str) -> bool:
    import pyproj

    return bool(pyproj.CRS.from_user_input(system).is_geographic)


def _projected(rows: list[Record], system: str) -> str:
    """Bring geometry in degrees to the legal projection of its place."""
    import numpy as np
    import shapely

    from jumeau.base import crs as systems

    shapes = [row["geom"] for row in rows if row["geom"] is not None]
    if not shapes:
        return system
    x, y = (float(np.mean([it])) for it in shapely.centroid(shapely.union_all(shapes)).coords[0])
    target = next(
        (
            code
            for code, item in systems.NATIONAL.items()
            if item.area[0] <= x <= item.area[2] and item.area[1] <= y <= item.area[3]
        ),
        "",
    )
    if not target:
        return system
    moved = iter(systems.reproject_geometries(np.array(shapes, object), system, target))
    for row in rows:
        if row["geom"] is not None:
            row["geom"] = next(moved)
    return target


def settled(
    layers: Rows,
    texts: dict[str, str],
    report: Report,
    system: str,
    read: Callable[[Rows, Report], Network],
    written: Callable[[Network], Rows],
) -> Network:
    """Return the network of a companion with what the tables changed since, or that of the tables.

    Parameters
    ----------
    layers : dict
        Rows by table.
    texts : dict
        The companion; none when empty.
    report : Report
        Of the reading; the network bears it.
    system : str
        Reference system of the coordinates.
    read, written : callable
        From rows to a network, and back.
    """
    from jumeau.worksites.water.report import Report as Fresh

    net = None
    if texts:
        try:
            net = companion.unpack(texts)
        except ValueError as fault:
            report.add("JUM-H047", "", "", count=1, column="companion", values=[str(fault)[:80]])
    if net is None:
        net = read(layers, report)
        net.crs = system
    else:
        before = read(written(net), Fresh())
        now = read(layers, Fresh())
        net = companion.merged(net, before, now, report)
    net.report = report
    return net


def illegal(layers: Rows, standard: str, report: Report) -> int:
    """Tell the values that are no codes of their lists; return how many there are.

    Parameters
    ----------
    layers : dict
        Rows by table or layer.
    standard : str
        "stareau" or "raepa".
    report : Report
        Receives ``JUM-H047`` by column.
    """
    known: dict[str, list[tuple[str, str]]] = {
        name: [(item.name, item.codes) for item in items if item.codes]
        for name, items in (facts.columns() if standard == "stareau" else facts.layers()).items()
    }
    lists = facts.codes(standard)
    total = 0
    for table, rows in layers.items():
        for column, codes in known.get(table, []):
            legal = lists[codes]
            legal_short = {code[:2] for code in legal} if standard == "raepa" else set()
            odd: dict[str, int] = {}
            for row in rows:
                value = row.get(column)
                if value is None or value == "":
                    continue
                word = str(value).strip()
                if word and word not in legal and word not in legal_short:
                    odd[word] = odd.get(word, 0) + 1
            if odd:
                count = sum(odd.values())
                total += count
                report.add(
                    "JUM-H047", table, column, count=count, column=column,
                    values=list(odd)[:SHOWN],
                )  # fmt: skip
    return total


# Geometry --------------------------------------------------------------------------------------
def parts(shape: shapely.Geometry | None) -> list[list[XY]]:
    """Return the lines of a geometry, joined where they follow one another."""
    import shapely

    if shape is None or shape.is_empty:
        return []
    if shape.geom_type == "MultiLineString":
        shape = shapely.line_merge(shape) if len(shape.geoms) > 1 else shape.geoms[0]
    lines = getattr(shape, "geoms", [shape])
    found = []
    for line in lines:
        if line.geom_type == "LineString" and not line.is_empty:
            pairs = shapely.get_coordinates(line)
            found.append([(float(x), float(y)) for x, y in pairs])
    return found


def split(line: Line, lines: list[list[XY]]) -> list[Line]:
    """Return a pipe, or one for each of the parts that do not touch."""
    if len(lines) < 2:
        return [line]
    total = sum(_long(path) for path in lines) or 1.0
    found = []
    for number, path in enumerate(lines, 1):
        part = Line(**{**vars(line), "id": f"{line.id}:{number}", "path": path})
        part.start = line.start if number == 1 else ""
        part.end = line.end if number == len(lines) else ""
        part.length_m = line.length_m * _long(path) / total
        found.append(part)
    return found


def _long(path: list[XY]) -> float:
    return sum(math.hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(path))


def heights(
    shape: shapely.Geometry | None, known: tuple[float, float] = (NAN, NAN)
) -> tuple[float, float]:
    """Return the elevations of the ends of a line, those of its points where none is known [m]."""
    import shapely

    if shape is None or not shape.has_z:
        return known
    z = shapely.get_coordinates(shape, include_z=True)[:, 2]
    ends = (float(z[0]), float(z[-1]))
    if not any(ends):
        return known  # a third dimension of zeros says nothing
    return (
        ends[0] if math.isnan(known[0]) else known[0],
        ends[1] if math.isnan(known[1]) else known[1],
    )


def place(shape: shapely.Geometry | None) -> tuple[float, float, float]:
    """Return the position and elevation of a point, the first of several [m]."""
    import shapely

    if shape is None or shape.is_empty:
        return NAN, NAN, NAN
    x, y, z = shapely.get_coordinates(shape, include_z=True)[0]
    return float(x), float(y), float(z) if z else NAN


def number(value: Any) -> float:
    """Return a value as a number, NaN when it is none."""
    if value is None:
        return NAN
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        return NAN
