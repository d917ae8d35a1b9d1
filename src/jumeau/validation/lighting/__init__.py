# SPDX-License-Identifier: EUPL-1.2
"""Lighting against closed forms, slow double precision, exact rays and files in several formats.

Photometric files are read from the folder that ``JUMEAU_SHARED`` names; the others need no file.
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
    from jumeau.validation.lighting import closed, files, roads, scenes, sight, surfaces

    found = (
        *closed.studies(),
        *scenes.studies(),
        *sight.studies(),
        *files.studies(shared),
        *surfaces.studies(shared),
        *roads.studies(),
    )
    for study in found:
        yield from study.cases()
