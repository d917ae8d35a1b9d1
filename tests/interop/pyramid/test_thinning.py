# SPDX-License-Identifier: EUPL-1.2
"""Thinning: what stands for what, from one zoom to the next and from one tile to its neighbour."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely

from jumeau.interop import mercator
from jumeau.interop.mercator import Tile
from jumeau.interop.pyramid import commands, drawing, kernels, shapes, thinning

X, Y = 430_000.0, 5_400_000.0


def town(kind: str, n: int = 3000, seed: int = 0) -> shapes.Shapes:
    """Return rows crowded around a few places, in Web Mercator."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 8000, (12, 2))[rng.integers(0, 12, n)] + rng.normal(0, 250, (n, 2))
    at += (X, Y)
    size = rng.uniform(4, 40, n)
    if kind == "point":
        found = shapely.points(at)
    elif kind == "line":
        found = [
            shapely.LineString([p, (p[0] + s, p[1] + s / 2)]) for p, s in zip(at, size, strict=True)
        ]
    else:
        found = shapely.box(at[:, 0], at[:, 1], at[:, 0] + size, at[:, 1] + size)
    rows = pa.table(
        {
            "id": [f"r{i}" for i in range(n)],
            "geometry": pa.array(shapely.to_wkb(found).tolist(), pa.binary()),
        }
    )
    return shapes.build("EPSG:3857", [rows], {}, ["id"])


def thinned(held: shapes.Shapes, address: Tile, cell: int) -> tuple[np.ndarray, ...]:
    here = drawing.place(address)
    rows = kernels.meet(held.box, held.runs, *here.window)
    unit = 1 / here.frame.scale
    return thinning.thin(
        rows, held.kind, held.box, held.measure, held.rank, int(cell * unit), here.window, unit
    )


def tiles(held: shapes.Shapes, zoom: int) -> list[Tile]:
    side = 32 - zoom
    low, high = held.box[:, :2].min(axis=0) >> side, held.box[:, 2:].max(axis=0) >> side
    return [
        Tile(zoom, int(x), int(y))
        for x in range(low[0], high[0] + 1)
        for y in range(low[1], high[1] + 1)
    ]


@pytest.mark.parametrize("kind", ["point", "line", "polygon"])
@pytest.mark.parametrize("zoom", [3, 8, 11])
def test_those_that_are_drawn_stand_for_all(kind: str, zoom: int) -> None:
    held = town(kind)
    stands: dict[int, int] = {}
    for address in tiles(held, zoom):
        rows, _, _, one_in = thinned(held, address, 16)
        for row, count in zip(rows.tolist(), one_in.tolist(), strict=True):
            assert stands.setdefault(row, count) == count  # neighbours agree
    assert sum(stands.values()) == 3000
    assert len(stands) < 3000


@pytest.mark.parametrize("kind", ["point", "line", "polygon"])
def test_a_zoom_is_among_the_next_one(kind: str) -> None:
    held = town(kind)
    before: set[int] = set()
    for zoom in range(14):
        drawn = {int(row) for address in tiles(held, zoom) for row in thinned(held, address, 8)[0]}
        assert before <= drawn
        before = drawn
    assert len(before) > 1500


def test_areas_and_lengths_are_kept() -> None:
    for kind, form in (("polygon", commands.SQUARE), ("line", commands.STROKE)):
        held = town(kind)
        _, forms, measure, one_in = thinned(held, Tile(0, 0, 0), 4096)
        assert forms.tolist() == [form]
        assert one_in.tolist() == [3000]
        unit = 2**32 / 4096
        total = held.measure.astype(float).sum()
        expected = np.sqrt(total) / unit if kind == "polygon" else total / unit
        assert measure[0] == pytest.approx(expected)


def test_measures_are_areas_and_lengths() -> None:
    ring = [(0, 0), (0, 40), (40, 40), (40, 0)]
    hole = [(10, 10), (10, 20), (20, 20), (20, 10)]
    drawn = [
        shapely.affinity.translate(item, X, Y)
        for item in (
            shapely.Polygon(ring, [hole]), shapely.LineString([(0, 0), (3, 4), (3, 14)]),
            shapely.Point(0, 0),
        )
    ]  # fmt: skip
    rows = pa.table(
        {"id": ["a", "b", "c"], "geometry": pa.array(shapely.to_wkb(drawn).tolist(), pa.binary())}
    )
    held = shapes.build("EPSG:3857", [rows], {}, ["id"])
    unit = 2 * mercator.HALF / shapes.WORLD
    found = {int(kind): float(value) for kind, value in zip(held.kind, held.measure, strict=True)}
    assert found[3] * unit**2 == pytest.approx(1500, rel=1e-2)
    assert found[2] * unit == pytest.approx(15, rel=1e-2)
    assert found[1] == 0


def test_hashes_are_even_and_the_same_on_every_machine() -> None:
    texts = [f"BATIMENT{i:016d}".encode() for i in range(20_000)]
    ends = np.cumsum([0, *map(len, texts)])
    found = thinning.hashes(np.frombuffer(b"".join(texts), np.uint8), ends)
    assert len(np.unique(found)) > 19_990
    counts = np.bincount((found >> 28).astype(int), minlength=16)
    assert counts.min() > 1_100
    h = (2166136261 ^ ord("a")) * 16777619 & 0xFFFFFFFF
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    own = thinning.hashes(np.frombuffer(b"a", np.uint8), np.array([0, 1]))
    assert own.tolist() == [h ^ h >> 16]


@pytest.mark.parametrize("kind", ["point", "line", "polygon"])
def test_no_tile_is_too_heavy_nor_empty(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "LARGEST", 6_000)
    held = town(kind)
    for zoom in (0, 5, 9, 12, 14, 15):
        for address in tiles(held, zoom):
            content = drawing.tile(held, "t", address)
            assert len(content) <= 6_000
            if len(kernels.meet(held.box, held.runs, *_inner(address))):
                assert content


def _inner(address: Tile) -> tuple[int, int, int, int]:
    side = shapes.WORLD >> address.z
    x, y = address.x * side, address.y * side
    return (x + side // 8, y + side // 8, x + side - side // 8, y + side - side // 8)
