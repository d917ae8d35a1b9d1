# SPDX-License-Identifier: EUPL-1.2
"""CQL2 filters (OGC 21-065r2): text or JSON in, a condition of parameterised SQL out.

Values never enter the text of a query; names are those of the schema. What is claimed:
:data:`CONFORMS_TO`.
"""

from __future__ import annotations

import json
from typing import Any

from jumeau.base.contract import TableSchema
from jumeau.base.errors import did_you_mean, error
from jumeau.interop.cql2 import sql, text
from jumeau.interop.cql2.sql import Condition

__all__ = ["CONFORMS_TO", "LANGUAGES", "Condition", "condition", "read"]

LANGUAGES = ("cql2-text", "cql2-json")
CONFORMS_TO = tuple(
    f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
    for name in (
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "accent-insensitive-comparison",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
        "spatial-functions",
        "temporal-functions",
        "property-property",
        "arithmetic",
    )
)


def read(given: str, language: str | None = None) -> Any:
    """Return the tree of a filter.

    Parameters
    ----------
    given : str
        Filter as text or JSON.
    language : str, optional
        ``cql2-text`` or ``cql2-json``; by default, JSON when it begins with a brace.

    Raises
    ------
    InvalidError
        ``JUM-I002`` for another language, ``JUM-I013`` when the filter cannot be read,
        ``JUM-I014`` when it is too large.
    """
    if language is None:
        language = LANGUAGES[1] if given.lstrip().startswith("{") else LANGUAGES[0]
    if language not in LANGUAGES:
        raise error(
            "JUM-I002",
            format=language[:80],
            known=", ".join(LANGUAGES),
            suggestion=did_you_mean(language, LANGUAGES),
        )
    if language == LANGUAGES[0]:
        return text.parse(given)
    if len(given) > text.LONGEST:
        raise text.too_large(text.LONGEST)
    try:
        return json.loads(given)
    except json.JSONDecodeError as exc:
        near = given[exc.pos : exc.pos + 30] or given[-30:]
        raise error("JUM-I013", near=near, position=str(exc.pos + 1)) from None
    except (RecursionError, ValueError):
        raise text.too_large(text.DEEPEST) from None


def condition(tree: Any, table: TableSchema, crs: str, shapes_crs: str, swap: bool) -> Condition:
    """Return the SQL condition of a filter on a table.

    Parameters
    ----------
    tree : object
        What :func:`read` returned.
    table : TableSchema
        Table whose rows are filtered.
    crs : str
        CRS of its geometry.
    shapes_crs : str
        CRS of the filter's geometries (``filter-crs``).
    swap : bool
        Whether the axes of that CRS come as latitude, longitude.

    Raises
    ------
    InvalidError
        ``JUM-I005`` for an unknown attribute, ``JUM-I014`` to ``JUM-I018`` for the rest.
    """
    return sql.Compiler(table, crs, shapes_crs, swap).condition(tree)
