# SPDX-License-Identifier: EUPL-1.2
"""« Pourquoi ce chiffre ? »: from a row to its run, its inputs, and the files they came from."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jumeau.base import i18n
from jumeau.base.errors import did_you_mean, error
from jumeau.twin import schema
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

KEYS = {"effect": "option_id", "observation": "sensor_id", "raster_tile": "tile"}
"""Attribute that designates a row in the tables that have no ``id``."""

LINKS = {"building": "building_link"}
"""Tables whose rows join what several publishers say, and where each of them is kept."""
SOURCE_FACTS = (
    "id", "file", "title", "publisher", "licence", "vintage", "sha256", "imported_at", "uri",
    "crs", "encoding", "read", "added", "linked", "dropped", "repaired",
)  # fmt: skip


@dataclass
class Explanation:
    """Why a row is what it is.

    Parameters
    ----------
    table, id : str
        Row explained.
    title : str
        What the row is, for people.
    row : dict
        The row itself.
    value : dict or None
        ``value, low, high, unit`` when the row is a figure.
    method, formula, reference : str
        How a figure is obtained.
    quantities : list of dict
        Other figures that this one follows from, with their values and identifiers.
    parameters : list of dict
        Parameters used, each with value, unit, source and whether it is a default.
    estimated_share : float or None
        Share of the figure that rests on estimates, in [0, 1].
    inputs : list of dict
        Tables read, with number of rows, number of estimates, and sources.
    sources : list of dict
        Files behind the row, with publisher, vintage, licence and SHA-256.
    run : dict or None
        Run that wrote the row.
    estimates, effects, findings : list of dict
        What was supposed about the row; what it brings, each quantity with its formula; what was
        found about it.
    links : list of dict
        What each publisher says of the same object, how surely it is the same, and which
        attributes of the row it gave.
    command : str
        Command that prints the same explanation.
    """

    table: str
    id: str
    title: str
    row: dict[str, Any]
    value: dict[str, Any] | None = None
    method: str = ""
    formula: str = ""
    reference: str = ""
    quantities: list[dict[str, Any]] = field(default_factory=list)
    parameters: list[dict[str, Any]] = field(default_factory=list)
    estimated_share: float | None = None
    inputs: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    run: dict[str, Any] | None = None
    estimates: list[dict[str, Any]] = field(default_factory=list)
    effects: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    command: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain data."""
        return dict(self.__dict__)

    def __str__(self) -> str:
        french = i18n.language() == "fr"
        lines = [self.title]
        if self.value:
            lines.append("  " + _interval(self.value))
        for label, text in (
            ("méthode" if french else "method", self.method),
            ("formule" if french else "formula", self.formula),
            ("référence" if french else "reference", self.reference),
        ):
            if text:
                lines.append(f"  {label}: {text}")
        if self.estimated_share is not None:
            label = "part estimée" if french else "estimated share"
            lines.append(f"  {label}: {i18n.number(100 * self.estimated_share, 0)} %")
        lines += [f"  ← {item['label']} = {_interval(item)}" for item in self.quantities]
        for item in self.parameters:
            mark = (" (défaut)" if french else " (default)") if item.get("default") else ""
            figure = f"{i18n.number(item['value'])} {i18n.unit(item.get('unit'))}"
            lines.append(f"  {item['name']} = {figure}{mark} — {item.get('source', '')}")
        for item in self.effects:
            if item["mean"] is not None:
                figure = _interval({**item, "value": item["mean"]})
                lines.append(f"  → {item['label']}: {figure}  {item['formula']}".rstrip())
        for item in self.estimates:
            shown = item["text"] or _interval({**item, "unit": ""})
            lines.append(f"  {item['attribute']} ≈ {shown} — {item['method']}")
        for item in self.links:
            sure = f" {i18n.number(100 * item['confidence'], 0)} %" if item["confidence"] else ""
            gave = f" → {item['filled']}" if item["filled"] else ""
            lines.append(f"  = {item['publisher']} {item['publisher_id']}{sure}{gave}")
        if self.run:
            lines.append(
                f"  {'calcul' if french else 'run'} {self.run['id']}: {self.run['worksite']}, "
                f"Jumeau {self.run['code_version']}, version {self.run['snapshot']}, "
                f"{i18n.number(self.run['duration_s'], 1)} s"
            )
        lines += [f"  ← {item['table']}: {i18n.number(item['rows'])}" for item in self.inputs]
        lines += [
            f"  ⇐ {item['file']} ({item['publisher'] or '?'}, {item['vintage'] or '?'}, "
            f"{item['licence'] or '?'}) sha256 {item['sha256']}"
            for item in self.sources
        ]
        return "\n".join(lines)


