# SPDX-License-Identifier: EUPL-1.2
"""What commands print: one JSON document, or tables for people; progress goes to stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jumeau.base import i18n
from jumeau.base.findings import rewrite
from jumeau.cli.words import say

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.base.contract import Progress


def plain(value: Any) -> Any:
    """Return a value that JSON can hold: numbers of NumPy and pandas, times, missing values."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, str | bytes):
        value = value.item()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return None if text == "NaT" else text
    return None if str(value) == "<NA>" else str(value)


def show_json(value: Any) -> None:
    """Print the one JSON document of the command."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=2), flush=True)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as plain data, geometry left out."""
    return [
        {str(key): plain(item) for key, item in row.items() if key != "geometry"}
        for row in frame.to_dict("records")
    ]


def quantity(value: Any, digits: int | None = None) -> str:
    """Return a number as people write it, or an empty text."""
    known = plain(value)
    if known is None or isinstance(known, str | bool):
        return "" if known is None else str(known)
    if digits is None and isinstance(known, float):
        # From a hundred on, units; below, four figures that mean something and no zero at the end.
        size = math.floor(math.log10(abs(known))) if known else 0
        known = round(known, 0 if size >= 2 else 3 - size)
        digits = 0 if known.is_integer() else None
    return i18n.number(known, digits).replace("-", "−")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table; the columns that hold figures are those whose name begins with ``>``."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    shown = Table(title=escape(title) or None, title_justify="left", box=None, pad_edge=False)
    for name in columns:
        shown.add_column(
            escape(name.removeprefix(">")),
            justify="right" if name.startswith(">") else "left",
            overflow="fold",
        )
    for row in rows:
        shown.add_row(*(escape(cell) for cell in row))
    # In a file or a pipe lines are as long as they need to be.
    wide = None if sys.stdout.isatty() else 240
    console = Console(file=sys.stdout, highlight=False, width=wide)
    with console.capture() as drawn:
        console.print(shown)
    print("\n".join(line.rstrip() for line in drawn.get().splitlines()))


def findings(frame: pd.DataFrame, most: int = 30) -> None:
    """Print findings, worst first, with their remedies."""
    # An import or a run wrote them in its own language.
    rows = [rewrite(row, i18n.language()) for row in records(frame)]
    if not rows:
        print(say("check.none"))
        return
    for row in rows[:most]:
        print(f"[{say('severity.' + row['severity'])}] {row['code']} · {row['what']}")
        if row.get("remedy"):
            print(f"    → {row['remedy']}")
    if len(rows) > most:
        print(f"… {i18n.number(len(rows) - most)}")
    print(say("check.counts", **counts(rows)))


def counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the number of findings of each severity."""
    found = {"blocks": 0, "degrades": 0, "informs": 0}
    for row in rows:
        found[str(row["severity"])] += 1
    return found


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress | None]:
    """Show the stage and the share done on stderr, when somebody is looking.

    Yields
    ------
    callable or None
        To be given to long work; ``None`` when stderr is not a terminal.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description:<32.32}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=1.0)
        yield lambda stage, share: bar.update(task, description=stage, completed=share)
