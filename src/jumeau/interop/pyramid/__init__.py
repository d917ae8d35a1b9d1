# SPDX-License-Identifier: EUPL-1.2
"""Vector tiles at the pace of a map: shapes laid out once, dense low zooms drawn beforehand.

A table is laid out once for each of its states (:mod:`~jumeau.interop.pyramid.shapes`): positions
in Web Mercator as whole numbers, attributes as codes into values already written. A tile is then
a window, a thinning and a layer (:mod:`~jumeau.interop.pyramid.drawing`), about a millisecond. A
large table is laid out by another process into the territory's ``cache/tiles`` and mapped into
memory; its dense tiles below zoom 14 are drawn beforehand into a PMTiles file beside it.

- :mod:`~jumeau.interop.pyramid.kernels`, :mod:`~jumeau.interop.pyramid.commands`,
  :mod:`~jumeau.interop.pyramid.thinning` and :mod:`~jumeau.interop.pyramid.borders` are compiled;
  :mod:`~jumeau.interop.pyramid.warm` has them ready before a request needs them.
- :mod:`~jumeau.interop.pyramid.keeper` decides what to build and open while a server runs;
  :mod:`~jumeau.interop.pyramid.draft` answers in the meantime, from the rows of the twin.
- :mod:`~jumeau.interop.pyramid.state` names what is built; :mod:`~jumeau.interop.pyramid.files` and
  :mod:`~jumeau.interop.pyramid.pmtiles` write and read it.

Nothing here is said that the twin does not say: the folder can be thrown away at any time.
"""
