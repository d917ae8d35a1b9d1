# SPDX-License-Identifier: EUPL-1.2
"""The synthetic département: real communes, invented ground, everything counted."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

import jumeau
from jumeau.base.errors import InvalidError, MissingFileError, UnknownNameError
from jumeau.sources.synthetic import department, department_drawn, department_files, department_plan
from jumeau.sources.synthetic.department_cog import read_cog
from jumeau.sources.synthetic.department_drawn import (
    BUILDINGS_PER_INHABITANT,
    LAMPS_PER_INHABITANT,
    draw,
)

COUNT = 400


def code_rows(department_code: str, region: str) -> list[dict[str, Any]]:
    """Rows of a small geographic code: present communes, and one that has merged."""
    rows: list[dict[str, Any]] = [
        {
            "code": f"{department_code}{k + 1:0{5 - len(department_code)}d}",
            "nom": f"Commune-{k + 1}",
            "departement": department_code,
            "region": region,
            "type": "commune-actuelle",
            "siren": f"2150000{k:02d}",
            "codesPostaux": [f"{department_code[:2]}100", f"{department_code[:2]}200"][: 1 + k % 2],
            "population": 40 + 37 * k % 500,
        }
        for k in range(COUNT if len(department_code) == 2 else 99)
    ]
    merged = {**rows[0], "type": "commune-deleguee"}
    return [*rows, {key: value for key, value in merged.items() if key != "population"}]


@pytest.fixture(scope="module", autouse=True)
def _narrow() -> Iterator[None]:
    """Give communes no more ground than they need: tests here are not about relief by the 100."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(department_drawn, "LARGEST", 1.0)
        yield


@pytest.fixture(scope="module")
def cog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A geographic code of four départements, one of them in each ocean."""
    folder = tmp_path_factory.mktemp("cog")
    rows = [row for code in ("50", "972", "974", "976") for row in code_rows(code, "28")]
    (folder / "communes.json.gz").write_bytes(gzip.compress(json.dumps(rows).encode()))
    codes = [row["code"] for row in rows if row["departement"] == "50"][:COUNT]
    groups = [
        {"code": f"20000000{k}", "nom": f"CC {k}", "membres": [{"code": c} for c in codes[k::2]]}
        for k in range(2)
    ]
    (folder / "epci.json").write_text(json.dumps(groups), encoding="utf-8")
    (folder / "departements.json").write_text('[{"code": "50", "nom": "Manche"}]', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def five(cog: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A territory of five communes."""
    return department(tmp_path_factory.mktemp("five") / "t", communes=5, cog=cog)


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


# -- what it holds -----------------------------------------------------------------------------
def test_communes_are_those_of_the_code_with_their_figures(five: Any, cog: Path) -> None:
    rows = {row["id"]: row for row in five.table("municipality").to_pylist()}
    real = {item.code: item for item in read_cog("50", cog)[1]}
    assert len(rows) == 5
    assert five.settings.insee == tuple(sorted(rows))
    for code, row in rows.items():
        assert (row["name"], row["population"]) == (real[code].name, real[code].population)
        assert (row["siren"], row["epci_name"]) == (real[code].siren, real[code].epci_name)
        assert row["department"] == "50"
    assert five.name == "Manche"


def test_numbers_follow_the_population_to_the_unit(five: Any) -> None:
    people = sum(five.table("municipality").column("population").to_pylist())
    assert five.table("building").num_rows == round(people * BUILDINGS_PER_INHABITANT)
    assert five.table("luminaire").num_rows == round(people * LAMPS_PER_INHABITANT)
    towns = five.table("municipality", columns=["id", "population"]).to_pylist()
    lamps = five.table("luminaire", columns=["id"]).column("id").to_pylist()
    for town in towns:
        mine = sum(lamp.startswith(town["id"]) for lamp in lamps)
        assert abs(mine - town["population"] * LAMPS_PER_INHABITANT) <= 1


def test_outlines_fit_without_gap_nor_overlap(five: Any) -> None:
    towns = five.geo("municipality")
    places = five.geo("place", where={"kind": "municipality"})
    assert sorted(places["id"]) == sorted(towns["id"])
    whole = shapely.union_all(towns.geometry.to_numpy())
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    assert whole.area == pytest.approx(towns.geometry.area.sum(), rel=1e-9)
    epci = five.geo("place", where={"kind": "epci"})
    assert epci.geometry.area.sum() == pytest.approx(whole.area, rel=1e-9)


