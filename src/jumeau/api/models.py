# SPDX-License-Identifier: EUPL-1.2
"""What the JSON answers hold, for OpenAPI and for the tests; names are those of the schema."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An object whose members are all declared."""

    model_config = ConfigDict(extra="forbid")


class Error(Model):
    """A coded error."""

    code: str
    what: str
    why: str
    remedy: str
    data: dict[str, Any]


class ErrorAnswer(Model):
    """Answer of a request that failed: a problem of RFC 9457, and the coded error."""

    type: str
    title: str
    status: int
    detail: str
    error: Error


class Version(Model):
    """A version of the twin."""

    version: int
    time: str
    message: str


class TableInfo(Model):
    """A table and its number of rows."""

    name: str
    label: str
    count: int
    geometry: str | None
    worksite: str | None


class RasterInfo(Model):
    """A raster layer and its legend: colour i covers values from classes[i] to the next."""

    layer: str
    label: str
    unit: str
    classes: list[float]
    colors: list[str]
    tiles_url: str
    bounds: list[float] | None
    worksite: str | None
    moments: list[float]


class RunInfo(Model):
    """A run of a worksite."""

    id: str
    worksite: str
    scenario: str | None
    code_version: str
    snapshot: int
    seed: int | None
    started_at: str
    duration_s: float | None


class StaleTable(Model):
    """A table that a run read and that has changed since."""

    table: str
    label: str
    version: int
    time: str | None


class WorksiteRun(RunInfo):
    """The last run of a worksite; ``version`` is the version that it read."""

    version: int
    stale: list[StaleTable]


class WorksiteInfo(Model):
    """A worksite and its last run."""

    name: str
    label: str
    last_run: WorksiteRun | None


class Territory(Model):
    """What the twin is and holds."""

    name: str
    insee: list[str]
    crs: str
    bounds: list[float] | None
    home: list[float] | None
    center: list[float] | None
    version: int
    versions: list[Version]
    licence: str
    attribution: list[str]
    tables: list[TableInfo]
    rasters: list[RasterInfo]
    worksites: list[WorksiteInfo]
    code_version: str


class Rows(Model):
    """What every list says beside its rows."""

    licence: str
    attribution: list[str]


class Indicator(Model):
    """A figure, with its interval and the share of it that rests on estimates."""

    id: str
    indicator: str
    label: str
    scope: str
    entity: str | None
    entity_label: str | None
    year: int | None
    value: float | None
    low: float | None
    high: float | None
    unit: str | None
    digits: int
    estimated_share: float | None
    run_id: str | None


class Indicators(Rows):
    """Figures."""

    rows: list[Indicator]


class Effect(Model):
    """What an option brings, as the mean and the 5–95 % interval of the draws."""

    mean: float | None
    low: float | None
    high: float | None
    unit: str | None


class Option(Model):
    """A candidate action."""

    id: str
    worksite: str
    kind: str
    label: str
    description: str
    year: int | None
    actor: str | None
    capex_eur: float | None
    opex_eur_year: float | None
    life_years: float | None
    price_year: int | None
    run_id: str | None
    effects: dict[str, Effect]
    explain: str


class Options(Rows):
    """Candidate actions."""

    rows: list[Option]


class Finding(Model):
    """What is wrong or missing, and what to do about it."""

    id: str
    code: str
    severity: str
    table: str | None
    entity: str | None
    what: str
    why: str | None
    remedy: str | None
    run_id: str | None
    source_id: str | None


class Counts(Model):
    """Number of findings of each severity."""

    blocks: int
    degrades: int
    informs: int


class FindingKind(Model):
    """The findings of one code: how many there are, and one of them."""

    code: str
    severity: str
    worksite: str
    count: int
    tables: list[str]
    example: Finding


class Facets(Model):
    """What the findings of the territory can be sorted by."""

    tables: list[str]
    worksites: list[str]


class Findings(Rows):
    """Findings, worst first; ``total`` says how many match, ``counts`` how many there are."""

    rows: list[Finding]
    total: int
    counts: Counts
    kinds: list[FindingKind]
    facets: Facets


class Sources(Rows):
    """Source files: the columns of the ``source`` table, and the rows that come from each."""

    rows: list[dict[str, Any]]


