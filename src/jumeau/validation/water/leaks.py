# SPDX-License-Identifier: EUPL-1.2
"""Leaks: the contest's scorer, the regenerated and generated years, balances, faults.

The regenerated years are no official data: the scores of the teams beside ours were earned on the
official ones. A folder ``battledim/official`` with these is scored too, by the same settings.
``JUMEAU_WATER_YEARS`` is the number of generated years (1), ``JUMEAU_WATER_YEARS_FOLDER`` where
they are kept.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Literal

from jumeau.validation.registry import Case
from jumeau.validation.water import leak_faults, leak_reliability, leak_searches, scada
from jumeau.validation.water.leak_searches import CONTEST, OFFICIAL, SEMIREAL, Search
from jumeau.validation.water.study import Figure, Study

PERFECT_EUR = 523_153.82
"""What the contest's rule gives a search that finds everything at once."""
GOAL_EUR, GOAL_HITS, GOAL_FALSE, GOAL_M = 330_000.0, 17, 4, 120.0
LEAKS = 23
C_LEAKS = ["p257", "p280", "p277"]
C_METER = "PUMP_1"
"""What feeds area C: the name of its district."""
RULE = "rule of BattLeDIM 2020 and its fixtures (KIOS-Research/BattLeDIM)"
REGENERATED = (
    "regenerated 2019, not the official data: EPANET 2.3 on L-TOWN with the real inflow and the "
    "official leaks; parameters chosen on 2018 and on generated years, never on 2019"
)
BESIDE = (
    "score of the team on the official data; ours on the regenerated data, which are not the "
    "official ones; passes when ours is as high"
)
OWN = "years drawn by this project: other leaks, demands and pipes; truth of the draws"
LICENCE = "EUPL-1.2"
FACTS = "facts"
Finder = Callable[[Path, bool], Search]
Compute = Callable[[], Mapping[str, float | None]] | None


@dataclass(frozen=True)
class AtLeast(Case):
    """A case that passes from its reference on, less the tolerance."""

    def verdict(self, ours: float | None) -> Literal["pass", "fail"]:
        """Return whether a value is as high as the reference less the tolerance.

        Parameters
        ----------
        ours : float or None
            Computed value, in the unit of the reference [-].
        """
        if ours is None or self.reference is None:
            return "fail"
        return "pass" if ours >= self.reference - self.margin else "fail"


class Higher(Study):
    """A study whose figures pass from their references on."""

    def cases(self) -> Iterator[Case]:
        """Yield a case by figure."""
        for case in super().cases():
            yield AtLeast(**case.__dict__)


