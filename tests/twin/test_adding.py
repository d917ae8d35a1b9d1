# SPDX-License-Identifier: EUPL-1.2
"""Import from end to end: what a file becomes, and the twin as it was when it is wrong."""

from __future__ import annotations

import gzip
import os
import resource
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely

import jumeau
from jumeau.base import plugins
from jumeau.base.contract import Counts, ImportRequest, Intake, RasterWindow
from jumeau.base.errors import JumeauError
from jumeau.twin import inbox, schema
from jumeau.twin.territory import Territory

X, Y = 400_000.0, 6_900_000.0
COLUMNS = ["code", "severity", "table", "entity", "what", "why", "remedy", "run_id"]


def state(territory: Territory) -> tuple[int, dict[str, int], list[str]]:
    """Return the version, the rows of each table and the files of a twin."""
    ignored = {".lock", "catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"}
    files = [
        str(path.relative_to(territory.path))
        for path in sorted(territory.path.rglob("*"))
        if path.is_file() and path.name not in ignored
    ]
    return territory.version, {name: territory.count(name) for name in schema.tables()}, files


def csv(path: Path, *rows: str, head: str = "id,x,y,puissance") -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def frame(count: int = 20, crs: int = 2154) -> gpd.GeoDataFrame:
    points = shapely.points(X + np.arange(count) * 7, np.full(count, Y))
    made = gpd.GeoDataFrame(
        {"id": [f"P{number}" for number in range(count)], "puissance": 100.0},
        geometry=points,
        crs=2154,
    )
    return made.to_crs(crs)


def balanced(report: Any) -> None:
    """Check that every record of a file is somewhere in the counts."""
    counts = [
        getattr(report, name)
        for name in ("read", "added", "updated", "unchanged", "linked", "dropped", "repaired")
    ]
    assert all(type(count) is int for count in counts)
    assert counts[0] == sum(counts[1:6])
    assert set(COLUMNS) <= set(report.findings.columns)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "reçus du 3 mai"
    made.mkdir()
    return made


# -- what a file becomes ----------------------------------------------------------------------
def test_an_import_leaves_rows_a_source_a_copy_and_its_findings(
    territory: Territory, folder: Path
) -> None:
    path = csv(folder / "lampes.csv", f"a,{X},{Y},100", f"b,{X + 9},{Y},70")
    report = territory.add(
        path, "luminaire", publisher="Ville", licence="ODbL", vintage="2024", title="Lampes"
    )
    balanced(report)
    assert (report.read, report.added, report.version) == (2, 2, territory.version)
    assert report.mapping == {"id": "id", "puissance": "power_w"}
    source = territory.table("source").to_pylist()[0]
    assert (source["id"], source["publisher"], source["vintage"], source["file"]) == (
        report.source_id, "Ville", "2024", "lampes.csv",
    )  # fmt: skip
    assert source["sha256"] == inbox.digest(path)
    copies = list((territory.path / "inbox").iterdir())
    assert [copy.name for copy in copies] == [f"{source['sha256']}.csv"]
    assert copies[0].read_bytes() == path.read_bytes()
    assert set(territory.table("luminaire")["source_id"].to_pylist()) == {report.source_id}
    kept = territory.table("finding", where={"source_id": report.source_id})
    assert set(kept["code"].to_pylist()) == set(report.findings["code"])


def test_the_same_file_adds_nothing_under_any_name(territory: Territory, folder: Path) -> None:
    path = csv(folder / "l.csv", f"a,{X},{Y},100")
    territory.add(path, "luminaire")
    before = state(territory)
    copy = folder / "autre.csv"
    copy.write_bytes(path.read_bytes())
    for file in (path, str(path), copy):
        again = territory.add(file, "luminaire")
        balanced(again)
        assert (again.added, again.updated, again.unchanged) == (0, 0, 1)
        assert list(again.findings["code"]) == ["JUM-T042"]
    assert state(territory) == before


