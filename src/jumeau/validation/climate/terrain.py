# SPDX-License-Identifier: EUPL-1.2
"""Depressions filled and cells drained, cell by cell as another program does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jumeau.validation.climate.study import Figure, Study

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOURCE = (
    "pyflwdir 0.5.12, dem.fill_depressions and upstream_area, on 40 × 36 cells drawn with pits, "
    "flats and holes (terrain_pyflwdir.csv)"
)
LICENCE = "MIT; results of a run"


@cache
def table() -> dict[str, NDArray[Any]]:
    """Return the drawn terrain and what the other program made of it.

    Returns
    -------
    dict
        ``elevation_m``, ``filled_m`` [m] and ``cells`` [-], (40, 36); NaN in the holes.
    """
    import pandas as pd

    with resources.files(__package__).joinpath("terrain_pyflwdir.csv").open("rb") as file:
        frame = pd.read_csv(file)
    shape = (int(frame["row"].max()) + 1, int(frame["col"].max()) + 1)
    names = ("elevation_m", "filled_m", "cells")
    return {name: frame[name].to_numpy(dtype="float64").reshape(shape) for name in names}


def filled() -> dict[str, float]:
    """Return how many cells of the filled terrain are not those of the other program."""
    import numpy as np

    from jumeau.worksites import climate

    reference = table()
    ours = np.asarray(climate.fill(reference["elevation_m"]), dtype=np.float64)
    same = np.isclose(ours, reference["filled_m"], rtol=0.0, atol=1e-6, equal_nan=True)
    raised = ours > reference["elevation_m"]
    return {"cells that differ": float((~same).sum()), "cells raised": float(raised.sum())}


def drained() -> dict[str, float]:
    """Return how many accumulations are not those of the other program."""
    import numpy as np

    from jumeau.worksites import climate

    reference = table()
    here = np.isfinite(reference["cells"])
    ours = np.asarray(climate.flow_accumulation(reference["elevation_m"]), dtype=np.float64)[here]
    differ = ours != reference["cells"][here]
    return {"cells that differ": float(differ.sum()), "largest accumulation": float(ours.max())}


def studies() -> Iterator[Study]:
    """Yield the fill and the accumulation; what the other program found is shipped."""
    import numpy as np

    reference = table()
    raised = float((reference["filled_m"] > reference["elevation_m"]).sum())
    for name, compute, total in (
        ("depressions of a drawn terrain filled", filled, ("cells raised", raised)),
        (
            "cells drained on a drawn terrain",
            drained,
            ("largest accumulation", float(np.nanmax(reference["cells"]))),
        ),
    ):
        yield Study(
            name,
            "terrain",
            compute,
            (Figure("cells that differ", 0.0, 0.0, ""), Figure(*total, 0.0, "")),
            SOURCE,
            LICENCE,
        )
