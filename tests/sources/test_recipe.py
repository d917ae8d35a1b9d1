# SPDX-License-Identifier: EUPL-1.2
"""Recipes."""

from __future__ import annotations

from pathlib import Path

import pytest

from jumeau.base.errors import JumeauError, MissingFileError, UnknownNameError
from jumeau.sources.recipe import load

ROOT = Path(__file__).parents[2]


def recipe(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_steps_are_the_keywords_of_add(tmp_path: Path):
    path = recipe(
        tmp_path,
        """
        name: Bourg
        territory: {name: Bourg, crs: "EPSG:2154", insee: ["50001"]}
        defaults: {publisher: Commune, licence: LO}
        sources:
          - {file: l.csv, table: luminaire, mapping: {a: power_w}, vintage: 2014}
          - {file: /d/t.tif, table: dtm, publisher: IGN, vintage: 2020-05-01}
        """,
    )
    found = load(path)
    assert found.name == "Bourg"
    assert found.territory == {"name": "Bourg", "crs": "EPSG:2154", "insee": ["50001"]}
    first, second = found.steps
    assert first.arguments == {
        "publisher": "Commune",
        "licence": "LO",
        "file": str(tmp_path / "l.csv"),
        "table": "luminaire",
        "mapping": {"a": "power_w"},
        "vintage": "2014",
    }
    assert (second.file, second.table) == ("/d/t.tif", "dtm")
    assert second.arguments["publisher"] == "IGN"
    assert second.arguments["vintage"] == "2020-05-01"


def test_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = recipe(
        tmp_path,
        """
        variables: {DATA: "${BASE}/ville", NAME: lampes}
        sources:
          - {file: "${DATA}/${NAME}.csv", table: luminaire}
          - {file: "${ELSEWHERE:-/repli}/r.shp", table: street}
        """,
    )
    monkeypatch.delenv("ELSEWHERE", raising=False)
    monkeypatch.delenv("BASE", raising=False)
    with pytest.raises(MissingFileError, match=r"JUM-S083[\s\S]*export BASE="):
        load(path)
    monkeypatch.setenv("BASE", "/env")
    assert [step.file for step in load(path).steps] == ["/env/ville/lampes.csv", "/repli/r.shp"]
    given = load(path, {"BASE": "/mine", "NAME": "points"})
    assert given.steps[0].file == "/mine/ville/points.csv"


def test_a_variable_may_complete_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATA", "/env")
    text = "variables: {DATA: '${DATA}/ville'}\nsources: [{file: '${DATA}/a.csv', table: place}]"
    assert load(recipe(tmp_path, text)).steps[0].file == "/env/ville/a.csv"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("sources: [", "JUM-S080"),
        ("[a, b]", "JUM-S084"),
        ("", "JUM-S084"),
        ("name: x", "JUM-S082"),
        ("sources: {file: a}", "JUM-S084"),
        ("sources: [{file: a.csv}]", "JUM-S082"),
        ("sources: [{table: place}]", "JUM-S082"),
        ("sources: [a.csv]", "JUM-S084"),
        ("sources: [{file: a.csv, table: place, mapping: id}]", "JUM-S084"),
        ("sources: [{file: [1], table: place}]", "JUM-S084"),
        ("sources: [{file: a.csv}]", "JUM-S082"),
        ("sources: [{source: ign.bdtopo.buildin}]", "JUM-S301"),
        ("sources: [{source: ign.bdtopo.building, table: tree}]", "JUM-S084"),
        ("sources: [{source: ign.bdtopo.building, file: a.csv}]", "JUM-S081"),
        ("sources: [{file: a.laz, layer: relief}]", "JUM-T002"),
        ("sources: [{file: a.csv, table: place}]\nvariables: [a]", "JUM-S084"),
    ],
)
def test_wrong_recipes_are_refused(tmp_path: Path, text: str, code: str):
    with pytest.raises(JumeauError, match=code):
        load(recipe(tmp_path, text))


def test_wrong_names_have_a_suggestion(tmp_path: Path):
    with pytest.raises(UnknownNameError, match=r"JUM-S081[\s\S]*mapping"):
        load(recipe(tmp_path, "sources: [{file: a.csv, table: place, maping: {}}]"))
    with pytest.raises(UnknownNameError, match=r"JUM-S081[\s\S]*sources"):
        load(recipe(tmp_path, "source: []"))
    with pytest.raises(UnknownNameError, match=r"JUM-T001[\s\S]*luminaire"):
        load(recipe(tmp_path, "sources: [{file: a.csv, table: luminaires}]"))
    with pytest.raises(UnknownNameError, match="JUM-S081"):
        load(recipe(tmp_path, "territory: {crss: x}\nsources: [{file: a.csv, table: place}]"))
    with pytest.raises(MissingFileError, match="JUM-S001"):
        load(tmp_path / "recette.yaml")


def test_the_recipe_of_montpellier_is_whole():
    found = load(ROOT / "examples/montpellier/recipe.yaml", {"JUMEAU_SHARED": "/data"})
    tables = [step.table for step in found.steps]
    assert set(tables) == {
        "place",
        "district",
        "street",
        "luminaire",
        "address",
        "building",
        "tree",
        "budget",
        "traffic_count",
    }
    assert all(step.file.startswith("/data/data/montpellier_34172/") for step in found.steps)
    assert all(step.arguments["licence"] and step.arguments["vintage"] for step in found.steps)
