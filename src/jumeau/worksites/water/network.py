# SPDX-License-Identifier: EUPL-1.2
"""A water network with EPANET's vocabulary: tables by id, in metres, millimetres and m³/h."""

from __future__ import annotations

import copy as copying
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jumeau.worksites.water.units import Units

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.document import Document
    from jumeau.worksites.water.report import Report

COLUMNS: dict[str, dict[str, Any]] = {
    "junctions": {
        "elevation_m": 0.0, "demand_m3_h": 0.0, "pattern": "", "emitter_m3_h": 0.0,
        "x": float("nan"), "y": float("nan"),
    },
    "reservoirs": {"head_m": 0.0, "pattern": "", "x": float("nan"), "y": float("nan")},
    "tanks": {
        "elevation_m": 0.0, "initial_level_m": 0.0, "minimum_level_m": 0.0,
        "maximum_level_m": 0.0, "diameter_m": 0.0, "minimum_volume_m3": 0.0, "volume_curve": "",
        "overflow": False, "x": float("nan"), "y": float("nan"),
    },
    "pipes": {
        "from_node": "", "to_node": "", "length_m": 0.0, "diameter_mm": 0.0, "roughness": 0.0,
        "minor_loss": 0.0, "status": "open",
    },
    "pumps": {
        "from_node": "", "to_node": "", "power_kw": float("nan"), "head_curve": "", "speed": 1.0,
        "pattern": "", "status": "open",
    },
    "valves": {
        "from_node": "", "to_node": "", "diameter_mm": 0.0, "type": "", "setting": float("nan"),
        "curve": "", "minor_loss": 0.0, "status": "active",
    },
    "patterns": {"multipliers": ()},
    "curves": {"kind": "", "x": (), "y": ()},
    "demands": {"junction": "", "demand_m3_h": 0.0, "pattern": "", "category": ""},
    "vertices": {"link": "", "x": 0.0, "y": 0.0},
}  # fmt: skip
"""Columns of the tables with their defaults. Roughness: C, n, or mm with Darcy-Weisbach.

Settings of valves: m for PRV, PSV and PBV, m³/h for FCV, loss coefficient for TCV, % for PCV.
"""
NODES = ("junctions", "reservoirs", "tanks")
LINKS = ("pipes", "pumps", "valves")
VALVES = ("PRV", "PSV", "PBV", "FCV", "TCV", "GPV", "PCV")


def empty(table: str) -> pd.DataFrame:
    """Return a table without rows."""
    return frame(table, {}) if table in COLUMNS else frame("junctions", {})


