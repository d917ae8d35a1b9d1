# SPDX-License-Identifier: EUPL-1.2
"""Streets to the road standard: EN 13201-3, EN 13201-5 and the class of each, or why not.

Layouts, quantities and classes are those of :mod:`~jumeau.worksites.lighting.en13201`; here the
lamps and streets of a territory are given to it, and what it finds becomes rows of the twin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import i18n
from jumeau.base.findings import Finding, finding
from jumeau.base.parameters import Parameters
from jumeau.worksites.lighting import estimates, street_methods
from jumeau.worksites.lighting.diagnosis import Diagnosis

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.twin.runs import Recorder

DECORATIVE = ("flood", "recessed", "bollard")
"""Supports whose lamps do not light the carriageway: no part of a layout."""
QUANTITIES = {
    "lav": "lav", "uo": "uo", "ul": "ul", "fti": "fti", "rei": "rei", "e_av": "eav",
    "e_min": "emin", "u_h": "uh", "dp": "dp", "de": "de",
}  # fmt: skip
"""Quantities of the standard, and their indicators."""
_LAYOUT = ("spacing", "height", "width", "overhang", "lanes", "lamps")
_SHARES = ("uo", "ul", "u_h")
_UNIT_HOURS = 1000.0


@dataclass(frozen=True)
class Streets:
    """What is known of the streets lit.

    Parameters
    ----------
    indicators, estimates : DataFrame
        Rows of these tables.
    findings : list of Finding
        Why the others are not computable.
    lit, computed : int
        Streets with lamps, and those with results.
    """

    indicators: pd.DataFrame
    estimates: pd.DataFrame
    findings: list[Finding]
    lit: int
    computed: int


def record(run: Recorder, state: Diagnosis, given: Parameters) -> Streets:
    """Compute the streets of a stock, as :func:`of`, and record what is found."""
    found = of(state, given)
    run.add_indicators(found.indicators)
    run.add_estimates(found.estimates)
    run.add_findings(found.findings)
    return found


def of(state: Diagnosis, given: Parameters) -> Streets:
    """Compute the streets of a stock (EN 13201-3:2015, EN 13201-5:2015).

    Parameters
    ----------
    state : Diagnosis
        Lamps and streets.
    given : Parameters
        Parameters of the worksite: maintenance factor, road surface.

    Returns
    -------
    Streets
    """
    import pandas as pd

    from jumeau.worksites.lighting.en13201 import segments

    roads = state.roads
    photometries, which = state.distributions
    street = np.where(np.isin(state.done.support, DECORATIVE), -1, state.street)
    done = state.done
    lamps = segments.Lamps(
        x=state.park.x,
        y=state.park.y,
        street=street,
        photometry=which,
        height=done.height_m.value,
        height_low=done.height_m.low,
        height_high=done.height_m.high,
        flux=done.flux_lm.value,
        flux_low=done.flux_lm.low,
        flux_high=done.flux_lm.high,
        power_w=done.power_w.value,
        tilt=state.tilt,
    )
    if (street < 0).all():
        return Streets(pd.DataFrame(), pd.DataFrame(), [], 0, 0)
    width, bounds = _widths(state, given)
    found = segments.layouts(
        lamps,
        list(roads.geometry),
        width=width,
        lanes=_numbers(roads["lanes"]),
        arrangement=_texts(roads["lighting_arrangement"]),
    )
    found = _bounded(found, width, bounds)
    kept = given["lighting_maintenance_factor"]
    got = segments.results(
        found,
        photometries,
        maintenance=(kept.value, kept.low, kept.high),
        hours=_UNIT_HOURS,
        rtable=f"R{given['lighting_road_surface'].value:.0f}",
    )
    layout = found[found["code"] == ""].set_index("street")
    reasons = segments.reasons(found, state.streets.tolist())
    tables = [item for item in (_results(state, got, street), _layouts(state, layout)) if len(item)]
    lit, computed = len(found), len(got)
    if lit > computed:
        reasons = [
            finding("JUM-L099", "street", count=lit - computed, computed=computed, total=lit),
            *reasons,
        ]
    return Streets(
        indicators=pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(),
        estimates=_estimates(state, found["street"].to_numpy(np.int64), layout),
        findings=reasons,
        lit=lit,
        computed=computed,
    )


def _widths(state: Diagnosis, given: Parameters) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the width of carriageways and the (2, k) bounds of those supposed, NaN elsewhere [m].

    A street that tells neither width nor lanes has that usual for its kind.
    """
    roads = state.roads
    width = _numbers(roads["width_m"]).copy()
    bounds = np.full((2, width.size), np.nan)
    if given["lighting_suppose_width"].value >= 0.5:
        silent = ~(width > 0) & ~(_numbers(roads["lanes"]) >= 1)
        kinds = roads["kind"].to_numpy(object)
        for kind in sorted(set(kinds[silent].tolist())):
            these = silent & (kinds == kind)
            usual = estimates.prior("width_m", street=str(kind))
            width[these], bounds[0, these], bounds[1, these] = usual.value, usual.low, usual.high
    return width, bounds


