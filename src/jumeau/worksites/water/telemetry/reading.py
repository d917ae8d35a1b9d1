# SPDX-License-Identifier: EUPL-1.2
"""Files of telemetry, CSV or Parquet, wide or long, as one table of readings by sensor."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import JumeauError, error
from jumeau.worksites.water.telemetry import headers

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

PARQUET = (".parquet", ".pq", ".geoparquet")
TEXT = (".csv", ".txt", ".tsv")
DELIMITERS = (";", "\t", ",", "|")
NULLS = ("", "-", "--", "nan", "NaN", "NAN", "null", "NULL", "n/a", "N/A", "#N/A", "NA", "None",
         "ND", "nd", "*", "?")  # fmt: skip
FORMATS = ("ISO8601", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%y %H:%M", "%d-%m-%Y %H:%M:%S",
           "%d-%m-%Y %H:%M", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
           "%d/%m/%Y %Hh%M", "%d/%m/%Y %H", "%d/%m/%Y", "%m/%d/%Y %H:%M:%S",
           "%m/%d/%Y %H:%M", "%Y%m%d %H:%M", "%Y%m%d%H%M")  # fmt: skip
ROLES = {"value": headers.VALUES, "sensor": headers.SENSORS, "property": headers.QUANTITIES,
         "unit": headers.UNIT_COLUMNS}  # fmt: skip
SAMPLE = 400
READ_SHARE = 0.9


@dataclass
class Telemetry:
    """Readings of a file.

    Parameters
    ----------
    values : DataFrame
        Indexed by time as written (naive, or UTC when an offset was written), in the order of
        the file; a column of float64 a sensor and property, NaN for none.
    columns : list of Header
        Sensor, property and unit of each column.
    cells, empty, unreadable : int
        Cells of readings, those without, those that are no number.
    rows, bad_rows : int
        Rows with a time, rows left out for want of one.
    layout, encoding : str
        "wide" or "long"; encoding of a text.
    utc : bool
        Whether a header says that naive times are UTC.
    """

    values: pd.DataFrame
    columns: list[headers.Header]
    cells: int = 0
    empty: int = 0
    unreadable: int = 0
    rows: int = 0
    bad_rows: int = 0
    layout: str = "wide"
    encoding: str = ""
    utc: bool = False
    names: list[str] = field(default_factory=list)
    """Headers as written."""

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the readings as find_leaks takes them, by property; units as they are."""
        wanted = {"pressure": "pressures", "flow": "flows", "level": "levels", "demand": "meters"}
        out = {}
        for told, name in wanted.items():
            chosen = [k for k, it in enumerate(self.columns) if it.property == told]
            frame = self.values.iloc[:, chosen]
            out[name] = frame.set_axis([self.columns[k].sensor for k in chosen], axis=1)
        return out


def read(path: str | Path) -> Telemetry:
    """Read a file of telemetry (CSV of any usual layout, or Parquet).

    Parameters
    ----------
    path : str or Path
        CSV with ``;``, tabulations or commas, decimal point or comma, UTF-8, UTF-16 or
        Windows-1252; Parquet. Wide (a column a sensor) or long (a column that names it).

    Returns
    -------
    Telemetry
        Readings and what was read of the headers.

    Raises
    ------
    InvalidError
        ``JUM-H189`` when it holds no times or no readings.
    """
    file = Path(path)
    try:
        if file.suffix.lower() in PARQUET:
            frame, encoding = _parquet(file), ""
        else:
            frame, encoding = _text(file.read_bytes(), file.name)
    except JumeauError:
        raise
    except (OSError, ValueError) as exc:
        raise error("JUM-H189", file=file.name, why=str(exc)[:160]) from exc
    made = from_frame(frame, file.name)
    made.encoding = encoding
    told = headers.property_of_file(file.stem)
    if told:
        made.columns = [it if it.property else it._replace(property=told) for it in made.columns]
    return made


