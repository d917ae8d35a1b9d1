# SPDX-License-Identifier: EUPL-1.2
"""From rows of the twin to a network: its file as it was written, and what was changed since."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import did_you_mean, error
from jumeau.base.findings import Finding
from jumeau.twin import schema
from jumeau.worksites.water import document as documents
from jumeau.worksites.water import twin_rows
from jumeau.worksites.water.inp_reading import network_of
from jumeau.worksites.water.naming import Names
from jumeau.worksites.water.network import COLUMNS, LINKS, NODES, Network, frame, records, tuples
from jumeau.worksites.water.placing import Placing
from jumeau.worksites.water.twin_rows import NETWORK, TABLES
from jumeau.worksites.water.units import FLOWS, Units

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.twin.territory import Territory

Row = dict[str, Any]
_MOVED = 1e-6  # m: below, a point is where it was
_UNSAID = {"status": {"pipes": "open", "pumps": "open", "valves": "active"}}


@dataclass
class Reading:
    """A network read from the twin, and where its rows are.

    Parameters
    ----------
    network, name : str
        Row of ``water_network``, and its name for people.
    net : Network
        The network.
    nodes, links : Names
        Identifiers of the network and of the twin.
    points : dict
        (x, y) of each node in the territory [m].
    lines : dict
        Points of each link, (n, 2) array [m].
    districts : dict
        District metered area of each junction that has one.
    pipe_districts : dict
        District metered area of each pipe that has one.
    materials : dict
        Material of each pipe that has one.
    years : dict
        First and last year of laying of each pipe that has one, NaN for one that is not known.
    findings : list of Finding
        What is wrong or was supposed.
    supposed : dict of str to set of str
        Elements whose attribute is an estimate, by attribute.
    ranges : dict of str to dict
        Interval of these, and how they are supposed: attribute → element → low, high, method.
    estimates : list of dict
        Rows of the ``estimate`` table.
    parts : dict
        Pipe of the twin of each part of one that was split.
    """

    network: str
    name: str
    net: Network
    nodes: Names
    links: Names
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    lines: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    districts: dict[str, str] = field(default_factory=dict)
    pipe_districts: dict[str, str] = field(default_factory=dict)
    materials: dict[str, str] = field(default_factory=dict)
    years: dict[str, tuple[float, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    supposed: dict[str, set[str]] = field(default_factory=dict)
    ranges: dict[str, dict[str, tuple[float, float, str]]] = field(default_factory=dict)
    estimates: list[dict[str, Any]] = field(default_factory=list)

    @property
    def shown(self) -> str | dict[str, str]:
        """Name for sentences: rows that no network file brought have none of their own."""
        return self.name or {"en": "of the rows", "fr": "des lignes"}

    def suppose(self, attribute: str, names: Iterable[str]) -> None:
        """Note that an attribute of elements is an estimate."""
        self.supposed.setdefault(attribute, set()).update(names)

    def between(self, attribute: str, ranges: dict[str, tuple[float, float, str]]) -> None:
        """Note that an attribute of elements is an estimate, its interval and its method."""
        self.suppose(attribute, ranges)
        self.ranges.setdefault(attribute, {}).update(ranges)


def networks(t: Territory) -> dict[str, str]:
    """Return the networks of a territory, row → name; "" for rows that no network file brought."""
    found = {str(row["id"]): str(row["name"] or row["id"]) for row in _named(t)}
    for target in (TABLES[name] for name in LINKS):
        for network in t.sql(f"SELECT DISTINCT network_id AS n FROM {target}")["n"].to_pylist():
            found.setdefault(str(network or ""), str(network or ""))
    return dict(sorted(found.items()))


def _named(t: Territory) -> list[Row]:
    rows: list[Row] = t.table(NETWORK, columns=["id", "name"]).to_pylist()
    return rows


def choose(t: Territory, network: str | None) -> str:
    """Return the row of a network from its row or name, or the only one.

    Raises
    ------
    MissingError
        ``JUM-H081`` when there is none.
    UnknownNameError
        ``JUM-H082`` for an unknown one, ``JUM-H126`` for several and none named.
    """
    known = networks(t)
    if not known:
        raise error("JUM-H081")
    if network is None and len(known) == 1:
        return next(iter(known))
    if network is None:
        raise error("JUM-H126", known=list(known))
    for key, name in known.items():
        if network in (key, name):
            return key
    suggestion = did_you_mean(network, known) or next(iter(known))
    raise error("JUM-H082", network=network, known=list(known), suggestion=suggestion)


def read(t: Territory, network: str) -> Reading:
    """Return a network of the twin as its rows say, holes left as NaN and "".

    Parameters
    ----------
    t : Territory
        Territory.
    network : str
        Row of ``water_network``, or "".
    """
    found = t.table(NETWORK, where={"id": network}).to_pylist()
    row: Row = found[0] if found else {}
    origin = _origin(row)
    net = origin.copy() if origin is not None else Network(units=_units(row))
    net.origin, net.network_id = origin, network if found else ""
    _general(net, row)
    reading = Reading(network, str(row.get("name") or network), net, Names(network), Names(network))
    placing = Placing.of(row.get("placement"), json.loads(row.get("transform") or "{}"))
    before = twin_rows.placed(origin, placing) if origin is not None else None
    for group, names in ((NODES, reading.nodes), (LINKS, reading.links)):
        rows = {table: _rows(t, TABLES[table], network) for table in group}
        own = {str(it) for table in group for it in getattr(net, table).index}
        names.read((str(it["id"]) for table in group for it in rows[table]), own)
        for table in group:
            _fill(reading, table, rows[table])
    _places(reading, placing, before)
    net.placement = placing.label if found else ""
    net.placement_error_m = float(row.get("placement_error_m") or math.nan)
    for target in twin_rows.ASSETS:
        _asset(reading, target, _rows(t, target, network), placing)
    return reading


def _asset(reading: Reading, target: str, rows: list[Row], placing: Placing) -> None:
    """Put in the network what hangs on its pipes: points as x and y, others as text (WKT)."""
    import pandas as pd
    import shapely

    if not rows:
        return
    shapes = shapely.from_wkb([row.pop("geometry") for row in rows])
    shapes = shapely.transform(shapes, lambda it: np.column_stack(placing.back(*it.T)))
    table = pd.DataFrame(rows).drop(columns=["network_id", "source_id"]).set_index("id")
    for name in table.select_dtypes(["object", "str"]):
        table[name] = table[name].fillna("")
    if schema.table(target).geometry == "point":
        table["x"], table["y"] = shapely.get_coordinates(shapes).T
    else:
        table["geometry"] = shapely.to_wkt(shapes, rounding_precision=-1)
    for column, names in (("junction_id", reading.nodes), ("pipe_id", reading.links)):
        if column in table:
            own = [names.to_own.get(str(it), it) for it in table[column]]
            table[column] = pd.Series(own, table.index, object)
    reading.net.assets[target] = table


def _origin(row: Row) -> Network | None:
    """Return the network as its file was written, or ``None`` when it had none."""
    text = row.get("document")
    if not text:
        return None
    return network_of(documents.parse(text, row.get("coding") or "utf-8"), str(row["id"]))


def _units(row: Row) -> Units:
    """Return the units of a network without file: cubic metres an hour unless it says otherwise."""
    words = [*str(row.get("units") or "").split(), "", ""]
    options = json.loads(row.get("options") or "{}")
    flow = words[0] if words[0] in FLOWS else "CMH"
    loss = words[1] if words[1] in ("H-W", "D-W", "C-M") else "H-W"
    gravity = float(str(options.get("SPECIFIC GRAVITY", 1.0)).split()[0])
    return Units(flow, loss, str(options.get("PRESSURE", "")).upper(), gravity)


def _general(net: Network, row: Row) -> None:
    """Put in a network what its row says of options, times, controls, patterns and curves."""
    for name in ("options", "times", "controls", "rules"):
        if row.get(name):
            setattr(net, name, json.loads(row[name]))
    if row.get("patterns"):
        patterns = json.loads(row["patterns"])
        net.patterns = frame(
            "patterns", {name: {"multipliers": tuple(it)} for name, it in patterns.items()}
        )
    if row.get("curves"):
        curves = json.loads(row["curves"])
        net.curves = frame(
            "curves",
            {
                name: {"kind": it["kind"], "x": tuple(it["x"]), "y": tuple(it["y"])}
                for name, it in curves.items()
            },
        )


def _rows(t: Territory, table: str, network: str) -> list[Row]:
    """Return the rows of a network in a table, in the order of their identifiers."""
    rows: list[Row] = t.table(table, where={"network_id": network or None}).to_pylist()
    return sorted(rows, key=lambda row: str(row["id"]))


def _fill(reading: Reading, table: str, rows: list[Row]) -> None:
    """Put the rows of a table in the network, those of its file in their order."""
    import shapely

    net = reading.net
    names = reading.nodes if table in NODES else reading.links
    by_own = {names.to_own[str(row["id"])]: row for row in rows}
    known = [str(it) for it in getattr(net, table).index if it in by_own]
    order = dict.fromkeys([*known, *by_own])
    columns = [it for it in twin_rows.own_columns(table) if it in schema.table(TABLES[table]).names]
    data: dict[str, Row] = {}
    for name in order:
        row = by_own[name]
        data[name] = {column: _value(table, column, row[column]) for column in columns}
        if row["geometry"] is not None:
            shape = shapely.from_wkb(row["geometry"])
            if table in NODES:
                reading.points[name] = (shape.x, shape.y)
            else:
                reading.lines[name] = _line(shape)
        if row.get("dma_id"):
            held = reading.districts if table in NODES else reading.pipe_districts
            held[name] = str(row["dma_id"])
        if table == "pipes":
            if row["material"]:
                reading.materials[name] = str(row["material"])
            laid = (row["installed_from"], row["installed_to"])
            if any(laid):
                reading.years[name] = tuple(float(it or math.nan) for it in laid)
    if table in LINKS:
        for row in data.values():
            for end in ("from_node", "to_node"):
                row[end] = reading.nodes.to_own.get(row[end], row[end])
    setattr(net, table, frame(table, data))
    if table == "junctions":
        _demands(net, {name: json.loads(by_own[name]["demands"] or "[]") for name in order})


def _line(shape: Any) -> NDArray[np.float64]:
    """Return the points of a line, the parts of several one after the other."""
    import shapely

    return np.asarray(shapely.get_coordinates(shape), dtype=np.float64)


def _value(table: str, column: str, value: Any) -> Any:
    """Return a value of the twin as the network has it: what is not said is NaN or the usual."""
    if value is not None:
        return value
    if column == "status":
        return _UNSAID["status"][table]
    default = COLUMNS[table][column]
    if column in ("speed", "minor_loss", "emitter_m3_h", "minimum_volume_m3"):
        return default
    return math.nan if isinstance(default, float) else default


def _demands(net: Network, told: dict[str, list[Row]]) -> None:
    """Put in a network the categories of demand; a sum changed since scales them."""
    total = net.junctions["demand_m3_h"]
    kinds: dict[str, list[Row]] = {}
    for name, rows in told.items():
        listed: list[Row] = [
            {
                "junction": name,
                "demand_m3_h": float(row["demand_m3_h"]),
                "pattern": str(row.get("pattern") or ""),
                "category": str(row.get("category") or ""),
            }
            for row in rows
        ]
        held = math.fsum(row["demand_m3_h"] for row in listed)
        wanted = float(total[name])
        if listed and math.isfinite(wanted) and not math.isclose(held, wanted, abs_tol=1e-9):
            if held:
                listed = [
                    {**row, "demand_m3_h": row["demand_m3_h"] * wanted / held} for row in listed
                ]
            else:
                listed[0]["demand_m3_h"] = wanted
        kinds[name] = listed
    now = [tuple(row.values()) for rows in kinds.values() for row in rows]
    before: dict[str, list[Any]] = {}
    for row in tuples(net.demands):
        before.setdefault(row.junction, []).append(tuple(row)[1:])
    if [tuple(it) for rows in before.values() for it in rows] == now or (
        {k: v for k, v in before.items() if v}
        == {k: [tuple(row.values()) for row in v] for k, v in kinds.items() if v}
    ):
        return
    every = [row for rows in kinds.values() for row in rows]
    net.demands = _numbered("demands", every)


def _places(reading: Reading, placing: Placing, before: twin_rows.Placed | None) -> None:
    """Give nodes and bends their own coordinates: those of the file where nothing moved."""
    net, origin = reading.net, reading.net.origin
    former = {
        str(name): (row["x"], row["y"])
        for table in NODES
        for name, row in (records(getattr(origin, table)).items() if origin else ())
    }
    for table in NODES:
        rows = getattr(net, table)
        xy = np.full((len(rows), 2), np.nan)
        for k, name in enumerate(rows.index):
            place, was = reading.points.get(name), before.points.get(name) if before else None
            if place is not None and was is not None and math.dist(place, was) <= _MOVED:
                xy[k] = former[name]
            elif place is not None:
                u, v = placing.back(np.array([place[0]]), np.array([place[1]]))
                xy[k] = float(u[0]), float(v[0])
        rows["x"], rows["y"] = xy[:, 0], xy[:, 1]
    moved = {
        name: line
        for name, line in reading.lines.items()
        if before is None or not _same(line, before.lines.get(name))
    }
    gone = set(before.lines) - set(reading.lines) if before else set()
    if not moved and not gone:
        return
    bends: dict[str, list[tuple[float, float]]] = {}
    for row in tuples(net.vertices):
        if row.link not in moved and row.link not in gone:
            bends.setdefault(row.link, []).append((row.x, row.y))
    for name, line in moved.items():
        u, v = placing.back(line[1:-1, 0], line[1:-1, 1])
        bends[name] = list(zip(u.tolist(), v.tolist(), strict=True))
    listed = [
        {"link": name, "x": x, "y": y}
        for name in [it for it in net.link_ids() if it in bends]
        for x, y in bends[name]
    ]
    net.vertices = _numbered("vertices", listed)


def _numbered(table: str, rows: list[Row]) -> pd.DataFrame:
    """Return rows without identifiers as a table."""
    return frame(table, {str(k): row for k, row in enumerate(rows)}).reset_index(drop=True)


def _same(line: NDArray[np.float64], was: NDArray[np.float64] | None) -> bool:
    return was is not None and line.shape == was.shape and bool(np.abs(line - was).max() <= _MOVED)
