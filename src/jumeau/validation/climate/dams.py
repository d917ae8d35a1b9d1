# SPDX-License-Identifier: EUPL-1.2
"""Dam breaks: Ritter's on a dry bed, Stoker's on a wet one, and a round column of water."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.validation.climate.study import OWN, Figure, Study, mass, mass_error, share

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOLVER = "hllc"
RITTER = "A. Ritter, Z. Ver. Dtsch. Ing. 36 (1892)"
STOKER = "J. J. Stoker, Water Waves (1957), section 10.8"
RADIAL = (
    "fine radial solution of anuga-community/anuga_core 101cb6d, "
    "validation_tests/other_references/radial_dam_break_{kind}"
)
FRONT = 0.01
"""Depth at which water is said to have arrived [m]."""
CANAL = (
    (10.0, 20.0, 1.0),
    (2.0, 60.0, 2.0),
)
"""Dry dam breaks: depth [m], time [s], cell [m]."""
LAG = 0.11
"""Accepted delay of the front: 1.1 × that of a first-order scheme on the same cells, 10 % [-]."""
HALF = 500
"""Cells on each side of the dam."""
COLUMN, RADIUS, SIDE = 10.0, 50.0, 0.5
"""Round column: depth [m], radius [m], and the cells it is computed on [m]."""


def broken(left: float, right: float, time: float, cell: float) -> tuple[NDArray[Any], Any]:
    """Compute the break of a dam on a flat bed without friction.

    Parameters
    ----------
    left, right : float
        Depths on both sides [m].
    time : float
        Of the answer [s].
    cell : float
        Side of a cell [m].

    Returns
    -------
    tuple
        Places of the cells, dam at 0 [m], and the result.
    """
    import numpy as np

    from jumeau.worksites import climate

    x = (np.arange(-HALF, HALF) + 0.5) * cell
    depth = np.where(x < 0.0, left, right)[None, :]
    result = climate.flood(
        np.zeros_like(depth),
        cell_size=cell,
        duration=time,
        manning=0.0,
        initial_depth=depth,
        solver=SOLVER,
    )
    return x, result


def dry(depth: float, time: float, cell: float) -> dict[str, float]:
    """Return the figures of Ritter's dam break; arguments as of :data:`CANAL`."""
    from jumeau.validation.climate import forms

    x, result = broken(depth, 0.0, time, cell)
    ours = result.depth[0]
    exact, _ = forms.ritter(x, time, depth)
    return {
        "L1": share(ours, exact),
        "depth at the dam": float(ours[HALF - 1 : HALF + 1].mean()),
        "place of the front": float(x[ours > FRONT].max()) + cell / 2.0,
        "mass error": mass_error(result),
    }


def wet(left: float, right: float, time: float, cell: float) -> dict[str, float]:
    """Return the figures of Stoker's dam break; arguments as of :func:`broken`."""
    import numpy as np

    from jumeau.validation.climate import forms

    x, result = broken(left, right, time, cell)
    ours = result.depth[0].astype(np.float64)
    exact, _ = forms.stoker(x, time, left, right)
    state = forms.stoker_state(left, right)
    # The plateau, clear of the rarefaction and of the shock; the shock where half of it is passed.
    fan = (state.speed - math.sqrt(forms.GRAVITY * state.depth)) * time
    length = state.shock * time - fan
    inside = (x > fan + 0.25 * length) & (x < fan + 0.75 * length)
    half = int(np.flatnonzero(ours > (state.depth + right) / 2.0).max())
    drop = (ours[half] - (state.depth + right) / 2.0) / (ours[half] - ours[half + 1])
    return {
        "L1": share(ours, exact),
        "depth of the plateau": float(ours[inside].mean()),
        "place of the shock": float(x[half] + drop * cell),
        "mass error": mass_error(result),
    }


def radial(outside: float, table: Path) -> dict[str, float]:
    """Return the figures of the round column 2 s after its wall vanished.

    Parameters
    ----------
    outside : float
        Depth around the column [m].
    table : Path
        Reference by radius.
    """
    import numpy as np
    import pandas as pd

    from jumeau.worksites import climate

    reference = pd.read_csv(table).groupby("r_m")["depth_m"].mean()
    n = round(2 * 100.0 / SIDE)
    place = (np.arange(n) + 0.5) * SIDE - 100.0
    r = np.hypot(place[:, None], place[None, :])
    result = climate.flood(
        np.zeros_like(r),
        cell_size=SIDE,
        duration=2.0,
        manning=0.0,
        initial_depth=np.where(r < RADIUS, COLUMN, outside),
        solver=SOLVER,
    )
    mid = n // 2
    along = {
        "x axis": (r[mid, mid:], result.depth[mid, mid:]),
        "y axis": (r[mid:, mid], result.depth[mid:, mid]),
        "diagonal": (np.diagonal(r)[mid:], np.diagonal(result.depth)[mid:]),
    }
    errors, at = {}, reference.index.to_numpy(dtype=np.float64)
    exact = reference.to_numpy(dtype=np.float64)
    for name, (where, ours) in along.items():
        inside = where < 95.0
        errors[f"L1 along the {name}"] = share(ours[inside], np.interp(where[inside], at, exact))
    onto = np.interp(along["x axis"][0], *along["diagonal"])
    return errors | {
        "diagonal against axis": share(onto, along["x axis"][1]),
        "mass error": mass_error(result),
    }


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield the dam breaks; the round ones read their reference from the shared folder."""
    from jumeau.validation.climate import forms

    for depth, time, cell in CANAL:
        celerity = math.sqrt(forms.GRAVITY * depth)
        front = (2.0 * celerity - 3.0 * math.sqrt(forms.GRAVITY * FRONT)) * time
        yield Study(
            f"Ritter {depth:g} m after {time:g} s",
            SOLVER,
            partial(dry, depth, time, cell),
            (
                Figure("L1", 0.0, 0.02, ""),
                Figure("depth at the dam", 4.0 / 9.0 * depth, 0.02, "m", relative=True),
                Figure("place of the front", front, LAG, "m", relative=True),
                mass(),
            ),
            RITTER,
            OWN,
        )
    state = forms.stoker_state(10.0, 1.0)
    yield Study(
        "Stoker 10 m over 1 m after 20 s",
        SOLVER,
        partial(wet, 10.0, 1.0, 20.0, 1.0),
        (
            Figure("L1", 0.0, 0.02, ""),
            Figure("depth of the plateau", state.depth, 0.01, "m", relative=True),
            Figure("place of the shock", state.shock * 20.0, 2.0, "m"),
            mass(),
        ),
        STOKER,
        OWN,
    )
    for kind, outside in (("dry", 0.0), ("wet", 1.0)):
        table = _table(shared, kind)
        yield Study(
            f"round column of 10 m on a {kind} bed after 2 s",
            SOLVER,
            partial(radial, outside, table) if table else None,
            (
                Figure("L1 along the x axis", 0.0, 0.03, ""),
                Figure("L1 along the y axis", 0.0, 0.03, ""),
                Figure("L1 along the diagonal", 0.0, 0.03, ""),
                Figure("diagonal against axis", 0.0, 0.02, ""),
                mass(),
            ),
            RADIAL.format(kind=kind),
            "Apache-2.0",
        )


def _table(shared: Path | None, kind: str) -> Path | None:
    if shared is None:
        return None
    folder = shared / "validation" / "climate" / "radial_dam_break"
    path = folder / f"radial_{kind}_t2s_reference.csv"
    return path if path.exists() else None