def from_frame(frame: pd.DataFrame, name: str) -> Telemetry:
    """Return the readings of a table of cells.

    Parameters
    ----------
    frame : DataFrame
        Cells; texts, numbers or times.
    name : str
        Name of the file, for sentences.

    Raises
    ------
    InvalidError
        ``JUM-H189`` without times or without readings.
    """
    frame = frame.set_axis(_unique([str(it) for it in frame.columns]), axis=1)
    times, used, utc = _times(frame)
    if times is None:
        raise error("JUM-H189", file=name, why={"en": "no column of times",
                                                "fr": "aucune colonne d'heures"})  # fmt: skip
    good = ~np.asarray(times.isna(), bool)
    rest = frame.drop(columns=used)
    key = _long(rest)
    bad = int((~good).sum())
    rest, times = (rest, times) if not bad else (rest[good], times[good])
    made = _from_wide(rest, times) if key is None else _from_long(rest, times, key)
    if not made.values.shape[1]:
        raise error("JUM-H189", file=name, why={"en": "no column of readings",
                                                "fr": "aucune colonne de relevés"})  # fmt: skip
    made.rows, made.bad_rows, made.utc = int(good.sum()), bad, utc
    return made


def _unique(names: list[str]) -> list[str]:
    """Return names of which those that come again bear a number."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return out


def _parquet(file: Path) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
    except pa.ArrowInvalid as exc:
        raise error("JUM-H189", file=file.name, why=str(exc)[:160]) from exc
    return _indexed(_dictionaries(table).to_pandas())


def _indexed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose index of times is a column like the others."""
    import pandas as pd

    timed = isinstance(frame.index, pd.DatetimeIndex)
    return frame.reset_index(names="time") if timed else frame


def _dictionaries(table: pa.Table) -> pa.Table:
    """Return a table whose texts are numbered: twelve million names weigh a gigabyte."""
    import pyarrow as pa

    for place, item in enumerate(table.schema):
        if pa.types.is_string(item.type) or pa.types.is_large_string(item.type):
            table = table.set_column(place, item.name, table.column(place).dictionary_encode())
    return table


def _text(raw: bytes, name: str) -> tuple[pd.DataFrame, str]:
    import pyarrow as pa
    from pyarrow import csv

    raw, encoding = _utf8(raw)
    if not raw.strip():
        raise error("JUM-H189", file=name, why="∅")
    head = raw[:65536].decode("utf-8", "replace").splitlines()[:SAMPLE]
    delimiter = max(DELIMITERS, key=lambda it: _regular(head, it))
    counts = [line.count(delimiter) for line in head]
    modal = max(set(counts), key=lambda it: (counts.count(it), it))
    first = next((k for k, it in enumerate(counts) if it == modal and _filled(head[k], delimiter)),
                 0)  # fmt: skip
    comma = delimiter != "," and any(re.search(r"\d,\d", line) for line in head[first + 1 :])
    try:
        table = csv.read_csv(
            pa.BufferReader(raw),
            read_options=csv.ReadOptions(skip_rows=first),
            parse_options=csv.ParseOptions(
                delimiter=delimiter,
                invalid_row_handler=lambda _: "skip",
            ),
            convert_options=csv.ConvertOptions(
                decimal_point="," if comma else ".", null_values=list(NULLS),
                strings_can_be_null=True, timestamp_parsers=[],
            ),
        )  # fmt: skip
    except pa.ArrowInvalid as exc:
        raise error("JUM-H189", file=name, why=str(exc)[:160]) from exc
    return _dictionaries(table).to_pandas(), encoding


def _filled(line: str, delimiter: str) -> bool:
    """Tell whether most cells of a line hold something: it is no title."""
    cells = line.split(delimiter)
    return sum(1 for it in cells if it.strip()) * 2 > len(cells)


def _regular(lines: list[str], delimiter: str) -> tuple[float, int]:
    """Return how regularly a delimiter cuts lines, and in how many cells."""
    counts = [line.count(delimiter) for line in lines if line.strip()]
    if not counts:
        return (0.0, 0)
    modal = max(set(counts), key=counts.count)
    return (counts.count(modal) / len(counts) if modal else 0.0, modal)


