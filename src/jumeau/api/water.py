# SPDX-License-Identifier: EUPL-1.2
"""Drinking water: what its networks are, and what was computed of each element over a day.

Series are the rows of ``water_series``, which the water worksite writes: one row an element and
quantity. View in, plain data out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jumeau.api import results
from jumeau.base.errors import did_you_mean, error
from jumeau.interop import features, labels
from jumeau.interop.served import View
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

UNITS = {
    "pressure_m": "m",
    "head_m": "m",
    "flow_m3_h": "m³/h",
    "velocity_m_s": "m/s",
    "age_h": "h",
}
"""Quantities, and their units."""
DIGITS = {"pressure_m": 2, "head_m": 2, "flow_m3_h": 3, "velocity_m_s": 3, "age_h": 2}
"""Decimals given: a centimetre, a litre an hour."""
TABLES = {
    "pressure_m": "junction",
    "head_m": "junction",
    "flow_m3_h": "pipe",
    "velocity_m_s": "pipe",
    "age_h": "junction",
}
"""Table of the elements that a map shows for each quantity."""
MOST = 1_000_000
"""Most values that one answer gives: beyond, every second time, every third…"""
KINDS = (
    "junction", "reservoir", "tank", "pipe", "pump", "valve", "isolation_valve", "hydrant",
    "service_connection", "meter", "district_metered_area",
)  # fmt: skip
"""Tables of a network's elements."""
NETWORK_COLUMNS = (
    "id", "name", "description", "placement", "placement_error_m", "length_m", *KINDS,
)  # fmt: skip
_FLAT = ("id", "quantity", "time_s", "value", "low", "high", "unit")
_WHEN = "coalesce(start_s, 0) AS start, coalesce(step_s, 3600) AS step"
_SIZE = 'json_array_length("values")'


