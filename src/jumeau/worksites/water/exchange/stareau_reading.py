# SPDX-License-Identifier: EUPL-1.2
"""From a StaR-Eau GeoPackage to a network: its companion if it has one, its tables in any case."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error
from jumeau.worksites.water.exchange import facts, files
from jumeau.worksites.water.exchange.building import TOLERANCE_M, built
from jumeau.worksites.water.exchange.drawing import NAN, Drawing, Line, Point, Service
from jumeau.worksites.water.exchange.stareau_writing import BAR_M, COMPANION, DELIVERY, stareau_rows
from jumeau.worksites.water.exchange.words import doubted, left_out

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.report import Report

Record = dict[str, Any]
GONE = ("abandon", "comble", "depose", "en_projet", "en_construction")
"""States of service of what carries no water."""
NODES = (
    "aep_piece", "aep_piece_branchement", "aep_appareillage", "aep_vanne", "aep_vanne_branchement",
    "aep_point_mesure", "aep_traitement", "aep_raccord", "aep_point_livraison", "aep_captage",
    "aep_reservoir", "aep_pompage", "aep_regulation",
)  # fmt: skip
"""Tables whose rows are nodes."""


def read_stareau(path: str | Path, *, tolerance_m: float = TOLERANCE_M) -> Network:
    """Read a network from a StaR-Eau GeoPackage (Astee and CNIG).

    Parameters
    ----------
    path : str or Path
        The file. With a companion of :func:`write_stareau` the network comes back as it left,
        with what the standard's tables changed since. Without one, pipes are joined by the
        identifiers of their nodes, else by geometry; what is supposed is told.
    tolerance_m : float
        Distance within which ends without a known node are joined [m].

    Returns
    -------
    Network
        Its ``report`` says what was read, left out, joined and supposed; ``assets`` holds
        isolation valves, hydrants, meters and service connections; ``pipes`` also tells
        ``material``, ``installed_from``, ``installed_to``, ``dma_id``, and the interval of a
        supposed roughness. Unknown elevations, levels, diameters and settings are NaN.

    Raises
    ------
    MissingFileError
        ``JUM-H040`` when the file is not there, is no GeoPackage or holds no pipes.

    References
    ----------
    StaR-Eau, cnigfr/StaR-Eau, template of 29 June 2025, Licence Ouverte 2.0.
    """
    from jumeau.worksites.water.report import Report

    report = Report()
    layers, system = files.geopackage(path, [*facts.tables(), COMPANION], "StaR-Eau")
    texts = {str(row["name"]): str(row["value"]) for row in layers.pop(COMPANION, [])}
    if not layers.get("aep_canalisation"):
        raise error("JUM-H040", path=str(path), format="StaR-Eau", why="aep_canalisation : 0")
    report.read = {name: len(rows) for name, rows in layers.items() if rows}
    files.illegal(layers, "stareau", report)
    return files.settled(
        layers, texts, report, system, lambda rows, told: _network(rows, told, tolerance_m),
        stareau_rows,
    )  # fmt: skip


def _network(rows: dict[str, list[Record]], report: Report, tolerance_m: float) -> Network:
    return built(drawing(rows, report), report, tolerance_m)


def drawing(layers: dict[str, list[Record]], report: Report) -> Drawing:
    """Return the drawing of the tables of StaR-Eau.

    Parameters
    ----------
    layers : dict
        Rows by table, geometry as ``geom`` (shapely).
    report : Report
        Receives ``JUM-H044`` for what is not in service.
    """
    found = Drawing()
    alive = {}
    for table, rows in layers.items():
        kept = [row for row in rows if _text(row, "etat_service") not in GONE]
        left_out(report, table, len(rows) - len(kept), "off")
        alive[table] = kept
    for number, row in enumerate(alive.get("aep_canalisation", []), 1):
        found.lines += _lines(row, _text(row, "id_canalisation") or f"P{number}")
    for number, row in enumerate(alive.get("aep_canalisation_branchement", []), 1):
        found.services.append(_service(row, number))
    mains = {}
    for table in NODES:
        for number, row in enumerate(alive.get(table, []), 1):
            point = _thing(table, row, f"{table[4:]}{number}")
            if table == "aep_raccord":
                mains[point.id] = _text(row, "ref_canalisation")
            found.points.append(point)
    open_ones(found, report)
    for service in found.services:
        service.main = mains.get(service.start) or mains.get(service.end) or ""
    return found


def open_ones(found: Drawing, report: Report) -> None:
    """Tell the regulation that is read as open since it has no usable setting.

    Parameters
    ----------
    found : Drawing
        With its points.
    report : Report
        Receives ``JUM-H045``.
    """
    names = [it.id for it in found.points if it.kind == "valve" and it.row.get("status") == "open"]
    doubted(report, "valves", len(names), "setting", names)


def _lines(row: Record, name: str) -> list[Line]:
    """Return the pipe of a row; the parts of a broken line are pipes of their own."""
    parts = files.parts(row.get("geom"))
    first, last = _years(row)
    size = _number(row, "diametre_equivalent")
    line = Line(
        name,
        _text(row, "noeudinitial"),
        _text(row, "noeudterminal"),
        parts[0] if parts else [],
        length_m=_number(row, "longueur_terrain"),
        diameter_mm=size if size > 0 else NAN,
        material=_material(row),
        installed_from=first,
        installed_to=last,
        status="closed" if _text(row, "etat_service") == "en_arret" else "open",
        fictitious=_yes(row, "fictif"),
        heights=(_number(row, "cote_debut"), _number(row, "cote_fin")),
        dma_id=_text(row, "secteur_hydraulique"),
    )
    if math.isnan(sum(line.heights)):
        line.heights = files.heights(row.get("geom"), line.heights)
    return files.split(line, parts)


def _service(row: Record, number: int) -> Service:
    first, last = _years(row)
    size = _number(row, "diametre_equivalent")
    parts = files.parts(row.get("geom"))
    return Service(
        _text(row, "id_canalisation") or f"B{number}",
        _text(row, "noeudinitial"),
        _text(row, "noeudterminal"),
        parts[0] if parts else [],
        details={
            "material": _material(row),
            "diameter_mm": size if size > 0 else NAN,
            "installed_from": first,
            "installed_to": last,
        },
    )


def _thing(table: str, row: Record, usual: str) -> Point:
    """Return the point of a row."""
    x, y, z = files.place(row.get("geom"))
    name = _text(row, "id_noeud_reseau") or usual
    point = Point(name, x=x, y=y, row={} if math.isnan(z) else {"elevation_m": z})
    own = _text(row, f"id_{table}") or _text(row, f"id_{table[4:]}")
    if table == "aep_captage":
        point.kind, point.row = "reservoir", {}
    elif table == "aep_reservoir":
        point.kind, point.row = "tank", _tank(row)
    elif table == "aep_pompage":
        point.kind, point.name = "pump", own
    elif table == "aep_regulation":
        point.kind, point.name = "valve", own
        point.row = {**point.row, **_regulation(row)}
    elif table == "aep_vanne":
        if _text(row, "etat_ouverture") == "fermee":
            point.closes = "closed"
        elif _text(row, "type_vanne") == "clapet":
            point.closes = "cv"
        point.asset, point.name = "isolation_valve", own
        state = "closed" if point.closes == "closed" else "open"
        point.details = {"diameter_mm": _number(row, "diametre"), "status": state}
    elif table == "aep_appareillage":
        point.closes = "cv" if _text(row, "type_appareillage") == "anti_retour" else ""
    elif table == "aep_point_mesure":
        kinds = {"sectorisation": "district", "recherche_fuite": "district"}
        kind = kinds.get(_text(row, "fonction_point_mesure"), "bulk")
        point.asset, point.name = "meter", own
        point.details = {"name": _text(row, "nom_usuel"), "kind": kind}
    elif table == "aep_point_livraison":
        fire = _text(row, "type_point_livraison") == "incendie"
        point.asset, point.name = "hydrant" if fire else "meter", own
        point.details = {} if fire else {"kind": "customer"}
        if not own and name.endswith(DELIVERY):
            point.asset = ""  # the far end of a service connection, nothing of its own
    return point


def _tank(row: Record) -> Record:
    """Return what a row tells of a tank: bottom, highest level, diameter of its volume."""
    bottom, top = _number(row, "cote_radier"), _number(row, "cote_trop_plein")
    deep, volume = top - bottom, _number(row, "volume_utile")
    size = _number(row, "largeur_interieure")
    if not size > 0 and deep > 0 and volume > 0:
        size = math.sqrt(4.0 * volume / (math.pi * deep))
    return {
        "elevation_m": bottom,
        "maximum_level_m": deep if deep > 0 else NAN,
        "diameter_m": size if size > 0 else NAN,
    }


def _regulation(row: Record) -> Record:
    """Return the valve of a regulation; one without usable setting is open."""
    kind, side = _text(row, "type_regulation"), _text(row, "type_consigne")
    flow = _text(row, "grandeur_consigne") == "debit" or kind == "limiteur"
    up, down = _number(row, "consigne_amont"), _number(row, "consigne_aval")
    size = _number(row, "diametre")
    found = {"diameter_mm": size if size > 0 else NAN, "type": "TCV", "setting": 0.0}
    written = _text(row, "commentaire")
    if flow and (down > 0 or up > 0):
        found |= {"type": "FCV", "setting": 3600.0 * (down if down > 0 else up)}
    elif kind in ("reducteur", "stabilisateur") and side != "amont" and down > 0:
        found |= {"type": "PRV", "setting": BAR_M * down}
    elif kind in ("reducteur", "stabilisateur") and up > 0:
        found |= {"type": "PSV", "setting": BAR_M * up}
    elif not written.startswith("EPANET "):
        found["status"] = "open"
    return found


def _material(row: Record) -> str:
    code = _text(row, "materiau")
    return "" if code in facts.UNKNOWN or not code else facts.material(code).label


def _years(row: Record) -> tuple[float, float]:
    """Return the first and the last year of laying: both are kept, NaN where unknown."""
    years = []
    for name in ("an_pose_inf", "an_pose_sup"):
        value = _number(row, name)
        years.append(NAN if value in facts.UNKNOWN_YEARS or not 1700 < value < 2200 else value)
    return years[0], years[1]


def _text(row: Record, name: str) -> str:
    return facts.text(row.get(name))


def _number(row: Record, name: str) -> float:
    return files.number(row.get(name))


def _yes(row: Record, name: str) -> bool:
    return _text(row, name).casefold() in ("1", "true", "oui", "t")
