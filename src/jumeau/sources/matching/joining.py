# SPDX-License-Identifier: EUPL-1.2
"""New footprints joined to the buildings of the twin: rows to add, links, completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.contract import ImportRequest, Intake, TableSchema
from jumeau.base.findings import finding
from jumeau.sources.folding import first
from jumeau.sources.matching import filling, known, overlaps, relations, shift, telling, writing
from jumeau.sources.matching.found import IDENTIFIER, OVERLAP, Aliases, Links

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.sources.publishers import Profiled

MARGIN = 30.0
"""Distance around the new footprints in which known buildings are read [m]."""
TOO_FAR = 50.0
"""Distance from which an identifier is not believed [m]."""
NOTICED = 0.3
"""Shift under which nothing is taken away [m]."""


def join(
    intake: Intake, request: ImportRequest, profiled: Profiled, rows: NDArray[np.int64]
) -> None:
    """Join the footprints of an intake to the buildings already known; changes the intake.

    Footprints that join a known building leave ``table`` and count as linked; those of the
    publisher that gave the building stay and bring it up to date; the others are new. Links and
    completions go to ``others``.

    Parameters
    ----------
    intake : Intake
        Buildings read from the file.
    request : ImportRequest
        What the twin asked; its territory is read.
    profiled : Profiled
        The publisher, and identifiers of the same buildings at others.
    rows : (n,) int array [-]
        Record of each row of the intake.
    """
    import shapely

    table, schema, key = intake.table, request.schema, profiled.key
    if table is None or schema is None or not table.num_rows:
        return
    wkb = table.column("geometry")
    shapes = np.asarray(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)), dtype=object)
    box = shapely.total_bounds(shapes)
    reach = (box[0] - MARGIN, box[1] - MARGIN, box[2] + MARGIN, box[3] + MARGIN)
    held = known.read(request.territory, tuple(map(float, reach)))  # type: ignore[arg-type]
    intake.compared = True
    aliases = _aliases(profiled, rows)
    ids = np.array(table.column("id").to_pylist(), dtype=object)
    found = _match(intake, held, shapes, ids, key, aliases)
    own = _own(held, found, ids, key)
    _assemble(intake, request, schema, held, found, own, ids, key, aliases, shapes)


def _aliases(profiled: Profiled, rows: NDArray[np.int64]) -> Aliases:
    """Return (rows of the table, publisher, identifiers) from those of the records."""
    size = int(
        max([rows.max(), *(places.max() for places, _, _ in profiled.aliases if len(places))])
    )
    back = np.full(size + 1, -1, np.int64)
    back[rows] = np.arange(len(rows))
    found = []
    for places, publisher, texts in profiled.aliases:
        here = back[places]
        kept = here >= 0
        found.append((here[kept], publisher, np.array(texts, dtype=object)[kept]))
    return found


# -- matching --------------------------------------------------------------------------------
def _match(
    intake: Intake,
    held: known.Known,
    shapes: NDArray[np.object_],
    ids: NDArray[np.object_],
    key: str,
    aliases: Aliases,
) -> Links:
    """Return the links by identifier, then those by geometry of the rows without any."""
    import shapely

    places = [shapely.centroid(item) for item in (shapes, held.shapes)]
    centres = [np.column_stack([shapely.get_x(item), shapely.get_y(item)]) for item in places]
    new, old = _identified(held, ids, key, aliases)
    if len(new):
        gap = np.hypot(*(centres[0][new] - centres[1][old]).T)
        wide = np.sqrt(shapely.area(held.shapes[old]) + shapely.area(shapes[new]))
        wrong = gap > TOO_FAR + wide
        if wrong.any():
            intake.findings.append(
                finding(
                    "JUM-S277",
                    "building",
                    count=int(wrong.sum()),
                    distance=TOO_FAR,
                    examples=first(ids[new[wrong]], 3),
                )
            )
        new, old = new[~wrong], old[~wrong]
    named = np.zeros(len(ids), bool)
    named[new] = True
    moved = _shift(intake, shapes, held, centres, key)
    away = (moved.x, moved.y) if moved.distance > NOTICED else (0.0, 0.0)
    pairs = overlaps.find(shapes, held.shapes, away)
    free = ~named[pairs.new]
    # What geometry says of the pairs that identifiers already made.
    area, jaccard = _of_pairs(pairs, new, old, len(held))
    return Links(
        np.concatenate([new, pairs.new[free]]),
        np.concatenate([old, pairs.old[free]]),
        np.array([IDENTIFIER] * len(new) + [OVERLAP] * int(free.sum()), dtype=object),
        np.concatenate([np.ones(len(new)), pairs.probability[free]]),
        np.concatenate([jaccard, pairs.jaccard[free]]),
        np.concatenate([area, pairs.area[free]]),
    )


def _of_pairs(
    pairs: overlaps.Pairs, new: NDArray[np.int64], old: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the area shared and the Jaccard index of given pairs; 0 where they do not overlap."""
    area, jaccard = np.zeros(len(new)), np.zeros(len(new))
    if len(pairs) and len(new):
        codes = pairs.new * count + pairs.old
        order = np.argsort(codes, kind="stable")
        at = np.searchsorted(codes[order], new * count + old)
        at = np.minimum(at, len(codes) - 1)
        same = codes[order][at] == new * count + old
        area[same] = pairs.area[order][at[same]]
        jaccard[same] = pairs.jaccard[order][at[same]]
    return area, jaccard


