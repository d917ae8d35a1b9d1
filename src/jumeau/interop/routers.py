# SPDX-License-Identifier: EUPL-1.2
"""Routers of the standards: features, vector tiles, raster tiles.

Each says in ``conforms_to`` what it conforms to. Features follow the resource tree of OGC API –
Features (collections, items, links); its conformance classes are claimed when all of their
requirements are met and tested, not before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from jumeau.base.contract import TableSchema
from jumeau.interop import features, mercator, raster_tiles, tiles, writers
from jumeau.interop.http import Answer, Asked, AskedDep, answer, attachment
from jumeau.interop.served import Served, View
from jumeau.twin import schema

FEATURES_CONFORMS_TO = ("http://www.opengis.net/def/format/geojson/rfc7946",)
VECTOR_CONFORMS_TO = ("https://github.com/mapbox/vector-tile-spec/tree/master/2.1",)
RASTER_CONFORMS_TO = ("http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",)
RESERVED = {"limit", "after", "bbox", "count", "f", "lang", "at"}
MVT = "application/vnd.mapbox-vector-tile"
FORMATS = ("geojson", "json", "csv", "parquet")

TableName = Annotated[str, Path(description="Table of the twin", max_length=80)]
Zoom = Annotated[int, Path(description="Zoom, 0 to 22")]
Column = Annotated[int, Path(description="Column, from the west")]
Row = Annotated[int, Path(description="Row, from the north")]
Format = Annotated[str | None, Query(max_length=20, description="Format of the answer")]


def _label(declared: TableSchema, lang: str) -> str:
    from jumeau.interop.labels import table_label

    return table_label(declared.name, lang)


def _root(request: Request) -> str:
    """Return the address of the server as the client knows it, without its last slash."""
    return str(request.base_url).rstrip("/")


def _describe(request: Request, declared: TableSchema, wanted: Asked) -> dict[str, Any]:
    base = f"{_root(request)}/collections/{declared.name}"
    links = [
        {"href": base, "rel": "self", "type": "application/json"},
        {"href": f"{base}/items", "rel": "items", "type": "application/geo+json"},
        {"href": f"{base}/items?f=csv", "rel": "items", "type": "text/csv"},
        {
            "href": f"{base}/items?f=parquet",
            "rel": "items",
            "type": "application/vnd.apache.parquet",
        },
    ]
    return {
        "id": declared.name,
        "title": _label(declared, wanted.lang),
        "itemType": "feature",
        "geometry": declared.geometry,
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "attributes": [
            row for row in schema.describe(wanted.lang) if row["table"] == declared.name
        ],
        "links": links,
    }


def features_router(served: Served) -> APIRouter:
    """Return the router of collections and items."""
    router = APIRouter(tags=["features"])

    @router.get("/collections", summary="Tables of the twin")
    async def collections(request: Request, wanted: AskedDep) -> Response:
        def make(view: View) -> Answer:
            found = [_describe(request, item, wanted) for item in schema.tables().values()]
            own = f"{_root(request)}/collections"
            links = [{"href": own, "rel": "self", "type": "application/json"}]
            return Answer(writers.to_json({"collections": found, "links": links}))

        return await answer(request, served, wanted, make)

    @router.get("/collections/{table}", summary="One table: attributes and links")
    async def collection(request: Request, table: TableName, wanted: AskedDep) -> Response:
        def make(view: View) -> Answer:
            return Answer(writers.to_json(_describe(request, features.table(table), wanted)))

        return await answer(request, served, wanted, make)

    @router.get(
        "/collections/{table}/items",
        summary="Rows of a table, page by page",
        description="Any attribute of the table is also a filter: `?lamp_type=LED`. The `next` "
        "link continues at the same version, so that a walk sees each row once. With `f=csv`, "
        "`f=parquet` or `f=geojson`, all rows come in one file unless `limit` is given.",
        responses={200: {"content": {"application/geo+json": {}, "text/csv": {}}}},
    )
    async def items(
        request: Request,
        table: TableName,
        wanted: AskedDep,
        limit: Annotated[int | None, Query(description="Rows a page: 100, at most 10,000")] = None,
        after: Annotated[
            str, Query(max_length=300, description="Where to continue: see the `next` link")
        ] = "",
        bbox: Annotated[
            str | None, Query(max_length=200, description="west,south,east,north [° WGS84]")
        ] = None,
        count: Annotated[bool, Query(description="Whether to count all matching rows")] = False,
        f: Format = None,
    ) -> Response:
        whole = limit is None and not after and f in {"csv", "parquet", "geojson"}

        def asked(view: View) -> features.Query:
            declared = features.table(table)
            given = {key: text for key, text in request.query_params.items() if key not in RESERVED}
            return features.Query(
                declared,
                features.window(bbox, view.crs) if declared.geometry else None,
                features.filters(declared, given),
                features.LARGEST_FILE if whole else features.limit(limit),
                after,
            )

        def make(view: View) -> Answer:
            query = asked(view)
            declared = query.table
            chosen = writers.format_of(f, FORMATS)
            if whole and chosen == "geojson":  # written block by block, below
                return Answer(b"-", writers.MEDIA[chosen], attachment(f"{table}.geojson"))
            if whole:
                rows = features.everything(view, query)
                return _file(rows, declared, chosen, view)
            page = features.page(view, query)
            if chosen in {"csv", "parquet"}:
                return _file(page.rows, declared, chosen, view, page.next)
            matched = features.count(view, query) if count else None
            texts = features.feature_texts(page.rows, declared, view.crs)
            links = _links(request, view, table, page.next)
            body = features.collection(texts, links, matched)
            return Answer(body, writers.MEDIA["geojson"])

        made = await answer(request, served, wanted, make)
        if whole and f == "geojson" and made.status_code == 200:
            headers = {key: text for key, text in made.headers.items() if key != "content-length"}
            blocks = _stream(served, made.headers["Jumeau-Version"], asked)
            return StreamingResponse(blocks, headers=headers)
        return made

    @router.get("/collections/{table}/items/{item_id:path}", summary="One row")
    async def item(
        request: Request,
        table: TableName,
        item_id: Annotated[str, Path(description="Identifier of the row", max_length=300)],
        wanted: AskedDep,
    ) -> Response:
        def make(view: View) -> Answer:
            declared = features.table(table)
            rows = features.item(view, declared, item_id)
            text = features.feature_texts(rows, declared, view.crs)[0]
            return Answer(text.encode(), writers.MEDIA["geojson"])

        return await answer(request, served, wanted, make)

    return router


def _links(request: Request, view: View, table: str, following: str) -> list[dict[str, str]]:
    given = dict(request.query_params)
    collection = f"{_root(request)}/collections/{quote(table)}"
    base = f"{collection}/items"
    own = f"{base}?{urlencode(given)}" if given else base
    links = [
        {"href": own, "rel": "self", "type": "application/geo+json"},
        {"href": collection, "rel": "collection", "type": "application/json"},
    ]
    if following:
        continued = urlencode({**given, "after": following, "at": str(view.version)})
        links.append({"href": f"{base}?{continued}", "rel": "next", "type": "application/geo+json"})
    return links


async def _stream(
    served: Served, version: str, asked: Callable[[View], features.Query]
) -> AsyncIterator[bytes]:
    """Write all rows as one GeoJSON collection, block by block, at one version."""

    def block(after: str) -> tuple[str, str]:
        with served.reading(version) as view:
            query = asked(view)._replace(limit=features.AHEAD, after=after)
            page = features.page(view, query)
            return ",".join(features.feature_texts(page.rows, query.table, view.crs)), page.next

    text, following = await served.run(block, "")
    yield b'{"type":"FeatureCollection","features":[' + text.encode()
    while following:
        text, following = await served.run(block, following)
        if text:
            yield b"," + text.encode()
    yield b"]}"


def _file(rows: Any, declared: TableSchema, chosen: str, view: View, following: str = "") -> Answer:
    headers = attachment(f"{declared.name}.{chosen}")
    if following:
        headers["Jumeau-Next"] = following
    if chosen == "csv":
        body = features.csv_file(rows, declared, view.crs)
    else:
        column = features.geometry_column(declared)
        body = writers.to_geoparquet(rows, view.crs, column) if column else writers.to_parquet(rows)
    return Answer(body, writers.MEDIA[chosen], headers)


def tiles_router(served: Served) -> APIRouter:
    """Return the router of vector and raster tiles."""
    router = APIRouter(tags=["tiles"])

    @router.get(
        "/tiles/raster/{layer}/{z}/{x}/{y}.png",
        summary="Coloured raster tile of 256 pixels (Web Mercator)",
        responses={200: {"content": {"image/png": {}}}},
        response_class=Response,
    )
    async def raster_tile(
        request: Request,
        layer: Annotated[str, Path(description="Raster layer", max_length=80)],
        z: Zoom,
        x: Column,
        y: Row,
        wanted: AskedDep,
    ) -> Response:
        def make(view: View) -> Answer:
            content = raster_tiles.tile(view, layer, mercator.tile(z, x, y))
            return Answer(content, "image/png")

        return await answer(request, served, wanted, make)

    @router.get(
        "/tiles/{table}/{z}/{x}/{y}.mvt",
        summary="Vector tile of a table (Web Mercator); 204 when empty",
        responses={200: {"content": {MVT: {}}}, 204: {"description": "Nothing to draw"}},
        response_class=Response,
    )
    async def vector_tile(
        request: Request, table: TableName, z: Zoom, x: Column, y: Row, wanted: AskedDep
    ) -> Response:
        def make(view: View) -> Answer:
            content = tiles.tile(view, features.table(table), mercator.tile(z, x, y))
            return Answer(content, MVT)

        return await answer(request, served, wanted, make)

    return router
