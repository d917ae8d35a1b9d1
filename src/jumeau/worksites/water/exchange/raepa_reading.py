# SPDX-License-Identifier: EUPL-1.2
"""From RAEPA layers to a network: their companion if there is one, the layers in any case."""

from __future__ import annotations

import json
import math
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error
from jumeau.worksites.water.exchange import facts, files, shapefile
from jumeau.worksites.water.exchange.building import TOLERANCE_M, built
from jumeau.worksites.water.exchange.drawing import NAN, Drawing, Line, Point, Service
from jumeau.worksites.water.exchange.raepa_writing import COMPANION, WORK, raepa_rows
from jumeau.worksites.water.exchange.stareau_reading import open_ones
from jumeau.worksites.water.exchange.words import doubted, left_out

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.report import Report

Record = dict[str, Any]
SUFFIXES = (".shp", ".gpkg", ".geojson", ".fgb", ".tab", ".mif")
"""Files in which layers of RAEPA are exchanged."""
ENDINGS = ("@pompage", "@regulation")
"""What a name of node ends with when it would have been that of another node."""
ASSETS = {"03": "isolation_valve", "06": "hydrant", "07": "meter"}
"""Functions of apparatus that are tables of the twin."""


def read_raepa(path: str | Path, *, tolerance_m: float = TOLERANCE_M) -> Network:
    """Read a network from RAEPA 1.2 layers (COVADIS): pipes, apparatus, works and repairs.

    Parameters
    ----------
    path : str or Path
        Folder or zip of shapefiles, one of them, or a GeoPackage; names hold those of the
        layers, whatever their case. With the companion of :func:`write_raepa` the network comes
        back as it left, with what the layers changed since. Without one, pipes are joined by the
        identifiers of their nodes, else by geometry; what is supposed is told.
    tolerance_m : float
        Distance within which ends without a known node are joined [m].

    Returns
    -------
    Network
        Its ``report`` says what was read, left out, joined and supposed; ``assets`` holds
        isolation valves, hydrants, meters and service connections; repairs are counted.
        ``pipes`` also tells ``material``, ``installed_from``, ``installed_to``, and the interval
        of a supposed roughness. Unknown elevations, levels, diameters and settings are NaN.

    Raises
    ------
    MissingFileError
        ``JUM-H040`` when there is no readable layer of pipes.

    References
    ----------
    Géostandard RAEPA 1.2, COVADIS, 2019.
    """
    from jumeau.worksites.water.report import Report

    report = Report()
    place = Path(path)
    with tempfile.TemporaryDirectory(prefix="jumeau-raepa-") as folder:
        if place.suffix.casefold() == ".zip":
            try:
                with zipfile.ZipFile(place) as opened:
                    opened.extractall(folder)
            except (OSError, zipfile.BadZipFile, RuntimeError) as fault:
                raise error("JUM-H040", path=str(path), format="RAEPA", why=str(fault)) from fault
            place = Path(folder)
        layers, texts, system = _layers(place, str(path))
    if not layers.get("CANALAEP_L"):
        raise error("JUM-H040", path=str(path), format="RAEPA", why="CANALAEP_L : 0")
    report.read = {name: len(rows) for name, rows in layers.items() if rows}
    files.illegal(layers, "raepa", report)
    left_out(report, "REPARAEP_P", len(layers.get("REPARAEP_P", [])), "no_repairs")
    encoding = "cp1252" if texts.get("encoding") == "cp1252" else "utf-8"
    net = files.settled(
        layers, texts, report, system,
        lambda rows, told: built(drawing(rows, told), told, tolerance_m),
        lambda known: _stored(known, encoding),
    )  # fmt: skip
    return net


def _stored(net: Network, encoding: str) -> dict[str, list[Record]]:
    """Return the rows of a network as its shapefiles hold them."""
    rows, fields = raepa_rows(net), facts.layers()
    return {name: shapefile.stored(table, fields[name], encoding) for name, table in rows.items()}


