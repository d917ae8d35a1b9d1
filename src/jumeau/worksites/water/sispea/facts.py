# SPDX-License-Identifier: EUPL-1.2
"""What the twin knows of each water service: its pipes, volumes and declared facts, by year."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.base import units
from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.worksites.water.sispea.formulas import Volumes
from jumeau.worksites.water.sispea.knowledge import INVENTORY, MANAGEMENT, PLAN

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.twin.territory import Territory

PIPE = ("id", "network_id", "length_m", "diameter_mm", "material", "installed_from",
        "installed_to", "laid_for")  # fmt: skip
RENEWED = ("renewal", "rehabilitation")
"""Reasons of laying that renew a network; a repair here and there does not."""
_NOTHING = re.compile(
    r"inconnu|indetermine|non ?renseigne|non ?determine|unknown|^(nr|nc|nd|\?+|-+)$"
)
_UNIT = re.compile(r"\s*(%|€|pts?|points?|km|m[3³]|€/m[3³]|/\s*120)\s*$", re.IGNORECASE)
_YES = frozenset({"yes", "oui", "true", "vrai", "o", "y", "x"})
_NO = frozenset({"no", "non", "false", "faux", "n"})


class Fact(NamedTuple):
    """A fact with the rows it comes from."""

    text: str
    sources: tuple[str, ...]


@dataclass
class Service:
    """A water service: a network of the territory, or all of it.

    Parameters
    ----------
    network, name : str
        Row of ``water_network`` and its name; both empty for the whole territory.
    pipes : DataFrame
        Pipes with the columns of ``PIPE``, lengths taken from the lines where none is told.
    volumes, items : dict
        Facts by (year, quantity) and (year, item).
    conflicts : dict
        Facts by (year, fact) that rows tell differently: they are not known.
    """

    network: str
    name: str
    pipes: pd.DataFrame
    volumes: dict[tuple[int, str], Fact] = field(default_factory=dict)
    items: dict[tuple[int, str], Fact] = field(default_factory=dict)
    conflicts: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def volume(self, year: int, quantity: str) -> float | None:
        """Return a volume of a year [m³]; ``None`` when nobody declares it."""
        fact = self.volumes.get((year, quantity))
        return None if fact is None else float(fact.text)

    def yearly(self, year: int) -> Volumes:
        """Return the volumes of a year that indicators count."""
        names = Volumes.__dataclass_fields__
        return Volumes(**{name: self.volume(year, name) for name in names})

    def number(self, year: int, item: str) -> float | None:
        """Return a declared fact as a number; ``None`` when it is not told as one."""
        fact = self.items.get((year, item))
        if fact is None:
            return None
        try:
            return units.parse_number(_UNIT.sub("", fact.text))
        except JumeauError:
            return None

    def text(self, year: int, item: str) -> str | None:
        """Return a declared fact as it is written; ``None`` when nobody declares it."""
        fact = self.items.get((year, item))
        return None if fact is None else fact.text

    def told(self, year: int, item: str) -> bool | None:
        """Return a declared fact as yes or no; ``None`` when it is neither."""
        fact = self.items.get((year, item))
        if fact is None:
            return None
        word = _folded(fact.text)
        if word in _YES | _NO:
            return word in _YES
        points = self.number(year, item)
        return None if points is None else points > 0

    def declared(self, year: int) -> dict[str, bool | None]:
        """Return what is declared of the items of P103.2B."""
        return {name: self.told(year, name) for name in (*PLAN, *INVENTORY, *MANAGEMENT)}

    def sources(self, year: int, facts: Iterable[str]) -> tuple[str, ...]:
        """Return the rows of the twin behind some facts of a year."""
        found: dict[str, None] = {}
        for name in facts:
            table, _, own = name.partition(".")
            held = {"water_volume": self.volumes, "water_knowledge": self.items}.get(table, {})
            fact = held.get((year, own))
            found |= dict.fromkeys(fact.sources if fact else ())
            if table == "pipe" and len(self.pipes):
                found["pipe"] = None
        return tuple(found)

    def years(self) -> list[int]:
        """Return the years that volumes or facts are declared for."""
        return sorted({year for year, _ in (*self.volumes, *self.items)})

    def standing(self, year: int) -> pd.DataFrame:
        """Return the pipes that were there at the end of a year, as far as the twin says."""
        laid = self.pipes["installed_from"].fillna(self.pipes["installed_to"])
        return self.pipes[~(laid > year)]

    def length_km(self, year: int) -> float | None:
        """Return the length of the mains [km]: of the pipes, or declared when there are none."""
        total = float(self.standing(year)["length_m"].sum()) / 1000.0
        return total or self.number(year, "network_length_km")

    def shares(self, year: int) -> tuple[float | None, float | None]:
        """Return the shares of the length with known material and diameter, and year of laying."""
        pipes = self.standing(year)
        total = float(pipes["length_m"].sum())
        if not total:
            told = (self.number(year, "material_diameter_share"),
                    self.number(year, "laying_date_share"))  # fmt: skip
            first, second = (None if it is None else it / 100.0 for it in told)
            return first, second
        words = pipes["material"].map(lambda it: bool(material(it)))
        described = words & (pipes["diameter_mm"] > 0)
        dated = pipes["installed_from"].notna() | pipes["installed_to"].notna()
        length = pipes["length_m"]
        return float(length[described].sum()) / total, float(length[dated].sum()) / total


class Renewal(NamedTuple):
    """Lengths laid over some years [km], by what they were laid for."""

    first: int
    last: int
    renewed: float
    created: float
    possible: float


def renewal(service: Service, last: int) -> Renewal:
    """Return what was laid over five full years.

    Parameters
    ----------
    service : Service
        The service.
    last : int
        Last of the five years.
    """
    first, pipes = last - 4, service.standing(last)
    low = pipes["installed_from"].fillna(-math.inf)
    high = pipes["installed_to"].fillna(pipes["installed_from"]).fillna(math.inf)
    alone = pipes["installed_from"].isna() & pipes["installed_to"].notna()
    low = low.where(~alone, pipes["installed_to"])  # one year told: that of laying
    inside = (low >= first) & (high <= last)
    touched = (high >= first) & (low <= last)
    reason, length = pipes["laid_for"].fillna(""), pipes["length_m"] / 1000.0
    renewing = reason.isin(RENEWED)
    open_ = touched & ((reason == "") | (renewing & ~inside))
    return Renewal(
        first, last, float(length[inside & renewing].sum()),
        float(length[inside & (reason == "creation")].sum()), float(length[open_].sum()),
    )  # fmt: skip


def material(word: Any) -> str:
    """Return a material, empty when the word says that it is not known.

    Parameters
    ----------
    word : str or None
        Material, as the source says.
    """
    text = _folded(word)
    return "" if not text or _NOTHING.search(text) else str(word).strip()


def services(t: Territory, network: str | None = None) -> list[Service]:
    """Return the services of a territory, with what the twin knows of them.

    Volumes and facts belong to the network that they name, by its id or name; to the only network
    where one alone is named or none; else to a service of their own.

    Parameters
    ----------
    t : Territory
        Territory.
    network : str, optional
        Id or name of one network; all of them by default.

    Raises
    ------
    UnknownNameError
        ``JUM-H217`` for a network that is not there.
    """
    names = {str(row["id"]): str(row["name"] or row["id"])
             for row in t.table("water_network", columns=["id", "name"]).to_pylist()}  # fmt: skip
    pipes = _pipes(t)
    own = pipes["network_id"].fillna("").astype(str)
    for key in sorted(set(own)):
        names.setdefault(key, key)
    if len(names) > 1 and not (own == "").any():
        names.pop("", None)
    rows = {table: t.table(table).to_pylist() for table in ("water_volume", "water_knowledge")}
    told = {str(row["network_id"] or "") for found in rows.values() for row in found}
    place = _placed(sorted(told), names)
    made = {
        key: Service(key, name, pipes[own == key] if key in set(own) else pipes[:0])
        for key, name in names.items()
    }
    for word, key in place.items():
        if key not in made:
            made[key] = Service(key, word, pipes if key == "" else pipes[:0])
    for table, found in rows.items():
        _share_out(made, table, found, place)
    if network is None:
        return [made[key] for key in sorted(made)]
    for key, service in made.items():
        if network in (key, service.name):
            return [service]
    known = sorted({it for key, service in made.items() for it in (key, service.name) if it})
    suggestion = did_you_mean(network, known) or next(iter(known), "")
    raise error("JUM-H217", name=network, known=known, suggestion=suggestion)


def _placed(told: list[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return the service that each name used in the tables stands for."""
    by_name = {_folded(it): key for key, name in names.items() for it in (key, name) if it}
    found = {word: by_name[_folded(word)] for word in told if _folded(word) in by_name}
    loose = [word for word in told if word not in found]
    if len(names) == 1 and (len(loose) == 1 or loose == [""]) and not set(found) - {""}:
        return found | dict.fromkeys(loose, next(iter(names)))
    if "" in loose and len(names) == 1:
        found[""] = next(iter(names))
    return found | {word: word for word in loose if word not in found}


