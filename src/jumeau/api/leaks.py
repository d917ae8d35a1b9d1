# SPDX-License-Identifier: EUPL-1.2
"""Leaks found on water networks: their zones, their flow, the balance of districts.

View in, plain data out. Rows are those that the last run of the water worksite wrote.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jumeau.api import facts, results
from jumeau.interop import features, geojson, labels, writers
from jumeau.interop.http import Answer, attachment
from jumeau.interop.served import View

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = (
    "id", "pipe_id", "network_id", "district_id", "district", "kind", "started_at", "ended_at",
    "detected_at", "flow_m3_h", "flow_low", "flow_high", "probability", "eur_day", "lost_m3",
    "lost_eur", "pipes", "zone_km", "lon", "lat", "run_id",
)  # fmt: skip
"""Columns of leaks as a flat file."""
BALANCE_COLUMNS = ("table", "entity", "label", "quantity", "unit", "date", "value", "low", "high")
RISK_COLUMNS = (
    "pipe_id", "rate", "low", "high", "unit", "length_m", "per_km", "material", "diameter_mm",
    "installed_to", "street_id",
)  # fmt: skip
DAILY = {"leak_flow_m3_h": "m³/h", "night_flow_m3_h": "m³/h"}
"""Quantities known day by day, and their units."""
PROPERTIES = {"pressures": "pressure", "flows": "flow", "levels": "level", "meters": "volume"}
"""What the sensors of each frame of readings observe."""
RATE = "water_break_rate"
"""Indicator of the breaks of a pipe."""
_DAY = 86_400.0


def leaks(view: View, lang: str) -> dict[str, Any]:
    """Return the leaks found, those that still run and cost the most first.

    Parameters
    ----------
    view : View
        Territory at one version.
    lang : str
        Language of the labels.

    Returns
    -------
    dict
        ``rows``: as :data:`COLUMNS`, also ``zone`` ({pipe, share} each, the likeliest first) and
        its ``bounds`` (west, south, east, north), ``values`` (``start``, ``step_s``, ``values``,
        ``low``, ``high``: flow day by day [m³/h]);
        ``searches``: a network each, with the period read, the one taken as leak-free, the faults
        of sensors; ``first`` and ``last`` day of the readings, or ``None`` when none was searched.
    """
    found = view.rows(
        "SELECT * EXCLUDE (geometry, xmin, ymin, xmax, ymax), ST_AsWKB(geometry) AS shape "
        "FROM leak ORDER BY ended_at IS NOT NULL, eur_day DESC, id"
    )
    places = _places(view, [row.pop("shape") for row in found])
    names = results.names_of(view, "district_metered_area")
    lengths = _lengths(view) if found else {}
    zones = [json.loads(row.pop("zone") or "{}") for row in found]
    boxes = _boxes(view, zones)
    rows = []
    for row, (lon, lat), zone, box in zip(found, places, zones, boxes, strict=True):
        state = json.loads(row.pop("state") or "{}")
        lost = sum(it or 0.0 for it in state.get("values", [])) * state.get("step_s", _DAY) / 3600.0
        price = (row["eur_day"] or 0.0) / (24.0 * row["flow_m3_h"]) if row["flow_m3_h"] else 0.0
        rows.append(
            {
                **row,
                **{name: _iso(row[name]) for name in ("started_at", "ended_at", "detected_at")},
                "label": f"{labels.label('one', 'pipe', lang)} {labels.short(row['pipe_id'])}",
                "district": names.get(row["district_id"] or "") or row["district_id"],
                "lost_m3": round(lost, 1),
                "lost_eur": round(lost * price, 2),
                "pipes": len(zone),
                "zone_km": round(sum(lengths.get(pipe, 0.0) for pipe in zone) / 1000.0, 3),
                "lon": lon,
                "lat": lat,
                "bounds": box,
                "zone": [{"pipe": pipe, "share": share} for pipe, share in zone.items()],
                "values": state,
            }
        )
    searches = _searches(view)
    days = [day for item in searches for day in (item["from"], item["to"])]
    return {
        "rows": rows,
        "searches": searches,
        "first": min(days) if days else None,
        "last": max(days) if days else None,
    }


def leak(view: View, identifier: str, lang: str) -> dict[str, Any]:
    """Return one leak: its zone pipe by pipe, and the flows of its district around it.

    Parameters
    ----------
    view : View
        Territory at one version.
    identifier : str
        Leak.
    lang : str
        Language of the labels.

    Returns
    -------
    dict
        As a row of :func:`leaks`; ``zone`` also tells ``length_m``, ``material``, ``diameter_mm``,
        ``street`` and adds up the metres to listen to (``metres``); ``balance``: the daily series
        of its district.

    Raises
    ------
    UnknownNameError
        ``JUM-I008`` when there is no such leak.
    """
    features.item(view, features.table("leak"), identifier)
    row = next(item for item in leaks(view, lang)["rows"] if item["id"] == identifier)
    pipes = {
        item["id"]: item
        for item in view.rows(
            "SELECT id, coalesce(length_m, ST_Length(geometry)) AS length_m, material, "
            "diameter_mm, street_id FROM pipe WHERE id IN (SELECT unnest(?))",
            [[part["pipe"] for part in row["zone"]]],
        )
    }
    streets = results.names_of(view, "street")
    metres = 0.0
    for part in row["zone"]:
        known = pipes.get(part["pipe"], {})
        metres += known.get("length_m") or 0.0
        part |= {name: known.get(name) for name in ("length_m", "material", "diameter_mm")}
        part |= {"street": streets.get(known.get("street_id") or ""), "metres": round(metres, 1)}
    around = [
        item
        for item in balance(view, lang)["rows"]
        if row["district_id"] is not None and item["entity"] == row["district_id"]
    ]
    return {**row, "balance": around}


def flat_leak(found: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the zone of a leak for a flat file, a pipe each in the order to listen to it."""
    columns = ["leak_id", "pipe", "share", "length_m", "metres", "material", "diameter_mm",
               "street"]  # fmt: skip
    return [{"leak_id": found["id"], **part} for part in found["zone"]], columns


