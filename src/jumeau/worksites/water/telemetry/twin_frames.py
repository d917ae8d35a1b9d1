# SPDX-License-Identifier: EUPL-1.2
"""The frames of find_leaks out of the twin: readings of the sensors of one network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base import time as times_of
from jumeau.worksites.water.telemetry import headers
from jumeau.worksites.water.telemetry.axis import usual_step
from jumeau.worksites.water.telemetry.scale import FACTORS

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.twin.territory import Territory

ELEMENTS = ("junction", "pipe", "pump", "valve", "tank", "meter", "hydrant",
            "service_connection")  # fmt: skip
LINKS = ("pipe", "pump", "valve")
FAULTS = ("sensor", "quantity", "quality", "readings", "start", "end")


class Frames(NamedTuple):
    """Readings of one network, as find_leaks takes them.

    Parameters
    ----------
    pressures, flows, levels, meters : DataFrame
        Indexed by time in the zone of the territory, columns ids of the network's file [m, m³/h,
        m, l/h]; NaN where nothing good was read.
    faults : DataFrame
        Readings that the twin calls bad, by sensor: columns :data:`FAULTS`.
    """

    pressures: pd.DataFrame
    flows: pd.DataFrame
    levels: pd.DataFrame
    meters: pd.DataFrame
    faults: pd.DataFrame


def frames(
    territory: Territory, network: str | None = None, since: Any = None, until: Any = None
) -> Frames:
    """Return the readings of the sensors of a network.

    Parameters
    ----------
    territory : Territory
        Territory.
    network : str, optional
        Row or name of ``water_network``; the only one by default.
    since, until : time or text, optional
        First and last time wanted; times without offset are those of the territory.

    Returns
    -------
    Frames
        Pressures at junctions, flows in links, levels in tanks, consumptions at junctions. Bad
        readings are left out. Where two sensors measure one thing, the first by id counts.

    Raises
    ------
    MissingFileError, UnknownNameError
        ``JUM-H081``, ``JUM-H082``, ``JUM-H126``: no such network, or several.
    """
    from jumeau.worksites.water import twin_reading

    key = twin_reading.choose(territory, network)
    zone = territory.time_zone
    sensors = _sensors(territory, key)
    start, end = (_utc(it, zone) for it in (since, until))
    made = {}
    faults: list[tuple[Any, ...]] = []
    for name in ("pressures", "flows", "levels", "meters"):
        chosen = {own: row for (frame, own), row in sensors.items() if frame == name}
        made[name] = _frame(territory, name, chosen, start, end, zone, faults)
    import pandas as pd

    return Frames(**made, faults=pd.DataFrame(faults, columns=list(FAULTS)))


def _sensors(territory: Territory, key: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the sensors of a network by frame and by id in the network's file."""
    columns = ["id", "property", "unit", "table", "entity"]
    rows = sorted(territory.table("sensor", columns=columns).to_pylist(), key=lambda it: it["id"])
    known = {
        table: {str(row["id"]): row for row in _rows(territory, table, key)} for table in ELEMENTS
        if any(row["table"] == table for row in rows)
    }  # fmt: skip
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        carrier = known.get(str(row["table"]), {}).get(str(row["entity"]))
        if carrier is None:
            continue
        kind = headers.property_of(str(row["property"] or ""))
        frame, own = _place(kind, str(row["table"]), carrier)
        if frame and own:
            own = own.removeprefix(f"{key}:") if key else own
            found.setdefault((frame, own), row)
    return found


def _rows(territory: Territory, table: str, key: str) -> list[dict[str, Any]]:
    wanted = {"meter": ["id", "junction_id", "pipe_id"], "hydrant": ["id", "junction_id"],
              "service_connection": ["id", "junction_id"]}  # fmt: skip
    from jumeau.twin import schema

    columns = [it for it in wanted.get(table, ["id"]) if it in schema.table(table).names]
    rows = territory.table(table, columns=[*columns, "network_id"]).to_pylist()
    return [row for row in rows if (row["network_id"] or "") in (key, "")]


