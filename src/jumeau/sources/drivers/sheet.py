# SPDX-License-Identifier: EUPL-1.2
"""Spreadsheets (.xlsx, .ods) through GDAL: one sheet, its first filled row naming the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jumeau.base.errors import did_you_mean, error
from jumeau.sources import encoding as encodings
from jumeau.sources.archive import Located
from jumeau.sources.drivers import Records, vector

if TYPE_CHECKING:
    import pyarrow as pa


def read(located: Located, sheet: str | None, table: str) -> Records:
    """Read one sheet whole; cells as the sheet types them.

    Raises
    ------
    JumeauError
        ``JUM-S005`` several sheets, ``JUM-S006`` unknown sheet, ``JUM-S002`` empty.
    """
    import pyarrow as pa
    import pyogrio

    with vector.refused(located):
        known = {
            str(name): int(pyogrio.read_info(located.path, layer=name)["features"])
            for name, _ in pyogrio.list_layers(located.path)
        }
    filled = [name for name, count in known.items() if count]
    if sheet and sheet not in known:
        raise error(
            "JUM-S006",
            file=located.name,
            layer=sheet,
            known=list(known),
            suggestion=did_you_mean(sheet, known),
        )
    if not sheet and len(filled) > 1:
        raise error("JUM-S005", file=located.name, layers=filled, example=filled[0])
    if not filled:
        raise error("JUM-S002", file=located.name)
    name = sheet or filled[0]
    with vector.refused(located):
        _, rows = vector.arrow(located.path, name, None)
    rows = _named(rows)
    decoder = encodings.Decoder()
    columns = {
        label: decoder.column(column) if pa.types.is_string(column.type) else column
        for label, column in zip(rows.column_names, rows.columns, strict=True)
        if label
    }
    return Records(
        pa.table(columns),
        None,
        None,
        read=rows.num_rows,
        announced=None,
        driver="XLSX" if located.suffix == ".xlsx" else "ODS",
        layer=name,
        findings=decoder.findings(table),
        touched=decoder.repaired_rows(),
    )


def _named(rows: pa.Table) -> pa.Table:
    """Return the rows under the names of the header row, found by GDAL or among the first rows."""
    if not all(name.startswith("Field") for name in rows.column_names):
        return rows.rename_columns(encodings.names(rows.column_names))
    import pyarrow as pa

    for number, row in enumerate(rows.slice(0, 20).to_pylist()):
        cells = [str(cell).strip() if cell is not None else "" for cell in row.values()]
        if sum(map(bool, cells)) >= max(1, (len(cells) + 1) // 2):
            below = rows.slice(number + 1)
            texts = [column.cast(pa.string()) for column in below.columns]
            return pa.table(dict(zip(encodings.names(cells), texts, strict=True)))
    return rows
