# SPDX-License-Identifier: EUPL-1.2
"""Pipes and breaks of any usual column names, as arrays on one scale of time."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NO_STREET = frozenset({"", "0", "<NA>", "nan", "None"})
"""What stands where a street is not known."""
UNKNOWN = "OTHER"
"""Group of materials that nothing names."""
_FRENCH = r"\d{1,2}[/.]\d{1,2}[/.]\d{4}"
_EARLIEST, _LATEST = 1700, 2200
_NAMED = 5  # streets serve when at least this share of pipes has one [%]
_CELL_M = 250.0
_LEAST_LENGTH = 0.1
_LENGTHS = {"km": 1000.0, "ft": 0.3048, "feet": 0.3048}
_METRES = 111_195.0  # of a degree of latitude


@dataclass(frozen=True)
class Pipes:
    """Pipes as arrays; times are decimal years.

    Parameters
    ----------
    ids : (pipes,) array
        Ids, as given.
    name : str
        What the index of an answer is called.
    group : (pipes,) array of str
        Groups of materials, rows of ``materials.csv``.
    diameter_mm, length_m : (pipes,) array
        Diameter [mm], NaN where unknown; length [m].
    laid, laid_from : (pipes,) array
        Laying, NaN where unknown: best date, and the first that it can be [yr].
    street : (pipes,) array of int
        Streets numbered from 0; pipes of no known street have each their own.
    supposed : (pipes,) array of bool
        Where the material, the diameter, the length or the date was supposed.
    places : (pipes,) array of geometries, or None
        Lines, in metres.
    crs : CRS or None
        Their projection, where it is known.
    findings : list of Finding
        What lacks.
    """

    ids: NDArray[Any]
    name: str
    group: NDArray[np.str_]
    diameter_mm: Floats
    length_m: Floats
    laid: Floats
    laid_from: Floats
    street: NDArray[np.int64]
    supposed: NDArray[np.bool_]
    places: NDArray[Any] | None
    crs: Any
    findings: list[Finding] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of pipes."""
        return len(self.ids)


@cache
def materials() -> dict[str, tuple[float, frozenset[str]]]:
    """Return each group of materials → published breaks [1/(km·yr)], words that name it."""
    with (Path(__file__).parent / "materials.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["group"]: (float(row["rate_km"]), frozenset(row["words"].split("|")) - {""})
            for row in csv.DictReader(file)
        }


@cache
def _columns() -> dict[str, dict[str, tuple[str, ...]]]:
    """Return each table → field → names of columns, the first preferred."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    with (Path(__file__).parent / "columns.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["table"], {})[row["field"]] = tuple(row["names"].split("|"))
    return found


def plain(text: object) -> str:
    """Return a word in lower case, without accents nor blanks around."""
    flat = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode()
    return flat.strip().lower()


def decimal_year(when: Any) -> float:
    """Return a date, a time, an ISO text or a year as a decimal year [yr]; its zone is left out.

    Parameters
    ----------
    when : date, datetime, Timestamp, str or number
        The time; a number is a year, from its first of January.

    Raises
    ------
    InvalidError
        ``JUM-H200`` when it is no date.
    """
    import pandas as pd

    if isinstance(when, (int, float, np.integer, np.floating)):
        if isinstance(when, bool) or not _EARLIEST <= when < _LATEST:
            raise error("JUM-H200", what=f"as_of = {when!r}")
        return float(when)
    try:
        stamp = pd.Timestamp(when)
    except (TypeError, ValueError) as trouble:
        raise error("JUM-H200", what=f"as_of = {when!r}") from trouble
    if pd.isna(stamp):
        raise error("JUM-H200", what=f"as_of = {when!r}")
    return float(decimal_years(pd.Series([stamp.tz_localize(None)]))[0])


def decimal_years(values: pd.Series) -> Floats:
    """Return dates, texts or years as decimal years, NaN where there is none [yr].

    Parameters
    ----------
    values : Series
        Dates, texts (ISO, or day first as in 31/12/2018), or years; a year alone is its middle.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values.dtype):
        years = values.to_numpy(float, na_value=np.nan)
        known = (years >= _EARLIEST) & (years < _LATEST)
        return np.where(known, years + np.where(years % 1 == 0, 0.5, 0.0), np.nan)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _years(pd.to_datetime(values, utc=True))
    text = values.astype("string").str.strip().fillna("")
    alone = text.str.fullmatch(r"\d{4}(\.0)?").to_numpy(bool)
    french = text.str.match(_FRENCH).to_numpy(bool)
    found = np.full(len(text), np.nan)
    found[alone] = text[alone].str[:4].astype(float) + 0.5
    for part, first in ((french, True), (~french & ~alone, False)):
        if part.any():
            stamps = pd.to_datetime(
                text[part], utc=True, errors="coerce", format="mixed", dayfirst=first
            )
            found[part] = _years(stamps)
    return np.where((found >= _EARLIEST) & (found < _LATEST), found, np.nan)


