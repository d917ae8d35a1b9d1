# SPDX-License-Identifier: EUPL-1.2
"""Indicators of a territory: facts only, each verdict with its proof and what it lacks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jumeau.base import i18n
from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.worksites import water
from jumeau.worksites.water import sispea

TODAY = dt.date(2026, 11, 22)
ITEMS = {
    "VP.236": "oui", "VP.237": "oui", "VP.238": "oui", "VP.240": "oui", "VP.242": "oui",
    "VP.243": "non", "VP.244": "10", "VP.245": "0", "VP.246": "oui", "VP.247": "oui",
    "VP.248": "oui", "VP.249": "non",
}  # fmt: skip


def asked(t: Any, year: int = 2024, network: str | None = None) -> pd.DataFrame:
    with i18n.using("en"):
        table = water.indicators(t, year, network, today=TODAY)
    return table.set_index("indicator")


def test_a_village_under_the_lower_bar_conforms(village: Any) -> None:
    table = asked(village)
    assert table.loc["P104.3", "value"] == pytest.approx(100 * 123_000 / 180_000)
    assert table.loc["P105.3", "value"] == pytest.approx(62_000 / 365 / 61.5)
    assert table.loc["P106.3", "value"] == pytest.approx(57_000 / 365 / 61.5)
    assert table.loc["ILC", "value"] == pytest.approx(123_000 / 365 / 61.5)
    asks = 65 + 123_000 / 365 / 61.5 / 5
    assert table.loc["decree_2012_97", "value"] == pytest.approx(asks)
    for name in ("P104.3", "decree_2012_97", "action_plan"):
        assert table.loc[name, "verdict"] == "yes"
        assert not table.loc[name, "missing"] or name == "action_plan"
    assert "68.33" in table.loc["P104.3", "proof"]
    assert "to confirm" in table.loc["decree_2012_97", "proof"]
    assert "water_volume/" in table.loc["P104.3", "sources"]


def test_answers_are_in_french_too(village: Any) -> None:
    with i18n.using("fr"):
        table = water.indicators(village, 2024, today=TODAY).set_index("indicator")
    assert "Rendement" in table.loc["P104.3", "label"]
    assert "consommé autorisé 123\u202f000" in table.loc["P104.3", "proof"]
    assert "à confirmer" in table.loc["decree_2012_97", "proof"]


def test_no_unknown_is_a_zero(town: Any, lay: Any) -> None:
    lay([{"id": "a", "km": 10.0}])
    table = asked(town)
    figures = table.drop(index=["P103.2B", "detailed_description", "levy_coefficient"])
    assert figures["value"].isna().all()
    levies = ["levy_coefficient", "levy_performance"]
    assert (table.drop(index=levies)["verdict"] != "yes").all()
    for code, fact in (
        ("P104.3", "water_volume.bought"), ("P101.1", "water_knowledge.samples_microbiology"),
        ("P108.3", "water_knowledge.resource_protection"), ("P109.0", "solidarity_eur"),
        ("decree_2012_97", "water_volume.produced"), ("D102.0", "price_eur_m3"),
    ):  # fmt: skip
        assert table.loc[code, "verdict"] == "unknown"
        assert fact in table.loc[code, "missing"]
        assert "jumeau add" in table.loc[code, "supply"]


def test_a_volume_left_out_is_bounded_and_named(town: Any, lay: Any, declare: Any) -> None:
    lay([{"id": "a", "km": 50.0}])
    told = {"produit": 100_000, "importé": 0, "exporté": 0, "VP.063": 60_000, "VP.201": 4_000,
            "volume de service": 500}  # fmt: skip
    declare("water_volume", told)
    row = asked(town).loc["P104.3"]
    assert pd.isna(row["value"]) and row["low"] == pytest.approx(64.5) and row["high"] == 100.0
    assert row["verdict"] == "unknown"
    assert "water_volume.unmetered" in row["missing"]
    declare("water_volume", told | {"VP.063": 83_000})
    row = asked(town).loc["decree_2012_97"]
    assert row["verdict"] == "yes"  # 87.5 % at least: what lacks changes nothing


def test_the_index_counts_what_the_twin_and_the_service_say(village: Any, declare: Any) -> None:
    declare("water_knowledge", ITEMS)
    row = asked(village).loc["P103.2B"]
    # 95.1 % with material and diameter (15), all dated (15), plan 15, C: 10·5
    assert (row["value"], row["verdict"]) == (15 + 15 + 15 + 50, "yes")
    assert "95.1" in row["proof"]
    described = asked(village).loc["detailed_description"]
    assert (described["value"], described["verdict"]) == (45, "yes")


def test_estimates_do_not_count(village: Any, declare: Any) -> None:
    declare("water_knowledge", ITEMS)
    guess = pd.DataFrame([{
        "id": "x", "table": "pipe", "entity": "c", "attribute": "material", "value": None,
        "low": None, "high": None, "text": "Fonte", "method": "age", "run_id": None,
    }])  # fmt: skip
    before = asked(village).loc["P103.2B", "proof"]
    with village.transaction("guess") as tx:
        tx.insert("estimate", guess)
    assert asked(village).loc["P103.2B", "proof"] == before


def test_a_pipe_without_a_word_is_not_known(town: Any, lay: Any, declare: Any) -> None:
    """Half of the length is described: the empty cells of a layer are no material."""
    lay(
        [
            {"id": "a", "km": 10.0, "material": "PVC", "diameter_mm": 80.0, "installed_to": 1990},
            {"id": "b", "km": 4.0, "material": None, "diameter_mm": 80.0, "installed_to": 1991},
            {"id": "c", "km": 3.0, "material": "PVC", "diameter_mm": None, "installed_to": None},
            {"id": "d", "km": 3.0, "material": " NR ", "diameter_mm": 60.0, "installed_to": None},
        ]
    )
    declare("water_knowledge", ITEMS)
    row = asked(town).loc["P103.2B"]
    assert "on 50.0 % of the length, year of laying on 70.0 %" in row["proof"]
    assert (row["value"], row["verdict"]) == (15 + 10 + 12, "no")


def test_renewal_shows_both_readings(village: Any, declare: Any) -> None:
    row = asked(village).loc["P107.2"]
    assert pd.isna(row["value"])
    assert row["low"] == pytest.approx(20 * 3 / 61.5)
    assert row["high"] == pytest.approx(20 * 4 / 61.5)
    assert "1.95" in row["proof"]  # every pipe laid in these years, new ones too
    assert "laid_for" in row["missing"]
    declare("water_knowledge", {"VP.140": "3,69"})
    row = asked(village).loc["P107.2"]
    assert (row["value"], row["verdict"]) == (pytest.approx(1.2), "yes")


def test_the_running_year_does_not_count_for_renewal(village: Any) -> None:
    early = water.indicators(village, 2024, today=dt.date(2024, 5, 1)).set_index("indicator")
    assert "2019" in early.loc["P107.2", "proof"] and "2023" in early.loc["P107.2", "proof"]


def test_what_was_not_laid_yet_does_not_count(village: Any, declare: Any) -> None:
    declare("water_volume", {"produit": 1}, year=2020)
    row = asked(village, 2020).loc["P103.2B"]
    assert "100.0" in row["proof"]  # 55.5 km, materials all known


def test_samples_protection_and_solidarity(village: Any, declare: Any) -> None:
    declare("water_knowledge", {
        "prélèvements microbiologiques": 57, "prélèvements microbiologiques non conformes": 2,
        "prélèvements physico-chimiques": 30, "prélèvements physico-chimiques non conformes": 0,
        "protection de la ressource": "80@120 000 m3 + 40@30000", "VP.119": "1 234,50 €",
        "habitants desservis": 2150, "prix ttc": "2,34 €/m3",
    })  # fmt: skip
    table = asked(village)
    assert table.loc["P101.1", ["value", "verdict"]].tolist() == [pytest.approx(96.4912), "no"]
    assert table.loc["P102.1", ["value", "verdict"]].tolist() == [100.0, "yes"]
    assert table.loc["P108.3", "value"] == pytest.approx(72.0)
    assert table.loc["P109.0", "value"] == pytest.approx(1234.5 / 118_000)
    assert table.loc["D101.0", "value"] == 2150
    assert table.loc["D102.0", "value"] == 2.34


def test_nonsense_is_unknown(village: Any, declare: Any) -> None:
    declare("water_knowledge", {
        "prélèvements microbiologiques": 5, "prélèvements microbiologiques non conformes": 9,
        "protection de la ressource": "55", "VP.236": "peut-être", "prix ttc": "cher",
    })  # fmt: skip
    declare("water_volume", {"VP.063": 212_000})
    table = asked(village)
    for code in ("P101.1", "P108.3", "D102.0", "P104.3", "decree_2012_97", "P106.3"):
        assert table.loc[code, "verdict"] == "unknown", code
    assert table.loc["P104.3", "value"] > 100
    assert "contradict" in table.loc["decree_2012_97", "proof"]


def test_two_rows_that_differ_are_not_known(village: Any) -> None:
    row = {"id": "other", "network_id": None, "year": 2024, "quantity": "produced",
           "volume_m3": 190_000.0, "source_id": None}  # fmt: skip
    with village.transaction("clash") as tx:
        tx.insert("water_volume", pd.DataFrame([row]))
    table = asked(village)
    assert pd.isna(table.loc["P104.3", "value"])
    assert "190000" in table.loc["P104.3", "proof"]
    codes = [item.code for item in sispea.findings(village, 2024)]
    assert "JUM-H218" in codes


def test_published_figures_stand_beside_ours(village: Any, declare: Any) -> None:
    declare("water_knowledge", {"P104.3": "70,1", "P106.3": 2.6})
    row = asked(village).loc["P104.3"]
    assert row["published"] == 70.1
    assert row["difference"] == pytest.approx(row["value"] - 70.1)
    assert pd.isna(asked(village).loc["P105.3", "published"])


def test_three_years_when_sales_vary(village: Any, declare: Any) -> None:
    for year, metered in ((2022, 60_000), (2023, 70_000)):
        declare("water_volume", {
            "produit": 180_000, "importé": 0, "exporté": 0, "VP.063": metered, "VP.201": 6_000,
            "sans comptage": 3_000, "volume de service": 2_000,
        }, year=year)  # fmt: skip
    row = asked(village).loc["decree_2012_97"]
    assert row["verdict"] == "unknown"
    assert "large_sales_variation" in row["missing"]
    declare("water_knowledge", {"variation importante des ventes": "oui"})
    assert asked(village).loc["decree_2012_97", "verdict"] == "no"
    declare("water_knowledge", {"variation importante des ventes": "non"})
    assert asked(village).loc["decree_2012_97", "verdict"] == "yes"


def test_restricted_zones(town: Any, lay: Any, declare: Any) -> None:
    lay([{"id": "a", "km": 700.0}])
    told = {"produit": 2_600_000, "importé": 0, "exporté": 0, "VP.063": 1_500_000,
            "VP.201": 300_000, "sans comptage": 10_000, "volume de service": 15_000}  # fmt: skip
    declare("water_volume", told)
    row = asked(town).loc["decree_2012_97"]
    assert row["verdict"] == "unknown" and "withdrawn_restricted" in row["missing"]
    declare("water_volume", {"prélevé en zre": 2_650_000})
    row = asked(town).loc["decree_2012_97"]
    assert row["verdict"] == "no" and row["value"] == pytest.approx(71.4286, abs=1e-4)
    declare("water_volume", {"prélevé en zre": 0})
    assert asked(town).loc["decree_2012_97", "verdict"] == "yes"


def test_a_plan_is_due(town: Any, lay: Any, declare: Any) -> None:
    lay([{"id": "a", "km": 20.0}])
    declare("water_volume", {
        "produit": 180_000, "importé": 0, "exporté": 0, "VP.063": 100_000, "VP.201": 0,
        "sans comptage": 0, "volume de service": 0,
    })  # fmt: skip
    assert asked(town).loc["decree_2012_97", "verdict"] == "no"
    row = asked(town).loc["action_plan"]
    assert row["verdict"] == "unknown" and "action_plan" in row["missing"]
    assert "31/12/2026" in row["proof"]
    declare("water_knowledge", {"plan d'actions": "non"})
    assert asked(town).loc["action_plan", "verdict"] == "no"
    declare("water_knowledge", {"plan d'actions": "oui"})
    assert asked(town).loc["action_plan", "verdict"] == "yes"
    told = {item.code: item for item in sispea.findings(town, 2024)}
    assert told["JUM-H219"].data["deadline"] == "2026-12-31"


def test_sales_that_alone_decide_leave_it_open(town: Any, lay: Any, declare: Any) -> None:
    lay([{"id": "a", "km": 100.0}])
    declare("water_volume", {
        "produit": 1_000_000, "importé": 0, "exporté": 400_000, "VP.063": 280_000, "VP.201": 0,
        "sans comptage": 0, "volume de service": 0,
    })  # fmt: skip
    row = asked(town).loc["decree_2012_97"]  # 68 %: asked for 68.73 with the sales, 66.53 without
    assert row["verdict"] == "unknown"
    assert "D. 213-48-14-1" in row["missing"]


def test_the_levy(village: Any, declare: Any) -> None:
    table = asked(village, 2024)
    assert table.loc["levy_performance", "verdict"] == "no"  # it began in 2025
    row = asked(village, 2026).loc["levy_coefficient"]
    assert (row["low"], row["high"], row["verdict"]) == (0.2, 1.0, "unknown")
    declare("water_knowledge", {"coefficient de performance": 0.33,
                                "coefficient de gestion patrimoniale": 0.15})  # fmt: skip
    assert asked(village, 2026).loc["levy_coefficient", "value"] == pytest.approx(0.52)
    assert "billed" in asked(village, 2026).loc["levy_performance", "missing"]
    declare("water_volume", {"volume facturé": 412_350}, year=2026)
    assert "water_agency" in asked(village, 2026).loc["levy_performance", "missing"]
    declare("water_knowledge", {"agence de l'eau": "Loire-Bretagne"}, year=2026)
    row = asked(village, 2026).loc["levy_performance"]
    assert (row["value"], row["verdict"]) == (21_442.20, "yes")
    declare("water_knowledge", {"agence de l'eau": "Rhin-Meuse"}, year=2026)
    assert "levy_rate_eur_m3" in asked(village, 2026).loc["levy_performance", "missing"]
    declare("water_knowledge", {"taux de redevance": "0,04"}, year=2026)
    assert asked(village, 2026).loc["levy_performance", "value"] == 8_576.88
    assert asked(village, 2025).loc["levy_coefficient", "verdict"] == "unknown"


def test_each_network_has_its_own_rows(town: Any, lay: Any, declare: Any) -> None:
    lay(
        [
            {"id": "a", "km": 10.0, "network_id": "haut"},
            {"id": "b", "km": 30.0, "network_id": "bas"},
        ]
    )
    told = {"produit": 1000, "importé": 0, "exporté": 0, "VP.063": 900, "VP.201": 0,
            "sans comptage": 0, "volume de service": 0}  # fmt: skip
    declare("water_volume", told, network="Haut")
    declare("water_volume", told | {"produit": 2000}, network="bas")
    with i18n.using("en"):
        table = water.indicators(town, 2024, today=TODAY)
    rates = table[table["indicator"] == "P104.3"].set_index("network")["value"]
    assert rates.to_dict() == {"bas": 45.0, "haut": 90.0}
    only = asked(town, network="haut")
    assert len(only) == 17
    assert only.loc["ILC", "value"] == pytest.approx(900 / 365 / 10)
    with pytest.raises(UnknownNameError, match="JUM-H217"):
        asked(town, network="hautt")


def test_a_service_without_pipes_may_say_its_length(town: Any, declare: Any) -> None:
    declare("water_volume", {
        "produit": 180_000, "importé": 0, "exporté": 0, "VP.063": 112_000, "VP.201": 6_000,
        "sans comptage": 3_000, "volume de service": 2_000,
    }, network="SIAEP")  # fmt: skip
    assert asked(town).loc["ILC", "verdict"] == "unknown"
    declare("water_knowledge", {"VP.077": "61,5", "VP.239": "97"}, network="SIAEP")
    assert asked(town).loc["ILC", "value"] == pytest.approx(5.4795, abs=1e-4)


@pytest.mark.parametrize("year", ["2024", 2024.0, np.int64(2024), np.float32(2024)])
def test_a_year_of_any_type_is_that_year(village: Any, year: Any) -> None:
    table = water.indicators(village, year, today=TODAY)
    assert [type(it) for it in set(table["year"])] == [int]
    pd.testing.assert_frame_equal(table, water.indicators(village, 2024, today=TODAY))


@pytest.mark.parametrize("year", [True, 2024.5, 99, "last", "", None, float("nan"), "99"])
def test_a_year_is_a_year(town: Any, year: Any) -> None:
    with pytest.raises(InvalidError, match="JUM-H216"):
        water.indicators(town, year)


def test_rows_for_the_twin(village: Any, declare: Any) -> None:
    rows = sispea.rows(village)
    assert set(rows["year"]) == {2024}
    found = rows.set_index("indicator")
    assert found.loc["sispea_p104_3", "value"] == pytest.approx(68.3333, abs=1e-4)
    assert (found["estimated_share"] == 0).all()
    assert {spec.name for spec in sispea.SPECS} >= set(rows["indicator"])
    assert "sispea_p101_1" not in found.index


def test_nothing_declared_records_nothing(town: Any) -> None:
    assert sispea.rows(town).empty
    assert list(sispea.findings(town)) == []
    assert sispea.last_year(town) is None