def test_a_newer_file_updates_by_id_whatever_its_format(territory: Territory, folder: Path) -> None:
    frame(10).to_file(folder / "2023.gpkg")
    first = territory.add(folder / "2023.gpkg", "luminaire")
    newer = frame(12).iloc[4:].assign(puissance=[60.0] * 2 + [100.0] * 6)
    newer.to_parquet(folder / "export 2024.parquet")
    report = territory.add(folder / "export 2024.parquet", "luminaire")
    balanced(report)
    assert (report.added, report.updated, report.unchanged) == (2, 2, 4)
    rows = {row["id"]: row for row in territory.table("luminaire").to_pylist()}
    assert len(rows) == 12
    assert (rows["P4"]["power_w"], rows["P4"]["source_id"]) == (60.0, report.source_id)
    assert (rows["P9"]["power_w"], rows["P9"]["source_id"]) == (100.0, first.source_id)
    before = territory.at(version=first.version).table("luminaire", where={"id": "P4"})
    assert before["power_w"].to_pylist() == [100.0]


def test_a_file_of_heights_completes_the_lamps_it_names(territory: Territory, folder: Path) -> None:
    frame(4).to_file(folder / "l.gpkg")
    territory.add(folder / "l.gpkg", "luminaire")
    heights = csv(folder / "h.csv", "P1,6.5", "P3,7", "inconnu,9", head="id,hauteur")
    report = territory.add(heights, "luminaire")
    balanced(report)
    assert (report.read, report.updated, report.dropped) == (3, 2, 1)
    assert {"JUM-S148", "JUM-T048"} <= set(report.findings["code"])
    found = territory.geo("luminaire").set_index("id")
    assert found["height_m"].dropna().to_dict() == {"P1": 6.5, "P3": 7.0}
    assert not found.geometry.isna().any()
    assert territory.table("source")["dropped"].to_pylist() == [0, 1]


@pytest.mark.parametrize("known", [0, 3])
def test_heights_of_lamps_nobody_knows_are_refused(
    territory: Territory, folder: Path, known: int
) -> None:
    if known:
        frame(known).to_file(folder / "l.gpkg")
        territory.add(folder / "l.gpkg", "luminaire")
    before = state(territory)
    heights = csv(folder / "h.csv", "Z1,6.5", "Z3,7", head="id,hauteur")
    with pytest.raises(ValueError, match=r"JUM-T049[\s\S]*--map"):
        territory.add(heights, "luminaire")
    assert state(territory) == before


@pytest.mark.parametrize("name", ["id", "num_pl", "NUM", "matricule"])
@pytest.mark.parametrize("count", [3, 20, 400])
@pytest.mark.parametrize(
    ("extra", "code"), [("L1,{x},{y},100", "JUM-S125"), ("L1,{far},{y},70", "JUM-S124")]
)
def test_one_repeated_identifier_does_not_cost_the_others(
    territory: Territory, folder: Path, name: str, count: int, extra: str, code: str
) -> None:
    rows = [f"L{k},{X + 5 * k},{Y},100" for k in range(count)]
    rows.append(extra.format(x=X + 5, y=Y, far=X + 9999))
    path = csv(folder / "l.csv", *rows, head=f"{name},x,y,puissance")
    report = territory.add(path, "luminaire")
    balanced(report)
    assert (report.added, report.dropped) == (count, 1)
    assert code in set(report.findings["code"])
    assert set(territory.table("luminaire")["id"].to_pylist()) == {f"L{k}" for k in range(count)}


def test_a_number_that_several_lamps_share_is_no_identifier(
    territory: Territory, folder: Path
) -> None:
    rows = [f"M{k // 2},{X + 5 * k},{Y},100" for k in range(30)]
    report = territory.add(csv(folder / "l.csv", *rows, head="num_support,x,y,puissance"),
                           "luminaire")  # fmt: skip
    assert report.added == 30
    assert "JUM-S123" in set(report.findings["code"])