def test_what_stands_in_a_commune_bears_its_code_and_its_cabinet(five: Any) -> None:
    towns = five.geo("municipality").set_index("id").geometry
    lamps = five.geo("luminaire", columns=["id", "cabinet_id"])
    inside = [
        towns[name[:5]].contains(point)
        for name, point in zip(lamps["id"], lamps.geometry, strict=True)
    ]
    assert np.mean(inside) > 0.98
    cabinets = set(five.table("cabinet", columns=["id"]).column("id").to_pylist())
    assert set(lamps["cabinet_id"]) == cabinets
    assert all(a[:5] == b[:5] for a, b in zip(lamps["id"], lamps["cabinet_id"], strict=True))
    fed = lamps["cabinet_id"].value_counts()
    assert fed.max() <= 2 * department_plan.PER_CABINET


def test_houses_stand_apart_and_beside_their_street(five: Any) -> None:
    houses = five.geo("building", columns=["id"]).geometry.to_numpy()
    assert shapely.is_valid(houses).all()
    tree = shapely.STRtree(houses)
    left, right = tree.query(houses, predicate="overlaps")
    assert (left < right).sum() <= 0.005 * len(houses)
    streets = five.geo("street", columns=["id"]).geometry.to_numpy()
    assert shapely.distance(houses[:200], shapely.union_all(streets)).max() < 15


def test_relief_covers_the_communes_within_its_bounds(five: Any) -> None:
    values, _ = five.raster("dtm").read(resolution=40)
    assert np.nanmin(values) >= -5.01
    assert np.nanmax(values) <= 360.01
    points = five.geo("building", columns=["id"]).geometry.centroid
    assert np.isfinite(five.raster("dtm").sample(points.x, points.y)).all()


def test_nothing_is_lost_and_nothing_blocks(five: Any) -> None:
    for row in five.table("source").to_pylist():
        if row["table"] != "dtm":
            assert row["read"] == row["added"]
            assert row["dropped"] == 0
        assert "synthétique" in row["publisher"]
    found = five.check()
    assert not (found["severity"] == "blocks").any()
    assert len(found) < 60  # a defect of every row is one finding


# -- seeds -------------------------------------------------------------------------------------
def test_the_same_seed_writes_the_same_bytes_and_another_one_others(
    cog: Path, tmp_path: Path
) -> None:
    def written(name: str, seed: int) -> dict[str, str]:
        drawn = draw("50", seed=seed, communes=2, cog=cog)
        list(department_files.write(drawn, tmp_path / name, lambda *_: None))
        return digests(tmp_path / name)

    first, again, other = written("a", 7), written("b", 7), written("c", 8)
    assert first == again
    assert first["buildings.parquet"] != other["buildings.parquet"]


@pytest.mark.parametrize(
    ("code", "crs", "zone"),
    [
        ("972", "EPSG:5490", "America/Martinique"),
        ("974", "EPSG:2975", "Indian/Reunion"),
        ("976", "EPSG:4471", "Indian/Mayotte"),
    ],
)
def test_overseas_it_stands_in_its_own_projection(
    code: str, crs: str, zone: str, cog: Path, tmp_path: Path
) -> None:
    territory = department(tmp_path / "t", code=code, communes=2, cog=cog)
    assert territory.crs == crs
    assert territory.time_zone == zone
    assert territory.raster("dtm").tiles()
    codes = set(territory.check()["code"])
    assert "JUM-T047" not in codes  # nothing out of the area of use
    assert territory.table("luminaire").num_rows > 0


@pytest.mark.parametrize("number", [1, 2, 3, 4, 7])
def test_any_number_of_communes_can_be_drawn(number: int, cog: Path, tmp_path: Path) -> None:
    for seed in range(3):
        drawn = draw("50", seed=seed, communes=number, cog=cog)
        steps = list(department_files.write(drawn, tmp_path / str(seed), lambda *_: None))
        assert len(drawn.communes) == number
        assert {step.get("table") for step in steps} >= {"municipality", "street", "luminaire"}


# -- bad input ---------------------------------------------------------------------------------
def test_without_the_code_it_says_what_to_fetch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUMEAU_SHARED", raising=False)
    monkeypatch.setenv("JUMEAU_CACHE", str(tmp_path / "cache"))
    with pytest.raises(MissingFileError, match="JUM-S360"):
        department(tmp_path / "t")
    assert not (tmp_path / "t").exists()