def _layers(place: Path, said: str) -> tuple[dict[str, list[Record]], dict[str, str], str]:
    """Return the rows of the layers found, the companion's texts and the reference system."""
    if place.is_dir():
        there = sorted(it for it in place.rglob("*") if it.is_file())
    elif place.suffix.casefold() == ".gpkg":
        there = [place, place.with_name(COMPANION)] if place.is_file() else []
    else:  # one file of a shapefile: its layers stand beside it
        there = (
            sorted(it for it in place.parent.iterdir() if it.is_file()) if place.is_file() else []
        )
    if not there:
        raise error("JUM-H040", path=said, format="RAEPA", why="∅")
    layers: dict[str, list[Record]] = {}
    systems: list[str] = []
    texts: dict[str, str] = {}
    for file in there:
        if file.name.casefold() == COMPANION.casefold() and file.is_file():
            texts = _texts(file)
        if file.suffix.casefold() not in SUFFIXES:
            continue
        for name, layer in _named(file, said):
            latin = file.suffix.casefold() == ".shp"
            rows, system = files.layer_rows(file, layer, "RAEPA", latin=latin)
            fields = {it.name: it.name for it in facts.layers()[name]}
            clean = [{_field(key, fields): it for key, it in row.items()} for row in rows]
            layers.setdefault(name, []).extend(clean)
            systems.append(system)
    return layers, texts, next((it for it in systems if it), "")


def _texts(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"format": file.name}  # told as no companion
    return found if isinstance(found, dict) else {"format": file.name}


def _named(file: Path, said: str) -> list[tuple[str, str | None]]:
    """Return the layers of RAEPA in a file, with the name under which to read each."""
    names = facts.layers()
    if file.suffix.casefold() != ".gpkg":
        return [(name, None) for name in names if name[:-2] in file.stem.upper()]
    import pyogrio

    try:
        inside = [str(name) for name, _ in pyogrio.list_layers(str(file))]
    except Exception as fault:
        raise error("JUM-H040", path=said, format="RAEPA", why=str(fault)) from fault
    return [(name, it) for it in inside for name in names if name[:-2] in it.upper()]


def _field(key: str, fields: dict[str, str]) -> str:
    return key if key == "geom" else fields.get(key.upper()[:10], key.upper())


def drawing(layers: dict[str, list[Record]], report: Report) -> Drawing:
    """Return the drawing of the layers of RAEPA.

    Parameters
    ----------
    layers : dict
        Rows by layer, geometry as ``geom`` (shapely).
    report : Report
        Receives ``JUM-H044`` for what is not in service, ``JUM-H045`` for what is doubtful.
    """
    found = Drawing()
    off = twice = 0
    for number, row in enumerate(layers.get("CANALAEP_L", []), 1):
        if _text(row, "ENSERVICE") == "N":
            off += 1
            continue
        twice += _text(row, "MATERIAU") == facts.TWICE
        if _text(row, "BRANCHEMNT") == "O":
            found.services.append(_service(row, number))
        else:
            found.lines += _lines(row, number)
    left_out(report, "CANALAEP_L", off, "off")
    doubted(report, "pipes", twice, "material_18")
    for number, row in enumerate(layers.get("APPARAEP_P", []), 1):
        found.points.append(_apparatus(row, number))
    for number, row in enumerate(layers.get("OUVRAEP_P", []), 1):
        found.points.append(_work(row, number))
    open_ones(found, report)
    return found


def _lines(row: Record, number: int) -> list[Line]:
    """Return the pipe of a row; the parts of a broken line are pipes of their own."""
    parts = files.parts(row.get("geom"))
    size, long = _number(row, "DIAMETRE"), _number(row, "LONGCANA")
    first, last = _years(row)
    line = Line(
        _text(row, "IDCANA") or f"P{number}",
        _text(row, "IDNINI"),
        _text(row, "IDNTERM"),
        parts[0] if parts else [],
        length_m=long if long > 0 else NAN,
        diameter_mm=size if size > 0 else NAN,
        material=_material(row),
        installed_from=first,
        installed_to=last,
        fictitious=_text(row, "FONCCANAEP") == "99" and _text(row, "SOURATTRIB") == WORK,
        heights=files.heights(row.get("geom")),
    )
    return files.split(line, parts)


