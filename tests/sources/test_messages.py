# SPDX-License-Identifier: EUPL-1.2
"""Messages of the sources: all there in both languages, all used, all with a remedy."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import jumeau.sources
from jumeau.base.errors import KINDS
from jumeau.base.findings import SEVERITIES

FOLDER = Path(jumeau.sources.__file__).parent
FIELDS = re.compile(r"\{(\w+)\}")


def rows() -> list[dict[str, str]]:
    with (FOLDER / "messages.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def used() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.py"))
    return set(re.findall(r'"(JUM-S\d{3})"', text))


def test_every_code_is_declared_once_and_used():
    declared = [row["code"] for row in rows()]
    assert len(declared) == len(set(declared))
    assert set(declared) == used()
    assert declared == sorted(declared)


def test_both_languages_say_the_same_with_a_remedy():
    for row in rows():
        assert row["kind"] in {*KINDS, *SEVERITIES}
        for part in ("what", "why", "remedy"):
            english, french = row[f"{part}_en"], row[f"{part}_fr"]
            assert bool(english) == bool(french), row["code"]
            assert set(FIELDS.findall(english)) == set(FIELDS.findall(french)), row["code"]
            assert not re.search(r"\w[!?;:](?:\s|$)", french), (row["code"], french)
        assert row["what_en"] and row["remedy_en"], row["code"]
        assert row["what_en"] != row["what_fr"]
