# SPDX-License-Identifier: EUPL-1.2
"""Which column of a file is which attribute: proposed from names and values, or given.

Only mapped columns enter the twin: a file may hold names of people, and nothing unknown may slip
into versioned tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import time, units
from jumeau.base.contract import Attribute, TableSchema
from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.sources import coordinates, vocabulary
from jumeau.sources.folding import fold

if TYPE_CHECKING:
    import pyarrow as pa

_SAMPLE = 4000
_UNIQUE = 100_000
_SPARE = 2  # rows of a small file that may repeat an identifier by mistake
_UNIT_IN_NAME = re.compile(r"^(?P<name>.*?)\s*[\(\[](?:en\s+)?(?P<unit>[^)\]]+)[\)\]]\s*$")
_SUFFIX_UNITS = ("mm", "cm", "dm", "km", "kw", "kva", "klm", "keur", "ft", "m", "w", "lm", "k")
_SYMBOLS = {"kw": "kW", "kva": "kVA", "keur": "k€", "w": "W", "k": "K"}
# Names that several rows of a file may share by mistake; the others are identifiers only when
# nearly every value is unique.
_STRONG = frozenset(map(fold, ("id", "identifiant", "identifier", "uuid", "cleabs", "osm_id")))
_OWN = frozenset({"source_id"})


@dataclass(frozen=True)
class Correspondence:
    """Correspondence used for a file.

    Parameters
    ----------
    columns : dict
        {source column: attribute}.
    positions : dict
        {source column: ``x``, ``y``, ``lon`` or ``lat``} that the user gave.
    units : dict
        {source column: unit of its values}.
    proposed : bool
        Whether it was proposed rather than given.
    completed : str
        Identifier column added to a given mapping.
    """

    columns: dict[str, str]
    positions: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    proposed: bool = True
    completed: str = ""


def settle(
    rows: pa.Table,
    schema: TableSchema,
    given: Mapping[str, str] | None,
    constants: Mapping[str, object],
    *,
    taken: Iterable[str] = (),
    geometry: Iterable[str] = (),
) -> Correspondence:
    """Return the correspondence to use, given or proposed.

    Parameters
    ----------
    rows : pyarrow.Table
        Attributes of the file.
    schema : TableSchema
        Table to fill.
    given : dict or None
        {source column: attribute} of the user; empty is as good as none. A strong identifier
        column (``id``, ``cleabs``…) is added when it names none, so that a newer file updates
        the same rows.
    constants : dict
        {attribute: value}: not to be filled from a column.
    taken : iterable of str
        Columns that hold the positions: not attributes.
    geometry : iterable of str
        Names under which the file's own geometry may be mentioned in ``given``.

    Raises
    ------
    UnknownNameError
        ``JUM-S012`` unknown column, ``JUM-S013`` unknown attribute, ``JUM-S025`` the two sides
        exchanged.
    InvalidError
        ``JUM-S018`` two columns for one attribute.
    """
    for name in constants:
        _attribute(schema, name)
    if not given:
        columns, measured = propose(rows, schema, exclude={*taken}, filled={*constants})
        return Correspondence(columns, units=measured)
    known = {name.casefold(): name for name in rows.column_names}
    columns, positions = {}, {}
    for written, target in given.items():
        if target == "geometry" and written.casefold() in {
            *map(str.casefold, geometry),
            "geometry",
        }:
            continue
        column = known.get(written.casefold()) or _same(written, rows.column_names)
        if column is None:
            other_way = known.get(target.casefold())
            if other_way and written in {*schema.names, *coordinates.TARGETS}:
                raise error("JUM-S025", attribute=written, column=other_way)
            raise error(
                "JUM-S012",
                column=written,
                known=rows.column_names,
                suggestion=did_you_mean(written, rows.column_names),
            )
        if target in coordinates.TARGETS or target == "geometry":
            positions[column] = target
            continue
        _attribute(schema, target)
        if target in columns.values():
            other = next(key for key, value in columns.items() if value == target)
            raise error("JUM-S018", attribute=target, columns=[other, column])
        columns[column] = target
    completed = ""
    if "id" in schema.names and "id" not in {*columns.values(), *constants}:
        for name in rows.column_names:
            free = name not in columns and name not in positions
            if free and fold(name) in _STRONG and _identifies(rows.column(name), strong=True):
                columns[name] = "id"
                completed = name
                break
    measured = {name: _written_unit(name)[1] for name in columns}
    return Correspondence(columns, positions, measured, proposed=False, completed=completed)


def _same(written: str, names: list[str]) -> str | None:
    found = [name for name in names if fold(name) == fold(written)]
    return found[0] if len(found) == 1 else None


def _attribute(schema: TableSchema, name: str) -> Attribute:
    if name in schema.names and name not in _OWN:
        return schema[name]
    known = [item for item in schema.names if item not in _OWN]
    raise error(
        "JUM-S013",
        attribute=name,
        table=schema.name,
        known=known,
        suggestion=did_you_mean(name, known),
    )


def propose(
    rows: pa.Table,
    schema: TableSchema,
    *,
    exclude: set[str] = frozenset(),  # type: ignore[assignment]
    filled: set[str] = frozenset(),  # type: ignore[assignment]
) -> tuple[dict[str, str], dict[str, str]]:
    """Propose {source column: attribute} and {source column: unit} from names, then values."""
    free = [name for name in rows.column_names if name not in exclude]
    wanted = [
        item
        for item in schema.attributes
        if item.name not in _OWN | filled and not item.type.startswith("geometry")
    ]
    offers = []
    for place, attribute in enumerate(wanted):
        for candidate in vocabulary.candidates(schema.name, attribute):
            offers += [
                (candidate.rank, place, name, candidate.unit)
                for name in free
                if _named(name, candidate.column)
            ]
    columns: dict[str, str] = {}
    measured: dict[str, str] = {}
    for _, place, name, unit in sorted(offers, key=lambda item: (item[0], item[1])):
        attribute = wanted[place]
        if name in columns or attribute.name in columns.values():
            continue
        if fits(rows.column(name), name, schema.name, attribute):
            columns[name] = attribute.name
            measured[name] = _written_unit(name)[1] or unit
    for attribute in wanted:
        if not attribute.codes or attribute.name in columns.values():
            continue
        for name in free:
            if name not in columns and _speaks(rows.column(name), schema.name, attribute):
                columns[name] = attribute.name
                break
    order = {name: number for number, name in enumerate(rows.column_names)}
    return dict(sorted(columns.items(), key=lambda item: order[item[0]])), measured


def _named(name: str, usual: str) -> bool:
    bare, _ = _written_unit(name)
    folded = fold(usual)
    return (
        fold(name) == folded
        or (bool(bare) and fold(bare) == folded)
        # dBase keeps ten characters of a name.
        or (len(name) == 10 and len(usual) > 10 and usual[:10].casefold() == name.casefold())
    )


def _written_unit(name: str) -> tuple[str, str]:
    """Return a column name without the unit it writes, and that unit: ``Hauteur (cm)``."""
    match = _UNIT_IN_NAME.match(name)
    if match:
        try:
            return match["name"], units.symbol(match["unit"])
        except JumeauError:
            return match["name"], ""
    bare, _, last = name.rpartition("_")
    if bare and last.casefold() in _SUFFIX_UNITS:
        return bare, _SYMBOLS.get(last.casefold(), last.casefold())
    return "", ""


# -- does a column hold what an attribute wants? ---------------------------------------------
def _words(column: pa.ChunkedArray) -> list[str]:
    import pyarrow as pa
    import pyarrow.compute as pc

    step = max(1, len(column) // _SAMPLE)
    taken = column.take(np.arange(0, len(column), step)) if step > 1 else column
    texts = pc.drop_null(taken.cast(pa.string())).to_pylist()
    return [text for text in texts if text.strip().casefold() not in units.MISSING]


def fits(column: pa.ChunkedArray, name: str, table: str, attribute: Attribute) -> bool:
    """Tell whether the values of a column can be those of an attribute."""
    import pyarrow as pa

    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return False
    if attribute.name == "id":
        return _identifies(column, strong=fold(name) in _STRONG)
    words = _words(column)
    if not words:
        return True
    if attribute.name == "name" and len(words) >= 20 and len(set(words)) == 1:
        return False  # the name of the municipality, joined to each of its objects
    if attribute.codes or attribute.type == "boolean":
        known = vocabulary.codes(table, attribute)
        return _share(vocabulary.code_of(word, known) is not None for word in words) >= 0.5
    if attribute.type in {"double", "integer"}:
        return _numeric(words, table, attribute)
    if attribute.type in {"date", "timestamp"}:
        found = time.parse_dates(words)
        years = _share(len(word) == 4 and word.isdigit() for word in words)
        return years >= 0.5 or float((~found.unreadable).mean()) >= 0.5
    return True


def _share(answers: Iterable[bool]) -> float:
    told = list(answers)
    return sum(told) / len(told) if told else 0.0


def _numeric(words: list[str], table: str, attribute: Attribute) -> bool:
    found = units.parse_numbers(words)
    good = np.isfinite(found.values)
    if attribute.type == "integer" and "year" in attribute.name:
        dated = time.parse_dates(words)
        good |= ~np.isnat(dated.values)
    if good.mean() < 0.6:
        return any(char.isdigit() for char in words[0]) and _with_units(words, attribute)
    limits = vocabulary.ranges().get((table, attribute.name))
    if limits is None:
        return True
    values = found.values[np.isfinite(found.values)]
    # Zeros and sentinels may be many; but real values must exist in the range, whatever the unit.
    return not values.size or bool((np.abs(values) <= limits.maximum * 1000).mean() >= 0.5)


def _with_units(words: list[str], attribute: Attribute) -> bool:
    try:
        units.parse(words[0], attribute.unit or None)
    except JumeauError:
        return False
    return True


def _identifies(column: pa.ChunkedArray, *, strong: bool) -> bool:
    import pyarrow.compute as pc

    column = column.slice(0, _UNIQUE)
    filled = len(column) - column.null_count
    if filled < 0.5 * len(column) or not filled:
        return False
    distinct = pc.count_distinct(column, mode="only_valid").as_py()
    if strong:
        return bool(distinct >= 0.5 * filled)
    repeated = filled - distinct
    return bool(repeated <= max(_SPARE, 0.02 * filled) and distinct >= 0.6 * filled)


def _speaks(column: pa.ChunkedArray, table: str, attribute: Attribute) -> bool:
    """Tell whether nearly every value of a column is a word of an attribute's code list."""
    import pyarrow as pa

    if not pa.types.is_string(column.type):
        return False
    words = [word for word in _words(column) if fold(word) not in vocabulary.UNKNOWN_WORDS]
    known = vocabulary.codes(table, attribute)
    letters = {word for word in words if len(fold(word)) >= 2}
    if not letters:
        return False
    return _share(vocabulary.code_of(word, known) is not None for word in words) >= 0.8
