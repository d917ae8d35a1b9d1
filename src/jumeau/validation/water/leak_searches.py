# SPDX-License-Identifier: EUPL-1.2
"""Records in which leaks are searched, what was hidden in them, and the searches, done once."""

from __future__ import annotations

import json
import os
import tempfile
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.validation.water import scada
from jumeau.validation.water.generated_years import generate, sensors_of

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.leaks.scoring import Score
    from jumeau.worksites.water.network import Network

CONTEST = Path("validation") / "water" / "battledim"
SEMIREAL = Path("validation") / "water" / "semireal"
OFFICIAL = CONTEST / "official"
TRAIN = ("2018-01-01 00:00", "2018-01-07 23:55")
"""The only week without a leak."""
YEARS_VARIABLE = "JUMEAU_WATER_YEARS"
FOLDER_VARIABLE = "JUMEAU_WATER_YEARS_FOLDER"
FIRST_SEED = 1
FRAMES = ("pressures", "flows", "levels", "meters")


@dataclass(frozen=True)
class Record:
    """A record of telemetry and the leaks it hides.

    Parameters
    ----------
    name : str
        What it is.
    net : Network
        The model.
    pressures, flows, levels, meters : DataFrame
        Telemetry [m], [m³/h], [m], [l/h].
    train : (time, time)
        Period without leaks.
    truth : DataFrame
        Leaks of the judged period.
    leakflow : DataFrame
        Their flows over the judged period [m³/h].
    every : DataFrame
        Leaks of the whole record, ``pipe, start, end``.
    """

    name: str
    net: Network
    pressures: pd.DataFrame
    flows: pd.DataFrame
    levels: pd.DataFrame
    meters: pd.DataFrame
    train: tuple[Any, Any]
    truth: pd.DataFrame
    leakflow: pd.DataFrame
    every: pd.DataFrame

    def until(self, end: Any) -> Record:
        """Return the record up to a time; the leaks are left as they are.

        Parameters
        ----------
        end : time
            Last time kept.
        """
        return replace(self, **{name: getattr(self, name)[:end] for name in FRAMES})

    def telemetry(self) -> dict[str, pd.DataFrame]:
        """Return the four frames by name."""
        return {name: getattr(self, name) for name in FRAMES}


@dataclass(frozen=True)
class Search:
    """A search and what it is worth.

    Parameters
    ----------
    record : Record
        Where.
    leaks : DataFrame
        Answer of :func:`find_leaks`.
    score : Score
        By the contest's rule.
    seconds : float
        Wall time [s].
    """

    record: Record
    leaks: pd.DataFrame
    score: Score
    seconds: float


def searched(record: Record, online: bool = False) -> Search:
    """Search the leaks of a record and score what is found.

    Parameters
    ----------
    record : Record
        Telemetry and truth.
    online : bool
        Whether the future stays hidden.
    """
    from jumeau.worksites import water

    start = time.perf_counter()
    found = water.find_leaks(
        record.net, record.pressures, record.flows, record.levels, record.meters,
        train=record.train, online=online,
    )  # fmt: skip
    spent = time.perf_counter() - start
    score = water.score_battledim(found, record.truth, record.leakflow, record.net)
    return Search(record, found, score, spent)


@cache
def contest_net(shared: Path) -> Network:
    """Return the contest's network, L-TOWN.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    from jumeau.worksites import water

    return water.read_inp(shared / CONTEST / "L-TOWN.inp")


@cache
def published(shared: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the leaks of 2019, their flows, and the leaks of both years.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    import pandas as pd

    folder = shared / CONTEST
    dates = ["start", "end", "peak"]
    before, truth = (
        pd.read_csv(folder / f"leaks_{year}.csv", parse_dates=dates) for year in (2018, 2019)
    )
    flow = pd.read_parquet(folder / "leakflows_2019_truth.parquet")
    over = before[~before["pipe"].isin(truth.loc[truth["start"] < flow.index[0], "pipe"])]
    columns = ["pipe", "start", "end"]
    return truth, flow, pd.concat([over[columns], truth[columns]], ignore_index=True)


@cache
def semireal(shared: Path) -> Record:
    """Return the regenerated years 2018 and 2019.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    import pandas as pd

    folder = shared / SEMIREAL
    net = contest_net(shared)
    scada_, amr = (
        pd.concat([pd.read_parquet(folder / f"semi{year}_{what}.parquet") for year in (2018, 2019)])
        for what in ("scada", "amr")
    )
    pressures = [name for name in scada_ if name in net.junctions.index]
    levels = [name for name in scada_ if name in net.tanks.index]
    flows = [name for name in scada_ if name not in (*pressures, *levels)]
    return Record(
        "regenerated", net, scada_[pressures], scada_[flows], scada_[levels], amr, TRAIN,
        *published(shared),
    )  # fmt: skip


@cache
def official(shared: Path) -> Record:
    """Return the years 2018 and 2019 as the contest published them.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    frames = scada.read(shared / OFFICIAL)
    truth, flow, every = published(shared)
    return Record(
        "official", contest_net(shared), frames["pressures"], frames["flows"], frames["levels"],
        frames["meters"], TRAIN, truth, flow, every,
    )  # fmt: skip


def seeds() -> list[int]:
    """Return the seeds of the years to generate: one, or as many as the variable says."""
    count = os.environ.get(YEARS_VARIABLE, "1")
    return list(range(FIRST_SEED, FIRST_SEED + (int(count) if count.isdigit() else 1)))


@cache
def generated(shared: Path, seed: int) -> Record:
    """Return a generated record of two years of L-TOWN, the second one judged.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    seed : int
        Of the draws [-].
    """
    place = os.environ.get(FOLDER_VARIABLE)
    folder = Path(place) if place else Path(tempfile.gettempdir()) / "jumeau-water-years"
    sensors = json.loads((shared / CONTEST / "sensors.json").read_text("utf-8"))
    year = generate(contest_net(shared), seed, sensors_of(sensors), folder)
    return Record(
        f"year {seed}", year.net, year.pressures, year.flows, year.levels, year.meters,
        year.train, year.truth, year.leakflow, year.every,
    )  # fmt: skip


@cache
def search_semireal(shared: Path, online: bool = False) -> Search:
    """Return the search of the regenerated years.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    online : bool
        Whether the future stays hidden.
    """
    return searched(semireal(shared), online)


@cache
def search_official(shared: Path, online: bool = False) -> Search:
    """Return the search of the contest's own telemetry.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    online : bool
        Whether the future stays hidden.
    """
    return searched(official(shared), online)


@cache
def search_generated(shared: Path, seed: int) -> Search:
    """Return the search of a generated year.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    seed : int
        Of the draws [-].
    """
    return searched(generated(shared, seed))
