# SPDX-License-Identifier: EUPL-1.2
"""Public buildings of the demonstrator: heating systems, meters, and two years of their curves.

Each public building that the commune wrote in ``batiment.geojson`` gets the heating system of its
kind (``meters.csv``) and its meters: electricity, and gas where it burns some; hourly for two of
them, daily for the others. Curves follow degree-hours of a drawn weather and the hours of the
place. One heating plant lost its programme: from a known day the school is heated at night, at
weekends and in holidays as if it were open. Curves have the holes and the false zeros of real ones.

The rule, for each hour: the temperature outside θ_e is season + day + AR(1) noise, a Norman
climate; inside, one heat capacity: θ ← θ + (1 − e^(−1/τ))·(θ_e + (g + q)/H − θ), with the gains g
and the heat q that keeps the set-point, bounded by the boiler [W/m²]; fuel = q·A / efficiency of
the system; electricity = base + use of the open hours + electric heating; each reading is
multiplied by a lognormal noise.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.base.time import zone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

BUILDINGS = "batiment.geojson"
ESTATE, SENSORS, READINGS = "patrimoine.csv", "compteurs.geojson", "releves.csv"
FIRST, LAST = dt.date(2023, 1, 1), dt.date(2024, 12, 31)
FAULT = dt.date(2024, 1, 8)
"""Day from which the school is heated without a programme."""
FAULTY = "scolaire"
"""Word in the name of the building with the fault."""
_ZONE = "Europe/Paris"
_GAS, _POWER, _AIR = "gas_consumption", "electricity_consumption", "air_temperature"
_EFFICIENCY = {"gas": 0.7, "oil": 0.66, "electric": 0.92, "heat_pump": 2.5}
"""Heat given to the rooms for each kWh bought, by heating system."""
_WORDS = {
    "gas": "Gaz naturel", "oil": "Fioul domestique", "electric": "Électricité",
    "heat_pump": "Électricité (pompe à chaleur)",
}  # fmt: skip
"""Words of the authority for its heating systems."""
_TIME_CONSTANT, _REACH = 40.0, 34.0
"""Time in which a building cools by two thirds [h]; what boilers can do, in kelvins of loss."""
_AREA_PER_FLOOR = 0.9
"""Floor area over footprint, where the file of buildings does not tell the floor area."""
_HOLIDAYS = (
    ("2023-01-01", "2023-01-02"), ("2023-02-11", "2023-02-26"), ("2023-04-15", "2023-05-01"),
    ("2023-07-08", "2023-09-03"), ("2023-10-21", "2023-11-05"), ("2023-12-23", "2024-01-07"),
    ("2024-02-24", "2024-03-10"), ("2024-04-20", "2024-05-05"), ("2024-07-06", "2024-09-01"),
    ("2024-10-19", "2024-11-03"), ("2024-12-21", "2024-12-31"),
)  # fmt: skip
"""School holidays of zone B, first and last days."""
_FEASTS = (
    "2023-01-01", "2023-04-10", "2023-05-01", "2023-05-08", "2023-05-18", "2023-05-29",
    "2023-07-14", "2023-08-15", "2023-11-01", "2023-11-11", "2023-12-25", "2024-01-01",
    "2024-04-01", "2024-05-01", "2024-05-08", "2024-05-09", "2024-05-20", "2024-07-14",
    "2024-08-15", "2024-11-01", "2024-11-11", "2024-12-25",
)  # fmt: skip
_PROVENANCE = {
    "publisher": "Jumeau (données synthétiques)",
    "licence": "Licence Ouverte 2.0",
    "vintage": "2024",
}


class Meters:
    """Buildings part of the demonstrator (entry point ``buildings`` of ``jumeau.synthetic``)."""

    name = "buildings"

    def write(self, folder: str, seed: int) -> list[dict[str, Any]]:
        """Write ``patrimoine.csv``, ``compteurs.geojson`` and ``releves.csv``.

        Parameters
        ----------
        folder : str
            Folder where the commune has written its files.
        seed : int
            Seed: the same one writes the same bytes.

        Returns
        -------
        list of dict
            Arguments of :meth:`jumeau.twin.territory.Territory.add`.

        Raises
        ------
        MissingFileError
            ``JUM-E100`` without a file of buildings.
        """
        place = Path(folder)
        if not (place / BUILDINGS).is_file():
            raise error("JUM-E100", file=str(place / BUILDINGS))
        document = json.loads((place / BUILDINGS).read_text(encoding="utf-8"))
        metered = _metered(document["features"])
        clock = _clock()
        weather = _weather(clock, np.random.default_rng([seed, 0x4D45]))
        sensors, readings = [], []
        for rank, item in enumerate(metered):
            rng = np.random.default_rng([seed, 0x4D45, 1 + rank])
            for sensor, curve in _curves(item, clock, weather, rng):
                sensors.append(sensor)
                readings.append((sensor, curve))
        if metered:
            air = _sensor(metered[0], "TEMP", _AIR, hourly=False)
            sensors.append(air | {"nom": "Sonde extérieure"})
            readings.append((air, np.round(_daily(weather, clock) / 24, 1)))
        return [
            _estate(place / ESTATE, metered),
            _layer(place / SENSORS, document.get("crs"), sensors),
            _series(place / READINGS, readings, clock),
        ]


METERS = Meters()
"""The part, as the entry point gives it."""


class Kind(NamedTuple):
    """How the buildings of a name are heated and used: a row of ``meters.csv``."""

    word: str
    use: str
    system: str
    loss: float
    base: float
    busy: float
    opens: int
    closes: int
    days: str
    holidays: str
    comfort: float
    setback: float
    hourly: str


class Metered(NamedTuple):
    """A public building with meters."""

    key: str
    name: str
    kind: Kind
    area: float
    xy: tuple[float, float]


class Clock(NamedTuple):
    """The hours of the period on the clocks of the place: (n,) arrays."""

    utc: NDArray[np.datetime64]
    day: NDArray[np.int64]
    """Rank of the local day."""
    hour: NDArray[np.int64]
    """Local hour."""
    weekday: NDArray[np.int64]
    """0 on Monday."""
    days: tuple[dt.date, ...]

    def within(self, periods: tuple[tuple[str, str], ...]) -> Flags:
        """Return the hours of the days between two dates, both included."""
        on = np.array(
            [any(first <= day.isoformat() <= last for first, last in periods) for day in self.days]
        )
        return np.asarray(on[self.day], bool)


@cache
def kinds() -> tuple[Kind, ...]:
    """Return the kinds of buildings with meters, in the order of ``meters.csv``."""
    with (Path(__file__).parent / "meters.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Kind(
            row["word"], row["use"], row["system"], float(row["loss_w_k_m2"]),
            float(row["base_w_m2"]), float(row["busy_w_m2"]), int(row["opens"]),
            int(row["closes"]), row["days"], row["holidays"], float(row["comfort_c"]),
            float(row["setback_c"]), row["hourly"],
        )
        for row in rows
    )  # fmt: skip


def _metered(features: list[dict[str, Any]]) -> list[Metered]:
    """Return the public buildings whose name says their kind, in the order of the file."""
    import shapely

    found = []
    for feature in features:
        facts = feature["properties"]
        name = str(facts.get("nom") or "")
        kind = next((item for item in kinds() if item.word in name.casefold()), None)
        if kind is None or not facts.get("public"):
            continue
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        floors = int(facts.get("nombre_d_etages") or 1)
        area = float(facts.get("surface_plancher") or shape.area * floors * _AREA_PER_FLOOR)
        middle = shape.representative_point()
        xy = (round(float(middle.x), 2), round(float(middle.y), 2))
        found.append(Metered(str(facts["cleabs"]), name, kind, area, xy))
    return found


def _clock() -> Clock:
    """Return every hour of the period, with the two changes of clocks of each year."""
    tz = zone(_ZONE)
    start = dt.datetime.combine(FIRST, dt.time(), tz).astimezone(dt.UTC)
    end = dt.datetime.combine(LAST + dt.timedelta(days=1), dt.time(), tz).astimezone(dt.UTC)
    count = int((end - start).total_seconds() // 3600)
    local = [(start + dt.timedelta(hours=k)).astimezone(tz) for k in range(count)]
    days = tuple(FIRST + dt.timedelta(days=k) for k in range((LAST - FIRST).days + 1))
    first = np.datetime64(start.replace(tzinfo=None), "h")
    return Clock(
        utc=first + np.arange(count),
        day=np.array([(one.date() - FIRST).days for one in local]),
        hour=np.array([one.hour for one in local]),
        weekday=np.array([one.weekday() for one in local]),
        days=days,
    )


def _weather(clock: Clock, rng: np.random.Generator) -> Floats:
    """Return the temperature outside [°C], (n,): season, day, and weather that lasts."""
    day_of_year = np.array([day.timetuple().tm_yday for day in clock.days], float)
    season = -np.cos(2 * np.pi * (day_of_year - 21) / 365.25)
    lasting = np.empty(len(clock.days))
    held = 0.0
    for rank, shock in enumerate(rng.normal(0.0, 1.9, lasting.size)):
        held = 0.78 * held + shock
        lasting[rank] = held
    daily = 11.3 + 6.9 * season + lasting
    swing = 2.4 + 1.9 * (season + 1) / 2
    cycle = -np.cos(2 * np.pi * (clock.hour - 3) / 24)
    return np.asarray(daily[clock.day] + swing[clock.day] * cycle)


def _heat(kind: Kind, target: Floats, gains: Floats, outside: Floats) -> Floats:
    """Return the heat that keeps the set-points [W/m²], (n,), from one heat capacity."""
    share = 1.0 - math.exp(-1.0 / _TIME_CONSTANT)
    most = kind.loss * _REACH
    inside = float(target[0])
    heat = np.zeros(outside.size)
    for rank, (wanted, gain, cold) in enumerate(
        zip(target.tolist(), gains.tolist(), outside.tolist(), strict=True)
    ):
        if not kind.loss:
            break
        free = inside + share * (cold + gain / kind.loss - inside)
        given = min(most, max(0.0, (wanted - free) * kind.loss / share))
        inside = free + share * given / kind.loss
        heat[rank] = given
    return heat


def _open(kind: Kind, clock: Clock, before: int = 0) -> Flags:
    """Return the hours when a place is open, or heated for it: from some hours before."""
    feasts = clock.within(tuple((day, day) for day in _FEASTS))
    allowed = np.array([mark == "1" for mark in kind.days])[clock.weekday]
    opened = allowed & (clock.hour >= kind.opens - before) & (clock.hour < kind.closes)
    if kind.holidays == "school":
        opened &= ~clock.within(_HOLIDAYS)
    return np.asarray(opened if kind.days == "1111111" else opened & ~feasts)


def _curves(
    item: Metered, clock: Clock, outside: Floats, rng: np.random.Generator
) -> list[tuple[dict[str, Any], Floats]]:
    """Return the meters of a building and what they read [kWh]; NaN where they read nothing."""
    kind = item.kind
    busy = _open(kind, clock)
    heated = _open(kind, clock, before=2)
    if FAULTY in item.name.casefold():
        faulty = clock.within(((FAULT.isoformat(), LAST.isoformat()),))
        heated = heated | faulty
    target = np.where(heated, kind.comfort, kind.setback)
    gains = np.where(busy, 0.6 * kind.busy, kind.base)  # [W/m²], part of what is used there
    need = _heat(kind, target, gains, outside)
    warm = np.array([not 6 <= day.month <= 9 for day in clock.days])[clock.day]
    fuel = np.where(warm, need, 0.0) / _EFFICIENCY[kind.system] * item.area / 1000
    dark = 1 + 0.25 * np.cos(
        2 * np.pi * np.array([day.timetuple().tm_yday - 355 for day in clock.days]) / 365.25
    )
    power = np.where(busy, kind.busy * dark[clock.day], kind.base) * item.area / 1000
    if kind.system in ("electric", "heat_pump"):
        power = power + fuel
    found = []
    if kind.system == "gas":
        hot_water = 0.08 * kind.busy * busy * item.area / 1000
        found.append((_GAS, fuel + hot_water, "GAZ", kind.hourly == "gas"))
    found.append((_POWER, power, "ELEC", kind.hourly == "electricity"))
    made = []
    for name, curve, code, hourly in found:
        noisy = curve * np.exp(rng.normal(0.0, 0.09, curve.size))
        values = noisy if hourly else _daily(noisy, clock)
        sensor = _sensor(item, code, name, hourly)
        made.append((sensor, _as_read(np.round(values, 2 if hourly else 1), rng)))
    return made


def _daily(values: Floats, clock: Clock) -> Floats:
    """Return the sum of each local day; days of 23 and 25 hours count as they are."""
    hours = np.bincount(clock.day, minlength=len(clock.days))
    total = np.bincount(clock.day, weights=values, minlength=len(clock.days))
    return np.asarray(total * 24 / hours)


def _as_read(values: Floats, rng: np.random.Generator) -> Floats:
    """Return a curve with what real ones lack: two failures, stray losses, false zeros."""
    read = values.copy()
    count = values.size
    for _ in range(2):
        length = max(2, int(count * rng.uniform(0.003, 0.012)))
        start = int(rng.integers(0, count - length))
        read[start : start + length] = np.nan
    read[rng.random(count) < 0.004] = np.nan
    length = max(2, int(count * 0.004))
    start = int(rng.integers(0, count - length))
    read[start : start + length] = 0.0  # the failure that publishers write as zero
    return read


def _sensor(item: Metered, code: str, name: str, hourly: bool) -> dict[str, Any]:
    labels = {
        _GAS: f"Compteur gaz, {item.name}",
        _POWER: f"Compteur électrique, {item.name}",
        _AIR: "Sonde extérieure",
    }
    return {
        "id_compteur": f"{code}-{item.key[-4:]}",
        "nom": labels[name],
        "grandeur": name,
        "unite": "°C" if name == _AIR else "kWh",
        "objet": "building",
        "batiment": item.key,
        "pas_s": 3600.0 if hourly else 86_400.0,
        "xy": item.xy,
    }


def _estate(file: Path, metered: list[Metered]) -> dict[str, Any]:
    """Write what the authority knows of the heating of its buildings."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerow(("cleabs", "designation", "chauffage"))
        writer.writerows((item.key, item.name, _WORDS[item.kind.system]) for item in metered)
    mapping = {"cleabs": "id", "chauffage": "heating_energy"}
    return {"file": str(file), "table": "building", "title": "Patrimoine bâti",
            "mapping": mapping, **_PROVENANCE}  # fmt: skip


