# SPDX-License-Identifier: EUPL-1.2
"""An image answers what the twin answers: same rows, order, tokens, texts, for any question."""

from __future__ import annotations

import importlib.util
import io
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyogrio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import jumeau
from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.interop import features, files, projections, selection
from jumeau.interop.image import image, state
from jumeau.interop.image.table import boxes_of_runs, neighbours
from jumeau.interop.served import Served


def _helpers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("images", Path(__file__).with_name("images.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


images = _helpers()
X, Y = images.X, images.Y
LINKS = features.table("building_link")
MERCATOR = projections.uri("EPSG:3857")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return images.town(tmp_path_factory.mktemp("images") / "town.jumeau")


@pytest.fixture(scope="module")
def imaged(path: Path) -> Iterator[Served]:
    with images.opened(path) as served:
        images.built(served, "building_link")
        with served.reading() as view:
            assert image(view, LINKS) is not None
        yield served


@pytest.fixture(scope="module")
def plain(path: Path) -> Iterator[Served]:
    with images.opened(path) as served:
        yield images.without_images(served)


@pytest.fixture(scope="module")
def tokens(plain: Served) -> list[str]:
    with plain.reading() as view:
        rows = view.rows("SELECT rowid AS r FROM building_link ORDER BY r")
    found = [row["r"] for row in rows]
    return [f"row:{row}" for row in (0, *found[::97], found[-1], found[-1] + 1, 10**9)]


def answered(served: Served, query: features.Query) -> tuple[Any, str, str]:
    with served.reading() as view:
        page = features.page(view, query)
        rows = page.rows.to_pylist()
    for row in rows:
        for name in ("identifier", "properties"):
            if name in row:
                row[name] = json.loads(row[name])
    return rows, page.next, page.previous


def collection(served: Served, query: features.Query) -> tuple[Any, str, str]:
    with served.reading() as view:
        found = features.written(view, query._replace(json=True))
    items = json.loads(b"[" + found.items + b"]")
    assert found.number == len(items)
    return items, found.next, found.previous


def nearly(a: Any, b: Any) -> bool:
    """Compare JSON; coordinates may differ by a unit of their last decimal."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(nearly(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(nearly(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 1.5e-7
    return bool(a == b)


edges = st.floats(-100, 2100)
windows = st.tuples(edges, edges, st.floats(0, 900), st.floats(0, 900)).map(
    lambda w: (X + w[0], Y + w[1], X + w[0] + w[2], Y + w[1] + w[3])
)
wheres = st.fixed_dictionaries(
    {},
    optional={
        "publisher": st.sampled_from(["osm", "bdtopo", "nobody"]),
        "relation": st.sampled_from(["a", 'guil"lemet', "Été « vif »", "A"]),
        "building_id": st.sampled_from(["b0", "b4", "b5"]),
    },
)
names = st.none() | st.lists(
    st.sampled_from(["id", "publisher", "facts", "relation"]), unique=True
).map(tuple)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    bounds=st.none() | windows, where=wheres, limit=st.integers(1, 900), chosen=names,
    shapes=st.booleans(), as_json=st.booleans(), place=st.integers(0, 10_000),
    side=st.sampled_from(["", "after", "before"]), exact=st.booleans(),
)  # fmt: skip
def test_any_page_is_that_of_the_twin(
    imaged: Served, plain: Served, tokens: list[str], bounds: Any, where: Any, limit: int,
    chosen: Any, shapes: bool, as_json: bool, place: int, side: str, exact: bool,
) -> None:  # fmt: skip
    test = None
    if exact and bounds is not None:
        text = ",".join(str(edge) for edge in bounds)
        own = projections.choose(projections.uri(plain.live.crs), plain.live.crs)
        window = projections.window(text, plain.live.crs, own)
        assert window is not None
        test = window.exact
    query = features.Query(
        LINKS, bounds, where, limit, names=chosen, shapes=shapes, json=as_json, exact=test
    )
    if side:
        query = query._replace(**{side: tokens[place % len(tokens)]})
    assert answered(imaged, query) == answered(plain, query)
    if chosen is None:
        ours, theirs = collection(imaged, query), collection(plain, query)
        assert nearly(ours[0], theirs[0])
        assert ours[1:] == theirs[1:]
    with imaged.reading() as view, plain.reading() as other:
        if not side:
            assert features.count(view, query) == features.count(other, query)


@pytest.mark.parametrize("form", ["csv", "parquet", "fgb"])
@pytest.mark.parametrize("bbox", [None, "3.872,43.611,3.880,43.618"])
def test_files_are_those_of_the_twin(
    imaged: Served, plain: Served, form: str, bbox: str | None
) -> None:
    found = []
    for served in (imaged, plain):
        with served.reading() as view:
            said = selection.Wanted(bbox=bbox, others={"publisher": "osm"})
            query = selection.query(LINKS, said, view.crs)._replace(limit=10**6)
            rows = features.everything(view, query).sort_by("id")
            found.append(files.file(form, rows, LINKS, view.crs, projections.DEFAULT))
    assert len(found[0]) > 1000
    if form == "fgb":  # its layer bears a name by chance
        first, second = (pyogrio.read_arrow(io.BytesIO(content))[1] for content in found)
        assert first.equals(second)
    else:
        assert found[0] == found[1]


@pytest.mark.parametrize("crs", [None, MERCATOR, projections.uri("EPSG:2154")])
def test_windows_in_degrees_are_exact(imaged: Served, plain: Served, crs: str | None) -> None:
    met = 0
    for west in np.arange(3.86, 3.90, 0.004):
        said = selection.Wanted(500, bbox=f"{west},43.61,{west + 0.003},43.62", crs=crs)
        pages = []
        for served in (imaged, plain):
            with served.reading() as view:
                query = selection.query(LINKS, said, view.crs)._replace(json=True)
                assert query.exact is not None
                target = selection.out_crs(said, view.crs)
                pages.append(json.loads(b"[" + features.written(view, query, target).items + b"]"))
        met += len(pages[0])
        if crs is None:
            assert nearly(pages[0], pages[1])
        else:
            assert pages[0] == pages[1]
    assert met > 100


def test_rows_are_found_by_their_identifier(imaged: Served, plain: Served) -> None:
    for identifier in ("l/00000 é", "l/00003 é", "l/00777 é"):
        texts = []
        for served in (imaged, plain):
            with served.reading() as view:
                texts.append(json.loads(features.written_item(view, LINKS, identifier)))
                row = features.item(view, LINKS, identifier).to_pylist()[0]
                assert row["id"] == identifier
                texts[-1]["row"] = row
                query = features.Query(LINKS, after=identifier, limit=3)
                texts[-1]["after"] = features.page(view, query).rows["id"].to_pylist()
        assert nearly(*texts)
    for missing in ("nobody", "", "l/00103 é", "\x00", "\ud800"):
        with imaged.reading() as view:
            with pytest.raises(UnknownNameError, match="JUM-I008"):
                features.written_item(view, LINKS, missing)
            with pytest.raises(UnknownNameError, match="JUM-I008"):
                features.item(view, LINKS, missing)
            if missing:
                with pytest.raises(InvalidError, match="JUM-I007"):
                    features.page(view, features.Query(LINKS, after=missing))


def test_what_an_image_cannot_answer_is_asked_of_the_twin(imaged: Served, plain: Served) -> None:
    for query in (
        features.Query(LINKS, order=(("relation", True),), limit=30),
        selection.query(LINKS, selection.Wanted(30, filter="publisher LIKE 'b%'"), imaged.live.crs),
        features.Query(LINKS, where={"relation": None}, limit=30),
        features.Query(LINKS, where={"publisher": ("osm",)}, limit=30),
        features.Query(LINKS, where={"facts": '{"a": [1, "é"]}'}, limit=30),
    ):
        assert answered(imaged, query) == answered(plain, query)


def test_a_window_of_an_image_holds_what_meets_it(imaged: Served) -> None:
    with imaged.reading() as view:
        held = image(view, LINKS)
    assert held is not None
    assert bool(np.isnan(held.box).any())
    for box in ((X, Y, X + 2100, Y + 2100), (X + 500, Y + 500, X + 520, Y + 700), (0, 0, 1, 1)):
        meets = (held.box[:, 2] >= box[0]) & (held.box[:, 0] <= box[2])
        meets &= (held.box[:, 3] >= box[1]) & (held.box[:, 1] <= box[3])
        found = held.window(box)
        assert found.tolist() == np.flatnonzero(meets).tolist()
    assert held.take(np.empty(0, np.int64)).num_rows == 0
    assert held.texts(np.empty(0, np.int64)) == b""
    assert held.rows.schema.names[: len(LINKS.names)] == list(LINKS.names)


def test_neighbours_come_together() -> None:
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 1000, (5000, 2))
    box = np.concatenate([low, low + 1], axis=1)
    box[::50] = np.nan
    order = neighbours(box)
    assert sorted(order.tolist()) == list(range(5000))
    assert np.isnan(box[order[-100:]]).all()
    runs = boxes_of_runs(box, order)
    sides = (runs[:, 2:] - runs[:, :2])[:-2]
    assert np.median(sides) < 250  # of 1000: each run holds a 77th of the rows
    assert np.isnan(runs[-1]).all()
    assert neighbours(np.empty((0, 4))).tolist() == []
    assert neighbours(np.array([[1.0, 1, 1, 1]] * 3)).tolist() == [0, 1, 2]


def test_a_table_of_one_row_and_an_empty_one(tmp_path: Path) -> None:
    territory = jumeau.create(tmp_path / "t.jumeau", name="T")
    with territory.transaction("one") as tx:
        tx.insert("building_link", images.links(4).iloc[[3]])  # without geometry
    territory.close()
    with images.opened(tmp_path / "t.jumeau") as served:
        images.built(served, "building_link")
        with served.reading() as view:
            held = image(view, LINKS)
            assert held is not None
            assert held.window((-1e9, -1e9, 1e9, 1e9)).tolist() == []
            item = json.loads(features.written_item(view, LINKS, "l/00003 é"))
            assert item["geometry"] is None
            assert item["properties"]["facts"] == {"a": [1, "é"]}
            assert image(view, features.table("tree")) is None
            assert state(view, features.table("tree")) is None
            page = features.written(view, features.Query(features.table("tree"), json=True))
            assert page == features.Written(b"", 0, "", "")
