# SPDX-License-Identifier: EUPL-1.2
"""Identifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from jumeau.sources.identity import identify


def boxes(*points: tuple[float, float]) -> np.ndarray:
    return np.array([(x, y, x, y) for x, y in points], dtype=float)


def text(*items: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(items, pa.string())])


def codes(found: Any) -> dict[str, Any]:
    return {item.code: item.data for item in found.findings}


def test_given_identifiers_are_kept():
    found = identify({"id": text("a", "b")}, boxes((1, 2), (3, 4)), "tree")
    assert found.ids.to_pylist() == ["a", "b"]
    assert (found.findings, found.repeated.tolist()) == ([], [False, False])


def test_positions_to_the_centimetre():
    found = identify({}, boxes((770000.123, 6280000.0), (770000.13, 6280000.0)), "tree")
    assert found.ids.to_pylist() == ["77000012_628000000", "77000013_628000000"]
    assert codes(found)["JUM-S123"]["count"] == 2


def test_the_centre_of_bounds_names_a_surface():
    found = identify({}, np.array([[0.0, 0.0, 2.0, 4.0]]), "building")
    assert found.ids.to_pylist() == ["100_200"]


def test_rows_at_one_position_are_ranked_by_content_not_by_order():
    columns = {"support": text("mur", "mât", "borne")}
    first = identify(columns, boxes(*[(1, 1)] * 3), "luminaire").ids.to_pylist()
    assert sorted(first) == ["100_100", "100_100-2", "100_100-3"]
    turned = {"support": text("borne", "mur", "mât")}
    second = identify(turned, boxes(*[(1, 1)] * 3), "luminaire").ids.to_pylist()
    assert dict(zip(["mur", "mât", "borne"], first, strict=True)) == dict(
        zip(["borne", "mur", "mât"], second, strict=True)
    )


def test_missing_identifiers_only_are_built():
    found = identify({"id": text("a", None, "c")}, boxes((0, 0), (1, 1), (2, 2)), "tree")
    assert found.ids.to_pylist() == ["a", "100_100", "c"]
    assert codes(found)["JUM-S123"]["count"] == 1


def test_rows_repeated_to_the_letter_are_kept_once():
    columns = {"id": text("a", "b", "a"), "name": text("x", "y", "x")}
    found = identify(columns, boxes((0, 0), (1, 1), (0, 0)), "place")
    assert found.repeated.tolist() == [False, False, True]
    assert codes(found) == {"JUM-S125": {"count": 1}}


def test_conflicting_rows_keep_the_first_and_are_told():
    columns = {"id": text("a", "a", "a", "b"), "name": text("x", "z", "x", "y")}
    found = identify(columns, boxes(*[(0, 0)] * 4), "place")
    assert found.repeated.tolist() == [False, True, True, False]
    assert codes(found)["JUM-S124"] == {"count": 1, "examples": ["a"]}
    assert codes(found)["JUM-S125"] == {"count": 1}


def test_same_attributes_at_two_places_conflict():
    geometry = pa.chunked_array([pa.array([b"here", b"there"])])
    found = identify({"id": text("a", "a")}, boxes((0, 0), (5, 5)), "place", geometry)
    assert "JUM-S124" in codes(found)


def lines(**columns: Any) -> dict[str, Any]:
    return {name: pa.array(values) for name, values in columns.items()}


def test_a_budget_line_is_named_by_its_accounts_not_by_its_amount():
    before = lines(year=[2014, 2014], nature=["60612", "6042"], amount_eur=[10.0, 20.0])
    after = lines(year=[2014, 2014], nature=["6042", "60612"], amount_eur=[21.0, 11.0])
    old = identify(before, None, "budget").ids.to_pylist()
    new = identify(after, None, "budget").ids.to_pylist()
    assert old == new[::-1]
    assert len(set(old)) == 2


def test_lines_with_the_same_name_are_ranked():
    twice = lines(year=[2014, 2014], nature=["6042", "6042"], amount_eur=[1.0, 2.0])
    found = identify(twice, None, "budget")
    assert found.ids.to_pylist()[1] == f"{found.ids.to_pylist()[0]}-2"
    assert "JUM-S138" in codes(found)


def test_a_sensor_without_position_is_named_by_its_content():
    found = identify({"name": text("s1", "s2")}, np.full((2, 4), np.nan), "sensor")
    assert len(set(found.ids.to_pylist())) == 2


def test_many_rows_quickly():
    import time

    count = 300_000
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    xy = rng.uniform(0, 1e5, (count, 2))
    found = identify({}, np.hstack([xy, xy]), "tree")
    assert time.perf_counter() - start < 10
    assert found.ids.type == pa.string()
    assert len(set(found.ids.to_pylist())) == count
