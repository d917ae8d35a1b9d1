# SPDX-License-Identifier: EUPL-1.2
"""Raster layers as a STAC catalogue: a collection a layer, an item a tile, COGs with ranges.

Tiles never change once written: their addresses hold their digest, and caches may keep them.

References
----------
STAC specification 1.1.0; projection extension 2.0.0; file extension 2.1.0.
"""

from __future__ import annotations

import datetime as moments
import re
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse

from jumeau.base import crs as crs_
from jumeau.base import i18n
from jumeau.base.errors import error
from jumeau.interop import legends, projections, selection, writers
from jumeau.interop.http import Answer, AskedDep, StrictRoute, answer, link, root
from jumeau.interop.served import Served, View
from jumeau.twin import rights, schema

VERSION = "1.1.0"
SPDX = frozenset(("etalab-2.0", "ODbL-1.0", "ODC-By-1.0", "CC-BY-4.0", "CC0-1.0"))
PROJECTION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
FILE = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
CONFORMS_TO = (
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/collections",
    "https://api.stacspec.org/v1.0.0/ogcapi-features",
    "https://api.stacspec.org/v1.0.0/item-search",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
CELLS = 1000
_TILE = re.compile(r"(-?\d+)_(-?\d+)")
Layer = Annotated[str, Path(description="Raster layer", max_length=80)]
TileName = Annotated[str, Path(description="Tile of 1 km: XXXX_YYYY", max_length=40)]
Format = Annotated[str | None, Query(max_length=20, description="json")]
GEOJSON: dict[int | str, dict[str, Any]] = {200: {"content": {"application/geo+json": {}}}}


def tiles_of(view: View, layer: str) -> list[dict[str, Any]]:
    """Return the tiles of a layer, with when and from what they came."""
    schema.layer(layer)
    return view.remember(
        f"stac {layer}",
        lambda: view.rows(
            "SELECT t.tile, t.path, t.sha256, t.run_id, t.source_id, "
            "coalesce(r.started_at, s.imported_at) AS moment, s.licence, s.publisher, s.vintage "
            "FROM raster_tile t LEFT JOIN run r ON r.id = t.run_id "
            "LEFT JOIN source s ON s.id = t.source_id WHERE t.layer = ? "
            "AND t.moment_s IS NULL ORDER BY t.tile",
            [layer],
        ),
    )


def bounds(tile: str) -> tuple[float, float, float, float]:
    """Return the outer edges of a tile [m]: centres stand on whole metres."""
    found = _TILE.fullmatch(tile)
    if found is None:
        raise error("JUM-I020", name=tile[:80], parent="raster_tile")
    west, north = 1000.0 * int(found[1]) - 0.5, 1000.0 * int(found[2]) + 0.5
    return (west, north - CELLS, west + CELLS, north)


@lru_cache(maxsize=20_000)
def _place(tile: str, crs: str) -> tuple[list[float], list[list[float]]]:
    """Return the box and the outline of a tile in WGS84."""
    west, south, east, north = bounds(tile)
    xs, ys = [west, east, east, west, west], [south, south, north, north, south]
    lon, lat = crs_.reproject(xs, ys, crs, crs_.WGS84)
    ring = [[round(float(a), 7), round(float(b), 7)] for a, b in zip(lon, lat, strict=True)]
    box = [round(edge, 7) for edge in crs_.transform_bounds((west, south, east, north), crs,
                                                             crs_.WGS84)]  # fmt: skip
    return box, ring


def _time(row: dict[str, Any], fallback: str) -> str:
    moment = row["moment"]
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else fallback


def layers(view: View) -> list[str]:
    """Return the layers that hold tiles."""
    found = view.rows("SELECT DISTINCT layer FROM raster_tile ORDER BY layer")
    return [row["layer"] for row in found if row["layer"] in schema.layers()]


def catalogue(view: View, base: str, lang: str) -> dict[str, Any]:
    """Return the root of the catalogue."""
    about = {"en": "Raster layers at one metre", "fr": "Couches raster au mètre"}
    home = f"{base}/stac"
    children = [
        link(f"{home}/collections/{name}", "child", title=legends.legend(view, name, lang).label)
        for name in layers(view)
    ]
    return {
        "type": "Catalog",
        "stac_version": VERSION,
        "conformsTo": list(CONFORMS_TO),
        "id": "jumeau",
        "title": view.served.live.name,
        "description": f"{about[lang]} · {view.served.live.name}",
        "links": [
            link(home, "self"),
            link(home, "root"),
            link(f"{home}/collections", "data"),
            link(f"{home}/conformance", "conformance"),
            link(f"{base}/api", "service-desc", "openapi"),
            link(f"{home}/search", "search", "geojson", method="GET"),
            *children,
        ],
    }


def collection(view: View, layer: str, base: str, lang: str) -> dict[str, Any]:
    """Return a raster layer as a STAC collection.

    Raises
    ------
    UnknownNameError
        ``JUM-T002``.
    """
    described = schema.layer(layer)
    rows = tiles_of(view, layer)
    now = _first_time(view)
    boxes = [_place(row["tile"], view.crs)[0] for row in rows]
    box = [-180.0, -90.0, 180.0, 90.0]
    if boxes:
        box = [
            min(b[0] for b in boxes), min(b[1] for b in boxes),
            max(b[2] for b in boxes), max(b[3] for b in boxes),
        ]  # fmt: skip
    times = sorted({_time(row, now) for row in rows}) or [now]
    home = f"{base}/stac/collections/{layer}"
    publishers = sorted({row["publisher"] for row in rows if row["publisher"]})
    found = {
        "type": "Collection",
        "stac_version": VERSION,
        "id": layer,
        "title": legends.legend(view, layer, lang).label,
        "description": described.description or layer,
        "license": _licence(rows),
        "keywords": [layer],
        "extent": {
            "spatial": {"bbox": [box]},
            "temporal": {"interval": [[times[0], times[-1]]]},
        },
        "links": [
            link(home, "self"),
            link(f"{base}/stac", "root"),
            link(f"{base}/stac", "parent"),
            link(f"{home}/items", "items", "geojson"),
            link(f"{base}/rasters/{layer}/map/tiles",
                 "http://www.opengis.net/def/rel/ogc/1.0/tilesets-map"),
        ],
    }  # fmt: skip
    if publishers:
        found["providers"] = [{"name": name, "roles": ["producer"]} for name in publishers]
    return found


def _licence(rows: list[dict[str, Any]]) -> str:
    """Return the licence of a layer's tiles as SPDX names it, when they all have the same."""
    named = {row["licence"] for row in rows}
    known = rights.recognise(str(next(iter(named)))) if len(named) == 1 else []
    return known[0].id if len(known) == 1 and known[0].id in SPDX else "other"


def _first_time(view: View) -> str:
    """Return a time for what bears none: that of the first version."""
    history = view.served.facts.remember(
        ("born",), lambda: view.territory.versions().head(1).to_dict("records")
    )
    return str(history[0]["time"].strftime("%Y-%m-%dT%H:%M:%SZ")) if history else ""


def item(view: View, layer: str, row: dict[str, Any], base: str) -> dict[str, Any]:
    """Return a tile as a STAC item."""
    described = schema.layer(layer)
    box, ring = _place(row["tile"], view.crs)
    west, south, east, north = bounds(row["tile"])
    home = f"{base}/stac/collections/{layer}"
    multihash = f"1220{row['sha256']}"
    band: dict[str, Any] = {"name": layer, "data_type": "float32", "nodata": "nan"}
    if described.unit:
        band["unit"] = described.unit
    return {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": [PROJECTION, FILE],
        "id": row["tile"],
        "collection": layer,
        "bbox": box,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "datetime": _time(row, _first_time(view)),
            "gsd": 1.0,
            "proj:code": view.crs,
            "proj:bbox": [west, south, east, north],
            "proj:shape": [CELLS, CELLS],
            "proj:transform": [1.0, 0.0, west, 0.0, -1.0, north],
            "jumeau:run_id": row["run_id"],
            "jumeau:source_id": row["source_id"],
        },
        "assets": {
            "data": {
                "href": f"{home}/items/{row['tile']}/{row['sha256'][:16]}.tif",
                "type": writers.MEDIA["tiff"],
                "title": f"{layer} {row['tile']}",
                "roles": ["data"],
                "bands": [band],
                "file:checksum": multihash,
            }
        },
        "links": [
            link(f"{home}/items/{row['tile']}", "self", "geojson"),
            link(f"{base}/stac", "root"),
            link(home, "parent"),
            link(home, "collection"),
        ],
    }


