# SPDX-License-Identifier: EUPL-1.2
"""How facts enter: drivers by format, mapping, placing and repair of French public files.

:func:`catalog` lists the public datasets that can be fetched, :func:`fetch` brings one of them
into a twin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jumeau.sources.connectors.fetch import FetchReport, fetch
    from jumeau.sources.connectors.record import Dataset, catalog

__all__ = ["Dataset", "FetchReport", "catalog", "fetch"]

_HOMES = {
    "Dataset": "jumeau.sources.connectors.record",
    "FetchReport": "jumeau.sources.connectors.fetch",
    "catalog": "jumeau.sources.connectors.record",
    "fetch": "jumeau.sources.connectors.fetch",
}


def __getattr__(name: str) -> Any:
    import importlib

    if name == "synthetic":
        return importlib.import_module("jumeau.sources.synthetic")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
