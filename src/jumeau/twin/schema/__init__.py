# SPDX-License-Identifier: EUPL-1.2
"""Schema as data: one CSV a table, one line an attribute.

The same lines create the tables, validate rows, document the API and label the page.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from jumeau.base.contract import Attribute, TableSchema
from jumeau.base.errors import did_you_mean, error

SQL_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "json": "JSON",
    "geometry": "GEOMETRY",
}
BOX = ("xmin", "ymin", "xmax", "ymax")
"""Columns kept beside a geometry so that a window prunes row groups."""

DERIVED = frozenset(
    {
        "source",
        "run",
        "raster_tile",
        "estimate",
        "indicator",
        "option",
        "effect",
        "finding",
        "observation",
        "water_series",
        "leak",
    }
)
"""Tables written by the twin itself, not by ``add``; :data:`SERIES` by both."""
SERIES = "observation"
"""Table of what sensors observed: its rows are known by sensor, property and time."""


class Layer(NamedTuple):
    """A raster layer: what its cells hold and the physical bounds they must respect."""

    name: str
    unit: str
    standard: str
    label_en: str
    label_fr: str
    minimum: float
    maximum: float
    description: str


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def tables() -> dict[str, TableSchema]:
    """Return every table of the twin: name → schema."""
    files = sorted(item.name for item in resources.files(__package__).iterdir())
    names = [name[:-4] for name in files if name.endswith(".csv") and not name.startswith("_")]
    return {
        name: TableSchema(
            name,
            tuple(
                Attribute(
                    name=row["attribute"],
                    type=row["type"],
                    required=row["required"] == "yes",
                    unit=row["unit"],
                    standard=row["standard"],
                    label_en=row["label_en"],
                    label_fr=row["label_fr"],
                    description=row["description"],
                    codes=tuple(filter(None, row["codes"].split("|"))),
                )
                for row in _rows(f"{name}.csv")
            ),
        )
        for name in names
    }


@cache
def layers() -> dict[str, Layer]:
    """Return every raster layer of the twin: name → layer."""
    return {
        row["layer"]: Layer(
            row["layer"],
            row["unit"],
            row["standard"],
            row["label_en"],
            row["label_fr"],
            float(row["minimum"]),
            float(row["maximum"]),
            row["description"],
        )
        for row in _rows("_rasters.csv")
    }


def table(name: str) -> TableSchema:
    """Return the schema of a table.

    Raises
    ------
    UnknownNameError
        ``JUM-T001`` if the twin has no such table.
    """
    found = tables().get(name)
    if found is None:
        known = sorted(tables())
        raise error("JUM-T001", table=name, known=known, suggestion=did_you_mean(name, known))
    return found


def target(name: str) -> TableSchema | None:
    """Return the schema of a table, or ``None`` for the name of a raster layer.

    Raises
    ------
    UnknownNameError
        ``JUM-T001`` if the name is neither.
    """
    if name in layers():
        return None
    if name not in tables():
        known = sorted({*tables(), *layers()})
        raise error("JUM-T001", table=name, known=known, suggestion=did_you_mean(name, known))
    return table(name)


def layer(name: str) -> Layer:
    """Return a raster layer.

    Raises
    ------
    UnknownNameError
        ``JUM-T002`` if the twin has no such layer.
    """
    found = layers().get(name)
    if found is None:
        known = sorted(layers())
        raise error("JUM-T002", layer=name, known=known, suggestion=did_you_mean(name, known))
    return found


def column(table_name: str, name: str) -> Attribute:
    """Return an attribute of a table.

    Raises
    ------
    UnknownNameError
        ``JUM-T003`` if the table has no such attribute.
    """
    known = table(table_name).names
    if name not in known:
        raise error(
            "JUM-T003",
            table=table_name,
            column=name,
            known=list(known),
            suggestion=did_you_mean(name, known),
        )
    return table(table_name)[name]


def quoted(name: str) -> str:
    """Return an SQL identifier in quotes."""
    return '"' + name.replace('"', '""') + '"'


def columns_sql(schema: TableSchema) -> list[tuple[str, str]]:
    """Return (name, SQL definition) of each stored column, the box beside the geometry."""
    stored = [
        (
            item.name,
            SQL_TYPES[item.type.partition(":")[0]] + (" NOT NULL" if item.required else ""),
        )
        for item in schema.attributes
    ]
    if schema.geometry:
        stored += [(name, "DOUBLE") for name in BOX]
    return stored


def create_sql(schema: TableSchema) -> str:
    """Return the statement that creates a table."""
    body = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns_sql(schema))
    return f"CREATE TABLE {quoted(schema.name)} ({body})"


def describe(lang: str) -> list[dict[str, Any]]:
    """Return tables and attributes as plain data, labels in a language, for the faces."""
    return [
        {
            "table": schema.name,
            "attribute": item.name,
            "type": item.type,
            "required": item.required,
            "unit": item.unit,
            "standard": item.standard,
            "label": item.label_fr if lang == "fr" else item.label_en,
            "description": item.description,
            "codes": list(item.codes),
        }
        for schema in tables().values()
        for item in schema.attributes
    ]
