# SPDX-License-Identifier: EUPL-1.2
"""Standards spoken by the twin: features as GeoJSON, vector tiles, coloured raster tiles.

Each module holds the functions of one standard and the router that serves them, which says what
it conforms to. All of them read through :class:`jumeau.interop.served.Served`.
"""
