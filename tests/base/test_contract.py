# SPDX-License-Identifier: EUPL-1.2
"""Short ways to declare fields."""

from __future__ import annotations

from jumeau.base.contract import FieldSpec, raster_field, table_field


def test_a_field_of_a_table_and_of_a_raster() -> None:
    words = ("Height", "Hauteur", "Doc", "Doc fr")
    assert table_field("building.height_m", "optional", "m", *words) == FieldSpec(
        "building.height_m", "table", "optional", "m", *words
    )
    assert raster_field("depth", "out", "m", *words, 0.1, 0.5) == FieldSpec(
        "depth", "raster", "out", "m", *words, classes=(0.1, 0.5)
    )
