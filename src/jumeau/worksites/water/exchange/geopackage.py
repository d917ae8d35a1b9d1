# SPDX-License-Identifier: EUPL-1.2
"""GeoPackage 1.2 files written table by table, with constraints, defaults and spatial indexes.

OGC 12-128r15. The statements are made from the facts of the standard to write
(:mod:`.facts`); a table without geometry is registered as attributes.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import shapely

    from jumeau.worksites.water.exchange.facts import Column

APPLICATION = 0x47504B47
"""Application of the file: "GPKG"."""
VERSION = 10200
_NOW = "(strftime('%Y-%m-%dT%H:%M:%fZ','now'))"
_CORE = f"""
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
 organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
 description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
 identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL
 DEFAULT {_NOW}, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
 CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_ogr_contents (table_name TEXT NOT NULL PRIMARY KEY,
 feature_count INTEGER DEFAULT NULL);
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
 geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
 CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
 CONSTRAINT uk_gc_table_name UNIQUE (table_name),
 CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
 CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
 definition TEXT NOT NULL, scope TEXT NOT NULL,
 CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
"""
_INDEX = "http://www.geopackage.org/spec120/#extension_rtree"
_BOX = "ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)"
_THERE = "(NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))"
_TRIGGERS = f"""
CREATE TRIGGER rtree_{{t}}_geom_insert AFTER INSERT ON {{t}} WHEN {_THERE}
 BEGIN INSERT OR REPLACE INTO rtree_{{t}}_geom VALUES (NEW.fid, {_BOX}); END;
CREATE TRIGGER rtree_{{t}}_geom_update1 AFTER UPDATE OF geom ON {{t}}
 WHEN OLD.fid = NEW.fid AND {_THERE}
 BEGIN INSERT OR REPLACE INTO rtree_{{t}}_geom VALUES (NEW.fid, {_BOX}); END;
CREATE TRIGGER rtree_{{t}}_geom_update2 AFTER UPDATE OF geom ON {{t}}
 WHEN OLD.fid = NEW.fid AND NOT {_THERE}
 BEGIN DELETE FROM rtree_{{t}}_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_{{t}}_geom_update3 AFTER UPDATE ON {{t}}
 WHEN OLD.fid != NEW.fid AND {_THERE}
 BEGIN DELETE FROM rtree_{{t}}_geom WHERE id = OLD.fid;
 INSERT OR REPLACE INTO rtree_{{t}}_geom VALUES (NEW.fid, {_BOX}); END;
CREATE TRIGGER rtree_{{t}}_geom_update4 AFTER UPDATE ON {{t}}
 WHEN OLD.fid != NEW.fid AND NOT {_THERE}
 BEGIN DELETE FROM rtree_{{t}}_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_{{t}}_geom_delete AFTER DELETE ON {{t}} WHEN OLD.geom NOT NULL
 BEGIN DELETE FROM rtree_{{t}}_geom WHERE id = OLD.fid; END;
"""
_COUNTS = """
CREATE TRIGGER trigger_insert_feature_count_{t} AFTER INSERT ON {t}
 BEGIN UPDATE gpkg_ogr_contents SET feature_count = feature_count + 1
 WHERE lower(table_name) = lower('{t}'); END;
CREATE TRIGGER trigger_delete_feature_count_{t} AFTER DELETE ON {t}
 BEGIN UPDATE gpkg_ogr_contents SET feature_count = feature_count - 1
 WHERE lower(table_name) = lower('{t}'); END;
