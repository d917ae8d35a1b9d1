# SPDX-License-Identifier: EUPL-1.2
"""Telemetry of the demonstrator's network as loggers send it: noise, gaps, spikes, drift.

Every sensor has the noise of its kind and its resolution, loses readings one by one and by days,
and sends absurd values now and then. One pressure logger sticks, one drifts, one keeps winter time
late in spring, one is silent for two weeks. Which ones is told in the key, that no import reads.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.synthetic_layers import PROVENANCE, Sensor
from jumeau.worksites.water.synthetic_network import Works
from jumeau.worksites.water.synthetic_year import LENGTH, STEP, Leak, Year

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FILE, KEY = "telemesure_eau.parquet", "key"
LEAKS, FAULTS = "leaks.csv", "sensor_faults.csv"
_NOISE = {"flow": (0.008, 0.02), "level": (0.0, 0.006), "pressure": (0.0, 0.05)}
"""Standard deviation: share of the value, and in the unit of the sensor."""
_LOST, _SPIKES = 0.002, 18
"""Share of readings lost one by one; absurd readings in a year."""
_ABSURD = {"flow": (0.0, 999.9), "level": (0.0, 9.99), "pressure": (0.0, 160.0)}
_DAY = 86_400 // STEP


def write(
    folder: Path, sensors: list[Sensor], year: Year, rng: np.random.Generator
) -> dict[str, Any]:
    """Write the telemetry, and the key of its faults; return what to add.

    Parameters
    ----------
    folder : Path
        Where to write.
    sensors : list of Sensor
        Sensors.
    year : Year
        What happened.
    rng : Generator
        Draws.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    faults: list[tuple[Any, ...]] = []
    columns: dict[str, list[Any]] = {"id_capteur": [], "grandeur": [], "horodate": [],
                                     "valeur": [], "unite": []}  # fmt: skip
    gauges = [item.key for item in sensors if item.quantity == "pressure"]
    odd = dict(zip(gauges[1:], ("stuck", "drift", "clock", "silent"), strict=False))
    for item in sensors:
        if item.quantity == "flow":
            true = year.flow[:, year.links.index(item.entity)]
        else:
            true = year.pressure[:, year.nodes.index(item.entity)]
        read, times = _read(item, true.astype(float), year.utc, odd.get(item.key), rng, faults)
        there = ~np.isnan(read)
        count = int(there.sum())
        columns["id_capteur"].append(_repeated(item.key, count))
        columns["grandeur"].append(_repeated(item.quantity, count))
        columns["horodate"].append(pa.array(times[there].astype("datetime64[us]"),
                                            pa.timestamp("us", "UTC")))  # fmt: skip
        columns["valeur"].append(pa.array(read[there]))
        columns["unite"].append(_repeated(item.unit, count))
    table = pa.table({name: pa.chunked_array(parts) for name, parts in columns.items()})
    path = folder / FILE
    pq.write_table(table, path, compression="zstd", row_group_size=1 << 18)
    header = ("sensor", "fault", "from", "to", "value")
    _rows(folder / KEY / FAULTS, header, faults)
    mapping = {
        "id_capteur": "sensor_id", "grandeur": "property", "horodate": "time",
        "valeur": "value", "unite": "unit",
    }  # fmt: skip
    return {"file": str(path), "table": "observation", "title": "Télémesure du réseau d'eau",
            "mapping": mapping, **PROVENANCE}  # fmt: skip


def reveal(folder: Path, works: Works, lost: list[Leak], year: Year) -> Path:
    """Write the key of the leaks, that no import reads; return its path.

    Parameters
    ----------
    folder : Path
        Where to write.
    works : Works
        The network.
    lost : list of Leak
        Leaks of the year.
    year : Year
        What they did.
    """
    rows = []
    for rank, leak in enumerate(lost):
        pipe = works.pipes[leak.pipe]
        place = pipe.line.interpolate(leak.share, normalized=True)
        flow = year.leak_flow[:, rank]
        zone = works.zones[pipe.zone - 1].key if pipe.zone else ""
        rows.append((
            leak.key, leak.pipe, leak.share, round(place.x, 2), round(place.y, 2), zone, leak.kind,
            _when(year, leak.starts), _when(year, leak.full),
            _when(year, leak.ends) if leak.ends < LENGTH else "",
            round(1000 * leak.hole, 2), round(float(flow.max()), 3),
            round(float(flow.sum()) * STEP / 3600, 1),
        ))  # fmt: skip
    header = ("leak", "pipe", "share", "x", "y", "district", "kind", "starts", "full", "repaired",
              "hole_mm", "peak_m3_h", "volume_m3")  # fmt: skip
    path = folder / KEY / LEAKS
    _rows(path, header, rows)
    return path


def _when(year: Year, step: int) -> str:
    """Return the time of a step."""
    return str(np.datetime_as_string(year.utc[0] + step * STEP, unit="s", timezone="UTC"))


def _rows(path: Path, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _repeated(word: str, count: int) -> Any:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), [word]).cast(
        pa.string()
    )


def _read(
    item: Sensor, true: Floats, utc: NDArray[np.datetime64], odd: str | None,
    rng: np.random.Generator, faults: list[tuple[Any, ...]],
) -> tuple[Floats, NDArray[np.datetime64]]:  # fmt: skip
    """Return what a logger sends, NaN for nothing, and the times it writes."""
    count = true.size
    share, width = _NOISE[item.quantity]
    read = true + rng.normal(0.0, 1.0, count) * (share * np.abs(true) + width)
    if item.quantity == "flow":
        read = np.where(np.abs(true) < 0.01, 0.0, read)
    times = utc.copy()

    def told(fault: str, first: int, last: int, value: float | str = "") -> None:
        span = [np.datetime_as_string(utc[k], unit="s", timezone="UTC")
                for k in (first, min(last, count - 1))]  # fmt: skip
        faults.append((item.key, fault, *span, value))

    def span(share_from: float, share_to: float, length: int) -> tuple[int, int]:
        first = int(count * rng.uniform(share_from, share_to))
        return first, min(count, first + length)

    if odd == "stuck":
        first, last = span(0.3, 0.6, 3 * _DAY)
        read[first:last] = read[first]
        told(odd, first, last, round(float(read[first]), 2))
    elif odd == "drift":
        first, last = span(0.25, 0.4, count)
        read[first:last] += np.linspace(0.0, 1.4, last - first)
        told(odd, first, last, 1.4)
    elif odd == "clock":
        first, last = span(0.2, 0.3, int(0.12 * count))
        times[first:last] += np.timedelta64(3600, "s")
        read[last : last + 3600 // STEP] = np.nan  # overwritten by what was sent late
        told(odd, first, last, 3600)
    elif odd == "silent":
        first, last = span(0.5, 0.8, 14 * _DAY)
        read[first:last] = np.nan
        told(odd, first, last)
    for _ in range(max(1, count * 3 // 105_120)):
        first, last = span(0.0, 0.98, int(rng.integers(12, 500)))
        read[first:last] = np.nan
        told("gap", first, last)
    read[rng.random(count) < _LOST] = np.nan
    absurd = rng.integers(0, count, max(1, count * _SPIKES // 105_120))
    read[absurd] = rng.choice(_ABSURD[item.quantity], absurd.size)
    return np.round(read, 2), times
