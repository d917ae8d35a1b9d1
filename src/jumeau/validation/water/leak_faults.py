# SPDX-License-Identifier: EUPL-1.2
"""Leak searches on telemetry spoilt on purpose: what is told, and what is believed wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.validation.water import bad_telemetry as bad
from jumeau.validation.water.leak_reliability import near
from jumeau.validation.water.leak_searches import Record, search_semireal, searched, semireal

if TYPE_CHECKING:
    import pandas as pd

END = "2018-03-31 23:55"
"""Last time of the short record: five leaks begin in it."""
SEED = 12
CONFIDENT = 0.5
"""Probability from which a leak that is not there is a confident wrong answer."""
SHARE = 0.02
"""Part of the readings that are bad in the judged record."""


Change = Callable[[Any], Any]


class Spoilt(NamedTuple):
    """A record with one fault."""

    name: str
    spoil: Callable[[Record], Record]
    sensors: tuple[str, ...] = ()
    """Sensors that what is told has to name."""


class Verdict(NamedTuple):
    """What a search made of a spoilt record."""

    told: bool
    """Whether it says what is wrong."""
    wrong: int
    """Confident leaks that are not there."""


def spoilt() -> Iterator[Spoilt]:
    """Yield the faults that are tried, on the sensors of the contest."""

    def on(name: str, sensors: tuple[str, ...], change: Change) -> Spoilt:
        return Spoilt(name, lambda it: replace(it, pressures=change(it.pressures)), sensors)

    yield on("a gap of days", ("n105",), _gap)
    yield on("a frozen sensor", ("n296",), lambda p: bad.stuck(p, "n296", "2018-03-10", 12))
    yield on("a drifting sensor", ("n342",), lambda p: bad.drift(p, "n342", "2018-02-01", 6.0))
    swap = ("n332", "n469")
    yield on("two sensors swapped", swap, lambda p: bad.swapped(p, *swap, "2018-03-01"))
    late = ("2018-02-15", "2018-03-25", 3600)
    yield on("a clock an hour ahead", ("n516",), lambda p: bad.clock_shift(p, "n516", *late))
    yield on("duplicated hours", (), lambda p: bad.duplicated_hours(p, _rng(), 5))
    yield on("pressures in bar", (), bad.in_bar)
    yield Spoilt("flows in l/s", lambda it: replace(it, flows=bad.in_litres_a_second(it.flows)))
    yield Spoilt("another network", lambda it: replace(it, net=bad.other_network(it.net, _rng())))
    yield Spoilt(
        "a leak in the training week",
        lambda it: replace(it, train=bad.leaky_week(it.every, "2018-02-27")),
    )


def verdicts(shared: Path) -> dict[str, Verdict]:
    """Return what the search makes of each fault.

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    record = semireal(shared).until(END)
    clean = searched(record).leaks
    known = {(it.code, it.entity) for it in _findings(clean)}
    usual = _wrong(record, clean)
    found = {}
    for fault in spoilt():
        told, wrong = _judged(fault, fault.spoil(record), known)
        found[fault.name] = Verdict(told, max(wrong - usual, 0))
    return found


@cache
def two_percent(shared: Path) -> float:
    """Return the score with 2 % of bad readings over that without [-].

    Parameters
    ----------
    shared : Path
        Folder of real files.
    """
    record = semireal(shared)
    frames: Any = bad.bad_samples(record.telemetry(), _rng(), SHARE)
    worse = searched(replace(record, **frames)).score
    return float(worse) / float(search_semireal(shared).score)


def _judged(fault: Spoilt, record: Record, known: set[tuple[str, str]]) -> tuple[bool, int]:
    """Return whether a fault is told, and the number of confident wrong leaks."""
    from jumeau.base.errors import JumeauError

    try:
        leaks = searched(record).leaks
    except JumeauError:
        return True, 0
    fresh = [it for it in _findings(leaks) if (it.code, it.entity) not in known]
    said = [json.dumps([it.entity, it.data], default=str, ensure_ascii=False) for it in fresh]
    named = not fault.sensors or any(name in text for text in said for name in fault.sensors)
    return bool(fresh) and named, _wrong(record, leaks)


def _findings(leaks: pd.DataFrame) -> list[Any]:
    from jumeau.base.findings import Finding

    told = [*leaks.attrs.get("faults", []), *leaks.attrs.get("findings", [])]
    return [it for it in told if isinstance(it, Finding)]


def _wrong(record: Record, leaks: pd.DataFrame) -> int:
    """Return the number of leaks that are likely by what is said, and not there."""
    if not len(leaks):
        return 0
    there = near(record, leaks)["there"].astype(bool)
    return int(((leaks["probability"] >= CONFIDENT) & ~there).sum())


def _gap(pressures: pd.DataFrame) -> pd.DataFrame:
    out = pressures.copy()
    out.loc["2018-03-10":"2018-03-15", "n105"] = float("nan")
    return out


def _rng() -> Any:
    import numpy as np

    return np.random.default_rng(SEED)
