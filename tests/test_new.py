# SPDX-License-Identifier: EUPL-1.2
"""``jumeau new``: a territory from its code, with what a folder holds, and nothing invented."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from jumeau import workflow
from jumeau.base.errors import JumeauError
from jumeau.twin import territory as twin

X, Y = 400_000, 6_900_000


@pytest.fixture
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Synthetic ordinary files, named as publishers name them."""
    monkeypatch.delenv("JUMEAU_SHARED", raising=False)
    folder = tmp_path / "downloads"
    folder.mkdir()
    communes = [
        {"code": code, "nom": name, "type": "commune-actuelle", "population": 10,
         "departement": "50", "region": "28", "siren": f"21500{code[2:]}0"}
        for code, name in (("50129", "Bourg"), ("50130", "Ailleurs"))
    ]  # fmt: skip
    (folder / "communes.json.gz").write_bytes(gzip.compress(json.dumps(communes).encode()))
    head = "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y;lon;lat\n"
    rows = [
        f"{insee}_{n};;{n};;Rue Haute;50100;{insee};B;{X + n};{Y + n};;"
        for n, insee in ((1, "50129"), (2, "50130"), (3, "50129"))
    ]
    text = head + "\n".join(rows) + "\n"
    (folder / "adresses-50.csv.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def test_an_empty_cache_gives_an_honest_empty_territory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUMEAU_SHARED", raising=False)
    (tmp_path / "cache").mkdir()
    made, done = workflow.new("97411", tmp_path / "t", offline=tmp_path / "cache")
    assert (made.crs, made.time_zone, made.insee) == ("EPSG:2975", "Indian/Reunion", ("97411",))
    assert list(done) == []
    codes = [item.code for item in done.failures]
    assert codes[0] == "JUM-S327"
    assert set(codes[1:]) == {"JUM-S350"} and len(codes) > 10
    assert all("https://" in item.data["page"] for item in done.failures[1:])
    assert made.extent() is None
    kept = set(made.check()["code"])
    assert {"JUM-S327", "JUM-S350"} <= kept
    assert list((tmp_path / "cache").iterdir()) == []


def test_files_of_a_folder_enter_restricted_to_the_communes(
    downloads: Path, tmp_path: Path
) -> None:
    made, done = workflow.new("50129", tmp_path / "t", offline=downloads)
    assert (made.name, made.crs) == ("Bourg", "EPSG:2154")
    assert sorted(report.table for report in done) == ["address", "municipality"]
    assert made.count("address") == 2
    (row,) = made.table("municipality").to_pylist()
    assert (row["id"], row["name"], row["population"]) == ("50129", "Bourg", 10)
    assert {path.name for path in downloads.iterdir()} == {"communes.json.gz", "adresses-50.csv.gz"}

    again = workflow.refresh(made, offline=downloads)
    assert sum(report.added for report in again) == 0
    only = workflow.refresh(made, only=["ban.address"], offline=downloads)
    assert [report.table for report in only] == ["address"]
    # What failed in the other steps still holds.
    assert "ign.bdtopo.building" in set(made.check()["entity"])
    with pytest.raises(JumeauError, match=r"JUM-S351[\s\S]*ban\.address"):
        workflow.refresh(made, only=["ban.adress"], offline=downloads)


def test_a_file_that_no_dataset_stands_for_is_a_step_of_its_own(
    downloads: Path, tmp_path: Path
) -> None:
    text = "BGT_NATDEC;BGT_ANNEE;BGT_SIRET;BGT_NOM;BGT_NATURE;BGT_SECTION;BGT_MTREAL\n"
    text += "CA;2024;21500129000010;BOURG;60612;F;1200.5\n"
    (downloads / "budget-2024.csv").write_text(text)
    made, _ = workflow.new("50129", tmp_path / "t", offline=downloads)
    recipe = (made.path / "recipe.yaml").read_text(encoding="utf-8")
    assert "budget-2024.csv" in recipe
    (row,) = made.table("budget").to_pylist()
    assert (row["year"], row["amount_eur"]) == (2024, 1200.5)


def test_wrong_codes_make_nothing(downloads: Path, tmp_path: Path) -> None:
    with pytest.raises(JumeauError, match="JUM-S324"):
        workflow.new("50128", tmp_path / "t", offline=downloads)
    assert not (tmp_path / "t").exists()
    with pytest.raises(JumeauError, match="JUM-S001"):
        workflow.new("50129", tmp_path / "t", offline=tmp_path / "nowhere")


def test_addresses_of_publishers_are_kept_in_the_territory(tmp_path: Path) -> None:
    made = twin.create(tmp_path / "t", name="T", insee=["50129"])
    path = made.path / "territory.toml"
    text = path.read_text()
    assert "[sources]\n" in text
    mirror = '[sources]\nign = "https://mirror.example.fr"\n'
    path.write_text(text.replace("[sources]\n", mirror))
    opened = twin.open(made.path)
    assert opened.settings.sources == {"ign": "https://mirror.example.fr"}


def test_a_recipe_may_list_files_and_patterns(tmp_path: Path) -> None:
    made = twin.create(tmp_path / "t", name="T", insee=["50129"])
    for number in (1, 2, 3):
        text = f"id,x,y\nt{number},{X + number},{Y}\n"
        (tmp_path / f"arbres{number}.csv").write_text(text)
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        'sources:\n  - {file: [arbres1.csv, "arbres[23].csv"], table: tree}\n'
        '  - {file: "absent*.csv", table: tree}\n'
    )
    done = workflow.refresh(made, recipe)
    assert [report.read for report in done] == [1, 1, 1]
    assert made.count("tree") == 3
    (failure,) = done.failures
    assert "JUM-S352" in failure.data["detail"]


def test_the_command(downloads: Path, tmp_path: Path, capsys: Any) -> None:
    import typer.main

    from jumeau.cli.application import app
    from jumeau.cli.shell import Group

    program = typer.main.get_command(app)
    assert isinstance(program, Group)
    arguments = ["new", "50129", str(tmp_path / "t"), "--offline", str(downloads), "--json"]
    assert program.main(arguments, standalone_mode=False) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["name"], document["insee"]) == ("Bourg", ["50129"])
    assert {row["table"] for row in document["files"]} == {"address", "municipality"}
    assert document["failures"]