"""


def write(
    path: str | Path,
    tables: Mapping[str, tuple[str, str]],
    columns: Mapping[str, Sequence[Column]],
    rows: Mapping[str, Iterable[Mapping[str, Any]]],
    epsg: int,
) -> None:
    """Write a GeoPackage anew.

    Parameters
    ----------
    path : str or Path
        The file; one that is there is replaced once the new one is whole.
    tables : mapping
        Kind of geometry ("" for none) and description, by table.
    columns : mapping
        Columns of each table, without ``fid`` and ``geom``.
    rows : mapping
        Rows of each table: values by column, and ``geom`` (shapely). Columns that a row does not
        give take their default.
    epsg : int
        Reference system of the coordinates.

    Raises
    ------
    OSError
        When the file cannot be written.
    sqlite3.IntegrityError
        When a row lacks what its table requires.
    """
    place = Path(path)
    draft = place.with_name(f".{place.name}.draft")
    draft.unlink(missing_ok=True)
    try:
        with closing(_opened(draft)) as base, base:
            base.execute(f"PRAGMA application_id = {APPLICATION}")
            base.execute(f"PRAGMA user_version = {VERSION}")
            base.executescript(_CORE)
            _references(base, epsg)
            for name, (kind, text) in tables.items():
                _table(base, name, kind, text, columns[name], rows.get(name, ()), epsg)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path)
    except sqlite3.OperationalError as fault:
        raise OSError(f"{path.parent}: {fault}") from fault


def _references(base: sqlite3.Connection, epsg: int) -> None:
    import pyproj

    rows = [
        ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian system"),
        ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic system"),
    ]
    for code in dict.fromkeys((4326, epsg)):
        system = pyproj.CRS.from_epsg(code)
        rows.append((system.name, code, "EPSG", code, system.to_wkt("WKT1_GDAL"), system.name))
    base.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,?)", rows)


def _table(
    base: sqlite3.Connection,
    name: str,
    kind: str,
    text: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    epsg: int,
) -> None:
    parts = ["fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"]
    parts += [f"geom {kind} NOT NULL"] if kind else []
    for item in columns:
        default = f" DEFAULT {item.default}" if item.default else ""
        null, unique = " NOT NULL" * item.not_null, " UNIQUE" * item.unique
        parts.append(f'"{item.name}" {item.type}{null}{unique}{default}')
    base.execute(f"CREATE TABLE {name} ({', '.join(parts)})")
    boxes = []
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the last one is how many
        given = {item.name: row[item.name] for item in columns if row.get(item.name) is not None}
        values: list[Any] = list(given.values())
        names = [f'"{it}"' for it in given]
        shape = row.get("geom")
        if kind:
            names.append("geom")
            values.append(blob(shape, kind, epsg))
        marks = ",".join("?" * len(names))
        done = base.execute(f"INSERT INTO {name} ({','.join(names)}) VALUES ({marks})", values)
        if shape is not None and not shape.is_empty:
            x0, y0, x1, y1 = shape.bounds
            boxes.append((done.lastrowid, x0, x1, y0, y1))
    box = (
        (
            min(it[1] for it in boxes),
            min(it[3] for it in boxes),
            max(it[2] for it in boxes),
            max(it[4] for it in boxes),
        )
        if boxes
        else (None,) * 4
    )
    base.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y,"
        " max_x, max_y, srs_id) VALUES (?,?,?,?,?,?,?,?,?)",
        (name, "features" if kind else "attributes", name, text, *box, epsg if kind else 0),
    )
    base.execute("INSERT INTO gpkg_ogr_contents VALUES (?,?)", (name, count))
    if kind:
        base.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?,'geom',?,?,0,0)", (name, kind, epsg)
        )
        base.execute(
            "INSERT INTO gpkg_extensions VALUES (?,'geom','gpkg_rtree_index',?,'write-only')",
            (name, _INDEX),
        )
        base.execute(
            f"CREATE VIRTUAL TABLE rtree_{name}_geom USING rtree(id, minx, maxx, miny, maxy)"
        )
        base.executemany(f"INSERT INTO rtree_{name}_geom VALUES (?,?,?,?,?)", boxes)
        _run(base, _TRIGGERS.format(t=name))
    _run(base, _COUNTS.format(t=name))


def _run(base: sqlite3.Connection, script: str) -> None:
    """Run the statements of a script without ending the transaction."""
    for statement in script.split("END;"):
        if statement.strip():
            base.execute(f"{statement} END")


def blob(shape: shapely.Geometry | None, kind: str, epsg: int) -> bytes:
    """Return a geometry as GeoPackage stores it; None is an empty one.

    Parameters
    ----------
    shape : shapely geometry or None
        In the system ``epsg``.
    kind : str
        "POINT", "LINESTRING" or "POLYGON", for an empty one.
    epsg : int
        Reference system.
    """
    import shapely

    if shape is None:
        shape = shapely.from_wkt(f"{kind} EMPTY")
    flags, box = 0x01, b""
    if shape.is_empty:
        flags |= 0x10
    elif kind != "POINT":
        flags |= 0x02
        x0, y0, x1, y1 = shape.bounds
        box = struct.pack("<4d", x0, x1, y0, y1)
    return struct.pack("<2sBBi", b"GP", 0, flags, epsg) + box + bytes(shapely.to_wkb(shape))
