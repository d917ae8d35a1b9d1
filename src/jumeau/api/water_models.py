# SPDX-License-Identifier: EUPL-1.2
"""What ``/api/water`` answers, for OpenAPI."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from jumeau.api.models import Model

Values = list[list[float | None] | None]


class WaterSeries(Model):
    """One quantity of every element of a table over a day, in columns."""

    quantity: str
    table: str
    unit: str
    times_s: list[float]
    every: int
    ids: list[str]
    values: Values
    low: Values | None
    high: Values | None
    licence: str
    attribution: list[str]


class ElementDay(Model):
    """One quantity of an element over a day, with its 5 % and 95 % bounds where draws were made."""

    quantity: str
    unit: str
    times_s: list[float]
    values: list[float | None]
    low: list[float | None] | None
    high: list[float | None] | None
    run_id: str | None


class Placed(Model):
    """A network, and how it was placed on the ground."""

    id: str
    name: str | None
    placement: str | None
    placement_error_m: float | None


class Node(Model):
    """An end of a link."""

    table: str
    id: str
    label: str


class WaterElement(Model):
    """All that was computed of an element over the day."""

    id: str
    table: str
    network: Placed | None
    nodes: list[Node]
    rows: list[ElementDay]
    licence: str
    attribution: list[str]


class KindCount(Model):
    """How many elements of a kind a network has."""

    table: str
    label: str
    count: int


class PipeShare(Model):
    """Pipes of one material or of one decade; an empty name for what is not known."""

    name: str
    count: int
    length_m: float | None


class SeriesInfo(Model):
    """A quantity that was computed over the day, and of how many elements."""

    quantity: str
    table: str
    unit: str
    count: int


class WaterNetwork(Placed):
    """A network, what it holds and what was computed of it."""

    description: str | None
    length_m: float
    counts: list[KindCount]
    materials: list[PipeShare]
    decades: list[PipeShare]
    series: list[SeriesInfo]


class WaterNetworks(Model):
    """The networks of drinking water."""

    rows: list[WaterNetwork]
    licence: str
    attribution: list[str]


class ZonePipe(Model):
    """A pipe of a leak's zone, with the share of the probability that it bears."""

    pipe: str
    share: float


class LeakDays(Model):
    """Flow of a leak day by day [m³/h], from its first day on."""

    start: str
    step_s: float
    values: list[float | None]
    low: list[float | None]
    high: list[float | None]


class LeakRow(Model):
    """A leak that the search found."""

    id: str
    label: str
    pipe_id: str
    network_id: str | None
    district_id: str | None
    district: str | None
    kind: str | None
    started_at: str | None
    ended_at: str | None
    detected_at: str | None
    flow_m3_h: float | None
    flow_low: float | None
    flow_high: float | None
    probability: float | None
    eur_day: float | None
    lost_m3: float
    lost_eur: float
    pipes: int
    zone_km: float
    lon: float | None
    lat: float | None
    bounds: list[float] | None
    zone: list[ZonePipe]
    values: LeakDays
    run_id: str | None


class SensorFault(Model):
    """A sensor that the search did not trust, and when."""

    sensor: str
    label: str
    quantity: str
    kind: str
    start: str | None
    end: str | None
    amount: float | None
    unit: str
    action: str


class LeakSearch(Model):
    """What a network was searched with."""

    network: str
    from_: str = Field(alias="from")
    to: str
    until: str
    train: list[str]
    train_chosen: bool
    online: bool
    leaks: int
    faults: list[SensorFault]
    quality: Any


class Leaks(Model):
    """The leaks found, those that still run and cost the most first."""

    rows: list[LeakRow]
    searches: list[LeakSearch]
    first: str | None
    last: str | None
    licence: str
    attribution: list[str]


class ZonePart(ZonePipe):
    """A pipe of a zone with its facts, and the metres listened to once it is done."""

    length_m: float | None
    material: str | None
    diameter_mm: float | None
    street: str | None
    metres: float


class DistrictDays(Model):
    """A quantity of a district day by day."""

    table: str
    entity: str
    label: str
    quantity: str
    unit: str
    start: str
    values: list[float | None] | None
    low: list[float | None] | None
    high: list[float | None] | None


class Leak(LeakRow):
    """A leak, its zone pipe by pipe, and the flows of its district."""

    zone: list[ZonePart]  # type: ignore[assignment]
    balance: list[DistrictDays]
    licence: str
    attribution: list[str]


class Balance(Model):
    """What is known day by day of districts."""

    rows: list[DistrictDays]
    licence: str
    attribution: list[str]


class PipeRisk(Model):
    """Breaks expected of a pipe in a year."""

    pipe_id: str
    rate: float | None
    low: float | None
    high: float | None
    unit: str | None
    length_m: float | None
    per_km: float | None
    material: str | None
    diameter_mm: float | None
    installed_to: int | None
    street_id: str | None


class PipeRisks(Model):
    """Breaks expected of every pipe, the worst by kilometre first."""

    rows: list[PipeRisk]
    total: int
    licence: str
    attribution: list[str]


class Duty(Model):
    """An indicator or a duty of a water service, with its proof."""

    network: str
    name: str
    year: int
    indicator: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    question: str
    verdict: str
    missing: str
    supply: str
    proof: str
    sources: str
    published: float | None
    difference: float | None


class Duties(Model):
    """Indicators and duties of the water services in a year (SISPEA)."""

    year: int
    rows: list[Duty]
    licence: str
    attribution: list[str]
