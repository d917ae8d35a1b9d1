# SPDX-License-Identifier: EUPL-1.2
"""What the worksites found: indicators, options, and why. View in, plain data out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from jumeau.api import findings, wordings
from jumeau.base import i18n
from jumeau.base.errors import did_you_mean, error
from jumeau.base.findings import rewrite
from jumeau.interop import features, geojson, labels
from jumeau.interop.served import View
from jumeau.twin import schema
from jumeau.twin.schema import quoted

INDICATOR_COLUMNS = (
    "id", "indicator", "label", "scope", "entity", "entity_label", "year", "value", "low",
    "high", "unit", "digits", "estimated_share", "run_id",
)  # fmt: skip
OPTION_COLUMNS = (
    "id", "worksite", "kind", "label", "description", "year", "actor", "capex_eur",
    "opex_eur_year", "life_years", "price_year", "run_id",
)  # fmt: skip
SORTABLE = (
    "value", "low", "high", "estimated_share", "year", "indicator", "scope", "entity",
)  # fmt: skip
"""Attributes by which indicators can be sorted."""


def _methods(view: View) -> dict[str, dict[str, dict[str, Any]]]:
    """Return run → what it says of its indicators and options: {name: spec}."""

    def build() -> dict[str, dict[str, dict[str, Any]]]:
        rows = view.rows("SELECT id, methods FROM run")
        return {row["id"]: json.loads(row["methods"] or "{}") for row in rows}

    return view.remember("methods", build)


def specs(view: View, run_id: str | None) -> dict[str, dict[str, Any]]:
    """Return what a run says of its indicators and options, in its order: {name: spec}."""
    return _methods(view).get(run_id or "", {})


def spec(view: View, run_id: str | None, name: str) -> dict[str, Any]:
    """Return what a run says of an indicator or an option; empty when it says nothing."""
    return specs(view, run_id).get(name, {})


def names_of(view: View, table: str) -> dict[str, str]:
    """Return identifier → name of the rows of a table that have one."""

    def build() -> dict[str, str]:
        declared = schema.tables().get(table)
        if declared is None or not {"id", "name"} <= set(declared.names):
            return {}
        rows = view.rows(f"SELECT id, name FROM {quoted(table)} WHERE name IS NOT NULL")
        return {row["id"]: row["name"] for row in rows}

    return view.remember(f"names of {table}", build)


def _entity_label(view: View, scope: str, entity: str | None, lang: str) -> str | None:
    if scope == "territory":
        return view.served.live.name
    if entity is None:
        return None
    return names_of(view, scope).get(entity) or labels.label(scope, entity, lang)


def _order(sort: str | None) -> str:
    """Return the SQL order that ``sort`` asks for: ``value``, or ``-value`` for largest first."""
    usual = "scope, indicator, entity, year, id"
    if sort is None:
        return usual
    name = sort.removeprefix("-")
    if name not in SORTABLE:
        raise error(
            "JUM-A006",
            value=sort,
            known=", ".join(SORTABLE),
            suggestion=did_you_mean(name, SORTABLE) or SORTABLE[0],
        )
    return f"{quoted(name)} {'DESC' if sort.startswith('-') else 'ASC'} NULLS LAST, {usual}"


def indicators(
    view: View,
    lang: str,
    where: Mapping[str, str | None],
    sort: str | None = None,
    limit: int | None = None,
    worksite: str | None = None,
    of: str | None = None,
) -> list[dict[str, Any]]:
    """Return the indicators that match, with their labels.

    Parameters
    ----------
    view : View
        Territory at one version.
    lang : str
        Language of the labels.
    where : mapping
        {attribute: value}; ``None`` for any value.
    sort : str, optional
        One of :data:`SORTABLE`, with ``-`` before it for the largest first; unknown values last.
    limit : int, optional
        Most rows to return; all of them by default.
    worksite : str, optional
        Worksite that they are about: those of its runs, and of what the decision made of them.
    of : str, optional
        Asset whose months are wanted: those of the entities ``of/01`` to ``of/12``.

    Raises
    ------
    InvalidError
        ``JUM-A006`` for an attribute that does not sort.
    """
    given = {name: value for name, value in where.items() if value is not None}
    clause = " AND ".join(f"{quoted(name)} = ?" for name in given) or "true"
    values = list(given.values())
    if worksite is not None:
        clause += " AND run_id IN (SELECT id FROM run WHERE coalesce(about, worksite) = ?)"
        values.append(worksite)
    if of is not None:
        clause += " AND starts_with(entity, ?)"
        values.append(f"{of}/")
    most = "" if limit is None else f" LIMIT {min(limit, 2**62)}"
    found = view.rows(
        f"SELECT * FROM indicator WHERE {clause} ORDER BY {_order(sort)}{most}",
        values,
    )
    rows = []
    for row in found:
        told = spec(view, row["run_id"], row["indicator"])
        row["label"] = i18n.pick(told, "label", lang) or row["indicator"]
        row["digits"] = int(told.get("digits") or 0)
        row["entity_label"] = _entity_label(view, row["scope"], row["entity"], lang)
        rows.append({name: row[name] for name in INDICATOR_COLUMNS})
    return rows


def options(view: View, lang: str) -> list[dict[str, Any]]:
    """Return the options, each with its effects."""
    effects: dict[str, dict[str, dict[str, Any]]] = {}
    for row in view.rows("SELECT * FROM effect"):
        effects.setdefault(row["option_id"], {})[row["quantity"]] = {
            name: row[name] for name in ("mean", "low", "high", "unit")
        }
    columns = [name for name in OPTION_COLUMNS if name not in {"label", "description"}]
    found = view.rows(
        f"SELECT {', '.join(map(quoted, columns))} FROM option ORDER BY worksite, capex_eur, id"
    )
    rows = []
    for row in found:
        told = spec(view, row["run_id"], row["kind"])
        row["label"] = i18n.pick(told, "label", lang) or row["kind"]
        row["description"] = i18n.pick(told, "method", lang)
        rows.append(
            {name: row[name] for name in OPTION_COLUMNS}
            | {
                "effects": effects.get(row["id"], {}),
                "explain": f"/api/explain/option/{quote(row['id'], safe='')}",
            }
        )
    return rows


def flat_options(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return options for a flat file: three columns an effect; and the columns."""
    quantities = list(dict.fromkeys(name for row in rows for name in row["effects"]))
    parts = ("mean", "low", "high")
    columns = [*OPTION_COLUMNS, *(f"{name}_{part}" for name in quantities for part in parts)]
    flat = [
        {name: row[name] for name in OPTION_COLUMNS}
        | {
            f"{name}_{part}": row["effects"].get(name, {}).get(part)
            for name in quantities
            for part in parts
        }
        for row in rows
    ]
    return flat, columns


