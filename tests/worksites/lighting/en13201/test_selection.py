# SPDX-License-Identifier: EUPL-1.2
"""Classes proposed from streets by CEN/TR 13201-1: weights, limits, overrides."""

from __future__ import annotations

import pytest

from jumeau.base.errors import UnknownNameError
from jumeau.worksites.lighting.en13201 import classes, selection


def test_weights_are_those_of_the_report() -> None:
    table = selection.options()
    assert {name: item.weight for name, item in table["M"]["speed"].items()} == {
        "very_high": 2, "high": 1, "moderate": -1, "low": -2,
    }  # fmt: skip
    assert [item.weight for item in table["P"]["composition"].values()] == [2, 1, 1, 0, 0]
    assert "junctions" not in table["C"]
    assert {name: item.weight for name, item in table["C"]["speed"].items()} == {
        "very_high": 3, "high": 2, "moderate": 0, "low": -1,
    }  # fmt: skip
    for parameters in table.values():
        for options in parameters.values():
            for item in options.values():
                assert item.source.startswith(selection.SOURCE)
                assert item.option_en and item.option_fr and item.parameter_fr


def test_the_example_of_the_report_for_classes_p() -> None:
    """Annex A.2: low speed, normal use, pedestrians and cyclists, moderate luminosity: P4."""
    evening = {"travel_speed": "low", "use": "normal", "composition": "pedestrians_cyclists",
               "parked": "not_present", "ambient": "moderate"}  # fmt: skip
    assert selection.propose(family="P", options=evening).lighting_class == "P4"
    night = selection.propose(family="P", options={**evening, "use": "quiet", "ambient": "low"})
    assert night.lighting_class == "P6"
    assert night.total == 0
    assert not any(item.supposed for item in night.weights)


def test_the_class_is_six_minus_the_weights_within_its_family() -> None:
    for kind in ("main", "local", "path", ""):
        for speed in (None, 10, 30, 50, 70, 90, 110):
            found = selection.propose(kind=kind, speed_limit_kmh=speed)
            assert found.total == sum(item.weight for item in found.weights)
            assert found.lighting_class in classes.names(found.family)
            assert found.lighting_class == f"{found.family}{min(max(6 - found.total, 1), 6)}"
            assert found.lighting_class in found.text


def test_families_follow_the_street() -> None:
    assert selection.propose(kind="path", speed_limit_kmh=50).family == "P"
    assert selection.propose(kind="local", speed_limit_kmh=30).family == "P"
    assert selection.propose(kind="local", speed_limit_kmh=50).family == "M"
    assert selection.propose(kind="main", speed_limit_kmh=30).family == "M"
    assert selection.propose(kind="main", family="C").lighting_class.startswith("C")


def test_faster_and_wider_streets_need_more() -> None:
    classes_of = [
        selection.propose(kind="main", speed_limit_kmh=speed).lighting_class
        for speed in (30, 50, 90, 110)
    ]
    assert classes_of == sorted(classes_of, reverse=True)
    two = selection.propose(kind="main", speed_limit_kmh=50, lanes=2)
    four = selection.propose(kind="main", speed_limit_kmh=50, lanes=4)
    apart = selection.propose(kind="main", speed_limit_kmh=50, lanes=4, separated=True)
    assert four.total == two.total + 1 == apart.total + 1


def test_what_is_supposed_is_said() -> None:
    found = {item.parameter: item for item in selection.propose(kind="main").weights}
    assert found["speed"].supposed
    known = {
        item.parameter: item
        for item in selection.propose(
            kind="main", speed_limit_kmh=50, options={"ambient": "high"}
        ).weights
    }
    assert not known["speed"].supposed and not known["ambient"].supposed
    assert known["ambient"].weight == 1 and known["volume"].supposed
    assert selection.propose(speed_limit_kmh=float("nan")).family == "M"


def test_the_owner_s_class_wins_and_the_weights_stay() -> None:
    found = selection.propose(kind="local", speed_limit_kmh=50, override="m3")
    assert (found.lighting_class, found.overridden, found.family) == ("M3", True, "M")
    assert found.weights
    assert selection.propose(kind="main", override="P4").family == "P"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"override": "M9"}, "JUM-L075"),
        ({"family": "S"}, "JUM-L075"),
        ({"options": {"speed": "fast"}}, "JUM-L076"),
        ({"options": {"weather": "wet"}}, "JUM-L076"),
        ({"family": "P", "options": {"speed": "low"}}, "JUM-L076"),
    ],
)
def test_unknown_answers_are_refused(given: dict[str, object], code: str) -> None:
    with pytest.raises(UnknownNameError) as refused:
        selection.propose(**given)  # type: ignore[arg-type]
    assert refused.value.code == code  # type: ignore[attr-defined]


def test_the_sum_is_told_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {}
    for kind, speed in (("main", 50.0), ("local", 30.0), ("path", None)):
        proposal = selection.propose(kind=kind, speed_limit_kmh=speed)
        for lang in ("en", "fr"):
            monkeypatch.setattr(selection.i18n, "language", lambda lang=lang: lang)
            told[lang] = f"A. {proposal.text} (B)"
        assert told["en"] != told["fr"]
        for lang in ("en", "fr"):
            for source in told.values():
                assert selection.reworded(source, lang) == told[lang]
    assert selection.reworded("6 − [Weather: wet +1] → M3", "fr") == "6 − [Weather: wet +1] → M3"
    assert selection.reworded("nothing", "fr") == "nothing"
