# SPDX-License-Identifier: EUPL-1.2
"""Counts by interval (SCDL comptage-mobilités) as one mean daily count a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jumeau.sources import convert
from jumeau.sources.drivers import Records
from jumeau.sources.profile import Known

_DAY = 86_400.0


def daily(records: Records, spec: Mapping[str, Any]) -> tuple[Records, int]:
    """Mean daily count: sum of the counts over the sum of the durations of the intervals.

    Parameters
    ----------
    records : Records
        One row an interval.
    spec : mapping
        Names of the columns: ``count``, ``start``, ``end``, and ``by``, those that name a channel.

    Returns
    -------
    Records, int
        One row a channel (count [1/d], first day, last day), and the rows merged into others;
        the records unchanged and 0 when a column lacks.
    """
    import pandas as pd
    import pyarrow as pa

    known = Known(records.table.column_names)
    names = [known.find(spec[part]) for part in ("count", "start", "end")]
    keys = [name for name in map(known.find, spec["by"]) if name]
    if None in names or not keys:
        return records, 0
    count, start, end = (str(name) for name in names)
    columns = {name: convert.as_text(records.table.column(name)).to_pandas() for name in keys}
    frame = pd.DataFrame(columns).fillna("")
    frame["count"] = convert.numbers(records.table.column(count)).values
    for name, column in (("start", start), ("end", end)):
        texts = convert.as_text(records.table.column(column)).to_pandas()
        frame[name] = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601")
    frame["days"] = (frame["end"] - frame["start"]).dt.total_seconds() / _DAY
    good = frame["count"].notna() & (frame["days"] > 0)
    lost = int((~good).sum())
    grouped = frame[good].groupby(keys, sort=True)
    total = grouped.agg(
        count=("count", "sum"), days=("days", "sum"), start=("start", "min"), end=("end", "max")
    ).reset_index()
    table = pa.table(
        {
            **{name: pa.array(total[name].tolist(), pa.string()) for name in keys},
            count: pa.array(np.asarray(total["count"] / total["days"], float)),
            start: pa.array(total["start"].dt.date.tolist(), pa.date32()),
            end: pa.array(total["end"].dt.date.tolist(), pa.date32()),
        }
    )
    done = replace(
        records,
        table=table,
        geometry=None,
        read=table.num_rows + records.dropped + lost,
        dropped=records.dropped + lost,
        touched=None,
    )
    return done, int(good.sum()) - table.num_rows
