# SPDX-License-Identifier: EUPL-1.2
"""Tables of links between publishers: which identifier of one is which of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jumeau.base.contract import ImportRequest, Intake
from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.sources import convert
from jumeau.sources.drivers import Records
from jumeau.sources.profile import Known

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.sources.publishers import Profiled


def make(
    records: Records, request: ImportRequest, profiled: Profiled, found: list[Finding]
) -> Intake:
    """Make links from a table of pairs of identifiers.

    A pair says that a footprint of one publisher is that of another: each of the two that is
    known in the twin gives the building, the other one joins it.

    Parameters
    ----------
    records : Records
        Rows of the table.
    request : ImportRequest
        What the twin asked; its territory is read.
    profiled : Profiled
        Layer whose ``links`` name the columns, by publisher.
    found : list of Finding
        What was met before.

    Raises
    ------
    JumeauError
        ``JUM-S012`` when a column of identifiers lacks.
    """
    import pandas as pd
    import pyarrow as pa

    pairs = _pairs(records, profiled)
    keys = list(profiled.layer.links)
    held = _held(request.territory, keys)
    parts = []
    for publisher, other in zip(keys, reversed(keys), strict=True):
        reached = pairs.merge(
            held[held["publisher"] == other], left_on=other, right_on="publisher_id"
        )
        part = reached[["row", "building_id"]].assign(publisher=publisher)
        parts.append(part.assign(publisher_id=reached[publisher]))
    links = pd.concat(parts, ignore_index=True).dropna(subset="publisher_id")
    lost = len(pairs) - links["row"].nunique()
    if lost:
        publishers = " / ".join(keys)
        found.append(finding("JUM-S276", "building_link", count=lost, publishers=publishers))
    named = ["publisher", "publisher_id", "building_id"]
    fresh = links.merge(held[named].drop_duplicates(), on=named, how="left", indicator="there")
    fresh = fresh[fresh["there"] == "left_only"].drop_duplicates(named)
    first = fresh.drop_duplicates("row")
    reached_rows = len(pairs) - lost
    ids = first["publisher"] + ":" + first["publisher_id"] + ":" + first["building_id"]
    table = pa.table(
        {
            "id": pa.array(ids.tolist(), pa.string()),
            "building_id": pa.array(first["building_id"].tolist(), pa.string()),
            "publisher": pa.array(first["publisher"].tolist(), pa.string()),
            "publisher_id": pa.array(first["publisher_id"].tolist(), pa.string()),
            "method": pa.repeat(pa.scalar("identifier"), len(first)),
            "confidence": pa.repeat(pa.scalar(1.0), len(first)),
        }
    )
    return Intake(
        read=records.read,
        announced=records.announced,
        dropped=records.dropped + lost,
        repaired=0,
        table=table,
        windows=None,
        findings=found,
        mapping=dict(profiled.layer.links),
        source={
            "driver": records.driver,
            "crs": None,
            "encoding": records.encoding,
            "layer": records.layer,
            "columns": records.table.column_names,
            "unmapped": [],
            **profiled.facts,
        },
        linked=int(reached_rows - len(first)),
        compared=True,
    )


def _pairs(records: Records, profiled: Profiled) -> pd.DataFrame:
    """Return the two columns of identifiers, under the keys of their publishers."""
    import pandas as pd

    known = Known(records.table.column_names)
    columns = {}
    for publisher, names in profiled.layer.links.items():
        column = next(filter(None, map(known.find, names.split("|"))), None)
        if column is None:
            raise error(
                "JUM-S012",
                column=names.partition("|")[0],
                known=records.table.column_names,
                suggestion="",
            )
        columns[publisher] = convert.as_text(records.table.column(column)).to_pandas()
    return pd.DataFrame(columns).rename_axis("row").reset_index()


def _held(territory: object, publishers: list[str]) -> pd.DataFrame:
    """Return the identifiers of publishers that the twin knows, with their buildings."""
    import pandas as pd

    columns = ["publisher", "publisher_id", "building_id"]
    if territory is None:
        return pd.DataFrame(columns=columns)
    table = territory.table(  # type: ignore[attr-defined]
        "building_link", columns=columns, where={"publisher": publishers}
    )
    found: pd.DataFrame = table.to_pandas()
    return found
