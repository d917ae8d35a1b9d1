# SPDX-License-Identifier: EUPL-1.2
"""The two-mass model against six whole-building programs and the limits of Standard 140.

The tables are read from the shared folder only. A range is a figure of its own, counted: the bar
is on how many are met. Limits narrower than the programs themselves are told beside the programs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jumeau.validation.buildings.bestest import (
    Study,
    absent,
    annual,
    peaks,
    present,
    simulated,
    table,
    temperatures,
)
from jumeau.validation.study import Figure

if TYPE_CHECKING:
    import pandas as pd

MODEL = "two_mass"
PROGRAMS = ("BSIMAC", "CSE", "DeST", "EnergyPlus", "ESP-r", "TRNSYS")
LIMITS = "ASHRAE Standard 140-2020, Addendum b, acceptance limits"
RESULTS = "ASHRAE Standard 140-2020, Addendum b, results of six programs"
LICENCE = "© ASHRAE, test data only"
COUNTED = "count"
ANNUAL_BAR, PEAK_BAR = 40, 0.8
"""Ranges of annual needs to meet, share of the peaks that can be computed to have inside."""
FLOATING = 0.5
"""Accepted beyond the programs for free-floating temperatures [K]."""
ROUNDED = {"kW": 5e-4, "kWh": 5e-3, "°C": 0.05, "MWh": 5e-4, "h": 0.5}
"""Half of the last digit of the tables."""
SUSPECT = ("900", "cooling")
"""Case whose limits are narrower than what the six programs found."""
COUNT = "figures inside"


class Range(NamedTuple):
    """What a figure may be between."""

    case: str
    low: float
    high: float

    def figure(self, unit: str, *, alone: bool = False, more: float = 0.0) -> Figure:
        """Return the figure: the middle of the range, give or take half of it."""
        half = 0.5 * (self.high - self.low) + more
        return Figure(self.case, 0.5 * (self.low + self.high), half, unit, alone=alone)

    def holds(self, value: float | None, more: float = 0.0) -> bool:
        """Return whether a value lies inside."""
        return value is not None and self.low - more <= value <= self.high + more


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield annual needs, peaks, free-floating temperatures, hourly days and bins.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    """
    here = present(shared)
    if here is None:
        for name, unit, source in (
            ("annual needs within the acceptance limits", "MWh", LIMITS),
            ("peak powers within the six programs", "kW", RESULTS),
            ("highest free-floating temperature within the six programs", "°C", RESULTS),
            ("hours of a day outside the six programs", "h", RESULTS),
        ):
            yield absent(name, MODEL, unit, source, LICENCE)
        return
    yield from _annual(here)
    yield from _peaks(here)
    yield from _floating(here)
    yield from _days(here)
    yield _bins(here)


def _annual(here: Path) -> Iterator[Study]:
    """Yield the annual ranges, then how many are met, then the suspect one by the programs."""
    limits = table(here, "annual_loads_acceptance")
    met = []
    for quantity, rows in limits.groupby("quantity", sort=False):
        bounds = rows[["accept_low", "accept_high"]].to_numpy(float)
        ranges = [
            Range(str(case), float(low), float(high))
            for case, (low, high) in zip(rows["case"], bounds, strict=True)
        ]
        met.append((str(quantity), ranges))
        yield Study(
            f"annual {quantity} within the acceptance limits",
            MODEL,
            partial(_known, here, annual, str(quantity), tuple(r.case for r in ranges)),
            tuple(item.figure("MWh") for item in ranges),
            LIMITS,
            LICENCE,
        )

    def count() -> Mapping[str, float]:
        inside = 0
        for quantity, ranges in met:
            ours = annual(here, MODEL, quantity)
            inside += sum(item.holds(ours.get(item.case)) for item in ranges)
        return {COUNT: inside}

    bar = Figure(COUNT, len(limits), len(limits) - ANNUAL_BAR, "")
    yield Study("annual needs within the acceptance limits", MODEL, count, (bar,), LIMITS, COUNTED)
    case, quantity = SUSPECT
    row = limits[(limits["case"] == case) & (limits["quantity"] == quantity)]
    found = row[list(PROGRAMS)].to_numpy(float)
    yield Study(
        f"annual {quantity} within the six programs",
        MODEL,
        partial(annual, here, MODEL, quantity),
        (Range(case, found.min(), found.max()).figure("MWh", alone=True),),
        f"{RESULTS}; the limits of this case are narrower than the programs",
        LICENCE,
    )


def _known(
    here: Path,
    read: Callable[[Path, str, str], Mapping[str, float]],
    quantity: str,
    cases: tuple[str, ...],
) -> Mapping[str, float | None]:
    """Return a quantity of the cases; ``None`` for those without parameters, of two zones."""
    ours = read(here, MODEL, quantity)
    return {case: ours.get(case) for case in cases}


