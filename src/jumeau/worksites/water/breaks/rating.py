# SPDX-License-Identifier: EUPL-1.2
"""Break rates of pipes at a date, with their intervals and what makes them high."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import finding
from jumeau.worksites.water.breaks import history, model, reading
from jumeau.worksites.water.breaks.panel import panel

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.breaks.model import Parts
    from jumeau.worksites.water.breaks.reading import Floats

TAILS = (0.05, 0.95)
"""Quantiles of the interval."""
FEW = 50
"""Breaks below which the answer leans on published rates, and says so."""
REASONS = ("material", "age", "past_breaks", "street_breaks")
"""What can make a rate high."""
_WORTH = 1.2  # a reason is told when it multiplies the rate by more than this
_TOLD = 2


def break_rates(
    pipes: pd.DataFrame, breaks: pd.DataFrame | None, as_of: Any, *, horizon: float = 5.0
) -> pd.DataFrame:
    """Forecast the break rate of each pipe: Poisson hazard with frailties of pipe and street.

    Nothing dated after ``as_of`` is used, nor any attribute of pipes but material, diameter,
    length, date of laying and street: the others are of a later day and no one says which.

    Parameters
    ----------
    pipes : DataFrame or GeoDataFrame
        One row a pipe: id (column or index), material, diameter [mm], length [m] (or geometry),
        date or years of laying, street; under the names of the twin, of StaR-Eau, RAEPA or usual
        open data.
    breaks : DataFrame or None
        One row a break: id of its pipe (or x and y near one), date. None or empty when there are no
        records: the answer is then a published rate with its wide interval.
    as_of : date, Timestamp or str
        Date of the forecast.
    horizon : float
        Length of the forecast [yr].

    Returns
    -------
    DataFrame
        Indexed by pipe, those in the ground at ``as_of``: ``rate``, ``low``, ``high`` (breaks a
        year, mean and 90 % interval), ``rate_km``, ``low_km``, ``high_km`` [1/(km·yr)],
        ``expected`` (breaks over the horizon), ``breaks`` (seen), ``length_m``, ``estimated``
        (whether the material, diameter, length or date was supposed), ``why`` (what makes it high,
        words of ``REASONS``). ``.attrs["findings"]``: rows left out, incomplete years, what lacks;
        ``.attrs["since"]``: first year of complete records, or None.

    Raises
    ------
    InvalidError
        ``JUM-H200`` without length or with an ``as_of`` or a ``horizon`` that is none.

    Notes
    -----
    λ = λ₀(material)·L·exp(f(age, era, L, D)) · exp(Σ b·log((N + k)/(E + k))), N and E the breaks
    seen and expected, fading with half-lives of 2, 8 and 40 years, of the pipe and of the rest of
    its street. Exposure begins with the records or the laying, whichever is later (left
    truncation). The interval is that of a gamma rate. Replaced pipes are seldom in the table:
    rates are those of pipes that survive.

    References
    ----------
    Folkman, Water Main Break Rates in the USA and Canada, Utah State University, 2018. Le Gat,
    Extending the Yule process to model recurrent pipe failures, Urban Water Journal, 2014.
    """
    import pandas as pd

    if not np.isfinite(horizon) or horizon <= 0:
        raise error("JUM-H200", what=f"horizon = {horizon}")
    until = reading.decimal_year(as_of)
    stock = reading.pipes_of(pipes, until)
    past = history.history(stock, breaks, until)
    years = panel(stock, past, until)
    findings = [*stock.findings, *past.findings]
    if len(past.when) < FEW and len(stock):
        findings.append(finding("JUM-H209", "pipe_break", "", count=len(past.when)))
    if not len(stock):
        found = model.Rates(*(np.zeros(0),) * 2, model.Parts(*(np.zeros(0),) * 4))
    else:
        found = model.rates(stock, years, until, float(horizon))
    low, high = interval(found.mean, found.variance)
    length = stock.length_m / 1000.0
    frame = pd.DataFrame(
        {
            "rate": found.mean,
            "low": low,
            "high": high,
            "rate_km": found.mean / length,
            "low_km": low / length,
            "high_km": high / length,
            "expected": found.mean * horizon,
            "breaks": np.bincount(past.pipe, minlength=len(stock)),
            "length_m": stock.length_m,
            "estimated": stock.supposed,
            "why": _reasons(found.parts),
        },
        index=pd.Index(stock.ids, name=stock.name),
    )
    frame.attrs["findings"] = findings
    frame.attrs["since"] = None if np.isnan(past.since) else int(past.since)
    return frame


def interval(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return the 90 % interval of gamma rates.

    Parameters
    ----------
    mean : (pipes,) array
        Means [1/yr].
    variance : (pipes,) array
        Variances over the squares of the means.
    """
    from scipy.special import gammaincinv

    shape = 1.0 / np.maximum(variance, 1e-6)
    low, high = (mean * gammaincinv(shape, tail) / shape for tail in TAILS)
    return low, np.maximum(high, mean)


def _reasons(parts: Parts) -> list[str]:
    """Return the words of what multiplies each rate most, the strongest first."""
    table = np.column_stack(parts)
    order = np.argsort(-table, axis=1, kind="stable")[:, :_TOLD]
    ranked = np.take_along_axis(table, order, axis=1) > np.log(_WORTH)
    return [
        ", ".join(REASONS[k] for k, told in zip(row, tell, strict=True) if told)
        for row, tell in zip(order, ranked, strict=True)
    ]
