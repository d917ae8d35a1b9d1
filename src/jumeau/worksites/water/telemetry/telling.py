# SPDX-License-Identifier: EUPL-1.2
"""Faults of telemetry as findings that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jumeau.base.findings import Finding, finding
from jumeau.worksites.water.telemetry.instants import CLOCKS
from jumeau.worksites.water.telemetry.prepared import QUANTITIES, UNITS, WORDS, Fault

if TYPE_CHECKING:
    import pandas as pd

CODES = {"gap": "JUM-H176", "silent": "JUM-H176", "stuck": "JUM-H177", "spike": "JUM-H178",
         "drift": "JUM-H179", "clock": "JUM-H183"}  # fmt: skip
SHOWN = 6
MANY = 40
"""Gaps and stuck values told one by one, the longest first; the table of faults has all."""


def told(faults: list[Fault], names: dict[str, list[str]]) -> list[Finding]:
    """Return what faults say, kind by kind.

    Parameters
    ----------
    faults : list of Fault
        What was found.
    names : dict of str to list of str
        Columns by frame.
    """
    found: list[Finding] = []
    for kind, code in CODES.items():
        same = [fault for fault in faults if fault.kind == kind]
        same.sort(key=lambda fault: fault.start - fault.end)
        found += [finding(code, "observation", it.sensor, **_data(it)) for it in same[:MANY]]
    return (
        found
        + _repeated(faults)
        + _exchanged(faults)
        + _clock_of_the_street(faults)
        + _units(faults, names)
    )


def _data(fault: Fault) -> dict[str, Any]:
    return {
        "sensor": fault.sensor, "quantity": WORDS.get(fault.quantity, fault.quantity),
        "count": fault.count, "start": when(fault.start),
        "end": when(fault.end), "amount": round(fault.amount, 2), "unit": fault.unit,
    }  # fmt: skip


def when(stamp: pd.Timestamp) -> str:
    """Return a time to the minute."""
    return stamp.strftime("%Y-%m-%d %H:%M")


def _repeated(faults: list[Fault]) -> list[Finding]:
    twice = {"en": "readings at a time given again later", "fr": "relevés à une heure redonnée"}
    return [
        finding("JUM-H182", "observation", it.quantity, file=WORDS[it.quantity], count=it.count,
                what=twice)
        for it in faults if it.kind == "duplicate"
    ]  # fmt: skip


def _exchanged(faults: list[Fault]) -> list[Finding]:
    seen: set[frozenset[str]] = set()
    found = []
    for fault in faults:
        pair = frozenset((fault.sensor, fault.unit, when(fault.start)))
        if fault.kind == "swap" and pair not in seen:
            seen.add(pair)
            found.append(finding("JUM-H180", "observation", fault.sensor, sensor=fault.sensor,
                                 other=fault.unit, start=when(fault.start),
                                 end=when(fault.end)))  # fmt: skip
    return found


def _clock_of_the_street(faults: list[Fault]) -> list[Finding]:
    days = [str(fault.start.date()) for fault in faults if fault.kind == "summer time"]
    if not days:
        return []
    every = {lang: ", ".join(it[lang] for it in WORDS.values()) for lang in ("en", "fr")}
    return [finding("JUM-H181", "observation", "", file=every, clock=CLOCKS["street"],
                    days=f" ({', '.join(days)})")]  # fmt: skip


def _units(faults: list[Fault], names: dict[str, list[str]]) -> list[Finding]:
    found = []
    for quantity in QUANTITIES:
        same: dict[str, list[str]] = {}
        for fault in faults:
            if fault.kind == "unit" and fault.quantity == quantity:
                same.setdefault(fault.unit.split(" / ")[1], []).append(fault.sensor)
        for unit, sensors in same.items():
            found.append(finding(
                "JUM-H184", "observation", quantity, quantity=WORDS[quantity], unit=unit,
                count=len(sensors), total=len(names[quantity]), sensors=sensors[:SHOWN],
                wanted=UNITS[quantity],
            ))  # fmt: skip
    return found
