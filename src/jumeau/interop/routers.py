# SPDX-License-Identifier: EUPL-1.2
"""Features: collections and items (OGC API - Features, parts 1, 2 and 3).

References
----------
OGC 17-069r4 (core), 18-058r1 (CRS), 19-079r2 (filtering).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from jumeau.base.contract import TableSchema
from jumeau.interop import collections, cql2, features, files, geojson, selection, writers
from jumeau.interop.http import (
    HEAD_ONLY,
    Answer,
    AskedDep,
    StrictRoute,
    answer,
    attachment,
    link,
    root,
)
from jumeau.interop.projections import DEFAULT, Projection, uri
from jumeau.interop.served import Served, Stop, View

CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    *cql2.CONFORMS_TO,
)
FILES = ("csv", "parquet", "fgb")
LONGEST_FILTER = 600_000
"""Characters of a filter in a query string."""

TableName = Annotated[str, Path(description="Table of the twin", max_length=80)]
Format = Annotated[str | None, Query(max_length=20, description="Format of the answer")]
Crs = Annotated[
    str | None, Query(max_length=120, description="URI of the CRS of the answer; CRS84 by default")
]
ATTRIBUTES = {
    "parameters": [
        {
            "in": "query",
            "name": "attributes",
            "style": "form",
            "explode": True,
            "description": "Any attribute of the table: the value that rows must have",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        }
    ]
}


def features_router(served: Served) -> APIRouter:
    """Return the router of collections and items."""
    router = APIRouter(tags=["features"], route_class=StrictRoute)

    @router.get("/collections", summary="Tables of the twin")
    async def all_collections(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            return Answer(writers.to_json(collections.every(view, root(request), wanted.lang)))

        return await answer(request, served, wanted, make)

    @router.get("/collections/{table}", summary="One table: attributes and links")
    async def collection(
        request: Request, table: TableName, wanted: AskedDep, f: Format = None
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            return Answer(
                writers.to_json(collections.describe(view, table, root(request), wanted.lang))
            )

        return await answer(request, served, wanted, make)

    async def described(
        request: Request,
        table: str,
        wanted: AskedDep,
        f: str | None,
        describe: Callable[[TableSchema, str, str], dict[str, Any]],
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json", "schema"))
            found = describe(features.table(table), root(request), wanted.lang)
            return Answer(writers.to_json(found), writers.MEDIA["schema"])

        return await answer(request, served, wanted, make)

    @router.get("/collections/{table}/queryables", summary="Attributes that filters can name")
    async def queryables(
        request: Request, table: TableName, wanted: AskedDep, f: Format = None
    ) -> Response:
        return await described(request, table, wanted, f, collections.queryables)

    @router.get("/collections/{table}/sortables", summary="Attributes that `sortby` can name")
    async def sortables(
        request: Request, table: TableName, wanted: AskedDep, f: Format = None
    ) -> Response:
        return await described(request, table, wanted, f, collections.sortables)

    @router.get("/collections/{table}/schema", summary="What the features of a table bear")
    async def feature_schema(
        request: Request, table: TableName, wanted: AskedDep, f: Format = None
    ) -> Response:
        return await described(request, table, wanted, f, collections.returnables)

    @router.get(
        "/collections/{table}/items",
        summary="Rows of a table, page by page",
        description="Any attribute of the table is also a filter: `?lamp_type=LED`. The `next` "
        "link continues at the same version, so that a walk sees each row once. With `f=csv`, "
        "`f=parquet`, `f=fgb` or `f=geojson`, all rows come in one file unless `limit` is given.",
        responses={
            200: {"content": {writers.MEDIA[name].partition(";")[0]: {} for name in
                              ("geojson", *FILES)}}
        },
        openapi_extra=ATTRIBUTES,
    )  # fmt: skip
    async def items(
        request: Request,
        table: TableName,
        wanted: AskedDep,
        limit: Annotated[int | None, Query(description="Rows a page: 100, at most 10,000")] = None,
        after: Annotated[
            str, Query(max_length=2000, description="Where to continue: see the `next` link")
        ] = "",
        before: Annotated[
            str, Query(max_length=300, description="Where to go back: see the `prev` link")
        ] = "",
        bbox: Annotated[
            str | None,
            Query(max_length=200, description="west,south,east,north [°], or as bbox-crs says"),
        ] = None,
        bbox_crs: Annotated[str | None, Query(alias="bbox-crs", max_length=120)] = None,
        crs: Crs = None,
        datetime: Annotated[
            str | None,
            Query(max_length=100, description="Date, time (RFC 3339) or interval: 2025-01-01/.."),
        ] = None,
        filter_: Annotated[
            str | None, Query(alias="filter", max_length=LONGEST_FILTER, description="CQL2")
        ] = None,
        filter_lang: Annotated[
            str | None,
            Query(alias="filter-lang", max_length=20, description="cql2-text or cql2-json"),
        ] = None,
        filter_crs: Annotated[str | None, Query(alias="filter-crs", max_length=120)] = None,
        sortby: Annotated[
            str | None,
            Query(max_length=300, description="Attributes; a minus sign: the largest first"),
        ] = None,
        properties: Annotated[
            str | None, Query(max_length=1000, description="Attributes wanted, with commas")
        ] = None,
        skip_geometry: Annotated[bool, Query(alias="skip-geometry")] = False,
        count: Annotated[bool, Query(description="Whether to count all matching rows")] = False,
        f: Format = None,
    ) -> Response:
        accept = request.headers.get("accept", "")
        given = {
            key: text for key, text in request.query_params.items() if key not in selection.RESERVED
        }
        said = selection.Wanted(
            limit, after, before, bbox, bbox_crs, crs, datetime, filter_, filter_lang, filter_crs,
            sortby, properties, skip_geometry, given,
        )  # fmt: skip
        declared = features.table(table) if table in _names() else None
        chosen = "" if declared is None else writers.negotiate(f, accept, files.formats(declared))
        whole = limit is None and not after and not before and (chosen in FILES or f == "geojson")

        def asked(view: View) -> features.Query:
            query = selection.query(features.table(table), said, view.crs)
            if whole:
                query = query._replace(limit=features.LARGEST_FILE)
            return query._replace(json=chosen not in FILES)

        def make(view: View) -> Answer:
            query = asked(view)
            own = Projection(uri(view.crs), view.crs, False)
            target = selection.out_crs(
                said, view.crs, own if chosen in {"parquet", "fgb"} else DEFAULT
            )
            headers = {"Content-Crs": f"<{target.uri}>"}
            if whole and chosen not in FILES:  # written block by block, below
                headers |= attachment(f"{table}.geojson")
                return Answer(b"-", writers.MEDIA["geojson"], headers)
            if chosen in FILES:
                return _file(view, query, chosen, whole, headers, target)
            matched = features.count(view, query) if count else None
            page = features.written(view, query, target)
            links = _links(request, view, table, page)
            body = geojson.collection(page.items, page.number, links, matched)
            return Answer(body, writers.MEDIA["geojson"], headers)

        made = await answer(request, served, wanted, make, chosen)
        if whole and chosen not in FILES and made.status_code == 200:
            headers = {key: text for key, text in made.headers.items() if key != "content-length"}
            if HEAD_ONLY in request.scope:
                return StreamingResponse(iter(()), headers=headers)
            blocks = _stream(served, made.headers["Jumeau-Version"], asked, said)
            return StreamingResponse(blocks, headers=headers)
        return made

    @router.get(
        "/collections/{table}/items/{item_id:path}",
        summary="One row",
        responses={200: {"content": {"application/geo+json": {}}}},
    )
    async def item(
        request: Request,
        table: TableName,
        item_id: Annotated[str, Path(description="Identifier of the row", max_length=300)],
        wanted: AskedDep,
        crs: Crs = None,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            declared = features.table(table)
            writers.format_of(f, ("geojson", "json"))
            target = selection.out_crs(selection.Wanted(crs=crs), view.crs)
            text = features.written_item(view, declared, item_id, target)
            links = [
                link(_own(request), "self", "geojson"),
                link(f"{root(request)}/collections/{quote(table)}", "collection"),
            ]
            body = text[:-1] + b',"links":' + writers.to_json(links) + b"}"
            return Answer(body, writers.MEDIA["geojson"], {"Content-Crs": f"<{target.uri}>"})

        return await answer(request, served, wanted, make)

    return router


def _names() -> set[str]:
    from jumeau.twin import schema

    return set(schema.tables())


def _own(request: Request) -> str:
    """Return the address of a request as the client wrote it."""
    given = urlencode(list(request.query_params.multi_items()))
    base = f"{root(request)}{quote(request.url.path)}"
    return f"{base}?{given}" if given else base


def _links(
    request: Request, view: View, table: str, page: features.Written
) -> list[dict[str, str]]:
    given = dict(request.query_params)
    collection = f"{root(request)}/collections/{quote(table)}"
    base = f"{collection}/items"

    def to(**changes: str) -> str:
        kept = {key: text for key, text in given.items() if key not in {"after", "before"}}
        asked = {**(kept if changes.keys() & {"after", "before"} else given), **changes}
        return f"{base}?{urlencode(asked)}" if asked else base

    links = [
        link(to(), "self", "geojson"),
        *(
            link(to(f=name), "alternate", name)
            for name in files.formats(features.table(table))
            if name in FILES
        ),
        link(collection, "collection"),
        *collections.licence_links(view),
    ]
    version = str(view.version)
    if page.next:
        links.append(link(to(after=page.next, at=version), "next", "geojson"))
    if page.previous:
        links.append(link(to(before=page.previous, at=version), "prev", "geojson"))
    return links


async def _stream(
    served: Served,
    version: str,
    asked: Callable[[View], features.Query],
    said: selection.Wanted,
) -> AsyncIterator[bytes]:
    """Write all rows as one GeoJSON collection, block by block, at one version."""

    def block(after: str, stop: Stop) -> tuple[bytes, str]:
        with served.reading(version, stop) as view:
            query = asked(view)._replace(limit=features.AHEAD, after=after)
            page = features.written(view, query, selection.out_crs(said, view.crs))
            return page.items, page.next

    async def run(after: str) -> tuple[bytes, str]:
        stop = Stop(served.patience)
        timer = asyncio.get_running_loop().call_later(served.patience, stop.pull)
        try:
            return await served.run(block, after, stop)
        except asyncio.CancelledError:  # the client has left
            stop.pull()
            raise
        finally:
            timer.cancel()

    text, following = await run("")
    yield b'{"type":"FeatureCollection","features":[' + text
    while following:
        text, following = await run(following)
        if text:
            yield b"," + text
    yield b"]}"


def _file(
    view: View,
    query: features.Query,
    chosen: str,
    whole: bool,
    headers: dict[str, str],
    target: Projection,
) -> Answer:
    declared: TableSchema = query.table
    following = ""
    if whole:
        rows = features.everything(view, query)
    else:
        page = features.page(view, query)
        rows, following = page.rows, page.next
    headers = {**headers, **attachment(f"{declared.name}.{chosen}")}
    if following:
        headers["Jumeau-Next"] = following
    return Answer(files.file(chosen, rows, declared, view.crs, target), writers.MEDIA[chosen],
                  headers)  # fmt: skip
