# SPDX-License-Identifier: EUPL-1.2
"""Observations of the networks of stations, in the units of the twin.

Each reader takes the answers of a service and returns sensors and observations. Two services may
tell the same measure in different units: Hub'Eau gives heights in mm and flows in l/s, Vigicrues
in m and m³/s; both become metres and cubic metres a second of the same sensor.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

FLOW, LEVEL = "discharge", "water_level"
UNITS = {
    LEVEL: "m", FLOW: "m³/s", "groundwater_level": "m", "water_temperature": "°C",
    "rainfall": "mm", "air_temperature": "°C", "wind_speed": "m/s", "wind_direction": "°",
    "drought_restriction": "1",
}  # fmt: skip
"""Unit of each property. Levels of groundwater are altitudes (NGF)."""
RESTRICTIONS = {"vigilance": 1, "alerte": 2, "alerte_renforcee": 3, "crise": 4}
"""Levels of drought restrictions; 0 when nothing is in force."""
WATERS = ("AEP", "SUP", "SOU")
"""Waters that restrictions are about: drinking, surface, ground."""
_QUALITY = (("bonne", "good"), ("correcte", "good"), ("douteuse", "suspect"), ("incorrecte", "bad"))
UNREADABLE, TWICE, EMPTY = "unreadable", "twice", "empty"
OUTSIDE, FUTURE = "outside", "future"
AHEAD = timedelta(hours=1)
"""How far a clock may run fast: later times are those of a broken one."""


@dataclass
class Part:
    """What one request brought.

    Parameters
    ----------
    asked : mapping
        Placeholders of the request: station, commune…
    records : sequence of mapping
        Records.
    """

    asked: Mapping[str, str]
    records: Sequence[Mapping[str, Any]]


@dataclass
class Observed:
    """Sensors and observations.

    Parameters
    ----------
    sensors : dict
        {id: row of ``sensor``}, ``lon`` and ``lat`` or ``geometry`` apart.
    observations : dict
        {(sensor, property, time): row of ``observation``}.
    rejected : Counter
        {reason: records left out}.
    """

    sensors: dict[str, dict[str, Any]] = field(default_factory=dict)
    observations: dict[tuple[str, str, datetime], dict[str, Any]] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)

    def note(
        self,
        sensor: str,
        kind: str,
        time: datetime | None,
        value: float | None,
        quality: Any = None,
    ) -> None:
        """Keep one measure; what has neither time nor value is counted."""
        if time is None:
            self.rejected[UNREADABLE] += 1
            return
        if value is None:
            self.rejected[EMPTY] += 1
            return
        key = (sensor, kind, time)
        if key in self.observations:
            self.rejected[TWICE] += 1
        self.observations[key] = {
            "sensor_id": sensor, "property": kind, "time": time, "value": value,
            "unit": UNITS[kind], "quality": quality,
        }  # fmt: skip
        self.sensors.setdefault(sensor, {"id": sensor, "property": kind, "unit": UNITS[kind]})


def _instant(text: Any) -> datetime | None:
    """Return a time of a service: ISO 8601, UTC when it says nothing; or ms since 1970."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return datetime.fromtimestamp(text / 1000, UTC)
    try:
        found = datetime.fromisoformat(str(text).strip())
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _value(value: Any, factor: float = 1.0) -> float | None:
    try:
        # Rounded so that 1234 mm is 1.234 m, as the other service writes it.
        found = round(float(str(value).replace(",", ".")) * factor, 9)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _elsewhere(part: Part, told: Any) -> bool:
    """Tell whether a record is about another station than the one asked: a filter was ignored.

    The code of a site begins those of its stations.
    """
    asked, code = part.asked.get("station", ""), str(told or "")
    return bool(asked and code) and not (code.startswith(asked) or asked.startswith(code))


def without_future(found: Observed, now: datetime) -> None:
    """Leave out the measures dated later than now; counts them."""
    late = [key for key in found.observations if key[2] > now + AHEAD]
    for key in late:
        del found.observations[key]
    if late:
        found.rejected[FUTURE] += len(late)


def _quality(words: Any) -> str | None:
    text = str(words or "").casefold()
    return next((code for word, code in _QUALITY if text.startswith(word)), None)


def hydrometry(parts: Iterable[Part], now: datetime) -> Observed:
    """Hub'Eau, real-time observations: H in mm → m, Q in l/s → m³/s."""
    found = Observed()
    kinds = {"H": (LEVEL, 1e-3), "Q": (FLOW, 1e-3)}
    for part in parts:
        for row in part.records:
            if _elsewhere(part, row.get("code_station")):
                found.rejected[OUTSIDE] += 1
                continue
            kind = kinds.get(str(row.get("grandeur_hydro", "")).upper())
            station = row.get("code_station") or part.asked.get("station")
            if kind is None or not station:
                found.rejected[UNREADABLE] += 1
                continue
            letter = str(row["grandeur_hydro"]).upper()
            found.note(
                f"{station}-{letter}", kind[0], _instant(row.get("date_obs")),
                _value(row.get("resultat_obs"), kind[1]),
                _quality(row.get("libelle_qualification_obs")),
            )  # fmt: skip
    return found