def _envelope(rows: pd.DataFrame) -> list[Range]:
    """Return the range of the programs of each case, in the order of the table."""
    found = rows.groupby("case", sort=False)["value"].agg(["min", "max"])
    return [Range(str(case), float(low), float(high)) for case, low, high in found.itertuples()]


def _peaks(here: Path) -> Iterator[Study]:
    """Yield the peaks of both kinds, then how many are inside."""
    published = table(here, "peak_loads")
    kinds = {}
    for quantity, rows in published.groupby("quantity", sort=False):
        kind = str(quantity).removeprefix("peak_")
        kinds[kind] = _envelope(rows)
        yield Study(
            f"peak of {kind} within the six programs",
            MODEL,
            partial(_known, here, peaks, kind, tuple(r.case for r in kinds[kind])),
            tuple(item.figure("kW", more=ROUNDED["kW"]) for item in kinds[kind]),
            RESULTS,
            LICENCE,
        )
    computed = set(table(here, "case_parameters")["case"])
    able = sum(item.case in computed for ranges in kinds.values() for item in ranges)

    def count() -> Mapping[str, float]:
        inside = 0
        for kind, ranges in kinds.items():
            ours = peaks(here, MODEL, kind)
            inside += sum(item.holds(ours.get(item.case), ROUNDED["kW"]) for item in ranges)
        return {COUNT: inside}

    bar = Figure(COUNT, able, round((1.0 - PEAK_BAR) * able, 6), "")
    yield Study("peak powers within the six programs", MODEL, count, (bar,), RESULTS, COUNTED)


def _floating(here: Path) -> Iterator[Study]:
    """Yield the free-floating temperatures of the cases with parameters."""
    names = {"t_max": "highest", "t_min": "lowest", "t_mean": "mean"}
    published = table(here, "free_float")
    published = published[published["case"].isin(table(here, "case_parameters")["case"])]
    for quantity, rows in published.groupby("quantity", sort=False):
        yield Study(
            f"{names[str(quantity)]} free-floating temperature within the six programs",
            MODEL,
            partial(temperatures, here, MODEL, str(quantity)),
            tuple(item.figure("°C", alone=True, more=FLOATING) for item in _envelope(rows)),
            RESULTS,
            LICENCE,
        )


def _days(here: Path) -> Iterator[Study]:
    """Yield how many hours of published days lie outside the programs."""
    published = table(here, "hourly_days")
    figures = {
        f"{case} {day}": rows
        for (case, day), rows in published.groupby(["case", "month_day"], sort=False)
    }

    def count() -> Mapping[str, float]:
        return {name: outside(here, rows) for name, rows in figures.items()}

    yield Study(
        "hours of a day outside the six programs",
        MODEL,
        count,
        tuple(Figure(name, 0.0, 0.0, "h", alone=False) for name in figures),
        f"{RESULTS}, hourly",
        COUNTED,
    )


def outside(here: Path, rows: pd.DataFrame) -> float:
    """Return how many hours of a published day lie outside the programs.

    Parameters
    ----------
    here : Path
        Folder of real files.
    rows : DataFrame
        24 hours of one case.
    """
    import numpy as np

    result = simulated(here, MODEL)
    case = result.index.get_loc(str(rows["case"].iloc[0]))
    month, day = (int(part) for part in str(rows["month_day"].iloc[0]).split("-"))
    first = (np.datetime64(f"2001-{month:02}-{day:02}") - np.datetime64("2001-01-01")).astype(int)
    hours = slice(24 * int(first), 24 * int(first) + 24)
    hourly = result.hourly
    if str(rows["quantity"].iloc[0]).startswith("load"):
        ours = hourly["heating_kwh"][case, hours] - hourly["cooling_kwh"][case, hours]
        more = ROUNDED["kWh"]
    else:
        ours, more = hourly["t_air_c"][case, hours], ROUNDED["°C"]
    found = rows.sort_values("hour_1_24")[list(PROGRAMS)].to_numpy(float)
    low, high = np.nanmin(found, axis=1) - more, np.nanmax(found, axis=1) + more
    return float(((ours < low) | (ours > high)).sum())


def _bins(here: Path) -> Study:
    """Return how many degrees of the temperatures of 900FF are met more or less than by all."""

    def count() -> Mapping[str, float]:
        import numpy as np

        published = table(here, "bins_900FF")
        result = simulated(here, MODEL)
        air = result.hourly["t_air_c"][result.index.get_loc("900FF")]
        degrees = published["bin_degC"].to_numpy(int)
        ours = np.array([(np.floor(air) == degree).sum() for degree in degrees])
        found = published[list(PROGRAMS)].to_numpy(float)
        out = (ours < found.min(axis=1)) | (ours > found.max(axis=1))
        return {"900FF": float(out.sum())}

    return Study(
        "degrees met more or less often than by the six programs",
        MODEL,
        count,
        (Figure("900FF", 0.0, 0.0, "", alone=False),),
        f"{RESULTS}, bins of 1 °C",
        COUNTED,
    )
