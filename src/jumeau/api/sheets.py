# SPDX-License-Identifier: EUPL-1.2
"""What surrounds a row: what it is tied to, the options that concern it, what changed and when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jumeau.api import findings as findings_
from jumeau.api import results
from jumeau.api.completeness import BOOKS
from jumeau.base.errors import error
from jumeau.interop import features, labels, places
from jumeau.interop.served import View
from jumeau.twin import schema
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    from jumeau.base.contract import TableSchema

FEW = 10
"""Most rows named in a link; beyond, only their number."""
SOME = 200
"""Rows among which the ones named are taken."""
MOST_CHANGES = 50
_AREAS = ("district", "municipality")
_DESIGNATED = {"network_id": "water_network", "dma_id": "district_metered_area"}
"""Tables that attributes designate by another name than theirs."""
_INSIDE = ("luminaire", "cabinet", "street", "building")


def around(view: View, table: str, identifier: str, lang: str) -> dict[str, Any]:
    """Return what surrounds a row: its ties, the options that concern it, its files, its findings.

    Raises
    ------
    UnknownNameError
        ``JUM-T001`` for the table, ``JUM-I008`` for the row.
    """
    found = features.item(view, features.table(table), identifier).to_pylist()[0]
    sources = view.rows("SELECT * FROM source WHERE id = ?", [found.get("source_id") or ""])
    for source in sources:
        source["imported_at"] = source["imported_at"].isoformat()
    return {
        "related": related(view, table, found, lang),
        "options": concerning(view, table, identifier, lang),
        "sources": sources,
        "findings": findings_.findings(
            view, lang, {"table": table, "entity": identifier}, limit=FEW
        )["rows"],
    }


def related(view: View, table: str, row: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """Return what a row is tied to, by identifier or by place.

    Parameters
    ----------
    view : View
        Territory at one version.
    table : str
        Table of the row.
    row : mapping
        Row, with its ``id`` and, when it has a place, its ``geometry`` as WKB.
    lang : str
        Language of the labels.

    Returns
    -------
    list of dict
        One row a table: ``table``, its ``label``, how the tie is known (``fact``, ``estimate`` or
        ``place``), the ``count`` of rows tied, the ``attribute`` that holds the tie or ``None``,
        and the first ``FEW`` of them as {id, label}.
    """
    declared = schema.tables()[table]
    found = [*_outwards(view, declared, row), *_inwards(view, declared, row)]
    tied = {item["table"] for item in found}
    column = features.geometry_column(declared)
    if column and row.get(column) is not None and table not in BOOKS:
        found += [item for item in _by_place(view, declared, row) if item["table"] not in tied]
    for item in found:
        names = results.names_of(view, item["table"])
        item["label"] = labels.table_label(item["table"], lang)
        item["rows"] = [{"id": key, "label": names.get(key) or key} for key in item.pop("ids")]
    return found


def _tie(
    table: str, known: str, ids: list[str], count: int, attribute: str | None
) -> dict[str, Any]:
    return {"table": table, "known": known, "count": count, "attribute": attribute, "ids": ids}


def _references(declared: TableSchema) -> Iterator[tuple[str, str]]:
    """Yield the attributes of a table that designate a row of another one, and that table."""
    for name in declared.names:
        own = _DESIGNATED.get(name, name.removesuffix("_id"))
        target = declared.name if name == "parent_id" else own
        other = schema.tables().get(target)
        if not name.endswith("_id") or other is None or target in ("source", "run"):
            continue
        if "id" in other.names:
            yield name, target


def _outwards(
    view: View, declared: TableSchema, row: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    for name, target in _references(declared):
        value, known = row.get(name), "fact"
        if value is None:
            rows = view.rows(
                'SELECT text FROM estimate WHERE "table" = ? AND entity = ? AND attribute = ?',
                [declared.name, row["id"], name],
            )
            value, known = (rows[0]["text"], "estimate") if rows else (None, known)
        if value is not None and view.rows(
            f"SELECT id FROM {quoted(target)} WHERE id = ? LIMIT 1", [value]
        ):
            yield _tie(target, known, [str(value)], 1, name)


def _inwards(view: View, declared: TableSchema, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for other in schema.tables().values():
        if "id" not in other.names or other.name in BOOKS:
            continue
        for name, target in _references(other):
            if target != declared.name:
                continue
            tied = (
                f"SELECT id, 1 AS fact FROM {quoted(other.name)} WHERE {quoted(name)} = ? "
                f'UNION ALL SELECT e.entity, 0 FROM estimate e WHERE e."table" = ? '
                "AND e.attribute = ? AND e.text = ?"
            )
            values = [row["id"], other.name, name, row["id"]]
            rows = view.rows(
                "SELECT count(DISTINCT id) AS n, min(fact) AS fact, "
                f"list_sort(list(DISTINCT id))[1:{FEW}] AS ids FROM ({tied})",
                values,
            )
            count = int(rows[0]["n"])
            if count:
                known = "fact" if rows[0]["fact"] else "estimate"
                yield _tie(other.name, known, list(rows[0]["ids"]), count, name)


def _by_place(
    view: View, declared: TableSchema, row: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the areas that hold a row, or what an area holds."""
    column = features.geometry_column(declared) or "geometry"
    wkb = bytes(row[column])
    inside = declared.name in _AREAS
    for name in _INSIDE if inside else _AREAS:
        if name == declared.name or not _any(view, name):
            continue
        test = (
            "ST_Within(ST_Centroid(geometry), shape)"
            if inside
            else "ST_Contains(geometry, ST_Centroid(shape))"
        )
        found = view.rows(
            "WITH here AS (SELECT ST_GeomFromWKB(?::BLOB) AS shape) "
            f"SELECT count(*) AS n, {_some(name)} AS some "
            f"FROM {quoted(name)}, here WHERE xmin <= ST_XMax(shape) AND xmax >= ST_XMin(shape) "
            f"AND ymin <= ST_YMax(shape) AND ymax >= ST_YMin(shape) AND {test}",
            [wkb],
        )[0]
        if found["n"]:
            yield _tie(name, "place", _few(found["some"]), int(found["n"]), None)