class Explanation(Model):
    """Why a row is what it is, down to the source files."""

    table: str
    id: str
    title: str
    row: dict[str, Any]
    value: dict[str, Any] | None
    method: str
    formula: str
    reference: str
    quantities: list[dict[str, Any]]
    parameters: list[dict[str, Any]]
    estimated_share: float | None
    inputs: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    run: RunInfo | None
    estimates: list[dict[str, Any]]
    effects: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    links: list[dict[str, Any]]
    command: str
    licence: str
    attribution: list[str]


class Entity(Model):
    """A row with all that is known and supposed about it."""

    row: dict[str, Any]
    label: str
    estimates: list[dict[str, Any]]
    indicators: list[Indicator]
    months: list[Indicator]
    explain: str
    geometry: dict[str, Any] | None
    licence: str
    attribution: list[str]


class Tied(Model):
    """A row that another one is tied to."""

    id: str
    label: str


class Tie(Model):
    """What a row is tied to in a table: how many rows, how it is known, the first of them."""

    table: str
    label: str
    known: str
    count: int
    attribute: str | None
    rows: list[Tied]


class ConcerningOption(Model):
    """An option that concerns a row; ``certain`` when it lists what it changes."""

    id: str
    label: str
    kind: str
    capex_eur: float | None
    effects: dict[str, Effect]
    count: int
    certain: bool


class Around(Rows):
    """What surrounds a row."""

    related: list[Tie]
    options: list[ConcerningOption]
    sources: list[dict[str, Any]]
    findings: list[Finding]


class AttributeChange(Model):
    """An attribute before and after a version."""

    attribute: str
    label: str
    unit: str
    before: Any
    after: Any


class Change(Model):
    """What one version changed in a row."""

    version: int
    time: str | None
    message: str
    kind: str
    moved: bool
    changes: list[AttributeChange]


class History(Rows):
    """What changed in a row, latest first."""

    rows: list[Change]


class Known(Model):
    """How many values of an attribute are known, and how many of the others are supposed."""

    table: str
    table_label: str
    attribute: str
    label: str
    unit: str
    rows: int
    known: int
    known_share: float
    estimated: int
    estimated_share: float


class Completeness(Rows):
    """What is known of each attribute."""

    rows: list[Known]


class Named(Model):
    """An option by its name."""

    id: str
    label: str


class Left(Named):
    """An option not chosen: ``worthless``, ``budget``, ``conflict``, ``ranking``, ``unvalued``."""

    reason: str


class Step(Model):
    """What a useful budget allows."""

    capex_eur: float
    npv_eur: float
    npv_low_eur: float
    npv_high_eur: float
    chosen: list[str]


class Choice(Rows):
    """Options to carry out within a budget, what they bring, what the priorities cost."""

    budget_eur: float
    years: int
    climate_eur_t: float
    prudence: float
    most_budget_eur: float
    most_years: int
    chosen: list[Named]
    left: list[Left]
    capex_eur: float
    totals: dict[str, Effect]
    price_eur: float
    price_tco2e_year: float
    steps: list[Step]


class Field(Model):
    """A quantity that a worksite reads or writes."""

    worksite: str
    name: str
    kind: str
    intent: str
    unit: str
    label: str
    doc: str
    classes: list[float]


class Attribute(Model):
    """An attribute of a table."""

    name: str
    label: str
    type: str
    required: bool
    unit: str
    standard: str
    description: str
    codes: dict[str, str]


class TableFields(Model):
    """A table and its attributes."""

    name: str
    label: str
    attributes: list[Attribute]


class IndicatorField(Model):
    """How an indicator is obtained."""

    worksite: str
    name: str
    label: str
    unit: str
    formula: str
    method: str
    reference: str
    digits: int


class Fields(Model):
    """Vocabulary of the twin: tables, fields of the worksites, indicators, raster layers."""

    tables: list[TableFields]
    fields: list[Field]
    indicators: list[IndicatorField]
    rasters: list[RasterInfo]


class RasterValue(Model):
    """Value of a raster layer at a place."""

    layer: str
    value: float | None
    unit: str
    x: float | None
    y: float | None
    crs: str
    licence: str
    attribution: list[str]
