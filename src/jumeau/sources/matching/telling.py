# SPDX-License-Identifier: EUPL-1.2
"""What a matching says of itself: relations, doubts, footprints that vanished."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.contract import Intake
from jumeau.base.findings import Finding, finding
from jumeau.sources.folding import first
from jumeau.sources.matching import known, relations
from jumeau.sources.matching.confidence import DOUBTFUL
from jumeau.sources.matching.found import IDENTIFIER, Links

if TYPE_CHECKING:
    from numpy.typing import NDArray


def findings(
    intake: Intake,
    held: known.Known,
    found: Links,
    relation: NDArray[np.object_],
    own: dict[int, int],
    ids: NDArray[np.object_],
    key: str,
    shapes: NDArray[np.object_],
) -> list[Finding]:
    """Return the findings of a matching: its relations, its doubts, what vanished."""
    notes: list[Finding] = []
    if not len(held):
        return notes
    counts = {
        name: int((relation == name).sum())
        for name in relations.RELATIONS
        if (relation == name).any()
    }
    by_name = found.method == IDENTIFIER
    notes.append(
        finding(
            "JUM-S270",
            "building",
            publisher=key,
            linked=intake.linked,
            buildings=len(np.unique(found.old)),
            updated=len(own),
            added=len(ids) - len(np.unique(found.new)),
            relations=[f"{name} {count}" for name, count in counts.items()] or ["∅"],
            identifiers=int(by_name.sum()),
            overlaps=int((~by_name).sum()),
        )
    )
    doubtful = int((found.confidence < DOUBTFUL).sum())
    if doubtful:
        notes.append(finding("JUM-S272", "building_link", count=doubtful, limit=DOUBTFUL))
    gone = _vanished(held, found, ids, key, shapes)
    if len(gone):
        notes.append(
            finding("JUM-S274", "building", publisher=key, count=len(gone), examples=first(gone, 3))
        )
    return notes


def _vanished(
    held: known.Known,
    found: Links,
    ids: NDArray[np.object_],
    key: str,
    shapes: NDArray[np.object_],
) -> list[str]:
    """Return the known footprints of a publisher that its newer file should hold and does not.

    Only where the file covers their place, and when it holds most of those known there: a file
    of the next municipality says nothing.
    """
    import shapely

    links = held.links[(held.links["publisher"] == key) & held.links["filled"].ne("")]
    if links.empty:
        return []
    there = shapely.centroid(held.shapes[links["building"].to_numpy()])
    xmin, ymin, xmax, ymax = shapely.total_bounds(shapes)
    x, y = shapely.get_x(there), shapely.get_y(there)
    inside = (x >= xmin) & (x <= xmax) & (y >= ymin) & (y <= ymax)
    present = links["publisher_id"].isin({str(item) for item in ids}).to_numpy(bool)
    replaced = links["building"].isin(found.old).to_numpy(bool)
    if present[inside].sum() * 2 < inside.sum():
        return []
    return list(links["publisher_id"][inside & ~present & ~replaced])