def _some(table: str) -> str:
    """Return the SQL of the first rows of a table, those with a name before the others."""
    name = "name" if "name" in schema.tables()[table].names else "NULL::VARCHAR"
    row = f"{{'unnamed': {name} IS NULL, 'name': {name}, 'id': id}}"
    return f"list_sort(list({row}))[1:{SOME}]"


def _few(rows: list[dict[str, Any]]) -> list[str]:
    """Return the first identifiers: each name once, as streets come in sections; else each id."""
    named = {row["name"]: row["id"] for row in reversed(rows) if row["name"]}
    found = [named[name] for name in sorted(named)] if named else [row["id"] for row in rows]
    return found[:FEW]


def _any(view: View, name: str) -> bool:
    key = f"rows in {name}"
    return view.remember(
        key, lambda: bool(view.rows(f"SELECT 1 AS one FROM {quoted(name)} LIMIT 1"))
    )


def concerning(view: View, table: str, identifier: str, lang: str) -> list[dict[str, Any]]:
    """Return the options that concern a row, or may do when they do not list what they change.

    Returns
    -------
    list of dict
        ``id, label, kind, capex_eur, count`` of the option, and ``certain``: whether its list of
        assets names this row, or one that is tied to it.
    """
    rows = view.rows("SELECT id, assets FROM option")
    named = {row["id"]: row for row in results.options(view, lang)}
    found = []
    for row in rows:
        assets = json.loads(row["assets"] or "{}")
        count = assets.get("count", len(assets.get("ids") or ()))
        if not count:
            continue
        ours = _mine(view, str(assets.get("table") or ""), table, identifier)
        listed = assets.get("ids")
        if not ours or (listed is not None and not ours & set(listed)):
            continue
        option = named[row["id"]]
        found.append(
            {
                **{name: option[name] for name in ("id", "label", "kind", "capex_eur", "effects")},
                "count": int(count),
                "certain": listed is not None,
            }
        )
    return sorted(found, key=lambda item: (item["capex_eur"] or 0.0, item["id"]))


def _mine(view: View, assets: str, table: str, identifier: str) -> set[str]:
    """Return the identifiers of the assets of a table that a row is, or is tied to."""
    if assets == table:
        return {identifier}
    other = schema.tables().get(assets)
    if other is None:
        return set()
    for name, target in _references(other):
        if target == table:
            rows = view.rows(
                f"SELECT id FROM {quoted(assets)} WHERE {quoted(name)} = ? UNION "
                'SELECT entity FROM estimate WHERE "table" = ? AND attribute = ? AND text = ?',
                [identifier, assets, name, identifier],
            )
            return {row["id"] for row in rows}
    return set()


def history(view: View, table: str, identifier: str, lang: str) -> list[dict[str, Any]]:
    """Return what changed in a row and when, latest first.

    Returns
    -------
    list of dict
        ``version, time, message, kind`` (``insert``, ``update`` or ``delete``) and ``changes``:
        {attribute, label, unit, before, after}, without the geometry, whose change is said by
        ``moved``.

    Raises
    ------
    UnknownNameError
        ``JUM-T001`` for the table, ``JUM-I008`` when its rows bear no identifier.
    """
    declared = features.table(table)
    if "id" not in declared.names:
        raise error("JUM-I008", table=table, id=identifier[:80])
    if places.stamp(view, declared) == 0:
        return []
    territory = view.territory
    quiet = {"xmin", "ymin", "xmax", "ymax", "source_id", "run_id"}
    column = features.geometry_column(declared)
    names = [item.name for item in declared.attributes if item.name not in quiet | {column}]
    shape = f", md5(ST_AsWKB({quoted(column)})::VARCHAR) AS shape_" if column else ""
    rows = view.rows(
        f"SELECT snapshot_id, change_type, {', '.join(map(quoted, names))}{shape} "
        "FROM ducklake_table_changes(?, 'main', ?, 0, ?) WHERE id = ? "
        "ORDER BY snapshot_id, change_type",
        [territory.store.alias, table, view.version, identifier],
    )
    told = {item["version"]: item for item in territory.store.snapshots()}
    by_version: dict[int, dict[str, dict[str, Any]]] = {}
    for row in rows:
        side = "after" if row["change_type"] in ("insert", "update_postimage") else "before"
        by_version.setdefault(int(row["snapshot_id"]), {})[side] = row
    found = []
    for version, sides in sorted(by_version.items(), reverse=True)[:MOST_CHANGES]:
        before, after = sides.get("before"), sides.get("after")
        kind = "update" if before and after else "insert" if after else "delete"
        changes = [
            {
                "attribute": name,
                "label": labels.attribute_label(table, name, lang),
                "unit": declared[name].unit,
                "before": _plain(before[name]),
                "after": _plain(after[name]),
            }
            for name in names
            if before and after and before[name] != after[name]
        ]
        moved = bool(column and before and after and before["shape_"] != after["shape_"])
        if kind == "update" and not changes and not moved:
            continue
        moment = told.get(version)
        found.append(
            {
                "version": version,
                "time": moment["time"].isoformat() if moment else None,
                "message": moment["message"] if moment else "",
                "kind": kind,
                "moved": moved,
                "changes": changes,
            }
        )
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
