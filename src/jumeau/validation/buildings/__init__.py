# SPDX-License-Identifier: EUPL-1.2
"""Buildings hour by hour against published cases, and the sun against exact rays.

BESTEST cases and weather files are read from the folder that ``JUMEAU_SHARED`` names; steady
state, heat balance and the sun on a drawn town need no file.
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
    from jumeau.validation import buildings_rays
    from jumeau.validation.buildings import bestest, envelopes, physics, weather

    found = (
        *bestest.studies(shared),
        *envelopes.studies(shared),
        *physics.studies(shared),
        *weather.studies(shared),
    )
    for study in found:
        yield from study.cases()
    yield from buildings_rays.cases()
