# SPDX-License-Identifier: EUPL-1.2
"""Parameters: dated, sourced figures kept as data, that a user may replace.

A file holds ``name, territory, value, low, high, unit, price_year, source, checked_on, confidence,
default, label_en, label_fr``, and may hold ``source_fr, least, most``. ``territory`` is empty, or
INSEE prefixes separated by ``|`` for a figure of these places only. ``default`` says ``yes`` for a
figure that no source settles and that the authority is invited to replace by its own.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base import draws, units
from jumeau.base.errors import did_you_mean, error

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Parameter:
    """A figure with its interval and where it comes from.

    Parameters
    ----------
    name : str
        Name in code.
    value, low, high : float
        Mean and bounds [unit].
    unit : str
        Unit.
    price_year : int or None
        Year of prices, for money.
    source, checked_on, confidence : str
        Where it was read, when, and how sure it is (``high``, ``medium``, ``low``).
    default : bool
        True while the user has not replaced a figure that no source settles.
    label_en, label_fr : str
        Names for people.
    source_fr : str
        The source in French; empty when ``source`` serves both languages.
    least, most : float or None
        Limits outside which the figure has no meaning [unit].
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    price_year: int | None
    source: str
    checked_on: str
    confidence: str
    default: bool
    label_en: str
    label_fr: str
    source_fr: str = ""
    least: float | None = None
    most: float | None = None

    def draw(self, seed: int, count: int) -> NDArray[np.float64]:
        """Return draws of the parameter [unit], shared by all that use it; see `draws.between`."""
        shares = draws.stratified(seed, self.name, "", count)
        return draws.between(shares, self.value, self.low, self.high)


class Parameters(Mapping[str, Parameter]):
    """Parameters by name; an unknown name is an error with the nearest one."""

    def __init__(self, items: Mapping[str, Parameter]) -> None:
        self._items = dict(items)

    def __getitem__(self, name: str) -> Parameter:
        try:
            return self._items[name]
        except KeyError:
            suggestion = did_you_mean(name, self._items) or next(iter(self._items), "")
            raise error("JUM-B071", name=name, suggestion=suggestion) from None

    def __iter__(self) -> Any:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def override(self, overrides: Mapping[str, Any]) -> Parameters:
        """Return the parameters with some replaced by the user's.

        Parameters
        ----------
        overrides : mapping of str to value
            A number; a text with its unit (« 0,21 €/kWh »); ``(value, low, high)``; or a mapping
            with ``value`` and any of ``low, high, unit, price_year, source``. A single number has
            no interval. An amount without a price year is in the prices of the year of the one it
            replaces.

        Raises
        ------
        UnknownNameError
            ``JUM-B071`` for an unknown name, ``JUM-B030`` for an unknown unit.
        InvalidError
            ``JUM-B072`` for a figure that is not finite, leaves its interval, or is outside the
            limits between which it has a meaning.
        """
        items = dict(self._items)
        for name, given in overrides.items():
            items[name] = _replaced(self[name], given)
        return Parameters(items)

    def record(self) -> dict[str, dict[str, Any]]:
        """Return the parameters as plain data, for the run that uses them."""
        return {name: asdict(item) for name, item in self._items.items()}


def load(path: str | Path, insee: Iterable[str] = ()) -> Parameters:
    """Read the parameters of a file that apply to a territory.

    Parameters
    ----------
    path : str or Path
        CSV file.
    insee : iterable of str
        INSEE codes of the municipalities; the first one chooses local figures.

    Raises
    ------
    InvalidError
        ``JUM-B072`` when a row cannot be read.
    """
    code = str(next(iter(insee), ""))
    found: dict[str, tuple[int, Parameter]] = {}
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            prefixes = [item for item in row["territory"].split("|") if item]
            match = max((len(item) for item in prefixes if code.startswith(item)), default=0)
            if prefixes and not match:
                continue
            if row["name"] not in found or match > found[row["name"]][0]:
                found[row["name"]] = (match, _read(row))
    return Parameters({name: item for name, (_, item) in found.items()})


def _read(row: Mapping[str, str]) -> Parameter:
    try:
        value = float(row["value"])
        return _checked(
            Parameter(
                name=row["name"],
                value=value,
                low=float(row["low"] or value),
                high=float(row["high"] or value),
                unit=row["unit"],
                price_year=int(row["price_year"]) if row["price_year"] else None,
                source=row["source"],
                checked_on=row["checked_on"],
                confidence=row["confidence"],
                default=row["default"] == "yes",
                label_en=row["label_en"],
                label_fr=row["label_fr"],
                source_fr=row.get("source_fr") or "",
                least=float(row["least"]) if row.get("least") else None,
                most=float(row["most"]) if row.get("most") else None,
            )
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise error("JUM-B072", name=str(row.get("name")), value=str(problem)) from None


def _replaced(old: Parameter, given: Any) -> Parameter:
    facts = dict(given) if isinstance(given, Mapping) else {}
    if not facts:
        triple = tuple(given) if isinstance(given, tuple | list) else (given,)
        if len(triple) not in {1, 3}:
            raise error("JUM-B072", name=old.name, value=str(given))
        facts = dict(zip(("value", "low", "high"), triple, strict=False))
    unit = str(facts.get("unit") or old.unit)

    def read(name: str) -> float:
        item = facts.get(name, facts.get("value"))
        try:
            if isinstance(item, str):
                return units.parse(item, unit).value
            return float(item)  # type: ignore[arg-type]
        except TypeError:
            raise error("JUM-B072", name=old.name, value=str(given)) from None

    numbers = {name: units.convert(read(name), unit, old.unit) for name in ("value", "low", "high")}
    year = facts.get("price_year", old.price_year)
    return _checked(
        replace(
            old,
            value=numbers["value"],
            low=numbers["low"],
            high=numbers["high"],
            price_year=None if year is None else int(year),
            source=str(facts.get("source") or "user"),
            source_fr="" if facts.get("source") else "utilisateur",
            checked_on=str(facts.get("checked_on") or ""),
            confidence=str(facts.get("confidence") or "high"),
            default=False,
        )
    )


def _checked(item: Parameter) -> Parameter:
    numbers = (item.value, item.low, item.high)
    if not all(math.isfinite(number) for number in numbers):
        raise error("JUM-B072", name=item.name, value=str(numbers))
    if not item.low <= item.value <= item.high:
        raise error("JUM-B072", name=item.name, value=str(numbers))
    least = -math.inf if item.least is None else item.least
    most = math.inf if item.most is None else item.most
    if item.low < least or item.high > most:
        raise error("JUM-B072", name=item.name, value=f"{numbers} ∉ [{least:g}, {most:g}]")
    return item