def series(
    view: View,
    quantity: str,
    table: str | None = None,
    network: str | None = None,
    bounds: bool = True,
) -> dict[str, Any]:
    """Return one quantity of every element of a table over the times computed.

    Parameters
    ----------
    view : View
        Territory at one version.
    quantity : str
        One of :data:`UNITS`.
    table : str, optional
        Table of the elements; that of :data:`TABLES` by default.
    network : str, optional
        Network wanted: id in ``water_network``. By default, all those computed at the times that
        most elements have.
    bounds : bool
        Whether the 5 % and 95 % bounds are wanted too.

    Returns
    -------
    dict
        ``quantity``, ``table``, ``unit``; ``times_s``, since midnight [s]; ``every``, how many of
        the times computed one of these stands for: more than 1 when the whole would exceed
        :data:`MOST` values; ``ids`` and ``values``, a list of values an element, in the order of
        the identifiers; ``low`` and ``high`` alike, ``None`` where no draws were made.

    Raises
    ------
    InvalidError
        ``JUM-A041`` for another quantity.
    UnknownNameError
        ``JUM-T001`` for the table, ``JUM-I008`` for the network.
    """
    if quantity not in UNITS:
        raise error(
            "JUM-A041",
            value=quantity[:80],
            known=", ".join(UNITS),
            suggestion=did_you_mean(quantity, list(UNITS)) or "pressure_m",
        )
    declared = features.table(table or TABLES[quantity])
    where, given = 'quantity = ? AND "table" = ?', [quantity, declared.name]
    if network is not None:
        features.item(view, features.table("water_network"), network)
        where, given = f"{where} AND network_id = ?", [*given, network]
    found = {
        "quantity": quantity,
        "table": declared.name,
        "unit": UNITS[quantity],
        "times_s": [],
        "every": 1,
        "ids": [],
        "values": [],
        "low": None,
        "high": None,
    }
    sets = view.rows(
        f"SELECT {_WHEN}, {_SIZE} AS size, count(*) AS n FROM water_series WHERE {where} "
        f'AND "values" IS NOT NULL GROUP BY ALL ORDER BY n DESC, size DESC, start, step LIMIT 1',
        given,
    )
    if not sets:
        return found
    start, step, size, count = (sets[0][name] for name in ("start", "step", "size", "n"))
    every = max(1, -(-int(size) * int(count) // MOST))
    digits = DIGITS[quantity]
    columns = ['"values"', *(("low", "high") if bounds else ())]
    picked = ", ".join(
        f"list_transform(list_slice(CAST({column} AS DOUBLE[]), 1, {int(size)}, {every}), "
        f"x -> round(x, {digits})) AS part{i}"
        for i, column in enumerate(columns)
    )
    rows = view.sql(
        f"SELECT entity, {picked} FROM water_series WHERE {where} AND {_SIZE} = ? "
        "AND coalesce(start_s, 0) = ? AND coalesce(step_s, 3600) = ? ORDER BY entity",
        [*given, size, start, step],
    )
    found |= {
        "times_s": [start + step * i for i in range(0, int(size), every)],
        "every": every,
        "ids": rows["entity"].to_pylist(),
        "values": rows["part0"].to_pylist(),
    }
    for name, column in (("low", "part1"), ("high", "part2")):
        if bounds and rows[column].null_count < len(rows):
            found[name] = rows[column].to_pylist()
    return found


def flat(found: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return series for a flat file, one line an element, a column a time [s]; and the columns."""
    names = [f"t{time:g}" for time in found["times_s"]]
    rows = [
        {"id": key, **dict(zip(names, values, strict=True))}
        for key, values in zip(found["ids"], found["values"], strict=True)
    ]
    return rows, ["id", *names]


def element(view: View, table: str, identifier: str, lang: str) -> dict[str, Any]:
    """Return all that was computed of an element over the day, and how its network is placed.

    Parameters
    ----------
    view : View
        Territory at one version.
    table, identifier : str
        Element.
    lang : str
        Language of the labels.

    Returns
    -------
    dict
        ``id``, ``table``; ``network``, its own (as in :func:`networks`, without what it holds) or
        ``None``; ``nodes``, the two ends of a link ({table, id, label}); ``rows``, a quantity each:
        ``quantity, unit, times_s, values, low, high, run_id``.

    Raises
    ------
    UnknownNameError
        ``JUM-T001`` for the table, ``JUM-I008`` for the row.
    """
    declared = features.table(table)
    row = features.item(view, declared, identifier).to_pylist()[0]
    rows = view.rows(
        f'SELECT quantity, {_WHEN}, "values", low, high, run_id FROM water_series '
        'WHERE "table" = ? AND entity = ? ORDER BY quantity',
        [table, identifier],
    )
    placed = view.rows(
        "SELECT id, name, placement, placement_error_m FROM water_network WHERE id = ?",
        [row.get("network_id") or ""],
    )
    return {
        "id": identifier,
        "table": table,
        "network": placed[0] if placed else None,
        "nodes": _ends(view, [row.get("from_node"), row.get("to_node")], lang),
        "rows": [_day(item) for item in rows if item["quantity"] in UNITS and item["values"]],
    }


def flat_element(found: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the series of an element for a flat file, one line a time; and the columns."""
    rows = [
        {
            "id": found["id"],
            "quantity": item["quantity"],
            "time_s": time,
            "value": item["values"][i],
            "low": item["low"][i] if item["low"] else None,
            "high": item["high"][i] if item["high"] else None,
            "unit": item["unit"],
        }
        for item in found["rows"]
        for i, time in enumerate(item["times_s"])
    ]
    return rows, list(_FLAT)


def networks(view: View, lang: str) -> list[dict[str, Any]]:
    """Return the networks of drinking water: how each is placed, what it holds, what is computed.

    Parameters
    ----------
    view : View
        Territory at one version.
    lang : str
        Language of the labels.

    Returns
    -------
    list of dict
        The longest first: ``id`` (empty for elements of no network), ``name``, ``description``,
        ``placement``, ``placement_error_m``; ``length_m`` of its pipes; ``counts``, {table, label,
        count} of each kind of element; ``materials`` and ``decades``, {name, count, length_m} of
        its pipes, empty name for what is not known; ``series``, {quantity, table, unit, count}.
    """
    pipes = (
        "SELECT coalesce(network_id, '') AS network, coalesce(material, '') AS material, "
        "coalesce(CAST(coalesce(installed_to, installed_from) // 10 * 10 AS VARCHAR), '') "
        "AS decade, coalesce(length_m, ST_Length(geometry)) AS length FROM pipe"
    )
    lengths = _by_network(
        view.rows(f"SELECT network, sum(length) AS length FROM ({pipes}) GROUP BY network")
    )
    parts = {
        name: _by_network(
            view.rows(
                f"SELECT network, {name} AS name, count(*) AS count, sum(length) AS length_m "
                f"FROM ({pipes}) GROUP BY network, {name} ORDER BY network, {name} = '', {order}"
            )
        )
        for name, order in (("material", "length_m DESC"), ("decade", "decade"))
    }
    counts = _by_network(_counts(view))
    computed = _by_network(
        view.rows(
            "SELECT coalesce(network_id, '') AS network, quantity, \"table\", count(*) AS count "
            "FROM water_series GROUP BY ALL ORDER BY ALL"
        )
    )
    told = {
        row["id"]: row
        for row in view.rows(
            "SELECT id, name, description, placement, placement_error_m FROM water_network"
        )
    }
    found = []
    for key in sorted({*told, *counts}):
        known = told.get(key, {})
        length = lengths.get(key, [{"length": 0.0}])[0]["length"]
        found.append(
            {
                "id": key,
                "name": known.get("name"),
                "description": known.get("description"),
                "placement": known.get("placement"),
                "placement_error_m": known.get("placement_error_m"),
                "length_m": float(length or 0.0),
                "counts": [
                    {
                        "table": row["kind"],
                        "label": labels.table_label(row["kind"], lang),
                        "count": row["count"],
                    }
                    for row in counts.get(key, [])
                ],
                "materials": _named(parts["material"].get(key, [])),
                "decades": _named(parts["decade"].get(key, [])),
                "series": [
                    {
                        "quantity": row["quantity"],
                        "table": row["table"],
                        "unit": UNITS[row["quantity"]],
                        "count": row["count"],
                    }
                    for row in computed.get(key, [])
                    if row["quantity"] in UNITS
                ],
            }
        )
    return sorted(found, key=lambda item: (-item["length_m"], item["id"]))


def flat_networks(found: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the networks for a flat file, a column a kind of element; and the columns."""
    rows = [
        {
            **{name: item[name] for name in NETWORK_COLUMNS if name in item},
            **{part["table"]: part["count"] for part in item["counts"]},
        }
        for item in found
    ]
    return rows, list(NETWORK_COLUMNS)


def _day(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of series with its lists read."""
    values = json.loads(row["values"])
    low, high = (None if row[name] is None else json.loads(row[name]) for name in ("low", "high"))
    return {
        "quantity": row["quantity"],
        "unit": UNITS[row["quantity"]],
        "times_s": [row["start"] + row["step"] * i for i in range(len(values))],
        "values": values,
        "low": low,
        "high": high,
        "run_id": row["run_id"],
    }


def _ends(view: View, ids: list[Any], lang: str) -> list[dict[str, Any]]:
    """Return the nodes that two identifiers name, in their order."""
    wanted = [str(key) for key in ids if key]
    if not wanted:
        return []
    each = " UNION ALL ".join(
        f"SELECT '{name}' AS kind, id FROM {quoted(name)} WHERE id IN (SELECT unnest(?))"
        for name in ("junction", "reservoir", "tank")
    )
    kinds = {row["id"]: row["kind"] for row in view.rows(each, [wanted] * 3)}
    return [
        {
            "table": kinds[key],
            "id": key,
            "label": results.names_of(view, kinds[key]).get(key)
            or f"{labels.label('one', kinds[key], lang)} {labels.short(key)}",
        }
        for key in wanted
        if key in kinds
    ]


def _counts(view: View) -> list[dict[str, Any]]:
    each = " UNION ALL ".join(
        f"SELECT {i} AS rank, '{name}' AS kind, coalesce(network_id, '') AS network, "
        f"count(*) AS count FROM {quoted(name)} GROUP BY network"
        for i, name in enumerate(KINDS)
    )
    return view.rows(f"{each} ORDER BY network, rank")


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in ("name", "count", "length_m")} for row in rows]


def _by_network(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["network"], []).append(row)
    return found