def _bounded(
    found: pd.DataFrame, width: NDArray[np.float64], bounds: NDArray[np.float64]
) -> pd.DataFrame:
    """Give the layouts of streets of supposed width its bounds, which move the kerb too."""
    street = found["street"].to_numpy(np.int64)
    these = (found["code"] == "").to_numpy() & np.isfinite(bounds[0, street])
    if not these.any():
        return found
    found, own = found.copy(), street[these]
    share = found.loc[these, "width"].to_numpy(np.float64) / width[own]  # ½ for two carriageways
    on_side = (found.loc[these, "side"] != "axis").to_numpy()
    for end, limit in zip(("low", "high"), bounds, strict=True):
        found.loc[these, f"width_{end}"] = share * limit[own]
        moved = np.where(on_side, 0.5 * (limit[own] - width[own]), 0.0)
        overhang = found.loc[these, f"overhang_{end}"].to_numpy(np.float64) + moved
        found.loc[these, f"overhang_{end}"] = np.minimum(overhang, share * limit[own])
    told = found["estimated"].tolist()
    found["estimated"] = [
        (*names, "width") if chosen and "width" not in names else names
        for names, chosen in zip(told, these, strict=True)
    ]
    return found


def _results(state: Diagnosis, got: pd.DataFrame, street: NDArray[np.int64]) -> pd.DataFrame:
    """Return the quantities of the standard as rows of ``indicator``."""
    import pandas as pd

    names = state.streets[got["street"].to_numpy(np.int64)].astype(str)
    hours = _mean_hours(state, street, got["street"].to_numpy(np.int64)) / _UNIT_HOURS
    frames = []
    for quantity, indicator in QUANTITIES.items():
        factor = hours if quantity == "de" else np.ones(len(got))
        value, low, high = (
            got[f"{quantity}{end}"].to_numpy(np.float64) * factor for end in ("", "_low", "_high")
        )
        if quantity in _SHARES:
            low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
        rows = {"value": value, "low": low, "high": high}
        rows["estimated_share"] = got["estimated_share"].to_numpy(np.float64)
        frames.append(_rows(indicator, names, state.site.year, rows))
    return pd.concat(frames, ignore_index=True)


def _layouts(state: Diagnosis, layout: pd.DataFrame) -> pd.DataFrame:
    """Return the layouts that the quantities rest on as rows of ``indicator``."""
    import pandas as pd

    names = state.streets[layout.index.to_numpy(np.int64)].astype(str)
    frames = []
    for name in _LAYOUT:
        value = layout[name].to_numpy(np.float64)
        low, high = (
            layout[f"{name}_{end}"].to_numpy(np.float64) if f"{name}_{end}" in layout else value
            for end in ("low", "high")
        )
        supposed = np.array([float(name in told) for told in layout["estimated"]])
        rows = {"value": value, "low": low, "high": high, "estimated_share": supposed}
        frames.append(_rows(name, names, state.site.year, rows))
    return pd.concat(frames, ignore_index=True)


def _rows(
    name: str, names: NDArray[Any], year: int, values: dict[str, NDArray[np.float64]]
) -> pd.DataFrame:
    import pandas as pd

    known = {item.name: item.unit for item in street_methods.METHODS}
    rows = pd.DataFrame(
        {
            "indicator": f"lighting_road_{name}", "scope": "street", "entity": names, "year": year,
            **values, "unit": known[f"lighting_road_{name}"],
        }
    )  # fmt: skip
    return rows[rows["value"].notna()]


def _estimates(state: Diagnosis, lit: NDArray[np.int64], layout: pd.DataFrame) -> pd.DataFrame:
    """Return what was supposed of the streets lit as rows of ``estimate``."""
    import pandas as pd

    from jumeau.worksites.lighting.en13201 import selection

    roads = state.roads
    rows: list[tuple[Any, ...]] = []
    text = estimates.methods()
    chosen = _texts(roads["lighting_class"])
    kinds, speeds, lanes = (roads[name].to_numpy() for name in ("kind", "speed_limit_kmh", "lanes"))
    for number in lit.tolist():
        if chosen[number]:
            continue
        speed, count = _number(speeds[number]), _number(lanes[number])
        told = selection.propose(kind=str(kinds[number]), speed_limit_kmh=speed, lanes=count)
        said = text["lighting_class"].format(source=told.source, sum=told.text)
        rows.append((number, "lighting_class", np.nan, np.nan, np.nan, told.lighting_class, said))
    declared = _texts(roads["lighting_arrangement"])
    for number, row in zip(layout.index.tolist(), layout.to_dict("records"), strict=True):
        if not declared[number]:
            spacing = i18n.number(float(row["spacing"]), 1)
            said = text["lighting_arrangement"].format(lamps=int(row["lamps"]), spacing=spacing)
            rows.append(
                (number, "lighting_arrangement", np.nan, np.nan, np.nan, row["arrangement"], said)
            )
        for name, attribute in (("width", "width_m"), ("lanes", "lanes")):
            if name in row["estimated"]:
                low, high = row.get(f"{name}_low", row[name]), row.get(f"{name}_high", row[name])
                rows.append((number, attribute, row[name], low, high, None, text[f"street_{name}"]))
    columns = ["entity", "attribute", "value", "low", "high", "text", "method"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["entity"] = [str(state.streets[number]) for number in frame["entity"].tolist()]
    frame.insert(0, "table", "street")
    return frame


def _mean_hours(
    state: Diagnosis, street: NDArray[np.int64], wanted: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the equivalent hours of streets, mean weighted by power [h/yr]."""
    count = len(state.streets)
    inside, watts = street >= 0, state.done.power_w.value
    power = np.bincount(street[inside], watts[inside], count)
    spent = np.bincount(street[inside], (watts * state.hours)[inside], count)
    mean = np.divide(spent, power, out=np.zeros(count), where=power > 0)
    return np.asarray(mean[wanted], np.float64)


def _number(value: Any) -> float | None:
    number = float(value) if value is not None else np.nan
    return None if np.isnan(number) else number


def _texts(column: Any) -> list[str | None]:
    return [item if isinstance(item, str) and item else None for item in column]


def _numbers(column: Any) -> NDArray[np.float64]:
    import pandas as pd

    return np.asarray(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
