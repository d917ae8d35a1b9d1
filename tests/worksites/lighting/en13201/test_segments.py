# SPDX-License-Identifier: EUPL-1.2
"""Streets read from lamps: known layouts are found again, the others say why not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from jumeau.worksites.lighting.en13201 import intervals, rows, segments, stretches
from jumeau.worksites.lighting.en13201.performance import QUANTITIES, road
from jumeau.worksites.lighting.generic import generic_photometry

ORIGIN = np.array([770000.0, 6279000.0])


def turned(points: Any, angle: float) -> np.ndarray:
    """Turn street axes (along, left) and lay them in the territory."""
    c, s = np.cos(angle), np.sin(angle)
    return np.atleast_2d(points) @ np.array([[c, s], [-s, c]]) + ORIGIN


def lamps(places: np.ndarray, street: Any = 0, **facts: Any) -> segments.Lamps:
    """Return lamps at places, with facts by default."""
    n = len(places)
    values = {
        "height": 8.0,
        "flux": 9000.0,
        "power_w": 100.0,
        "tilt": 0.0,
        "photometry": 0,
        **facts,
    }
    column = {name: np.broadcast_to(value, (n,)).copy() for name, value in values.items()}
    for name in ("height", "flux"):
        for end in ("low", "high"):
            column.setdefault(f"{name}_{end}", column[name])
    return segments.Lamps(
        x=places[:, 0], y=places[:, 1], street=np.broadcast_to(street, (n,)).astype(np.int64),
        **{**column, "photometry": column["photometry"].astype(np.int64)},
    )  # fmt: skip


def read(places: Any, line: Any = None, width: float = 7.0, lanes: float = 2, **facts: Any) -> Any:
    """Read one street of 200 m along x, its lamps given in its own axes."""
    declared = facts.pop("declared", None)
    angle = facts.pop("angle", 0.3)
    if line is None:
        line = shapely.LineString(turned([[0, 0], [90, 0.2], [200, 0]], angle))
    found = segments.layouts(
        lamps(turned(places, angle), **facts), [line], width=np.array([width]),
        lanes=np.array([lanes], float), arrangement=[declared],
    )  # fmt: skip
    return found.iloc[0]


def row(spacing: float, side: float, shift: float = 10.0, length: float = 195.0) -> np.ndarray:
    x = np.arange(shift, length, spacing)
    return np.column_stack((x, np.full(x.size, side)))


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.8, 3.1, 4.7])
@pytest.mark.parametrize(
    ("places", "kind", "side"),
    [
        (row(25, -4.0), "single", "right"),
        (row(25, 4.0), "single", "left"),
        (np.vstack((row(25, 4.0), row(25, -4.0))), "opposite", "both"),
        (np.vstack((row(25, 4.0), row(25, -4.0, 22.5))), "staggered", "both"),
        (row(25, 0.1), "single", "axis"),
        (np.vstack((row(25, 0.3), row(25, -0.3))), "twin", "axis"),
    ],
)
def test_known_layouts_are_found_again(
    places: np.ndarray, kind: str, side: str, angle: float
) -> None:
    rng = np.random.default_rng(int(100 * angle))
    found = read(places + rng.normal(0, 0.15, places.shape), angle=angle)
    assert (found["code"], found["arrangement"], found["side"]) == ("", kind, side)
    assert found["spacing"] == pytest.approx(25, abs=0.5)
    assert found["spacing_low"] < 25.3 and found["spacing_high"] > 24.7
    expected = {"axis": 3.5 if kind == "single" else 0.0}.get(side, -0.5)
    assert found["overhang"] == pytest.approx(expected, abs=0.3)
    assert found["width"] == (3.5 if kind == "twin" else 7.0)
    assert found["lanes"] == (1 if kind == "twin" else 2)


def test_a_missing_lamp_and_one_across_change_nothing() -> None:
    places = np.vstack((np.delete(row(20, -4.0), 4, axis=0), [[95.0, 5.0]]))
    found = read(places)
    assert (found["code"], found["arrangement"]) == ("", "single")
    assert found["spacing"] == pytest.approx(20, rel=1e-4)


def test_two_heads_on_a_mast_are_one_place() -> None:
    places = row(30, -4.0)
    found = read(np.vstack((places, places + np.array([0.4, 0.3]))))
    assert found["code"] == "" and found["lamps"] == 2 * len(places)
    assert found["spacing"] == pytest.approx(30, rel=1e-4)


def test_width_follows_lanes_and_lanes_follow_width_where_unknown() -> None:
    found = read(row(25, -4.0), width=np.nan, lanes=2)
    assert (found["width_low"], found["width"], found["width_high"]) == (5.5, 6.5, 7.5)
    assert "width" in found["estimated"] and "lanes" not in found["estimated"]
    found = read(row(25, -6.0), width=10.0, lanes=np.nan)
    assert found["lanes"] == 3 and "lanes" in found["estimated"]
    assert found["width_low"] == found["width_high"] == 10.0


def test_bounds_of_lamps_become_those_of_the_street() -> None:
    found = read(row(25, -4.0), height=8.0, height_low=6.0, height_high=10.0)
    assert (found["height_low"], found["height"], found["height_high"]) == (6, 8, 10)
    assert set(found["estimated"]) == {"height", "overhang"}


def test_a_declared_arrangement_wins() -> None:
    assert read(row(25, -4.0), declared="opposite")["arrangement"] == "opposite"
    assert read(row(25, -4.0), declared="strange")["arrangement"] == "single"


def test_absurd_facts_of_a_street_are_not_taken() -> None:
    found = read(row(25, -4.0), width=0.4, lanes=2)
    assert found["width"] == 6.5 and "width" in found["estimated"]
    assert read(row(25, -4.0), width=7.0, lanes=99)["lanes"] == 2
    assert read(row(25, -4.0), width=0.0, lanes=0.0)["code"] == "JUM-L083"
    two = np.vstack((row(25, 0.3), row(25, -0.3)))
    assert read(two, width=3.0)["arrangement"] == "single"


def test_lamps_without_light_make_no_spacing() -> None:
    places = row(12.5, -4.0)
    found = read(places, flux=np.where(np.arange(len(places)) % 2, 0.0, 9000.0))
    assert found["code"] == "" and found["spacing"] == pytest.approx(25, rel=1e-3)


def bent(angle: float) -> Any:
    x = np.linspace(0, 200, 41)
    turn = np.radians(angle) * (x / 200)
    step = np.column_stack((np.cos(turn), np.sin(turn))) * 5.0
    return shapely.LineString(np.cumsum(step, axis=0) + ORIGIN)


def along(line: Any, spacing: float, side: float) -> np.ndarray:
    places = []
    for at in np.arange(5, line.length, spacing):
        a, b = line.interpolate(at - 0.5), line.interpolate(at + 0.5)
        dx, dy = b.x - a.x, b.y - a.y
        places.append([a.x - dy * side, a.y + dx * side])
    return np.array(places)


def test_a_bend_is_not_computable_and_a_slight_one_is() -> None:
    for angle, code in ((10.0, ""), (400.0, "JUM-L081")):
        line = bent(angle)
        found = segments.layouts(
            lamps(along(line, 25, -4.0)), [line], width=np.array([7.0]), lanes=np.array([2.0])
        ).iloc[0]
        assert found["code"] == code
    assert found["data"]["turn"] > stretches.TURN


def test_the_straight_part_of_a_street_with_a_corner_is_read() -> None:
    line = shapely.LineString(ORIGIN + np.array([[0, 0], [150, 0], [150, 60]]))
    places = np.vstack((row(25, -4.0, 10, 149), [[154.0, 20], [154.0, 45]])) + ORIGIN
    found = segments.layouts(
        lamps(places), [line], width=np.array([7.0]), lanes=np.array([2.0])
    ).iloc[0]
    assert found["code"] == "" and found["length"] == pytest.approx(150)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"places": row(90, -4.0)[:2]}, "JUM-L080"),
        ({"places": np.vstack((row(60, -4.0)[:2], [[100.0, 4.0]]))}, "JUM-L080"),
        ({"places": np.array([[5, -4.0], [17, -4], [80, -4], [95, -4], [180, -4]])}, "JUM-L082"),
        ({"places": row(25, -4.0), "width": np.nan, "lanes": np.nan}, "JUM-L083"),
        ({"places": row(25, -4.0), "height": np.tile([4.0, 10.0], 4)}, "JUM-L085"),
        ({"places": row(25, -4.0), "flux": np.tile([2000.0, 16000.0], 4)}, "JUM-L085"),
        ({"places": row(25, -20.0)}, "JUM-L086"),
        ({"places": row(25, -4.0), "height": 0.9}, "JUM-L087"),
        (
            {"places": np.vstack((row(18, 4.0)[:2], row(18, -4.0, 18)[:2])),
             "line": shapely.LineString(turned([[8, 0], [34, 0]], 0.3))},
            "JUM-L084",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_says_why(given: dict[str, Any], code: str) -> None:
    found = read(**given)
    assert found["code"] == code
    table = pd.DataFrame([found])
    (finding,) = segments.reasons(table, ["R1"])
    text = finding.to_row()
    assert "‹" not in text["what"] + text["why"] + text["remedy"]
    assert (finding.entity, finding.table) == ("R1", "street")
    assert segments.results(table, [generic_photometry("SHP 100")]).empty


def test_lamps_of_no_street_and_streets_without_lamps_are_left_out() -> None:
    places = turned(row(25, -4.0), 0.0)
    line = shapely.LineString(turned([[0, 0], [200, 0]], 0.0))
    street = np.where(np.arange(len(places)) < 5, 2, -1)
    found = segments.layouts(
        lamps(places, street), [None, line, line], width=np.full(3, 7.0), lanes=np.full(3, 2.0)
    )
    assert found["street"].tolist() == [2]
    empty = segments.layouts(
        lamps(places, -1), [line], width=np.array([7.0]), lanes=np.array([2.0])
    )
    assert empty.empty and segments.results(empty, []).empty and segments.reasons(empty, []) == []


def test_a_street_without_a_line_is_not_computable() -> None:
    places = turned(row(25, -4.0), 0.0)
    for line in (None, shapely.LineString()):
        found = segments.layouts(
            lamps(places), [line], width=np.array([7.0]), lanes=np.array([2.0])
        )
        assert found["code"].tolist() == ["JUM-L084"]


def test_results_are_those_of_the_road_within_their_interval() -> None:
    found = read(row(25, -4.0), height=8.0, height_low=6.5, height_high=9.5)
    photometry = generic_photometry("SHP 100")
    got = segments.results(pd.DataFrame([found]), [photometry], hours=4000.0).iloc[0]
    one = road(
        photometry, height=8, spacing=25, width=7, overhang=found["overhang"], flux=9000.0,
        power_w=100.0, hours=4000.0,
    )  # fmt: skip
    for name in QUANTITIES:
        assert got[name] == pytest.approx(one[name], rel=1e-4)
        assert got[f"{name}_low"] <= got[name] <= got[f"{name}_high"]
    low = road(photometry, height=9.5, spacing=25, width=7, overhang=found["overhang"],
               flux=9000.0)  # fmt: skip
    assert got["e_av_low"] < low["e_av"] < got["e_av"]
    assert 0 < got["estimated_share"] <= 1


def test_knowing_more_narrows_the_interval() -> None:
    photometry = generic_photometry("SHP 100")
    widths = []
    for bounds in ((5.0, 11.0), (7.0, 9.0), (8.0, 8.0)):
        found = read(row(25, -4.0), height=8.0, height_low=bounds[0], height_high=bounds[1])
        got = segments.results(pd.DataFrame([found]), [photometry]).iloc[0]
        widths.append(got["lav_high"] - got["lav_low"])
    assert widths[0] > widths[1] > widths[2] > 0
    assert set(intervals.BOUNDED) == {"height", "spacing", "width", "overhang", "flux"}


def test_places_join_lamps_of_a_mast_and_keep_the_strongest() -> None:
    points = np.array([[0.0, 0.0], [100.0, 0.0]])
    x = np.array([10.0, 40.0, 10.6, 41.0, 70.0])
    stretch = stretches.straight(points, x, np.array([3.0, 3.0, 3.5, 6.0, -3.0]))
    found = rows.places(stretch, np.array([5.0, 1.0, 9.0, 1.0, 1.0]))
    assert found.heads.tolist() == [2, 1, 1, 1]
    assert found.lamp[0] == 2
    np.testing.assert_allclose(found.along, [10.3, 40, 41, 70])
    np.testing.assert_allclose(found.across, [3.25, 3, 6, -3])


def test_vertices_join_and_choose() -> None:
    joined = shapely.MultiLineString([[(0, 0), (10, 0)], [(10, 0), (10, 0), (30, 0)]])
    assert stretches.vertices(joined).tolist()[-1] == [30, 0]
    apart = shapely.MultiLineString([[(0, 0), (10, 0)], [(50, 0), (90, 0)]])
    assert stretches.vertices(apart).tolist() == [[50, 0], [90, 0]]
