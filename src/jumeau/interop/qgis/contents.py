# SPDX-License-Identifier: EUPL-1.2
"""What the GeoPackage holds: facts with their estimates beside them, results, findings, tables.

Facts and estimates never mix: an estimate of ``power_w`` is in ``power_w_estimated``, with its
bounds and its method, and ``power_w`` stays empty. A table whose rows are of several kinds of
geometry (``place``) becomes one layer a kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jumeau.base import i18n
from jumeau.base.contract import Bounds, TableSchema
from jumeau.interop import labels
from jumeau.interop.qgis import words
from jumeau.twin import export, schema
from jumeau.twin.rights import Rights, rights
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

KINDS = {"point": ("POINT", 1), "line": ("LINESTRING", 2), "polygon": ("POLYGON", 3)}
"""Kind of geometry → name, and code of ``ST_CollectionExtract``."""
DERIVED = frozenset({"leak", "option"})
"""Tables of results that may have a geometry and are shown like facts."""
PLAIN = ("option", "indicator", "traffic_count", "budget", "source", "run")
"""Tables shown without a map, in order."""
MOST_CODES = 500
"""Values listed in a form, at most."""
PARTS = ("value", "low", "high", "method")


@dataclass(frozen=True)
class Column:
    """A column of a layer.

    Parameters
    ----------
    name, label : str
        Name, and name for people with the unit.
    role : str
        ``fact``, ``estimate``, ``result`` or ``source``: the tab of the form it is in.
    type : str
        Type as the schema writes it.
    codes : dict
        {code: words} of what it may hold.
    unit : str
        Unit.
    """

    name: str
    label: str
    role: str
    type: str = "text"
    codes: dict[str, str] = field(default_factory=dict)
    unit: str = ""


@dataclass(frozen=True)
class Content:
    """A layer of the GeoPackage.

    Parameters
    ----------
    name, title : str
        Name in the file, and for people.
    table : str
        Table of the twin.
    query : str
        SQL that gives its rows; geometry as WKB.
    geometry : str or None
        ``point``, ``line``, ``polygon``, or ``None``.
    columns : tuple of Column
        Columns, geometry left out.
    rows : int
        Number of rows.
    bounds : Bounds or None
        Extent [m].
    kind : str
        ``fact``, ``result``, ``finding`` or ``table``.
    worksite : str
        Worksite of a result.
    held : Rights
        Licence and attribution.
    """

    name: str
    title: str
    table: str
    query: str
    geometry: str | None
    columns: tuple[Column, ...]
    rows: int
    bounds: Bounds | None
    kind: str
    held: Rights
    worksite: str = ""

    def has(self, name: str) -> bool:
        """Return whether the layer has a column."""
        return any(item.name == name for item in self.columns)


def gather(territory: Territory) -> list[Content]:
    """Return what the GeoPackage of a territory holds, in the language in force.

    Parameters
    ----------
    territory : Territory
        At one version.
    """
    found = [item for name in schema.tables() for item in facts(territory, name)]
    found += results(territory)
    found += findings(territory)
    found += [item for name in PLAIN for item in plain(territory, name)]
    return found


# -- facts -------------------------------------------------------------------------------------
def facts(territory: Territory, name: str) -> Iterator[Content]:
    """Yield the layers of a table of facts: one, or one a kind of geometry."""
    declared = schema.table(name)
    if declared.geometry is None or (name in schema.DERIVED and name not in DERIVED):
        return
    for kind, rows, bounds in _kinds(territory, declared):
        extra, join = _estimates(territory, declared)
        several = declared.geometry == "any"
        title = labels.table_label(name, i18n.language())
        yield Content(
            name=f"{name}_{kind}" if several else name,
            title=f"{title} ({words.say(f'kind.{kind}')})" if several else title,
            table=name,
            query=_facts_sql(declared, kind, extra, join),
            geometry=kind,
            columns=(*described(territory, declared), *extra),
            rows=rows,
            bounds=bounds,
            kind="fact",
            held=_rights(territory, name),
        )


def _kinds(territory: Territory, declared: TableSchema) -> Iterator[tuple[str, int, Bounds | None]]:
    """Yield each kind of geometry that a table holds, with its rows and extent."""
    table = quoted(declared.name)
    box = "min(xmin) AS a, min(ymin) AS b, max(xmax) AS c, max(ymax) AS d, count(*) AS n"
    if declared.geometry in KINDS:
        asked = [(declared.geometry, "true")]
    else:
        asked = [(kind, _is(kind)) for kind in KINDS]
    for kind, where in asked:
        row = territory.sql(f"SELECT {box} FROM {table} WHERE {where}").to_pylist()[0]
        if row["n"]:
            edges = (row["a"], row["b"], row["c"], row["d"])
            yield str(kind), int(row["n"]), None if None in edges else edges


def _is(kind: str, geometry: str = "geometry") -> str:
    """Return the SQL of « the geometry is of this kind, or a collection that holds some »."""
    name, code = KINDS[kind]
    shape = f"ST_GeometryType({geometry})::VARCHAR"
    inside = f"NOT ST_IsEmpty(ST_CollectionExtract({geometry}, {code}))"
    return (
        f"({shape} IN ('{name}', 'MULTI{name}') OR ({shape} = 'GEOMETRYCOLLECTION' AND {inside}))"
    )


def _facts_sql(declared: TableSchema, kind: str, extra: Sequence[Column], join: str) -> str:
    code = KINDS[kind][1]
    several = declared.geometry == "any"
    shape = (
        "CASE WHEN ST_GeometryType(t.geometry)::VARCHAR = 'GEOMETRYCOLLECTION' "
        f"THEN ST_CollectionExtract(t.geometry, {code}) ELSE t.geometry END"
        if several
        else "t.geometry"
    )
    if several and kind == "point":
        shape = f"ST_Multi({shape})"
    parts = [f"ST_AsWKB({shape})::BLOB AS geometry"]
    parts += [_plain(f"t.{quoted(item.name)}", item.type, item.name)
              for item in declared.attributes if item.name != "geometry"]  # fmt: skip
    parts += [f"e.{quoted(item.name)}" for item in extra]
    where = f" WHERE {_is(kind, 't.geometry')}" if several else ""
    return f"SELECT {', '.join(parts)} FROM {quoted(declared.name)} t{join}{where} ORDER BY t.rowid"


def _plain(expression: str, kind: str, name: str) -> str:
    return f"{expression}{'::VARCHAR' if kind == 'json' else ''} AS {quoted(name)}"


def _estimates(territory: Territory, declared: TableSchema) -> tuple[list[Column], str]:
    """Return the columns of the estimates of a table, and the SQL that joins them."""
    rows = territory.sql(
        'SELECT DISTINCT attribute FROM estimate WHERE "table" = ?', [declared.name]
    )
    supposed = set(rows["attribute"].to_pylist())
    known = [item for item in declared.attributes if item.name in supposed]
    if not known:
        return [], ""
    columns: list[Column] = []
    parts: list[str] = []
    for item in known:
        textual = item.type == "text"
        label = item.label_fr if i18n.language() == "fr" else item.label_en
        for part in ("text", "method") if textual else PARTS:
            suffix = "" if part in {"text", "value"} else f".{part}"
            name = f"{item.name}_estimated{suffix.replace('.', '_')}"
            parts.append(f"max({part}) FILTER (attribute = '{item.name}') AS {quoted(name)}")
            words_ = words.say(f"estimated{suffix}", label=label)
            numeric = part in {"value", "low", "high"}
            columns.append(
                Column(
                    name,
                    words.with_unit(words_, item.unit) if numeric else words_,
                    "estimate",
                    "double" if numeric else "text",
                    _codes(item.name, item.codes) if part == "text" else {},
                    item.unit if numeric else "",
                )
            )
    parts.append("count(DISTINCT attribute)::BIGINT AS estimated_count")
    columns.append(Column("estimated_count", words.say("estimated.count"), "estimate", "integer"))
    join = (
        f" LEFT JOIN (SELECT entity, {', '.join(parts)} FROM estimate "
        f"WHERE \"table\" = '{declared.name}' GROUP BY entity) e ON e.entity = t.id"
    )
    return columns, join


def described(territory: Territory, declared: TableSchema) -> tuple[Column, ...]:
    """Return the columns of a table of the schema, geometry left out."""
    found = []
    for item in declared.attributes:
        if item.name == "geometry":
            continue
        traced = item.name in {"source_id", "run_id"}
        codes = _codes(item.name, item.codes)
        if item.name == "source_id":
            codes = _sources(territory)
        found.append(
            Column(
                item.name,
                words.alias(item),
                "source" if traced else "fact",
                item.type,
                codes,
                item.unit,
            )
        )
    return tuple(found)


def _codes(kind: str, codes: Sequence[str]) -> dict[str, str]:
    return {value: words.code(kind, value) for value in codes}


def _sources(territory: Territory) -> dict[str, str]:
    """Return identifier → words of the sources: publisher, title, vintage."""
    rows = territory.sql(
        "SELECT id, publisher, coalesce(nullif(title, ''), file) AS title, vintage FROM source "
        f"ORDER BY id LIMIT {MOST_CODES}"
    ).to_pylist()
    return {
        row["id"]: ", ".join(filter(None, (row["publisher"], row["title"], row["vintage"])))
        for row in rows
    }


def _rights(territory: Territory, name: str) -> Rights:
    return rights(export.sources_of(territory, name), territory.licence)


# -- results -----------------------------------------------------------------------------------
def specs(territory: Territory) -> dict[str, dict[str, Any]]:
    """Return what the runs say of their indicators and options: {name: specification}."""
    found: dict[str, dict[str, Any]] = {}
    rows = territory.sql("SELECT worksite, methods FROM run ORDER BY started_at, id").to_pylist()
    for row in rows:
        for name, said in json.loads(row["methods"] or "{}").items():
            found[name] = {**said, "worksite": row["worksite"]}
    return found


def results(territory: Territory) -> Iterator[Content]:
    """Yield one layer a worksite and a scope that has a geometry: its indicators as columns."""
    rows = territory.sql(
        "SELECT i.scope, i.indicator, coalesce(r.worksite, '') AS worksite, min(i.unit) AS unit "
        "FROM indicator i LEFT JOIN run r ON r.id = i.run_id WHERE i.entity IS NOT NULL "
        "GROUP BY ALL ORDER BY 1, 3, 2"
    ).to_pylist()
    known = specs(territory)
    place = {name: index for index, name in enumerate(known)}
    grouped: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: place.get(row["indicator"], len(place))):
        key = (row["scope"], _worksite(row["indicator"], row["worksite"]))
        grouped.setdefault(key, {})[row["indicator"]] = row
    for scope, worksite in sorted(grouped):
        declared = schema.tables().get(scope)
        if declared is not None and declared.geometry in KINDS:
            chosen = list(grouped[scope, worksite].values())
            yield from _result(territory, declared, worksite, chosen, known)


def _worksite(indicator: str, run: str) -> str:
    """Return the worksite of an indicator: the one its name begins with, else that of the run."""
    return next((name for name in words.worksites() if indicator.startswith(f"{name}_")), run)


def _result(
    territory: Territory,
    declared: TableSchema,
    worksite: str,
    chosen: Sequence[dict[str, Any]],
    known: dict[str, dict[str, Any]],
) -> Iterator[Content]:
    columns: list[Column] = []
    parts: list[str] = []
    for row in chosen:
        name, quote = row["indicator"], row["indicator"].replace("'", "''")
        label = i18n.pick(known.get(name, {}), "label") or name
        for part, source in (("", "value"), ("low", "low"), ("high", "high"),
                             ("share", "estimated_share")):  # fmt: skip
            said = words.say(f"result.{part}", label=label) if part else label
            own = f"{name}_{part}" if part else name
            unit = "" if part == "share" else row["unit"]
            columns.append(Column(own, words.with_unit(said, unit), "result", "double", unit=unit))
            parts.append(
                f"max_by({source}, (coalesce(year, 0), id)) FILTER (indicator = '{quote}') "
                f"AS {quoted(own)}"
            )
    kept = [item for item in described(territory, declared) if item.name in {"id", "name"}]
    own_columns = ", ".join(f"t.{quoted(item.name)}" for item in kept)
    values = ", ".join(f"i.{quoted(item.name)}" for item in columns)
    scope = declared.name
    names = ", ".join("'" + row["indicator"].replace("'", "''") + "'" for row in chosen)
    body = (
        f"FROM {quoted(scope)} t JOIN (SELECT entity, {', '.join(parts)} FROM indicator "
        f"WHERE scope = '{scope}' AND entity IS NOT NULL AND indicator IN ({names}) "
        "GROUP BY entity) i ON i.entity = t.id"
    )
    row = territory.sql(
        "SELECT count(*) AS n, min(xmin) AS a, min(ymin) AS b, max(xmax) AS c, max(ymax) AS d "
        + body
    ).to_pylist()[0]
    if not row["n"]:
        return
    title = labels.table_label(scope, i18n.language())
    yield Content(
        name=f"{worksite or 'result'}_by_{scope}",
        title=title,
        table=scope,
        query=f"SELECT ST_AsWKB(t.geometry)::BLOB AS geometry, {own_columns}, {values} {body} "
        "ORDER BY t.rowid",
        geometry=declared.geometry,
        columns=(*kept, *columns),
        rows=int(row["n"]),
        bounds=(row["a"], row["b"], row["c"], row["d"]),
        kind="result",
        held=_rights(territory, "indicator"),
        worksite=worksite,
    )


# -- findings and plain tables -----------------------------------------------------------------
def findings(territory: Territory) -> Iterator[Content]:
    """Yield the findings, each at the row that it is about; the others have no geometry."""
    rows = territory.count("finding")
    if not rows:
        return
    asked = territory.sql('SELECT DISTINCT "table" AS name FROM finding WHERE "table" IS NOT NULL')
    tables = schema.tables()
    places = [
        f"SELECT '{name}' AS kind, id, ST_PointOnSurface(geometry) AS place FROM {quoted(name)} "
        f"WHERE id IN (SELECT entity FROM finding WHERE \"table\" = '{name}')"
        for name in sorted(asked["name"].to_pylist())
        if name in tables and tables[name].geometry and "id" in tables[name].names
    ]
    declared = schema.table("finding")
    chosen = ", ".join(
        _plain(f"f.{quoted(item.name)}", item.type, item.name) for item in declared.attributes
    )
    joined = f'LEFT JOIN ({" UNION ALL ".join(places)}) p ON p.kind = f."table" AND p.id = f.entity'
    body = f"FROM finding f {joined if places else ''}"
    shape = "ST_AsWKB(p.place)::BLOB" if places else "NULL::BLOB"
    edges = None
    if places:
        row = territory.sql(
            "SELECT min(ST_X(p.place)) a, min(ST_Y(p.place)) b, max(ST_X(p.place)) c, "
            f"max(ST_Y(p.place)) d {body}"
        ).to_pylist()[0]
        edges = None if row["a"] is None else (row["a"], row["b"], row["c"], row["d"])
    yield Content(
        name="finding",
        title=labels.table_label("finding", i18n.language()),
        table="finding",
        query=f"SELECT {shape} AS geometry, {chosen} {body} ORDER BY f.rowid",
        geometry="point",
        columns=described(territory, declared),
        rows=rows,
        bounds=edges,
        kind="finding",
        held=_rights(territory, "finding"),
    )


def plain(territory: Territory, name: str) -> Iterator[Content]:
    """Yield a table without geometry, when it has rows that no map shows."""
    declared = schema.table(name)
    columns = list(described(territory, declared))
    wanted = "true"
    extra: list[Column] = []
    join = ""
    if name == "indicator":
        drawn = [table for table, item in schema.tables().items() if item.geometry in KINDS]
        wanted = f"t.scope NOT IN ({', '.join(repr(table) for table in drawn)})"
    if name == "option":
        extra, join = _effects(territory)
    total = territory.sql(f"SELECT count(*) AS n FROM {quoted(name)} t WHERE {wanted}")["n"][0]
    if not total.as_py():
        return
    known = specs(territory)
    columns = [_coded(territory, name, item, known) for item in columns]
    parts = [_plain(f"t.{quoted(item.name)}", item.type, item.name) for item in columns]
    parts += [f"e.{quoted(item.name)}" for item in extra]
    yield Content(
        name=name,
        title=labels.table_label(name, i18n.language()),
        table=name,
        query=f"SELECT {', '.join(parts)} FROM {quoted(name)} t{join} WHERE {wanted} "
        "ORDER BY t.rowid",
        geometry=None,
        columns=(*columns, *extra),
        rows=int(total.as_py()),
        bounds=None,
        kind="table",
        held=_rights(territory, name),
    )


def _coded(
    territory: Territory, table: str, item: Column, known: dict[str, dict[str, Any]]
) -> Column:
    """Return a column with the words of its codes, when the runs say them."""
    if (table, item.name) in {("indicator", "indicator"), ("option", "kind")}:
        codes = {name: i18n.pick(said, "label") or name for name, said in known.items()}
    elif (table, item.name) == ("indicator", "scope"):
        rows = territory.sql("SELECT DISTINCT scope FROM indicator ORDER BY 1")["scope"]
        codes = {name: labels.label("scope", name, i18n.language()) for name in rows.to_pylist()}
    else:
        return item
    return Column(item.name, item.label, item.role, item.type, codes, item.unit)


def _effects(territory: Territory) -> tuple[list[Column], str]:
    """Return the columns of the effects of the options, and the SQL that joins them."""
    rows = territory.sql(
        "SELECT quantity, min(unit) AS unit FROM effect GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    columns, parts = [], []
    for row in rows:
        quote = row["quantity"].replace("'", "''")
        for part in ("mean", "low", "high"):
            name = f"{row['quantity']}_{part}"
            said = words.say("effect", label=row["quantity"], part=words.say(f"part.{part}"))
            unit = row["unit"] or ""
            columns.append(Column(name, words.with_unit(said, unit), "result", "double", unit=unit))
            parts.append(f"max({part}) FILTER (quantity = '{quote}') AS {quoted(name)}")
    if not columns:
        return [], ""
    join = (
        f" LEFT JOIN (SELECT option_id, {', '.join(parts)} FROM effect GROUP BY 1) e "
        "ON e.option_id = t.id"
    )
    return columns, join
