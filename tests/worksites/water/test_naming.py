# SPDX-License-Identifier: EUPL-1.2
"""Identifiers of several networks in one table, and back."""

from __future__ import annotations

from jumeau.worksites.water.naming import LONGEST, Names, unique


def test_a_known_name_gets_a_prefix_and_loses_it():
    names = Names("low")
    assert names.give(["A", "B", "low:C"], {"B"}) == 2
    assert names.to_twin == {"A": "A", "B": "low:B", "low:C": "low:low:C"}
    back = Names("low")
    back.read(names.to_twin.values(), {"A", "B", "low:C"})
    assert back.to_own == {"A": "A", "low:B": "B", "low:low:C": "low:C"}


def test_rows_that_epanet_could_not_name_get_a_name_that_it_can():
    names = Names("")
    long = "CANA-" + "x" * 40
    names.read(["a b", "a;b", long, "a_b", "ok"], ())
    own = list(names.to_twin)
    assert own[-1] == "ok"
    assert len(set(own)) == 5
    assert all(len(name) <= LONGEST and not set(name) & set(' ;"') for name in own)
    assert names.to_own[long] in own


def test_a_taken_name_gets_the_first_free_number():
    assert unique("a", {"b"}) == "a"
    assert unique("a", {"a", "a-2"}) == "a-3"
