# SPDX-License-Identifier: EUPL-1.2
"""Prices of one year: the year results are in, and costs brought to it by the price index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import money
from jumeau.base.parameters import Parameters

if TYPE_CHECKING:
    import pandas as pd

_YEAR = 2024  # where neither options nor energy say the year of their prices


def prices_of(options: pd.DataFrame, given: Parameters) -> int:
    """Return the year whose prices results are in: the latest of the costs and of the energy.

    Parameters
    ----------
    options : DataFrame
        ``price_year`` of each option.
    given : Parameters
        From :func:`jumeau.decision.parameters`: the year of the electricity price.
    """
    years = [int(item) for item in options["price_year"].dropna()]
    energy = given["electricity_price_eur_kwh"].price_year
    return max([*years, *([] if energy is None else [energy])], default=_YEAR)


def restate(options: pd.DataFrame, given: Parameters) -> pd.DataFrame:
    """Return options with their costs in the prices of one year, that of their valuation.

    What an option costs, saves and is worth then stand in the same euros: the net present value is
    the explicit sum of the figures shown beside it.

    Parameters
    ----------
    options : DataFrame
        As for :func:`jumeau.decision.value`.
    given : Parameters
        From :func:`jumeau.decision.parameters`.

    Returns
    -------
    DataFrame
        The same rows, costs times the change of prices since their ``price_year``.
    """
    year = prices_of(options, given)
    table = options.copy()
    known = table["price_year"].fillna(year).astype("int64")
    factor = np.array([money.deflator(int(item), year) for item in known])
    for column in (
        "capex_eur",
        "opex_eur_year",
        "capex_low",
        "capex_high",
        "opex_low",
        "opex_high",
    ):
        if column in table:
            table[column] = table[column] * factor
    table["price_year"] = year
    return table
