# SPDX-License-Identifier: EUPL-1.2
"""Standards spoken by the twin: OGC API (Common, Features, Tiles, Records), CQL2, STAC, MVT.

Each module holds the functions of one standard and the router that serves them, whose
``CONFORMS_TO`` says what it conforms to; ``/conformance`` is their union. All of them read through
:class:`jumeau.interop.served.Served`.
"""
