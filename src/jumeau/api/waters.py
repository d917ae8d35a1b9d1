# SPDX-License-Identifier: EUPL-1.2
"""Routes of ``/api/water``: networks, series, elements; leaks, balances, breaks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from jumeau.api import facts, leaks, water, water_models
from jumeau.api.asked import FLAT, Format, Identifier, Limit, Skip, TableName, either
from jumeau.interop.http import LONGEST, Answer, AskedDep, StrictRoute, answer, rows_answer
from jumeau.interop.served import Served, View

GeoFormat = Annotated[str | None, Query(max_length=20, description="json, geojson, csv or parquet")]
ZONES: dict[int | str, dict[str, Any]] = {
    200: {"content": {**FLAT[200]["content"], "application/geo+json": {}}}
}
"""What leaks can also be had as."""


def router(served: Served) -> APIRouter:
    """Return the routes that the view of water reads."""
    api = APIRouter(prefix="/api/water", tags=["twin"], route_class=StrictRoute)

    @api.get(
        "/networks",
        response_model=water_models.WaterNetworks,
        responses=FLAT,
        summary="Networks of drinking water: placing, elements, pipes by material and decade",
    )
    async def networks(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            found = water.networks(view, wanted.lang)
            return either(view, found, water.flat_networks, f, "water_networks")

        return await answer(request, served, wanted, make)

    @api.get(
        "/series",
        response_model=water_models.WaterSeries,
        responses=FLAT,
        summary="One quantity of every element of a water network over the day, in columns",
    )
    async def series(
        request: Request,
        wanted: AskedDep,
        quantity: Annotated[
            str,
            Query(
                max_length=LONGEST,
                description="`pressure_m`, `head_m`, `flow_m3_h`, `velocity_m_s` or `age_h`",
            ),
        ],
        table: Annotated[
            str | None,
            Query(
                max_length=LONGEST,
                description="Table of the elements: `junction` or `pipe`, as the quantity has it, "
                "by default",
            ),
        ] = None,
        network: Annotated[
            str | None,
            Query(
                max_length=300,
                description="Network wanted; by default all those computed at the same times",
            ),
        ] = None,
        bounds: Annotated[
            bool, Query(description="Whether the 5 % and 95 % bounds are wanted too")
        ] = True,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            found = water.series(view, quantity, table, network, bounds)
            return either(view, found, water.flat, f, f"water_{found['quantity']}")

        return await answer(request, served, wanted, make)

    @api.get(
        "/element/{table}/{row_id:path}",
        response_model=water_models.WaterElement,
        responses=FLAT,
        summary="What was computed of one element of a water network over the day",
    )
    async def element(
        request: Request,
        table: TableName,
        row_id: Identifier,
        wanted: AskedDep,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            found = water.element(view, table, row_id, wanted.lang)
            return either(view, found, water.flat_element, f, "water_element")

        return await answer(request, served, wanted, make)

    @api.get(
        "/leaks",
        response_model=water_models.Leaks,
        responses=ZONES,
        summary="Leaks found in the telemetry: zone, flow, probability and cost, dearest first",
    )
    async def list_leaks(request: Request, wanted: AskedDep, f: GeoFormat = None) -> Response:
        def make(view: View) -> Answer:
            found = leaks.leaks(view, wanted.lang)
            if f == "geojson":
                return leaks.as_geojson(view, found["rows"])
            return either(view, found, leaks.flat, f, "leaks")

        return await answer(request, served, wanted, make)

    @api.get(
        "/leaks/{row_id:path}",
        response_model=water_models.Leak,
        responses=ZONES,
        summary="One leak: pipes of its zone in the order to listen to them, flows around it",
    )
    async def one_leak(
        request: Request, row_id: Identifier, wanted: AskedDep, f: GeoFormat = None
    ) -> Response:
        def make(view: View) -> Answer:
            found = leaks.leak(view, row_id, wanted.lang)
            if f == "geojson":
                return leaks.as_geojson(view, [found])
            return either(view, found, leaks.flat_leak, f, "leak")

        return await answer(request, served, wanted, make)

    @api.get(
        "/balance",
        response_model=water_models.Balance,
        responses=FLAT,
        summary="Leak flow and night flow of districts, day by day",
    )
    async def balance(
        request: Request,
        wanted: AskedDep,
        entity: Annotated[
            str | None, Query(max_length=300, description="District metered area wanted")
        ] = None,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            found = leaks.balance(view, wanted.lang, entity)
            return either(view, found, leaks.flat_balance, f, "water_balance")

        return await answer(request, served, wanted, make)

    @api.get(
        "/breaks",
        response_model=water_models.PipeRisks,
        responses=FLAT,
        summary="Breaks expected of pipes in a year, the worst by kilometre first",
    )
    async def breaks(
        request: Request, wanted: AskedDep, limit: Limit = None, skip: Skip = 0, f: Format = None
    ) -> Response:
        def make(view: View) -> Answer:
            found = leaks.breaks(view, limit, skip)
            rows = found.pop("rows")
            rights = facts.rights(view)
            return rows_answer(rows, leaks.RISK_COLUMNS, f, "breaks", **found, **rights)

        return await answer(request, served, wanted, make)

    @api.get(
        "/indicators",
        response_model=water_models.Duties,
        responses=FLAT,
        summary="Indicators and duties of water services (SISPEA), with verdict and proof",
    )
    async def indicators(
        request: Request,
        wanted: AskedDep,
        year: Annotated[
            int | None,
            Query(ge=1990, le=2100, description="Year; the last one declared by default"),
        ] = None,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            found = leaks.duties(view, wanted.lang, year)
            return either(view, found, leaks.flat_duties, f, "water_indicators")

        return await answer(request, served, wanted, make)

    return api
