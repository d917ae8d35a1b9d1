# SPDX-License-Identifier: EUPL-1.2
"""Telemetry into the twin: ``jumeau add DIR pressions.csv --as observation``.

Values and units stay as the file gives them; times become UTC; each reading says whether it is
good or bad. A column that names an element of a network without sensor brings its sensor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.contract import ImportRequest, Intake
from jumeau.base.errors import JumeauError, error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.water.telemetry import headers, reading, single, telling
from jumeau.worksites.water.telemetry.axis import usual_step
from jumeau.worksites.water.telemetry.instants import CLOCKS, to_utc
from jumeau.worksites.water.telemetry.prepared import Fault

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from jumeau.worksites.water.telemetry.reading import Telemetry

TABLE = "observation"
DEFAULT_UNITS = {"pressure": "m", "flow": "m³/h", "level": "m", "demand": "l/h"}
"""Units of columns of which neither the file nor the sensor tells one."""
FRAMES = {"pressure": "pressures", "flow": "flows", "level": "levels", "demand": "meters"}
ELEMENTS = {"junction": "pressure", "tank": "level", "pipe": "flow", "pump": "flow",
            "valve": "flow"}  # fmt: skip
"""What a bare column that names an element measures."""
QUALITIES = ("good", "bad")


@dataclass(frozen=True)
class Known:
    """What a column is in the twin: sensor, property, unit, and the row to add for it."""

    sensor: str
    property: str
    unit: str
    row: dict[str, Any] | None = None
    found: bool = True


def claims(request: ImportRequest) -> int:
    """Return 30 for a file of water telemetry that fills ``observation``, else 0."""
    path = Path(request.uri)
    suffix = path.suffix.lower()
    if (request.schema is None or request.schema.name != TABLE or request.mapping
            or request.options.get("constants")
            or suffix not in (*reading.PARQUET, *reading.TEXT)):  # fmt: skip
        return 0
    try:
        sample = reading.sample(path)
    except (JumeauError, OSError, ValueError):
        return 0
    places = _Places(request.territory)
    told = [places.of(it) for it in sample.columns]
    return 30 if sum(it.property in FRAMES for it in told) * 2 >= len(told) else 0


def read(request: ImportRequest) -> Intake:
    """Read a file of telemetry as rows of ``observation``, and the sensors that it brings.

    Parameters
    ----------
    request : ImportRequest
        Its territory gives the time zone, the sensors and the networks.

    Raises
    ------
    InvalidError
        ``JUM-H189`` for what is no telemetry.
    """
    path = Path(request.uri)
    file = reading.read(path)
    places = _Places(request.territory)
    known = [places.of(it) for it in file.columns]
    if not any(it.property for it in known):
        why = {"en": "nothing tells what is measured", "fr": "rien ne dit ce qui est mesuré"}
        raise error("JUM-H189", file=path.name, why=why)
    zone = str(getattr(request.territory, "time_zone", "") or "Europe/Paris")
    times, clock = to_utc(file.values, zone, utc=file.utc)
    values, repeated = _once(file.values.set_axis(times))
    found = _said(file, known, path.name, clock, repeated)
    lost = [k for k, it in enumerate(known) if not it.property]
    kept = [k for k, it in enumerate(known) if it.property]
    rows, faults = _rows(values, kept, known)
    found += telling.told(faults, {name: [] for name in FRAMES.values()})
    sensors = [it.row for it in known if it.row is not None]
    return Intake(
        read=file.cells,
        announced=file.cells if path.suffix.lower() in reading.PARQUET else None,
        dropped=file.cells - rows.num_rows,
        repaired=0,
        table=rows,
        windows=None,
        findings=found,
        mapping={name: it.sensor for name, it in zip(file.names, known, strict=True)
                 if it.property},
        source={"driver": "telemetry", "encoding": file.encoding or None,
                "columns": file.names, "unmapped": [file.names[k] for k in lost]},
        others={"sensor": _sensors(sensors)} if sensors else {},
        compared=True,
    )  # fmt: skip


class _Places:
    """Sensors and elements of a territory by the names that columns may bear."""

    def __init__(self, territory: Any) -> None:
        self.sensors: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.ids: dict[str, Mapping[str, Any]] = {}
        self.named: dict[str, list[Mapping[str, Any]]] = {}
        self.elements: dict[str, tuple[str, Any]] = {}
        if territory is None:
            return
        columns = ["id", "name", "property", "unit", "table", "entity"]
        for row in territory.table("sensor", columns=columns).to_pylist():
            kind = headers.property_of(str(row["property"] or "")) or str(row["property"] or "")
            self.ids[str(row["id"])] = row
            for name in (row["entity"], row["name"]):
                if name:
                    self.sensors.setdefault((str(name), kind), row)
                    self.named.setdefault(str(name), []).append(row)
        for table in ELEMENTS:
            for row in territory.table(table, columns=["id", "geometry"]).to_pylist():
                self.elements.setdefault(str(row["id"]), (table, row["geometry"]))

    def of(self, header: headers.Header) -> Known:
        """Return what a column is."""
        row = self.ids.get(header.sensor)
        table, geometry = self.elements.get(header.sensor, ("", None))
        kind = header.property or (ELEMENTS.get(table, "") if row is None else "")
        if row is None:
            row = self.sensors.get((header.sensor, kind))
        if row is None and not kind and len(self.named.get(header.sensor, [])) == 1:
            row = self.named[header.sensor][0]
        if row is not None:
            own = str(row["property"] or "") or kind
            told = headers.property_of(own) or own
            if kind in ("", told) or told not in FRAMES:
                unit = header.unit or str(row["unit"] or "") or DEFAULT_UNITS.get(told, "")
                return Known(str(row["id"]), own, unit)
        unit = header.unit or DEFAULT_UNITS.get(kind, "")
        if table and kind:
            return Known(
                f"{kind}-{header.sensor}", kind, unit,
                {"id": f"{kind}-{header.sensor}", "geometry": _point(geometry),
                 "name": header.sensor, "property": kind, "unit": unit, "table": table,
                 "entity": header.sensor},
            )  # fmt: skip
        return Known(header.sensor, kind, unit, found=False)


def _point(geometry: Any) -> bytes | None:
    """Return a point of an element as WKB: itself, or the middle of a line."""
    if geometry is None:
        return None
    import shapely

    shape = shapely.from_wkb(geometry)
    middle = shape if shape.geom_type == "Point" else shape.interpolate(0.5, normalized=True)
    made: bytes = shapely.to_wkb(middle)
    return made


def _sensors(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    unique = {row["id"]: row for row in rows}
    return pa.Table.from_pylist(list(unique.values()))


def _once(values: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return readings in the order of time, each time once, and the readings left out."""
    values = (
        values.sort_index(kind="stable") if not values.index.is_monotonic_increasing else values
    )
    again = values.index.duplicated(keep=False)
    if not again.any():
        return values, 0
    import pandas as pd

    twice = values[again]
    last = twice.groupby(level=0).last()
    gone = int(twice.notna().to_numpy().sum() - last.notna().to_numpy().sum())
    return pd.concat([values[~again], last]).sort_index(kind="stable"), gone


