# SPDX-License-Identifier: EUPL-1.2
"""The catalogue: every record is understood, complete, and names what exists."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

import jumeau
from jumeau import sources
from jumeau.base.errors import JumeauError
from jumeau.sources.connectors import observed, scope
from jumeau.sources.connectors.record import Dataset, base_of, read
from jumeau.sources.publishers import profiles
from jumeau.twin import schema

CATALOG = sources.catalog()
NAMES = list(CATALOG)
HEAD = """
publisher: p
producer: P
base_url: https://p.example.fr
licence: LO
datasets:
"""


def test_the_catalogue_is_where_the_design_says() -> None:
    assert jumeau.sources.catalog() is CATALOG
    assert sorted(NAMES) == NAMES
    assert len({item.publisher for item in CATALOG.values()}) >= 15


def item(name: str) -> Dataset:
    return CATALOG[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_record_is_complete(name: str) -> None:
    found = item(name)
    for text in (found.title_en, found.title_fr, found.licence, found.status_en, found.status_fr):
        assert text
    assert bool(found.traps_en) == bool(found.traps_fr)
    assert found.base_url.startswith("https://") or found.page_url.startswith("https://")
    assert 0 < found.rate <= 5
    assert not (found.table and found.layer)
    for other in (found.fallback, found.needs):
        assert other == "" or item(other).target
    assert found.parser == "" or (found.parser in observed.READERS and found.live)


@pytest.mark.parametrize("name", [name for name in NAMES if item(name).table])
def test_what_fills_a_table_says_how_its_columns_are_read(name: str) -> None:
    found = item(name)
    if found.profile:
        tables = {layer.table for layer in profiles()[found.profile].layers}
        assert found.table in tables
    else:
        assert found.parser or found.mapping
        for attribute in found.mapping.values():
            assert attribute in schema.table(found.table).names


@pytest.mark.parametrize("name", NAMES)
def test_every_placeholder_is_known(name: str) -> None:
    box = (400_000.0, 6_900_000.0, 401_000.0, 6_901_000.0)
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    full = scope.Scope(
        ("50129",), bounds=box, code="c", stations=("s",), points={"50129": (-1.6, 49.6)},
        since=now, until=now,
    )  # fmt: skip
    for way in item(name).ways:
        if way.style == "file":
            continue
        for values in full.requests(way.by):
            for variant in way.variants or ({},):
                path, query = scope.address(way, values | variant)
                assert "{" not in path
                assert set(query) == set(way.query)
        if way.style == "hubeau" and way.split:
            assert set(way.split) <= set(way.query)
        if way.again:
            assert any(other.by == way.again for other in item(name).ways)


@pytest.mark.parametrize("name", NAMES)
def test_pages_are_not_larger_than_the_service_gives(name: str) -> None:
    for way in item(name).ways:
        assert not way.page_limit or way.page_size <= way.page_limit
        if way.style in ("wfs", "postgrest", "pages", "hubeau", "ods"):
            assert way.announced
            assert way.page_size


def test_layers_of_the_wfs_exist(shared: Path) -> None:
    path = shared / "data/api_samples/geopf_wfs/GetCapabilities_wfs.xml.zip"
    with zipfile.ZipFile(path) as archive:
        text = archive.read(archive.namelist()[0]).decode("utf-8", "replace")
    known = set(re.findall(r"<Name>([^<]+)</Name>", text))
    assert len(known) > 400
    asked = {
        way.query["TYPENAMES"]
        for found in CATALOG.values() for way in found.ways if way.style == "wfs"
    }  # fmt: skip
    # The list of LiDAR HD tiles moved in autumn 2026, after these capabilities were recorded.
    assert asked - known == {"IGNF_LIDAR-HD_METADONNEE:metadata"}


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("datasets: [", ""),
        ("a: 1", "datasets"),
        (HEAD + "  - {name: p.a}", "style"),
        (HEAD + "  - {name: p.a, style: file}", "title_en"),
        (HEAD + "  - {name: q.a, title_en: a, title_fr: a, ways: [{style: file}]}", "p.…"),
        (HEAD + "  - {name: p.a, title_en: a, title_fr: a, ways: [{style: wsf}]}", "wsf"),
        (HEAD + "  - {name: p.a, title_en: a, title_fr: a, titel: b}", "titel"),
        (HEAD + "  - {name: p.a, title_en: a, title_fr: a, ways: [{style: wfs, pth: /}]}", "path"),
        (HEAD + "  - {name: p.a, title_en: a, title_fr: a, style: wfs, by: town}", "town"),
        (HEAD.replace("https", "http") + "  - {name: p.a, title_en: a, title_fr: a, "
         "ways: [{style: wfs}]}", "http://"),
    ],
)  # fmt: skip
def test_wrong_records_are_refused(text: str, detail: str) -> None:
    with pytest.raises(JumeauError, match="JUM-S300") as caught:
        read(text, "p.yaml")
    assert detail in caught.value.what


def test_a_table_that_does_not_exist_is_refused() -> None:
    text = HEAD + "  - {name: p.a, title_en: a, title_fr: a, table: tre, ways: [{style: wfs}]}"
    with pytest.raises(JumeauError, match="JUM-T001"):
        read(text, "p.yaml")


def test_an_unknown_dataset_is_answered_with_the_nearest() -> None:
    with pytest.raises(JumeauError, match=r"JUM-S301.*[\s\S]*hubeau\.hydrometry"):
        sources.fetch("hubeau.hydrometri")


def test_addresses_are_those_of_the_caller_the_environment_or_the_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = item("ign.bdtopo.building")
    way = found.ways[0]
    assert base_of(found, way, None, None) == "https://data.geopf.fr"
    monkeypatch.setenv("JUMEAU_SOURCE_IGN", "https://mirror.example.fr/")
    assert base_of(found, way, None, None) == "https://mirror.example.fr"
    assert base_of(found, way, None, "http://127.0.0.1:1") == "http://127.0.0.1:1"
