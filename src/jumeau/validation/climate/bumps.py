# SPDX-License-Identifier: EUPL-1.2
"""Steady flow over a bump: slow everywhere, fast behind the crest, and back through a jump."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.validation.climate.study import OWN, Figure, Study, mass, mass_error, share, storage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.validation.climate import forms

SOLVER = "hllc"
SOURCE = "Houghton and Kasahara (1968), parameters of SWASHES (Delestre et al. 2013)"
CELL = 0.1
LENGTH = 25.0
APPROACH = 5.0
"""Canal before the place x = 0, where the water that enters without speed takes its own [m]."""
RUN_OUT = 2.0
"""Canal after the place x = 25 m where the outlet is free [m]."""


class Flow(NamedTuple):
    """Discharge by metre [m²/s], depth at the outlet and at the start [m], duration [s]."""

    regime: forms.Regime
    flow: float
    downstream: float
    start: float
    duration: float


FLOWS = {
    "subcritical flow over a bump": Flow("subcritical", 4.42, 2.0, 2.0, 200.0),
    "transcritical flow over a bump": Flow("transcritical", 1.53, 0.40578, 0.66, 200.0),
    "jump behind a bump": Flow("shock", 0.18, 0.33, 0.33, 600.0),
}


def settled(case: Flow) -> tuple[NDArray[Any], NDArray[Any], dict[str, float]]:
    """Compute a flow until it no longer changes.

    Parameters
    ----------
    case : Flow
        What enters and what holds it at the outlet [m²/s, m, s].

    Returns
    -------
    tuple
        Places of the cells [m], their depths [m], discharge that leaves [m²/s] and mass error.
    """
    import numpy as np

    from jumeau.validation.climate import forms
    from jumeau.worksites import climate

    free = case.regime == "transcritical"
    end = LENGTH + (RUN_OUT if free else 0.0)
    x = np.arange(-APPROACH + CELL / 2.0, end, CELL)
    bed = forms.bump_bed(x)[None, :]
    times = [0.0, case.duration]
    result = climate.flood(
        bed,
        cell_size=CELL,
        duration=case.duration,
        manning=0.0,
        initial_depth=np.maximum(case.start - bed, 0.0),
        inflows=[(0, 0, times, [case.flow * CELL] * 2)],
        boundaries={"east": "free" if free else ("stage", times, [case.downstream] * 2)},
        every=case.duration / 20.0,
        solver=SOLVER,
    )
    water = storage(result.snapshots[-2:], CELL)
    kept = float(water[1] - water[0]) / (case.duration / 20.0) / CELL
    found = {"discharge": case.flow - kept, "mass error": mass_error(result)}
    inside = (x > 0.0) & (x < LENGTH)
    return x[inside], result.depth[0, inside].astype(np.float64), found


def figures_of(case: Flow) -> dict[str, float]:
    """Return the figures of a flow over the bump; argument as of :func:`settled`."""
    import numpy as np

    from jumeau.validation.climate import forms

    x, depth, found = settled(case)
    exact = forms.bump(x, case.regime, case.flow, case.downstream)
    if case.regime == "subcritical":
        found["largest error"] = float(np.abs(depth - exact).max())
    elif case.regime == "transcritical":
        away = np.abs(x - 10.0) > 0.5
        found["L1 away from the crest"] = share(depth[away], exact[away])
    else:
        found["L1"] = share(depth, exact)
        _, before, after = forms.bump_jump(case.flow, case.downstream)
        behind = (x > 10.5) & (depth > (before + after) / 2.0)
        found["place of the jump"] = float(x[behind].min()) - CELL / 2.0
    return found


def studies() -> Iterator[Study]:
    """Yield the three flows; they need no file."""
    from jumeau.validation.climate import forms

    for name, case in FLOWS.items():
        steady = Figure("discharge", case.flow, 0.005, "m²/s", relative=True)
        jump, *_ = forms.bump_jump(0.18, 0.33)
        own = {
            "subcritical": (Figure("largest error", 0.0, 0.005, "m"),),
            "transcritical": (Figure("L1 away from the crest", 0.0, 0.01, ""),),
            "shock": (Figure("place of the jump", jump, 0.2, "m"), Figure("L1", 0.0, 0.02, "")),
        }[case.regime]
        compute = partial(figures_of, case)
        yield Study(name, SOLVER, compute, (*own, steady, mass()), SOURCE, OWN)
