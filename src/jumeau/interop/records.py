# SPDX-License-Identifier: EUPL-1.2
"""The sources as records: who published what, when, under which licence (OGC API - Records).

References
----------
OGC 20-004r1, OGC API - Records - Part 1: Core.
"""

from __future__ import annotations

import mimetypes
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query, Request, Response

from jumeau.base import crs as crs_
from jumeau.base.errors import error
from jumeau.interop import collections, projections, selection, writers
from jumeau.interop.http import Answer, AskedDep, StrictRoute, answer, link, root
from jumeau.interop.served import Served, View
from jumeau.twin import rights, schema

CATALOGUE = "catalogue"
CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-collection",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core-query-parameters",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/json",
)
_CORE = CONFORMS_TO[0]
_TITLES = {"en": "Catalogue of the sources", "fr": "Catalogue des sources"}
Format = Annotated[str | None, Query(max_length=20, description="json")]


def describe(view: View, base: str, lang: str) -> dict[str, Any]:
    """Return the catalogue as a collection."""
    home = f"{base}/collections/{CATALOGUE}"
    extent = collections.extent(view, schema.table("source"))
    box = _box(view)
    if box:
        extent = {**extent, "spatial": {"bbox": [box], "crs": projections.CRS84}}
    return {
        "id": CATALOGUE,
        "type": "Catalog",
        "itemType": "record",
        "title": _TITLES[lang],
        "extent": extent,
        "crs": [projections.CRS84],
        "conformsTo": list(CONFORMS_TO),
        "links": [
            link(home, "self"),
            link(f"{home}/items", "items", "geojson"),
            link(f"{base}/collections", "parent"),
        ],
    }


def _box(view: View) -> list[float] | None:
    """Return the box of all facts: sources are about the territory."""

    def build() -> list[float] | None:
        box = view.territory.extent()
        if box is None:
            return None
        return [round(edge, 7) for edge in crs_.transform_bounds(box, view.crs, crs_.WGS84)]

    return view.remember("bounds", build)


