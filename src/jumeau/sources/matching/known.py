# SPDX-License-Identifier: EUPL-1.2
"""Buildings and links that the twin holds where a new layer of footprints comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.contract import Bounds
from jumeau.sources.folding import fold
from jumeau.sources.profile import named

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

OWN = "geometry"
"""In ``filled``: the publisher gave the row itself, its position included."""
UNNAMED = "file"
"""Publisher of rows whose source names none."""


@dataclass
class Known:
    """What the twin holds in a place.

    Parameters
    ----------
    rows : pyarrow.Table
        Buildings, without their geometry.
    shapes : (m,) object array
        Their footprints.
    links : DataFrame
        ``id, building, publisher, publisher_id, filled, source_id``; ``building`` is a place in
        ``rows``.
    owner : (m,) object array
        Key of the publisher that gave each building; ``None`` when no link says it.
    """

    rows: pa.Table
    shapes: NDArray[np.object_]
    links: pd.DataFrame
    owner: NDArray[np.object_]
    wkb: pa.ChunkedArray

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def publishers(self, territory: Any, places: NDArray[np.int64]) -> NDArray[np.object_]:
        """Return the publisher of buildings that no link owns, from their source."""
        sources = territory.table("source", columns=["id", "publisher", "title"]).to_pylist()
        keys = {item["id"]: _key(item) for item in sources}
        ids = self.rows.column("source_id").take(places).to_pylist()
        return np.array([keys.get(item, UNNAMED) for item in ids], dtype=object)


def _key(source: dict[str, Any]) -> str:
    for text in (source["title"], source["publisher"]):
        profile = named(text)
        if profile is not None and "building" in profile.tables:
            return profile.key
    return fold(source["publisher"] or "")[:32] or UNNAMED


def read(territory: Any, bounds: Bounds) -> Known:
    """Read the buildings whose box meets bounds, and every link to them.

    Parameters
    ----------
    territory : Territory
        The twin.
    bounds : tuple of 4 float
        (xmin, ymin, xmax, ymax) [m].
    """
    import pandas as pd
    import pyarrow as pa
    import shapely

    rows = territory.table("building", bounds=bounds)
    wkb = rows.column("geometry")
    wkb = pa.chunked_array([chunk.cast(pa.binary()) for chunk in wkb.chunks], pa.binary())
    shapes = np.asarray(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)), dtype=object)
    rows = rows.drop_columns(["geometry"])
    xmin, ymin, xmax, ymax = bounds
    found = territory.sql(
        "SELECT l.id, l.building_id, l.publisher, l.publisher_id, l.filled, l.source_id "
        "FROM building_link l SEMI JOIN (SELECT id FROM building WHERE xmax >= ? AND xmin <= ? "
        "AND ymax >= ? AND ymin <= ?) b ON l.building_id = b.id",
        [xmin, xmax, ymin, ymax],
    ).to_pandas()
    place = pd.Index(rows.column("id").to_pandas())
    found["building"] = place.get_indexer(found["building_id"])
    links = found.drop(columns="building_id").sort_values("id", ignore_index=True)
    links["filled"] = links["filled"].fillna("")
    owner = np.full(rows.num_rows, None, object)
    own = links["filled"].str.split().map(lambda words: OWN in words).to_numpy(bool)
    owner[links["building"].to_numpy()[own]] = links["publisher"].to_numpy()[own]
    return Known(rows, shapes, links, owner, wkb)