def flat(found: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the leaks for a flat file; and its columns."""
    return [{name: row[name] for name in COLUMNS} for row in found["rows"]], list(COLUMNS)


def as_geojson(view: View, found: Sequence[dict[str, Any]]) -> Answer:
    """Return the zones of leaks as GeoJSON: a feature a leak, the lines of its pipes.

    Parameters
    ----------
    view : View
        Territory at one version.
    found : sequence of dict
        Rows of :func:`leaks`.
    """
    import pyarrow as pa
    import shapely

    wanted = sorted({part["pipe"] for row in found for part in row["zone"]})
    held = {
        item["id"]: shapely.from_wkb(bytes(item["shape"]))
        for item in view.rows(
            "SELECT id, ST_AsWKB(geometry) AS shape FROM pipe WHERE id IN (SELECT unnest(?))",
            [wanted],
        )
    }
    shapes = [
        shapely.to_wkb(shapely.multilinestrings([held[part["pipe"]] for part in row["zone"]
                                                 if part["pipe"] in held]))
        for row in found
    ]  # fmt: skip
    texts = geojson.geometries(pa.array(shapes, pa.binary()), view.crs).to_pylist()
    whole = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": row["id"],
                "geometry": None if text is None else json.loads(text),
                "properties": {name: row[name] for name in (*COLUMNS, "zone")},
            }
            for row, text in zip(found, texts, strict=True)
        ],
    }
    whole |= facts.rights(view)
    return Answer(writers.to_json(whole), writers.MEDIA["geojson"], attachment("leaks.geojson"))


def balance(view: View, lang: str, entity: str | None = None) -> dict[str, Any]:
    """Return what is known day by day of districts: leak flow of the balance, night flow.

    Parameters
    ----------
    view : View
        Territory at one version.
    lang : str
        Language of the labels.
    entity : str, optional
        Only this district.

    Returns
    -------
    dict
        ``rows``, a quantity of a district each: ``table, entity, label, quantity, unit, start``
        (first day), ``values``, ``low``, ``high`` [unit].
    """
    where, given = "start_at IS NOT NULL", []
    if entity is not None:
        where, given = f"{where} AND entity = ?", [entity]
    rows = view.rows(
        'SELECT "table", entity, quantity, timezone(?, start_at) AS start, "values", low, high '
        f"FROM water_series WHERE {where} ORDER BY quantity, entity",
        [view.territory.time_zone, *given],
    )
    names = results.names_of(view, "district_metered_area")
    return {
        "rows": [
            {
                "table": row["table"],
                "entity": row["entity"],
                "label": names.get(row["entity"]) or row["entity"],
                "quantity": row["quantity"],
                "unit": DAILY[row["quantity"]],
                "start": f"{row['start']:%Y-%m-%d}",
                **{name: json.loads(row[name]) if row[name] else None
                   for name in ("values", "low", "high")},
            }
            for row in rows
            if row["quantity"] in DAILY
        ]
    }  # fmt: skip


def flat_balance(found: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return daily series for a flat file, a line a day; and its columns."""
    import datetime as dt

    rows = []
    for row in found["rows"]:
        first = dt.date.fromisoformat(row["start"])
        for i, value in enumerate(row["values"] or []):
            rows.append(
                {
                    **{name: row[name] for name in ("table", "entity", "label", "quantity",
                                                    "unit")},
                    "date": (first + dt.timedelta(days=i)).isoformat(),
                    "value": value,
                    "low": row["low"][i] if row["low"] else None,
                    "high": row["high"][i] if row["high"] else None,
                }
            )  # fmt: skip
    return rows, list(BALANCE_COLUMNS)


def breaks(view: View, limit: int | None = None, skip: int = 0) -> dict[str, Any]:
    """Return the breaks expected of every pipe, the worst by kilometre first.

    Parameters
    ----------
    view : View
        Territory at one version.
    limit, skip : int
        Rows given, and left out before.

    Returns
    -------
    dict
        ``rows`` as :data:`RISK_COLUMNS`; ``total``, how many pipes have a rate.
    """
    given = [RATE]
    total = view.rows(
        "SELECT count(*) AS n FROM indicator WHERE indicator = ? AND scope = 'pipe'", given
    )[0]["n"]
    rows = view.rows(
        "SELECT i.entity AS pipe_id, i.value AS rate, i.low, i.high, i.unit, "
        "coalesce(p.length_m, ST_Length(p.geometry)) AS length_m, "
        "1000 * i.value / nullif(coalesce(p.length_m, ST_Length(p.geometry)), 0) AS per_km, "
        "p.material, p.diameter_mm, p.installed_to, p.street_id "
        "FROM indicator i LEFT JOIN pipe p ON p.id = i.entity "
        "WHERE i.indicator = ? AND i.scope = 'pipe' ORDER BY per_km DESC NULLS LAST, pipe_id "
        "LIMIT ? OFFSET ?",
        [*given, limit if limit is not None else 10_000_000, skip],
    )
    return {"rows": rows, "total": total}


def _places(view: View, shapes: list[Any]) -> list[tuple[float | None, float | None]]:
    """Return longitude and latitude of points."""
    import pyarrow as pa

    found: list[tuple[float | None, float | None]] = []
    wkb = pa.array([None if it is None else bytes(it) for it in shapes], pa.binary())
    for text in geojson.geometries(wkb, view.crs).to_pylist():
        point = json.loads(text)["coordinates"] if text else (None, None)
        found.append((point[0], point[1]))
    return found


def _boxes(view: View, zones: list[dict[str, float]]) -> list[list[float] | None]:
    """Return the bounds of zones: west, south, east, north [°]."""
    import pyarrow as pa
    import shapely

    wanted = sorted({pipe for zone in zones for pipe in zone})
    if not wanted:
        return [None] * len(zones)
    rows = view.rows(
        "SELECT id, xmin, ymin, xmax, ymax FROM pipe WHERE id IN (SELECT unnest(?))", [wanted]
    )
    held = {row["id"]: (row["xmin"], row["ymin"], row["xmax"], row["ymax"]) for row in rows}
    shapes = []
    for zone in zones:
        parts = [held[pipe] for pipe in zone if pipe in held]
        sides = [min, min, max, max]
        box = [side(part[k] for part in parts) for k, side in enumerate(sides)] if parts else None
        shapes.append(None if box is None else shapely.to_wkb(shapely.box(*box)))
    found: list[list[float] | None] = []
    for text in geojson.geometries(pa.array(shapes, pa.binary()), view.crs).to_pylist():
        ring = json.loads(text)["coordinates"][0] if text else []
        xs, ys = [point[0] for point in ring], [point[1] for point in ring]
        found.append([min(xs), min(ys), max(xs), max(ys)] if ring else None)
    return found


def _lengths(view: View) -> dict[str, float]:
    rows = view.rows("SELECT id, coalesce(length_m, ST_Length(geometry)) AS metres FROM pipe")
    return {row["id"]: float(row["metres"] or 0.0) for row in rows}


def _searches(view: View) -> list[dict[str, Any]]:
    """Return what the last run says of its searches, from its model card."""
    rows = view.rows(
        "SELECT card FROM run WHERE worksite = 'water' AND card IS NOT NULL "
        "ORDER BY started_at DESC LIMIT 1"
    )
    if not rows:
        return []
    found: list[dict[str, Any]] = json.loads(rows[0]["card"]).get("leak_search", [])
    names = {
        (row["entity"], row["property"]): row["name"]
        for row in view.rows("SELECT entity, property, name FROM sensor WHERE name IS NOT NULL")
    }
    for item in found:
        for fault in item.get("faults", []):
            read = PROPERTIES.get(fault["quantity"], "")
            fault["label"] = names.get((fault["sensor"], read)) or fault["sensor"]
    return found


def _iso(time: Any) -> str | None:
    return None if time is None else time.isoformat()


DUTY_COLUMNS = (
    "network", "name", "year", "indicator", "label", "value", "low", "high", "unit", "question",
    "verdict", "missing", "supply", "proof", "sources", "published", "difference",
)  # fmt: skip


def duties(view: View, lang: str, year: int | None = None) -> dict[str, Any]:
    """Return the indicators and duties of the water services (SISPEA), each with its proof.

    Parameters
    ----------
    view : View
        Territory at one version.
    lang : str
        Language of the texts.
    year : int, optional
        Year; the last one of which a volume or a fact is declared by default, else last year.

    Returns
    -------
    dict
        ``year``; ``rows``, as :data:`DUTY_COLUMNS`, ``missing`` as one text.

    Raises
    ------
    InvalidError
        ``JUM-H216`` for a year that is none.
    """
    import datetime as dt

    from jumeau.base import i18n
    from jumeau.worksites import water

    if year is None:
        last = view.rows(
            "SELECT max(year) AS year FROM (SELECT year FROM water_volume UNION ALL "
            "SELECT year FROM water_knowledge)"
        )[0]["year"]
        year = int(last) if last is not None else dt.datetime.now(dt.UTC).year - 1
    with i18n.using(lang):
        found = water.indicators(view.territory, year)
    rows = [{name: _known(row[name]) for name in DUTY_COLUMNS} for row in found.to_dict("records")]
    return {"year": year, "rows": rows}


def flat_duties(found: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return indicators and duties for a flat file; and its columns."""
    return found["rows"], list(DUTY_COLUMNS)


def _known(value: Any) -> Any:
    """Return a value, ``None`` for one that is not known."""
    return None if value is None or value != value else value  # noqa: PLR0124 - NaN
