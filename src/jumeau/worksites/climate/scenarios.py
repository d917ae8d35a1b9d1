# SPDX-License-Identifier: EUPL-1.2
"""What happens: a rain, a breach, a sea level, an inflow, as people write them and as data.

An event is plain data (a mapping of texts and numbers), so that the command line, the API and a
notebook describe it alike: ``{"rain": "60mm/1h"}``, ``{"sea_level": 4.2}``. Several keys make one
compound event. Nothing here reads the territory.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.base import i18n, units
from jumeau.base.errors import JumeauError, did_you_mean, error

if TYPE_CHECKING:
    from jumeau.base.parameters import Parameters

KEYS = ("rain", "hyetograph", "breach", "sea_level", "inflow")
"""What an event may be made of."""
MOST_RAIN, MOST_INTENSITY = 5000.0, 2000.0
"""Beyond what has ever fallen: a slip of the pen [mm, mm/h]."""
MOST_DURATION = 30 * 86400.0
"""Longest event [s]."""
SEA = (-5.0, 30.0)
"""Levels that a sea can have, tsunamis included [m]."""
MOST_FLOW = 30_000.0
"""Three Rhônes in spate [m³/s]."""
_UNITS = {"s": 1.0, "sec": 1.0, "min": 60.0, "mn": 60.0, "h": 3600.0, "hr": 3600.0, "j": 86400.0}
_UNITS["d"] = 86400.0
_RAIN = re.compile(r"(?P<amount>[^a-z/]+)mm(?:/|en|in)(?P<length>[0-9.,]*)(?P<unit>[a-z]+)")
_CLOCK = re.compile(r"(\d+):(\d\d)(?::(\d\d))?")


class Series(NamedTuple):
    """A quantity over time: values hold, or are joined by lines, as their user says.

    Parameters
    ----------
    times : tuple of float
        Since the beginning of the event, increasing [s].
    values : tuple of float
        One a time.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]


class Breach(NamedTuple):
    """A dyke that gives way: position, width and the level of the water behind it [m]."""

    x: float
    y: float
    width: float
    level: float


class Inflow(NamedTuple):
    """Water that enters at a point [m, territory's CRS]; discharges in m³/s, joined by lines."""

    x: float
    y: float
    series: Series


@dataclass(frozen=True)
class Event:
    """What happens over a territory; times in seconds since it begins.

    Parameters
    ----------
    rain : Series or None
        Intensities [mm/h], each holding until the next.
    breach : Breach or None
        Dyke that gives way.
    sea_level : float or None
        Level that the sea reaches, on the datum of the terrain [m].
    inflow : Inflow or None
        Water that enters at a point.
    asked : bool
        Whether somebody described it; else it is the usual scenario.
    """

    rain: Series | None = None
    breach: Breach | None = None
    sea_level: float | None = None
    inflow: Inflow | None = None
    asked: bool = True

    @property
    def rain_mm(self) -> float:
        """Rain fallen in all [mm]."""
        if self.rain is None:
            return 0.0
        ends = (*self.rain.times[1:], self.rain.times[-1])
        steps = zip(self.rain.times, ends, self.rain.values, strict=True)
        return sum((end - start) * rate for start, end, rate in steps) / 3600.0

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it is made of, among ``rain, breach, sea_level, inflow``."""
        names = ("rain", "breach", "sea_level", "inflow")
        return tuple(name for name in names if getattr(self, name) is not None)

    def duration(self, given: Parameters) -> float:
        """Return the time to simulate [s], from the worksite's parameters."""
        after, hold = given["climate_after_h"].value, given["climate_hold_h"].value
        ends = [0.0]
        if self.rain is not None:
            ends.append(self.rain.times[-1] + 3600.0 * after)
        if self.inflow is not None:
            ends.append(self.inflow.series.times[-1] + 3600.0 * after)
        if self.breach is not None or self.sea_level is not None:
            ends.append(3600.0 * hold)
        return max(ends)

    def label(self, lang: str) -> str:
        """Return what happens, in words of a language."""
        french = lang == "fr"
        parts = []
        with i18n.using(lang):
            if self.rain is not None:
                wet = self.rain.times[-1]
                span = f"{_short(wet / 60)} min" if wet < 3600 else f"{_short(wet / 3600)} h"
                fallen = _short(self.rain_mm)
                parts.append(f"{fallen} mm en {span}" if french else f"{fallen} mm in {span}")
            if self.breach is not None:
                width, level = _short(self.breach.width), _short(self.breach.level)
                parts.append(
                    f"brèche de {width} m, eau à {level} m"
                    if french
                    else f"breach of {width} m, water at {level} m"
                )
            if self.sea_level is not None:
                level = _short(self.sea_level)
                parts.append(f"mer à {level} m" if french else f"sea at {level} m")
            if self.inflow is not None:
                peak = _short(max(self.inflow.series.values))
                parts.append(f"apport de {peak} m³/s" if french else f"inflow of {peak} m³/s")
        return ", ".join(parts)


