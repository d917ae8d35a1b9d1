# SPDX-License-Identifier: EUPL-1.2
"""The page of the speeds is what the benchmarks measured, in both languages."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW: dict[str, Any] = {
    "name": "fill, 4,000² relief",
    "ours": 0.5,
    "peer": 6.0,
    "peer_name": "pyflwdir",
    "unit": "s",
    "ratio": 12.0,
    "bar": "≥ 4×",
    "verdict": "ok",
}


@pytest.fixture(scope="module")
def speed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("speed", ROOT / "tools" / "speed.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def kept(speed: ModuleType) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(speed.KEPT.read_text(encoding="utf-8"))
    return found


def measured(benchmark: str, *rows: dict[str, Any]) -> dict[str, Any]:
    """Return what a benchmark writes."""
    machine = {"cores": 2, "load": 0.5, "python": "3.11.7", "processor": "x86_64"}
    return {
        "benchmark": benchmark,
        "time": "2026-03-01T12:18:07Z",
        "machine": machine,
        "rows": list(rows),
    }


def test_every_row_measured_is_on_both_pages_and_nothing_else(
    speed: ModuleType, kept: dict[str, Any]
) -> None:
    assert {"climate_speed", "terrain"} <= set(kept) <= set(speed.WORDS["sections"])
    for lang in ("en", "fr"):
        text = speed.target(lang).read_text(encoding="utf-8")
        assert text == speed.page(kept, lang)
        for name, data in kept.items():
            part = text.partition(f"make bench ARGS={name}")[2].partition("\n## ")[0]
            for row in data["rows"]:
                name_, ours = (
                    speed.docs.cell(text)
                    for text in (
                        speed.named(row["name"], lang),
                        speed.amount(row["ours"], row["unit"], lang),
                    )
                )
                assert f"| {name_} | {ours} |" in part, row["name"]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_rates_of_the_explanation_are_those_measured(
    speed: ModuleType, kept: dict[str, Any], lang: str
) -> None:
    text = speed.target(lang, "explanation", "flood").read_text(encoding="utf-8")
    [block] = speed.BLOCK.findall(text)
    assert block == speed.rates(kept, lang)
    [wet] = [
        row["ours"]
        for row in kept["climate_speed"]["rows"]
        if re.fullmatch(r"Inertial, WET \d+²: a cell update", row["name"])
    ]
    shown = re.search(r"\| (\d+) \|", block)
    assert shown is not None
    assert float(shown[1]) == pytest.approx(1e3 / wet, abs=0.6)


@pytest.mark.parametrize(
    ("name", "english", "french"),
    [
        ("fill, 4,000² relief", "Fill, 4,000² relief", "Comblement, relief de 4\u202f000²"),
        (
            "Inertial, RAIN 1000²: 200 s of water",
            "Inertial, RAIN 1000²: 200 s of water",
            "Inertiel, RAIN 1000² : 200 s d'eau",
        ),
        (
            "fill_spill_merge by 64 rows, otherwise",
            "fill_spill_merge by 64 rows, otherwise",
            "fill_spill_merge par 64 lignes, autrement",
        ),
        (
            "rate, fill, 2,000² relief in steps of 25 cm",
            "Rate, fill, 2,000² relief in steps of 25 cm",
            "Cadence, comblement, relief de 2\u202f000² par marches de 25 cm",
        ),
        (
            "250,000 buildings in one call: peak memory",
            "250,000 buildings in one call: peak memory",
            "250\u202f000 bâtiments en un appel : mémoire maximale",
        ),
        (
            "sun of 4 days on 200² cells, ours over r.sun",
            "Sun of 4 days on 200² cells, ours over r.sun",
            "Soleil de 4 jours sur 200² mailles, le nôtre sur r.sun",
        ),
    ],
)
def test_names_keep_their_numbers_in_both_languages(
    speed: ModuleType, name: str, english: str, french: str
) -> None:
    assert speed.named(name, "en") == english
    assert speed.named(name, "fr") == french


def test_a_name_without_its_french_is_an_error(speed: ModuleType) -> None:
    with pytest.raises(KeyError):
        speed.named("fill, a new case", "fr")


def test_a_bar_a_peer_and_a_verdict_are_told(speed: ModuleType) -> None:
    missed = ROW | {"ours": 4.0, "ratio": 1.5, "verdict": "short"}
    limit = ROW | {"peer": None, "peer_name": "", "unit": "MiB", "ours": 381.3}
    limit |= {"name": "fill, 4,000², peak memory", "bar": "≤ 4000 MiB"}
    found = speed.page({"terrain": measured("terrain", ROW, missed, limit)}, "fr")
    assert "| 500 ms | 6 s (pyflwdir) | 12 × | ≥ 4 × | tenu |" in found
    assert "| 4 s | 6 s (pyflwdir) | 1,5 × | ≥ 4 × | manqué |" in found
    assert "| 381 Mio | – | – | ≤ 4 000 Mio | tenu |" in found
    assert "le 1er mars 2026" in found
    assert "Mesuré aussi" not in found


def test_a_ratio_without_a_bar_is_told_beside_the_others(speed: ModuleType) -> None:
    told = ROW | {"name": "5R1C, annual answers: a building", "peer_name": "pyBuildingEnergy"}
    told |= {"ours": 40.0, "peer": 1.6e7, "unit": "µs", "ratio": 4e5, "bar": "", "verdict": "shown"}
    alone = told | {"name": "two masses, annual answers: a building", "peer": None, "peer_name": ""}
    alone |= {"ratio": None}
    found = speed.page({"buildings": measured("buildings", told, alone)}, "en")
    assert "a building | 40 µs | 16 s (pyBuildingEnergy) | 400,000 × | – | – |" in found
    assert "| Two masses, annual answers: a building | 40 µs |\n" in found


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_benchmark_whose_peers_are_absent_has_its_page(speed: ModuleType, lang: str) -> None:
    shown = ROW | {"name": "a building", "peer": None, "peer_name": "", "ratio": None, "bar": ""}
    found = speed.page({"buildings": measured("buildings", shown | {"verdict": "shown"})}, lang)
    assert found.count("\n### ") == 1
    assert "500 ms" in found


def test_a_benchmark_not_run_again_keeps_its_figures(speed: ModuleType, tmp_path: Path) -> None:
    former = {
        "terrain": measured("terrain", ROW),
        "climate_speed": measured("climate_speed", ROW),
        "gone": measured("gone", ROW),
    }
    newer = measured("terrain", ROW | {"ours": 0.25})
    (tmp_path / "terrain.json").write_text(json.dumps(newer), encoding="utf-8")
    found = speed.gathered(tmp_path, former)
    assert found == {"climate_speed": former["climate_speed"], "terrain": newer}