def _utf8(raw: bytes) -> tuple[bytes, str]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace").encode(), "UTF-16"
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace").encode(), "Windows-1252"
    return raw, "UTF-8"


def _times(frame: pd.DataFrame) -> tuple[pd.Series | None, list[Any], bool]:
    """Return the times, the columns they come from, whether a header says that they are UTC."""
    import pandas as pd

    folded = {name: headers.fold(str(name)) for name in frame.columns}
    utc = {name: bool(re.search(r"\b(utc|tu|gmt)\b", it)) for name, it in folded.items()}
    bare = {name: re.sub(r"[\(\[].*|\b(utc|tu|gmt)\b", "", it).strip() or "utc"
            for name, it in folded.items()}  # fmt: skip
    likely = [name for name in frame.columns if bare[name] in headers.TIMES]
    stamped = [name for name in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[name])]
    for name in [*stamped, *(it for it in likely if it not in stamped)]:
        other = next((it for it in likely if it != name and bare[it] in ("heure", "hour", "time")
                      and bare[name] in ("date", "jour", "day")), None)  # fmt: skip
        if other is not None:
            joined = frame[name].astype(str).str[:10] + " " + frame[other].astype(str)
            found = instants(joined)
            if found is not None:
                return found, [name, other], utc[name] or utc[other]
        found = instants(frame[name])
        if found is not None:
            return found, [name], utc[name]
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            found = instants(frame[name])
            if found is not None:
                return found, [name], utc[name]
    return None, [], False


def instants(column: pd.Series) -> pd.Series | None:
    """Return a column of times, in UTC when they have offsets; None when it holds none."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.tz_convert("UTC") if column.dt.tz is not None else column
    if pd.api.types.is_numeric_dtype(column) or not len(column):
        return None
    coded = column.astype("category")
    words = coded.cat.categories.astype(str).str.strip()
    offset = re.compile(r"\d[:hH]\d.*(?:Z|[+-]\d{2}:?\d{2})$")
    aware = sum(bool(offset.search(it)) for it in words[:SAMPLE]) * 2 > len(words[:SAMPLE])
    for written in FORMATS:
        sample = pd.to_datetime(words[:SAMPLE], format=written, errors="coerce", utc=aware)
        if np.mean(sample.notna()) < READ_SHARE:
            continue
        whole = pd.to_datetime(words, format=written, errors="coerce", utc=aware)
        if np.mean(whole.notna()) >= READ_SHARE:
            taken = whole.take(np.maximum(coded.cat.codes.to_numpy(), 0))
            found = pd.Series(taken, index=column.index)
            return found.where(coded.cat.codes.to_numpy() >= 0)
    return None


def _long(rest: pd.DataFrame) -> dict[str, Any] | None:
    """Return the columns of a long layout by role, None for a wide one."""
    import pandas as pd

    folded = {name: headers.fold(str(name)) for name in rest.columns}
    role: dict[str, Any] = {}
    for part, words in ROLES.items():
        for name, word in folded.items():
            if re.sub(r"[\(\[].*", "", word).strip() in words and part not in role:
                role[part] = name
    if "sensor" in role and pd.api.types.is_float_dtype(rest[role["sensor"]]):
        return None
    return role if {"value", "sensor"} <= set(role) else None


def _from_wide(rest: pd.DataFrame, times: pd.Series) -> Telemetry:
    import pandas as pd

    made, columns, names = {}, [], []
    cells = empty = unreadable = 0
    for place, name in enumerate(rest.columns):
        values, lost = numbers(rest.iloc[:, place])
        there = np.isfinite(values)
        if lost and not there.any():
            continue  # a remark, a name
        made[place] = values
        columns.append(headers.header(str(name)))
        names.append(str(name))
        cells += values.size
        unreadable += lost
        empty += int(values.size - there.sum()) - lost
    index = pd.DatetimeIndex(times, name="time")
    return Telemetry(pd.DataFrame(made, index=index), columns, cells, empty, unreadable,
                     names=names)  # fmt: skip


def _from_long(rest: pd.DataFrame, times: pd.Series, role: dict[str, Any]) -> Telemetry:
    import pandas as pd

    values, lost = numbers(rest[role["value"]])
    parts = [it for it in ("sensor", "property", "unit") if it in role]
    codes = [rest[role[it]].astype("category") for it in parts]
    places = np.stack([it.cat.codes.to_numpy(np.int64) for it in codes], axis=1)
    unique, which = np.unique(places, axis=0, return_inverse=True)
    stamps = pd.DatetimeIndex(times)
    again = _order(stamps, which.ravel())
    # Times of a sensor given twice (the hour of the change of clock) stay two rows.
    late = int(again.max(initial=0)) + 1
    ticks = stamps.as_unit("us").asi8 * late + again
    keys, rows = np.unique(ticks, return_inverse=True)
    table = np.full((len(keys), len(unique)), np.nan)
    table[rows, which.ravel()] = values
    names = headers.header(str(role["value"]))
    columns = []
    for row in unique:
        words = {
            part: str(it.cat.categories[code]) if code >= 0 else ""
            for part, it, code in zip(parts, codes, row, strict=True)
        }
        told = headers.property_of(words.get("property", "")) or words.get("property", "")
        unit = headers.unit(words.get("unit", "")) or names.unit
        columns.append(headers.Header(words["sensor"], told or names.property, unit))
    there = int(np.isfinite(values).sum())
    index = pd.DatetimeIndex((keys // late).view("M8[us]"), name="time")
    if stamps.tz is not None:
        index = index.tz_localize("UTC")
    frame = pd.DataFrame(table, index=index)
    return Telemetry(frame, columns, values.size, values.size - there - lost, lost,
                     layout="long", names=[it.sensor for it in columns])  # fmt: skip


def _order(stamps: pd.DatetimeIndex, which: Any) -> Any:
    """Return how many times each reading's time came before for its sensor."""
    import pandas as pd

    frame = pd.DataFrame({"t": stamps, "s": which})
    if not frame.duplicated().any():
        return np.zeros(len(frame), np.int64)
    return frame.groupby(["t", "s"]).cumcount().to_numpy()