def _service(row: Record, number: int) -> Service:
    parts = files.parts(row.get("geom"))
    size = _number(row, "DIAMETRE")
    first, last = _years(row)
    return Service(
        _text(row, "IDCANA") or f"B{number}",
        _text(row, "IDNINI"),
        _text(row, "IDNTERM"),
        parts[0] if parts else [],
        main=_text(row, "IDCANPPALE"),
        details={
            "material": _material(row),
            "diameter_mm": size if size > 0 else NAN,
            "installed_from": first,
            "installed_to": last,
        },
    )


def _place(row: Record, point: Point) -> None:
    """Give a point its position: that of its geometry, else its columns; and what it stands by."""
    point.x, point.y, height = files.place(row.get("geom"))
    if math.isnan(point.x):
        point.x, point.y = _number(row, "X"), _number(row, "Y")
    told = _number(row, "Z")
    if math.isnan(told) or (told == 0.0 and not math.isnan(height)):
        told = height
    point.row = {"elevation_m": told}
    point.upstream = _text(row, "IDCANAMONT") or _text(row, "IDCANPPALE")
    point.downstream = _text(row, "IDCANAVAL")
    name = point.id
    while name.endswith(ENDINGS):
        name = name.rpartition("@")[0]
    point.name = name


def _apparatus(row: Record, number: int) -> Point:
    code = _text(row, "FNAPPAEP")
    point = Point(_text(row, "IDAPPAREIL") or f"appareil{number}")
    _place(row, point)
    own = _text(row, "SOURATTRIB")
    size = _number(row, "DIAMETRE")
    size = size if size > 0 else NAN
    if code[:2] == "05" or own.startswith("EPANET "):
        point.kind = "valve"
        point.row |= {"diameter_mm": size, "type": "TCV", "setting": 0.0, "status": "open"}
    elif code[:2] in ASSETS and code not in ("07-02", "07-03", "07-99"):
        point.asset = ASSETS[code[:2]]
        point.name = _bare(point.id, point.asset)
        if point.asset == "isolation_valve":
            point.details = {"diameter_mm": size, "status": "open"}
        else:
            point.details = {"name": point.name}
    else:
        point.name = ""
    return point


def _bare(name: str, word: str) -> str:
    while name.endswith(f"@{word}"):
        name = name.rpartition("@")[0]
    return name


def _work(row: Record, number: int) -> Point:
    code = _text(row, "FNOUVAEP")[:2]
    point = Point(_text(row, "IDOUVRAGE") or f"ouvrage{number}")
    _place(row, point)
    if code == "01":
        point.kind = "pump"
    elif code == "03":
        point.kind = "tank"
    elif code == "05":
        point.kind, point.row = "reservoir", {}
    return point


def _material(row: Record) -> str:
    """Return the material in the words of the standard, "" when it says none."""
    code = _text(row, "MATERIAU")
    if code == facts.TWICE:
        return facts.materials()["plast"].label
    if code in ("", "00"):
        return ""
    return facts.codes("raepa")["materiau"].get(code, "")


def _years(row: Record) -> tuple[float, float]:
    """Return the first and the last year of laying: both are kept, NaN where unknown."""
    years = [_number(row, name) for name in ("ANDEBPOSE", "ANFINPOSE")]
    first, last = (year if 1700 < year < 2200 else NAN for year in years)
    return first, last


def _text(row: Record, name: str) -> str:
    return facts.text(row.get(name))


def _number(row: Record, name: str) -> float:
    return files.number(row.get(name))
