# SPDX-License-Identifier: EUPL-1.2
"""Leaks in a history of telemetry: where, since when, how much, how sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.network import Network


def find_leaks(
    net: Network,
    pressures: pd.DataFrame,
    flows: pd.DataFrame,
    levels: pd.DataFrame | None = None,
    meters: pd.DataFrame | None = None,
    *,
    train: tuple[Any, Any],
    online: bool = False,
) -> pd.DataFrame:
    """Find the leaks of a history (sparse Bayesian regression on a linearised network).

    Parameters
    ----------
    net : Network
        The model of the network.
    pressures, flows, levels, meters : DataFrame
        Telemetry indexed by time, a column an element: pressures at junctions [m], flows of links
        [m³/h], levels of tanks [m], consumption at junctions [l/h]. Other units, gaps and faults
        are recognised by :func:`~jumeau.worksites.water.telemetry.preparing.prepare`.
    train : (start, end)
        Period without leak. With a leak in it, leaks are relative to that period.
    online : bool
        Whether each detection may use only what was measured before it.

    Returns
    -------
    DataFrame
        A row a leak, by onset: ``pipe``, ``start``, ``end`` (NaT while alive), ``flow_m3_h`` at
        the end of the record or before the repair with ``flow_low`` and ``flow_high`` (80 %)
        [m³/h], ``probability`` that a leak runs within 300 m, ``zone`` (pipes that hold 80 %),
        ``detected_at`` (when it runs with 95 % probability; online, when the data told it),
        ``kind`` ("burst", "incipient"), ``district``, ``zone_95``, ``pipe_probability``,
        ``eur_day`` and ``cost_so_far_eur`` [€]. ``attrs``: ``faults``, ``findings``, ``balance``,
        ``growth``, ``quality``, ``settings``.

    Raises
    ------
    InvalidError
        ``JUM-H188`` and ``JUM-H189`` for the telemetry.
    NotComputableError
        ``JUM-H160`` without any pressure or balance to search in, ``JUM-H020`` for a network that
        the batched engine does not compute.

    References
    ----------
    Vrachimis et al. (2022), Battle of the Leakage Detection and Isolation Methods, Journal of
    Water Resources Planning and Management 148(12); Pati, Rezaiifar and Krishnaprasad (1993),
    Orthogonal matching pursuit; Todini and Pilati (1988), A gradient algorithm for the analysis of
    pipe networks.
    """
    from jumeau.worksites.water.batched import model
    from jumeau.worksites.water.leaks import telling
    from jumeau.worksites.water.leaks.history import History
    from jumeau.worksites.water.leaks.online import follow
    from jumeau.worksites.water.leaks.passes import searched
    from jumeau.worksites.water.telemetry.preparing import prepare

    why = model.unsupported(net)
    if why:
        raise error("JUM-H020", why={"en": why, "fr": "les fuites des conduites"})
    frames = (pressures, flows, levels, meters)
    if online:
        return follow(net, frames, train)
    told = prepare(*frames, train=train, net=net)
    if not told.matches:
        return telling.empty(told)
    history = History(net, told)
    if not history.searchable():
        raise error("JUM-H160")
    found = searched(history)
    every = list(range(len(found.leaks)))
    return telling.table(history, told, found, telling.rows_of(history, found, every), every)
