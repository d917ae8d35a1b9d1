# SPDX-License-Identifier: EUPL-1.2
"""From a network to the 22 tables of StaR-Eau, and the companion for what they have no place for.

Junctions are pieces, sources abstraction points, tanks reservoirs; pumps and valves, links for
EPANET, are nodes here, between two fictitious pipes that keep the continuity. What the network
does not know is said with the standard's own codes, never guessed.
"""

from __future__ import annotations

import math
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error
from jumeau.worksites.water.exchange import companion, facts, geopackage
from jumeau.worksites.water.exchange.drawing import (
    NAN,
    XY,
    halves,
    length,
    paths,
    positions,
    shape_of,
)
from jumeau.worksites.water.exchange.facts import Column
from jumeau.worksites.water.exchange.words import told
from jumeau.worksites.water.network import Network, records

if TYPE_CHECKING:
    import shapely

    from jumeau.worksites.water.report import Report

COMPANION = "jumeau_network"
"""Table of the GeoPackage that holds the companion."""
UNKNOWN = "non_renseigne"
YEAR = "-9999"
"""Year that is not known."""
PLACE = "00000"
"""Code of the municipality when none is given: legal for the standard, and of no place."""
INSEE = r"([013-9]\d|2[AB1-9])\d{3}"
"""Codes of municipalities that the standard takes (domain ``c_insee``)."""
SMALLEST, LARGEST = -32768, 32767
"""Bounds of a small integer."""
BAR_M = 10.197162129779283
"""Metres of water in a bar."""
AHEAD, BEHIND = "@amont", "@aval"
"""What the names of the fictitious pipes before and after a device end with."""
TAPPING, DELIVERY = "@raccord", "@livraison"
"""What the names of the ends of a service connection end with."""
REGULATION = {
    "PRV": ("reducteur", "aval", "pression"),
    "PSV": ("stabilisateur", "amont", "pression"),
    "FCV": ("limiteur", "aval", "debit"),
}
"""Regulation of EPANET in the codes of StaR-Eau: kind, side and quantity of the setting."""
Record = dict[str, Any]


def write_stareau(
    net: Network,
    path: str | Path,
    *,
    crs: str = "",
    municipality: str = PLACE,
    owner: str = "non renseigné",
    operator: str = "non renseigné",
) -> Report:
    """Write a network as a StaR-Eau GeoPackage (Astee and CNIG): 22 tables, and a companion.

    Parameters
    ----------
    net : Network
        The network.
    path : str or Path
        The file, .gpkg; one that is there is replaced.
    crs : str
        Reference system of the coordinates, ``EPSG:n``; by default that of the network, else
        Lambert-93. Coordinates are written as they are.
    municipality : str
        Code of the municipality (INSEE), the same for all rows.
    owner, operator : str
        Names of ``maitre_ouvrage`` and ``exploitant``.

    Returns
    -------
    Report
        Rows by table, and what the tables have no place for (``JUM-H048``).

    Raises
    ------
    MissingFileError
        ``JUM-H040`` when the file cannot be written, or the municipality or system is none.

    References
    ----------
    StaR-Eau, cnigfr/StaR-Eau, template of 29 June 2025, Licence Ouverte 2.0.
    """
    from jumeau.base import crs as systems
    from jumeau.worksites.water.report import Report

    report = Report()
    if not re.fullmatch(INSEE, municipality):
        why = f"insee_commune {municipality}"
        raise error("JUM-H040", path=str(path), format="StaR-Eau", why=why)
    rows = stareau_rows(net)
    local = local_nodes(net)
    common = {
        "insee_commune": municipality,
        "maitre_ouvrage": owner,
        "exploitant": operator,
    }
    if local:
        report.add("JUM-H048", "", "", what=told("local", n=local))
    for table in rows.values():
        for row in table:
            row.update(common)
            if local and not row.get("commentaire"):
                row["commentaire"] = "coordonnées locales, non géoréférencées"
    named = crs or net.crs or "EPSG:2154"
    code = systems.resolve(named)
    if code is None or not code.startswith("EPSG:"):
        raise error("JUM-H040", path=str(path), format="StaR-Eau", why=f"CRS {named}")
    texts = companion.pack(net)
    tables = {**facts.tables(), COMPANION: ("", "hydraulique du réseau (Jumeau), hors standard")}
    columns = {
        **facts.columns(),
        COMPANION: (
            Column("name", "TEXT", True, True, "", ""),
            Column("value", "TEXT", True, False, "", ""),
        ),
    }
    own: list[Record] = [{"name": name, "value": value} for name, value in texts.items()]
    try:
        geopackage.write(path, tables, columns, {**rows, COMPANION: own}, int(code[5:]))
    except (OSError, sqlite3.Error) as fault:
        raise error("JUM-H040", path=str(path), format="StaR-Eau", why=str(fault)) from fault
    report.read = {name: len(table) for name, table in rows.items() if table}
    return report


