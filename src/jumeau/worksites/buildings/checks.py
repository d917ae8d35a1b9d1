# SPDX-License-Identifier: EUPL-1.2
"""Checks of a table of buildings: numbers, bounds, surfaces, set-points, glazings.

Each returns the values in the form that the computation uses, or raises a coded error that says
which column is wrong, on which rows, and what to do. What can be computed but should be known is
a finding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.base.findings import Finding, finding

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.buildings.engine import Floats

SHOWN = 5
"""Rows that a message names."""
HEAVY, BARE = 3e6, 1e4
"""Heat capacities by m² of floor that no building has [J/(K·m²)]."""
LEAKY = 20.0
"""Air changes that no closed building has [1/h]."""


def table(params: Any) -> pd.DataFrame:
    """Return ``params`` as a DataFrame of unique columns.

    Raises
    ------
    InvalidError
        JUM-E014 when it is no table.
    """
    import pandas as pd

    try:
        found = params if isinstance(params, pd.DataFrame) else pd.DataFrame(params)
    except (TypeError, ValueError):
        raise error("JUM-E014", given=type(params).__name__) from None
    if not found.columns.is_unique:
        twice = found.columns[found.columns.duplicated()].unique()
        raise error("JUM-E014", given=", ".join(map(str, twice)))
    return found


def required(table: pd.DataFrame, absent: Sequence[str]) -> None:
    """Raise JUM-E002 when columns that nothing replaces are absent."""
    if absent:
        near = [did_you_mean(name, map(str, table.columns)) for name in absent]
        suggestion = ", ".join(dict.fromkeys(word for word in near if word))
        raise error("JUM-E002", columns=", ".join(absent), suggestion=suggestion)


def unknown(table: pd.DataFrame, known: Mapping[str, Any]) -> Iterator[Finding]:
    """Say which columns are not used because their name is close to one that is."""
    for name in map(str, table.columns):
        if name in known:
            continue
        near = did_you_mean(name, [item for item in known if item not in table])
        if near:
            yield finding("JUM-E023", column=name, suggestion=near)


def numbers(table: pd.DataFrame, name: str, none: Collection[str]) -> Floats:
    """Return a column as float64, NaN where empty.

    Raises
    ------
    InvalidError
        JUM-E004 for a cell that is no number.
    """
    import pandas as pd

    column = table[name]
    if column.dtype.kind in "fiu":
        return column.to_numpy(np.float64, copy=True)
    if column.dtype.kind == "b":
        raise _wrong("JUM-E004", table, name, np.ones(len(column), bool), column)
    text = column.astype(object)
    empty = text.isna() | text.astype(str).str.strip().str.lower().isin(none)
    found = pd.to_numeric(text.where(~empty), errors="coerce")
    bad = (found.isna() & ~empty).to_numpy()
    if bad.any():
        raise _wrong("JUM-E004", table, name, bad, column)
    return found.to_numpy(np.float64, copy=True)


def missing(table: pd.DataFrame, name: str, empty: NDArray[np.bool_]) -> JumeauError:
    """Return JUM-E003: cells of a column that nothing replaces are empty."""
    return error("JUM-E003", column=name, count=int(empty.sum()), rows=_rows(table, empty))


def bounds(
    table: pd.DataFrame, name: str, values: Floats, low: str, high: str, unit: str = ""
) -> None:
    """Raise JUM-E005 when a value is infinite or outside its bounds."""
    bad = np.isinf(values)
    if low:
        least = float(low.lstrip(">"))
        bad |= (values <= least) if low.startswith(">") else (values < least)
    if high:
        most = float(high.lstrip("<"))
        bad |= (values >= most) if high.startswith("<") else (values > most)
    if bad.any():
        words = [f"{'' if low.startswith('>') else '≥ '}{low}"] if low else []
        words += [f"{'' if high.startswith('<') else '≤ '}{high}"] if high else []
        raise error(
            "JUM-E005",
            column=name,
            value=f"{values[bad][0]:g}",
            unit=unit,
            expected=", ".join(words) or "< ∞",
            count=int(bad.sum()),
            rows=_rows(table, bad),
        )


def envelope(table: pd.DataFrame, values: dict[str, Floats], areas: dict[str, Floats]) -> None:
    """Check that each surface has its transmittance, and that heat can leave.

    A transmittance that is not needed becomes 0.

    Raises
    ------
    InvalidError
        JUM-E015 (a surface without transmittance), JUM-E012 (no surface at all), JUM-E006
        (heating above cooling).
    """
    surfaces = {
        ("window_u", "window_g"): areas["window"].sum(axis=1),
        ("wall_u",): areas["wall"].sum(axis=1),
        ("roof_u",): values["roof_m2"],
        ("ground_u",): values["ground_m2"],
    }
    for names, area in surfaces.items():
        for name in names:
            bad = (area > 0.0) & np.isnan(values[name])
            if bad.any():
                raise error("JUM-E015", column=name, count=int(bad.sum()), rows=_rows(table, bad))
            values[name] = np.where(np.isnan(values[name]), 0.0, values[name])
    bare = (sum(surfaces.values()) <= 0.0) & (values["opaque_ua_w_k"] <= 0.0)
    if bare.any():
        raise error("JUM-E012", count=int(bare.sum()), rows=_rows(table, bare))
    for heat in ("heating_set_c", "heating_setback_c"):
        for cool in ("cooling_set_c", "cooling_setback_c"):
            low = np.where(np.isnan(values["heating_set_c"]), np.nan, values[heat])
            high = np.where(np.isnan(values["cooling_set_c"]), np.nan, values[cool])
            bad = low > high
            if bad.any():
                raise error(
                    "JUM-E006",
                    heating=f"{heat} = {low[bad][0]:g}",
                    cooling=f"{cool} = {high[bad][0]:g}",
                    count=int(bad.sum()),
                    rows=_rows(table, bad),
                )


def plausible(
    table: pd.DataFrame, values: dict[str, Floats], areas: dict[str, Floats]
) -> list[Finding]:
    """Say what can be computed but is hardly a building."""
    from jumeau.worksites.buildings.five_r_one_c import CLAMP, H_MS

    opaque = values["wall_u"] * areas["wall"].sum(axis=1) + values["roof_u"] * values["roof_m2"]
    opaque += values["ground_factor"] * values["ground_u"] * values["ground_m2"]
    opaque += values["opaque_ua_w_k"]
    heavy = values["capacity_j_k"] / values["floor_area_m2"]
    surface = areas["wall"].sum(axis=1) + values["roof_m2"] + values["ground_m2"]
    doubts = {
        "JUM-E022": opaque > CLAMP * H_MS * values["mass_area_m2"],
        "JUM-E024": (heavy > HEAVY) | (heavy < BARE),
        "JUM-E025": (values["heating_setback_c"] > values["heating_set_c"])
        | (values["cooling_setback_c"] < values["cooling_set_c"]),
        "JUM-E026": (surface <= 0.0) & (values["opaque_ua_w_k"] <= 0.0),
        "JUM-E027": values["infiltration_ach"] + values["ventilation_ach"] > LEAKY,
    }
    return [
        finding(code, count=int(bad.sum()), total=len(table), rows=_rows(table, bad))
        for code, bad in doubts.items()
        if bad.any()
    ]


def polynomial(text: str) -> tuple[float, ...]:
    """Return the coefficients of an angle polynomial.

    Raises
    ------
    InvalidError
        JUM-E010.
    """
    try:
        found = tuple(float(word) for word in text.split(";"))
    except ValueError:
        found = ()
    if not found or len(found) > 8 or not np.isfinite(found).all():
        raise error("JUM-E010", value=text[:60])
    return found


def shading(given: Any, n: int) -> Floats:
    """Return monthly shading factors, (n, 4, 12).

    Raises
    ------
    InvalidError
        JUM-E011.
    """
    if given is None:
        return np.ones((n, 4, 12))
    try:
        found = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.shape != (n, 4, 12) or not ((found >= 0.0) & (found <= 1.0)).all():
        shape = " × ".join(map(str, found.shape)) or "()"
        raise error("JUM-E011", shape=shape, expected=f"{n} × 4 × 12")
    return found


def threads(given: Any) -> int | None:
    """Return a number of threads.

    Raises
    ------
    InvalidError
        JUM-E013.
    """
    if given is None:
        return None
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if not whole or given < 1:
        raise error("JUM-E013", value=str(given)[:60])
    return int(given)


def _wrong(
    code: str, table: pd.DataFrame, name: str, bad: NDArray[np.bool_], column: Any
) -> JumeauError:
    value = str(column[bad].iloc[0])[:60]
    return error(code, column=name, value=value, count=int(bad.sum()), rows=_rows(table, bad))


def _rows(table: pd.DataFrame, bad: NDArray[np.bool_]) -> str:
    """Return the first rows concerned, by their label."""
    labels = [str(label) for label in table.index[bad][:SHOWN]]
    return ", ".join(labels) + (", …" if bad.sum() > SHOWN else "")