def test_the_cache_of_downloads_serves(
    cog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUMEAU_SHARED", raising=False)
    monkeypatch.setenv("JUMEAU_CACHE", str(tmp_path))
    kept = tmp_path / "etalab" / "2026"
    kept.mkdir(parents=True)
    for file in cog.iterdir():
        (kept / file.name).write_bytes(file.read_bytes())
    assert len(read_cog("50")[1]) == COUNT


@pytest.mark.parametrize("code", ["20", "999", "Manche"])
def test_an_unknown_departement_is_refused(code: str, cog: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="JUM-S361"):
        department(tmp_path / "t", code=code, cog=cog)


@pytest.mark.parametrize("number", [0, -3, True])
def test_a_number_of_communes_that_is_none_is_refused(
    number: int, cog: Path, tmp_path: Path
) -> None:
    with pytest.raises(InvalidError, match="JUM-S362"):
        department(tmp_path / "t", communes=number, cog=cog)


def test_a_damaged_code_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "communes.json.gz").write_bytes(b"\x1f\x8b not gzip")
    with pytest.raises(InvalidError, match="JUM-S004"):
        read_cog("50", tmp_path)


def test_the_real_code_has_the_communes_of_manche(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(department_drawn, "LARGEST", 10_000.0)
    drawn = draw("50", cog=shared / "data" / "cog")
    assert len(drawn.communes) == 445
    assert sum(item.population for item in drawn.communes) == 497_522
    assert drawn.lamps.sum() == pytest.approx(150_000, abs=50)
    assert drawn.buildings.sum() == pytest.approx(300_000, abs=50)
    area = sum(box.area for box in drawn.boxes.values())
    assert area == pytest.approx(5_938e6, rel=0.01)
    assert all(item.epci for item in drawn.communes if item.code != "50218")


# -- a process that dies -------------------------------------------------------------------------
MAKE = """
import sys
from jumeau.sources.synthetic import department
department(sys.argv[1], communes=3, cog=sys.argv[2])
"""


def test_killed_at_any_moment_it_goes_on_where_it_was(cog: Path, tmp_path: Path) -> None:
    home = tmp_path / "t"
    rng = np.random.default_rng(20)
    killed, counts = 0, []
    for delay in [*rng.uniform(1.2, 5.5, 2), None]:
        process = subprocess.Popen([sys.executable, "-c", MAKE, str(home), str(cog)])
        if delay is None:
            assert process.wait(timeout=120) == 0
        else:
            time.sleep(float(delay))
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
            if (home / "territory.toml").is_file() and (home / "catalog.sqlite").is_file():
                territory = jumeau.open(home)
                found = territory.check()
                assert not found["code"].isin(["JUM-T106", "JUM-T107"]).any()
                rows = territory.table("source").num_rows
                counts.append(rows)
                territory.close()
    assert killed
    assert counts == sorted(counts)  # what had entered stays
    calm_home = tmp_path / "calm"
    subprocess.run([sys.executable, "-c", MAKE, str(calm_home), str(cog)], check=True, timeout=120)
    calm = jumeau.open(calm_home)
    again = jumeau.open(home)
    for table in ("municipality", "place", "street", "building", "cabinet", "luminaire", "source"):
        assert again.table(table).num_rows == calm.table(table).num_rows, table
    tiles = [
        {row["tile"]: row["sha256"] for row in territory.table("raster_tile").to_pylist()}
        for territory in (again, calm)
    ]
    assert tiles[0] == tiles[1]
    files = {path.name for path in (home / "rasters" / "dtm").glob("*.tif")}
    assert len(files) == len(tiles[0])  # no orphan is left


def test_memory_does_not_follow_the_size(cog: Path, tmp_path: Path) -> None:
    """Peak of a process that imports twelve communes, against one that imports two."""
    code = MAKE.replace("communes=3", "communes=int(sys.argv[3])")
    peaks = {}
    for count in (2, 12):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / str(count)), str(cog), str(count)],
            env={**os.environ, "JUMEAU_WORKERS": "1"},
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        peaks[count] = used.ru_maxrss / 1024
    assert peaks[12] < 2048
    assert peaks[12] < peaks[2] + 300
