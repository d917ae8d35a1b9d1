# SPDX-License-Identifier: EUPL-1.2
"""Which column is which attribute."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import jumeau.sources
from jumeau.base.errors import JumeauError, UnknownNameError
from jumeau.sources import vocabulary
from jumeau.sources.folding import fold
from jumeau.sources.mapping import propose, settle
from jumeau.twin import schema

DATA = Path(jumeau.sources.__file__).parent


def proposed(table: str, **columns: Any) -> dict[str, str]:
    return propose(pa.table(columns), schema.table(table))[0]


def records(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["mapping.csv", "codes.csv", "ranges.csv"])
def test_every_line_of_the_lists_names_something_that_exists(name: str):
    for row in records(name):
        tables = (
            schema.tables() if row["table"] == "*" else {row["table"]: schema.table(row["table"])}
        )
        if row["attribute"] == "boolean":
            continue
        owners = [item for item in tables.values() if row["attribute"] in item.names]
        assert owners, row
        if row["table"] != "*" and name == "codes.csv":
            assert row["code"] in owners[0][row["attribute"]].codes, row


def test_units_of_the_list_are_those_of_the_attributes_or_convertible():
    from jumeau.base import units

    for row in records("mapping.csv"):
        if row["unit"] and row["table"] != "*":
            wanted = schema.table(row["table"])[row["attribute"]].unit
            if not wanted.startswith("veh"):
                units.convert(1.0, row["unit"], wanted)


def test_no_word_means_two_codes_and_no_column_comes_twice():
    for name, keys in (("codes.csv", "synonym"), ("mapping.csv", "column")):
        seen: dict[tuple[str, str, str], str] = {}
        for row in records(name):
            key = (row["table"], row["attribute"], fold(row[keys]))
            assert key not in seen, row
            seen[key] = row[keys]


@pytest.mark.parametrize(
    ("table", "columns", "expected"),
    [
        ("luminaire", {"type_lante": ["LANTERNE"]}, {"type_lante": "support"}),
        ("luminaire", {"Puissance (W)": [100]}, {"Puissance (W)": "power_w"}),
        (
            "luminaire",
            {"N° point": ["EP-1"], "Pose": ["12/03/1998"]},
            {"N° point": "id", "Pose": "installed_on"},
        ),
        (
            "luminaire",
            {"Nº lampadaire": ["7"], "Année de pose": [1998]},
            {"Nº lampadaire": "id", "Année de pose": "installed_on"},
        ),
        (
            "luminaire",
            {"HAUT_FEU": [7.5], "DATE_POSE": ["12/03/1998"]},
            {"HAUT_FEU": "height_m", "DATE_POSE": "installed_on"},
        ),
        (
            "building",
            {"cleabs": ["B1"], "hauteur": [7.0], "usage_1": ["Résidentiel"]},
            {"cleabs": "id", "hauteur": "height_m", "usage_1": "use"},
        ),
        (
            "building",
            {"batiment_c": ["B1"], "altitude_s": [7.0]},
            {"batiment_c": "id", "altitude_s": "ground_m"},
        ),
        (
            "building",
            {"osm_id": ["1"], "building:levels": ["2"]},
            {"osm_id": "id", "building:levels": "floors"},
        ),
        (
            "street",
            {"IDARC": [1], "LIB_OFF": ["Rue"], "SENS_CIRCU": ["DOUBLE SENS"]},
            {"IDARC": "id", "LIB_OFF": "name", "SENS_CIRCU": "direction"},
        ),
        ("street", {"LARGEUR_DE": [5.0]}, {"LARGEUR_DE": "width_m"}),
        (
            "address",
            {"id": ["a"], "numero": [1], "rep": ["bis"], "nom_voie": ["Rue"]},
            {"id": "id", "numero": "number", "rep": "suffix", "nom_voie": "street_name"},
        ),
        (
            "budget",
            {"Exercice": [2014], "I_F": ["F"], "D_R": ["D"], "BP": ["1 000,00"]},
            {"Exercice": "year", "I_F": "section", "D_R": "direction", "BP": "amount_eur"},
        ),
        (
            "budget",
            {"BGT_ANNEE": [2020], "BGT_MTREAL": [1.0]},
            {"BGT_ANNEE": "year", "BGT_MTREAL": "amount_eur"},
        ),
        (
            "tree",
            {"BOTANIQUE": ["Celtis"], "PLANTATION": [1990]},
            {"BOTANIQUE": "species", "PLANTATION": "planted_year"},
        ),
    ],
)
def test_usual_names(table: str, columns: dict[str, Any], expected: dict[str, str]):
    assert proposed(table, **columns) == expected


def test_case_accents_and_punctuation_do_not_matter():
    for name in ("Hauteur de feu", "HAUTEUR_DE_FEU", "hauteur-de-feu", "Hauteur  de feu (m)"):
        assert proposed("luminaire", **{name: [8]}) == {name: "height_m"}


def test_the_attribute_s_own_name_wins():
    found = proposed("luminaire", puissance=[100], power_w=[80])
    assert found == {"power_w": "power_w"}


def test_values_must_agree_with_the_name():
    assert proposed("luminaire", puissance=["SHP", "LED"]) == {"puissance": "lamp_type"}
    assert proposed("luminaire", source=["Enquête 2012", "Relevé"]) == {}
    assert proposed("building", hauteur=["haut", "bas", "moyen"]) == {}
    assert proposed("budget", Exercice=["2014"], D_R=["1"]) == {"Exercice": "year"}


def test_code_lists_are_recognised_from_values_alone():
    assert proposed("luminaire", techn=["SHP", "BF", "IM", "SHP", None]) == {"techn": "lamp_type"}
    assert proposed("luminaire", etat=["bon", "moyen", "bon"]) == {}


def test_a_name_that_is_the_same_everywhere_is_not_a_name():
    assert proposed("building", NOM=["Olemps"] * 30) == {}
    assert proposed("building", NOM=["Olemps"]) == {"NOM": "name"}


def test_identifiers_must_identify():
    assert proposed("tree", code=["a", "b", "a", "b"]) == {}
    assert proposed("tree", id=["a", "b", "a", "c"]) == {"id": "id"}
    assert proposed("tree", objectid=[1, 2, 3]) == {"objectid": "id"}
    assert proposed("tree", id=["a"] + [None] * 9) == {}
    assert proposed("building", ID=["x"] * 40, cleabs=[f"B{k}" for k in range(40)]) == {
        "cleabs": "id"
    }


def test_empty_columns_are_mapped_by_name():
    column = pa.array([None, None], pa.string())
    assert proposed("luminaire", support=column, id=["a", "b"]) == {
        "support": "support",
        "id": "id",
    }


def given(mapping: dict[str, str], table: str = "luminaire", **columns: Any) -> Any:
    return settle(pa.table(columns), schema.table(table), mapping, {})


def test_a_given_mapping_is_used_as_it_is():
    found = given({"p": "power_w"}, p=[1], lampe=["LED"], code=["a"])
    assert found.columns == {"p": "power_w"}
    assert not found.proposed


def test_columns_are_found_whatever_their_case():
    assert given({"PUISSANCE": "power_w"}, puissance=[1]).columns == {"puissance": "power_w"}
    assert given({"libelle": "support"}, **{"Libellé": ["x"]}).columns == {"Libellé": "support"}


def test_a_plain_identifier_completes_a_given_mapping():
    found = given({"p": "power_w"}, p=[1, 2], id=["a", "b"])
    assert found.columns == {"p": "power_w", "id": "id"}
    assert found.completed == "id"
    assert given({"p": "power_w", "n": "id"}, p=[1], n=["x"], id=["a"]).completed == ""


def test_one_identifier_entered_twice_leaves_the_column_an_identifier():
    names = [f"n{k}" for k in range(10)]
    assert given({}, num=[*names, "n3"], puissance=[1] * 11).columns["num"] == "id"
    assert "num" not in given({}, num=["n1", "n1", "n2", "n2"], puissance=[1] * 4).columns


def test_a_mapping_the_wrong_way_round_is_refused_with_the_right_one():
    with pytest.raises(UnknownNameError, match=r"JUM-S025[\s\S]*puissance=power_w"):
        given({"power_w": "puissance"}, puissance=[1])


def test_wrong_names_are_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"JUM-S012[\s\S]*puissance"):
        given({"puisance": "power_w"}, puissance=[1])
    with pytest.raises(UnknownNameError, match=r"JUM-S013[\s\S]*power_w"):
        given({"p": "powr_w"}, p=[1])
    with pytest.raises(UnknownNameError, match="JUM-S013"):
        given({"p": "source_id"}, p=[1])
    with pytest.raises(JumeauError, match="JUM-S018"):
        given({"p": "power_w", "q": "power_w"}, p=[1], q=[1])
    with pytest.raises(UnknownNameError, match="JUM-S013"):
        settle(pa.table({"p": [1]}), schema.table("luminaire"), None, {"lamp": "LED"})


def test_positions_may_be_given():
    found = given({"e": "x", "n": "y", "p": "power_w"}, e=[1.0], n=[1.0], p=[1])
    assert found.positions == {"e": "x", "n": "y"}
    assert found.columns == {"p": "power_w"}


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("SHP", "HPS"),
        ("shp 150w", "HPS"),
        ("SHP-150", "HPS"),
        ("SHP150", "HPS"),
        ("SOHP", "HPS"),
        ("Sodium haute pression", "HPS"),
        ("Sodium Haute Pression 100 W", "HPS"),
        ("BF", "HPM"),
        ("Ballon fluorescent", "HPM"),
        ("IM", "MH"),
        ("Iodures métalliques", "MH"),
        ("Cosmopolis", "CMH"),
        ("led", "LED"),
        ("LED 30W", "LED"),
        ("Fluo compacte", "CFL"),
        ("SBP", "LPS"),
        ("Autre", "OTHER"),
        ("lampadaire", None),
        ("", None),
        ("150", None),
    ],
)
def test_words_of_lamps(word: str, code: str | None):
    known = vocabulary.codes("luminaire", schema.table("luminaire")["lamp_type"])
    assert vocabulary.code_of(word, known) == code
