# SPDX-License-Identifier: EUPL-1.2
"""Steps of a recipe, one after the other: which of them, and each into the twin."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.base.contract import Progress
from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.base.findings import Finding, finding
from jumeau.sources import recipe as recipes
from jumeau.sources.connectors import record
from jumeau.sources.connectors.fetch import FetchReport
from jumeau.sources.connectors.fetch import fetch as fetch_
from jumeau.sources.recipe import Step

if TYPE_CHECKING:
    from jumeau.twin.adding import AddReport
    from jumeau.twin.territory import Territory


def steps(
    path: Path, variables: Mapping[str, str] | None, only: Sequence[str]
) -> tuple[list[Step], bool]:
    """Return the steps to run, and whether they are all those of the recipe.

    Parameters
    ----------
    path : Path
        Recipe.
    variables : mapping or None
        Values of its variables.
    only : sequence of str
        Names of steps, or datasets of the catalogue; all steps when there is none.

    Raises
    ------
    UnknownNameError
        ``JUM-S351`` for a name that is neither.
    """
    known = recipes.load(path, variables).steps if path.is_file() else []
    if not only:
        return known, True
    chosen: list[Step] = []
    for name in only:
        named = [step for step in known if name in (step.name, step.file)]
        if not named and name in record.catalog():
            named = [Step({"source": name})]
        if not named:
            names = sorted({*(step.name for step in known), *record.catalog()})
            raise error(
                "JUM-S351",
                name=name,
                known=[step.name for step in known],
                suggestion=did_you_mean(name, names),
            )
        chosen += named
    return chosen, False


def add(territory: Territory, step: Step) -> list[AddReport]:
    """Import the files of a step: together into a raster layer, one by one into a table."""
    from jumeau.twin import schema

    files = step.files()
    rest = {key: value for key, value in step.arguments.items() if key != "file"}
    table = rest.get("table")
    if table is None or schema.target(str(table)) is None:
        return [territory.add(files if len(files) > 1 else files[0], **rest)]
    return [territory.add(file, **rest) for file in files]


def fetch(
    territory: Territory, step: Step, offline: str | Path | None, progress: Progress | None
) -> FetchReport:
    """Fetch the dataset of a step."""
    return fetch_(
        step.source,
        territory,
        code=step.arguments.get("code"),
        cache=offline,
        offline=offline is not None,
        progress=progress,
    )


def missed(step: Step, exc: JumeauError) -> Finding:
    """Return the finding of a dataset that could not be had: why, and where it is by hand."""
    item = record.dataset(step.source)
    page = item.page_url or item.base_url
    return finding("JUM-S350", item.target, item.name, detail=exc.what, page=page)


def standing(territory: Territory, scenario: str, names: Sequence[str]) -> list[Finding]:
    """Return the findings of the latest refresh about other steps than those named."""
    rows = territory.sql(
        'SELECT f.code, f."table", f.entity, f.data FROM finding f WHERE f.run_id = ('
        "SELECT arg_max(id, started_at) FROM run WHERE worksite = 'refresh' AND scenario = ?)",
        [scenario],
    ).to_pylist()
    return [
        Finding(row["code"], row["table"] or "", row["entity"] or "", json.loads(row["data"]))
        for row in rows
        if row["entity"] not in names
    ]