def frame(table: str, rows: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Return rows by id as a table with all its columns."""
    import pandas as pd

    columns = COLUMNS[table]
    data = {
        name: [row.get(name, default) for row in rows.values()] for name, default in columns.items()
    }
    index = pd.Index(list(rows), dtype=object, name="id")
    built = pd.DataFrame(data, index=index)
    return built.astype({name: _kind(default) for name, default in columns.items()})


def _kind(default: Any) -> str:
    if isinstance(default, bool):
        return "bool"
    return "float64" if isinstance(default, float) else "object"


def records(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the rows of a table by id, each a dict by column."""
    rows: Any = table.to_dict("index")
    return dict(rows)


def tuples(table: pd.DataFrame) -> list[Any]:
    """Return the rows of a table as named tuples."""
    return list(table.itertuples())


@dataclass
class Network:
    """A water network (EPANET 2.3).

    Parameters
    ----------
    junctions, reservoirs, tanks, pipes, pumps, valves, patterns, curves : DataFrame
        By id, in the order of the file; columns in :data:`COLUMNS`, units in their names.
    demands : DataFrame
        Categories of demand, those of ``[DEMANDS]``; a junction that has some has their sum in
        ``junctions.demand_m3_h``; change that sum, and the categories are scaled to it, or change
        the categories.
    vertices : DataFrame
        Bends of links, in their order.
    controls, rules : list of str
        Simple controls and lines of rules, as written, in the units of ``units``.
    options, times : dict
        As the file says, keys in capitals; values are text in the file's units.
    units : Units
        Units of the file, and of ``controls`` and ``rules``.
    document : Document, optional
        The file the network was read from: what was not changed is written back as it was.
    assets : dict of str to DataFrame
        What hangs on the pipes and EPANET does not know, by table of the twin and by id:
        ``isolation_valve``, ``hydrant``, ``service_connection``, ``meter``; columns of its schema
        with ``x`` and ``y``.
    crs : str
        Reference system of the coordinates, ``EPSG:n``; "" when it is not known.
    report : Report, optional
        What was read, left out and supposed by the reader of a file of geographic information.
    drawn : bool
        Whether a drawing told who touches whom, so that :func:`repair` joins what touches.
    placement : str
        How the coordinates were placed: "surveyed", "control points", "declared", "invented".
    placement_error_m : float
        Root mean square of the residuals of the control points [m].
    """

    junctions: pd.DataFrame = field(default_factory=lambda: empty("junctions"))
    reservoirs: pd.DataFrame = field(default_factory=lambda: empty("reservoirs"))
    tanks: pd.DataFrame = field(default_factory=lambda: empty("tanks"))
    pipes: pd.DataFrame = field(default_factory=lambda: empty("pipes"))
    pumps: pd.DataFrame = field(default_factory=lambda: empty("pumps"))
    valves: pd.DataFrame = field(default_factory=lambda: empty("valves"))
    patterns: pd.DataFrame = field(default_factory=lambda: empty("patterns"))
    curves: pd.DataFrame = field(default_factory=lambda: empty("curves"))
    demands: pd.DataFrame = field(default_factory=lambda: empty("demands"))
    vertices: pd.DataFrame = field(default_factory=lambda: empty("vertices"))
    controls: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    units: Units = field(default_factory=lambda: Units("CMH"))
    document: Document | None = None
    origin: Network | None = field(default=None, repr=False)
    """The network as it was read, to tell what has changed."""
    network_id: str = field(default="", repr=False)
    """Row of the table ``water_network`` it was read from; "" for another origin."""
    assets: dict[str, pd.DataFrame] = field(default_factory=dict)
    crs: str = ""
    report: Report | None = field(default=None, repr=False, compare=False)
    drawn: bool = False
    placement: str = ""
    placement_error_m: float = float("nan")

    def node_ids(self) -> list[str]:
        """Return the nodes in EPANET's order: junctions, then reservoirs and tanks as written."""
        if self.document is None:
            return [*self.junctions.index, *self.reservoirs.index, *self.tanks.index]
        return [*self.junctions.index, *self._ordered(("RESERVOIRS", "TANKS"), NODES[1:])]

    def link_ids(self) -> list[str]:
        """Return the links in EPANET's order: as written."""
        if self.document is None:
            return [name for table in LINKS for name in getattr(self, table).index]
        return self._ordered(("PIPES", "PUMPS", "VALVES"), LINKS)

    def copy(self) -> Network:
        """Return an independent copy."""
        twin = copying.copy(self)
        for name in COLUMNS:
            setattr(twin, name, getattr(self, name).copy())
        twin.controls, twin.rules = list(self.controls), list(self.rules)
        twin.options, twin.times = dict(self.options), dict(self.times)
        twin.assets = {name: table.copy() for name, table in self.assets.items()}
        return twin

    def _ordered(self, sections: tuple[str, ...], tables: tuple[str, ...]) -> list[str]:
        sections_there = self.document.sections if self.document else []
        there = {name: None for table in tables for name in getattr(self, table).index}
        written = [
            line.tokens[0]
            for section in sections_there
            if section.name in sections
            for line in section.lines
            if line.tokens and line.tokens[0] in there
        ]
        return list(dict.fromkeys([*written, *there]))
