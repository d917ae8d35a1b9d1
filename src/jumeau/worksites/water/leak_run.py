# SPDX-License-Identifier: EUPL-1.2
"""The part of a run that searches leaks: every network that has telemetry, then its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jumeau.worksites.water import leak_rows, searching

if TYPE_CHECKING:
    from jumeau.base.contract import Progress
    from jumeau.base.parameters import Parameters
    from jumeau.twin.runs import Recorder
    from jumeau.twin.territory import Territory
    from jumeau.worksites.water.diagnosis import Studied
    from jumeau.worksites.water.searching import Searched


def record(
    record: Recorder,
    territory: Territory,
    studied: Sequence[Studied],
    given: Parameters,
    progress: Progress | None = None,
) -> list[Searched]:
    """Search the leaks of networks and record what is found, missing or in the way.

    Parameters
    ----------
    record : Recorder
        Run that is going on.
    territory : Territory
        Territory.
    studied : sequence of Studied
        Networks computed.
    given : Parameters
        Parameters of the worksite.
    progress : callable, optional
        Receives a stage and the share done of the whole run: this part is its second half.

    Returns
    -------
    list of Searched
        Networks that could be searched.
    """
    if not given["leak_search"].value:
        return []
    found: list[Searched] = []
    for rank, network in enumerate(studied):
        tell = part(progress, 0.5 + 0.5 * rank / len(studied), 0.5 / len(studied))
        one, told = searching.search(territory, network.reading, given, progress=tell)
        record.add_findings(told)
        if one is not None:
            found.append(one)
    if found:
        tz = territory.time_zone
        record.reads("observation")
        rows = leak_rows.leaks(found, given, tz)
        record.add_leaks(rows)
        record.add_series(leak_rows.series(found, tz))
        record.add_indicators(leak_rows.indicators(rows, found, given, tz))
        record.add_findings(leak_rows.findings(rows, found, tz))
        record.describes(**leak_rows.card(found, tz))
    return found


def part(progress: Progress | None, begin: float, length: float) -> Progress | None:
    """Return what tells the progress of a part of some work.

    Parameters
    ----------
    progress : callable or None
        That of the whole.
    begin, length : float
        Where the part begins, and its share of the whole.
    """
    if progress is None:
        return None
    whole = progress
    return lambda stage, share: whole(stage, begin + length * share)