def _shift(
    intake: Intake,
    shapes: NDArray[np.object_],
    held: known.Known,
    centres: list[NDArray[np.float64]],
    key: str,
) -> shift.Shift:
    import shapely

    moved = shift.estimate(centres[0], shapely.area(shapes), centres[1], shapely.area(held.shapes))
    if moved.pairs and moved.distance > NOTICED:
        intake.findings.append(
            finding(
                "JUM-S271",
                "building",
                publisher=key,
                distance=round(moved.distance, 2),
                x=round(moved.x, 2),
                y=round(moved.y, 2),
                pairs=moved.pairs,
            )
        )
    return moved


def _identified(
    held: known.Known,
    ids: NDArray[np.object_],
    key: str,
    aliases: Aliases,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs (row, building) that identifiers name: own ones first, then others'."""
    import pandas as pd

    links = held.links[["publisher", "publisher_id", "building"]]
    rnb = held.rows.column("rnb_id").to_pandas()
    rnb = rnb[rnb.notna() & (rnb != "")]
    by_rnb = pd.DataFrame({"publisher": "rnb", "publisher_id": rnb, "building": rnb.index})
    unowned = np.flatnonzero([owner is None for owner in held.owner])
    by_id = pd.DataFrame(
        {
            "publisher": key,
            "publisher_id": held.rows.column("id").take(unowned).to_pandas(),
            "building": unowned,
        }
    )
    told = pd.concat([links, by_rnb, by_id], ignore_index=True)
    mine = pd.DataFrame({"row": np.arange(len(ids)), "publisher": key, "publisher_id": ids})
    others = [
        pd.DataFrame({"row": places, "publisher": publisher, "publisher_id": texts})
        for places, publisher, texts in aliases
    ]
    chosen = mine.merge(told, on=["publisher", "publisher_id"])
    if others:
        left = pd.concat(others, ignore_index=True)
        left = left[~left["row"].isin(chosen["row"])]
        chosen = pd.concat([chosen, left.merge(told, on=["publisher", "publisher_id"])])
    chosen = chosen.drop_duplicates(["row", "building"]).sort_values(["row", "building"])
    return chosen["row"].to_numpy(np.int64), chosen["building"].to_numpy(np.int64)


def _own(held: known.Known, found: Links, ids: NDArray[np.object_], key: str) -> dict[int, int]:
    """Return {row: building} of the rows that bring up to date a building of their publisher.

    By its identifier first; else, where one footprint replaces the vanished one of a building.
    """
    import pandas as pd

    mine = np.array([owner in {key, None} for owner in held.owner], bool)
    by_name = (
        (found.method == IDENTIFIER) & mine[found.old] if len(found.new) else np.empty(0, bool)
    )
    names = {str(item) for item in ids}
    links = held.links[held.links["publisher"] == key]
    present = np.zeros(len(held), bool)
    present[links["building"][links["publisher_id"].isin(names)].to_numpy()] = True
    owned = np.array([owner == key for owner in held.owner], bool)
    replaced = ~by_name & (found.method == OVERLAP) & (owned & ~present)[found.old]
    frame = pd.DataFrame(
        {"new": found.new, "old": found.old, "named": by_name, "jaccard": found.jaccard}
    )[by_name | replaced]
    frame = frame.sort_values(["named", "jaccard", "new"], ascending=[False, False, True])
    frame = frame.drop_duplicates("old").drop_duplicates("new")
    return dict(zip(frame["new"].tolist(), frame["old"].tolist(), strict=True))


# -- results ---------------------------------------------------------------------------------
def _assemble(
    intake: Intake,
    request: ImportRequest,
    schema: TableSchema,
    held: known.Known,
    found: Links,
    own: dict[int, int],
    ids: NDArray[np.object_],
    key: str,
    aliases: Aliases,
    shapes: NDArray[np.object_],
) -> None:
    import pyarrow as pa

    table = intake.table
    assert table is not None  # noqa: S101 - join() verified it
    count = table.num_rows
    relation = relations.of(found.new, found.old, count, len(held))
    linked = np.zeros(count, bool)
    linked[found.new] = True
    kept = ~linked
    kept[list(own)] = True
    names = writing.names(request, held, ids, own, linked, key)
    entering = table.set_column(
        table.column_names.index("id"), "id", pa.array(names, pa.string())
    ).filter(pa.array(kept))
    owned = np.zeros(len(found.new), bool)
    for place, (row, building) in enumerate(zip(found.new, found.old, strict=True)):
        owned[place] = own.get(int(row)) == int(building)
    filled = filling.fill(
        held,
        table,
        key,
        found.new[~owned],
        found.old[~owned],
        found.area[~owned],
        relation[~owned],
        schema,
    )
    links = writing.link_rows(table, held, found, relation, owned, filled, names, linked, ids, key)
    links = [*links, *writing.own_of_others(request, held, found), *writing.taken(held, filled)]
    links += writing.alias_rows(aliases, found, names, held, linked, key)
    intake.table = entering
    intake.linked = int((linked & ~kept).sum())
    others = pa.concat_tables(links, promote_options="default")
    intake.others["building_link"] = writing.once(others)
    if filled.rows is not None:
        intake.others["building"] = filled.rows
    intake.findings += [
        *filled.findings,
        *telling.findings(intake, held, found, relation, own, ids, key, shapes),
    ]
