# SPDX-License-Identifier: EUPL-1.2
"""Routes of ``/api/water``: networks, series over the day, one element."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from jumeau.api import water, water_models
from jumeau.api.asked import FLAT, Format, Identifier, TableName, either
from jumeau.interop.http import LONGEST, Answer, AskedDep, StrictRoute, answer
from jumeau.interop.served import Served, View


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

    return api
