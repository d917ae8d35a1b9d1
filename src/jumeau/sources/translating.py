# SPDX-License-Identifier: EUPL-1.2
"""Rows and columns of a publisher put in plain values: lists, tags, codes, unknown values."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.contract import TableSchema
from jumeau.base.findings import Finding, finding
from jumeau.sources import convert
from jumeau.sources.drivers import Records
from jumeau.sources.folding import first, fold
from jumeau.sources.profile import DBASE, Column, Known, Layer

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

ANY = "*"
"""In a list of kept values: any value, as long as there is one."""


@dataclass
class Translated:
    """Columns of a file in plain values.

    Parameters
    ----------
    records : Records
        With translated columns in the place of the publisher's.
    columns : dict
        {source column: attribute}.
    units : dict
        {source column: unit}.
    used : dict
        Every column read, as an ordered set.
    findings : list of Finding
        Unknown values made null, names cut so short that they say two things.
    """

    records: Records
    columns: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    used: dict[str, None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


# -- rows ------------------------------------------------------------------------------------
def rows(records: Records, layer: Layer, table: str) -> tuple[Records, list[Finding]]:
    """Open the lists that hold the rows, then leave out rows that are something else."""
    found: list[Finding] = []
    if layer.explode and layer.explode in records.table.column_names:
        before = records.read
        records = _opened(records, layer.explode)
        found.append(finding("JUM-S268", table, layer.explode, count=before, members=records.read))
    if layer.tags and layer.tags in records.table.column_names:
        records = _untagged(records, layer)
    keep = np.ones(records.table.num_rows, bool)
    known = Known(records.table.column_names)
    for wanted, name, values in [
        *((True, name, values) for name, values in layer.keep.items()),
        *((False, name, values) for name, values in layer.leave.items()),
    ]:
        column = known.find(name)
        if column is None or not len(keep):
            continue
        words = convert.as_text(records.table.column(column)).to_pylist()
        meant = {fold(value) for value in values}
        if ANY in values:
            chosen = np.array([word is not None for word in words], bool)
        else:
            chosen = np.array([word is not None and fold(word) in meant for word in words], bool)
        left = keep & (~chosen if wanted else chosen)
        if left.any():
            examples = list(dict.fromkeys(str(words[row]) for row in np.flatnonzero(left)[:2000]))
            found.append(
                finding(
                    "JUM-S265",
                    table,
                    column,
                    count=int(left.sum()),
                    column=column,
                    values=first(examples, 4),
                )
            )
        keep &= ~left
    return (records if keep.all() else _filtered(records, keep)), found


def _filtered(records: Records, keep: NDArray[np.bool_]) -> Records:
    import pyarrow as pa

    mask = pa.array(keep)
    touched = records.touched
    if touched is not None:
        place = np.cumsum(keep) - 1
        touched = place[touched[keep[touched]]]
    return replace(
        records,
        table=records.table.filter(mask),
        geometry=None if records.geometry is None else records.geometry.filter(mask),
        dropped=records.dropped + int((~keep).sum()),
        touched=touched,
    )


def _opened(records: Records, name: str) -> Records:
    """Return one row for each item of a list of objects, with the columns of its owner."""
    import pyarrow as pa

    lists = [_items(value) for value in records.table.column(name).to_pylist()]
    owner = np.repeat(np.arange(len(lists)), [len(items) for items in lists])
    members = [item for items in lists for item in items]
    table = records.table.drop_columns([name]).take(pa.array(owner))
    for key in dict.fromkeys(key for item in members for key in item):
        values = [item.get(key) for item in members]
        texts = [None if value is None else str(value) for value in values]
        table = table.append_column(f"{name}.{key}", pa.array(texts, pa.string()))
    return replace(records, table=table, read=len(members), announced=None, dropped=0, touched=None)


def _items(value: Any) -> list[dict[str, Any]]:
    try:
        items = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return []
    return [item for item in items or () if isinstance(item, dict)]


def _untagged(records: Records, layer: Layer) -> Records:
    """Add the columns that OpenStreetMap's ``"key"=>"value"`` tags hold."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = records.table
    tags = table.column(layer.tags).cast(pa.string())
    wanted = [name for item in layer.columns for name in item.names]
    wanted += [*layer.keep, *layer.leave, *(name for item in layer.aliases for name in item.names)]
    for name in dict.fromkeys(wanted):
        if name in table.column_names or '"' in name:
            continue
        pattern = rf'"{re.escape(name)}"=>"(?P<value>(?:[^"\\]|\\.)*)"'
        values = pc.struct_field(pc.extract_regex(tags, pattern), "value")
        if values.null_count < len(values):
            table = table.append_column(name, values)
    return replace(records, table=table)


