# SPDX-License-Identifier: EUPL-1.2
"""Serving images: the rows of a table, decoded once for each state of it, ready to be served.

A read of the twin costs 20 to 30 ms of processor, most of it to find files and to decode whole
row groups; a map asks for hundreds of small windows. So each table that is asked for has an
*image*: its rows in their order of storage in an Arrow file mapped into memory, their boxes, an
index of identifiers, and the GeoJSON text of each. An image bears the state of the table that it
shows (:mod:`jumeau.interop.image.state`); a request reads the one of its own version, or the twin
itself. Nothing is kept in an image that the twin does not say: it can be thrown away at any time.

- :mod:`~jumeau.interop.image.state` names the state of each table at a version.
- :mod:`~jumeau.interop.image.build` reads the twin and makes an image, in a process of its own.
- :mod:`~jumeau.interop.image.files` writes, checks, opens and removes the folders of images.
- :mod:`~jumeau.interop.image.keeper` decides what to build and open while a server runs.
- :mod:`~jumeau.interop.image.answers` finds pages, windows and rows in an image.
- :mod:`~jumeau.interop.image.columns` lists what is computed once for each row and kept beside
  it: **a module that serves rows in another shape (tiles) adds its columns there**; they are in
  ``Image.rows`` under names that begin with an underscore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jumeau.base.contract import TableSchema
from jumeau.interop.image.state import state
from jumeau.interop.image.table import Image

if TYPE_CHECKING:
    from jumeau.interop.served import View

__all__ = ["Image", "image"]


def image(view: View, declared: TableSchema) -> Image | None:
    """Return the image of a table at the version of a view.

    Parameters
    ----------
    view : View
        Territory at one version.
    declared : TableSchema
        Table.

    Returns
    -------
    Image or None
        ``None`` while it is not built, or when the table is empty or has no image.
    """
    known = state(view, declared)
    return None if known is None else view.served.images.get(known)
