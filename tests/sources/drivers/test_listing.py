# SPDX-License-Identifier: EUPL-1.2
"""JSON that is a list of objects: wrapped or not, announced, nested, wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jumeau.base.errors import JumeauError
from jumeau.sources import archive
from jumeau.sources.drivers import listing


def located(path: Path, document: object) -> archive.Located:
    path.write_text(
        document if isinstance(document, str) else json.dumps(document), encoding="utf-8"
    )
    return archive.locate(str(path))


def test_a_list_becomes_columns_of_one_type(tmp_path: Path):
    rows = [
        {"a": 1, "b": "x", "c": [1, "é"], "d": True, "e": 1.5},
        {"a": None, "b": 2, "c": {"k": 1}, "d": False, "e": 2, "f": None},
    ]
    got = listing.read(located(tmp_path / "l.json", rows), "place")
    assert got.read == 2 and got.announced is None and got.geometry is None
    table = got.table.to_pydict()
    assert table["a"] == [1, None] and table["e"] == [1.5, 2.0]
    assert table["b"] == ["x", "2"] and table["d"] == [True, False]
    assert table["c"] == ['[1, "é"]', '{"k": 1}']


@pytest.mark.parametrize("name", ["results", "data", "content", "records"])
def test_an_envelope_is_opened_and_its_count_kept(tmp_path: Path, name: str):
    document = {"count": 12, name: [{"a": 1}]}
    found = located(tmp_path / "l.json", document)
    assert listing.is_list(found)
    got = listing.read(found, "place")
    assert (got.read, got.announced) == (1, 12)


def test_geojson_is_left_to_its_driver(tmp_path: Path):
    document = {"type": "FeatureCollection", "features": [], "data": []}
    assert not listing.is_list(located(tmp_path / "l.json", document))
    assert not listing.is_list(located(tmp_path / "m.json", {"message": "quota"}))


@pytest.mark.parametrize("document", ["[1, 2]", '{"results": 3, "data": {}}'])
def test_what_is_no_list_of_records_is_refused(tmp_path: Path, document: str):
    with pytest.raises(JumeauError, match="JUM-S279"):
        listing.read(located(tmp_path / "l.json", document), "place")


def test_a_cut_answer_is_damaged(tmp_path: Path):
    with pytest.raises(JumeauError, match="JUM-S004"):
        listing.read(located(tmp_path / "l.json", '[{"a": 1}, {"a"'), "place")
