# SPDX-License-Identifier: EUPL-1.2
"""What collections are: extent, CRSs, links, queryables (OGC API - Common, part 2; Features)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jumeau.base import crs as crs_
from jumeau.base.contract import Attribute, TableSchema
from jumeau.interop import files, places, projections, selection
from jumeau.interop.http import link
from jumeau.interop.labels import table_label
from jumeau.interop.served import View
from jumeau.twin import rights, schema
from jumeau.twin.schema import quoted

GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_SHAPES = {
    "point": "point-or-multipoint",
    "line": "linestring-or-multilinestring",
    "polygon": "polygon-or-multipolygon",
}
"""Formats of geometry of the standard (OGC 19-079r2, table 2), by kind of ours."""
_TYPES: dict[str, dict[str, str]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "double": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
}


def every(view: View, base: str, lang: str) -> dict[str, Any]:
    """Return all collections of features, with links.

    Parameters
    ----------
    view : View
        Territory at one version.
    base : str
        Address of the server.
    lang : str
        Language of the titles.
    """
    from jumeau.interop import records

    found = [describe(view, name, base, lang) for name in schema.tables()]
    found.append(records.describe(view, base, lang))
    return {
        "collections": found,
        "crs": list(projections.offered(view.crs)),
        "links": [link(f"{base}/collections", "self"), link(f"{base}/", "root")],
    }


def describe(view: View, name: str, base: str, lang: str) -> dict[str, Any]:
    """Return one collection.

    Raises
    ------
    UnknownNameError
        ``JUM-T001``.
    """
    declared = schema.table(name)
    home = f"{base}/collections/{name}"
    links = [link(home, "self"), link(f"{home}/items", "items", "geojson")]
    links += [
        link(f"{home}/items?f={form}", "items", form)
        for form in files.formats(declared)
        if form not in {"json", "geojson"}
    ]
    links += [
        link(f"{home}/queryables", f"{_REL}queryables", "schema"),
        link(f"{home}/sortables", f"{_REL}sortables", "schema"),
        link(f"{home}/schema", "describedby", "schema"),
        *licence_links(view),
        link(f"{base}/collections", "parent"),
    ]
    if declared.geometry:
        links.append(link(f"{home}/tiles", f"{_REL}tilesets-vector"))
    return {
        "id": declared.name,
        "title": table_label(declared.name, lang),
        "itemType": "feature",
        "geometry": declared.geometry,
        "extent": extent(view, declared),
        "crs": list(projections.offered(view.crs)),
        "storageCrs": projections.uri(view.crs),
        "attributes": [row for row in schema.describe(lang) if row["table"] == declared.name],
        "links": links,
    }


def licence_links(view: View) -> list[dict[str, str]]:
    """Return links to the licence under which the authority publishes, if its text is known."""
    name = view.served.live.licence
    return [
        link(item.url, "license", "text/html", title=name)
        for item in rights.recognise(name)
        if item.url
    ]


def extent(view: View, declared: TableSchema) -> dict[str, Any]:
    """Return where and when the rows of a table are, as far as it is known."""

    def read() -> dict[str, Any]:
        parts = []
        if declared.geometry:
            parts += ["min(xmin) AS a", "min(ymin) AS b", "max(xmax) AS c", "max(ymax) AS d"]
        time = selection.time_attribute(declared)
        if time:
            parts += [f"min({quoted(time)})::VARCHAR AS s", f"max({quoted(time)})::VARCHAR AS e"]
        if not parts:
            return {}
        row = view.rows(f"SELECT {', '.join(parts)} FROM {quoted(declared.name)}")[0]
        found: dict[str, Any] = {}
        if row.get("a") is not None:
            box = (row["a"], row["b"], row["c"], row["d"])
            west, south, east, north = crs_.transform_bounds(box, view.crs, crs_.WGS84)
            bbox = [round(edge, 7) for edge in (west, south, east, north)]
            found["spatial"] = {"bbox": [bbox], "crs": projections.CRS84}
        if row.get("s") is not None:
            found["temporal"] = {"interval": [[_rfc3339(row[k]) for k in "se"]], "trs": GREGORIAN}
        return found

    key = ("extent", declared.name, places.stamp(view, declared))
    return view.served.facts.remember(key, read)


def _rfc3339(text: str) -> str:
    """Return a date or time of the database (UTC) as RFC 3339 writes times."""
    day, _, rest = text.partition(" ")
    return f"{day}T{rest.partition('+')[0] or '00:00:00'}Z"


def queryables(declared: TableSchema, base: str, lang: str) -> dict[str, Any]:
    """Return what filters can name, as JSON Schema."""
    usable = [item for item in declared.attributes if item.type != "json"]
    return _schema(declared, usable, "queryables", base, lang)


def sortables(declared: TableSchema, base: str, lang: str) -> dict[str, Any]:
    """Return what ``sortby`` can name, as JSON Schema."""
    usable = [item for item in declared.attributes
              if item.type != "json" and not item.type.startswith("geometry")]  # fmt: skip
    return _schema(declared, usable, "sortables", base, lang)


def returnables(declared: TableSchema, base: str, lang: str) -> dict[str, Any]:
    """Return what features bear, as JSON Schema."""
    return _schema(declared, list(declared.attributes), "schema", base, lang)


def _schema(
    declared: TableSchema, items: Sequence[Attribute], place: str, base: str, lang: str
) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base}/collections/{declared.name}/{place}",
        "type": "object",
        "title": table_label(declared.name, lang),
        "properties": {item.name: _queryable(item, lang) for item in items},
        "additionalProperties": False,
    }


def _queryable(item: Attribute, lang: str) -> dict[str, Any]:
    found: dict[str, Any] = {"title": item.label_fr if lang == "fr" else item.label_en}
    if item.description:
        found["description"] = item.description
    if item.type.startswith("geometry"):
        kind = item.type.partition(":")[2] or "any"
        shape = _SHAPES.get(kind, "any")
        return {**found, "format": f"geometry-{shape}", "x-ogc-role": "primary-geometry"}
    found |= _TYPES.get(item.type, {})
    if item.codes:
        found["enum"] = list(item.codes)
    if item.unit:
        found["x-ogc-unit"] = item.unit
    if item.name == "id":
        found["x-ogc-role"] = "id"
    return found
