# SPDX-License-Identifier: EUPL-1.2
"""Values of a file to the types of the schema; what cannot be read becomes null and is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import time, units
from jumeau.base.contract import Attribute
from jumeau.base.errors import JumeauError
from jumeau.base.findings import Finding, finding
from jumeau.sources import vocabulary
from jumeau.sources.folding import fold

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

# Marks of a missing value that no text of a file means literally.
_NO_TEXT = {"", "-", "--", "null", "<null>", "(null)", "none", "nan", "#n/a", "#n/d", "n/a", "\\n"}
_PLAIN = r"^-?[0-9]{1,15}(?:[.,][0-9]{1,12})?$"
_OFFSET = r"[0-9][:hH].*(?:[Zz]|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?)$"
_NO_TEXT |= {"#ref!", "#value!", "#valeur!", "#div/0!", "#nom?", "#name?", "nil"}


@dataclass
class Conversion:
    """A converted column and what happened to it.

    Parameters
    ----------
    values : (n,) pyarrow array
        In the type of the schema.
    findings : list of Finding
        Values not read, unknown codes, impossible values, spellings made one.
    repaired : (k,) int array
        Rows whose value was changed beyond its reading.
    """

    values: pa.Array | pa.ChunkedArray
    findings: list[Finding] = field(default_factory=list)
    repaired: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


def column(
    source: pa.ChunkedArray,
    name: str,
    table: str,
    attribute: Attribute,
    unit: str = "",
    zone: str = "UTC",
) -> Conversion:
    """Convert one column.

    Parameters
    ----------
    source : (n,) pyarrow.ChunkedArray
        Values as read.
    name : str
        Name of the column in the file.
    table : str
        Table to fill.
    attribute : Attribute
        Attribute to fill.
    unit : str
        Unit of the values; that of the attribute when empty.
    zone : str
        IANA name of the clocks that times without offset were read on.

    Returns
    -------
    Conversion
    """
    if attribute.type == "timestamp":
        return _instants(source, name, table, attribute, zone)
    if attribute.codes:
        return _coded(source, name, table, attribute)
    if attribute.type == "boolean":
        return _boolean(source, name, table, attribute)
    if attribute.type in {"double", "integer"}:
        return _number(source, name, table, attribute, unit)
    if attribute.type == "date":
        return _date(source, name, table, attribute)
    return _text(source, name, table, attribute)


def constant(value: Any, count: int, table: str, attribute: Attribute) -> Conversion:
    """Repeat a value given by the user, converted as one of the file would be."""
    import pyarrow as pa

    return column(
        pa.chunked_array([pa.repeat(pa.scalar(value), count)]), attribute.name, table, attribute
    )


def as_text(source: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return any column as trimmed text, whole numbers without decimals, no-values null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = source.type
    if pa.types.is_floating(kind):
        whole = pc.all(pc.or_kleene(pc.equal(source, pc.round(source)), pc.is_nan(source)))
        if whole.as_py() is not False:
            source = pc.if_else(pc.is_finite(source), source, None).cast(pa.int64())
        return source.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return pc.strftime(source, format="%Y-%m-%dT%H:%M:%S").cast(pa.string())
    if not pa.types.is_string(kind):
        return source.cast(pa.string())
    trimmed = pc.utf8_trim_whitespace(source)
    if pc.any(pc.match_substring_regex(trimmed, r"\s\s|[\t\r\n]")).as_py():
        trimmed = pc.replace_substring_regex(trimmed, r"\s+", " ")
    short = pc.less_equal(pc.binary_length(trimmed), max(map(len, _NO_TEXT)))
    if pc.any(short).as_py():
        empty = pc.is_in(pc.utf8_lower(trimmed), value_set=pa.array(sorted(_NO_TEXT)))
        trimmed = pc.if_else(pc.and_(short, empty), None, trimmed)
    return trimmed


def _text(source: pa.ChunkedArray, name: str, table: str, attribute: Attribute) -> Conversion:
    values = as_text(source)
    if attribute.name not in vocabulary.CATEGORIES:
        return Conversion(values)
    return _one_spelling(values, name, table, attribute)


def _one_spelling(
    values: pa.ChunkedArray, name: str, table: str, attribute: Attribute
) -> Conversion:
    """Write spellings that differ only by case or accents as the commonest of them."""
    import pyarrow as pa

    encoded = values.combine_chunks().dictionary_encode()
    words: list[str] = encoded.dictionary.to_pylist()
    cells = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    counts = np.bincount(cells[cells >= 0], minlength=len(words))
    best: dict[str, int] = {}
    for number, word in enumerate(words):
        key = word.casefold()
        if key not in best or counts[number] > counts[best[key]]:
            best[key] = number
    chosen = np.array([best[word.casefold()] for word in words], dtype=np.int64)
    variants = np.flatnonzero(chosen != np.arange(len(words)))
    if not variants.size:
        return Conversion(values)
    rows = np.flatnonzero(np.isin(cells, variants))
    unified = pa.array([words[number] for number in chosen], pa.string()).take(encoded.indices)
    note = finding(
        "JUM-S122",
        table,
        attribute.name,
        attribute=attribute.name,
        column=name,
        count=int(rows.size),
        examples=[f"{words[number]} → {words[chosen[number]]}" for number in variants[:3]],
    )
    return Conversion(pa.chunked_array([unified]), [note], rows)


def _coded(source: pa.ChunkedArray, name: str, table: str, attribute: Attribute) -> Conversion:
    import pyarrow as pa

    known = vocabulary.codes(table, attribute)
    encoded = as_text(source).combine_chunks().dictionary_encode()
    words: list[str] = encoded.dictionary.to_pylist()
    translated = [vocabulary.code_of(word, known) for word in words]
    values = pa.chunked_array([pa.array(translated, pa.string()).take(encoded.indices)])
    notes = _unread(
        "JUM-S120",
        encoded,
        [
            code is None and fold(word) not in vocabulary.UNKNOWN_WORDS
            for word, code in zip(words, translated, strict=True)
        ],
        name,
        table,
        attribute,
        known=list(attribute.codes),
    )
    return Conversion(values, notes)


def _unread(
    code: str,
    encoded: pa.DictionaryArray,
    wrong: list[bool],
    name: str,
    table: str,
    attribute: Attribute,
    **data: Any,
) -> list[Finding]:
    """Return a finding that counts the cells of wrong words and gives examples of them."""
    if not any(wrong):
        return []
    cells = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    which = np.flatnonzero(wrong)
    words = encoded.dictionary.to_pylist()
    count = int(np.isin(cells, which).sum())
    return [
        finding(
            code,
            table,
            attribute.name,
            attribute=attribute.name,
            column=name,
            count=count,
            examples=[str(words[number])[:40] for number in which[:4]],
            **data,
        )
    ]


def _boolean(source: pa.ChunkedArray, name: str, table: str, attribute: Attribute) -> Conversion:
    import pyarrow as pa

    if pa.types.is_boolean(source.type):
        return Conversion(source)
    known = vocabulary.codes(table, attribute)
    encoded = as_text(source).combine_chunks().dictionary_encode()
    words: list[str] = encoded.dictionary.to_pylist()
    meant = [{"true": True, "false": False}.get(known.get(fold(word), "")) for word in words]
    values = pa.chunked_array([pa.array(meant, pa.bool_()).take(encoded.indices)])
    wrong = [
        value is None and fold(word) not in vocabulary.UNKNOWN_WORDS
        for word, value in zip(words, meant, strict=True)
    ]
    return Conversion(values, _unread("JUM-S119", encoded, wrong, name, table, attribute))


# -- numbers ---------------------------------------------------------------------------------
def numbers(source: pa.ChunkedArray) -> units.Numbers:
    """Read a column of numbers; text that is plain numbers goes the quick way."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(source.type):
        trimmed = pc.utf8_trim_whitespace(source)
        trimmed = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
        if pc.all(pc.match_substring_regex(trimmed, _PLAIN)).as_py() is False:
            return units.parse_numbers(source)
        quick = pc.replace_substring(trimmed, ",", ".").cast(pa.float64())
        values = quick.to_numpy(zero_copy_only=False)
        values = np.where(np.isfinite(values), values, np.nan)
        return units.Numbers(values, np.isnan(values), np.zeros(len(values), bool))
    if pa.types.is_boolean(source.type):
        return units.parse_numbers(source.cast(pa.int64()))
    if pa.types.is_temporal(source.type):
        return units.parse_numbers(source.cast(pa.string()))
    if pa.types.is_integer(source.type) or pa.types.is_floating(source.type):
        values = source.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        values = np.where(np.isfinite(values), values, np.nan)
        return units.Numbers(values, np.isnan(values), np.zeros(len(values), bool))
    return units.parse_numbers(source)


