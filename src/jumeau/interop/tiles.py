# SPDX-License-Identifier: EUPL-1.2
"""Vector tiles of the twin's tables: from the pyramid, from the shapes, or from the rows.

From zoom 14 on every row is drawn, whole. Below, what is smaller than a pixel is gathered: in each
cell one row stands for the others and says in ``one_in`` how many it stands for; lines and areas
are simplified without tearing the borders that they share. No tile exceeds 500 kB: where it would,
cells grow. The dense tiles of low zooms are drawn beforehand
(:mod:`jumeau.interop.pyramid`), the others in about a millisecond when they are asked for.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, NamedTuple

from jumeau.base import crs as crs_
from jumeau.base.contract import TableSchema
from jumeau.interop import mercator
from jumeau.interop.mercator import Tile
from jumeau.interop.pyramid import draft, drawing
from jumeau.interop.pyramid.layers import Layer, carried, chosen, layer
from jumeau.twin import schema
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    from jumeau.interop.served import Served, View

__all__ = ["Layer", "Made", "kept", "layer", "made", "tile", "warm"]

WARM_ZOOM = 18
PACKED = 1_000
"""Bytes from which a tile is compressed."""
_LEVEL = 3


class Made(NamedTuple):
    """A tile: its bytes, whether they are compressed (gzip), whether they are for good.

    Those that are not will be drawn better once the shapes of the table are there.
    """

    content: bytes
    packed: bool = False
    final: bool = True


def tile(view: View, declared: TableSchema, address: Tile, properties: str | None = None) -> bytes:
    """Return a vector tile of a table; empty bytes when there is nothing to draw.

    Parameters
    ----------
    view : View
        Territory at one version.
    declared : TableSchema
        Table; its name is that of the tile's layer.
    address : Tile
        Tile.
    properties : str, optional
        Attributes wanted, with commas; those carried by default otherwise.

    Raises
    ------
    InvalidError
        ``JUM-I009`` when the table has no geometry, ``JUM-I005`` for an unknown attribute.
    """
    return made(view, declared, address, properties).content


def made(
    view: View,
    declared: TableSchema,
    address: Tile,
    properties: str | None = None,
    packed: bool = False,
) -> Made:
    """Return a vector tile, compressed if wanted and worth it.

    Parameters
    ----------
    view, declared, address, properties
        As for :func:`tile`.
    packed : bool
        Whether the client takes compressed answers.
    """
    drawn = layer(declared)
    names = chosen(drawn, properties)
    held = view.served.pyramids.get(view, drawn)
    state = declared.name if held is None else held.name
    key = ("mvt", view.version if held is None else 0, state, names, address)
    found = Made(b"", False, held is not None)
    if held is not None and properties is None:
        view.served.facts.put(("tiles", view.version, declared.name), (state, names), 1)
    if packed:
        known = view.served.tiles.get((*key, "gzip"))
        if known is not None:
            return found._replace(content=known, packed=True)
    content: bytes | None = view.served.tiles.get(key)
    if content is None:
        stored = None
        if held is not None and held.archive is not None and names == drawn.usual:
            stored = held.archive.get(address)
        if stored is not None and packed:
            view.served.tiles.put((*key, "gzip"), stored, len(stored) + 300)
            return found._replace(content=stored, packed=True)
        if stored is not None:
            content = gzip.decompress(stored)
        elif held is None:
            content = draft.tile(view, drawn, address, names)
        else:
            columns = carried(held.shapes, names)
            content = drawing.tile(held.shapes, declared.name, address, columns)
        view.served.tiles.put(key, content, len(content) + 300)
    if packed and len(content) >= PACKED:
        content = gzip.compress(content, _LEVEL, mtime=0)
        view.served.tiles.put((*key, "gzip"), content, len(content) + 300)
        return found._replace(content=content, packed=True)
    return found._replace(content=content)


def kept(served: Served, version: int, table: str, address: Tile, packed: bool) -> Made | None:
    """Return a tile with the usual attributes if it is in memory, for good; reads nothing.

    Parameters
    ----------
    served : Served
        Territory.
    version : int
        Version of the twin.
    table : str
        Table.
    address : Tile
        Tile.
    packed : bool
        Whether the client takes compressed answers.
    """
    known = served.facts.get(("tiles", version, table))
    if known is None:
        return None
    key = ("mvt", 0, *known, address)
    if packed:
        content = served.tiles.get((*key, "gzip"))
        if content is not None:
            return Made(content, True)
    content = served.tiles.get(key)
    if content is None or (packed and len(content) >= PACKED):
        return None
    return Made(content)


def warm(view: View) -> None:
    """Draw a small tile of each table that holds rows, so that the first one asked is quick."""
    to_wgs84 = crs_.transformer(view.crs, crs_.WGS84)
    for declared in schema.tables().values():
        if not declared.geometry:
            continue
        found = view.rows(f"SELECT xmin, ymin FROM {quoted(declared.name)} LIMIT 1")
        if found and found[0]["xmin"] is not None:
            lon, lat = to_wgs84.transform(found[0]["xmin"], found[0]["ymin"])
            drawn = layer(declared)
            draft.tile(view, drawn, mercator.tile_at(lon, lat, WARM_ZOOM), drawn.usual)
