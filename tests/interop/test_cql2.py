# SPDX-License-Identifier: EUPL-1.2
"""CQL2: text reads as the reference parser reads it; nothing hostile gets through."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import cql2 as reference
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError
from jumeau.interop import cql2, features
from jumeau.interop.served import Served

LAMPS = features.table("luminaire")
CRS = "EPSG:2154"


def compiled(given: Any, crs: str = CRS, swap: bool = False) -> cql2.Condition:
    tree = cql2.read(given) if isinstance(given, str) else given
    return cql2.condition(tree, LAMPS, CRS, crs, swap)


def rows(served: Served, given: str, crs: str = CRS) -> int:
    with served.reading() as view:
        return features.count(view, features.Query(LAMPS, condition=compiled(given, crs)))


def plain(node: Any) -> Any:
    """Return a tree without what two right readings may write differently."""
    if isinstance(node, dict):
        if "wkt" in node:
            return plain(json.loads(shapely.to_geojson(shapely.from_wkt(node["wkt"]))))
        if str(node.get("op")).lower() in {"and", "or"}:  # nested or not
            parts: list[Any] = []
            for item in map(plain, node["args"]):
                same = isinstance(item, dict) and item.get("op") == node["op"].lower()
                parts += item["args"] if same else [item]
            return {"op": node["op"].lower(), "args": parts}
        return {key: (item.lower() if key == "op" else plain(item)) for key, item in node.items()}
    if isinstance(node, list):
        return [plain(item) for item in node]
    return float(node) if isinstance(node, int) and not isinstance(node, bool) else node


@pytest.mark.parametrize(
    "text",
    [
        "lamp_type = 'LED'",
        "power_w > 50 AND lamp_type <> 'HPS' OR height_m <= 4.5",
        "NOT power_w < -3.5e1",
        "NOT (power_w < 3 AND height_m > 2)",
        "lamp_type LIKE 'L%'",
        "lamp_type NOT LIKE 'L_D'",
        "power_w BETWEEN 10 AND 20",
        "power_w NOT BETWEEN 10 AND 20",
        "lamp_type IN ('LED','HPS')",
        "power_w NOT IN (1,2,3)",
        "lamp_type IS NULL",
        "lamp_type IS NOT NULL",
        "power_w + 2 * 3 > 5",
        "(power_w + 2) * 3 = 5",
        "CASEI(lamp_type) = CASEI('led')",
        "ACCENTI(lamp_type) = ACCENTI('lèd')",
        "S_INTERSECTS(geometry, POINT(3 43))",
        "S_WITHIN(geometry, POLYGON((0 0,1 0,1 1,0 1,0 0)))",
        "S_CROSSES(geometry, LINESTRING(0 0,1 0,1 1))",
        "installed_on = DATE('2020-01-01')",
        "T_AFTER(installed_on, DATE('2020-01-01'))",
        "T_DURING(installed_on, INTERVAL('2020-01-01', '..'))",
        "\"lamp_type\" = 'it''s'",
    ],
)
def test_text_is_read_as_the_reference_reads_it(text: str) -> None:
    ours, theirs = cql2.read(text), reference.parse_text(text).to_json()
    assert plain(ours) == plain(theirs)
    compiled(ours)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "JUM-I013"), ("power_w >", "JUM-I013"), ("power_w > 3 AND", "JUM-I013"),
        ("(power_w > 3", "JUM-I013"), ("power_w > 3)", "JUM-I013"), ("power_w ! 3", "JUM-I013"),
        ("power_w == 3", "JUM-I013"), ("'open", "JUM-I013"), ("power_w NOT 3", "JUM-I013"),
        ("power_w > 3; DROP TABLE luminaire", "JUM-I013"), ("{\"op\":", "JUM-I013"),
        ("lamp_type IN ()", "JUM-I013"), ("S_WITHIN(geometry)", "JUM-I013"),
        ("pwer_w > 3", "JUM-I005"), ("xmin > 3", "JUM-I005"), ("rowid > 3", "JUM-I005"),
        ("lamp_type > 3", "JUM-I015"), ("power_w LIKE 'a'", "JUM-I015"), ("power_w", "JUM-I015"),
        ("geometry = 3", "JUM-I015"), ("S_WITHIN(power_w, POINT(1 2))", "JUM-I015"),
        ("lamp_type LIKE lamp_type", "JUM-I015"),
        ("T_AFTER(lamp_type, DATE('2020-01-01'))", "JUM-I015"),
        ("read_csv('/etc/passwd') = 'x'", "JUM-I016"),
        ("S_INTERSECT(geometry, POINT(1 2))", "JUM-I016"),
        ("installed_on > DATE('2020-13-01')", "JUM-I017"), ("installed_on > DATE('x')", "JUM-I017"),
        ("S_WITHIN(geometry, POLYGON((0 0,1 1)))", "JUM-I018"),
        ("S_WITHIN(geometry, BBOX(3,2,1,0))", "JUM-I018"),
        ("S_WITHIN(geometry, POINT(1e400 2))", "JUM-I018"),
        ("S_WITHIN(geometry, BBOX(1,2))", "JUM-I018"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_code(text: str, code: str) -> None:
    with pytest.raises(InvalidError) as caught:
        compiled(text)
    assert caught.value.code == code


BOMBS = {
    "brackets": "(" * 50_000 + "true" + ")" * 50_000,
    "negations": "NOT " * 50_000 + "true",
    "signs": "power_w = " + "-" * 50_000 + "1",
    "functions": "CASEI(" * 5_000 + "'a'" + ")" * 5_000 + " = 'a'",
    "terms": " AND ".join(["power_w > 1"] * 20_000),
    "list": "power_w IN (" + ",".join(map(str, range(50_000))) + ")",
    "wildcards": "lamp_type LIKE '" + "%a" * 100 + "%b'",
    "pattern": "lamp_type LIKE '" + "a" * 5_000 + "'",
    "quotes": "lamp_type = '" + "\\'" * 100_000,
    "collections": "S_WITHIN(geometry, " + "GEOMETRYCOLLECTION(" * 500 + "POINT(1 2)" + ")" * 501,
    "vertices": "S_WITHIN(geometry, LINESTRING("
    + ",".join(f"{i} {i % 7}" for i in range(30_000)) + "))",
    "deep json": '{"op":"not","args":[' * 30_000 + "true" + "]}" * 30_000,
    "nested json": json.dumps({"op": "and", "args": [True] * 30_000}),
    "json shape": '{"op":"s_within","args":[{"property":"geometry"},'
    '{"type":"Polygon","coordinates":'
    + "[" * 900 + "]" * 900 + "}]}",
    "digits": "power_w > " + "9" * 100_000,
    "space": "power_w" + " " * 200_000 + "!",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_at_once(name: str) -> None:
    begin = time.perf_counter()
    try:
        found = compiled(BOMBS[name])
    except InvalidError as exc:
        assert exc.code in {"JUM-I013", "JUM-I014", "JUM-I018"}
    else:
        assert name == "digits"
        assert found.parameters == (float("inf"),)
    assert time.perf_counter() - begin < 3


def test_a_polygon_of_ten_thousand_vertices_is_answered(served: Served, town: Any) -> None:
    circle = shapely.Point(town.X + 500, town.Y + 60).buffer(400, quad_segs=2500)
    assert shapely.get_num_coordinates(circle) > 10_000
    begin = time.perf_counter()
    found = rows(served, f"S_INTERSECTS(geometry, {circle.wkt})")
    assert time.perf_counter() - begin < 5
    points = shapely.from_wkb(town.luminaires()["geometry"].to_numpy())
    assert found == int(shapely.intersects(points, circle).sum()) > 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("power_w / 0 > 1", None), ("power_w % 0 = 1", None), ("power_w DIV 0 = 1", 0),
        ("(0 - 1) ^ 0.5 = 1", 0), ("10 ^ 1000 > 1", 300), ("power_w * 1e308 * 1e308 > 1", 200),
        ("power_w + 9223372036854775807 > 1", 200), ("99999999999999999999999 > 1", 300),
        ("lamp_type LIKE 'LED\\\\'", 0), ("lamp_type LIKE '\\%'", 0), ("lamp_type = '\x00'", 0),
        ("lamp_type LIKE 'L%\x00'", 0), ("S_DISJOINT(geometry, POINT(1 2))", 300),
        ("S_WITHIN(geometry, BBOX(-1e30,-1e30,1e30,1e30))", 300),
        ("T_DISJOINT(installed_on, INTERVAL('2020-01-01','2021-01-01'))", 0),
        ("S_EQUALS(geometry, geometry)", 300),
    ],
)  # fmt: skip
def test_odd_values_are_answered(served: Served, text: str, expected: int | None) -> None:
    found = rows(served, text)
    assert expected is None or found == expected


def test_the_whole_globe_is_a_place(served: Served) -> None:
    assert rows(served, "S_WITHIN(geometry, BBOX(-180,-90,180,90))", "EPSG:4326") == 300
    assert rows(served, "S_INTERSECTS(geometry, BBOX(100,10,120,20))", "EPSG:4326") == 0
    assert rows(served, "S_DISJOINT(geometry, BBOX(100,10,120,20))", "EPSG:4326") == 300


values = st.one_of(
    st.text(max_size=20).map(lambda text: "'" + text.replace("'", "''").replace("\\", "") + "'"),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.sampled_from(["lamp_type", "power_w", "geometry", "true", "DATE('2020-01-01')", "nothing",
                     "POINT(3 43)", "INTERVAL('..','..')", "((", "))", ","]),
)  # fmt: skip
words = st.sampled_from(
    ["AND", "OR", "NOT", "=", "<>", ">", "LIKE", "IN", "BETWEEN", "IS NULL", "(", ")", ",", "+",
     "*", "/", "^", "S_WITHIN(", "T_AFTER(", "CASEI(", "ACCENTI("]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(values, words), max_size=12).map(" ".join))
def test_any_text_is_a_filter_or_a_refusal(text: str) -> None:
    try:
        found = compiled(text)
    except InvalidError as exc:
        assert re.fullmatch(r"JUM-I0(05|13|14|15|16|17|18)", exc.code)
        return
    assert found.sql.count("?") == len(found.parameters)


nodes = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
        st.just({"property": "power_w"}), st.just({"property": "geometry"}), st.just({"date": 3}),
        st.just({"type": "Point", "coordinates": [1, "x"]}), st.just({"bbox": [1, 2, 3, None]}),
        st.just({"wkt": 3}), st.just({"type": "Polygon", "coordinates": {"a": 1}}),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.fixed_dictionaries(
            {"op": st.sampled_from(["and", "not", "=", "like", "in", "between", "s_within", "casei",
                                    "t_after", "isNull", "+", 5]),
             "args": st.lists(inner, max_size=3)}
        ),
        st.fixed_dictionaries({"interval": st.lists(inner, max_size=3)}),
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(nodes)
def test_any_json_is_a_filter_or_a_refusal(tree: Any) -> None:
    try:
        found = compiled(tree)
    except InvalidError:
        return
    assert found.sql.count("?") == len(found.parameters)