def _number(
    source: pa.ChunkedArray, name: str, table: str, attribute: Attribute, unit: str
) -> Conversion:
    import pyarrow as pa

    read = numbers(source)
    values, unreadable = read.values.copy(), read.unreadable.copy()
    if unreadable.any():
        _special(source, values, unreadable, attribute)
    notes: list[Finding] = []
    dashes = _dashes(source, attribute)
    if dashes.any():
        values[dashes] = 0.0
        notes.append(_cells("JUM-S147", source, dashes, name, table, attribute))
    if unit and attribute.unit and unit != attribute.unit:
        try:
            values = units.convert(values, unit, attribute.unit)
        except JumeauError:
            pass
        else:
            notes.append(
                finding(
                    "JUM-S133",
                    table,
                    attribute.name,
                    attribute=attribute.name,
                    column=name,
                    unit=unit,
                    target=attribute.unit,
                )
            )
    if unreadable.any():
        notes.append(_cells("JUM-S119", source, unreadable, name, table, attribute))
    impossible = _impossible(values, table, attribute.name)
    if impossible.any():
        limits = vocabulary.ranges()[table, attribute.name]
        span = {"minimum": f"{limits.minimum:g}", "maximum": f"{limits.maximum:g}"}
        notes.append(_cells("JUM-S121", source, impossible, name, table, attribute, **span))
        values[impossible] = np.nan
    missing = np.isnan(values)
    if attribute.type == "integer":
        fractional = ~missing & (values != np.round(values))
        if fractional.any():
            notes.append(_cells("JUM-S137", source, fractional, name, table, attribute))
        whole = np.where(missing, 0, np.round(values)).astype(np.int64)
        array = pa.array(whole, pa.int64(), mask=missing)
    else:
        array = pa.array(values, pa.float64(), mask=missing)
    return Conversion(array, notes, np.flatnonzero(impossible))


