# SPDX-License-Identifier: EUPL-1.2
"""Territories and helpers for the tests of serving images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

import jumeau
from jumeau.interop.image import build, keeper
from jumeau.interop.served import Served

X, Y = 770_000.0, 6_280_000.0
WORDS = ("a", "Été « vif »", 'guil"lemet', "b\\n", None)


def links(count: int, seed: int = 0, start: int = 0) -> pd.DataFrame:
    """Rows of ``building_link``: polygons of all kinds, some without geometry, JSON, nulls."""
    rng = np.random.default_rng(seed)
    middle = rng.uniform((X, Y), (X + 2000, Y + 2000), (count, 2))
    shapes = shapely.buffer(shapely.points(middle), rng.uniform(1, 30, count), quad_segs=2)
    shapes = shapes.astype(object)
    holed = shapely.difference(shapes, shapely.buffer(shapely.points(middle), 0.5, quad_segs=1))
    shapes[1::5] = holed[1::5]
    moved = shapely.transform(shapes, lambda points: points + 70)
    for place in range(2, count, 5):
        shapes[place] = shapely.MultiPolygon([shapes[place], moved[place]])
    shapes[3::7] = None
    number = np.arange(start, start + count)
    return pd.DataFrame(
        {
            "id": [f"l/{i:05d} é" for i in number],
            "geometry": shapely.to_wkb(shapes),
            "building_id": [f"b{i % 9}" for i in number],
            "publisher_id": [f"p{i}" for i in number],
            "publisher": ["osm" if i % 3 else "bdtopo" for i in number],
            "relation": [WORDS[i % len(WORDS)] for i in number],
            "facts": ['{"a": [1, "é"]}' if i % 4 else None for i in number],
        }
    )


def town(path: Path, count: int = 700) -> Path:
    """Write a territory with ``building_link`` in three imports, rows changed and deleted."""
    territory = jumeau.create(path, name="Images")
    with territory.transaction("one") as tx:
        tx.insert("building_link", links(count, 1))
    with territory.transaction("two") as tx:
        tx.insert("building_link", links(count // 2, 2, start=count))
        tx.delete("building_link", {"building_id": "b4"})
    with territory.transaction("three") as tx:
        tx.upsert("building_link", links(count // 7, 3))
    territory.close()
    return path


@contextmanager
def opened(path: Path) -> Iterator[Served]:
    """Open a territory to be served, as long as the block lasts."""
    served = Served(path, workers=2)
    try:
        yield served
    finally:
        served.close()


def without_images(served: Served) -> Served:
    """Make a served territory read the twin itself, always."""
    served.images.get = lambda known: None  # type: ignore[method-assign]
    return served


def built(served: Served, *tables: str) -> None:
    """Build the images of tables in this process, on the disk, and open them."""
    keeper_small = keeper.SMALL
    keeper.SMALL = 0
    try:
        assert build.build(served.live.path, list(tables))
        assert served.images.look()
    finally:
        keeper.SMALL = keeper_small
