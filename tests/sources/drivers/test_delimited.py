# SPDX-License-Identifier: EUPL-1.2
"""CSV as administrations write it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jumeau.base.errors import JumeauError
from jumeau.sources.drivers.delimited import sniff

HEADER = "id;x;y;puissance\n"


def rows(count: int, start: int = 0) -> str:
    return "".join(
        f"PL{k};{770000 + k},5;{6280000 + k},25;{40 + k % 100}\n"
        for k in range(start, start + count)
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def writing(text: str | bytes, name: str = "lampes.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return writing


@pytest.mark.parametrize(
    ("text", "delimiter", "columns"),
    [
        (b"a;b;c\n1;2;3\n", ";", ("a", "b", "c")),
        (b"a,b\n1,2\n3,4\n", ",", ("a", "b")),
        (b"a\tb\n1,5\t2\n", "\t", ("a", "b")),
        (b"a|b\n1|2\n", "|", ("a", "b")),
        (b'nom;"x, y";z\na;"1, 2";3\n', ";", ("nom", "x, y", "z")),
        (b'"OBJECTID,N,10,0","NOM,C,254","DDEBUT,D"\n1,a,2\n', ",", ("OBJECTID", "NOM", "DDEBUT")),
        (
            b"Exercice;I_F; BP ;Libell\xe9 fonction\n2014;F; 1,0 ;x\n",
            ";",
            ("Exercice", "I_F", "BP", "Libellé fonction"),
        ),
        (b"a;b\n1;2;\n3;4;\n", ";", ("a", "b", "")),
        (b"a;a;b\n1;2;3\n", ";", ("a", "a_2", "b")),
        (b"Extraction du 12/03/2020\n\nid;x;y\n1;2;3\n2;3;4\n3;4;5\n", ";", ("id", "x", "y")),
    ],
)
def test_sniff(text: bytes, delimiter: str, columns: tuple[str, ...]):
    dialect = sniff(text)
    assert (dialect.delimiter, dialect.columns) == (delimiter, columns)


def test_plain_csv(read: Any, write: Any):
    got = read(write(HEADER + rows(50)), "luminaire")
    assert (got.read, got.dropped, got.table.num_rows) == (50, 0, 50)
    assert got.column("id")[:2] == ["PL0", "PL1"]
    assert got.column("power_w")[:2] == [40.0, 41.0]
    assert (got.shapes[1].x, got.shapes[1].y) == (770001.5, 6280001.25)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(read: Any, write: Any, encoding: str):
    text = "Numéro;x;y;support\n" + "1;770000;6280000;Mât d'été\n2;770001;6280000;Façade\n"
    got = read(write(text, encoding=encoding), "luminaire", {"Numéro": "id", "support": "support"})
    assert got.column("support") == ["Mât d'été", "Façade"]
    assert ("JUM-S100" in got.codes) == (encoding == "cp1252")


def test_mixed_encodings_in_one_file(read: Any, write: Any):
    raw = "id;x;y;support\n1;770000;6280000;Façade\n".encode()
    raw += "2;770001;6280000;Mât\n".encode("cp1252")
    got = read(write(raw), "luminaire")
    assert got.column("support") == ["Façade", "Mât"]
    assert got.codes["JUM-S101"].severity == "degrades"
    assert got.repaired == 1


@pytest.mark.parametrize(
    "bad",
    ["PLX;770000\n", "PLX;770000;6280000;40;50;60\n", 'PLX;"770000;6280000;40\n', 'PL"X;7;"6;4\n'],
)
def test_one_bad_row_in_a_large_csv_costs_one_row(read: Any, write: Any, bad: str):
    got = read(write(HEADER + rows(3000) + bad + rows(3000, 3000)), "luminaire")
    assert got.read == 6001
    assert got.table.num_rows == 6000
    assert got.dropped == 1
    told = got.data("JUM-S115") if "JUM-S115" in got.codes else got.data("JUM-S110")
    assert told["count"] == 1
    if "lines" in told:
        assert told["lines"] == ["3002"]


def test_quoted_cells_may_hold_lines_and_delimiters(read: Any, write: Any):
    text = HEADER.strip() + ";support\n" + '1;770000;6280000;40;"Mât\nde 8 m; acier"\n'
    text += '2;770001;6280000;40;"Il dit ""non"""\n'
    got = read(write(text), "luminaire")
    assert got.column("support") == ["Mât de 8 m; acier", 'Il dit "non"']
    assert got.dropped == 0


