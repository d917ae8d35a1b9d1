# SPDX-License-Identifier: EUPL-1.2
"""What ``/api/area`` answers, for OpenAPI."""

from __future__ import annotations

from pydantic import BaseModel


class AreaFigure(BaseModel):
    """A figure of an area: its interval, what it rests on, how it is obtained."""

    id: str
    table: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    digits: int
    estimated_share: float
    rows: int
    known: int
    estimated: int
    unknown: int
    method: str
    formula: str
    sources: list[str]
    explain: str | None


class Area(BaseModel):
    """Figures of an area drawn on the map."""

    rows: list[AreaFigure]
    surface_m2: float
    licence: str
    attribution: list[str]
