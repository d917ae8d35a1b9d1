# SPDX-License-Identifier: EUPL-1.2
"""From a network to the four layers of RAEPA, and the companion for what they have no place for.

Junctions are apparatus of undetermined function that bear the elevation; sources are abstraction
points and tanks reservoirs among the works; pumps are works and valves apparatus, each between
two pipes without length that keep the continuity. RAEPA has no code for what is only a model:
these pipes bear the function "other".
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error
from jumeau.worksites.water.exchange import companion, facts, shapefile
from jumeau.worksites.water.exchange.drawing import XY, halves, length, paths, positions, shape_of
from jumeau.worksites.water.exchange.words import told
from jumeau.worksites.water.network import Network, records

if TYPE_CHECKING:
    from jumeau.worksites.water.report import Report

COMPANION = "JUMEAU.json"
"""File of the folder that holds the companion."""
AHEAD, BEHIND = "@amont", "@aval"
"""What the names of the pipes before and after a device end with."""
WORK = "modèle hydraulique"
"""Source of what is only in the model (SOURATTRIB)."""
VALVES = {"PRV": "05", "PSV": "05", "PBV": "05", "TCV": "03"}
"""Function of each kind of valve of EPANET; the others are "99", other."""
Record = dict[str, Any]


def write_raepa(
    net: Network,
    folder: str | Path,
    *,
    crs: str = "",
    owner: str = "",
    operator: str = "",
    encoding: str = "utf-8",
) -> Report:
    """Write a network as RAEPA 1.2 shapefiles (COVADIS): four layers, and a companion.

    Parameters
    ----------
    net : Network
        The network.
    folder : str or Path
        Receives CANALAEP_L, APPARAEP_P, OUVRAEP_P and REPARAEP_P, and ``JUMEAU.json``.
    crs : str
        Reference system of the coordinates, ``EPSG:n``; by default that of the network, else
        Lambert-93. Coordinates are written as they are.
    owner, operator : str
        Names of MOUVRAGE and GEXPLOIT.
    encoding : str
        "utf-8" or "cp1252".

    Returns
    -------
    Report
        Rows by layer, and what did not fit (``JUM-H048``).

    Raises
    ------
    MissingFileError
        ``JUM-H040`` when the folder cannot be written.

    References
    ----------
    Géostandard RAEPA 1.2, COVADIS, 2019.
    """
    import pyproj

    from jumeau.base import crs as systems
    from jumeau.worksites.water.exchange.stareau_writing import local_nodes
    from jumeau.worksites.water.report import Report

    report = Report()
    rows = raepa_rows(net)
    named = crs or net.crs or "EPSG:2154"
    code = systems.resolve(named)
    if code is None:
        raise error("JUM-H040", path=str(folder), format="RAEPA", why=f"CRS {named}")
    count = local_nodes(net)
    if count:
        report.add("JUM-H048", "", "", what=told("local", n=count))
    wkt = pyproj.CRS.from_user_input(code).to_wkt("WKT1_ESRI")
    today = datetime.now(UTC).strftime("%Y%m%d")
    home = Path(folder)
    try:
        home.mkdir(parents=True, exist_ok=True)
        for layer, fields in facts.layers().items():
            for row in rows[layer]:
                row |= {"MOUVRAGE": owner, "GEXPLOIT": operator, "DATEMAJ": today}
            kind = shapefile.LINE if layer.endswith("_L") else shapefile.POINT
            lost = shapefile.write(
                home / f"{layer}.shp", kind, fields, rows[layer], wkt=wkt, encoding=encoding
            )
            for field, many in lost.items():
                report.add("JUM-H048", layer, field, what=told("wide", n=many, field=field))
        (home / COMPANION).write_text(
            json.dumps({**companion.pack(net), "encoding": encoding}, ensure_ascii=False, indent=1),
            encoding="utf-8",
        )
    except OSError as fault:
        raise error("JUM-H040", path=str(folder), format="RAEPA", why=str(fault)) from fault
    report.read = {name: len(table) for name, table in rows.items() if table}
    return report


def raepa_rows(net: Network) -> dict[str, list[Record]]:
    """Return a network as rows of the layers of RAEPA, geometry as ``geom`` (shapely)."""
    work = _Rows(net)
    work.nodes()
    work.pipes()
    work.devices()
    work.assets()
    return work.rows


class _Rows:
    """Rows of the layers of a network."""

    def __init__(self, net: Network) -> None:
        self.net = net
        self.rows: dict[str, list[Record]] = {name: [] for name in facts.layers()}
        self.places, self.paths = positions(net), paths(net)
        self.names: set[str] = set(self.places)
        self.pipe_names: set[str] = set(net.pipes.index)

    def free(self, name: str, word: str) -> str:
        """Return a name of node that no other has."""
        new = name
        while new in self.names:
            new = f"{new}@{word}"
        self.names.add(new)
        return new

    def point(self, layer: str, name: str, place: XY, code: str, **values: Any) -> None:
        """Add an apparatus or a work."""
        import shapely

        key, function = (
            ("IDAPPAREIL", "FNAPPAEP") if layer == "APPARAEP_P" else ("IDOUVRAGE", "FNOUVAEP")
        )
        there = not math.isnan(place[0] + place[1])
        self.rows[layer].append(
            {
                key: name, function: code, "QUALGLOCXY": "03", "QUALGLOCZ": "03",
                "QUALANNEE": "00", "X": place[0], "Y": place[1],
                "geom": shapely.Point(place) if there else None, **values,
            }
        )  # fmt: skip

    def nodes(self) -> None:
        """Add junctions, sources and tanks."""
        for name, height in dict(self.net.junctions["elevation_m"]).items():
            self.point(
                "APPARAEP_P", str(name), self.places[str(name)], "00", Z=_height(height),
                SOURATTRIB=WORK,
            )  # fmt: skip
        for name in self.net.reservoirs.index:
            self.point("OUVRAEP_P", name, self.places[name], "05")
        for name, height in dict(self.net.tanks["elevation_m"]).items():
            self.point("OUVRAEP_P", str(name), self.places[str(name)], "03", Z=_height(height))

    def pipe(self, name: str, path: list[XY], first: str, last: str, **values: Any) -> None:
        """Add a pipe."""
        import shapely

        self.rows["CANALAEP_L"].append(
            {
                "IDCANA": name, "IDNINI": first, "IDNTERM": last, "ENSERVICE": "O",
                "BRANCHEMNT": "N", "MATERIAU": "00", "MODECIRC": "00", "CONTCANAEP": "02",
                "FONCCANAEP": "00", "QUALGLOCXY": "03", "QUALGLOCZ": "03", "QUALANNEE": "00",
                "geom": shapely.LineString(path) if len(path) > 1 else None, **values,
            }
        )  # fmt: skip

    def pipes(self) -> None:
        """Add the pipes."""
        for name, row in records(self.net.pipes).items():
            self.pipe(
                name, self.paths[name], row["from_node"], row["to_node"],
                MATERIAU=facts.raepa_code(row.get("material")),
                DIAMETRE=row["diameter_mm"], LONGCANA=row["length_m"], **_years(row),
            )  # fmt: skip

    def devices(self) -> None:
        """Add pumps and valves, each between two pipes that keep the continuity."""
        for name, row in records(self.net.pumps).items():
            self._device("OUVRAEP_P", "pompage", name, row, "01")
        for name, row in records(self.net.valves).items():
            code = VALVES.get(row["type"], "99")
            self._device(
                "APPARAEP_P", "regulation", name, row, code,
                DIAMETRE=row["diameter_mm"], SOURATTRIB=f"EPANET {row['type']}",
            )  # fmt: skip

    def _device(
        self, layer: str, word: str, name: str, row: Record, code: str, **values: Any
    ) -> None:
        middle, before, after = halves(self.paths[name])
        node = self.free(name, word)
        stubs = []
        for ending, first, last, half in (
            (AHEAD, row["from_node"], node, before),
            (BEHIND, node, row["to_node"], after),
        ):
            pipe = f"{name}{ending}"
            while pipe in self.pipe_names:
                pipe += ending
            self.pipe_names.add(pipe)
            stubs.append(pipe)
            self.pipe(
                pipe, half, first, last, FONCCANAEP="99", SOURATTRIB=WORK,
                DIAMETRE=row.get("diameter_mm"), LONGCANA=length(half),
            )  # fmt: skip
        self.point(layer, node, middle, code, IDCANAMONT=stubs[0], IDCANAVAL=stubs[1], **values)

    def assets(self) -> None:
        """Add isolation valves, hydrants, meters and service connections."""
        functions = (("isolation_valve", "03"), ("hydrant", "06"), ("meter", "07"))
        for table, code in functions:
            for name, row in _each(self.net.assets, table):
                self.point(
                    "APPARAEP_P", self.free(name, table), (row["x"], row["y"]), code,
                    IDCANPPALE=_word(row.get("pipe_id")), DIAMETRE=row.get("diameter_mm"),
                )  # fmt: skip
        for name, row in _each(self.net.assets, "service_connection"):
            shape = shape_of(row.get("geometry"))
            line = getattr(shape, "geom_type", "") == "LineString"
            path = [(x, y) for x, y, *_ in getattr(shape, "coords", [])] if line else []
            self.pipe(
                name, path, "", "", BRANCHEMNT="O", IDCANPPALE=_word(row["pipe_id"]),
                MATERIAU=facts.raepa_code(row["material"]), DIAMETRE=row["diameter_mm"],
                **_years(row),
            )  # fmt: skip


def _each(assets: dict[str, Any], table: str) -> list[tuple[str, Record]]:
    return list(records(assets[table]).items()) if table in assets else []


def _height(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _word(value: Any) -> str | None:
    return facts.text(value) or None


def _years(row: Record) -> Record:
    """Return the years of laying, both, empty where unknown."""
    years = []
    for end in ("from", "to"):
        value = facts.text(row.get(f"installed_{end}"))
        years.append(str(int(float(value))) if value else None)
    return {"ANDEBPOSE": years[0], "ANFINPOSE": years[1]}
