# SPDX-License-Identifier: EUPL-1.2
"""From a drawing to a network: joined by identifiers, else by geometry; what is supposed is told.

Order of belief: the id of a node that exists; the same unknown id at several ends; the nearest
node within the tolerance; a node of its own. Points that are links for EPANET (pumps, regulation)
are opened between the pipe that comes and the pipe that leaves.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.exchange import supposing
from jumeau.worksites.water.exchange.drawing import (
    DEVICES,
    NAN,
    XY,
    Drawing,
    Line,
    Point,
    length,
)
from jumeau.worksites.water.exchange.words import doubted, left_out, things
from jumeau.worksites.water.network import COLUMNS, Network, frame
from jumeau.worksites.water.units import Units

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.report import Report

TOLERANCE_M = 0.5
"""Distance within which two ends are one node [m]."""
REACH_M = 5.0
"""Distance at which a valve drawn beside the network is given to a pipe [m]."""
LONGEST = 31
"""Bytes of an identifier of EPANET."""
WORDY = ("material", "dma_id")
"""Columns of pipes that are text and not EPANET's."""


def built(drawing: Drawing, report: Report, tolerance_m: float = TOLERANCE_M) -> Network:
    """Return the network of a drawing.

    Parameters
    ----------
    drawing : Drawing
        Lines and points; changed in place.
    report : Report
        Receives what was left out, joined and supposed.
    tolerance_m : float
        Distance within which ends without a known node are joined [m].

    Returns
    -------
    Network
        In m³/h with Hazen-Williams. Unknown elevations, levels, diameters and settings are NaN;
        roughness is supposed from material and age, demand is 0 and said to be unknown.
    """
    work = _Building(drawing, report, tolerance_m)
    work.unique()
    work.join()
    work.devices()
    work.isolated()
    net = work.tables()
    work.hung(net)
    return net


