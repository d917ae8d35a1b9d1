# SPDX-License-Identifier: EUPL-1.2
"""Water networks: the batch beside EPANET, residuals, files and standards there and back.

The networks are read from the folder that ``JUMEAU_WATER_NETWORKS`` names or from the packages
epyt and wntr when they are installed, the published answers from that of ``JUMEAU_SHARED``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jumeau.validation.registry import Case


def cases(shared: Path | None) -> Iterator[Case]:
    """Yield the figures of every study.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    """
    from jumeau.validation.water import (
        analyses,
        breaks,
        demand,
        engines,
        exchange,
        files,
        leaks,
        repairs,
        residuals,
        sispea,
    )

    for study in (
        *engines.studies(shared),
        *residuals.studies(),
        *files.studies(),
        *analyses.studies(shared),
        *breaks.studies(shared),
        *demand.studies(shared),
        *exchange.studies(shared),
        *leaks.studies(shared),
        *repairs.studies(shared),
        *sispea.studies(),
    ):
        yield from study.cases()