def local_nodes(net: Network) -> int:
    """Return how many nodes lie outside of every French projection, or nowhere."""
    from jumeau.base.crs import NATIONAL

    boxes = [item.bounds for item in NATIONAL.values()] if not net.crs else []
    count = 0
    for x, y in positions(net).values():
        inside = any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in boxes)
        count += math.isnan(x) or bool(boxes and not inside)
    return count


def stareau_rows(net: Network) -> dict[str, list[Record]]:
    """Return a network as rows of the tables of StaR-Eau, geometry as ``geom`` (shapely)."""
    work = _Rows(net)
    work.nodes()
    work.pipes()
    work.devices()
    work.assets()
    return work.rows


class _Rows:
    """Rows of the tables of a network."""

    def __init__(self, net: Network) -> None:
        self.net = net
        self.rows: dict[str, list[Record]] = {name: [] for name in facts.tables()}
        self.places, self.paths = positions(net), paths(net)
        self.elevations = {
            **dict(net.junctions["elevation_m"]),
            **dict(net.tanks["elevation_m"]),
        }
        self.names: set[str] = set(self.places)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.common: Record = {
            "type_reseau": "aep", "fictif": 0, "etat_service": "en_service",
            "insee_commune": PLACE, "maitre_ouvrage": "non renseigné",
            "exploitant": "non renseigné", "precision_xy": "C", "precision_z": "C",
            "an_pose_sup": YEAR, "date_creation": now, "date_maj": now,
            "origine_creation": UNKNOWN,
        }  # fmt: skip

    def add(self, table: str, geom: shapely.Geometry | None, **values: Any) -> None:
        """Add a row, what it does not say filled with the standard's codes for it."""
        row = {**self.common, **values, "geom": geom}
        for item in facts.columns()[table]:
            if not item.not_null or row.get(item.name) is not None:
                continue
            if item.default:
                row.pop(item.name, None)
            elif item.codes:
                row[item.name] = "nr" if item.codes == "com_materiau" else UNKNOWN
            else:
                row[item.name] = 0 if item.type == "SMALLINT" else ""
        self.rows[table].append(row)

    def free(self, name: str, word: str) -> str:
        """Return a name of node that no other has."""
        new = name
        while new in self.names:
            new = f"{new}@{word}"
        self.names.add(new)
        return new

    def nodes(self) -> None:
        """Add junctions, sources and tanks."""
        ends: dict[str, int] = {}
        for table in ("pipes", "pumps", "valves"):
            for column in ("from_node", "to_node"):
                for name in getattr(self.net, table)[column]:
                    ends[name] = ends.get(name, 0) + 1
        for name in self.net.junctions.index:
            kind = "raccord" if ends.get(name, 0) > 1 else UNKNOWN
            self.add("aep_piece", _point(self.places[name]), id_noeud_reseau=name, type_piece=kind)
        for name in self.net.reservoirs.index:
            self.add("aep_captage", _point(self.places[name]), id_noeud_reseau=name, nom_usuel=name)
        for name, row in records(self.net.tanks).items():
            bottom, most = row["elevation_m"], row["maximum_level_m"]
            self.add(
                "aep_reservoir",
                _point(self.places[name]),
                id_noeud_reseau=name,
                nom_usuel=name,
                nb_cuves=1,
                volume_utile=_small(self._volume(row)),
                cote_radier=_known(bottom),
                cote_trop_plein=_known(bottom + most),
                largeur_interieure=_known(row["diameter_m"] or NAN),
            )

    def _volume(self, row: Record) -> float:
        """Return the volume of a tank between its lowest and highest levels [m³]."""
        if row["volume_curve"] in self.net.curves.index:
            curve = self.net.curves.loc[row["volume_curve"]]
            import numpy as np

            levels = [row["minimum_level_m"], row["maximum_level_m"]]
            low, high = np.interp(levels, curve["x"], curve["y"])
            return float(high - low)
        deep = row["maximum_level_m"] - row["minimum_level_m"]
        return 0.25 * math.pi * float(row["diameter_m"]) ** 2 * float(deep)

    def pipes(self) -> None:
        """Add the pipes."""
        words = {"closed": "fermée dans le modèle", "cv": "clapet anti-retour dans le modèle"}
        for name, row in records(self.net.pipes).items():
            self.add(
                "aep_canalisation",
                _line(self.paths[name]),
                id_canalisation=name,
                noeudinitial=row["from_node"],
                noeudterminal=row["to_node"],
                materiau=facts.material(row.get("material")).stareau,
                diametre_equivalent=_small(row["diameter_mm"]) or 0,
                longueur_terrain=_known(row["length_m"]),
                cote_debut=_known(self.elevations.get(row["from_node"], NAN)),
                cote_fin=_known(self.elevations.get(row["to_node"], NAN)),
                secteur_hydraulique=_word(row.get("dma_id")),
                commentaire=words.get(row["status"]),
                ref_reservoir=UNKNOWN,
                **_years(row),
            )

    def devices(self) -> None:
        """Add pumps and regulation, each between two fictitious pipes."""
        taken = set(self.net.pipes.index)
        for name, row in records(self.net.pumps).items():
            flow = self._capacity(row)
            self._device("aep_pompage", "pompage", name, row, taken, nb_pompes=1, capacite=flow)
        for name, row in records(self.net.valves).items():
            kind, side, quantity = REGULATION.get(row["type"], ("autre", UNKNOWN, "non_concerne"))
            setting = row["setting"] / (BAR_M if quantity == "pression" else 3600.0)
            known = _known(setting) if row["type"] in REGULATION else None
            self._device(
                "aep_regulation", "regulation", name, row, taken,
                type_regulation=kind, type_consigne=side, grandeur_consigne=quantity,
                consigne_amont=known if side == "amont" else None,
                consigne_aval=known if side == "aval" else None,
                diametre=_known(row["diameter_mm"]), commentaire=f"EPANET {row['type']}",
            )  # fmt: skip

    def _capacity(self, row: Record) -> float | None:
        """Return the flow of the single point of a pump's curve [m³/day], else None."""
        if row["head_curve"] in self.net.curves.index:
            flows = self.net.curves.loc[row["head_curve"], "x"]
            return float(flows[0]) * 24.0 if len(flows) == 1 else None
        return None

    def _device(
        self, table: str, word: str, name: str, row: Record, taken: set[str], **values: Any
    ) -> None:
        path = self.paths[name]
        middle, before, after = halves(path)
        node = self.free(name, word)
        self.add(
            table, _point(middle), id_noeud_reseau=node, nom_usuel=name,
            **{f"id_{table}": name}, **values,
        )  # fmt: skip
        size = _small(row.get("diameter_mm", NAN)) or 0
        for ending, first, last, half in (
            (AHEAD, row["from_node"], node, before),
            (BEHIND, node, row["to_node"], after),
        ):
            pipe = f"{name}{ending}"
            while pipe in taken:
                pipe += ending
            taken.add(pipe)
            self.add(
                "aep_canalisation", _line(half), id_canalisation=pipe, fictif=1,
                noeudinitial=first, noeudterminal=last, diametre_equivalent=size,
                longueur_terrain=_known(length(half)), ref_reservoir=UNKNOWN,
            )  # fmt: skip

    def assets(self) -> None:
        """Add isolation valves, hydrants, meters and service connections."""
        assets = self.net.assets
        for name, row in _each(assets, "isolation_valve"):
            self.add(
                "aep_vanne", _at(row), id_noeud_reseau=self._node(row, name, "vanne"),
                id_aep_vanne=name, diametre=_known(row["diameter_mm"]),
                etat_ouverture="fermee" if row["status"] == "closed" else "ouverte",
            )  # fmt: skip
        for name, row in _each(assets, "hydrant"):
            self.add(
                "aep_point_livraison", _at(row), id_noeud_reseau=self.free(name, "incendie"),
                id_point_livraison=name, type_point_livraison="incendie",
                type_usager="non_concerne",
            )  # fmt: skip
        for name, row in _each(assets, "meter"):
            if row["kind"] == "customer":
                self.add(
                    "aep_point_livraison", _at(row), id_noeud_reseau=self.free(name, "livraison"),
                    id_point_livraison=name,
                )  # fmt: skip
                continue
            function = {"district": "sectorisation", "bulk": "production"}.get(row["kind"])
            self.add(
                "aep_point_mesure", _at(row), id_noeud_reseau=self.free(name, "mesure"),
                id_aep_point_mesure=name, nom_usuel=_word(row["name"]) or name,
                type_point_mesure="debit", fonction_point_mesure=function,
            )  # fmt: skip
        for name, row in _each(assets, "service_connection"):
            self._connection(name, row)

    def _node(self, row: Record, name: str, word: str) -> str:
        return self.free(name, word)

    def _connection(self, name: str, row: Record) -> None:
        """Add a service connection with the point where it leaves its main."""
        import shapely

        shape = shape_of(row.get("geometry"))
        line = shape if getattr(shape, "geom_type", "") == "LineString" else None
        first, last = (self.free(f"{name}{it}", "noeud") for it in (TAPPING, DELIVERY))
        place = None if line is None else shapely.Point(line.coords[0])
        self.add(
            "aep_raccord", place, id_noeud_reseau=first, id_raccord=first,
            ref_canalisation=_word(row["pipe_id"]) or UNKNOWN,
        )  # fmt: skip
        self.add(
            "aep_canalisation_branchement", line, id_canalisation=name, noeudinitial=first,
            noeudterminal=last, materiau=facts.material(row["material"]).stareau,
            diametre_equivalent=_small(row["diameter_mm"]) or 0, **_years(row),
        )  # fmt: skip
        end = shape if line is None else shapely.Point(line.coords[-1])
        self.add("aep_point_livraison", end, id_noeud_reseau=last)


def _each(assets: dict[str, Any], table: str) -> list[tuple[str, Record]]:
    return list(records(assets[table]).items()) if table in assets else []


def _at(row: Record) -> shapely.Geometry | None:
    return _point((row["x"], row["y"]))


def _point(place: XY) -> shapely.Geometry | None:
    import shapely

    return None if math.isnan(place[0] + place[1]) else shapely.Point(place)


def _line(path: list[XY]) -> shapely.Geometry | None:
    import shapely

    return shapely.LineString(path) if len(path) > 1 else None


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _small(value: float) -> int | None:
    """Return a number as a small integer, None when it does not fit or is not known."""
    if not math.isfinite(value) or not SMALLEST <= round(value) <= LARGEST:
        return None
    return round(value)


def _word(value: Any) -> str | None:
    return facts.text(value) or None


def _years(row: Record) -> Record:
    """Return the years of laying: the last is required, the first is not."""
    texts = (facts.text(row.get(f"installed_{end}")) for end in ("from", "to"))
    first, last = (str(int(float(it))) if it else "" for it in texts)
    return {"an_pose_inf": first or None, "an_pose_sup": last or YEAR}