class _Building:
    """One drawing on its way to a network."""

    def __init__(self, drawing: Drawing, report: Report, tolerance_m: float) -> None:
        self.drawing, self.report, self.tolerance = drawing, report, tolerance_m
        self.points: dict[str, Point] = {}
        self.lines: dict[str, Line] = {}
        self.links: list[tuple[Point, str, str]] = []
        self.snapped = 0

    # Identifiers -------------------------------------------------------------------------------
    def unique(self) -> None:
        """Make identifiers unique; make those that EPANET cannot bear fit."""
        again: list[str] = []
        for point in self.drawing.points:
            there = self.points.get(point.id)
            if there is not None and not (there.kind == "junction" and not there.asset):
                again.append(point.id)
            elif there is None or point.kind != "junction" or point.asset:
                self.points[point.id] = point  # what is more than a junction is the node
            else:
                again.append(point.id)
        left_out(self.report, "points", len(again), "repeated", again)
        twice: list[str] = []
        for line in self.drawing.lines:
            if line.id in self.lines:
                twice.append(line.id)
                number = 2
                while f"{line.id}:{number}" in self.lines:
                    number += 1
                line.id = f"{line.id}:{number}"
            self.lines[line.id] = line
        doubted(self.report, "pipes", len(twice), "renamed", twice)
        ends = {it for line in self.lines.values() for it in (line.start, line.end) if it}
        own = [it for it, point in self.points.items() if it in ends or not point.asset]
        nodes = _fitting({**dict.fromkeys(own), **dict.fromkeys(sorted(ends))})
        links = _fitting(self.lines)
        if nodes or links:
            pair = next(iter({**nodes, **links}.items()))
            self.report.add("JUM-H049", count=len(nodes) + len(links), name=pair[0], new=pair[1])
        for point in self.points.values():
            point.id = nodes.get(point.id, point.id)
            point.upstream = links.get(point.upstream, point.upstream)
            point.downstream = links.get(point.downstream, point.downstream)
        for line in self.lines.values():
            line.id = links.get(line.id, line.id)
            line.start, line.end = (nodes.get(it, it) for it in (line.start, line.end))
        for service in self.drawing.services:
            service.main = links.get(service.main, service.main)
            service.start, service.end = (nodes.get(it, it) for it in (service.start, service.end))
        self.points = {point.id: point for point in self.points.values()}
        self.lines = {line.id: line for line in self.lines.values()}

    # Topology ----------------------------------------------------------------------------------
    def join(self) -> None:
        """Give each end of each line a node."""
        placeless = []
        for name, line in list(self.lines.items()):
            if len(line.path) < 2 and not (line.start and line.end):
                placeless.append(name)
                del self.lines[name]
        left_out(self.report, "pipes", len(placeless), "nowhere", placeless)
        unknown: dict[str, list[tuple[Line, str, XY | None]]] = {}
        nameless: list[tuple[Line, str, XY | None]] = []
        for line in self.lines.values():
            for end in ("start", "end"):
                name = getattr(line, end)
                if name in self.points:
                    continue
                place = None
                if len(line.path) > 1:
                    place = line.path[0 if end == "start" else -1]
                if name:
                    unknown.setdefault(name, []).append((line, end, place))
                elif place is not None:
                    nameless.append((line, end, place))
        taken = {it for line in self.lines.values() for it in (line.start, line.end)}
        free = _Places(
            {k: (p.x, p.y) for k, p in self.points.items() if not math.isnan(p.x)}, self.tolerance
        )
        snapped = 0
        for name, ends in unknown.items():
            places = [place for *_, place in ends if place is not None]
            middle = _middle(places)
            near = free.nearest(middle)
            if near and (near not in taken or len(ends) == 1):
                for line, end, _ in ends:
                    setattr(line, end, near)
                snapped += len(ends)
                taken.add(near)
                continue
            self.points[name] = Point(name, x=middle[0], y=middle[1])
            free.add(name, middle)
        for line, end, place in nameless:
            near = free.nearest(place or (NAN, NAN))
            if not near:
                near = self._name()
                x, y = place or (NAN, NAN)
                self.points[near] = Point(near, x=x, y=y)
                free.add(near, (x, y))
            setattr(line, end, near)
            snapped += 1
        self.snapped = snapped
        if snapped:
            self.report.add(
                "JUM-H043",
                "pipes",
                count=snapped,
                total=2 * len(self.lines),
                tolerance=self.tolerance,
            )
        loops = [name for name, line in self.lines.items() if line.start == line.end]
        for name in loops:
            del self.lines[name]
        left_out(self.report, "pipes", len(loops), "loop", loops)

    def _name(self) -> str:
        """Return a name for a node that has none."""
        number = len(self.points) + 1
        while f"N{number}" in self.points:
            number += 1
        return f"N{number}"

    def incident(self) -> dict[str, list[Line]]:
        """Return the lines at each node."""
        found: dict[str, list[Line]] = {}
        for line in self.lines.values():
            found.setdefault(line.start, []).append(line)
            found.setdefault(line.end, []).append(line)
        return found

    def devices(self) -> None:
        """Open the pumps and the regulation between the pipe that comes and that which leaves."""
        incident = self.incident()
        supposed: dict[str, list[str]] = {}
        unplaced: dict[str, list[str]] = {}
        for point in [it for it in self.points.values() if it.kind in DEVICES]:
            lines = incident.get(point.id, [])
            before = [line for line in lines if line.end == point.id]
            after = [line for line in lines if line.start == point.id]
            if not (before and after):
                told = [it for it in lines if it.id == point.upstream]
                if len(lines) == 2:
                    before = told or [lines[0]]
                    after = [line for line in lines if line not in before]
                    if not told:
                        supposed.setdefault(point.kind, []).append(point.id)
                else:
                    if lines:
                        unplaced.setdefault(point.kind, []).append(point.id)
                        point.kind = "junction"
                    continue
            if len(lines) > 2:
                supposed.setdefault(point.kind, []).append(point.id)
            ends = [
                self._side(point, side, word, incident)
                for side, word in ((before, "amont"), (after, "aval"))
            ]
            self.links.append((point, ends[0], ends[1]))
            del self.points[point.id]
        for found, word in ((supposed, "direction"), (unplaced, "unplaced")):
            for kind, names in found.items():
                doubted(self.report, f"{kind}s", len(names), word, names)

    def _side(
        self, point: Point, lines: list[Line], word: str, incident: dict[str, list[Line]]
    ) -> str:
        """Return the node on a side of a device: that beyond a fictitious line, or a new one."""
        if len(lines) == 1 and lines[0].fictitious:
            line = lines[0]
            beyond = line.start if line.end == point.id else line.end
            if beyond in self.points and self.points[beyond].kind not in DEVICES:
                self.lines.pop(line.id, None)
                for name in (line.start, line.end):
                    incident[name] = [it for it in incident[name] if it is not line]
                return beyond
        name = _short(f"{point.id}-{word}")
        while name in self.points:
            name = _short(f"{name}-{word}")
        height = point.row.get("elevation_m", NAN)
        self.points[name] = Point(name, x=point.x, y=point.y, row={"elevation_m": height})
        for line in lines:
            if line.start == point.id:
                line.start = name
            else:
                line.end = name
        return name

    def isolated(self) -> None:
        """Leave out points without a line; those that are assets may still stand on a pipe."""
        used = {it for line in self.lines.values() for it in (line.start, line.end)}
        used |= {end for _, first, last in self.links for end in (first, last)}
        beyond = {it for service in self.drawing.services for it in (service.start, service.end)}
        gone: dict[str, list[str]] = {}
        for name, point in list(self.points.items()):
            if name in used:
                continue
            del self.points[name]
            if point.asset:
                self.drawing.loose.append(point)
            elif name not in beyond:  # ends of service connections go with them
                gone.setdefault(f"{point.kind}s", []).append(name)
        for table, names in gone.items():
            left_out(self.report, table, len(names), "isolated", names)

    # Tables ------------------------------------------------------------------------------------
    def tables(self) -> Network:
        """Return the network, suppositions told."""
        heights = self._heights()
        rows: dict[str, dict[str, dict[str, Any]]] = {
            name: {} for name in ("junctions", "reservoirs", "tanks", "pumps", "valves")
        }
        for name, point in self.points.items():
            row = {"x": point.x, "y": point.y, **_unknown(point.kind), **point.row}
            if point.kind == "junction":
                if math.isnan(row["elevation_m"]):
                    row["elevation_m"] = heights.get(name, NAN)
                row = {it: row[it] for it in ("x", "y", "elevation_m")}
            rows[f"{point.kind}s"][name] = row
        names = set(self.lines)
        for point, first, last in self.links:
            name = _short(point.name or point.id)
            while name in names:
                name = _short(f"{name}-{point.kind}")
            names.add(name)
            row = {**_unknown(point.kind), **point.row, "from_node": first, "to_node": last}
            row.pop("elevation_m", None)
            rows[f"{point.kind}s"][name] = row
        self._close()
        tables: dict[str, Any] = {name: frame(name, found) for name, found in rows.items()}
        net = Network(**tables, pipes=self._pipes(), units=Units("CMH"))
        net.vertices = frame("vertices", dict(enumerate(self._bends()))).reset_index(  # type: ignore[arg-type]
            drop=True
        )
        net.options = {"UNITS": "CMH", "HEADLOSS": "H-W"}
        net.drawn = self.snapped > 0
        self._told(net)
        return net

    def _heights(self) -> dict[str, float]:
        """Return the mean elevation of the ends of pipes that meet at each node [m]."""
        found: dict[str, list[float]] = {}
        for line in self.lines.values():
            for name, height in zip((line.start, line.end), line.heights, strict=True):
                if not math.isnan(height):
                    found.setdefault(name, []).append(height)
        return {name: sum(values) / len(values) for name, values in found.items()}

    def _close(self) -> None:
        """Close the pipe behind a closed valve; a check valve lets it flow one way."""
        incident = self.incident()
        for point in self.points.values():
            lines = incident.get(point.id, []) if point.closes else []
            after = [line for line in lines if line.start == point.id]
            if point.closes == "closed" and lines:
                (after or lines)[0].status = "closed"
            elif point.closes == "cv" and len(after) == 1 and after[0].status == "open":
                after[0].status = "cv"

    def _pipes(self) -> pd.DataFrame:
        lines = list(self.lines.values())
        for line in lines:
            if not line.length_m > 0:
                line.length_m = length(line.path)
        more = ("material", "installed_from", "installed_to", "dma_id")
        columns: dict[str, Any] = {
            name: [getattr(line, name) for line in lines]
            for name in ("length_m", "diameter_mm", "status", *more)
        }
        columns["from_node"] = [line.start for line in lines]
        columns["to_node"] = [line.end for line in lines]
        c, low, high = supposing.roughness(
            columns["material"],
            columns["installed_from"],
            columns["installed_to"],
            columns["diameter_mm"],
            datetime.now(UTC).year,
        )
        columns["roughness"], columns["minor_loss"] = c, [0.0] * len(lines)
        table = frame("pipes", {line.id: {} for line in lines})
        for name in (*COLUMNS["pipes"], *more):
            numbers = isinstance(COLUMNS["pipes"].get(name, 0.0), float) and name not in WORDY
            table[name] = np.asarray(columns[name], "float64" if numbers else object)
        table["roughness_low"], table["roughness_high"] = low, high  # supposed, with its interval
        if lines:
            self.report.add(
                "JUM-H041",
                "pipes",
                count=len(lines),
                mean=round(float(c.mean()), 1),
                low=round(float(low.mean()), 1),
                high=round(float(high.mean()), 1),
                unknown=sum(not line.material for line in lines),
            )
        return table

    def _bends(self) -> Iterable[dict[str, Any]]:
        for line in self.lines.values():
            for x, y in line.path[1:-1]:
                yield {"link": line.id, "x": x, "y": y}

    def _told(self, net: Network) -> None:
        """Tell what stays unknown, and that there is no demand."""
        for table, column in (
            ("junctions", "elevation_m"),
            ("reservoirs", "head_m"),
            ("tanks", "elevation_m"),
            ("tanks", "initial_level_m"),
            ("tanks", "maximum_level_m"),
            ("tanks", "diameter_m"),
            ("pipes", "diameter_mm"),
            ("pipes", "length_m"),
            ("valves", "setting"),
        ):
            values = getattr(net, table)[column]
            missing = int((values.isna() if column != "diameter_mm" else ~(values > 0)).sum())
            if table == "valves":
                missing = int(((net.valves["status"] == "active") & values.isna()).sum())
            if missing:
                self.report.add(
                    "JUM-H042",
                    table,
                    column,
                    column=column,
                    count=missing,
                    things=things(table, len(values)),
                )
        pumps = int((net.pumps["power_kw"].isna() & (net.pumps["head_curve"] == "")).sum())
        if pumps:
            self.report.add(
                "JUM-H042", "pumps", "head_curve", column="head_curve", count=pumps,
                things=things("pumps", len(net.pumps)),
            )  # fmt: skip
        if len(net.junctions):
            self.report.add(
                "JUM-H042", "junctions", "demand_m3_h", column="demand_m3_h",
                count=len(net.junctions), things=things("junctions", len(net.junctions)),
            )  # fmt: skip

    # What hangs on the network -------------------------------------------------------------------
    def hung(self, net: Network) -> None:
        """Give valves, hydrants, meters and connections their pipe and their node."""
        from jumeau.worksites.water.exchange import hanging

        hanging.hang(net, self.drawing, self.points, self.lines, self.report, REACH_M)