# -- columns ---------------------------------------------------------------------------------
def columns(records: Records, layer: Layer, schema: TableSchema, filled: set[str]) -> Translated:
    """Find the columns of a layer and put their values in plain ones.

    Parameters
    ----------
    records : Records
        Rows of the file.
    layer : Layer
        Kind of file.
    schema : TableSchema
        Table to fill.
    filled : set of str
        Attributes that the user gives for all rows.

    Returns
    -------
    Translated
    """
    done = Translated(records)
    table = records.table
    known = Known(table.column_names)
    doubtful = _doubtful(layer, known)
    touched = np.zeros(table.num_rows, bool)
    if records.touched is not None:
        touched[records.touched] = True
    for item in layer.columns:
        if item.attribute in filled or item.attribute not in schema.names:
            continue
        names = [known.find(name) for name in item.names]
        present = [name for name in dict.fromkeys(names) if name and name not in doubtful]
        own = known.find(item.names[0])  # may serve two attributes: an identifier that is the RNB's
        present = [name for name in present if name not in done.columns or name == own]
        while present:
            values, unknown = _merged(records.table, present, item)
            if item.attribute != "id" or _identifies(values):
                break
            present = present[1:]  # the same for many rows: it names something else
        if not present:
            continue
        if unknown.any():
            if schema[item.attribute].type in {"double", "integer"}:
                touched |= unknown
            meant = first(item.unknown, 4)
            done.findings.append(
                finding(
                    "JUM-S266",
                    schema.name,
                    item.attribute,
                    attribute=item.attribute,
                    column=present[0],
                    count=int(unknown.sum()),
                    values=meant,
                )
            )
        column = present[0]
        if column in done.used:  # one column for two attributes: a second copy under its own name
            column = f"{column} ({item.attribute})"
            table = table.append_column(column, values)
        else:
            table = table.set_column(table.column_names.index(column), column, values)
        done.columns[column] = item.attribute
        if item.unit:
            done.units[column] = item.unit
        done.used |= dict.fromkeys([*present, column])
    if doubtful:
        note = finding("JUM-S269", schema.name, columns=first(sorted(doubtful), 8))
        done.findings.append(note)
    done.records = replace(records, table=table, touched=np.flatnonzero(touched))
    return done


def _identifies(values: pa.ChunkedArray) -> bool:
    """Tell whether at least half of the values are different."""
    import pyarrow.compute as pc

    filled = len(values) - values.null_count
    return bool(filled and pc.count_distinct(values, mode="only_valid").as_py() >= filled / 2)


def _doubtful(layer: Layer, known: Known) -> set[str]:
    """Return the columns that are the beginning, cut by dBase, of several of a layer's names."""
    meant: dict[str, set[str]] = {}
    exact: set[str] = set()
    for item in layer.columns:
        for name in item.names:
            column = known.find(name)
            if column is None:
                continue
            if fold(column) == fold(name):
                exact.add(column)
            elif len(name) > DBASE:
                meant.setdefault(column, set()).add(item.attribute)
    return {column for column, names in meant.items() if len(names) > 1 and column not in exact}


def _merged(
    table: pa.Table, names: list[str], item: Column
) -> tuple[pa.ChunkedArray, NDArray[np.bool_]]:
    """Return the first known value of several columns, and where a value said "unknown"."""
    import pyarrow as pa
    import pyarrow.compute as pc

    merged, unknown = _plain(table.column(names[0]), item)
    for name in names[1:]:
        values, mask = _plain(table.column(name), item)
        unknown |= mask
        if merged.type != values.type:
            merged, values = (convert.as_text(part) for part in (merged, values))
        if pa.types.is_string(merged.type):
            merged = pc.if_else(pc.equal(pc.utf8_trim_whitespace(merged), ""), None, merged)
        merged = pc.coalesce(merged, values)
    still = pc.is_null(merged).to_numpy(zero_copy_only=False)
    return merged, unknown & still


