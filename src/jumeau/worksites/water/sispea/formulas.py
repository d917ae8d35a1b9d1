# SPDX-License-Identifier: EUPL-1.2
"""Indicators of a water service on numbers: an unknown volume is an interval, never a zero."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

from jumeau.base.errors import error

DAYS = 365
"""Days by which SISPEA divides a yearly volume, leap years included [d]."""
PROTECTION = (0.0, 20.0, 40.0, 50.0, 60.0, 80.0, 100.0)
"""Levels of the protection of a resource [%] (arrêté du 2 mai 2007, annexe I)."""


class Reading(NamedTuple):
    """A figure, its bounds, and what it lacks.

    Parameters
    ----------
    value : float or None
        The figure; ``None`` when a fact lacks.
    low, high : float or None
        Bounds that hold whatever the missing facts are; ``None`` when there is none.
    missing : tuple of str
        Facts that would settle it.
    """

    value: float | None
    low: float | None
    high: float | None
    missing: tuple[str, ...] = ()


def known(value: float) -> Reading:
    """Return the reading of a figure that lacks nothing.

    Parameters
    ----------
    value : float
        The figure, in its own unit.
    """
    return Reading(value, value, value)


def lacking(*missing: str) -> Reading:
    """Return the reading of a figure of which nothing can be said.

    Parameters
    ----------
    *missing : str
        Facts that would settle it.
    """
    return Reading(None, None, None, missing)


@dataclass(frozen=True)
class Volumes:
    """Volumes of a service over a year; ``None`` for one that nobody declares.

    Parameters
    ----------
    produced, bought, sold : float or None
        Produced, bought from and sold to other services [m³].
    metered_domestic, metered_other : float or None
        Counted at the meters of households and assimilated, and of others [m³].
    unmetered, service : float or None
        Consumed without a meter; used by the service itself [m³].

    Raises
    ------
    InvalidError
        ``JUM-H210`` for a volume that is negative or not finite.
    """

    produced: float | None = None
    bought: float | None = None
    sold: float | None = None
    metered_domestic: float | None = None
    metered_other: float | None = None
    unmetered: float | None = None
    service: float | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise error("JUM-H210", name=item.name, value=value)

    def missing(self, *names: str) -> tuple[str, ...]:
        """Return the volumes that lack, among some, as facts of the twin."""
        among = names or tuple(item.name for item in fields(self))
        return tuple(f"water_volume.{name}" for name in among if getattr(self, name) is None)


IN = ("produced", "bought")
METERED = ("metered_domestic", "metered_other")
AUTHORISED = (*METERED, "unmetered", "service")


class _Span(NamedTuple):
    """What a sum of volumes may be, given that no volume is negative."""

    low: float
    high: float


def _sum(volumes: Volumes, names: Sequence[str]) -> _Span:
    values = [getattr(volumes, name) for name in names]
    least = math.fsum(value for value in values if value is not None)
    return _Span(least, math.inf if None in values else least)


def _minus(one: _Span, *others: _Span) -> _Span:
    low = one.low - sum(other.high for other in others)
    high = one.high - sum(other.low for other in others)
    return _Span(low, high)


def _read(low: float, high: float, missing: tuple[str, ...]) -> Reading:
    if not missing:
        return Reading(low, low, low)
    bounds = (low if math.isfinite(low) else None, high if math.isfinite(high) else None)
    return Reading(None, *bounds, missing)


def network_yield(volumes: Volumes) -> Reading:
    """Return P104.3, the yield of the distribution network [%].

    R = 100 · (authorised + sold) / (produced + bought), where authorised = metered + unmetered +
    service (arrêté du 2 mai 2007, annexe I). No consumption exceeds what was put in: 100 bounds
    the yield of a service of which a consumption is not known.

    Parameters
    ----------
    volumes : Volumes
        Volumes of the year [m³].

    Returns
    -------
    Reading
        Yield and its bounds [%].
    """
    names = (*AUTHORISED, "sold")
    missing = volumes.missing(*IN, *names)
    out, put = _sum(volumes, names), _sum(volumes, IN)
    if not put.high:
        return lacking("water_volume.produced")
    if not missing:
        return known(100.0 * out.low / put.low)
    low = 100.0 * out.low / put.high if math.isfinite(put.high) else None
    high = 100.0
    if math.isfinite(out.high) and put.low > 0:
        high = min(high, 100.0 * out.high / put.low)
    return Reading(None, low, high, missing)


def uncounted_index(volumes: Volumes, length_km: float | None, *, days: float = DAYS) -> Reading:
    """Return P105.3, the linear index of uncounted volumes [m³/km/d].

    ILVNC = (produced + bought − sold − metered) / (days · length) (arrêté du 2 mai 2007, annexe I).

    Parameters
    ----------
    volumes : Volumes
        Volumes of the year [m³].
    length_km : float or None
        Length of the mains, service connections set apart [km].
    days : float
        Days of the year [d].

    Returns
    -------
    Reading
        Index and its bounds [m³/km/d].
    """
    return _index(volumes, METERED, length_km, days)


def loss_index(volumes: Volumes, length_km: float | None, *, days: float = DAYS) -> Reading:
    """Return P106.3, the linear index of losses [m³/km/d].

    ILP = (produced + bought − sold − authorised) / (days · length), after the order of 2 May 2007,
    annex I.

    Parameters
    ----------
    volumes : Volumes
        Volumes of the year [m³].
    length_km : float or None
        Length of the mains, service connections set apart [km].
    days : float
        Days of the year [d].

    Returns
    -------
    Reading
        Index and its bounds [m³/km/d].
    """
    return _index(volumes, AUTHORISED, length_km, days)


def _index(
    volumes: Volumes, counted: Sequence[str], length_km: float | None, days: float
) -> Reading:
    missing = volumes.missing(*IN, "sold", *counted)
    if not length_km:
        return lacking(*missing, "pipe.length_m")
    put = _minus(_sum(volumes, IN), _sum(volumes, ("sold",)))
    lost = _minus(put, _sum(volumes, counted))
    scale = days * length_km
    low = max(lost.low, 0.0) if missing else lost.low  # no more goes out than comes in
    return _read(low / scale, lost.high / scale, missing)


def consumption_index(
    volumes: Volumes, length_km: float | None, *, days: float = DAYS, with_sales: bool = True
) -> Reading:
    """Return ILC, the linear index of consumption [m³/km/d].

    ILC = (authorised + sold) / (days · length). That sales to other services count is to be
    confirmed in the code de l'environnement, art. D. 213-48-14-1.

    Parameters
    ----------
    volumes : Volumes
        Volumes of the year [m³].
    length_km : float or None
        Length of the mains, service connections set apart [km].
    days : float
        Days of the year [d].
    with_sales : bool
        Whether sales to other services count.

    Returns
    -------
    Reading
        Index and its bounds [m³/km/d].
    """
    names = (*AUTHORISED, "sold") if with_sales else AUTHORISED
    missing = volumes.missing(*names)
    if not length_km:
        return lacking(*missing, "pipe.length_m")
    used = _sum(volumes, names)
    most = used.high
    if missing:
        put = _sum(volumes, IN)
        most = put.high if with_sales else _minus(put, _sum(volumes, ("sold",))).high
    return _read(used.low / (days * length_km), most / (days * length_km), missing)


def mean(years: Iterable[Volumes]) -> Volumes:
    """Return the mean volumes of some years; a volume that lacks in one of them lacks.

    Parameters
    ----------
    years : iterable of Volumes
        Volumes of each year [m³].
    """
    every = list(years)
    found: dict[str, float | None] = {}
    for item in fields(Volumes):
        values = [getattr(one, item.name) for one in every]
        told = [value for value in values if value is not None]
        whole = bool(every) and len(told) == len(every)
        found[item.name] = math.fsum(told) / len(every) if whole else None
    return Volumes(**found)


def renewal_rate(
    renewed_km: float | None, length_km: float | None, *, possible_km: float = 0.0
) -> Reading:
    """Return P107.2, the mean rate of renewal of the network [%/yr].

    20 · (length renewed over the last five full years) / (length) : the yearly mean of five years
    over the length, as a percentage (arrêté du 2 mai 2007, annexe I: replaced alike, reinforced or
    rehabilitated, without service connections).

    Parameters
    ----------
    renewed_km : float or None
        Length that is known to have been renewed over five years [km].
    length_km : float or None
        Length of the mains [km].
    possible_km : float
        Length laid in these years whose reason or year is not told: it may be renewal [km].

    Returns
    -------
    Reading
        Rate and its bounds [%/yr].
    """
    if not length_km:
        return lacking("pipe.length_m")
    if renewed_km is None:
        return Reading(None, None, None, ("water_knowledge.renewed_length_km",))
    low = 20.0 * renewed_km / length_km
    if possible_km <= 0:
        return known(low)
    high = 20.0 * min(renewed_km + possible_km, length_km) / length_km
    return Reading(None, low, high, ("water_knowledge.renewed_length_km", "pipe.laid_for"))


def conformity_rate(samples: float | None, failed: float | None, *, kind: str = "") -> Reading:
    """Return P101.1 or P102.1, the share of samples that meet the limits of quality [%].

    100 · (samples − failed) / samples (arrêté du 2 mai 2007, annexe I).

    Parameters
    ----------
    samples, failed : float or None
        Samples of the sanitary control, and those beyond a limit of quality.
    kind : str
        ``microbiology`` or ``chemistry``, for the names of missing facts.

    Raises
    ------
    InvalidError
        ``JUM-H211`` when more samples fail than were taken.
    """
    name = f"water_knowledge.samples_{kind}" if kind else "water_knowledge.samples"
    missing = tuple(
        fact for fact, value in ((name, samples), (f"{name}_failed", failed)) if value is None
    )
    if samples is not None and failed is not None and not 0 <= failed <= samples:
        raise error("JUM-H211", failed=failed, samples=samples)
    if missing or not samples:
        return lacking(*(missing or (name,)))
    assert failed is not None  # noqa: S101 - told missing above
    return known(100.0 * (samples - failed) / samples)


def protection_index(resources: Sequence[tuple[float, float | None]]) -> Reading:
    """Return P108.3, how far the protection of the resources has come [%].

    Σ level · volume / Σ volume, over the resources of the service (arrêté du 2 mai 2007, annexe I).

    Parameters
    ----------
    resources : sequence of (level, volume)
        Level of each resource, one of 0, 20, 40, 50, 60, 80, 100 [%], and the volume produced from
        it or bought [m³], that one resource alone does not need.

    Raises
    ------
    InvalidError
        ``JUM-H212`` for a level that the scale does not have.
    """
    for level, _ in resources:
        if level not in PROTECTION:
            raise error("JUM-H212", level=level, known=[f"{it:g}" for it in PROTECTION])
    if not resources:
        return lacking("water_knowledge.resource_protection")
    levels = [level for level, _ in resources]
    if len(resources) == 1 or len(set(levels)) == 1:
        return known(levels[0])
    weights = [volume for _, volume in resources if volume is not None]
    if len(weights) < len(resources) or not math.fsum(weights) > 0:
        return Reading(None, min(levels), max(levels), ("water_knowledge.resource_protection",))
    total = math.fsum(weights)
    return known(math.fsum(a * b for a, b in zip(levels, weights, strict=True)) / total)


def solidarity_rate(given_eur: float | None, volumes: Volumes) -> Reading:
    """Return P109.0, what the service gave up or paid to a solidarity fund [€/m³].

    given / (metered domestic + metered other), the volume billed of SISPEA's sheet.

    Parameters
    ----------
    given_eur : float or None
        Debts written off and payments to a fund, without VAT [€].
    volumes : Volumes
        Volumes of the year [m³].
    """
    missing = volumes.missing(*METERED)
    if given_eur is None:
        return lacking("water_knowledge.solidarity_eur", *missing)
    billed = _sum(volumes, METERED)
    if missing or not billed.low:
        high = given_eur / billed.low if billed.low else None
        return Reading(None, None, high, missing or ("water_volume.metered_domestic",))
    return known(given_eur / billed.low)
