# SPDX-License-Identifier: EUPL-1.2
"""The curves of the sensors of an asset, summed or averaged over steps that a chart can show."""

from __future__ import annotations

from typing import Any

from jumeau.base.errors import did_you_mean, error
from jumeau.base.time import to_local
from jumeau.interop import features
from jumeau.interop.served import View

STEPS = {"hour": 3600.0, "day": 86_400.0, "week": 604_800.0, "month": 2_629_800.0}
"""Steps, and their usual length [s]."""
MOST = 20_000
"""Most readings that one curve gives."""
SUMMED = frozenset({"Wh", "kWh", "MWh", "m³", "l", "mm"})
"""Units of what a meter counts: readings add up. The others are averaged."""


def readings(view: View, table: str, identifier: str, step: str = "month") -> list[dict[str, Any]]:
    """Return what the sensors of an asset read.

    Parameters
    ----------
    view : View
        Territory at one version.
    table, identifier : str
        Asset.
    step : str
        One of :data:`STEPS`, on the clocks of the territory.

    Returns
    -------
    list of dict
        A sensor each: ``id, label, property, unit, interval_s, first, last, count, zeros`` and
        ``rows``, its steps in order: ``time`` (first instant), ``value`` (sum of counted units,
        mean of the others; ``None`` where nothing was read) and ``share`` of the step covered.

    Raises
    ------
    UnknownNameError
        ``JUM-T001`` for the table, ``JUM-I008`` for the row.
    InvalidError
        ``JUM-A040`` for another step.
    """
    features.item(view, features.table(table), identifier)
    if step not in STEPS:
        raise error(
            "JUM-A040",
            value=step[:40],
            known=", ".join(STEPS),
            suggestion=did_you_mean(step, list(STEPS)) or "month",
        )
    sensors = view.rows(
        'SELECT id, name, property, unit, interval_s FROM sensor WHERE "table" = ? AND entity = ? '
        "ORDER BY property, id",
        [table, identifier],
    )
    return [_one(view, sensor, step) for sensor in sensors]


def _one(view: View, sensor: dict[str, Any], step: str) -> dict[str, Any]:
    about = view.rows(
        "SELECT min(time) AS first, max(time) AS last, count(value) AS count, "
        "count(*) FILTER (WHERE value = 0) AS zeros, any_value(unit) AS unit "
        "FROM observation WHERE sensor_id = ?",
        [sensor["id"]],
    )[0]
    unit = sensor["unit"] or about["unit"]
    summed = unit in SUMMED
    interval, place = sensor["interval_s"], view.territory.time_zone
    rows = view.rows(
        # Local time without offset, so that days and months are those of the place.
        "WITH read AS (SELECT date_trunc(?, timezone(?, time)) AS step, value FROM observation "
        "WHERE sensor_id = ? AND value IS NOT NULL) "
        f"SELECT step, {'sum' if summed else 'avg'}(value) AS value, count(*) AS n, "
        "date_diff('second', timezone(?, step), timezone(?, step + CAST(? AS INTERVAL))) AS length "
        f"FROM read GROUP BY step ORDER BY step LIMIT {MOST}",
        [step, place, sensor["id"], place, place, f"1 {step}"],
    )
    return {
        "id": sensor["id"],
        "label": sensor["name"] or sensor["id"],
        "property": sensor["property"],
        "unit": unit,
        "interval_s": interval,
        "first": _local(view, about["first"]),
        "last": _local(view, about["last"]),
        "count": int(about["count"]),
        "zeros": int(about["zeros"]),
        "rows": [
            {
                "time": row["step"].isoformat(),
                "value": row["value"],
                "share": min(1.0, row["n"] * interval / row["length"]) if interval else 1.0,
            }
            for row in rows
        ],
    }


def _local(view: View, time: Any) -> str | None:
    """Return an instant as the clocks of the place show it, with their offset."""
    return None if time is None else to_local(time, view.territory.time_zone).isoformat()


def flat(found: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the readings for a flat file, one line each; and its columns."""
    columns = ["sensor_id", "label", "property", "time", "value", "unit", "share"]
    rows = [
        {
            "sensor_id": sensor["id"],
            **{name: sensor[name] for name in ("label", "property", "unit")},
            **row,
        }
        for sensor in found
        for row in sensor["rows"]
    ]
    return rows, columns