class _Places:
    """Nodes by place: a grid of cells as wide as the tolerance."""

    def __init__(self, places: dict[str, XY], tolerance: float) -> None:
        self.cell = max(tolerance, 1e-6)
        self.places: dict[str, XY] = {}
        self.cells: dict[tuple[int, int], list[str]] = {}
        for name, place in places.items():
            self.add(name, place)

    def add(self, name: str, place: XY) -> None:
        """Add a node."""
        if not math.isnan(place[0]):
            self.places[name] = place
            key = (math.floor(place[0] / self.cell), math.floor(place[1] / self.cell))
            self.cells.setdefault(key, []).append(name)

    def nearest(self, place: XY) -> str:
        """Return the nearest node within the tolerance, "" for none."""
        if math.isnan(place[0]):
            return ""
        i, j = (math.floor(value / self.cell) for value in place)
        best = (self.cell, "")
        for di in (-1, 0, 1):
            for dj in (-1, 0, 1):
                for name in self.cells.get((i + di, j + dj), ()):
                    x, y = self.places[name]
                    away = math.hypot(x - place[0], y - place[1])
                    if away < best[0] or (away == best[0] and not best[1]):
                        best = (away, name)
        return best[1]


def _middle(places: list[XY]) -> XY:
    if not places:
        return (NAN, NAN)
    return (
        sum(place[0] for place in places) / len(places),
        sum(place[1] for place in places) / len(places),
    )


def _unknown(kind: str) -> dict[str, Any]:
    """Return the columns of a kind whose value nobody may guess."""
    columns: dict[str, tuple[str, ...]] = {
        "junction": ("elevation_m",),
        "reservoir": ("head_m",),
        "tank": ("elevation_m", "initial_level_m", "maximum_level_m", "diameter_m"),
        "valve": ("setting", "diameter_mm"),
    }
    return dict.fromkeys(columns.get(kind, ()), NAN)


def _fitting(names: Iterable[str]) -> dict[str, str]:
    """Return new names for those that EPANET cannot bear: too long, with blanks or signs."""
    found: dict[str, str] = {}
    taken = set(names)
    for name in names:
        new = _short(name)
        if new == name:
            continue
        while new in taken:
            new = _short(f"{new}~{len(taken)}")
        taken.add(new)
        found[name] = new
    return found


def _short(name: str) -> str:
    """Return a name that EPANET can bear."""
    plain = "".join("_" if it.isspace() or it in '";' else it for it in name) or "_"
    if len(plain.encode()) <= LONGEST:
        return plain
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()[:8]
    head = plain.encode()[: LONGEST - 9].decode(errors="ignore")
    return f"{head}~{digest}"
