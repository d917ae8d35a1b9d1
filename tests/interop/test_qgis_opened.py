# SPDX-License-Identifier: EUPL-1.2
"""A project opened by QGIS itself, without a window; skipped where PyQGIS is not installed."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pyogrio
import pytest

import jumeau
from jumeau.base import i18n
from jumeau.interop import qgis

HERE = Path(__file__).parent
QUIET = {"QT_QPA_PLATFORM": "offscreen", "QGIS_DISABLE_MESSAGE_HOOKS": "1"}


@cache
def interpreter() -> str | None:
    """Return a Python that has PyQGIS: that of ``JUMEAU_QGIS_PYTHON``, else the system's."""
    for name in (os.environ.get("JUMEAU_QGIS_PYTHON"), "/usr/bin/python3", shutil.which("python3")):
        if name and Path(name).exists():
            asked = [name, "-c", "import qgis.core"]
            done = subprocess.run(asked, env=environment(), capture_output=True, check=False)
            if done.returncode == 0:
                return name
    return None


def environment() -> dict[str, str]:
    """Return the environment of a QGIS that keeps nothing of this Python's own libraries."""
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith(("PYTHON", "GDAL", "PROJ", "VIRTUAL_ENV"))}  # fmt: skip
    return {**kept, **QUIET}


pytestmark = pytest.mark.skipif(
    interpreter() is None, reason="PyQGIS is not installed (Debian: python3-qgis)"
)


