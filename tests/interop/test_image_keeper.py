# SPDX-License-Identifier: EUPL-1.2
"""Images while a server lives: built aside, never stale, never half-written, never waited for."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import jumeau
from jumeau.interop import features
from jumeau.interop.image import build, files, image, keeper
from jumeau.interop.image.state import State, states
from jumeau.interop.served import Served
from jumeau.twin.disk import TEMPORARY


def _helpers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("images", Path(__file__).with_name("images.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


images = _helpers()
LINKS = features.table("building_link")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return images.town(tmp_path / "town.jumeau", 300)


@pytest.fixture
def served(path: Path) -> Iterator[Served]:
    with images.opened(path) as found:
        yield found


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every image goes to the disk, however small."""
    monkeypatch.setattr(keeper, "SMALL", 0)


def walk(served: Served, at: str | None = None, limit: int = 70) -> list[str]:
    found, after = [], ""
    while True:
        with served.reading(at) as view:
            page = features.page(view, features.Query(LINKS, after=after, limit=limit))
            at, after = str(view.version), page.next
        found += page.rows["id"].to_pylist()
        if not after:
            return found


def has_image(served: Served, at: str | None = None) -> bool:
    with served.reading(at) as view:
        return image(view, LINKS) is not None


def folders(path: Path) -> list[str]:
    place = path / "cache" / "images"
    return sorted(item.name for item in place.iterdir() if item.is_dir()) if place.exists() else []


def change(path: Path, step: int = 0) -> None:
    territory = jumeau.open(path)
    with territory.transaction(f"change {step}") as tx:
        tx.insert("building_link", images.links(3, 9, start=5000 + 10 * step))
        tx.delete("building_link", {"building_id": f"b{step % 4}"})
    territory.close()


# -- built aside -----------------------------------------------------------------------------
def test_small_tables_get_an_image_in_memory_once_asked_for(served: Served, path: Path) -> None:
    before = walk(served)
    assert not has_image(served)
    served.images.look()
    assert has_image(served)
    assert walk(served) == before
    assert folders(path) == []


