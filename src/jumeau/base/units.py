# SPDX-License-Identifier: EUPL-1.2
"""Units and numbers as people write them: ``12,5 kW``, ``1 234,50``, ``l/s`` into ``m³/h``.

The table is ``units.csv``: symbol, dimension, factor to the SI unit of the dimension, offset (for
temperatures) and other spellings. Ratios and products of its units (``kWh/m²``, ``lm/W``, ``W·h``)
are understood. A year is 365.25 days.
"""

from __future__ import annotations

import csv
import difflib
import math
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Number = TypeVar("Number", float, "NDArray[np.float64]")

MISSING = frozenset(
    {"", "-", "--", "—", "#", "?", ".", "/", "null", "none", "nan", "na", "n/a", "#n/a", "n.a."}
    | {"nc", "n.c.", "nd", "n.d.", "nr", "n.r.", "inconnu", "inconnue", "non renseigné"}
    | {"non renseigne", "sans objet", "s.o.", "so", "unknown", "<null>", "#value!", "#ref!"}
)
"""Words and signs that stand for a missing value, in lower case."""

_SPACES = re.compile(r"[\s\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]+")
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2011": "-", "’": "'"})
_PLAIN = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?")
_GROUPED = re.compile(
    r"[+-]?\d{1,3}(?:(?: \d{3})+|(?:'\d{3})+|(?:\.\d{3}){2,}|(?:,\d{3}){2,}"
    r"|(?:\.\d{3})+(?=,)|(?:,\d{3})+(?=\.))(?:[.,]\d+(?: \d{3})*)?"
)
_QUANTITY = re.compile(r"(?P<number>[(+-]?[\d.,' ]*\d[.,]?\)?(?:[eE][+-]?\d+)?) ?(?P<unit>\D.*)?")
_DOTS_AND_COMMA = re.compile(r"\s*[+-]?\d{1,3}(?:\.\d{3})+,")
# What nearly all columns hold, read without the general rules: -12, 3.5, 12 345,6.
_COMMON = re.compile(r"-?(?:\d{1,15}|\d{1,3}(?:[ \u00a0\u202f]\d{3})+)(?:[.,]\d{1,9})?")
_COMMON_SIGNS = str.maketrans({",": ".", " ": None, "\u00a0": None, "\u202f": None})
_DOT_GROUPS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+")


class Quantity(NamedTuple):
    """A number and its unit."""

    value: float
    unit: str


class Numbers(NamedTuple):
    """Numbers read from text: values, and which are missing or unreadable."""

    values: NDArray[np.float64]
    """NaN where missing or unreadable."""
    missing: NDArray[np.bool_]
    unreadable: NDArray[np.bool_]


class _Unit(NamedTuple):
    dimension: str
    factor: float
    offset: float


def convert(value: Number, source: str, target: str) -> Number:
    """Convert a number or an array from one unit to another.

    Parameters
    ----------
    value : float or array
        Value [source].
    source, target : str
        Units, e.g. ``"l/s"`` and ``"m³/h"``.

    Returns
    -------
    float or array
        Value [target].

    Raises
    ------
    UnknownNameError
        ``JUM-B030`` for an unknown unit.
    InvalidError
        ``JUM-B031`` when the units do not measure the same thing.
    """
    if source == target:
        return value
    (have, factor, offset), (want, divisor, zero) = _resolve(source), _resolve(target)
    if have != want:
        raise error("JUM-B031", source=source, target=target)
    if offset == zero == 0:
        return value * (factor / divisor)
    return (value * factor + offset - zero) / divisor


def symbol(text: str) -> str:
    """Return the symbol of the table for a spelling: ``"KW"`` → ``"kW"``, ``"m2"`` → ``"m²"``.

    Ratios and products keep their form, each part in the table's spelling.

    Raises
    ------
    UnknownNameError
        ``JUM-B030`` for an unknown unit.
    """
    clean = _clean(text)
    if clean in _spellings() or clean.casefold() in _folded():
        return _symbol(clean)
    return re.sub(r"[^/·*.]+", lambda part: _symbol(part.group().strip()), clean)


def parse(text: str, unit: str | None = None) -> Quantity:
    """Read a number and its unit: « 12,5 kW » → ``Quantity(12.5, "kW")``.

    Parameters
    ----------
    text : str
        Number and unit; a text without unit is in ``unit``.
    unit : str, optional
        Unit wanted; the value is converted to it.

    Raises
    ------
    InvalidError
        ``JUM-B032`` when no number can be read or when the unit is nowhere said.
    UnknownNameError
        ``JUM-B030`` for an unknown unit.
    """
    match = _QUANTITY.fullmatch(_clean(str(text)))
    number = _number(match["number"].strip()) if match else None
    written = (match["unit"] or "").strip() if match else ""
    if number is None or not (written or unit):
        raise error("JUM-B032", text=str(text))
    if not written:
        return Quantity(number, symbol(str(unit)))
    if unit is None:
        return Quantity(number, symbol(written))
    return Quantity(convert(number, symbol(written), unit), symbol(unit))


def parse_number(text: Any) -> float | None:
    """Read a number as French or English people write it.

    A single comma or point is the decimal mark; spaces of any kind, apostrophes, or repeated
    commas or points in groups of three are thousands marks. A euro sign is set aside, parentheses
    mean a negative amount.

    Parameters
    ----------
    text : str or number
        The text.

    Returns
    -------
    float or None
        ``None`` when the text says that the value is missing (:data:`MISSING`).

    Raises
    ------
    InvalidError
        ``JUM-B032`` when it is not a finite number.
    """
    if text is None:
        return None
    if isinstance(text, int | float | np.number) and not isinstance(text, bool):
        if math.isnan(text):
            return None
        if math.isinf(text):
            raise error("JUM-B032", text=str(text))
        return float(text)
    clean = _clean(str(text))
    if clean.casefold() in MISSING:
        return None
    number = _number(clean)
    if number is None:
        raise error("JUM-B032", text=str(text))
    return number


