# SPDX-License-Identifier: EUPL-1.2
"""Encodings: each cell as it was meant, and everything told."""

from __future__ import annotations

import pyarrow as pa
import pytest

from jumeau.base.errors import JumeauError
from jumeau.sources.encoding import Decoder, check, names, to_utf8, unscramble


def column(*cells: bytes | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells, pa.binary())])


def codes(decoder: Decoder) -> set[str]:
    return {item.code for item in decoder.findings("street")}


def test_ascii_costs_nothing_and_says_nothing():
    decoder = Decoder()
    assert decoder.column(column(b"Rue", None, b"")).to_pylist() == ["Rue", None, ""]
    assert decoder.found == "UTF-8"
    assert codes(decoder) == set()


def test_utf8_stays():
    decoder = Decoder()
    assert decoder.column(column("Célette".encode())).to_pylist() == ["Célette"]
    assert codes(decoder) == set()


def test_windows_1252_is_found_and_told():
    decoder = Decoder()
    cells = column("Allée".encode("cp1252"), "Cœur 5 €".encode("cp1252"), b"Rue")
    assert decoder.column(cells).to_pylist() == ["Allée", "Cœur 5 €", "Rue"]
    assert decoder.found == "Windows-1252"
    assert codes(decoder) == {"JUM-S100"}
    assert decoder.repaired_rows().size == 0


def test_mixed_encodings_are_read_cell_by_cell_and_counted():
    decoder = Decoder()
    cells = column("Allée".encode(), "Préau".encode("cp1252"), "Forêt".encode(), b"x")
    assert decoder.column(cells).to_pylist() == ["Allée", "Préau", "Forêt", "x"]
    assert decoder.mixed
    assert decoder.repaired_rows().tolist() == [1]
    (found,) = decoder.findings("street")
    assert found.code == "JUM-S101" and found.data["count"] == 1


def test_mojibake_is_put_right_even_mixed_with_good_text():
    decoder = Decoder()
    cells = column("IndiffÃ©renciÃ©e".encode(), "Château".encode(), "ChÃ¢teau".encode())
    assert decoder.column(cells).to_pylist() == ["Indifférenciée", "Château", "Château"]
    assert codes(decoder) == {"JUM-S102"}
    assert decoder.repaired_rows().tolist() == [0, 2]


@pytest.mark.parametrize(
    "text", ["Ã", "São Paulo", "Âge d'or", "ÂGE", "Bâtiment «Â»", "5 €", "l’été"]
)
def test_good_text_is_not_mistaken_for_mojibake(text: str):
    assert Decoder().column(column(text.encode())).to_pylist() == [text]


def test_a_utf8_character_cut_by_the_width_of_the_column_is_dropped():
    # dBase cuts at a number of bytes: "é" may lose its second half.
    full = "Allée des é".encode()[:-1]
    decoder = Decoder()
    assert decoder.column(column(full, b"x")).to_pylist() == ["Allée des ", "x"]


def test_an_encoding_given_is_obeyed_and_its_failures_told():
    decoder = Decoder("cp850")
    assert decoder.column(column("Allée".encode("cp850"))).to_pylist() == ["Allée"]
    assert decoder.found == "cp850"
    given = Decoder("utf-8")
    assert given.column(column("Préau".encode("cp1252"))).to_pylist() == ["Préau"]
    assert codes(given) == {"JUM-S101"}
    assert given.repaired_rows().tolist() == [0]


def test_text_read_as_latin_is_decoded_from_its_bytes():
    carried = pa.chunked_array([pa.array(["Célette".encode().decode("latin-1"), "Rue"])])
    assert Decoder().column(carried, as_latin=True).to_pylist() == ["Célette", "Rue"]


def test_sliced_columns_are_read_in_their_slice_only():
    cells = column("é".encode("cp1252"), b"a", b"b").slice(1)
    decoder = Decoder()
    assert decoder.column(cells).to_pylist() == ["a", "b"]
    assert decoder.found == "UTF-8"


@pytest.mark.parametrize(
    ("name", "usual"),
    [("UTF8", "UTF-8"), ("ANSI", "Windows-1252"), ("latin-1", "Windows-1252"), ("cp850", "cp850")],
)
def test_names_of_encodings(name: str, usual: str):
    assert check(name) == usual


def test_an_unknown_encoding_is_refused():
    with pytest.raises(JumeauError, match="JUM-S023"):
        check("utf-99")


def test_unscramble_leaves_what_was_right():
    assert unscramble("Indifférenciée") == "Indifférenciée"
    assert unscramble("東京") == "東京"


def test_column_names_lose_marks_and_wrong_decoding():
    assert names(["\ufeffid", " BP ", '"NOM"', "LibellÃ©"]) == ["id", "BP", "NOM", "Libellé"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_whole_documents(encoding: str):
    text, odd = to_utf8("Cœur d'été".encode(encoding))
    assert text == "Cœur d'été"
    assert (odd > 0) == (encoding == "cp1252")
