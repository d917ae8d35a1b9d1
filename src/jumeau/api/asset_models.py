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
