# SPDX-License-Identifier: EUPL-1.2
"""Our own JSON: what the page reads. Each list is also CSV and Parquet (``f=``)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from jumeau.api import facts, models, results
from jumeau.api.asked import FLAT, Format, Identifier, TableName, Text
from jumeau.interop import raster_tiles, writers
from jumeau.interop.http import LONGEST, Answer, AskedDep, StrictRoute, answer, rows_answer
from jumeau.interop.served import Served, View


def router(served: Served) -> APIRouter:
    """Return the router of ``/api``."""
    api = APIRouter(prefix="/api", tags=["twin"], route_class=StrictRoute)

    @api.get("/territory", response_model=models.Territory, summary="What the twin is and holds")
    async def territory(request: Request, wanted: AskedDep) -> Response:
        def make(view: View) -> Answer:
            return Answer(writers.to_json(facts.territory(view, wanted.lang)))

        return await answer(request, served, wanted, make)

    @api.get("/fields", response_model=models.Fields, summary="Vocabulary, units and legends")
    async def fields(request: Request, wanted: AskedDep) -> Response:
        def make(view: View) -> Answer:
            return Answer(writers.to_json(facts.fields(view, wanted.lang)))

        return await answer(request, served, wanted, make)

    @api.get("/sources", response_model=models.Sources, responses=FLAT, summary="Source files")
    async def sources(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            rows = facts.sources(view)
            columns = [*rows[0]] if rows else ["id"]
            return rows_answer(rows, columns, f, "sources", **facts.rights(view))

        return await answer(request, served, wanted, make)

    @api.get("/indicators", response_model=models.Indicators, responses=FLAT, summary="Figures")
    async def indicators(
        request: Request,
        wanted: AskedDep,
        scope: Text = None,
        entity: Text = None,
        indicator: Text = None,
        worksite: Annotated[
            str | None, Query(max_length=LONGEST, description="Worksite that they are about")
        ] = None,
        sort: Annotated[
            str | None,
            Query(max_length=LONGEST, description="`value`, or `-value` for the largest first"),
        ] = None,
        limit: Annotated[int | None, Query(ge=1, description="Most rows: all by default")] = None,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            where = {"scope": scope, "entity": entity, "indicator": indicator}
            rows = results.indicators(view, wanted.lang, where, sort, limit, worksite)
            columns = results.INDICATOR_COLUMNS
            return rows_answer(rows, columns, f, "indicators", **facts.rights(view))

        return await answer(request, served, wanted, make)

    @api.get("/options", response_model=models.Options, responses=FLAT, summary="Candidate actions")
    async def options(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            rows = results.options(view, wanted.lang)
            if writers.format_of(f, ("json", "csv", "parquet")) != "json":
                flat, columns = results.flat_options(rows)
                return rows_answer(flat, columns, f, "options")
            return rows_answer(rows, results.OPTION_COLUMNS, f, "options", **facts.rights(view))

        return await answer(request, served, wanted, make)

    @api.get(
        "/explain/{table}/{row_id:path}",
        response_model=models.Explanation,
        summary="Why this figure: method, inputs, run, source files",
    )
    async def explain(
        request: Request, table: TableName, row_id: Identifier, wanted: AskedDep
    ) -> Response:
        def make(view: View) -> Answer:
            found = results.explain(view, table, row_id)
            return Answer(writers.to_json({**found, **facts.rights(view)}))

        return await answer(request, served, wanted, make)

    @api.get(
        "/entity/{table}/{row_id:path}", response_model=models.Entity, summary="One row, whole"
    )
    async def entity(
        request: Request, table: TableName, row_id: Identifier, wanted: AskedDep
    ) -> Response:
        def make(view: View) -> Answer:
            found = results.entity(view, table, row_id, wanted.lang)
            return Answer(writers.to_json({**found, **facts.rights(view)}))

        return await answer(request, served, wanted, make)

    @api.get(
        "/raster/{layer}/value",
        response_model=models.RasterValue,
        summary="Value of a raster layer at a place",
    )
    async def raster_value(
        request: Request,
        layer: Annotated[str, Path(description="Raster layer", max_length=80)],
        lon: Annotated[float, Query(description="Longitude [° WGS84]")],
        lat: Annotated[float, Query(description="Latitude [° WGS84]")],
        wanted: AskedDep,
    ) -> Response:
        def make(view: View) -> Answer:
            found = raster_tiles.value(view, layer, lon, lat)
            return Answer(writers.to_json({**found, **facts.rights(view)}))

        return await answer(request, served, wanted, make)

    return api
