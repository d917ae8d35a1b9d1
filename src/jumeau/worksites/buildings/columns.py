# SPDX-License-Identifier: EUPL-1.2
"""The columns of ``params``: ``columns.csv`` declares them, this turns a table into a stock."""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.findings import Finding, finding
from jumeau.worksites.buildings import checks
from jumeau.worksites.buildings.engine import FACADES, OFF, Stock

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.buildings.engine import Floats

VOLUME = 2.5
"""Height of a storey when the volume is not told [m]."""
MASS_AREA, GAIN_AREA = 2.5, 4.5
"""A_m and A_t by m² of floor when not told (ISO 13790, table 12 and 7.2.2.2)."""
TEXTS = ("window_g_polynomial", "schedule")
"""Columns that hold text."""
SPARE = ("heating_set_c", "heating_setback_c", "cooling_set_c", "cooling_setback_c",
         "heating_max_kw", "cooling_max_kw")  # fmt: skip
"""Columns whose empty cells say something."""
NONE = frozenset({"", "none", "nan", "off", "aucun", "aucune", "-"})
"""Words that stand for an empty cell."""


class Column(NamedTuple):
    """One column of ``params``, as ``columns.csv`` says."""

    name: str
    unit: str
    needed: str
    default: str
    low: str
    high: str
    label_en: str
    label_fr: str
    doc_en: str
    doc_fr: str


class Reading(NamedTuple):
    """A table read.

    Parameters
    ----------
    stock : Stock
        Its buildings.
    polynomials : list of tuple of float
        Glazings, by ``Stock.glazing``.
    schedules : list of str
        Schedules, by ``Stock.schedule``.
    findings : list of Finding
        What was absent, supposed or held back.
    """

    stock: Stock
    polynomials: list[tuple[float, ...]]
    schedules: list[str]
    findings: list[Finding]


@cache
def columns() -> dict[str, Column]:
    """Return the columns by name, in their order."""
    file = resources.files(__package__) / "columns.csv"
    with io.StringIO(file.read_text(encoding="utf-8")) as text:
        return {row["name"]: Column(**row) for row in csv.DictReader(text)}


def read(params: pd.DataFrame, shading: Any = None) -> Reading:
    """Turn a table of buildings into a stock, checked.

    Parameters
    ----------
    params : DataFrame
        One row a building; columns of ``columns.csv``.
    shading : (n, 4, 12) array, optional
        Share of the sun that reaches the façades n, e, s, w by month [-], times ``shading_*``.

    Returns
    -------
    Reading
        Stock, glazings, schedules and findings.

    Raises
    ------
    InvalidError
        JUM-E002 to JUM-E006 and JUM-E010 to JUM-E015.
    """
    table = checks.table(params)
    n = len(table)
    said = list(checks.unknown(table, columns()))
    values: dict[str, Floats] = {}
    absent = []
    for column in columns().values():
        if column.name in TEXTS:
            continue
        if column.name not in table:
            absent.append(column)
            continue
        values[column.name] = _numbers(table, column, said)
    said += _complete(values, absent, table)
    areas = {
        kind: np.stack([values[f"{kind}_{side}_m2"] for side in FACADES], axis=1)
        for kind in ("window", "wall")
    }
    derived = {
        "volume_m3": VOLUME * values["floor_area_m2"],
        "mass_area_m2": MASS_AREA * values["floor_area_m2"],
        "gain_area_m2": GAIN_AREA * values["floor_area_m2"],
        "inner_area_m2": _inner(values, areas),
    }
    for name, default in derived.items():
        values[name] = np.where(np.isnan(values[name]), default, values[name])
    checks.envelope(table, values, areas)
    said += checks.plausible(table, values, areas)
    polynomials, glazing = _codes(table, "window_g_polynomial")
    schedules, schedule = _codes(table, "schedule")
    by_month = checks.shading(shading, n)
    of_sides = np.stack([values[f"shading_{side}"] for side in FACADES], axis=1)
    stock = Stock(
        floor_area=values["floor_area_m2"],
        volume=values["volume_m3"],
        window=areas["window"],
        wall=areas["wall"],
        window_u=values["window_u"],
        wall_u=values["wall_u"],
        roof=values["roof_m2"],
        roof_u=values["roof_u"],
        ground=values["ground_m2"],
        ground_u=values["ground_u"],
        ground_factor=values["ground_factor"],
        extra_ua=values["opaque_ua_w_k"],
        window_g=values["window_g"] * values["window_shading"],
        frame=values["frame_fraction"],
        wall_absorptance=values["wall_absorptance"],
        roof_absorptance=values["roof_absorptance"],
        emissivity=values["emissivity"],
        capacity=values["capacity_j_k"],
        mass_area=values["mass_area_m2"],
        inner_area=values["inner_area_m2"],
        gain_area=values["gain_area_m2"],
        inner_h=values["inner_h_w_m2k"],
        infiltration=values["infiltration_ach"],
        ventilation=values["ventilation_ach"] * (1.0 - values["heat_recovery"]),
        night=values["night_vent_ach"],
        gains=values["gains_w"],
        heat_set=np.where(np.isnan(values["heating_set_c"]), -OFF, values["heating_set_c"]),
        heat_back=_back(values, "heating", -OFF),
        cool_set=np.where(np.isnan(values["cooling_set_c"]), OFF, values["cooling_set_c"]),
        cool_back=_back(values, "cooling", OFF),
        heat_max=_most(values["heating_max_kw"]),
        cool_max=_most(values["cooling_max_kw"]),
        shading=of_sides[:, :, None] * by_month if shading is not None else _spread(of_sides),
        roof_shading=_spread(values["shading_roof"]),
        rotation=_rounded(values["azimuth_deg"]),
        glazing=glazing,
        schedule=schedule,
    )
    return Reading(stock, [checks.polynomial(text) for text in polynomials], schedules, said)


