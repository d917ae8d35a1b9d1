# SPDX-License-Identifier: EUPL-1.2
"""Words of the indicators of water services, in the language in force."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jumeau.base import i18n


@cache
def _words() -> dict[str, dict[str, str]]:
    path = Path(__file__).parent / "words.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def say(key: str, **data: Any) -> str:
    """Return words in the language in force, numbers and plurals as it writes them.

    Parameters
    ----------
    key : str
        Row of ``words.csv``.
    **data : value
        What fills the places; numbers are written with :func:`figure` beforehand.
    """
    text = _words()[key][i18n.language()]
    return i18n.agree(text, data).format(**data) if data else text


def figure(value: float | None, digits: int | None = None) -> str:
    """Return a number as people write it, a dash when it is not known.

    Parameters
    ----------
    value : float or None
        The number.
    digits : int, optional
        Decimals.
    """
    return "—" if value is None else i18n.number(float(value), digits)


def facts(names: Iterable[str]) -> str:
    """Return missing facts for people, each with its place in the twin.

    Parameters
    ----------
    names : iterable of str
        Facts as ``table.attribute``.
    """
    return " ; ".join(f"{say(f'fact.{name}')} ({name})" for name in names)


def supply(names: Iterable[str], year: int) -> str:
    """Return what would supply missing facts.

    Parameters
    ----------
    names : iterable of str
        Facts as ``table.attribute``.
    year : int
        Year they are asked for.
    """
    tables = dict.fromkeys(name.partition(".")[0] for name in names if "." in name)
    return " ".join(f"{say(f'supply.{table}', year=str(year))}." for table in tables)
