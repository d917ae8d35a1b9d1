# SPDX-License-Identifier: EUPL-1.2
"""Water on the ground against closed forms, published cases and other programs.

Closed forms need no file. Cases of other programs and of the field read theirs from the folder
that ``JUMEAU_SHARED`` names. The ledger of every run is a figure of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jumeau.validation.registry import Case


def cases(shared: Path | None) -> Iterator[Case]:
    """Yield the figures of every study, closed forms first.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    """
    from jumeau.validation.climate import (
        basins,
        bumps,
        dams,
        humps,
        lakes,
        street,
        terrain,
        valley,
        waves,
    )

    found = (
        *lakes.studies(),
        *waves.studies(),
        *dams.studies(shared),
        *bumps.studies(),
        *basins.studies(),
        *humps.studies(shared),
        *valley.studies(shared),
        *street.studies(shared),
        *terrain.studies(),
    )
    for study in found:
        yield from study.cases()
