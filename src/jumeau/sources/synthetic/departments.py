# SPDX-License-Identifier: EUPL-1.2
"""A synthetic département: the communes of the real COG on ground that is invented, for load.

Names, codes, populations and EPCIs are those of the official geographic code; it holds no
geometry, so **positions are synthetic**: limits, streets, buildings, lamps and relief are drawn
from a seed about the true middle of the département. Numbers follow the populations. The files
written are imported like any others, one theme a file, relief by blocks of 20 km, so that an
import which stops goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.contract import Progress
from jumeau.sources.synthetic import department_files
from jumeau.sources.synthetic.department_drawn import draw

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

FILES = "department"
"""Folder of the files written, in that of the territory."""
PROVENANCE: dict[str, Any] = {
    "publisher": "Jumeau (données synthétiques)",
    "licence": "Licence Ouverte 2.0",
    "vintage": "2024",
}


def department(
    path: str | Path,
    *,
    code: str = "50",
    seed: int = 0,
    communes: int | None = None,
    cog: str | Path | Sequence[str | Path] | None = None,
    progress: Progress | None = None,
) -> Territory:
    """Make a territory of the size of a département, its facts imported from files it writes.

    A folder that an earlier call left unfinished is taken up again: files already in the twin
    add nothing.

    Parameters
    ----------
    path : str or Path
        Folder of the territory: new, empty, or left by the same call.
    code : str
        Code of the département; ``"50"`` (Manche, 445 communes) by default.
    seed : int
        Seed: the same one writes the same bytes.
    communes : int, optional
        Number of communes kept, taken evenly by population; all by default.
    cog : path or sequence of paths, optional
        Files ``communes.json`` and ``epci.json`` (``.gz`` or not) of the official geographic
        code, or their folder; ``$JUMEAU_SHARED/data/cog``, then the cache of downloads by default.
    progress : callable, optional
        Receives a stage and the share done in [0, 1].

    Returns
    -------
    Territory
        With municipalities, places, streets, buildings, cabinets, lamps and ``dtm``.

    Raises
    ------
    MissingFileError
        ``JUM-S360`` without the official geographic code.
    UnknownNameError
        ``JUM-S361`` for a département that it does not hold.
    InvalidError
        ``JUM-S362`` if ``communes`` is not a positive number.
    """
    from jumeau.twin import territory as twin

    tell = progress or (lambda stage, share: None)
    folder = Path(path).expanduser()
    tell("COG", 0.0)
    drawn = draw(code, seed=seed, communes=communes, cog=cog)
    if (folder / "territory.toml").is_file():
        territory = twin.open(folder)
    else:
        territory = twin.create(
            folder,
            name=drawn.name,
            crs=drawn.crs,
            insee=[item.code for item in drawn.communes],
        )
    steps = list(
        department_files.write(
            drawn, folder / FILES, lambda stage, share: tell(stage, 0.15 * share)
        )
    )
    costs = np.array([float(step.pop("cost")) for step in steps])
    done = np.concatenate([[0.0], np.cumsum(costs) / costs.sum()])
    for rank, step in enumerate(steps):
        start, width = 0.15 + 0.85 * done[rank], 0.85 * (done[rank + 1] - done[rank])
        stage = Path(str(step["file"])).name

        def part(
            _: str, share: float, *, a: float = start, b: float = width, s: str = stage
        ) -> None:
            tell(s, a + b * share)

        part("", 0.0)
        territory.add(**step, **PROVENANCE, progress=part)
    tell("", 1.0)
    return territory
