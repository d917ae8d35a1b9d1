# SPDX-License-Identifier: EUPL-1.2
"""Tiles are the same whoever encodes them, and a failure in a worker leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from jumeau.base import workers
from jumeau.base.contract import RasterWindow
from jumeau.base.grid import Tile
from jumeau.twin import cog, tiling


def blocks(count: int) -> Iterator[RasterWindow]:
    """Whole tiles, one of them with gaps, in a row."""
    rng = np.random.default_rng(3)
    for number in range(count):
        values = np.full((1000, 1000), float(number), np.float32)
        values[::7] += rng.normal(0, 1, 1000).astype(np.float32)
        if number % 3 == 1:
            values[:200] = np.nan
        yield RasterWindow(Tile(700 + number, 6200).bounds, values, last=True)


def written(folder: Path, executor: Executor | None = None) -> list[tuple[str, str]]:
    count = tiling.ALONE + 4
    if executor is None:
        files = tiling.write_layer(folder, "dtm", blocks(count), "EPSG:2154")
    else:
        with workers.using(executor):
            files = tiling.write_layer(folder, "dtm", blocks(count), "EPSG:2154")
    assert len(files) == count
    for item in files:
        assert (folder / item.path).is_file()
    return [(item.tile, item.sha256) for item in files]


def test_tiles_do_not_depend_on_the_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUMEAU_WORKERS", "1")
    one = written(tmp_path / "one")
    monkeypatch.setenv("JUMEAU_WORKERS", "2")
    two = written(tmp_path / "two")
    assert one == two
    with ThreadPoolExecutor(3) as threads:
        assert written(tmp_path / "threads", threads) == one


class Counting(ThreadPoolExecutor):
    """Counts the tiles it is given, and fails at one of them."""

    def __init__(self, failing: int = -1) -> None:
        super().__init__(2)
        self.given, self.failing = 0, failing

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        self.given += 1
        assert fn is cog.encoded_bytes
        if self.given == self.failing:
            return super().submit(int, "no number")
        return super().submit(fn, *args, **kwargs)


def test_few_tiles_call_nobody_and_many_do(tmp_path: Path) -> None:
    with Counting() as executor:
        written(tmp_path, executor)
        assert executor.given == 4


def test_a_failing_worker_leaves_no_file(tmp_path: Path) -> None:
    with Counting(failing=2) as executor, pytest.raises(ValueError, match="no number"):
        written(tmp_path, executor)
    assert not list((tmp_path / "rasters").rglob("*.tif"))