def _place(kind: str, table: str, carrier: dict[str, Any]) -> tuple[str, str]:
    """Return the frame of a sensor and the element it measures."""
    own = str(carrier["id"])
    junction = str(carrier.get("junction_id") or "") or (own if table == "junction" else "")
    if kind == "pressure":
        return ("pressures", junction)
    if kind == "level" and table == "tank":
        return ("levels", own)
    if kind == "flow" and table in LINKS:
        return ("flows", own)
    if kind == "flow" and carrier.get("pipe_id"):
        return ("flows", str(carrier["pipe_id"]))
    if kind in ("flow", "demand") and junction:
        return ("meters", junction)
    return ("", "")


def _utc(given: Any, zone: str) -> Any:
    import pandas as pd

    if given is None:
        return None
    stamp = pd.Timestamp(given)
    return (stamp if stamp.tzinfo else stamp.tz_localize(zone)).tz_convert("UTC")


def _frame(
    territory: Territory, name: str, chosen: dict[str, dict[str, Any]], start: Any, end: Any,
    zone: str, faults: list[tuple[Any, ...]],
) -> pd.DataFrame:  # fmt: skip
    """Return one frame, columns in the order of their ids."""
    import pandas as pd

    owns = sorted(chosen)
    ids = [str(chosen[own]["id"]) for own in owns]
    empty = pd.DatetimeIndex([], tz=times_of.zone(zone), name="time")
    if not ids:
        return pd.DataFrame(index=empty)
    ranks = ", ".join(f"(?, {rank})" for rank in range(len(ids)))
    limits = "".join(f" AND o.time {sign} ?" for sign, it in ((">=", start), ("<=", end)) if
                     it is not None)  # fmt: skip
    bounds = [it.to_pydatetime() for it in (start, end) if it is not None]
    found = territory.sql(
        "SELECT s.rank::SMALLINT AS rank, epoch_us(o.time) AS at, o.value AS value, "
        "coalesce(o.quality = 'bad', false) AS bad, coalesce(o.unit, '') AS unit, "
        "coalesce(o.property, '') AS property "
        f"FROM observation o JOIN (VALUES {ranks}) s(id, rank) ON o.sensor_id = s.id "
        f"WHERE o.value IS NOT NULL{limits}", [*ids, *bounds],
    )  # fmt: skip
    if not found.num_rows:
        return pd.DataFrame(index=empty)
    rank, at, value, bad = (
        found.column(it).to_numpy() for it in ("rank", "at", "value", "bad")
    )  # fmt: skip
    value = value * _factors(found, rank, name, [chosen[own] for own in owns])
    seconds = at // 1_000_000
    step = usual_step(seconds[rank == rank[0]])
    slot = seconds // step
    index, rows = np.unique(slot, return_inverse=True)
    table = np.full((index.size, len(ids)), np.nan)
    good = ~bad
    table[rows[good], rank[good]] = value[good]
    for place, own in enumerate(owns):
        wrong = seconds[bad & (rank == place)]
        if wrong.size:
            faults.append((own, name, "bad", int(wrong.size), *(
                pd.Timestamp(int(it), unit="s", tz="UTC") for it in (wrong.min(), wrong.max())
            )))  # fmt: skip
    times = pd.DatetimeIndex((index * step).astype("M8[s]"), tz="UTC", name="time")
    return pd.DataFrame(table, index=times.tz_convert(zone), columns=owns)


def _factors(found: Any, rank: Any, name: str, rows: list[dict[str, Any]]) -> Any:
    """Return what each reading is multiplied by to be in the unit of its frame."""
    import pyarrow.compute as pc

    coded = pc.dictionary_encode(found.column("unit")).combine_chunks()
    worth = []
    for text in coded.dictionary.to_pylist():
        unit = headers.unit(text) or text
        worth.append(FACTORS[name].get(unit, 0.0) if unit else 0.0)
    own = []
    for row in rows:
        unit = headers.unit(str(row["unit"] or "")) or str(row["unit"] or "")
        own.append(FACTORS[name].get(unit, 1.0))
    told = np.array(worth)[coded.indices.to_numpy()]
    return np.where(told > 0.0, told, np.array(own)[rank])
