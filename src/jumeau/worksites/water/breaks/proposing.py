# SPDX-License-Identifier: EUPL-1.2
"""Options of renewal, street by street, and their physical effects."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import draws as random_draws
from jumeau.worksites.water.breaks.programme import renewal
from jumeau.worksites.water.breaks.rating import break_rates
from jumeau.worksites.water.completing import defaults

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.base.parameters import Parameters
    from jumeau.twin.scenario import Scenario
    from jumeau.twin.territory import Territory

    Draws = np.ndarray[Any, np.dtype[np.float64]]

KIND = "renew_mains"
"""Kind of the options."""
YEARS = 5
"""Years of renewal that are proposed, at the pace of ``water_renewal_share``."""
MOST = 40
"""Streets that are proposed at most."""
_SEED = 0
_Z = 1.645


@dataclass(frozen=True)
class Renewal:
    """What the draws of an option's effect need.

    Parameters
    ----------
    before, after : float
        Breaks a year of the pipes, as they are and renewed [1/yr].
    spread : float
        Standard deviation of log of ``before``.
    id : str
        The option, for draws of its own.
    """

    before: float
    after: float
    spread: float
    id: str


def options(
    territory: Territory, given: Parameters, as_of: datetime.date | None = None
) -> pd.DataFrame:
    """Propose the streets whose mains are worth renewing first.

    Parameters
    ----------
    territory : Territory
        Tables ``pipe`` and ``pipe_break``.
    given : Parameters
        Parameters of the worksite, the scenario's in place.
    as_of : date, optional
        Date of the forecast; today by default.

    Returns
    -------
    DataFrame
        Columns of the ``option`` table, the bounds of costs, and ``physics``, which
        :func:`effect` reads. Empty without pipes.
    """
    import pandas as pd

    columns = [
        "id", "worksite", "kind", "assets", "geometry", "year", "actor", "capex_eur", "capex_low",
        "capex_high", "opex_eur_year", "opex_low", "opex_high", "life_years", "price_year",
        "physics",
    ]  # fmt: skip
    pipes = territory.geo("pipe")
    if not len(pipes):
        return pd.DataFrame(columns=columns)
    as_of = as_of or datetime.datetime.now(datetime.UTC).date()
    rates = break_rates(pipes, territory.geo("pipe_break"), as_of)
    if not len(rates):
        return pd.DataFrame(columns=columns)
    ranked = renewal(pipes, rates, given)
    wanted = YEARS * given["water_renewal_share"].value * float(rates.length_m.sum())
    before = ranked.cumulated_m - ranked.length_m
    rows = [
        _row(street, pipes, given, as_of.year + 1)
        for street in ranked[before < wanted].head(MOST).itertuples()
    ]
    return pd.DataFrame(rows, columns=columns)


def _row(street: Any, pipes: Any, given: Parameters, year: int) -> dict[str, Any]:
    """Return the option of a street."""
    import shapely

    ids = [str(it) for it in street.pipes]
    name = f"water-{KIND}-{street.street}"
    avoided = street.breaks_year - street.breaks_after
    repair, price = given["water_repair_eur"], given["water_renewal_eur_m"]
    lines = pipes.geometry[pipes["id"].astype(str).isin(set(ids))]
    high = max(float(street.breaks_high), 1e-12) / max(float(street.breaks_year), 1e-12)
    return {
        "id": name,
        "worksite": "water",
        "kind": KIND,
        "assets": json.dumps({"table": "pipe", "count": len(ids), "ids": ids}),
        "geometry": shapely.to_wkb(shapely.union_all(lines.to_numpy())),
        "year": year,
        "actor": "authority",
        "capex_eur": street.capex_eur,
        "capex_low": street.capex_low,
        "capex_high": street.capex_high,
        "opex_eur_year": -avoided * repair.value,
        "opex_low": -avoided * repair.high,
        "opex_high": -avoided * repair.low,
        "life_years": given["water_renewal_life_years"].value,
        "price_year": price.price_year,
        "physics": Renewal(
            float(street.breaks_year), float(street.breaks_after),
            max(float(np.log(high)) / _Z, 0.0), name,
        ),
    }  # fmt: skip


def effect(option: Any, scenario: Scenario, draws: int) -> dict[str, Draws]:
    """Return draws of what renewing a street changes.

    Parameters
    ----------
    option : row of :func:`options`
        The option.
    scenario : Scenario
        Its parameters take the place of the worksite's.
    draws : int
        Number of draws.

    Returns
    -------
    dict
        ``breaks_year`` and ``m3_year``, breaks of these pipes once renewed and the water that they
        lose [1/yr, m³/yr]; ``saving_breaks_year`` and ``saving_m3_year``, what is spared: (draws,)
        arrays.

    Notes
    -----
    Rates are log-normal around their mean; the water of a break and the breaks of a new main are
    drawn once for all options (common random draws).
    """
    from scipy.special import ndtri

    physics: Renewal = option["physics"]
    given = scenario.apply(defaults())
    normal = ndtri(random_draws.stratified(_SEED, "water_break_rate", physics.id, draws))
    before = physics.before * np.exp(physics.spread * normal - physics.spread**2 / 2)
    new = given["water_new_breaks_km"]
    after = np.minimum(physics.after * new.draw(_SEED, draws) / max(new.value, 1e-12), before)
    lost = given["water_break_lost_m3"].draw(_SEED, draws)
    return {
        "breaks_year": after,
        "m3_year": after * lost,
        "saving_breaks_year": before - after,
        "saving_m3_year": (before - after) * lost,
    }
