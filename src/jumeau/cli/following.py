# SPDX-License-Identifier: EUPL-1.2
"""Commands that follow a territory: watch its readings, grade what was found in an exercise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jumeau.base.contract import Grading, Watching
from jumeau.base.errors import error
from jumeau.cli import output
from jumeau.cli.building import Folder, Json
from jumeau.cli.words import say

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.base.contract import Progress
    from jumeau.twin.territory import Territory

Worksites = Annotated[
    list[str] | None, typer.Argument(metavar="[WORKSITE]…", help=say("watch.worksites"))
]


def watch(
    folder: Folder,
    worksites: Worksites = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE|TIME", help=say("watch.since"))
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the alerts that readings raise."""
    from jumeau.twin import territory as twin

    territory = twin.open(folder)
    with output.progress(as_json) as progress:
        found = alerts(territory, worksites, since, progress)
    rows = output.records(found)
    if as_json:
        output.show_json({"alerts": rows, "count": len(rows)})
        return
    if not rows:
        print(say("watch.none"))
    for row in rows:
        print(f"[{say('severity.' + row['severity'])}] {row['code']} · {row['what']}")
        for text in filter(None, (row["why"], row["remedy"])):
            print(f"    → {text}")
    print(say("watch.count", count=len(rows)))


def alerts(
    territory: Territory,
    names: Sequence[str] | None = None,
    since: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return the alerts of worksites, those that watch; nothing is written.

    Parameters
    ----------
    territory : Territory
        Territory.
    names : sequence of str, optional
        Worksites; all that watch by default.
    since : str, optional
        Date or time on the clocks of the place; each worksite has its own usual one.
    progress : callable, optional
        Receives a stage and the share done.

    Returns
    -------
    DataFrame
        One row an alert (see :class:`jumeau.base.contract.Watching`), with its ``worksite``.

    Raises
    ------
    UnknownNameError
        ``JUM-B001`` for a worksite that nobody provides.
    InvalidError
        ``JUM-C007`` for one that does not watch; ``JUM-B042`` when ``since`` is not a time.
    """
    import pandas as pd

    from jumeau.base.time import parse_time
    from jumeau.twin.scenario import Scenario

    if since is not None:
        parse_time(since, territory.time_zone)
    scenario = Scenario(values=territory.settings.parameters)
    found: list[pd.DataFrame] = [
        worksite.watch(territory, since, scenario, progress).assign(worksite=name)
        for name, worksite in _able(names, Watching).items()
    ]
    some = [rows for rows in found if len(rows)]
    return pd.concat(some or found or [pd.DataFrame()], ignore_index=True)


def grade(folder: Folder, worksites: Worksites = None, as_json: Json = False) -> None:
    """Grade what was found of what a demonstrator hides."""
    from jumeau.twin import territory as twin

    territory = twin.open(folder)
    found = {name: item.grade(territory) for name, item in _able(worksites, Grading).items()}
    if as_json:
        output.show_json(found)
        return
    for item in found.values():
        _show(item)


def _show(found: dict[str, Any]) -> None:
    rows = output.records(found["rows"]) if hasattr(found["rows"], "columns") else found["rows"]
    if rows:
        columns = found.get("columns") or list(rows[0])
        heads = found.get("heads") or columns
        texts = [tuple("" if row[name] is None else str(row[name]) for name in columns)
                 for row in rows]  # fmt: skip
        output.table(list(heads), texts)
    print(found["sentence"])


def _able(names: Sequence[str] | None, kind: type[Any]) -> dict[str, Any]:
    """Return the worksites named that have an ability, or all that have it."""
    from jumeau import workflow

    able = {name: item for name, item in workflow.worksites().items() if isinstance(item, kind)}
    for name in workflow.worksites(names) if names else ():
        if name not in able:
            raise error("JUM-C007", name=name, known=list(able))
    return {name: item for name, item in able.items() if not names or name in names}
