# SPDX-License-Identifier: EUPL-1.2
"""Archetypes: complete, ordered by regulation, sourced; words of sources and of names."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from jumeau.worksites.buildings import archetypes, drawing, schedules


def test_every_attribute_drawn_is_known_for_every_use_period_size_and_zone() -> None:
    priors = archetypes.priors()
    assert set(drawing.ATTRIBUTES) | {"cooled_share"} == set(priors)
    for name, prior in priors.items():
        assert np.isfinite(prior.value).all(), name
        assert (prior.low <= prior.value).all() and (prior.value <= prior.high).all(), name


@pytest.mark.parametrize("name", ["wall_u", "roof_u", "floor_u", "window_u", "infiltration_ach"])
def test_envelopes_improve_with_each_regulation_from_1975_on(name: str) -> None:
    after = archetypes.priors()[name].value[0, 3:, 0, 0]
    assert (np.diff(after) < 0).all()
    assert after[0] < archetypes.priors()[name].value[0, 2, 0, 0] + 1e-9


def test_the_row_that_says_most_wins() -> None:
    sets = archetypes.priors()["heating_set"].value
    use = archetypes.use_number
    assert sets[use("sports"), 0, 0, 0] < sets[use("office"), 0, 0, 0] < sets[use("care"), 0, 0, 0]
    cooled = archetypes.priors()["cooled_share"].value
    office = cooled[use("office"), 0]
    assert office[2, 0] == 0.65  # large offices, whatever the zone
    assert office[0, 0] == 0.3 and office[0, 2] == 0.7


def test_each_row_has_a_source_in_both_languages_and_says_how_sure_it_is() -> None:
    for name in ("archetypes.csv", "systems.csv", "carriers.csv"):
        with (archetypes.FOLDER / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert row["source"] and row["source_fr"] and row["checked_on"]
                assert row["confidence"] in {"high", "medium", "low"}


@pytest.mark.parametrize(
    ("kind", "groups"),
    [
        ("period", ["dwelling", "other"]),
        ("use", ["tiny", "small_low", "small_high", "medium_low", "medium_high", "large"]),
        ("system", [f"{g}|{w}" for g in ("house", "flats", "other")
                    for w in ("before_2013", "from_2013")]),
    ],
)  # fmt: skip
def test_shares_sum_to_one(kind: str, groups: list[str]) -> None:
    for group in groups:
        assert sum(archetypes.shares(kind, group).values()) == pytest.approx(1.0)  # type: ignore[arg-type]


def test_the_schedule_of_each_use_exists() -> None:
    assert {item.schedule for item in archetypes.uses()} <= set(schedules.names())


@pytest.mark.parametrize(
    ("year", "period"),
    [(1600, "before_1915"), (1914, "before_1915"), (1915, "1915_1948"), (1948, "1915_1948"),
     (1974, "1949_1974"), (1975, "1975_1981"), (1989, "1989_2000"), (2012, "2006_2012"),
     (2013, "2013_2021"), (2022, "from_2022")],
)  # fmt: skip
def test_periods_are_cut_where_the_regulations_change(year: int, period: str) -> None:
    assert archetypes.PERIODS[archetypes.period_of(np.array([float(year)]))[0]] == period


def test_an_unknown_year_has_no_period() -> None:
    assert archetypes.period_of(np.array([np.nan]))[0] == -1


@pytest.mark.parametrize(
    ("text", "where", "use", "public"),
    [
        ("École élémentaire Paul-Bert", "name", "school", True),
        ("Collège privé de l'Assomption", "name", "school", False),
        ("Faculté des Sciences", "name", "university", True),
        ("C.H.U Lapeyronie", "name", "health", True),
        ("Clinique du Millénaire", "name", "health", False),
        ("Mairie annexe Celleneuve", "name", "office", True),
        ("M.P.T. Boris Vian", "name", "hall", True),
        ("Gymnase Rabelais", "name", "sports", True),
        ("Piscine Pitot", "name", "pool", True),
        ("EHPAD Les Tilleuls", "name", "care", None),
        ("Médiathèque", "name", "culture", None),
        ("M.I.N Marché Gare", "name", "retail", None),
        ("Maison de l'Agriculture", "name", None, None),
        ("Résidentiel", "use", "dwelling", None),
        ("Résidentiel collectif", "use", "flats", None),
        ("apartments", "use", "flats", None),
        ("semidetached_house", "use", "house", None),
        ("Commercial et services", "use", "retail", False),
        ("Agricole", "use", "annex", None),
        ("Annexe", "use", "annex", None),
        ("Enseignement", "use", "school", True),
        ("Indifférencié", "use", None, None),
        ("", "use", None, None),
    ],
)
def test_words_tell_the_use_and_the_owner(
    text: str, where: str, use: str | None, public: bool | None
) -> None:
    found = archetypes.meaning(text, where)  # type: ignore[arg-type]
    assert (found.use if found else None) == use
    assert (found.public if found else None) is public
