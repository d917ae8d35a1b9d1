# SPDX-License-Identifier: EUPL-1.2
"""Findings: severity from the catalogue, worst first, rewritten in the other language."""

from __future__ import annotations

from jumeau.base import i18n
from jumeau.base.findings import COLUMNS, finding, frame, rewrite
from jumeau.twin import schema


def test_frame_has_the_columns_of_the_table_and_puts_the_worst_first() -> None:
    found = frame(
        [
            finding("JUM-T044", "luminaire", "height_m", attribute="height_m", percent=12.5),
            finding("JUM-T040", "luminaire", "x.csv", announced=5, read=4),
        ],
        run_id="r",
        source_id="s",
    )
    assert tuple(found.columns) == COLUMNS == schema.table("finding").names
    assert list(found["severity"]) == ["degrades", "informs"]
    assert set(found["run_id"]) == {"r"}
    assert found["id"].is_unique


def test_frame_of_nothing_has_its_columns() -> None:
    assert tuple(frame([]).columns) == COLUMNS


def test_a_stored_finding_is_read_in_either_language() -> None:
    with i18n.using("en"):
        row = finding(
            "JUM-T044",
            "luminaire",
            "x",
            label={"en": "Height", "fr": "Hauteur"},
            attribute="height_m",
            percent=1234.5,
        ).to_row()
    assert "1,234.5 %" in row["what"]
    french = rewrite(row, "fr")
    assert "1\u202f234,5 %" in french["what"]
    assert "Height" in row["what"]
    assert "Hauteur" in french["what"]
    assert french["code"] == row["code"]


def test_a_finding_of_an_absent_plug_in_is_left_as_written() -> None:
    row = {"code": "JUM-Z001", "what": "kept", "data": "{}"}
    assert rewrite(row, "fr") == row
