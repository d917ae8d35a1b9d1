# SPDX-License-Identifier: EUPL-1.2
"""Commands that read: check, export, explain, fields, validate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jumeau.base import i18n
from jumeau.base.errors import did_you_mean, error
from jumeau.base.findings import rewrite
from jumeau.cli import output, tree
from jumeau.cli.building import Folder, Json
from jumeau.cli.words import say

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

At = Annotated[str | None, typer.Option("--at", metavar="VERSION|DATE", help=say("option.at"))]


def opened(folder: str, at: str | None) -> Territory:
    """Return a territory, as it was at a version or a date when one is asked."""
    from jumeau.twin import territory as twin

    territory = twin.open(folder)
    if at is None:
        return territory
    return territory.at(version=int(at)) if at.isdecimal() else territory.at(date=at)


def check(folder: Folder, as_json: Json = False) -> None:
    """Print the findings in force."""
    from jumeau import workflow

    found = workflow.check(opened(folder, None))
    rows = [rewrite(row, i18n.language()) for row in output.records(found)]
    if as_json:
        output.show_json({"findings": rows, "counts": output.counts(rows)})
    else:
        output.findings(found)
    if output.counts(rows)["blocks"]:
        raise typer.Exit(1)


def export(
    folder: Folder,
    table: Annotated[str | None, typer.Argument(metavar="TABLE", help=say("export.table"))] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="FILE", help=say("export.to"))] = None,
    qgis: Annotated[bool, typer.Option("--qgis", help=say("export.qgis"))] = False,
    url: Annotated[str, typer.Option("--url", metavar="URL", help=say("export.url"))] = "",
    lang: Annotated[
        str | None, typer.Option("--lang", metavar="fr|en", help=say("export.lang"))
    ] = None,
    force: Annotated[bool, typer.Option("--force", help=say("export.force"))] = False,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Write a table or a raster layer to a file, or everything as a QGIS project."""
    if qgis:
        if folder.lower().endswith(".qgz") and table is not None and not Path(folder).is_dir():
            folder, table = table, folder  # --qgis FILE DIR
        _export_qgis(opened(folder, at), to or table, url, lang, force, as_json)
        return
    for name, value in (("TABLE", table), ("--to", to)):
        if value is None:
            detail = say("usage.missing", name=name)
            raise error("JUM-C001", detail=detail, command="jumeau export")
    if url or lang:
        detail = say("export.alone", name="--url" if url else "--lang")
        raise error("JUM-C001", detail=detail, command="jumeau export")
    territory = opened(folder, at)
    path = territory.export(str(table), Path(str(to)), force=force)
    if as_json:
        output.show_json({"path": str(path), "table": table, "version": territory.version})
    else:
        print(say("export.done", path=path))


def _export_qgis(
    territory: Territory, to: str | None, url: str, lang: str | None, force: bool, as_json: bool
) -> None:
    from jumeau.interop import qgis

    if lang not in {None, *i18n.LANGUAGES}:
        detail = say("usage.value", name="--lang", detail=", ".join(i18n.LANGUAGES))
        raise error("JUM-C001", detail=detail, command="jumeau export")
    with i18n.using(lang or i18n.language()), output.progress(as_json) as progress:
        done = qgis.write(territory, to, force=force, url=url, progress=progress)
    paths = "relative" if done.relative else "absolute"
    if as_json:
        output.show_json(
            {
                "path": str(done.path),
                "data": str(done.data) if done.data else None,
                "rasters": [str(path) for path in done.rasters],
                "layers": done.layers,
                "paths": paths,
                "version": done.version,
            }
        )
        return
    for path in filter(None, (done.path, done.data, *done.rasters)):
        print(say("export.done", path=path))
    key = "export.relative" if done.relative else "export.absolute"
    print(say(key, layers=done.layers, version=str(done.version)))


