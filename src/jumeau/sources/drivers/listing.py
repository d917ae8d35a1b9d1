# SPDX-License-Identifier: EUPL-1.2
"""JSON that is a list of objects without geometry: reference files, answers of services.

An answer may wrap its list: ``results``, ``data``, ``content``, ``records``… Lists and objects
inside a row stay JSON text: a profile says what to make of them.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error
from jumeau.sources.archive import Located
from jumeau.sources.drivers import Records

if TYPE_CHECKING:
    import pyarrow as pa

ENVELOPES = ("results", "data", "content", "records", "items", "value", "communes")
ANNOUNCED = ("count", "total", "total_count", "totalElements", "nhits")
_HEAD = 4096


def is_list(located: Located) -> bool:
    """Tell whether a JSON file is a list of objects, or wraps one, rather than GeoJSON."""
    with located.open() as file:
        head = file.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"["):
        return True
    names = tuple(f'"{name}"'.encode() for name in ENVELOPES)
    features = (b'"FeatureCollection"', b'"features"', b'"Feature"', b'"geometries"', b'"arcs"')
    return (
        head.startswith(b"{")
        and not any(word in head for word in features)
        and any(name in head for name in names)
    )


def read(located: Located, table: str) -> Records:
    """Read a list of objects whole.

    Parameters
    ----------
    located : Located
        File to read.
    table : str
        Table to fill, for the messages.

    Raises
    ------
    JumeauError
        ``JUM-S004`` for text that is no whole JSON, ``JUM-S279`` for a list of something else.
    """
    import pyarrow as pa

    try:
        document = json.loads(located.bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise error("JUM-S004", file=located.name, detail=" ".join(str(exc).split())[:200]) from exc
    announced = None
    if isinstance(document, dict):
        told = [document.get(name) for name in ANNOUNCED]
        announced = next((n for n in told if isinstance(n, int) and not isinstance(n, bool)), None)
        lists = [document[name] for name in ENVELOPES if isinstance(document.get(name), list)]
        document = lists[0] if lists else None
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise error("JUM-S279", file=located.name, table=table)
    names = list(dict.fromkeys(name for item in document for name in item))
    columns = {name: _column([item.get(name) for item in document]) for name in names}
    return Records(
        pa.table(columns),
        None,
        None,
        read=len(document),
        announced=announced,
        driver="JSON",
        layer=located.stem,
    )


def _column(values: list[Any]) -> pa.Array:
    """Return values as numbers, booleans or text, whichever fits them all."""
    import pyarrow as pa

    given = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in given):
        return pa.array(values, pa.bool_())
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in given)
    if numeric and all(isinstance(v, int) and abs(v) < 2**53 for v in given):
        return pa.array(values, pa.int64())
    if numeric:
        return pa.array(
            [None if v is None or not math.isfinite(v) else float(v) for v in values], pa.float64()
        )
    return pa.array(
        [
            value
            if value is None or isinstance(value, str)
            else json.dumps(value, ensure_ascii=False)
            for value in values
        ],
        pa.string(),
    )
