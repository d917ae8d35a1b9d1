# SPDX-License-Identifier: EUPL-1.2
"""From an entry of the cache into the twin."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import Progress
from jumeau.base.findings import frame
from jumeau.sources.connectors.cache import Entry
from jumeau.sources.connectors.record import Dataset

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from jumeau.twin.adding import AddReport
    from jumeau.twin.territory import Territory


def enter(
    territory: Territory, item: Dataset, entry: Entry, progress: Progress | None = None
) -> AddReport | None:
    """Bring an entry into the table or the raster layer that its dataset fills.

    Parameters
    ----------
    territory : Territory
        Territory.
    item : Dataset
        Dataset.
    entry : Entry
        Whole entry.
    progress : callable, optional
        Receives a stage and the share done.

    Returns
    -------
    AddReport or None
        ``None`` when there is nothing to bring.
    """
    if item.layer:
        if not entry.files:
            return None
        return territory.add(
            entry.files, layer=item.layer, progress=progress, **_provenance(item, entry)
        )
    if item.parser:
        return _observations(territory, item, entry)
    if not _rows(entry):
        return None
    return territory.add(
        entry.files[0],
        item.table,
        dict(item.mapping) or None,
        constants=dict(item.constants) or None,
        progress=progress,
        **_provenance(item, entry),
    )


def _rows(entry: Entry, place: int = 0) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(entry.files[place]).num_rows)


def publisher_of(item: Dataset) -> str:
    """Return what tells an import how to read the columns: the profile, else the producer."""
    return item.profile or item.producer


def _provenance(item: Dataset, entry: Entry) -> dict[str, Any]:
    return {
        "publisher": publisher_of(item),
        "title": item.title,
        "licence": item.licence,
        "vintage": str(entry.sidecar.get("vintage") or entry.date.date().isoformat()),
        "uri": str(entry.sidecar.get("url") or ""),
    }


def _observations(territory: Territory, item: Dataset, entry: Entry) -> AddReport | None:
    """Bring observations and their sensors: those of a known time are brought up to date."""
    import pyarrow.parquet as pq

    from jumeau.twin import observations

    if len(entry.files) > 1 and _rows(entry, 1):
        _sensors(territory, item, entry)
    if not _rows(entry):
        return None
    table = observations.conform(pq.read_table(entry.files[0]))
    import pyarrow as pa

    source_id = uuid.uuid4().hex
    place = table.column_names.index("source_id")
    table = table.set_column(place, "source_id", pa.array([source_id] * table.num_rows))
    provenance = _provenance(item, entry)
    with territory.transaction(f"add {item.name} as observation") as tx:
        added, updated = observations.upsert(tx.con, _with_known_quality(tx.con, table))
        if added or updated:
            import pandas as pd

            row = {
                "id": source_id, "table": "observation", "file": entry.files[0].name,
                "sha256": entry.sidecar["sha256"][entry.files[0].name],
                "title": provenance["title"], "publisher": item.producer,
                "licence": item.licence, "vintage": provenance["vintage"],
                "uri": provenance["uri"], "driver": "connector", "encoding": "UTF-8",
                "announced": table.num_rows, "read": table.num_rows, "added": added,
                "updated": updated, "linked": 0, "dropped": 0, "repaired": 0,
                "imported_at": datetime.now(UTC),
            }  # fmt: skip
            tx.insert("source", pd.DataFrame([row]))
    from jumeau.twin.adding import AddReport

    return AddReport(
        file=entry.files[0].name,
        table="observation",
        read=table.num_rows,
        added=added,
        updated=updated,
        unchanged=table.num_rows - added - updated,
        dropped=0,
        repaired=0,
        findings=frame([]),
        source_id=source_id if added or updated else "",
        version=territory.version,
    )


def _with_known_quality(con: duckdb.DuckDBPyConnection, table: pa.Table) -> pa.Table:
    """Keep the quality that the twin knows where a service tells the same measure without it."""
    con.register("told_observation", table)
    try:
        columns = ", ".join(f'n."{name}"' for name in table.column_names if name != "quality")
        return con.execute(
            f"SELECT {columns}, coalesce(n.quality, o.quality) AS quality "
            "FROM told_observation n LEFT JOIN observation o ON o.sensor_id = n.sensor_id "
            'AND o.property = n.property AND o."time" = n."time" AND o.value = n.value'
        ).to_arrow_table()
    finally:
        con.unregister("told_observation")


def _sensors(territory: Territory, item: Dataset, entry: Entry) -> None:
    """Add the sensors that the twin does not know; those that it knows stay as they are."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(entry.files[1]).drop_columns(
        [name for name in ("xmin", "ymin", "xmax", "ymax", "bbox")
         if name in pq.read_schema(entry.files[1]).names]
    )  # fmt: skip
    known = territory.table("sensor", columns=["id"]).column("id")
    new = table.filter(pc.invert(pc.is_in(table.column("id"), known.combine_chunks())))
    if new.num_rows:
        with territory.transaction(f"add sensors of {item.name}") as tx:
            tx.upsert("sensor", new)
