# SPDX-License-Identifier: EUPL-1.2
"""Routes of ``/api`` for the lighting views: streets beside their class, polar curves of lamps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from jumeau.api import asset_models, facts, photometries, roads
from jumeau.api.asked import FLAT, Format, Identifier, Limit, Skip, either
from jumeau.interop.http import LONGEST, Answer, AskedDep, StrictRoute, answer, rows_answer
from jumeau.interop.served import Served, View


def router(served: Served) -> APIRouter:
    """Return the routes that the lighting views read."""
    api = APIRouter(prefix="/api", tags=["twin"], route_class=StrictRoute)

    @api.get(
        "/roads",
        response_model=asset_models.Roads,
        responses=FLAT,
        summary="Streets beside what their lighting class asks, worst first",
    )
    async def streets(
        request: Request,
        wanted: AskedDep,
        verdict: Annotated[
            str | None,
            Query(max_length=LONGEST, description="`conform`, `not_conform` or `not_computable`"),
        ] = None,
        limit: Limit = None,
        skip: Skip = 0,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            found = roads.roads(view, wanted.lang, verdict, limit, skip)
            rows = found.pop("rows")
            return rows_answer(rows, roads.COLUMNS, f, "roads", **found, **facts.rights(view))

        return await answer(request, served, wanted, make)

    @api.get(
        "/road/{row_id:path}",
        response_model=asset_models.Road,
        responses=FLAT,
        summary="Lighting performance of a street beside what its class asks (EN 13201)",
    )
    async def street(
        request: Request, row_id: Identifier, wanted: AskedDep, f: Format = None
    ) -> Response:
        def make(view: View) -> Answer:
            found = roads.road(view, row_id, wanted.lang)
            return either(view, found, roads.flat, f, "road")

        return await answer(request, served, wanted, make)

    @api.get(
        "/photometry/{table}/{row_id:path}",
        response_model=asset_models.Photometry,
        responses=FLAT,
        summary="Intensity distribution of a lamp or of a maker's file",
    )
    async def photometry(
        request: Request,
        table: Annotated[str, Path(description="`luminaire` or `photometry`", max_length=80)],
        row_id: Identifier,
        wanted: AskedDep,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            found = photometries.curve(view, table, row_id)
            return either(view, found, photometries.flat, f, "photometry")

        return await answer(request, served, wanted, make)

    return api