def _layer(file: Path, crs: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "properties": {key: value for key, value in row.items() if key != "xy"},
            "geometry": {"type": "Point", "coordinates": list(row["xy"])},
        }
        for row in rows
    ]
    layer = {"type": "FeatureCollection", "crs": crs, "features": features}
    file.write_text(json.dumps(layer, ensure_ascii=False), encoding="utf-8")
    mapping = {
        "id_compteur": "id", "nom": "name", "grandeur": "property", "unite": "unit",
        "objet": "table", "batiment": "entity", "pas_s": "interval_s",
    }  # fmt: skip
    return {"file": str(file), "table": "sensor", "title": "Compteurs des bâtiments",
            "mapping": mapping, **_PROVENANCE}  # fmt: skip


def _series(
    file: Path, readings: list[tuple[dict[str, Any], Floats]], clock: Clock
) -> dict[str, Any]:
    """Write one line a reading, as exports of meters do; what was not read has no line."""
    tz = zone(_ZONE)
    days = [dt.datetime.combine(day, dt.time(), tz).isoformat() for day in clock.days]
    hours = np.datetime_as_string(clock.utc, unit="s", timezone="UTC").tolist()
    lines = ["id_compteur;grandeur;horodate;valeur;unite"]
    for sensor, values in readings:
        head = f"{sensor['id_compteur']};{sensor['grandeur']};"
        times = hours if sensor["pas_s"] == 3600.0 else days
        lines += [
            f"{head}{time};{value:.10g};{sensor['unite']}"
            for time, value in zip(times, values.tolist(), strict=True)
            if value == value  # noqa: PLR0124  (NaN: nothing was read)
        ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    mapping = {
        "id_compteur": "sensor_id", "grandeur": "property", "horodate": "time",
        "valeur": "value", "unite": "unit",
    }  # fmt: skip
    return {"file": str(file), "table": "observation", "title": "Courbes de charge",
            "mapping": mapping, **_PROVENANCE}  # fmt: skip
