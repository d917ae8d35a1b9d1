# SPDX-License-Identifier: EUPL-1.2
"""A network under repair: its rows as dicts, who touches whom, and every change noted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from jumeau.worksites.water import undoing
from jumeau.worksites.water.network import LINKS, NODES, Network, records
from jumeau.worksites.water.report import Edit, Repair, Report, several

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENDS = ("from_node", "to_node")
HOLDS = ("junction_id", "pipe_id")
"""Columns by which assets hang on the network."""
SOURCES = ("reservoirs", "tanks")
LONGEST = 31
"""Bytes of the longest id that EPANET reads."""
MANY = 50
"""Rows up to which a fault is told row by row; beyond, once for all."""
Row = dict[str, Any]
Point = tuple[float, float]


class Draft:
    """A network under repair.

    Parameters
    ----------
    net : Network
        With one row an id; it is not changed.
    report : Report
        Receives repairs and findings.
    tolerance_m : float
        Distance within which two things are at one place [m].
    """

    def __init__(self, net: Network, report: Report, tolerance_m: float) -> None:
        self.net, self.report, self.tolerance = net, report, tolerance_m
        self.tables = {name: records(getattr(net, name)) for name in (*NODES, *LINKS)}
        self.tables |= {name: records(table) for name, table in net.assets.items()}
        self.hanging: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for table in net.assets:
            for name, row in self.tables[table].items():
                for column in HOLDS:
                    if row.get(column):
                        self.hanging.setdefault((column, row[column]), []).append((table, name))
        self.nodes = {name: table for table in NODES for name in self.tables[table]}
        self.links = {name: table for table in LINKS for name in self.tables[table]}
        self.bends = undoing.rows_of(net, "vertices")
        self.demands = undoing.rows_of(net, "demands")
        self.edits: list[Edit] = []
        self.all: list[Edit] = []
        self.touching: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name in self.links:
            for node in self.ends(name):
                self.touching.setdefault(node, []).append(name)
        self.scale = 1.0
        self.to_scale = True
        self.met: set[str] = set()

    # Reading -----------------------------------------------------------------------------------
    def node(self, name: str) -> Row:
        """Return the row of a node."""
        return self.tables[self.nodes[name]][name]

    def link(self, name: str) -> Row:
        """Return the row of a link."""
        return self.tables[self.links[name]][name]

    def ends(self, name: str) -> tuple[str, str]:
        """Return the nodes of a link."""
        row = self.link(name)
        return row["from_node"], row["to_node"]

    def other(self, link: str, node: str) -> str:
        """Return the end of a link that is not a node, itself for a loop."""
        first, last = self.ends(link)
        return last if first == node else first

    def at(self, name: str) -> Point:
        """Return where a node is, NaN when it is not known."""
        row = self.node(name)
        return row["x"], row["y"]

    def course(self, name: str) -> list[Point]:
        """Return the points of a link, ends included."""
        first, last = self.ends(name)
        return [self.at(first), *((it["x"], it["y"]) for it in self.bends.get(name, ())),
                self.at(last)]  # fmt: skip

    def drawn_length(self, name: str) -> float:
        """Return the length of a link on the plan, NaN when an end has no place [m]."""
        points = self.course(name)
        return self.scale * math.fsum(math.dist(a, b) for a, b in pairwise(points))

    def placed(self) -> tuple[list[str], NDArray[np.float64]]:
        """Return the nodes that have a place, and the places (n, 2)."""
        import numpy as np

        names = [
            name
            for name in self.nodes
            if math.isfinite((row := self.node(name))["x"]) and math.isfinite(row["y"])
        ]
        return names, np.array([self.at(name) for name in names]).reshape(-1, 2)

    def lines(self, names: Iterable[str]) -> tuple[list[str], NDArray[Any]]:
        """Return links of a length on the plan, and their courses as lines."""
        import numpy as np
        import shapely

        kept, sizes, points = [], [], []
        for name in names:
            course = self.course(name)
            if all(math.isfinite(x) and math.isfinite(y) for x, y in course):
                kept.append(name)
                sizes.append(len(course))
                points += course
        if not kept:
            return [], np.array([], dtype=object)
        made = shapely.linestrings(np.array(points), indices=np.repeat(np.arange(len(kept)), sizes))
        return kept, made

    def free(self, name: str, among: dict[str, str]) -> str:
        """Return an id that is not taken: ``name_2``, ``name_3`` and so on."""
        base, number = name, 2
        while len(base.encode()) > LONGEST - 5:
            base = base[:-1]
        while f"{base}_{number}" in among:
            number += 1
        return f"{base}_{number}"

    def degree(self, name: str) -> int:
        """Return how many links lead from a node to others."""
        links = self.touching[name]
        return sum(self.other(link, name) != name for link in links) if links else 0

    # Changing ----------------------------------------------------------------------------------
    def set(self, table: str, name: str, column: str, value: Any) -> None:
        """Write a cell."""
        row = self.tables[table][name]
        self._note(Edit(table, name, column, row[column], value))
        if column in ENDS:
            self.touching[row[column]].remove(name)
            self.touching[value].append(name)
        row[column] = value

    def add_node(self, table: str, name: str, row: Row) -> None:
        """Add a node."""
        self._note(Edit(table, name, "", None, dict(row)))
        self.tables[table][name] = row
        self.nodes[name] = table
        self.touching.setdefault(name, [])

    def add_link(self, table: str, name: str, row: Row) -> None:
        """Add a link."""
        self._note(Edit(table, name, "", None, dict(row)))
        self.tables[table][name] = row
        self.links[name] = table
        for node in self.ends(name):
            self.touching[node].append(name)

    def drop_node(self, name: str) -> None:
        """Take away a node without links, with its demands."""
        table = self.nodes.pop(name)
        if self.demands.get(name):
            self.set_rows("demands", name, [])
        self.rehang("junction_id", name, "")
        self._note(Edit(table, name, "", self.tables[table].pop(name), None))
        del self.touching[name]

    def drop_link(self, name: str) -> None:
        """Take away a link, with its bends."""
        if self.bends.get(name):
            self.set_rows("vertices", name, [])
        for node in self.ends(name):
            self.touching[node].remove(name)
        table = self.links.pop(name)
        if table == "pipes":
            self.rehang("pipe_id", name, "")
        self._note(Edit(table, name, "", self.tables[table].pop(name), None))

    def set_rows(self, table: str, name: str, rows: list[Row]) -> None:
        """Write the bends of a link or the demands of a junction."""
        held = self.bends if table == "vertices" else self.demands
        self._note(Edit(table, name, "", held.get(name, []), rows))
        held[name] = rows

    def set_text(self, table: str, lines: list[str], before: list[str]) -> None:
        """Write the controls or the rules."""
        self._note(Edit(table, "", "", before, lines))

    def join(self, gone: str, kept: str) -> None:
        """Put a node's links and demands on another one and drop it."""
        for link in list(dict.fromkeys(self.touching[gone])):
            for end in ENDS:
                if self.link(link)[end] == gone:
                    self.set(self.links[link], link, end, kept)
        self._hand_over(gone, kept)
        self.rehang("junction_id", gone, kept)
        self.drop_node(gone)

    def rehang(self, column: str, before: str, after: str) -> None:
        """Hang the assets of a junction or a pipe on another one."""
        moved = self.hanging.pop((column, before), [])
        for table, name in moved:
            self.set(table, name, column, after)
        if moved:
            self.hanging.setdefault((column, after), []).extend(moved)

    def _hand_over(self, gone: str, kept: str) -> None:
        """Move demand and emitter of a junction to another."""
        if self.nodes[gone] != "junctions" or self.nodes[kept] != "junctions":
            return
        mine, theirs = self.node(gone), self.node(kept)
        if mine["demand_m3_h"]:
            rows = [*self.categories(kept), *self.categories(gone)]
            single = len(rows) == 1 and not rows[0]["category"]
            self.set("junctions", kept, "demand_m3_h", theirs["demand_m3_h"] + mine["demand_m3_h"])
            self.set("junctions", kept, "pattern", rows[0]["pattern"])
            if not single or self.demands.get(kept):
                own = [{**row, "junction": kept} for row in rows]
                self.set_rows("demands", kept, own)
        if mine["emitter_m3_h"]:
            total = theirs["emitter_m3_h"] + mine["emitter_m3_h"]
            self.set("junctions", kept, "emitter_m3_h", total)
        if math.isnan(theirs["elevation_m"]) and not math.isnan(mine["elevation_m"]):
            self.set("junctions", kept, "elevation_m", mine["elevation_m"])

    def categories(self, name: str) -> list[Row]:
        """Return the demands of a junction by category; its own when it has none."""
        if self.demands.get(name):
            return list(self.demands[name])
        row = self.node(name)
        if not row["demand_m3_h"]:
            return []
        return [{"junction": name, "demand_m3_h": row["demand_m3_h"],
                 "pattern": row["pattern"], "category": ""}]  # fmt: skip

    def _note(self, edit: Edit) -> None:
        self.edits.append(edit)
        self.all.append(edit)

    # Telling -----------------------------------------------------------------------------------
    def mended(self, code: str, repair: Repair, **data: Any) -> int:
        """Close a repair: what changed since the last one is its doing."""
        where = several(repair.table, repair.entity, data.get("count", 1))
        number = self.report.mend(code, repair, self.edits, where=where, **data)
        self.edits = []
        return number

    def tell(self, code: str, table: str, names: list[str], each: Callable[[str], Row]) -> None:
        """Note the same fault of several rows: one by one, or together when they are many."""
        if len(names) <= MANY:
            for name in names:
                self.report.add(code, table, name, count=1, where=name, **each(name))
        else:
            where = several(table, "", len(names))
            data = {**each(names[0]), "count": len(names), "where": where, "shown": names[:5]}
            if isinstance(data.get("value"), str):
                data["value"] += "…"
            self.report.add(code, table, "", **data)

    def network(self) -> Network:
        """Return the network with its changes."""
        forward = [Edit(it.table, it.entity, it.column, it.after, it.before) for it in self.all]
        return undoing.undone(self.net, forward, {})
