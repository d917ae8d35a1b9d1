# SPDX-License-Identifier: EUPL-1.2
"""Which worksite a table or a raster layer belongs to, so that faces group layers by worksite."""

from __future__ import annotations

from jumeau.base import plugins
from jumeau.base.contract import FieldSpec
from jumeau.interop.qgis import words


def of_table(table: str) -> str | None:
    """Return the worksite of a table, ``None`` for the facts that all of them share.

    A table of our schema goes where the QGIS package puts it (``tables.csv``). Another one goes to
    the only worksite that cannot do without it, or writes it.

    Parameters
    ----------
    table : str
        Table of the twin.
    """
    known = words.style(table)
    if known is not words.OTHER:
        return known.group if known.group in words.worksites() else None
    return _only("table", table)


def of_raster(layer: str) -> str | None:
    """Return the only worksite that writes a raster layer, ``None`` for a fact.

    Parameters
    ----------
    layer : str
        Raster layer.
    """
    return _only("raster", layer)


def _only(kind: str, name: str) -> str | None:
    found = {worksite for worksite, spec in _fields() if _concerns(spec, kind, name)}
    return found.pop() if len(found) == 1 else None


def _concerns(spec: FieldSpec, kind: str, name: str) -> bool:
    if spec.kind != kind or spec.name.partition(".")[0] != name:
        return False
    return spec.intent == "out" or (kind == "table" and spec.intent == "in")


def _fields() -> list[tuple[str, FieldSpec]]:
    worksites = plugins.load_all("jumeau.worksites")
    return [(name, spec) for name, worksite in worksites.items() for spec in worksite.fields]
