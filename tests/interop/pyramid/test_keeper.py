# SPDX-License-Identifier: EUPL-1.2
"""Shapes and pyramids of a served territory: built aside, opened, renewed, thrown away."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import jumeau
from jumeau.interop import features, mercator, tiles
from jumeau.interop.mercator import Tile
from jumeau.interop.pyramid import build, files, keeper, kernels, layers, pmtiles, state, warm
from jumeau.interop.served import Served
from jumeau.twin import schema
from jumeau.twin.disk import TEMPORARY

LAMPS = schema.table("luminaire")


@pytest.fixture
def folder(town: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(keeper, "SMALL", 100)  # the 300 lamps are a large table
    town.build(tmp_path / "bourg.jumeau").close()
    return tmp_path / "bourg.jumeau"


@pytest.fixture
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    opened = Served(folder, workers=2)
    # What the program does, in this process: the tables are small.
    monkeypatch.setattr(
        opened.pyramids, "_begin", lambda names=(): build.build(folder, names) if names else None
    )
    monkeypatch.setattr(build, "DENSE", 100)
    yield opened
    opened.close()


def address(town: ModuleType, z: int = 12) -> Tile:
    from jumeau.base import crs

    lon, lat = crs.reproject([town.X + 500], [town.Y + 50], "EPSG:2154", "EPSG:4326")
    return mercator.tile_at(float(lon[0]), float(lat[0]), z)


def made(served: Served, town: ModuleType, z: int = 12, **more: object) -> tiles.Made:
    with served.reading() as view:
        return tiles.made(view, LAMPS, address(town, z), **more)  # type: ignore[arg-type]


def held(served: Served) -> keeper.Held | None:
    with served.reading() as view:
        return served.pyramids.get(view, layers.layer(LAMPS))


def test_a_draft_answers_until_the_shapes_are_there(served: Served, town: ModuleType) -> None:
    warm.now()
    before = made(served, town)
    assert not before.final
    assert before.content
    served.pyramids.settle()
    after = made(served, town)
    assert after.final
    found = held(served)
    assert found is not None
    assert found.archive is not None
    assert found.archive.get(address(town)) is not None
    folder = served.live.path / "cache" / "tiles" / found.name
    assert {path.name for path in folder.iterdir()} == {
        files.SHAPES, files.MANIFEST, files.TILES,
    }  # fmt: skip


def test_the_pyramid_holds_the_tiles_that_would_be_drawn(served: Served, town: ModuleType) -> None:
    served.pyramids.settle()
    stored = made(served, town).content
    packed = made(served, town, packed=True)
    served.tiles._values.clear()
    found = held(served)
    assert found is not None
    served.pyramids._files[found.name].archive = None
    assert made(served, town).content == stored
    assert packed.packed
    import gzip

    assert gzip.decompress(packed.content) == stored
    assert packed.final


def test_a_write_renews_what_it_touches_only(served: Served, town: ModuleType) -> None:
    served.pyramids.settle()
    before = held(served)
    with jumeau.open(served.live.path).transaction("streets") as tx:
        tx.delete("street", {"id": "s2"})
    again = held(served)
    assert again is not None
    assert before is not None
    assert again.name == before.name
    with jumeau.open(served.live.path).transaction("lamps") as tx:
        tx.delete("luminaire", {"lamp_type": "LED"})
    assert held(served) is None
    assert not made(served, town).final
    served.pyramids._not_before.clear()
    served.pyramids.settle()
    renewed = held(served)
    assert renewed is not None
    assert renewed.name != before.name
    assert len(renewed.shapes.kind) < len(before.shapes.kind)
    kept = {path.name for path in (served.live.path / "cache" / "tiles").glob("luminaire-*")}
    assert kept == {renewed.name}


def test_estimates_are_part_of_the_state(served: Served) -> None:
    served.pyramids.settle()
    before = held(served)
    with jumeau.open(served.live.path).transaction("estimates") as tx:
        tx.delete("estimate", {"attribute": "power_w"})
    assert held(served) is None
    served.pyramids._not_before.clear()
    served.pyramids.settle()
    after = held(served)
    assert before is not None
    assert after is not None
    assert "power_w_estimated" in before.shapes.columns
    assert "power_w_estimated" not in after.shapes.columns
    assert "lamp_type_estimated" in after.shapes.columns


@pytest.mark.parametrize("name", [files.SHAPES, files.MANIFEST, files.TILES])
@pytest.mark.parametrize("harm", ["cut", "garbled", "gone"])
def test_a_damaged_file_is_built_again(
    served: Served, town: ModuleType, name: str, harm: str
) -> None:
    served.pyramids.settle()
    stored = made(served, town).content
    found = held(served)
    assert found is not None
    path = served.live.path / "cache" / "tiles" / found.name / name
    if harm == "gone":
        path.unlink()
    else:
        content = path.read_bytes()
        half = len(content) // 2
        path.write_bytes(content[:half] if harm == "cut" else b"\x00" * half + content[half:])
    served.pyramids._files.clear()
    served.pyramids._not_before.clear()
    served.tiles._values.clear()
    served.pyramids.settle()
    again = made(served, town)
    assert again.final
    assert again.content == stored


def test_what_a_killed_builder_left_is_removed(served: Served) -> None:
    place = served.live.path / "cache" / "tiles"
    (place / ".jumeau-tmp-1-dead").mkdir(parents=True)
    (place / "building-000000000000000000000000").mkdir()
    (place / "building-000000000000000000000000" / files.SHAPES).write_bytes(b"half")
    served.pyramids.settle()
    (folder,) = place.glob("*/")
    (folder / files.TILES).unlink()
    (folder / f"{TEMPORARY}7.pmtiles.data").write_bytes(b"half")
    served.pyramids._files.clear()
    served.pyramids._not_before.clear()
    served.pyramids.settle()
    names = {path.name for path in folder.iterdir()}
    assert names == {files.SHAPES, files.MANIFEST, files.TILES}


def test_a_folder_that_cannot_be_written_is_left_alone(
    served: Served, town: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jumeau.interop.image import files as images

    monkeypatch.setattr(images, "cache", lambda folder: None)
    warm.now()
    assert not build.build(served.live.path, ["luminaire"])
    assert made(served, town).content
    assert not (served.live.path / "cache" / "tiles").exists()


def test_no_room_no_shapes(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "SPARE", 2**60)
    warm.now()
    assert not build.build(served.live.path, ["luminaire"])
    assert not [*(served.live.path / "cache" / "tiles").glob("*/")]


def test_a_past_version_is_drawn_from_its_own_rows(served: Served, town: ModuleType) -> None:
    served.pyramids.settle()
    version = served.live.version
    with jumeau.open(served.live.path).transaction("lamps") as tx:
        tx.delete("luminaire", {"lamp_type": "LED"})
    with served.reading(str(version)) as view:
        past = tiles.tile(view, LAMPS, address(town, 15))
    with served.reading() as view:
        present = tiles.tile(view, LAMPS, address(town, 15))
    assert len(past) > len(present) > 0


def test_the_thread_builds_in_another_process(
    folder: Path, town: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "ready", threading.Event())
    opened = Served(folder, workers=2)
    try:
        opened.pyramids.start()
        end = time.monotonic() + 120
        while time.monotonic() < end and not made(opened, town).final:
            time.sleep(0.2)
        assert made(opened, town).final
    finally:
        begin = time.monotonic()
        opened.close()
        assert time.monotonic() - begin < 5


@pytest.mark.parametrize("cold", [False, True])
def test_a_process_is_started_only_when_the_kernels_are_to_be_compiled(
    town: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cold: bool
) -> None:
    warm.now()
    assert warm.compiled()
    monkeypatch.setattr(warm, "ready", threading.Event())
    monkeypatch.setattr(keeper, "IDLE", 0.1)
    if cold:
        monkeypatch.setattr(warm, "compiled", lambda: False)
    town.build(tmp_path / "small.jumeau").close()  # all its tables are small
    opened = Served(tmp_path / "small.jumeau", workers=2)
    called: list[tuple[str, ...]] = []
    monkeypatch.setattr(opened.pyramids, "_begin", lambda tables=(): called.append(tables))
    opened.pyramids.start()
    try:
        assert warm.ready.wait(60)
        assert called == ([()] if cold else [])
    finally:
        opened.close()


def test_a_missing_kernel_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    warm.now()
    monkeypatch.setattr(kernels.meet._cache._cache_file, "_load_index", dict)
    assert not warm.compiled()


def test_closing_stops_a_building_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "ready", threading.Event())
    monkeypatch.setattr(warm, "compiled", lambda: False)
    monkeypatch.setattr(keeper, "IDLE", 0.0)
    opened = Served(folder, workers=2)
    opened.pyramids.start()
    end = time.monotonic() + 10
    while opened.pyramids._builder is None and time.monotonic() < end:
        time.sleep(0.01)
    builder = opened.pyramids._builder
    begin = time.monotonic()
    opened.close()
    assert time.monotonic() - begin < 5
    assert builder is None or builder.poll() is not None


def test_the_manifest_names_the_state(served: Served) -> None:
    served.pyramids.settle()
    found = held(served)
    assert found is not None
    folder = served.live.path / "cache" / "tiles" / found.name
    assert json.loads((folder / files.MANIFEST).read_text())["state"] == found.name
    archive = pmtiles.Archive(folder / files.TILES)
    assert archive.metadata["vector_layers"][0]["id"] == "luminaire"
    with served.reading() as view:
        assert state.of(view, layers.layer(LAMPS)) == found.name
        assert state.of(view, layers.layer(features.table("tree"))) is None
