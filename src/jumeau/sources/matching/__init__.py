# SPDX-License-Identifier: EUPL-1.2
"""Footprints of several publishers as one row a building, with the links kept.

Identifiers are followed first (those of the publisher itself, of the RNB, of tables of links),
then geometry: a systematic shift is estimated and taken away, pairs that overlap get a
probability (:mod:`.confidence`), the graph of those above one half gives the relations
(:mod:`.relations`). A known building keeps its position and what it says; what it lacks is
completed (:mod:`.filling`).

The first publisher decides the grain: where it draws one footprint and the next draws three, the
three join the one. The number of buildings therefore depends on the order of import by the
number of footprints that one publisher cuts and the other does not, and by nothing else.
"""

from __future__ import annotations

from jumeau.sources.matching.joining import join

__all__ = ["join"]
