# SPDX-License-Identifier: EUPL-1.2
"""Runs: what a worksite computed, from which version, with which parameters, in how long."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jumeau.base import findings
from jumeau.base.contract import IndicatorSpec, RasterWindow
from jumeau.base.findings import Finding
from jumeau.base.parameters import Parameter
from jumeau.twin import schema

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.twin.territory import Territory
    from jumeau.twin.transaction import Transaction

OUTPUTS = ("estimate", "indicator", "option", "effect", "finding", "water_series", "leak")


def code_version() -> str:
    """Return the version of Jumeau."""
    from jumeau import __version__

    return __version__


class Recorder:
    """Collects what a run reads and writes; all of it enters the twin in one transaction.

    Parameters
    ----------
    territory : Territory
        Territory that the run reads.
    worksite, scenario : str
        What runs, under which scenario. A new run replaces what former runs of the same worksite
        and scenario wrote; the former results stay in the earlier versions.
    parameters : dict
        {name: Parameter}, kept with the run.
    methods : sequence of IndicatorSpec
        How each indicator is obtained, kept with the run.
    seed : int
        Seed of the random draws.
    about : str
        Worksite that it is about, when another one runs: a new run then replaces only what former
        ones wrote about it.
    """

    def __init__(
        self,
        territory: Territory,
        worksite: str,
        scenario: str = "tendanciel",
        parameters: Mapping[str, Parameter] | None = None,
        methods: Sequence[IndicatorSpec] = (),
        seed: int = 0,
        about: str = "",
    ) -> None:
        self.territory = territory
        self.worksite = worksite
        self.scenario = scenario
        self.parameters = dict(parameters or {})
        self.methods = {item.name: item for item in methods}
        self.seed = seed
        self.about = about
        self.card: dict[str, Any] = {}
        self.id = uuid.uuid4().hex
        self.snapshot = territory.version
        self.started_at = datetime.now(UTC)
        self.inputs: dict[str, dict[str, Any]] = {}
        self.findings: list[Finding] = []
        self._frames: dict[str, list[pd.DataFrame]] = {
            name: [] for name in OUTPUTS if name != "finding"
        }
        self._rasters: list[tuple[str, Iterable[RasterWindow], float | None]] = []
        self._start = time.perf_counter()

    def reads(self, *tables: str) -> None:
        """Note that the run reads tables or raster layers, with the sources of their rows."""
        for name in tables:
            if name in schema.layers():
                where, parameters = "raster_tile WHERE layer = ? AND moment_s IS NULL", [name]
            else:
                where, parameters = schema.quoted(name), []
            rows = self.territory.sql(
                f"SELECT source_id, count(*) AS n FROM {where} GROUP BY source_id "
                "ORDER BY n DESC, source_id",
                parameters,
            ).to_pylist()
            self.inputs[name] = {
                "rows": sum(row["n"] for row in rows),
                "sources": [row["source_id"] for row in rows if row["source_id"]],
            }

    def uses(self, parameters: Mapping[str, Parameter]) -> None:
        """Add parameters to those kept with the run."""
        self.parameters |= parameters

    def explains(self, methods: Iterable[IndicatorSpec]) -> None:
        """Add methods to those kept with the run."""
        self.methods |= {item.name: item for item in methods}

    def add_findings(self, found: Iterable[Finding]) -> None:
        """Add findings."""
        self.findings.extend(found)

    def add_estimates(self, frame: pd.DataFrame) -> None:
        """Add estimates: table, entity, attribute, value, low, high, text, method."""
        self._add("estimate", frame)

    def add_indicators(self, frame: pd.DataFrame) -> None:
        """Add indicators, with the columns of the ``indicator`` table."""
        self._add("indicator", frame)

    def add_options(self, frame: pd.DataFrame) -> None:
        """Add options, with the columns of the ``option`` table."""
        self._add("option", frame)

    def add_effects(self, frame: pd.DataFrame) -> None:
        """Add effects: option_id, quantity, unit, mean, low, high."""
        self._add("effect", frame)

    def add_series(self, frame: pd.DataFrame) -> None:
        """Add series of the water network, with the columns of the ``water_series`` table."""
        self._add("water_series", frame)

    def add_leaks(self, frame: pd.DataFrame) -> None:
        """Add leaks found on water networks, with the columns of the ``leak`` table."""
        self._add("leak", frame)

    def put_raster(
        self, layer: str, windows: Iterable[RasterWindow], moment_s: float | None = None
    ) -> None:
        """Replace a raster layer by the windows given; they are consumed when the run commits.

        Parameters
        ----------
        layer : str
            Raster layer.
        windows : iterable of RasterWindow
            All of it.
        moment_s : float, optional
            Time since the beginning of the event [s], for a picture of a moment: put the layer
            itself first, which forgets the moments of former runs.
        """
        self._rasters.append((schema.layer(layer).name, windows, moment_s))

    def describes(self, **facts: Any) -> None:
        """Add facts to the model card kept with the run."""
        self.card |= facts

    def _add(self, name: str, frame: pd.DataFrame) -> None:
        known = [column for column in schema.table(name).names if column in frame.columns]
        kept = frame[known].copy()
        if "id" in schema.table(name).names and "id" not in kept.columns:
            kept["id"] = [
                f"{self.id[:12]}-{name[:3]}-{len(self._frames[name])}-{i}" for i in range(len(kept))
            ]
        kept["run_id"] = self.id
        self._frames[name].append(kept)

    def frame(self, name: str) -> pd.DataFrame:
        """Return what the run has collected for a table."""
        import pandas as pd

        if name == "finding":
            return findings.frame(self.findings, run_id=self.id)
        frames = [item for item in self._frames[name] if len(item)]
        if not frames:
            return pd.DataFrame(columns=list(schema.table(name).names))
        return pd.concat(frames, ignore_index=True)

    def commit(self) -> None:
        """Write everything in one transaction."""
        message = f"run {self.worksite} ({self.scenario})"
        with self.territory.transaction(message) as tx:
            self._forget_former(tx)
            for layer, windows, moment in self._rasters:
                tx.put_raster(layer, windows, run_id=self.id, replace=True, moment_s=moment)
            for name in OUTPUTS:
                tx.insert(name, self.frame(name))
            tx.insert("run", self._row())

    def _forget_former(self, tx: Transaction) -> None:
        former = [
            row[0]
            for row in tx.con.execute(
                # A run of before ``about`` was kept is about the worksite of its options.
                "SELECT id FROM run WHERE worksite = ? AND scenario = ? AND "
                "(coalesce(about, '') = ? OR (about IS NULL AND EXISTS "
                "(FROM option WHERE option.run_id = run.id AND option.worksite = ?)))",
                [self.worksite, self.scenario, self.about, self.about],
            ).fetchall()
        ]
        if former:
            for name in OUTPUTS:
                tx.delete(name, {"run_id": former})

    def _row(self) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "id": self.id,
                    "worksite": self.worksite,
                    "about": self.about or None,
                    "scenario": self.scenario,
                    "code_version": code_version(),
                    "snapshot": self.snapshot,
                    "parameters": _json({k: asdict(v) for k, v in self.parameters.items()}),
                    "inputs": _json(self.inputs),
                    "methods": _json({k: v.__dict__ for k, v in self.methods.items()}),
                    "card": _json(self.card) if self.card else None,
                    "seed": self.seed,
                    "started_at": self.started_at,
                    "duration_s": time.perf_counter() - self._start,
                }
            ]
        )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


@contextmanager
def record(territory: Territory, worksite: str, **details: Any) -> Iterator[Recorder]:
    """Record a run; an exception inside leaves the twin as it was.

    Parameters
    ----------
    territory : Territory
        Territory that the run reads and writes.
    worksite : str
        What runs.
    **details
        ``scenario``, ``parameters``, ``methods``, ``seed``, ``about`` of :class:`Recorder`.
    """
    recorder = Recorder(territory, worksite, **details)
    yield recorder
    recorder.commit()
