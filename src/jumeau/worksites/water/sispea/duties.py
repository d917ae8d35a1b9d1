# SPDX-License-Identifier: EUPL-1.2
"""Duties of a water service: the yield of the decree, the plan of actions, the levy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from jumeau.worksites.water.sispea import decree as law
from jumeau.worksites.water.sispea import formulas
from jumeau.worksites.water.sispea import levy as levies
from jumeau.worksites.water.sispea.answers import Answer, lines
from jumeau.worksites.water.sispea.facts import Service
from jumeau.worksites.water.sispea.formulas import AUTHORISED, IN, METERED, Reading, Volumes
from jumeau.worksites.water.sispea.words import facts, figure, say

LITTLE = 0.10
"""Variation of sales over three years under which nobody would call it strong [-]."""
SURE_PRODUCED = 1_600_000.0
"""Volume produced under which no plant draws 2 Mm³: it would lose a fifth of the water [m³/yr]."""
_USED = tuple(f"water_volume.{name}" for name in (*IN, *AUTHORISED, "sold"))


def decree(service: Service, year: int, today: dt.date) -> Answer:
    """Return whether the yield of a service is that of decree 2012-97, over a year or three.

    Parameters
    ----------
    service : Service
        The service.
    year : int
        Year judged; the mean of three years replaces it when sales vary strongly.
    today : date
        Present day.
    """
    volumes, length = service.yearly(year), service.length_km(year)
    drawn, note = _drawn(service, year)
    rate = formulas.network_yield(volumes)
    if rate.value is not None and rate.value > 100.0 + 1e-9:
        gap = Reading(None, None, None, ("volumes",))
        text = say("proof.impossible", value=figure(rate.value, 2))
        return Answer("decree_2012_97", gap, "decree", "unknown", text, _USED)
    mine = _judge(volumes, length, drawn, year, today)
    text = _told(rate, mine, length, volumes, drawn) + note
    verdict, more = str(mine.answer), mine.missing
    three = [service.yearly(it) for it in (year - 2, year - 1, year)]
    whole = formulas.mean(three)
    if not whole.missing():
        other = _judge(whole, length, drawn, year, today)
        varies = _variation(three)
        mean_rate = formulas.network_yield(whole)
        text += say(
            "proof.decree_mean", first=str(year - 2), year=str(year),
            value=figure(mean_rate.value, 2), threshold=figure(other.threshold.value, 2),
            answer=say(f"answer.{other.answer}"), variation=figure(100 * varies, 1),
        )  # fmt: skip
        strong = service.told(year, "large_sales_variation")
        if strong:
            verdict, more = str(other.answer), other.missing
            text += say("proof.decree_used_mean")
        elif strong is None and other.answer != mine.answer and varies > LITTLE:
            verdict, more = "unknown", ("water_knowledge.large_sales_variation",)
    elif service.told(year, "large_sales_variation"):
        lacks = tuple(dict.fromkeys(it for one in three for it in one.missing()))
        verdict, more = "unknown", lacks
    used = (*_USED, "water_volume.withdrawn", "water_volume.withdrawn_restricted", "pipe.length_m")
    asked = mine.threshold
    return Answer("decree_2012_97", asked, "decree", verdict, text + say("proof.decree_law"), used,
                  more=more)  # fmt: skip


def _judge(
    volumes: Volumes, length: float | None, drawn: float | None, year: int, today: dt.date
) -> law.Conformity:
    """Return the answer of the decree when sales count in the index or not, if both agree."""
    rate = formulas.network_yield(volumes)
    index = formulas.consumption_index(volumes, length)
    mine = law.decree_2012_97(rate, index, drawn, on=dt.date(year, 12, 31), today=today)
    if volumes.sold == 0:
        return mine
    less = formulas.consumption_index(volumes, length, with_sales=False)
    other = law.decree_2012_97(rate, less, drawn, on=dt.date(year, 12, 31), today=today)
    if other.answer == mine.answer:
        return mine
    missing = tuple(dict.fromkeys((*mine.missing, *other.missing, "sales")))
    return law.Conformity("unknown", mine.threshold, missing, mine.verdicts)


def _drawn(service: Service, year: int) -> tuple[float | None, str]:
    """Return the volume drawn in restricted zones, or one that it cannot exceed, and a note."""
    told = service.volume(year, "withdrawn_restricted")
    if told is not None:
        return told, say("proof.zre") if told > law.MOST_RESTRICTED else ""
    drawn = service.volume(year, "withdrawn")
    if drawn is not None and drawn <= law.MOST_RESTRICTED:
        return drawn, say("proof.zre_low", volume=figure(drawn, 0))
    produced = service.volume(year, "produced")
    if drawn is None and produced is not None and produced <= SURE_PRODUCED:
        return produced, say("proof.zre_low", volume=figure(law.MOST_RESTRICTED, 0))
    return None, ""


def _variation(years: list[Volumes]) -> float:
    """Return the spread of the water sold and metered over its mean."""
    sales = [(one.metered_domestic or 0.0) + (one.metered_other or 0.0) + (one.sold or 0.0)
             for one in years]  # fmt: skip
    middle = sum(sales) / len(sales)
    return (max(sales) - min(sales)) / middle if middle else 0.0


def _told(
    rate: Reading, got: law.Conformity, length: float | None, volumes: Volumes, drawn: float | None
) -> str:
    index = formulas.consumption_index(volumes, length)
    answer = say(f"answer.{got.answer}")
    if rate.value is not None and index.value is not None:
        over = drawn is not None and drawn > law.MOST_RESTRICTED
        return say(
            "proof.decree", value=figure(rate.value, 2), base=figure(70 if over else 65, 0),
            ilc=figure(index.value, 2), threshold=figure(got.threshold.value, 2), answer=answer,
        )  # fmt: skip
    return say(
        "proof.decree_open", low=figure(rate.low or 0.0, 2), high=figure(rate.high or 100.0, 2),
        least=figure(got.threshold.low, 2), most=figure(got.threshold.high, 2), answer=answer,
    )  # fmt: skip


def action_plan(service: Service, year: int, judged: Answer) -> Answer:
    """Return whether the plan of actions that the law asks for is there.

    Parameters
    ----------
    service : Service
        The service.
    year : int
        Year judged.
    judged : Answer
        Answer of the decree.
    """
    due = law.deadline(year).strftime("%d/%m/%Y")
    empty, used = Reading(None, None, None), ("water_knowledge.action_plan",)
    code = "action_plan"
    if judged.verdict == "yes":
        return Answer(code, empty, "plan", "yes", say("proof.plan_free"), judged.used)
    said = service.told(year, "action_plan")
    if said:
        return Answer(code, empty, "plan", "yes", say("proof.plan_there", deadline=due), used)
    if judged.verdict == "no" and said is False:
        return Answer(code, empty, "plan", "no", say("proof.plan_lacks", deadline=due), used)
    more = judged.missing if judged.verdict == "unknown" else ()
    more = (*more, *(used if said is None else ()))
    text = say("proof.plan_unknown", missing=facts(more), deadline=due)
    return Answer(code, empty, "plan", "unknown", text, used, more=more)


def levy(service: Service, year: int) -> Iterator[Answer]:
    """Yield the coefficient and the amount of the levy of a year, on data two years older.

    Parameters
    ----------
    service : Service
        The service.
    year : int
        Year of the levy.
    """
    now = levies.scale(year)
    if now is None:
        text = say("proof.levy_none", first=str(levies.FIRST_YEAR))
        for code in ("levy_coefficient", "levy_performance"):
            yield Answer(code, Reading(None, None, None), "levy", "no", text, ())
        return
    data = year - now.years_back
    volumes = service.yearly(data)
    terms: dict[str, float | None] = {}
    for name, cap in (("performance_term", now.performance_cap), ("asset_term", now.asset_cap)):
        told = service.number(data, name)
        terms[name] = told if told is not None and 0 <= told <= cap else None
    weighted = service.number(data, "weighted_yield")
    least = 0.0 if weighted is None else levies.performance_term(weighted, year=year)
    if least >= now.performance_cap:
        terms["performance_term"] = now.performance_cap  # no higher term is to be had
    got = levies.coefficient(
        terms["performance_term"], terms["asset_term"], least=least, year=year
    )  # fmt: skip
    items = (*terms, "weighted_yield")
    used = (*(f"water_knowledge.{name}" for name in items),
            *(f"water_volume.{name}" for name in (*IN, "sold", *METERED)))  # fmt: skip
    primary = levies.primary_yield(volumes)
    plain = None if primary.value is None else levies.performance_term(primary.value, year=year)
    if now.fixed is not None:
        got = Reading(None, now.fixed, 1.0, ("water_knowledge.performance_term",))
        text = say("proof.levy_fixed", value=figure(now.fixed, 2))
    else:
        text = say(
            "proof.levy", year=str(year), data=str(data),
            performance=figure(terms["performance_term"], 3), assets=figure(terms["asset_term"], 3),
            value=figure(got.value, 3), primary=figure(primary.value, 2), term=figure(plain, 3),
        )  # fmt: skip
    verdict = "yes" if got.value is not None else "unknown"
    yield Answer("levy_coefficient", got, "levy", verdict, text, used, year=data)
    yield _amount(service, year, got)


def _amount(service: Service, year: int, modulation: Reading) -> Answer:
    """Return the amount of the levy [€], with the bounds of the coefficient."""
    billed = service.volume(year, "billed")
    agency = service.text(year, "water_agency")
    told = service.number(year, "levy_rate_eur_m3")
    found = levies.rate(agency, year)
    rate = told if told is not None else None if found is None else found.eur_m3
    missing = list(modulation.missing)
    if billed is None:
        missing.append("water_volume.billed")
    if rate is None:
        fact = "water_agency" if agency is None else "levy_rate_eur_m3"
        missing.append(f"water_knowledge.{fact}")
    items = ("water_agency", "levy_rate_eur_m3")
    used = ("water_volume.billed", *(f"water_knowledge.{name}" for name in items))
    if billed is None or rate is None:
        got = formulas.lacking(*missing)
        return Answer("levy_performance", got, "levy", "unknown", lines(got), used)
    bounds = [None if it is None else levies.fee(billed, rate, it) for it in modulation[:3]]
    got = Reading(bounds[0], bounds[1], bounds[2], tuple(missing))
    if got.value is None:
        return Answer("levy_performance", got, "levy", "unknown", lines(got, 2), used)
    text = say("proof.fee", billed=figure(billed, 0), rate=figure(rate, 3),
               coefficient=figure(modulation.value, 3), value=figure(got.value, 2))  # fmt: skip
    return Answer("levy_performance", got, "levy", "yes", f"{text}.", used)
