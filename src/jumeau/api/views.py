# SPDX-License-Identifier: EUPL-1.2
"""Routes of ``/api`` for the page's views: findings, completeness, choice, sheets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from jumeau.api import (
    asset_models,
    choices,
    completeness,
    facts,
    findings,
    models,
    ranking,
    readings,
    sheets,
)
from jumeau.api.asked import FLAT, Format, Identifier, Limit, Skip, TableName, Text, either
from jumeau.interop import writers
from jumeau.interop.http import LONGEST, Answer, AskedDep, StrictRoute, answer, rows_answer
from jumeau.interop.served import Served, View

MOST_EUROS = 1e12


def router(served: Served) -> APIRouter:
    """Return the routes that the page's views read."""
    api = APIRouter(prefix="/api", tags=["twin"], route_class=StrictRoute)

    @api.get(
        "/findings",
        response_model=models.Findings,
        responses=FLAT,
        summary="What is wrong or missing",
    )
    async def list_findings(
        request: Request,
        wanted: AskedDep,
        severity: Text = None,
        table: Text = None,
        entity: Text = None,
        code: Text = None,
        worksite: Annotated[
            str | None,
            Query(max_length=LONGEST, description="Worksite, or `import` or `check`"),
        ] = None,
        limit: Limit = None,
        skip: Skip = 0,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            where = {"severity": severity, "table": table, "entity": entity, "code": code}
            where["worksite"] = worksite
            found = findings.findings(view, wanted.lang, where, limit, skip)
            rows = found.pop("rows")
            rights = facts.rights(view)
            return rows_answer(rows, findings.COLUMNS, f, "findings", **found, **rights)

        return await answer(request, served, wanted, make)

    @api.get(
        "/completeness",
        response_model=models.Completeness,
        responses=FLAT,
        summary="Share of known values, attribute by attribute",
    )
    async def list_completeness(request: Request, wanted: AskedDep, f: Format = None) -> Response:
        def make(view: View) -> Answer:
            rows = completeness.completeness(view, wanted.lang)
            columns = completeness.COLUMNS
            return rows_answer(rows, columns, f, "completeness", **facts.rights(view))

        return await answer(request, served, wanted, make)

    @api.get(
        "/choice",
        response_model=models.Choice,
        responses=FLAT,
        summary="Options to carry out within a budget, and the price of priorities",
    )
    async def choice(
        request: Request,
        wanted: AskedDep,
        budget: Annotated[
            float | None, Query(ge=0, le=MOST_EUROS, description="Most investment [€]")
        ] = None,
        years: Annotated[int, Query(ge=1, le=60, description="Years that count [yr]")] = 15,
        climate: Annotated[
            float, Query(ge=0, le=100_000, description="Worth of a tonne avoided [€/tCO2e]")
        ] = 0.0,
        prudence: Annotated[
            float, Query(ge=0, le=1, description="0: means; 1: low ends of the intervals")
        ] = 0.0,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            found = choices.choice(
                view,
                wanted.lang,
                budget_eur=budget,
                years=years,
                climate_eur_t=climate,
                prudence=prudence,
            )
            if writers.format_of(f, ("json", "csv", "parquet")) == "json":
                return Answer(writers.to_json({**found, **facts.rights(view)}))
            steps = [{**step, "chosen": " + ".join(step["chosen"])} for step in found["steps"]]
            return rows_answer(steps, choices.STEP_COLUMNS, f, "choice")

        return await answer(request, served, wanted, make)

    @api.get(
        "/around/{table}/{row_id:path}",
        response_model=models.Around,
        summary="What a row is tied to: rows, options, files, findings",
    )
    async def around(
        request: Request, table: TableName, row_id: Identifier, wanted: AskedDep
    ) -> Response:
        def make(view: View) -> Answer:
            found = sheets.around(view, table, row_id, wanted.lang)
            return Answer(writers.to_json({**found, **facts.rights(view)}))

        return await answer(request, served, wanted, make)

    @api.get(
        "/history/{table}/{row_id:path}",
        response_model=models.History,
        summary="What changed in a row, and when",
    )
    async def history(
        request: Request, table: TableName, row_id: Identifier, wanted: AskedDep
    ) -> Response:
        def make(view: View) -> Answer:
            rows = sheets.history(view, table, row_id, wanted.lang)
            return Answer(writers.to_json({"rows": rows, **facts.rights(view)}))

        return await answer(request, served, wanted, make)

    @api.get(
        "/figures/{table}",
        response_model=asset_models.Figures,
        responses=FLAT,
        summary="Assets with the figures of a worksite, one row each",
    )
    async def figures(
        request: Request,
        table: TableName,
        wanted: AskedDep,
        worksite: Annotated[str, Query(max_length=LONGEST, description="Worksite")],
        sort: Annotated[
            str | None,
            Query(
                max_length=LONGEST,
                description="Indicator, `-` before it for the largest first; by name by default",
            ),
        ] = None,
        only: Annotated[
            str | None,
            Query(max_length=LONGEST, description="Attribute that must be true: `public`"),
        ] = None,
        limit: Limit = None,
        skip: Skip = 0,
        indicator: Annotated[
            str | None, Query(max_length=LONGEST, description="The only figure wanted")
        ] = None,
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            found = ranking.ranking(
                view, table, worksite, wanted.lang, sort, only, limit, skip, indicator
            )
            return either(view, found, ranking.flat, f, f"{table}_figures")

        return await answer(request, served, wanted, make)

    @api.get(
        "/values/{table}",
        response_model=asset_models.Values,
        summary="One figure of every asset of a table, in columns",
    )
    async def values(
        request: Request,
        table: TableName,
        wanted: AskedDep,
        worksite: Annotated[str, Query(max_length=LONGEST, description="Worksite")],
        indicator: Annotated[str, Query(max_length=LONGEST, description="The only figure wanted")],
        mark: Annotated[
            str | None,
            Query(max_length=LONGEST, description="Attribute of the assets told apart: `public`"),
        ] = None,
    ) -> Response:
        def make(view: View) -> Answer:
            found = ranking.values(view, table, worksite, indicator, wanted.lang, mark)
            return Answer(writers.to_json({**found, **facts.rights(view)}))

        return await answer(request, served, wanted, make)

    @api.get(
        "/readings/{table}/{row_id:path}",
        response_model=asset_models.Readings,
        responses=FLAT,
        summary="Curves of the sensors of an asset",
    )
    async def curves(
        request: Request,
        table: TableName,
        row_id: Identifier,
        wanted: AskedDep,
        step: Annotated[
            str, Query(max_length=LONGEST, description="`hour`, `day`, `week` or `month`")
        ] = "month",
        f: Format = None,
    ) -> Response:
        def make(view: View) -> Answer:
            found = readings.readings(view, table, row_id, step)
            return either(view, found, readings.flat, f, "readings", step=step)

        return await answer(request, served, wanted, make)

    return api