def test_an_empty_mapping_is_no_mapping(territory: Territory, folder: Path) -> None:
    report = territory.add(csv(folder / "l.csv", f"a,{X},{Y},100"), "luminaire", mapping={})
    assert report.mapping == {"id": "id", "puissance": "power_w"}


def test_lost_records_are_told(territory: Territory, folder: Path) -> None:
    frame(30).to_file(folder / "l.shp")
    raw = bytearray((folder / "l.dbf").read_bytes())
    raw[4:8] = (25).to_bytes(4, "little")
    (folder / "l.dbf").write_bytes(raw)
    report = territory.add(folder / "l.shp", "luminaire")
    told = report.findings.set_index("code")["what"]
    assert "25" in told["JUM-T040"]
    assert "30" in told["JUM-T040"]


def test_one_bad_line_costs_one_line(territory: Territory, folder: Path) -> None:
    rows = [f"L{k},{X + k % 300},{Y + k // 300},100" for k in range(60_000)]
    rows[41_234] += ",de trop"
    report = territory.add(csv(folder / "l.csv", *rows), "luminaire")
    balanced(report)
    assert (report.read, report.added, report.dropped) == (60_000, 59_999, 1)
    told = report.findings.set_index("code")["what"]
    assert any(mark in told["JUM-S115"] for mark in ("41236", "41,236", "41 236"))


def test_encodings_mixed_in_one_file_are_read_cell_by_cell(
    territory: Territory, folder: Path
) -> None:
    rows = [f"{k};{X + k};{Y};Façade".encode("utf-8" if k % 3 else "cp1252") for k in range(30)]
    (folder / "l.csv").write_bytes(b"id;x;y;support\n" + b"\n".join(rows))
    report = territory.add(folder / "l.csv", "luminaire")
    assert (report.added, report.repaired) == (30, 10)
    assert "JUM-S101" in set(report.findings["code"])
    assert set(territory.table("luminaire")["support"].to_pylist()) == {"Façade"}


@pytest.mark.parametrize(
    ("crs", "lon", "lat"),
    [("EPSG:2975", 55.45, -20.88), ("EPSG:5490", -61.53, 16.24), ("EPSG:4471", 45.23, -12.78)],
)
def test_an_overseas_town_in_any_order_of_axes(
    tmp_path: Path, folder: Path, crs: str, lon: float, lat: float
) -> None:
    territory = jumeau.create(tmp_path / "t", name="Outre-mer", crs=crs)
    points = shapely.points(lon + np.arange(9) / 1e4, np.full(9, lat))
    lamps = gpd.GeoDataFrame({"id": [f"R{k}" for k in range(9)]}, geometry=points, crs=4326)
    lamps.to_file(folder / "a.geojson")
    assert territory.add(folder / "a.geojson", "luminaire").added == 9
    swapped = lamps.to_crs(crs)
    swapped["geometry"] = shapely.transform(swapped.geometry.to_numpy(), lambda c: c[:, ::-1])
    swapped.to_file(folder / "b.gpkg")
    report = territory.add(folder / "b.gpkg", "luminaire")
    assert "JUM-S108" in set(report.findings["code"])
    found = territory.geo("luminaire").to_crs(4326).set_index("id").geometry
    assert np.allclose(found.x[lamps["id"]], lamps.geometry.x, atol=1e-7)
    assert np.allclose(found.y[lamps["id"]], lamps.geometry.y, atol=1e-7)
    before = state(territory)
    lamps.to_crs(crs).set_crs(2154, allow_override=True).to_file(folder / "c.gpkg")
    with pytest.raises(JumeauError, match=rf"JUM-S009[\s\S]*--crs {crs}"):
        territory.add(folder / "c.gpkg", "luminaire")
    frame(3, 4326).to_file(folder / "elsewhere.geojson")
    with pytest.raises(JumeauError, match="JUM-S026"):
        territory.add(folder / "elsewhere.geojson", "luminaire")
    assert state(territory) == before


