# SPDX-License-Identifier: EUPL-1.2
"""What ``/api/figures`` and ``/api/readings`` answer, for OpenAPI."""

from __future__ import annotations

from typing import Any

from jumeau.api.models import Model


class AssetFigure(Model):
    """A figure of an asset; ``id`` is that of its indicator, to be explained."""

    id: str
    value: float | None
    low: float | None
    high: float | None
    estimated_share: float | None


class AssetFigures(Model):
    """An asset: its facts, and its figures by indicator."""

    id: str
    label: str
    facts: dict[str, Any]
    figures: dict[str, AssetFigure]


class FigureColumn(Model):
    """An indicator that the rows have."""

    indicator: str
    label: str
    unit: str | None
    digits: int


class Figures(Model):
    """Assets of a table with the figures of a worksite, one row each."""

    rows: list[AssetFigures]
    columns: list[FigureColumn]
    total: int
    licence: str
    attribution: list[str]


class Values(Model):
    """One figure of every asset, in columns; ``marked`` are the identifiers told apart."""

    ids: list[str]
    values: list[float | None]
    estimated_shares: list[float | None]
    marked: list[str]
    column: FigureColumn
    licence: str
    attribution: list[str]


class Reading(Model):
    """What a sensor read over one step; ``share`` of the step that its readings cover."""

    time: str
    value: float | None
    share: float


class SensorReadings(Model):
    """A sensor and its curve."""

    id: str
    label: str
    property: str | None
    unit: str | None
    interval_s: float | None
    first: str | None
    last: str | None
    count: int
    zeros: int
    rows: list[Reading]


class Readings(Model):
    """The curves of the sensors of an asset."""

    rows: list[SensorReadings]
    step: str
    licence: str
    attribution: list[str]


class HalfPlane(Model):
    """Luminous intensities of a C half-plane for 1000 lm of the source [cd/klm]."""

    c: float
    values: list[float]


class Photometry(Model):
    """The intensity distribution of a lamp; ``reason`` when there is none."""

    name: str | None
    file: str | None
    generic: bool
    spread: float | None
    lamp_type: str | None
    flux_lm: float | None
    lor: float | None
    ulr: float | None
    flux_codes: list[float] | None
    luminous_size: list[float] | None
    format: str | None
    sha256: str | None
    reason: str | None
    detail: str
    gamma: list[float]
    planes: list[HalfPlane]
    licence: str
    attribution: list[str]


class Requirement(Model):
    """What a class of EN 13201-2 asks of a quantity."""

    least: float | None
    most: float | None
    source: str
    confirmed: bool


class RoadFigure(Model):
    """A quantity of EN 13201-3 or -5 for a street, and what its class asks."""

    quantity: str
    id: str | None
    indicator: str
    layout: bool
    label: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    digits: int
    estimated_share: float | None
    requirement: Requirement | None
    verdict: str
    certain: bool


class RoadClass(Model):
    """The lighting class of a street: a fact, or proposed with a method."""

    value: str
    estimated: bool
    method: str | None


class RoadReason(Model):
    """Why something could not be computed."""

    code: str
    what: str
    why: str | None
    remedy: str | None


class RoadSupposed(Model):
    """How many lamps of a street rest on an estimate of an attribute."""

    attribute: str
    label: str
    count: int
    lamps: int


class Road(Model):
    """The lighting performance of a street."""

    street: str
    label: str
    procedure: str
    classes: str
    energy: str
    lighting_class: RoadClass | None
    verdict: str
    rows: list[RoadFigure]
    reasons: list[RoadReason]
    supposed: list[RoadSupposed]
    run_id: str | None
    licence: str
    attribution: list[str]


class RoadSummary(Model):
    """A street, its class and whether it conforms."""

    id: str
    label: str
    lighting_class: str | None
    class_estimated: bool
    verdict: str
    failing: str
    certain: bool
    estimated_share: float | None


class Roads(Model):
    """Streets beside what their class asks; ``counts`` of all of them by verdict."""

    rows: list[RoadSummary]
    total: int
    counts: dict[str, int]
    procedure: str
    licence: str
    attribution: list[str]
