# SPDX-License-Identifier: EUPL-1.2
"""What the columns of a file of pipes or of points mean, and what its texts and numbers say."""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import did_you_mean, error

if TYPE_CHECKING:
    import pandas as pd

_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_YEAR = re.compile(r"(1[89]\d\d|20\d\d)")
_NO = ("n", "non", "no", "false", "0")
_OUT = ("abandonne", "abandonnee", "hors service", "horsservice", "hs", "desaffecte", "desaffectee",
        "depose", "deposee", "projet", "en projet", "abandoned", "out of service")  # fmt: skip
_CLOSED = ("ferme", "fermee", "closed", "close", "f", "0", "ferme totalement")
_CHECK = ("cv", "clapet", "anti retour", "check valve", "clapet anti retour")
_NATURES = ("nature", "naturedetaillee", "natureouvrage", "typeouvrage")
"""Names of columns that hold kinds in some files (BD TOPO), materials or other things in others."""
TEXTS = ("id", "from_node", "to_node", "material", "status", "service", "kind")


def fold(text: object) -> str:
    """Return a text in small letters without accents, its words parted by single blanks."""
    plain = unicodedata.normalize("NFKD", str(text).casefold())
    kept = "".join(it if it.isalnum() else " " for it in plain if not unicodedata.combining(it))
    return " ".join(kept.split())


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _known() -> dict[str, dict[str, tuple[int, float]]]:
    """Return by attribute the folded names of columns with their rank and factor."""
    found: dict[str, dict[str, tuple[int, float]]] = {}
    for row in _rows("gis_columns.csv"):
        names = found.setdefault(row["attribute"], {})
        names[fold(row["column"]).replace(" ", "")] = (len(names), float(row["factor"]))
    return found


@cache
def kinds() -> dict[str, tuple[str, str]]:
    """Return what an element is (kind, type of valve) by folded word."""
    return {row["word"]: (row["kind"], row["type"]) for row in _rows("gis_kinds.csv")}


def kind_of(text: object, usual: str) -> tuple[str, str]:
    """Return the kind of element that a text names and its type of valve.

    Parameters
    ----------
    text : object
        Value of the column of kinds.
    usual : str
        Kind when the text tells none.
    """
    folded = fold(text)
    if folded in kinds():
        return kinds()[folded]
    words = f" {folded} "
    fits = [(len(word), found) for word, found in kinds().items() if f" {word} " in words]
    return max(fits)[1] if fits else (usual, "")


def columns_of(
    table: pd.DataFrame, given: Mapping[str, str] | None
) -> dict[str, tuple[str, float]]:
    """Return the column of each attribute that a table has, with the factor to our unit.

    Parameters
    ----------
    table : DataFrame
        As read.
    given : mapping of str to str, optional
        Attribute → column, before any usual name.

    Raises
    ------
    UnknownNameError
        ``JUM-H106`` for a column or an attribute that is not there.
    """
    found: dict[str, tuple[str, float]] = {}
    folded = {fold(name).replace(" ", ""): str(name) for name in table.columns[::-1]}
    for attribute, column in (given or {}).items():
        if attribute not in _known():
            raise error("JUM-H106", name=attribute, known=list(_known()),
                        suggestion=did_you_mean(attribute, _known()))  # fmt: skip
        if column not in table.columns:
            names = [str(it) for it in table.columns]
            raise error("JUM-H106", name=column, known=names,
                        suggestion=did_you_mean(column, names))  # fmt: skip
        factors = {fold(column).replace(" ", ""): 1.0}
        factors |= {name: factor for name, (_, factor) in _known()[attribute].items()}
        found[attribute] = (column, factors[fold(column).replace(" ", "")])
    taken = {column for column, _ in found.values()}
    natures = [folded[it] for it in _NATURES if it in folded and folded[it] not in taken]
    usual_kinds = [folded[it] for it in _known()["kind"] if it in folded]
    if "kind" not in found and not any(_tells_kinds(table[it]) for it in usual_kinds):
        for column in (it for it in natures if _tells_kinds(table[it])):
            found["kind"] = (column, 1.0)
            taken.add(column)
            break
    for attribute, usual in _known().items():
        if attribute in found:
            continue
        fits = sorted(
            (rank, folded[name], factor)
            for name, (rank, factor) in usual.items()
            if name in folded and folded[name] not in taken
        )
        if fits:
            _, column, factor = fits[0]
            found[attribute] = (column, factor)
            taken.add(column)
    return found


def _tells_kinds(column: pd.Series[Any]) -> bool:
    """Tell whether most values of a column name what an element is, not what it is made of."""
    told = [text(it) for it in column.tolist()]
    said = [it for it in told if it]
    return bool(said) and 2 * sum(bool(kind_of(it, "")[0]) for it in said) > len(said)


def number(value: object) -> float:
    """Return the first number of a value ("DN 100", "12,5 m"), NaN when there is none."""
    if value is None or isinstance(value, bool):
        return math.nan
    if isinstance(value, int | float):
        return float(value)
    found = _NUMBER.search(str(value))
    return float(found[0].replace(",", ".")) if found else math.nan


def _gap(value: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(value))


def year(value: object) -> float:
    """Return the year of a date, a number or a text, NaN when it tells none."""
    at = getattr(value, "year", None)
    if at is not None:
        return math.nan if _gap(at) else float(at)
    text = f"{value:.0f}" if isinstance(value, float) and math.isfinite(value) else str(value)
    found = _YEAR.search(text)
    return float(found[1]) if found else math.nan


def text(value: object) -> str:
    """Return a value as text; "" for none, and no ``.0`` behind a whole number."""
    if value is None or _gap(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def in_service(row: Mapping[str, Any]) -> bool:
    """Tell whether an element's service and state do not say that it is out of service.

    Parameters
    ----------
    row : mapping of str to object
        Values by attribute.
    """
    service, state = fold(row.get("service", "")), fold(row.get("status", ""))
    return service not in (*_NO, *_OUT) and state not in _OUT


def status(value: object) -> str:
    """Return "closed", "cv" or "open"."""
    folded = fold(text(value))
    return "closed" if folded in _CLOSED else "cv" if folded in _CHECK else "open"


def values(table: pd.DataFrame, given: Mapping[str, str] | None) -> list[dict[str, Any]]:
    """Return the rows of a table by attribute, texts and numbers in our units.

    Parameters
    ----------
    table : DataFrame
        As read.
    given : mapping of str to str, optional
        Attribute → column, before any usual name.

    Raises
    ------
    UnknownNameError
        ``JUM-H106`` for a column or an attribute that is not there.
    """
    rows: list[dict[str, Any]] = [{} for _ in range(len(table))]
    for attribute, (column, factor) in columns_of(table, given).items():
        for row, value in zip(rows, table[column].tolist(), strict=True):
            if attribute in TEXTS:
                row[attribute] = text(value)
            elif attribute.startswith("installed"):
                row[attribute] = year(value)
            else:
                row[attribute] = number(value) * factor
    return rows