def test_packed_files_upper_case_and_folders_inside(territory: Territory, folder: Path) -> None:
    frame(3, 4326).to_file(folder / "l.geojson")
    with zipfile.ZipFile(folder / "ÉCLAIRAGE.ZIP", "w") as archive:
        archive.write(folder / "l.geojson", "livraison mai/données/l.geojson")
        archive.writestr("livraison mai/LISEZMOI.txt", "bonjour")
    assert territory.add(folder / "ÉCLAIRAGE.ZIP", "luminaire").added == 3
    with gzip.open(folder / "m.CSV.gz", "wb") as file:
        file.write(f"id,x,y\nG1,{X},{Y}\n".encode())
    assert territory.add(folder / "m.CSV.gz", "luminaire").added == 1


# -- a wrong file changes nothing -------------------------------------------------------------
def cut(path: Path, share: float = 0.5) -> Path:
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    return path


def written(folder: Path, name: str, made: gpd.GeoDataFrame | None = None) -> Path:
    made = frame(400) if made is None else made
    if name.endswith("parquet"):
        made.to_parquet(folder / name)
    else:
        made.to_file(folder / name)
    return folder / name


def zipped(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "l.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(written(folder, "l.gpkg"), "l.gpkg")
    return folder / "l.zip"


def gzipped(folder: Path) -> Path:
    rows = "".join(f"{k},{X + k},{Y}\n" for k in range(4000))
    (folder / "l.csv.gz").write_bytes(gzip.compress(f"id,x,y\n{rows}".encode()))
    return folder / "l.csv.gz"


def text(folder: Path, name: str, content: str) -> Path:
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


def in_disguise(folder: Path) -> Path:
    return written(folder, "l.gpkg", frame(crs=4326).set_crs(2154, allow_override=True))


def no_prj(folder: Path) -> Path:
    made = frame()
    made["geometry"] = shapely.transform(made.geometry.to_numpy(), lambda c: c * 9)
    path = written(folder, "l.shp", made)
    path.with_suffix(".prj").unlink()
    return path


def cut_part(folder: Path, suffix: str) -> Path:
    path = written(folder, "l.shp")
    cut(path.with_suffix(suffix))
    return path


WRONG: dict[str, Callable[[Path], Path]] = {
    "missing": lambda folder: folder / "absent.gpkg",
    "folder": lambda folder: folder,
    "empty csv": lambda folder: text(folder, "l.csv", ""),
    "empty gpkg": lambda folder: text(folder, "l.gpkg", ""),
    "empty zip": lambda folder: text(folder, "l.zip", ""),
    "cut gpkg": lambda folder: cut(written(folder, "l.gpkg")),
    "cut at 99 %": lambda folder: cut(written(folder, "l.gpkg"), 0.99),
    "cut zip": lambda folder: cut(zipped(folder), 0.99),
    "cut gzip": lambda folder: cut(gzipped(folder)),
    "cut parquet": lambda folder: cut(written(folder, "l.parquet")),
    "cut geojson": lambda folder: cut(written(folder, "l.geojson")),
    "cut fgb": lambda folder: cut(written(folder, "l.fgb")),
    "cut shp": lambda folder: cut_part(folder, ".shp"),
    "cut dbf": lambda folder: cut_part(folder, ".dbf"),
    "cut shx": lambda folder: cut_part(folder, ".shx"),
    "wrong crs": in_disguise,
    "no crs": no_prj,
    "at (0, 0)": lambda folder: csv(folder / "l.csv", *(f"{k},0,0" for k in range(9)),
                                    head="id,lon,lat"),
    "at sea": lambda folder: csv(folder / "l.csv", *(f"{k},{-30 - k},45" for k in range(9)),
                                 head="id,lon,lat"),
    "no position": lambda folder: csv(folder / "l.csv", "100", head="puissance"),
    "polygons": lambda folder: written(folder, "l.gpkg", frame().set_geometry(frame().buffer(5))),
    "page as geojson": lambda folder: text(folder, "l.geojson", "<html>503</html>"),
    "page as csv": lambda folder: text(folder, "l.csv", "<!DOCTYPE html><html>503</html>"),
    "unknown format": lambda folder: text(folder, "plan.dwg", "AC1032"),
    "part of a shapefile": lambda folder: written(folder, "l.shp").with_suffix(".dbf"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_changes_nothing(territory: Territory, folder: Path, name: str) -> None:
    territory.add(csv(folder / "before.csv", f"a,{X},{Y},100"), "luminaire")
    before = state(territory)
    work = folder / "wrong"
    work.mkdir()
    with pytest.raises(JumeauError, match=r"^JUM-[ST]\d{3}") as caught:
        territory.add(WRONG[name](work), "luminaire")
    assert isinstance(caught.value, ValueError | LookupError | OSError)
    assert caught.value.remedy
    assert state(territory) == before


@pytest.mark.parametrize("name", ["l.csv", "l.gpkg", "l.shp", "l.geojson", "l.parquet"])
def test_a_layer_without_rows_is_told_and_changes_nothing(
    territory: Territory, folder: Path, name: str
) -> None:
    territory.add(csv(folder / "before.csv", f"a,{X},{Y},100"), "luminaire")
    before = state(territory)
    path = csv(folder / name) if name == "l.csv" else written(folder, name, frame(0))
    report = territory.add(path, "luminaire")
    balanced(report)
    assert (report.read, report.added, report.source_id) == (0, 0, "")
    row = report.findings.set_index("code").loc["JUM-S129"]
    assert row["remedy"]
    assert state(territory) == before


@pytest.mark.parametrize(
    ("table", "options", "close"),
    [
        ("luminaires", {}, "luminaire"),
        ("dmt", {}, "dtm"),
        ("luminaire", {"mapping": {"puisance": "power_w"}}, "puissance"),
        ("luminaire", {"mapping": {"puissance": "powerw"}}, "power_w"),
        ("luminaire", {"mapping": {"power_w": "puissance"}}, "puissance=power_w"),
        ("luminaire", {"mapping": {"lon": "x"}}, "x=lon"),
        ("luminaire", {"constants": {"lamptype": "LED"}}, "lamp_type"),
    ],
)
def test_wrong_names_are_refused_with_the_right_ones(
    territory: Territory, folder: Path, table: str, options: dict[str, Any], close: str
) -> None:
    path = csv(folder / "l.csv", f"a,{X},{Y},100")
    before = state(territory)
    with pytest.raises(KeyError, match=close) as caught:
        territory.add(path, table, **options)
    assert caught.value.remedy
    assert state(territory) == before


def test_a_table_of_results_is_no_target(territory: Territory, folder: Path) -> None:
    with pytest.raises(ValueError, match="JUM-T026"):
        territory.add(csv(folder / "l.csv", f"a,{X},{Y},100"), "indicator")


# -- the machine fails, or somebody else writes -------------------------------------------------
def command(territory: Territory, path: Path, **options: Any) -> subprocess.Popen[str]:
    """Import a file in another process; print the report."""
    program = (
        "import sys, jumeau\n"
        "report = jumeau.open(sys.argv[1]).add(sys.argv[2], 'luminaire')\n"
        "print(report.added, report.updated, report.unchanged)\n"
    )
    words = [sys.executable, "-c", program, str(territory.path), str(path)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            **options)  # fmt: skip


@pytest.fixture
def many(folder: Path) -> Path:
    return csv(
        folder / "many.csv",
        *(f"L{k},{X + k % 1000},{Y + k // 1000},{k % 300}.5" for k in range(150_000)),
    )


@pytest.mark.parametrize("limit", [4_000, 400_000, 3_000_000])
def test_a_disk_that_fills_changes_nothing(territory: Territory, many: Path, limit: int) -> None:
    territory.add(csv(many.with_name("before.csv"), f"a,{X},{Y},100"), "luminaire")
    before = state(territory)

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    running = command(territory, many, preexec_fn=full)
    _, told = running.communicate(timeout=120)
    assert running.returncode != 0
    assert "StorageError" in told
    assert "JUM-T" in told
    again = jumeau.open(territory.path)
    assert state(again) == before
    assert again.add(many, "luminaire").added == 150_000


def test_a_commit_that_fails_leaves_no_copy(
    territory: Territory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv(folder / "l.csv", f"a,{X},{Y},100")
    before = state(territory)

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jumeau.twin.tables.insert", refuse)
    with pytest.raises(OSError, match="JUM-T013"):
        territory.add(path, "luminaire")
    monkeypatch.undo()
    assert state(territory) == before
    assert territory.add(path, "luminaire").added == 1


def test_a_lock_that_cannot_name_its_holder_still_locks(
    territory: Territory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jumeau.twin.locks.os.write", full)
    assert territory.add(csv(folder / "l.csv", f"a,{X},{Y},100"), "luminaire").added == 1


@pytest.mark.parametrize("moment", ["inbox", "rows"])
def test_a_writer_killed_half_way_leaves_the_twin_as_it_was(
    territory: Territory, many: Path, moment: str
) -> None:
    territory.add(csv(many.with_name("before.csv"), f"a,{X},{Y},100"), "luminaire")
    before = state(territory)
    running = command(territory, many)
    deadline = time.monotonic() + 60
    wanted = territory.path / ("inbox" if moment == "inbox" else "tables")
    seen = set(wanted.rglob("*"))
    while set(wanted.rglob("*")) == seen and running.poll() is None:
        assert time.monotonic() < deadline
    os.kill(running.pid, signal.SIGKILL)
    assert running.wait(timeout=30) == -signal.SIGKILL
    running.communicate()
    again = jumeau.open(territory.path)
    assert state(again) == before
    assert again.add(many, "luminaire").added == 150_000


def test_two_writers_of_the_same_file_add_it_once(territory: Territory, many: Path) -> None:
    running = [command(territory, many) for _ in range(2)]
    counts = []
    for one in running:
        said, told = one.communicate(timeout=120)
        assert one.returncode == 0, told
        counts.append(tuple(map(int, said.split())))
    assert sorted(counts) == [(0, 0, 150_000), (150_000, 0, 0)]
    assert territory.count("source") == 1
    assert territory.count("luminaire") == 150_000


def test_two_writers_of_two_files_both_enter(territory: Territory, folder: Path) -> None:
    paths = [csv(folder / f"{k}.csv", f"L{k},{X},{Y + k},100") for k in range(2)]
    running = [command(territory, path) for path in paths]
    for one in running:
        _, told = one.communicate(timeout=120)
        assert one.returncode == 0, told
    assert set(territory.table("luminaire")["id"].to_pylist()) == {"L0", "L1"}
    assert territory.count("source") == 2


# -- several files, several layers, rows of several tables --------------------------------------
class Clouds:
    """A source that makes two layers of each file, counting while it is read."""

    name = "clouds"

    def claims(self, uri: str) -> int:
        return 50 if uri.endswith(".cloud") else 0

    def read(self, request: ImportRequest) -> Intake:
        intake = Intake(0, None, 0, 0, None, None, [], {}, {"driver": "cloud", "publisher": "IGN"})

        def windows() -> Iterator[RasterWindow]:
            for number, uri in enumerate(request.uris):
                west = X + 1000 * number - 0.5
                bounds = (west, Y - 999.5, west + 1000, Y + 0.5)
                ones = np.full((1000, 1000), number + 1, np.float32)
                for layer in ("dtm", "dsm"):
                    yield RasterWindow(bounds, ones, layer, uri, last=True)
                intake.files[uri] = Counts(read=10, dropped=number, announced=10 + number)
                intake.read += 10
                intake.dropped += number

        intake.windows = windows()
        return intake


class Registry:
    """A source that links every second record to a building that the twin holds."""

    name = "registry"

    def __init__(self, meanwhile: Callable[[], None] | None = None) -> None:
        self.meanwhile = meanwhile
        self.reads = 0

    def claims(self, uri: str) -> int:
        return 50 if uri.endswith(".registry") else 0

    def read(self, request: ImportRequest) -> Intake:
        self.reads += 1
        known = request.territory.table("building", columns=["id"])["id"].to_pylist()
        if self.meanwhile is not None:
            self.meanwhile()
            self.meanwhile = None
        wkb = shapely.to_wkb(shapely.box(X, Y, X + 5, Y + 5))
        fresh = pa.table({"id": ["N1", "N2"], "geometry": pa.array([wkb] * 2, pa.binary())})
        links = pa.table(
            {
                "id": [f"r:{id}" for id in known],
                "building_id": known,
                "publisher": ["r"] * len(known),
                "publisher_id": known,
            }
        )
        completed = pa.table(
            {
                "id": known,
                "floors": pa.array([3] * len(known), pa.int64()),
                "source_id": pa.array(["theirs"] * len(known), pa.string()),
            }
        )
        return Intake(
            2 + len(known), None, 0, 0, fresh, None, [], {}, {}, linked=len(known),
            others={"building": completed, "building_link": links}, compared=True,
        )  # fmt: skip


def plugged(monkeypatch: pytest.MonkeyPatch, source: Any) -> None:
    loaded = plugins.load_all

    def load_all(group: str) -> dict[str, Any]:
        return {**loaded(group), source.name: source} if "sources" in group else loaded(group)

    monkeypatch.setattr(plugins, "load_all", load_all)


def test_several_files_make_several_layers_in_one_version(
    territory: Territory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged(monkeypatch, Clouds())
    files = [folder / "a.cloud", folder / "b.cloud"]
    for path in files:
        path.write_text(path.name)
    before = territory.version
    report = territory.add(files, layer="all")
    assert (report.read, report.dropped, report.added, report.version) == (20, 1, 4, before + 1)
    assert territory.raster("dsm").value(X + 1500, Y - 10) == 2
    rows = {row["file"]: row for row in territory.table("source").to_pylist()}
    assert {name: (row["read"], row["dropped"]) for name, row in rows.items()} == {
        "a.cloud": (10, 0),
        "b.cloud": (10, 1),
    }
    assert rows["b.cloud"]["publisher"] == "IGN"
    owners = territory.table("raster_tile", where={"layer": "dtm"}).to_pylist()
    assert {row["source_id"] for row in owners} == {row["id"] for row in rows.values()}
    lost = report.findings[report.findings["code"] == "JUM-T040"]
    assert list(lost["entity"]) == ["b.cloud"]  # announced 11, read 10
    again = territory.add(files, layer="all")
    assert (again.added, again.read, again.version) == (0, 20, report.version)
    more = territory.add(files[0], layer="dtm")  # another request: read again
    assert more.read == 10


def test_rows_of_a_publisher_join_those_of_another(
    territory: Territory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wkb = shapely.to_wkb(shapely.box(X, Y, X + 9, Y + 9))
    with territory.transaction("first") as tx:
        tx.insert(
            "building",
            pa.table(
                {"id": ["B1"], "geometry": pa.array([wkb], pa.binary()), "source_id": ["first"]}
            ),
        )
    path = folder / "b.registry"
    path.write_text("x")
    plugged(monkeypatch, Registry())
    report = territory.add(path, "building")
    balanced(report)
    assert (report.read, report.added, report.linked) == (3, 2, 1)
    rows = {row["id"]: row for row in territory.table("building").to_pylist()}
    assert (rows["B1"]["floors"], rows["B1"]["source_id"]) == (3, "theirs")
    assert rows["N1"]["source_id"] == report.source_id
    links = territory.table("building_link").to_pylist()
    assert [(row["building_id"], row["source_id"]) for row in links] == [("B1", report.source_id)]
    again = territory.add(path, "building")
    assert (again.linked, again.unchanged, again.added) == (1, 2, 0)


def test_a_file_compared_with_a_twin_that_moved_is_read_again(
    territory: Territory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wkb = shapely.to_wkb(shapely.box(X, Y, X + 9, Y + 9))

    def meanwhile() -> None:
        with territory.transaction("another writer") as tx:
            tx.insert(
                "building", pa.table({"id": ["B1"], "geometry": pa.array([wkb], pa.binary())})
            )

    path = folder / "b.registry"
    path.write_text("x")
    source = Registry(meanwhile)
    plugged(monkeypatch, source)
    report = territory.add(path, "building")
    assert (source.reads, report.linked) == (2, 1)  # the building of the other writer is known


@pytest.mark.parametrize(
    ("files", "arguments", "code"),
    [
        (["a.csv"], {}, "JUM-T050"),
        ([], {"table": "luminaire"}, "JUM-T052"),
        (["a.csv", "a.csv"], {"table": "luminaire"}, "JUM-T053"),
        (["a.csv"], {"layer": "dmt"}, "JUM-T002"),
    ],
)
def test_where_files_go_must_be_said(
    territory: Territory, folder: Path, files: list[str], arguments: dict[str, str], code: str
) -> None:
    csv(folder / "a.csv", f"a,{X},{Y},100")
    before = state(territory)
    with pytest.raises(JumeauError, match=code):
        territory.add([folder / name for name in files], **arguments)
    assert state(territory) == before


# -- what stays where it is -------------------------------------------------------------------
def _grid(path: Path) -> Path:
    rows = "\n".join(" ".join(["12.5"] * 20) for _ in range(20))
    head = f"ncols 20\nnrows 20\nxllcorner {X - 0.5}\nyllcorner {Y - 0.5}\ncellsize 1\n"
    path.write_text(f"{head}{rows}\n", encoding="ascii")
    return path


def test_large_grids_and_archives_are_not_copied_and_it_is_told(
    territory: Territory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _grid(folder / "mnt.asc")
    assert inbox.large(path) == 0
    monkeypatch.setattr(inbox, "LARGE", path.stat().st_size - 1)
    report = territory.add(path, layer="dtm")
    assert "JUM-T054" in set(report.findings["code"])
    box = territory.path / "inbox"
    assert not box.exists() or not list(box.iterdir())
    source = territory.table("source").to_pylist()[0]
    assert (source["file"], source["sha256"]) == ("mnt.asc", inbox.digest(path))
    assert territory.add(path, layer="dtm").added == 0
    table = csv(folder / "l.csv", *(f"a{i},{X + i},{Y},100" for i in range(200)))
    assert table.stat().st_size > inbox.LARGE
    territory.add(table, "luminaire")
    assert len(list(box.iterdir())) == 1  # tables are always kept


def test_files_that_nothing_reads_together_are_refused(territory: Territory, folder: Path) -> None:
    grid, cloud = _grid(folder / "mnt.asc"), folder / "a.laz"
    cloud.write_bytes(b"LASF" + bytes(400))
    before = state(territory)
    for files in ([grid, cloud], [cloud, grid]):
        with pytest.raises(JumeauError, match=r"JUM-T055[\s\S]*a\.laz[\s\S]*mnt\.asc"):
            territory.add(files, layer="dtm")
    assert state(territory) == before
