# SPDX-License-Identifier: EUPL-1.2
"""Contracts between the layers: fields, schemas, sources, worksites and synthetic parts.

They sit at the bottom so that nobody imports upwards: the twin finds sources, and the workflow
finds worksites, through :mod:`jumeau.base.plugins`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from jumeau.base.findings import Finding

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from jumeau.base.parameters import Parameters

Bounds = tuple[float, float, float, float]
"""(xmin, ymin, xmax, ymax): outer edges, in the territory's CRS [m]."""

Progress = Callable[[str, float], None]
"""Called with a stage's name and the share done in [0, 1]."""


@dataclass(frozen=True)
class FieldSpec:
    """A quantity that a worksite reads or writes.

    Parameters
    ----------
    name : str
        ``table.attribute`` for tables and series, layer name for rasters.
    kind : {"table", "raster", "series"}
        Where it rests in the twin.
    intent : {"in", "out", "optional"}
        Read and necessary, written, or read when present.
    unit : str
        SI-style unit; empty for text and identifiers.
    label_en, label_fr : str
        Short names for legends and tables.
    doc_en, doc_fr : str
        One sentence: meaning, and what its absence changes.
    classes : tuple of float
        Class limits of the legend, for rasters.
    palette : str
        Name of the colour ramp of the legend, for rasters.
    """

    name: str
    kind: Literal["table", "raster", "series"]
    intent: Literal["in", "out", "optional"]
    unit: str
    label_en: str
    label_fr: str
    doc_en: str = ""
    doc_fr: str = ""
    classes: tuple[float, ...] = ()
    palette: str = ""


def table_field(
    name: str,
    intent: Literal["in", "out", "optional"],
    unit: str,
    label_en: str,
    label_fr: str,
    doc_en: str,
    doc_fr: str,
) -> FieldSpec:
    """Return a field that rests in a table, named ``table`` or ``table.attribute``."""
    return FieldSpec(name, "table", intent, unit, label_en, label_fr, doc_en, doc_fr)


def raster_field(
    name: str,
    intent: Literal["in", "out", "optional"],
    unit: str,
    label_en: str,
    label_fr: str,
    doc_en: str,
    doc_fr: str,
    *classes: float,
) -> FieldSpec:
    """Return a field that rests in a raster layer, with the class limits of its legend."""
    return FieldSpec(
        name, "raster", intent, unit, label_en, label_fr, doc_en, doc_fr, classes=classes
    )


@dataclass(frozen=True)
class IndicatorSpec:
    """How an indicator or an option is obtained: what « Pourquoi ce chiffre ? » shows.

    Parameters
    ----------
    name, unit : str
        Name in code, and unit.
    label_en, label_fr : str
        Names for people.
    formula, method_en, method_fr, reference : str
        How it is computed: formula, one or two sentences, standard or paper.
    digits : int
        Decimals shown.
    inputs : tuple of str
        Indicators it follows from.
    parameters : tuple of str or None
        Parameters it uses, by name or by the beginning of it; ``None`` for all those of the run.
    billed : bool
        Whether an energy in kWh/yr is electricity that is bought, whose cost and emissions the
        decision layer adds. False for a need, a production, primary energy, or several carriers.
    """

    name: str
    unit: str
    label_en: str
    label_fr: str
    formula: str
    method_en: str
    method_fr: str
    reference: str = ""
    digits: int = 0
    inputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] | None = None
    billed: bool = True