def _short(value: float) -> str:
    rounded = round(value, 2)
    return i18n.number(rounded, 0 if rounded == int(rounded) else None)


def event(given: Mapping[str, Any]) -> Event:
    """Return an event from its description.

    Parameters
    ----------
    given : mapping
        Any of: ``rain`` (« 60mm/1h »), ``hyetograph`` (path of a CSV, or
        pairs of a time [s] and an intensity [mm/h]), ``breach`` (« E,N,width,
        level »), ``sea_level`` (number or text [m]), ``inflow`` (« E,N,40m3/s/2h » or
        « E,N,flow.csv »). Empty texts and ``None`` count as absent.

    Returns
    -------
    Event

    Raises
    ------
    UnknownNameError
        ``JUM-K040`` for another key.
    InvalidError
        ``JUM-K041`` rain, ``JUM-K043`` content of a CSV, ``JUM-K044`` breach, ``JUM-K045`` level
        of the sea, ``JUM-K046`` inflow, ``JUM-K047`` two rains at once.
    MissingFileError
        ``JUM-K042``.
    """
    kept = {name: value for name, value in given.items() if value not in (None, "")}
    for name in kept:
        if name not in KEYS:
            raise error(
                "JUM-K040", name=name, known=list(KEYS), suggestion=did_you_mean(name, KEYS)
            )
    if "rain" in kept and "hyetograph" in kept:
        raise error("JUM-K047")
    rain = None
    if "rain" in kept:
        rain = storm(str(kept["rain"]))
    elif "hyetograph" in kept:
        told = kept["hyetograph"]
        rain = hyetograph(told) if isinstance(told, str | Path) else pairs(told)
    return Event(
        rain=rain,
        breach=breach(str(kept["breach"])) if "breach" in kept else None,
        sea_level=sea_level(kept["sea_level"]) if "sea_level" in kept else None,
        inflow=inflow(str(kept["inflow"])) if "inflow" in kept else None,
    )


def usual(given: Parameters) -> Event:
    """Return the scenario of the main job when nobody describes an event."""
    hours = given["climate_rain_h"].value
    rate = given["climate_rain_mm"].value / hours
    return Event(rain=Series((0.0, 3600.0 * hours), (rate, 0.0)), asked=False)


# -- as people write them ----------------------------------------------------------------------
def storm(text: str) -> Series:
    """Return a rain of one intensity from « 60mm/1h », « 35,5 mm en 30 min », « 60 mm/h ».

    Raises
    ------
    InvalidError
        ``JUM-K041``.
    """
    match = _RAIN.fullmatch(re.sub(r"\s+", "", text).casefold())
    try:
        if match is None or match["unit"] not in _UNITS:
            raise ValueError
        amount = _number(match["amount"])
        seconds = _number(match["length"] or "1") * _UNITS[match["unit"]]
        rate = amount / seconds * 3600.0
        if not (
            0 < amount <= MOST_RAIN and 0 < seconds <= MOST_DURATION and rate <= MOST_INTENSITY
        ):
            raise ValueError
    except (ValueError, ZeroDivisionError):
        raise error("JUM-K041", text=text, most=MOST_INTENSITY) from None
    return Series((0.0, seconds), (rate, 0.0))


