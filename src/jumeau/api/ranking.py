# SPDX-License-Identifier: EUPL-1.2
"""Assets with the figures of a worksite, one row each: what a list of buildings is made of."""

from __future__ import annotations

from typing import Any

from jumeau.api import results
from jumeau.base import i18n
from jumeau.base.contract import TableSchema
from jumeau.base.errors import did_you_mean, error
from jumeau.interop import features, labels
from jumeau.interop.cql2.sql import unknown_attribute
from jumeau.interop.served import View
from jumeau.twin.schema import quoted

PARTS = ("value", "low", "high", "estimated_share")
_QUIET = frozenset({"id", "geometry", "source_id", "run_id", "name"})


def ranking(
    view: View,
    table: str,
    worksite: str,
    lang: str,
    sort: str | None = None,
    only: str | None = None,
    limit: int | None = None,
    skip: int = 0,
    indicator: str | None = None,
) -> dict[str, Any]:
    """Return the assets of a table that a worksite has figures of.

    Parameters
    ----------
    view : View
        Territory at one version.
    table : str
        Table of the assets, and scope of the indicators.
    worksite : str
        Worksite whose figures are wanted.
    lang : str
        Language of the labels.
    sort : str, optional
        Indicator, with ``-`` before it for the largest first; unknown values last. By name when
        not given.
    only : str, optional
        Attribute that must be true, by fact or by estimate: ``public``.
    limit : int, optional
        Most rows; all of them by default.
    skip : int
        Rows left out before.
    indicator : str, optional
        The only figure wanted, and no fact: what a map is coloured by.

    Returns
    -------
    dict
        ``rows`` (``id, label, facts, figures``), ``columns`` (the indicators, with their labels
        and units) and ``total``, the number of rows without ``limit``.

    Raises
    ------
    UnknownNameError
        ``JUM-T001`` for the table.
    InvalidError
        ``JUM-I005`` when ``only`` is no attribute that is true or false, ``JUM-A006`` for an
        indicator that the assets do not have.
    """
    declared = features.table(table)
    columns = _columns(view, table, worksite, lang)
    known = [item["indicator"] for item in columns]
    name = (sort or "").removeprefix("-")
    if name and name not in known:
        raise error(
            "JUM-A006",
            value=name,
            known=", ".join(known),
            suggestion=did_you_mean(name, known) or (known[0] if known else ""),
        )
    if only is not None:
        _yes_no(declared, only)
    ids = _ids(view, table, worksite, name, (sort or "").startswith("-"), only)
    chosen = ids[skip:] if limit is None else ids[skip : skip + limit]
    return {
        "rows": _rows(view, declared.name, worksite, chosen, lang, indicator),
        "columns": [item for item in columns if indicator in (None, item["indicator"])],
        "total": len(ids),
    }


def _yes_no(declared: TableSchema, name: str) -> None:
    """Check that an attribute is true or false."""
    known = [item.name for item in declared.attributes if item.type == "boolean"]
    if name not in known:
        raise unknown_attribute(declared, name, known)


def _of(worksite: str) -> tuple[str, list[str]]:
    return "run_id IN (SELECT id FROM run WHERE coalesce(about, worksite) = ?)", [worksite]


def _columns(view: View, table: str, worksite: str, lang: str) -> list[dict[str, Any]]:
    clause, values = _of(worksite)
    rows = view.rows(
        "SELECT indicator, any_value(unit) AS unit, any_value(run_id) AS run_id FROM indicator "
        f"WHERE scope = ? AND {clause} GROUP BY indicator",
        [table, *values],
    )
    found = []
    for row in rows:
        spec = results.spec(view, row["run_id"], row["indicator"])
        found.append(
            {
                "indicator": row["indicator"],
                "label": i18n.pick(spec, "label", lang) or row["indicator"],
                "unit": row["unit"],
                "digits": int(spec.get("digits") or 0),
                "rank": list(results.specs(view, row["run_id"])).index(row["indicator"])
                if spec
                else 10**6,
            }
        )
    found.sort(key=lambda item: (item["rank"], item["indicator"]))
    return [{name: item[name] for name in item if name != "rank"} for item in found]


def _ids(
    view: View, table: str, worksite: str, name: str, largest: bool, only: str | None
) -> list[str]:
    """Return the identifiers of the assets that have figures, in the order asked."""
    clause, values = _of(worksite)
    where = ""
    more: list[str] = []
    if only is not None:
        # A fact wins over what a method supposes.
        where = (
            f"WHERE coalesce(a.{quoted(only)}, (SELECT e.value >= 0.5 FROM estimate e WHERE "
            'e."table" = ? AND e.entity = a.id AND e.attribute = ? LIMIT 1), false)'
        )
        more = [table, only]
    order = "lower(a.name) NULLS LAST, a.id" if _named(table) else "a.id"
    if name:
        order = f"s.sorted {'DESC' if largest else 'ASC'} NULLS LAST, a.id"
    rows = view.rows(
        "WITH s AS (SELECT entity, max(value) FILTER (WHERE indicator = ?) AS sorted FROM "
        f"indicator WHERE scope = ? AND {clause} GROUP BY entity) "
        f"SELECT a.id FROM {quoted(table)} a JOIN s ON s.entity = a.id {where} ORDER BY {order}",
        [name, table, *values, *more],
    )
    return [str(row["id"]) for row in rows]


