# SPDX-License-Identifier: EUPL-1.2
"""How much of each attribute is known, supposed or unknown. View in, plain data out."""

from __future__ import annotations

from typing import Any

from jumeau.interop import labels
from jumeau.interop.served import View
from jumeau.twin import schema
from jumeau.twin.schema import quoted

COLUMNS = (
    "table", "table_label", "attribute", "label", "unit", "rows", "known", "known_share",
    "estimated", "estimated_share",
)  # fmt: skip
BOOKS = (
    "building_link", "effect", "estimate", "finding", "indicator", "leak", "observation", "option",
    "raster_tile", "run", "source", "water_series",
)  # fmt: skip
"""Tables of the twin's own books: their completeness tells nothing about the territory."""


def completeness(view: View, lang: str) -> list[dict[str, Any]]:
    """Return, for each attribute of each table of facts that has rows, what is known of it.

    Parameters
    ----------
    view : View
        Territory at one version.
    lang : str
        Language of the labels.

    Returns
    -------
    list of dict
        One row an attribute: ``rows`` of its table, ``known`` values, ``estimated`` values among
        those that are not known, and both as shares of the rows. An attribute that the schema
        requires is left out: it is always known.
    """
    return [
        {
            **row,
            "table_label": labels.table_label(row["table"], lang),
            "label": labels.attribute_label(row["table"], row["attribute"], lang),
        }
        for row in view.remember("completeness", lambda: _counted(view))
    ]


def _counted(view: View) -> list[dict[str, Any]]:
    supposed = {
        (row["tab"], row["attribute"]): int(row["n"])
        for row in view.rows(
            'SELECT "table" AS tab, attribute, count(DISTINCT entity) AS n FROM estimate '
            "GROUP BY 1, 2"
        )
    }
    found = []
    for name, declared in schema.tables().items():
        asked = [
            item
            for item in declared.attributes
            if not item.required and item.name not in ("source_id", "run_id")
        ]
        if name in BOOKS or not asked:
            continue
        counted = ", ".join(f"count({quoted(item.name)})" for item in asked)
        values = [
            *view.rows(f"SELECT count(*) AS rows_, {counted} FROM {quoted(name)}")[0].values()
        ]
        total = int(values[0])
        if not total:
            continue
        for item, known in zip(asked, values[1:], strict=True):
            estimated = min(supposed.get((name, item.name), 0), total - int(known))
            found.append(
                {
                    "table": name,
                    "attribute": item.name,
                    "unit": item.unit,
                    "rows": total,
                    "known": int(known),
                    "known_share": int(known) / total,
                    "estimated": estimated,
                    "estimated_share": estimated / total,
                }
            )
    return found
