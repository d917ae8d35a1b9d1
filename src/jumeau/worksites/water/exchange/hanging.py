# SPDX-License-Identifier: EUPL-1.2
"""What hangs on a network: isolation valves, hydrants, meters, service connections, each on a pipe.

The pipe is that of the node a thing stands on, else the one it names, else the nearest within
reach; a thing without any stays, its pipe unknown, and is told.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.exchange.drawing import NAN, Drawing, Line, Point, Service
from jumeau.worksites.water.exchange.words import doubted

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.report import Report

COLUMNS: dict[str, dict[str, Any]] = {
    "isolation_valve": {"pipe_id": "", "diameter_mm": NAN, "status": "open", "x": NAN, "y": NAN},
    "hydrant": {"junction_id": "", "name": "", "nominal_flow_m3_h": NAN, "x": NAN, "y": NAN},
    "meter": {
        "name": "", "kind": "", "service_connection_id": "", "junction_id": "", "pipe_id": "",
        "dma_id": "", "x": NAN, "y": NAN,
    },
    "service_connection": {
        "pipe_id": "", "junction_id": "", "building_id": "", "material": "", "diameter_mm": NAN,
        "installed_from": NAN, "installed_to": NAN, "geometry": "LINESTRING EMPTY",
    },
}  # fmt: skip
"""Columns of the tables of :attr:`Network.assets`; ``geometry`` is text (WKT)."""


def asset_table(table: str, rows: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Return rows by id as a table of assets with all its columns."""
    import pandas as pd

    usual = COLUMNS[table]
    data = {name: [row.get(name, it) for row in rows.values()] for name, it in usual.items()}
    index = pd.Index(list(rows), dtype=object, name="id")
    built = pd.DataFrame(data, index=index, columns=list(usual))
    kinds = {name: "float64" if isinstance(it, float) else "object" for name, it in usual.items()}
    return built.astype(kinds)


def hang(
    net: Network,
    drawing: Drawing,
    points: dict[str, Point],
    lines: dict[str, Line],
    report: Report,
    reach_m: float,
) -> None:
    """Fill ``net.assets`` from the things of a drawing.

    Parameters
    ----------
    net : Network
        Receives the tables.
    drawing : Drawing
        With things on nodes, things on no node, service connections.
    points, lines : dict
        Nodes and pipes of the network.
    report : Report
        Receives ``JUM-H044`` for things far from every pipe, which stay without one.
    reach_m : float
        Distance at which a thing beside the network is given to a pipe [m].
    """
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    at: dict[str, list[str]] = {}
    for line in lines.values():
        at.setdefault(line.start, []).append(line.id)
        at.setdefault(line.end, []).append(line.id)
    near = _Nearest(lines)
    closed = {line.id for line in lines.values() if line.status == "closed"}
    standing = [(point, True) for point in points.values() if point.asset]
    loose = [(point, False) for point in drawing.loose if point.asset]
    far: dict[str, list[str]] = {}
    for point, on in [*standing, *loose]:
        own = at.get(point.id, []) if on else []
        shut = [name for name in own if name in closed] if point.closes else []
        pipe = (shut or own or [point.upstream or point.downstream])[0]
        if pipe not in lines:
            pipe = near.pipe(point.x, point.y, reach_m)
        if not pipe:
            far.setdefault(point.asset, []).append(point.id)
        node = point.id if on else _end(lines.get(pipe), points, point)
        told = {"x": point.x, "y": point.y, "pipe_id": pipe, "junction_id": node}
        table = rows.setdefault(point.asset, {})
        name = point.name or point.id
        while name in table:  # an identifier of the service that comes twice
            name = point.id if name != point.id and point.id not in table else f"{name}+"
        table[name] = {**told, **point.details}
        if not on and point.closes == "closed" and pipe:
            net.pipes.loc[pipe, "status"] = "closed"
    for service in drawing.services:
        rows.setdefault("service_connection", {})[service.id] = _connection(
            service, points, lines, near, at, reach_m
        )
    for kind, names in far.items():
        doubted(report, kind, len(names), "far", names)
    net.assets = {name: asset_table(name, found) for name, found in rows.items()}


def _connection(
    service: Service,
    points: dict[str, Point],
    lines: dict[str, Line],
    near: _Nearest,
    at: dict[str, list[str]],
    reach_m: float,
) -> dict[str, Any]:
    """Return the row of a service connection: the main it leaves, and the nearer of its ends."""
    node = next((name for name in (service.start, service.end) if name in points), "")
    pipe = service.main if service.main in lines else next(iter(at.get(node, [])), "")
    if not pipe:
        for x, y in (service.path[0], service.path[-1]) if service.path else ():
            pipe = pipe or near.pipe(x, y, reach_m)
    if not node and pipe and service.path:
        x, y = service.path[0]
        node = _end(lines[pipe], points, Point("", x=x, y=y))
    text = "LINESTRING EMPTY"
    if len(service.path) > 1:
        inside = ", ".join(f"{x!r} {y!r}" for x, y in service.path)
        text = f"LINESTRING ({inside})"
    elif service.path:
        text = f"POINT ({service.path[0][0]!r} {service.path[0][1]!r})"
    return {"pipe_id": pipe, "junction_id": node, "geometry": text, **service.details}


def _end(line: Line | None, points: dict[str, Point], point: Point) -> str:
    """Return the end of a pipe that is nearer to a point."""
    if line is None:
        return ""
    ends = [name for name in (line.start, line.end) if name in points]
    if not ends:
        return ""
    away = [
        np.nan_to_num(np.hypot(points[it].x - point.x, points[it].y - point.y), nan=np.inf)
        for it in ends
    ]
    return ends[int(np.argmin(away))]


class _Nearest:
    """The nearest pipe to a place."""

    def __init__(self, lines: dict[str, Line]) -> None:
        self.lines = [line for line in lines.values() if len(line.path) > 1]
        self.tree: Any = None

    def pipe(self, x: float, y: float, reach_m: float) -> str:
        """Return the nearest pipe within reach, "" for none."""
        if math.isnan(x) or not self.lines:
            return ""
        import shapely

        if self.tree is None:
            self.tree = shapely.STRtree([shapely.LineString(line.path) for line in self.lines])
        found = self.tree.query_nearest(shapely.Point(x, y), max_distance=reach_m)
        return self.lines[int(found[0])].id if len(found) else ""
