# SPDX-License-Identifier: EUPL-1.2
"""From a territory to the energy of its buildings: what is there, missing, and computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import draws, parameters
from jumeau.base.findings import Finding, finding
from jumeau.worksites.buildings import (
    archetypes,
    climate,
    drawing,
    energy,
    geometry,
    inventory,
    knowledge,
    sunlight,
    thermal,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress
    from jumeau.base.parameters import Parameters
    from jumeau.twin.territory import Territory
    from jumeau.worksites.buildings.climate import Climate
    from jumeau.worksites.buildings.drawing import Drawn
    from jumeau.worksites.buildings.inventory import Inventory
    from jumeau.worksites.buildings.sunlight import Sunlight

    Floats = NDArray[np.float64]

ROWS = 60_000
"""Building-years of one lot: what bounds the memory of a run."""
FEWEST = 16
"""Draws under which an interval means little."""


@dataclass(frozen=True)
class Diagnosis:
    """Energy of the buildings of a territory; arrays of n buildings × d draws.

    Parameters
    ----------
    stock : Inventory
        Buildings computed.
    climate : Climate
        Weather and zone.
    day : date
        Day on which the factors of carriers are in force.
    draws, wanted : int
        Draws made and asked for.
    account : energy.Account
        Energy.
    use : (n, d) int array
        Use in each draw.
    gross : (n, d) array
        Gross floor area [m²].
    pv : (n, d) array
        Yearly yield of photovoltaic roofs [kWh].
    left_out : int
        Rows without a footprint.
    sunlight : sunlight.Sunlight or None
        Sun on the surface model, when there is one.
    """

    stock: Inventory
    climate: Climate
    day: date
    draws: int
    wanted: int
    account: energy.Account
    use: NDArray[np.int64]
    gross: Floats
    pv: Floats
    left_out: int
    sunlight: Sunlight | None

    @cached_property
    def estimated(self) -> Floats:
        """Share of the result of each building that rests on estimates, (n,) [-].

        See :func:`jumeau.worksites.buildings.knowledge.estimated`.
        """
        return knowledge.estimated(self.stock)


@cache
def defaults() -> Parameters:
    """Return the worksite's parameters, with their sources."""
    return parameters.load(Path(__file__).parent / "parameters.csv")


