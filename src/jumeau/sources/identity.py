# SPDX-License-Identifier: EUPL-1.2
"""Identifiers: those of the file, or built so that the same object gets the same one again.

A row without identifier gets one from its position to the centimetre, which neither the order of
rows nor a new export changes; rows at one position are ranked by their content. Tables without
geometry use the columns that name the fact (year, section, nature… of a budget line).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.findings import Finding, finding

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

CENTIMETRE = 100
NATURAL = {
    "budget": ("year", "section", "direction", "nature", "function"),
    "water_volume": ("network_id", "year", "quantity"),
    "water_knowledge": ("network_id", "year", "item"),
    "traffic_count": ("street_id", "name", "direction", "starts_on", "ends_on"),
}
"""Attributes that name a row of a table without geometry; all of them elsewhere."""


@dataclass
class Identified:
    """Identifiers of rows, and the rows to leave out because another bears the same.

    Parameters
    ----------
    ids : (n,) pyarrow array of string
        Present and, ``repeated`` rows left out, unique.
    repeated : (n,) bool array
        Rows whose identifier an earlier row bears.
    findings : list of Finding
        Identifiers built, identical rows, conflicting rows.
    """

    ids: pa.Array
    repeated: NDArray[np.bool_]
    findings: list[Finding] = field(default_factory=list)


def identify(
    columns: dict[str, pa.Array | pa.ChunkedArray],
    bounds: NDArray[np.float64] | None,
    table: str,
    geometry: pa.ChunkedArray | None = None,
) -> Identified:
    """Give every row its identifier.

    Parameters
    ----------
    columns : dict
        {attribute: (n,) values} after conversion, ``id`` among them when the file has it.
    bounds : (n, 4) array or None
        (xmin, ymin, xmax, ymax) [m] of the geometries.
    table : str
        Table to fill.
    geometry : (n,) pyarrow.ChunkedArray, optional
        WKB, to tell identical rows from conflicting ones.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    given = columns.get("id")
    others = {name: values for name, values in columns.items() if name != "id"}
    count = (
        len(next(iter(columns.values()))) if columns else len(bounds if bounds is not None else ())
    )
    found: list[Finding] = []
    if given is None or given.null_count:
        lacking = (
            np.ones(count, bool)
            if given is None
            else pc.is_null(given).to_numpy(zero_copy_only=False)
        )
        positioned = np.zeros(count, bool)
        if bounds is not None:
            positioned = lacking & np.isfinite(bounds).all(axis=1)
        ids = np.full(count, None, object)
        if given is not None:
            ids[~lacking] = given.filter(pa.array(~lacking)).to_pylist()
        if positioned.any():
            ids[positioned] = _by_position(bounds, positioned, others)  # type: ignore[arg-type]
        rest = lacking & ~positioned
        if rest.any():
            ids[rest] = _by_content(others, rest, table)
        code = "JUM-S123" if bounds is not None else "JUM-S138"
        found.append(finding(code, table, "id", count=int(lacking.sum())))
        array = pa.array(ids, pa.string())
    else:
        array = given.combine_chunks() if isinstance(given, pa.ChunkedArray) else given
        array = array.cast(pa.string())
    repeated, notes = _repeated(array, others, geometry, table)
    return Identified(array, repeated, found + notes)


def _by_position(
    bounds: NDArray[np.float64],
    rows: NDArray[np.bool_],
    others: dict[str, pa.Array | pa.ChunkedArray],
) -> NDArray[np.object_]:
    """Return ``<x>_<y>`` in centimetres of the centre of the bounds, ranked when shared."""
    box = bounds[rows]
    x = np.rint((box[:, 0] + box[:, 2]) / 2 * CENTIMETRE).astype(np.int64)
    y = np.rint((box[:, 1] + box[:, 3]) / 2 * CENTIMETRE).astype(np.int64)
    names = np.char.add(np.char.add(x.astype(str), "_"), y.astype(str)).astype(object)
    return _ranked(names, others, np.flatnonzero(rows))


def _by_content(
    others: dict[str, pa.Array | pa.ChunkedArray], rows: NDArray[np.bool_], table: str
) -> NDArray[np.object_]:
    """Return a digest of the attributes that name the row, ranked when shared."""
    wanted = [name for name in NATURAL.get(table, tuple(others)) if name in others]
    places = np.flatnonzero(rows)
    texts = _contents({name: others[name] for name in wanted}, places)
    names = np.array(
        [hashlib.blake2b(text.encode(), digest_size=8).hexdigest() for text in texts], object
    )
    return _ranked(names, others, places)


def _ranked(
    names: NDArray[np.object_],
    others: dict[str, pa.Array | pa.ChunkedArray],
    places: NDArray[np.int64],
) -> NDArray[np.object_]:
    """Add ``-2``, ``-3``… to names borne by several rows, in the order of their content."""
    import pandas as pd

    shared = np.flatnonzero(pd.Series(names).duplicated(keep=False).to_numpy())
    if not shared.size:
        return names
    texts = _contents(others, places[shared])
    order = sorted(range(shared.size), key=lambda item: (names[shared[item]], texts[item], item))
    ranks: dict[str, int] = {}
    for item in order:
        row = shared[item]
        name = str(names[row])
        ranks[name] = ranks.get(name, 0) + 1
        if ranks[name] > 1:
            names[row] = f"{name}-{ranks[name]}"
    return names


def _contents(
    columns: dict[str, pa.Array | pa.ChunkedArray], places: NDArray[np.int64]
) -> list[str]:
    """Return one text a row that says all its values."""
    import pyarrow as pa

    if not columns:
        return [""] * places.size
    taken = [columns[name].take(pa.array(places)).to_pylist() for name in sorted(columns)]
    return ["\x1f".join(map(str, row)) for row in zip(*taken, strict=True)]


def _repeated(
    ids: pa.Array,
    others: dict[str, pa.Array | pa.ChunkedArray],
    geometry: pa.ChunkedArray | None,
    table: str,
) -> tuple[NDArray[np.bool_], list[Finding]]:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    if pc.count_distinct(ids).as_py() == len(ids):
        return np.zeros(len(ids), bool), []
    series = pd.Series(ids.to_numpy(zero_copy_only=False))
    repeated = series.duplicated(keep="first").to_numpy()
    places = np.flatnonzero(series.duplicated(keep=False).to_numpy())
    contents = _contents(others, places)
    if geometry is not None:
        wkb = geometry.take(pa.array(places)).to_pylist()
        contents = [f"{text}\x1f{shape!r}" for text, shape in zip(contents, wkb, strict=True)]
    first: dict[str, str] = {}
    same, conflicting = 0, []
    for place, content in zip(places, contents, strict=True):
        name = str(series[place])
        if name not in first:
            first[name] = content
        elif first[name] == content:
            same += 1
        else:
            conflicting.append(name)
    found = []
    if same:
        found.append(finding("JUM-S125", table, "id", count=same))
    if conflicting:
        examples = list(dict.fromkeys(conflicting))[:5]
        found.append(finding("JUM-S124", table, "id", count=len(conflicting), examples=examples))
    return repeated, found
