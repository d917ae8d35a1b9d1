# SPDX-License-Identifier: EUPL-1.2
"""Times of an EPANET input file, in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jumeau.base.errors import error

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network

HOUR, DAY = 3600, 86400
_SECONDS = {"SEC": 1.0, "MIN": 60.0, "HOU": 3600.0, "DAY": 86400.0}


@dataclass(frozen=True)
class Times:
    """Durations and steps, as EPANET adjusts them [s]."""

    duration: int
    hydraulic: int
    report: int
    report_start: int
    pattern: int
    pattern_start: int
    rule: int
    clock: int


def seconds(text: str) -> int:
    """Return a time as EPANET reads it: 24, 24:00, 1:30:15, 90 MIN, 12 AM [s].

    Raises
    ------
    InvalidError
        ``JUM-H003``.
    """
    words = text.split()
    try:
        parts = [float(part) for part in words[0].split(":")]
        if len(parts) > 1:
            hours = parts[0] + parts[1] / 60.0 + (parts[2] if len(parts) > 2 else 0.0) / 3600.0
            value = hours * HOUR
        else:
            value = parts[0] * HOUR
        if len(words) > 1:
            unit = words[1].upper()
            if unit in ("AM", "PM"):
                value = value % (12 * HOUR) + (12 * HOUR if unit == "PM" else 0)
            elif len(parts) == 1:
                value = parts[0] * _SECONDS[unit[:3]]
        if value < 0:
            raise ValueError
    except (IndexError, KeyError, ValueError) as fault:
        raise error("JUM-H003", value=text) from fault
    return int(value + 0.5)


def times_of(net: Network, duration_s: float | None = None, step_s: float | None = None) -> Times:
    """Return the times of a network, its own or those asked for.

    Parameters
    ----------
    net : Network
        With its section of times.
    duration_s, step_s : float, optional
        Duration and step of the report [s].

    Raises
    ------
    InvalidError
        ``JUM-H003`` for a time that is not one.
    """

    def given(name: str, usual: int) -> int:
        return seconds(net.times[name]) if net.times.get(name) else usual

    duration = given("DURATION", 0) if duration_s is None else _whole(duration_s, 0)
    pattern = given("PATTERN TIMESTEP", HOUR) or HOUR
    usual = given("REPORT TIMESTEP", 0) or pattern
    report = usual if step_s is None else _whole(step_s, 1)
    start = given("REPORT START", 0) if step_s is None else 0
    if start > duration:
        start = 0
    hydraulic = given("HYDRAULIC TIMESTEP", HOUR) or HOUR
    own = min(hydraulic, pattern, usual)  # the step of the rules follows that of the file
    rule = min(given("RULE TIMESTEP", 0) or max(own // 10, 1), own)
    hydraulic = min(hydraulic, pattern, report)
    return Times(
        duration, hydraulic, report, start, pattern, given("PATTERN START", 0),
        rule, given("START CLOCKTIME", 0) % DAY,
    )  # fmt: skip


def _whole(value: float, least: int) -> int:
    if not value >= least or value != value // 1:
        raise error("JUM-H003", value=str(value))
    return int(value)