def explain(view: View, table: str, identifier: str) -> dict[str, Any]:
    """Return why a row is what it is, in the language in force."""
    found = view.territory.explain(table, identifier).to_dict()
    lang = i18n.language()
    for item in found["inputs"]:
        name = item["table"]
        layer = schema.layers().get(name)
        item["label"] = labels.table_label(name, lang)
        if layer is not None:
            item["label"] = layer.label_fr if lang == "fr" else layer.label_en
    _label_estimates(view, found["estimates"], table, lang)
    if found["row"].get("method"):
        found["row"]["method"] = wordings.method(found["row"]["method"], lang)
        found["method"] = found["method"] and wordings.method(found["method"], lang)
    declared = schema.tables().get(table)
    for item in found["links"]:
        item["filled"] = [
            {"name": name, "label": i18n.pick(declared[name].__dict__, "label")}
            for name in (item["filled"] or "").split()
            if declared is not None and name in declared.names
        ]
    if table == "finding":
        found["title"] = rewrite(found["row"], lang)["what"]
    elif labels.label("one", table, lang) != table and found["run"] is None:
        found["title"] = _title(view, table, found["row"], lang)  # as its sheet calls it
    found["findings"] = [
        {name: rewrite(row, lang).get(name) for name in findings.COLUMNS}
        for row in found["findings"]
    ]
    return found


def _label_estimates(view: View, rows: list[dict[str, Any]], table: str, lang: str) -> None:
    """Add to each estimate the words for its code, the label and the unit of its attribute."""
    declared = schema.tables().get(table)
    for row in rows:
        name, text = row["attribute"], row["text"]
        named = names_of(view, name.removesuffix("_id")).get(text) if text else None
        row["text_label"] = named or (labels.label(name, text, lang) if text else "")
        row["method"] = wordings.method(row["method"], lang)
        if declared is not None and row["attribute"] in declared.names:
            item = declared[row["attribute"]]
            row["label"] = item.label_fr if lang == "fr" else item.label_en
            row["unit"] = item.unit


def entity(view: View, table: str, identifier: str, lang: str) -> dict[str, Any]:
    """Return a row with all that is known and supposed about it."""
    declared = features.table(table)
    found = features.item(view, declared, identifier)
    row = features.plain_rows(found, declared)[0]
    column = features.geometry_column(declared)
    shape = geojson.geometries(found[column], view.crs)[0].as_py() if column else None
    estimates = view.rows(
        'SELECT attribute, value, low, high, text, method, run_id FROM estimate WHERE "table" = ? '
        "AND entity = ?",
        [table, identifier],
    )
    _label_estimates(view, estimates, table, lang)
    return {
        "row": row,
        "label": _title(view, table, row, lang),
        "estimates": estimates,
        "indicators": indicators(view, lang, {"scope": table, "entity": identifier}),
        "months": indicators(view, lang, {"scope": f"{table}_month"}, of=identifier),
        "explain": f"/api/explain/{table}/{quote(identifier, safe='')}",
        "geometry": json.loads(shape) if shape else None,
    }


def _title(view: View, table: str, row: Mapping[str, Any], lang: str) -> str:
    """Return how people call a row: its name, its address, or its table and identifier."""
    if row.get("name"):
        return str(row["name"])
    if row.get("street_name"):
        parts = (row.get("number"), row.get("suffix"), row["street_name"])
        return " ".join(str(part) for part in parts if part)
    told = spec(view, row.get("run_id"), str(row.get("kind") or row.get("indicator") or ""))
    if table in ("option", "indicator") and told:
        return i18n.pick(told, "label", lang)
    title = labels.label("one", table, lang)
    street = names_of(view, "street").get(row.get("street_id") or "")
    return f"{title} {labels.short(row['id'])}" + (f", {street}" if street else "")