def chosen(
    view: View, rows: list[dict[str, Any]], bbox: str | None, datetime: str | None
) -> list[dict[str, Any]]:
    """Return the tiles that meet a window and a time.

    Raises
    ------
    InvalidError
        ``JUM-I003``, ``JUM-I017``.
    """
    window = projections.window(bbox, view.crs)
    low, high = selection.span(datetime)
    fallback = _first_time(view)
    found = []
    for row in rows:
        if window is not None:
            (west, south, east, north), (a, b, c, d) = bounds(row["tile"]), window.bounds
            if east < a or west > c or north < b or south > d:
                continue
        moment = _moment(row, fallback)
        if (low is None or moment >= low) and (high is None or moment <= high):
            found.append(row)
    return found


def _moment(row: dict[str, Any], fallback: str) -> moments.datetime:
    return moments.datetime.fromisoformat(_time(row, fallback))


def _row(view: View, layer: str, tile: str) -> dict[str, Any]:
    for row in tiles_of(view, layer):
        if row["tile"] == tile:
            return row
    raise error("JUM-I020", name=tile[:80], parent=layer)


def router(served: Served) -> APIRouter:
    """Return the router of the STAC catalogue."""
    from jumeau.interop import stac_search

    api = APIRouter(prefix="/stac", tags=["stac"], route_class=StrictRoute)

    @api.get("", summary="STAC catalogue of the raster layers")
    async def root_(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            return Answer(writers.to_json(catalogue(view, root(request), wanted.lang)))

        return await answer(request, served, wanted, make)

    @api.get("/conformance", summary="Conformance classes of the STAC API")
    async def conformance(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            return Answer(writers.to_json({"conformsTo": list(CONFORMS_TO)}))

        return await answer(request, served, wanted, make)

    stac_search.add(api, served)

    @api.get("/collections", summary="STAC collections")
    async def collections(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            base = root(request)
            body = {
                "collections": [collection(view, name, base, wanted.lang) for name in layers(view)],
                "links": [
                    link(f"{base}/stac/collections", "self"),
                    link(f"{base}/stac", "root"),
                ],
            }
            return Answer(writers.to_json(body))

        return await answer(request, served, wanted, make)

    @api.get("/collections/{layer}", summary="A raster layer as a STAC collection")
    async def one_collection(
        request: Request, layer: Layer, wanted: AskedDep, f: Format = None
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            return Answer(writers.to_json(collection(view, layer, root(request), wanted.lang)))

        return await answer(request, served, wanted, make)

    @api.get("/collections/{layer}/items", summary="Tiles of a layer", responses=GEOJSON)
    async def items(
        request: Request,
        layer: Layer,
        wanted: AskedDep,
        limit: Annotated[int | None, Query(description="Items a page: 100")] = None,
        after: Annotated[str, Query(max_length=40, description="Tile to continue after")] = "",
        bbox: Annotated[str | None, Query(max_length=200)] = None,
        datetime: Annotated[str | None, Query(max_length=100)] = None,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("geojson", "json"))
            found = [row for row in tiles_of(view, layer) if row["tile"] > after]
            found = chosen(view, found, bbox, datetime)
            size = selection.limit(limit)
            page = found[:size]
            base, given = root(request), dict(request.query_params)
            home = f"{base}/stac/collections/{layer}"
            own = f"{home}/items?{urlencode(given)}" if given else f"{home}/items"
            links = [link(own, "self", "geojson"), link(f"{base}/stac", "root"),
                     link(home, "collection")]  # fmt: skip
            if len(found) > size:
                asked = {**given, "after": page[-1]["tile"], "at": str(view.version)}
                links.append(link(f"{home}/items?{urlencode(asked)}", "next", "geojson"))
            body = {
                "type": "FeatureCollection",
                "numberReturned": len(page),
                "links": links,
                "features": [item(view, layer, row, base) for row in page],
            }
            return Answer(writers.to_json(body), writers.MEDIA["geojson"])

        return await answer(request, served, wanted, make)

    @api.get("/collections/{layer}/items/{tile}", summary="A tile as an item", responses=GEOJSON)
    async def one_item(
        request: Request, layer: Layer, tile: TileName, wanted: AskedDep, f: Format = None
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("geojson", "json"))
            found = item(view, layer, _row(view, layer, tile), root(request))
            return Answer(writers.to_json(found), writers.MEDIA["geojson"])

        return await answer(request, served, wanted, make)

    responses: dict[int | str, dict[str, Any]] = {
        200: {"content": {"image/tiff": {}}},
        206: {"description": "Part of the file (`Range`)", "content": {"image/tiff": {}}},
        416: {"description": "There is no such part"},
    }

    @api.head("/collections/{layer}/items/{tile}/{digest}.tif", include_in_schema=False)
    @api.get(
        "/collections/{layer}/items/{tile}/{digest}.tif",
        summary="The tile itself: a Cloud Optimized GeoTIFF, served with ranges",
        responses=responses,
        response_class=Response,
    )
    async def cog(
        request: Request,
        layer: Layer,
        tile: TileName,
        digest: Annotated[
            str, Path(min_length=8, max_length=64, description="Beginning of its SHA-256")
        ],
        wanted: AskedDep,
    ) -> Response:
        def find() -> tuple[str, str]:
            with i18n.using(wanted.lang), served.reading(wanted.at) as view:
                schema.layer(layer)
                # Any version that had this tile will do: the digest says which file it is.
                for row in tiles_of(view, layer):
                    if row["tile"] == tile and row["sha256"].startswith(digest):
                        return row["path"], row["sha256"]
            raise error("JUM-I020", name=f"{tile[:40]}/{digest[:40]}", parent=layer)

        path, sha256 = await served.run(find)
        name = f"{layer}_{tile}.tif"
        return FileResponse(
            served.live.path / path,
            media_type=writers.MEDIA["tiff"],
            headers={
                "Cache-Control": "public, max-age=31536000, immutable",
                "ETag": f'"{sha256}"',
                "Content-Disposition": f'inline; filename="{quote(name)}"',
            },
        )

    return api