def _said(
    file: Telemetry, known: list[Known], name: str, clock: str, repeated: int
) -> list[Finding]:  # fmt: skip
    """Return what is told of the file before its sensors are looked at."""
    found = [finding("JUM-H181", TABLE, name, file=name, clock=CLOCKS[clock],
                     days="")]  # fmt: skip
    for count, what in (
        (file.empty, {"en": "empty cells", "fr": "cellules vides"}),
        (file.unreadable, {"en": "cells that are no number", "fr": "cellules sans nombre"}),
        (file.bad_rows, {"en": "rows without a time", "fr": "lignes sans heure"}),
        (repeated, {"en": "readings at a time given again later",
                    "fr": "relevés à une heure redonnée ensuite"}),
    ):  # fmt: skip
        if count:
            found.append(finding("JUM-H182", TABLE, name, file=name, count=count, what=what))
    lost = [told for told, it in zip(file.names, known, strict=True) if not it.found]
    if lost:
        found.append(finding("JUM-H175", TABLE, name, file=name, count=len(lost),
                             columns=lost[: telling.SHOWN], close=["–"]))  # fmt: skip
    return found


def _rows(
    values: pd.DataFrame, kept: list[int], known: list[Known]
) -> tuple[pa.Table, list[Fault]]:  # fmt: skip
    """Return the readings as rows, sensor by sensor, and the faults that each shows alone."""
    import pandas as pd
    import pyarrow as pa

    stamps = pd.DatetimeIndex(values.index).as_unit("us").asi8
    step = float(usual_step(stamps // 1_000_000))
    cells = values.to_numpy()
    faults: list[Fault] = []
    parts: list[tuple[Any, ...]] = []
    for rank, place in enumerate(kept):
        column = np.ascontiguousarray(cells[:, place])
        there = np.flatnonzero(np.isfinite(column))
        bad = np.zeros(column.size, np.int8)
        _judge(column, step, known[place], pd.DatetimeIndex(values.index), bad, faults)
        parts.append((there, np.full(there.size, rank, np.int32), column[there], bad[there]))
    at, who, what, how = (np.concatenate([it[k] for it in parts]) for k in range(4))
    told = [known[place] for place in kept]

    def words(names: list[str]) -> pa.DictionaryArray:
        unique = list(dict.fromkeys(names))
        codes = np.array([unique.index(it) for it in names], np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(codes[who]), pa.array(unique))

    return pa.table({
        "sensor_id": words([it.sensor for it in told]),
        "property": words([it.property for it in told]),
        "time": pa.array(stamps[at].view("M8[us]"), pa.timestamp("us", "UTC")),
        "value": pa.array(what),
        "unit": words([it.unit for it in told]),
        "quality": pa.DictionaryArray.from_arrays(pa.array(how), pa.array(list(QUALITIES))),
    }), faults  # fmt: skip


def _judge(
    column: Any, step: float, known: Known, times: pd.DatetimeIndex, bad: Any, faults: list[Fault]
) -> None:
    """Note which readings of a sensor are bad, and why."""
    kind = headers.property_of(known.property) or known.property
    quantity = FRAMES.get(kind, "meters")
    alone = single.look(column, step, quantity, stops=quantity == "flows")
    bad[alone.spikes] = 1
    for first, last, value in alone.stuck:
        bad[first : last + 1] = 1
        faults.append(Fault(known.sensor, quantity, "stuck", times[first], times[last], value,
                            known.unit, "bad"))  # fmt: skip
    if alone.spikes.size:
        faults.append(Fault(known.sensor, quantity, "spike", times[alone.spikes[0]],
                            times[alone.spikes[-1]], alone.worst, known.unit, "bad",
                            int(alone.spikes.size)))  # fmt: skip
    there = np.flatnonzero(np.isfinite(column))
    if there.size < 2:
        return
    seconds = times[there].as_unit("s").asi8
    for k in np.flatnonzero(np.diff(seconds) >= single.GAP_S + step):
        days = float(seconds[k + 1] - seconds[k]) / single.DAY_S
        faults.append(Fault(known.sensor, quantity, "gap", times[there[k]], times[there[k + 1]],
                            days, "d", "told"))  # fmt: skip
