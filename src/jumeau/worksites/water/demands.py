# SPDX-License-Identifier: EUPL-1.2
"""Categories of demand that agree with the demand of their junctions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jumeau.base.errors import error

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.network import Network

CLOSE = 1e-9
"""Relative difference under which two demands are the same."""


def demands_of(net: Network) -> pd.DataFrame:
    """Return the categories of demand of a network, in step with the demand of the junctions.

    EPANET computes the categories of a junction that has some, and not its own demand. Whoever
    changed the demand of such a junction, and not its categories, finds them scaled to it; whoever
    changed the categories finds them as they are.

    Parameters
    ----------
    net : Network
        The network; it is not changed.

    Returns
    -------
    DataFrame
        As ``net.demands`` [m³/h].

    Raises
    ------
    InvalidError
        ``JUM-H031`` when both were changed and contradict each other.
    """
    table = net.demands
    if not len(table):
        return table
    totals = table.groupby("junction", sort=False)["demand_m3_h"].sum()
    own = net.junctions["demand_m3_h"].reindex(totals.index)
    before = net.origin
    kept = {} if before is None else dict(before.junctions["demand_m3_h"])
    then = None if before is None else before.demands.groupby("junction", sort=False)["demand_m3_h"]
    sums = {} if then is None else dict(then.sum())
    out = table
    for name, total in dict(totals).items():
        asked = float(own[name])
        if _same(asked, total) or (before is None and asked == 0.0) or math.isnan(asked):
            continue
        if name in kept and _same(asked, kept[name]):
            continue  # the categories were changed
        if before is None or not _same(total, sums.get(name, math.nan)):
            raise error("JUM-H031", junction=name, demand=f"{asked:g}", total=f"{total:g}")
        rows = table["junction"] == name
        out = table.copy() if out is table else out
        if total:
            out.loc[rows, "demand_m3_h"] *= asked / total
        else:
            out.loc[table.index[rows][0], "demand_m3_h"] += asked
    return out


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