def diagnose(
    territory: Territory, given: Parameters, *, seed: int = 0, progress: Progress | None = None
) -> Diagnosis | None:
    """Compute the energy of every building from whatever is known of it.

    Parameters
    ----------
    territory : Territory
        Territory.
    given : Parameters
        Parameters of the worksite.
    seed : int
        Seed of the draws.
    progress : callable, optional
        Receives a stage and the share done.

    Returns
    -------
    Diagnosis or None
        ``None`` without any building that has a footprint.
    """
    tell = progress or (lambda stage, share: None)
    everything = inventory.read(territory)
    rows = np.flatnonzero(everything.area >= given["buildings_least_m2"].value)
    if not len(rows):
        return None
    sky = climate.of_territory(territory, everything)
    wanted = round(given["buildings_draws"].value)
    afford = int(given["buildings_budget"].value // len(rows))
    count = max(min(wanted, afford), min(FEWEST, wanted))
    height = _usual_height(everything)
    walls, _ = geometry.exposed(everything.edges, height, len(everything))
    day = datetime.now(UTC).date()
    factor = sky.factor(seed, count)
    common = given["buildings_common"].value
    change = given["buildings_set_change_k"].value
    tell("sun", 0.0)
    lit = sunlight.of_territory(territory, everything, sky.weather, given)
    accounts, uses, areas, roofs = [], [], [], []
    step = max(ROWS // count, 1)
    for first in range(0, len(rows), step):
        lot = rows[first : first + step]
        tell("simulation", first / len(rows))
        stock = everything.take(lot)
        drawn = drawing.draw(stock, sky.archetypes, seed=seed, count=count, common=common)
        needs = thermal.needs(
            drawn,
            walls[lot],
            height[lot],
            stock.area,
            sky.weather,
            shading=None if lit is None else lit.shading[lot],
            set_change=change,
        )
        accounts.append(energy.account(drawn, needs, seed=seed, day=day, weather=factor))
        uses.append(drawn.use)
        areas.append(drawn.gross)
        usual = _photovoltaics(stock, drawn, sky, given, seed)
        roofs.append(usual if lit is None else _seen(lit, lot, usual, seed))
    return Diagnosis(
        everything.take(rows),
        sky,
        day,
        count,
        wanted,
        energy.Account.joined(accounts),
        np.concatenate(uses),
        np.concatenate(areas),
        np.concatenate(roofs),
        len(everything) - len(rows),
        lit,
    )


def _usual_height(stock: Inventory) -> Floats:
    """Return heights, those of archetypes where none is known: neighbours shelter each other."""
    priors = archetypes.priors()
    floors, storey = (priors[name].value[:, 0, 0, 0] for name in ("floors", "floor_height"))
    use = np.where(stock.use >= 0, stock.use, 0)
    return np.where(np.isfinite(stock.height), stock.height, floors[use] * storey[use])


def _photovoltaics(
    stock: Inventory, drawn: Drawn, sky: Climate, given: Parameters, seed: int
) -> Floats:
    """Return the yearly yield of modules on the part of roofs where they fit, (n, d) [kWh].

    E = A·s·G·η·PR with G the global irradiation of the horizontal plane: a flat roof is filled
    with low racks, and the two sides of a pitched one get as much together.
    """
    year = 8760.0 / sky.weather.hours
    light = float(sky.weather.horizontal().sum()) / 1000.0 * year
    count = drawn.use.shape[1]
    yields = light * np.ones(count)
    for name in ("buildings_pv_efficiency", "buildings_pv_ratio"):
        yields = yields * given[name].draw(seed, count)
    spread = sky.weather.spread_radiation
    if spread > 0:
        share = draws.stratified(seed, "radiation", "", count)
        yields = yields * draws.between(share, 1.0, 1.0 - spread, 1.0 + spread)
    return np.asarray(
        stock.area[:, None] * drawn.values["roof_usable"] * yields[None, :], dtype=np.float64
    )


def _seen(lit: Sunlight, rows: NDArray[np.int64], usual: Floats, seed: int) -> Floats:
    """Return the yields that the surface model tells in place of the usual ones, (n, d) [kWh]."""
    share = draws.stratified(seed, "photovoltaics", "", usual.shape[1])
    value, low, high = lit.pv[rows], lit.pv_low[rows], lit.pv_high[rows]
    told = np.isfinite(value)
    value, low, high = (np.where(told, item, 0.0)[:, None] for item in (value, low, high))
    drawn = draws.between(share[None, :], value, np.minimum(low, value), np.maximum(high, value))
    return np.where(told[:, None], drawn, usual)


def findings(found: Diagnosis, given: Parameters) -> Iterator[Finding]:
    """Yield what is missing and what supplying it would change."""
    stock, total = found.stock, len(found.stock)
    yield from found.climate.findings
    unsized = ~(
        np.isfinite(stock.height) | np.isfinite(stock.floors) | np.isfinite(stock.floor_area)
    )
    gaps = (
        ("JUM-E052", unsized),
        ("JUM-E053", ~np.isfinite(stock.year)),
        ("JUM-E054", stock.use < 0),
        ("JUM-E055", stock.carrier == ""),
        ("JUM-E062", stock.public < 0),
    )
    for code, missing in gaps:
        count = int(np.count_nonzero(missing))
        if count:
            yield finding(code, "building", count=count, total=total)
    if found.left_out:
        least = given["buildings_least_m2"].value
        yield finding("JUM-E056", "building", count=found.left_out, least=round(least, 1))
    for name, count in stock.impossible.items():
        yield finding("JUM-E057", "building", name, attribute=name, count=count)
    if found.sunlight is None:
        yield finding("JUM-E061", "dsm")
    else:
        yield from found.sunlight.findings
        if found.sunlight.cell > 1:
            yield finding("JUM-E065", "dsm", cell=found.sunlight.cell)
    if found.draws < found.wanted:
        yield finding(
            "JUM-E063", "building", draws=found.draws, wanted=found.wanted, total=total,
            budget=total * found.wanted,
        )  # fmt: skip


def estimates(found: Diagnosis) -> pd.DataFrame:
    """Return what was supposed: floor areas that nobody tells, public buildings told by a name."""
    import pandas as pd

    stock = found.stock
    rows = np.flatnonzero(~np.isfinite(stock.floor_area))
    low, high = np.quantile(found.gross[rows], (0.05, 0.95), axis=1)
    areas = pd.DataFrame(
        {
            "table": "building",
            "entity": stock.ids[rows],
            "attribute": "floor_area_m2",
            "value": found.gross[rows].mean(axis=1).round(1),
            "low": low.round(1),
            "high": high.round(1),
            "method": "floor_area_drawn",
        }
    )
    named = stock.ids[(stock.public == 1) & ~stock.public_told]
    if not len(named):
        return areas
    owned = pd.DataFrame(
        {
            "table": "building", "entity": named, "attribute": "public", "value": 1.0,
            "text": "yes", "method": "public_named",
        }
    )  # fmt: skip
    return pd.concat([areas, owned], ignore_index=True) if len(areas) else owned
