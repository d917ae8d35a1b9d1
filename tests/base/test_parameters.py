# SPDX-License-Identifier: EUPL-1.2
"""Parameters: dated, sourced, local where they must be, replaced by the user's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jumeau.base import i18n, parameters

FILE = """\
name,territory,value,low,high,unit,price_year,source,checked_on,confidence,default,label_en,label_fr
price,,0.172,0.131,0.245,€/kWh,2024,a statistic,2026-11-22,medium,yes,Price,Prix
rate,,0.032,,,1,,a guide,2026-11-22,high,no,Rate,Taux
carbon,,52,21.7,98,gCO2e/kWh,,a data base,2026-11-22,medium,yes,Carbon,Carbone
carbon,974|971,700,600,800,gCO2e/kWh,,another,2026-11-22,low,yes,Carbon,Carbone
carbon,97411,650,600,800,gCO2e/kWh,,the town,2026-11-22,low,yes,Carbon,Carbone
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "parameters.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_row_is_read_whole(file: Path) -> None:
    price = parameters.load(file)["price"]
    assert (price.value, price.low, price.high) == (0.172, 0.131, 0.245)
    assert (price.unit, price.price_year, price.default) == ("€/kWh", 2024, True)
    rate = parameters.load(file)["rate"]
    assert (rate.low, rate.high, rate.price_year, rate.default) == (0.032, 0.032, None, False)


@pytest.mark.parametrize(
    ("insee", "value"),
    [([], 52), (["34172"], 52), (["97105"], 700), (["97415"], 700), (["97411"], 650)],
)
def test_the_nearest_place_decides(file: Path, insee: list[str], value: float) -> None:
    assert parameters.load(file, insee)["carbon"].value == value


def test_an_unknown_name_suggests_the_nearest(file: Path) -> None:
    with pytest.raises(KeyError, match=r"JUM-B071[\s\S]*price"):
        parameters.load(file)["prise"]
    with pytest.raises(KeyError, match="JUM-B071"):
        parameters.load(file).override({"carbone": 3})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0.2, (0.2, 0.2, 0.2)),
        ("0,21 €/kWh", (0.21, 0.21, 0.21)),
        ("210 €/MWh", (0.21, 0.21, 0.21)),
        ("0,21", (0.21, 0.21, 0.21)),
        ((0.2, 0.1, 0.3), (0.2, 0.1, 0.3)),
        ([0.2, 0.1, 0.3], (0.2, 0.1, 0.3)),
        ({"value": 0.2, "low": 0.15}, (0.2, 0.15, 0.2)),
        ({"value": 200, "low": 100, "high": 300, "unit": "€/MWh"}, (0.2, 0.1, 0.3)),
    ],
)
def test_the_user_s_figure_replaces_the_default(
    file: Path, given: Any, expected: tuple[float, float, float]
) -> None:
    price = parameters.load(file).override({"price": given})["price"]
    assert (price.value, price.low, price.high) == pytest.approx(expected)
    assert (price.default, price.source, price.unit) == (False, "user", "€/kWh")
    assert price.price_year == 2024


def test_the_user_says_source_and_year(file: Path) -> None:
    given = {"value": 0.2, "source": "invoice of March", "price_year": 2026}
    price = parameters.load(file).override({"price": given})["price"]
    assert (price.source, price.price_year) == ("invoice of March", 2026)


