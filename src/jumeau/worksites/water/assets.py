# SPDX-License-Identifier: EUPL-1.2
"""What a run tells of the assets without any hydraulics: breaks to come, duties of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jumeau.base.errors import JumeauError

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.base.parameters import Parameters
    from jumeau.twin.runs import Recorder
    from jumeau.twin.territory import Territory


def record(record: Recorder, territory: Territory, given: Parameters) -> None:
    """Record the breaks expected of every pipe, and the indicators of the service (SISPEA).

    Parameters
    ----------
    record : Recorder
        Run that is going on.
    territory : Territory
        Territory.
    given : Parameters
        Parameters of the worksite.
    """
    from jumeau.worksites.water import sispea

    record.reads("pipe_break", "water_volume", "water_knowledge")
    record.add_findings(sispea.findings(territory))
    duties = sispea.rows(territory)
    if len(duties):
        record.add_indicators(duties[duties["value"].notna()])
    rates = breaks(territory)
    if rates is not None:
        record.add_findings(rates.attrs.get("findings", ()))
        record.add_indicators(expected(territory, rates))


def breaks(territory: Territory) -> pd.DataFrame | None:
    """Return the breaks that pipes will have, as ``break_rates`` tells them; ``None`` if it cannot.

    Parameters
    ----------
    territory : Territory
        Territory with its pipes, and their past breaks when it has them.
    """
    import datetime as dt

    from jumeau.worksites.water.breaks import break_rates

    pipes = territory.geo("pipe")
    if not len(pipes):
        return None
    try:
        return break_rates(pipes, territory.geo("pipe_break"), dt.datetime.now(dt.UTC).date())
    except JumeauError:
        return None


def expected(territory: Territory, rates: pd.DataFrame) -> pd.DataFrame:
    """Return the breaks expected in a year as indicators: by pipe, and of every network.

    Parameters
    ----------
    territory : Territory
        Territory.
    rates : DataFrame
        Answer of :func:`breaks`.
    """
    import datetime as dt

    import pandas as pd

    names = ("indicator", "scope", "entity", "year", "value", "low", "high", "unit",
             "estimated_share")  # fmt: skip
    frame = rates.rename(columns={"rate": "value"})[["value", "low", "high"]].copy()
    frame["entity"] = rates.index.astype(str)
    usual = rates.attrs.get("since") is None  # no record: published rates
    frame["estimated_share"] = 1.0 if usual else rates["estimated"].astype(float).to_numpy()
    frame = frame.assign(indicator="water_break_rate", scope="pipe")
    pipes = territory.table("pipe", columns=["id", "network_id"]).to_pandas()
    network = pipes.set_index(pipes["id"].astype(str))["network_id"].fillna("")
    groups = frame.groupby(network.reindex(frame["entity"]).fillna("").to_numpy())
    whole = groups[["value", "low", "high"]].sum()
    whole["estimated_share"] = groups["estimated_share"].mean()
    whole = whole.rename_axis("entity").reset_index()
    whole = whole.assign(indicator="water_breaks_expected", scope="water_network")
    every = pd.concat([whole, frame], ignore_index=True)
    return every.assign(year=dt.datetime.now(dt.UTC).year, unit="1/yr")[list(names)]
