# SPDX-License-Identifier: EUPL-1.2
"""Which streets to renew first: breaks, water and repairs that a metre of new pipe avoids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.breaks import reading
from jumeau.worksites.water.completing import defaults

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.base.parameters import Parameters
    from jumeau.worksites.water.breaks.reading import Floats

USUAL_MM = 100.0
"""Diameter that the price of a metre is told for [mm]."""
BOUNDS = ("value", "low", "high")


def price_m(diameter_mm: Floats, given: Parameters, bound: str = "value") -> Floats:
    """Return the price of renewing a metre of main [€/m].

    Parameters
    ----------
    diameter_mm : (pipes,) array
        Diameters, NaN where unknown [mm].
    given : Parameters
        ``water_renewal_eur_m``, of a main of 100 mm, and ``water_renewal_eur_m_mm``, of each
        millimetre above.
    bound : str
        "value", "low" or "high".
    """
    above = np.maximum(np.nan_to_num(diameter_mm, nan=USUAL_MM) - USUAL_MM, 0.0)
    metre, millimetre = (given[it] for it in ("water_renewal_eur_m", "water_renewal_eur_m_mm"))
    return np.asarray(getattr(metre, bound) + getattr(millimetre, bound) * above)


def renewal(
    pipes: pd.DataFrame,
    rates: pd.DataFrame,
    given: Parameters | None = None,
    *,
    budget_eur: float | None = None,
) -> pd.DataFrame:
    """Rank streets by the cost of breaks that renewing their pipes avoids, over what it costs.

    In a street only the pipes that avoid at least half of what its best one does for the same
    money are renewed: a new main beside the old one is left.

    Parameters
    ----------
    pipes : DataFrame
        Pipes, as for :func:`break_rates`.
    rates : DataFrame
        Answer of :func:`break_rates`.
    given : Parameters, optional
        Costs and consequences of a break, prices of renewal; the worksite's by default.
    budget_eur : float, optional
        Money of the programme; all streets by default [€].

    Returns
    -------
    DataFrame
        One row a street, the best first: ``street``, ``pipes`` (list of ids), ``length_m``,
        ``breaks_year``, ``breaks_low``, ``breaks_high`` (today), ``breaks_after`` [1/yr],
        ``m3_year`` (water that breaks no longer lose), ``avoided_eur_year`` (repairs, water and
        disruption), ``capex_eur``, ``capex_low``, ``capex_high`` [€], ``ratio`` (avoided a year
        per euro, [1/yr]), and the budget curve: ``cumulated_eur``, ``cumulated_m``,
        ``cumulated_breaks`` (avoided a year).

    Notes
    -----
    avoided = (λ − λ_new·L)·(repair + lost·price + disruption). Rates are today's: ageing would
    raise all of them. What the option is worth over its life is the decision layer's.
    """
    import pandas as pd

    given = given or defaults()
    table = _pipes(pipes, rates, given)
    best = table.groupby("street").ratio.transform("max")
    table = table[(table.ratio > 0) & (table.ratio >= best / 2)]
    own = table.groupby("street", sort=False)
    variance = own.variance.sum()
    frame = pd.DataFrame(
        {
            "street": list(own.groups),
            "pipes": [list(it) for it in own["id"].apply(list)],
            **{
                name: own[name].sum().to_numpy()
                for name in (
                    "length_m", "breaks_year", "breaks_after", "m3_year", "avoided_eur_year",
                    "capex_eur", "capex_low", "capex_high",
                )
            },
        }
    )  # fmt: skip
    spread = 1.645 * np.sqrt(variance.to_numpy())
    frame.insert(4, "breaks_low", _bound(frame.breaks_year, -spread))
    frame.insert(5, "breaks_high", _bound(frame.breaks_year, spread))
    frame["ratio"] = frame.avoided_eur_year / frame.capex_eur
    frame = frame.sort_values(["ratio", "street"], ascending=[False, True], ignore_index=True)
    frame["cumulated_eur"] = frame.capex_eur.cumsum()
    frame["cumulated_m"] = frame.length_m.cumsum()
    frame["cumulated_breaks"] = (frame.breaks_year - frame.breaks_after).cumsum()
    return frame if budget_eur is None else frame[frame.cumulated_eur <= budget_eur]


def _bound(mean: pd.Series, spread: Floats) -> Floats:
    """Return a bound of a log-normal of that mean and a spread given in breaks."""
    share = np.abs(spread) / np.maximum(mean.to_numpy(float), 1e-12)
    return np.asarray(mean * np.exp(np.sign(spread) * np.log1p(share)))


def _pipes(pipes: pd.DataFrame, rates: pd.DataFrame, given: Parameters) -> pd.DataFrame:
    """Return what renewing each pipe costs and avoids."""
    import pandas as pd

    stock = reading.pipes_of(pipes)
    own = reading.column(pipes, "pipe", "id")
    street = reading.column(pipes, "pipe", "street")
    labels = pd.Index(pipes.index if own is None else own)
    named = pd.Series("" if street is None else reading.keys(street), index=labels)
    named = named[~labels.duplicated()].reindex(stock.ids)
    alone = "pipe " + pd.Series(reading.keys(named.index), index=named.index)
    streets = named.where(~named.isin(reading.NO_STREET), alone).to_numpy()
    at = pd.Index(stock.ids).get_indexer(rates.index)
    rates, at = rates[at >= 0], at[at >= 0]
    length, diameter = stock.length_m[at], stock.diameter_mm[at]
    rate = rates.rate.to_numpy(float)
    after = np.minimum(given["water_new_breaks_km"].value * length / 1000.0, rate)
    lost = given["water_break_lost_m3"].value
    cost = given["water_repair_eur"].value + given["water_break_disruption_eur"].value
    cost += lost * given["water_cost_eur_m3"].value
    capex = {f"capex_{bound}": length * price_m(diameter, given, bound) for bound in BOUNDS}
    table = pd.DataFrame(
        {
            "id": rates.index.to_numpy(),
            "street": streets[at],
            "length_m": length,
            "breaks_year": rate,
            "breaks_after": after,
            "variance": ((rates.high - rates.low).to_numpy(float) / 3.29) ** 2,
            "m3_year": (rate - after) * lost,
            "avoided_eur_year": (rate - after) * cost,
            **capex,
        }
    ).rename(columns={"capex_value": "capex_eur"})
    table["ratio"] = table.avoided_eur_year / table.capex_eur
    return table


def curve(programme: pd.DataFrame, budgets: Any) -> pd.DataFrame:
    """Return what each budget buys: metres renewed and breaks avoided a year.

    Parameters
    ----------
    programme : DataFrame
        Answer of :func:`renewal`, without a budget.
    budgets : sequence of float
        Budgets [€].

    Returns
    -------
    DataFrame
        ``budget_eur``, ``streets``, ``length_m``, ``breaks_avoided_year``.
    """
    import pandas as pd

    wanted = np.asarray(budgets, float)
    count = np.searchsorted(programme.cumulated_eur.to_numpy(), wanted, side="right")
    length, avoided = (
        np.concatenate([[0.0], programme[name].to_numpy(float)])[count]
        for name in ("cumulated_m", "cumulated_breaks")
    )
    return pd.DataFrame(
        {"budget_eur": wanted, "streets": count, "length_m": length,
         "breaks_avoided_year": avoided}
    )  # fmt: skip
