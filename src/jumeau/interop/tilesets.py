# SPDX-License-Identifier: EUPL-1.2
"""Tiles of tables and of raster layers, and what describes them (OGC API - Tiles).

References
----------
OGC 20-057, OGC API - Tiles - Part 1: Core; OGC 17-083r4, Two Dimensional Tile Matrix Set 2.0.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from jumeau.base import crs as crs_
from jumeau.base.errors import error
from jumeau.interop import collections, features, legends, mercator, raster_tiles, tiles, writers
from jumeau.interop.http import Answer, AskedDep, StrictRoute, answer, link, root
from jumeau.interop.labels import table_label
from jumeau.interop.served import Served, View

CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/png",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
    "https://github.com/mapbox/vector-tile-spec/tree/master/2.1",
)
GRID = "WebMercatorQuad"
GRID_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_PIXEL = 0.00028  # standardised rendering pixel [m]

TableName = Annotated[str, Path(description="Table of the twin", max_length=80)]
Layer = Annotated[str, Path(description="Raster layer", max_length=80)]
Grid = Annotated[str, Path(description="WebMercatorQuad", max_length=80)]
Zoom = Annotated[int, Path(description="Zoom, 0 to 22")]
Column = Annotated[int, Path(description="Column, from the west")]
Row = Annotated[int, Path(description="Row, from the north")]
Format = Annotated[str | None, Query(max_length=20, description="Format of the answer")]
Properties = Annotated[
    str | None,
    Query(
        max_length=1000,
        description="Attributes wanted, with commas, each with its estimates; those that maps "
        "usually need by default. `one_in` says how many rows one stands for",
    ),
]
DRAFT = {"ETag": 'W/"draft"', "Cache-Control": "no-store"}
"""A tile drawn before the shapes of its table are there is not to be kept."""
MVT_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {writers.MEDIA["mvt"]: {}}},
    204: {"description": "Nothing to draw"},
}
Moment = Annotated[
    float | None,
    Query(
        ge=0,
        le=1e8,
        allow_inf_nan=False,
        description="Time since the event began [s], one of the `moments` of the layer; its "
        "greatest values by default",
    ),
]
Style = Annotated[
    str,
    Query(
        max_length=40,
        description="`legend` (colours of the legend) or, for dtm and dsm, `hillshade`: shadow "
        "and light on a transparent ground, to lay over a map",
    ),
]
PNG_ANSWERS: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}}}


def marked(
    v: Annotated[
        str | None,
        Query(
            max_length=40,
            description="Ignored: a page that follows the latest version puts its number here, so "
            "that a browser does not take tiles of an earlier one out of its cache",
        ),
    ] = None,
) -> None:
    """Let a tile bear the mark of a version in its address."""


def _grid(name: str) -> None:
    if name != GRID:
        raise error("JUM-I021", name=name[:80])


def matrix_set() -> dict[str, Any]:
    """Return the tile matrix set in which all tiles are."""
    matrices = []
    for z in range(mercator.MAX_ZOOM + 1):
        cell = 2 * mercator.HALF / 256 / 2**z
        matrices.append(
            {
                "id": str(z),
                "scaleDenominator": cell / _PIXEL,
                "cellSize": cell,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-mercator.HALF, mercator.HALF],
                "tileWidth": 256,
                "tileHeight": 256,
                "matrixWidth": 2**z,
                "matrixHeight": 2**z,
            }
        )
    return {
        "id": GRID,
        "title": "Google Maps Compatible for the World",
        "uri": GRID_URI,
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": matrices,
    }


def _limits(box: list[float] | None, lowest: int, highest: int) -> list[dict[str, Any]]:
    """Return, for each zoom, the tiles that a box in WGS84 meets."""
    found = []
    for z in range(lowest, highest + 1):
        if box is None:
            break
        first = mercator.tile_at(box[0], min(box[3], 85.0), z)
        last = mercator.tile_at(box[2], max(box[1], -85.0), z)
        found.append(
            {
                "tileMatrix": str(z),
                "minTileRow": first.y,
                "maxTileRow": last.y,
                "minTileCol": first.x,
                "maxTileCol": last.x,
            }
        )
    return found


def _tileset(
    home: str, base: str, title: str, kind: str, media: str, box: list[float] | None
) -> dict[str, Any]:
    """Return a tileset; ``home`` is the address of the collection, or of its maps."""
    lowest, highest = 0, mercator.MAX_ZOOM
    own = f"{home}/tiles/{GRID}"
    return {
        "title": title,
        "dataType": kind,
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "tileMatrixSetURI": GRID_URI,
        "tileMatrixSetLimits": _limits(box, lowest, highest),
        **(
            {}
            if box is None
            else {"boundingBox": {"lowerLeft": box[:2], "upperRight": box[2:],
                                  "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}
        ),
        "links": [
            link(own, "self"),
            link(f"{base}/tileMatrixSets/{GRID}", f"{_REL}tiling-scheme"),
            {**link(f"{own}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", "item", media),
             "templated": True},
        ],
    }  # fmt: skip


def vector_tileset(view: View, name: str, base: str, lang: str) -> dict[str, Any]:
    """Return the tileset of a table.

    Raises
    ------
    UnknownNameError, InvalidError
        ``JUM-T001``, ``JUM-I009``.
    """
    drawn = tiles.layer(features.table(name))
    extent = collections.extent(view, drawn.table)
    box = extent["spatial"]["bbox"][0] if "spatial" in extent else None
    found = _tileset(
        f"{base}/collections/{name}", base, table_label(name, lang), "vector", "mvt", box
    )
    kinds = {"point": 0, "line": 1, "polygon": 2}
    schema_ = collections.queryables(drawn.table, base, lang)["properties"]
    layer: dict[str, Any] = {
        "id": name,
        "propertiesSchema": {
            "type": "object",
            "properties": {key: schema_[key] for key in drawn.usual if key in schema_},
        },
    }  # fmt: skip
    if drawn.table.geometry in kinds:
        layer["geometryDimension"] = kinds[drawn.table.geometry]
    return {**found, "layers": [layer]}


def raster_tileset(
    view: View, name: str, base: str, lang: str, style: str = raster_tiles.LEGEND
) -> dict[str, Any]:
    """Return the tileset of a raster layer in a style: coloured as its legend says, or shaded.

    Raises
    ------
    UnknownNameError, InvalidError
        ``JUM-T002``, ``JUM-I042``.
    """
    source = raster_tiles.raster(view, name)
    legend = legends.legend(view, name, lang)
    box = None
    if source.bounds is not None:
        edges = crs_.transform_bounds(source.bounds, view.crs, crs_.WGS84)
        box = [round(edge, 7) for edge in edges]
    found = _tileset(f"{base}/rasters/{name}/map", base, legend.label, "map", "png", box)
    if raster_tiles.style_of(name, style) != raster_tiles.LEGEND:
        found["title"] += " · relief" if lang == "en" else " · estompage"
        for item in found["links"]:
            if item["rel"] in {"item", "self"}:
                item["href"] += f"?style={style}"
    finest = math.ceil(math.log2(2 * mercator.HALF / 256 / 1.0))
    found["tileMatrixSetLimits"] = found["tileMatrixSetLimits"][: finest + 3]
    return found


def tiles_router(served: Served) -> APIRouter:
    """Return the router of vector and raster tiles."""
    router = APIRouter(tags=["tiles"], route_class=StrictRoute)

    @router.get("/tileMatrixSets", summary="Tile matrix sets")
    async def matrix_sets(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            own = f"{root(request)}/tileMatrixSets/{GRID}"
            item = {"id": GRID, "title": GRID, "uri": GRID_URI, "links": [link(own, "self")]}
            return Answer(writers.to_json({"tileMatrixSets": [item]}))

        return await answer(request, served, wanted, make)

    @router.get("/tileMatrixSets/{grid}", summary="One tile matrix set")
    async def one_matrix_set(
        request: Request, grid: Grid, wanted: AskedDep, f: Format = None
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            _grid(grid)
            return Answer(writers.to_json(matrix_set()))

        return await answer(request, served, wanted, make)

    @router.get("/collections/{table}/tiles", summary="Vector tilesets of a table")
    async def vector_tilesets(
        request: Request, table: TableName, wanted: AskedDep, f: Format = None
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            found = vector_tileset(view, table, root(request), wanted.lang)
            own = f"{root(request)}/collections/{table}/tiles"
            body = {"links": [link(own, "self")], "tilesets": [found]}
            return Answer(writers.to_json(body))

        return await answer(request, served, wanted, make)

    @router.get("/collections/{table}/tiles/{grid}", summary="Vector tileset of a table")
    async def one_vector_tileset(
        request: Request, table: TableName, grid: Grid, wanted: AskedDep, f: Format = None
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            _grid(grid)
            return Answer(writers.to_json(vector_tileset(view, table, root(request), wanted.lang)))

        return await answer(request, served, wanted, make)

    @router.get("/rasters/{layer}/map/tiles", summary="Map tilesets of a raster layer")
    async def raster_tilesets(
        request: Request, layer: Layer, wanted: AskedDep, f: Format = None
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            found = [
                raster_tileset(view, layer, root(request), wanted.lang, style)
                for style in raster_tiles.styles(layer)
            ]
            own = f"{root(request)}/rasters/{layer}/map/tiles"
            return Answer(writers.to_json({"links": [link(own, "self")], "tilesets": found}))

        return await answer(request, served, wanted, make)

    @router.get("/rasters/{layer}/map/tiles/{grid}", summary="Map tileset of a raster layer")
    async def one_raster_tileset(
        request: Request,
        layer: Layer,
        grid: Grid,
        wanted: AskedDep,
        style: Style = raster_tiles.LEGEND,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            writers.format_of(f, ("json",))
            _grid(grid)
            found = raster_tileset(view, layer, root(request), wanted.lang, style)
            return Answer(writers.to_json(found))

        return await answer(request, served, wanted, make)

    async def vector(
        request: Request,
        table: str,
        address: tuple[int, int, int],
        properties: str | None,
        wanted: AskedDep,
    ) -> Response:
        packed = "gzip" in request.headers.get("accept-encoding", "")

        def make(view: View) -> Answer:
            place = mercator.tile(*address)
            made = tiles.made(view, features.table(table), place, properties, packed)
            headers = {} if made.final else DRAFT
            if made.packed:
                headers = {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            return Answer(made.content, writers.MEDIA["mvt"], headers)

        return await answer(request, served, wanted, make)

    async def coloured(
        request: Request,
        layer: str,
        style: str,
        moment: float | None,
        address: tuple[int, int, int],
        wanted: AskedDep,
    ) -> Response:
        def make(view: View) -> Answer:
            content = raster_tiles.tile(view, layer, mercator.tile(*address), style, moment)
            return Answer(content, "image/png")

        return await answer(request, served, wanted, make)

    @router.get(
        "/collections/{table}/tiles/{grid}/{matrix}/{row}/{column}",
        summary="Vector tile of a table; 204 when empty",
        responses=MVT_ANSWERS,
        response_class=Response,
    )
    async def standard_vector_tile(
        request: Request, table: TableName, grid: Grid, matrix: Zoom, row: Row, column: Column,
        wanted: AskedDep, properties: Properties = None, f: Format = None,
    ) -> Response:  # fmt: skip
        writers.format_of(f, ("mvt",))
        _grid(grid)
        return await vector(request, table, (matrix, column, row), properties, wanted)

    @router.get(
        "/rasters/{layer}/map/tiles/{grid}/{matrix}/{row}/{column}",
        summary="Coloured tile of a raster layer, 256 pixels",
        responses=PNG_ANSWERS,
        response_class=Response,
    )
    async def standard_map_tile(
        request: Request, layer: Layer, grid: Grid, matrix: Zoom, row: Row, column: Column,
        wanted: AskedDep, style: Style = raster_tiles.LEGEND, moment: Moment = None,
        f: Format = None,
    ) -> Response:  # fmt: skip
        writers.format_of(f, ("png",))
        _grid(grid)
        return await coloured(request, layer, style, moment, (matrix, column, row), wanted)

    @router.get(
        "/tiles/raster/{layer}/{z}/{x}/{y}.png",
        dependencies=[Depends(marked)],
        summary="Coloured raster tile of 256 pixels (Web Mercator)",
        responses=PNG_ANSWERS,
        response_class=Response,
    )
    async def raster_tile(
        request: Request, layer: Layer, z: Zoom, x: Column, y: Row, wanted: AskedDep,
        style: Style = raster_tiles.LEGEND, moment: Moment = None,
    ) -> Response:  # fmt: skip
        return await coloured(request, layer, style, moment, (z, x, y), wanted)

    @router.get(
        "/tiles/{table}/{z}/{x}/{y}.mvt",
        dependencies=[Depends(marked)],
        summary="Vector tile of a table (Web Mercator); 204 when empty",
        responses=MVT_ANSWERS,
        response_class=Response,
    )
    async def vector_tile(
        request: Request,
        table: TableName,
        z: Zoom,
        x: Column,
        y: Row,
        wanted: AskedDep,
        properties: Properties = None,
    ) -> Response:
        return await vector(request, table, (z, x, y), properties, wanted)

    return router
