# SPDX-License-Identifier: EUPL-1.2
"""Archetypes: what a building of a use, a period, a size and a climate zone is usually like.

``archetypes.csv`` holds a value and a 90 % interval for each attribute, with its source; an empty
use, period, size or zone stands for all of them, and the row that says most wins. ``shares.csv``
holds how often each period, use and heating system is met where nobody tells. ``words.csv`` says
which use, and whether public, the words of sources and of names mean.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

FOLDER = Path(__file__).parent
PERIODS = (
    "before_1915", "1915_1948", "1949_1974", "1975_1981", "1982_1988", "1989_2000", "2001_2005",
    "2006_2012", "2013_2021", "from_2022",
)  # fmt: skip
"""Periods of construction, cut by the French thermal regulations."""
_FIRST_YEARS = (1915, 1949, 1975, 1982, 1989, 2001, 2006, 2013, 2022)
SIZES = ("small", "medium", "large")
"""Sizes by gross floor area: under 250 m², under 2,000 m², above."""
_SIZE_LIMITS = (250.0, 2000.0)
ZONES = ("H1", "H2", "H3")
"""Climate zones of the French regulations (arrêté du 26 octobre 2010)."""
DWELLING = "dwelling"
"""Word for a house or flats, before the building's shape says which."""


@dataclass(frozen=True)
class Use:
    """A use of buildings: key, names for people, its group of shares and its schedule."""

    key: str
    label_en: str
    label_fr: str
    group: str
    schedule: str


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def uses() -> tuple[Use, ...]:
    """Return the uses known, in the order of their numbers."""
    return tuple(
        Use(row["use"], row["label_en"], row["label_fr"], row["group"], row["schedule"])
        for row in _rows("uses.csv")
    )


@cache
def use_number(key: str) -> int:
    """Return the number of a use, or raise ``KeyError``."""
    for number, use in enumerate(uses()):
        if use.key == key:
            return number
    raise KeyError(key)


@dataclass(frozen=True)
class Prior:
    """An attribute of every archetype: (use, period, size, zone) arrays, in its unit."""

    value: Floats
    low: Floats
    high: Floats


@cache
def priors() -> dict[str, Prior]:
    """Return {attribute: prior}, each combination filled by the row that says most about it."""
    axes = ([item.key for item in uses()], list(PERIODS), list(SIZES), list(ZONES))
    keys = ("use", "period", "size", "zone")
    rows = _rows("archetypes.csv")
    rows.sort(key=lambda row: sum(bool(row[key]) for key in keys))
    found: dict[str, Prior] = {}
    for row in rows:
        prior = found.get(row["attribute"])
        if prior is None:
            shape = tuple(len(axis) for axis in axes)
            prior = Prior(*(np.full(shape, np.nan) for _ in range(3)))
            found[row["attribute"]] = prior
        place = tuple(
            axis.index(row[key]) if row[key] else slice(None)
            for key, axis in zip(keys, axes, strict=True)
        )
        for name in ("value", "low", "high"):
            getattr(prior, name)[place] = float(row[name])
    return found


@cache
def _shares() -> dict[tuple[str, str], dict[str, float]]:
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in _rows("shares.csv"):
        found.setdefault((row["kind"], row["group"]), {})[row["item"]] = float(row["share"])
    return found


def shares(kind: Literal["period", "use", "system"], group: str) -> dict[str, float]:
    """Return {item: share} of a kind in a group; the shares sum to 1."""
    return dict(_shares()[kind, group])


def period_of(years: Floats) -> Whole:
    """Return the number of the period of construction years; −1 where a year is NaN."""
    known = np.isfinite(years)
    return np.where(known, np.digitize(np.where(known, years, 0.0), _FIRST_YEARS), -1).astype(
        np.int64
    )


def size_of(gross_floor_m2: Floats) -> Whole:
    """Return the number of the size of buildings from their gross floor area [m²]."""
    return np.digitize(gross_floor_m2, _SIZE_LIMITS).astype(np.int64)


def use_group(footprint_m2: Floats, height_m: Floats) -> NDArray[np.object_]:
    """Return the group of ``shares.csv`` that tells the use of buildings of no known use.

    Parameters
    ----------
    footprint_m2, height_m : (n,) arrays
        Ground area [m²] and height at the gutter, NaN when unknown [m].
    """
    high = np.nan_to_num(height_m, nan=5.0) >= 9.5
    low = np.nan_to_num(height_m, nan=5.0) < 2.4
    out = np.full(len(footprint_m2), "large", dtype=object)
    out[footprint_m2 < 1200] = "medium_low"
    out[(footprint_m2 < 1200) & high] = "medium_high"
    out[footprint_m2 < 300] = "small_low"
    out[(footprint_m2 < 300) & high] = "small_high"
    out[(footprint_m2 < 35) | (low & (footprint_m2 < 300))] = "tiny"
    return out


def folded(text: object) -> str:
    """Return a text without accents, in lower case."""
    plain = unicodedata.normalize("NFKD", str(text or ""))
    return plain.encode("ascii", "ignore").decode().lower().strip()


@dataclass(frozen=True)
class Meaning:
    """What words say: a use (``dwelling`` for houses or flats) and whether public."""

    use: str
    public: bool | None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], Meaning], ...]:
    public = {"yes": True, "no": False}
    return tuple(
        (row["where"], re.compile(row["pattern"]), Meaning(row["use"], public.get(row["public"])))
        for row in _rows("words.csv")
    )


@cache
def meaning(text: str, where: Literal["name", "use"]) -> Meaning | None:
    """Return what a name, or the word of a source for a use, means; ``None`` for nothing.

    Parameters
    ----------
    text : str
        « École élémentaire Paul-Bert », « Commercial et services », ``apartments``…
    where : {"name", "use"}
        What the text is.
    """
    plain = folded(text)
    if not plain:
        return None
    for place, pattern, found in _patterns():
        if place in {"any", where} and pattern.search(plain):
            return found
    return None


def meanings(texts: Iterable[object], where: Literal["name", "use"]) -> list[Meaning | None]:
    """Return the meaning of many texts; see :func:`meaning`."""
    return [meaning(str(text), where) if isinstance(text, str) else None for text in texts]
