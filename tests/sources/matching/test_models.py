# SPDX-License-Identifier: EUPL-1.2
"""Parts of the matching: overlaps, confidence and its calibration, shift, relations, facts."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
import shapely

from jumeau.base.contract import ImportRequest
from jumeau.sources.matching import (
    calibration,
    confidence,
    facts,
    filling,
    overlaps,
    relations,
    shift,
)
from jumeau.twin import schema


def test_the_coefficients_are_those_of_the_calibration():
    fitted = calibration.fit(seed=0)
    written = confidence.coefficients()
    assert list(written) == list(confidence.FEATURES)
    assert {name: round(value, 2) for name, value in fitted.items()} == pytest.approx(
        written, abs=0.02
    )


def test_the_probability_is_calibrated_on_drawings_it_has_not_seen():
    features, truth = calibration.sample(seed=99, rows=2_000)
    told = confidence.probability(*features.T)
    assert ((told >= confidence.LINK) == truth).mean() > 0.97
    for low in (0.0, 0.25, 0.5, 0.75):
        here = (told >= low) & (told < low + 0.25)
        assert here.sum() > 20
        assert truth[here].mean() == pytest.approx(told[here].mean(), abs=0.12)


def test_the_probability_grows_with_overlap_and_falls_with_distance():
    step = np.linspace(0, 1, 50)
    half = np.full(50, 0.5)
    assert (np.diff(confidence.probability(step, half, half)) > 0).all()
    assert (np.diff(confidence.probability(half, step, half)) > 0).all()
    assert (np.diff(confidence.probability(half, half, step)) < 0).all()
    assert confidence.probability(np.ones(1), np.ones(1), np.zeros(1))[0] > 0.99


def squares(rng: np.random.Generator, count: int, reach: float) -> np.ndarray:
    low = rng.uniform(0, reach, (count, 2))
    size = rng.uniform(3, 15, (count, 2))
    return shapely.box(low[:, 0], low[:, 1], *(low + size).T)


@pytest.mark.parametrize("seed", range(5))
def test_pairs_are_those_of_a_comparison_of_all_with_all(seed: int):
    rng = np.random.default_rng(seed)
    new, old = squares(rng, 150, 120), squares(rng, 130, 120)
    pairs = overlaps.find(new, old, threads=2)
    a, b = (grid.ravel() for grid in np.meshgrid(range(150), range(130), indexing="ij"))
    area = shapely.area(shapely.intersection(new[a], old[b]))
    big = shapely.area(new[a]), shapely.area(old[b])
    smaller = np.minimum(*big)
    gap = shapely.distance(shapely.centroid(new[a]), shapely.centroid(old[b])) / np.sqrt(smaller)
    chance = confidence.probability(area / smaller, area / (sum(big) - area), gap)
    right = chance >= confidence.LINK
    assert set(zip(pairs.new, pairs.old, strict=True)) == set(zip(a[right], b[right], strict=True))
    order = np.lexsort((pairs.old, pairs.new))
    assert pairs.area[order] == pytest.approx(area[right])
    assert pairs.probability[order] == pytest.approx(chance[right])


def test_a_shift_is_taken_away_before_overlaps():
    old = shapely.box(np.arange(50) * 30.0, 0, np.arange(50) * 30.0 + 8, 8)
    moved = shapely.transform(old, lambda xy: xy + np.array([7.0, -6.0]))
    assert len(overlaps.find(moved, old)) == 0
    pairs = overlaps.find(moved, old, (7.0, -6.0))
    assert (pairs.new == pairs.old).all() and len(pairs) == 50
    assert pairs.jaccard == pytest.approx(1.0)
    assert len(overlaps.find(moved[:0], old)) == len(overlaps.find(moved, old[:0])) == 0


@pytest.mark.parametrize("true", [(0.0, 0.0), (1.2, -0.7), (-9.0, 4.0), (14.0, 14.0)])
def test_a_systematic_shift_is_recovered(true: tuple[float, float]):
    rng = np.random.default_rng(1)
    old = rng.uniform(0, 2_000, (3_000, 2))
    area = rng.lognormal(4.5, 0.6, 3_000)
    seen = rng.random(3_000) < 0.7
    new = old[seen] + true + rng.normal(0, 0.3, (seen.sum(), 2))
    found = shift.estimate(new, area[seen] * rng.normal(1, 0.01, seen.sum()), old, area)
    assert (found.x, found.y) == pytest.approx(true, abs=0.1)
    assert found.pairs > 1_000


def test_no_shift_is_concluded_from_strangers():
    rng = np.random.default_rng(2)
    one, two = rng.uniform(0, 3_000, (2, 2_000, 2))
    area = rng.lognormal(4.5, 0.8, (2, 2_000))
    assert shift.estimate(one, area[0], two, area[1]).pairs == 0
    assert shift.estimate(one[:5], area[0][:5], two, area[1]) == shift.NOWHERE
    assert shift.estimate(one[:0], area[0][:0], two, area[1]) == shift.NOWHERE


def test_relations_of_a_graph():
    # 0–0 alone; 1 and 2 on building 1; 3 on buildings 2 and 3; 4 and 5 on 4 and 5, crossed.
    new = np.array([0, 1, 2, 3, 3, 4, 4, 5])
    old = np.array([0, 1, 1, 2, 3, 4, 5, 5])
    told = list(relations.of(new, old, 6, 6))
    assert told == ["1:1", "n:1", "n:1", "1:n", "1:n", "n:n", "n:n", "n:n"]
    assert not len(relations.of(new[:0], old[:0], 6, 6))


def test_facts_hold_what_is_known_and_nothing_else():
    table = pa.table(
        {
            "id": ["a", "b", "c"],
            "name": ['Salle "Prévert"', None, None],
            "height_m": pa.array([6.5, None, float("nan")]),
            "floors": pa.array([2, None, 3], pa.int64()),
            "light": [True, None, False],
        }
    )
    told = [json.loads(text) for text in facts.objects(table).to_pylist()]
    first = {"name": 'Salle "Prévert"', "height_m": 6.5, "floors": 2, "light": True}
    assert told == [first, {}, {"floors": 3, "light": False}]
    assert facts.objects(table.select(["id"])).to_pylist() == ["{}"] * 3


def test_rules_are_about_attributes_and_publishers_that_exist():
    from jumeau.sources.profile import profiles

    declared = schema.table("building")
    for name, rule in filling.rules().items():
        assert name in declared.names
        assert set(rule.publishers) <= set(profiles())
        numeric = declared[name].type in {"double", "integer"}
        assert numeric or not np.isfinite(rule.tolerance)
        assert numeric or not rule.sums


def test_a_request_without_a_twin_is_read_alone(tmp_path):
    import geopandas as gpd

    from jumeau.sources.files import SOURCE

    file = tmp_path / "batiment.gpkg"
    frame = {"cleabs": ["B1"], "usage_1": ["Agricole"], "hauteur": [4.0]}
    gpd.GeoDataFrame(
        frame, geometry=[shapely.box(7e5, 6.3e6, 7e5 + 9, 6.3e6 + 9)], crs="EPSG:2154"
    ).to_file(file)
    request = ImportRequest(str(file), schema.table("building"), None, "EPSG:2154")
    got = SOURCE.read(request)
    assert got.others == {} and not got.compared
