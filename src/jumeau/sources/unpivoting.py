# SPDX-License-Identifier: EUPL-1.2
"""Files with a column a quantity turned into rows: one a filled cell, the quantity beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from jumeau.base import units
from jumeau.sources.drivers import Records
from jumeau.sources.folding import fold

_UNIT = re.compile(r"\s*[\(\[][^)\]]*[\)\]]\s*$")


def unpivot(records: Records, spec: Mapping[str, Any]) -> Records:
    """Return one row a filled cell of the columns of a profile, the others kept beside it.

    Parameters
    ----------
    records : Records
        Rows of the file.
    spec : mapping
        ``name`` and ``value``, the columns to make; ``columns``, {name: columns of the file that
        may hold it, in order of preference}; ``object``, a column of JSON objects whose keys are
        columns too. A unit between parentheses after the name of a column says nothing.

    Returns
    -------
    Records
        The records unchanged when no such column is there. A blank cell is no row: what nobody
        wrote is not known.
    """
    import pyarrow as pa

    table = _opened(records.table, str(spec.get("object", "")))
    known = {fold(_UNIT.sub("", name)): name for name in reversed(table.column_names)}
    inside = fold(str(spec.get("object", "")))
    if inside:  # a connector has opened the objects: their name comes before that of the key
        bare = {name.removeprefix(inside): column for name, column in known.items()}
        known = bare | known
    held = {
        name: column
        for name, wanted in spec["columns"].items()
        if (column := next((known[fold(it)] for it in wanted if fold(it) in known), None))
    }
    if not held:
        return records
    kept = [name for name in table.column_names if name not in held.values()]
    places: list[int] = []
    names: list[str] = []
    values: list[str] = []
    texts = {name: _texts(table.column(column)) for name, column in held.items()}
    for row in range(table.num_rows):
        for name, column in texts.items():
            text = column[row]
            if text is not None and text.strip().casefold() not in units.MISSING | {"."}:
                places.append(row)
                names.append(name)
                values.append(text.strip())
    made = table.select(kept).take(pa.array(places, pa.int64()))
    made = made.append_column(str(spec["name"]), pa.array(names, pa.string()))
    made = made.append_column(str(spec["value"]), pa.array(values, pa.string()))
    return replace(
        records, table=made, geometry=None, read=len(places), announced=None, dropped=0,
        touched=None,
    )  # fmt: skip


def _texts(column: Any) -> list[str | None]:
    return [None if value is None else str(value) for value in column.to_pylist()]


def _opened(table: Any, name: str) -> Any:
    """Return a table with the keys of a column of JSON objects as columns."""
    import pyarrow as pa

    if not name or name not in table.column_names:
        return table
    objects = [_object(text) for text in table.column(name).to_pylist()]
    table = table.drop_columns([name])
    for key in _keys(objects):
        if key not in table.column_names:
            texts = [None if it.get(key) is None else str(it[key]) for it in objects]
            table = table.append_column(key, pa.array(texts, pa.string()))
    return table


def _keys(objects: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for item in objects for key in item))


def _object(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