def _years(stamps: pd.Series) -> Floats:
    """Return times as decimal years: each day is as long as those of a leap year."""
    year, day, hour = (
        getattr(stamps.dt, name).to_numpy(float, na_value=np.nan)
        for name in ("year", "day_of_year", "hour")
    )
    return np.asarray(year + (day - 1.0 + hour / 24.0) / 366.0)


def keys(values: pd.Series | pd.Index) -> NDArray[np.str_]:
    """Return ids as texts that compare: 12, "12" and 12.0 are the same."""
    import pandas as pd

    series = pd.Series(np.asarray(values))
    if pd.api.types.is_float_dtype(series.dtype):
        whole = series.notna() & (series % 1 == 0)
        text = series.astype("string").where(~whole, series.fillna(0).astype("int64").astype(str))
    else:
        text = series.astype("string")
    cleaned = text.fillna("").str.strip().str.replace(r"\.0$", "", regex=True)
    return cleaned.to_numpy(dtype=str)


def column(frame: pd.DataFrame, table: str, wanted: str) -> pd.Series | None:
    """Return the column of a frame that holds a field, by any of its usual names.

    Parameters
    ----------
    frame : DataFrame
        Pipes or breaks.
    table : str
        "pipe" or "break".
    wanted : str
        A field of ``columns.csv``.
    """
    there = {plain(name): name for name in reversed(list(frame.columns))}
    for name in _columns()[table][wanted]:
        if name in there:
            found: pd.Series = frame[there[name]]
            return found
    if wanted == "length_m":  # LENGTH_M, Shape_Leng, longueur (m) and their like
        for name, own in there.items():
            if name.startswith(("length", "longueur", "shape_len", "shape__len", "shape.st")):
                found = frame[own]
                unit = re.search(r"[_ (.](km|ft|feet)\)?$", name)
                return found if unit is None else _metres(found, _LENGTHS[unit[1]])
    return None


def _metres(values: pd.Series, factor: float) -> pd.Series:
    """Return lengths of a column whose name tells another unit [m]."""
    import pandas as pd

    return pd.Series(factor * numbers(values, len(values)), values.index, name=values.name)


def numbers(values: pd.Series | None, count: int) -> Floats:
    """Return numbers, NaN where there is none; decimal commas are read."""
    import pandas as pd

    if values is None:
        return np.full(count, np.nan)
    if not pd.api.types.is_numeric_dtype(values.dtype):
        values = values.astype("string").str.replace(",", ".", regex=False)
    return pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)


def groups(values: pd.Series | None, count: int) -> NDArray[np.str_]:
    """Return the group of each material; what nothing names is ``OTHER``.

    Parameters
    ----------
    values : Series or None
        Materials as sources say them: words or codes of StaR-Eau, RAEPA or Kitchener.
    count : int
        Number of pipes, for when no column says any.
    """
    if values is None:
        return np.full(count, UNKNOWN)
    words = {word: name for name, (_, these) in materials().items() for word in these}
    starts = sorted(((w, g) for w, g in words.items() if len(w) > 4), key=lambda it: -len(it[0]))
    found: dict[str, str] = {}
    texts = keys(values)
    for text in np.unique(texts):
        word = plain(text)
        word = word.zfill(2) if word.isdigit() else word
        near = next((group for start, group in starts if word.startswith(start)), UNKNOWN)
        found[str(text)] = words.get(word, near)
    return np.array([found[text] for text in texts], dtype=str)


