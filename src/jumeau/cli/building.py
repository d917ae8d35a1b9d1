# SPDX-License-Identifier: EUPL-1.2
"""Commands that make or change a twin: new, init, add, refresh, run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jumeau.base import i18n
from jumeau.cli import output
from jumeau.cli.shell import pairs
from jumeau.cli.words import say

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory
    from jumeau.workflow import Refreshed, RunResult

Folder = Annotated[str, typer.Argument(metavar="DIR", help=say("argument.dir"))]
Json = Annotated[bool, typer.Option("--json", help=say("option.json"))]
Setting = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE…", help=say("run.set"))
]
Rain = Annotated[str | None, typer.Option("--rain", metavar="MM/TIME", help=say("run.rain"))]
Hyetograph = Annotated[
    str | None, typer.Option("--hyetograph", metavar="CSV", help=say("run.hyetograph"))
]
Breach = Annotated[
    str | None, typer.Option("--breach", metavar="E,N,WIDTH,LEVEL", help=say("run.breach"))
]
SeaLevel = Annotated[
    str | None, typer.Option("--sea-level", metavar="M", help=say("run.sea_level"))
]
Inflow = Annotated[str | None, typer.Option("--inflow", metavar="E,N,FLOW", help=say("run.inflow"))]


def init(
    folder: Annotated[str, typer.Argument(metavar="DIR", help=say("argument.newdir"))],
    name: Annotated[str, typer.Option("--name", help=say("init.name"))],
    insee: Annotated[list[str] | None, typer.Option("--insee", help=say("init.insee"))] = None,
    crs: Annotated[str, typer.Option("--crs", help=say("init.crs"))] = "EPSG:2154",
    licence: Annotated[
        str, typer.Option("--licence", help=say("init.licence"))
    ] = "Licence Ouverte 2.0",
    as_json: Json = False,
) -> None:
    """Create a territory."""
    from jumeau.twin import territory as twin

    codes = [code.strip() for text in insee or () for code in text.split(",") if code.strip()]
    made = twin.create(folder, name=name, crs=crs, insee=codes, licence=licence)
    facts = {
        "path": str(made.path),
        "name": made.name,
        "crs": made.crs,
        "insee": list(made.insee),
        "time_zone": made.time_zone,
        "licence": made.licence,
        "version": made.version,
    }
    if as_json:
        output.show_json(facts)
    else:
        print(say("init.done", **{**facts, "version": str(made.version)}))


def add(
    folder: Folder,
    file: Annotated[list[str], typer.Argument(metavar="FILE…", help=say("add.file"))],
    table: Annotated[str | None, typer.Option("--as", metavar="TABLE", help=say("add.as"))] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=ATTRIBUTE…", help=say("add.map")),
    ] = None,
    constant: Annotated[
        list[str] | None,
        typer.Option("--constant", metavar="ATTRIBUTE=VALUE…", help=say("add.constant")),
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", metavar="NAME=VALUE…", help=say("add.option"))
    ] = None,
    crs: Annotated[str | None, typer.Option("--crs", help=say("add.crs"))] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help=say("add.encoding"))] = None,
    layer: Annotated[str | None, typer.Option("--layer", help=say("add.layer"))] = None,
    publisher: Annotated[str, typer.Option("--publisher", help=say("add.publisher"))] = "",
    title: Annotated[str, typer.Option("--title", help=say("add.title"))] = "",
    licence: Annotated[str, typer.Option("--licence", help=say("add.licence"))] = "",
    vintage: Annotated[str, typer.Option("--vintage", help=say("add.vintage"))] = "",
    uri: Annotated[str, typer.Option("--uri", help=say("add.uri"))] = "",
    as_json: Json = False,
) -> None:
    """Import a file, or several that make one raster."""
    from jumeau.twin import adding
    from jumeau.twin import territory as twin

    if table is None and layer is None and adding.usual(file) is None:
        raise typer.BadParameter(say("add.where"), param_hint="--as / --layer")
    territory = twin.open(folder)
    with output.progress(as_json) as progress:
        report = territory.add(
            file,
            table,
            pairs(mapping, "--map") or None,
            layer=layer,
            source_crs=crs,
            encoding=encoding,
            constants=pairs(constant, "--constant") or None,
            options=pairs(option, "--option") or None,
            publisher=publisher,
            title=title,
            licence=licence,
            vintage=vintage,
            uri=uri,
            progress=progress,
        )
    if as_json:
        output.show_json({**report.to_dict(), "findings": output.records(report.findings)})
        return
    facts = report.to_dict()
    facts["version"] = str(facts["version"])
    print(say("add.done", **facts))
    if len(report.findings):
        output.findings(report.findings)


Offline = Annotated[
    str | None, typer.Option("--offline", metavar="CACHE", help=say("option.offline"))
]


def new(
    code: Annotated[str, typer.Argument(metavar="CODE", help=say("new.code"))],
    folder: Annotated[str, typer.Argument(metavar="DIR", help=say("argument.newdir"))],
    offline: Offline = None,
    licence: Annotated[
        str, typer.Option("--licence", help=say("init.licence"))
    ] = "Licence Ouverte 2.0",
    as_json: Json = False,
) -> None:
    """Make the twin of a commune, an EPCI or a département from public sources."""
    from jumeau import workflow

    with output.progress(as_json) as progress:
        made, done = workflow.new(code, folder, offline=offline, licence=licence, progress=progress)
    facts = {
        "path": str(made.path),
        "name": made.name,
        "crs": made.crs,
        "time_zone": made.time_zone,
        "insee": list(made.insee),
    }
    if as_json:
        output.show_json({**facts, **refreshed(done, made.version)})
        return
    print(say("new.done", **{**facts, "communes": len(made.insee)}))
    show_refreshed(done, made.version)


def refresh(
    folder: Folder,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]…", help=say("refresh.sources"))
    ] = None,
    recipe: Annotated[
        str | None, typer.Option("--recipe", metavar="FILE", help=say("refresh.recipe"))
    ] = None,
    offline: Offline = None,
    as_json: Json = False,
) -> None:
    """Import the files and fetch the datasets of a recipe."""
    from jumeau import workflow
    from jumeau.twin import territory as twin

    territory = twin.open(folder)
    with output.progress(as_json) as progress:
        done = workflow.refresh(
            territory, recipe, only=sources or (), offline=offline, progress=progress
        )
    if as_json:
        output.show_json(refreshed(done, territory.version))
        return
    show_refreshed(done, territory.version)


def refreshed(done: Refreshed, version: int) -> dict[str, Any]:
    """Return a refresh as plain data."""
    return {
        "files": [
            {**report.to_dict(), "findings": output.records(report.findings)} for report in done
        ],
        "fetched": [
            {
                **report.to_dict(),
                "add": report.add.file if report.add is not None else None,
            }
            for report in done.fetched
        ],
        "failures": [item.to_row() for item in done.failures],
        "version": version,
    }


def show_refreshed(done: Refreshed, version: int) -> None:
    """Print what a refresh imported, what it could not have, and where to get that."""
    for report in done:
        facts = {**report.to_dict(), "version": str(report.version)}
        print(say("add.done", **facts))
    empty = [report.name for report in done.fetched if report.add is None]
    if empty:
        print(say("refresh.empty", names=empty))
    if done.failures:
        from jumeau.base.findings import frame

        print(say("refresh.failed", count=len(done.failures)))
        output.findings(frame(done.failures), most=100)
    print(say("refresh.done", files=len(done), version=str(version)))


def run(
    folder: Folder,
    worksites: Annotated[
        list[str] | None, typer.Argument(metavar="[WORKSITE]…", help=say("run.worksites"))
    ] = None,
    report: Annotated[
        str | None, typer.Option("--report", metavar="FILE", help=say("run.report"))
    ] = None,
    setting: Setting = None,
    rain: Rain = None,
    hyetograph: Hyetograph = None,
    breach: Breach = None,
    sea_level: SeaLevel = None,
    inflow: Inflow = None,
    as_json: Json = False,
) -> None:
    """Run the main job."""
    from jumeau import workflow
    from jumeau.twin import territory as twin

    territory = twin.open(folder)
    parameters = pairs(setting, "--set")
    described = {
        "rain": rain, "hyetograph": hyetograph, "breach": breach, "sea_level": sea_level,
        "inflow": inflow,
    }  # fmt: skip
    event = {name: text for name, text in described.items() if text is not None}
    events = {"climate": event} if event else {}
    workflow.check_events(events, workflow.worksites(worksites))
    with output.progress(as_json) as progress:
        if (territory.path / workflow.RECIPE).is_file():
            workflow.refresh(territory, progress=progress)
        result = workflow.run(
            territory,
            worksites or None,
            parameters={name: _number(text) for name, text in parameters.items()},
            events=events,
            progress=progress,
        )
        path = Path(report) if report else territory.path / "report.html"
        workflow.report(territory, path)
    if as_json:
        facts = {"cards": cards(territory, result.runs), "report": str(path)}
        output.show_json({**run_facts(result), **facts})
        return
    show_run(result, labels(territory, result.runs))
    for card in cards(territory, result.runs):
        show_card(card)
    print(say("run.report_at", path=path))


def _number(text: str) -> Any:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def run_facts(result: RunResult) -> dict[str, Any]:
    """Return a run as plain data."""
    return {
        "version": result.version,
        "runs": list(result.runs),
        "indicators": output.records(result.indicators),
        "options": output.records(result.options),
        "findings": output.records(result.findings),
        "estimates": len(result.estimates),
    }


def labels(territory: Territory, runs: Sequence[str]) -> dict[str, str]:
    """Return how people call the indicators and the options of runs."""
    found: dict[str, str] = {}
    for row in territory.table("run", columns=["methods"], where={"id": list(runs)}).to_pylist():
        for name, spec in json.loads(row["methods"] or "{}").items():
            found[name] = i18n.pick(spec, "label") or name
    return found


def cards(territory: Territory, runs: Sequence[str]) -> list[dict[str, Any]]:
    """Return the model cards of runs, those that have one."""
    rows = territory.table("run", columns=["id", "worksite", "card"], where={"id": list(runs)})
    return [
        {"run": row["id"], "worksite": row["worksite"], **json.loads(row["card"])}
        for row in rows.to_pylist()
        if row["card"]
    ]


def show_card(card: Mapping[str, Any]) -> None:
    """Print a model card: one line a fact."""
    output.table(
        [say("column.card"), ""],
        [(i18n.pick(dict(row), "label"), i18n.pick(dict(row), "text")) for row in card["shown"]],
    )


def show_run(result: RunResult, names: Mapping[str, str]) -> None:
    """Print the figures of the territory, the options and the findings of a run."""
    figures = [row for row in output.records(result.indicators) if row.get("scope") == "territory"]
    if figures:
        output.table(
            [
                say("column.indicator"),
                ">" + say("column.value"),
                say("column.unit"),
                ">" + say("column.interval"),
            ],
            [
                (
                    names.get(row["indicator"], row["indicator"]),
                    output.quantity(row["value"]),
                    i18n.unit(row.get("unit")),
                    _interval(row),
                )
                for row in figures
            ],
        )
    options = output.records(result.options)
    if options:
        columns = {
            "capex_eur": "column.capex",
            "saving_eur_year": "column.saving",
            "npv_eur": "column.npv",
            "tco2e_year": "column.co2",
        }
        output.table(
            [say("column.option"), *(">" + say(key) for key in columns.values())],
            [
                (
                    names.get(row["kind"], row["kind"]),
                    *(output.quantity(row.get(name)) for name in columns),
                )
                for row in options
            ],
        )
    output.findings(result.findings, most=10)
    print(
        say(
            "run.done",
            indicators=len(result.indicators),
            options=len(options),
            findings=len(result.findings),
            version=str(result.version),
        )
    )


def _interval(row: dict[str, Any]) -> str:
    low, high = row.get("low"), row.get("high")
    if low is None or high is None or low == high:
        return ""
    return f"{output.quantity(low)} – {output.quantity(high)}"
