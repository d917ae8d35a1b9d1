# SPDX-License-Identifier: EUPL-1.2
"""Blocks that leave memory and come back hold what they would have held."""

from __future__ import annotations

import numpy as np

from jumeau.sources.lidar import classes, spool


def blocks(folder, slots, monkeypatch):
    monkeypatch.setattr(spool, "SLOTS", slots)
    own = spool.Spool(folder / f"{slots}.spool", 0, classes.roles(), (-500.0, 9000.0))
    rng = np.random.default_rng(0)
    for _ in range(4):
        x, y = rng.uniform(0, 1000, (2, 20_000))
        z = np.round(rng.normal(50, 3, x.size), 3)
        code, zero = np.full(x.size, 2, np.uint8), np.zeros(x.size)
        own.add(x, y, z, code, zero.astype(np.bool_), zero.astype(np.uint8))
    parts = own.close()
    places = {(part.column, part.row) for part in parts}
    return {
        place: spool.load(part for part in parts if (part.column, part.row) == place)
        for place in places
    }


def test_few_slots_give_the_blocks_of_many(tmp_path, monkeypatch):
    many, few = blocks(tmp_path, 40, monkeypatch), blocks(tmp_path, 2, monkeypatch)
    assert many.keys() == few.keys() and len(many) > 16
    assert sum(int(block.halves["n"].sum()) for block in many.values()) == 80_000
    for place, block in many.items():
        assert np.array_equal(block.halves, few[place].halves)
        assert np.array_equal(block.cells, few[place].cells)
