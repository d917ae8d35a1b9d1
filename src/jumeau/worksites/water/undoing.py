# SPDX-License-Identifier: EUPL-1.2
"""Changes of a network taken back: cells, rows, lists of rows, and the order of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jumeau.worksites.water.network import COLUMNS, Network, tuples

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.report import Edit

LISTS = {"vertices": "link", "demands": "junction"}
"""Tables of several rows an entity, with the column that names it."""
TEXTS = ("controls", "rules")
Row = dict[str, Any]


def orders(net: Network) -> dict[str, list[str]]:
    """Return the ids of the rows of each table that repairs may change, in their order."""
    found = {name: list(getattr(net, name).index) for name in COLUMNS if name not in LISTS}
    for table, key in LISTS.items():
        found[table] = list(getattr(net, table)[key])
    return found


def undone(net: Network, edits: Sequence[Edit], order: Mapping[str, Sequence[str]]) -> Network:
    """Return a network with changes taken back.

    Parameters
    ----------
    net : Network
        As it is; it is not changed.
    edits : sequence of Edit
        The last first.
    order : mapping of str to sequence of str
        Ids of rows of tables as they were, see :func:`orders`.

    Returns
    -------
    Network
        With each edit's ``before`` in its place; rows that were there come in their former order.
    """
    import pandas as pd

    out = net.copy()
    cells: dict[str, dict[str, Row]] = {}
    rows: dict[str, dict[str, Row | None]] = {}
    lists: dict[str, dict[str, list[Row]]] = {}
    names: dict[str, dict[str, str]] = {}
    for edit in edits:
        if edit.table in TEXTS:
            setattr(out, edit.table, list(edit.before))
        elif edit.table in LISTS:
            lists.setdefault(edit.table, {})[edit.entity] = edit.before
        elif edit.column == "id":
            names.setdefault(edit.table, {})[edit.entity] = edit.before
        elif edit.column == "":
            rows.setdefault(edit.table, {})[edit.entity] = edit.before and dict(edit.before)
            cells.get(edit.table, {}).pop(edit.entity, None)
        else:
            whole = rows.get(edit.table, {}).get(edit.entity)
            if whole is None:
                whole = cells.setdefault(edit.table, {}).setdefault(edit.entity, {})
            whole[edit.column] = edit.before
    for table, changed in cells.items():
        _write(out.assets[table] if table in out.assets else getattr(out, table), changed)
    for table, back in rows.items():
        setattr(out, table, _replaced(getattr(out, table), back))
    for table, groups in lists.items():
        setattr(out, table, _regrouped(getattr(out, table), LISTS[table], groups))
    for table in {*rows, *lists}:
        setattr(out, table, _ordered(getattr(out, table), LISTS.get(table), order.get(table, ())))
    for table in {*cells, *rows, *lists} - set(out.assets):
        setattr(out, table, _typed(getattr(out, table), getattr(net, table)))
    for table, renamed in names.items():
        frame = getattr(out, table)
        known = [renamed.get(name, name) for name in frame.index]
        frame.index = pd.Index(known, dtype=frame.index.dtype, name="id")
    return out


def _typed(table: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the types of another one."""
    out = table.astype(dict(like.dtypes))
    out.index = out.index.astype(like.index.dtype)
    return out


def _write(table: pd.DataFrame, changed: Mapping[str, Row]) -> None:
    """Write cells, column by column."""
    places = {name: k for k, name in enumerate(table.index)}
    columns: dict[str, tuple[list[int], list[Any]]] = {}
    for name, values in changed.items():
        if name in places:
            for column, value in values.items():
                at, what = columns.setdefault(column, ([], []))
                at.append(places[name])
                what.append(value)
    for column, (at, what) in columns.items():
        array = table[column].to_numpy(copy=True)
        for place, value in zip(at, what, strict=True):
            array[place] = value
        table[column] = array


def _replaced(table: pd.DataFrame, back: Mapping[str, Row | None]) -> pd.DataFrame:
    """Return a table with rows as they were: those of None out, the others in."""
    there = {name: row for name, row in back.items() if row is not None}
    kept = table.loc[[name not in back for name in table.index]]
    return _joined(kept, there, list(there))


def _joined(kept: pd.DataFrame, rows: Mapping[str, Row], index: list[Any]) -> pd.DataFrame:
    import pandas as pd

    if not rows:
        return kept
    usual = {name: "" if str(kind) == "object" else None for name, kind in kept.dtypes.items()}
    added = pd.DataFrame(
        {name: [row.get(name, usual[name]) for row in rows.values()] for name in kept.columns},
        index=pd.Index(index, dtype=kept.index.dtype, name=kept.index.name),
    ).astype(dict(kept.dtypes))
    return pd.concat([kept, added]) if len(kept) else added


def _regrouped(table: pd.DataFrame, key: str, groups: Mapping[str, Iterable[Row]]) -> pd.DataFrame:
    """Return a table of several rows an entity with those of some entities as they were."""
    kept = table.loc[[name not in groups for name in table[key]]]
    rows = {str(k): row for k, row in enumerate(row for it in groups.values() for row in it)}
    first = len(table)
    return _joined(kept, rows, list(range(first, first + len(rows)))).reset_index(drop=True)


def _ordered(table: pd.DataFrame, key: str | None, order: Sequence[str]) -> pd.DataFrame:
    """Return a table in a former order; rows that were not there come last."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(order):
        places.setdefault(name, []).append(place)
    ranks, count = [], dict.fromkeys(places, 0)
    for name in table.index if key is None else table[key]:
        nth = count.get(name, 0)
        known = places.get(name, ())
        ranks.append(known[nth] if nth < len(known) else len(order))
        count[name] = nth + 1
    best = sorted(range(len(ranks)), key=ranks.__getitem__)
    if best == list(range(len(ranks))):
        return table
    found = table.iloc[best]
    return found if key is None else found.reset_index(drop=True)


def rows_of(net: Network, table: str) -> dict[str, list[Row]]:
    """Return the rows of ``vertices`` or ``demands`` by link or junction, as dicts."""
    key, names = LISTS[table], list(COLUMNS[table])
    found: dict[str, list[Row]] = {}
    for row in tuples(getattr(net, table)):
        found.setdefault(getattr(row, key), []).append({it: getattr(row, it) for it in names})
    return found
