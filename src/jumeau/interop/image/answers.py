# SPDX-License-Identifier: EUPL-1.2
"""Pages, windows and rows found in an image: what the twin would answer, without asking it.

Answered here: windows, equalities with text, numbers and booleans, pages in the order of storage
forwards and backwards, rows by identifier. Everything else (CQL2, dates, sorting) is for the
database.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.contract import TableSchema
from jumeau.interop import projections
from jumeau.interop.image import image as image_of
from jumeau.interop.image.table import FEATURE, Image
from jumeau.interop.projections import Projection
from jumeau.twin.schema import quoted
from jumeau.twin.store import engine

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from jumeau.interop.features import Query
    from jumeau.interop.served import View

_SIMPLE = {"text": str, "integer": int, "double": float, "boolean": bool}
"""Types of the values that rows are compared with here."""


class Found(NamedTuple):
    """Rows found in an image, and those that come before and after them.

    Parameters
    ----------
    image : Image
        Image.
    indices : numpy.ndarray of int64
        Indices of the rows, increasing.
    earlier, later : bool
        Whether other rows that match come before, and after.
    """

    image: Image
    indices: NDArray[np.int64]
    earlier: bool
    later: bool

    def row(self, place: int) -> int:
        """Return the identifier of storage of one of the rows."""
        return int(self.image.row[self.indices[place]])


def page(view: View, query: Query, row: int) -> Found | None:
    """Return the rows of a page.

    Parameters
    ----------
    view : View
        Territory at one version.
    query : Query
        What is wanted; the page goes backwards when it has a ``before``.
    row : int
        Identifier of storage of the row after which, or before which, the page is.

    Returns
    -------
    Found or None
        ``None`` when the image cannot answer.
    """
    chosen = select(view, query)
    if chosen is None:
        return None
    image, matches = chosen
    if query.before:
        edge = image.after(row - 1)
        stop = edge if matches is None else int(np.searchsorted(matches, edge))
        start = max(0, stop - query.limit)
    else:
        edge = image.after(row)
        start = edge if matches is None else int(np.searchsorted(matches, edge))
        stop = start + query.limit
    total = len(image.row) if matches is None else len(matches)
    stop = min(stop, total)
    indices = np.arange(start, stop) if matches is None else matches[start:stop]
    return Found(image, indices, start > 0, stop < total)


def select(view: View, query: Query) -> tuple[Image, NDArray[np.int64] | None] | None:
    """Return an image and the indices of the rows that match, ``None`` for all of them.

    ``None`` alone when the image cannot answer.
    """
    import shapely

    if query.condition is not None or query.order or not _comparable(query):
        return None
    if (query.bounds is not None or query.exact is not None) and not query.table.geometry:
        return None
    image = image_of(view, query.table)
    if image is None:
        return None
    if query.bounds is None and query.exact is None and not query.where:
        return image, None
    exact = query.exact.parameters if query.exact is not None else None
    key = ("chosen", id(image.row), query.table.name, query.bounds, exact,
           *sorted(query.where.items()))  # fmt: skip
    kept: tuple[Image, NDArray[np.int64]] | None = view.served.blocks.get(key)
    if kept is not None and kept[0].row is image.row:
        return image, kept[1]
    matches = np.arange(len(image.row)) if query.bounds is None else image.window(query.bounds)
    matches = _equal(image, matches, query.where)
    if exact is not None:
        try:
            matches = _within(image, matches, exact, query.table)
        except shapely.errors.ShapelyError:  # the database judges by itself
            return None
    if len(matches) > query.limit:  # its other pages will be asked for
        view.served.blocks.put(key, (image, matches), matches.nbytes + 500)
    return image, matches


def _comparable(query: Query) -> bool:
    """Return whether equality means the same here as in the database."""
    for name, value in query.where.items():
        kind = _SIMPLE.get(query.table[name].type) if name in query.table.names else None
        if kind is None or type(value) is not kind:
            return False
        if isinstance(value, float) and math.isnan(value):
            return False
    return True


def _equal(image: Image, matches: NDArray[np.int64], where: Mapping[str, Any]) -> NDArray[np.int64]:
    """Return the rows among some whose attributes have given values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, value in where.items():
        column = image.rows[name]
        whole = len(matches) == len(image.row)
        values = column if whole else image.take(matches, [name])[name]
        same = pc.fill_null(pc.equal(values, pa.scalar(value, column.type)), False)
        matches = matches[np.asarray(same.to_numpy(), dtype=bool)]
    return matches


