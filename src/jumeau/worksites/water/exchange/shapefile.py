# SPDX-License-Identifier: EUPL-1.2
"""Shapefiles written field by field, with the widths that a standard asks for.

ESRI Shapefile Technical Description (1998); dBase III. Five files: .shp, .shx, .dbf, .cpg, .prj.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.worksites.water.exchange import facts
from jumeau.worksites.water.exchange.facts import Field

if TYPE_CHECKING:
    import shapely

POINT, LINE = 1, 3
"""Types of shapes."""
_CODE, _VERSION, _HEADER = 9994, 1000, 100
_DBASE, _END = 0x03, 0x1A
_CPG = {"utf-8": "UTF-8", "cp1252": "1252"}
_LANGUAGE = {"utf-8": 0x00, "cp1252": 0x57}


def write(
    path: str | Path,
    kind: int,
    fields: Sequence[Field],
    rows: Sequence[Mapping[str, Any]],
    *,
    wkt: str = "",
    encoding: str = "utf-8",
) -> dict[str, int]:
    """Write a shapefile of points or lines.

    Parameters
    ----------
    path : str or Path
        The .shp; the others stand beside it.
    kind : int
        :data:`POINT` or :data:`LINE`.
    fields : sequence of Field
        In the order of the columns.
    rows : sequence of mapping
        Values by field and ``geom`` (shapely, None for a null shape).
    wkt : str
        Reference system, for the .prj; none is written when empty.
    encoding : str
        "utf-8" or "cp1252".

    Returns
    -------
    dict
        How many values of each field did not fit its width and were left empty or cut.
    """
    place = Path(path)
    shapes = [_shape(row.get("geom"), kind) for row in rows]
    box = _box([row.get("geom") for row in rows])
    starts, size = [], _HEADER
    for content in shapes:
        starts.append(size)
        size += 8 + len(content)
    with place.with_suffix(".shp").open("wb") as shp, place.with_suffix(".shx").open("wb") as shx:
        shp.write(_header(size, kind, box))
        shx.write(_header(_HEADER + 8 * len(shapes), kind, box))
        for number, (start, content) in enumerate(zip(starts, shapes, strict=True), 1):
            shp.write(struct.pack(">2i", number, len(content) // 2) + content)
            shx.write(struct.pack(">2i", start // 2, len(content) // 2))
    lost = _dbf(place.with_suffix(".dbf"), fields, rows, encoding)
    place.with_suffix(".cpg").write_text(_CPG[encoding], encoding="ascii")
    if wkt:
        place.with_suffix(".prj").write_text(wkt, encoding="utf-8")
    return lost


def _header(size: int, kind: int, box: tuple[float, float, float, float]) -> bytes:
    head = struct.pack(">7i", _CODE, 0, 0, 0, 0, 0, size // 2)
    return head + struct.pack("<2i8d", _VERSION, kind, *box, 0.0, 0.0, 0.0, 0.0)


def _box(shapes: Sequence[shapely.Geometry | None]) -> tuple[float, float, float, float]:
    boxes = [it.bounds for it in shapes if it is not None and not it.is_empty]
    if not boxes:
        return (0.0, 0.0, 0.0, 0.0)
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


def _shape(shape: shapely.Geometry | None, kind: int) -> bytes:
    if shape is None or shape.is_empty:
        return struct.pack("<i", 0)
    if kind == POINT:
        return struct.pack("<i2d", POINT, shape.x, shape.y)
    points = [(float(x), float(y)) for x, y, *_ in shape.coords]
    head = struct.pack("<i4d3i", LINE, *shape.bounds, 1, len(points), 0)
    return head + b"".join(struct.pack("<2d", *point) for point in points)


def _dbf(
    path: Path, fields: Sequence[Field], rows: Sequence[Mapping[str, Any]], encoding: str
) -> dict[str, int]:
    today = date.today()
    width = 1 + sum(item.length for item in fields)
    head = struct.pack(
        "<4BI2H16xBBH", _DBASE, today.year - 1900, today.month, today.day, len(rows),
        33 + 32 * len(fields), width, 0, _LANGUAGE[encoding], 0,
    )  # fmt: skip
    lost: dict[str, int] = {}
    with path.open("wb") as file:
        file.write(head)
        for item in fields:
            name = item.name.encode("ascii")[:10].ljust(11, b"\0")
            kind = item.type.encode("ascii")
            file.write(name + kind + struct.pack("<4x2B14x", item.length, item.decimals))
        file.write(b"\r")
        for row in rows:
            cells = [b" "]
            for item in fields:
                cell, whole = _cell(row.get(item.name), item, encoding)
                if not whole:
                    lost[item.name] = lost.get(item.name, 0) + 1
                cells.append(cell)
            file.write(b"".join(cells))
        file.write(bytes([_END]))
    return lost


def stored(
    rows: Sequence[Mapping[str, Any]], fields: Sequence[Field], encoding: str = "utf-8"
) -> list[dict[str, Any]]:
    """Return rows as they are read again once written: rounded, cut, empty where too wide.

    Parameters
    ----------
    rows : sequence of mapping
        Values by field and ``geom``.
    fields : sequence of Field
        Of the layer.
    encoding : str
        "utf-8" or "cp1252".
    """
    found = []
    for row in rows:
        cells = {
            it.name: _cell(row.get(it.name), it, encoding)[0].decode(encoding) for it in fields
        }
        found.append({**{name: it.strip() for name, it in cells.items()}, "geom": row.get("geom")})
    return found


def _cell(value: Any, field: Field, encoding: str) -> tuple[bytes, bool]:
    """Return a value as dBase holds it, and whether it is whole."""
    empty = b" " * field.length
    if facts.text(value) == "":
        return empty, True
    if field.type == "N":
        for decimals in range(field.decimals, -1, -1):  # as many as there is room for
            text = f"{float(value):.{decimals}f}"
            if len(text) <= field.length:
                return text.rjust(field.length).encode(), True
        return empty, False
    raw = str(value).encode(encoding, "replace")
    if len(raw) <= field.length:
        return raw.ljust(field.length), True
    cut = raw[: field.length].decode(encoding, "ignore").encode(encoding)
    return cut.ljust(field.length), False