def _numbers(table: pd.DataFrame, column: Column, said: list[Finding]) -> Floats:
    """Return a column as numbers; empty cells take the default, when there is one."""
    found = checks.numbers(table, column.name, NONE)
    empty = np.isnan(found)
    if empty.any() and column.name not in SPARE:
        if column.needed == "yes":
            raise checks.missing(table, column.name, empty)
        if column.default and not _derived(column):
            found = np.where(empty, float(column.default), found)
        if column.default:
            said.append(
                finding(
                    "JUM-E021",
                    column=column.name,
                    count=int(empty.sum()),
                    total=len(table),
                    default=column.default,
                )
            )
    checks.bounds(table, column.name, found, column.low, column.high, column.unit)
    return found


def _derived(column: Column) -> bool:
    return column.default[:1].isalpha() or "×" in column.default


def _complete(
    values: dict[str, Floats], absent: list[Column], table: pd.DataFrame
) -> list[Finding]:
    """Give absent columns their default; say so when it bears on the answer."""
    checks.required(table, [column.name for column in absent if column.needed == "yes"])
    told = [column for column in absent if column.needed == "told"]
    for column in absent:
        literal = column.default and not _derived(column)
        default = float(column.default) if literal else np.nan
        values[column.name] = np.full(len(table), default)
    if not told:
        return []
    names = ", ".join(f"{column.name} = {column.default}" for column in told)
    return [finding("JUM-E020", columns=names, count=len(told))]


def _inner(values: dict[str, Floats], areas: dict[str, Floats]) -> Floats:
    """Return walls, windows, roof and lowest floor, and both faces of intermediate floors [m²]."""
    outer = areas["window"].sum(axis=1) + areas["wall"].sum(axis=1)
    between = np.maximum(values["floor_area_m2"] - values["ground_m2"], 0.0)
    between = np.where(values["ground_m2"] > 0.0, between, 0.0)
    total: Floats = outer + values["roof_m2"] + values["ground_m2"] + 2.0 * between
    # Areas unknown, only a conductance told: the usual ratio.
    return np.where(total > 0.5 * values["floor_area_m2"], total,
                    GAIN_AREA * values["floor_area_m2"])  # fmt: skip


def _back(values: dict[str, Floats], what: str, off: float) -> Floats:
    back = values[f"{what}_setback_c"]
    there = ~np.isnan(values[f"{what}_set_c"])
    return np.where(there & ~np.isnan(back), back, off)


def _most(power: Floats) -> Floats:
    return np.where(np.isnan(power), np.inf, 1000.0 * power)


def _spread(values: Floats) -> Floats:
    """Return the same values for the 12 months, without a copy."""
    return np.broadcast_to(values[..., None], (*values.shape, 12))


def _rounded(azimuth: Floats) -> NDArray[np.int64]:
    from jumeau.worksites.buildings.basis import STEP

    return (np.rint(azimuth / STEP).astype(np.int64) * STEP) % 360


def _codes(table: pd.DataFrame, name: str) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct texts of a column and the row's place among them."""
    import pandas as pd

    default = columns()[name].default
    if name not in table:
        return [default], np.zeros(len(table), np.int64)
    column = table[name]
    text = column.astype(object).where(column.notna(), default).astype(str).str.strip()
    codes, found = pd.factorize(text.where(text != "", default), sort=True)
    return [str(item) for item in found], codes.astype(np.int64)
