# SPDX-License-Identifier: EUPL-1.2
"""From a file to an intake: accounts that add up, and every loss told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from jumeau.base.errors import JumeauError

X, Y = 770_000.0, 6_280_000.0


def csv(path: Path, header: str, *rows: str) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def balance(got: Any) -> None:
    assert got.read == got.table.num_rows + got.dropped


def test_points_in_the_sea_or_at_zero_are_left_out(read: Any, tmp_path: Path):
    rows = [f"{k};{3.87 + k / 1000};{43.61}" for k in range(20)]
    got = read(csv(tmp_path / "l.csv", "id;lon;lat", *rows, "s1;-25;43.6", "s2;0;0"), "luminaire")
    assert got.table.num_rows == 20
    assert got.dropped == 2
    assert got.data("JUM-S109")["rows"] == ["21"]
    assert got.data("JUM-S110")["rows"] == ["22"]
    balance(got)


def test_points_far_from_the_others_are_kept_and_told(read: Any, tmp_path: Path):
    rows = [f"{k};{X + k};{Y}" for k in range(20)]
    got = read(csv(tmp_path / "l.csv", "id;x;y", *rows, "far;652000;6862000"), "luminaire")
    assert got.table.num_rows == 21
    assert got.data("JUM-S127")["count"] == 1
    assert 590 < got.data("JUM-S127")["distance_km"] < 600


def test_points_far_from_the_expected_area_are_told(read: Any, tmp_path: Path):
    path = csv(tmp_path / "l.csv", "id;x;y", f"a;{X};{Y}", f"b;{X + 25_000};{Y}")
    here = (X - 100, Y - 100, X + 100, Y + 100)
    assert read(path, "luminaire", area=here).data("JUM-S127")["count"] == 1
    assert "JUM-S127" not in read(path, "luminaire").codes


def test_longitude_latitude_given_as_lambert_is_refused(read: Any, lamps: Any, tmp_path: Path):
    frame = lamps.to_crs(4326).set_crs(2154, allow_override=True)
    frame.to_file(tmp_path / "l.gpkg")
    with pytest.raises(JumeauError, match=r"JUM-S009[\s\S]*--crs EPSG:4326"):
        read(tmp_path / "l.gpkg", "luminaire")
    got = read(tmp_path / "l.gpkg", "luminaire", source_crs="EPSG:4326")
    assert shapely.distance(got.shapes, lamps.geometry.to_numpy()).max() < 0.01


def test_swapped_axes_are_put_right(read: Any, lamps: Any, tmp_path: Path):
    for crs in (4326, 2154):
        turned = lamps.to_crs(crs)
        turned["geometry"] = shapely.transform(turned.geometry.to_numpy(), lambda c: c[:, ::-1])
        turned.to_file(tmp_path / f"l{crs}.gpkg")
        got = read(tmp_path / f"l{crs}.gpkg", "luminaire")
        assert shapely.distance(got.shapes, lamps.geometry.to_numpy()).max() < 0.01
        assert got.codes["JUM-S108"].severity == "degrades"


def test_repeated_positions_are_told_and_kept(read: Any, tmp_path: Path):
    rows = [f"{X};{Y}"] * 3 + [f"{X + 1};{Y}"] * 2 + [f"{X + 5};{Y}"]
    got = read(csv(tmp_path / "l.csv", "x;y", *rows), "luminaire")
    assert (got.table.num_rows, got.dropped) == (6, 0)
    assert got.data("JUM-S126") == {"count": 5, "places": 2}
    assert len(set(got.column("id"))) == 6


def test_duplicate_identifiers(read: Any, tmp_path: Path):
    rows = [f"a;{X};{Y};mur", f"a;{X};{Y};mur", f"b;{X};{Y + 1};mur", f"b;{X + 9};{Y};mât"]
    got = read(csv(tmp_path / "l.csv", "id;x;y;support", *rows), "luminaire")
    assert got.column("id") == ["a", "b"]
    assert got.column("support") == ["mur", "mur"]
    assert got.dropped == 2
    assert {"JUM-S124", "JUM-S125"} <= set(got.codes)
    balance(got)


def test_identifiers_do_not_depend_on_the_order_of_rows(read: Any, tmp_path: Path):
    rows = [f"{X + k % 7};{Y};s{k}" for k in range(40)]
    first = read(csv(tmp_path / "a.csv", "x;y;support", *rows), "luminaire")
    second = read(csv(tmp_path / "b.csv", "x;y;support", *rows[::-1]), "luminaire")
    named = [
        dict(zip(got.column("support"), got.column("id"), strict=True)) for got in (first, second)
    ]
    assert named[0] == named[1]


def test_a_table_without_positions_is_refused_with_its_columns(read: Any, tmp_path: Path):
    path = csv(tmp_path / "l.csv", "puissance;hauteur", "100;8")
    with pytest.raises(JumeauError, match=r"JUM-S011[\s\S]*puissance, hauteur[\s\S]*--map"):
        read(path, "luminaire")


def test_a_table_of_identifiers_without_positions_completes_rows(read: Any, tmp_path: Path):
    got = read(csv(tmp_path / "l.csv", "id;puissance", "a;100"), "luminaire")
    assert got.table.to_pydict() == {"id": ["a"], "power_w": [100.0]}
    assert "JUM-S148" in got.codes
    with pytest.raises(JumeauError, match="JUM-S011"):
        read(csv(tmp_path / "m.csv", "id;inconnu", "a;1"), "luminaire")


def test_a_sensor_may_have_no_position(read: Any, tmp_path: Path):
    got = read(csv(tmp_path / "s.csv", "id;nom;unite", "a;Mairie;kWh"), "sensor")
    assert got.table.num_rows == 1
    assert "geometry" not in got.table.column_names


def test_geometry_of_a_table_without_is_told(read: Any, tmp_path: Path):
    frame = gpd.GeoDataFrame(
        {"Exercice": [2020], "Montant": [1.0]}, geometry=[shapely.Point(X, Y)], crs=2154
    )
    frame.to_file(tmp_path / "b.gpkg")
    got = read(tmp_path / "b.gpkg", "budget")
    assert got.column("year") == [2020]
    assert "JUM-S128" in got.codes


def test_rows_without_what_the_table_requires(read: Any, tmp_path: Path):
    path = csv(tmp_path / "b.csv", "Exercice;Montant", "2020;1", ";2", "2021;3")
    got = read(path, "budget")
    assert got.column("amount_eur") == [1, 3]
    assert got.data("JUM-S130")["rows"] == ["2"]
    balance(got)
    with pytest.raises(JumeauError, match=r"JUM-S020[\s\S]*year"):
        read(csv(tmp_path / "c.csv", "Montant;Nature", "1;60612"), "budget")


def test_constants_fill_every_row_and_are_verified(read: Any, tmp_path: Path):
    path = csv(tmp_path / "b.csv", "Montant;Nature", "1;60612", "2;6042")
    assert read(path, "budget", constants={"year": 2014}).column("year") == [2014, 2014]
    assert read(path, "budget", constants={"year": 2014, "section": "Fonctionnement"}).column(
        "section"
    ) == ["F", "F"]
    for wrong in ({"year": "deux mille"}, {"year": 2014, "section": "X"}):
        with pytest.raises(JumeauError, match="JUM-S021"):
            read(path, "budget", constants=wrong)
    with pytest.raises(JumeauError, match="JUM-S013"):
        read(path, "budget", constants={"yeer": 2014})


def test_only_mapped_columns_enter(read: Any, tmp_path: Path):
    path = csv(tmp_path / "l.csv", "id;x;y;nom_agent;telephone", f"a;{X};{Y};Dupont;06")
    got = read(path, "luminaire")
    assert got.table.column_names == ["id", "geometry"]
    assert got.data("JUM-S118")["columns"] == ["nom_agent", "telephone"]
    assert got.data("JUM-S118")["options"] == '--map id=id --map "nom_agent=…"'


def test_a_layer_of_another_type_is_refused(read: Any, lamps: Any, tmp_path: Path):
    lamps.to_file(tmp_path / "l.gpkg")
    with pytest.raises(JumeauError, match=r"JUM-S014[\s\S]*Point"):
        read(tmp_path / "l.gpkg", "building")


def test_a_file_of_which_nothing_is_left_is_refused(read: Any, tmp_path: Path):
    with pytest.raises(JumeauError, match="JUM-S022"):
        read(csv(tmp_path / "l.csv", "id;x;y", "a;;", "b;;"), "luminaire")


def test_rows_counted_once_however_many_repairs(read: Any, tmp_path: Path):
    bow = (
        "POLYGON ((770000 6280000, 770002 6280002, 770002 6280000, 770000 6280002, 770000 6280000))"
    )
    rows = [
        f'a;"{bow}";0;ChÃ¢teau',
        'b;"POLYGON ((770000 6280000, 770009 6280000, 770009 6280009, 770000 6280000))";7;Mairie',
    ]
    got = read(csv(tmp_path / "b.csv", "id;wkt;hauteur;nom", *rows), "building")
    assert got.repaired == 1
    assert {"JUM-S102", "JUM-S111", "JUM-S121"} <= set(got.codes)
    assert got.column("name") == ["Château", "Mairie"]


def test_overseas_territories(read: Any, tmp_path: Path):
    path = csv(tmp_path / "l.csv", "id;lon;lat", "a;55.45;-20.88", "b;55.46;-20.89")
    got = read(path, "luminaire", crs="EPSG:2975")
    assert got.table.num_rows == 2
    assert got.shapes[0].x == pytest.approx(338_700, abs=1500)


def test_the_facts_of_the_source(read: Any, lamps: Any, tmp_path: Path):
    lamps.to_file(tmp_path / "l.gpkg", layer="points")
    facts = read(tmp_path / "l.gpkg", "luminaire", {"puissance": "power_w"}).source
    assert facts["driver"] == "GPKG"
    assert facts["crs"] == "EPSG:2154"
    assert facts["layer"] == "points"
    assert facts["unmapped"] == ["lampe"]


def test_progress_is_told(tmp_path: Path, lamps: Any):
    from jumeau.base.contract import ImportRequest
    from jumeau.sources.files import SOURCE
    from jumeau.twin import schema

    lamps.to_file(tmp_path / "l.gpkg")
    seen: list[tuple[str, float]] = []
    request = ImportRequest(
        str(tmp_path / "l.gpkg"),
        schema.table("luminaire"),
        None,
        "EPSG:2154",
        progress=lambda stage, share: seen.append((stage, share)),
    )
    SOURCE.read(request)
    assert seen[-1] == ("geometry", 1.0)


def test_many_rows_take_seconds(read: Any, tmp_path: Path):
    import time

    import pyarrow as pa
    import pyarrow.parquet as pq

    count = 200_000
    rng = np.random.default_rng(0)
    x, y = X + rng.uniform(0, 9000, count), Y + rng.uniform(0, 9000, count)
    wkb = pa.array(shapely.to_wkb(shapely.box(x, y, x + 9, y + 7)))
    table = pa.table(
        {"id": np.arange(count), "hauteur": rng.uniform(2, 20, count), "geometry": wkb}
    )
    pq.write_table(table, tmp_path / "b.parquet")
    start = time.perf_counter()
    got = read(tmp_path / "b.parquet", "building", source_crs="EPSG:2154")
    assert time.perf_counter() - start < 15
    assert got.table.num_rows == count
