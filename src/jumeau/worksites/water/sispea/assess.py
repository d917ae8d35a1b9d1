# SPDX-License-Identifier: EUPL-1.2
"""Indicators and duties of every water service of a territory, each with its proof."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error
from jumeau.worksites.water.sispea import duties, formulas
from jumeau.worksites.water.sispea import facts as known
from jumeau.worksites.water.sispea.answers import Answer, lines
from jumeau.worksites.water.sispea.facts import Service
from jumeau.worksites.water.sispea.formulas import METERED, Reading
from jumeau.worksites.water.sispea.knowledge import (
    INVENTORY,
    MANAGEMENT,
    PLAN,
    knowledge_index,
)
from jumeau.worksites.water.sispea.words import facts, figure, say, supply

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.twin.territory import Territory

COLUMNS = (
    "network", "name", "year", "indicator", "label", "value", "low", "high", "unit", "question",
    "verdict", "missing", "supply", "proof", "sources", "published", "difference",
)  # fmt: skip
UNITS = {
    "P101.1": "%", "P102.1": "%", "P103.2B": "1", "P104.3": "%", "P105.3": "m³/km/d",
    "P106.3": "m³/km/d", "P107.2": "%/yr", "P108.3": "%", "P109.0": "€/m³",
    "D101.0": "1", "D102.0": "€/m³", "ILC": "m³/km/d", "decree_2012_97": "%",
    "detailed_description": "1", "action_plan": "", "levy_coefficient": "1",
    "levy_performance": "€",
}  # fmt: skip
"""Rows of the answer, in order, with their units."""


def indicators(
    t: Territory, year: int, network: str | None = None, *, today: dt.date | None = None
) -> pd.DataFrame:
    """Return the SISPEA indicators and the duties of the water services of a territory.

    P101.1, P102.1, P103.2B, P104.3, P105.3, P106.3, P107.2, P108.3, P109.0, D101.0, D102.0 and ILC
    after the order of 2 May 2007; the yield asked for by decree 2012-97, the detailed description,
    the plan of actions and the levy on the performance of networks. Facts only: an unknown one
    leaves the figure empty, bounded where bounds hold, and is named.

    Parameters
    ----------
    t : Territory
        Territory with ``pipe``, ``water_volume`` and ``water_knowledge``.
    year : int
        Year of the figures; of the levy, whose data are two years older.
    network : str, optional
        Id or name of one network; every service by default.
    today : date, optional
        Present day, for what is due and for the age of what was checked.

    Returns
    -------
    DataFrame
        A row a service and indicator: ``network``, ``name``, ``year``, ``indicator``, ``label``,
        ``value``, ``low``, ``high`` [``unit``], NaN where unknown; the ``question`` that
        ``verdict`` answers by yes, no or unknown; ``missing``, the facts that lack, and
        ``supply``, what would give them; ``proof``; ``sources``, rows of the twin; ``published``,
        the national observatory's figure, and ``difference``, ours less it.

    Raises
    ------
    InvalidError
        ``JUM-H216`` for a year that is none.
    UnknownNameError
        ``JUM-H217`` for a network that is not there.
    """
    import pandas as pd

    year = _year(year)
    now = today or dt.datetime.now(dt.UTC).date()
    rows = [
        _row(service, year, answer)
        for service in known.services(t, network)
        for answer in answers(service, year, now)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _year(given: Any) -> int:
    """Return a year from a number, or from a text of digits."""
    try:
        year = int(given)
        if isinstance(given, bool) or (year != given and not isinstance(given, str)):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise error("JUM-H216", year=str(given)) from None
    if not 1900 <= year <= 2200:
        raise error("JUM-H216", year=str(given))
    return year


def answers(service: Service, year: int, today: dt.date) -> Iterator[Answer]:
    """Yield the answers of a service for a year, in the order of ``UNITS``.

    Parameters
    ----------
    service : Service
        The service.
    year : int
        Year.
    today : date
        Present day.
    """
    of = _Year(service, year, today)
    yield of.conformity("P101.1", "microbiology")
    yield of.conformity("P102.1", "chemistry")
    index = of.knowledge()
    yield index
    judged = duties.decree(service, year, today)
    yield of.network_yield(judged)
    yield of.uncounted()
    yield of.losses()
    yield of.renewal()
    yield of.protection()
    yield of.solidarity()
    yield of.declared("D101.0", "inhabitants_served")
    yield of.declared("D102.0", "price_eur_m3")
    yield of.consumption()
    yield judged
    yield of.described()
    yield duties.action_plan(service, year, judged)
    yield from duties.levy(service, year)


@dataclass(frozen=True)
class _Year:
    """A service in a year."""

    service: Service
    year: int
    today: dt.date

    @property
    def volumes(self) -> formulas.Volumes:
        return self.service.yearly(self.year)

    def number(self, item: str) -> float | None:
        return self.service.number(self.year, item)

    def conformity(self, code: str, kind: str) -> Answer:
        names = (f"samples_{kind}", f"samples_{kind}_failed")
        taken, failed = (self.number(name) for name in names)
        used = tuple(f"water_knowledge.{name}" for name in names)
        if taken is not None and failed is not None and not 0 <= failed <= taken:
            return Answer(code, formulas.lacking(*used), "quality", "unknown",
                          lines(formulas.lacking(*used)), used)  # fmt: skip
        got = formulas.conformity_rate(taken, failed, kind=kind)
        verdict = "unknown" if got.value is None else "yes" if not failed else "no"
        proof = lines(got) if got.value is None else say(
            "proof.conformity", samples=figure(taken, 0), failed=figure(failed, 0),
            value=figure(got.value, 2),
        )  # fmt: skip
        return Answer(code, got, "quality", verdict, proof, used)

    def knowledge(self) -> Answer:
        shares = self.service.shares(self.year)
        points = knowledge_index(*shares, self.service.declared(self.year))
        value = float(points.low) if points.low == points.high else None
        got = Reading(value, float(points.low), float(points.high), points.missing)
        parts = ", ".join(
            f"{say(f'part.{name}')} {low if low == high else f'{low}–{high}'}"
            for name, (low, high) in points.parts.items()
        )
        material, date = (None if it is None else 100 * it for it in shares)
        proof = say(
            "proof.points" if value is None else "proof.points_sure", low=str(points.low),
            high=str(points.high), parts=parts, material=figure(material, 1), date=figure(date, 1),
        )  # fmt: skip
        items = (f"water_knowledge.{name}" for name in (*PLAN, *INVENTORY, *MANAGEMENT))
        used = ("pipe.material", "pipe.installed_to", *items)
        return Answer("P103.2B", got, "described", points.described, f"{proof}.", used)

    def described(self) -> Answer:
        shares = self.service.shares(self.year)
        points = knowledge_index(*shares, self.service.declared(self.year))
        held = [points.parts.get(name, (0, 0)) for name in (*PLAN, "material_diameter",
                                                            "laying_date")]  # fmt: skip
        low, high = (float(sum(it[k] for it in held)) for k in (0, 1))
        first = {f"water_knowledge.{name}" for name in (*PLAN, *INVENTORY)}
        first |= {"pipe.material", "pipe.installed_to"}
        missing = tuple(name for name in points.missing if name in first)
        got = Reading(low if low == high else None, low, high, missing if low < high else ())
        span = figure(low, 0) if low == high else f"{figure(low, 0)}–{figure(high, 0)}"
        proof = say("proof.described", points=span)
        verdict = points.described
        return Answer("detailed_description", got, "described", verdict, f"{proof}.", tuple(first))

    def network_yield(self, judged: Answer) -> Answer:
        volumes = self.volumes
        got = formulas.network_yield(volumes)
        used = _volumes((*formulas.IN, *formulas.AUTHORISED, "sold"))
        if got.value is None:
            return Answer("P104.3", got, "decree", judged.verdict, lines(got, 2), used)
        impossible = got.value > 100.0 + 1e-9
        key = "proof.impossible" if impossible else "proof.yield"
        proof = say(key, **_terms(volumes), value=figure(got.value, 2))
        return Answer("P104.3", got, "decree", judged.verdict, f"{proof}.", used)

    def _linear(self, code: str, key: str, got: Reading, names: tuple[str, ...]) -> Answer:
        used = (*_volumes(names), "pipe.length_m")
        if got.value is None:
            return Answer(code, got, "figure", "unknown", lines(got, 2), used)
        length = self.service.length_km(self.year)
        text = say(key, **_terms(self.volumes), length=figure(length, 3),
                   value=figure(got.value, 2))  # fmt: skip
        told = self.number("network_length_km")
        more = ""
        if told is not None and length and abs(told - length) > 0.01 * length:
            more = say("proof.length_differs", declared=figure(told, 3))
        sure = "unknown" if got.value < 0 else "yes"
        return Answer(code, got, "figure", sure, f"{text}.{more}", used)

    def uncounted(self) -> Answer:
        got = formulas.uncounted_index(self.volumes, self.service.length_km(self.year))
        return self._linear("P105.3", "proof.uncounted", got, (*formulas.IN, "sold", *METERED))

    def losses(self) -> Answer:
        got = formulas.loss_index(self.volumes, self.service.length_km(self.year))
        names = (*formulas.IN, "sold", *formulas.AUTHORISED)
        return self._linear("P106.3", "proof.losses", got, names)

    def consumption(self) -> Answer:
        got = formulas.consumption_index(self.volumes, self.service.length_km(self.year))
        return self._linear("ILC", "proof.consumption", got, ("sold", *formulas.AUTHORISED))

    def renewal(self) -> Answer:
        last = min(self.year, self.today.year - 1)
        length = self.service.length_km(self.year)
        told = self.number("renewed_length_km") if last == self.year else None
        if told is None:
            each = [self.service.number(year, "renewed_length_year_km")
                    for year in range(last - 4, last + 1)]  # fmt: skip
            said = [it for it in each if it is not None]
            told = sum(said) if len(said) == 5 else None
        used = ("pipe.length_m", "pipe.laid_for", "water_knowledge.renewed_length_km")
        if told is not None:
            got = formulas.renewal_rate(told, length)
            proof = say(
                "proof.renewal_declared", renewed=figure(told, 3), first=str(last - 4),
                last=str(last), length=figure(length, 3), value=figure(got.value, 2),
            )  # fmt: skip
            return Answer(
                "P107.2", got, "figure", "yes" if length else "unknown", f"{proof}.", used
            )
        if not len(self.service.pipes):
            got = formulas.lacking("pipe.length_m", "water_knowledge.renewed_length_km")
            return Answer("P107.2", got, "figure", "unknown", lines(got), used)
        laid = known.renewal(self.service, last)
        got = formulas.renewal_rate(laid.renewed, length, possible_km=laid.possible)
        every = formulas.renewal_rate(laid.renewed + laid.created + laid.possible, length)
        proof = say(
            "proof.renewal", renewed=figure(laid.renewed, 3), first=str(laid.first),
            last=str(laid.last), length=figure(length, 3), low=figure(got.low, 2),
            possible=figure(laid.possible, 3), all=figure(every.value, 2),
        )  # fmt: skip
        verdict = "yes" if got.value is not None else "unknown"
        return Answer("P107.2", got, "figure", verdict, f"{proof}.", used)

    def protection(self) -> Answer:
        resources = _resources(self.service.text(self.year, "resource_protection") or "")
        used = ("water_knowledge.resource_protection",)
        got = formulas.lacking(*used) if resources is None else formulas.protection_index(resources)
        if got.value is None or resources is None:
            return Answer("P108.3", got, "figure", "unknown", lines(got, 0), used)
        proof = say("proof.protection", count=len(resources), value=figure(got.value, 2))
        return Answer("P108.3", got, "figure", "yes", f"{proof}.", used)

    def solidarity(self) -> Answer:
        given = self.number("solidarity_eur")
        got = formulas.solidarity_rate(given, self.volumes)
        used = ("water_knowledge.solidarity_eur", *_volumes(METERED))
        if got.value is None:
            return Answer("P109.0", got, "figure", "unknown", lines(got, 4), used)
        terms = _terms(self.volumes)
        proof = say("proof.solidarity", given=figure(given, 2), billed=terms["metered"],
                    value=figure(got.value, 4))  # fmt: skip
        return Answer("P109.0", got, "figure", "yes", f"{proof}.", used)

    def declared(self, code: str, item: str) -> Answer:
        value = self.number(item)
        used = (f"water_knowledge.{item}",)
        if value is None:
            got = formulas.lacking(*used)
            return Answer(code, got, "figure", "unknown", lines(got), used)
        return Answer(code, formulas.known(value), "figure", "yes", say("proof.declared"), used)


def _volumes(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"water_volume.{name}" for name in names)


def _terms(volumes: formulas.Volumes) -> dict[str, str]:
    """Return the sums of volumes of the proofs, written for people."""

    def total(*names: str) -> float | None:
        values = [getattr(volumes, name) for name in names]
        return None if None in values else float(sum(values))

    put, sold = total(*formulas.IN), total("sold")
    distributed = None if put is None or sold is None else put - sold
    return {
        "produced": figure(volumes.produced, 0), "bought": figure(volumes.bought, 0),
        "sold": figure(volumes.sold, 0), "metered": figure(total(*METERED), 0),
        "authorised": figure(total(*formulas.AUTHORISED), 0),
        "distributed": figure(distributed, 0),
    }  # fmt: skip


def _resources(text: str) -> list[tuple[float, float | None]] | None:
    """Return the levels of resources and their volumes; ``None`` for what is not understood."""
    found: list[tuple[float, float | None]] = []
    for part in filter(None, (it.strip() for it in re.split(r"[;+|]", text))):
        level, _, volume = part.partition("@")
        try:
            read = float(level.replace("%", "").replace(",", ".").strip().rpartition("=")[2])
            weight = volume.replace(" ", "").replace("\u202f", "").replace("\u00a0", "")
            told = float(weight.replace(",", ".").removesuffix("m3").removesuffix("m³") or "nan")
        except ValueError:
            return None
        if read not in formulas.PROTECTION:
            return None
        found.append((read, None if told != told else told))  # noqa: PLR0124 - NaN
    return found


def _row(service: Service, year: int, answer: Answer) -> dict[str, Any]:
    got = answer.reading
    clashes = [
        say("conflict", fact=facts([name]), values=values)
        for (when, name), values in service.conflicts.items()
        if when == year and name in answer.used
    ]
    published = service.number(year, answer.indicator) if answer.indicator[0] in "PD" else None
    gap = None if published is None or got.value is None else got.value - published
    nan = float("nan")
    settled = answer.verdict != "unknown" and got.value is not None
    return {
        "network": service.network,
        "name": service.name or say("service.whole"),
        "year": year,
        "indicator": answer.indicator,
        "label": say(f"label.{answer.indicator}"),
        **{
            name: nan if it is None else it
            for name, it in (("value", got.value), ("low", got.low), ("high", got.high))
        },
        "unit": UNITS[answer.indicator],
        "question": say(f"question.{answer.question}"),
        "verdict": answer.verdict,
        "missing": "" if settled else facts(answer.missing),
        "supply": "" if settled else supply(answer.missing, answer.year or year),
        "proof": " ".join([answer.proof, *clashes]),
        "sources": ", ".join(service.sources(answer.year or year, answer.used)),
        "published": nan if published is None else published,
        "difference": nan if gap is None else gap,
    }
