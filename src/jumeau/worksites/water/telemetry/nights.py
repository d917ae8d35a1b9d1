# SPDX-License-Identifier: EUPL-1.2
"""Minimum night flow, district by district: what flows when nobody draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

START_H, END_H = 2.0, 4.0
"""Hours of the minimum night flow, on the local clock [h]."""
LEAST_SHARE = 0.5


def night_flow(
    flows: pd.DataFrame,
    districts: Mapping[str, Mapping[str, float]] | None = None,
    *,
    start_h: float = START_H,
    end_h: float = END_H,
    zone: str = "",
) -> pd.DataFrame:
    """Return the minimum night flow of each night (least hourly mean between two hours).

    Parameters
    ----------
    flows : DataFrame
        Indexed by time, columns meters [m³/h]; NaN for none.
    districts : mapping of str to mapping of str to float, optional
        Meters of each district and their sign: +1 for what enters, −1 for what leaves. Each
        meter by itself by default [-].
    start_h, end_h : float
        Hours of the local clock [h].
    zone : str
        Time zone of aware times; that of their index by default.

    Returns
    -------
    DataFrame
        A row a night (date of its morning), a column a district [m³/h]; NaN for a night of
        which half the readings of a meter lack.

    References
    ----------
    IWA Water Loss Task Force (2007), Leak location and repair: guidance notes.
    """
    import pandas as pd

    index = pd.DatetimeIndex(flows.index)
    if zone and index.tz is not None:
        index = index.tz_convert(zone)
    hour = np.asarray(index.hour + index.minute / 60.0, float)
    inside = (hour >= start_h) & (hour < end_h)
    groups = districts or {str(name): {str(name): 1.0} for name in flows.columns}
    dates = pd.DatetimeIndex(index.tz_localize(None) if index.tz is not None else index)
    night, at = dates[inside].normalize(), (hour[inside] - start_h)
    made = {}
    for district, meters in groups.items():
        known = [name for name in meters if name in flows.columns]
        if len(known) < len(meters) or not known:
            continue
        signs = np.array([meters[name] for name in known])
        net = flows[known].to_numpy(float)[inside] @ signs
        made[district] = _least(net, night, np.floor(at))
    return pd.DataFrame(made).rename_axis("night")


def _least(net: np.ndarray, night: pd.DatetimeIndex, hour: np.ndarray) -> pd.Series:
    """Return the least hourly mean of each night."""
    import pandas as pd

    frame = pd.DataFrame({"night": night, "hour": hour, "flow": net})
    grouped = frame.groupby(["night", "hour"])["flow"]
    means = grouped.mean().where(grouped.count() >= LEAST_SHARE * grouped.size())
    nights = means.groupby(level="night")
    return nights.min().where(nights.count() == nights.size())