def breach(text: str) -> Breach:
    """Return a breach from « E,N,width,level » [m].

    Raises
    ------
    InvalidError
        ``JUM-K044``.
    """
    try:
        x, y, width, level = (_number(part) for part in _parts(text, 4))
        if not 0 < width <= 5000:
            raise ValueError
    except ValueError:
        raise error("JUM-K044", text=text) from None
    return Breach(x, y, width, level)


def sea_level(given: Any) -> float:
    """Return a level of the sea from « 4.2 », « 4,2 m » or a number [m].

    Raises
    ------
    InvalidError
        ``JUM-K045``.
    """
    try:
        level = units.parse(given, "m").value if isinstance(given, str) else float(given)
        if not SEA[0] <= level <= SEA[1]:
            raise ValueError
    except (JumeauError, TypeError, ValueError):
        raise error("JUM-K045", text=str(given), least=SEA[0], most=SEA[1]) from None
    return float(level)


def inflow(text: str) -> Inflow:
    """Return an inflow from « E,N,40m3/s/2h » or « E,N,flow.csv ».

    Raises
    ------
    InvalidError
        ``JUM-K046``, ``JUM-K043``.
    MissingFileError
        ``JUM-K042``.
    """
    try:
        x, y, what = _parts(text, 3, 2)
        east, north = _number(x), _number(y)
        steady = re.fullmatch(
            r"(?P<flow>[^a-z]+)m(?:3|³)/s/(?P<length>[0-9.,]*)(?P<unit>[a-z]+)",
            re.sub(r"\s+", "", what).casefold(),
        )
        if steady is None:
            series = _table(what, ("m3_s", "m³/s", "debit", "débit", "flow", "discharge", "q"))
            if max(series.values) > MOST_FLOW:
                raise ValueError
            return Inflow(east, north, series)
        flow, seconds = _number(steady["flow"]), _number(steady["length"] or "1")
        seconds *= _UNITS[steady["unit"]]
        if not (0 < flow <= MOST_FLOW and 0 < seconds <= MOST_DURATION):
            raise ValueError
    except (KeyError, ValueError) as problem:
        if isinstance(problem, JumeauError):
            raise
        raise error("JUM-K046", text=text) from None
    return Inflow(east, north, Series((0.0, seconds), (flow, flow)))


def hyetograph(path: str | Path) -> Series:
    """Return a rain from a CSV of times and intensities, or depths of each step.

    The first column is a time: seconds, minutes (« …min… » in its name), hours (« …h… » alone) or
    a clock « 1:30 ». The second is in mm/h (« mm_h », « mm/h ») or in mm fallen until the next
    time (« mm »). Commas or semicolons part them; decimal commas are understood with semicolons.

    Raises
    ------
    InvalidError
        ``JUM-K043``, the line told.
    MissingFileError
        ``JUM-K042``.
    """
    names = ("mm_h", "mm/h", "mmh", "mm", "intensity", "intensite", "intensité", "rain", "pluie")
    series = _table(path, names)
    if max(series.values) > MOST_INTENSITY:
        raise error("JUM-K043", file=str(path), line=0, problem=f"> {MOST_INTENSITY:g} mm/h")
    if len(series.times) == 1:
        raise error("JUM-K043", file=str(path), line=2, problem="< 2")
    return _ended(series)


def pairs(given: Any) -> Series:
    """Return a rain from pairs of a time [s] and an intensity [mm/h] that holds until the next.

    Raises
    ------
    InvalidError
        ``JUM-K043``, the rank of the pair told.
    """
    times: list[float] = []
    rates: list[float] = []
    rank = 0
    try:
        for rank, (time, rate) in enumerate(given, 1):
            times.append(float(time))
            rates.append(float(rate))
            grows = len(times) < 2 or times[-1] > times[-2]
            if not (grows and 0 <= times[-1] <= MOST_DURATION and 0 <= rates[-1] <= MOST_INTENSITY):
                raise ValueError(rank)
        if len(times) < 2:
            raise ValueError(rank)
    except (TypeError, ValueError):
        problem = str(given)[:80]
        raise error("JUM-K043", file="hyetograph", line=rank, problem=problem) from None
    return _ended(Series(tuple(times), tuple(rates)))


