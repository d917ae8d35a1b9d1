# SPDX-License-Identifier: EUPL-1.2
"""Links as rows of ``building_link``, and the names of the buildings they go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.contract import ImportRequest
from jumeau.sources.matching import facts, filling, known
from jumeau.sources.matching.found import IDENTIFIER, Aliases, Links

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


def names(
    request: ImportRequest,
    held: known.Known,
    ids: NDArray[np.object_],
    own: dict[int, int],
    linked: NDArray[np.bool_],
    key: str,
) -> list[str]:
    """Return the building's identifier for each row, prefixed when another building bears it."""
    names = [str(item) for item in ids]
    fresh = np.flatnonzero(~linked)
    if len(fresh) and request.territory.count("building"):
        wanted = [names[row] for row in fresh]
        borne = request.territory.table("building", columns=["id"], where={"id": wanted})
        taken = set(borne.column("id").to_pylist())
        for row in fresh:
            if names[row] in taken:
                names[row] = f"{key}:{names[row]}"
    if own:
        known_ids = held.rows.column("id")
        for mine, building in own.items():
            names[mine] = known_ids[building].as_py()
    return names


def link_rows(
    table: pa.Table,
    held: known.Known,
    found: Links,
    relation: NDArray[np.object_],
    owned: NDArray[np.bool_],
    filled: filling.Filled,
    names: list[str],
    linked: NDArray[np.bool_],
    ids: NDArray[np.object_],
    key: str,
) -> list[pa.Table]:
    """Return the links of the publisher: to known buildings, then of the buildings it adds."""
    import pyarrow as pa
    import pyarrow.compute as pc

    said = facts.objects(table)
    wkb = table.column("geometry")
    every = " ".join([known.OWN, *(n for n in table.column_names if n not in {"id", known.OWN})])
    buildings = held.rows.column("id")
    best = _speakers(found)
    gave = [
        every
        if owned[place]
        else " ".join(filled.given.get(int(found.old[place]), ())) * bool(best[place])
        for place in range(len(found.new))
    ]
    rows = []
    if len(found.new):
        target = buildings.take(found.old)
        named = pa.array(ids[found.new].tolist(), pa.string())
        again = _again(held, found, ids, key)
        rows.append(
            pa.table(
                {
                    "id": _link_ids(held, found, named, target, key),
                    "geometry": wkb.take(found.new),
                    "building_id": target,
                    "publisher": pa.repeat(pa.scalar(key), len(found.new)),
                    "publisher_id": named,
                    "relation": pa.array(relation.tolist(), pa.string()),
                    # A link that is known already stays found as it was.
                    "method": pa.array(found.method.tolist(), pa.string(), mask=again),
                    "confidence": pa.array(np.round(found.confidence, 4), mask=again),
                    "overlap": pa.array(np.round(found.jaccard, 4)),
                    "filled": pa.array(gave, pa.string()),
                    "facts": said.take(pa.array(found.new)),
                }
            )
        )
    fresh = np.flatnonzero(~linked)
    if fresh.size:
        named = pa.array(ids[fresh].tolist(), pa.string())
        target = pa.array([names[row] for row in fresh], pa.string())
        rows.append(
            pa.table(
                {
                    "id": pc.binary_join_element_wise(key, named, target, ":"),
                    "geometry": wkb.take(fresh),
                    "building_id": target,
                    "publisher": pa.repeat(pa.scalar(key), fresh.size),
                    "publisher_id": named,
                    "relation": pa.repeat(pa.scalar("1:1"), fresh.size),
                    "method": pa.repeat(pa.scalar(IDENTIFIER), fresh.size),
                    "confidence": pa.repeat(pa.scalar(1.0), fresh.size),
                    "overlap": pa.repeat(pa.scalar(1.0), fresh.size),
                    "filled": pa.repeat(pa.scalar(every), fresh.size),
                    "facts": said.take(pa.array(fresh)),
                }
            )
        )
    return rows


def _again(
    held: known.Known, found: Links, ids: NDArray[np.object_], key: str
) -> NDArray[np.bool_]:
    """Return the links that the twin holds already."""
    links = held.links[held.links["publisher"] == key]
    pairs = set(zip(links["publisher_id"], links["building"], strict=True))
    told = zip(ids[found.new], found.old.tolist(), strict=True)
    return np.array([pair in pairs for pair in told], bool)


def _speakers(found: Links) -> NDArray[np.bool_]:
    """Return the links whose footprint shares most with its building: it speaks for the others."""
    order = np.lexsort((found.new, -found.area, found.old))
    lead = np.zeros(len(found.new), bool)
    if len(order):
        lead[order[np.r_[True, np.diff(found.old[order]) != 0]]] = True
    return lead


