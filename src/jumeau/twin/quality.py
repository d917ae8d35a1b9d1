# SPDX-License-Identifier: EUPL-1.2
"""Quality of what the twin holds: completeness, references, places, files, rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jumeau.base import crs as crs_
from jumeau.base import findings
from jumeau.base.findings import Finding, finding
from jumeau.twin import rasters, schema
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.twin.territory import Territory

REFERENCES = (
    ("luminaire", "cabinet_id", "cabinet"),
    ("luminaire", "street_id", "street"),
    ("district", "parent_id", "district"),
    ("observation", "sensor_id", "sensor"),
)
"""(table, attribute, table it refers to)."""
MAY_BE_NONE = frozenset(
    {
        ("address", "suffix"),
        ("district", "parent_id"),
        *((table, "name") for table in ("bridge", "building", "storage_tank", "vegetation")),
        *((table, "name") for table in ("water_body", "watercourse")),
    }
)
"""(table, attribute) that most things simply do not have: its absence is no gap."""


def check(territory: Territory) -> pd.DataFrame:
    """Return the findings of every check, and those that imports and runs left, worst first.

    Parameters
    ----------
    territory : Territory
        Territory to check; nothing is written.

    Returns
    -------
    DataFrame
        Columns of the ``finding`` table.
    """
    import pandas as pd

    found = [
        *_completeness(territory),
        *_duplicates(territory),
        *_references(territory),
        *_places(territory),
        *_rights(territory),
        *rasters.verify(territory.path, territory.table("raster_tile").to_pylist()),
    ]
    fresh = findings.frame(found)
    kept = territory.sql(
        'SELECT id, code, severity, "table", entity, what, why, remedy, run_id, source_id, data '
        "FROM finding"
    ).to_pandas()
    frames = [frame for frame in (fresh, kept) if len(frame)]
    if not frames:
        return fresh
    both = pd.concat(frames, ignore_index=True)
    order = both["severity"].map(findings.SEVERITIES.index)
    return (
        both.assign(order=order)
        .sort_values("order", kind="stable")
        .drop(columns="order")
        .reset_index(drop=True)
    )


def facts() -> list[str]:
    """Return the tables of facts: those that files fill."""
    return [name for name in schema.tables() if name not in schema.DERIVED]


def completeness(territory: Territory, table: str) -> dict[str, float]:
    """Return the share of rows in which each attribute is known, in [0, 1].

    Parameters
    ----------
    territory : Territory
        Territory.
    table : str
        Table of facts.

    Returns
    -------
    dict
        {attribute: share}; empty for an empty table.
    """
    names = [name for name in schema.table(table).names if name not in {"id", "source_id"}]
    counts = ", ".join(f"count({quoted(name)}) AS {quoted(name)}" for name in names)
    row = territory.sql(f'SELECT count(*) AS "__n", {counts} FROM {quoted(table)}').to_pylist()[0]
    total = row.pop("__n")
    return {name: value / total for name, value in row.items()} if total else {}


def _completeness(territory: Territory) -> list[Finding]:
    found = []
    for table in facts():
        for name, share in completeness(territory, table).items():
            if (table, name) in MAY_BE_NONE:
                continue
            words = schema.table(table)[name]
            label = {"en": words.label_en, "fr": words.label_fr}
            if share == 0:
                found.append(finding("JUM-T043", table, name, attribute=name, label=label))
            elif share < 1:
                percent = round(100 * (1 - share), 1)
                found.append(
                    finding("JUM-T044", table, name, attribute=name, label=label, percent=percent)
                )
    return found


def _duplicates(territory: Territory) -> list[Finding]:
    found = []
    for table in facts():
        if schema.table(table).geometry != "point":
            continue
        row = territory.sql(
            "SELECT count(*) AS places, coalesce(sum(n), 0) AS rows FROM (SELECT count(*) AS n "
            f"FROM {quoted(table)} WHERE xmin IS NOT NULL "
            "GROUP BY round(xmin, 3), round(ymin, 3) HAVING count(*) > 1)"
        ).to_pylist()[0]
        if row["places"]:
            found.append(
                finding("JUM-T045", table, places=int(row["places"]), rows=int(row["rows"]))
            )
    return found


def _references(territory: Territory) -> list[Finding]:
    found = []
    for table, name, target in REFERENCES:
        row = territory.sql(
            f"SELECT count(*) AS n, min({quoted(name)}) AS example "
            f"FROM {quoted(table)} a ANTI JOIN {quoted(target)} b ON a.{quoted(name)} = b.id "
            f"WHERE a.{quoted(name)} IS NOT NULL"
        ).to_pylist()[0]
        if row["n"]:
            found.append(
                finding(
                    "JUM-T046",
                    table,
                    name,
                    attribute=name,
                    count=int(row["n"]),
                    target=target,
                    example=row["example"],
                )
            )
    return found


def _places(territory: Territory) -> list[Finding]:
    area = crs_.area_of_use(territory.crs)
    if area is None:
        return []
    xmin, ymin, xmax, ymax = crs_.transform_bounds(area, "EPSG:4326", territory.crs)
    found = []
    for table in facts():
        if not schema.table(table).geometry:
            continue
        row = territory.sql(
            f"SELECT count(*) AS n, min(id) AS example FROM {quoted(table)} "
            "WHERE xmin < ? OR ymin < ? OR xmax > ? OR ymax > ?",
            [xmin, ymin, xmax, ymax],
        ).to_pylist()[0]
        if row["n"]:
            found.append(
                finding(
                    "JUM-T047",
                    table,
                    count=int(row["n"]),
                    example=row["example"],
                    crs=territory.crs,
                )
            )
    return found


def _rights(territory: Territory) -> list[Finding]:
    from jumeau.twin.rights import rights

    return list(rights(territory.table("source").to_pandas()).findings)
