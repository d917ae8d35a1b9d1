# SPDX-License-Identifier: EUPL-1.2
"""EPANET input files as a source of the twin: ``jumeau add DIR network.inp``."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import ImportRequest, Intake
from jumeau.base.errors import error
from jumeau.base.findings import Finding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.placing import Placing

    Floats = NDArray[np.float64]

SUFFIX = ".inp"
OPTIONS = ("name", "description", "placement", "control_points")
"""What may be told besides the file."""


@dataclass(frozen=True)
class NetworkFiles:
    """Source that reads networks (:class:`~jumeau.base.contract.Source`)."""

    name: str = "water"
    table: str = "water_network"
    """Table that such a file fills, with those of its elements."""

    def claims(self, uri: str) -> int:
        """Return 30 for an EPANET input file, else 0."""
        return 30 if Path(uri).suffix.lower() == SUFFIX else 0

    def claims_as(self, request: ImportRequest) -> int:
        """Return 30 for a file of water telemetry to fill ``observation``, else 0."""
        from jumeau.worksites.water.telemetry import importing

        return importing.claims(request)

    def read(self, request: ImportRequest) -> Intake:
        """Read a network: a row of ``water_network``, and its elements as rows of other tables.

        Telemetry gives rows of ``observation`` (:mod:`jumeau.worksites.water.telemetry`).

        Parameters
        ----------
        request : ImportRequest
            Its options, under ``options`` or ``constants``: ``name`` and ``description`` for
            people; ``control_points``, rows (x local, y local, x, y) or a CSV file of such rows,
            which place a network drawn in local coordinates; ``placement``.

        Raises
        ------
        InvalidError
            ``JUM-H001`` with EPANET's codes, ``JUM-H080`` for a placement, ``JUM-H149`` for
            another table, an unknown option or control points that cannot be read.
        """
        from jumeau.twin import tables
        from jumeau.worksites.water import territory
        from jumeau.worksites.water.inp_reading import read_inp

        if request.schema is not None and request.schema.name == "observation":
            from jumeau.worksites.water.telemetry import importing

            return importing.read(request)
        asked = options(request)
        net = read_inp(request.uri)
        placing, told = placing_of(net, request, asked)
        made = territory.prepare(
            net,
            request.territory,
            name=str(asked.get("name") or Path(request.uri).stem),
            placement=asked.get("placement"),
            placing=placing,
        )
        made.frames[self.table] = made.frames[self.table].assign(
            description=asked.get("description") or made.frames[self.table].get("description")
        )
        arrow = {name: tables.to_arrow(rows) for name, rows in made.frames.items()}
        row = arrow.pop(self.table)
        return Intake(
            read=1,
            announced=None,
            dropped=0,
            repaired=0,
            table=row,
            windows=None,
            findings=[*told, *made.report.findings],
            mapping={},
            source={"driver": territory.DRIVER, "encoding": net.document and net.document.coding},
            others={name: rows for name, rows in arrow.items() if rows.num_rows},
            removed=made.removed,
            compared=True,
        )


def options(request: ImportRequest) -> dict[str, Any]:
    """Return what is told besides the file, each name known."""
    if request.schema is None or request.schema.name != NetworkFiles.table:
        target = request.schema.name if request.schema else str(request.layer)
        raise error("JUM-H149", file=Path(request.uri).name, option=f"--as {target}",
                    known=[f"--as {NetworkFiles.table}"])  # fmt: skip
    asked: dict[str, Any] = {}
    for part in ("constants", "options"):
        given = request.options.get(part)
        asked |= dict(given) if isinstance(given, Mapping) else {}
    for name in asked:
        if name not in OPTIONS:
            raise error("JUM-H149", file=Path(request.uri).name, option=name, known=list(OPTIONS))
    return asked


def placing_of(
    net: Network, request: ImportRequest, asked: Mapping[str, Any]
) -> tuple[Placing | None, list[Finding]]:
    """Return how control points or a projection place a network, and what they say of it."""
    from jumeau.base import crs
    from jumeau.worksites.water.georeferencing import georeference
    from jumeau.worksites.water.placing import Placing

    points = asked.get("control_points")
    if points:
        rows = _points(points, Path(request.uri))
        _, report = georeference(net, rows)
        return _similarity(rows, request.crs), list(report.findings)
    source = request.options.get("source_crs")
    if source:
        code = crs.resolve(source) or str(source)
        return Placing("declared", source="" if code == request.crs else code,
                       target=request.crs), []  # fmt: skip
    return None, []


def _points(given: Any, beside: Path) -> Floats:
    """Return control points as rows of four numbers, from rows or from a CSV file."""
    import numpy as np

    rows: list[list[Any]]
    if isinstance(given, str):
        path = Path(given).expanduser()
        path = path if path.is_file() else beside.parent / given
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise error("JUM-H149", file=given, option="control_points",
                        known=list(OPTIONS)) from None  # fmt: skip
        dialect = ";" if ";" in text else "," if "," in text else None
        lines = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
        rows = [line.split() for line in lines] if dialect is None else list(
            csv.reader(lines, delimiter=dialect)
        )  # fmt: skip
    else:
        rows = [list(row) for row in given]
    numbers = []
    for k, row in enumerate(rows):
        try:
            numbers.append([float(str(it).replace(",", ".")) for it in row[-4:]])
        except ValueError:
            if k:  # the first line may be a header
                numbers.append([math.nan])
    if not numbers or any(len(it) != 4 or not all(map(math.isfinite, it)) for it in numbers):
        raise error("JUM-H149", file=str(given)[:60], option="control_points",
                    known=list(OPTIONS))  # fmt: skip
    return np.array(numbers)


def _similarity(rows: Floats, target: str) -> Placing:
    """Return the similarity of control points (least squares): the file's coordinates stay."""
    import numpy as np

    from jumeau.worksites.water.placing import Placing

    local, there = rows[:, 0] + 1j * rows[:, 1], rows[:, 2] + 1j * rows[:, 3]
    middle, aim = local.mean(), there.mean()
    turn = np.vdot(local - middle, there - aim) / np.vdot(local - middle, local - middle)
    shift = aim - turn * middle
    away = np.abs(turn * local + shift - there)
    return Placing(
        "control points", e=float(shift.real), n=float(shift.imag), a=float(turn.real),
        b=float(turn.imag), target=target, error_m=float(np.sqrt(np.mean(away**2))),
    )  # fmt: skip


SOURCE = NetworkFiles()
"""The source, as the entry point gives it."""