def _link_ids(
    held: known.Known,
    found: Links,
    named: pa.Array,
    target: pa.ChunkedArray,
    key: str,
) -> pa.Array:
    """Return the identifiers of links; one in the place of a vanished one takes its identifier."""
    import pyarrow as pa

    links = held.links[held.links["publisher"] == key]
    present = set(named.to_pylist())
    gone = links[~links["publisher_id"].isin(present)]
    free = dict(zip(gone["building"].tolist(), gone["id"].tolist(), strict=True))
    bearers = dict(
        zip(zip(links["publisher_id"], links["building"], strict=True), links["id"], strict=True)
    )
    ids = []
    for name, building, text in zip(
        named.to_pylist(), found.old.tolist(), target.to_pylist(), strict=True
    ):
        known_id = bearers.get((name, building)) or free.pop(building, None)
        ids.append(known_id or f"{key}:{name}:{text}")
    return pa.array(ids, pa.string())


def own_of_others(request: ImportRequest, held: known.Known, found: Links) -> list[pa.Table]:
    """Return the own link of buildings that came without one, now that another one joins them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    joined = np.unique(found.old)
    bare = joined[[held.owner[place] is None for place in joined]] if len(joined) else joined
    if not len(bare):
        return []
    target = held.rows.column("id").take(bare)
    publisher = pa.array(held.publishers(request.territory, bare).tolist(), pa.string())
    return [
        pa.table(
            {
                "id": pc.binary_join_element_wise(publisher, target, target, ":"),
                "geometry": held.wkb.take(bare),
                "building_id": target,
                "publisher": publisher,
                "publisher_id": target,
                "relation": pa.repeat(pa.scalar("1:1"), len(bare)),
                "method": pa.repeat(pa.scalar(IDENTIFIER), len(bare)),
                "confidence": pa.repeat(pa.scalar(1.0), len(bare)),
                "overlap": pa.repeat(pa.scalar(1.0), len(bare)),
                "filled": pa.repeat(pa.scalar(known.OWN), len(bare)),
                "source_id": held.rows.column("source_id").take(bare),
            }
        )
    ]


def taken(held: known.Known, filled: filling.Filled) -> list[pa.Table]:
    """Return the links whose publisher no longer gives an attribute, taken by a better one."""
    import pyarrow as pa

    if not filled.taken:
        return []
    places = sorted(filled.taken)
    links = held.links.loc[places]
    left = [
        " ".join(word for word in text.split() if word not in filled.taken[place])
        for place, text in zip(places, links["filled"], strict=True)
    ]
    return [
        pa.table(
            {
                "id": pa.array(links["id"].tolist(), pa.string()),
                "building_id": held.rows.column("id").take(links["building"].to_numpy()),
                "publisher": pa.array(links["publisher"].tolist(), pa.string()),
                "publisher_id": pa.array(links["publisher_id"].tolist(), pa.string()),
                "filled": pa.array(left, pa.string()),
                "source_id": pa.array(links["source_id"].tolist(), pa.string()),
            }
        )
    ]


def alias_rows(
    aliases: Aliases,
    found: Links,
    names: list[str],
    held: known.Known,
    linked: NDArray[np.bool_],
    key: str,
) -> list[pa.Table]:
    """Return links by which a footprint of another publisher, to come, will be recognised."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    from jumeau.sources.profile import profiles

    fresh = np.flatnonzero(~linked)
    ids = held.rows.column("id").to_pandas()
    targets = pd.concat(
        [
            pd.DataFrame({"row": found.new, "building": ids[found.old].to_numpy()}),
            pd.DataFrame({"row": fresh, "building": [names[row] for row in fresh]}),
        ]
    )
    kinds = {name for name, item in profiles().items() if "building" in item.tables}
    tables = []
    for places, publisher, texts in aliases:
        if publisher not in kinds or publisher in {key, "rnb"}:
            continue  # the RNB has its own attribute
        pairs = pd.DataFrame({"row": places, "name": texts}).merge(targets, on="row")
        known_pairs = set(
            zip(held.links["publisher_id"], ids.reindex(held.links["building"]), strict=True)
        )
        pairs = pairs[
            [pair not in known_pairs for pair in zip(pairs["name"], pairs["building"], strict=True)]
        ].drop_duplicates(["name", "building"])
        if pairs.empty:
            continue
        name, target = (
            pa.array(pairs[item].tolist(), pa.string()) for item in ("name", "building")
        )
        tables.append(
            pa.table(
                {
                    "id": pc.binary_join_element_wise(publisher, name, target, ":"),
                    "building_id": target,
                    "publisher": pa.repeat(pa.scalar(publisher), len(pairs)),
                    "publisher_id": name,
                    "method": pa.repeat(pa.scalar(IDENTIFIER), len(pairs)),
                    "confidence": pa.repeat(pa.scalar(1.0), len(pairs)),
                }
            )
        )
    return tables


def once(links: pa.Table) -> pa.Table:
    """Return links without those whose identifier came before."""
    import pandas as pd
    import pyarrow as pa

    again = pd.Series(links.column("id").to_pylist()).duplicated().to_numpy()
    return links if not again.any() else links.filter(pa.array(~again))