def vigicrues(parts: Iterable[Part], now: datetime) -> Observed:
    """Vigicrues: H in m, Q in m³/s, of the sensors that Hub'Eau also feeds."""
    found = Observed()
    kinds = {"H": LEVEL, "Q": FLOW}
    for part in parts:
        for row in part.records:
            letter = part.asked["grandeur"]
            found.note(
                f"{part.asked['station']}-{letter}", kinds[letter],
                _instant(row.get("DtObsHydro")), _value(row.get("ResObsHydro")),
            )  # fmt: skip
    return found


def groundwater(parts: Iterable[Part], now: datetime) -> Observed:
    """Hub'Eau, groundwater in real time: altitude of the water [m NGF]."""
    found = Observed()
    for part in parts:
        for row in part.records:
            if _elsewhere(part, row.get("code_bss")):
                found.rejected[OUTSIDE] += 1
                continue
            code = row.get("code_bss") or part.asked.get("station")
            time = _instant(row.get("timestamp_mesure") or row.get("date_mesure"))
            value = _value(row.get("niveau_eau_ngf", row.get("niveau_nappe_eau")))
            quality = _quality(row.get("qualification"))
            found.note(f"{code}-N", "groundwater_level", time, value, quality)
    return found


def temperature(parts: Iterable[Part], now: datetime) -> Observed:
    """Hub'Eau, temperature of rivers [°C]."""
    found = Observed()
    for part in parts:
        for row in part.records:
            code = row.get("code_station") or part.asked.get("station")
            day, hour = row.get("date_mesure_temp"), row.get("heure_mesure_temp") or "00:00:00"
            time = _instant(f"{day}T{hour}" if day and "T" not in str(day) else day)
            quality = _quality(row.get("libelle_qualification"))
            found.note(f"{code}-T", "water_temperature", time, _value(row.get("resultat")), quality)
    return found


def restrictions(parts: Iterable[Part], now: datetime) -> Observed:
    """VigiEau: level of drought restrictions of each commune and water, now; 0 for none."""
    found = Observed()
    for part in parts:
        levels = dict.fromkeys(WATERS, 0)
        for row in part.records:
            level = RESTRICTIONS.get(str(row.get("niveauGravite", "")).casefold())
            water = str(row.get("type", "")).upper()
            if level is None or water not in levels:
                found.rejected[UNREADABLE] += 1
                continue
            levels[water] = max(levels[water], level)
        for water, level in levels.items():
            sensor = f"vigieau-{part.asked['insee']}-{water}"
            found.note(sensor, "drought_restriction", now, float(level))
            found.sensors[sensor] |= {"table": "municipality", "entity": part.asked["insee"]}
    return found


def weather(parts: Iterable[Part], now: datetime) -> Observed:
    """Météo-France, hourly climate files: rain, temperature and wind of each post, UTC."""
    columns = {
        "RR1": ("rainfall", "RR1"), "T": ("air_temperature", "T"),
        "FF": ("wind_speed", "FF"), "DD": ("wind_direction", "DD"),
    }  # fmt: skip
    found = Observed()
    for part in parts:
        for row in part.records:
            post = str(row.get("NUM_POSTE") or "").strip().zfill(8)
            time = _hour(row.get("AAAAMMJJHH"))
            for column, (kind, letter) in columns.items():
                text = row.get(column)
                if text in (None, ""):
                    continue  # this post does not measure it
                sensor = f"mf-{post}-{letter}"
                good = {"1": "good", "2": "suspect"}.get(str(row.get("Q" + column) or "").strip())
                found.note(sensor, kind, time, _value(text), good)
                if sensor in found.sensors and "name" not in found.sensors[sensor]:
                    found.sensors[sensor] |= {
                        "name": row.get("NOM_USUEL"), "lon": _value(row.get("LON")),
                        "lat": _value(row.get("LAT")), "interval_s": 3600.0,
                    }  # fmt: skip
    return found


def _hour(text: Any) -> datetime | None:
    try:
        return datetime.strptime(str(text).strip(), "%Y%m%d%H").replace(tzinfo=UTC)
    except ValueError:
        return None


READERS: dict[str, Callable[[Iterable[Part], datetime], Observed]] = {
    "hydrometry": hydrometry,
    "vigicrues": vigicrues,
    "groundwater": groundwater,
    "temperature": temperature,
    "restrictions": restrictions,
    "weather": weather,
}
"""Readers by name, as records say in ``parser``."""