def _plain(values: pa.ChunkedArray, item: Column) -> tuple[pa.ChunkedArray, NDArray[np.bool_]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = np.zeros(len(values), bool)
    if pa.types.is_nested(values.type) or item.join:
        values = _listed(values, item.join or " ")
    if item.unknown:
        mask = _means_unknown(values, item.unknown)
        if mask.any():
            values = pc.if_else(pa.array(mask), pa.scalar(None, values.type), values)
    if item.slice:
        values = pc.utf8_slice_codeunits(convert.as_text(values), *item.slice)
    if item.codes or item.digits:
        values = _decoded(values, item)
    return values, mask


def _listed(values: pa.ChunkedArray, join: str) -> pa.ChunkedArray:
    """Return lists, as such or as JSON, as texts."""
    import pyarrow as pa

    texts: list[str | None] = []
    for value in values.to_pylist():
        if isinstance(value, str) and value.startswith("["):
            with suppress(ValueError):
                value = json.loads(value)  # noqa: PLW2901 - the same value, read
        if isinstance(value, list):
            texts.append(join.join(str(part) for part in value if part is not None) or None)
        else:
            texts.append(None if value is None else str(value))
    return pa.chunked_array([pa.array(texts, pa.string())])


def _means_unknown(values: pa.ChunkedArray, unknown: tuple[str, ...]) -> NDArray[np.bool_]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(values.type):
        words = pc.utf8_trim_whitespace(values)
        mask = pc.is_in(words, value_set=pa.array(unknown, pa.string()))
        found = np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), bool)
        if not any(map(_number, unknown)):
            return found
        read = convert.numbers(values).values
    else:
        found = np.zeros(len(values), bool)
        if pa.types.is_boolean(values.type) or pa.types.is_temporal(values.type):
            return found
        read = convert.numbers(values).values
    meant = [float(text) for text in unknown if _number(text) and not text.startswith("00")]
    return found | np.isin(read, meant)


def _number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def _decoded(values: pa.ChunkedArray, item: Column) -> pa.ChunkedArray:
    """Translate codes; a value that is no code stays as it is."""
    import pyarrow as pa

    encoded = convert.as_text(values).combine_chunks().dictionary_encode()
    codes = {fold(code): value for code, value in item.codes.items()}
    words: list[Any] = []
    for word in encoded.dictionary.to_pylist():
        if fold(word) in codes:
            words.append(codes[fold(word)])
        elif item.digits and all(digit in item.digits for digit in word):
            parts = dict.fromkeys(item.digits[digit] for digit in word)
            words.append(" et ".join(part for part in parts if part) or None)
        else:
            words.append(word)
    texts = [
        str(word).lower() if isinstance(word, bool) else (None if word is None else str(word))
        for word in words
    ]
    return pa.chunked_array([pa.array(texts, pa.string()).take(encoded.indices)])


# -- identifiers of others, dates ------------------------------------------------------------
def aliases(records: Records, layer: Layer) -> list[tuple[NDArray[np.int64], str, list[str]]]:
    """Return (rows, publisher, identifiers) under which others know the same objects."""
    known = Known(records.table.column_names)
    found: dict[str, tuple[list[int], list[str]]] = {}
    for alias in layer.aliases:
        names = [known.find(name) for name in alias.names]
        for name in dict.fromkeys(name for name in names if name):
            for row, value in enumerate(records.table.column(name).to_pylist()):
                for publisher, text in _identifiers(value, alias.publisher):
                    rows_, texts = found.setdefault(publisher, ([], []))
                    rows_.append(row)
                    texts.append(text)
    return [
        (np.array(rows_, np.int64), publisher, texts) for publisher, (rows_, texts) in found.items()
    ]


def _identifiers(value: Any, publisher: str) -> list[tuple[str, str]]:
    if value is None:
        return []
    if publisher and isinstance(value, str) and not value.startswith("["):
        return [(publisher, part) for part in re.split(r"[/,;|\s]+", value) if part]
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    pairs = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and item.get("id"):
            pairs.append((publisher or str(item.get("source", "")).casefold(), str(item["id"])))
        elif publisher and item:
            pairs.append((publisher, str(item)))
    return [(name, text) for name, text in pairs if name]


def latest(values: pa.ChunkedArray) -> str:
    """Return the latest day of a column of dates, as ISO text; empty when it holds none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from jumeau.base import time

    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        last = pc.max(values).as_py()
        return "" if last is None else last.isoformat()[:10]
    words = np.array(pc.unique(convert.as_text(values)).to_pylist(), dtype=object)
    read = time.parse_dates(words) if words.size else None
    days = read.values[~np.isnat(read.values)] if read is not None else np.empty(0)
    return str(days.max().astype("datetime64[D]")) if days.size else ""