def test_quoted_lines_beside_an_open_mark(read: Any, write: Any):
    text = HEADER.strip() + ';support\n1;770000;6280000;40;"deux\nlignes"\n'
    text += '2;770001;6280000;40;"ouvert\n3;770002;6280000;40;mur\n'
    got = read(write(text), "luminaire")
    assert got.column("id") == ["1", "3"]
    assert got.column("support") == ["deux lignes", "mur"]
    assert got.dropped == 1


def test_inch_marks_and_rare_characters_do_not_cut_lines(read: Any, write: Any):
    text = (
        HEADER.strip()
        + ';support\n1;770000;6280000;40;"ouvert\n2;770001;6280000;40;tube 5" acier\n'
    )
    text += "3;770002;6280000;40;mât… d'été\n4;770003;6280000;40;mur\n"
    got = read(write(text, encoding="cp1252"), "luminaire")
    assert got.column("id") == ["2", "3", "4"]
    assert got.column("support") == ['tube 5" acier', "mât… d'été", "mur"]
    assert got.data("JUM-S115")["lines"] == ["2"]


def test_blank_lines_are_no_records(read: Any, write: Any):
    got = read(write(HEADER + rows(2) + "\n\n" + rows(2, 2) + "\n"), "luminaire")
    assert (got.read, got.dropped, got.table.num_rows) == (4, 0, 4)


def test_a_trailing_delimiter_adds_no_column(read: Any, write: Any):
    got = read(write(HEADER + rows(3).replace("\n", ";\n")), "luminaire")
    assert got.table.num_rows == 3
    assert got.source["unmapped"] == ["x", "y"]


def test_title_lines_above_the_header_keep_line_numbers(read: Any, write: Any):
    text = "Export du 12/03/2020\n\n" + HEADER + rows(20) + "PLX;1\n" + rows(2, 20)
    got = read(write(text), "luminaire")
    assert got.table.num_rows == 22
    assert got.data("JUM-S115")["lines"] == ["24"]


def test_a_file_without_header_is_told(read: Any, write: Any):
    text = "".join(f"{k};{770000 + k};{6280000 + k}\n" for k in range(5))
    got = read(write(text), "luminaire", {"column_1": "id"})
    assert got.table.num_rows == 5
    assert "JUM-S132" in got.codes
    assert got.shapes[4].x == 770004


def test_header_only_is_an_empty_table_told(read: Any, write: Any):
    got = read(write(HEADER), "luminaire")
    assert (got.read, got.table.num_rows) == (0, 0)
    assert got.codes["JUM-S129"].severity == "degrades"


@pytest.mark.parametrize("raw", [b"\n\n  \n", b"PK\0\0\0\1\2;3\n" * 9])
def test_what_is_no_csv_is_refused(read: Any, write: Any, raw: bytes):
    with pytest.raises(JumeauError, match=r"JUM-S00[27]"):
        read(write(raw), "luminaire")


def test_mac_line_ends_and_windows_ones(read: Any, write: Any):
    for end in ("\r\n", "\r"):
        got = read(write((HEADER + rows(30)).replace("\n", end)), "luminaire")
        assert (got.read, got.table.num_rows) == (30, 30)


def test_no_value_words(read: Any, write: Any):
    text = "id;x;y;support;puissance\n1;770000;6280000;#N/A;NULL\n2;770001;6280000;NULL;\n"
    got = read(write(text), "luminaire")
    assert got.column("support") == [None, None]
    assert got.column("power_w") == [None, None]
    assert "JUM-S119" not in got.codes


def test_csv_inside_zip_and_gzip(read: Any, write: Any, tmp_path: Path):
    import gzip
    import zipfile

    plain = write(HEADER + rows(5))
    with zipfile.ZipFile(tmp_path / "l.zip", "w") as archive:
        archive.write(plain, "dossier/lampes.csv")
    (tmp_path / "l.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    for name in ("l.zip", "l.csv.gz"):
        assert read(tmp_path / name, "luminaire").table.num_rows == 5
