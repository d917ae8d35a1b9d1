# SPDX-License-Identifier: EUPL-1.2
"""Facts completed by estimates, never mixed: each completed value says that it is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jumeau.base.contract import Bounds
from jumeau.twin import schema
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from jumeau.twin.territory import Territory


def completed(
    territory: Territory,
    table: str,
    attributes: Sequence[str],
    *,
    bounds: Bounds | None = None,
) -> pa.Table:
    """Return rows of a table whose unknown attributes are completed by the latest estimates.

    Parameters
    ----------
    territory : Territory
        Territory read.
    table : str
        Table of facts.
    attributes : sequence of str
        Attributes to complete.
    bounds : tuple of 4 float, optional
        Window [m, territory's CRS].

    Returns
    -------
    pyarrow.Table
        ``id``, then for each attribute ``a``: ``a`` (fact or estimate), ``a_low``, ``a_high``
        (null for a fact) and ``a_estimated`` (whether it is an estimate).
    """
    parts = ["t.id"]
    joins = []
    for index, name in enumerate(attributes):
        textual = schema.column(table, name).type == "text"
        alias, fact = f"e{index}", f"t.{quoted(name)}"
        value = f"{alias}.text" if textual else f"{alias}.value"
        parts += [
            f"coalesce({fact}, {value}) AS {quoted(name)}",
            f"CASE WHEN {fact} IS NULL THEN {alias}.low END AS {quoted(name + '_low')}",
            f"CASE WHEN {fact} IS NULL THEN {alias}.high END AS {quoted(name + '_high')}",
            f"({fact} IS NULL AND {value} IS NOT NULL) AS {quoted(name + '_estimated')}",
        ]
        joins.append(
            f'LEFT JOIN (SELECT * FROM estimate WHERE "table" = ? AND attribute = ?) {alias} '
            f"ON {alias}.entity = t.id"
        )
    parameters: list[object] = [value for name in attributes for value in (table, name)]
    window = ""
    if bounds is not None:
        window = " WHERE t.xmax >= ? AND t.xmin <= ? AND t.ymax >= ? AND t.ymin <= ?"
        parameters += [bounds[0], bounds[2], bounds[1], bounds[3]]
    return territory.sql(
        f"SELECT {', '.join(parts)} FROM {quoted(table)} t {' '.join(joins)}{window} ORDER BY t.id",
        parameters,
    )
