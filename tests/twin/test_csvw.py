# SPDX-License-Identifier: EUPL-1.2
"""A CSV and its description agree, column by column, for every table of the schema."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from jumeau.twin import csvw, schema
from jumeau.twin.rights import Label

LABEL = Label("Ville – bâti", "Licence Ouverte 2.0", "https://x.fr/lo", ("IGN (LO)", "Ville (LO)"))
VALUES = {
    "text": ('L\'« été », "le soir"\nune ligne', pa.string()),
    "integer": (3, pa.int64()),
    "double": (0.1, pa.float64()),
    "boolean": (True, pa.bool_()),
    "date": (date(2024, 2, 29), pa.date32()),
    "timestamp": (datetime(2024, 1, 1, 5, 30, tzinfo=UTC), pa.timestamp("us", "UTC")),
    "json": ('{"a": [1, "é"]}', pa.string()),
    "geometry": (shapely.to_wkb(shapely.Point(770000.125, 6280000.5)), pa.binary()),
}
WRITTEN = {
    "text": VALUES["text"][0],
    "integer": "3",
    "double": "0.1",
    "boolean": "true",
    "date": "2024-02-29",
    "timestamp": "2024-01-01T05:30:00.000000Z",
    "json": VALUES["json"][0],
}


@pytest.mark.parametrize("name", sorted(schema.tables()))
def test_rows_and_description(tmp_path: Path, name: str) -> None:
    declared = schema.table(name)
    kinds = {item.name: item.type.partition(":")[0] for item in declared.attributes}
    rows = pa.table(
        {key: pa.array([VALUES[kind][0]], VALUES[kind][1]) for key, kind in kinds.items()}
    )
    path = tmp_path / "rows.csv"
    csvw.write(rows.to_reader(), path, declared)
    csvw.describe_beside(path, declared, rows.column_names, LABEL)
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = list(csv.DictReader(file))
    described = json.loads((tmp_path / "rows.csv-metadata.json").read_text("utf-8"))
    columns = described["tableSchema"]["columns"]
    assert [column["name"] for column in columns] == list(row)
    for key, kind in kinds.items():
        if kind != "geometry":
            assert row[key] == WRITTEN[kind]
    if declared.geometry == "point":
        assert (row["x"], row["y"]) == ("770000.125", "6280000.5")
    elif declared.geometry:
        assert shapely.from_wkt(row["wkt"]).equals(shapely.Point(770000.125, 6280000.5))


def test_description_says_rights_units_and_labels() -> None:
    declared = schema.table("luminaire")
    described = csvw.describe("l.csv", declared, ["id", "power_w", "xmin"], LABEL)
    assert described["dc:license"] == "https://x.fr/lo"
    assert described["dc:source"] == ["IGN (LO)", "Ville (LO)"]
    names = [column["name"] for column in described["tableSchema"]["columns"]]
    assert names == ["id", "power_w"]  # the boxes are our own business
    power = described["tableSchema"]["columns"][1]
    assert power["schema:unitText"] == "W" and power["rdfs:label"]["fr"] == "Puissance"


def test_tables_without_id_declare_no_key() -> None:
    declared = schema.table("effect")
    described = csvw.describe("e.csv", declared, declared.names, Label())
    assert "primaryKey" not in described["tableSchema"]
