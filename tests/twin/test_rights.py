# SPDX-License-Identifier: EUPL-1.2
"""From the licences of the sources to that of the product."""

from __future__ import annotations

import pandas as pd
import pytest

from jumeau.base import i18n
from jumeau.twin.rights import attribution, licences, recognise, rights


def sources(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Return source rows from (publisher, title, vintage, licence)."""
    return pd.DataFrame(
        [
            {
                "id": f"s{n}",
                "publisher": publisher,
                "title": title,
                "vintage": vintage,
                "licence": licence,
                "file": "file.zip",
            }
            for n, (publisher, title, vintage, licence) in enumerate(rows)
        ]
    )


IGN = ("IGN", "BD TOPO", "2024-06-15", "Licence Ouverte 2.0")
OSM = ("OpenStreetMap", "Buildings", "2024", "ODbL")
CITY = ("Ville de Montpellier", "Points lumineux", "2013", "lov2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Licence Ouverte 2.0", ["etalab-2.0"]),
        ("Licence Ouverte / Open Licence version 2.0 (Etalab)", ["etalab-2.0"]),
        ("licence ouverte", ["etalab-2.0"]),
        ("lov2", ["etalab-2.0"]),
        ("LO 2.0 (State)", ["etalab-2.0"]),
        ("fr-lo", ["etalab-1.0"]),
        ("Licence ouverte v1.0", ["etalab-1.0"]),
        ("https://www.etalab.gouv.fr/licence-ouverte-open-licence", ["etalab-2.0"]),
        ("ODbL", ["ODbL-1.0"]),
        ("odc-odbl", ["ODbL-1.0"]),
        ("Open Data Commons Open Database License (ODbL) v1.0", ["ODbL-1.0"]),
        ("https://opendatacommons.org/licenses/odbl/1-0/", ["ODbL-1.0"]),
        ("https://opendatacommons.org/licenses/by/1-0/", ["ODC-By-1.0"]),
        ("CC-BY-SA 4.0", ["CC-BY-SA-4.0"]),
        ("cc-by-sa-3.0", ["CC-BY-SA-3.0"]),
        ("CC BY 4.0", ["CC-BY-4.0"]),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/deed.fr", ["CC-BY-NC-SA-4.0"]),
        ("https://creativecommons.org/licenses/by/4.0/", ["CC-BY-4.0"]),
        ("CC-BY-NC-ND", ["CC-BY-NC-ND-4.0"]),
        ("MIT (repo), LO 2.0", ["etalab-2.0", "MIT"]),
        ("GPL-3 (dépôt)", ["GPL-3.0"]),
        ("Limited to members", []),
        ("", []),
        ("notspecified", []),
    ],
)
def test_names_that_publishers_write(text: str, expected: list[str]) -> None:
    assert sorted(item.id for item in recognise(text)) == sorted(expected)


def test_every_name_in_the_table_is_recognised_as_itself() -> None:
    for licence in licences().values():
        for text in (licence.id, licence.label_en, licence.label_fr):
            assert [item.id for item in recognise(text)] == [licence.id], text


def test_open_sources_leave_the_authority_its_licence() -> None:
    made = rights(sources(IGN, CITY))
    assert made.licence == "Licence Ouverte 2.0"
    assert not made.share_alike and made.unknown == () and made.findings == ()
    assert made.attribution == (
        "IGN, BD TOPO, 2024-06-15 (Licence Ouverte 2.0)",
        "Ville de Montpellier, Points lumineux, 2013 (Licence Ouverte 2.0)",
    )
    assert made.line().startswith("Licence Ouverte 2.0 — IGN, BD TOPO")
    assert made.url.startswith("https://www.etalab.gouv.fr/")
    assert rights(sources(IGN), own="CC BY 4.0").licence == "Creative Commons Attribution 4.0"
    assert rights(sources(IGN), own="Our own terms").licence == "Our own terms"


def test_no_source_at_all() -> None:
    made = rights(sources())
    assert (made.licence, made.attribution, made.findings) == ("Licence Ouverte 2.0", (), ())


def test_openstreetmap_makes_the_product_odbl() -> None:
    with i18n.using("fr"):
        made = rights(sources(IGN, OSM))
    assert made.licence == "Licence ODbL 1.0" and made.share_alike
    assert made.attribution[1] == (
        "© les contributeurs d’OpenStreetMap, Buildings, 2024 (Licence ODbL 1.0)"
    )
    with i18n.using("en"):
        assert rights(sources(OSM)).attribution[0].startswith("© OpenStreetMap contributors")


def test_a_database_under_odbl_keeps_its_own_publisher() -> None:
    row = {"publisher": "SNCF", "title": "Gares", "licence": "ODbL"}
    assert attribution(row).startswith("SNCF, Gares (")


def test_share_alikes_that_exclude_each_other() -> None:
    made = rights(sources(OSM, ("Wiki", "Photos", "", "CC-BY-SA 4.0")))
    assert made.licence == "" and made.share_alike
    assert [(item.code, item.severity) for item in made.findings] == [("JUM-T132", "blocks")]
    later = rights(sources(("a", "b", "", "CC-BY-SA 3.0"), ("c", "d", "", "CC BY-SA 4.0")))
    assert later.licence.endswith("4.0") and later.findings == ()


@pytest.mark.parametrize("licence", ["", None, float("nan"), "notspecified", "Sans licence"])
def test_no_licence_is_a_finding(licence: str) -> None:
    made = rights(sources(IGN, ("Mairie", "Armoires", "", licence)))
    assert made.unknown == ("s1",)
    assert [(item.code, item.severity, item.entity) for item in made.findings] == [
        ("JUM-T130", "degrades", "s1")
    ]
    assert "Armoires" in made.findings[0].to_row()["what"]


def test_unknown_licence_is_a_finding_with_the_close_name() -> None:
    made = rights(sources(("Mairie", "Armoires", "", "Licence Ouvrete")))
    assert made.unknown == ("s0",) and made.findings[0].code == "JUM-T131"
    assert made.findings[0].data["suggestion"].startswith("Licence Ouverte")


def test_limits_are_passed_on() -> None:
    commercial = rights(sources(IGN, ("A", "B", "", "CC BY-NC 4.0")))
    assert "NonCommercial" in commercial.licence or "commerciale" in commercial.licence
    assert [item.code for item in commercial.findings] == ["JUM-T133"]
    assert not commercial.share_alike
    mixed = rights(sources(OSM, ("A", "B", "", "CC BY-NC 4.0")))
    assert mixed.licence == "" and {item.code for item in mixed.findings} == {
        "JUM-T132",
        "JUM-T133",
    }
    frozen = rights(sources(IGN, ("A", "B", "", "CC BY-ND 4.0")))
    assert frozen.licence == "" and [item.code for item in frozen.findings] == ["JUM-T134"]


def test_attribution_needs_no_title_and_does_not_repeat() -> None:
    assert attribution({"file": "lampes.csv", "title": None}) == "lampes.csv"
    made = rights(sources(IGN, IGN))
    assert len(made.attribution) == 1