def _interval(value: dict[str, Any]) -> str:
    parts = [f"{i18n.number(value['value'])} {i18n.unit(value.get('unit'))}".strip()]
    if value.get("low") is not None and value.get("high") is not None:
        parts.append(f"[{i18n.number(value['low'])} … {i18n.number(value['high'])}]")
    return " ".join(parts)


def explain(territory: Territory, table: str, id: str) -> Explanation:
    """Walk from a row to the files it comes from.

    Parameters
    ----------
    territory : Territory
        Territory.
    table : str
        Table of the row.
    id : str
        Its identifier.

    Returns
    -------
    Explanation

    Raises
    ------
    UnknownNameError
        ``JUM-T001`` for the table, ``JUM-T033`` for the row.
    """
    declared = schema.table(table)
    key = KEYS.get(table, "id")
    rows = territory.table(table, where={key: id}, limit=1).to_pylist()
    if not rows:
        known = territory.sql(f"SELECT {quoted(key)} AS id FROM {quoted(table)} LIMIT 2000").column(
            "id"
        )
        raise error(
            "JUM-T033",
            table=table,
            id=id,
            suggestion=did_you_mean(id, [str(item) for item in known.to_pylist()]),
        )
    row = {name: _plain(value) for name, value in rows[0].items() if name != "geometry"}
    result = Explanation(
        table,
        id,
        title=f"{declared.name} {row.get('name') or id}",
        row=row,
        command=f"jumeau explain {territory.path.name} {table} {id}",
    )
    own: list[str] = [row["source_id"]] if row.get("source_id") else []
    others: list[str] = []
    if row.get("run_id"):
        others += _from_run(territory, result)
    else:
        result.estimates = _estimates(territory, table, id)
    if table in LINKS:
        rows = territory.table(LINKS[table], where={f"{table}_id": id}).to_pylist()
        rows.sort(key=lambda item: (item["publisher"], item["publisher_id"]))
        result.links = [
            _clean(item) | {"facts": json.loads(item["facts"] or "{}")} for item in rows
        ]
        own += [item["source_id"] for item in rows if item["source_id"]]
    if table == "option":
        result.effects = _effects(territory, row)
    if table == "finding" and row.get("table") in schema.tables() and not own + others:
        others += _sources_of(territory, row["table"])
    result.sources = _sources(territory, own, others)
    result.findings = [
        _clean(item)
        for item in territory.table("finding", where={"table": table, "entity": id}).to_pylist()
    ]
    return result