def parse_numbers(values: ArrayLike) -> Numbers:
    """Read a column of numbers; see `parse_number`.

    When some value of the column writes ``1.234,5``, points are thousands marks in the whole
    column, so that ``1.234`` beside it is 1234.

    Parameters
    ----------
    values : (n,) array_like, Series or Arrow array
        Texts or numbers.

    Returns
    -------
    Numbers
        Values (n,), and masks of the missing and of the unreadable.
    """
    import pandas as pd

    if hasattr(values, "to_pandas"):
        values = values.to_pandas()
    column = pd.Series(np.asarray(values) if not isinstance(values, pd.Series) else values)
    if column.dtype != bool and pd.api.types.is_numeric_dtype(column.dtype):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan).copy()
        infinite = np.isinf(numbers)
        numbers[infinite] = np.nan
        return Numbers(numbers, np.isnan(numbers) & ~infinite, infinite)
    codes, distinct = pd.factorize(column)  # the same few texts come back in most columns
    items = distinct.tolist()
    dots = any(isinstance(item, str) and _DOTS_AND_COMMA.match(item) for item in items)
    found = np.full(len(items) + 1, np.nan)
    unreadable = np.zeros(len(items) + 1, dtype=bool)
    for place, item in enumerate(items):
        if isinstance(item, str) and not dots and _COMMON.fullmatch(item):
            found[place] = float(item.translate(_COMMON_SIGNS))
            continue
        if dots and isinstance(item, str) and _DOT_GROUPS.match(item):
            item = item.replace(".", "")  # noqa: PLW2901
        try:
            number = parse_number(item)
        except ValueError:
            unreadable[place] = True
        else:
            found[place] = np.nan if number is None else number
    result, bad = found[codes], unreadable[codes]
    return Numbers(result, np.isnan(result) & ~bad, bad)


def _clean(text: str) -> str:
    return _SPACES.sub(" ", text.translate(_SIGNS)).strip()


def _number(clean: str) -> float | None:
    text = re.sub(r"^€ ?| ?(?:€|EUR|euros?)$", "", clean, flags=re.IGNORECASE)
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1].strip()
    text = re.sub(r"^([+-]) ", r"\1", text)
    if _PLAIN.fullmatch(text):
        number = float(text.replace(",", "."))
    elif _GROUPED.fullmatch(text):
        last = max(text.rfind(","), text.rfind("."))
        mark = text[last] if last >= 0 else ""
        if mark and text.count(mark) == 1:
            whole, part = text[:last], text[last + 1 :]
        else:
            whole, part = text, ""
        number = float(f"{re.sub(r'[ .,]|' + chr(39), '', whole)}.{part.replace(' ', '') or '0'}")
    else:
        return None
    if math.isinf(number):
        return None
    return -number if negative else number


@cache
def _table() -> dict[str, _Unit]:
    with (Path(__file__).parent / "units.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["symbol"]: _Unit(row["dimension"], float(row["factor"]), float(row["offset"]))
            for row in csv.DictReader(file)
        }


@cache
def _spellings() -> dict[str, str]:
    with (Path(__file__).parent / "units.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {alias: row["symbol"] for row in rows for alias in row["aliases"].split("|") if alias}
    return known | {row["symbol"]: row["symbol"] for row in rows}


@cache
def _folded() -> dict[str, str]:
    """Spellings without their case, where only one unit answers (mW and MW do not)."""
    count = Counter(spelling.casefold() for spelling in set(_spellings()))
    return {
        spelling.casefold(): found
        for spelling, found in _spellings().items()
        if count[spelling.casefold()] == 1
        or len({v for k, v in _spellings().items() if k.casefold() == spelling.casefold()}) == 1
    }


def _symbol(text: str) -> str:
    found = _spellings().get(text) or _folded().get(text.casefold())
    if found is None:
        close = difflib.get_close_matches(text.casefold(), _folded(), n=8, cutoff=0.5)
        known = dict.fromkeys(_folded()[item] for item in close) or dict.fromkeys(_table())
        raise error("JUM-B030", unit=text, known=list(known))
    return found


@cache
def _resolve(unit: str) -> tuple[tuple[tuple[str, int], ...], float, float]:
    """Return the dimensions with their powers, the factor to SI and the offset of a unit."""
    clean = _clean(unit)
    known = clean in _spellings() or clean.casefold() in _folded()
    if known:
        found = _table()[_symbol(clean)]
        return _reduced({found.dimension: 1}), found.factor, found.offset
    powers: dict[str, int] = {}
    factor = 1.0
    for place, side in enumerate(clean.split("/")):
        for part in re.split(r"[·*.]", side):
            item = _table()[_symbol(part.strip())]
            sign = -1 if place else 1
            powers[item.dimension] = powers.get(item.dimension, 0) + sign
            factor *= item.factor**sign
    return _reduced(powers), factor, 0.0


_BASE = {
    "area": {"length": 2},
    "volume": {"length": 3},
    "energy": {"power": 1, "time": 1},
    "frequency": {"time": -1},
    "illuminance": {"luminous flux": 1, "length": -2},
    "ratio": {},
}


def _reduced(powers: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Return dimensions in terms of independent ones, so that W·h is an energy."""
    total: dict[str, int] = {}
    for name, power in powers.items():
        for base, exponent in _BASE.get(name, {name: 1}).items():
            total[base] = total.get(base, 0) + exponent * power
    return tuple(sorted((name, power) for name, power in total.items() if power))
