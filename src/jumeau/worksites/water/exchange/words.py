# SPDX-License-Identifier: EUPL-1.2
"""What the findings of the two standards say, in French and English."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.base import i18n
from jumeau.worksites.water.report import phrase

if TYPE_CHECKING:
    from jumeau.worksites.water.report import Report

SHOWN = 5
"""Names that a finding shows."""


@cache
def _words() -> dict[str, dict[str, str]]:
    with (Path(__file__).parent / "words.csv").open(encoding="utf-8", newline="") as file:
        return {row["word"]: row for row in csv.DictReader(file)}


def told(word: str, **values: int | str) -> dict[str, str]:
    """Return a sentence in both languages.

    Parameters
    ----------
    word : str
        Its name in ``words.csv``.
    **values
        What it counts and names.
    """
    found = {}
    for lang in i18n.LANGUAGES:
        text = i18n.agree(_words()[word][f"text_{lang}"], values, lang)
        found[lang] = text.format(**{name: i18n.plain(it, lang) for name, it in values.items()})
    return found


def things(table: str, n: int) -> dict[str, str]:
    """Return how many rows of a table there are, in both languages.

    Parameters
    ----------
    table : str
        Table of a network, of the twin or of a standard.
    n : int
        How many.
    """
    if table in _words():
        return told(table, n=n)
    found = {}
    for lang in i18n.LANGUAGES:
        with i18n.using(lang):
            found[lang] = phrase(table, n)
    return found


def left_out(report: Report, table: str, count: int, why: str, names: Sequence[str] = ()) -> None:
    """Count and tell rows that are left out (``JUM-H044``).

    Parameters
    ----------
    report : Report
        Receives them.
    table : str
        Their table.
    count : int
        How many.
    why : str
        Word of ``words.csv``.
    names : sequence of str
        Some of them.
    """
    if not count:
        return
    report.dropped[table] = report.dropped.get(table, 0) + count
    some = [*names][:SHOWN]
    report.add("JUM-H044", table, things=things(table, count), why=told(why), examples=some)


def doubted(report: Report, table: str, count: int, how: str, names: Sequence[str] = ()) -> None:
    """Tell rows of which something is supposed (``JUM-H045``).

    Parameters
    ----------
    report : Report
        Receives them.
    table : str
        Their table.
    count : int
        How many.
    how : str
        Word of ``words.csv``.
    names : sequence of str
        Some of them.
    """
    if count:
        some = [*names][:SHOWN]
        report.add("JUM-H045", table, things=things(table, count), how=told(how), examples=some)
