# SPDX-License-Identifier: EUPL-1.2
"""Codes in words: those of one sign, those of BD TOPO that join two materials, and none."""

from __future__ import annotations

import pytest

from jumeau.api import facts
from jumeau.interop import labels


@pytest.mark.parametrize(
    ("kind", "code", "french", "english"),
    [
        ("wall_material", "5", "Aggloméré", "Concrete blocks"),
        ("wall_material", "50", "Aggloméré", "Concrete blocks"),
        ("wall_material", "55", "Aggloméré", "Concrete blocks"),
        ("wall_material", "13", "Pierre et béton", "Stone and concrete"),
        ("wall_material", "00", "Indéterminé", "Undetermined"),
        ("roof_material", "30", "Zinc aluminium", "Zinc or aluminium"),
        ("roof_material", "12", "Tuiles et ardoises", "Tiles and slate"),
        ("photometry", "generic/road", "Générique, luminaire routier", "Generic, road luminaire"),
        ("wall_material", "torchis", "torchis", "torchis"),
        ("nothing", "1", "1", "1"),
    ],
)
def test_a_code_has_its_words(kind: str, code: str, french: str, english: str) -> None:
    assert labels.label(kind, code, "fr") == french
    assert labels.label(kind, code, "en") == english


def test_the_page_is_given_the_words_of_codes_outside_the_schema() -> None:
    tables = {table["name"]: table["attributes"] for table in facts.vocabulary("fr")["tables"]}
    building = {item["name"]: item["codes"] for item in tables["building"]}
    assert building["wall_material"]["60"] == "Bois"
    assert building["roof_material"]["10"] == "Tuiles"
    assert building["name"] == {}
    lamp = {item["name"]: item["codes"] for item in tables["luminaire"]}
    assert lamp["photometry"]["generic/globe"] == "Générique, boule"
