# SPDX-License-Identifier: EUPL-1.2
"""Command of the duties of water services: SISPEA indicators, and the plan of actions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jumeau.base import i18n
from jumeau.base.errors import error
from jumeau.cli import output
from jumeau.cli.asking import At, opened
from jumeau.cli.building import Folder, Json
from jumeau.cli.words import say


def sispea(
    folder: Folder,
    year: Annotated[
        int | None, typer.Option("--year", metavar="YEAR", help=say("sispea.year"))
    ] = None,
    network: Annotated[
        str | None, typer.Option("--network", metavar="NETWORK", help=say("sispea.network"))
    ] = None,
    plan: Annotated[
        str | None, typer.Option("--plan", metavar="FILE", help=say("sispea.plan"))
    ] = None,
    lang: Annotated[
        str | None, typer.Option("--lang", metavar="fr|en", help=say("sispea.lang"))
    ] = None,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Print the indicators of water services; write the plan of actions."""
    from jumeau.worksites import water
    from jumeau.worksites.water import sispea as duties
    from jumeau.worksites.water.sispea import plan as plans

    if lang not in {None, *i18n.LANGUAGES}:
        detail = say("usage.value", name="--lang", detail=", ".join(i18n.LANGUAGES))
        raise error("JUM-C001", detail=detail, command="jumeau sispea")
    territory = opened(folder, at)
    when = year if year is not None else duties.last_year(territory)
    if when is None:
        raise error("JUM-H221", folder=folder)
    with i18n.using(lang or i18n.language()):
        table = water.indicators(territory, when, network)
        written = plans.write(territory, Path(plan), when, network) if plan else None
    rows = output.records(table)
    if as_json:
        facts = {"year": when, "indicators": rows, "plan": str(written) if written else None}
        output.show_json({**facts, "version": territory.version})
        return
    for name in dict.fromkeys(row["network"] for row in rows):
        mine = [row for row in rows if row["network"] == name]
        heads = ("indicator", ">value", "unit", ">interval", "verdict")
        marks = (">" if it.startswith(">") else "" for it in heads)
        names = (say(f"column.{it.removeprefix('>')}") for it in heads)
        columns = ["", *map("".join, zip(marks, names, strict=True)), say("sispea.missing")]
        output.table(
            columns,
            [
                (
                    row["indicator"], row["label"], output.quantity(row["value"]),
                    i18n.unit(row["unit"]), _interval(row), say(f"verdict.{row['verdict']}"),
                    row["missing"],
                )
                for row in mine
            ],
            title=f"{mine[0]['name']} · {when}",
        )  # fmt: skip
    if written:
        print(say("export.done", path=written))


def _interval(row: dict[str, object]) -> str:
    low, high = row["low"], row["high"]
    if low == high:
        return ""
    return f"{output.quantity(low)} – {output.quantity(high)}"
