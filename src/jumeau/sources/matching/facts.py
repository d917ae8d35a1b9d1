# SPDX-License-Identifier: EUPL-1.2
"""What a publisher says of each building, as one JSON object a row, made by columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_APART = ("id", "geometry", "source_id")


def objects(table: pa.Table) -> pa.Array:
    """Return {attribute: value} of each row, without what is null, as JSON text.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of a table of the schema.

    Returns
    -------
    (n,) pyarrow array of string
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [
        _part(name, table.column(name).combine_chunks())
        for name in table.column_names
        if name not in _APART
    ]
    if not parts:
        return pa.repeat(pa.scalar("{}"), table.num_rows)
    # Each part begins with a comma: the first one goes.
    joined = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*parts, ""), 1)
    texts = pc.binary_join_element_wise("{", joined, "}", "")
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _part(name: str, values: pa.Array) -> pa.Array:
    """Return ``,"name":value`` of a column, empty where the value is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        if pa.types.is_floating(kind):
            values = pc.if_else(pc.is_finite(values), values, None)
        written = values.cast(pa.string())
    else:
        encoded = values.cast(pa.string()).dictionary_encode()
        words = [json.dumps(word, ensure_ascii=False) for word in encoded.dictionary.to_pylist()]
        written = pa.array(words, pa.string()).take(encoded.indices)
    return pc.fill_null(pc.binary_join_element_wise(f",{json.dumps(name)}:", written, ""), "")
