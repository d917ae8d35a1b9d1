# SPDX-License-Identifier: EUPL-1.2
"""Faults of an EPANET input file, gathered under the codes of EPANET and told together."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.base.errors import error

if TYPE_CHECKING:
    from jumeau.worksites.water.document import Line

SHOWN = 10
"""Faults that an error tells one by one, as EPANET's report does."""


@cache
def texts() -> dict[int, dict[str, str]]:
    """Return what EPANET's codes mean, by code and language."""
    with (Path(__file__).parent / "epanet_errors.csv").open(encoding="utf-8", newline="") as file:
        return {
            int(row["code"]): {"en": row["text_en"], "fr": row["text_fr"]}
            for row in csv.DictReader(file)
        }


class Faults:
    """What is wrong with a file, in the order of its lines."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[tuple[int, int, str, str]] = []

    def add(self, code: int, line: Line, word: str = "") -> None:
        """Note a fault: EPANET's code, the line where it stands, the word that is wrong."""
        fault = (line.number, code, line.text.strip()[:80], word)
        if fault not in self.found:
            self.found.append(fault)

    def stop(self) -> None:
        """Raise what was found, if anything.

        Raises
        ------
        InvalidError
            ``JUM-H001``.
        """
        if not self.found:
            return
        told = {}
        for language, at in (("en", "line"), ("fr", "ligne")):
            parts = []
            for number, code, text, word in self.found[:SHOWN]:
                place = f"{at} {number} « {text} »: " if number else ""
                about = f" ({word})" if word else ""
                parts.append(f"{place}EPANET {code}, {texts()[code][language]}{about}")
            rest = len(self.found) - SHOWN
            told[language] = " ; ".join(parts) + (f" ; + {rest}" if rest > 0 else "")
        codes = sorted({code for _, code, _, _ in self.found})
        raise error("JUM-H001", file=self.name, count=len(self.found), faults=told, codes=codes)