def _within(
    image: Image, matches: NDArray[np.int64], exact: tuple[Any, ...], declared: TableSchema
) -> NDArray[np.int64]:
    """Return the rows among some that meet the outline of a window.

    Parameters
    ----------
    image : Image
        Image.
    matches : numpy.ndarray of int64
        Rows whose box meets the window's.
    exact : tuple
        Parameters of the window's test: xmin, xmax, ymin, ymax inside which a box need not be
        looked at closer, if there are; then the outline as WKB.
    declared : TableSchema
        Table.
    """
    import shapely

    near = np.ones(len(matches), dtype=bool)
    if len(exact) == 5:
        box = image.box[matches]
        near = ~((box[:, 0] >= exact[0]) & (box[:, 2] <= exact[1])
                 & (box[:, 1] >= exact[2]) & (box[:, 3] <= exact[3]))  # fmt: skip
    if not near.any():
        return matches
    outline = shapely.from_wkb(exact[-1])
    shapely.prepare(outline)
    column = _geometry(declared)
    shapes = shapely.from_wkb(image.take(matches[near], [column])[column].to_numpy())
    kept = np.ones(len(matches), dtype=bool)
    kept[near] = shapely.intersects(outline, shapes)
    return matches[kept]


def _geometry(declared: TableSchema) -> str:
    return next(item.name for item in declared.attributes if item.type.startswith("geometry"))


# -- rows as they are answered ---------------------------------------------------------------
def texts(found: Found, query: Query, crs: str, target: Projection) -> bytes:
    """Return rows as GeoJSON features with commas between them, all attributes included.

    Parameters
    ----------
    found : Found
        Rows.
    query : Query
        Whether their geometry is wanted.
    crs : str
        CRS of the territory.
    target : Projection
        Projection wanted.
    """
    from jumeau.interop import geojson

    image, indices = found.image, found.indices
    if query.shapes and target == projections.DEFAULT:
        return image.texts(indices)[:-1]
    kept = image.take(indices, [FEATURE])[FEATURE].to_pylist()
    shapes = ["null"] * len(kept)
    if query.shapes and query.table.geometry and kept:
        column = _geometry(query.table)
        shapes = geojson.geometries(image.take(indices, [column])[column], crs, target).to_pylist()
    return ",".join(map(_with_geometry, kept, shapes)).encode()


def _with_geometry(feature: str, shape: str) -> str:
    """Return the text of a feature with another geometry, without its comma.

    A quotation mark inside a value is written with a backslash before it: the names of members
    are found where they stand alone.
    """
    begin = feature.index('"geometry":') + 11
    end = feature.index(',"properties":', begin)
    return f"{feature[:begin]}{shape}{feature[end:-1]}"


def rows(image: Image, indices: NDArray[np.int64] | None, query: Query) -> pa.Table:
    """Return rows as the database would: geometry as WKB, then attributes or their JSON.

    Parameters
    ----------
    image : Image
        Image.
    indices : numpy.ndarray of int64 or None
        Rows, increasing; ``None`` for all.
    query : Query
        What is wanted of each.
    """
    from jumeau.interop import features

    declared = query.table
    plain = [
        item
        for item in declared.attributes
        if not item.type.startswith("geometry")
        and (query.names is None or item.name in query.names)
    ]
    names = [_geometry(declared)] if declared.geometry and query.shapes else []
    needed = dict.fromkeys([*names, *(item.name for item in plain)])
    if not query.json:
        return _taken(image, indices, list(needed))
    if "id" in declared.names:
        needed["id"] = None
    taken = _taken(image, indices, list(needed))
    # The types that Arrow does not know are told to the database.
    as_json = [f"{quoted(i.name)}::JSON AS {quoted(i.name)}" for i in plain if i.type == "json"]
    source = f"(SELECT * REPLACE ({', '.join(as_json)}) FROM taken)" if as_json else "taken"
    columns = [*map(quoted, names), *features.json_sql(declared, plain)]
    with engine(os.getpid()).cursor() as con:
        con.register("taken", taken)
        return con.execute(f"SELECT {', '.join(columns)} FROM {source}").to_arrow_table()


def _taken(image: Image, indices: NDArray[np.int64] | None, names: list[str]) -> pa.Table:
    """Return columns of rows; a table without columns says its number of rows all the same."""
    kept = names or image.rows.column_names[:1]
    found = image.rows.select(kept) if indices is None else image.take(indices, kept)
    return found if names else found.drop_columns(kept)