def _ended(series: Series) -> Series:
    """Return a rain that stops: its last step lasts as long as the one before."""
    times, rates = series
    if rates[-1] == 0:
        return series
    return Series((*times, 2 * times[-1] - times[-2]), (*rates, 0.0))


def _table(path: str | Path, names: Sequence[str]) -> Series:
    """Return the times [s] and values of a CSV of two columns, checked line by line."""
    file = Path(str(path).strip()).expanduser()
    if not file.is_file():
        beside = [item.name for item in file.parent.iterdir()] if file.parent.is_dir() else []
        raise error("JUM-K042", file=str(file), suggestion=did_you_mean(file.name, beside))

    def wrong(line: int, problem: str) -> JumeauError:
        return error("JUM-K043", file=str(file), line=line, problem=problem)

    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = file.read_text(encoding="cp1252")
    lines = text.splitlines()
    comma = ";" if ";" in (lines or [""])[0] else "\t" if "\t" in (lines or [""])[0] else ","
    rows = [row for row in csv.reader(lines, delimiter=comma) if any(cell.strip() for cell in row)]
    if len(rows) < 2 or len(rows[0]) < 2:
        raise wrong(1, i18n.pick({"p_en": "two columns", "p_fr": "deux colonnes"}, "p"))
    head = [cell.strip().casefold() for cell in rows[0]]
    if _plain(rows[0][1]):
        raise wrong(1, i18n.pick({"p_en": "no header", "p_fr": "pas d'en-tête"}, "p"))
    second = next((k for k, name in enumerate(head[1:], 1) if any(n in name for n in names)), 0)
    if not second:
        raise wrong(1, ", ".join(rows[0]))
    factor = _time_factor(head[0])
    times, values = [], []
    for number, row in enumerate(rows[1:], 2):
        try:
            times.append(_moment(row[0], factor))
            values.append(_number(row[second]))
        except (IndexError, ValueError):
            raise wrong(number, comma.join(row)) from None
        if values[-1] < 0 or (len(times) > 1 and times[-1] <= times[-2]):
            raise wrong(number, comma.join(row))
    if times[0] < 0 or times[-1] - times[0] > MOST_DURATION:
        raise wrong(2, comma.join(rows[1]))
    depths = "mm" in head[second] and not any(n in head[second] for n in ("mm_h", "mm/h", "mmh"))
    if depths and names[0] == "mm_h":
        if len(times) < 2:
            raise wrong(2, comma.join(rows[1]))
        ends = [*times[1:], times[-1] + times[-1] - times[-2]]
        spans = [end - start for start, end in zip(times, ends, strict=True)]
        values = [3600.0 * fallen / span for fallen, span in zip(values, spans, strict=True)]
    return Series(tuple(times), tuple(values))


def _time_factor(name: str) -> float:
    """Return how many seconds the unit of a column of times is worth, from its name."""
    words = set(re.split(r"[^a-zé]+", name))
    if words & {"min", "mn", "minute", "minutes"}:
        return 60.0
    return 3600.0 if words & {"h", "heure", "heures", "hour", "hours"} else 1.0


def _moment(text: str, factor: float) -> float:
    clock = _CLOCK.fullmatch(text.strip())
    if clock is not None:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return 3600.0 * hours + 60.0 * minutes + seconds
    return _number(text) * factor


def _number(text: str) -> float:
    """Return a finite number, decimal comma allowed, or raise ``ValueError``."""
    value = float(str(text).strip().replace(",", "."))
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _plain(text: str) -> bool:
    try:
        _number(text)
    except ValueError:
        return False
    return True


def _parts(text: str, count: int, most: int = -1) -> list[str]:
    """Part « a,b,c » or « a;b;c » (which then may hold decimal commas), at ``most`` times."""
    parts = text.split(";" if ";" in text else ",", most)
    if len(parts) != count:
        raise ValueError(text)
    return [part.strip() for part in parts]