def pipes_of(frame: pd.DataFrame, until: float = np.inf) -> Pipes:
    """Read the pipes in the ground at a date, under any usual column names.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        One row a pipe; columns of the twin, of StaR-Eau, RAEPA or a city's open data.
    until : float
        The date, decimal year; pipes laid later are left out [yr].

    Raises
    ------
    InvalidError
        ``JUM-H200`` without any length nor geometry.
    """
    own = column(frame, "pipe", "id")
    labels = frame.index if own is None else own
    name = (frame.index.name if own is None else own.name) or "pipe"
    unique = ~np.asarray(labels.isna()) & ~np.asarray(labels.duplicated())
    laid, laid_from = _laying(frame, len(frame))
    later = laid_from >= until  # never where the date is unknown
    chosen = unique & ~later
    findings: list[Finding] = []
    if not unique.all():
        findings.append(finding("JUM-H204", "pipe", "", count=int((~unique).sum())))
    if later.any():
        findings.append(finding("JUM-H207", "pipe", "", count=int(later.sum())))
    ids, frame, laid, laid_from = (
        np.asarray(labels)[chosen], frame.loc[chosen], laid[chosen], laid_from[chosen]
    )  # fmt: skip
    laid = np.minimum(laid, until)  # a year alone is read as its middle
    count = len(frame)
    length = numbers(column(frame, "pipe", "length_m"), count)
    places = placed(frame)
    if places is not None:
        import shapely

        length = np.where(length > 0, length, shapely.length(places))
    lacks = ~(length > 0)
    if count and lacks.all():
        raise error("JUM-H200", what="length_m")
    length = np.where(lacks, np.median(length[~lacks]) if count else 1.0, length)
    diameter = numbers(column(frame, "pipe", "diameter_mm"), count)
    diameter = np.where(diameter > 0, diameter, np.nan)
    group = groups(column(frame, "pipe", "material"), count)
    gaps = {
        "length_m": lacks,
        "diameter_mm": np.isnan(diameter),
        "material": group == UNKNOWN,
        "installed_from": np.isnan(laid),
    }
    for what, where in gaps.items():
        if where.any():
            findings.append(
                finding("JUM-H203", "pipe", what, what=what, count=int(where.sum()), pipes=count)
            )
    return Pipes(
        ids, str(name), group, diameter, np.maximum(length, _LEAST_LENGTH), laid, laid_from,
        _streets(frame, places), np.any(list(gaps.values()), axis=0), places,
        getattr(frame, "crs", None), findings,
    )  # fmt: skip


def placed(frame: pd.DataFrame) -> NDArray[Any] | None:
    """Return the geometries of pipes in metres, None where there are none.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Longitudes and latitudes are laid flat around their middle.
    """
    if "geometry" not in frame.columns or not len(frame):
        return None
    import shapely

    found = shapes(frame["geometry"])
    return flat(found) if _degrees(*shapely.total_bounds(found)) else found


def flat(found: NDArray[Any], latitude: float | None = None) -> NDArray[Any]:
    """Lay longitudes and latitudes flat, in metres along the parallel and the meridian.

    Parameters
    ----------
    found : array of geometries
        In degrees.
    latitude : float, optional
        Where a degree of longitude is measured; the middle by default [°].
    """
    import shapely

    south, north = shapely.total_bounds(found)[[1, 3]]
    middle = (south + north) / 2 if latitude is None else latitude
    scale = _METRES * np.array([np.cos(np.radians(middle)), 1.0])
    moved = shapely.transform(found, lambda xy: xy * scale)
    return np.asarray(moved)


def _degrees(west: float, south: float, east: float, north: float) -> bool:
    """Return whether bounds can only be longitudes and latitudes."""
    return west >= -180 and east <= 180 and south >= -90 and north <= 90


