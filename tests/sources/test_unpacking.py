# SPDX-License-Identifier: EUPL-1.2
"""7z and tar: unpacked apart and removed; hostile, locked, damaged, incomplete ones refused."""

from __future__ import annotations

import gc
import io
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import py7zr
import pytest
import shapely

import jumeau
from jumeau.base.errors import JumeauError
from jumeau.sources import archive, unpacking

X, Y = 770_000.0, 6_280_000.0


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Send temporary files to a folder of the test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def delivery(folder: Path) -> Path:
    """Write a BD TOPO as IGN delivers it: layers in nested folders, for two départements."""
    root = folder / "BDTOPO_3-3_SHP_LAMB93"
    for code, count in (("D024", 3), ("D033", 5)):
        deep = root / "1_DONNEES_LIVRAISON_2024-03" / f"BDT_3-3_SHP_LAMB93_{code}"
        for name in ("BATI/BATIMENT", "TRANSPORT/TRONCON_DE_ROUTE"):
            path = deep / f"{name}.shp"
            path.parent.mkdir(parents=True, exist_ok=True)
            boxes = [shapely.box(X + 30 * n, Y, X + 30 * n + 9, Y + 9) for n in range(count)]
            if "ROUTE" in name:
                boxes = [shapely.LineString(box.exterior.coords) for box in boxes]
            gpd.GeoDataFrame({"ID": range(count)}, geometry=boxes, crs=2154).to_file(path)
    (root / "LISEZMOI.txt").write_text("x")
    return root


def seven(target: Path, root: Path, **options: Any) -> Path:
    with py7zr.SevenZipFile(target, "w", **options) as packed:
        for item in sorted(root.rglob("*")):
            if item.is_file():
                packed.write(item, str(item.relative_to(root.parent)))
    return target


def test_a_layer_of_nested_folders_is_chosen_by_its_name(
    read: Any, tmp_path: Path, temporary: Path
):
    root = delivery(tmp_path)
    path = seven(
        tmp_path / "bdtopo.7z", root / "1_DONNEES_LIVRAISON_2024-03/BDT_3-3_SHP_LAMB93_D024"
    )
    got = read(path, "building", source_layer="batiment")
    assert got.read == 3
    assert list(temporary.iterdir()) == []  # nothing of it is left
    with pytest.raises(JumeauError, match=r"JUM-S006.*BATIMENT"):
        read(path, "building", source_layer="batimen")
    with pytest.raises(JumeauError, match=r"JUM-S005.*BATIMENT, TRONCON_DE_ROUTE"):
        read(path, "building")


def test_layers_of_the_same_name_have_to_be_told_apart(read: Any, tmp_path: Path):
    root = delivery(tmp_path)
    path = seven(tmp_path / "two.7z", root)
    with pytest.raises(JumeauError, match=r"JUM-S005.*D024/BATI.*D033/BATI") as refused:
        read(path, "building", source_layer="BATIMENT")
    names = [
        item.name
        for item in unpacking.members(path)
        if "D033/BATI" in item.name and item.name.endswith(".shp")
    ]
    assert names[0] in str(refused.value)
    assert read(path, "building", source_layer=names[0]).read == 5


def test_a_tar_serves_as_well(read: Any, tmp_path: Path, temporary: Path):
    root = delivery(tmp_path)
    for suffix, mode in (("tar", "w"), ("tar.gz", "w:gz"), ("tgz", "w:gz"), ("tar.bz2", "w:bz2")):
        path = tmp_path / f"d.{suffix}"
        with tarfile.open(path, mode) as packed:
            packed.add(root / "1_DONNEES_LIVRAISON_2024-03/BDT_3-3_SHP_LAMB93_D033", "d")
        assert archive.claims(str(path)) == 10
        assert read(path, "building", source_layer="BATIMENT").read == 5
    assert list(temporary.iterdir()) == []


