# SPDX-License-Identifier: EUPL-1.2
"""Makers' files in the twin: entered whole, matched to lamps, refused or told when wrong."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

import jumeau
from jumeau.base.errors import JumeauError
from jumeau.twin.scenario import Scenario
from jumeau.worksites import lighting
from jumeau.worksites.lighting import diagnosis, photometries

WORKSITE = lighting.WORKSITE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write the photometry of a sodium luminaire as a maker would send it."""
    path = tmp_path / "Avenue_100.LDT"
    lighting.write_ldt(lighting.generic_photometry("SHP 100"), path)
    return path


@pytest.mark.parametrize(
    "name", ["Avenue_100.LDT", "avenue_100", r"C:\Photométries\AVENUE_100.ldt", "x/avenue_100.ies"]
)
def test_names_are_those_of_files_whatever_their_folder_case_and_suffix(name):
    assert photometries.fold(name) == "avenue_100"
    assert photometries.fold("avenue_100 v2.ldt") == "avenue_100 v2"


def test_a_file_enters_whole_and_comes_back_the_same(tmp_path, file):
    territory = jumeau.create(tmp_path / "t.jumeau", name="T")
    report = territory.add(file, "photometry")
    assert (report.read, report.added) == (1, 1)
    assert territory.add(file, "photometry").unchanged == 1
    row = territory.table("photometry").to_pylist()[0]
    source = lighting.read_photometry(file)
    assert row["id"] == "Avenue_100.LDT"
    assert row["flux_lm"] == source.flux_lm
    assert row["lor"] == pytest.approx(source.lor)
    assert row["content"].splitlines() == file.read_text(encoding="utf-8").splitlines()
    assert len(row["sha256"]) == 64 and row["source_id"]
    found = photometries.of(territory, "avenue_100")
    assert np.array_equal(found.candela, source.candela)
    assert photometries.of(territory, "other.ldt") is None
    territory.close()


def test_a_zip_of_files_gives_one_row_each(tmp_path, file):
    archive = tmp_path / "luminaires.zip"
    other = tmp_path / "b.ies"
    lighting.write_ies(lighting.generic_photometry("LED 36W"), other)
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.write(file, f"deep/{file.name}")
        bundle.write(other, "b.ies")
        bundle.writestr("readme.txt", "not a photometry")
    territory = jumeau.create(tmp_path / "t.jumeau", name="T")
    assert territory.add(archive, "photometry").added == 2
    assert set(photometries.read(territory).known) == {"avenue_100", "b"}
    territory.close()


@pytest.mark.parametrize(
    "content", [b"", b"hello\n", b"\x00\x01\x02", b"IESNA:LM-63-2002\nTILT=NONE\n1 1000"]
)
def test_a_wrong_file_is_refused_with_a_code_and_changes_nothing(tmp_path, content):
    path = tmp_path / "wrong.ldt"
    path.write_bytes(content)
    territory = jumeau.create(tmp_path / "t.jumeau", name="T")
    before = territory.version
    with pytest.raises(JumeauError, match=r"^JUM-[SL]"):
        territory.add(path, "photometry")
    assert territory.version == before
    assert territory.count("photometry") == 0
    territory.close()


def test_lamps_find_their_file_and_those_that_name_none_are_told(village, rows, file):
    village.add(file, "photometry")
    lamps = rows(
        [770100.0, 770120.0, 770140.0], [6279003.0] * 3,
        photometry=["avenue_100.ldt", "absent.ldt", "SHP 150"],
    )  # fmt: skip
    lamps["id"] = ["M1", "M2", "M3"]
    with village.transaction("more") as tx:
        tx.insert("luminaire", lamps)
    state = diagnosis.diagnose(village, WORKSITE.parameters())
    assert state.done.file[-3:].tolist() == [0, -1, -1]
    assert (state.done.file[:-3] == -1).all()
    assert state.park.lamp_type[-3:].tolist()[::2] == ["HPS", "HPS"]
    found = {item.code: item for item in diagnosis.findings(state, WORKSITE.parameters())}
    assert found["JUM-L092"].data == {"count": 1, "files": 1, "names": ["absent.ldt"]}
    assert found["JUM-L016"].data["count"] == 26
    assert found["JUM-L094"].data["count"] == 1  # its azimuth is supposed


def test_a_file_spoilt_in_the_twin_is_told_and_generic_light_stands_for_it(village, rows, file):
    village.add(file, "photometry")
    row = village.table("photometry").to_pandas()
    row["content"] = "spoilt"
    lamp = rows([770100.0], [6279003.0], photometry=["avenue_100"])
    lamp["id"] = ["M1"]
    with village.transaction("spoil") as tx:
        tx.upsert("photometry", row)
        tx.insert("luminaire", lamp)
    record = WORKSITE.run(village, Scenario())
    found = village.table("finding", where={"run_id": record.id, "code": "JUM-L093"}).to_pylist()
    assert len(found) == 1 and "Avenue_100.LDT" in found[0]["what"]
    assert "JUM-L092" not in village.table("finding")["code"].to_pylist()
    assert village.raster("illuminance").tiles()


def test_light_follows_the_file_and_its_azimuth(village, rows, file):
    """The same lamp with its file's distribution and C90 turned the other way."""
    village.add(file, "photometry")

    def light(**facts) -> np.ndarray:
        lamp = rows([770200.0], [6279800.0], photometry=["avenue_100"], height_m=[8.0], **facts)
        with village.transaction("lamp") as tx:
            tx.delete("luminaire", {"id": village.table("luminaire")["id"].to_pylist()})
            tx.insert("luminaire", lamp)
        WORKSITE.run(village, Scenario())
        return village.raster("illuminance").read((770149.5, 6279749.5, 770250.5, 6279850.5))[0]

    north, south = light(azimuth_deg=90.0), light(azimuth_deg=270.0)
    assert north[:50].sum() > 1.3 * north[51:].sum()
    assert np.allclose(north, south[::-1, ::-1], rtol=1e-4, atol=1e-4)
    tilted = light(azimuth_deg=90.0, tilt_deg=20.0)
    assert not np.allclose(tilted, north, rtol=0.05)