def _from_run(territory: Territory, result: Explanation) -> list[str]:
    """Fill what the run knows; return the sources it read."""
    row = result.row
    runs = territory.table("run", where={"id": row["run_id"]}, limit=1).to_pylist()
    if not runs:
        return []
    run = runs[0]
    inputs = json.loads(run["inputs"] or "{}")
    methods = json.loads(run["methods"] or "{}")
    parameters = json.loads(run["parameters"] or "{}")
    lang = i18n.language()
    result.run = {
        name: _plain(run[name])
        for name in (
            "id",
            "worksite",
            "scenario",
            "code_version",
            "snapshot",
            "seed",
            "started_at",
            "duration_s",
        )
    }
    result.parameters = [
        {
            **item,
            "name": name,
            "label": item.get(f"label_{lang}") or name,
            "source": i18n.pick(item, "source"),
        }
        for name, item in parameters.items()
    ]
    counts = {
        item["table"]: int(item["n"])
        for item in territory.sql(
            'SELECT "table", count(DISTINCT entity) AS n FROM estimate WHERE run_id = ? GROUP BY 1',
            [row["run_id"]],
        ).to_pylist()
    }
    result.inputs = [
        {"table": name, "estimated": counts.get(name, 0), **item} for name, item in inputs.items()
    ]
    spec = methods.get(row.get("indicator") or row.get("kind") or "", {})
    wanted = spec.get("parameters")
    if wanted is not None:
        result.parameters = [
            item for item in result.parameters if str(item["name"]).startswith(tuple(wanted))
        ]
    result.quantities = _quantities(territory, row, spec.get("inputs") or ())
    if spec:
        result.title = spec.get(f"label_{lang}") or result.title
        result.method = spec.get(f"method_{lang}", "")
        result.formula = spec.get("formula", "")
        result.reference = spec.get("reference", "")
    elif row.get("method"):
        result.method = str(row["method"])
    if "value" in row:
        result.value = {name: row.get(name) for name in ("value", "low", "high", "unit")}
    result.estimated_share = row.get("estimated_share")
    return list(dict.fromkeys(source for item in inputs.values() for source in item["sources"]))


def _quantities(
    territory: Territory, row: dict[str, Any], names: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the indicators that another one follows from, in the same place and year."""
    if not names:
        return []
    place = {name: row[name] for name in ("scope", "entity", "year")}
    found = territory.table("indicator", where={**place, "indicator": list(names)}).to_pylist()
    specs: dict[str, Any] = {}
    for run_id in {item["run_id"] for item in found}:
        for run in territory.table("run", columns=["methods"], where={"id": run_id}).to_pylist():
            specs |= json.loads(run["methods"] or "{}")
    return [
        _clean(item) | {"label": i18n.pick(specs.get(item["indicator"], {}), "label")}
        for item in sorted(found, key=lambda item: list(names).index(item["indicator"]))
    ]


def _sources_of(territory: Territory, table: str) -> list[str]:
    if "source_id" not in schema.table(table).names:
        return []
    found = territory.sql(
        f"SELECT DISTINCT source_id AS id FROM {quoted(table)} WHERE source_id IS NOT NULL"
    )
    return [str(item) for item in found.column("id").to_pylist()]


def _effects(territory: Territory, option: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what an option brings, each quantity with its label, formula and method."""
    runs = territory.table("run", columns=["methods"], where={"id": option["run_id"]}).to_pylist()
    methods = json.loads(runs[0]["methods"] or "{}") if runs else {}
    rows = territory.table("effect", where={"option_id": option["id"]}).to_pylist()
    found = []
    for row in rows:
        spec = methods.get(row["quantity"], {})
        found.append(
            _clean(row)
            | {
                "label": i18n.pick(spec, "label") or row["quantity"],
                "formula": spec.get("formula", ""),
                "method": i18n.pick(spec, "method"),
            }
        )
    return found


def _estimates(territory: Territory, table: str, id: str) -> list[dict[str, Any]]:
    found = territory.table("estimate", where={"table": table, "entity": id}).to_pylist()
    return [_clean(item) for item in found]


def _sources(territory: Territory, own: list[str], others: list[str]) -> list[dict[str, Any]]:
    """Return source files: those that the row names, as it does, then the others by name."""
    ids = list(dict.fromkeys([*own, *others]))
    if not ids:
        return []
    rows = territory.table("source", columns=list(SOURCE_FACTS), where={"id": ids}).to_pylist()
    rank = {name: place for place, name in reversed([*enumerate(own)])}
    return sorted(
        (_clean(row) for row in rows),
        key=lambda row: (rank.get(row["id"], len(own)), row["file"] or "", row["id"]),
    )


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items() if name != "geometry"}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value
