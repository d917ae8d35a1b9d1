# SPDX-License-Identifier: EUPL-1.2
"""From a query string to the rows it asks for: window, dates, filters, order, attributes.

References
----------
OGC 17-069r4, OGC API - Features - Part 1: Core; OGC 19-079r2, Part 3: Filtering.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from jumeau.base.contract import TableSchema
from jumeau.base.errors import did_you_mean, error
from jumeau.interop import cql2, features, projections
from jumeau.interop.cql2 import Condition, shapes
from jumeau.interop.cql2.sql import unknown_attribute
from jumeau.interop.projections import Projection
from jumeau.twin.schema import quoted

RESERVED = (
    "limit", "after", "before", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang",
    "filter-crs", "sortby", "properties", "skip-geometry", "count", "f", "lang", "at",
)  # fmt: skip
"""Parameters of items; any other is the name of an attribute."""
MOST_SORTED = 8
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}T", re.ASCII)
"""A day as GDAL writes it, up to version 3.12 at least: with a T and no time."""


class Wanted(NamedTuple):
    """What a query string says, as text.

    Parameters
    ----------
    limit : int or None
        Rows a page.
    after, before : str
        Tokens of a page.
    bbox, bbox_crs, crs, datetime, filter, filter_lang, filter_crs, sortby, properties
        Parameters of the standard.
    skip_geometry : bool
        Whether geometry is left out.
    others : mapping
        {attribute: text} of the remaining parameters.
    """

    limit: int | None = None
    after: str = ""
    before: str = ""
    bbox: str | None = None
    bbox_crs: str | None = None
    crs: str | None = None
    datetime: str | None = None
    filter: str | None = None
    filter_lang: str | None = None
    filter_crs: str | None = None
    sortby: str | None = None
    properties: str | None = None
    skip_geometry: bool = False
    others: Mapping[str, str] = {}


def query(declared: TableSchema, wanted: Wanted, crs: str) -> features.Query:
    """Return the rows that a query string asks for.

    Parameters
    ----------
    declared : TableSchema
        Table.
    wanted : Wanted
        Query string.
    crs : str
        Territory's CRS.

    Raises
    ------
    InvalidError
        ``JUM-I003`` to ``JUM-I006`` and ``JUM-I011`` to ``JUM-I018``.
    """
    conditions: list[Condition] = []
    bounds = exact = None
    given = projections.choose(wanted.bbox_crs, crs)
    shapes_crs = projections.choose(wanted.filter_crs, crs)
    window = projections.window(wanted.bbox, crs, given)
    if window is not None and declared.geometry:
        bounds, exact = window
    conditions += during(declared, wanted.datetime)
    if wanted.filter:
        tree = cql2.read(wanted.filter, wanted.filter_lang)
        conditions.append(cql2.condition(tree, declared, crs, shapes_crs.code, shapes_crs.swapped))
    elif wanted.filter_lang:
        cql2.read("true", wanted.filter_lang)  # a wrong language is refused all the same
    return features.Query(
        declared,
        bounds,
        filters(declared, wanted.others),
        limit(wanted.limit),
        wanted.after,
        joined(conditions),
        order(declared, wanted.sortby),
        names(declared, wanted.properties),
        not wanted.skip_geometry,
        before=wanted.before,
        exact=exact,
    )


def joined(conditions: Sequence[Condition]) -> Condition | None:
    """Return the condition that all of these are met; ``None`` when there is none."""
    if not conditions:
        return None
    return Condition(
        " AND ".join(f"({item.sql})" for item in conditions),
        tuple(value for item in conditions for value in item.parameters),
    )


def limit(
    asked: int | None, default: int = features.PAGE, largest: int = features.LARGEST_PAGE
) -> int:
    """Return the number of rows of a page: that asked for, at most the largest.

    Raises
    ------
    InvalidError
        ``JUM-I004`` when it is not positive.
    """
    if asked is None:
        return default
    if asked < 1:
        raise error("JUM-I004", limit=str(asked), largest=str(largest))
    return min(asked, largest)


# -- time ------------------------------------------------------------------------------------
def time_attribute(declared: TableSchema) -> str | None:
    """Return the attribute that ``datetime`` filters: the first date or time of a table."""
    found = (item.name for item in declared.attributes if item.type in {"date", "timestamp"})
    return next(found, None)


def during(declared: TableSchema, text: str | None) -> list[Condition]:
    """Return the condition of a ``datetime``: a moment, or an interval open or not.

    Rows whose date is not known match, as the standard asks of features without a date; so do
    all rows of a table without dates.

    Raises
    ------
    InvalidError
        ``JUM-I017``.
    """
    low, high = span(text)
    if low is None and high is None:
        return []
    name = time_attribute(declared)
    if name is None:
        return []
    column, parts, parameters = quoted(name), [], []
    day = declared[name].type == "date"
    if low is not None:
        parts.append(f"{column} >= ?")
        parameters.append(low.date() if day else low)
    if high is not None:
        parts.append(f"{column} <= ?")
        parameters.append(high.date() if day else high)
    return [Condition(f"({column} IS NULL OR ({' AND '.join(parts)}))", tuple(parameters))]


def span(text: str | None) -> tuple[datetime | None, datetime | None]:
    """Return the beginning and the end of a ``datetime``; ``None`` where it is open.

    Raises
    ------
    InvalidError
        ``JUM-I017``.
    """
    if not text:
        return None, None
    edges = text.split("/")
    if len(edges) > 2:
        raise error("JUM-I017", value=text[:80])
    days = [edge[:-1] if _DAY.fullmatch(edge) else edge for edge in edges]
    first, last = (None if edge in {"", ".."} else shapes.any_moment(edge) for edge in
                   (days[0], days[-1]))  # fmt: skip
    low = None if first is None else _start(first)
    high = None if last is None else _end(last)
    if (low is None and high is None and len(edges) == 1) or (
        low is not None and high is not None and low > high
    ):
        raise error("JUM-I017", value=text[:80])
    return low, high


def _start(moment: date | datetime) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)


def _end(moment: date | datetime) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return (
        _start(moment) + timedelta(days=1, microseconds=-1)
        if moment < date.max
        else (datetime.max.replace(tzinfo=UTC))
    )


# -- attributes ------------------------------------------------------------------------------
def filters(declared: TableSchema, given: Mapping[str, str]) -> dict[str, Any]:
    """Return {attribute: value} from the query string, values of the attribute's type.

    Raises
    ------
    InvalidError
        ``JUM-I005`` or ``JUM-I011`` for a name that is none, ``JUM-I006`` for a wrong value.
    """
    usable = [name for name in features.attributes(declared) if declared[name].type != "json"]
    found: dict[str, Any] = {}
    for name, text in given.items():
        if name not in usable:
            near = did_you_mean(name, [*usable, *RESERVED])
            if near in RESERVED and near not in usable:
                known = ", ".join((*RESERVED, *usable))
                raise error("JUM-I011", name=name[:80], known=known, suggestion=near)
            raise unknown_attribute(declared, name, usable)
        found[name] = _typed(declared, name, text)
    return found


def _typed(declared: TableSchema, name: str, text: str) -> Any:
    kind = declared[name].type
    try:
        if kind == "integer":
            value = int(text)
            if abs(value) >= 2**63:
                raise ValueError
            return value
        if kind == "double":
            return float(text)
        if kind == "boolean":
            return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
        if kind in {"date", "timestamp"}:
            if kind == "date":
                return date.fromisoformat(text)
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, KeyError, OverflowError):
        raise error("JUM-I006", name=name, value=text[:80], type=kind) from None
    return text


def order(declared: TableSchema, text: str | None) -> tuple[tuple[str, bool], ...]:
    """Return the attributes that ``sortby`` names, and whether the largest come first.

    Raises
    ------
    InvalidError
        ``JUM-I005`` for a name that cannot be sorted by.
    """
    usable = [item.name for item in declared.attributes
              if item.type != "json" and not item.type.startswith("geometry")]  # fmt: skip
    found: dict[str, bool] = {}
    for part in (text or "").split(",")[: MOST_SORTED + 1] if text else []:
        name = part.strip()
        largest = name.startswith("-")
        name = name[1:] if name[:1] in {"+", "-"} else name
        if name not in usable or len(found) == MOST_SORTED:
            raise unknown_attribute(declared, name, usable)
        found.setdefault(name, largest)
    return tuple(found.items())


def names(declared: TableSchema, text: str | None) -> tuple[str, ...] | None:
    """Return the attributes that ``properties`` names; ``None`` for all.

    Raises
    ------
    InvalidError
        ``JUM-I005`` for a name that is none.
    """
    if text is None:
        return None
    usable = list(features.attributes(declared))
    asked = [part.strip() for part in text.split(",") if part.strip()]
    for name in asked:
        if name not in usable and name != features.geometry_column(declared):
            raise unknown_attribute(declared, name, usable)
    return tuple(name for name in usable if name in asked)


def out_crs(wanted: Wanted, crs: str, default: Projection = projections.DEFAULT) -> Projection:
    """Return the projection in which geometries are wanted.

    Raises
    ------
    InvalidError
        ``JUM-I012``.
    """
    return projections.choose(wanted.crs, crs, default)