def _dashes(source: pa.ChunkedArray, attribute: Attribute) -> NDArray[np.bool_]:
    """Return the cells that hold a dash alone: zero, in the accounting format of spreadsheets."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if attribute.unit != "€" or not pa.types.is_string(source.type):
        return np.zeros(len(source), bool)
    alone = pc.equal(pc.utf8_trim(source, " \u00a0\u202f€"), "-")
    return np.asarray(pc.fill_null(alone, False).to_numpy(zero_copy_only=False), bool)


def _special(
    source: pa.ChunkedArray,
    values: NDArray[np.float64],
    unreadable: NDArray[np.bool_],
    attribute: Attribute,
) -> None:
    """Read what is no bare number: a quantity with its unit, the year of a date."""
    rows = np.flatnonzero(unreadable)
    texts = source.take(rows).to_pylist()
    year = attribute.type == "integer" and "year" in attribute.name
    for row, text in zip(rows, texts, strict=True):
        try:
            if year:
                date = time.parse_date(text)
                number = None if date is None else float(date.year)
            else:
                number = units.parse(str(text), attribute.unit or "1").value
        except (JumeauError, ValueError):
            continue
        values[row] = np.nan if number is None else number
        unreadable[row] = False


def _impossible(values: NDArray[np.float64], table: str, attribute: str) -> NDArray[np.bool_]:
    limits = vocabulary.ranges().get((table, attribute))
    if limits is None:
        return np.zeros(len(values), bool)
    with np.errstate(invalid="ignore"):
        outside = (values < limits.minimum) | (values > limits.maximum)
        if limits.zero_unknown:
            outside |= values == 0
        elif limits.minimum <= 0 <= limits.maximum:
            outside &= values != 0
    return outside


def _cells(
    code: str,
    source: pa.ChunkedArray,
    wrong: NDArray[np.bool_],
    name: str,
    table: str,
    attribute: Attribute,
    **data: Any,
) -> Finding:
    rows = np.flatnonzero(wrong)
    values = source.take(rows[:2000]).to_pylist()
    examples = list(dict.fromkeys(str(value).strip()[:40] for value in values))[:4]
    return finding(
        code,
        table,
        attribute.name,
        attribute=attribute.name,
        column=name,
        count=int(rows.size),
        examples=examples,
        **data,
    )


# -- dates -----------------------------------------------------------------------------------
def _date(source: pa.ChunkedArray, name: str, table: str, attribute: Attribute) -> Conversion:
    import pyarrow as pa

    if pa.types.is_date(source.type) or pa.types.is_timestamp(source.type):
        days = source.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
        values = days.to_numpy(zero_copy_only=False).astype("datetime64[D]")
        unreadable = np.zeros(len(values), bool)
        lone = unreadable
    else:
        texts = as_text(source)
        words = np.array(texts.to_pylist(), dtype=object)
        lone = np.array([_lone_year(word) for word in words], bool)
        words[lone] = [f"{word}-01-01" for word in words[lone]]
        read = time.parse_dates(words)
        values, unreadable = read.values.copy(), read.unreadable
    notes: list[Finding] = []
    if lone.any():
        notes.append(_cells("JUM-S136", source, lone, name, table, attribute))
    if unreadable.any():
        notes.append(_cells("JUM-S119", source, unreadable, name, table, attribute))
    years = values.astype("datetime64[Y]").astype(np.float64) + 1970
    years[np.isnat(values)] = np.nan
    impossible = _impossible(years, table, attribute.name)
    if impossible.any():
        limits = vocabulary.ranges()[table, attribute.name]
        span = {"minimum": f"{limits.minimum:g}", "maximum": f"{limits.maximum:g}"}
        notes.append(_cells("JUM-S121", source, impossible, name, table, attribute, **span))
        values[impossible] = np.datetime64("NaT")
    array = pa.array(values.astype("datetime64[D]"), pa.date32())
    return Conversion(array, notes, np.flatnonzero(impossible))


def _lone_year(word: Any) -> bool:
    return isinstance(word, str) and len(word) == 4 and word.isdigit()


def _instants(
    source: pa.ChunkedArray, name: str, table: str, attribute: Attribute, zone: str
) -> Conversion:
    """Read times: those with an offset as they are, the others on the clocks of the place."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = pa.timestamp("us", "UTC")
    if pa.types.is_timestamp(source.type) and source.type.tz:
        return Conversion(source.cast(kind, safe=False))
    texts = as_text(source)
    try:
        return Conversion(texts.cast(kind))  # ISO 8601, each with its offset
    except pa.ArrowInvalid:
        pass
    read = time.parse_times(np.array(texts.to_pylist(), dtype=object), zone)
    notes: list[Finding] = []
    local = pc.invert(pc.match_substring_regex(texts, _OFFSET))
    count = int(pc.sum(pc.fill_null(local, False)).as_py() or 0)
    if count:
        notes.append(
            finding("JUM-S150", table, attribute.name, column=name, count=count, zone=zone)
        )
    if read.unreadable.any():
        notes.append(_cells("JUM-S119", source, read.unreadable, name, table, attribute))
    array = pa.array(read.values, pa.timestamp("us"), mask=np.isnat(read.values))
    return Conversion(array.cast(kind), notes, np.flatnonzero(read.repaired))