@dataclass(frozen=True)
class Attribute:
    """One attribute of a table, as its schema CSV declares it."""

    name: str
    type: str
    required: bool
    unit: str
    standard: str
    label_en: str
    label_fr: str
    description: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableSchema:
    """Attributes of a table and the facts that importers need about it."""

    name: str
    attributes: tuple[Attribute, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the attributes, in order."""
        return tuple(item.name for item in self.attributes)

    @property
    def geometry(self) -> str | None:
        """Accepted geometry type (``point``, ``line``, ``polygon``, ``any``) or ``None``."""
        for item in self.attributes:
            if item.type.startswith("geometry"):
                return item.type.partition(":")[2] or "any"
        return None

    def __getitem__(self, name: str) -> Attribute:
        for item in self.attributes:
            if item.name == name:
                return item
        raise KeyError(name)


@dataclass
class ImportRequest:
    """What the twin asks of a source for one file.

    Parameters
    ----------
    uri : str
        Path of the file (a zip is opened in place).
    schema : TableSchema or None
        Table to fill; ``None`` when ``layer`` names a raster layer.
    layer : str or None
        Raster layer to fill, or ``"all"`` for every layer that the file can give.
    crs : str
        CRS of the territory, e.g. ``"EPSG:2154"``.
    mapping : dict or None
        {source column: schema attribute}; proposed by the source when ``None``.
    options : dict
        ``source_crs``, ``encoding``, ``source_layer``, ``constants`` ({attribute: value}),
        ``publisher`` (name or key of a known publisher), ``area`` (bounds in which data are
        expected, or ``None``).
    progress : callable or None
        Receives stage and share.
    uris : tuple of str
        Files that make one raster together, ``uri`` first; only itself for a table.
    territory : Territory or None
        The twin, to be read: buildings already known, deck of bridges…
    """

    uri: str
    schema: TableSchema | None
    layer: str | None
    crs: str
    mapping: dict[str, str] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    progress: Progress | None = None
    uris: tuple[str, ...] = ()
    territory: Any = None


@dataclass
class RasterWindow:
    """A block of a raster on the territory's 1 m grid, row 0 north, NaN for no data.

    Parameters
    ----------
    bounds : tuple of 4 float
        Outer cell edges (xmin, ymin, xmax, ymax) [m].
    values : (rows, columns) float32 array
        Values.
    layer : str
        Raster layer, when a source fills several at once.
    uri : str
        File that the block comes from, when there are several.
    last : bool
        Whether nothing more comes for the tiles that it touches: they leave memory at once.
    """

    bounds: Bounds
    values: np.ndarray
    layer: str = ""
    uri: str = ""
    last: bool = False


@dataclass
class Counts:
    """What became of the records of one file among several.

    Parameters
    ----------
    read, dropped, repaired : int
        Records read, left out, changed on the way.
    announced : int or None
        Records that the file says it holds.
    """

    read: int = 0
    dropped: int = 0
    repaired: int = 0
    announced: int | None = None


@dataclass
class Intake:
    """What a source made of one file, ready to enter the twin.

    ``table`` has the schema's columns that the file could fill (others absent), in the
    territory's CRS with geometry as WKB, ids present and unique; ``windows`` yields rasters.
    ``read`` counts the records of the file, ``announced`` what the file says it holds,
    ``dropped`` those left out and ``repaired`` those changed, each explained by a finding.
    Counts and findings may grow while ``windows`` is consumed.
    """

    read: int
    announced: int | None
    dropped: int
    repaired: int
    table: pa.Table | None
    windows: Iterator[RasterWindow] | None
    findings: list[Finding]
    mapping: dict[str, str]
    source: dict[str, Any]
    """Facts about the file: ``driver, crs, encoding, layer, columns, unmapped``; also
    ``publisher, title, licence, vintage`` where the source knows them."""
    linked: int = 0
    """Records that joined rows which another file had brought."""
    others: dict[str, pa.Table] = field(default_factory=dict)
    """Rows of further tables, brought up to date in the same transaction: links, completions."""
    removed: dict[str, list[str]] = field(default_factory=dict)
    """Rows of further tables, by id, that the file says are no more."""
    compared: bool = False
    """Whether the rows depend on what the twin held: read again if it changes meanwhile."""
    files: dict[str, Counts] = field(default_factory=dict)
    """{uri: counts} where several files were read."""


@runtime_checkable
class Source(Protocol):
    """How facts enter (entry-point group ``jumeau.sources``)."""

    name: str

    def claims(self, uri: str) -> int:
        """Return 0 if the source cannot read this, else a priority (higher wins)."""
        ...

    def read(self, request: ImportRequest) -> Intake:
        """Read one file entirely, or raise a coded error."""
        ...


@runtime_checkable
class Worksite(Protocol):
    """An engine (entry-point group ``jumeau.worksites``)."""

    name: str
    label_en: str
    label_fr: str
    fields: Sequence[FieldSpec]
    indicators: Sequence[IndicatorSpec]
    option_methods: Sequence[IndicatorSpec]

    def parameters(self) -> Parameters:
        """Return the figures the worksite uses, with their defaults and sources."""
        ...

    def run(self, territory: Any, scenario: Any, progress: Progress | None = None) -> Any:
        """Diagnose the territory from whatever data exist; return the recorded run."""
        ...

    def options(self, territory: Any, scenario: Any = None) -> pd.DataFrame:
        """Return candidate actions, a do-nothing and a sobriety option among them."""
        ...

    def effect(self, option: Any, scenario: Any, draws: int) -> dict[str, np.ndarray]:
        """Return the physical effect of an option, quantity → (draws,) with common draws."""
        ...


@runtime_checkable
class Eventful(Protocol):
    """A worksite that computes an event described to it: rain, breach, level of the sea."""

    event_inputs: Mapping[str, Mapping[str, Any]]
    """What may be asked from outside, part by part: its names and its JSON Schema."""

    def event(self, given: Mapping[str, Any]) -> Any:
        """Return the event described, or raise a coded error; nothing is computed."""
        ...


@runtime_checkable
class Watching(Protocol):
    """A worksite that also watches: from observations to faults and forecasts."""

    def watch(
        self,
        territory: Any,
        since: Any = None,
        scenario: Any = None,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """Return the alerts raised by the observations made since a time, the worst first.

        One row an alert: ``time``, ``kind``, ``code`` of its message, ``severity``, ``table`` and
        ``entity`` it is about, ``what``, ``why``, ``remedy``, ``data`` (values of the sentence),
        and what else the worksite tells. Nothing is written.
        """
        ...


@runtime_checkable
class Grading(Protocol):
    """A worksite whose demonstrator hides something, and that grades what was found of it."""

    def grade(self, territory: Any) -> dict[str, Any]:
        """Return the grade of what the twin holds beside the key of the demonstrator's folder.

        ``sentence`` tells it in the language in force; ``rows`` holds one row a thing hidden or
        wrongly told; further members are the worksite's.
        """
        ...


@runtime_checkable
class SyntheticPart(Protocol):
    """A part of the demonstrator territory (entry-point group ``jumeau.synthetic``)."""

    name: str

    def write(self, folder: str, seed: int) -> list[dict[str, Any]]:
        """Write seeded source files; return [{file, table, mapping, …}] to be added."""
        ...
