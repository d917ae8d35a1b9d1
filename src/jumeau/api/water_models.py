# SPDX-License-Identifier: EUPL-1.2
"""What ``/api/water`` answers, for OpenAPI."""

from __future__ import annotations

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