def record(view: View, row: dict[str, Any], base: str, lang: str) -> dict[str, Any]:
    """Return a source as a record."""
    box = _box(view)
    identifier = row["id"]
    home = f"{base}/collections/{CATALOGUE}"
    table = row["table"]
    properties = {
        "type": "dataset",
        "title": row["title"] or row["file"],
        "created": row["imported_at"],
        "updated": row["imported_at"],
        "language": {"code": "fr"},
        "formats": [{"name": row["driver"] or "", "mediaType": mimetypes.guess_type(row["file"])[0]
                     or "application/octet-stream"}],
        "keywords": [table],
        "license": row["licence"] or "other",
        "externalIds": [{"scheme": "sha256", "value": row["sha256"]}],
        "jumeau:table": table,
        "jumeau:file": row["file"],
        "jumeau:vintage": row["vintage"],
    }  # fmt: skip
    if row["publisher"]:
        properties["contacts"] = [{"organization": row["publisher"], "roles": ["publisher"]}]
    links = [
        link(f"{home}/items/{quote(identifier, safe='')}", "self", "geojson"),
        link(home, "collection"),
    ]
    if table in schema.tables():
        about = f"{base}/collections/{table}"
        query = urlencode({"source_id": identifier})
        if "source_id" in schema.table(table).names:
            links.append(link(f"{about}/items?{query}", "item", "geojson"))
        links.append(link(about, "related"))
    elif table in schema.layers():
        links.append(link(f"{base}/stac/collections/{table}", "related"))
    links += [
        link(item.url, "license", "text/html")
        for item in rights.recognise(row["licence"] or "")
        if item.url
    ]
    if str(row["uri"] or "").startswith(("http://", "https://")):
        links.append(link(row["uri"], "via", "text/html"))
    ring = None
    if box:
        w, s, e, n = box
        ring = {"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]}
    return {
        "id": identifier,
        "type": "Feature",
        "conformsTo": [_CORE],
        "time": {"interval": [row["imported_at"], ".."]},
        "geometry": ring,
        "properties": properties,
        "links": links,
    }


def rows(view: View) -> list[dict[str, Any]]:
    """Return the sources, the latest first."""
    found = view.rows("SELECT * FROM source ORDER BY imported_at DESC, id")
    for row in found:
        row["imported_at"] = row["imported_at"].isoformat().replace("+00:00", "Z")
    return found


def _matches(row: dict[str, Any], q: str) -> bool:
    """Tell whether a source holds one of the terms that commas part; a term is words in a row."""
    names = ("title", "publisher", "file", "table", "licence", "vintage")
    text = " ".join(" ".join(str(row[name] or "") for name in names).casefold().split())
    terms = [" ".join(part.split()) for part in q.casefold().split(",")]
    return any(term in text for term in terms if term)


def router(served: Served) -> APIRouter:
    """Return the router of the catalogue; it comes before that of the features."""
    api = APIRouter(tags=["records"], route_class=StrictRoute)
    home = f"/collections/{CATALOGUE}"

    @api.get(home, summary="The catalogue of the sources")
    async def catalogue(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            return Answer(writers.to_json(describe(view, root(request), wanted.lang)))

        return await answer(request, served, wanted, make)

    @api.get(
        f"{home}/items",
        summary="Sources as records",
        responses={200: {"content": {"application/geo+json": {}}}},
    )
    async def items(
        request: Request,
        wanted: AskedDep,
        q: Annotated[str | None, Query(max_length=200, description="Words to find")] = None,
        type_: Annotated[str | None, Query(alias="type", max_length=40)] = None,
        ids: Annotated[str | None, Query(max_length=2000, description="Identifiers")] = None,
        external: Annotated[str | None, Query(alias="externalIds", max_length=2000)] = None,
        bbox: Annotated[str | None, Query(max_length=200)] = None,
        datetime: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int | None, Query(description="Records a page: 100")] = None,
        offset: Annotated[int, Query(ge=0, le=10**9, description="Records passed over")] = 0,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("geojson", "json"))
            found = rows(view)
            if q:
                found = [row for row in found if _matches(row, q)]
            if type_ and "dataset" not in type_.split(","):
                found = []
            if ids:
                found = [row for row in found if row["id"] in ids.split(",")]
            if external:
                wanted_ids = {part.rpartition(":")[2] for part in external.split(",")}
                found = [row for row in found if row["sha256"] in wanted_ids]
            window = projections.window(bbox, view.crs)
            if window is not None and not _meets(view, window):
                found = []
            found = _during(view, found, datetime)
            size = selection.limit(limit)
            page = found[offset : offset + size]
            base = f"{root(request)}{home}/items"
            given = dict(request.query_params)
            links = [link(f"{base}?{urlencode(given)}" if given else base, "self", "geojson")]
            for place, rel in ((offset + size, "next"), (max(0, offset - size), "prev")):
                if (rel == "next" and place < len(found)) or (rel == "prev" and offset):
                    asked = {**given, "offset": str(place), "at": str(view.version)}
                    links.append(link(f"{base}?{urlencode(asked)}", rel, "geojson"))
            body = {
                "type": "FeatureCollection",
                "numberMatched": len(found),
                "numberReturned": len(page),
                "links": links,
                "features": [record(view, row, root(request), wanted.lang) for row in page],
            }
            return Answer(writers.to_json(body), writers.MEDIA["geojson"])

        return await answer(request, served, wanted, make)

    @api.get(
        f"{home}/items/{{record_id:path}}",
        summary="One source as a record",
        responses={200: {"content": {"application/geo+json": {}}}},
    )
    async def one(
        request: Request,
        record_id: Annotated[str, Path(max_length=300)],
        wanted: AskedDep,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("geojson", "json"))
            for row in rows(view):
                if row["id"] == record_id:
                    found = record(view, row, root(request), wanted.lang)
                    return Answer(writers.to_json(found), writers.MEDIA["geojson"])
            raise error("JUM-I020", name=record_id[:80], parent=CATALOGUE)

        return await answer(request, served, wanted, make)

    return api


def _meets(view: View, window: projections.Window) -> bool:
    box = view.territory.extent()
    if box is None:
        return True
    xmin, ymin, xmax, ymax = window.bounds
    return box[2] >= xmin and box[0] <= xmax and box[3] >= ymin and box[1] <= ymax


def _during(view: View, found: list[dict[str, Any]], text: str | None) -> list[dict[str, Any]]:
    """Keep the sources that were there at a time: from their import on."""
    conditions = selection.during(schema.table("source"), text)
    if not conditions:
        return found
    sql = f"SELECT id FROM source WHERE {conditions[0].sql}"
    kept = {row["id"] for row in view.rows(sql, conditions[0].parameters)}
    return [row for row in found if row["id"] in kept]
