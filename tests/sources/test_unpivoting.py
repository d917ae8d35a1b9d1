# SPDX-License-Identifier: EUPL-1.2
"""A column a quantity becomes a row a quantity; a blank is nothing, and never a zero."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from jumeau.sources.drivers import Records
from jumeau.sources.unpivoting import unpivot

SPEC = {"name": "quantity", "value": "volume", "columns": {"produced": ["volume_produit", "VP.059"],
                                                          "sold": ["volume_vendu"]}}  # fmt: skip


def records(columns: dict[str, list[Any]]) -> Records:
    table = pa.table(columns)
    return Records(
        table, None, None, read=table.num_rows, announced=None, driver="CSV", layer="x"
    )  # fmt: skip


def test_rows_of_filled_cells_only() -> None:
    given = records({"An": ["2023", "2024"], "Volume produit (m³)": ["0", ""],
                     "volume vendu": ["NC", "12"], "note": ["a", "b"]})  # fmt: skip
    done = unpivot(given, SPEC)
    assert done.table.to_pylist() == [
        {"An": "2023", "note": "a", "quantity": "produced", "volume": "0"},
        {"An": "2024", "note": "b", "quantity": "sold", "volume": "12"},
    ]
    assert done.read == 2


def test_a_file_without_such_columns_stays() -> None:
    given = records({"annee": ["2023"], "volume": ["3"]})
    assert unpivot(given, SPEC) is given


def test_objects_give_columns_opened_or_not() -> None:
    spec = SPEC | {"object": "indicateurs"}
    given = records({"an": ["2023", "2024", "2025"], "indicateurs": ['{"VP.059": 5}', "[]", "}"]})
    assert unpivot(given, spec).table.to_pylist() == [
        {"an": "2023", "quantity": "produced", "volume": "5"}
    ]
    flat = records({"an": ["2023"], "indicateurs_VP.059": ["7"]})
    assert unpivot(flat, spec).table.column("volume").to_pylist() == ["7"]


def test_a_table_of_a_water_service(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "bilan.csv"
    path.write_text(
        "Exercice;Service;Volume produit (m³);Volume importé;Volume consommé domestique\n"
        "2023;Bourg;1 000 000,5;0;\n2024;Bourg;900000;;600000\n", encoding="utf-8",
    )  # fmt: skip
    got = read(path, "water_volume")
    assert got.data("JUM-S260")["key"] == "service_eau"
    rows = list(zip(got.column("year"), got.column("quantity"), got.column("volume_m3"),
                    strict=True))  # fmt: skip
    assert sorted(rows) == [
        (2023, "bought", 0.0), (2023, "produced", 1_000_000.5),
        (2024, "metered_domestic", 600_000.0), (2024, "produced", 900_000.0),
    ]  # fmt: skip
    assert set(got.column("network_id")) == {"Bourg"}
    assert len(set(got.column("id"))) == 4


def test_the_export_of_the_observatory_and_the_answer_of_the_service(
    read: Any, tmp_path: Path
) -> None:
    path = tmp_path / "SISPEA_FR_2022_AEP.csv"
    path.write_text(
        "id_sispea_serv;Nom_serv;VP.059;vp_063;VP.077;p104_3;VP.236\n"
        "12;Bourg;1000;.;12,3;82,5;10\n", encoding="utf-8",
    )  # fmt: skip
    volumes = read(path, "water_volume", constants={"year": 2022})
    assert volumes.column("quantity") == ["produced"]
    told = read(path, "water_knowledge", constants={"year": 2022})
    assert dict(zip(told.column("item"), told.column("value"), strict=True)) == {
        "network_length_km": "12,3", "P104.3": "82,5", "network_plan": "10",
    }  # fmt: skip
    answer = tmp_path / "services.json"
    data = [{"code_service": 3, "nom_service": "Bourg", "annee": 2019,
             "indicateurs": {"P104.3": 81.2, "P999.9": 1}}]  # fmt: skip
    answer.write_text(json.dumps({"count": 1, "data": data}), encoding="utf-8")
    got = read(answer, "water_knowledge")
    assert (got.column("item"), got.column("value")) == (["P104.3"], ["81.2"])
