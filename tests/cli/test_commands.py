# SPDX-License-Identifier: EUPL-1.2
"""Each command: what it does, what it prints, its JSON, its exit code."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

import jumeau
from jumeau.cli import asking, building


def document(result: Any, code: int = 0) -> Any:
    """Return the one JSON document on stdout."""
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_init_creates_a_territory(jumeau_: Any, tmp_path: Path) -> None:
    path = tmp_path / "reunion.jumeau"
    result = jumeau_(
        "init", path, "--name", "Saint-Denis", "--insee", "97411,97415", "--insee", "97407",
        "--crs", "EPSG:2975", "--json",
    )  # fmt: skip
    found = document(result)
    assert found["insee"] == ["97411", "97415", "97407"]
    assert found["time_zone"] == "Indian/Reunion"
    territory = jumeau.open(path)
    assert territory.name == "Saint-Denis"
    assert territory.crs == "EPSG:2975"


def test_init_says_what_it_made(jumeau_: Any, tmp_path: Path) -> None:
    result = jumeau_("init", tmp_path / "a", "--name", "A")
    assert result.exit_code == 0
    assert "EPSG:2154" in result.stdout
    assert "version 1" in result.stdout


def test_add_imports_a_file(jumeau_: Any, empty: Path, lamps: Path) -> None:
    result = jumeau_(
        "add", empty, lamps, "--as", "luminaire", "--map", "NUM=id", "LON=lon", "LAT=lat",
        "TYPE_LAMPE=lamp_type", "PUISS=power_w", "--constant", "support=mât", "--publisher",
        "Ville", "--title", "Lampes", "--licence", "ODbL", "--vintage", "2024", "--uri", "https://x.fr/l",
        "--json",
    )  # fmt: skip
    found = document(result)
    assert (found["read"], found["added"], found["dropped"]) == (12, 12, 0)
    assert found["mapping"]["PUISS"] == "power_w"
    territory = jumeau.open(empty)
    rows = territory.table("luminaire").to_pandas()
    assert set(rows["lamp_type"]) == {"HPS"}
    assert set(rows["support"].str.lower()) == {"mât"}
    (source,) = territory.table("source").to_pylist()
    assert (source["publisher"], source["title"], source["licence"]) == ("Ville", "Lampes", "ODbL")
    assert (source["vintage"], source["uri"]) == ("2024", "https://x.fr/l")
    again = document(jumeau_("add", empty, lamps, "--as", "luminaire", "--map", "NUM=id", "--json"))
    assert again["added"] == 0
    assert territory.count("luminaire") == 12


def test_add_knows_the_table_of_a_water_network(jumeau_: Any, empty: Path, tmp_path: Path) -> None:
    town = tmp_path / "town.inp"
    town.write_text(
        "[JUNCTIONS]\n A 10 5\n[RESERVOIRS]\n R 50\n[PIPES]\n p R A 100 100 100\n[OPTIONS]\n Units "
        "CMH\n[COORDINATES]\n A 0 0\n R 100 0\n[END]\n"
    )
    (tmp_path / "points.csv").write_text("0,0,700000,6600000\n100,0,700100,6600000\n")
    points = f"control_points={tmp_path / 'points.csv'}"
    found = document(jumeau_("add", empty, town, "--option", points, "--json"))
    assert (found["table"], found["added"]) == ("water_network", 1)
    assert jumeau.open(empty).geo("pipe").total_bounds.tolist() == pytest.approx(
        [700_000, 6_600_000, 700_100, 6_600_000]
    )
    assert jumeau_("add", empty, tmp_path / "points.csv").exit_code != 0, "no table is known for it"


def test_add_for_people(jumeau_: Any, empty: Path, lamps: Path) -> None:
    result = jumeau_("add", empty, lamps, "--as", "luminaire")
    assert result.exit_code == 0, result.output
    assert "12 read, 12 added" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (("--as", "lampadaire"), "JUM-T001"),
        (("--as", "luminaire", "--map", "NUM"), "JUM-C002"),
        (("--as", "luminaire", "--map", "=id"), "JUM-C002"),
        (("--as", "luminaire", "--constant", "nothing=1"), "JUM-"),
    ],
)
def test_a_wrong_add_changes_nothing(
    jumeau_: Any, empty: Path, lamps: Path, extra: tuple[str, ...], code: str
) -> None:
    before = jumeau.open(empty).version
    result = jumeau_("add", empty, lamps, *extra, "--json")
    assert document(result, 3)["error"]["code"].startswith(code)
    assert code in result.stderr
    assert "Traceback" not in result.output
    assert jumeau.open(empty).version == before


def test_check_prints_findings_and_remedies(jumeau_: Any, town_path: Path) -> None:
    result = jumeau_("check", town_path)
    assert result.exit_code == 0
    assert "[informs] JUM-T043" in result.stdout
    assert "→" in result.stdout
    found = document(jumeau_("check", town_path, "--json"))
    assert found["counts"]["degrades"] == sum(
        row["severity"] == "degrades" for row in found["findings"]
    )
    assert found["counts"]["blocks"] == 0


def test_check_exits_1_when_something_blocks(
    jumeau_: Any, town_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jumeau import workflow
    from jumeau.base.findings import finding, frame

    blocking = frame([finding("JUM-T106", "dtm", "0770_6281", path="rasters/x.tif")])
    monkeypatch.setattr(workflow, "check", lambda _: blocking)
    result = jumeau_("check", town_path)
    assert result.exit_code == 1
    assert "[blocks]" in result.stdout
    assert document(jumeau_("check", town_path, "--json"), 1)["counts"]["blocks"] == 1


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg", ".geojson", ".csv"])
def test_export_writes_a_file(jumeau_: Any, town_path: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"lampes{suffix}"
    found = document(jumeau_("export", town_path, "luminaire", "--to", path, "--json"))
    assert found["path"] == str(path)
    if suffix == ".csv":
        assert len(pd.read_csv(path)) == 300
    else:
        frame = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path)
        assert len(frame) == 300
    assert jumeau_("export", town_path, "luminaire", "--to", path).exit_code == 3
    assert jumeau_("export", town_path, "luminaire", "--to", path, "--force").exit_code == 0


def test_export_writes_a_qgis_project(jumeau_: Any, town_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "bourg.qgz"
    found = document(jumeau_("export", town_path, "--qgis", path, "--lang", "fr", "--json"))
    assert found["path"] == str(path)
    assert found["data"] == str(tmp_path / "bourg.gpkg")
    assert found["paths"] == "absolute"
    assert found["layers"] > 10
    with zipfile.ZipFile(path) as archive:
        assert "Points lumineux" in archive.read("bourg.qgs").decode()
    again = document(jumeau_("export", town_path, "--qgis", "--to", path, "--json"), 3)
    assert again["error"]["code"] == "JUM-T121"
    text = jumeau_("export", "--qgis", path, town_path, "--force").stdout
    assert "absolute paths" in text
    beside = document(jumeau_("export", town_path, "--qgis", "--json"))
    assert beside["path"] == str(town_path.with_suffix(".qgz"))
    assert beside["paths"] == "relative"


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("luminaire",),
        ("luminaire", "--to", "a.csv", "--lang", "fr"),
        ("--qgis", "--lang", "de"),
    ],
)
def test_export_says_what_is_missing_or_does_not_go(
    jumeau_: Any, town_path: Path, args: tuple[str, ...]
) -> None:
    assert document(jumeau_("export", town_path, *args, "--json"), 2)["error"]["code"] == "JUM-C001"


def test_export_of_the_past(jumeau_: Any, town_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "indicateurs.csv"
    assert jumeau_("export", town_path, "indicator", "--to", path, "--at", "2").exit_code == 0
    assert len(pd.read_csv(path)) == 0
    result = jumeau_("export", town_path, "indicator", "--to", path, "--at", "1900-01-01", "--json")
    assert document(result, 3)["error"]["code"] == "JUM-T032"


def test_explain_draws_the_chain(jumeau_: Any, town_path: Path) -> None:
    result = jumeau_("explain", town_path, "indicator", "i-town")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "Electricity of lighting" in lines[0]
    assert any("12,000" in line and "15,000" in line and "kWh/yr" in line for line in lines)
    assert any(
        "Price of electricity = 0.21" in line and "€/kWh (default)" in line for line in lines
    )
    assert any("estimated share: 40 %" in line for line in lines)
    assert "lampes.gpkg" in lines[-1]
    assert "sha256 " + "ab" * 32 in lines[-1]
    assert lines[-1].startswith("    └── ")


def test_explain_a_lamp_shows_its_estimates(jumeau_: Any, town_path: Path) -> None:
    text = jumeau_("explain", town_path, "luminaire", "lamp/00002").stdout
    assert "Lamp type (lamp_type) ≈ High-pressure sodium" in text
    assert "Power (power_w) ≈ 70 (50 – 100)" in text


def test_explain_an_option_names_what_it_brings(jumeau_: Any, town_path: Path) -> None:
    text = jumeau_("explain", town_path, "option", "o/1").stdout
    assert "(year) = 2027" in text, "years are not grouped"
    assert "npv_eur" in text
    assert "9,000 (7,000 – 11,000) €" in text


def test_explain_speaks_french(
    jumeau_: Any, town_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    text = jumeau_("explain", town_path, "luminaire", "lamp/00002").stdout
    assert "Type de lampe (lamp_type) ≈ Sodium haute pression" in text
    findings = jumeau_("check", town_path).stdout
    assert "lines" not in findings
    assert "[dégrade]" in findings


def test_explain_as_json_is_that_of_python(jumeau_: Any, town_path: Path) -> None:
    found = document(jumeau_("explain", town_path, "indicator", "i-town", "--json"))
    expected = jumeau.open(town_path).explain("indicator", "i-town").to_dict()
    assert found == json.loads(json.dumps(expected, default=str))


def test_explain_suggests_the_nearest_row(jumeau_: Any, town_path: Path) -> None:
    result = jumeau_("explain", town_path, "indicator", "i-twn", "--json")
    assert document(result, 3)["error"]["data"]["suggestion"] == "i-town"


def test_fields_lists_the_vocabulary(jumeau_: Any) -> None:
    found = document(jumeau_("fields", "--json"))
    assert {"tables", "fields", "indicators", "rasters"} == set(found)
    assert "luminaire" in [table["name"] for table in found["tables"]]
    assert "illuminance" in [layer["name"] for layer in found["rasters"]]
    text = jumeau_("fields").stdout
    assert "lamp_type" in text
    assert "illuminance" in text


def test_fields_of_one_table(jumeau_: Any) -> None:
    found = document(jumeau_("fields", "--table", "building", "--json"))
    assert [table["name"] for table in found["tables"]] == ["building"]
    assert document(jumeau_("fields", "--table", "bulding", "--json"), 3)["error"]["code"] == (
        "JUM-T001"
    )


def test_fields_answers_who_provides(jumeau_: Any) -> None:
    found = document(jumeau_("fields", "--provides", "illuminance", "--json"))
    assert [item["worksite"] for item in found["fields"]] == ["lighting"]
    assert found["tables"] == []
    wrong = document(jumeau_("fields", "--provides", "iluminance", "--json"), 3)["error"]
    assert wrong["code"] == "JUM-C006"
    assert wrong["data"]["suggestion"] == "illuminance"


def test_validate_prints_a_list_of_verdicts(jumeau_: Any) -> None:
    found = document(jumeau_("validate", "decision", "--json"))
    assert found
    for row in found:
        assert {"case", "reference", "ours", "tolerance", "verdict"} <= set(row)
        assert row["verdict"] == "pass"
    text = jumeau_("validate", "decision").stdout
    assert "decision/" in text
    assert "FAIL" not in text


def test_validate_exits_1_when_a_case_fails(jumeau_: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from jumeau import validation

    row = {"case": "x/y", "reference": 1.0, "ours": 2.0, "tolerance": 0.1, "verdict": "fail",
           "unit": "m", "source": "s", "licence": "l", "alone": True}  # fmt: skip
    monkeypatch.setattr(validation, "run", lambda _: pd.DataFrame([row]))
    result = jumeau_("validate")
    assert result.exit_code == 1
    assert "FAIL" in result.stdout
    assert document(jumeau_("validate", "--json"), 1) == [row]
    counted = row | {"alone": False}
    monkeypatch.setattr(validation, "run", lambda _: pd.DataFrame([counted]))
    assert document(jumeau_("validate", "--json"), 0) == [counted]


def test_refresh_without_recipe_says_so(jumeau_: Any, empty: Path) -> None:
    assert document(jumeau_("refresh", empty, "--json"), 3)["error"]["code"] == "JUM-W001"


def test_the_past_is_named_by_number_or_date(town_path: Path) -> None:
    assert asking.opened(str(town_path), "2").version == 2
    assert asking.opened(str(town_path), "2100-01-01").version == 3
    assert asking.opened(str(town_path), None).version == 3


def test_a_run_is_shown_with_the_names_people_use(
    town_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from jumeau import workflow

    territory = jumeau.open(town_path)
    result = workflow.latest(territory)
    building.show_run(result, building.labels(territory, result.runs))
    text = capsys.readouterr().out
    assert "Electricity of lighting" in text
    assert "Part-night switch-off" in text
    assert "12,001" in text or "12,000" in text
    assert "10,000 – 15,000" in text
    assert "JUM-T130" in text
    facts = building.run_facts(result)
    assert len(facts["indicators"]) == 4
    assert facts["options"][0]["npv_eur"] == 9000
    json.dumps(facts, allow_nan=False)


@pytest.mark.slow
def test_run_does_the_main_job_and_writes_a_report(
    jumeau_: Any, empty: Path, lamps: Path, tmp_path: Path
) -> None:
    columns = ("NUM=id", "LON=lon", "LAT=lat", "TYPE_LAMPE=lamp_type", "PUISS=power_w")
    assert jumeau_("add", empty, lamps, "--as", "luminaire", "--map", *columns).exit_code == 0
    path = tmp_path / "rapport.html"
    found = document(jumeau_("run", empty, "lighting", "--report", path, "--json"))
    assert found["report"] == str(path)
    assert path.read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html")
    town = {row["indicator"]: row for row in found["indicators"] if row["scope"] == "territory"}
    assert town["lighting_lamps"]["value"] == 12
    assert {row["kind"] for row in found["options"]} >= {"do_nothing", "sobriety", "led"}
    assert document(jumeau_("run", empty, "lightning", "--json"), 3)["error"]["code"] == "JUM-B001"
    wrong = jumeau_("run", empty, "--set", "price_of_nothing=1", "--json")
    assert document(wrong, 3)["error"]["code"] == "JUM-W003"
    assert document(jumeau_("check", empty, "--json"))["counts"]["blocks"] == 0