def numbers(column: pd.Series) -> tuple[Any, int]:
    """Return a column as numbers, and how many cells are no number."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return np.full(len(column), np.nan), len(column)
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(float, na_value=np.nan)
        return np.where(np.isfinite(values), values, np.nan), 0
    coded = column.astype("category")
    words = coded.cat.categories.astype(str)
    clean = words.str.replace("\u202f", "").str.replace("\xa0", "").str.replace(" ", "")
    points = pd.Series(clean.str.replace(",", ".").to_numpy())
    parsed = pd.to_numeric(points, errors="coerce").to_numpy(float)
    void = np.asarray(words.str.strip().isin(NULLS), bool)
    codes = coded.cat.codes.to_numpy()
    values = np.where(codes >= 0, parsed[np.maximum(codes, 0)] if parsed.size else np.nan, np.nan)
    lost = int(((codes >= 0) & ~np.isfinite(values)).sum())
    if void.any():
        lost -= int(np.isin(codes, np.flatnonzero(void)).sum())
    return values, lost


def sample(path: Path) -> Telemetry:
    """Return the beginning of a file as :func:`read` would, to tell what it is.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    InvalidError
        ``JUM-H189`` as :func:`read`.
    """
    if path.suffix.lower() in PARQUET:
        import pyarrow.parquet as pq

        file = pq.ParquetFile(path)
        batch = next(file.iter_batches(batch_size=20 * SAMPLE), None)
        if batch is None:
            raise error("JUM-H189", file=path.name, why="∅")
        import pyarrow as pa

        frame = _indexed(_dictionaries(pa.Table.from_batches([batch])).to_pandas())
    else:
        with path.open("rb") as stream:
            raw = stream.read(1 << 18)
        cut = raw.rfind(b"\n") + 1
        frame, _ = _text(raw[:cut] if len(raw) == 1 << 18 and cut else raw, path.name)
    made = from_frame(frame, path.name)
    told = headers.property_of_file(path.stem)
    if told:
        made.columns = [it if it.property else it._replace(property=told) for it in made.columns]
    return made