def points_of(frame: pd.DataFrame, pipes: Pipes) -> NDArray[Any] | None:
    """Return where breaks are, in the plane of the pipes; None where that is not known.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Breaks with a geometry or x and y.
    pipes : Pipes
        The pipes, placed.
    """
    import shapely

    if "geometry" in frame.columns:
        found = shapes(frame["geometry"])
    else:
        x, y = (numbers(column(frame, "break", name), len(frame)) for name in ("x", "y"))
        found = shapely.points(x, y)
    if pipes.places is None or not len(found):
        return None
    bounds = shapely.total_bounds(found)
    if np.isnan(bounds).any():
        return None
    own = getattr(frame, "crs", None)
    if pipes.crs is None:
        alike = not _degrees(*bounds)  # pipes in metres of no known projection
        return found if alike else None
    if pipes.crs.is_geographic:  # the pipes were laid flat: degrees by degrees
        if not _degrees(*bounds):
            return None
        middle = shapely.total_bounds(pipes.places)[[1, 3]].mean() / _METRES
        return flat(found, float(middle))
    if own is None and _degrees(*bounds):
        own = "EPSG:4326"
    if own is None or own == pipes.crs:
        return found
    from pyproj import Transformer

    there = Transformer.from_crs(own, pipes.crs, always_xy=True)
    moved = shapely.transform(found, lambda xy: np.column_stack(there.transform(*xy.T)))
    return np.asarray(moved)


def shapes(column_: pd.Series) -> NDArray[Any]:
    """Return geometries, from shapes or from their WKB."""
    import shapely

    values = np.asarray(column_, dtype=object)
    first = next((it for it in values if it is not None), None)
    return np.asarray(shapely.from_wkb(values) if isinstance(first, bytes) else values)


def _laying(frame: pd.DataFrame, count: int) -> tuple[Floats, Floats]:
    """Return the best date of laying and the first possible one [yr]."""
    exact = column(frame, "pipe", "laid")
    first, last = (column(frame, "pipe", name) for name in ("laid_from", "laid_to"))
    best = np.full(count, np.nan) if exact is None else decimal_years(exact)
    early, late = (
        np.full(count, np.nan) if it is None else decimal_years(it) for it in (first, last)
    )
    between = np.where(np.isnan(early), late, np.where(np.isnan(late), early, (early + late) / 2))
    start = np.where(np.isnan(early), late, early)
    return (
        np.where(np.isnan(best), between, best),
        np.where(np.isnan(best), np.floor(start), _start(best, exact)),
    )


def _start(best: Floats, exact: pd.Series | None) -> Floats:
    """Return the first day that a date of laying can mean: that of its year for a year alone."""
    import pandas as pd

    years = exact is not None and pd.api.types.is_numeric_dtype(exact.dtype)
    return np.floor(best) if years else best


def _streets(frame: pd.DataFrame, places: NDArray[Any] | None) -> NDArray[np.int64]:
    """Return the number of each pipe's street: named, else a square of 250 m, else its own."""
    import pandas as pd

    count = len(frame)
    named = column(frame, "pipe", "street")
    if named is not None and 100 * int(named.notna().sum()) >= _NAMED * count:
        labels = pd.Series(keys(named))
        none = labels.isin(NO_STREET)
    else:
        x, y = centres(frame, places)
        labels = pd.Series(np.floor(x / _CELL_M)).astype(str) + "/"
        labels += pd.Series(np.floor(y / _CELL_M)).astype(str)
        none = pd.Series(np.isnan(x) | np.isnan(y))
    labels = labels.where(~none, "alone " + pd.Series(np.arange(count)).astype(str))
    return np.asarray(pd.factorize(labels)[0], dtype=np.int64)


def centres(frame: pd.DataFrame, places: NDArray[Any] | None) -> tuple[Floats, Floats]:
    """Return the middle of each pipe in metres, NaN where unknown [m]."""
    count = len(frame)
    if places is not None:
        import shapely

        middle = shapely.centroid(places)
        return shapely.get_x(middle), shapely.get_y(middle)
    x, y = (numbers(column(frame, "pipe", name), count) for name in ("x", "y"))
    return x, y