def _named(table: str) -> bool:
    return "name" in features.table(table).names


def _rows(
    view: View, table: str, worksite: str, ids: list[str], lang: str, only: str | None
) -> list[dict[str, Any]]:
    declared = features.table(table)
    clause, values = _of(worksite)
    figures: dict[str, dict[str, dict[str, Any]]] = {}
    for row in view.rows(
        f"SELECT id, indicator, entity, {', '.join(PARTS)} FROM indicator WHERE scope = ? AND "
        f"{clause} AND entity IN (SELECT unnest(?)) AND (? IS NULL OR indicator = ?)",
        [table, *values, ids, only, only],
    ):
        figures.setdefault(row["entity"], {})[row["indicator"]] = {
            name: row[name] for name in ("id", *PARTS)
        }
    names = [item.name for item in declared.attributes if item.name not in _QUIET and not only]
    wanted = ["id", *(["name"] if "name" in declared.names else []), *names]
    facts = {
        row["id"]: row
        for row in view.rows(
            f"SELECT {', '.join(map(quoted, wanted))} FROM {quoted(table)} "
            "WHERE id IN (SELECT unnest(?))",
            [ids],
        )
    }
    title = labels.label("one", table, lang)
    return [
        {
            "id": key,
            "label": facts[key].get("name") or f"{title} {labels.short(key)}",
            "facts": {name: facts[key][name] for name in names if facts[key][name] is not None},
            "figures": figures.get(key, {}),
        }
        for key in ids
    ]


def values(
    view: View, table: str, worksite: str, indicator: str, lang: str, mark: str | None = None
) -> dict[str, Any]:
    """Return one figure of every asset of a table, in columns: what a map is coloured by.

    Parameters
    ----------
    view : View
        Territory at one version.
    table : str
        Table of the assets, and scope of the indicator.
    worksite : str
        Worksite whose figure is wanted.
    indicator : str
        The figure.
    lang : str
        Language of the label.
    mark : str, optional
        Attribute whose assets are told apart where it is true, by fact or by estimate: ``public``.

    Returns
    -------
    dict
        ``ids``, ``values``, ``estimated_shares`` side by side, by identifier; ``marked``, the
        identifiers where ``mark`` is true; ``column``, the label and the unit of the figure.

    Raises
    ------
    UnknownNameError
        ``JUM-T001`` for the table.
    InvalidError
        ``JUM-I005`` when ``mark`` is no attribute that is true or false, ``JUM-A006`` for an
        indicator that the assets do not have.
    """
    declared = features.table(table)
    columns = {item["indicator"]: item for item in _columns(view, table, worksite, lang)}
    if indicator not in columns:
        raise error(
            "JUM-A006",
            value=indicator,
            known=", ".join(columns),
            suggestion=did_you_mean(indicator, list(columns)) or next(iter(columns), ""),
        )
    clause, run = _of(worksite)
    rows = view.rows(
        "SELECT entity, any_value(value) AS value, any_value(estimated_share) AS share FROM "
        f"indicator WHERE scope = ? AND indicator = ? AND {clause} GROUP BY entity ORDER BY entity",
        [table, indicator, *run],
    )
    marked = []
    if mark is not None:
        _yes_no(declared, mark)
        marked = _ids(view, table, worksite, "", False, mark)
    return {
        "ids": [row["entity"] for row in rows],
        "values": [row["value"] for row in rows],
        "estimated_shares": [row["share"] for row in rows],
        "marked": marked,
        "column": columns[indicator],
    }


def flat(found: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows for a flat file, four columns an indicator; and the columns."""
    names = [item["indicator"] for item in found["columns"]]
    facts = list(dict.fromkeys(name for row in found["rows"] for name in row["facts"]))
    columns = [
        "id",
        "label",
        *facts,
        *(name if part == "value" else f"{name}_{part}" for name in names for part in PARTS),
    ]
    rows = []
    for row in found["rows"]:
        line: dict[str, Any] = {"id": row["id"], "label": row["label"]}
        line |= {name: row["facts"].get(name) for name in facts}
        for name in names:
            figure = row["figures"].get(name, {})
            for part in PARTS:
                line[name if part == "value" else f"{name}_{part}"] = figure.get(part)
        rows.append(line)
    return rows, columns