def explain(
    folder: Folder,
    table: Annotated[str, typer.Argument(metavar="TABLE", help=say("explain.table"))],
    identifier: Annotated[str, typer.Argument(metavar="ID", help=say("explain.id"))],
    at: At = None,
    as_json: Json = False,
) -> None:
    """Print the chain from a row to its files."""
    found = opened(folder, at).explain(table, identifier).to_dict()
    if as_json:
        output.show_json(found)
        return
    print(tree.draw(found))


def fields(
    provides: Annotated[
        str | None, typer.Option("--provides", metavar="NAME", help=say("fields.provides"))
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", metavar="TABLE", help=say("fields.table"))
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the vocabulary."""
    from jumeau.api.facts import vocabulary
    from jumeau.twin import schema

    lang = i18n.language()
    found = {
        **vocabulary(lang),
        "rasters": [
            {
                "name": layer.name,
                "label": layer.label_fr if lang == "fr" else layer.label_en,
                "unit": layer.unit,
                "standard": layer.standard,
                "description": layer.description,
            }
            for layer in schema.layers().values()
        ],
    }
    if table is not None:
        schema.table(table)
        found["tables"] = [item for item in found["tables"] if item["name"] == table]
        found |= {"fields": [], "indicators": [], "rasters": []}
    if provides is not None:
        found = _providing(found, provides)
    if as_json:
        output.show_json(found)
        return
    _show_fields(found)


def _providing(found: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what provides a quantity: fields written by worksites, and indicators.

    Raises
    ------
    UnknownNameError
        ``JUM-C006``.
    """
    out = [item for item in found["fields"] if item["intent"] == "out"]
    chosen = [item for item in out if name in {item["name"], item["name"].rpartition(".")[2]}]
    indicators = [item for item in found["indicators"] if item["name"] == name]
    if not chosen and not indicators:
        known = sorted({item["name"] for item in [*out, *found["indicators"]]})
        raise error("JUM-C006", name=name, known=known, suggestion=did_you_mean(name, known) or "…")
    return {"tables": [], "fields": chosen, "indicators": indicators, "rasters": []}


def _show_fields(found: dict[str, Any]) -> None:
    if found["tables"]:
        output.table(
            [
                say("column.table"),
                say("column.name"),
                say("column.label"),
                say("column.type"),
                say("column.unit"),
                say("column.standard"),
            ],
            [
                (table["name"], item["name"], item["label"], item["type"], item["unit"],
                 item["standard"])
                for table in found["tables"]
                for item in table["attributes"]
            ],
            say("fields.attributes"),
        )  # fmt: skip
    for key, columns in (
        ("fields", ("worksite", "name", "label", "intent", "unit")),
        ("indicators", ("worksite", "name", "label", "unit")),
        ("rasters", ("name", "label", "unit", "standard")),
    ):
        if found[key]:
            output.table(
                [say(f"column.{name}") for name in columns],
                [tuple(str(item[name]) for name in columns) for item in found[key]],
                say(f"fields.{key}"),
            )


def validate(
    subjects: Annotated[
        list[str] | None, typer.Argument(metavar="[SUBJECT]…", help=say("validate.subjects"))
    ] = None,
    as_json: Json = False,
) -> None:
    """Compute published cases."""
    from jumeau import validation

    rows = output.records(validation.run(subjects or None))
    if as_json:
        output.show_json(rows)
    else:
        output.table(
            [
                say("column.case"),
                ">" + say("column.reference"),
                ">" + say("column.ours"),
                ">" + say("column.tolerance"),
                say("column.unit"),
                say("column.verdict"),
            ],
            [
                (
                    row["case"],
                    _exact(row["reference"]),
                    _exact(row["ours"]),
                    _exact(row["tolerance"]),
                    row["unit"],
                    say(f"verdict.{row['verdict']}"),
                )
                for row in rows
            ],
        )
    if any(row["verdict"] == "fail" and row["alone"] for row in rows):
        raise typer.Exit(1)


def _exact(value: Any) -> str:
    return "" if value is None else i18n.number(value)