@pytest.mark.usefixtures("on_disk")
def test_large_tables_get_an_image_built_by_another_process(served: Served, path: Path) -> None:
    before = walk(served)
    begin = time.monotonic()
    served.images.look()
    assert time.monotonic() - begin < 2  # nobody waits for it
    assert walk(served) == before
    served.images.settle()
    assert has_image(served)
    assert walk(served) == before
    assert len(folders(path)) == 1
    assert (path / "cache" / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28")
    served.blocks._values.clear()
    with images.opened(path) as other:  # a second start finds it there
        assert other.images.look()
        assert walk(other) == before


@pytest.mark.usefixtures("on_disk")
def test_a_change_of_the_table_makes_the_image_anew(served: Served, path: Path) -> None:
    images.built(served, "building_link")
    former, version = walk(served), served.version()
    held = folders(path)
    change(path)
    assert not has_image(served)
    assert has_image(served, str(version))  # a walk begun before goes on
    assert walk(served, str(version)) == former
    now = walk(served)
    assert now != former
    images.built(served, "building_link")
    assert has_image(served)
    assert walk(served) == now
    assert len(folders(path)) == 1
    assert folders(path) != held


@pytest.mark.usefixtures("on_disk")
def test_a_change_elsewhere_leaves_the_image_as_it_is(served: Served, path: Path) -> None:
    images.built(served, "building_link")
    territory = jumeau.open(path)
    with territory.transaction("elsewhere") as tx:
        tx.insert("tree", images.links(5)[["id", "geometry"]].dropna())
    territory.close()
    assert has_image(served)


@pytest.mark.usefixtures("on_disk")
def test_images_of_many_states_do_not_pile_up(served: Served, path: Path) -> None:
    for step in range(5):
        change(path, step)
        images.built(served, "building_link")
        assert len(folders(path)) == 1
        assert len(served.images._files) <= keeper.KEPT
    assert has_image(served)


def test_states_name_what_a_table_holds(path: Path) -> None:
    territory = jumeau.open(path)
    crs = territory.crs
    first = states(territory.store, territory.version, crs)["building_link"]
    fork = territory.fork(path.parent / "fork.jumeau")
    assert states(fork.store, fork.version, crs)["building_link"] == first
    fork.close()
    version = territory.version
    with territory.transaction("more") as tx:
        tx.insert("building_link", images.links(2, 5, start=9000))
    assert states(territory.store, version, crs)["building_link"] == first
    change(path)  # deletions: the files of former ones may be merged, which renames the past
    past = states(territory.store, version, crs)["building_link"]
    second = states(territory.store, territory.version, crs)["building_link"]
    assert second.digest not in {first.digest, past.digest}
    assert second.rows == territory.count("building_link")
    assert states(territory.store, version, "EPSG:2972")["building_link"] != first
    assert "tree" not in states(territory.store, version, crs)
    territory.close()


# -- writers and readers at once -----------------------------------------------------------------
@pytest.mark.usefixtures("on_disk")
def test_pages_are_of_their_version_whatever_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers, a writer and the keeper at work together: each walk is that of its version."""
    monkeypatch.setattr(keeper.Keeper, "rest", 0.0)
    monkeypatch.setattr(keeper.Keeper, "every", 0.05)
    seen: list[tuple[int, list[str]]] = []
    from_image: list[bool] = []
    faults: list[BaseException] = []
    done = threading.Event()
    with images.opened(path) as served:
        served.images.start()

        def read() -> None:
            try:
                while not done.is_set():
                    version = served.version()
                    from_image.append(has_image(served, str(version)))
                    seen.append((version, walk(served, str(version))))
            except BaseException as exc:  # told by the test itself
                faults.append(exc)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for step in range(3):
            change(path, step)
            end = time.monotonic() + 30
            while not has_image(served) and time.monotonic() < end:
                time.sleep(0.05)
            time.sleep(0.1)
        done.set()
        for reader in readers:
            reader.join()
    assert not faults
    assert True in from_image
    with images.opened(path) as fresh:
        images.without_images(fresh)
        for version in {version for version, _ in seen}:
            right = walk(fresh, str(version))
            assert all(found == right for at, found in seen if at == version)


@pytest.mark.usefixtures("on_disk")
def test_two_servers_share_one_image(path: Path) -> None:
    with images.opened(path) as one, images.opened(path) as two:
        one.images.look()
        two.images.look()
        one.images.settle()
        two.images.settle()
        assert has_image(one)
        assert has_image(two)
        assert len(folders(path)) == 1
        change(path)
        images.built(one, "building_link")
        assert walk(two) == walk(one)


# -- what goes wrong -----------------------------------------------------------------------------
def _spoil(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    if how == "flip" and content:
        content[len(content) // 2] ^= 0x55
    elif how == "cut":
        content = content[: len(content) // 2]
    elif how == "garbage":
        content = bytearray(os.urandom(max(64, len(content))))
    fresh = file.with_name("fresh")  # those who have it open keep the former one
    fresh.write_bytes(content)
    fresh.replace(file)


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("how", ["flip", "cut", "garbage"])
@pytest.mark.parametrize("name", [files.ROWS, files.MANIFEST, "box.bin", "hashes.bin"])
def test_a_faulty_file_is_never_served(path: Path, name: str, how: str) -> None:
    with images.opened(path) as served:
        right = walk(served)
        images.built(served, "building_link")
    _spoil(path / "cache" / "images" / folders(path)[0] / name, how)
    with images.opened(path) as served:
        opened = served.images.look()
        if not (name == files.MANIFEST and how == "flip" and opened):
            assert not has_image(served)
        assert walk(served) == right
        images.built(served, "building_link")
        served.blocks._values.clear()
        assert walk(served) == right


@pytest.mark.usefixtures("on_disk")
def test_files_of_another_state_are_not_taken(path: Path) -> None:
    with images.opened(path) as served:
        images.built(served, "building_link")
    place = path / "cache" / "images"
    held = folders(path)[0]
    change(path)
    with images.opened(path) as served:
        right = walk(served)
        territory = served.live
        known = states(territory.store, served.version(), territory.crs)["building_link"]
        shutil.copytree(place / held, place / known.name)
        assert not served.images.look()
        assert not has_image(served)
        assert walk(served) == right


@pytest.mark.parametrize(
    "manifest",
    [b"", b"[]", b"null", b'{"state": 1}', b'{"files": {}}', b"\xff\xfe", b"{" * 5000],
)
def test_no_manifest_makes_it_crash(tmp_path: Path, manifest: bytes) -> None:
    (tmp_path / files.MANIFEST).write_bytes(manifest)
    with pytest.raises(files.FaultyError):
        files.Opened(tmp_path, State("building_link", "0" * 24, 3))


def _builder(path: Path) -> subprocess.Popen[bytes]:
    """Start a builder that is stopped once it has begun to write."""
    code = (
        "import os, signal, sys\n"
        "from jumeau.interop.image import build, files\n"
        "build.digests = lambda ids: os.kill(os.getpid(), signal.SIGSTOP)\n"
        "sys.argv[1:] = [sys.argv[1], 'building_link']\n"
        "build.main()\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, str(path)])


def _stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(") ")[-1].startswith("T")


@pytest.mark.usefixtures("on_disk")
def test_a_builder_killed_half_way_leaves_nothing(served: Served, path: Path) -> None:
    child = _builder(path)
    end = time.monotonic() + 60
    while not _stopped(child.pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert [name for name in folders(path) if name.startswith(TEMPORARY)]
    assert not served.images.look()  # one builder at a time: this one does nothing
    served.images._builder.wait()  # type: ignore[union-attr]
    assert [name for name in folders(path) if not name.startswith(TEMPORARY)] == []
    child.send_signal(signal.SIGKILL)
    child.wait()
    served.images._not_before.clear()
    served.images.settle()
    assert has_image(served)
    assert len(folders(path)) == 1


@pytest.mark.usefixtures("on_disk")
def test_closing_stops_the_building_at_once(path: Path) -> None:
    with images.opened(path) as served:
        served.images.start()
        end = time.monotonic() + 30
        while served.images._builder is None and time.monotonic() < end:
            time.sleep(0.01)
        child = served.images._builder
        assert child is not None
        begin = time.monotonic()
    assert time.monotonic() - begin < 3
    assert child.poll() is not None


@pytest.mark.usefixtures("on_disk")
def test_a_full_disk_is_left_alone(
    served: Served, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right = walk(served)
    monkeypatch.setattr(
        build.shutil, "disk_usage", lambda _: SimpleNamespace(free=build.SPARE + 1000)
    )
    assert not build.build(path, ["building_link"])
    assert "given up" in caplog.text
    assert folders(path) == []
    assert walk(served) == right


@pytest.mark.usefixtures("on_disk")
def test_a_folder_that_cannot_be_written_has_its_cache_elsewhere(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(files.tempfile, "gettempdir", lambda: str(tmp_path))
    real = os.access
    monkeypatch.setattr(
        files.os,
        "access",
        lambda place, mode: path not in Path(place).parents and real(place, mode),
    )
    with images.opened(path) as served:
        right = walk(served)
        images.built(served, "building_link")
        assert has_image(served)
        assert walk(served) == right
    assert folders(path) == []
    place = files.cache(path)
    assert place is not None
    assert place.parent == tmp_path
    assert place.stat().st_mode & 0o077 == 0
    place.chmod(0o755)  # somebody else may have put something there
    assert files.cache(path) is None


def test_letting_go_of_memory_changes_nothing(served: Served) -> None:
    images.built(served, "building_link")
    opened = next(iter(served.images._files.values()))
    everything = np.arange(len(opened.image.row))
    before = opened.image.texts(everything)
    opened.release()
    assert opened.image.texts(everything) == before
    assert len(json.loads(b"[" + before[:-1] + b"]")) == len(everything)


def test_images_of_the_past_are_not_asked_for_ever(served: Served, path: Path) -> None:
    version = str(served.version())
    change(path)
    assert not has_image(served, version)
    assert served.images._asked
    served.images.look()
    assert not has_image(served, version)
    assert not served.images._asked
