# SPDX-License-Identifier: EUPL-1.2
"""The OpenAPI document, made as precise as the server: what each parameter takes, word for word.

What a route refuses by itself, with a code and a near name, is told here rather than left to the
framework, whose refusals say less.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI

from jumeau.interop import cql2, mercator, projections, writers

FORMATS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/collections/{table}/queryables", ("json", "schema")),
    ("/collections/{table}/sortables", ("json", "schema")),
    ("/collections/{table}/schema", ("json", "schema")),
    ("/collections/{table}/items", ("geojson", "json", "csv", "parquet", "fgb")),
    ("/collections/{table}/items/{item_id}", ("geojson", "json")),
    ("/collections/catalogue/items", ("geojson", "json")),
    ("/collections/catalogue/items/{record_id}", ("geojson", "json")),
    ("/stac/search", ("geojson", "json")),
    ("/stac/collections/{layer}/items", ("geojson", "json")),
    ("/stac/collections/{layer}/items/{tile}", ("geojson", "json")),
    ("/collections/{table}/tiles/{grid}/{matrix}/{row}/{column}", ("mvt",)),
    ("/rasters/{layer}/map/tiles/{grid}/{matrix}/{row}/{column}", ("png",)),
    ("/", ("html", "json")),
)
"""Values of ``f`` by address; elsewhere those of our own lists, or ``json``."""
LISTS = ("json", "csv", "parquet")
_LINKS = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}
STANDARD: dict[str, dict[str, Any]] = {
    "Link": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
    },
    "Conformance": {
        "type": "object",
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": {"type": "string"}}},
    },
    "Linked": {"type": "object", "required": ["links"], "properties": {"links": _LINKS}},
    "Collections": {
        "type": "object",
        "required": ["links", "collections"],
        "properties": {
            "links": _LINKS,
            "collections": {"type": "array", "items": {"$ref": "#/components/schemas/Linked"}},
        },
    },
    "Feature": {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "geometry": {"anyOf": [{"type": "object"}, {"type": "null"}]},
            "properties": {"type": "object"},
            "links": _LINKS,
        },
    },
    "FeatureCollection": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
            "links": _LINKS,
            "numberReturned": {"type": "integer", "minimum": 0},
            "numberMatched": {"type": "integer", "minimum": 0},
        },
    },
    "JsonSchema": {
        "type": "object",
        "required": ["$schema", "$id", "type", "properties"],
        "properties": {"type": {"type": "string", "enum": ["object"]},
                       "properties": {"type": "object"}},
    },
    "Document": {"type": "object"},
}  # fmt: skip
"""Schemas of the answers of the standards."""
EXAMPLES = {
    "bbox": "3.86,43.60,3.89,43.62",
    "datetime": "2025-01-01/..",
    "filter": "power_w > 50 AND lamp_type IN ('LED', 'HPS')",
    "sortby": "-power_w,id",
    "properties": "lamp_type,power_w",
    "at": "2025-01-31",
}
_ZOOMS = {"z", "matrix"}
_PLACES = {"x", "y", "row", "column"}


def install(app: FastAPI, crs: str) -> None:
    """Give an application its description.

    Parameters
    ----------
    app : FastAPI
        Application.
    crs : str
        Territory's CRS.
    """
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            refine(plain(), tuple(projections.offered(crs)))
        return app.openapi_schema or {}

    app.openapi = described  # type: ignore[method-assign]


def refine(document: dict[str, Any], crs: Sequence[str]) -> None:
    """Make a description precise, in place.

    Parameters
    ----------
    document : dict
        OpenAPI document.
    crs : sequence of str
        URIs of the CRSs offered.
    """
    formats = dict(FORMATS)
    document["components"]["schemas"] |= STANDARD
    for path, operations in document["paths"].items():
        for operation in operations.values():
            answered = operation["responses"].get("200", {}).get("content", {})
            usual = LISTS if path.startswith("/api/") and "text/csv" in answered else ("json",)
            _answers(path, answered)
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _schema(parameter, formats.get(path, usual), crs)
                example = EXAMPLES.get(parameter["name"])
                if example and parameter["in"] == "query":
                    parameter["example"] = example
            for status, answer in operation["responses"].items():
                content = answer.get("content", {})
                if status in {"4XX", "503"} and writers.MEDIA["json"] in content:
                    content[writers.MEDIA["problem"]] = content.pop(writers.MEDIA["json"])


def _answers(path: str, content: dict[str, Any]) -> None:
    """Give the answers of the standards their schemas, in place."""
    last = path.rpartition("/")[2]
    if last in {"queryables", "sortables", "schema"}:
        content[writers.MEDIA["schema"]] = content.pop(writers.MEDIA["json"], {})
    for media, described in content.items():
        kind = media.partition(";")[0]
        if kind.endswith("json") and not described.get("schema"):
            described["schema"] = {"$ref": f"#/components/schemas/{_named(path, last)}"}


def _named(path: str, last: str) -> str:
    if last in {"items", "search"}:
        return "FeatureCollection"
    if "/items/" in path:
        return "Feature"
    if last in {"queryables", "sortables", "schema"}:
        return "JsonSchema"
    if last in {"collections", "conformance"}:
        return last.capitalize()
    linked = path in {"/", "/stac"} or "/collections/" in path or last == "tiles"
    return "Linked" if linked else "Document"


def _schema(
    parameter: dict[str, Any], formats: Sequence[str], crs: Sequence[str]
) -> dict[str, Any]:
    """Return the schema of a parameter; none of them can be null: they are left out instead."""
    found: dict[str, Any] = dict(parameter["schema"])
    parts = [part for part in found.pop("anyOf", ()) if part != {"type": "null"}]
    if len(parts) == 1:
        found |= parts[0]
    elif parts:
        found["anyOf"] = parts
    name, place = parameter["name"], parameter["in"]
    if name == "f":
        return {"type": "string", "enum": list(formats), "title": "F"}
    if name in {"crs", "bbox-crs", "filter-crs"}:
        return {"type": "string", "enum": list(crs), "title": found.get("title", name)}
    if name == "filter-lang":
        return {"type": "string", "enum": list(cql2.LANGUAGES), "title": "Filter-Lang"}
    if name == "limit":
        found["minimum"] = 1
    if name == "lon":
        found |= {"minimum": -180, "maximum": 180}
    if name == "lat":
        found |= {"minimum": -90, "maximum": 90}
    if place == "path" and name in _ZOOMS:
        found |= {"minimum": 0, "maximum": mercator.MAX_ZOOM}
    if place == "path" and name in _PLACES:
        found |= {"minimum": 0, "maximum": 2**mercator.MAX_ZOOM - 1}
    return found
