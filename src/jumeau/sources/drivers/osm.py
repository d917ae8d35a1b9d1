# SPDX-License-Identifier: EUPL-1.2
"""OpenStreetMap extracts, .osm.pbf or .osm, through GDAL: objects of one theme, tags as columns.

GDAL puts nodes in ``points``, ways in ``lines`` and closed ways and relations in
``multipolygons``, with a few tags as columns and the rest in one text (``other_tags``). The table
to fill says which layer and which tag are wanted; every tag becomes a column, and each object
bears its identifier of OpenStreetMap with its kind: n1, w2, r3.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.base.errors import did_you_mean, error
from jumeau.base.findings import finding
from jumeau.sources.archive import Located
from jumeau.sources.drivers import Records
from jumeau.sources.drivers.vector import refused, split

if TYPE_CHECKING:
    import pyarrow as pa

LAYERS = ("points", "lines", "multilinestrings", "multipolygons", "other_relations")
TAGS = "other_tags"
BLOB_HEADER = 1 << 16
"""Largest header of a block (OpenStreetMap PBF format) [bytes]."""
KEYS = 300
"""Tags that become columns, the most frequent first."""
_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')


class Theme(NamedTuple):
    """Objects that fill a table: their layer, the tag that tells them, and the same in SQL."""

    layer: str
    tag: str
    where: str


THEMES = {
    "building": Theme("multipolygons", "building", "building IS NOT NULL"),
    "street": Theme("lines", "highway", "highway IS NOT NULL"),
    "watercourse": Theme("lines", "waterway", "waterway IS NOT NULL"),
    "water_body": Theme(
        "multipolygons",
        "natural=water, landuse=reservoir, basin",
        "\"natural\" = 'water' OR landuse IN ('reservoir', 'basin')",
    ),
    "vegetation": Theme(
        "multipolygons",
        "natural=wood, scrub, heath, grassland, landuse=forest, meadow, orchard, vineyard, grass",
        "\"natural\" IN ('wood', 'scrub', 'heath', 'grassland') OR "
        "landuse IN ('forest', 'meadow', 'orchard', 'vineyard', 'grass')",
    ),
    "tree": Theme("points", "natural=tree", 'other_tags LIKE \'%"natural"=>"tree"%\''),
    "luminaire": Theme("points", "highway=street_lamp", "highway = 'street_lamp'"),
    "address": Theme("points", "addr:housenumber", "other_tags LIKE '%\"addr:housenumber\"=>%'"),
    "municipality": Theme(
        "multipolygons",
        "boundary=administrative, admin_level=8",
        "boundary = 'administrative' AND admin_level = '8'",
    ),
    "storage_tank": Theme(
        "multipolygons",
        "man_made=storage_tank, water_tower",
        "man_made IN ('storage_tank', 'water_tower')",
    ),
}


def read(located: Located, layer: str | None, table: str) -> Records:
    """Read the objects of one theme.

    Parameters
    ----------
    located : Located
        Extract.
    layer : str or None
        GDAL's layer; that of the theme when not given.
    table : str
        Table to fill.

    Raises
    ------
    JumeauError
        ``JUM-S004`` damaged, ``S005`` no theme fits the table, ``S006`` unknown layer.
    """
    _whole(located)
    theme = THEMES.get(table)
    if layer is not None and layer.casefold() not in LAYERS and located.called(layer):
        layer = None
    if layer is not None and layer.casefold() not in LAYERS:
        suggestion = did_you_mean(layer, LAYERS)
        raise error(
            "JUM-S006", file=located.name, layer=layer, known=list(LAYERS), suggestion=suggestion
        )
    if layer is None and theme is None:
        raise error("JUM-S005", file=located.name, layers=list(LAYERS), example=LAYERS[3])
    name = layer.casefold() if layer else str(theme and theme.layer)
    chosen = theme if theme is not None and theme.layer == name else None
    meta, rows = _arrow(located, name, chosen.where if chosen else None)
    geometry, rows = split(rows, meta)
    found = []
    if chosen is not None:
        found.append(finding("JUM-S255", table, located.name, layer=name, tag=chosen.tag))
    rows = _identified(rows, name)
    rows = _tagged(rows)
    return Records(
        rows,
        geometry,
        meta.get("crs") or "EPSG:4326",
        read=rows.num_rows,
        announced=None,
        driver="OSM",
        layer=name,
        findings=found,
    )


def _whole(located: Located) -> None:
    """Follow the blocks of an extract to its end: GDAL stops at a cut one without a word."""
    if located.suffix == ".osm":
        with located.open() as file:
            file.seek(-min(located.size(), 64), io.SEEK_END)
            if b"</osm>" not in file.read():
                raise error("JUM-S004", file=located.name, detail="</osm>")
        return
    size, place = located.size(), 0
    with located.open() as file:
        while place < size:
            file.seek(place)
            length = int.from_bytes(file.read(4), "big")
            head = file.read(length) if 0 < length < BLOB_HEADER else b""
            body = _data_size(head)
            place += 4 + length + (body or 0)
            if len(head) < length or body is None or place > size:
                raise error("JUM-S004", file=located.name, detail=f"{size} < {place} B")


def _data_size(head: bytes) -> int | None:
    """Return the size of the block that a header of OpenStreetMap's format announces."""
    place = 0
    while place < len(head):
        key, place = _varint(head, place)
        value, place = _varint(head, place)
        if key == 3 << 3:
            return value
        if key & 7 == 2:  # text or bytes: the value is their length
            place += value
    return None


def _varint(raw: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(raw):
        byte = raw[place]
        value, shift, place = value | (byte & 127) << shift, shift + 7, place + 1
        if byte < 128:
            break
    return value, place


def _arrow(located: Located, layer: str, where: str | None) -> tuple[dict[str, Any], pa.Table]:
    import warnings

    import pyarrow as pa
    import pyogrio

    with refused(located), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pyogrio.open_arrow(located.path, layer=layer, where=where, use_pyarrow=True) as (
            meta,
            reader,
        ):
            table = pa.Table.from_batches(reader, schema=reader.schema)
    return meta, table


def _identified(rows: pa.Table, layer: str) -> pa.Table:
    """Add ``full_id``: the identifier with the kind of the object, as editors write it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "osm_id" not in rows.column_names:
        return rows
    kind = {"points": "n", "lines": "w"}.get(layer, "r")
    own = rows.column("osm_id").cast(pa.string())
    full = pc.binary_join_element_wise(pa.scalar(kind), own, "")
    if "osm_way_id" in rows.column_names:
        way = rows.column("osm_way_id").cast(pa.string())
        full = pc.coalesce(full, pc.binary_join_element_wise(pa.scalar("w"), way, ""))
    return rows.append_column("full_id", full)


def _tagged(rows: pa.Table) -> pa.Table:
    """Turn the text that holds the other tags into columns; the text itself stays."""
    import pyarrow as pa

    if TAGS not in rows.column_names:
        return rows
    told = [dict(_pairs(text)) if text else {} for text in rows.column(TAGS).to_pylist()]
    frequent = Counter(key for item in told for key in item)
    taken = set(rows.column_names)
    for key, _ in frequent.most_common(KEYS):
        if key not in taken:
            values = pa.array([item.get(key) for item in told], pa.string())
            rows = rows.append_column(key, values)
    return rows


def _pairs(text: str) -> list[tuple[str, str]]:
    """Return the keys and values of a text such as ``"height"=>"8","roof:shape"=>"flat"``."""
    return [(_plain(key), _plain(value)) for key, value in _PAIR.findall(text)]


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