def _share_out(
    made: Mapping[str, Service], table: str, rows: Iterable[Mapping[str, Any]],
    place: Mapping[str, str],
) -> None:  # fmt: skip
    """Give each service its facts; those told in two ways are conflicts."""
    column, value = ("quantity", "volume_m3") if table == "water_volume" else ("item", "value")
    for row in rows:
        if row[value] is None:
            continue
        service = made[place[str(row["network_id"] or "")]]
        held = service.volumes if table == "water_volume" else service.items
        key = (int(row["year"]), str(row[column]))
        text, source = str(row[value]).strip(), f"{table}/{row['id']}"
        before = held.get(key)
        if before is not None and before.text != text:
            spoken = (key[0], f"{table}.{key[1]}")
            service.conflicts.setdefault(spoken, [before.text]).append(text)
            continue
        held[key] = Fact(text, (*(before.sources if before else ()), source))
    for service in made.values():
        held = service.volumes if table == "water_volume" else service.items
        for year, name in service.conflicts:
            if name.startswith(f"{table}."):
                held.pop((year, name.partition(".")[2]), None)


def _pipes(t: Territory) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    rows = t.geo("pipe", columns=[*PIPE, "geometry"])
    told = rows["length_m"].to_numpy(float, na_value=np.nan)
    drawn = rows.geometry.length.to_numpy(float)
    frame = pd.DataFrame(rows.drop(columns="geometry"))
    frame["length_m"] = np.where(told > 0, told, drawn)
    for name in ("diameter_mm", "installed_from", "installed_to"):
        frame[name] = frame[name].to_numpy(float, na_value=np.nan)
    for name in ("laid_for", "material"):  # nothing is an empty word, not the word "nan"
        frame[name] = frame[name].astype(object).where(frame[name].notna(), "").astype(str)
    return frame


def _folded(word: Any) -> str:
    plain = unicodedata.normalize("NFKD", str(word if word is not None else ""))
    return "".join(it for it in plain if not unicodedata.combining(it)).casefold().strip()
