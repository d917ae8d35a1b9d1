# SPDX-License-Identifier: EUPL-1.2
"""Where data are, and containers that are damaged."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import Any

import pytest

from jumeau.base.errors import JumeauError, MissingFileError
from jumeau.sources.archive import claims, locate


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def code(file: Path, **options: object) -> str:
    with pytest.raises(JumeauError) as raised:
        locate(str(file), **options)  # type: ignore[arg-type]
    assert raised.value.remedy
    return raised.value.code


def test_a_missing_file_suggests_its_neighbour(tmp_path: Path):
    (tmp_path / "lampes.csv").write_text("id\n1\n")
    with pytest.raises(MissingFileError, match=r"JUM-S001[\s\S]*lampes\.csv"):
        locate(str(tmp_path / "lampe.csv"))


def test_empty_unknown_and_suffixless_files(tmp_path: Path):
    for name, expected in (("a.csv", "JUM-S002"), ("a.zip", "JUM-S002")):
        (tmp_path / name).write_bytes(b"")
        assert code(tmp_path / name) == expected
    for name in ("plan.dwg", "lisezmoi"):
        (tmp_path / name).write_bytes(b"x")
        assert code(tmp_path / name) == "JUM-S003"


def test_a_zip_with_one_data_file_is_opened_in_place(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"lampes.csv": b"id;x;y\n1;2;3\n", "lisezmoi.txt": b"x"})
    found = locate(str(path))
    assert (found.name, found.container, found.suffix) == ("lampes.csv", "zip", ".csv")
    assert found.bytes().startswith(b"id;x")
    assert found.size() == 13


def test_members_of_macos_and_hidden_files_do_not_count(tmp_path: Path):
    path = zipped(
        tmp_path / "a.zip", {"lampes.csv": b"id\n1\n", "__MACOSX/lampes.csv": b"?", ".a.csv": b"?"}
    )
    assert locate(str(path)).name == "lampes.csv"


def test_several_data_files_must_be_chosen(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"rues.csv": b"a\n1\n", "lampes.csv": b"a\n1\n"})
    with pytest.raises(JumeauError, match=r"JUM-S005[\s\S]*lampes, rues"):
        locate(str(path))
    assert locate(str(path), member="RUES").name == "rues.csv"
    with pytest.raises(JumeauError, match=r"JUM-S006[\s\S]*lampes"):
        locate(str(path), member="lampe")


def test_a_raster_is_preferred_only_when_one_is_wanted(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"t.asc": b"x", "lampes.csv": b"a\n1\n"})
    assert locate(str(path)).name == "lampes.csv"
    assert locate(str(path), raster=True).name == "t.asc"


def test_a_folder_is_searched_like_a_zip(tmp_path: Path):
    (tmp_path / "lampes.csv").write_text("a\n1\n")
    assert locate(str(tmp_path)).name == "lampes.csv"
    (tmp_path / "rues.csv").write_text("a\n1\n")
    assert code(tmp_path) == "JUM-S005"


@pytest.mark.parametrize("cut", [0.3, 0.7, 0.98])
def test_a_truncated_zip_is_refused(tmp_path: Path, cut: float):
    path = zipped(tmp_path / "a.zip", {"lampes.csv": b"id;x\n" * 5000})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * cut)])
    assert code(path) == "JUM-S004"


def test_a_corrupted_zip_is_refused(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"lampes.csv": bytes(range(256)) * 400})
    whole = bytearray(path.read_bytes())
    whole[120:130] = b"\0" * 10
    path.write_bytes(whole)
    assert code(path) == "JUM-S004"


def test_a_locked_zip_says_so(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"lampes.csv": b"id\n1\n"})
    whole = bytearray(path.read_bytes())
    directory = whole.index(b"PK\x01\x02")
    whole[6] |= 1
    whole[directory + 8] |= 1
    path.write_bytes(whole)
    assert code(path) == "JUM-S019"


def test_gzip_is_opened_and_a_truncated_one_refused(tmp_path: Path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id;x;y\n" * 3000))
    found = locate(str(path))
    assert (found.container, found.suffix, found.size()) == ("gzip", ".csv", 21000)
    path.write_bytes(path.read_bytes()[:-20])
    assert code(path) == "JUM-S004"


def test_a_text_called_gpkg_or_parquet_is_refused(tmp_path: Path):
    for name in ("a.gpkg", "a.parquet", "a.shp"):
        (tmp_path / name).write_bytes(b"<html>404</html>")
        assert code(tmp_path / name) == "JUM-S004"


@pytest.mark.parametrize("pages", [1, 3])
def test_a_geopackage_shorter_than_its_page_count_is_refused(
    tmp_path: Path, lamps: Any, pages: int
):
    path = tmp_path / "l.gpkg"
    lamps.to_file(path)
    whole = path.read_bytes()
    page = int.from_bytes(whole[16:18], "big")
    path.write_bytes(whole[: -page * pages])
    with pytest.raises(JumeauError, match=rf"JUM-S004[\s\S]*< {len(whole)} B"):
        locate(str(path))
    assert locate(str(path), whole=False).size() == len(whole) - page * pages


def test_sidecars_are_found_whatever_their_case(tmp_path: Path):
    for suffix in (".SHP", ".DBF", ".prj"):
        (tmp_path / f"Rues{suffix}").write_bytes(b"x")
    found = locate(str(tmp_path / "Rues.SHP"), whole=False)
    assert set(found.sidecars) == {".shp", ".dbf", ".prj"}


@pytest.mark.parametrize(
    ("name", "priority"),
    [
        ("a.gpkg", 10),
        ("A.SHP", 10),
        ("a.csv.gz", 10),
        ("a.zip", 10),
        ("a.laz", 0),
        ("a.gz", 0),
        ("a", 0),
    ],
)
def test_claims(name: str, priority: int):
    assert claims(name) == priority
