# SPDX-License-Identifier: EUPL-1.2
"""What the routes of ``/api`` are asked alike: formats, rows wanted, and the answers they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Path, Query

from jumeau.api import facts
from jumeau.interop import writers
from jumeau.interop.http import LONGEST, Answer, rows_answer
from jumeau.interop.served import View

MOST_SKIPPED = 10_000_000
Text = Annotated[str | None, Query(max_length=LONGEST)]
Format = Annotated[str | None, Query(max_length=20, description="json, csv or parquet")]
TableName = Annotated[str, Path(description="Table of the twin", max_length=80)]
Identifier = Annotated[str, Path(description="Identifier of the row", max_length=300)]
Limit = Annotated[int | None, Query(ge=1, description="Most rows: all by default")]
Skip = Annotated[int, Query(ge=0, le=MOST_SKIPPED, description="Rows left out")]
FLAT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}, "application/vnd.apache.parquet": {}}}
}
"""What a list can also be had as."""
Flat = Callable[[Any], tuple[list[dict[str, Any]], list[str]]]


def either(view: View, found: Any, flat: Flat, f: str | None, name: str, **more: Any) -> Answer:
    """Return what was found whole with its rights as JSON, or its rows as CSV or Parquet.

    Parameters
    ----------
    view : View
        What is served.
    found : dict or list
        What was found; a list goes under ``rows``.
    flat : callable
        Returns rows and columns of what was found.
    f : str, optional
        Format asked for.
    name : str
        Of the file.
    **more
        Further members of the JSON.
    """
    if writers.format_of(f, ("json", "csv", "parquet")) != "json":
        rows, columns = flat(found)
        return rows_answer(rows, columns, f, name)
    whole = found if isinstance(found, dict) else {"rows": found}
    return Answer(writers.to_json({**whole, **more, **facts.rights(view)}))
