# SPDX-License-Identifier: EUPL-1.2
"""Search of raster tiles over all layers (STAC API - Item Search, by GET).

References
----------
STAC API 1.0.0, Item Search.
"""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from jumeau.base import crs as crs_
from jumeau.base.errors import error
from jumeau.interop import selection, stac, writers
from jumeau.interop.cql2 import shapes
from jumeau.interop.http import Answer, AskedDep, answer, link, root
from jumeau.interop.served import Served, View


def add(api: APIRouter, served: Served) -> None:
    """Add the search to the router of the STAC catalogue."""

    @api.get("/search", summary="Search of tiles over all layers", responses=stac.GEOJSON)
    async def search(
        request: Request,
        wanted: AskedDep,
        collections: Annotated[str, Query(max_length=1000, description="Layers")] = "",
        ids: Annotated[str, Query(max_length=10_000, description="Tiles")] = "",
        bbox: Annotated[str | None, Query(max_length=200)] = None,
        intersects: Annotated[
            str | None, Query(max_length=100_000, description="Geometry as GeoJSON, WGS84")
        ] = None,
        datetime: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int | None, Query(description="Items a page: 100")] = None,
        after: Annotated[
            str, Query(max_length=120, description="Layer and tile to continue after")
        ] = "",
        f: stac.Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("geojson", "json"))
            if bbox and intersects:
                raise error("JUM-I018", text="bbox + intersects")
            area = None if intersects is None else _area(view, intersects)
            layers = [name for name in stac.layers(view)
                      if not collections or name in collections.split(",")]  # fmt: skip
            tiles = set(ids.split(",")) if ids else None
            found: list[tuple[str, dict[str, Any]]] = []
            for layer in layers:
                rows = [row for row in stac.tiles_of(view, layer)
                        if (tiles is None or row["tile"] in tiles)
                        and f"{layer}/{row['tile']}" > after]  # fmt: skip
                rows = stac.chosen(view, rows, bbox, datetime)
                found += [(layer, row) for row in rows if area is None or _meets(row, area)]
            size = selection.limit(limit)
            page = found[:size]
            base, given = root(request), dict(request.query_params)
            home = f"{base}/stac/search"
            links = [link(f"{home}?{urlencode(given)}" if given else home, "self", "geojson"),
                     link(f"{base}/stac", "root")]  # fmt: skip
            if len(found) > size:
                layer, row = page[-1]
                asked = {**given, "after": f"{layer}/{row['tile']}", "at": str(view.version)}
                links.append(link(f"{home}?{urlencode(asked)}", "next", "geojson", method="GET"))
            body = {
                "type": "FeatureCollection",
                "numberReturned": len(page),
                "links": links,
                "features": [stac.item(view, layer, row, base) for layer, row in page],
            }
            return Answer(writers.to_json(body), writers.MEDIA["geojson"])

        return await answer(request, served, wanted, make)


def _area(view: View, text: str) -> Any:
    """Return a geometry asked for, in the territory's CRS."""
    import shapely

    try:
        node = json.loads(text)
    except (ValueError, RecursionError):
        raise shapes.wrong(text) from None
    if not shapes.is_geojson(node):
        raise shapes.wrong(text)
    found = shapes.shape(node, crs_.WGS84, view.crs, swap=False)
    return shapely.from_wkb(found.wkb)


def _meets(row: dict[str, Any], area: Any) -> bool:
    import shapely

    return bool(shapely.intersects(shapely.box(*stac.bounds(row["tile"])), area))
