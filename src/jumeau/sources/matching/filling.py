# SPDX-License-Identifier: EUPL-1.2
"""What a publisher adds to buildings already known, where it is trusted more, where it disagrees.

``precedence.csv`` says for each attribute which publisher is trusted first, which values count as
none, the difference from which two publishers disagree, and whether parts of a building add up.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.contract import TableSchema
from jumeau.base.findings import Finding, finding
from jumeau.sources.matching.known import OWN, Known

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray


class Rule(NamedTuple):
    """How one attribute is completed."""

    publishers: tuple[str, ...]
    weak: tuple[str, ...]
    tolerance: float
    sums: bool

    def rank(self, publisher: str) -> int:
        """Return the place of a publisher, 0 first; unknown ones come last."""
        return self.publishers.index(publisher) if publisher in self.publishers else 99


@cache
def rules() -> dict[str, Rule]:
    """Return {attribute: rule} of ``precedence.csv``."""
    text = resources.files(__package__).joinpath("precedence.csv").read_text(encoding="utf-8")
    return {
        row["attribute"]: Rule(
            tuple(row["publishers"].split()),
            tuple(word for word in row["weak"].split("|") if word),
            float(row["tolerance"] or "inf"),
            row["sums"] == "yes",
        )
        for row in csv.DictReader(text.splitlines())
    }


@dataclass
class Filled:
    """Completions of known buildings.

    Parameters
    ----------
    rows : pyarrow.Table or None
        ``id``, ``source_id`` and the attributes that change, null where they do not.
    given : dict
        {place of the building: attributes that the publisher gives}.
    taken : dict
        {place of a link: what it no longer gives}.
    findings : list of Finding
        What was completed, where publishers disagree.
    """

    rows: pa.Table | None = None
    given: dict[int, list[str]] = field(default_factory=dict)
    taken: dict[int, set[str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def fill(
    known: Known,
    table: pa.Table,
    key: str,
    new: NDArray[np.int64],
    old: NDArray[np.int64],
    weight: NDArray[np.float64],
    relation: NDArray[np.object_],
    schema: TableSchema,
) -> Filled:
    """Complete buildings from the footprints linked to them.

    Parameters
    ----------
    known : Known
        What the twin holds.
    table : pyarrow.Table
        New rows.
    key : str
        Their publisher.
    new, old : (k,) int array
        Row and building of each link.
    weight : (k,) array
        Area shared [m²]: the part that shares most speaks for several.
    relation : (k,) object array
        Relation of each link.
    schema : TableSchema
        Of the buildings.

    Returns
    -------
    Filled
    """
    import pandas as pd
    import pyarrow as pa

    done = Filled()
    if not len(new):
        return done
    links = pd.DataFrame({"new": new, "old": old, "weight": weight, "relation": relation})
    links = links.sort_values(["old", "weight", "new"], ascending=[True, False, True])
    best = links.drop_duplicates("old", keep="first")
    given = _given(known, key)
    columns: dict[str, pa.Array] = {}
    counts: dict[str, int] = {}
    changed: dict[str, NDArray[np.int64]] = {}
    for name, rule in rules().items():
        if name not in table.column_names:
            continue
        attribute = schema[name]
        values = table.column(name).to_pandas()
        chosen = _sums(links, values) if rule.sums else best.assign(value=values[best["new"]].array)
        chosen = chosen[chosen["value"].notna()]
        if chosen.empty:
            continue
        held = known.rows.column(name).to_pandas()
        now = held[chosen["old"]].reset_index(drop=True)
        fresh = chosen["value"].reset_index(drop=True)
        places = chosen["old"].to_numpy()
        empty = (now.isna() | now.isin(rule.weak)).to_numpy(bool) & ~fresh.isin(rule.weak).to_numpy(
            bool
        )
        by = given.get(name, {})
        holder = [by.get(place) for place in places.tolist()] if by else []
        mine = np.zeros(len(places), bool)
        lesser = np.zeros(len(places), bool)
        for row, item in enumerate(holder):
            if item is not None:
                mine[row] = item[0] == key
                lesser[row] = not mine[row] and rule.rank(key) < rule.rank(item[0])
        take = empty | mine | lesser
        for place in places[lesser]:
            done.taken.setdefault(by[place][1], set()).add(name)
        _disagree(done, known, name, rule, now, fresh, places, mine, attribute.unit)
        differs = take & (now.isna() | (now != fresh)).to_numpy(bool)
        for place in places[take]:
            done.given.setdefault(int(place), []).append(name)
        if differs.any():
            counts[name] = int(differs.sum())
            changed[name] = places[differs]
            columns[name] = pa.array(
                fresh[differs].tolist(), table.schema.field(name).type, from_pandas=True
            )
    if columns:
        done.rows = _rows(known, table, columns, changed)
        parts = [f"{name} {count}" for name, count in counts.items()]
        total = done.rows.num_rows
        done.findings.append(
            finding("JUM-S275", "building", count=total, publisher=key, attributes=parts)
        )
    return done


def _given(known: Known, key: str) -> dict[str, dict[int, tuple[str, int]]]:
    """Return {attribute: {building: (publisher that filled it, place of its link)}}."""
    found: dict[str, dict[int, tuple[str, int]]] = {}
    links = known.links
    some = links["filled"] != ""
    for place, building, publisher, filled in zip(
        links.index[some],
        links["building"][some],
        links["publisher"][some],
        links["filled"][some],
        strict=True,
    ):
        words = filled.split()
        if OWN in words:
            continue
        for name in words:
            found.setdefault(name, {})[int(building)] = (str(publisher), int(place))
    return found


def _sums(links: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    """Add the parts of each building; several buildings under one footprint share nothing."""
    whole = links[links["relation"].isin(["1:1", "n:1"])]
    whole = whole.assign(value=values[whole["new"]].array)
    whole = whole[whole["value"].notna()]
    summed: pd.DataFrame = whole.groupby("old")[["value"]].sum().reset_index()
    return summed


def _disagree(
    done: Filled,
    known: Known,
    name: str,
    rule: Rule,
    now: pd.Series,
    fresh: pd.Series,
    places: NDArray[np.int64],
    mine: NDArray[np.bool_],
    unit: str,
) -> None:
    if not np.isfinite(rule.tolerance):
        return
    gap = (fresh.astype(float) - now.astype(float)).abs().to_numpy()
    apart = ~mine & (np.nan_to_num(gap, nan=0.0) > rule.tolerance)
    if not apart.any():
        return
    worst = np.flatnonzero(apart)[np.argsort(-gap[apart], kind="stable")[:3]]
    ids = known.rows.column("id")
    examples = [
        f"{ids[int(places[row])].as_py()}: {now[row]:g} / {fresh[row]:g} {unit}".strip()
        for row in worst
    ]
    done.findings.append(
        finding(
            "JUM-S273",
            "building",
            name,
            attribute=name,
            count=int(apart.sum()),
            limit=f"{rule.tolerance:g} {unit}".strip(),
            examples=examples,
        )
    )


def _rows(
    known: Known,
    table: pa.Table,
    columns: dict[str, pa.Array],
    changed: dict[str, NDArray[np.int64]],
) -> pa.Table:
    """Return one row a building that changes."""
    import pyarrow as pa

    places = np.unique(np.concatenate(list(changed.values())))
    data: dict[str, Any] = {
        "id": known.rows.column("id").take(places),
        "source_id": known.rows.column("source_id").take(places),
    }
    for name, values in columns.items():
        index = np.full(len(places), -1, np.int64)
        index[np.searchsorted(places, changed[name])] = np.arange(len(values))
        picks = pa.array(index, mask=index < 0)
        data[name] = values.take(picks)
    return pa.table(data)