@pytest.fixture(scope="module")
def opened(
    town: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], qgis.Written, tuple[float, ...]]:
    """What QGIS made of the project of the hostile town, and its extent."""
    spec = importlib.util.spec_from_file_location("qgis_town", HERE / "qgis_town.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("opened")
    made = module.build(town, folder / "étang & fils.jumeau")
    with i18n.using("fr"):
        done = qgis.write(made)
    extent = made.extent() or ()
    made.close()
    home = {"QGIS_CUSTOM_CONFIG_PATH": str(folder / "profile"), "XDG_RUNTIME_DIR": str(folder)}
    pictures = [str(folder / name) for name in ("map.png", "page.png")]
    result = subprocess.run(
        [str(interpreter()), str(HERE / "qgis_reader.py"), str(done.path), *pictures],
        env={**environment(), **home},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    line = next((item for item in result.stdout.splitlines() if item.startswith("JSON")), "")
    assert line, result.stderr[-2000:]
    for path in pictures:
        assert Path(path).stat().st_size > 5_000
    return json.loads(line[4:]), done, extent


def vectors(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {key: item for key, item in found["layers"].items() if item["provider"] == "ogr"}


def test_it_opens_with_every_layer_valid(opened: Any) -> None:
    found, done, _ = opened
    assert found["read"]
    assert found["error"] == ""
    assert found["crs"] == "EPSG:2154"
    assert found["title"].startswith("Bourg-l'Étang")
    assert len(found["layers"]) == done.layers
    assert [key for key, item in found["layers"].items() if not item["valid"]] == []
    assert {item["crs"] for item in found["layers"].values()} <= {"EPSG:2154", ""}
    assert set(found["order"]) <= set(found["layers"])


def test_it_counts_the_rows_of_the_data(opened: Any) -> None:
    found, done, _ = opened
    for item in vectors(found).values():
        name = item["source"].partition("|layername=")[2]
        assert item["features"] == pyogrio.read_info(done.data, layer=name)["features"]
    assert found["layers"]["jumeau_layer_luminaire"]["features"] == 300


def test_extents_are_those_of_the_facts(opened: Any) -> None:
    found, _, extent = opened
    west, south, east, north = extent
    shown = found["extent"]
    assert shown[0] < west
    assert shown[1] < south
    assert shown[2] > east
    assert shown[3] > north
    lamp = found["layers"]["jumeau_layer_luminaire"]["extent"]
    assert lamp[0] >= west
    assert lamp[3] <= north


def test_renderers_have_the_categories_expected(opened: Any) -> None:
    found, _, _ = opened
    layers = found["layers"]
    assert layers["jumeau_layer_luminaire"]["renderer"] == "RuleRenderer"
    assert layers["jumeau_layer_luminaire"]["legend"] == [
        "Donné par l'inventaire", "Sodium haute pression", "LED", "Estimé (anneaux)",
        "Sodium haute pression", "Inconnu",
    ]  # fmt: skip
    assert layers["jumeau_layer_finding"]["legend"] == ["Bloque", "Dégrade", "Informe"]
    assert layers["jumeau_layer_building_height"]["renderer"] == "graduatedSymbol"
    assert layers["jumeau_layer_building_height"]["legend"][-1] == "Inconnu"
    hazards = layers["jumeau_layer_hazard_zone"]["legend"]
    assert hazards[-1] == "Inconnu"
    assert "inondation" in hazards
    assert any('<b>"Cie"</b>' in text for text in hazards)
    light = layers["jumeau_layer_raster_illuminance"]
    assert light["renderer"] == "singlebandpseudocolor"
    assert light["legend"][0] == "moins de 0,1 lx"
    assert len(light["legend"]) > 5
    assert layers["jumeau_layer_raster_shaded"]["renderer"] == "hillshade"


def test_names_forms_and_words_reach_the_user(opened: Any) -> None:
    found, _, _ = opened
    lamp = found["layers"]["jumeau_layer_luminaire"]
    assert lamp["aliases"]["power_w"] == "Puissance [W]"
    assert lamp["widgets"]["lamp_type"] == "ValueMap"
    assert lamp["tabs"] == ["Faits", "Estimations", "Provenance"]
    assert lamp["read_only"]
    assert lamp["labels"]
    assert lamp["scale"] == 100_000
    assert lamp["licences"] == ["Licence Ouverte 2.0"]
    assert "LED" in lamp["tip"]
    assert "50,00 W" in lamp["tip"] or "50.00 W" in lamp["tip"]


def test_expressions_hold_whatever_the_names(opened: Any) -> None:
    found, _, _ = opened
    assert [item["wrong"] for item in vectors(found).values() if item["wrong"]] == []
    tip = found["layers"]["jumeau_layer_cabinet"]["tip"]
    assert "&lt;b&gt;" in tip, "a name is shown as it is, never run as HTML"
    assert "[% 1 + 1 %]" in tip


def test_it_draws_without_error(opened: Any) -> None:
    found, _, _ = opened
    assert found["errors"] == []
    assert found["colours"] > 20
    assert found["layout"] == ["A3 paysage", 0]


def test_what_shows_at_first(opened: Any) -> None:
    found, _, _ = opened

    def shown(held: list[dict[str, Any]]) -> list[str]:
        names: list[str] = []
        for item in held:
            names += shown(item["inside"]) if "group" in item else [item["layer"]] * item["visible"]
        return names

    visible = shown(found["tree"])
    assert "jumeau_layer_luminaire" in visible
    assert "jumeau_layer_building_height" in visible
    assert "jumeau_layer_finding" not in visible
    assert not any("_by_" in name for name in visible)
    order = found["order"]
    assert order.index("jumeau_layer_luminaire") < order.index("jumeau_layer_street")
    assert order.index("jumeau_layer_building_height") < order.index("jumeau_layer_raster_dtm")


def test_a_territory_without_rows_opens_too(tmp_path: Path) -> None:
    done = qgis.write(jumeau.create(tmp_path / "vide.jumeau", name="Vide"))
    pictures = [str(tmp_path / "a.png"), str(tmp_path / "b.png")]
    result = subprocess.run(
        [str(interpreter()), str(HERE / "qgis_reader.py"), str(done.path), *pictures],
        env={**environment(), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    found = json.loads(result.stdout.partition("JSON")[2].splitlines()[0])
    assert found["read"]
    assert found["layers"] == {}
