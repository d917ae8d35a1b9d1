# SPDX-License-Identifier: EUPL-1.2
"""Decree 2012-97: is the yield of a network high enough, and what follows when it is not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.worksites.water.sispea.formulas import Reading

if TYPE_CHECKING:
    from jumeau.base.rules import Answer, Rule, Verdict

TOP, BASE, RESTRICTED, SHARE = 85.0, 65.0, 70.0, 5.0
"""Yields of the law [%], and the divisor of the index of consumption."""
MOST_RESTRICTED = 2_000_000.0
"""Volume drawn in restricted zones from which the higher yield is asked for [m³/yr]."""
_DIGITS = 9  # yields that differ by rounding noise are equal


@dataclass(frozen=True)
class Conformity:
    """Answer of the decree, and what it rests on.

    Parameters
    ----------
    answer : str
        ``yes``, ``no`` or ``unknown``.
    threshold : Reading
        Yield asked for: min(85, 65 or 70 + ILC/5) [%].
    missing : tuple of str
        Facts that would settle an unknown answer.
    verdicts : tuple of Verdict
        Rules with their proofs, under the least favourable reading of what is missing.
    """

    answer: Answer
    threshold: Reading
    missing: tuple[str, ...]
    verdicts: tuple[Verdict, ...]


@cache
def rules() -> tuple[Rule, ...]:
    """Return the dated rules of the duty."""
    from jumeau.base import rules as dated

    return tuple(dated.load(Path(__file__).parent / "rules" / "duties.csv"))


def decree_2012_97(
    yield_pct: Reading | float | None,
    ilc: Reading | float | None,
    restricted_m3: float | None = None,
    *,
    on: dt.date | None = None,
    today: dt.date | None = None,
) -> Conformity:
    """Return whether the yield of a network is that of decree 2012-97.

    Conform if R ≥ 85, or else R ≥ 65 + ILC/5; 70 replaces 65 when more than 2 Mm³ a year are drawn
    where the resource is shared out by rules (zone de répartition des eaux). A figure of which only
    bounds are known decides when both bounds agree.

    Parameters
    ----------
    yield_pct : Reading, float or None
        Yield of the network, P104.3 [%].
    ilc : Reading, float or None
        Linear index of consumption [m³/km/d].
    restricted_m3 : float or None
        Volume drawn in restricted zones [m³/yr]; ``None`` when it is not known.
    on : date, optional
        Day of the law; today by default.
    today : date, optional
        Day on which the age of what was checked is judged.

    Returns
    -------
    Conformity
        Answer, yield asked for, what is missing and the proofs.
    """
    from jumeau.base import rules as dated

    rate, index = _reading(yield_pct), _reading(ilc)
    day = on or dt.datetime.now(dt.UTC).date()

    def asked(most: bool) -> list[Verdict]:
        facts = {
            "yield_pct": _rounded(rate.high if most else rate.low),
            "ilc": _rounded((index.low or 0.0) if most else index.high),  # it is never negative
            "restricted_m3": restricted_m3,
        }
        return dated.evaluate(rules(), facts, day, today=today)

    best, worst = asked(True), asked(False)
    answer: Answer = "unknown"
    if any(verdict.answer == "yes" for verdict in worst):
        answer = "yes"
    elif best and all(verdict.answer == "no" for verdict in best):
        answer = "no"
    missing: tuple[str, ...] = ()
    if answer == "unknown":
        lacks = {name for verdict in (*best, *worst) for name in verdict.missing}
        missing = (*rate.missing, *index.missing)
        if "restricted_m3" in lacks and restricted_m3 is None:
            missing = (*missing, "water_volume.withdrawn_restricted")
    return Conformity(
        answer, threshold(index, restricted_m3), tuple(dict.fromkeys(missing)), tuple(worst)
    )


def threshold(ilc: Reading | float | None, restricted_m3: float | None = None) -> Reading:
    """Return the yield that is asked for [%]: min(85, 65 + ILC/5), or 70 in restricted zones.

    Parameters
    ----------
    ilc : Reading, float or None
        Linear index of consumption [m³/km/d].
    restricted_m3 : float or None
        Volume drawn in restricted zones [m³/yr]; the value then supposes that it is under
        2 million while the bounds hold both cases.
    """
    index = _reading(ilc)
    over = restricted_m3 is not None and restricted_m3 > MOST_RESTRICTED
    base = RESTRICTED if over else BASE
    highest = RESTRICTED if over or restricted_m3 is None else BASE
    low = min(TOP, base + index.low / SHARE) if index.low is not None else base
    high = min(TOP, highest + index.high / SHARE) if index.high is not None else TOP
    value = min(TOP, base + index.value / SHARE) if index.value is not None else None
    if value is not None and low == high:
        return Reading(value, value, value)
    lacks = () if restricted_m3 is not None else ("water_volume.withdrawn_restricted",)
    return Reading(value, low, high, (*index.missing, *lacks))


def deadline(year: int) -> dt.date:
    """Return the day before which the plan of actions is due: the end of the second year after.

    CGCT art. L. 2224-7-1: "avant la fin du second exercice suivant l'exercice pour lequel le
    dépassement a été constaté".

    Parameters
    ----------
    year : int
        Year whose yield was too low.
    """
    return dt.date(year + 2, 12, 31)


def _reading(value: Reading | float | None) -> Reading:
    if isinstance(value, Reading):
        return value
    return Reading(value, value, value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
