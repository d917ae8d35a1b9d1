# SPDX-License-Identifier: EUPL-1.2
# ruff: noqa: E501  (names of the Office Open XML schemas)
"""Spreadsheets."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from jumeau.base.errors import JumeauError


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    """Write a minimal .xlsx with inline strings."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{k}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for k in range(1, len(sheets) + 1)
        )
        + "</Types>"
    }
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["_rels/.rels"] = (
        f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    )
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{k}" r:id="s{k}"/>' for k, name in enumerate(sheets, 1)
        )
        + "</sheets></workbook>"
    )
    parts["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{package}">'
        + "".join(
            f'<Relationship Id="s{k}" Type="{relation}/worksheet" Target="worksheets/sheet{k}.xml"/>'
            for k in range(1, len(sheets) + 1)
        )
        + "</Relationships>"
    )
    for k, rows in enumerate(sheets.values(), 1):
        body = ""
        for r, row in enumerate(rows, 1):
            cells = ""
            for c, value in enumerate(row):
                place = f"{chr(65 + c)}{r}"
                if value is None:
                    continue
                if isinstance(value, str):
                    cells += f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
                else:
                    cells += f'<c r="{place}"><v>{value}</v></c>'
            body += f'<row r="{r}">{cells}</row>'
        parts[f"xl/worksheets/sheet{k}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'
        )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return path


BUDGET = [
    ["Exercice", "I_F", "D_R", "Nature", "Fonction", "Montant", "Libellé fonction"],
    [2014, "F", "D", 60612, 814, 1997000.5, "ECLAIRAGE PUBLIC"],
    [2014, "I", "R", 28184, None, 415988.45, None],
]


def test_a_budget(read: Any, tmp_path: Path):
    got = read(workbook(tmp_path / "b.xlsx", BP=BUDGET), "budget")
    assert got.column("year") == [2014, 2014]
    assert got.column("section") == ["F", "I"]
    assert got.column("nature") == ["60612", "28184"]
    assert got.column("function") == ["814", None]
    assert got.column("amount_eur") == [1997000.5, 415988.45]


def test_titles_above_the_header(read: Any, tmp_path: Path):
    rows = [["Budget primitif 2014 voté le 3 mars"], [], *BUDGET]
    got = read(workbook(tmp_path / "b.xlsx", BP=rows), "budget")
    assert got.column("year") == [2014, 2014]
    assert got.column("amount_eur") == [1997000.5, 415988.45]


def test_several_sheets_must_be_chosen_and_empty_ones_do_not_count(read: Any, tmp_path: Path):
    path = workbook(tmp_path / "b.xlsx", BP=BUDGET, Annexe=BUDGET, Vide=[])
    with pytest.raises(JumeauError, match=r"JUM-S005[\s\S]*BP, Annexe"):
        read(path, "budget")
    assert read(path, "budget", source_layer="Annexe").read == 2
    with pytest.raises(JumeauError, match=r"JUM-S006[\s\S]*Annexe"):
        read(path, "budget", source_layer="Annexes")
    assert read(workbook(tmp_path / "c.xlsx", BP=BUDGET, Vide=[]), "budget").read == 2


def test_lamps_with_coordinates(read: Any, tmp_path: Path):
    rows = [["N°", "X", "Y", "Lampe"], ["A1", 770000.5, 6280000.0, "SHP 150 W"]]
    got = read(
        workbook(tmp_path / "l.xlsx", EP=rows), "luminaire", {"N°": "id", "Lampe": "lamp_type"}
    )
    assert got.column("lamp_type") == ["HPS"]
    assert got.shapes[0].x == 770000.5


def test_what_is_no_spreadsheet_is_refused(read: Any, tmp_path: Path):
    (tmp_path / "b.xlsx").write_bytes(b"<html>")
    with pytest.raises(JumeauError, match="JUM-S00"):
        read(tmp_path / "b.xlsx", "budget")