def test_the_source_is_told_in_the_reader_s_language(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    head, row = FILE.splitlines()[:2]
    path.write_text(f"{head},source_fr\n{row},une statistique\n", encoding="utf-8")
    found = parameters.load(path)
    told = {lang: i18n.pick(found.record()["price"], "source", lang) for lang in ("en", "fr")}
    assert told == {"en": "a statistic", "fr": "une statistique"}
    named = found.override({"price": {"value": 0.2, "source": "facture de mars"}}).record()
    plain = found.override({"price": 0.2}).record()
    for lang, word in (("en", "user"), ("fr", "utilisateur")):
        assert i18n.pick(named["price"], "source", lang) == "facture de mars"
        assert i18n.pick(plain["price"], "source", lang) == word


@pytest.mark.parametrize("given", [-0.1, 11, (1.0, -0.5, 2.0), (1.0, 0.5, 10.5)])
def test_a_figure_without_meaning_is_refused(tmp_path: Path, given: Any) -> None:
    path = tmp_path / "limits.csv"
    head, row = FILE.splitlines()[:2]
    path.write_text(f"{head},least,most\n{row},0,10\n", encoding="utf-8")
    found = parameters.load(path)
    assert found.override({"price": 0})["price"].value == 0
    assert found.override({"price": 10})["price"].value == 10
    with pytest.raises(ValueError, match=r"JUM-B072[\s\S]*\[0, 10\]"):
        found.override({"price": given})


@pytest.mark.parametrize("place", [(), ("2A004",), ("97411",), ("97302",)])
def test_every_parameter_has_a_source_in_both_languages_and_limits(place: tuple[str, ...]) -> None:
    from jumeau import decision
    from jumeau.worksites import lighting

    for item in (
        *decision.parameters(insee=place).values(),
        *lighting.WORKSITE.parameters().values(),
    ):
        assert item.source
        assert item.source_fr
        assert item.source_fr != item.source
        assert item.least is not None
        assert item.most is not None
        assert item.least <= item.low
        assert item.high <= item.most


def test_overriding_leaves_the_original_alone(file: Path) -> None:
    original = parameters.load(file)
    original.override({"price": 1.0})
    assert original["price"].value == 0.172


@pytest.mark.parametrize(
    "given",
    [
        float("nan"),
        float("inf"),
        (1, 2, 3),
        (1, 2),
        (0.3, 0.2),
        (),
        None,
        {"low": 1.0},
        {"value": 0.2, "low": 0.3},
        "cher",
        "0,21 kW",
    ],
)
def test_a_wrong_figure_is_refused(file: Path, given: Any) -> None:
    with pytest.raises(ValueError, match=r"JUM-B0(72|32|31)"):
        parameters.load(file).override({"price": given})


@pytest.mark.parametrize(
    "row",
    [
        "x,,much,,,1,,s,2026-11-22,high,no,X,X",
        "x,,1,2,3,1,,s,2026-11-22,high,no,X,X",
        "x,,inf,,,1,,s,2026-11-22,high,no,X,X",
        "x,,1,,,1,last year,s,2026-11-22,high,no,X,X",
    ],
)
def test_a_wrong_row_is_refused(tmp_path: Path, row: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(FILE.splitlines()[0] + "\n" + row + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="JUM-B072"):
        parameters.load(path)


def test_the_record_of_a_run_is_plain_data(file: Path) -> None:
    record = parameters.load(file).override({"price": 0.2}).record()
    assert json.loads(json.dumps(record)) == record
    assert record["price"]["source"] == "user"
    assert record["rate"] == {
        "name": "rate",
        "value": 0.032,
        "low": 0.032,
        "high": 0.032,
        "unit": "1",
        "price_year": None,
        "source": "a guide",
        "checked_on": "2026-11-22",
        "confidence": "high",
        "default": False,
        "label_en": "Rate",
        "label_fr": "Taux",
        "source_fr": "",
        "least": None,
        "most": None,
    }


def test_parameters_are_a_mapping(file: Path) -> None:
    found = parameters.load(file)
    assert list(found) == ["price", "rate", "carbon"]
    assert len(found) == 3
    assert "price" in found
    assert "prise" not in found


def test_draws_have_the_mean_and_stay_in_the_interval(file: Path) -> None:
    found = parameters.load(file)
    values = found["carbon"].draw(1, 4000)
    assert values.mean() == pytest.approx(52, rel=1e-4)
    assert 21.7 <= values.min() < values.max() <= 98
    assert (found["rate"].draw(1, 10) == 0.032).all()
    assert (values == found["carbon"].draw(1, 4000)).all()
    assert (values != found["carbon"].draw(2, 4000)).any()
