# SPDX-License-Identifier: EUPL-1.2
"""Codes: communes, EPCI, départements, former communes, names, overseas; lists or service."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from jumeau.base.errors import JumeauError
from jumeau.sources.connectors.place import resolve

from .conftest import Reply, Service

COMMUNES = [
    {"code": "50129", "nom": "Cherbourg-en-Cotentin", "type": "commune-actuelle",
     "population": 77_808, "anciensCodes": ["50173"]},
    {"code": "50130", "nom": "Chérencé", "type": "commune-actuelle", "population": 300},
    {"code": "50383", "nom": "Octeville", "type": "commune-deleguee", "chefLieu": "50129"},
    {"code": "97411", "nom": "Saint-Denis", "type": "commune-actuelle", "population": 150_000},
    {"code": "97502", "nom": "Saint-Pierre", "type": "commune-actuelle", "population": 5_000},
    {"code": "2A004", "nom": "Ajaccio", "type": "commune-actuelle", "population": 72_000},
    {"code": "75056", "nom": "Paris", "type": "commune-actuelle", "population": 2_100_000},
    {"code": "75101", "nom": "Paris 1er", "type": "arrondissement-municipal", "commune": "75056"},
]  # fmt: skip
EPCI = [{"code": "200067205", "nom": "CA du Cotentin", "populationMunicipale": 78_108,
         "membres": [{"code": "50129"}, {"code": "50130"}]}]  # fmt: skip


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("JUMEAU_SHARED", raising=False)
    folder = tmp_path / "downloads" / "cog"
    folder.mkdir(parents=True)
    (folder / "communes.json.gz").write_bytes(gzip.compress(json.dumps(COMMUNES).encode()))
    (folder / "epci.json").write_text(json.dumps(EPCI))
    return folder.parent


@pytest.mark.parametrize(
    ("code", "kind", "name", "members", "people", "crs"),
    [
        ("50129", "commune", "Cherbourg-en-Cotentin", 1, 77_808, "EPSG:2154"),
        ("97411", "commune", "Saint-Denis", 1, 150_000, "EPSG:2975"),
        ("2a004", "commune", "Ajaccio", 1, 72_000, "EPSG:2154"),
        ("200067205", "epci", "CA du Cotentin", 2, 78_108, "EPSG:2154"),
        ("50", "departement", "Département 50", 2, 78_108, "EPSG:2154"),
        ("974", "departement", "Département 974", 1, 150_000, "EPSG:2975"),
        ("2A", "departement", "Département 2A", 1, 72_000, "EPSG:2154"),
    ],
)
def test_codes(
    lists: Path, code: str, kind: str, name: str, members: int, people: int, crs: str
) -> None:
    found = resolve(code, folder=lists, offline=True)
    assert (found.kind, found.name, len(found.insee)) == (kind, name, members)
    assert (found.population, found.crs, found.verified) == (people, crs, True)


@pytest.mark.parametrize(
    ("code", "error", "told"),
    [
        ("50383", "JUM-S325", "Octeville"),
        ("50383", "JUM-S325", "50129"),
        ("50173", "JUM-S325", "50129"),
        ("75101", "JUM-S325", "75056"),
        ("50128", "JUM-S324", "50129"),
        ("Cherbourg-en-Cotentin", "JUM-S324", "50129"),
        ("cherence", "JUM-S324", "50130"),
        ("200067206", "JUM-S324", "200067205"),
        ("99", "JUM-S324", "99"),
        ("97502", "JUM-S323", "97502"),
    ],
)
def test_wrong_codes_say_which_was_meant(lists: Path, code: str, error: str, told: str) -> None:
    with pytest.raises(JumeauError, match=error) as caught:
        resolve(code, folder=lists, offline=True)
    assert told in str(caught.value)


def test_without_list_a_commune_is_taken_at_its_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUMEAU_SHARED", raising=False)
    found = resolve("97411", folder=tmp_path, offline=True)
    assert (found.verified, found.crs, found.insee) == (False, "EPSG:2975", ("97411",))
    with pytest.raises(JumeauError, match="JUM-S326"):
        resolve("200067205", folder=tmp_path, offline=True)


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1}', b"\x1f\x8b\x08cut"])
def test_a_damaged_list_is_refused(lists: Path, content: bytes) -> None:
    (lists / "cog" / "communes.json.gz").write_bytes(content)
    with pytest.raises(JumeauError, match="JUM-S326"):
        resolve("50129", folder=lists, offline=True)


def test_the_service_is_asked_without_list(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUMEAU_SHARED", raising=False)
    monkeypatch.setenv("JUMEAU_SOURCE_ETALAB", service.url)
    service.on("/communes/50129", Reply(b'{"nom": "Cherbourg", "code": "50129", "population": 7}'))
    service.on("/epcis/200067205", Reply(b'{"nom": "CA", "code": "200067205"}'))
    service.on("/epcis/200067205/communes", Reply(b'[{"code": "50130"}, {"code": "50129"}]'))
    assert resolve("50129").name == "Cherbourg"
    assert resolve("200067205").insee == ("50129", "50130")
    for code, expected in (("50999", "JUM-S324"), ("5", "JUM-S324")):
        with pytest.raises(JumeauError, match=expected):
            resolve(code)
    service.on("/communes/50129", Reply(b"<html>"))
    with pytest.raises(JumeauError, match=r"JUM-S32[46]"):
        resolve("50129")


def test_the_real_list(shared: Path) -> None:
    found = resolve("50", folder=shared / "data" / "cog", offline=True)
    assert (found.name, len(found.insee), found.population) == ("Manche", 445, 497_522)
    assert resolve("24322", folder=shared / "data", offline=True).name == "Périgueux"


@pytest.mark.parametrize("code", ["", "Z", "ZZ999", "99999", "20004", "5/../", "2C001", "12345678"])
def test_nonsense_is_no_code_whatever_list_is_at_hand(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUMEAU_COG", "JUMEAU_SHARED"):
        monkeypatch.delenv(name, raising=False)
    for offline in (True, False):  # nobody is asked either
        with pytest.raises(JumeauError, match="JUM-S324"):
            resolve(code, folder=tmp_path, offline=offline)