def test_volumes_are_read_together_or_not_at_all(read: Any, tmp_path: Path):
    whole = seven(tmp_path / "d.7z", delivery(tmp_path)).read_bytes()
    first = tmp_path / "s.7z.001"
    for number in range(3):  # as IGN and 7-Zip name them
        part = whole[number * len(whole) // 3 : (number + 1) * len(whole) // 3]
        (tmp_path / f"s.7z.{number + 1:03d}").write_bytes(part)
    layer = next(
        item.name
        for item in unpacking.members(first)
        if item.name.endswith("D024/BATI/BATIMENT.shp")
    )
    assert read(first, "building", source_layer=layer).read == 3
    second = (tmp_path / "s.7z.002").rename(tmp_path / "aside")
    with pytest.raises(JumeauError, match=r"JUM-S253.*s\.7z\.002"):
        read(first, "building", source_layer=layer)
    aside = second.rename(tmp_path / "s.7z.002")
    assert read(first, "building", source_layer=layer).read == 3
    (tmp_path / "s.7z.003").unlink()
    assert aside.exists()
    with pytest.raises(JumeauError, match="JUM-S004"):  # the last ones cannot be known to lack
        read(first, "building", source_layer=layer)


def test_a_locked_7z_is_refused(read: Any, tmp_path: Path):
    root = delivery(tmp_path)
    path = seven(tmp_path / "a.7z", root, password="secret")
    with pytest.raises(JumeauError, match="JUM-S019"):
        read(path, "building", source_layer="BATIMENT")
    path = seven(tmp_path / "b.7z", root, password="secret", header_encryption=True)
    with pytest.raises(JumeauError, match="JUM-S019"):
        read(path, "building", source_layer="BATIMENT")


def test_a_damaged_7z_is_refused_and_leaves_nothing(read: Any, tmp_path: Path, temporary: Path):
    root = delivery(tmp_path) / "1_DONNEES_LIVRAISON_2024-03/BDT_3-3_SHP_LAMB93_D024"
    path = seven(tmp_path / "a.7z", root)
    sound = path.read_bytes()
    middle = len(sound) // 2
    for raw in (
        sound[:middle],
        sound[:20],
        sound[:60] + bytes(40) + sound[100:],
        sound[:-30] + bytes(30),
        b"PK" + sound[2:],
        b"x" * 500,
    ):
        path.write_bytes(raw)
        with pytest.raises(JumeauError, match="JUM-S004"):
            read(path, "building", source_layer="BATIMENT")
    assert list(temporary.iterdir()) == []
    path.write_bytes(b"")
    with pytest.raises(JumeauError, match="JUM-S002"):
        read(path, "building")


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "/etc/evil.csv", "C:/evil.csv", "a/../../b.csv"]
)
def test_paths_that_leave_an_archive_are_refused(read: Any, tmp_path: Path, name: str):
    body = b"id;x;y\n1;770000;6280000\n"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr(name, body)
    with tarfile.open(tmp_path / "a.tar", "w") as packed_tar:
        info = tarfile.TarInfo(name)
        info.size = len(body)
        packed_tar.addfile(info, io.BytesIO(body))
    for file in ("a.zip", "a.tar"):
        with pytest.raises(JumeauError, match="JUM-S250"):
            read(tmp_path / file, "luminaire")
    assert not (tmp_path.parent / "evil.csv").exists()


def test_links_of_a_tar_are_no_files(tmp_path: Path):
    with tarfile.open(tmp_path / "a.tar", "w") as packed:
        info = tarfile.TarInfo("passwd.csv")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(info)
    with pytest.raises(JumeauError, match="JUM-S002"):
        unpacking.members(tmp_path / "a.tar")


def test_what_would_swell_beyond_reason_is_refused(
    read: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    body = b"id;x;y\n" + b"0" * 4_000_000
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.csv", body)
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as packed_seven:
        packed_seven.writef(io.BytesIO(body), "a.csv")
    import gzip

    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(body))
    monkeypatch.setattr(unpacking, "SMALL", 1_000_000)
    for file in ("a.zip", "a.7z", "a.csv.gz"):
        with pytest.raises(JumeauError, match=r"JUM-S251.*MB"):
            read(tmp_path / file, "luminaire")


def test_a_disk_without_room_is_told_before(
    read: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = seven(tmp_path / "a.7z", delivery(tmp_path) / "1_DONNEES_LIVRAISON_2024-03")
    name = next(item.name for item in unpacking.members(path) if item.name.endswith("BATIMENT.shp"))
    monkeypatch.setattr(unpacking, "ROOM", 1 << 60)
    with pytest.raises(JumeauError, match="JUM-S252"):
        read(path, "building", source_layer=name)


def test_files_stay_as_long_as_they_are_used(tmp_path: Path, temporary: Path):
    path = seven(tmp_path / "a.7z", delivery(tmp_path) / "1_DONNEES_LIVRAISON_2024-03")
    name = next(item.name for item in unpacking.members(path) if item.name.endswith("BATIMENT.shp"))
    located = archive.locate(str(path), member=name)
    assert Path(located.path).exists() and set(located.sidecars) >= {".shp", ".shx", ".dbf"}
    assert located.uri == path
    del located
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_a_7z_enters_the_twin_with_its_own_name(tmp_path: Path):
    root = delivery(tmp_path) / "1_DONNEES_LIVRAISON_2024-03/BDT_3-3_SHP_LAMB93_D024"
    path = seven(tmp_path / "bdtopo.7z", root)
    town = jumeau.create(tmp_path / "t", name="T", insee=["24322"])
    report = town.add(path, "building", layer="BATIMENT")
    assert (report.file, report.added) == ("bdtopo.7z", 3)
    assert town.add(path, "building", layer="BATIMENT").added == 0


@pytest.mark.parametrize(
    ("count", "text"), [(5, "5 B"), (12_345, "12 kB"), (3_400_000, "3 MB"), (7_600_000_000, "8 GB")]
)
def test_sizes_are_written_for_people(count: int, text: str):
    assert unpacking._size(count) == text