def scores(shared: Path) -> dict[str, float]:
    """Return what our scorer gives the contest's fixtures.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    import pandas as pd

    from jumeau.worksites import water

    truth, flow, _ = leak_searches.published(shared)
    net = leak_searches.contest_net(shared)
    found = {}
    for name, file in (("perfect", "perfect_team"), ("test", "test_team"),
                       ("several", "test_team_multiple")):  # fmt: skip
        given = pd.read_csv(shared / CONTEST / f"submission_{file}.csv")
        score = water.score_battledim(given, truth, flow, net)
        found[f"{name} submission"] = score.score_eur
        if name == "several":
            found["hits"] = float(score.true_positives)
            found["false alarms"] = float(score.false_positives)
            found["leaks not found"] = float(score.false_negatives)
    return found


def judged(search: Finder, shared: Path, online: bool = False) -> dict[str, float]:
    """Return the figures of a search.

    Parameters
    ----------
    search : callable
        Makes it, from the folder of real files and whether the future stays hidden.
    shared : Path
        Folder of real files.
    online : bool
        Whether the future stays hidden.
    """
    score = search(shared, online).score
    return {
        "score": score.score_eur,
        "leaks found": float(score.true_positives),
        "false alarms": float(score.false_positives),
        "median distance": score.median_distance_m,
        "median delay": score.median_delay_d,
    }


def teams(shared: Path) -> dict[str, float]:
    """Return the published score of each team on the official data [€].

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    with (shared / CONTEST / "published_ranking.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["team"]: float(row["score_eur"]) for row in rows if row["team"] != "perfect"}


def beside(search: Finder, shared: Path) -> dict[str, float]:
    """Return our score beside each team's, and the number of teams that have less.

    Parameters
    ----------
    search : callable
        Makes ours.
    shared : Path
        Folder of real files.
    """
    names, ours = teams(shared), search(shared, False).score.score_eur
    return dict.fromkeys(names, ours) | {
        "teams with less": float(sum(ours > it for it in names.values()))
    }


def balance(shared: Path) -> dict[str, float]:
    """Return the error of the daily leak flow of area C [m³/h].

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    import pandas as pd

    search = leak_searches.search_semireal(shared)
    flow = search.record.leakflow[C_LEAKS].sum(axis=1)
    truth = flow.groupby(pd.DatetimeIndex(flow.index).normalize()).mean()
    told = search.leaks.attrs["balance"]
    ours = told.loc[told["district"] == C_METER, "leak_m3_h"].reindex(truth.index)
    return {"mean absolute error": float((ours - truth).abs().mean())}


def shares(shared: Path) -> dict[str, float]:
    """Return the share of the perfect score of 2019 and of each generated year.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    reference = leak_searches.search_semireal(shared).score.share
    by_year = {
        f"generated year {seed}": leak_searches.search_generated(shared, seed).score.share
        for seed in leak_searches.seeds()
    }
    mean = sum(by_year.values()) / len(by_year)
    return {"2019": reference} | by_year | {"generated years over 2019": mean / reference}


def held(shared: Path) -> dict[str, float]:
    """Return how the probabilities hold, over 2019 and the generated years.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    searches = [leak_searches.search_semireal(shared)]
    searches += [leak_searches.search_generated(shared, seed) for seed in leak_searches.seeds()]
    found = leak_reliability.reliability(searches)
    table = found.table[found.table["count"] > 0]
    away = (table["seen"] - table["said"]).astype(float)
    rows = {
        _class(low, high): float(gap)
        for low, high, gap in zip(table["low"], table["high"], away, strict=True)
    }
    return {
        **dict.fromkeys((_class(a, b) for a, b in _classes()), 0.0), **rows,
        "said less seen, all leaks": found.said - found.seen,
        "zones of 80 % that hold the leak": found.zones,
        "mean square of the difference": found.brier,
    }  # fmt: skip


def robust(shared: Path) -> dict[str, float]:
    """Return the share of the score that 2 % of bad readings leave.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    return {"score over that without": leak_faults.two_percent(shared)}


def faults(shared: Path) -> dict[str, float]:
    """Return what is told of each fault, and the confident wrong leaks of all.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    found = leak_faults.verdicts(shared)
    return {name: float(it.told) for name, it in found.items()} | {
        "confident wrong leaks": float(sum(it.wrong for it in found.values()))
    }


def _classes() -> list[tuple[float, float]]:
    edges = leak_reliability.EDGES
    return list(pairwise(edges))


def _class(low: float, high: float) -> str:
    return f"seen less said, {low:g} to {high:g}"


def _bars(every: bool = True) -> tuple[Figure, ...]:
    """Return the figures of a search: judged, or only shown."""
    return (
        Figure("score", PERFECT_EUR, PERFECT_EUR - (GOAL_EUR if every else 0.0), "€", alone=every),
        Figure("leaks found", LEAKS, LEAKS - (GOAL_HITS if every else 0), "", alone=every),
        Figure("false alarms", 0.0, GOAL_FALSE, "", alone=every),
        Figure("median distance", 0.0, GOAL_M, "m", alone=every),
        Figure("median delay", 0.0, 30.0, "d", alone=False),
    )


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield what is judged of leaks.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    """
    here = shared is not None and (shared / SEMIREAL).is_dir()

    def on(function: Callable[..., dict[str, float]], *first: Finder) -> Compute:
        return partial(function, *first, shared) if here else None

    search = leak_searches.search_semireal
    yield Study(
        "scorer of the leak contest", "score_battledim", on(scores),
        (
            Figure("perfect submission", PERFECT_EUR, 0.01, "€"),
            Figure("test submission", PERFECT_EUR, 0.01, "€"),
            Figure("several submission", 9_547.81, 0.01, "€"),
            Figure("hits", 1, 0, ""), Figure("false alarms", 1, 0, ""),
            Figure("leaks not found", LEAKS - 1, 0, ""),
        ),
        RULE, LICENCE,
    )  # fmt: skip
    yield Study("regenerated 2019", "find_leaks", on(judged, search), _bars(), REGENERATED, LICENCE)
    online = partial(judged, search, shared, True) if shared is not None and here else None
    yield Study("regenerated 2019 online", "find_leaks", online, _bars(False), REGENERATED, LICENCE)
    names = teams(shared) if shared is not None and here else {}
    yield Higher(
        "regenerated 2019 beside the teams of the official one", "find_leaks",
        on(beside, search),
        (
            *(Figure(name, score, 0.0, "€", alone=False) for name, score in names.items()),
            Figure("teams with less", float(len(names)), 0.0, ""),
        ),
        BESIDE, FACTS,
    )  # fmt: skip
    yield from _official(shared)
    error = (Figure("mean absolute error", 0.0, 0.2, "m³/h"),)
    yield Study("daily leak flow of area C", "find_leaks", on(balance), error, REGENERATED, LICENCE)
    goal = round(GOAL_EUR / PERFECT_EUR, 3)
    yield Higher(
        "share of the perfect score", "find_leaks", on(shares),
        (
            Figure("2019", goal, 0.0, ""),
            *(Figure(f"generated year {seed}", goal, 0.0, "", alone=False)
              for seed in leak_searches.seeds()),
            Figure("generated years over 2019", 1.0, 0.1, ""),
        ),
        OWN, LICENCE,
    )  # fmt: skip
    yield Study(
        "reliability of the probabilities", "find_leaks", on(held),
        (
            *(Figure(_class(a, b), 0.0, 0.2, "", alone=False) for a, b in _classes()),
            Figure("said less seen, all leaks", 0.0, 0.1, ""),
            Figure("zones of 80 % that hold the leak", 0.8, 0.2, "", alone=False),
            Figure("mean square of the difference", 0.0, 0.2, "", alone=False),
        ),
        OWN, LICENCE,
    )  # fmt: skip
    left = (Figure("score over that without", 1.0, 0.1, ""),)
    yield Higher("2 % of bad readings", "find_leaks", on(robust), left, REGENERATED, LICENCE)
    yield Study(
        "bad telemetry", "find_leaks", on(faults),
        (
            *(Figure(it.name, 1.0, 0.0, "") for it in leak_faults.spoilt()),
            Figure("confident wrong leaks", 0.0, 0.0, ""),
        ),
        "faults put in three months of the regenerated 2018; 1 when they are told", LICENCE,
    )  # fmt: skip


def _official(shared: Path | None) -> Iterator[Study]:
    """Yield the scores on the contest's own telemetry, once somebody has put it there."""
    if shared is None or not scada.complete(shared / OFFICIAL):
        return
    search, names = leak_searches.search_official, teams(shared)
    source, licence = "official telemetry of BattLeDIM 2020 (Zenodo 4017659)", "CC-BY-4.0"
    offline, online = (partial(judged, search, shared, later) for later in (False, True))
    yield Study("official 2019", "find_leaks", offline, _bars(False), source, licence)
    yield Study("official 2019 online", "find_leaks", online, _bars(False), source, licence)
    yield Higher(
        "official 2019 beside the teams", "find_leaks", partial(beside, search, shared),
        (
            *(Figure(name, score, 0.0, "€", alone=False) for name, score in names.items()),
            Figure("teams with less", float(len(names)), 0.0, ""),
        ),
        "score of the team and ours on the official data", FACTS,
    )  # fmt: skip
